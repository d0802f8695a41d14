"""What stands where: the order of variants, metrics and parts."""

from __future__ import annotations

from harness.verdicts import Comparison, Judgement

_ORDER = ("current", "floor", "prompt", "rag", "cheaper", "fine_tune")
ALWAYS = ("latency", "latency_p50", "latency_p95", "cost")
"""Metrics every run has; shown under cost and latency rather than among the suite's own."""


_RUNGS = ("prompt", "rag", "cheaper", "fine_tune", "current", "floor")


def ladder_order(judgement: Judgement) -> tuple[str, ...]:
    """Return the rungs from the prompt up to the fine-tune, and then what stands beside them: today's process, the floors."""
    rank = {role: place for place, role in enumerate(_RUNGS)}
    return tuple(sorted(judgement.variants, key=lambda name: rank.get(judgement.variants[name].role, len(_RUNGS))))


def variant_order(judgement: Judgement) -> tuple[str, ...]:
    """Return the variants from today's process up to the fine-tune, in the judgement's order within a role."""
    rank = {role: place for place, role in enumerate(_ORDER)}
    return tuple(sorted(judgement.variants, key=lambda name: rank.get(judgement.variants[name].role, len(_ORDER))))


def metric_order(judgement: Judgement) -> tuple[str, ...]:
    """Return the suite's own metrics without parts, the headline metric first."""
    names = dict.fromkeys(e.metric for e in judgement.estimates if "." not in e.metric and e.metric not in ALWAYS)
    headline = judgement.headline_metric
    rest = [name for name in names if name != headline]
    measured = any(e.metric == headline for e in judgement.estimates)
    return (headline, *rest) if measured and headline not in ALWAYS else tuple(rest)


def part_order(judgement: Judgement) -> tuple[str, ...]:
    """Return the metrics' parts, ``<metric>.<part>``, those of the headline metric first."""
    names = list(dict.fromkeys(e.metric for e in judgement.estimates if "." in e.metric))
    own = f"{judgement.headline_metric.split('.', 1)[0]}."
    return tuple(sorted((n for n in names if n != judgement.headline_metric), key=lambda name: not name.startswith(own)))


def candidate_lifts(judgement: Judgement) -> tuple[Comparison, ...]:
    """Return the candidate's comparisons on the headline metric over every other variant, in the ladder's order."""
    found = (
        judgement.comparison(judgement.candidate, over, judgement.headline_metric)
        for over in ladder_order(judgement)
        if judgement.candidate is not None and over != judgement.candidate
    )
    return tuple(comparison for comparison in found if comparison is not None)


def part_lifts(judgement: Judgement) -> tuple[Comparison, ...]:
    """Return the candidate's comparisons on each part of a metric, over the variant it is held against."""
    return _over_rival(judgement, part_order(judgement))


def other_lifts(judgement: Judgement) -> tuple[Comparison, ...]:
    """Return the candidate's comparisons on every other metric, latency and cost included, over the same variant."""
    measured = (c.metric for c in judgement.comparisons if "." not in c.metric)
    names = dict.fromkeys(metric for metric in measured if metric != judgement.headline_metric)
    return _over_rival(judgement, tuple(names))


def _over_rival(judgement: Judgement, metrics: tuple[str, ...]) -> tuple[Comparison, ...]:
    if judgement.candidate is None or judgement.baseline is None:
        return ()
    found = (judgement.comparison(judgement.candidate, judgement.baseline, metric) for metric in metrics)
    return tuple(comparison for comparison in found if comparison is not None)
