"""The only door to a model: requests go out through litellm, responses come back measured."""

from harness.models.budget import Budget, BudgetSpentError, usd
from harness.models.cache import cache_folder, file_hash
from harness.models.gateway import Gateway
from harness.models.lanes import lane_of, most_at_once
from harness.models.local_models import embedded_servers
from harness.models.pace import NotSentError
from harness.models.prices import ResolvedPrice, known_model, model_map, resolve_price
from harness.models.request import Request, canonical_json, content_hash
from harness.models.response import FailureKind, Outcome, Response, ToolCall
from harness.models.retirement import (
    WARN_DAYS,
    Retirement,
    base_model,
    models_of,
    retirement_keys,
    retirement_sentence,
    retirements,
    retiring,
)
from harness.models.token_counts import CountedBy, TokenCount, count_request, count_text, most_cost, most_output
from harness.models.weights import read_weights, weights_hash

__all__ = [
    "WARN_DAYS",
    "Budget",
    "BudgetSpentError",
    "CountedBy",
    "FailureKind",
    "Gateway",
    "NotSentError",
    "Outcome",
    "Request",
    "ResolvedPrice",
    "Response",
    "Retirement",
    "TokenCount",
    "ToolCall",
    "base_model",
    "cache_folder",
    "canonical_json",
    "content_hash",
    "count_request",
    "count_text",
    "embedded_servers",
    "file_hash",
    "known_model",
    "lane_of",
    "model_map",
    "models_of",
    "most_at_once",
    "most_cost",
    "most_output",
    "read_weights",
    "resolve_price",
    "retirement_keys",
    "retirement_sentence",
    "retirements",
    "retiring",
    "usd",
    "weights_hash",
]
