"""A real HTTP server that speaks the OpenAI chat API, with scripted answers and faults."""

from tests.provider.replies import (
    Reply,
    answer,
    breaks_off,
    calls_tools,
    cut_off,
    drips,
    fails,
    hangs,
    knows_no_model,
    refuses,
    refuses_key,
    replies_with,
)
from tests.provider.server import Provider, Received

__all__ = [
    "Provider",
    "Received",
    "Reply",
    "answer",
    "breaks_off",
    "calls_tools",
    "cut_off",
    "drips",
    "fails",
    "hangs",
    "knows_no_model",
    "refuses",
    "refuses_key",
    "replies_with",
]
