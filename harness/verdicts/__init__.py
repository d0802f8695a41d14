"""The one place where an interval becomes a word: comparisons, gates, the headline."""

from harness.verdicts.headline import comparison_sentence
from harness.verdicts.judging import compare_variants, judge
from harness.verdicts.keys import comparison_keys, judgement_keys
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
    "comparison_keys",
    "comparison_sentence",
    "judge",
    "judgement_keys",
]
