"""Tokens are counted without a connection, and never bounded from below where a bound from above is wanted."""

from __future__ import annotations

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from harness.models import Request, ResolvedPrice, count_request, count_text, most_cost, most_output
from harness.models.token_counts import most_input

count_text("openai/gpt-4", "")  # points tiktoken at the encodings that litellm carries with it
ENCODINGS = [tiktoken.get_encoding(name) for name in ("cl100k_base", "o200k_base")]


def request(model: str = "openai/gpt-4o-mini", text: str = "hello", **said: object) -> Request:
    return Request(model, ({"role": "user", "content": text},), **said)  # type: ignore[arg-type]


def test_an_openai_text_is_counted_as_its_own_tokenizer_counts_it() -> None:
    text = "Où est la bibliothèque? 図書館はどこですか。"
    assert count_text("openai/gpt-4o-mini", text).tokens == len(ENCODINGS[1].encode(text))
    assert count_text("openai/gpt-4", text).tokens == len(ENCODINGS[0].encode(text))
    assert count_text("openai/ft:gpt-4o-mini-2024-07-18:acme::x1", text).tokens == len(ENCODINGS[1].encode(text))
    assert count_request(request(text=text)).counted_by == "litellm"


def test_a_published_count_of_a_conversation_is_met() -> None:
    """The worked example of OpenAI's cookbook, "How to count tokens with tiktoken": gpt-4 counts 129 tokens."""
    example = (
        ("system", None, "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."),
        ("system", "example_user", "New synergies will help drive top-line growth."),
        ("system", "example_assistant", "Things working well together will increase revenue."),
        (
            "system",
            "example_user",
            "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
        ),
        ("system", "example_assistant", "Let's talk later when we're less busy about how to do better."),
        (
            "user",
            None,
            "This late pivot means we don't have time to boil the ocean for the client deliverable.",
        ),
    )
    messages = tuple({"role": role, "content": content} | ({"name": name} if name else {}) for role, name, content in example)
    assert count_request(Request("gpt-4", messages)).tokens == 129


@pytest.mark.parametrize("model", ["groq/llama-3.1-8b-instant", "openai/my-own", "local/smollm2-135m-instruct", "mistral/x"])
def test_without_a_tokenizer_at_hand_characters_are_counted_and_it_says_so(model: str) -> None:
    count = count_request(request(model, "x" * 401))
    assert (count.tokens, count.counted_by) == (101, "characters")


@given(st.text(max_size=300), st.text(max_size=100))
def test_no_tokenizer_counts_more_than_the_bound(text: str, more: str) -> None:
    asked = Request("openai/gpt-4o-mini", ({"role": "system", "content": more}, {"role": "user", "content": text}))
    assert count_request(asked).tokens <= most_input(asked)
    for encoding in ENCODINGS:
        assert len(encoding.encode(text + more, disallowed_special=())) <= most_input(asked)


def test_the_longest_answer_is_by_the_params_then_by_the_model_then_unknown() -> None:
    assert most_output(request(params={"max_tokens": 7})) == 7
    assert most_output(request(params={"max_completion_tokens": 9, "n": 3})) == 27
    assert most_output(request()) == 16384, "gpt-4o-mini's own limit"
    assert most_output(request("openai/ft:gpt-4o-mini-2024-07-18:acme::x1")) == 16384
    assert most_output(request("openai/my-own")) is None


def test_the_most_a_call_may_cost_is_unknown_where_its_price_or_length_is() -> None:
    price = ResolvedPrice(1e-6, 2e-6, 3e-6, "suite")
    asked = request("openai/my-own", params={"max_tokens": 100})
    assert most_cost(asked, price) == pytest.approx(most_input(asked) * 3e-6 + 100 * 2e-6), "the dearer of both input prices"
    assert most_cost(asked, ResolvedPrice()) is None
    assert most_cost(request("openai/my-own"), price) is None
    assert most_cost(request("local/x"), ResolvedPrice(0.0, 0.0, 0.0, "embedded")) == 0.0
