"""Measuring responses: the metric contract, the registry and the built-in families."""

from harness.metrics.checks import check_metrics, unusable_gates
from harness.metrics.class_counts import EXPECTED, SAID
from harness.metrics.confusion import CELL, ConfusionMatrix, confusion_matrix
from harness.metrics.contract import Asked, AskingMetric, MeanMetric, Metric, PartOfSums, Totals, Unit
from harness.metrics.describing import Description, describe_metrics
from harness.metrics.function import metric
from harness.metrics.judging import Judged, ask_judges, asks, judge_calls
from harness.metrics.measuring import Measured, measure, measure_each
from harness.metrics.registry import (
    ALWAYS,
    MetricOptionError,
    UnknownMetricError,
    for_fixtures,
    load_metric,
    load_metrics,
    metric_names,
    metrics_from_definition,
    part_names,
)
from harness.metrics.rows import Breakages

__all__ = [
    "ALWAYS",
    "CELL",
    "EXPECTED",
    "SAID",
    "Asked",
    "AskingMetric",
    "Breakages",
    "ConfusionMatrix",
    "Description",
    "Judged",
    "MeanMetric",
    "Measured",
    "Metric",
    "MetricOptionError",
    "PartOfSums",
    "Totals",
    "Unit",
    "UnknownMetricError",
    "ask_judges",
    "asks",
    "check_metrics",
    "confusion_matrix",
    "describe_metrics",
    "for_fixtures",
    "judge_calls",
    "load_metric",
    "load_metrics",
    "measure",
    "measure_each",
    "metric",
    "metric_names",
    "metrics_from_definition",
    "part_names",
    "unusable_gates",
]
