"""Two runs compared: on the console, and as one HTML page."""

from harness.report.two_runs.console import print_two_runs
from harness.report.two_runs.page import render_two_runs

__all__ = ["print_two_runs", "render_two_runs"]
