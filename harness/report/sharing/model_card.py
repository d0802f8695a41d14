"""The evaluation section of a Hugging Face model card: YAML metadata (``model-index``) and the text below it.

The metadata follow huggingface/hub-docs, modelcard.md: for each dataset its results, with task, dataset and metrics. The
headings of the text are those of the Hub's own model card template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import Fault, HarnessError
from harness.report import formats
from harness.report.markdown_text import code, inline
from harness.report.ranks import ALWAYS, variant_order
from harness.report.sharing.decided import decision_words
from harness.report.words import role_word
from harness.store import Run
from harness.suite import did_you_mean
from harness.verdicts import Estimate, Judgement

_HEAD = "The numbers below were measured with finetune-harness on the suite {suite}; they are self-reported."


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What a model card says that a run does not know.

    Attributes:
        variant: The variant that is the model; the candidate unless given.
        name: The model's name on the Hub; what the variant asks unless given.
        task: The Hub's id of the task.
        dataset: The dataset's id on the Hub; the suite's name unless given.
        source: An address where the results can be read; nothing unless given.
    """

    variant: str | None = None
    name: str | None = None
    task: str = "text-generation"
    dataset: str | None = None
    source: str | None = None


def model_card(run: Run, judgement: Judgement, facts: CardFacts | None = None) -> str:
    """Return the evaluation section of the model card of one variant; to be merged into the card's own metadata and text.

    Args:
        run: The run.
        judgement: Its judgement.
        facts: What only the user knows.

    Raises:
        HarnessError: There is no such variant, or none is up for release and none was named, or nothing was measured for it.
    """
    said = facts or CardFacts()
    variant = _variant(judgement, said.variant)
    own = [e for e in judgement.estimates if e.variant == variant and e.slice is None and e.metric not in ALWAYS]
    measured = [e for e in own if not formats.absent(e.value)]
    if not measured:
        raise HarnessError(Fault(f"nothing was measured for {variant}", "name another with --variant"))
    return f"---\n{_yaml(_metadata(run, judgement, variant, measured, said))}---\n\n{_text(run, judgement, variant)}"


def _variant(judgement: Judgement, named: str | None) -> str:
    name = named or judgement.candidate
    if name is None:
        raise HarnessError(Fault("no variant of the run is up for release", "name the one that is the model: --variant NAME"))
    if name not in judgement.variants:
        raise HarnessError(f"there is no variant {name!r} in the run. {did_you_mean(name, judgement.variants)}")
    return name


def _metadata(run: Run, judgement: Judgement, variant: str, measured: list[Estimate], facts: CardFacts) -> dict[str, Any]:
    fixtures = str(run.record.hashes.get("fixtures") or "")
    dataset = {
        "name": f"{judgement.suite} ({formats.counted(judgement.fixtures, 'fixture')})",
        "type": facts.dataset or judgement.suite,
        "split": "test",
        **({"revision": fixtures} if fixtures else {}),
    }
    result: dict[str, Any] = {
        "task": {"type": facts.task},
        "dataset": dataset,
        "metrics": [_metric(estimate) for estimate in measured],
    }
    if facts.source:
        result["source"] = {"name": "finetune-harness report", "url": facts.source}
    name = facts.name or judgement.variants[variant].model or variant
    return {"model-index": [{"name": name, "results": [result]}]}


def _metric(estimate: Estimate) -> dict[str, Any]:
    e = estimate
    interval = formats.interval(e.low, e.high, e.unit)
    said = f"{e.metric}, {e.confidence * 100:.4g} % interval {interval}" if interval else e.metric
    return {"type": e.metric, "value": _rounded(e.value), "name": said}


def _rounded(value: float | None) -> float | None:
    """Six significant digits: what is beyond them is no result."""
    return None if value is None else float(f"{value:.6g}")


def _yaml(value: Mapping[str, Any]) -> str:
    import yaml

    written: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    return written


def _text(run: Run, judgement: Judgement, variant: str) -> str:
    return "\n".join(_lines(run, judgement, variant)) + "\n"


def _lines(run: Run, judgement: Judgement, variant: str) -> Iterator[str]:
    j, definition = judgement, run.record.definition
    yield "## Evaluation"
    yield ""
    yield _HEAD.format(suite=code(j.suite))
    yield ""
    yield "### Testing Data, Factors & Metrics"
    yield ""
    yield "#### Testing Data"
    yield ""
    if definition.get("description"):
        yield inline(str(definition["description"]), 1_000)
        yield ""
    yield f"{formats.counted(j.fixtures, 'fixture')} in {formats.counted(j.groups, 'independent group')}."
    if fixtures := run.record.hashes.get("fixtures"):
        yield f"SHA-256 of the fixtures: {code(str(fixtures))}."
    yield ""
    slices = [str(name) for name in definition.get("slices") or ()]
    if slices:
        yield "#### Factors"
        yield ""
        yield f"Slices: {', '.join(code(name) for name in slices)}."
        yield ""
    yield "#### Metrics"
    yield ""
    yield (
        f"The headline metric is {code(j.headline_metric)}. Variants answered the same fixtures and are compared pairwise; "
        f"intervals are at 95 % unless said, from {j.resamples:,} resamples with seed {j.seed}."
    )
    yield ""
    yield "### Results"
    yield ""
    yield from _results(j, variant)
    yield ""
    sliced = list(_slices(j, variant))
    if sliced:
        yield from sliced
        yield ""
    yield "#### Summary"
    yield ""
    yield inline(j.headline, 1_200)
    yield ""
    if variant == j.candidate:
        yield f"By the suite's gates: {decision_words(j)[1]}."
        yield ""
    for finding in j.findings:
        yield f"- {inline(finding, 1_000)}"
    yield ""
    yield f"Run {code(j.run_id)} of {formats.moment(run.record.started_at)}."


def _results(judgement: Judgement, variant: str) -> Iterator[str]:
    """The model first, and beside it all it was held against."""
    j = judgement
    order = [variant, *(name for name in reversed(variant_order(j)) if name != variant)]
    names = dict.fromkeys(e.metric for e in j.estimates if e.slice is None and "." not in e.metric and e.metric not in ALWAYS)
    metrics = [j.headline_metric, *(name for name in names if name != j.headline_metric), "latency_p95"]
    metrics = [m for m in metrics if any(_value(j.estimate(v, m)) for v in order)]
    yield "| | " + " | ".join(code(name) for name in metrics) + " | cost of 1,000 calls |"
    yield "|---" * (len(metrics) + 2) + "|"
    for name in order:
        said = "**this model**" if name == variant else role_word(j.variants[name].role)
        result = j.variants[name]
        cost = formats.usd(None if result.cost_per_call is None else result.cost_per_call * 1000)
        cells = [_value(j.estimate(name, m)) or formats.MISSING for m in metrics]
        yield f"| {code(name)}, {said} | " + " | ".join([*cells, "none" if result.price_source == "none" else cost]) + " |"


def _slices(judgement: Judgement, variant: str) -> Iterator[str]:
    j = judgement
    own = [e for e in j.estimates if e.variant == variant and e.slice is not None and e.metric == j.headline_metric]
    if own:
        yield f"| slice | fixtures | {code(j.headline_metric)} |"
        yield "|---|---|---|"
        for e in own:
            yield f"| {code(e.slice or '')} | {e.n:,} | {_value(e) or formats.MISSING} |"


def _value(estimate: Estimate | None) -> str:
    if estimate is None or formats.absent(estimate.value):
        return ""
    interval = formats.interval(estimate.low, estimate.high, estimate.unit)
    said = formats.value(estimate.value, estimate.unit)
    return inline(f"{said} ({interval})" if interval else said, 120)
