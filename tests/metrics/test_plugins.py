"""Metrics of a suite's own, installed metrics, and measuring with them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from harness.errors import SuiteError
from harness.metrics import (
    MeanMetric,
    Metric,
    UnknownMetricError,
    load_metric,
    measure,
    metric,
    metric_names,
    metrics_from_definition,
)
from harness.models import Response
from harness.store import StoredResponse
from harness.suite import Fixture

OWN = '''
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness.metrics import MeanMetric, metric


@dataclass(frozen=True)
class Shortness(MeanMetric):
    name: ClassVar[str] = "shortness"
    limit: int = 10

    def measure(self, fixture, response):
        return {"value": float(len(response.text) <= self.limit)}


@dataclass(frozen=True)
class F1(MeanMetric):
    """Twice the true positives over all positives, said or meant."""

    name: ClassVar[str] = "yes_f1"

    def measure(self, fixture, response):
        said, meant = response.text == "yes", fixture.expected == "yes"
        return {"value": float(said == meant), "_tp": said and meant, "_fp": said and not meant, "_fn": meant and not said}

    def estimate(self, totals):
        return 2 * totals["_tp"] / (2 * totals["_tp"] + totals["_fp"] + totals["_fn"])


@metric(unit="count", higher_is_better=False)
def apologies(fixture: Fixture, response, *, words: list[str] = ["sorry"]):  # noqa
    return sum(response.text.count(word) for word in words)


@metric
def polite(fixture, response):
    if response.text == "break":
        raise KeyError("no manners")
    return {"value": "please" in response.text, "thanks": "thank" in response.text}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "metrics.py").write_text(OWN)
    return tmp_path


def stored(fixture_id: str, response: Response, variant: str = "v", repeat: int = 0) -> StoredResponse:
    return StoredResponse("h", variant, fixture_id, repeat, response)


def test_classes_and_decorated_functions_in_a_suites_metrics_py_are_metrics(folder: Path) -> None:
    assert {"shortness", "yes_f1", "apologies", "polite"} <= set(metric_names(folder))
    assert "apologies" not in metric_names()
    shortness = load_metric("shortness", folder=folder, limit=3)
    assert isinstance(shortness, Metric)
    assert shortness.measure(Fixture(id="a"), Response(text="long")) == {"value": 0.0}
    apologies = load_metric("apologies", folder=folder, words=["pardon", "sorry"])
    assert (apologies.unit, apologies.higher_is_better) == ("count", False)
    assert apologies.measure(Fixture(id="a"), Response(text="sorry, pardon")) == {"value": 2}


def test_a_metric_may_be_a_function_of_column_sums_over_many_resamples_at_once(folder: Path) -> None:
    totals = {"n": np.array([10.0, 10.0]), "_tp": np.array([3.0, 0.0]), "_fp": np.array([1.0, 2.0]), "_fn": np.array([2.0, 1.0])}
    assert load_metric("yes_f1", folder=folder).estimate(totals) == pytest.approx([6 / 9, 0.0])


def test_a_decorated_function_stays_a_function() -> None:
    @metric(name="loudness", unit="score")
    def loud(fixture: Fixture, response: Response) -> float:
        return float(response.text.isupper())

    assert loud(Fixture(id="a"), Response(text="HI")) == 1.0


def test_an_unknown_metric_gets_the_nearest_name(folder: Path) -> None:
    with pytest.raises(UnknownMetricError, match="did you mean apologies"):
        load_metric("apology", folder=folder)
    with pytest.raises(UnknownMetricError, match="did you mean field_accuracy"):
        load_metric("field_acuracy")
    with pytest.raises(SuiteError, match=r"shortness has no option 'limits'.* did you mean limit"):
        load_metric("shortness", folder=folder, limits=3)


@pytest.mark.parametrize(
    ("source", "said", "line"),
    [
        ("x = 1\ndef f(:\n", "not Python", 2),
        ("x = 1\n\nimport no_such_module_here\n", "ModuleNotFoundError", 3),
        ("\nclass Half:\n    name = 'half'\n    def measure(self, f, r): return {}\n", "has no higher_is_better", 2),
        (OWN.replace('"shortness"', '"accuracy"'), "accuracy is the name of a built-in metric", None),
        (OWN.replace('"shortness"', '"short.ness"'), "a name without a dot", 10),
    ],
)
def test_a_metrics_py_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, source: str, said: str, line: int | None
) -> None:
    (tmp_path / "metrics.py").write_text(source)
    with pytest.raises(SuiteError) as caught:
        load_metric("latency", folder=tmp_path)
    (fault,) = caught.value.faults
    assert said in fault.message
    assert fault.file is not None
    assert fault.file.endswith("metrics.py")
    assert fault.line == line


def test_an_installed_package_brings_metrics_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brevity_plugin.py").write_text(OWN.replace('"shortness"', '"brevity"'))
    info = tmp_path / "brevity-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brevity\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[harness.metrics]\nbrevity = brevity_plugin:Shortness\npolite = brevity_plugin:polite\ngone = brevity_plugin:gone\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert "brevity" in metric_names()
        assert load_metric("brevity", limit=1).measure(Fixture(id="a"), Response(text="ab")) == {"value": 0.0}
        assert load_metric("polite").measure(Fixture(id="a"), Response(text="please"))["value"]
        with pytest.raises(SuiteError, match=r"the installed metric 'gone'.* cannot be imported"):
            load_metric("gone")
    finally:
        sys.modules.pop("brevity_plugin", None)


def test_failed_responses_are_never_scored_and_truncated_and_refused_ones_are() -> None:
    fixtures = [Fixture(id=i, expected="x") for i in "abc"]
    responses = [
        stored("a", Response(text="x", outcome="failed", error="429", error_kind="rate_limit")),
        stored("b", Response(text="x", outcome="truncated")),
        stored("c", Response(text="", outcome="refused")),
        stored("elsewhere", Response(text="x")),
    ]
    scores = measure(responses, fixtures, [load_metric("accuracy")]).scores
    assert [(s.fixture_id, s.columns["value"]) for s in scores] == [("b", 1.0), ("c", 0.0)]


def test_a_metric_that_raises_is_named_with_its_line_and_the_others_go_on(folder: Path) -> None:
    fixtures = [Fixture(id=i, expected="x") for i in "abc"]
    responses = [stored("a", Response(text="break")), stored("b", Response(text="break")), stored("c", Response(text="please"))]
    measured = measure(responses, fixtures, [load_metric("polite", folder=folder), load_metric("accuracy")])
    assert [(s.fixture_id, s.metric) for s in measured.scores] == [
        ("a", "accuracy"),
        ("b", "accuracy"),
        ("c", "polite"),
        ("c", "accuracy"),
    ]
    (fault,) = measured.faults
    assert "the metric polite broke on fixture a (v) and 1 more: KeyError: 'no manners'" in fault.message
    assert fault.file is not None
    assert fault.file.endswith("metrics.py")
    assert fault.line == OWN.splitlines().index('        raise KeyError("no manners")') + 1


def test_nan_columns_are_left_out_and_infinity_and_text_are_faults() -> None:
    class Odd(MeanMetric):
        name = "odd"

        def measure(self, fixture: Fixture, response: Response) -> dict[str, float]:
            return {"part": 1.0, "value": {"nan": float("nan"), "inf": float("inf"), "text": "1,5"}[response.text]}  # type: ignore[dict-item]

    fixtures = [Fixture(id=i) for i in ("nan", "inf", "text")]
    measured = measure([stored(f.id, Response(text=f.id)) for f in fixtures], fixtures, [Odd()])
    assert [(s.fixture_id, dict(s.columns)) for s in measured.scores] == [("nan", {"part": 1.0})]
    assert ["infinite" in f.message or "not a number" in f.message for f in measured.faults] == [True, True]


def test_value_comes_first_in_every_row(folder: Path) -> None:
    scores = measure([stored("a", Response(text="x"))], [Fixture(id="a")], [load_metric("polite", folder=folder)]).scores
    assert list(scores[0].columns) == ["value", "thanks"]


def test_a_stored_runs_definition_gives_its_metrics_and_those_every_run_has(folder: Path) -> None:
    definition = {"metrics": ["accuracy", {"shortness": {"limit": 4}}, "latency_p95"]}
    names = [m.name for m in metrics_from_definition(definition, folder)]
    assert names == ["accuracy", "shortness", "latency_p95", "latency", "latency_p50", "cost"]
    with pytest.raises(SuiteError) as caught:
        metrics_from_definition({"metrics": ["acuracy", {"shortness": {"limit": "x"}}]}, folder)
    assert len(caught.value.faults) == 2
