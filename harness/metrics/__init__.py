"""Measuring responses: the metric contract, the registry and the built-in families."""

from harness.metrics.checks import check_metrics
from harness.metrics.contract import MeanMetric, Metric, Totals, Unit
from harness.metrics.describing import Description, describe_metrics
from harness.metrics.function import metric
from harness.metrics.measuring import Measured, measure
from harness.metrics.registry import (
    ALWAYS,
    MetricOptionError,
    UnknownMetricError,
    load_metric,
    load_metrics,
    metric_names,
    metrics_from_definition,
    part_names,
)

__all__ = [
    "ALWAYS",
    "Description",
    "MeanMetric",
    "Measured",
    "Metric",
    "MetricOptionError",
    "Totals",
    "Unit",
    "UnknownMetricError",
    "check_metrics",
    "describe_metrics",
    "load_metric",
    "load_metrics",
    "measure",
    "metric",
    "metric_names",
    "metrics_from_definition",
    "part_names",
]
