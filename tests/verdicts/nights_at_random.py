"""Months of nights at random: a suite, its reference and its nights as arrays, played through the rule of a nightly run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness import stats
from harness.verdicts.night_rule import NightRule, PValues, Standing, Watched, follow_up

RESAMPLES = 1999

# Rates with mean .8 of which responses vary by .12 around their fixture's own rate, three quarters of all the variance of 0/1
# answers: that is what a model at temperature 1 does, and what the table of nights in the statistics was made with.
RATES = (2.4, 0.6)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Month:
    """What the rule said, night by night, and what it cost."""

    standings: Sequence[Mapping[Watched, Standing]]
    reruns: int

    @property
    def first_alarm(self) -> int | None:
        """The first night on which anything was confirmed, from 0."""
        return next((night for night, said in enumerate(self.standings) if "confirmed" in said.values()), None)


def play(
    rng: np.random.Generator, *, nights: int, drop: float = 0.0, fixtures: int = 200, runs: int = 5, watched: int = 1,
    rule: NightRule | None = None,
) -> Month:  # fmt: skip
    """Play a suite with a reference of ``runs`` runs; ``drop`` is what the first thing watched lost before the first night."""
    rule = rule or NightRule()
    keys = [Watched(f"variant{at}", "accuracy") for at in range(watched)]
    rates = {key: rng.beta(*RATES, fixtures) for key in keys}
    reference = {key: answers(rng, rates[key], runs) for key in keys}
    rates[keys[0]] = dropped(rates[keys[0]], drop)
    said: list[Mapping[Watched, Standing]] = []
    reruns = 0
    last: dict[Watched, Floats] = {}
    for _ in range(nights):
        tonight = {key: answers(rng, rates[key], 1) for key in keys}

        def again(keys: frozenset[Watched], tonight: dict[Watched, Floats] = tonight) -> PValues:
            for key in keys:
                tonight[key] = np.hstack([tonight[key], answers(rng, rates[key], 1)])
            return {key: one_sided(tonight[key], reference[key]) for key in keys}

        def both(
            keys: frozenset[Watched], tonight: dict[Watched, Floats] = tonight, last: dict[Watched, Floats] = last
        ) -> PValues:
            return {key: one_sided(np.hstack([tonight[key], last[key]]), reference[key]) for key in keys}

        first = {key: one_sided(tonight[key], reference[key]) for key in keys}
        outcome = follow_up(first, again, both, rule, suspected_last_night=last)
        said.append(outcome.standings)
        reruns += outcome.reruns
        last = {key: tonight[key] for key, standing in outcome.standings.items() if standing in ("suspected", "confirmed")}
    return Month(said, reruns)


def answers(rng: np.random.Generator, rates: Floats, repeats: int) -> Floats:
    return (rng.random((len(rates), repeats)) < rates[:, None]).astype(np.float64)


def dropped(rates: Floats, drop: float) -> Floats:
    """Take so much of every rate that the mean falls by ``drop``, none below 0."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if rates.mean() - np.maximum(rates - middle, 0).mean() < drop else (low, middle)
    return np.maximum(rates - low, 0.0) if drop else rates


def one_sided(now: Floats, then: Floats) -> float | None:
    c = stats.compare(now, then, resamples=RESAMPLES)
    if c.p_value is None or c.effect is None or c.withheld is not None or not c.usable:
        return None
    return c.p_value / 2 if c.effect < 0 else 1 - c.p_value / 2
