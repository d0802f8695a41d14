"""Statistics of paired comparisons: arrays in, frozen results out. Imports nothing of the project."""

from harness.stats.agreement import Kappa, cohen_kappa, fleiss_kappa, krippendorff_alpha
from harness.stats.bootstrap_intervals import bootstrap_interval
from harness.stats.clusters import Spread, clustered_standard_error, design_effect, repeats_variance_ratio, spread
from harness.stats.comparison import compare
from harness.stats.conclusion import Comparison
from harness.stats.equivalence import Equivalence, equivalence
from harness.stats.errors import StatisticsError
from harness.stats.estimation import Estimate, estimate
from harness.stats.false_alarms import FalseAlarms, false_alarm_rate
from harness.stats.families import (
    Family,
    Simultaneous,
    benjamini_hochberg,
    benjamini_yekutieli,
    bonferroni,
    holm,
    max_t,
    simultaneous,
)
from harness.stats.joint import Resampled, resample
from harness.stats.looks import crossing_probability, group_sequential_boundaries, peeking_rate, spending
from harness.stats.mcnemar import discordant_odds, mcnemar
from harness.stats.noninferiority import NonInferiority, non_inferiority
from harness.stats.order_swap import OrderSwap, order_swap
from harness.stats.paired_proportions import paired_proportions_interval
from harness.stats.power import mcnemar_power, minimum_detectable_effect, paired_variance, required_fixtures
from harness.stats.prediction_powered import PoweredMean, ppi_mean
from harness.stats.proportions import proportion_interval
from harness.stats.quantiles import compare_quantile, estimate_quantile
from harness.stats.repeats import pass_at_k, pass_hat_k
from harness.stats.sequences import bernoulli_confidence_sequence, betting_confidence_sequence, normal_mixture_bound
from harness.stats.settling import Plan, Settlement, settle
from harness.stats.sign_flips import SignFlip, sign_flip
from harness.stats.sums import compare_sums, estimate_sums
from harness.stats.verdicts import Reading, read_interval

__all__ = [
    "Comparison",
    "Equivalence",
    "Estimate",
    "FalseAlarms",
    "Family",
    "Kappa",
    "NonInferiority",
    "OrderSwap",
    "Plan",
    "PoweredMean",
    "Reading",
    "Resampled",
    "Settlement",
    "SignFlip",
    "Simultaneous",
    "Spread",
    "StatisticsError",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "bernoulli_confidence_sequence",
    "betting_confidence_sequence",
    "bonferroni",
    "bootstrap_interval",
    "clustered_standard_error",
    "cohen_kappa",
    "compare",
    "compare_quantile",
    "compare_sums",
    "crossing_probability",
    "design_effect",
    "discordant_odds",
    "equivalence",
    "estimate",
    "estimate_quantile",
    "estimate_sums",
    "false_alarm_rate",
    "fleiss_kappa",
    "group_sequential_boundaries",
    "holm",
    "krippendorff_alpha",
    "max_t",
    "mcnemar",
    "mcnemar_power",
    "minimum_detectable_effect",
    "non_inferiority",
    "normal_mixture_bound",
    "order_swap",
    "paired_proportions_interval",
    "paired_variance",
    "pass_at_k",
    "pass_hat_k",
    "peeking_rate",
    "ppi_mean",
    "proportion_interval",
    "read_interval",
    "repeats_variance_ratio",
    "required_fixtures",
    "resample",
    "settle",
    "sign_flip",
    "simultaneous",
    "spending",
    "spread",
]
