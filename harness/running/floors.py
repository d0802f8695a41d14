"""Floors: answers that need no model, which any model has to beat."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import SuiteError
from harness.models import Gateway, Response, ToolCall, content_hash
from harness.retrieval import Chunk, Index
from harness.running.naming import Form, Names, Written
from harness.running.planned import PlannedRequest
from harness.suite import Fixture, Suite, fixture_record

_ABSENT = object()


class FloorAnswerer:
    """Answers from the training data alone.

    ``majority`` always gives the most common answer; where answers are objects, the most common value of each key.
    ``nearest`` gives the answer of the training example whose question is nearest by BM25.
    """

    sends = False

    def __init__(self, suite: Suite, variant: str) -> None:
        """Learn the floor.

        Raises:
            SuiteError: When no training example has an answer.
        """
        examples = [example for example in suite.training if example.expected is not None]
        if not examples:
            message = f"floor {variant} needs training_data with answers, and there is none"
            raise SuiteError(suite.fault(message, "give training_data, or floors: false", "variants", variant))
        self._variant = variant
        self._method = suite.variants[variant].method
        self._named = {"kind": "floor", "method": self._method, "training": suite.hashes["training"]}
        self._examples = examples
        self._majority = majority_answer([example.expected for example in examples]) if self._method == "majority" else None
        self._index = None
        if self._method == "nearest":
            self._index = Index(tuple(Chunk(str(at), example.question) for at, example in enumerate(examples)))

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Name the answer by method, training data and fixture."""
        named = {**self._named, "fixture": fixture_record(fixture), "repeat": repeat}
        return PlannedRequest(self._variant, fixture, repeat, None, (), content_hash(named))

    def names(self, fixtures: Sequence[Fixture], repeats: int, written: Written) -> Names:
        """Name the answers as ``plan`` does."""
        return Names(Form(self._named, "fixture").digests(((False, written.record(f), "") for f in fixtures), repeats))

    async def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Response:
        """Look the answer up; it costs nothing."""
        started = time.perf_counter()
        answer = self._majority
        if self._index is not None:
            answer = self._examples[int(self._index.search(planned.fixture.question, 1)[0].id)].expected
        text, calls = as_answer(answer)
        return Response(text=text, tool_calls=calls, cost=0.0, latency=time.perf_counter() - started)


def majority_answer(answers: Sequence[Any]) -> Any:
    """Return the most common answer; the first seen of equally common ones.

    Objects (or texts that are all JSON objects) are answered key by key; a key that most of them lack is left out.
    """
    objects = [_object(answer) for answer in answers]
    if any(said is None for said in objects):
        return _most_common(answers)
    found = [said for said in objects if said is not None]
    keys = dict.fromkeys(key for said in found for key in said)
    common = {key: _most_common([said.get(key, _ABSENT) for said in found]) for key in keys}
    return {key: value for key, value in common.items() if value is not _ABSENT}


def as_answer(answer: Any) -> tuple[str, tuple[ToolCall, ...]]:
    """Put an expected answer in the form a model would give it in: text, JSON text, or tool calls."""
    if isinstance(answer, str):
        return answer, ()
    if isinstance(answer, Mapping) and set(answer) == {"tool_calls"}:
        return "", tuple(ToolCall(call["name"], call.get("arguments", {})) for call in answer["tool_calls"])
    return json.dumps(answer, ensure_ascii=False), ()


def _object(answer: Any) -> Mapping[str, Any] | None:
    if isinstance(answer, str) and answer.lstrip().startswith("{"):
        try:
            answer = json.loads(answer)
        except ValueError:
            return None
    return answer if isinstance(answer, Mapping) else None


def _most_common(values: Sequence[Any]) -> Any:
    first: dict[str, Any] = {}
    counts: Counter[str] = Counter()
    for value in values:
        key = "absent" if value is _ABSENT else json.dumps(value, sort_keys=True, default=str)
        first.setdefault(key, value)
        counts[key] += 1
    return first[counts.most_common(1)[0][0]]
