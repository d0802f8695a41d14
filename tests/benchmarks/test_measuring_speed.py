"""How fast answers are measured, beside a bare loop that works out the same four numbers without rows, faults or bounds."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import jsonschema
from rapidfuzz.distance import Levenshtein

from harness.metrics import load_metric, measure
from harness.models import Response
from harness.store import StoredResponse
from harness.suite import Fixture

RESPONSES = 4_000
FIELDS = ["order", "email", "sku", "date", "issue"]
SCHEMA = {
    "type": "object",
    "properties": {
        "order": {"type": ["string", "null"], "pattern": "^[0-9]{5}$"},
        "email": {"type": ["string", "null"], "pattern": "^[^@A-Z\\s]+@[^@A-Z\\s]+\\.[a-z]+$"},
        "sku": {"type": ["string", "null"], "pattern": "^[A-Z]{3}-[0-9]{4}$"},
        "date": {"type": ["string", "null"], "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
        "issue": {"enum": ["PAY", "MIS", "DMG", "WAR", "LATE", "RET"]},
    },
    "required": FIELDS,
    "additionalProperties": False,
}


def run_of(count: int) -> tuple[list[StoredResponse], list[Fixture]]:
    """Orders of five fields, three in ten answers wrong in one, one in twenty cut short."""
    rng = random.Random(7)
    responses, fixtures = [], []
    for n in range(count):
        expected = {
            "order": f"{rng.randrange(10_000, 100_000)}",
            "email": f"u{n}@example.org",
            "sku": f"LMP-{rng.randrange(1_000, 10_000)}",
            "date": f"2026-0{rng.randrange(1, 8)}-{rng.randrange(10, 29)}",
            "issue": rng.choice(["PAY", "MIS", "DMG", "WAR", "LATE", "RET"]),
        }
        text = json.dumps({**expected, "sku": "LMP-0000"} if rng.random() < 0.3 else expected)
        response = Response(text=text[:-9] if rng.random() < 0.05 else text, latency=0.5, cost=0.0)
        fixtures.append(Fixture(id=str(n), input="x" * 300, expected=expected))
        responses.append(StoredResponse(f"h{n}", "v", str(n), 0, response))
    return responses, fixtures


def metrics() -> list[Any]:
    return [
        load_metric("json_valid"),
        load_metric("json_schema", schema=SCHEMA),
        load_metric("field_accuracy", fields=FIELDS),
        load_metric("edit_similarity"),
    ]


def naive_seconds(responses: list[StoredResponse], fixtures: list[Fixture]) -> float:
    """The same four numbers, each metric on its own."""
    expected = {fixture.id: fixture.expected for fixture in fixtures}
    validator = jsonschema.Draft202012Validator(SCHEMA)

    def read(text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            return None

    start = time.perf_counter()
    for stored in responses:
        text, wanted = stored.response.text, expected[stored.fixture_id]
        _ = read(text) is not None
        value = read(text)
        _ = value is not None and validator.is_valid(value)
        value = read(text) or {}
        _ = [value.get(name) == wanted[name] for name in FIELDS]
        said = json.dumps(read(text), sort_keys=True)
        _ = Levenshtein.normalized_similarity(json.dumps(wanted, sort_keys=True), said)
    return time.perf_counter() - start


def test_measuring_four_metrics_in_one_process(benchmark: Any) -> None:
    responses, fixtures = run_of(RESPONSES)
    chosen = metrics()
    measured = benchmark.pedantic(measure, (responses, fixtures, chosen), {"processes": 1}, rounds=3, warmup_rounds=1)
    ratio = benchmark.stats["min"] / naive_seconds(responses, fixtures)
    benchmark.extra_info["times the bare loop"] = round(ratio, 2)
    benchmark.extra_info["microseconds a response and metric"] = round(benchmark.stats["min"] / RESPONSES / 4 * 1e6, 1)
    assert len(measured.scores) == 4 * RESPONSES
    assert ratio < 4  # about 1.2: rows, faults and bounds are paid for by reading each answer once
