from __future__ import annotations

import email.utils
import socket
import time
from collections.abc import Iterator

import pytest

from harness.models import Budget, ResolvedPrice
from harness.models.scrubbing import MAX_ERROR, one_line
from tests.models.asking import Clock, ask, ask_all, request
from tests.provider import (
    Provider,
    Reply,
    answer,
    breaks_off,
    drips,
    fails,
    garbled,
    hangs,
    in_parts,
    knows_no_model,
    prompt_too_long,
    quota_spent,
    refuses_key,
    replies_with,
    resets,
)

KEY = "acme-Zx81kq02hhYt77"


@pytest.fixture
def deaf_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("reply", "kind", "says", "sent"),
    [
        (refuses_key(), "auth", "refuses the key", 1),
        (fails(403, "no access to this project"), "auth", "no access to this project", 1),
        (fails(402, "insufficient balance"), "quota", "payment", 1),
        (fails(400, "Your credit balance is too low to access the API"), "quota", "payment", 1),
        (quota_spent(), "quota", "payment", 1),
        (knows_no_model("m"), "not_found", "does not know the model 'm'", 1),
        (replies_with("<html>404</html>", content_type="text/html", status=404), "not_found", "check api_base", 1),
        (fails(400, "temperature is too high", kind="invalid_request_error"), "bad_request", "temperature is too high", 1),
        (fails(422, "no such field"), "bad_request", "no such field", 1),
        (fails(400, "maximum context length is 4096 tokens", code="context_length_exceeded"), "context_window", "too long", 1),
        (prompt_too_long(), "context_window", "4096 tokens", 1),
        (fails(413, "Request too large"), "bad_request", "(413)", 1),
        (fails(429, "Request too large for gpt-4o: Limit 30000, Requested 50000"), "bad_request", "provider's limit allows", 1),
        (fails(409, "locked"), "server", "(409)", 5),
        (replies_with("", status=304), "bad_request", "(304)", 1),
        (fails(500), "server", "(500)", 5),
        (fails(503), "server", "(503)", 5),
        (fails(529, "overloaded"), "server", "overloaded", 5),
        (fails(504), "timeout", "ran out of time", 5),
        (replies_with("<html>bad gateway</html>", content_type="text/html", status=502), "server", "(502)", 5),
        (resets(), "connection", "broke off", 5),
        (breaks_off(), "connection", "broke off", 5),
        (garbled(), "malformed", "cannot be unpacked", 5),
        (replies_with('{"choices": ' + "[" * 50_000 + "]" * 50_000 + "}"), "malformed", "not a chat completion", 5),
        (Reply(answer("PLACE").body.replace(b"PLACE", b"\xff")), "malformed", "utf-8", 5),
        (replies_with('{"error": "boom"}'), "malformed", "not a chat completion", 5),
        (answer(None), "malformed", "neither a text nor a tool call", 5),
        (in_parts("a", "b"), "malformed", "not a chat completion", 5),
        (replies_with('{"choices": [{'), "malformed", "not a chat completion", 5),
        (replies_with(""), "malformed", "not a chat completion", 5),
        (replies_with("<html>please log in</html>", content_type="text/html"), "malformed", "please log in", 5),
        (replies_with("[]"), "malformed", "not a chat completion", 5),
        (replies_with("{}"), "malformed", "not a chat completion", 5),
        (answer(choices=[]), "malformed", "no choices", 5),
        (answer(choices=[{"index": 0, "finish_reason": "stop"}]), "malformed", "not a chat completion", 5),
        (replies_with('{"error": {"message": "upstream died", "code": 502}}'), "server", "upstream died", 5),
    ],
)  # fmt: skip
def test_each_fault_has_its_kind_one_clear_line_and_its_number_of_attempts(
    provider: Provider, reply: Reply, kind: str, says: str, sent: int
) -> None:
    provider.on("m", reply)
    response = ask(request(provider))
    assert (response.outcome, response.error_kind) == ("failed", kind)
    assert response.error is not None and says in response.error
    assert "litellm" not in response.error and "\n" not in response.error and "Exception" not in response.error
    assert len(provider.requests) == sent and response.retries == sent - 1
    assert response.latency is None and response.cost is None and not response.usable


def test_a_fault_that_passes_leaves_an_answer_that_counts_its_attempts_and_only_its_own_time(provider: Provider) -> None:
    provider.on("m", fails(500), breaks_off(), replies_with("nonsense"), answer("at last", delay=0.1))
    clock = Clock()
    response = ask(request(provider), clock=clock)
    assert (response.text, response.retries, len(clock.waits)) == ("at last", 3, 3)
    assert response.latency is not None and response.latency < 1
    first, second, third = clock.waits
    assert 0 <= first <= 1 and 0 <= second <= 2 and 0 <= third <= 4  # doubled, with full jitter


def test_retry_after_is_honoured_in_seconds_and_as_a_date_up_to_a_cap(provider: Provider) -> None:
    a_date = email.utils.formatdate(time.time() + 30, usegmt=True)
    provider.on("m", fails(429, retry_after=17), Reply(b"{}", 503, {"Retry-After": a_date}), fails(429, retry_after=3600), "done")
    clock = Clock()
    assert ask(request(provider), clock=clock).text == "done"
    assert clock.waits[0] == 17
    assert 25 < clock.waits[1] <= 30
    assert clock.waits[2] == 60


def test_a_silent_provider_and_a_dripping_one_both_run_into_the_timeout(provider: Provider) -> None:
    provider.on("hangs", hangs())
    provider.on("drips", drips())
    started = time.monotonic()
    answers = ask_all(request(provider, f"openai/{m}", timeout=0.4) for m in ("hangs", "drips"))
    assert [a.error_kind for a in answers] == ["timeout", "timeout"]
    assert all(a.error == "no answer within 0.4 s" and a.retries == 4 for a in answers)
    assert time.monotonic() - started < 6


def test_a_dead_endpoint_is_named(deaf_port: int) -> None:
    response = ask(request(api_base=f"http://127.0.0.1:{deaf_port}/v1"))
    assert (response.error_kind, response.error) == ("connection", f"nothing answers at http://127.0.0.1:{deaf_port}/v1")


def test_what_never_left_is_not_held_against_a_budget_and_what_broke_off_is(provider: Provider, deaf_port: int) -> None:
    price = ResolvedPrice(1e-6, 2e-6, source="suite")
    bases = [f"http://127.0.0.1:{deaf_port}/v1", "http://no-such-host.invalid/v1", f"https{provider.url.removeprefix('http')}"]
    unsent, sent = Budget(1.0), Budget(1.0)
    ask_all((request(api_base=base, params={"max_tokens": 9}) for base in bases), price, budget=unsent)
    assert (unsent.spent, unsent.presumed) == (0.0, 0.0)
    provider.default = resets()
    ask(request(provider, params={"max_tokens": 9}), price, budget=sent)
    assert sent.presumed > 0.0


@pytest.mark.parametrize("model", ["openai/m", "hosted_vllm/m"])
def test_https_at_a_port_that_speaks_plain_http_is_told_and_not_tried_again(provider: Provider, model: str) -> None:
    response = ask(request(model=model, api_base=f"https{provider.url.removeprefix('http')}"))
    assert (response.error_kind, response.retries) == ("connection", 0)
    assert response.error is not None and "no secure connection can be made" in response.error and "http://" in response.error


@pytest.mark.parametrize("route", ["hosted_vllm/m", "anthropic/claude-haiku-4-5"])
def test_codes_in_a_body_that_litellm_leaves_as_text_are_read_too(
    provider: Provider, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)
    provider.default = quota_spent()
    assert ask(request(provider, model=route, api_key_env="ACME_KEY")).error_kind == "quota"
    provider.default = replies_with('{"of": "another shape"}')
    assert ask(request(provider, model=route, api_key_env="ACME_KEY")).error_kind == "malformed"


def test_an_unknown_host_and_a_senseless_address() -> None:
    unknown, senseless = ask_all(request(api_base=base) for base in ("http://no-such-host.invalid/v1", "nonsense"))
    assert (unknown.error_kind, unknown.error) == ("connection", "nothing answers at http://no-such-host.invalid/v1")
    assert senseless.error_kind == "bad_request" and "not a URL" in str(senseless.error)


@pytest.mark.parametrize("model", ["gpt-nonsense", "nosuchprovider/model"])
def test_a_model_without_a_provider_says_how_to_write_it(model: str) -> None:
    response = ask(request(model=model))
    assert response.error_kind == "bad_request"
    assert response.error is not None and "write it as provider/model" in response.error and model in response.error


def test_a_key_variable_that_is_not_set_is_named(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACME_KEY", raising=False)
    response = ask(request(provider, api_key_env="ACME_KEY"))
    assert response.error_kind == "auth" and "set the environment variable ACME_KEY" in str(response.error)
    assert provider.requests == []


def test_the_named_key_is_sent_and_never_shown(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_ACCESS", KEY)
    provider.on("m", lambda received: refuses_key(f"{KEY} as in {received.headers['authorization']}"))
    response = ask(request(provider, api_key_env="ACME_ACCESS"))
    assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert response.error is not None and KEY not in response.error and "the key in ACME_ACCESS" in response.error


def test_another_endpoint_is_not_given_openais_key_unasked(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(request(provider))
    assert KEY not in str(provider.requests[0].headers)


def test_a_missing_key_of_the_provider_is_an_auth_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    answers = ask_all(request(model=m) for m in ("openai/gpt-4o-mini", "anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash"))
    assert [(a.error_kind, a.retries) for a in answers] == [("auth", 0)] * 3
    assert all("api_key_env" in str(a.error) for a in answers), answers


def test_api_base_is_filled_from_the_environment(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_URL", provider.url)
    monkeypatch.delenv("ACME_NOWHERE", raising=False)
    good, bad = ask_all(request(api_base=base) for base in ("${ACME_URL}", "${ACME_NOWHERE}/v1"))
    assert good.text == "ok"
    assert bad.error_kind == "bad_request" and "ACME_NOWHERE" in str(bad.error)


@pytest.mark.parametrize(("text", "params"), [("a\ud800b", {}), ("hi", {"temperature": float("nan")})])
def test_what_cannot_be_written_as_json_is_the_users_and_is_tried_once(
    provider: Provider, text: str, params: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_KEY", KEY)
    response = ask(request(provider, "anthropic/claude-haiku-4-5", text=text, params=params, api_key_env="ACME_KEY"))
    assert (response.error_kind, response.retries, provider.requests) == ("bad_request", 0, [])
    assert response.error is not None and "litellm" not in response.error


def test_streaming_is_declined_before_anything_is_sent(provider: Provider) -> None:
    response = ask(request(provider, params={"stream": True}))
    assert response.error_kind == "bad_request" and provider.requests == []


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abcdefghijkl",
        "Authorization: Bearer abcdefghijkl",
        "GET https://x.example/v1?key=abcdefghijkl&alt=json",
        "http://user:abcdefghijkl@host/v1 is down",
        "x-api-key: abcdefghijkl",
        "{'api_key': 'abcdefghijkl'}",
        "the token hf_abcdefghijkl was revoked",
    ],
)
def test_whatever_has_a_keys_shape_is_hidden(text: str) -> None:
    assert "abcdefghijkl" not in one_line(text) and "[hidden]" in one_line(text)


def test_values_of_secret_variables_are_hidden_wherever_they_appear(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACME_KEY", "acme_token", "ACME_SECRET"):
        monkeypatch.setenv(name, KEY)
        assert KEY not in one_line("padding " * 35 + KEY + KEY[:9])
        monkeypatch.delenv(name)
    assert KEY in one_line(KEY)


def test_error_text_is_one_short_line(provider: Provider) -> None:
    provider.on("m", fails(400, "first\nsecond\r\x1b[31m" + "x" * 5000))
    error = ask(request(provider)).error
    assert error is not None and len(error) <= MAX_ERROR and error.isprintable() and "first second" in error


@pytest.mark.parametrize("route", ["openai", "hosted_vllm"])
def test_litellm_sends_nothing_a_second_time_by_itself(provider: Provider, route: str) -> None:
    provider.on("m", breaks_off(), answer("ok"))
    response = ask(request(provider, f"{route}/m", timeout=30.0))
    assert (response.text, response.retries, len(provider.requests)) == ("ok", 1, 2)


@pytest.mark.parametrize("route", ["openai", "hosted_vllm"])
def test_the_providers_own_words_are_shown_without_what_is_around_them(provider: Provider, route: str) -> None:
    provider.on("m", fails(400, "temperature is too high", kind="invalid_request_error"))
    response = ask(request(provider, f"{route}/m", timeout=30.0))
    assert response.error == "the provider refuses the request (400): temperature is too high"
