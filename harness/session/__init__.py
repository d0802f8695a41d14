"""A whole session from suite to verdict: load, run, measure, judge, report. What the commands and Python users call."""

from harness.session.estimating import estimate
from harness.session.evaluated import EvaluatedRun, compare, load_run, report
from harness.session.loading import load_suite
from harness.session.noise import NoiseFloor, aa
from harness.session.retrying import find_retry, retry_failed
from harness.session.scoring import ScoredRun, score
from harness.session.session import run

__all__ = [
    "EvaluatedRun",
    "NoiseFloor",
    "ScoredRun",
    "aa",
    "compare",
    "estimate",
    "find_retry",
    "load_run",
    "load_suite",
    "report",
    "retry_failed",
    "run",
    "score",
]
