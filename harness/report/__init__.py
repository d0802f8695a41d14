"""What a reader sees of a judged run: the self-contained HTML page and the console summary."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.report.console import print_summary
from harness.report.decision import decision_markdown, print_decision
from harness.report.estimate_table import print_estimate
from harness.report.failed_gate import Evidence, failed_gate_text
from harness.report.gate_list import GateRow, gate_lines, gate_markdown, number_words
from harness.report.html import render_html, write_html, write_page
from harness.report.night_console import print_nights
from harness.report.night_junit import night_junit
from harness.report.night_markdown import night_markdown
from harness.report.night_page import render_nights, write_nights
from harness.report.reference_table import print_against_reference
from harness.report.run_list import prune_lines, run_lines, size_words
from harness.report.score_table import print_scores
from harness.report.spent import spent_lines

__all__ = [
    "Evidence",
    "GateRow",
    "decision_markdown",
    "failed_gate_text",
    "gate_lines",
    "gate_markdown",
    "night_junit",
    "night_markdown",
    "number_words",
    "print_against_reference",
    "print_decision",
    "print_estimate",
    "print_nights",
    "print_scores",
    "print_summary",
    "prune_lines",
    "render_html",
    "render_nights",
    "run_lines",
    "size_words",
    "spent_lines",
    "write_html",
    "write_nights",
    "write_page",
]


class _Room(ModuleType):
    """This room, which is also the function ``harness.report(run, path)``: a module may be given a class of its own."""

    def __call__(self, run: Any, path: str | Path) -> Path:
        """Write the HTML report of an evaluated run, and return the file written."""
        return write_html(run.run, run.judgement, path)


sys.modules[__name__].__class__ = _Room
