"""A whole session from suite to verdict: load, run, measure, judge, report. What the commands and Python users call."""

from harness.session.blessing import Blessing, ReferenceComparison, bless, compare_with_reference
from harness.session.deciding import decide
from harness.session.estimating import estimate
from harness.session.evaluated import EvaluatedRun, compare, evaluate, load_run, report
from harness.session.loading import load_suite
from harness.session.migrating import MigratedRun, migrate
from harness.session.night_outputs import write_outputs
from harness.session.nights import NightlyRun, nightly
from harness.session.noise import NoiseFloor, aa
from harness.session.others import other_lines, other_runs
from harness.session.retrying import find_retry, retry_failed
from harness.session.scoring import ScoredRun, score
from harness.session.session import run
from harness.session.signing import SignedOff, sign_off, verify_sign_off

__all__ = [
    "Blessing",
    "EvaluatedRun",
    "MigratedRun",
    "NightlyRun",
    "NoiseFloor",
    "ReferenceComparison",
    "ScoredRun",
    "SignedOff",
    "aa",
    "bless",
    "compare",
    "compare_with_reference",
    "decide",
    "estimate",
    "evaluate",
    "find_retry",
    "load_run",
    "load_suite",
    "migrate",
    "nightly",
    "other_lines",
    "other_runs",
    "report",
    "retry_failed",
    "run",
    "score",
    "sign_off",
    "verify_sign_off",
    "write_outputs",
]
