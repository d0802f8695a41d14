"""The one place where an interval becomes a word: comparisons, gates, the headline."""

from harness.verdicts.estimates import estimate_all
from harness.verdicts.headline import comparison_sentence
from harness.verdicts.judging import compare_variants, judge
from harness.verdicts.keys import comparison_keys, estimate_keys, judgement_keys
from harness.verdicts.noise import MetricNoise, noise_floor
from harness.verdicts.noise_words import margin_sentence, noise_sentences
from harness.verdicts.result import Comparison, Estimate, Flip, GateResult, GateStatus, Judgement, VariantResult, Verdict

__all__ = [
    "Comparison",
    "Estimate",
    "Flip",
    "GateResult",
    "GateStatus",
    "Judgement",
    "MetricNoise",
    "VariantResult",
    "Verdict",
    "compare_variants",
    "comparison_keys",
    "comparison_sentence",
    "estimate_all",
    "estimate_keys",
    "judge",
    "judgement_keys",
    "margin_sentence",
    "noise_floor",
    "noise_sentences",
]
