"""llama.cpp's server in a child process: one for each weights file, serving the base model and every adapter named beforehand."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import Fault, ModelError
from harness.models.scrubbing import one_line

CONTEXT_PER_SLOT = 4096
"""Tokens of prompt and answer together that one slot holds."""

_READY_WITHIN = 180.0
_MOST_THREADS = 8
_LOG_STAMP = re.compile(r"^[\d.]+ [EWID] +\S*\s+\w+: ")


class LocalServer:
    """A server on a free port of 127.0.0.1 that ends with this process.

    Args:
        weights: The .gguf file.
        alias: The name answers carry.
        adapters: LoRA adapters in GGUF form, all loaded, none applied unless a request says so.
        slots: Requests answered at once. With more than one, temperature 0 is no longer deterministic.
        context: Tokens per slot.
        threads: Threads for computing; as many as this process may use, at most 8, unless given.

    Attributes:
        lent: Requests that have it, or wait for one of its slots.
    """

    def __init__(
        self,
        weights: Path,
        alias: str,
        *,
        adapters: Sequence[Path] = (),
        slots: int = 1,
        context: int = CONTEXT_PER_SLOT,
        threads: int | None = None,
    ) -> None:
        """Take the settings; nothing is started yet."""
        self.weights = weights
        self.alias = alias
        self.adapters = tuple(adapters)
        self.slots = slots
        self.context = context
        self.threads = threads or min(processors(), _MOST_THREADS)
        self.slot = asyncio.Semaphore(slots)
        self.lent = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._address = ""

    @property
    def url(self) -> str:
        """The OpenAI-style endpoint, for api_base."""
        return f"{self._address}/v1"

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return None if self._process is None else self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process is not None and self._process.poll() is None

    def scales(self, adapter: Path | None) -> list[dict[str, Any]]:
        """Return the ``lora`` field of a request body: the adapter wanted at 1, every other one at 0.

        It goes with every request when adapters are loaded: llama.cpp would otherwise use whatever was set last.
        """
        return [{"id": number, "scale": 1.0 if each == adapter else 0.0} for number, each in enumerate(self.adapters)]

    async def start(self) -> None:
        """Start the child and return when it answers.

        Raises:
            ModelError: The weights or an adapter cannot be used, or it did not come up in time.
        """
        for path, what in ((self.weights, "the weights"), *((each, "the adapter") for each in self.adapters)):
            _require_gguf(path, what)
        self._folder = tempfile.TemporaryDirectory(prefix="finetune-harness-", ignore_cleanup_errors=True)
        try:
            self._launch()
            self._address = await self._read_address()
            await self._wait_until_healthy()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the child and wait until it is gone; it keeps nothing, so it is given no time to say goodbye."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def last_words(self) -> str:
        """Return the last lines the child logged, as one line; empty where it logged nothing."""
        lines = [_LOG_STAMP.sub("", line) for line in self._log_lines()]
        return one_line("; ".join(line.strip() for line in lines[-3:]))

    def _launch(self) -> None:
        # From the event loop's own thread: Linux ties the child's life to the thread that started it.
        assert self._folder is not None
        settings: Mapping[str, Any] = {
            "parent": os.getpid(),
            "weights": str(self.weights.resolve()),
            "alias": self.alias,
            "adapters": [str(each.resolve()) for each in self.adapters],
            "slots": self.slots,
            "context": self.context * self.slots,
            "threads": self.threads,
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("local_server_process.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # the terminal's Ctrl-C is for the parent, which then decides
            )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(settings).encode() + b"\n")
            self._process.stdin.flush()

    async def _read_address(self) -> str:
        assert self._process is not None and self._process.stdout is not None
        reading = asyncio.to_thread(self._process.stdout.readline)
        try:
            line = await asyncio.wait_for(reading, _READY_WITHIN)
        except TimeoutError:
            self._process.kill()
            raise ModelError(self._fault(f"did not start within {_READY_WITHIN:g} s")) from None
        if not line:
            raise ModelError(self._fault("could not start"))
        return str(json.loads(line)["address"])

    async def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while not await asyncio.to_thread(_answers_200, self._address):
            if not self.alive:
                raise ModelError(self._fault("ended while it was loading"))
            if time.monotonic() > deadline:
                raise ModelError(self._fault(f"was not ready within {_READY_WITHIN:g} s"))
            await asyncio.sleep(0.05)

    @property
    def _log(self) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / "server.log"

    def _log_lines(self) -> list[str]:
        if self._folder is None:
            return []
        with contextlib.suppress(OSError):
            return [line for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return []

    def _fault(self, what: str) -> Fault:
        """What llama.cpp's log says in its own words, told in the user's."""
        said = "\n".join(self._log_lines())
        for adapter in self.adapters:
            if f"failed to load lora adapter '{adapter.resolve()}'" in said:
                reason = re.search(r"failed to apply lora adapter: (.+)", said)
                why = f" ({one_line(reason[1])})" if reason else ""
                return Fault(
                    f"the adapter {adapter} does not fit {self.weights.name}{why}",
                    "use a LoRA adapter trained on this very model, in GGUF form",
                )
        if "error loading model" in said:
            reason = re.search(r"error loading model: (.+)", said)
            return Fault(
                f"the weights {self.weights} cannot be loaded{f' ({one_line(reason[1])})' if reason else ''}",
                "use a .gguf file that llama.cpp can read",
            )
        return Fault(f"the local model's server {what}: {self.last_words() or 'it said nothing'}")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _require_gguf(path: Path, what: str) -> None:
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise ModelError(Fault(f"{what} {path} cannot be read: {error.strerror or error}")) from error
    if magic != b"GGUF":
        hint = "convert the adapter with llama.cpp's convert_lora_to_gguf.py" if "adapter" in what else "use a .gguf file"
        raise ModelError(Fault(f"{what} {path} is not a GGUF file", hint))


def _answers_200(address: str) -> bool:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
