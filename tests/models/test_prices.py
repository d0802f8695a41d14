from __future__ import annotations

import subprocess
import sys

import pytest

from harness.models import ResolvedPrice, known_model, model_map, resolve_price
from harness.suite import Price


def test_the_suites_price_wins() -> None:
    price = resolve_price("openai/gpt-4o-mini", Price(input_per_million=3, output_per_million=6, cached_input_per_million=1))
    assert price == ResolvedPrice(3e-6, 6e-6, 1e-6, "suite")
    assert resolve_price("local/x.gguf", Price(input_per_million=1, output_per_million=1)).source == "suite"


@pytest.mark.parametrize(
    "model", ["gpt-4o-mini", "openai/gpt-4o-mini", "azure/gpt-4o", "anthropic/claude-haiku-4-5", "mistral/mistral-small-latest"]
)
def test_a_model_of_litellms_map_costs_what_the_map_says(model: str) -> None:
    price = resolve_price(model)
    assert price.source == "litellm"
    assert price.input_per_token and price.output_per_token and price.input_per_token < price.output_per_token


def test_the_maps_figures_are_litellms_own() -> None:
    code = (
        "import os; os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'; import litellm\n"
        "print(litellm.cost_per_token('openai/gpt-4o-mini', prompt_tokens=1000, completion_tokens=10))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100).stdout
    asked, answered = (float(part) for part in said.strip("()\n").split(","))
    assert resolve_price("openai/gpt-4o-mini").cost(1000, 10) == pytest.approx(asked + answered)


@pytest.mark.parametrize(
    "model",
    [
        "openai/ft:gpt-4o-mini-2024-07-18:acme::x1",
        "ft:gpt-4o-mini-2024-07-18",
        "openai/no-such-model",
        "hosted_vllm/gpt-4o-mini",
        "ollama/llama3",
        "text-embedding-3-small",
        "sample_spec",
    ],
)
def test_a_price_nobody_knows_is_unknown_and_never_zero(model: str) -> None:
    price = resolve_price(model)
    assert price == ResolvedPrice(None, None, None, "unknown")
    assert price.cost(100, 100) is None


def test_the_embedded_model_is_known_to_cost_nothing() -> None:
    price = resolve_price("local/smollm2-135m-instruct")
    assert (price.source, price.cost(None, None), price.cost(10, 10)) == ("embedded", 0.0, 0.0)


def test_cached_tokens_have_their_own_price_and_are_never_more_than_the_prompt() -> None:
    price = ResolvedPrice(10.0, 100.0, 1.0, "suite")
    assert price.cost(10, 1, cached=4) == 6 * 10 + 4 * 1 + 100
    assert price.cost(10, 0, cached=99) == 10
    assert ResolvedPrice(10.0, 100.0, None, "suite").cost(10, 0, cached=4) == 100
    assert price.cost(None, 1) is None and price.cost(1, None) is None


def test_the_map_tells_of_retirement_and_holds_models_only() -> None:
    assert "sample_spec" not in model_map()
    assert any("deprecation_date" in entry for entry in model_map().values())
    entry = known_model("openai/gpt-4o-mini")
    assert entry is not None and entry["litellm_provider"] == "openai"
