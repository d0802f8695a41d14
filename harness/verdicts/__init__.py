"""The one place where an interval becomes a word: comparisons, gates, the headline."""

from harness.verdicts.alarms import GateAlarm, gate_alarms
from harness.verdicts.attribute_gaps import AttributeGap, attribute_gaps
from harness.verdicts.change_point import ChangePoint, change_points
from harness.verdicts.decision import decide
from harness.verdicts.decision_result import Condition, Decision, Facts, Money, Step
from harness.verdicts.estimates import estimate_all
from harness.verdicts.fourfold import Corner, Fourfold
from harness.verdicts.front import pareto_front, price_of
from harness.verdicts.headline import comparison_sentence
from harness.verdicts.joint_lifts import JointLift, LiftFamily
from harness.verdicts.judging import Other, compare_variants, judge
from harness.verdicts.keys import comparison_keys, estimate_keys, judgement_keys
from harness.verdicts.label_tables import NO_LABEL, REST, LabelTable
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
from harness.verdicts.power_basis import power_basis
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
from harness.verdicts.run_differences import Difference, SetDifference
from harness.verdicts.seeing import Seeing
from harness.verdicts.served import Moved, moved
from harness.verdicts.single import RunJudge
from harness.verdicts.two_runs import compare_two_runs
from harness.verdicts.two_runs_result import Change, TwoRuns
from harness.verdicts.watching import watched_in

__all__ = [
    "ADVISED_RUNS",
    "IN_REFERENCE",
    "NO_LABEL",
    "REST",
    "WORDS",
    "AgainstReference",
    "AttributeGap",
    "BesideReference",
    "Change",
    "ChangePoint",
    "Comparison",
    "Condition",
    "Corner",
    "Decision",
    "Difference",
    "Direction",
    "Estimate",
    "Facts",
    "Fit",
    "Flip",
    "Fourfold",
    "GateAlarm",
    "GateResult",
    "GateStatus",
    "JointLift",
    "Judgement",
    "LabelTable",
    "Lift",
    "LiftFamily",
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
    "Seeing",
    "SetDifference",
    "StandIn",
    "Standing",
    "Step",
    "SuiteNight",
    "Trend",
    "TrendPoint",
    "Turned",
    "TwoRuns",
    "VariantResult",
    "Verdict",
    "Watched",
    "all_against_reference",
    "attribute_gaps",
    "change_points",
    "change_sentence",
    "compare_two_runs",
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
    "pareto_front",
    "power_basis",
    "price_of",
    "served",
    "some",
    "trend",
    "watched_in",
    "what_happened",
]
