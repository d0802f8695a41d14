"""Lifts looked at side by side, with intervals that hold for all of them at once."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import norm

from harness import stats
from harness.verdicts import judge
from tests.verdicts.runs import make_run, metrics
from tests.verdicts.test_label_tables import LABELS
from tests.verdicts.test_label_tables import judged as labelled


def values(shift: float, seed: int, n: int = 200) -> list[float]:
    rng = random.Random(seed)
    return [min(1.0, max(0.0, rng.gauss(0.4 + shift, 0.15))) for _ in range(n)]


def test_every_lift_of_the_headline_is_in_one_family_and_its_interval_is_wider_than_its_own() -> None:
    scores = {
        name: values(shift, seed)
        for seed, (name, shift) in enumerate((("baseline", 0), ("rag", 0.1), ("nearest", -0.2), ("tuned", 0.2)))
    }
    judgement = judge(make_run({"edit_similarity": scores}), metrics("edit_similarity"))
    (family,) = judgement.families
    assert (family.name, family.confidence) == ("variants", 0.95)
    assert {lift.over for lift in family.members} == {"baseline", "rag", "nearest"}
    sidak = norm.ppf(1 - (1 - 0.95 ** (1 / 3)) / 2)
    assert 1.96 < (family.critical or 0) < sidak + 0.1
    for lift in family.members:
        alone = judgement.comparison("tuned", lift.over, "edit_similarity")
        assert alone is not None and alone.effect is not None and alone.low is not None and alone.high is not None
        assert lift.low < alone.low < alone.effect < alone.high < lift.high
        assert (lift.low + lift.high) / 2 == pytest.approx(alone.effect, abs=1e-9)
        assert lift.p is not None and lift.p < 0.05


def test_slices_are_a_family_of_their_own_and_a_slice_in_which_too_little_differs_has_no_interval() -> None:
    tags = [["many" if i < 120 else "other" if i < 195 else "few"] for i in range(200)]
    scores = {"baseline": values(0, 1), "tuned": values(0.1, 2)}
    run = make_run({"edit_similarity": scores}, tags=tags, slices=["tag:many", "tag:other", "tag:few"])
    family = next(f for f in judge(run, metrics("edit_similarity")).families if f.name == "slices")
    assert [lift.slice for lift in family.members] == ["tag:many", "tag:other"]


def test_statistics_resampled_together_have_about_the_joint_limits_of_the_studentised_ones() -> None:
    lifts = {
        name: np.array(values(shift, seed)) - np.array(values(0, 9))
        for seed, (name, shift) in enumerate((("a", 0), ("b", 0.1), ("c", 0.2)))
    }
    exact = stats.max_t(lifts, resamples=4_000)
    means = {name: (lambda sums, name=name: sums[name] / sums["n"]) for name in lifts}
    found = stats.simultaneous(stats.resample(lifts, means, resamples=4_000))
    assert found.critical == pytest.approx(exact.critical, rel=0.03)
    for name, one in found.members.items():
        assert (one.effect, one.low, one.high) == pytest.approx(
            (exact.members[name].effect, exact.members[name].low, exact.members[name].high), abs=0.003
        )


def test_a_function_of_column_sums_has_joint_intervals_around_its_own_lift() -> None:
    rng = random.Random(5)
    expected = [rng.choice(LABELS) for _ in range(150)]
    skills = (("baseline", 0.4), ("rag", 0.6), ("tuned", 0.85))
    said = {name: [label if rng.random() < skill else rng.choice(LABELS) for label in expected] for name, skill in skills}
    judgement = labelled("f1", expected, said)
    family = next(f for f in judgement.families if f.name == "variants")
    assert {lift.over for lift in family.members} == {"baseline", "rag"}
    for lift in family.members:
        own = judgement.comparison("tuned", lift.over, "f1")
        assert own is not None and own.low is not None and own.high is not None
        assert (lift.low + lift.high) / 2 == pytest.approx(own.effect, abs=1e-9)
        assert 1.0 < (lift.high - lift.low) / (own.high - own.low) < 1.4


def test_a_lift_alone_is_no_family_and_its_keys_are_json() -> None:
    judgement = judge(
        make_run({"edit_similarity": {"baseline": values(0, 1), "tuned": values(0.1, 2)}}), metrics("edit_similarity")
    )
    assert judgement.families == () and judgement.to_dict()["families"] == []
