"""What a reader sees of a judged run: the self-contained HTML page and the console summary."""

from harness.report.console import print_summary
from harness.report.html import render_html, write_html

__all__ = ["print_summary", "render_html", "write_html"]
