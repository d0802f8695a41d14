"""Another suite asked of this one's variants: what a gate with ``suite:`` is judged on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Fault, SuiteError
from harness.suite.definition import Gate, Stated, Variant
from harness.suite.suite import Suite

JOIN = "+"
"""Between a suite's name and that of the other suite its variants were asked; no suite's own name may hold it."""

_LOCAL = "local/"


def find_suite(named: str, folder: Path) -> Path | None:
    """Find the folder of the suite a gate names: from this suite's folder, or beside it; None where there is none."""
    said = named.removesuffix("/suite.yaml")
    places = (folder / said, folder.parent / said)
    return next((place.resolve() for place in places if (place / "suite.yaml").is_file()), None)


def broad_name(suite: str, named: str) -> str:
    """What the runs of another suite with this one's variants are kept under: ``order_intake+general``."""
    return f"{suite}{JOIN}{Path(named.removesuffix('/suite.yaml')).name}"


def broad_suite(suite: Suite, other: Suite, named: str) -> Suite:
    """Put together how another suite is asked of the variants that this suite's gates name.

    Who is asked is this suite's: model, adapter, endpoint, price, and sampling parameters. What is asked, and how it is
    measured, is the other's: fixtures, metrics, and of its variant with the same name the prompt, the retrieval and the
    parameters it states. Where it has no such variant, its first one of the same role stands in, else its first prompt,
    else its first that asks a model. A variant that asks no model is taken from the other suite under its own name.

    Args:
        suite: The suite whose gates name the other one.
        other: The other suite.
        named: As those gates name it.

    Raises:
        SuiteError: A variant cannot be asked the other suite's fixtures; each fault with the line of its gate.
    """
    faults: list[Fault] = []
    variants: dict[str, _Asked] = {}
    for position, gate in _gates(suite, named):
        for key, name in (("candidate", gate.candidate), ("over", gate.over)):
            if name is None or name in variants or name not in suite.variants:
                continue
            try:
                variants[name] = _asked(suite, other, name)
            except ValueError as error:
                message, _, hint = str(error).partition("; ")
                faults.append(suite.fault(f"the gate {gate.name!r}: {message}", hint, "gates", position, key))
    if faults:
        raise SuiteError(*faults)
    hashes = {
        **other.hashes,
        "training": None,
        "prompts": {n: found for n, a in variants.items() if (found := other.hashes["prompts"].get(a.like))},
        "adapters": {n: found for n in variants if (found := suite.hashes["adapters"].get(n))},
        "corpora": {n: found for n, a in variants.items() if (found := other.hashes["corpora"].get(a.like))},
    }
    definition = other.definition.model_copy(
        update={
            "variants": {name: asked.variant for name, asked in variants.items()},
            "training_data": None,
            "floors": False,
            "gates": [gate.model_copy(update={"suite": None}) for _, gate in _gates(suite, named)],
            "concurrency": suite.definition.concurrency,
            "limits": suite.definition.limits,
            "decision": Stated.model_validate({}),
            "seed": suite.definition.seed,
        }
    )
    return Suite(
        name=broad_name(suite.name, named),
        path=other.path,
        folder=other.folder,
        definition=definition,
        fixtures=other.fixtures,
        prompts={name: other.prompts[asked.like] for name, asked in variants.items() if asked.like in other.prompts},
        hashes=hashes,
        sources=other.sources,
        lines=other.lines,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A variant as it is asked another suite's fixtures, and that suite's variant it is asked like."""

    variant: Variant
    like: str


def _gates(suite: Suite, named: str) -> Iterator[tuple[int, Gate]]:
    return ((at, gate) for at, gate in enumerate(suite.definition.gates) if gate.suite == named)


def _asked(suite: Suite, other: Suite, name: str) -> _Asked:
    own, there = suite.variants[name], other.variants.get(name)
    if own.model is None:
        if there is None or there.model is not None:
            raise ValueError(f"{name} asks no model, so it has no answer to {other.name}; name a variant with a model")
        return _Asked(there, name)
    asking = {n: v for n, v in other.variants.items() if v.model is not None}
    ranked = sorted(asking, key=lambda n: (n != name, asking[n].role != own.role, asking[n].role != "prompt"))
    if not ranked:
        raise ValueError(f"{other.name} has no variant that asks a model, so nothing says how {name} is asked; give it a prompt")
    like = asking[ranked[0]]
    moved = own.model_copy(
        update={
            "role": "prompt" if own.role == "rag" and like.retrieval is None else own.role,
            "prompt": like.prompt,
            "params": {**own.params, **like.params},
            "retrieval": like.retrieval,
            "adapter": None if own.adapter is None else _moved(own.adapter, suite.folder, other.folder),
            "model": _model(own.model, suite.folder, other.folder),
        }
    )
    return _Asked(moved, ranked[0])


def _model(model: str, source: Path, target: Path) -> str:
    if model.startswith(_LOCAL) and model.endswith(".gguf"):
        return _LOCAL + _moved(model.removeprefix(_LOCAL), source, target)
    return model


def _moved(path: str, source: Path, target: Path) -> str:
    """A path that starts in one folder, as it is written from another."""
    if Path(path).is_absolute() or path.startswith("~"):
        return path
    return os.path.relpath(source / path, target)
