"""The nights of a suite that its store keeps, as a page: what each came to, and the values of what is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from harness.report import formats
from harness.report.context import Mark
from harness.report.hostile import brief
from harness.report.html import policy, source, templates
from harness.store import Night
from harness.verdicts import WORDS

_MARKS = {
    "nothing": ("\u2713", "good"), "regressed": ("\u25bc", "bad"), "caught_up": ("\u25b2", "bad"),
    "model_moved": ("\u21c4", "unsure"), "drifted": ("~", "unsure"), "no_verdict": ("\u2013", "off"),
}  # fmt: skip
_MOST = 400
"""Nights shown, the newest."""


@dataclass(frozen=True, slots=True)
class RunLink:
    """A run of a night, with its address where it is still there."""

    text: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NightLine:
    """One night as the page shows it."""

    started: str
    mark: Mark
    standings: str
    reruns: str
    runs: tuple[RunLink, ...]
    values: tuple[str, ...]


def render_kept_nights(suite: str, nights: Sequence[Night], runs: frozenset[str]) -> str:
    """Render the nights of a suite, the newest first.

    Args:
        suite: The suite's name.
        nights: Its nights, oldest first.
        runs: The runs that are still there, each ``suite/run id``.
    """
    environment = templates()
    style = source(environment, "report.css") + source(environment, "runs.css")
    newest = list(reversed(nights))[:_MOST]
    watched = list(dict.fromkeys(name for night in newest for name in night.values))
    left = len(nights) - len(newest)
    return environment.get_template("kept_nights.html.j2").render(
        suite=brief(suite, 120),
        watched=[brief(name.replace("/", ": "), 80) for name in watched],
        lines=[_line(suite, night, watched, runs) for night in newest],
        left=(f"{formats.counted(left, 'older night')} {'is' if left == 1 else 'are'} left out.",) if left else (),
        style=style,
        policy=policy(style, ""),
    )


def _line(suite: str, night: Night, watched: Sequence[str], runs: frozenset[str]) -> NightLine:
    sign, kind = _MARKS.get(night.outcome, ("\u2013", "off"))
    words: dict[str, str] = {str(key): word for key, word in WORDS.items()}
    odd = [f"{name.replace('/', ' ')}: {standing}" for name, standing in night.standings.items() if standing != "steady"]
    return NightLine(
        started=formats.moment(night.started_at),
        mark=Mark(words.get(night.outcome, night.outcome), sign, "bad" if night.exit_code == 1 else kind),
        standings=brief("; ".join(odd) or "everything steady", 400),
        reruns=formats.whole(night.reruns),
        runs=tuple(_link(suite, run_id, runs) for run_id in night.run_ids),
        values=tuple(_value(night.values.get(name)) for name in watched),
    )


def _link(suite: str, run_id: str, runs: frozenset[str]) -> RunLink:
    there = f"{suite}/{run_id}" in runs
    return RunLink(brief(run_id, 80), (f"/run/{quote(suite, safe='')}/{quote(run_id, safe='')}",) if there else ())


def _value(value: float | None) -> str:
    return formats.MISSING if value is None else f"{value:.4g}"
