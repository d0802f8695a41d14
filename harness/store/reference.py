"""A suite's reference: the scores of a few blessed runs in a small folder that is kept beside suite.yaml.

``manifest.json`` is made to be read in a review, ``scores.parquet`` has the numbers. The same runs give the same bytes of the
latter, so that a reference that is blessed again without a change is no change in version control.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from harness.errors import Fault, StoreError
from harness.store import layout, tables
from harness.store.record import Score
from harness.suite import Fixture, fixture_record

FORMAT = 1
"""Version of the reference's format; raised when a reader of the older one could misread it."""

MANIFEST = "manifest.json"
DIGITS = 7
"""Significant digits a stored value keeps; enough for any metric, and far fewer bytes than all of them."""

HASH_DIGITS = 32
"""Hex digits kept of a fixture's SHA-256: 128 bits tell contents apart, and a thousand fixtures stay reviewable."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the runs to come are held against.

    Attributes:
        suite: The suite's name.
        run_ids: The blessed runs, oldest first.
        fixtures: Content hash by fixture id, in the suite's order.
        hashes: SHA-256 of suite.yaml, and by variant of prompts, corpora and adapters.
        variants: For each variant what it is, with the ``models`` and ``fingerprints`` that answered, with their counts.
        metrics: The metrics with their options, as the suite defines them.
        outcomes: For each variant its responses by outcome, over all runs.
        judges: For each metric that asks a judge: its model and the hash of its prompt.
        seeds: The seed of each run.
        packages: Versions of the packages that were used.
        blessed_at: When it was blessed, ISO 8601; empty for nights that stand in for a reference.
        blessed_by: By whom, where that was said.
        runs: The scores of each run, in the order of ``run_ids``.
        format: Version of the format.
    """

    suite: str
    run_ids: tuple[str, ...]
    fixtures: Mapping[str, str]
    hashes: Mapping[str, Any]
    variants: Mapping[str, Mapping[str, Any]]
    metrics: tuple[Any, ...]
    outcomes: Mapping[str, Mapping[str, int]]
    seeds: tuple[int, ...]
    packages: Mapping[str, str]
    judges: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    blessed_at: str = ""
    blessed_by: str | None = None
    runs: tuple[tuple[Score, ...], ...] = field(default=(), repr=False)
    format: int = FORMAT

    @property
    def stands_in(self) -> bool:
        """Whether nobody blessed it: earlier nights stand in for a reference."""
        return not self.blessed_at


def content_hash(fixture: Fixture) -> str:
    """Hash all that a fixture says: its question, expected answer, tags, group and the rest."""
    text = json.dumps(fixture_record(fixture), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:HASH_DIGITS]


def write_reference(folder: Path, reference: Reference) -> None:
    """Write a reference in place of what the folder holds; the manifest last, so that it never speaks of other scores.

    Raises:
        StoreError: When the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copies = _copies(reference.runs)
        _write_scores(folder, reference.runs, copies)
        said = asdict(_without_runs(reference)) | {"same_values": copies, "scores_sha256": _digest(folder / layout.SCORES)}
        del said["runs"]
        text = json.dumps(said, ensure_ascii=False, indent=1, default=str) + "\n"
        layout.write_atomically(folder / MANIFEST, lambda path: path.write_bytes(text.encode("utf-8", "replace")))
    except OSError as error:
        message = f"the reference cannot be written: {error.strerror or error}"
        raise StoreError(Fault(message, "free the place or change its rights", file=str(folder))) from error


def read_reference(folder: Path) -> Reference:
    """Read a reference back.

    Raises:
        StoreError: It is absent, damaged, of a newer format, or its two files do not belong together.
    """
    path = folder / MANIFEST
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        hint = "make one with harness bless RUN... (five runs are advised)"
        raise StoreError(Fault("there is no reference", hint, file=str(folder))) from None
    except (OSError, ValueError) as error:
        raise StoreError(Fault(f"cannot be read: {error}", "restore the file or bless again", file=str(path))) from error
    version = said.get("format", FORMAT) if isinstance(said, Mapping) else None
    if not isinstance(version, int):
        raise StoreError(Fault("is no reference", "restore the file or bless again", file=str(path)))
    if version > FORMAT:
        newer = f"the reference is of format {version}; this version reads up to {FORMAT}"
        raise StoreError(Fault(newer, "upgrade finetune-harness to read it", file=str(path)))
    scores = folder / layout.SCORES
    if not scores.is_file() or _digest(scores) != said.get("scores_sha256"):
        message = "the scores are not those the manifest speaks of"
        raise StoreError(Fault(message, "restore both files of the reference, or bless again", file=str(scores)))
    known = {f.name for f in fields(Reference)} - {"runs"}
    given: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in said.items() if k in known}
    try:
        runs = _read_scores(scores, len(given["run_ids"]), said.get("same_values") or {})
        return Reference(**given, runs=runs)
    except (KeyError, TypeError, IndexError) as error:
        raise StoreError(Fault(f"is not whole: {error}", "restore the file or bless again", file=str(path))) from error


def _without_runs(reference: Reference) -> Reference:
    from dataclasses import replace

    return replace(reference, runs=())


def _copies(runs: Iterable[Iterable[Score]]) -> dict[str, str]:
    """Metrics of which every value is that of an earlier one, such as ``latency_p95`` of ``latency``: they are stored once."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for number, scores in enumerate(runs):
        for s in scores:
            rows.setdefault(s.metric, []).append((number, s.fixture_id, s.variant, s.repeat, sorted(s.columns.items())))
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for metric in sorted(rows):
        said = hashlib.sha256(repr(sorted(rows[metric])).encode()).hexdigest()
        if said in first:
            found[metric] = first[said]
        else:
            first[said] = metric
    return found


def _write_scores(folder: Path, runs: Iterable[Iterable[Score]], copies: Mapping[str, str]) -> None:
    import numpy as np

    rows = sorted(_rows(runs, copies))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    names = ("metric", "column", "variant", "fixture_id", "run", "repeat", "value")
    kinds = ("VARCHAR", "VARCHAR", "VARCHAR", "VARCHAR", "SMALLINT", "SMALLINT", "DOUBLE")
    types: dict[str, Any] = {"VARCHAR": object, "SMALLINT": np.int16, "DOUBLE": np.float64}
    long = {name: np.array(each, dtype=types[kind]) for name, kind, each in zip(names, kinds, columns, strict=True)}
    typed = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in zip(names, kinds, strict=True))
    with tables.connect() as db:
        db.execute("SET threads = 1")  # so that the same rows give the same bytes
        db.execute("SET preserve_insertion_order = true")
        db.register("long", long)
        tables.copy_to_parquet(db, f"SELECT {typed} FROM long", folder / layout.SCORES)


def _rows(runs: Iterable[Iterable[Score]], copies: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    for number, scores in enumerate(runs):
        for s in scores:
            if s.metric in copies:
                continue
            for column, value in s.columns.items() or (("", math.nan),):
                yield (s.metric, column, s.variant, s.fixture_id, number, s.repeat, _rounded(value))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS - 1}e}") if math.isfinite(value) else math.nan


def _read_scores(path: Path, count: int, copies: Mapping[str, str]) -> tuple[tuple[Score, ...], ...]:
    query = 'SELECT run, fixture_id, variant, repeat, metric, "column", value FROM read_parquet($file)'
    found: list[dict[tuple[str, str, int, str], dict[str, float]]] = [{} for _ in range(count)]
    also: dict[str, list[str]] = {}
    for copy, original in copies.items():
        also.setdefault(original, []).append(copy)
    with tables.connect() as db:
        for number, fixture_id, variant, repeat, metric, column, value in tables.read_rows(db, query, path):
            for name in (metric, *also.get(metric, ())):
                columns = found[number].setdefault((fixture_id, variant, repeat, name), {})
                if column:
                    columns[column] = math.nan if value is None else value
    return tuple(tuple(Score(*key, columns) for key, columns in run.items()) for run in found)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
