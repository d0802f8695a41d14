"""A stored run as files for others: tables of its scores and responses, and its report in the forms other programs read."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast, get_args

from harness.errors import Fault, HarnessError
from harness.session.evaluated import EvaluatedRun, evaluate, find_run
from harness.session.places import written_to
from harness.store import DEFAULT_ROOT, Store, TableForm

Format = Literal["csv", "parquet", "json", "jsonl", "markdown", "model-card", "junit"]
What = Literal["report", "scores", "responses"]

FORMATS: tuple[Format, ...] = get_args(Format)
WHAT: tuple[What, ...] = get_args(What)

_ENDINGS: Mapping[str, Format] = {
    ".csv": "csv", ".parquet": "parquet", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown",
    ".markdown": "markdown", ".xml": "junit",
}  # fmt: skip
_TEXTS = ("markdown", "model-card", "junit")
_TABLES: tuple[str, ...] = get_args(TableForm)


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        run_id: The run.
        path: The file; None where it went to a stream.
        format: Its format.
        what: What of the run it holds.
        rows: Rows of a table; None for a report.
    """

    run_id: str
    path: Path | None
    format: Format
    what: What
    rows: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Stable keys for ``--json``."""
        path = None if self.path is None else str(self.path)
        return {"format": 1, "run_id": self.run_id, "file": path, "as": self.format, "what": self.what, "rows": self.rows}


def export(
    run: EvaluatedRun | str | os.PathLike[str],
    to: str | os.PathLike[str] | BinaryIO,
    *,
    format: Format | None = None,
    what: What | None = None,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
    card: Mapping[str, str | None] | None = None,
) -> Exported:
    """Write a run's scores, its responses or its report as a file; no model is asked.

    Tables go from file to file and little of them is held; nothing is judged for them.

    Args:
        run: A run, a run id, the beginning of one, ``latest``, the path of a run folder, or that of a suite: its latest run.
        to: The file, or a binary stream.
        format: csv, parquet, json, jsonl, markdown, model-card or junit; told by the file's ending unless given.
        what: ``scores`` (long: a row a measured column), ``responses``, or ``report``: what the HTML page says. The report
            unless given, and the scores for csv, parquet and jsonl.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        card: For a model card: ``variant``, ``name``, ``task``, ``dataset``, ``source``; see ``CardFacts``.

    Raises:
        StoreError: The run cannot be found or read, or the place cannot be written.
        HarnessError: The format is not known or does not hold what is asked for, or a model card has no variant to be about.
    """
    path = Path(to) if isinstance(to, (str, os.PathLike)) else None
    chosen = _format(path, format)
    asked = _what(chosen, what)
    stream = None if isinstance(to, (str, os.PathLike)) else to
    if asked == "report":
        evaluated = run if isinstance(run, EvaluatedRun) else _evaluated(run, suite, store)
        _write(path, stream, _text(evaluated, chosen, card or {}).encode("utf-8", "replace"))
        return Exported(evaluated.run_id, path, chosen, asked)
    kept = Store(store or DEFAULT_ROOT)
    folder = run.folder if isinstance(run, EvaluatedRun) else find_run(kept, run, suite)
    form, table = cast(TableForm, chosen), asked
    if stream is None:
        assert path is not None
        rows = kept.export(folder, table, form, path)
    else:
        with tempfile.TemporaryDirectory(prefix="harness-") as place:
            file = Path(place) / "table"
            rows = kept.export(folder, table, form, file)
            with file.open("rb") as written:
                shutil.copyfileobj(written, stream)
    return Exported(kept.read_record(folder).run_id, path, chosen, asked, rows)


def _evaluated(run: str | os.PathLike[str], suite: str | None, store: str | os.PathLike[str] | None) -> EvaluatedRun:
    kept = Store(store or DEFAULT_ROOT)
    return evaluate(kept.read(find_run(kept, run, suite)))


def _format(path: Path | None, format: str | None) -> Format:
    if format is not None:
        if format not in FORMATS:
            raise HarnessError(Fault(f"there is no format {format!r}", f"there are: {', '.join(FORMATS)}"))
        return format
    found = None if path is None else _ENDINGS.get(path.suffix.lower())
    if found is None:
        place = "a stream has no ending that tells its format" if path is None else f"the ending of {path.name} tells no format"
        raise HarnessError(Fault(place, f"name one with --format: {', '.join(FORMATS)}"))
    return found


def _what(format: Format, what: str | None) -> What:
    if what is not None and what not in WHAT:
        raise HarnessError(Fault(f"there is no {what!r} to export", f"there are: {', '.join(WHAT)}"))
    if what is None:
        return "report" if format == "json" or format not in _TABLES else "scores"
    if format in _TEXTS and what != "report":
        raise HarnessError(Fault(f"{format} holds a report, not {what}", f"write {what} as {', '.join(_TABLES)}"))
    if what == "report" and format not in (*_TEXTS, "json"):
        raise HarnessError(Fault(f"{format} holds a table, not a report", f"write a report as {', '.join(_TEXTS)} or json"))
    return what


def _text(run: EvaluatedRun, format: Format, card: Mapping[str, str | None]) -> str:
    from harness.report import CardFacts, gates_junit, model_card, run_markdown

    if format == "json":
        return json.dumps(run.to_dict(whole=True), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if format == "markdown":
        return run_markdown(run.run, run.judgement)
    if format == "junit":
        return gates_junit(run.run, run.judgement)
    return model_card(run.run, run.judgement, CardFacts(**{k: v for k, v in card.items() if v is not None}))


def _write(path: Path | None, stream: BinaryIO | None, data: bytes) -> None:
    from harness.report import write_page

    if stream is not None:
        stream.write(data)
        stream.flush()
        return
    assert path is not None
    with written_to(path):
        write_page(data.decode("utf-8"), path)
