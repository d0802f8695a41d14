"""A metric, and a lift, by an attribute of the fixtures."""

from __future__ import annotations

import numpy as np
import pytest

from harness.verdicts import attribute_gaps, power_basis
from tests.verdicts.runs import make_run, metrics


def by_language(count: int) -> dict[str, dict[str, str | None]]:
    return {"lang": {f"f{n:03}": "de" if n % 4 == 0 else "en" for n in range(count)}}


def test_a_lift_that_only_one_language_has_is_told() -> None:
    rng = np.random.default_rng(0)
    base = (rng.random(400) < 0.5).astype(float)
    tuned = np.where(np.arange(400) % 4 == 0, base, np.maximum(base, rng.random(400) < 0.6))
    run = make_run({"accuracy": {"baseline": list(base), "tuned": list(tuned)}})
    found = {(g.value, g.variant): g for g in attribute_gaps(run, metrics("accuracy"), by_language(400))}
    lift = found["de", "tuned over baseline"]
    here = np.arange(400) % 4 == 0
    assert lift.gap == pytest.approx((tuned - base)[here].mean() - (tuned - base)[~here].mean())
    assert lift.signal
    assert not found["de", "baseline"].signal
    assert found["de", "tuned"].mean == pytest.approx(tuned[here].mean())
    assert (found["de", "tuned"].fixtures, found["en", "tuned"].fixtures) == (100, 300)


def test_without_a_difference_no_gap_is_told_more_often_than_promised() -> None:
    alarms = 0
    for seed in range(25):
        rng = np.random.default_rng(999 + seed)
        groups = [f"g{n // 4}" for n in range(160)]
        level = np.repeat(rng.random(40), 4)
        base, tuned = ((rng.random(160) < level).astype(float) for _ in range(2))
        attribute = {"lang": {f"f{n:03}": "de" if (n // 4) % 2 else "en" for n in range(160)}}
        run = make_run({"accuracy": {"baseline": list(base), "tuned": list(tuned)}}, groups=groups)
        alarms += any(gap.signal for gap in attribute_gaps(run, metrics("accuracy"), attribute))
    print(f"{alarms} of 25 runs alarm")
    assert alarms <= 4


def test_below_the_minimum_there_is_an_interval_and_no_verdict() -> None:
    run = make_run({"accuracy": {"baseline": [1.0] * 30, "tuned": [1.0, 0.0] * 15}})
    gaps = attribute_gaps(run, metrics("accuracy"), by_language(30))
    assert not any(gap.judged or gap.signal for gap in gaps)
    assert all(gap.low is not None for gap in gaps if gap.fixtures > 1)


def test_an_earlier_run_says_how_much_variants_differ() -> None:
    base, tuned = [1.0] * 60 + [0.0] * 40, [0.0] * 10 + [1.0] * 70 + [0.0] * 20
    gate = {"metric": "accuracy", "candidate": "tuned", "over": "baseline", "require": "better"}
    gates = [{"name": "a", **gate}, {"name": "b", "metric": "accuracy", "candidate": "tuned", "at_least": 0.5}]
    run = make_run({"accuracy": {"baseline": base, "tuned": tuned}}, gates=gates)
    from harness.suite import Gate

    known = power_basis(run, metrics("accuracy"), [Gate.model_validate(g) for g in gates])
    assert known["a"]["discordant"] == pytest.approx(0.30)  # 10 lost and 20 won of 100, by construction
    assert known["b"]["level"] == pytest.approx(0.70)
    assert known["b"]["spread"] == pytest.approx((0.7 * 0.3) ** 0.5, rel=0.05)
