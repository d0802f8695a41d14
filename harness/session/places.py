"""A file that a user named and that cannot be written: said as every other fault is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import Fault, StoreError


@contextmanager
def written_to(path: Path) -> Iterator[None]:
    """Turn what the system says when a file cannot be written into a fault about it.

    Raises:
        StoreError: It cannot.
    """
    try:
        yield
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise StoreError(Fault(message, "free the place or name another file", file=str(path))) from error
