"""A night in words and signs, for every form it is written in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.report import formats
from harness.report.context import Mark
from harness.report.words import interval_words
from harness.verdicts import SuiteNight, Watched

_OUTCOMES = {
    "nothing": ("\u2713", "good"),
    "regressed": ("\u25bc", "bad"),
    "caught_up": ("\u25b2", "bad"),
    "model_moved": ("\u21c4", "unsure"),
    "drifted": ("~", "unsure"),
    "no_verdict": ("\u2013", "off"),
}
STANDINGS = {
    "steady": Mark("steady", "\u2713", "good"),
    "suspected": Mark("suspected", "~", "unsure"),
    "confirmed": Mark("confirmed", "\u25bc", "bad"),
    "unknown": Mark("not known", "\u2013", "off"),
}


@dataclass(frozen=True, slots=True)
class WatchedRow:
    """One thing watched, in finished text.

    Attributes:
        variant: The variant.
        metric: The metric, and the direction looked in.
        now: Its value tonight.
        reference: Its value in the reference.
        change: The difference with its interval.
        p: The one-sided p value; empty where there is none.
        mark: How it stands.
    """

    variant: str
    metric: str
    now: str
    reference: str
    change: str
    p: str
    mark: Mark


def outcome_mark(night: SuiteNight) -> Mark:
    """The outcome as a word with a sign; a model that moved is bad news only where something got worse."""
    sign, kind = _OUTCOMES[night.outcome]
    return Mark(night.word, sign, "bad" if night.exit_code == 1 else kind)


def looked_for(w: Watched) -> str:
    """What was looked for: ``accuracy for the worse``."""
    return f"{w.metric} for the {w.direction}"


def watched_rows(night: SuiteNight) -> Iterator[WatchedRow]:
    """Everything watched, what is confirmed first."""
    order = ("confirmed", "suspected", "steady", "unknown")
    for w, standing in sorted(night.standings.items(), key=lambda item: order.index(item[1])):
        a = night.against.get((w.variant, w.metric))
        mark = STANDINGS[standing]
        if a is None:
            yield WatchedRow(w.variant, looked_for(w), formats.MISSING, "not in it", "", "", mark)
            continue
        c = a.comparison
        interval = interval_words(c)
        change = formats.effect(c.effect, c.unit, c.scale) + (f" ({interval})" if interval else "")
        yield WatchedRow(
            w.variant,
            looked_for(w),
            formats.value(a.value, c.unit),
            formats.value(a.mean, c.unit),
            change,
            formats.p_value(night.p.get(w)),
            mark,
        )


def trend_lines(night: SuiteNight) -> Iterator[str]:
    """What the nights so far say, a sentence each."""
    for t in night.trends:
        name = f"{t.metric} of {t.variant}"
        nights = formats.counted(len(t.points), "night")
        if t.left:
            mean = formats.value(t.points[-1].mean, t.unit)
            there = formats.value(t.reference, t.unit)
            yield f"{name} is {mean} over the last {nights} and was {there} in the reference: the band has left it."
        for change in t.changes[-1:]:
            yield (
                f"{name} changed level on the night of {t.since(change)[:10]}: from "
                f"{formats.value(change.before, t.unit)} to {formats.value(change.after, t.unit)}."
            )


def turned_lines(night: SuiteNight, most: int = 10) -> Iterator[str]:
    """The fixtures that flipped, and those that flip all the time."""
    for variant, metric in dict.fromkeys((t.variant, t.metric) for t in night.turned):
        own = [t for t in night.turned if (t.variant, t.metric) == (variant, metric)]
        for lost, word in ((True, "lost"), (False, "won")):
            ids = [t.fixture_id for t in own if t.lost == lost]
            if ids:
                more = f" and {len(ids) - most} more" if len(ids) > most else ""
                flipped = formats.counted(len(ids), "fixture")
                yield f"{variant} {word} {flipped} on {metric}: {', '.join(ids[:most])}{more}."
    for name, flaky in night.flaky.items():
        variant, _, metric = name.partition("/")
        more = f" and {len(flaky) - most} more" if len(flaky) > most else ""
        changing = "fixture changes its score" if len(flaky) == 1 else "fixtures change their score"
        yield f"{len(flaky):,} {changing} on {metric} of {variant} from run to run anyway: {', '.join(flaky[:most])}{more}."


def facts_line(night: SuiteNight) -> str:
    """What was run, in a line."""
    parts = [formats.counted(night.fixtures, "fixture")] if night.fixtures else []
    if night.reference_runs:
        runs = formats.counted(len(night.reference_runs), "run")
        parts.append(f"against {runs} of {'earlier nights' if night.stands_in else 'the reference'}")
    parts.append(f"{formats.counted(night.nights, 'night')} before")
    if night.reruns:
        parts.append(f"what was suspected was asked {formats.counted(night.reruns, 'more time')}")
    if night.cost:
        parts.append(formats.usd(night.cost))
    return ", ".join(parts)
