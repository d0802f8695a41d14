from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import ModelError
from harness.models import Gateway, Response
from harness.models.failure import ProviderFailure, ProviderRefusal
from harness.models.sender import InProcessSender, Sent
from harness.models.worker_sender import RESTARTS, WorkerSender
from tests.models.asking import request
from tests.models.sending import Brought, attempt, brought, ended, send_all, start_asking, workers_of
from tests.provider import (
    Provider,
    Reply,
    answer,
    breaks_off,
    calls_tools,
    cut_off,
    drips,
    fails,
    hangs,
    knows_no_model,
    refuses,
    refuses_key,
    replies_with,
)

KEY = "acme-Zx81kq02hhYt77"
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
LIMITS = {"x-ratelimit-remaining-requests": "3", "X-RateLimit-Reset-Requests": "1s"}

WAYS: dict[str, Reply] = {
    "answers": answer("Grüße", input_tokens=40, output_tokens=2, cached_tokens=30, fingerprint="fp_9"),
    "near_its_limit": replace(answer("ok"), headers=LIMITS),
    "calls_tools": calls_tools(("f", {"city": "Köln"}), ("f", '{"city": ')),
    "refuses": refuses("I would rather not."),
    "filters": fails(400, "filtered", code="content_policy_violation", kind="invalid_request_error"),
    "is_cut_off": cut_off("one two"),
    "limits": Reply(fails(429).body, 429, {"Retry-After": "17", **LIMITS}),
    "is_spent": fails(429, "You exceeded your current quota", code="insufficient_quota"),
    "is_down": fails(503, retry_after=2),
    "resets": breaks_off(),
    "is_malformed": replies_with('{"choices": [{'),
    "shows_a_page": replies_with("<html>please log in</html>", content_type="text/html"),
    "is_empty": answer(choices=[]),
    "is_unknown": knows_no_model("is_unknown"),
    "refuses_the_key": refuses_key(KEY),
    "hangs": hangs(),
    "drips": drips(),
}
"""What a model does, by its name."""


def plain(what: Brought) -> object:
    """All of it that may be compared."""
    if isinstance(what, Sent):
        assert what.response.latency is not None and 0 < what.response.latency < 2
        return replace(what.response, latency=None), dict(what.headers)
    if isinstance(what, ProviderFailure):
        return what.kind, str(what), what.retry_after, what.retried, what.headers
    return type(what), str(what)


@pytest.fixture(scope="module")
def both_ways() -> dict[str, tuple[Brought, Brought]]:
    """What each attempt brought to this process, and to a worker."""

    async def through(provider: Provider) -> tuple[list[Brought], list[Brought]]:
        attempts = [
            attempt(provider, model, key=KEY, timeout=1.5, tools=(TOOL,) if model == "calls_tools" else ()) for model in WAYS
        ]
        workers = WorkerSender(2)
        try:
            return await send_all(InProcessSender(), attempts), await send_all(workers, attempts)
        finally:
            await workers.close()

    with Provider() as provider:
        for model, reply in WAYS.items():
            provider.on(model, reply)
        here, there = asyncio.run(through(provider))
    return dict(zip(WAYS, zip(here, there, strict=True), strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_a_worker_brings_back_what_this_process_would_have_had(both_ways: dict[str, tuple[Brought, Brought]], way: str) -> None:
    here, there = both_ways[way]
    assert plain(there) == plain(here)


def test_what_crosses_is_what_the_provider_said(both_ways: dict[str, tuple[Brought, Brought]]) -> None:
    there = {way: brought for way, (_, brought) in both_ways.items()}
    limited, spent, near, refused = (there[way] for way in ("limits", "is_spent", "near_its_limit", "filters"))
    assert isinstance(limited, ProviderFailure) and (limited.kind, limited.retry_after) == ("rate_limit", 17)
    assert limited.headers["retry-after"] == "17" and limited.headers["x-ratelimit-remaining-requests"] == "3"
    assert isinstance(spent, ProviderFailure) and not spent.retried
    assert isinstance(near, Sent) and near.headers["x-ratelimit-reset-requests"] == "1s"
    assert isinstance(refused, ProviderRefusal)
    assert KEY not in repr([plain(each) for each in there.values()])


def test_workers_share_the_work_and_the_facts_say_so(provider: Provider) -> None:
    provider.default = lambda received: answer(received.last.upper(), delay=0.2)

    async def through() -> tuple[list[Response], dict[str, object]]:
        async with Gateway(workers=2) as gateway:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:  # until the second is ready as well
                answers = await asyncio.gather(*(gateway.ask(request(provider, text=f"q{n}")) for n in range(4)))
                if sum(_connections(pid) > 0 for pid in workers_of()) == 2:  # they are kept open
                    return list(answers), dict(gateway.engine_facts())
        raise AssertionError("the second worker was never given anything")

    answers, facts = asyncio.run(through())
    assert [each.text for each in answers] == [f"Q{n}" for n in range(4)]
    assert facts["workers"] == 2 and facts["workers_restarted"] == 0 and 0 <= float(str(facts["loop_lag_p95"])) < 5
    assert workers_of() == []


def test_a_worker_killed_in_the_middle_loses_nothing(provider: Provider) -> None:
    provider.default = lambda received: answer(received.last.upper(), delay=0.05)

    async def through() -> tuple[list[Response], dict[str, object]]:
        async with Gateway(workers=2) as gateway:
            asking = asyncio.gather(*(gateway.ask(request(provider, text=f"q{n}")) for n in range(200)))
            while len(provider.requests) < 20:
                await asyncio.sleep(0.01)
            for pid in workers_of():
                os.kill(pid, signal.SIGKILL)
            return list(await asking), dict(gateway.engine_facts())

    answers, facts = asyncio.run(through())
    assert [(each.outcome, each.text) for each in answers] == [("answered", f"Q{n}") for n in range(200)]
    assert facts["workers_restarted"] == 2
    assert len({received.last for received in provider.requests}) == 200


def test_workers_that_keep_ending_are_given_up_with_the_reason(provider: Provider) -> None:
    async def through() -> None:
        sender = WorkerSender(1)
        sending = asyncio.ensure_future(brought(sender, *attempt(provider, "m")))
        try:
            killed: set[int] = set()
            while not sending.done():
                for pid in set(workers_of()) - killed:
                    os.kill(pid, signal.SIGKILL)
                    killed.add(pid)
                await asyncio.sleep(0.02)
            assert len(killed) == RESTARTS + 1
            await sending
        finally:
            await sender.close()

    with pytest.raises(ModelError, match=r"a worker process ended 4 times: killed by SIGKILL") as caught:
        asyncio.run(through())
    assert "\n" not in str(caught.value) and "--workers 1" in str(caught.value)


def test_a_worker_that_cannot_load_litellm_says_why_in_one_line(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "litellm.py").write_text("raise ImportError('no module named frobnicate')")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def through() -> None:
        sender = WorkerSender(2)
        try:
            await brought(sender, *attempt(provider, "m"))
        finally:
            await sender.close()

    with pytest.raises(ModelError, match="cannot start: no module named frobnicate") as caught:
        asyncio.run(through())
    assert "\n" not in str(caught.value)


def test_what_is_cancelled_is_let_go_in_the_worker_too(provider: Provider) -> None:
    provider.on("hangs", hangs())

    async def through() -> None:
        sender = WorkerSender(1)
        try:
            sending = asyncio.ensure_future(brought(sender, *attempt(provider, "hangs", timeout=30.0)))
            while not provider.asked("hangs"):
                await asyncio.sleep(0.01)
            connected = _connections(workers_of()[0])
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert isinstance(await brought(sender, *attempt(provider, "m")), Sent)
            assert connected == 1 and _connections(workers_of()[0]) <= 1  # that of the second; the first one is closed
        finally:
            await sender.close()

    asyncio.run(through())


def test_workers_leave_at_once_when_their_parent_is_killed(provider: Provider) -> None:
    provider.default = hangs()
    with start_asking(provider, 2) as parent:
        _until_asked(provider, 2, parent)
        workers = workers_of(parent.pid)
        parent.kill()
        assert len(workers) == 2 and ended(workers, within=1.0)


def test_ctrl_c_is_for_the_parent_alone(provider: Provider) -> None:
    provider.default = answer("late", delay=2.0)
    with start_asking(provider, 4) as parent:
        _until_asked(provider, 4, parent)
        workers = workers_of(parent.pid)
        os.killpg(parent.pid, signal.SIGINT)
        for worker in workers:  # as a terminal would whose session they shared; and a service manager ends all it finds
            os.kill(worker, signal.SIGINT)
            os.kill(worker, signal.SIGTERM)
        said, noise = parent.communicate(timeout=60)
    assert sorted(said.split("\n")) == ["", *["answered None"] * 4, "interrupted"] and noise == ""
    assert ended(workers)


def test_no_key_is_on_a_command_line(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)

    async def through() -> list[bytes]:
        async with Gateway(workers=2) as gateway:
            response = await gateway.ask(request(provider, api_key_env="ACME_KEY"))
            assert response.usable
            return [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in workers_of()]

    lines = asyncio.run(through())
    assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert len(lines) == 2 and all(KEY.encode() not in line for line in lines)


def _until_asked(provider: Provider, questions: int, parent: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while len(provider.requests) < questions and time.monotonic() < deadline and parent.poll() is None:
        time.sleep(0.05)
    assert len(provider.requests) == questions


def _connections(pid: int) -> int:
    """Open TCP connections of a process."""
    sockets = {
        os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir() if os.path.islink(each) and "socket" in os.readlink(each)
    }
    table = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return sum(line[3] == "01" and f"socket:[{line[9]}]" in sockets for line in table)
