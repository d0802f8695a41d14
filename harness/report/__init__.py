"""What a reader sees of a judged run: the self-contained HTML page and the console summary."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.report.console import print_summary
from harness.report.estimate_table import print_estimate
from harness.report.html import render_html, write_html
from harness.report.score_table import print_scores
from harness.report.spent import spent_lines

__all__ = ["print_estimate", "print_scores", "print_summary", "render_html", "spent_lines", "write_html"]


class _Room(ModuleType):
    """This room, which is also the function ``harness.report(run, path)``: a module may be given a class of its own."""

    def __call__(self, run: Any, path: str | Path) -> Path:
        """Write the HTML report of an evaluated run, and return the file written."""
        return write_html(run.run, run.judgement, path)


sys.modules[__name__].__class__ = _Room
