"""What a reader sees of a judged run: the self-contained HTML page and the console summary."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.report.answers import written
from harness.report.beside import Beside, Noise, PromptText
from harness.report.check_console import print_findings, print_without_leaks
from harness.report.console import print_summary
from harness.report.decision import decision_markdown, print_decision
from harness.report.estimate_table import print_estimate
from harness.report.evidence import PAGE_SIZE
from harness.report.failed_gate import Evidence, failed_gate_text
from harness.report.gate_list import GateRow, gate_lines, gate_markdown, number_words
from harness.report.html import render_html, write_html, write_page
from harness.report.junit import gates_junit
from harness.report.night_console import print_nights
from harness.report.night_junit import night_junit
from harness.report.night_markdown import night_markdown
from harness.report.night_page import render_nights, write_nights
from harness.report.reference_table import print_against_reference
from harness.report.run_list import prune_lines, run_lines, size_words
from harness.report.score_table import print_scores
from harness.report.sharing import LONGEST_COMMENT, CardFacts, model_card, run_markdown
from harness.report.spent import spent_lines
from harness.report.two_runs import print_two_runs, render_two_runs
from harness.report.viewing import (
    RunEntry,
    RunVerdict,
    render_kept_nights,
    render_message,
    render_runs,
    unread_verdict,
    verdict_of,
)

__all__ = [
    "LONGEST_COMMENT",
    "PAGE_SIZE",
    "Beside",
    "CardFacts",
    "Evidence",
    "GateRow",
    "Noise",
    "PromptText",
    "RunEntry",
    "RunVerdict",
    "decision_markdown",
    "failed_gate_text",
    "gate_lines",
    "gate_markdown",
    "gates_junit",
    "model_card",
    "night_junit",
    "night_markdown",
    "number_words",
    "print_against_reference",
    "print_decision",
    "print_estimate",
    "print_findings",
    "print_nights",
    "print_scores",
    "print_summary",
    "print_two_runs",
    "print_without_leaks",
    "prune_lines",
    "render_html",
    "render_kept_nights",
    "render_message",
    "render_nights",
    "render_runs",
    "render_two_runs",
    "run_lines",
    "run_markdown",
    "size_words",
    "spent_lines",
    "unread_verdict",
    "verdict_of",
    "write_html",
    "write_nights",
    "write_page",
    "written",
]


class _Room(ModuleType):
    """This room, which is also the function ``harness.report(run, path)``: a module may be given a class of its own."""

    def __call__(self, run: Any, path: str | Path, *, size: int = PAGE_SIZE) -> Path:
        """Write the HTML report of an evaluated run in about so many bytes, and return the file written."""
        return write_html(run.run, run.judgement, path, size=size, beside=run.beside)


sys.modules[__name__].__class__ = _Room
