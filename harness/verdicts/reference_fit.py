"""Which runs make a reference, and whether a later run may be held against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import Fault, HarnessError, StoreError
from harness.store import Reference, Run, content_hash
from harness.verdicts.phrases import counted, listed

ADVISED = 5
"""Runs of a reference. One frozen run is lucky or unlucky for ever: see ``harness.verdicts.night_rule``."""

_STATED = ("role", "model", "prompt", "params", "retrieval", "adapter", "method", "callable", "outputs")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Fit:
    """How a run's set differs from the reference's.

    Attributes:
        common: Fixtures that both have, with the same content, in the run's order.
        added: Fixtures of the run that the reference does not have.
        removed: Fixtures of the reference that the suite does not have any more.
        changed: Fixtures of which the content changed.
        others: Everything else that differs, a clause each: prompts, corpora, adapters, models, parameters, judges.
        metrics: Metrics that are defined otherwise, which therefore cannot be compared.
    """

    common: tuple[str, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()

    @property
    def same_set(self) -> bool:
        """Whether the fixtures are the same."""
        return not (self.added or self.removed or self.changed)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What differs, most important first."""
        kinds = (
            (self.added, "was added", "were added"),
            (self.removed, "was removed", "were removed"),
            (self.changed, "has changed", "have changed"),
        )
        said = [
            f"{counted(len(ids), 'fixture')} {one if len(ids) == 1 else many}: {some(ids)}" for ids, one, many in kinds if ids
        ]
        said += [*self.others, *(f"the metric {name} is defined otherwise" for name in self.metrics)]
        return tuple(said)


def some(ids: Sequence[str]) -> str:
    """Name a few of them."""
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"{', '.join(ids[:_SHOWN])}{more}" if more else listed(list(ids))


def make_reference(runs: Sequence[Run], *, blessed_at: str = "", blessed_by: str | None = None) -> Reference:
    """Make a reference of runs of one suite, each of which asked anew.

    Args:
        runs: The runs; their order does not matter.
        blessed_at: ISO 8601; empty where nobody blesses it.
        blessed_by: By whom.

    Raises:
        StoreError: A run is not complete, two differ in what was asked, or one repeats the answers of another.
    """
    if not runs:
        raise StoreError(Fault("no run is given", "name the runs to bless: harness bless RUN..."))
    ordered = sorted(
        {run.record.run_id: run for run in runs}.values(), key=lambda run: (run.record.started_at, run.record.run_id)
    )
    faults = [fault for run in ordered for fault in _incomplete(run)]
    faults += [fault for run in ordered[1:] for fault in _unlike(ordered[0], run)] + list(_repeated(ordered))
    if faults:
        raise StoreError(*faults)
    first, last = ordered[0].record, ordered[-1].record
    return Reference(
        suite=first.suite,
        run_ids=tuple(run.record.run_id for run in ordered),
        fixtures={fixture.id: content_hash(fixture) for fixture in ordered[0].fixtures},
        hashes={key: last.hashes.get(key) for key in ("suite", "fixtures", "prompts", "corpora", "adapters")},
        variants={name: _variant(name, ordered) for name in first.variants},
        metrics=tuple(last.definition.get("metrics") or ()),
        outcomes={name: _outcomes(name, ordered) for name in first.variants},
        judges=_judges(last.judges),
        seeds=tuple(run.record.seed for run in ordered),
        packages=dict(last.packages),
        blessed_at=blessed_at,
        blessed_by=blessed_by,
        runs=tuple(tuple(run.scores) for run in ordered),
    )


def fit(reference: Reference, run: Run, *, fixtures: Mapping[str, str] | None = None) -> Fit:
    """Hold a run's set against a reference's.

    Args:
        reference: The reference.
        run: The run.
        fixtures: Content hashes of all fixtures of the suite, where the run asked about the first few of them only.

    Raises:
        HarnessError: The run is of another suite.
    """
    record = run.record
    if record.suite != reference.suite:
        raise HarnessError(Fault(f"run {record.run_id} is of the suite {record.suite}, the reference of {reference.suite}",
                                 "name a run of that suite"))  # fmt: skip
    ours = {fixture.id: content_hash(fixture) for fixture in run.fixtures}
    there = ours if fixtures is None else {**fixtures, **ours}
    theirs = reference.fixtures
    return Fit(
        common=tuple(name for name, said in ours.items() if theirs.get(name) == said),
        added=tuple(name for name in ours if name not in theirs),
        removed=tuple(name for name in theirs if name not in there),
        changed=tuple(name for name, said in there.items() if name in theirs and theirs[name] != said),
        others=tuple(_others(reference, run)),
        metrics=tuple(_redefined(reference.metrics, record.definition.get("metrics") or ())),
    )


def served(run: Run, variant: str) -> tuple[Counter[str], Counter[str]]:
    """Count the model ids and the fingerprints that the provider says answered a variant."""
    usable = [s.response for s in run.responses if s.variant == variant and s.response.usable]
    return Counter(r.model for r in usable if r.model), Counter(r.fingerprint for r in usable if r.fingerprint)


def _variant(name: str, runs: Sequence[Run]) -> dict[str, Any]:
    said = runs[-1].record.variants[name]
    models: Counter[str] = Counter()
    fingerprints: Counter[str] = Counter()
    for run in runs:
        by_model, by_print = served(run, name)
        models += by_model
        fingerprints += by_print
    stated = {key: said[key] for key in _STATED if said.get(key) is not None}
    return {**stated, "models": dict(sorted(models.items())), "fingerprints": dict(sorted(fingerprints.items()))}


def _outcomes(name: str, runs: Sequence[Run]) -> dict[str, int]:
    return dict(sorted(Counter(str(s.response.outcome) for run in runs for s in run.responses if s.variant == name).items()))


def _judges(judges: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: said[key] for key in ("model", "prompt") if key in said} for name, said in judges.items()}


def _incomplete(run: Run) -> Iterator[Fault]:
    if run.record.status != "complete":
        yield Fault(f"run {run.record.run_id} is not complete: its status is {run.record.status}", "bless complete runs only")
    elif not run.scores:
        yield Fault(f"run {run.record.run_id} has no scores", "bless runs that were measured")


def _unlike(first: Run, other: Run) -> Iterator[Fault]:
    """What two runs of one reference may not differ in."""
    names = f"runs {first.record.run_id} and {other.record.run_id}"
    hint = "bless runs of one state of the suite"
    if first.record.suite != other.record.suite:
        yield Fault(f"{names} are of different suites: {first.record.suite} and {other.record.suite}", hint)
        return
    if set(first.record.variants) != set(other.record.variants):
        odd = sorted(set(first.record.variants) ^ set(other.record.variants))
        yield Fault(f"{names} did not ask the same variants: {listed(odd)}", hint)
        return
    a, b = ({fixture.id: content_hash(fixture) for fixture in run.fixtures} for run in (first, other))
    if a != b:
        odd = [name for name in {**a, **b} if a.get(name) != b.get(name)]
        yield Fault(f"{names} do not have the same fixtures: {some(odd)}", hint)
    for said in _differing(first.record.hashes, first.record.variants, other.record.hashes, other.record.variants):
        yield Fault(f"{names} differ: {said}", hint)
    for name in _redefined(tuple(first.record.definition.get("metrics") or ()), other.record.definition.get("metrics") or ()):
        yield Fault(f"{names} differ: the metric {name} is defined otherwise", hint)


def _repeated(runs: Sequence[Run]) -> Iterator[Fault]:
    """Runs that took answers from each other: counted twice they would make noise look smaller than it is."""
    asked: dict[tuple[str, str], str] = {}
    for run in runs:
        took: Counter[str] = Counter()
        for s in run.responses:
            if run.record.variants.get(s.variant, {}).get("model") is not None and s.finished_at:
                earlier = asked.setdefault((s.hash, s.finished_at), run.record.run_id)
                took[earlier] += earlier != run.record.run_id
        for earlier, count in took.items():
            if count:
                message = f"run {run.record.run_id} has {counted(count, 'answer')} that run {earlier} has too"
                yield Fault(f"{message}, so it is no second look", "ask anew: harness run SUITE --fresh")


def _others(reference: Reference, run: Run) -> Iterator[str]:
    record = run.record
    yield from _differing(reference.hashes, reference.variants, record.hashes, record.variants)
    judges = _judges(record.judges)
    for name in judges:
        if name in reference.judges and reference.judges[name] != judges[name]:
            yield f"the judge of {name} has changed"


def _differing(
    hashes: Mapping[str, Any], variants: Mapping[str, Any], new_hashes: Mapping[str, Any], new_variants: Mapping[str, Any]
) -> Iterator[str]:
    """Name what two states of a suite differ in beside their fixtures."""
    for kind, what in (("prompts", "prompt"), ("corpora", "corpus"), ("adapters", "adapter")):
        old, new = hashes.get(kind) or {}, new_hashes.get(kind) or {}
        for name in new_variants:
            if name in variants and old.get(name) != new.get(name):
                yield f"the {what} of {name} has changed"
    for name, said in new_variants.items():
        for key in ("model", "params", "method", "retrieval") if name in variants else ():
            if variants[name].get(key) != said.get(key):
                yield f"{key} of {name} was {_shown(variants[name].get(key))} and is {_shown(said.get(key))}"


def _shown(value: Any) -> str:
    return "not given" if value is None else str(value)


def _redefined(old: Sequence[Any], new: Sequence[Any]) -> Iterator[str]:
    before, after = ({_name(each): each for each in metrics} for metrics in (old, new))
    for name, definition in after.items():
        if name in before and before[name] != definition:
            yield name


def _name(definition: Any) -> str:
    if isinstance(definition, str):
        return definition
    ((kind, options),) = definition.items()
    return str((options or {}).get("as", kind))
