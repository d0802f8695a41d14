"""Measuring in several processes: the same scores in the same order, and what happens when one of them goes down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from harness.metrics import load_metric, measure, metric
from harness.metrics.measuring import SPREAD_FROM
from harness.metrics.sending import put_together, take_apart
from harness.metrics.worker import pack, unpack
from harness.models import Response, ToolCall
from harness.retrieval import Hit
from harness.store import Store, StoredResponse
from harness.store.tables import read_scores, write_scores
from harness.suite import Fixture

PLUGIN = '''
import os
from dataclasses import dataclass
from typing import ClassVar

from harness.metrics import MeanMetric, metric


@dataclass(frozen=True)
class Shortness(MeanMetric):
    """Short answers."""

    name: ClassVar[str] = "shortness"
    limit: int = 10

    def measure(self, fixture, response):
        print("this goes nowhere")
        return {"value": float(len(response.text) <= self.limit), "pid": float(os.getpid() == MAIN)}


MAIN = int(os.environ["HARNESS_TEST_PID"])


@metric
def fragile(fixture, response, *, mode: str = "raise"):
    if response.text == "bad":
        if mode == "raise":
            raise KeyError("no manners")
        if mode == "exit":
            raise SystemExit(4)
        if mode == "kill":
            os.kill(os.getpid(), 9)
        os._exit(7)
    return 1.0
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_TEST_PID", str(os.getpid()))
    (tmp_path / "metrics.py").write_text(PLUGIN)
    (tmp_path / "s.json").write_text(json.dumps({"type": "object", "required": ["a"]}))
    return tmp_path


def stored(n: int, text: str) -> StoredResponse:
    return StoredResponse(f"h{n}", "v", f"f{n}", 0, Response(text=text, latency=0.5, cost=0.0), retrieved=(Hit("c", "x 1", 1.0),))


def run_of(count: int, bad: tuple[int, ...] = ()) -> tuple[list[StoredResponse], list[Fixture]]:
    texts = ["bad" if n in bad else json.dumps({"a": n % 5}) if n % 7 else "no json" for n in range(count)]
    return [stored(n, text) for n, text in enumerate(texts)], [
        Fixture(id=f"f{n}", input="x", expected={"a": n % 3}) for n in range(count)
    ]


def test_the_scores_are_the_same_in_the_same_order_in_one_process_and_in_several(folder: Path) -> None:
    responses, fixtures = run_of(1_100)
    metrics = [
        load_metric("field_accuracy", fields={"a": {"number": {"tolerance": 1}}}),
        load_metric("json_schema", schema="s.json", folder=folder, keywords=True),
        load_metric("latency_p95"),
        load_metric("hallucinated_values"),
        load_metric("fragile", folder=folder),
    ]
    assert measure(responses, fixtures, metrics, processes=3) == measure(responses, fixtures, metrics, processes=1)


def test_metrics_of_a_suite_are_measured_with_in_the_other_processes(folder: Path) -> None:
    responses, fixtures = run_of(300)
    measured = measure(responses, fixtures, [load_metric("shortness", folder=folder, limit=8)], processes=2)
    assert not measured.faults
    assert {s.columns["pid"] for s in measured.scores} == {0.0}
    assert [s.fixture_id for s in measured.scores] == [r.fixture_id for r in responses]


@pytest.mark.parametrize(("mode", "said"), [("raise", "KeyError: 'no manners'"), ("exit", "SystemExit: 4")])
def test_a_metric_that_raises_in_another_process_is_named_with_its_first_fixture_and_its_line(
    folder: Path, mode: str, said: str
) -> None:
    responses, fixtures = run_of(700, bad=(250, 600, 601))
    measured = measure(
        responses, fixtures, [load_metric("fragile", folder=folder, mode=mode), load_metric("json_valid")], processes=2
    )
    (fault,) = measured.faults
    assert f"the metric fragile broke on fixture f250 (v) and 2 more: {said}" in fault.message
    assert fault.file is not None and fault.file.endswith("metrics.py")
    line = '            raise KeyError("no manners")' if mode == "raise" else "            raise SystemExit(4)"
    assert fault.line == PLUGIN.splitlines().index(line) + 1
    assert len(measured.scores) == 2 * 700 - 3


@pytest.mark.parametrize(("mode", "how"), [("die", "exit code 7"), ("kill", "killed by SIGKILL")])
def test_a_metric_that_ends_its_process_loses_those_rows_alone(folder: Path, mode: str, how: str) -> None:
    responses, fixtures = run_of(700, bad=(3, 650))
    metrics = [load_metric("json_valid"), load_metric("fragile", folder=folder, mode=mode)]
    measured = measure(responses, fixtures, metrics, processes=2)
    (fault,) = measured.faults
    assert f"the metric fragile broke on fixture f3 (v) and 1 more: it ended its process, {how}" in fault.message
    assert [s.fixture_id for s in measured.scores if s.metric == "fragile"] == [f"f{n}" for n in range(700) if n not in (3, 650)]
    assert sum(s.metric == "json_valid" for s in measured.scores) == 700


def test_a_metric_that_ends_one_process_after_another_is_given_up_and_the_others_go_on(folder: Path) -> None:
    responses, fixtures = run_of(1_500, bad=tuple(range(20, 1_500, 2)))
    metrics = [load_metric("fragile", folder=folder, mode="die"), load_metric("json_valid")]
    measured = measure(responses, fixtures, metrics, processes=2)
    (fault,) = measured.faults
    assert "the metric fragile broke on fixture f20 (v) and 1477 more" in fault.message
    assert [s.fixture_id for s in measured.scores if s.metric == "fragile"] == [*(f"f{n}" for n in range(20)), "f21", "f23"]
    assert sum(s.metric == "json_valid" for s in measured.scores) == 1_500


def test_a_metric_that_cannot_be_sent_is_measured_with_here(folder: Path) -> None:
    seen: list[int] = []

    @metric
    def local(fixture: Fixture, response: Response) -> float:
        seen.append(os.getpid())
        return 1.0

    from harness.metrics.function import MARK

    responses, fixtures = run_of(300)
    mine = getattr(local, MARK)()
    measured = measure(responses, fixtures, [mine, load_metric("json_valid")], processes=2)
    assert set(seen) == {os.getpid()}
    assert [s.metric for s in measured.scores[:4]] == ["local", "json_valid"] * 2


def test_a_metric_that_wants_one_process_stays_in_this_one(folder: Path) -> None:
    source = PLUGIN.replace("    limit: int = 10", "    one_process: ClassVar[bool] = True\n    limit: int = 10")
    (folder / "metrics.py").write_text(source)
    responses, fixtures = run_of(300)
    measured = measure(responses, fixtures, [load_metric("shortness", folder=folder)], processes=2)
    assert {s.columns["pid"] for s in measured.scores} == {1.0}


def test_without_other_processes_everything_is_measured_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "no-python"))
    responses, fixtures = run_of(300)
    measured = measure(responses, fixtures, [load_metric("json_valid")], processes=2)
    assert len(measured.scores) == 300 and not measured.faults


def test_a_few_responses_never_start_a_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    responses, fixtures = run_of(SPREAD_FROM - 1)
    measured = measure(responses, fixtures, [load_metric("shortness", folder=folder)])
    assert {s.columns["pid"] for s in measured.scores} == {1.0}


def test_a_script_without_a_main_guard_is_not_run_again(tmp_path: Path, folder: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            from harness import Fixture, Response
            from harness.metrics import load_metric, measure
            from harness.store import StoredResponse

            print("started")
            fixtures = [Fixture(id=str(n)) for n in range(500)]
            responses = [StoredResponse("h", "v", f.id, 0, Response(text="{}")) for f in fixtures]
            print(len(measure(responses, fixtures, [load_metric("json_valid")], processes=2).scores))
            """
        )
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("started\n500\n", 0), done.stderr


def test_a_metric_taken_apart_and_put_together_is_the_same(folder: Path) -> None:
    for one in (
        load_metric("json_schema", schema="s.json", folder=folder),
        load_metric("field_accuracy", fields=["a"]),
        load_metric("shortness", folder=folder, limit=3),
        load_metric("fragile", folder=folder, mode="kill"),
    ):
        sent = take_apart(one)
        assert sent is not None
        again = put_together(sent)
        assert again == one and type(again).name == type(one).name


def test_a_chunk_packed_and_unpacked_is_the_same() -> None:
    fixture = Fixture(
        "a", {"x": 1}, ({"role": "user", "content": "y"},), {"z": 1}, ("t",), "g", ({"tool": 1},), ("c#1",), 2.0, {"m": 1}
    )
    response = Response("x", "refused", (ToolCall("f", {"a": 1}, "i"),), "stop", "m", "fp", 1, 2, 0.5, 1.5, 2, meta={"k": [1]})
    stored = StoredResponse("h", "v", "a", 3, response, (Hit("c", "t", 1.0),), True, "now")
    assert unpack(pack([(fixture, stored)])) == [(fixture, stored)]


def test_scores_are_written_while_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.store.tables.BATCH", 7)
    responses, fixtures = run_of(50)
    scores = measure(responses, fixtures, [load_metric("field_accuracy", fields=["a"]), load_metric("json_valid")]).scores
    write_scores(tmp_path, iter(scores))
    assert read_scores(tmp_path) == scores
    write_scores(tmp_path, iter(()))
    assert read_scores(tmp_path) == ()
    assert Store(tmp_path).list() == []
