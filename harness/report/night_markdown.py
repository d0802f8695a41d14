"""A night as Markdown, for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.gate_list import GateRow, cell, gate_markdown, number_words
from harness.report.markdown_text import inline
from harness.report.night_words import facts_line, trend_lines, turned_lines, watched_rows
from harness.verdicts import SuiteNight

_SIGNS = {
    "nothing": "\u2705", "regressed": "\u274c", "caught_up": "\u274c", "model_moved": "\u26a0\ufe0f", "drifted": "\u26a0\ufe0f",
    "no_verdict": "\u2754",
}  # fmt: skip


def night_markdown(nights: Sequence[SuiteNight]) -> str:
    """Return a night of some suites as a Markdown document; what others wrote is escaped."""
    return "\n".join(_suite(night) for night in nights)


def _suite(night: SuiteNight) -> str:
    sign = "\u274c" if night.exit_code == 1 else _SIGNS[night.outcome]
    lines = [f"## {sign} {_line(night.suite)}: {night.word}", "", _line(night.headline), ""]
    rows = list(watched_rows(night))
    if rows:
        lines += ["| | variant | metric | now | reference | change | p |", "|---|---|---|---|---|---|---|"]
        for row in rows:
            cells = (row.mark.word, row.variant, row.metric, row.now, row.reference, row.change, row.p)
            lines.append("| " + " | ".join(cell(each) for each in cells) + " |")
        lines.append("")
    said = [*trend_lines(night), *turned_lines(night), *night.findings, *night.retirements]
    lines += [f"- {_line(each)}" for each in said]
    lines += [""] if said else []
    run_id = night.run_ids[0] if night.run_ids else "none"
    lines += [f"Run `{run_id}`: {_line(facts_line(night))}.", ""]
    gates = [GateRow(night.suite, g.name, g.status, number_words(g), g.sentence, run_id) for g in night.gates]
    return "\n".join([*lines, gate_markdown(gates)])


def _line(said: str) -> str:
    """Text on one line that is no markup."""
    return inline(said, 2_000)
