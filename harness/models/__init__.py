"""The only door to a model: requests go out through litellm, responses come back measured."""

from harness.models.cache import cache_folder, file_hash
from harness.models.gateway import Gateway
from harness.models.prices import ResolvedPrice, known_model, model_map, resolve_price
from harness.models.request import Request, content_hash
from harness.models.response import FailureKind, Outcome, Response, ToolCall
from harness.models.weights import read_weights, weights_hash

__all__ = [
    "FailureKind",
    "Gateway",
    "Outcome",
    "Request",
    "ResolvedPrice",
    "Response",
    "ToolCall",
    "cache_folder",
    "content_hash",
    "file_hash",
    "known_model",
    "model_map",
    "read_weights",
    "resolve_price",
    "weights_hash",
]
