"""How many tokens a request has and how many its answer may have, told before it is sent and without a connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.models import quiet_litellm
from harness.models.prices import ResolvedPrice, known_model
from harness.models.request import Request

CountedBy = Literal["litellm", "characters"]

CHARACTERS_PER_TOKEN = 4
"""Of English text, where no tokenizer of the model is at hand."""

_WITH_TOKENIZER = ("openai", "azure", "text-completion-openai", "anthropic")
"""Providers whose tokenizers litellm carries with it; for some others it fetches one."""
_FETCHED = ("r50k_base", "gpt2")
"""Encodings, of OpenAI's oldest models, that would be fetched."""
_OUTPUT_PARAMS = ("max_tokens", "max_completion_tokens")
_FRAME = 64
"""Tokens a provider may put around the messages."""


@dataclass(frozen=True, slots=True)
class TokenCount:
    """How many tokens something has.

    Attributes:
        tokens: The count.
        counted_by: litellm (its counter for the model) or characters (a quarter of them).
    """

    tokens: int
    counted_by: CountedBy


def count_request(request: Request) -> TokenCount:
    """Count the prompt's tokens, tools included."""
    messages = [dict(message) for message in request.messages]
    if _has_tokenizer(request.model):
        try:
            count = quiet_litellm.load().token_counter(
                model=_bare(request.model),
                messages=messages,
                tools=[dict(tool) for tool in request.tools] or None,
                use_default_image_token_count=True,
            )
            return TokenCount(int(count), "litellm")
        except Exception:  # a message of a form that litellm does not count
            pass
    return TokenCount(_guessed_input(request), "characters")


def count_text(model: str, text: str) -> TokenCount:
    """Count the tokens of a text as the model would write it."""
    if _has_tokenizer(model):
        try:
            return TokenCount(int(quiet_litellm.load().token_counter(model=_bare(model), text=text)), "litellm")
        except Exception:
            pass
    return TokenCount(_by_characters(text), "characters")


def rough_tokens(request: Request, typical_output: float) -> float:
    """Return about how many tokens a request and its answer have together, told in no time: a provider counts them like that.

    Args:
        request: The request.
        typical_output: What to reckon for the answer where the request sets no limit.
    """
    said = [request.params[key] for key in _OUTPUT_PARAMS if isinstance(request.params.get(key), int | float)]
    return _guessed_input(request) + (max(said) if said else typical_output)


def most_input(request: Request) -> int:
    """Return what no tokenizer exceeds for a prompt of text: a token for each byte of its JSON, and a few around it."""
    said = {"messages": [dict(m) for m in request.messages], "tools": [dict(t) for t in request.tools]}
    return len(json.dumps(said, ensure_ascii=False, default=str).encode("utf-8", "replace")) + _FRAME


def most_output(request: Request) -> int | None:
    """Return how many tokens the answer may have: by ``max_tokens``, else by the model's own limit; None where neither is known.

    Asking for ``n`` answers at once multiplies it.
    """
    params = request.params
    said = [params[key] for key in _OUTPUT_PARAMS if isinstance(params.get(key), int | float)]
    most = max(said) if said else (_entry(request.model) or {}).get("max_output_tokens")
    if not isinstance(most, int | float) or most <= 0:
        return None
    n = params.get("n")
    return int(most) * (n if isinstance(n, int) and n > 1 else 1)


def most_cost(request: Request, price: ResolvedPrice) -> float | None:
    """Return the US dollars one attempt may cost at most; None where price or length are unknown."""
    if price.input_per_token is None or price.output_per_token is None:
        return None
    if price.input_per_token == price.output_per_token == 0.0:
        return 0.0
    output = most_output(request)
    if output is None:
        return None
    for_input = max(price.input_per_token, price.cached_input_per_token or 0.0)
    return most_input(request) * for_input + output * price.output_per_token


def _has_tokenizer(model: str) -> bool:
    provider = str((_entry(model) or {}).get("litellm_provider", ""))
    return provider in _WITH_TOKENIZER and "llama" not in model.lower() and _carried(_bare(model))


def _carried(model: str) -> bool:
    """Whether litellm carries the encoding of an OpenAI model with it; what is of no known one it counts as cl100k_base."""
    import tiktoken

    try:
        return tiktoken.encoding_name_for_model(model) not in _FETCHED
    except KeyError:
        return True


def _entry(model: str) -> Mapping[str, Any] | None:
    return known_model(_base(model))


def _base(model: str) -> str:
    """A fine-tune's base, ``openai/ft:gpt-4o-mini-2024-07-18:acme::x1`` being one of gpt-4o-mini-2024-07-18."""
    provider, slash, rest = model.rpartition("/")
    return f"{provider}{slash}{rest.split(':')[1]}" if rest.startswith("ft:") else model


def _bare(model: str) -> str:
    """The name without its provider: litellm's counter takes ``openai/gpt-4o`` for a model of no known encoding."""
    return _base(model).rpartition("/")[2]


def _by_characters(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _guessed_input(request: Request) -> int:
    texts = [_text(message.get("content")) for message in request.messages] + [_text(tool) for tool in request.tools]
    return sum(_by_characters(text) for text in texts)


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return json.dumps(content, ensure_ascii=False, default=str)
