"""The child process that serves a model: run as a script, with its settings as one line of JSON on standard input.

It imports nothing of the harness. It answers one line of JSON on standard output, its address, and then serves until standard
input ends: so it never outlives its parent, however that one dies. What llama.cpp has to say goes to standard error.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Serve until the parent goes away."""
    settings = json.loads(sys.stdin.buffer.readline())
    _die_with(settings["parent"])
    threading.Thread(target=_leave_at_end_of_input, daemon=True).start()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # llama.cpp writes to both; only the one line below is for the parent

    try:
        server = _serve(settings)
    except Exception as error:  # the reason stands in the log above it
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    print(json.dumps({"address": server.listening_address}), file=out, flush=True)
    threading.Event().wait()
    return 0


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.model_alias = {settings["alias"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["context"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.cache_ram_mib = 0  # a slot keeps its own prefix; gigabytes of prompts seldom seen again are not worth their memory
    params.use_jinja = True
    params.warmup = True
    # On a processor flash attention is the slower way: 37 against 55 tokens a second behind a prompt of 1,500 tokens.
    params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.verbosity = 1
    if settings["adapters"]:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in settings["adapters"]]
        params.lora_init_without_apply = True
    return xllamacpp.Server(params)


def _die_with(parent: int) -> None:
    """Ask Linux to kill this process with its parent; elsewhere the end of input does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it went before the call above
            os._exit(0)


def _leave_at_end_of_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
