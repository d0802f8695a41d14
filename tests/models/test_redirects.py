"""A request, its key and its prompt go to the host the suite names and nowhere else; an answer is read up to a limit."""

from __future__ import annotations

import gzip
import json
import time

import pytest

from harness.models import Gateway, transport
from tests.models.asking import ask, request
from tests.provider import Provider, Reply, answer, never_ends, redirects, replies_with

KEY = "acme-Zx81kq02hhYt77"
ROUTES = ["openai/m", "hosted_vllm/m", "anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash", "azure/m", "mistral/m", "groq/m"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("model", ROUTES)
def test_a_redirect_to_another_host_is_a_fault_and_nothing_follows_it(
    provider: Provider, model: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)
    params = {"api_version": "2024-06-01"} if model.startswith("azure") else {}
    with Provider() as other:
        there = other.url.replace("127.0.0.1", "localhost")
        provider.default = redirects(f"{there}/chat/completions", status)
        response = ask(request(provider, model=model, api_key_env="ACME_KEY", params=params))
        assert other.requests == []
    assert (response.error_kind, len(provider.requests)) == ("bad_request", 1)
    assert response.error is not None and f"sends the request on to {there.removesuffix('/v1')}" in response.error
    assert "api_base" in response.error and KEY not in response.error


def test_a_redirect_on_the_same_host_is_followed(provider: Provider) -> None:
    provider.on("m", redirects("/v1/chat/completions/", 307), "arrived")
    assert ask(request(provider)).text == "arrived"
    assert [received.path for received in provider.requests] == ["/v1/chat/completions", "/v1/chat/completions/"]


def test_others_who_use_litellm_in_the_same_process_are_left_alone(provider: Provider) -> None:
    import asyncio

    from harness.models import quiet_litellm

    async def theirs(url: str) -> str:
        litellm = quiet_litellm.load()
        async with Gateway():  # closes litellm's clients with the loop
            done = await litellm.acompletion(
                model="openai/m", api_base=url, api_key="k", messages=[{"role": "user", "content": "hi"}], num_retries=0
            )
        return str(done.choices[0].message.content)

    with Provider("followed") as other:
        provider.default = redirects(f"{other.url}/chat/completions")
        assert asyncio.run(theirs(provider.url)) == "followed"


@pytest.mark.parametrize("model", ["openai/m", "hosted_vllm/m"])
def test_an_answer_without_end_is_cut_off_at_a_limit_and_not_asked_for_again(
    provider: Provider, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 1_000_000)
    provider.default = never_ends()
    response = ask(request(provider, model=model, timeout=30.0))
    assert (response.error_kind, len(provider.requests)) == ("malformed", 1)
    assert response.error is not None and "larger than 1 MB" in response.error


def test_little_that_unpacks_to_much_is_cut_off_before_it_is_unpacked(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_PACKED_BYTES", 1_000)
    packed = gzip.compress(answer("x" * 10_000_000).body)
    assert len(packed) < 20_000
    provider.default = Reply(packed, headers={"Content-Encoding": "gzip"})
    response = ask(request(provider))
    assert (response.error_kind, response.error and "packed" in response.error) == ("malformed", True)


@pytest.mark.parametrize("model", ["openai/m", "hosted_vllm/m"])
@pytest.mark.parametrize("status", [200, 500])
def test_a_long_page_in_place_of_an_answer_takes_no_time(provider: Provider, model: str, status: int) -> None:
    page = "<html><p>please log in</p>" + "token=abc&amp;key=def; " * 100_000
    provider.default = replies_with(page, content_type="text/html", status=status)
    ask(request(provider, model="openai/warm"))
    began = time.process_time()
    response = ask(request(provider, model=model, timeout=60.0))
    assert response.error_kind == ("malformed" if status == 200 else "server")
    assert response.error is not None and "please log in" in response.error
    assert time.process_time() - began < 5.0, "five attempts; half a minute each where litellm reads the whole page"


def test_a_long_answer_that_is_json_but_no_object_is_malformed(provider: Provider) -> None:
    provider.default = replies_with(json.dumps(["x" * 20_000]))
    assert ask(request(provider)).error_kind == "malformed"


def test_a_packed_answer_of_usual_size_is_read(provider: Provider) -> None:
    provider.default = Reply(gzip.compress(answer("x" * 5_000).body), headers={"Content-Encoding": "gzip"})
    assert ask(request(provider)).text == "x" * 5_000


def test_guarding_twice_guards_once() -> None:
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    transport.guard()
    before = AsyncHTTPHandler.create_async_transport
    transport.guard()
    assert AsyncHTTPHandler.create_async_transport is before
