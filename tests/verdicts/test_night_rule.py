"""The rule of a nightly run: its decisions by hand, and what it comes to over months of simulated nights."""

from __future__ import annotations

import numpy as np
import pytest

from harness.verdicts import NightRule, PValues, Watched, follow_up
from tests.verdicts.nights_at_random import play

TUNED = Watched("tuned", "accuracy")
SCHEMA = Watched("tuned", "json_schema")
BASE = Watched("baseline", "accuracy", "better")


def never(_: frozenset[Watched]) -> PValues:
    raise AssertionError("nothing was to be asked")


def test_a_steady_night_asks_nothing_again() -> None:
    outcome = follow_up({TUNED: 0.08, BASE: 0.5}, never, never, NightRule())  # .08 is .16 after Holm
    assert outcome.standings == {TUNED: "steady", BASE: "steady"}
    assert outcome.reruns == 0


def test_a_suspicion_that_goes_away_is_dropped_at_once() -> None:
    asked: list[frozenset[Watched]] = []

    def again(suspected: frozenset[Watched]) -> PValues:
        asked.append(suspected)
        return {TUNED: 0.3}

    outcome = follow_up({TUNED: 0.07, BASE: 0.5}, again, never, NightRule())
    assert asked == [frozenset({TUNED})]
    assert outcome.standings[TUNED] == "steady"
    assert outcome.p[TUNED] == 0.3


def test_what_survives_every_rerun_is_confirmed_below_a_twentieth_of_alpha_after_holm() -> None:
    first = {TUNED: 0.01, SCHEMA: 0.4, BASE: 0.6}
    for p, standing in ((0.0008, "confirmed"), (0.0009, "suspected")):  # three are watched: .0025 / 3 = .00083
        outcome = follow_up(first, lambda _, p=p: {TUNED: p}, lambda keys: dict.fromkeys(keys, 1.0), NightRule())
        assert (outcome.standings[TUNED], outcome.reruns) == (standing, 6)


def test_two_nights_in_a_row_are_pooled() -> None:
    pooled: list[frozenset[Watched]] = []

    def both(keys: frozenset[Watched]) -> PValues:
        pooled.append(keys)
        return dict.fromkeys(keys, 0.001)

    def again(_: frozenset[Watched]) -> PValues:
        return {TUNED: 0.02}

    outcome = follow_up({TUNED: 0.02, BASE: 0.9}, again, both, NightRule(), suspected_last_night=[TUNED])
    assert pooled == [frozenset({TUNED})]
    assert outcome.standings[TUNED] == "confirmed"
    assert outcome.p[TUNED] == 0.001
    alone = follow_up({TUNED: 0.02, BASE: 0.9}, again, never, NightRule())
    assert alone.standings[TUNED] == "suspected"


def test_what_cannot_be_asked_again_stays_suspected_however_small_its_p_value() -> None:
    outcome = follow_up({TUNED: 1e-6, BASE: 0.9}, lambda _: None, never, NightRule())
    assert (outcome.standings[TUNED], outcome.reruns) == ("suspected", 0)


def test_what_nothing_can_be_said_of_is_unknown_and_does_not_count() -> None:
    outcome = follow_up({TUNED: 0.1, BASE: None}, lambda _: {TUNED: 0.0024}, never, NightRule())
    assert outcome.standings == {TUNED: "confirmed", BASE: "unknown"}
    assert follow_up({}, never, never, NightRule()).standings == {}


@pytest.mark.timeout(1800)
def test_over_200_suites_of_30_steady_nights_at_most_one_in_twenty_raises_a_false_alarm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    months = [play(np.random.default_rng([11, at]), nights=30) for at in range(200)]
    alarms = sum(month.first_alarm is not None for month in months)
    extra = sum(month.reruns for month in months) / 6000
    with capsys.disabled():
        print(f"\nfalse alarms: {alarms} of 200 steady months ({alarms / 200:.1%}); {extra:.2f} re-runs a night")
    assert alarms / 200 <= 0.05
    assert extra < 0.6


@pytest.mark.timeout(1800)
def test_a_drop_of_5_points_on_200_fixtures_is_found_within_three_nights_four_times_in_five(
    capsys: pytest.CaptureFixture[str],
) -> None:
    months = [play(np.random.default_rng([12, at]), nights=3, drop=0.05) for at in range(400)]
    found = sum(month.first_alarm is not None for month in months)
    with capsys.disabled():
        print(f"\npower: {found} of 400 drops of 5 points found within three nights ({found / 400:.1%})")
    assert found / 400 >= 0.80
