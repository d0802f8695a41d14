"""The one place where an interval becomes a word: comparisons, gates, the headline."""

from harness.verdicts.alarms import GateAlarm, gate_alarms
from harness.verdicts.change_point import ChangePoint, change_points
from harness.verdicts.decision import decide
from harness.verdicts.decision_result import Condition, Decision, Facts, Money, Step
from harness.verdicts.estimates import estimate_all
from harness.verdicts.headline import comparison_sentence
from harness.verdicts.judging import Other, compare_variants, judge
from harness.verdicts.keys import comparison_keys, estimate_keys, judgement_keys
from harness.verdicts.migration import Migration, MigrationPlan, StandIn, decide_migration, migration_exit_code
from harness.verdicts.night_keys import night_keys
from harness.verdicts.night_result import (
    WORDS,
    Lift,
    Outcome,
    SuiteNight,
    Turned,
    change_sentence,
    does_not_fit,
    what_happened,
)
from harness.verdicts.night_rule import NightOutcome, NightRule, PValues, Standing, Watched, follow_up
from harness.verdicts.night_trend import Trend, TrendPoint, trend
from harness.verdicts.noise import MetricNoise, noise_floor
from harness.verdicts.noise_words import margin_sentence, noise_sentences
from harness.verdicts.reference_comparison import (
    IN_REFERENCE,
    AgainstReference,
    BesideReference,
    Direction,
    all_against_reference,
)
from harness.verdicts.reference_fit import ADVISED as ADVISED_RUNS
from harness.verdicts.reference_fit import Fit, fit, make_reference, served, some
from harness.verdicts.result import Comparison, Estimate, Flip, GateResult, GateStatus, Judgement, Rung, VariantResult, Verdict
from harness.verdicts.served import Moved, moved
from harness.verdicts.single import RunJudge
from harness.verdicts.watching import watched_in

__all__ = [
    "ADVISED_RUNS",
    "IN_REFERENCE",
    "WORDS",
    "AgainstReference",
    "BesideReference",
    "ChangePoint",
    "Comparison",
    "Condition",
    "Decision",
    "Direction",
    "Estimate",
    "Facts",
    "Fit",
    "Flip",
    "GateAlarm",
    "GateResult",
    "GateStatus",
    "Judgement",
    "Lift",
    "MetricNoise",
    "Migration",
    "MigrationPlan",
    "Money",
    "Moved",
    "NightOutcome",
    "NightRule",
    "Other",
    "Outcome",
    "PValues",
    "RunJudge",
    "Rung",
    "StandIn",
    "Standing",
    "Step",
    "SuiteNight",
    "Trend",
    "TrendPoint",
    "Turned",
    "VariantResult",
    "Verdict",
    "Watched",
    "all_against_reference",
    "change_points",
    "change_sentence",
    "compare_variants",
    "comparison_keys",
    "comparison_sentence",
    "decide",
    "decide_migration",
    "does_not_fit",
    "estimate_all",
    "estimate_keys",
    "fit",
    "follow_up",
    "gate_alarms",
    "judge",
    "judgement_keys",
    "make_reference",
    "margin_sentence",
    "migration_exit_code",
    "moved",
    "night_keys",
    "noise_floor",
    "noise_sentences",
    "served",
    "some",
    "trend",
    "watched_in",
    "what_happened",
]
