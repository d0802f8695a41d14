"""How calls spread, drawn."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from harness.models import Response
from harness.report.drawing.latency import COLUMNS, count_latencies, latency_plot
from harness.store import StoredResponse
from tests.report.building import build
from tests.report.drawing.places import of_class, place


def responses(seconds: list[float | None], variant: str = "tuned", **said: object) -> list[StoredResponse]:
    return [StoredResponse(str(i), variant, str(i), 0, Response(text="x", latency=s, **said)) for i, s in enumerate(seconds)]  # type: ignore[arg-type]


def test_the_hills_are_numpys_histogram_of_the_same_calls() -> None:
    rng = random.Random(2)
    seconds = [0.45 * rng.lognormvariate(0, 0.4) for _ in range(5000)]
    _, judgement = build(12)
    kept = replace(judgement, variants={"tuned": judgement.variants["tuned"]})
    (plot,) = latency_plot(kept, count_latencies(responses(list(seconds))))
    strip = plot.rows[0].strip
    hills = {round(place(hill, "x") / 100 * COLUMNS): place(hill, "height") for hill in of_class(strip, "hill")}
    p95 = kept.estimate("tuned", "latency_p95")
    assert p95 is not None and p95.value is not None
    edge = next(float(p95.value) / place(e, "x") * 100 for e in _points(strip))
    counts, _ = np.histogram(np.minimum(seconds, edge * 0.9999), bins=COLUMNS, range=(0, edge))
    drawn = np.array([hills.get(i, 0.0) for i in range(COLUMNS)])
    assert np.abs(drawn / drawn.max() - counts / counts.max()).max() < 0.12, "to within the steps of two per cent"
    assert np.average(np.arange(COLUMNS), weights=drawn) == pytest.approx(np.average(np.arange(COLUMNS), weights=counts), abs=0.3)


def test_failed_calls_and_calls_without_a_time_are_not_counted() -> None:
    failed = responses([1.0, 2.0], outcome="failed", error="x", error_kind="timeout")
    counts = count_latencies([*failed, *responses([None, 1.0, 1.0, 3.0]), *responses([0.5], "rag")])
    assert sum(counts["tuned"].values()) == 3 and max(counts["tuned"].values()) == 2 and sum(counts["rag"].values()) == 1


def test_the_median_and_the_95th_percentile_stand_at_their_places_and_floors_are_left_out() -> None:
    _, judgement = build(12)
    (plot,) = latency_plot(judgement, {})
    assert [row.label for row in plot.rows] == ["rules", "baseline", "rag", "small", "tuned"]
    quick, slow = plot.rows[0], plot.rows[2]
    middles = [place(of_class(row.strip, "median")[0], "x1") for row in (quick, slow)]
    assert middles[0] < 20
    assert 75 < middles[1] < place(_points(slow.strip)[0], "x"), "a logarithmic axis: 0.012 s to 1.1 s"


def _points(strip: str) -> list[object]:
    from tests.report.drawing.places import parsed

    return [s for s in parsed(strip).iter("{*}svg") if s.find("{*}path") is not None]
