"""A whole session from suite to verdict: load, run, measure, judge, report. What the commands and Python users call."""

from harness.session.blessing import Blessing, ReferenceComparison, bless, compare_with_reference
from harness.session.comparing import compare_runs, write_comparison
from harness.session.data_checks import DriftCheck, PowerCheck, check_against, check_bias, check_power, earlier_run
from harness.session.deciding import decide
from harness.session.estimating import estimate
from harness.session.evaluated import EvaluatedRun, compare, evaluate, load_run, report
from harness.session.exporting import Exported, export
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
from harness.session.unseen import WithoutLeaks, judged_without_leaks, without_leaks

__all__ = [
    "Blessing",
    "DriftCheck",
    "EvaluatedRun",
    "Exported",
    "MigratedRun",
    "NightlyRun",
    "NoiseFloor",
    "PowerCheck",
    "ReferenceComparison",
    "ScoredRun",
    "SignedOff",
    "WithoutLeaks",
    "aa",
    "bless",
    "check_against",
    "check_bias",
    "check_power",
    "compare",
    "compare_runs",
    "compare_with_reference",
    "decide",
    "earlier_run",
    "estimate",
    "evaluate",
    "export",
    "find_retry",
    "judged_without_leaks",
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
    "without_leaks",
    "write_comparison",
    "write_outputs",
]
