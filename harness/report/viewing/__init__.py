"""The pages of ``harness view`` besides the reports: the list of runs, the nights that are kept, and what cannot be shown."""

from harness.report.viewing.kept_nights import render_kept_nights
from harness.report.viewing.message import render_message
from harness.report.viewing.runs import RunEntry, RunVerdict, render_runs, unread_verdict, verdict_of

__all__ = [
    "RunEntry",
    "RunVerdict",
    "render_kept_nights",
    "render_message",
    "render_runs",
    "unread_verdict",
    "verdict_of",
]
