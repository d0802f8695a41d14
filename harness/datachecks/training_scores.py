"""Whether the answers that were trained on would themselves pass the suite's metrics."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from harness.datachecks.finding import Finding, counted
from harness.metrics import ALWAYS, Metric, asks, load_metrics, measure
from harness.models import Response, ToolCall
from harness.store import StoredResponse
from harness.suite import Fixture, Suite

_MOST = 20_000
"""Examples measured; of more, every second, third and so on."""
_NOT_OF_THE_TEXT = frozenset(
    {"refusal_rate", "truncation_rate", "abstention_rate", "escalation", "retries", "preference", "groundedness"}
)
"""Metrics of which a training answer cannot be blamed for falling short."""


def check_training_scores(suite: Suite) -> tuple[Finding, ...]:
    """Measure the expected answers of the training data as if a variant had given them.

    Metrics that are shares are looked at, without those that ask a judge or need what a call leaves behind. Of more than
    20,000 examples an even sample is measured.
    """
    step = -(-len(suite.training) // _MOST)
    sample = {
        str(place): example for place, example in list(enumerate(suite.training))[:: max(step, 1)] if example.expected is not None
    }
    metrics = [metric for metric in load_metrics(suite) if _says_something(metric)]
    if not sample or not metrics:
        return ()
    answers = [StoredResponse(place, "training", place, 0, as_response(example)) for place, example in sample.items()]
    fixtures = [_renamed(example, place) for place, example in sample.items()]
    measured = measure(answers, fixtures, metrics, processes=1)
    findings: list[Finding] = []
    for metric in metrics:
        perfect = 1.0 if metric.higher_is_better else 0.0
        values = [
            (int(s.fixture_id), s.columns["value"]) for s in measured.scores if s.metric == metric.name and "value" in s.columns
        ]
        short = [(place, value) for place, value in values if abs(value - perfect) > 1e-9]
        if not short:
            continue
        of = f"of {len(values):,}" if step <= 1 else f"of {len(values):,} sampled"
        findings.append(
            Finding(
                "warning",
                "training.scores",
                f"{counted(len(short), 'training answer')} {of} would not themselves get full marks on {metric.name}.",
                "Correct them, or the metric: a fine-tune learns to answer as they do.",
                (),
                tuple(suite.training_sources[place] for place, _ in short),
                tuple(
                    {"at": suite.training_sources[place], "metric": metric.name, "value": round(value, 4)}
                    for place, value in short
                ),
                {"short": len(short), "measured": len(values), "share": len(short) / len(values)},
            )
        )
    return tuple(findings)


def as_response(example: Fixture) -> Response:
    """Put an example's expected answer as a variant would have given it."""
    answer: Any = example.expected
    if isinstance(answer, dict) and isinstance(answer.get("tool_calls"), list):
        calls = [call for call in answer["tool_calls"] if isinstance(call, dict)]
        return Response(tool_calls=tuple(ToolCall(str(call.get("name", "")), call.get("arguments", {})) for call in calls))
    return Response(text=answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=str))


def _says_something(metric: Metric) -> bool:
    return (
        metric.unit == "share"
        and metric.quantile is None
        and metric.name not in ALWAYS
        and metric.name not in _NOT_OF_THE_TEXT
        and not asks(metric)
        and not getattr(metric, "uses_context", False)
    )


def _renamed(example: Fixture, id: str) -> Fixture:
    return replace(example, id=id)
