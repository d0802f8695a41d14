"""Scores of a classification: equal to scikit-learn's on random tables, and to published tables worked by hand."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from harness import stats
from harness.metrics import Metric, confusion_matrix, load_metric, measure
from harness.metrics.registry import for_fixtures
from harness.models import Response
from harness.store import Score, StoredResponse
from harness.suite import Fixture
from harness.verdicts.table import Column

LABELS = ("a", "b", "c", "d")
ANSWERS = (*LABELS, "something else")
pairs_of = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(ANSWERS)), min_size=2, max_size=40).filter(
    lambda pairs: len({expected for expected, _ in pairs}) > 1
)
weights_of = st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=40, max_size=40)


def scored(expected: Sequence[Any], said: Sequence[str], name: str, **options: Any) -> tuple[Metric, list[Score]]:
    fixtures = [Fixture(id=str(i), input="x", expected=label) for i, label in enumerate(expected)]
    metric = for_fixtures(load_metric(name, **options), fixtures)
    stored = [StoredResponse("h", "v", str(i), 0, Response(text=text)) for i, text in enumerate(said)]
    measured = measure(stored, fixtures, [metric])
    assert measured.faults == ()
    return metric, list(measured.scores)


def totals_of(scores: Sequence[Score], weights: Sequence[float] | None = None) -> dict[str, np.ndarray]:
    given = [1.0] * len(scores) if weights is None else list(weights)[: len(scores)]
    names = {column for score in scores for column in score.columns}
    sums = {name: sum(w * s.columns.get(name, 0.0) for w, s in zip(given, scores, strict=True)) for name in names}
    return {name: np.array([number, number]) for name, number in {**sums, "n": sum(given)}.items()}


def value(expected: Sequence[Any], said: Sequence[str], name: str, *, weights: Any = None, **options: Any) -> float:
    metric, scores = scored(expected, said, name, **options)
    both = np.asarray(metric.estimate(totals_of(scores, weights)))
    assert both.shape == (2,)
    np.testing.assert_equal(both[0], both[1])
    return float(both[0])


def part(expected: Sequence[Any], said: Sequence[str], name: str, label: str, **options: Any) -> float:
    metric, scores = scored(expected, said, name, **options)
    column = Column(metric, label)
    if column.kind == "mean":
        return float(np.mean([s.columns[label] for s in scores if label in s.columns]))
    totals = totals_of(scores)
    zero = np.zeros(2)
    return float(column.statistic({**{c: totals.get(c, zero) for c in column.of_columns or ()}, "n": totals["n"]})[0])


def oracle(function: Any, *args: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **options)


def occurring(expected: Sequence[str], said: Sequence[str]) -> list[str]:
    """The labels scikit-learn is told of: those that occur, an answer that is no label being none."""
    known = set(expected)
    return sorted(known | {text for text in said if text in known})


@settings(deadline=None, max_examples=25)
@given(pairs_of, weights_of)
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize(
    ("name", "function"), [("precision", sk.precision_score), ("recall", sk.recall_score), ("f1", sk.f1_score)]
)
def test_precision_recall_and_f1_are_those_of_scikit_learn(
    name: str, function: Any, average: str, pairs: list[tuple[str, str]], weights: list[float]
) -> None:
    expected, said = zip(*pairs, strict=True)
    labels = occurring(expected, said)
    for given_weights in (None, weights):
        sample = None if given_weights is None else weights[: len(pairs)]
        wanted = oracle(function, expected, said, labels=labels, average=average, zero_division=0, sample_weight=sample)
        assert value(expected, said, name, average=average, weights=given_weights) == pytest.approx(wanted, abs=1e-12)
    each = oracle(function, expected, said, labels=labels, average=None, zero_division=0)
    for label, wanted in zip(labels, each, strict=True):
        assert part(expected, said, name, label) == pytest.approx(wanted, abs=1e-12)
        binary = value(expected, said, name, average="binary", positive=label)
        assert binary == pytest.approx(wanted, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(pairs_of, weights_of)
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("balanced_accuracy", sk.balanced_accuracy_score),
        ("mcc", sk.matthews_corrcoef),
        ("cohen_kappa", sk.cohen_kappa_score),
        ("confusion", sk.accuracy_score),
    ],
)
def test_scores_over_all_labels_are_those_of_scikit_learn(
    name: str, function: Any, pairs: list[tuple[str, str]], weights: list[float]
) -> None:
    expected, said = zip(*pairs, strict=True)
    said = tuple(text if text in expected else "none of them" for text in said)
    for given_weights in (None, weights):
        sample = None if given_weights is None else weights[: len(pairs)]
        wanted = oracle(function, expected, said, sample_weight=sample)
        found = value(expected, said, name, weights=given_weights)
        assert found == pytest.approx(wanted, abs=1e-9, nan_ok=True)


@settings(deadline=None, max_examples=25)
@given(pairs_of)
def test_the_confusion_matrix_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    expected, said = zip(*pairs, strict=True)
    _, scores = scored(expected, said, "confusion")
    matrix = confusion_matrix(scores, "v")
    known = set(expected)
    labels = occurring(expected, said)
    assert list(matrix.labels) == labels
    wanted = sk.confusion_matrix(expected, [s if s in known else "~" for s in said], labels=[*labels, "~"])
    assert matrix.counts.tolist() == wanted[:-1].tolist()
    assert confusion_matrix(scores, "another").counts.shape == (0, 1)


@pytest.mark.parametrize(
    ("expected", "said", "mcc", "kappa"),
    [
        ("aabb", "aaaa", 0.0, 0.0),  # one label said
        ("aabb", "aabb", 1.0, 1.0),
        ("aabb", "bbaa", -1.0, -1.0),
        ("aabb", "xxxx", 0.0, 0.0),  # no answer is a label
        ("aaaa", "aaaa", 0.0, None),  # one label expected, and always said: sklearn gives 0 and NaN as well
        ("aaaa", "abab", 0.0, 0.0),
    ],
)
def test_degenerate_tables_have_a_stated_answer(expected: str, said: str, mcc: float, kappa: float | None) -> None:
    assert value(expected, said, "mcc", labels=["a", "b"]) == pytest.approx(mcc)
    found = value(expected, said, "cohen_kappa", labels=["a", "b"])
    assert np.isnan(found) if kappa is None else found == pytest.approx(kappa)
    assert oracle(sk.matthews_corrcoef, list(expected), list(said)) == pytest.approx(mcc)
    np.testing.assert_allclose(oracle(sk.cohen_kappa_score, list(expected), list(said)), found, atol=1e-12)


def table(cells: dict[tuple[str, str], int]) -> tuple[list[str], list[str]]:
    pairs = [pair for pair, count in cells.items() for _ in range(count)]
    return [expected for expected, _ in pairs], [said for _, said in pairs]


def test_kappa_of_the_table_in_cohens_paper() -> None:
    # Cohen 1960, Educ Psychol Meas 20:37, table 1: 200 cases, observed .70, by chance .41, kappa .49.
    cells = {
        ("1", "1"): 88, ("1", "2"): 10, ("1", "3"): 2, ("2", "1"): 14, ("2", "2"): 40, ("2", "3"): 6,
        ("3", "1"): 18, ("3", "2"): 10, ("3", "3"): 12,
    }  # fmt: skip
    assert value(*table(cells), "cohen_kappa") == pytest.approx((0.70 - 0.41) / (1 - 0.41), abs=1e-12)


def test_precision_and_f1_of_a_textbooks_two_labels() -> None:
    # Manning, Raghavan and Schuetze 2008, Introduction to Information Retrieval, table 13.8: pooled counts of two classes.
    # Class 1: 10 right, 10 wrongly said, 10 missed; class 2: 90, 10, 10. The book's macro precision is .7.
    first = table({("1", "1"): 10, ("1", "0"): 10, ("0", "1"): 10, ("0", "0"): 970})
    second = table({("2", "2"): 90, ("2", "0"): 10, ("0", "2"): 10, ("0", "0"): 890})
    ones = [part(*first, "precision", "1"), part(*second, "precision", "2")]
    assert ones == pytest.approx([0.5, 0.9])
    assert np.mean(ones) == pytest.approx(0.7)
    assert part(*first, "f1", "1") == pytest.approx(0.5)
    assert part(*second, "f1", "2") == pytest.approx(0.9)


def test_mcc_and_balanced_accuracy_of_an_uneven_table_where_accuracy_flatters() -> None:
    # Chicco and Jurman 2020, BMC Genomics 21:6, use case A1: TP 90, FN 1, TN 0, FP 9; accuracy .90, F1 .95, MCC -.03.
    expected, said = table({("yes", "yes"): 90, ("yes", "no"): 1, ("no", "yes"): 9})
    assert value(expected, said, "confusion") == pytest.approx(0.90)
    assert value(expected, said, "f1", average="binary", positive="yes") == pytest.approx(0.95, abs=0.005)
    assert value(expected, said, "mcc") == pytest.approx(-0.03, abs=0.005)
    assert value(expected, said, "balanced_accuracy") == pytest.approx((90 / 91 + 0) / 2)


def test_a_label_that_is_absent_from_a_resample_leaves_the_macro_average() -> None:
    metric, scores = scored(["a", "a", "b", "b", "c"], ["a", "b", "b", "b", "c"], "f1")
    rows = [s.columns for s in scores]
    names = {name for row in rows for name in row}
    counts = np.array([[1, 1, 1, 1, 1], [2, 1, 1, 1, 0], [2, 2, 0, 0, 1], [0, 0, 0, 0, 5]], dtype=float)  # one resample a row
    totals = {name: counts @ np.array([row.get(name, 0.0) for row in rows]) for name in names} | {"n": counts.sum(axis=1)}
    found = metric.estimate(totals)
    for resample, got in zip(counts.astype(int), found, strict=True):
        expected, said = (np.repeat(list(text), resample) for text in ("aabbc", "abbbc"))
        assert got == pytest.approx(oracle(sk.f1_score, expected, said, average="macro", zero_division=0))
    c = Column(metric, "c")
    assert np.isnan(c.statistic(totals)).tolist() == [False, True, False, False]


def test_a_positive_label_that_occurs_nowhere_has_no_value() -> None:
    assert np.isnan(value(["a", "b"], ["a", "b"], "f1", average="binary", positive="c", labels=["a", "b", "c"]))
    assert np.isnan(part(["a", "b"], ["a", "b"], "f1", "c", labels=["a", "b", "c"]))


def test_the_paired_interval_of_f1_is_that_of_a_bootstrap_written_out() -> None:
    rng = np.random.default_rng(5)
    expected = rng.choice(list("aaabbc"), size=150)
    ours, theirs = (np.where(rng.random(150) < right, expected, rng.choice(list("abc"), size=150)) for right in (0.85, 0.6))
    metric, ours_scored = scored(expected, ours, "f1")
    _, theirs_scored = scored(expected, theirs, "f1")
    hidden = sorted({c for s in [*ours_scored, *theirs_scored] for c in s.columns if c.startswith("_")} | {"value"})

    def columns(scores: list[Score]) -> dict[str, np.ndarray]:
        return {name: np.array([s.columns.get(name, 0.0) for s in scores]) for name in hidden}

    found = stats.compare_sums(columns(ours_scored), columns(theirs_scored), metric.estimate, resamples=4000)

    def lift(index: np.ndarray) -> float:
        one, two = (sk.f1_score(expected[index], side[index], average="macro", zero_division=0) for side in (ours, theirs))
        return float(one - two)

    drawn = [lift(rng.integers(0, 150, 150)) for _ in range(600)]
    assert found.effect == pytest.approx(lift(np.arange(150)))
    assert found.low is not None and found.high is not None
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.03)
    assert found.verdict == "better"
