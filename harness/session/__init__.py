"""A whole session from suite to verdict: load, run, measure, judge, report. What the commands and Python users call."""

from harness.session.evaluated import EvaluatedRun, compare, load_run, report
from harness.session.loading import load_suite
from harness.session.session import run

__all__ = ["EvaluatedRun", "compare", "load_run", "load_suite", "report", "run"]
