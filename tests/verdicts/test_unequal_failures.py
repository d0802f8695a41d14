"""One variant that fails more often than another is a finding; chance is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from harness.models import Response
from harness.store import Run, StoredResponse
from harness.verdicts import judge
from harness.verdicts.failing import unequal_failures
from harness.verdicts.pairing import standing_of
from harness.verdicts.result import Comparison
from harness.verdicts.table import ScoreTable
from tests.verdicts.runs import make_run, metrics

FAILURE = Response(outcome="failed", error="timed out", error_kind="timeout")
ANSWER = Response(text="answer", cost=0.001, latency=1.0)


def ran(failed: dict[str, Any], groups: Sequence[str | None] | None = None) -> Run:
    """A run in which variants failed where their array, shape (n,) or (n, repeats), says so; NaN was not asked."""
    arrays = {name: np.asarray(values, dtype=float).reshape(len(values), -1) for name, values in failed.items()}
    n, repeats = next(iter(arrays.values())).shape
    empty: dict[str, list[float | Sequence[float | None] | None]] = {name: [[1.0] * repeats] * n for name in arrays}
    run = make_run({"accuracy": empty}, groups=groups)
    stored = tuple(
        StoredResponse(f"{name}{i}{repeat}", name, f"f{i:03}", repeat, FAILURE if values[i, repeat] else ANSWER)
        for name, values in arrays.items()
        for i in range(n)
        for repeat in range(repeats)
        if not np.isnan(values[i, repeat])
    )
    object.__setattr__(run, "responses", stored)
    object.__setattr__(run, "scores", ())
    return run


def found(failed: dict[str, Any], groups: Sequence[str | None] | None = None) -> tuple[Comparison, ...]:
    table = ScoreTable(ran(failed, groups), metrics("accuracy"))
    return unequal_failures(table, standing_of(table), seed=1, resamples=2_000)


def first(count: int, n: int = 100) -> list[float]:
    """The first ``count`` of n fixtures fail."""
    return [1.0] * count + [0.0] * (n - count)


def test_the_difference_is_paired_by_fixture_and_exact() -> None:
    # 10 fixtures fail on one side only, 2 on the other only: mid-p McNemar by hand from the binomial of 12 fair coins.
    tuned, baseline = first(13), [0.0] * 10 + [1.0] * 5 + [0.0] * 85
    (unequal,) = found({"baseline": baseline, "tuned": tuned})
    by_hand = (2 * (1 + 12 + 66) - 66) / 2**12
    assert (unequal.wins, unequal.losses, unequal.ties) == (2, 10, 88)
    assert unequal.p == pytest.approx(by_hand) and unequal.effect == pytest.approx(0.08)
    assert unequal.low is not None and unequal.low > 0


def test_the_same_rate_on_other_fixtures_is_no_finding_nor_is_a_handful() -> None:
    assert found({"baseline": first(20)[::-1], "tuned": first(20)}) == ()
    assert found({"baseline": first(0), "tuned": first(4)}) == ()
    assert len(found({"baseline": first(0), "tuned": first(6)})) == 1


def test_one_bad_group_is_one_mishap_and_no_finding() -> None:
    groups = [f"g{i // 10}" for i in range(200)]
    assert found({"baseline": first(0, 200), "tuned": first(20, 200)}, groups) == ()
    spread = [float(i % 10 < 2) for i in range(200)]
    assert len(found({"baseline": first(0, 200), "tuned": spread}, groups)) == 1


def test_floors_and_variants_that_were_given_up_are_left_out_and_what_was_not_asked_is_no_failure() -> None:
    assert found({"majority": first(0), "tuned": first(20)}) == ()
    unasked = [0.0] * 50 + [np.nan] * 50
    assert found({"baseline": unasked, "tuned": first(0)}) == ()
    run = ran({"baseline": first(0), "tuned": first(20)})
    run.record.stopped["tuned"] = "auth: refused; 80 of 100 not asked"  # type: ignore[index]
    table = ScoreTable(run, metrics("accuracy"))
    assert unequal_failures(table, standing_of(table), seed=1, resamples=2_000) == ()


def test_all_who_fail_less_are_named_and_the_keys_and_the_findings_say_so() -> None:
    judgement = judge(ran({"baseline": first(0), "rag": first(1), "tuned": first(30)}), metrics("accuracy"))
    assert {(c.candidate, c.over) for c in judgement.unequal_failures} == {("tuned", "baseline"), ("tuned", "rag")}
    said = [finding for finding in judgement.findings if finding.startswith("Unequal failures")]
    assert len(said) == 2 and all("--retry-failed 2026" in finding for finding in said)
    keys = json.loads(json.dumps(judgement.to_dict(), allow_nan=False))["unequal_failures"]
    assert [(c["candidate"], c["metric"], c["verdict"]) for c in keys] == [("tuned", "failed", "worse")] * 2
    assert judgement.exit_code == 3


Draw = Callable[[np.random.Generator], np.ndarray]


def alone(share: float, n: int = 120, repeats: int = 1) -> Draw:
    """Each call fails by itself."""
    return lambda rng: (rng.random((n, repeats)) < share).astype(float)


def by_fixture(share: float, n: int = 120, repeats: int = 1) -> Draw:
    """Some fixtures are hard for the provider: they fail often, on every variant."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        hard = np.random.default_rng(7).random(n) < 2 * share
        return (rng.random((n, repeats)) < np.where(hard, 0.5, 0.0)[:, None]).astype(float)

    return draw


def by_group(share: float, groups: int, size: int) -> Draw:
    """Whole groups fail together, four fifths of each."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        bad = np.repeat(rng.random(groups) < share, size)
        return (bad & (rng.random(groups * size) < 0.8)).astype(float)[:, None]

    return draw


@pytest.mark.parametrize(
    ("draw", "groups"),
    [
        (alone(0.02), None),
        (alone(0.1), None),
        (alone(0.4), None),
        (alone(0.1, repeats=3), None),
        (by_fixture(0.1), None),
        (by_fixture(0.1, repeats=3), None),
        (by_group(0.2, 20, 6), 6),
        (by_group(0.2, 50, 4), 4),
    ],
    ids=["2 %", "10 %", "40 %", "10 %, 3 repeats", "hard fixtures", "hard fixtures, 3 repeats", "20 groups", "50 groups"],
)
def test_equal_failure_rates_alarm_in_at_most_one_run_of_twenty(draw: Draw, groups: int | None) -> None:
    runs = 200
    rng = np.random.default_rng(20260101)
    alarms = 0
    for _ in range(runs):
        failed = {name: draw(rng) for name in ("baseline", "rag", "tuned")}
        labels = None if groups is None else [f"g{i // groups}" for i in range(len(failed["tuned"]))]
        alarms += bool(found(failed, labels))
    # Three pairs in each run, whose p values are taken together. 200 runs at 5 % give 10, and 18 or more in 1.3 % of cases.
    assert alarms <= 17, f"{alarms} of {runs}"


@pytest.mark.parametrize("repeats", [1, 3])
def test_twelve_in_a_hundred_against_one_is_nearly_always_found(repeats: int) -> None:
    rng = np.random.default_rng(5)
    seen = [bool(found({"baseline": alone(0.01, 150, repeats)(rng), "tuned": alone(0.12, 150, repeats)(rng)})) for _ in range(60)]
    assert sum(seen) >= 54
