"""What a run folder looks like: its files, its name, and how they are written."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import Fault, StoreError
from harness.store.record import FORMAT, RunRecord

RUN = "run.json"
JOURNAL = "journal.jsonl"
KNOWN = "known.parquet"
FIXTURES = "fixtures.parquet"
RESPONSES = "responses.parquet"
SCORES = "scores.parquet"
JUDGING = "judgements.jsonl"
JUDGEMENTS = "judgements.parquet"
LOCK = "lock"

RESTORE = "restore the file or delete the run folder"


def new_run_id(started: datetime) -> str:
    """Name a run: when it started, in UTC to the second, and six random hex digits, such as ``20261122T061500Z-3f9a2c``."""
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def write_record(folder: Path, record: RunRecord) -> None:
    """Write run.json, whole or not at all."""
    text = json.dumps(asdict(record), ensure_ascii=False, indent=2, default=str) + "\n"
    write_atomically(folder / RUN, lambda path: path.write_bytes(text.encode("utf-8", "replace")))


def read_record(folder: Path) -> RunRecord:
    """Read run.json.

    Raises:
        StoreError: When it is absent, damaged, or of a newer format than this version reads.
    """
    path = folder / RUN
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise StoreError(Fault(f"no {RUN} in it, so it is no run", "name a run folder", file=str(folder))) from None
    except (OSError, ValueError) as error:
        raise StoreError(Fault(f"cannot be read: {error}", RESTORE, file=str(path))) from error
    if not isinstance(said, Mapping):
        raise StoreError(Fault("is no run record", RESTORE, file=str(path)))
    version = said.get("format", FORMAT)
    if not isinstance(version, int) or version > FORMAT:
        newer = f"the run is of format {version}; this version reads up to {FORMAT}"
        raise StoreError(Fault(newer, "upgrade finetune-harness to read it", file=str(path)))
    known = {field.name for field in fields(RunRecord)}
    try:
        return RunRecord(**{key: value for key, value in said.items() if key in known})
    except TypeError as error:
        reason = str(error).removeprefix("RunRecord.__init__() ")
        raise StoreError(Fault(f"is not whole: {reason}", RESTORE, file=str(path))) from error


def write_atomically(target: Path, write: Callable[[Path], Any]) -> None:
    """Let ``write`` fill a temporary file beside ``target``, make it durable, and put it in place in one step."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
