"""Which of five things happened, by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.verdicts import (
    AgainstReference,
    Comparison,
    Fit,
    Lift,
    Moved,
    NightOutcome,
    Standing,
    Watched,
    does_not_fit,
    what_happened,
)

TUNED = Watched("tuned", "accuracy")
BASE = Watched("baseline", "accuracy", "better")
MOVED = Moved("tuned", "model", ("m-1",), "m-2", 1.0)


def compared(
    effect: float, low: float, high: float, verdict: str, *, candidate: str = "tuned", over: str = "baseline"
) -> Comparison:
    return Comparison(candidate, over, "accuracy", effect, low, high, 0.001, verdict, "t", 40, 1.0)  # type: ignore[arg-type]


AGAINST = {
    (w.variant, "accuracy"): AgainstReference(
        w.variant, "accuracy", compared(-0.1, -0.2, -0.05, "worse", candidate=w.variant), 0.8, (0.9,)
    )
    for w in (TUNED, BASE)
}
HELD = Lift("beats", compared(0.2, 0.1, 0.3, "better"), compared(0.3, 0.2, 0.4, "better"))
GONE = Lift("beats", compared(0.0, -0.1, 0.1, "inconclusive"), compared(0.3, 0.2, 0.4, "better"))
NEVER = Lift("beats", compared(0.0, -0.1, 0.1, "inconclusive"), compared(0.0, -0.1, 0.1, "inconclusive"))


def said(
    standings: Mapping[Watched, Standing], *lifts: Lift, moves: tuple[Moved, ...] = (), uncovered: tuple[str, ...] = ()
) -> tuple[str, int]:
    outcome = NightOutcome(standings, dict.fromkeys(standings, 0.001), 0)
    word, headline, code, _ = what_happened(outcome, AGAINST, {("baseline", "accuracy"): lifts}, moves, uncovered=uncovered)
    assert headline.endswith(".")
    return word, code


@pytest.mark.parametrize(
    ("tuned", "base", "lifts", "more", "expected"),
    [
        ("steady", "steady", [], {}, ("nothing", 0)),
        ("suspected", "steady", [], {}, ("nothing", 0)),
        ("confirmed", "steady", [], {}, ("regressed", 1)),
        ("confirmed", "steady", [], {"moves": (MOVED,)}, ("model_moved", 1)),
        ("confirmed", "confirmed", [GONE], {}, ("regressed", 1)),
        ("steady", "confirmed", [GONE], {}, ("caught_up", 1)),
        ("steady", "confirmed", [GONE], {"moves": (MOVED,)}, ("caught_up", 1)),
        ("steady", "confirmed", [HELD], {}, ("nothing", 0)),
        ("steady", "confirmed", [NEVER], {}, ("nothing", 0)),
        ("steady", "steady", [], {"moves": (MOVED,)}, ("model_moved", 0)),
        ("unknown", "steady", [], {"uncovered": ("tuned failed.",)}, ("no_verdict", 3)),
        ("confirmed", "unknown", [], {"uncovered": ("baseline failed.",)}, ("regressed", 1)),
        ("unknown", "unknown", [], {}, ("no_verdict", 3)),
    ],
)
def test_the_right_word(
    tuned: Standing, base: Standing, lifts: list[Lift], more: dict[str, tuple[object, ...]], expected: object
) -> None:
    assert said({TUNED: tuned, BASE: base}, *lifts, **more) == expected  # type: ignore[arg-type]


def test_a_model_that_moved_earlier_explains_a_regression_and_is_no_news_by_itself() -> None:
    earlier = Moved("tuned", "model", ("m-1",), "m-2", 1.0, since="2026-11-03T03:00:00")
    assert said({TUNED: "confirmed", BASE: "steady"}, moves=(earlier,)) == ("model_moved", 1)
    assert said({TUNED: "steady", BASE: "steady"}, moves=(earlier,)) == ("nothing", 0)
    other = Moved("baseline", "model", ("m-1",), "m-2", 1.0)
    assert said({TUNED: "confirmed", BASE: "steady"}, moves=(other,)) == ("regressed", 1)


def test_what_no_longer_fits_is_named() -> None:
    word, headline, code, findings = does_not_fit(
        Fit(("a",), changed=("b",), others=("the prompt of tuned has changed",)), stands_in=False
    )
    assert (word, code) == ("drifted", 3)
    assert headline == "Since the reference, 1 fixture has changed: b. Bless runs of the suite as it is now."
    assert findings == ("Since the reference, the prompt of tuned has changed.",)
