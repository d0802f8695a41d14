"""What a model's tokens cost: by the suite, by litellm's offline map, nothing at all, or nobody knows."""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from harness.suite import Price

PriceSource = Literal["suite", "litellm", "embedded", "unknown"]

_MAP_FILE = "model_prices_and_context_window_backup.json"
_ANSWERING_MODES = frozenset({"chat", "completion", "responses"})
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ResolvedPrice:
    """A model's price in US dollars per token, and where it comes from; None is a price nobody knows.

    Attributes:
        input_per_token: For a prompt token.
        output_per_token: For a completion token.
        cached_input_per_token: For a prompt token the provider had cached; as any other prompt token where None.
        source: suite, litellm (its offline map), embedded (this machine: nothing) or unknown.
    """

    input_per_token: float | None = None
    output_per_token: float | None = None
    cached_input_per_token: float | None = None
    source: PriceSource = "unknown"

    def cost(self, input_tokens: int | None, output_tokens: int | None, cached: int = 0) -> float | None:
        """Return US dollars for one response.

        Args:
            input_tokens: Prompt tokens, cached ones included; None if the provider did not say.
            output_tokens: Completion tokens, likewise.
            cached: How many of the prompt tokens were cached.

        Returns:
            Dollars; 0.0 where the price is known to be nothing; None where price or tokens are unknown.
        """
        if self.input_per_token is None or self.output_per_token is None:
            return None
        if self.input_per_token == self.output_per_token == 0.0:
            return 0.0
        if input_tokens is None or output_tokens is None:
            return None
        cached = max(0, min(cached, input_tokens))
        for_cached = self.input_per_token if self.cached_input_per_token is None else self.cached_input_per_token
        return (input_tokens - cached) * self.input_per_token + cached * for_cached + output_tokens * self.output_per_token


def resolve_price(model: str, price: Price | None = None) -> ResolvedPrice:
    """Return what a model's tokens cost.

    The suite's own price wins. ``local/`` models cost nothing. Otherwise litellm's offline map is asked, except for ``ft:``
    models, which it prices as their base or as nothing; a zero in it means that nobody filled the price in.

    Args:
        model: A litellm model string or ``local/<name>``.
        price: The variant's price from suite.yaml.
    """
    if price is not None:
        cached = price.cached_input_per_million
        return ResolvedPrice(
            price.input_per_million / _MILLION,
            price.output_per_million / _MILLION,
            None if cached is None else cached / _MILLION,
            "suite",
        )
    if model.startswith("local/"):
        return ResolvedPrice(0.0, 0.0, 0.0, "embedded")
    if any(part.startswith("ft:") for part in model.split("/")):
        return ResolvedPrice()
    entry = known_model(model) or {}
    asked, answered = _amount(entry, "input_cost_per_token"), _amount(entry, "output_cost_per_token")
    if asked is None or answered is None or entry.get("mode") not in _ANSWERING_MODES:
        return ResolvedPrice()
    return ResolvedPrice(asked, answered, _amount(entry, "cache_read_input_token_cost"), "litellm")


def known_model(model: str) -> Mapping[str, Any] | None:
    """Return litellm's offline entry for a model string (prices, context window, deprecation_date), None if it has none.

    A name is looked up as written, then without its provider where the entry belongs to that provider: ``openai/gpt-4o-mini`` is
    ``gpt-4o-mini``, while another provider's model of that name is not.
    """
    entries = model_map()
    if model in entries:
        return entries[model]
    provider, _, rest = model.partition("/")
    entry = entries.get(rest)
    owner = str((entry or {}).get("litellm_provider", ""))
    return entry if owner == provider or owner.startswith((f"{provider}_", f"{provider}-")) else None


@functools.cache
def model_map() -> Mapping[str, Mapping[str, Any]]:
    """Return litellm's offline map of models, without ``sample_spec``.

    It is read from litellm's own file: importing litellm takes seconds.
    """
    found = importlib.util.find_spec("litellm")
    places = list(found.submodule_search_locations or ()) if found is not None else []
    for place in places:
        path = Path(place) / _MAP_FILE
        if path.is_file():
            entries = json.loads(path.read_text(encoding="utf-8"))
            return {name: entry for name, entry in entries.items() if name != "sample_spec" and isinstance(entry, dict)}
    return {}


def _amount(entry: Mapping[str, Any], name: str) -> float | None:
    value = entry.get(name)
    return float(value) if isinstance(value, int | float) and value > 0 else None
