from __future__ import annotations

import json
import subprocess
import sys

import pytest

from harness.models import ResolvedPrice, ToolCall
from tests.models.asking import ask, ask_all, request
from tests.provider import Provider, answer, calls_tools, cut_off, fails, refuses, replies_with

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def test_an_answer_carries_text_model_fingerprint_tokens_and_latency(provider: Provider) -> None:
    provider.on(
        "m", answer("Paris", input_tokens=40, output_tokens=2, cached_tokens=30, model="m-2026-05-01", fingerprint="fp_9")
    )
    response = ask(request(provider))
    assert (response.text, response.outcome, response.finish_reason) == ("Paris", "answered", "stop")
    assert (response.model, response.fingerprint) == ("m-2026-05-01", "fp_9")
    assert (response.input_tokens, response.output_tokens, response.meta["cached_tokens"]) == (40, 2, 30)
    assert response.retries == 0 and response.error is None
    assert response.latency is not None and 0 < response.latency < 5


def test_messages_and_params_arrive_as_given(provider: Provider) -> None:
    ask(request(provider, text="Grüße", params={"temperature": 0, "max_tokens": 7, "seed": 3, "top_k": 1}))
    body = provider.requests[0].body
    assert body["model"] == "m"
    assert body["messages"] == [{"role": "user", "content": "Grüße"}]
    assert {key: body.get(key) for key in ("temperature", "max_tokens", "seed", "top_k")} == {
        "temperature": 0, "max_tokens": 7, "seed": 3, "top_k": 1,
    }  # fmt: skip


def test_real_tools_are_sent_and_the_calls_come_back_parsed(provider: Provider) -> None:
    provider.on("m", calls_tools(("weather", {"city": "Köln"}), ("weather", '{"city": ')))
    response = ask(request(provider, tools=(WEATHER,)))
    assert provider.requests[0].body["tools"] == [WEATHER]
    assert response.outcome == "answered" and response.text == "" and response.finish_reason == "tool_calls"
    assert response.tool_calls == (ToolCall("weather", {"city": "Köln"}, "call_0"), ToolCall("weather", '{"city": ', "call_1"))


@pytest.mark.parametrize("arguments", ['{"a": NaN}', '{"a": "\\ud800"}', "{", ""])
def test_arguments_that_cannot_be_written_down_as_json_stay_text(provider: Provider, arguments: str) -> None:
    provider.on("m", calls_tools(("f", arguments)))
    (call,) = ask(request(provider, tools=(WEATHER,))).tool_calls
    assert call.arguments == arguments


def test_arguments_no_parser_survives_are_a_malformed_reply(provider: Provider) -> None:
    provider.on("m", calls_tools(("f", "[" * 100_000)))
    assert ask(request(provider, tools=(WEATHER,))).error_kind == "malformed"


def test_refusals_and_cut_answers_are_the_models_doing(provider: Provider) -> None:
    provider.on("refuses", refuses("I would rather not."))
    provider.on("filtered", answer("", finish_reason="content_filter"))
    provider.on("blocked", fails(400, "The response was filtered", code="content_policy_violation", kind="invalid_request_error"))
    provider.on("cut", cut_off("one two"))
    refused, filtered, blocked, cut = ask_all(request(provider, f"openai/{m}") for m in ("refuses", "filtered", "blocked", "cut"))
    assert (refused.outcome, refused.meta["refusal"]) == ("refused", "I would rather not.")
    assert filtered.outcome == "refused"
    assert (blocked.outcome, blocked.error, len(provider.asked("blocked"))) == ("refused", None, 1)
    assert (cut.outcome, cut.text, cut.finish_reason) == ("truncated", "one two", "length")


def test_an_unknown_finish_reason_is_kept_in_the_providers_words(provider: Provider) -> None:
    provider.on("m", answer("x", finish_reason="frobnicated"))
    assert ask(request(provider)).finish_reason == "frobnicated"


def test_an_answer_of_many_megabytes_is_cut_and_says_so(provider: Provider) -> None:
    provider.on("m", answer("ä" * 3_000_000))
    response = ask(request(provider, timeout=30))
    assert len(response.text.encode()) == 1_000_000
    assert (response.outcome, response.meta["capped_at_bytes"]) == ("truncated", 1_000_000)


def test_text_that_is_no_valid_unicode_can_still_be_stored(provider: Provider) -> None:
    provider.on("m", replies_with(answer("PLACE").body.replace(b"PLACE", b"a\\ud800b")))
    assert ask(request(provider)).text.encode() == b"a?b"


def test_tokens_the_provider_did_not_count_are_unknown_and_so_is_the_cost(provider: Provider) -> None:
    provider.on("m", answer("x", usage=False, fingerprint=None))
    response = ask(request(provider), ResolvedPrice(1e-6, 2e-6, source="suite"))
    assert (response.input_tokens, response.output_tokens, response.cost, response.fingerprint) == (None, None, None, None)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": -5, "completion_tokens": 7, "total_tokens": 2}, (None, None)),
        ({"prompt_tokens": 5, "completion_tokens": -7, "total_tokens": -2}, (5, None)),
        ({"prompt_tokens": 10**30, "completion_tokens": 10**30, "total_tokens": 10**30}, (None, None)),
        ({"prompt_tokens": 5, "completion_tokens": 10**30, "total_tokens": 10**30}, (5, None)),
    ],
)
def test_counts_of_tokens_there_cannot_be_are_unknown_and_nothing_is_reckoned_from_them(
    provider: Provider, usage: dict[str, int], tokens: tuple[int | None, int | None]
) -> None:
    provider.on("m", answer("x", usage=usage))
    response = ask(request(provider), ResolvedPrice(1e-6, 2e-6, source="suite"))
    assert (response.text, response.input_tokens, response.output_tokens, response.cost) == ("x", *tokens, None)


def test_more_cached_tokens_than_tokens_cost_no_less_than_all_of_them_cached(provider: Provider) -> None:
    provider.on("m", answer("x", input_tokens=10, output_tokens=0, cached_tokens=1_000_000))
    assert ask(request(provider), ResolvedPrice(1e-6, 4e-6, 0.5e-6, "suite")).cost == pytest.approx(5e-6)


def test_no_content_is_an_empty_answer_only_where_nothing_was_made(provider: Provider) -> None:
    provider.on("silent", answer(None, output_tokens=1))
    provider.on("cut", answer(None, finish_reason="length"))
    provider.on("lost", answer(None, output_tokens=30))
    silent, cut, lost = ask_all(request(provider, f"openai/{m}") for m in ("silent", "cut", "lost"))
    assert (silent.outcome, silent.text) == ("answered", "")
    assert (cut.outcome, cut.text) == ("truncated", "")
    assert (lost.outcome, lost.error_kind) == ("failed", "malformed")


def test_cost_follows_the_price_given(provider: Provider) -> None:
    provider.on("m", answer("x", input_tokens=1000, output_tokens=10, cached_tokens=600))
    response = ask(request(provider), ResolvedPrice(1e-6, 4e-6, 0.5e-6, "suite"))
    assert response.cost == pytest.approx(400e-6 + 300e-6 + 40e-6)
    assert ask(request(provider)).cost is None
    assert ask(request(provider), ResolvedPrice(0.0, 0.0, source="suite")).cost == 0.0


def test_latency_leaves_out_what_litellm_imports_inside_its_first_calls(provider: Provider) -> None:
    code = (
        "import sys; from tests.models.asking import ask, request; from tests.provider import Provider\n"
        "with Provider() as p: print(ask(request(p, tools=({'type': 'function', 'function': {'name': 'f', 'parameters':"
        " {'type': 'object', 'properties': {}}}},))).latency)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100)
    assert float(done.stdout) < 0.6  # about 0.03; without the warm-up 2 s
    assert done.stderr == ""


def test_two_event_loops_after_each_other_each_get_working_connections(provider: Provider) -> None:
    assert [ask(request(provider)).text for _ in range(4)] == ["ok"] * 4


def test_many_requests_run_side_by_side(provider: Provider) -> None:
    provider.default = lambda received: answer(received.last.upper(), delay=0.2)
    answers = ask_all(request(provider, text=f"q{n}") for n in range(12))
    assert [a.text for a in answers] == [f"Q{n}" for n in range(12)]
    assert provider.most_at_once > 4


def test_nothing_of_litellm_reaches_the_terminal(provider: Provider) -> None:
    code = (
        "from tests.models.asking import ask_all, request; from tests.provider import *; import sys\n"
        "with Provider() as p:\n"
        "    p.on('list', answer([{'type': 'text', 'text': 'x'}])); p.on('odd', answer('x', finish_reason='odd'))\n"
        "    p.on('down', fails(500)); p.on('html', replies_with('<html>', content_type='text/html'))\n"
        "    models = ['openai/list', 'openai/odd', 'openai/down', 'openai/html', 'nonsense', 'openai/ok']\n"
        "    responses = ask_all(request(p, model) for model in models)\n"
        "sys.exit(0 if [r.outcome for r in responses].count('answered') == 2 else 1)"
    )
    done = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=False, timeout=100)
    assert (done.returncode, done.stdout) == (0, "")
    assert "itellm" not in done.stderr and "Unclosed" not in done.stderr and "Give Feedback" not in done.stderr, done.stderr


def test_importing_the_room_imports_nothing_heavy() -> None:
    code = "import sys, json, harness.models; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout))
    assert not loaded & {"litellm", "openai", "pydantic", "tenacity", "xllamacpp", "pandas", "aiohttp", "rich"}
