"""The user's cache folder, and the SHA-256 of big files, computed once for as long as a file does not change."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return where weights are kept: ``$HARNESS_CACHE``, or the platform's cache folder for finetune-harness."""
    chosen = os.environ.get("HARNESS_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("finetune-harness"))


def file_hash(path: str | os.PathLike[str]) -> str:
    """Return a file's SHA-256 in hex.

    The hash is recorded in the cache folder with the file's size and modification time, and read from there while both still fit.

    Raises:
        OSError: The file cannot be read.
    """
    file = Path(path).resolve()
    stat = file.stat()
    seen = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "path": str(file)}
    record = cache_folder() / "hashes" / f"{hashlib.sha256(str(file).encode()).hexdigest()[:32]}.json"
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(record.read_text(encoding="utf-8"))
        if isinstance(known, dict) and {key: known.get(key) for key in seen} == seen:
            return str(known["sha256"])
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with contextlib.suppress(OSError):
        write_atomically(record, json.dumps({**seen, "sha256": digest}))
    return digest


def write_atomically(path: Path, text: str) -> None:
    """Write a small text file so that a reader sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
