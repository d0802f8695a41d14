"""The only door to a model: requests go out through litellm, responses come back measured."""

from harness.models.budget import Budget, BudgetSpentError, usd
from harness.models.cache import cache_folder, file_hash
from harness.models.gateway import Gateway
from harness.models.prices import ResolvedPrice, known_model, model_map, resolve_price
from harness.models.request import Request, content_hash
from harness.models.response import FailureKind, Outcome, Response, ToolCall
from harness.models.token_counts import CountedBy, TokenCount, count_request, count_text, most_cost, most_output
from harness.models.weights import read_weights, weights_hash

__all__ = [
    "Budget",
    "BudgetSpentError",
    "CountedBy",
    "FailureKind",
    "Gateway",
    "Outcome",
    "Request",
    "ResolvedPrice",
    "Response",
    "TokenCount",
    "ToolCall",
    "cache_folder",
    "content_hash",
    "count_request",
    "count_text",
    "file_hash",
    "known_model",
    "model_map",
    "most_cost",
    "most_output",
    "read_weights",
    "resolve_price",
    "usd",
    "weights_hash",
]
