"""Two runs compared, in words and signs, for every form it is written in."""

from __future__ import annotations

from harness.report import formats
from harness.report.context import Mark
from harness.report.ranks import ALWAYS
from harness.report.words import interval_words, verdict_mark
from harness.verdicts import Change, Flip, TwoRuns

_SAME = Mark("same answers", "=", "even")
_EQUAL = Mark("no fixture differs", "=", "even")
_WORSE = Mark("Worse", "\u25bc", "bad")
_BETTER = Mark("Better", "\u25b2", "good")
_STEADY = Mark("No change told from chance", "=", "even")
_ANEW = Mark("Nothing was asked again", "=", "even")
_NONE = Mark("No verdict", "\u2013", "off")


def outcome(two: TwoRuns) -> Mark:
    """What happened, as a word with a sign."""
    if two.worse:
        return _WORSE
    if not two.judged:
        return _NONE
    if two.better:
        return _BETTER
    return _ANEW if all(two.same_answers(c.variant) for c in two.judged) else _STEADY


def change_mark(two: TwoRuns, change: Change) -> Mark:
    """How one change is judged, as a word with a sign."""
    if two.same_answers(change.variant):
        return _SAME
    return _EQUAL if change.nothing_differs else verdict_mark(change.comparison)


def name_of(change: Change) -> str:
    """The variant, and what it was called where that was another name."""
    return change.variant if change.variant == change.was else f"{change.variant} (was {change.was})"


def change_words(change: Change) -> str:
    """The change with its interval, on one line."""
    c = change.comparison
    said, interval = formats.effect(c.effect, c.unit, c.scale), interval_words(c)
    return f"{said} ({interval})" if interval else said


def is_quality(metric: str) -> bool:
    """Whether a metric says how good an answer is, and not what it took."""
    return metric not in ALWAYS


def lost_and_won(flips: tuple[Flip, ...]) -> tuple[list[Flip], list[Flip]]:
    """Flips that were lost and those that were won, the largest difference first."""
    return [f for f in flips if not f.won], [f for f in flips if f.won]


def cost_words(two: TwoRuns, at: int, variant: str) -> str:
    """The cost of 1,000 calls of a variant in the earlier (0) or the later (1) run."""
    result = two.spent[at].get(variant)
    if result is None or result.price_source == "none":
        return "none"
    return formats.UNKNOWN if result.cost_per_call is None else formats.usd(result.cost_per_call * 1000)
