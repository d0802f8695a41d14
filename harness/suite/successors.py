"""A suite with another model in the place of one: the old variant stays, and what could take its place stands beside it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.errors import Fault, SuiteError
from harness.suite.definition import Gate, Variant
from harness.suite.explain import did_you_mean
from harness.suite.suite import Suite


@dataclass(frozen=True, slots=True)
class Successor:
    """A variant to add.

    Attributes:
        name: What it is called.
        like: The variant it is like, whose prompt and retrieval it has.
        model: The model it asks.
        adapter: A LoRA adapter, from the working directory; None for none.
    """

    name: str
    like: str
    model: str
    adapter: Path | None = None


def with_successors(
    suite: Suite, successors: Iterable[Successor], *, keep: Iterable[str], gates: Iterable[Gate], name: str
) -> Suite:
    """Return a suite of some of its variants and their successors, to be run side by side.

    A successor has the prompt, the retrieval and the parameters of the variant it is like. It has that one's price only where it
    asks the same model, and its endpoint and key only where it asks the same provider.

    Args:
        suite: The suite.
        successors: The variants to add.
        keep: The variants that stay.
        gates: The gates, in place of the suite's own.
        name: What its runs are kept under.

    Raises:
        SuiteError: An adapter is not there, or a successor cannot be asked; all faults at once.
    """
    kept = set(keep)
    variants = {named: variant for named, variant in suite.variants.items() if named in kept}
    prompts = dict(suite.prompts)
    hashes: dict[str, Any] = {key: dict(value) if isinstance(value, Mapping) else value for key, value in suite.hashes.items()}
    faults: list[Fault] = []
    for successor in successors:
        try:
            variants[successor.name] = _variant(suite, successor)
        except SuiteError as error:
            faults.extend(error.faults)
            continue
        if successor.like in prompts:
            prompts[successor.name] = prompts[successor.like]
        for kind in ("prompts", "corpora"):
            if successor.like in hashes[kind]:
                hashes[kind][successor.name] = hashes[kind][successor.like]
        if successor.adapter is not None:
            with successor.adapter.open("rb") as opened:
                hashes["adapters"][successor.name] = hashlib.file_digest(opened, "sha256").hexdigest()
        elif variants[successor.name].adapter is not None:
            hashes["adapters"][successor.name] = hashes["adapters"][successor.like]
    if faults:
        raise SuiteError(*faults)
    definition = suite.definition.model_copy(update={"variants": variants, "gates": list(gates)})
    return replace(suite, name=name, definition=definition, prompts=prompts, hashes=hashes)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The wanted name, or the first of ``name2``, ``name3`` that nobody has."""
    names = set(taken)
    number, name = 1, wanted
    while name in names:
        number += 1
        name = f"{wanted}{number}"
    return name


def variant_named(suite: Suite, name: str) -> Variant:
    """Find a variant that asks a model.

    Raises:
        SuiteError: There is none of that name, or it asks none.
    """
    if name not in suite.variants:
        raise SuiteError(suite.fault(f"there is no variant {name!r}", did_you_mean(name, suite.variants), "variants"))
    variant = suite.variants[name]
    if variant.model is None:
        raise SuiteError(
            suite.fault(f"{name} asks no model, so it has none to move from", "name another variant", "variants", name)
        )
    return variant


def _variant(suite: Suite, successor: Successor) -> Variant:
    like = suite.variants[successor.like]
    said = like.model_dump(mode="json", exclude_none=True)
    adapter = successor.adapter
    same_model = successor.model == like.model and adapter is None
    for key in ("training", *(() if same_model else ("price", "adapter"))):
        said.pop(key, None)
    if successor.model.partition("/")[0] != str(like.model).partition("/")[0]:
        said.pop("api_base", None)
        said.pop("api_key_env", None)
    said["model"] = successor.model
    if adapter is not None:
        if not adapter.is_file():
            raise SuiteError(Fault(f"there is no adapter {adapter}", "give a LoRA adapter in GGUF form"))
        said["adapter"] = Path(os.path.relpath(adapter.resolve(), suite.folder)).as_posix()
    try:
        return Variant.model_validate(said)
    except ValidationError as error:
        told = [str(details.get("ctx", {}).get("error", details["msg"])) for details in error.errors(include_url=False)]
        raise SuiteError(
            *(Fault(f"{successor.like} on {successor.model}: {text.replace('; ', '. ', 1)}") for text in told)
        ) from None
