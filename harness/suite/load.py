"""Loading a suite: everything is read and checked, and every fault is told at once."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import Fault, SuiteError, raise_faults
from harness.suite.definition import SuiteDefinition, Variant
from harness.suite.explain import ReadDefinition, described, did_you_mean, read_definition
from harness.suite.files import SourceFile, find_files, shown_name
from harness.suite.fixture import Fixture
from harness.suite.fixture_file import ReadFixtures, read_fixtures
from harness.suite.fixture_record import fixture_record
from harness.suite.limits import unknown_limits
from harness.suite.prompt import Prompt
from harness.suite.prompt_file import read_prompt, try_prompt, use_faults
from harness.suite.slices import slice_trouble
from harness.suite.suite import Suite
from harness.suite.yaml_file import YamlFile, read_yaml

Check = Callable[[Suite], Iterable[Fault]]

_MOST_FAULTS = 20
"""Of one file; a file of the wrong kind has a fault on every line, and twenty show which kind it is."""


def load_suite(path: str | Path, *, checks: Sequence[Check] = ()) -> Suite:
    """Read a suite and check everything in it.

    Args:
        path: The suite's folder, or its suite.yaml.
        checks: Further checks of other rooms. They are called with the suite as far as it could be read, also when
            there are faults already, so that all faults are told together.

    Raises:
        SuiteError: With every fault that was found, each with its file and line.
    """
    yaml_path = _suite_file(Path(path))
    data = yaml_path.read_bytes()
    document, faults = read_yaml(data, shown_name(yaml_path))
    if document is None or not isinstance(document.value, dict):
        if document is not None:
            faults.append(
                document.fault(f"the suite is {described(document.value)}", "write keys: suite, fixtures, variants, metrics")
            )
        raise SuiteError(*faults)
    read = read_definition(document)
    faults.extend(read.faults)
    loading = _Loading(read, yaml_path.parent, faults)
    fixtures = loading.fixtures("fixtures", read.definition.fixtures)
    training = loading.fixtures("training_data", read.definition.training_data or [])
    definition = _with_floors(read.definition, training.fixtures)
    names = {str(name) for name in (document.value.get("variants") or {})} | set(definition.variants)
    loading.check_names(names, fixtures.fixtures, training.fixtures)
    prompts = {
        name: p for name, variant in read.definition.variants.items() if (p := loading.prompt(name, variant, fixtures.fixtures))
    }
    hashes = {
        "suite": hashlib.sha256(data).hexdigest(),
        "fixtures": _list_hash(map(fixture_record, fixtures.fixtures)),
        "training": _list_hash(map(fixture_record, training.fixtures)) if training.fixtures else None,
        "prompts": {name: _content_hash([dict(m) for m in prompt.messages]) for name, prompt in prompts.items()},
        "adapters": loading.adapters(),
        "corpora": loading.corpora(),
    }
    loading.check_answer_files()
    suite = Suite(
        name=definition.suite,
        path=yaml_path,
        folder=yaml_path.parent,
        definition=definition,
        fixtures=fixtures.fixtures,
        training=training.fixtures,
        prompts=prompts,
        hashes=hashes,
        sources=dict(zip((f.id for f in fixtures.fixtures), fixtures.sources, strict=True)),
        training_sources=training.sources,
        lines=read.document.lines,
    )
    for check in checks:
        faults.extend(check(suite))
    raise_faults(_at_most(_MOST_FAULTS, faults))
    return suite


class _Loading:
    """One suite being read; what is wrong is added to ``faults`` as it is met."""

    def __init__(self, read: ReadDefinition, folder: Path, faults: list[Fault]) -> None:
        self.definition = read.definition
        self.document = read.document
        self.damaged = read.damaged
        self.folder = folder
        self.faults = faults
        self.prompt_files: dict[str, tuple[Prompt, YamlFile] | None] = {}
        self.tried: set[tuple[str, bool]] = set()

    def add(self, message: str, hint: str, *keys: Any) -> None:
        self.faults.append(self.document.fault(message, hint, *keys))

    def is_damaged(self, *keys: Any) -> bool:
        """Whether something under a key, or above it, was at fault and has been left out."""
        return any(path[: len(keys)] == keys or keys[: len(path)] == path for path in self.damaged)

    def find(self, patterns: str | Sequence[str], *keys: Any) -> tuple[SourceFile, ...]:
        """Find files, each pattern on its own; what is not there is a fault of the key that names it."""
        found: dict[str, SourceFile] = {}
        for position, pattern in enumerate([patterns] if isinstance(patterns, str) else patterns):
            try:
                found.update((file.place, file) for file in find_files(pattern, self.folder))
            except SuiteError as error:
                line = self.document.line_of(*keys, position)
                self.faults.extend(dataclasses.replace(fault, file=self.document.file, line=line) for fault in error.faults)
        return tuple(found.values())

    def fixtures(self, key: str, patterns: str | Sequence[str]) -> ReadFixtures:
        if patterns == []:
            if key == "fixtures" and not self.is_damaged(key):
                self.add("fixtures names no file", "give a file of JSON lines", key)
            return ReadFixtures((), (), ())
        read = read_fixtures(self.find(patterns, key), is_training=key == "training_data")
        self.faults.extend(read.faults)
        return read

    def check_names(self, variants: set[str], fixtures: Sequence[Fixture], training: Sequence[Fixture]) -> None:
        """Check what names something else: gates their variants, slices their tags, floors their training data."""
        for name, variant in self.definition.variants.items():
            if not re.fullmatch(r"\w[\w.-]*", name):
                self.add(f"{name!r} cannot name a variant", "use letters, digits, and _ . - after the first", "variants", name)
            if variant.role == "floor" and not training and not self.is_damaged("training_data"):
                said = "has no example that can be read" if self.definition.training_data else "is not given"
                self.add(
                    f"the floor {name} answers from training_data, which {said}",
                    "give training_data: <file>.jsonl",
                    "variants",
                    name,
                )
        first: dict[str, int | None] = {}
        for position, gate in enumerate(self.definition.gates):
            line = self.document.line_of("gates", position)
            if gate.name in first:
                self.add(
                    f"the gate {gate.name!r} is given twice, first on line {first[gate.name]}",
                    "give each gate a name of its own",
                    "gates",
                    position,
                    "name",
                )
            first.setdefault(gate.name, line)
            for key, named in (("candidate", gate.candidate), ("over", gate.over)):
                if named is not None and named not in variants:
                    hint = did_you_mean(named, sorted(variants))
                    self.add(f"the gate {gate.name!r} names {named}, and there is no such variant", hint, "gates", position, key)
            if gate.candidate == gate.over:
                self.add(
                    f"the gate {gate.name!r} compares {gate.over} with itself",
                    "name another variant in over",
                    "gates",
                    position,
                    "over",
                )
            if gate.slice is not None and gate.suite is None:
                self._check_gate_slice(position, gate.slice, fixtures)
        if not self.is_damaged("variants"):
            for name, wrong in unknown_limits(self.definition).items():
                self.add(*wrong, "limits", name)
        for position, name in enumerate(self.definition.slices):
            self._check_slice(position, name, fixtures)

    def _check_gate_slice(self, position: int, name: str, fixtures: Sequence[Fixture]) -> None:
        if (said := slice_trouble(name, fixtures)) is not None:
            self.add(*said, "gates", position, "slice")

    def _check_slice(self, position: int, name: str, fixtures: Sequence[Fixture]) -> None:
        is_first = self.definition.slices.index(name) == position
        if (said := slice_trouble(name, fixtures) if is_first else (f"the slice {name} is given twice", "keep one")) is not None:
            self.add(*said, "slices", position)

    def prompt(self, name: str, variant: Variant, fixtures: Sequence[Fixture]) -> Prompt | None:
        """Read and try a variant's prompt; a variant that asks a model without one sends the fixtures' conversations."""
        if variant.prompt is None:
            if variant.model is None:
                return None
            single = next((f for f in fixtures if f.messages is None), None)
            if single is not None and not self.is_damaged("variants", name):
                said = f"{name} has no prompt, and the fixture {single.id} is no conversation"
                self.add(said, "give prompt: <file>.yaml", "variants", name)
            return Prompt()
        if variant.prompt not in self.prompt_files:
            self.prompt_files[variant.prompt] = self._read_prompt(variant.prompt, name)
        if (read := self.prompt_files[variant.prompt]) is None:
            return None
        prompt, document = read
        with_context = variant.retrieval is not None
        if variant.model is None:
            return prompt
        if not self.is_damaged("variants", name):
            self.faults.extend(use_faults(prompt, fixtures, with_context=with_context, variant=name))
        if (variant.prompt, with_context) not in self.tried:
            self.tried.add((variant.prompt, with_context))
            found = try_prompt(prompt, document, fixtures, with_context=with_context)
            self.faults.extend(fault for fault in found if fault not in self.faults)
        return prompt

    def _read_prompt(self, path: str, variant: str) -> tuple[Prompt, YamlFile] | None:
        for file in self.find(path, "variants", variant, "prompt"):
            try:
                return read_prompt(file)
            except SuiteError as error:
                self.faults.extend(error.faults)
        return None

    def adapters(self) -> dict[str, str]:
        """Return the SHA-256 of each variant's adapter file."""
        hashes = {}
        for name, variant in self.definition.variants.items():
            if variant.adapter is not None:
                for file in self.find(variant.adapter, "variants", name, "adapter"):
                    with Path(file.place).open("rb") as opened:
                        hashes[name] = hashlib.file_digest(opened, "sha256").hexdigest()
        return hashes

    def corpora(self) -> dict[str, str]:
        """Return the content hash of each variant's corpus."""
        hashes = {}
        for name, variant in self.definition.variants.items():
            if variant.retrieval is None:
                continue
            keys = ("variants", name, "retrieval", "corpus")
            try:
                texts = read_corpus(self.find(variant.retrieval.corpus, *keys))
            except SuiteError as error:
                line = self.document.line_of(*keys)
                self.faults.extend(
                    f if f.file else dataclasses.replace(f, file=self.document.file, line=line) for f in error.faults
                )
                continue
            hashes[name] = _content_hash(texts)
        return hashes

    def check_answer_files(self) -> None:
        """Check that recorded outputs and callables name files that are there."""
        for name, variant in self.definition.variants.items():
            if variant.outputs is not None:
                self.find(variant.outputs, "variants", name, "outputs")
            if variant.callable is not None:
                file, _, function = variant.callable.rpartition(":")
                if not file.endswith(".py") or not function.isidentifier():
                    said = f"the callable {variant.callable} does not name a function"
                    self.add(said, "write file.py:function", "variants", name, "callable")
                else:
                    self.find(file, "variants", name, "callable")


def read_corpus(files: Sequence[SourceFile]) -> dict[str, str]:
    """Read a corpus: text by file name.

    Raises:
        SuiteError: Two files have one name, a file is not UTF-8, or it cannot be read.
    """
    texts: dict[str, str] = {}
    places: dict[str, str] = {}
    faults: list[Fault] = []
    for file in files:
        if file.name in texts:
            said = f"two files of the corpus are called {file.name}: {places[file.name]} and {file.shown}"
            faults.append(Fault(said, "rename one; chunks are named after their file"))
            continue
        places[file.name] = file.shown
        try:
            data = file.read()
            texts[file.name] = data.decode("utf-8-sig").replace("\r\n", "\n")
        except SuiteError as error:
            faults.extend(error.faults)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            faults.append(Fault("this line is not UTF-8", "save the file as UTF-8", file.shown, line))
    if faults:
        raise SuiteError(*faults)
    return texts


def _suite_file(path: Path) -> Path:
    if path.is_dir():
        found = path / "suite.yaml"
        if found.is_file():
            return found.resolve()
        if (path / "suite.yml").is_file():
            raise SuiteError(Fault("a suite is called suite.yaml", "rename suite.yml", str(path)))
        inside = sorted(p.parent.name for p in path.glob("*/suite.yaml"))
        raise SuiteError(
            Fault("the folder holds no suite.yaml", f"its suites are {', '.join(inside)}" if inside else "", str(path))
        )
    if path.is_file():
        return path.resolve()
    beside = [p.parent.name for p in path.parent.glob("*/suite.yaml")] if path.parent.is_dir() else []
    hint = did_you_mean(path.name, sorted(beside)) if beside else "give the folder that holds suite.yaml"
    raise SuiteError(Fault("there is no such suite", hint, str(path)))


def _with_floors(definition: SuiteDefinition, training: Sequence[Fixture]) -> SuiteDefinition:
    """Add the no-model floors where training data can answer and none is declared."""
    has_floor = any(variant.role == "floor" for variant in definition.variants.values())
    if not definition.floors or has_floor or not any(example.expected is not None for example in training):
        return definition
    added = {
        name: Variant.model_validate({"role": "floor", "method": name})
        for name in ("majority", "nearest")
        if name not in definition.variants
    }
    return definition.model_copy(update={"variants": {**definition.variants, **added}})


def _content_hash(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _list_hash(values: Iterable[Any]) -> str:
    """The content hash of a list that is never held whole."""
    made = hashlib.sha256(b"[")
    for number, value in enumerate(values):
        made.update((("," if number else "") + _canonical(value)).encode())
    made.update(b"]")
    return made.hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _at_most(most: int, faults: Sequence[Fault]) -> list[Fault]:
    """Keep the first faults of each file and say how many more there are."""
    by_file: dict[str, list[Fault]] = {}
    for fault in faults:
        by_file.setdefault(fault.file or "", []).append(fault)
    kept: list[Fault] = []
    for found in by_file.values():
        found.sort(key=lambda fault: fault.line or 0)
        kept.extend(found[:most])
        if len(found) > most:
            more = len(found) - most
            kept.append(dataclasses.replace(found[most], message=f"and {more} more like it", hint="correct these first"))
    return kept
