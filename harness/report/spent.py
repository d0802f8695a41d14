"""What a run cost: now, and when its answers were first asked for."""

from __future__ import annotations

from harness.report import formats
from harness.store import RunRecord


def spent_lines(record: RunRecord) -> list[str]:
    """Say what was spent in this run, what all its answers cost when they were asked for, and whether a cap stopped it.

    Nothing is said of a run of which nothing ever cost anything.
    """
    totals = record.totals
    if "cost_at_first_asking" not in totals:
        return []
    now, first = totals["cost"], totals["cost_at_first_asking"]
    lines = []
    if now != 0 or first != 0:
        said = f"cost    {formats.usd(now)} in this run"
        if first != now:
            said += f"; its answers cost {formats.usd(first)} when they were first asked for"
        lines.append(said)
    if "judge_cost" in totals and totals["judge_cost"] != 0:
        lines.append(f"judges  {formats.usd(totals['judge_cost'])} in this run")
    if totals.get("cost_presumed"):
        lines.append(f"        up to {formats.usd(totals['cost_presumed'])} more for calls that failed or told no tokens")
    if totals.get("capped"):
        cap = formats.usd(record.selection.get("max_cost"))
        lines.append(f"stopped at the cap of {cap}; the same command goes on from here, a higher cap takes it further")
    return lines
