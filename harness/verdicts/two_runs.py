"""Two runs of one suite held against each other: every variant with itself, paired by fixture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.errors import Fault, HarnessError
from harness.metrics import Metric
from harness.models import Response
from harness.store import Run, Score, StoredResponse
from harness.suite import did_you_mean
from harness.verdicts.comparisons import Comparer, with_q
from harness.verdicts.estimates import RESAMPLES, Estimator
from harness.verdicts.flips import flips_between
from harness.verdicts.night_rule import NightRule, Watched
from harness.verdicts.pairing import margin_on, standing_of
from harness.verdicts.reference_comparison import Direction
from harness.verdicts.result import Flip
from harness.verdicts.run_differences import differences, redefined_metrics, set_difference
from harness.verdicts.table import Column, ScoreTable
from harness.verdicts.two_runs_result import Change, TwoRuns
from harness.verdicts.variants import variant_results
from harness.verdicts.watching import watched_in

BEFORE = " before"
"""What follows a variant's name where the earlier run is meant."""

LEVEL = 0.05
"""One-sided level, after Holm over everything judged, at which something is said to be worse or better."""


def compare_two_runs(
    before: Run,
    after: Run,
    metrics: Sequence[Metric],
    *,
    candidate: str | None = None,
    over: str | None = None,
    metric: str | None = None,
    slice: str | None = None,
    margin: float | None = None,
    resamples: int = RESAMPLES,
) -> TwoRuns:
    """Compare two runs of one suite, variant by variant, paired by fixture.

    Only fixtures that both runs have with the same content count, and only metrics that both define alike. The exit code
    rests on what the suite's gates name, or on what is named here.

    Args:
        before: The earlier run.
        after: The later run.
        metrics: The metrics the later run was measured with.
        candidate: Compare this variant of the later run alone.
        over: With this one of the earlier run; the same name unless given.
        metric: A metric or a part of one; every metric unless given.
        slice: On one slice only.
        margin: The smallest change worth having, in the metric's unit; what the gates say unless given.
        resamples: B.

    Raises:
        HarnessError: The runs are of different suites, have no fixture in common, or there is no such variant, metric or slice.
    """
    if before.record.suite != after.record.suite:
        message = f"the runs are of different suites: {before.record.suite} and {after.record.suite}"
        raise HarnessError(Fault(message, "compare two runs of one suite"))
    fixtures = set_difference(before, after)
    if not fixtures.common:
        raise HarnessError(Fault("the runs have no fixture in common, unchanged", "compare runs of one state of the suite"))
    pairs = _pairs(before, after, candidate, over)
    if before.record.run_id == after.record.run_id and all(now == was for now, was in pairs):
        raise HarnessError(Fault(f"both runs are {after.record.run_id}", "name two runs, or two variants of one"))
    redefined = redefined_metrics(before, after)
    usable = [m for m in metrics if m.name not in redefined]
    table = ScoreTable(_side_by_side(before, after, fixtures.common, pairs), usable)
    _check(table, redefined, metric, slice)
    comparer = Comparer(table, seed=after.record.seed, resamples=resamples)
    estimator = Estimator(table, seed=after.record.seed, resamples=resamples)
    confidence, least = table.definition.confidence, 0 if slice is None else table.definition.min_slice
    headline = table.columns[metric] if metric is not None else _headline(table, after, metrics)
    columns = [headline] if metric is not None else _ordered(table, headline)
    watched = None if metric is not None or candidate is not None else _watched(after, usable)
    changes = []
    for column in columns:
        for variant, was in pairs:
            there = was + BEFORE
            if not table.has(variant, column).any() and not table.has(there, column).any():
                continue
            smallest = margin_on(table, column) if margin is None else margin
            c = comparer.compare(variant, there, column, slice=slice, margin=smallest, confidence=confidence, min_n=least)
            then, now = (estimator.estimate(v, column, slice=slice, confidence=confidence) for v in (there, variant))
            named = column.name == headline.name if watched is None else (variant, column.name) in watched
            changes.append(Change(variant, was, column.name, then, now, replace(c, exploratory=not named), named))
    measured = ({s.metric for s in run.scores} for run in (before, after))
    one, other = measured
    return TwoRuns(
        before=before,
        after=after,
        fixtures=fixtures,
        differences=differences(before, after),
        pairs=pairs,
        metric=headline.name,
        changes=_judged(changes),
        redefined=redefined,
        absent=tuple(sorted(one ^ other)),
        flips={v: _flips(table, v, was, headline, slice) for v, was in pairs},
        shared=_shared(before, after, pairs, set(fixtures.common)),
        spent=(variant_results(ScoreTable(before, ())), variant_results(ScoreTable(after, ()))),
        slice=slice,
    )


def _pairs(before: Run, after: Run, candidate: str | None, over: str | None) -> tuple[tuple[str, str], ...]:
    old, new = before.record.variants, after.record.variants
    if candidate is None and over is None:
        return tuple((name, name) for name in new if name in old)
    now, then = candidate or over or "", over or candidate or ""
    for name, known, word in ((now, new, "later"), (then, old, "earlier")):
        if name not in known:
            raise HarnessError(f"there is no variant {name!r} in the {word} run. {did_you_mean(name, known)}")
    return ((now, then),)


def _check(table: ScoreTable, redefined: Sequence[str], metric: str | None, slice: str | None) -> None:
    if metric is not None and metric not in table.columns:
        if metric.partition(".")[0] in redefined:
            raise HarnessError(f"the metric {metric} is defined otherwise in the two runs, so it cannot be compared")
        raise HarnessError(f"there is no metric {metric!r} in the later run. {did_you_mean(metric, table.columns)}")
    try:
        inside = table.within(slice)
    except ValueError as error:
        raise HarnessError(str(error)) from None
    if not inside.any():
        raise HarnessError(f"no fixture that both runs have is in the slice {slice}")


def _side_by_side(before: Run, after: Run, common: Iterable[str], pairs: Sequence[tuple[str, str]]) -> Run:
    """One run that holds both: the earlier run's variants go by ``<name> before``."""
    kept = set(common)
    now, then = {new for new, _ in pairs}, {old for _, old in pairs}
    definition = dict(after.record.definition)
    defined, was = definition["variants"], before.record.definition["variants"]
    definition["variants"] = {**defined, **{name + BEFORE: was[name] for name in was if name in then}}
    named = {name: said for name, said in after.record.variants.items() if name in now}
    record = replace(
        after.record,
        definition=definition,
        variants={**named, **{name + BEFORE: before.record.variants[name] for name in before.record.variants if name in then}},
        selection={**after.record.selection, "repeats": max(_repeats(before), _repeats(after))},
    )
    scores = [*_scores(after, kept, now, ""), *_scores(before, kept, then, BEFORE)]
    responses = [*_responses(after, kept, now, ""), *_responses(before, kept, then, BEFORE)]
    fixtures = tuple(fixture for fixture in after.fixtures if fixture.id in kept)
    return Run(after.folder, record, fixtures, tuple(responses), tuple(scores))


def _scores(run: Run, kept: set[str], variants: set[str], suffix: str) -> Iterator[Score]:
    for s in run.scores:
        if s.fixture_id in kept and s.variant in variants:
            yield replace(s, variant=s.variant + suffix) if suffix else s


def _responses(run: Run, kept: set[str], variants: set[str], suffix: str) -> Iterator[StoredResponse]:
    """What was answered, without the answers: only that there is one counts here."""
    answered, missing = Response(), Response(outcome="failed")
    for s in run.responses:
        if s.fixture_id in kept and s.variant in variants:
            yield StoredResponse("", s.variant + suffix, s.fixture_id, s.repeat, answered if s.response.usable else missing)


def _repeats(run: Run) -> int:
    return max((s.repeat + 1 for s in run.responses), default=1)


def _headline(table: ScoreTable, after: Run, metrics: Sequence[Metric]) -> Column:
    """The later run's own headline; the first metric there is where that cannot be compared."""
    own = standing_of(ScoreTable(after, metrics)).headline.name if metrics else ""
    if own in table.columns:
        return table.columns[own]
    first = next(iter(table.columns.values()), None)
    if first is None:
        raise HarnessError(Fault("the runs have no metric that is defined alike in both", "score one of them again"))
    return first


def _ordered(table: ScoreTable, headline: Column) -> list[Column]:
    columns = [c for c in table.columns.values() if table.applies(c).any() and not c.descriptive]
    return sorted(columns, key=lambda c: (c.name != headline.name, c.part is not None and c.metric.name != headline.metric.name))


def _watched(after: Run, metrics: Sequence[Metric]) -> set[tuple[str, str]]:
    return {(w.variant, w.metric) for w in watched_in(after, metrics) if w.direction == "worse"} if metrics else set()


def _judged(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Put q beside what is exploratory, and say of what is judged which of it is signal after Holm."""
    told = with_q([c.comparison for c in changes])
    found = [replace(c, comparison=comparison) for c, comparison in zip(changes, told, strict=True)]
    words: tuple[Direction, ...] = ("worse", "better")
    for word in words:
        p = {Watched(c.variant, c.metric, word): c.p(word) for c in found if c.judged}
        below = {(w.variant, w.metric) for w in NightRule().below(p, LEVEL)}
        found = [replace(c, signal=word) if c.judged and (c.variant, c.metric) in below else c for c in found]
    return tuple(found)


def _flips(table: ScoreTable, variant: str, was: str, column: Column, slice: str | None) -> tuple[Flip, ...]:
    mask = table.within(slice)
    inside = {fixture.id for fixture, kept in zip(table.run.fixtures, mask, strict=True) if kept}
    return tuple(flip for flip in flips_between(table, variant, was + BEFORE, column) if flip.fixture_id in inside)


def _shared(before: Run, after: Run, pairs: Sequence[tuple[str, str]], common: set[str]) -> Mapping[str, tuple[int, int]]:
    """Count the answers that the later run took over from the earlier one: the same request, finished at the same moment."""
    then = {was for _, was in pairs}
    known = {(s.hash, s.finished_at) for s in before.responses if s.variant in then and s.finished_at and s.response.usable}
    asks = {name for name, _ in pairs if after.record.variants[name].get("model") is not None}
    same: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for s in after.responses:
        if s.variant in asks and s.fixture_id in common:
            total[s.variant] += 1
            same[s.variant] += (s.hash, s.finished_at) in known
    return {name: (same[name], total[name]) for name, _ in pairs if total[name]}
