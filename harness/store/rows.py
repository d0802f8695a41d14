"""A stored response as one flat row: the columns of journal.jsonl and responses.parquet alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.models import Response, ToolCall
from harness.retrieval import Hit
from harness.store.record import StoredResponse

COLUMNS: Mapping[str, str] = {
    "hash": "VARCHAR",
    "variant": "VARCHAR",
    "fixture_id": "VARCHAR",
    "repeat": "INTEGER",
    "outcome": "VARCHAR",
    "text": "VARCHAR",
    "tool_calls": "VARCHAR",
    "finish_reason": "VARCHAR",
    "model": "VARCHAR",
    "fingerprint": "VARCHAR",
    "input_tokens": "BIGINT",
    "output_tokens": "BIGINT",
    "cost": "DOUBLE",
    "latency": "DOUBLE",
    "retries": "INTEGER",
    "error": "VARCHAR",
    "error_kind": "VARCHAR",
    "retrieved": "VARCHAR",
    "meta": "VARCHAR",
    "cached": "BOOLEAN",
    "finished_at": "VARCHAR",
}
"""Column names and DuckDB types. ``tool_calls``, ``retrieved`` and ``meta`` are JSON texts."""


def to_row(stored: StoredResponse) -> dict[str, Any]:
    """Flatten a stored response into a row of COLUMNS."""
    r = stored.response
    return {
        "hash": stored.hash,
        "variant": stored.variant,
        "fixture_id": stored.fixture_id,
        "repeat": stored.repeat,
        "outcome": r.outcome,
        "text": r.text,
        "tool_calls": _json([{"name": c.name, "arguments": c.arguments, "id": c.id} for c in r.tool_calls]),
        "finish_reason": r.finish_reason,
        "model": r.model,
        "fingerprint": r.fingerprint,
        "input_tokens": r.input_tokens,
        "output_tokens": r.output_tokens,
        "cost": r.cost,
        "latency": r.latency,
        "retries": r.retries,
        "error": r.error,
        "error_kind": r.error_kind,
        "retrieved": hits_text(stored.retrieved),
        "meta": _json(r.meta),
        "cached": stored.cached,
        "finished_at": stored.finished_at,
    }


def from_row(row: Sequence[Any]) -> StoredResponse:
    """Rebuild a stored response from its values in the order of COLUMNS."""
    said = dict(zip(COLUMNS, row, strict=True))
    response = Response(
        text=said["text"] or "",
        outcome=said["outcome"],
        tool_calls=tuple(ToolCall(c["name"], c["arguments"], c.get("id")) for c in _parsed(said["tool_calls"], [])),
        finish_reason=said["finish_reason"],
        model=said["model"],
        fingerprint=said["fingerprint"],
        input_tokens=said["input_tokens"],
        output_tokens=said["output_tokens"],
        cost=said["cost"],
        latency=said["latency"],
        retries=said["retries"] or 0,
        error=said["error"],
        error_kind=said["error_kind"],
        meta=_parsed(said["meta"], {}),
    )
    return StoredResponse(
        hash=said["hash"],
        variant=said["variant"],
        fixture_id=said["fixture_id"],
        repeat=said["repeat"],
        response=response,
        retrieved=tuple(Hit(h["id"], h["text"], h["score"]) for h in _parsed(said["retrieved"], [])),
        cached=bool(said["cached"]),
        finished_at=said["finished_at"] or "",
    )


def hits_text(hits: Iterable[Hit]) -> str:
    """Write what retrieval found as the column ``retrieved`` has it."""
    return _json([{"id": h.id, "text": h.text, "score": h.score} for h in hits])


def _json(value: Any) -> str:
    if not value:
        return "{}" if isinstance(value, Mapping) else "[]"
    return json.dumps(value, ensure_ascii=False, default=str)


def _parsed(text: str | None, absent: Any) -> Any:
    return json.loads(text) if text and text not in ("[]", "{}") else absent
