"""expected_cost, brier and expected_calibration_error against tables worked by hand and scikit-learn."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from harness.metrics import MetricOptionError, load_metric
from harness.metrics.registry import for_fixtures
from harness.models import Response
from harness.suite import Fixture
from tests.models.asking import ask, request
from tests.provider import Provider, answer

CREDIT = [Fixture(id=label, expected=label) for label in ("good", "bad")]
MAIL = [Fixture(id=label, expected=label) for label in ("spam", "work", "family")]


def cost(fixture: Fixture, text: str, fixtures: list[Fixture], **options: Any) -> float:
    metric = for_fixtures(load_metric("expected_cost", **options), fixtures)
    assert list(metric.faults(fixtures)) == []  # type: ignore[attr-defined]
    (number,) = metric.measure(fixture, Response(text=text)).values()
    return number


@pytest.mark.parametrize("options", [
    {"costs": {"good": {"bad": 1}, "bad": {"good": 5}}},
    {"positive": "bad", "false_positive": 1, "false_negative": 5},
])  # fmt: skip
def test_the_cost_matrix_of_the_german_credit_data(options: dict[str, Any]) -> None:
    # Statlog (German Credit Data), UCI: calling a bad customer good costs 5, a good one bad costs 1.
    good, bad = CREDIT
    found = [cost(f, text, CREDIT, **options) for f, text in ((good, "good"), (good, "bad"), (bad, "good"), (bad, "bad"))]
    assert found == [0, 1, 5, 0]
    assert [cost(f, "maybe", CREDIT, **options) for f in CREDIT] == [1, 5]  # no label: the dearest mistake there is
    assert cost(bad, "", CREDIT, no_label=9, abstained=0.5, **options) == 0.5
    assert cost(bad, "maybe", CREDIT, no_label=9, abstained=0.5, **options) == 9


def test_two_costs_are_about_one_label_among_many() -> None:
    spam, work, _ = MAIL
    options = {"positive": "spam", "false_positive": 5, "false_negative": 1}
    assert [cost(spam, "work", MAIL, **options), cost(work, "spam", MAIL, **options)] == [1, 5]
    assert cost(work, "family", MAIL, **options) == 0


def test_a_matrix_may_leave_mistakes_to_otherwise_and_price_right_answers() -> None:
    spam, work, _ = MAIL
    options = {"costs": {"work": {"spam": 10, "work": 0.1}}, "otherwise": 2}
    assert [cost(work, t, MAIL, **options) for t in ("spam", "work", "family", "?")] == [10, 0.1, 2, 10]
    assert cost(spam, "spam", MAIL, **options) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give either costs"),
        ({"costs": {"a": {"b": 1}}, "positive": "a"}, "give either costs"),
        ({"positive": "a", "false_positive": 1}, "go together"),
        ({"positive": "a", "false_positive": 1, "false_negative": 1, "otherwise": 1}, "otherwise goes with costs"),
        ({"costs": {"a": {"b": "dear"}}}, "will not do"),
        ({"costs": {"a": {"b": math.inf}}}, "not a finite number|will not do"),
    ],
)
def test_costs_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(MetricOptionError, match=said):
        load_metric("expected_cost", **options)


def test_mistakes_without_a_cost_and_costs_of_no_label_are_faults() -> None:
    metric = load_metric("expected_cost", costs={"good": {"bad": 1, "ugly": 2}})
    found = [fault.message for fault in metric.faults(CREDIT)]  # type: ignore[attr-defined]
    assert found == [
        "expected_cost: costs names 'ugly', which is none of the labels",
        "expected_cost: costs does not say what 'good' costs where 'bad' is expected",
    ]
    positive = load_metric("expected_cost", positive="ugly", false_positive=1, false_negative=1)
    assert "'ugly', which is none of the labels" in next(iter(positive.faults(CREDIT))).message  # type: ignore[attr-defined]


def rows_of(name: str, outcomes: list[tuple[bool, float]], **options: Any) -> tuple[Any, list[dict[str, float]]]:
    fixtures = [Fixture(id="1", expected="a"), Fixture(id="2", expected="b")]
    metric = for_fixtures(load_metric(name, field="label", confidence="sure", **options), fixtures)
    texts = [json.dumps({"label": "a" if right else "b", "sure": sure}) for right, sure in outcomes]
    return metric, [dict(metric.measure(fixtures[0], Response(text=text))) for text in texts]


def estimated(metric: Any, rows: list[dict[str, float]]) -> float:
    names = {name for row in rows for name in row}
    totals = {name: np.array([sum(row.get(name, 0.0) for row in rows)]) for name in names}
    return float(metric.estimate({**totals, "n": np.array([float(len(rows))])})[0])


outcomes_of = st.lists(st.tuples(st.booleans(), st.integers(0, 100).map(lambda n: n / 100)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=50)
@given(outcomes_of, st.sampled_from([1, 5, 10, 15]))
def test_brier_and_calibration_error_are_those_of_scikit_learn(outcomes: list[tuple[bool, float]], bins: int) -> None:
    right = np.array([r for r, _ in outcomes], dtype=float)
    sure = np.array([s for _, s in outcomes])
    assert estimated(*rows_of("brier", outcomes)) == pytest.approx(brier_score_loss(right, sure, labels=[0, 1]))
    accuracy, confidence = calibration_curve(right, sure, n_bins=bins) if 0 < right.sum() < len(right) else (None, None)
    if accuracy is None:
        return
    place = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], sure)
    share = np.bincount(place, minlength=bins)
    wanted = float((share[share > 0] * np.abs(accuracy - confidence)).sum() / len(sure))
    assert estimated(*rows_of("expected_calibration_error", outcomes, bins=bins)) == pytest.approx(wanted)


def test_calibration_error_worked_by_hand() -> None:
    # Two bins: 4 answers at .9 of which 3 are right (gap .15), 1 answer at .3 that is wrong (gap .3): (4 x .15 + .3) / 5.
    outcomes = [(True, 0.9), (True, 0.9), (True, 0.9), (False, 0.9), (False, 0.3)]
    assert estimated(*rows_of("expected_calibration_error", outcomes, bins=2)) == pytest.approx(0.18)


@pytest.mark.parametrize("text", [
    "a", '{"label": "a"}', '{"label": "a", "sure": "high"}', '{"label": "a", "sure": 1.5}', '{"label": "a", "sure": -0.1}',
    '{"label": "a", "sure": true}', '{"label": null, "sure": 0.2}', '{"label": "a", "sure": 1e999}', "[" * 100_000,
])  # fmt: skip
def test_an_answer_without_a_usable_confidence_is_left_out(text: str) -> None:
    fixtures = [Fixture(id="1", expected="a"), Fixture(id="2", expected="b")]
    for name in ("brier", "expected_calibration_error"):
        metric = for_fixtures(load_metric(name, field="label", confidence="sure"), fixtures)
        assert metric.measure(fixtures[0], Response(text=text)) == {}
        assert for_fixtures(load_metric(name), fixtures).measure(fixtures[0], Response(text="a")) == {}


def test_confidence_may_be_written_in_per_cent() -> None:
    metric, rows = rows_of("brier", [(True, 80)], out_of=100)
    assert rows == [{"value": pytest.approx(0.04)}]
    assert metric.measure(Fixture(id="1", expected="a"), Response(text='{"label": "a", "sure": 101}')) == {}
    with pytest.raises(MetricOptionError, match="give field"):
        load_metric("brier", confidence="sure")


def test_confidence_comes_from_the_probability_of_the_answers_tokens(provider: Provider) -> None:
    tokens = [{"token": t, "logprob": math.log(p), "bytes": None, "top_logprobs": []} for t, p in (("sp", 0.9), ("am", 0.4))]
    message = {"role": "assistant", "content": "spam"}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": {"content": tokens, "refusal": None}}
    provider.on("sure", answer("spam", choices=[choice]))
    provider.on("silent", answer("spam"))
    response = ask(request(provider, "openai/sure", params={"logprobs": True}))
    assert provider.requests[0].body["logprobs"] is True
    assert response.meta["probability"] == {"first": pytest.approx(0.9), "mean": pytest.approx(0.6)}
    assert "probability" not in ask(request(provider, "openai/silent")).meta
    fixtures = [Fixture(id="1", expected="spam"), Fixture(id="2", expected="ham")]
    for which, sure in (("first", 0.9), ("mean", 0.6)):
        metric = for_fixtures(load_metric("brier", logprobs=which), fixtures)
        assert metric.measure(fixtures[0], response)["value"] == pytest.approx((1 - sure) ** 2)
        assert metric.measure(fixtures[1], response)["value"] == pytest.approx(sure**2)


@pytest.mark.local_model
def test_the_embedded_model_tells_the_probability_of_its_answer(weights: Path) -> None:
    params = {"temperature": 0, "max_tokens": 2, "logprobs": True}
    asked = request(model="local/smollm2-135m-instruct", text="Yes or no?", params=params, timeout=60.0)
    kept = ask(asked).meta["probability"]
    assert 0 < kept["first"] <= 1
    assert 0 < kept["mean"] <= 1
