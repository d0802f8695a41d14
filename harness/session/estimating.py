"""What a run will cost, before it is begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import Fault, raise_faults
from harness.metrics import Metric, asks, judge_calls, load_metrics
from harness.models import Request, most_cost
from harness.running import RunEstimate, estimate_run
from harness.session.loading import load_suite
from harness.session.others import needed_suites
from harness.store import DEFAULT_ROOT, Store
from harness.suite import Suite


def estimate(
    suite: Suite | str | Path,
    *,
    store: str | Path | None = None,
    variants: Sequence[str] | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    fresh: bool = False,
    slots: int = 1,
) -> RunEstimate:
    """Say what ``run`` with the same arguments would ask, cost and take; nothing is sent and no connection is opened.

    Args:
        suite: A loaded suite, or the path of one.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        variants: These variants only.
        limit: The first ``limit`` fixtures only.
        repeats: How often each question is asked; the suite's own number unless given.
        fresh: As if everything were asked again.
        slots: Requests the embedded model works on at once.

    Raises:
        SuiteError: When the suite cannot be used as written.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite)
    found = estimate_run(
        loaded, Store(store or DEFAULT_ROOT), variants=variants, limit=limit, repeats=repeats, fresh=fresh, slots=slots
    )
    calls = dict(judge_calls(load_metrics(loaded), sum(v.planned for v in found.variants)))
    rows = list(found.variants)
    for named, (broad, names) in needed_suites(loaded, variants).items():
        more = estimate_run(
            broad, Store(store or DEFAULT_ROOT), variants=names, limit=limit, repeats=repeats, fresh=fresh, slots=slots
        )
        rows += [replace(v, variant=f"{v.variant} ({named})") for v in more.variants]
        for name, count in judge_calls(load_metrics(broad), sum(v.planned for v in more.variants)).items():
            calls[f"{name} ({named})"] = count
    return replace(found, variants=tuple(rows), judge_calls=calls)


def check_judges(suite: Suite, metrics: Sequence[Metric]) -> None:
    """Refuse a cap where nobody knows what a judge's calls cost at most.

    Raises:
        SuiteError: With a fault for each such metric.
    """
    raise_faults(fault for metric in metrics if asks(metric) for fault in _unpriced(suite, metric))


def _unpriced(suite: Suite, metric: Any) -> Iterator[Fault]:
    place = next((at for at, entry in enumerate(suite.metric_entries) if entry.name == metric.name), 0)
    price = metric.resolved_price
    if price.source == "unknown":
        message = f"nobody knows the price of {metric.model}, which {metric.name} asks, so no cap can be kept"
        yield suite.fault(message, "give the metric a price:, or run without --max-cost", "metrics", place)
    elif most_cost(Request(metric.model, (), params=getattr(metric, "params", {"max_tokens": 1})), price) is None:
        message = f"a reply of {metric.model}, which {metric.name} asks, may be of any length, so no cap can be kept"
        yield suite.fault(message, "give the metric params: {max_tokens: ...}, or run without --max-cost", "metrics", place)
