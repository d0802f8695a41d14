"""The page and the picture about calibration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from simulating import RESAMPLES, Found, Rate

MOST_ALARMS = 0.065
LEAST_COVERAGE = 0.935
SELDOM = 0.5
"""A cell on which fewer data sets than this are judged counts as one where the engine refuses."""

HEAD = """\
# Does it hold what it promises?

Where nothing differs, the harness may say *better* or *worse* one time in twenty; and its 95 % intervals should hold the
truth nineteen times in twenty. `nox -s calibration` tries that: it makes data sets of which the truth is known, hands
them to `stats.compare` as it is, and counts. This page is its output.

Targets: at most {most} false alarms where 5 % is promised, at least {least} coverage where 95 % is.
Of {cells} cells {held} meet them all.

![False alarms and coverage by cell](calibration.svg)

Each point is a cell, with two Monte-Carlo standard errors on each side; the dashed lines are the targets. 0/1 cells are
enumerated, outcome by outcome, and have no such error. Resampled cells draw B = {resamples}.

## Cells that miss
"""

REFUSALS = """\
## Where the engine refuses

With fewer than 20 fixtures, fewer than 5 discordant 0/1 pairs, or fewer than 10 fixtures that differ at all, nothing is
called better or worse, and the result says how many fixtures would be needed. That is also why many cells have fewer
false alarms than 5 %. In {refused} of the {cells} cells that happens more often than not:
"""

CELLS = """\
## Every cell

*Judged*: the share of data sets on which a verdict was allowed. *False alarms*: better or worse although nothing
differs, among all data sets, and among those judged. *Coverage*: of intervals that may carry a claim; *with a lift*,
the same where the candidate is truly better by five points (half of what is missing at rates above 0.9), 10 % or so."""


def missed(found: Found) -> list[str]:
    """What of a cell misses its target, in words, each with whether that is beyond Monte-Carlo error."""
    said = []
    if found.alarms.share > MOST_ALARMS:
        said.append(f"false alarms {percent(found.alarms)} %")
    for rate, what in ((found.coverage, "coverage"), (found.coverage_lift, "coverage with a lift")):
        if rate is not None and rate.share < LEAST_COVERAGE:
            said.append(f"{what} {percent(rate)} %")
    return said


def clear(rate: Rate | None, target: float, sign: int) -> bool:
    """Whether a rate misses a target by more than two Monte-Carlo errors."""
    return rate is not None and sign * (rate.share - target) > 2 * rate.error


def clearly_missed(found: Found) -> bool:
    """Whether any target is missed beyond Monte-Carlo error."""
    return (
        clear(found.alarms, MOST_ALARMS, 1)
        or clear(found.coverage, LEAST_COVERAGE, -1)
        or clear(found.coverage_lift, LEAST_COVERAGE, -1)
    )


def percent(rate: Rate | None) -> str:
    """A rate in per cent with its error, or a dash."""
    if rate is None:
        return "-"
    return f"{100 * rate.share:.1f}" if rate.error < 5e-5 else f"{100 * rate.share:.1f} ± {100 * rate.error:.1f}"


def text(found: Sequence[Found]) -> str:
    """The page."""
    held = [f for f in found if not missed(f)]
    refused = [f for f in found if f.judged < SELDOM]
    parts = [
        HEAD.format(
            most=f"{100 * MOST_ALARMS:.1f} %",
            least=f"{100 * LEAST_COVERAGE:.1f} %",
            cells=len(found),
            held=len(held),
            resamples=RESAMPLES,
        ),
        *misses(found),
        "",
        REFUSALS.format(refused=len(refused), cells=len(found)),
        *(f"- {f.family}, {f.design}, {f.size}: judged in {100 * f.judged:.0f} %" for f in refused),
        "",
        CELLS,
    ]
    for family in dict.fromkeys(f.family for f in found):
        parts += ["", f"### {family}", "", *table([f for f in found if f.family == family])]
    return "\n".join(parts) + "\n"


def misses(found: Sequence[Found]) -> Iterable[str]:
    """The cells that miss, the clear ones first."""
    behind = sorted((f for f in found if missed(f)), key=lambda f: not clearly_missed(f))
    if not behind:
        yield "None."
    for f in behind:
        doubt = "" if clearly_missed(f) else " (within Monte-Carlo error)"
        yield f"- {f.family}, {f.design}, {f.size}, judged in {100 * f.judged:.0f} %: {', '.join(missed(f))}{doubt}"


def table(found: Sequence[Found]) -> Iterable[str]:
    """One family's cells."""
    size = "groups" if found[0].family == "Groups" else "n"
    counted = (
        "enumerated" if found[0].simulations is None else f"{found[0].simulations:,} data sets a cell, half as many with a lift"
    )
    yield f"{counted[0].upper()}{counted[1:]}."
    yield ""
    yield f"| design | {size} | judged, % | false alarms, % | of those judged, % | coverage, % | with a lift, % | route |"
    yield "|---|---|---|---|---|---|---|---|"
    for f in found:
        cells = [percent(rate) for rate in (f.alarms, f.alarms_judged, f.coverage, f.coverage_lift)]
        yield f"| {f.design} | {f.size} | {100 * f.judged:.0f} | {' | '.join(cells)} | {f.route} |"


def picture(found: Sequence[Found]) -> Any:
    """Both rates of every cell by family, an Altair chart."""
    import altair as alt
    import pandas as pd

    rows = []
    for place, f in enumerate(found):
        for what, rate in (("false alarms", f.alarms), ("coverage", f.coverage), ("coverage with a lift", f.coverage_lift)):
            if rate is None:
                continue
            target, sign = (MOST_ALARMS, 1) if what == "false alarms" else (LEAST_COVERAGE, -1)
            state = "judged less than half the time" if f.judged < SELDOM else "within the target"
            state = "misses the target" if sign * (rate.share - target) > 0 else state
            rows.append(
                {
                    "what": what, "family": f.family, "cell": place, "per cent": 100 * rate.share, "state": state,
                    "low": 100 * (rate.share - 2 * rate.error), "high": 100 * (rate.share + 2 * rate.error),
                    "target": 100 * target,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    states = alt.Scale(
        domain=["within the target", "judged less than half the time", "misses the target"],
        range=["#2a6fbb", "#a9b4c0", "#c8372d"],
    )
    panels = []
    for what in dict.fromkeys(frame["what"]):
        part = frame[frame["what"] == what]
        domain = [0, max(10.0, part["high"].max())] if what == "false alarms" else [min(90.0, part["low"].min()), 100]
        base = alt.Chart(part).encode(x=alt.X("cell:O", axis=None), color=alt.Color("state:N", scale=states, title=None))
        scale = alt.Scale(domain=domain, zero=False, clamp=True)
        points, low = (alt.Y(f"{name}:Q", scale=scale, title=f"{what}, %") for name in ("per cent", "low"))
        bars = base.mark_rule(strokeWidth=1).encode(y=low, y2="high:Q")
        dots = base.mark_circle(size=18, opacity=1).encode(y=points)
        line = (
            alt.Chart(part)
            .mark_rule(strokeDash=[4, 3], color="#666")
            .encode(y=alt.Y("mean(target):Q", scale=scale, title=f"{what}, %"))
        )
        panels.append(
            alt.layer(bars, dots, line)
            .properties(height=130, width=150)
            .facet(
                column=alt.Column(
                    "family:N",
                    sort=list(dict.fromkeys(f.family for f in found)),
                    title=None,
                    header=alt.Header(labels=what == "false alarms", labelFontSize=12),
                ),
                spacing=14,
            )
            .resolve_scale(x="independent")
        )
    return (
        alt.vconcat(*panels, spacing=8).configure_legend(orient="top").configure_view(stroke="#ddd").configure(font="sans-serif")
    )
