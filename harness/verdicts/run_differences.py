"""What two runs of one suite differ in: everything that was defined, and what was asked about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.store import Run, content_hash
from harness.verdicts.phrases import counted
from harness.verdicts.reference_fit import served, some

Kind = Literal["definition", "model", "circumstance"]

_VARIANT_KEYS = (
    "role", "model", "prompt", "params", "retrieval", "adapter", "method", "callable", "outputs", "api_base", "training",
)  # fmt: skip
_HASHED = (("prompts", "prompt"), ("corpora", "corpus"), ("adapters", "adapter file"))
_SUITE_KEYS = ("headline", "confidence", "min_coverage", "min_slice", "slices")
_DIGITS = 12
"""Hex digits shown of a hash."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in two runs.

    Attributes:
        kind: ``definition`` (what the suite says), ``model`` (who the provider says answered), or ``circumstance`` (versions,
            seed, how much was asked).
        what: Its name, such as ``prompt of tuned``.
        before: What it was; empty where there was none.
        after: What it is; empty where there is none.
    """

    kind: Kind
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SetDifference:
    """How the fixtures of two runs differ, by id.

    Attributes:
        common: In both with the same content, in the later run's order: these are compared.
        added: In the later run only.
        removed: In the earlier run only.
        changed: In both, with another content.
    """

    common: tuple[str, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both runs asked about the same fixtures."""
        return not (self.added or self.removed or self.changed)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What differs, a sentence each, and what is compared."""
        kinds = (
            (self.added, "is in the later run only", "are in the later run only"),
            (self.removed, "is in the earlier run only", "are in the earlier run only"),
            (self.changed, "has another content", "have another content"),
        )
        said = [
            f"{counted(len(ids), 'fixture')} {one if len(ids) == 1 else many}: {some(ids)}." for ids, one, many in kinds if ids
        ]
        if said:
            said.append(f"Only the {counted(len(self.common), 'fixture')} that both runs have unchanged are compared.")
        return tuple(said)


def set_difference(before: Run, after: Run) -> SetDifference:
    """Hold the fixtures of two runs against each other, by id and content."""
    old, new = ({fixture.id: content_hash(fixture) for fixture in run.fixtures} for run in (before, after))
    return SetDifference(
        common=tuple(name for name, said in new.items() if old.get(name) == said),
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name, said in new.items() if name in old and old[name] != said),
    )


def differences(before: Run, after: Run) -> tuple[Difference, ...]:
    """List what two runs differ in besides their fixtures, what was defined first."""
    found = [
        *_variants(before, after),
        *_metrics(before, after),
        *_suite(before, after),
        *_models(before, after),
        *_circumstances(before, after),
    ]
    return tuple(each for each in found if each.before != each.after)


def redefined_metrics(before: Run, after: Run) -> tuple[str, ...]:
    """Name the metrics that both runs have with other options or another judge, so that their values are no like for like."""
    old, new = (_named_metrics(run) for run in (before, after))
    judged = {
        name
        for name, judge in after.record.judges.items()
        if name in before.record.judges and _judge(judge) != _judge(before.record.judges[name])
    }
    return tuple(name for name in new if name in old and (old[name] != new[name] or name in judged))


def _variants(before: Run, after: Run) -> Iterator[Difference]:
    old, new = before.record.variants, after.record.variants
    for name in [n for n in new if n not in old]:
        yield Difference("definition", f"variant {name}", "", "only in the later run")
    for name in [n for n in old if n not in new]:
        yield Difference("definition", f"variant {name}", "only in the earlier run", "")
    for name in [n for n in new if n in old]:
        for kind, what in _HASHED:
            yield Difference("definition", f"{what} of {name}", _hash(before, kind, name), _hash(after, kind, name))
        for key in _VARIANT_KEYS:
            was, now = _stated(before, name, key), _stated(after, name, key)
            yield Difference("definition", f"{key.replace('_', ' ')} of {name}", was, now)
        yield Difference("definition", f"price of {name}", _price(old[name]), _price(new[name]))


def _metrics(before: Run, after: Run) -> Iterator[Difference]:
    old, new = (_named_metrics(run) for run in (before, after))
    for name in dict.fromkeys([*new, *old]):
        yield Difference("definition", f"metric {name}", _options(old, name), _options(new, name))
    for name in dict.fromkeys([*after.record.judges, *before.record.judges]):
        was, now = (run.record.judges.get(name) for run in (before, after))
        yield Difference("definition", f"judge of {name}", _judge(was), _judge(now))


def _suite(before: Run, after: Run) -> Iterator[Difference]:
    old, new = before.record.definition, after.record.definition
    for key in _SUITE_KEYS:
        yield Difference("definition", key.replace("_", " "), text_of(old.get(key)), text_of(new.get(key)))
    gates = [{str(gate.get("name")): gate for gate in run.get("gates") or ()} for run in (old, new)]
    for name in dict.fromkeys([*gates[1], *gates[0]]):
        was, now = (text_of(_without_name(side.get(name))) for side in gates)
        yield Difference("definition", f"gate {name}", was, now)
    was, now = (str(run.record.hashes.get("training") or "")[:_DIGITS] for run in (before, after))
    yield Difference("definition", "training data", was, now)


def _models(before: Run, after: Run) -> Iterator[Difference]:
    for name in after.record.variants:
        if name in before.record.variants:
            for at, what in ((0, "model that answered for"), (1, "provider's fingerprint of")):
                was, now = (", ".join(sorted(served(run, name)[at])) for run in (before, after))
                yield Difference("model", f"{what} {name}", was, now)


def _circumstances(before: Run, after: Run) -> Iterator[Difference]:
    old, new = before.record, after.record
    yield Difference("circumstance", "status", old.status, new.status)
    yield Difference("circumstance", "seed", str(old.seed), str(new.seed))
    for key in ("repeats", "limit"):
        yield Difference("circumstance", key, text_of(old.selection.get(key)), text_of(new.selection.get(key)))
    was, now = (str(run.git.get("commit") or "")[:_DIGITS] for run in (old, new))
    yield Difference("circumstance", "commit", was, now)
    for name in dict.fromkeys([*new.packages, *old.packages]):
        yield Difference("circumstance", f"version of {name}", old.packages.get(name, ""), new.packages.get(name, ""))


def _named_metrics(run: Run) -> dict[str, Any]:
    """The options of each metric by its name."""
    found: dict[str, Any] = {}
    for each in run.record.definition.get("metrics") or ():
        if isinstance(each, str):
            found[each] = {}
        else:
            ((kind, options),) = each.items()
            said = dict(options or {})
            found[str(said.get("as", kind))] = said if said.get("as", kind) == kind else {"metric": kind, **said}
    return found


def _options(metrics: Mapping[str, Any], name: str) -> str:
    if name not in metrics:
        return ""
    return text_of(metrics[name]) or "without options"


def _judge(judge: Mapping[str, Any] | None) -> str:
    return "" if judge is None else text_of({key: judge[key] for key in ("model", "prompt") if key in judge})


def _hash(run: Run, kind: str, variant: str) -> str:
    hashes = run.record.hashes.get(kind)
    return str((hashes or {}).get(variant) or "")[:_DIGITS]


def _stated(run: Run, variant: str, key: str) -> str:
    said = run.record.variants.get(variant, {}).get(key)
    if said is None:
        said = (run.record.definition.get("variants") or {}).get(variant, {}).get(key)
    return text_of(said)


def _price(variant: Mapping[str, Any]) -> str:
    return text_of(variant.get("price"))


def _without_name(gate: Mapping[str, Any] | None) -> Any:
    """A gate without its name and without what it leaves at nothing: a key that a newer version adds is no difference."""
    return None if gate is None else {k: v for k, v in gate.items() if k != "name" and v not in (None, 0, 0.0)}


def text_of(value: Any) -> str:
    """Write a value of a definition in a line: ``temperature: 0, max tokens: 90``; empty for none."""
    if value is None or value in ({}, []):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_inner(inner)}" for key, inner in value.items() if inner is not None)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_inner(inner) for inner in value)
    return str(value)


def _inner(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + text_of(value) + "}"
    return "[" + text_of(value) + "]" if isinstance(value, (list, tuple)) else str(value)
