"""Production traffic: logged by a litellm callback, read back from logs of several forms, and turned into fixtures."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.capture.call import LoggedCall
    from harness.capture.callback import Capture
    from harness.capture.reading import Logs, read_logs
    from harness.capture.shadow import Shadow
    from harness.capture.turning import fixtures_of, only_mistakes, shadow_suite, write_fixtures

_HOME = {
    "Capture": "callback",
    "LoggedCall": "call",
    "Logs": "reading",
    "Shadow": "shadow",
    "fixtures_of": "turning",
    "only_mistakes": "turning",
    "read_logs": "reading",
    "shadow_suite": "turning",
    "write_fixtures": "turning",
}

__all__ = [
    "Capture",
    "LoggedCall",
    "Logs",
    "Shadow",
    "correct",
    "fixtures_of",
    "only_mistakes",
    "read_logs",
    "shadow_suite",
    "write_fixtures",
]


def correct(
    id: str,
    output: Any,
    *,
    variant: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    redact: bool | Callable[[str], str] = True,
) -> None:
    """Log what a captured answer was corrected to; it becomes the fixture's ``expected``.

    Args:
        id: The question's id (``metadata={"harness": {"id": ...}}``), litellm's call id, or the provider's id of the response.
        output: The right answer, in the form of a fixture's ``expected``: text, a JSON value, ``{"tool_calls": [...]}``.
        variant: Whose answer it was, where it matters.
        folder: The folder of the logs; that of this process's one ``Capture`` unless given, else ``$HARNESS_CAPTURE``.
        redact: As for ``Capture``.

    Raises:
        HarnessError: Nobody says which folder.
        OSError: It cannot be written.
    """
    from harness.capture.corrections import FOLDER, only_folder, write_correction
    from harness.errors import Fault, HarnessError

    place = folder or only_folder() or os.environ.get(FOLDER)
    if place is None:
        raise HarnessError(Fault("no folder of logs is known", f"give folder=..., or set {FOLDER}"))
    write_correction(place, id, output, variant=variant, redact=redact)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"harness.capture.{_HOME[name]}"), name)
    raise AttributeError(f"module 'harness.capture' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
