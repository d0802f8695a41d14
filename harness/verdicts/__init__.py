"""The one place where an interval becomes a word: comparisons, gates, the headline."""

from harness.verdicts.judging import compare_variants, judge
from harness.verdicts.keys import judgement_keys
from harness.verdicts.result import Comparison, Estimate, Flip, GateResult, GateStatus, Judgement, VariantResult, Verdict

__all__ = [
    "Comparison",
    "Estimate",
    "Flip",
    "GateResult",
    "GateStatus",
    "Judgement",
    "VariantResult",
    "Verdict",
    "compare_variants",
    "judge",
    "judgement_keys",
]
