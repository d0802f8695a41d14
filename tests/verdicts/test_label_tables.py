"""Which label was said for which, out of the scores of any classification metric."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from harness.metrics import load_metric
from harness.models import Response
from harness.store import Run, Score
from harness.suite import Fixture
from harness.verdicts import NO_LABEL, REST, Judgement, judge
from tests.verdicts.runs import make_run

LABELS = ("refund", "delivery", "other")


def judged(metric: str, expected: list[str], said: dict[str, list[str]], labels: tuple[str, ...] = LABELS) -> Judgement:
    """A run measured by the real metric."""
    measure = load_metric(metric, labels=list(labels))
    fixtures = tuple(Fixture(f"f{i:03}", "question", expected=label) for i, label in enumerate(expected))
    bare = make_run({metric: {name: [0.0] * len(expected) for name in said}}, metrics=[{metric: {"labels": list(labels)}}])
    scores = [
        Score(fixture.id, name, 0, metric, measure.measure(fixture, Response(text=text)))
        for name, texts in said.items()
        for fixture, text in zip(fixtures, texts, strict=True)
    ]
    return judge(Run(bare.folder, bare.record, fixtures, bare.responses, tuple(scores)), (measure,))


@pytest.mark.parametrize("metric", ["confusion", "f1"])
def test_the_counts_are_scikit_learns_whichever_metric_they_are_read_from(metric: str) -> None:
    rng = random.Random(5)
    expected = [rng.choice(LABELS) for _ in range(60)]
    said = {
        name: [label if rng.random() < skill else rng.choice([*LABELS, "hm"]) for label in expected]
        for name, skill in (("baseline", 0.4), ("tuned", 0.8))
    }
    first, second = judged(metric, expected, said).labels
    assert (first.variant, second.variant, first.metric) == ("baseline", "tuned", metric)
    assert first.expected == second.expected and first.said == (*first.expected, NO_LABEL)
    for table, name in ((first, "baseline"), (second, "tuned")):
        oracle = confusion_matrix(expected, said[name], labels=[*table.expected, "hm"])
        assert np.array_equal(np.array(table.counts), oracle[:-1])


def test_rare_labels_are_one_label_together_and_none_is_lost() -> None:
    labels = tuple(f"label {i:02}" for i in range(20))
    expected = [label for i, label in enumerate(labels) for _ in range(21 - i)]
    table = judged("confusion", expected, {"baseline": expected, "tuned": expected}, labels).labels[0]
    assert table.expected[-1] == REST and len(table.expected) == 12 and table.expected[0] == "label 00"
    assert sum(map(sum, table.counts)) == len(expected)


def test_a_suite_without_labels_has_no_table() -> None:
    run = make_run({"accuracy": {"baseline": [1.0, 0.0], "tuned": [1.0, 1.0]}})
    assert judge(run, (load_metric("accuracy"),)).labels == ()
