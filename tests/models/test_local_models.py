from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import ModelError
from harness.models import Gateway, Request, Response, resolve_price, weights_hash
from tests.models.asking import ask
from tests.models.lora_file import write_lora

MODEL = "local/smollm2-135m-instruct"
QUESTION = Request(
    MODEL,
    ({"role": "user", "content": "Name three colours."},),
    params={"temperature": 0, "max_tokens": 8},
    weights_hash=weights_hash(MODEL),
)


@pytest.mark.local_model
def test_the_base_and_its_adapters_answer_from_one_process(weights: Path, tmp_path: Path) -> None:
    write_lora(tmp_path / "first.gguf", seed=1)
    write_lora(tmp_path / "second.gguf", seed=2)
    first, second = replace(QUESTION, adapter="first.gguf"), replace(QUESTION, adapter=str(tmp_path / "second.gguf"))

    async def through() -> tuple[list[Response], float, dict[str, object], list[int]]:
        async with Gateway(folder=tmp_path, servers=1) as gateway:
            gateway.prepare([QUESTION, first, second])
            await gateway.ask(QUESTION, resolve_price(MODEL))  # the server starts
            began = time.monotonic()
            asked = (QUESTION, first, second, QUESTION)
            answers = await asyncio.gather(*(gateway.ask(each, resolve_price(each.model)) for each in asked))
            return list(answers), time.monotonic() - began, dict(gateway.engine_facts()), _children()

    (base, by_first, by_second, again), took, facts, children = asyncio.run(through())
    assert [each.outcome for each in (base, by_first, by_second, again)] == ["truncated"] * 4
    assert base.text == again.text and len({base.text, by_first.text, by_second.text}) == 3
    assert base.model == "smollm2-135m-instruct" and base.cost == 0.0
    assert base.input_tokens and base.output_tokens == 8
    # Four at once through one slot: the last waited for three. With waiting in them latencies would be 2.5 times as much.
    assert sum(each.latency or 0.0 for each in (base, by_first, by_second, again)) < 1.2 * took
    assert len(children) == 1 and _ended(children[0])
    assert facts["servers"] == facts["slots"] == 1 and facts["deterministic"] is True and facts["xllamacpp"]
    assert facts["models"] == {MODEL: {"weights": QUESTION.weights_hash, "adapters": ["first.gguf", "second.gguf"]}}


@pytest.mark.local_model
def test_several_servers_answer_at_once_and_as_one_does(weights: Path, tmp_path: Path) -> None:
    write_lora(tmp_path / "first.gguf", seed=1)
    asked = [
        replace(QUESTION, adapter=adapter, messages=({"role": "user", "content": f"Name {number} colours."},))
        for adapter in (None, "first.gguf")
        for number in range(3)
    ]

    async def through(servers: int, together: int) -> tuple[list[str], int]:
        async with Gateway(folder=tmp_path, servers=servers) as gateway:
            gateway.prepare(asked)
            limit = asyncio.Semaphore(together)

            async def one(request: Request) -> str:
                async with limit:
                    return (await gateway.ask(request)).text

            return await asyncio.gather(*map(one, asked)), len(_children())

    alone, one_child = asyncio.run(through(1, 6))
    beside, two_children = asyncio.run(through(2, 6))
    in_turn, still_one = asyncio.run(through(2, 1))
    assert alone == beside == in_turn
    assert (one_child, two_children, still_one) == (1, 2, 1)


@pytest.mark.local_model
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_its_parent_however_that_one_ends(weights: Path, end: signal.Signals) -> None:
    code = (
        "import asyncio, signal; from harness.models.local_models import LocalModels; from pathlib import Path\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whoever runs the tests may have had it ignored
        "from harness.models import Request\n"
        "async def main():\n"
        "    async with LocalModels(Path('.'), slots=1, context=256).lent(Request('" + MODEL + "', ())) as server:\n"
        "        print(server.pid, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not _ended(child, within=0)
        parent.send_signal(end)
        parent.wait(10)
    assert _ended(child)


@pytest.mark.local_model
def test_a_server_that_was_killed_is_started_anew_and_no_proxy_stands_between(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")

    async def through() -> Response:
        async with Gateway() as gateway:
            await gateway.ask(QUESTION)
            (child,) = _children()
            os.kill(child, signal.SIGKILL)
            return await gateway.ask(QUESTION)

    assert asyncio.run(through()).usable


@pytest.mark.local_model
def test_an_adapter_that_does_not_fit_is_one_clear_line(weights: Path, tmp_path: Path) -> None:
    write_lora(tmp_path / "wide.gguf", width=640)
    with pytest.raises(ModelError) as caught:
        ask(replace(QUESTION, adapter="wide.gguf"), folder=tmp_path)
    assert "wide.gguf does not fit SmolLM2-135M-Instruct.Q8_0.gguf" in str(caught.value) and "\n" not in str(caught.value)
    assert _children() == []


@pytest.mark.local_model
def test_files_that_are_no_gguf_are_refused_before_anything_starts(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "adapter.gguf").write_text("PK not a gguf")
    for asked, says in (
        (replace(QUESTION, adapter="adapter.gguf"), "adapter.gguf is not a GGUF file"),
        (replace(QUESTION, adapter="missing.gguf"), "missing.gguf cannot be read"),
        (replace(QUESTION, model="local/adapter.gguf"), "adapter.gguf is not a GGUF file"),
    ):
        with pytest.raises(ModelError, match=says):
            ask(asked, folder=tmp_path)


def test_without_xllamacpp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "xllamacpp" else find_spec(name, *rest))
    with pytest.raises(ModelError, match=r'pip install "finetune-harness\[local\]"'):
        ask(QUESTION)


def _children() -> list[int]:
    """The servers this process runs."""
    command = ["ps", "-ww", "--ppid", str(os.getpid()), "-o", "pid=", "-o", "args="]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "local_server_process" in line]


def _ended(pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while True:
        state = Path(f"/proc/{pid}/stat")
        try:
            if state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
