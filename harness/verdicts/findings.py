"""What a careful reader must know beside the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from harness.models import models_of, retirement_sentence, retirements, retiring
from harness.verdicts import phrases
from harness.verdicts.headline import Evidence
from harness.verdicts.result import Comparison, VariantResult

FEW = 30
ALPHA = 0.05


def findings(evidence: Evidence, variants: Mapping[str, VariantResult], unequal: Sequence[Comparison] = ()) -> tuple[str, ...]:
    """Everything worth a sentence, most important first: what is missing, what is not beaten, what got worse.

    Args:
        evidence: Estimates and comparisons.
        variants: What each variant did.
        unequal: The pairs of variants of which one failed more often.
    """
    return tuple(
        dict.fromkeys(
            [
                *_stopped(evidence, variants),
                *_judges(evidence),
                *_coverage(evidence),
                *_unequal_failures(evidence, variants, unequal),
                *_floors(evidence),
                *_worse(evidence),
                *_side_effects(evidence),
                *_small(evidence),
                *_unmeasured(evidence),
                *_outcomes(variants),
                *_retirements(evidence),
                *_prices(variants),
            ]
        )
    )


def _stopped(evidence: Evidence, variants: Mapping[str, VariantResult]) -> Iterator[str]:
    stopped = evidence.table.run.record.stopped
    for name, variant in variants.items():
        if name in stopped:
            yield f"{name} was given up: {stopped[name].rstrip('.')}."
        elif missing := variant.outcomes.get("missing", 0):
            planned = variant.calls + missing
            yield f"{name} is incomplete: {missing:,} of {planned:,} calls were not made."
        if failed := variant.outcomes.get("failed", 0):
            kinds = phrases.listed([f"{kind.replace('_', ' ')} {count}" for kind, count in variant.failures.items()])
            yield f"{name} failed on {failed:,} of {phrases.counted(variant.calls, 'call')} ({kinds}); these are not scored."


def same_family(judge: str, model: str) -> bool:
    """Whether two model strings name the same model, a fine-tune of it, or a dated version of it."""
    one, other = _base(judge), _base(model)
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _base(model: str) -> str:
    """The model a string names, without its provider and what a fine-tune adds: ``openai/ft:gpt-4o:acme::x`` is gpt-4o."""
    name = model.rpartition("/")[2].removesuffix(".gguf").casefold()
    return name.removeprefix("ft:").partition(":")[0] if name.startswith("ft:") else name


def _judges(evidence: Evidence) -> Iterator[str]:
    """What the judges left without a score, and whether they can be trusted with it."""
    for name, judge in evidence.table.run.record.judges.items():
        of = f"of {phrases.counted(judge.get('requests', 0), 'call')}"
        if "stopped" in judge:
            yield f"The judge of {name} was given up: {str(judge['stopped']).rstrip('.')}."
        if unanswered := judge.get("missing", 0):
            yield f"The judge of {name} has no answer to {unanswered:,} {of}; those responses have no score on it."
        if unread := judge.get("unread", 0):
            yield f"The judge of {name} gave {unread:,} of {judge['requests']:,} replies that cannot be read; they are no scores."
        variants = evidence.table.definition.variants
        own = [n for n in evidence.table.variants if (m := variants[n].model) and same_family(str(judge.get("model")), m)]
        if own:
            yield (
                f"The judge of {name}, {judge['model']}, is of the family of {phrases.listed(own)}: "
                "a judge prefers what it would have written itself."
            )
        lean = judge.get("summary", {}).get("first_position", {})
        if lean.get("p") is not None and lean["p"] < ALPHA:
            yield (
                f"The judge of {name} leans to the answer shown {'first' if lean['value'] > 0.5 else 'second'}: "
                f"{phrases.value(lean['value'], 'share')} of its replies prefer the first ({phrases.probability(lean['p'])}); "
                "pairs on which its two orders disagree are ties."
            )


def _coverage(evidence: Evidence) -> Iterator[str]:
    least = evidence.table.definition.min_coverage
    why: dict[str, list[str]] = {}
    for c in evidence.comparisons:
        if c.slice is None and c.metric == evidence.standing.headline.name and c.n and c.coverage < least:
            why.setdefault(phrases.clause(c.withheld or "coverage is too low"), []).append(f"{c.candidate} over {c.over}")
    for reason, compared in why.items():
        yield f"No verdict on {phrases.listed(compared)}: {reason}."


def _unequal_failures(evidence: Evidence, variants: Mapping[str, VariantResult], unequal: Sequence[Comparison]) -> Iterator[str]:
    for c in unequal:
        said = [_failed(variants[name]) for name in (c.candidate, c.over)]
        p = f", {phrases.probability(c.q)} after Holm" if c.q is not None else ""
        run = evidence.table.run.record.run_id
        yield (
            f"Unequal failures: {said[0]} and {said[1]}, a difference of {phrases.measured(c)} paired by fixture{p}. "
            "What both answered may not be what they were asked, so that even a clear lift may be one of the easy fixtures. "
            f"Ask the failed ones again: harness run --retry-failed {run}."
        )


def _failed(variant: VariantResult) -> str:
    return f"{variant.name} failed on {variant.outcomes.get('failed', 0):,} of {phrases.counted(variant.calls, 'call')}"


def _floors(evidence: Evidence) -> Iterator[str]:
    for c in evidence.not_beaten("floor"):
        yield (
            f"The floor {c.over} is not beaten: {c.candidate} is {phrases.measured(c)} over it on {c.metric}. "
            "A fine-tune that does not beat a look-up is not worth shipping."
        )


def _worse(evidence: Evidence) -> Iterator[str]:
    """Quality metrics and parts on which the candidate is worse than the baseline or retrieval."""
    standing = evidence.standing
    for over in standing.rivals:
        worse = [c for c in _quality(evidence, standing.candidate, over) if c.metric != standing.headline.name]
        if worse:
            yield f"{standing.candidate} is worse than {over} on {_lifts(worse)}."


def _side_effects(evidence: Evidence) -> Iterator[str]:
    """What retrieval breaks: metrics and parts on which it is worse than the prompt without it."""
    standing = evidence.standing
    worse = _quality(evidence, standing.rag, standing.baseline)
    if worse:
        yield f"Retrieval has a side effect: {standing.rag} is worse than {standing.baseline} on {_lifts(worse)}."


def _quality(evidence: Evidence, candidate: str | None, over: str | None) -> list[Comparison]:
    """Comparisons, operations left out, whose verdict is worse and stays so after looking at all of them."""
    return [
        c
        for c in evidence.comparisons
        if (c.candidate, c.over, c.slice, c.verdict) == (candidate, over, None, "worse")
        and evidence.table.columns[c.metric].metric.scale != "ratio"
        and (c.q is None or c.q < ALPHA)
    ]


def _lifts(comparisons: Sequence[Comparison]) -> str:
    return phrases.listed([f"{c.metric} ({phrases.lift(c.effect or 0.0, c.unit, c.scale)})" for c in comparisons])


def _small(evidence: Evidence) -> Iterator[str]:
    table = evidence.table
    if table.independent < FEW:
        what = phrases.counted(table.independent, "group" if table.groups is not None else "fixture")
        yield f"There are only {what}: intervals are wide, and below 20 fixtures nothing is called better or worse."
    least = table.definition.min_slice
    small = [name for name in table.definition.slices if table.within(name).sum() < least]
    if small:
        yield f"Slices under {least} fixtures are shown and not judged: {phrases.listed(small)}."


def _unmeasured(evidence: Evidence) -> Iterator[str]:
    table = evidence.table
    nowhere = [
        c.name for c in table.columns.values() if c.part is None and not table.applies(c).any() and c.metric.scale != "ratio"
    ]
    if nowhere:
        yield f"Nothing was measured on {phrases.listed(nowhere)}."


def _outcomes(variants: Mapping[str, VariantResult]) -> Iterator[str]:
    for outcome, said in (("truncated", "were cut off at the token limit"), ("refused", "were refusals")):
        cut = [f"{v.outcomes[outcome]:,} of {v.name}" for v in variants.values() if v.outcomes.get(outcome)]
        if cut:
            yield f"Answers that {said} are scored as they are: {phrases.listed(cut)}."
    for v in variants.values():
        if len(v.answered_by) > 1:
            models = phrases.listed([f"{model} ({count})" for model, count in v.answered_by.items()])
            yield f"{v.name} was answered by more than one model: {models}."


def _retirements(evidence: Evidence) -> Iterator[str]:
    """Models of the run that were about to be retired on the day it was started, so that a run always says the same."""
    table = evidence.table
    today = datetime.fromisoformat(table.run.record.started_at).date()
    users = models_of(table.definition)
    for one in retiring(retirements(users, today, table.definition.retirements)):
        ran = [name for name in users[one.model] if name in table.variants or name not in table.definition.variants]
        if ran:
            said = retirement_sentence(one, ran)
            yield f"{said[:1].upper() + said[1:] if said.startswith('the ') else said}, counted from this run."


def _prices(variants: Mapping[str, VariantResult]) -> Iterator[str]:
    unknown = [v.name for v in variants.values() if v.model is not None and v.calls and v.price_source == "unknown"]
    if unknown:
        said = "price of {} is unknown, so its" if len(unknown) == 1 else "prices of {} are unknown, so their"
        yield f"The {said.format(phrases.listed(unknown))} cost is left out; give price in the suite."
