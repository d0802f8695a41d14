"""A complete suite of tool calls: answers from files judged by gates, and calls through the real litellm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.models import ToolCall
from harness.verdicts import Judgement
from tests.provider import Provider, Received, answer, calls_tools

Line = dict[str, Any]

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "day": {"type": "string", "format": "date"}},
    "required": ["city"],
    "additionalProperties": False,
}
MAIL = {"type": "object", "properties": {"to": {"type": "string"}, "text": {"type": "string"}}, "required": ["to", "text"]}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "The weather in a city", "parameters": CITY}},
    {"type": "function", "function": {"name": "mail", "description": "Send a mail", "parameters": MAIL}},
]


def call(name: str, **arguments: Any) -> Line:
    return {"name": name, "arguments": arguments}


def fixtures() -> list[Line]:
    """32 fixtures: 16 single calls, 6 pairs side by side, 6 that want no call, 4 after a call that failed."""
    single = [
        {
            "id": f"one-{i}",
            "input": f"How is the weather in city {i}?",
            "expected": {"tool_calls": [call("weather", city=f"city {i}", day={"$optional": {"$regex": "^2026-"}})]},
        }
        for i in range(16)
    ]
    pairs = [
        {
            "id": f"two-{i}",
            "input": f"Mail ann@example.org and bob@example.org the weather of city {i}.",
            "expected": {
                "tool_calls": [
                    call("mail", to={"$any": ["ann@example.org", "bob@example.org"]}, text={"$regex": f"city {i}"}),
                    call("mail", to="ann@example.org", text={"$anything": True}),
                ]
            },
        }
        for i in range(6)
    ]
    none = [{"id": f"none-{i}", "input": f"Thank you, {i}!", "expected": {"tool_calls": []}} for i in range(6)]
    failed = [
        {
            "id": f"again-{i}",
            "messages": [
                {"role": "user", "content": f"How is the weather in citty {i}?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "c1",
                            "type": "function",
                            "function": {"name": "weather", "arguments": json.dumps({"city": f"citty {i}"})},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": json.dumps({"error": "no such city"})},
            ],
            "expected": {"tool_calls": [call("weather", city=f"city {i}")]},
        }
        for i in range(4)
    ]
    return [{**line, "tools": TOOLS, "tags": [line["id"].partition("-")[0]]} for line in (*single, *pairs, *none, *failed)]


def good(line: Line) -> list[Line]:
    """The calls that are right, those of a pair the other way round."""
    kind, _, number = line["id"].partition("-")
    if kind == "none":
        return []
    if kind == "two":
        to_ann, to_bob = (call("mail", to=f"{who}@example.org", text=f"It rains in city {number}.") for who in ("ann", "bob"))
        return [to_ann, to_bob]
    return [call("weather", city=f"city {number}")]


def clumsy(line: Line) -> list[Line]:
    """What a model does that likes to call: twice, without need, the failed call again."""
    kind, _, number = line["id"].partition("-")
    right = good(line)
    if kind == "none":
        return [call("weather", city="anywhere")]
    if kind == "again":
        return [call("weather", city=f"citty {number}")]
    if kind == "two":
        return right[:1]
    return {0: [*right, *right], 1: [call("weather", town=f"city {number}")], 2: [call("forecast", city=f"city {number}")]}.get(
        int(number) % 4, right
    )


SUITE = """\
suite: assistant
fixtures: fixtures.jsonl
variants:
  today: {role: current, outputs: today.jsonl}
  tuned: {role: fine_tune, outputs: tuned.jsonl}
metrics: [tool_call_correct, total_tokens]
slices: [tag:one]
gates:
  - {name: better calls, metric: tool_call_correct, candidate: tuned, over: today, require: better, margin: 0.1}
  - {name: fewer needless calls, metric: tool_call_correct.unnecessary, candidate: tuned, over: today, require: better}
  - {name: no more repeats, metric: tool_call_correct.duplicated, candidate: tuned, over: today, require: no_worse, margin: 0.02}
  - {name: today calls without need, metric: tool_call_correct.unnecessary, candidate: today, at_most: 0.1}
  - {name: today is no better, metric: tool_call_correct.unnecessary, candidate: today, over: tuned, require: better}
  - {name: cheap, metric: cost, candidate: tuned, at_most: 0.01}
"""


def write(folder: Path, suite: str = SUITE, **answers: list[Line]) -> Path:
    folder.mkdir(parents=True)
    (folder / "suite.yaml").write_text(suite)
    for name, lines in {"fixtures": fixtures(), **answers}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def outputs() -> dict[str, list[Line]]:
    today = [{"id": line["id"], "tool_calls": clumsy(line), "latency": 0.2, "cost": 0.0} for line in fixtures()]
    tuned = [{"id": line["id"], "text": json.dumps(good(line)), "latency": 0.4, "cost": 0.001} for line in fixtures()]
    return {"today": today, "tuned": tuned}


def value(judgement: Judgement, variant: str, name: str) -> float | None:
    estimate = judgement.estimate(variant, name)
    assert estimate is not None
    return estimate.value


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> harness.EvaluatedRun:
    monkeypatch.chdir(tmp_path)
    return harness.run(write(tmp_path / "assistant", **outputs()))


def test_every_column_of_both_variants_is_as_worked_by_hand(run: harness.EvaluatedRun) -> None:
    worked = {
        # name: (today, tuned, fixtures it applies to)
        "tool_call_correct": (4 / 32, 1, 32),
        "tool_call_correct.name_selection": ((4 * 0.5 + 4 + 0 + 4 + 6 * 0.5 + 0 + 4) / 32, 1, 32),
        "tool_call_correct.arguments": ((4 + 0 + 0 + 4 + 6 * 0.5 + 0) / 26, 1, 26),
        "tool_call_correct.schema_valid": ((4 + 0 + 0 + 4 + 6 + 6 + 4) / 32, 1, 32),
        "tool_call_correct.missing": ((4 + 6) / 26, 0, 26),
        "tool_call_correct.unnecessary": ((4 + 4 + 6) / 32, 0, 32),
        "tool_call_correct.duplicated": (4 / 32, 0, 32),
        "tool_call_correct.order": (1, 0, 6),
        "tool_call_correct.no_call": (0, 1, 6),
        "tool_call_correct.repaired": (0, 1, 4),
        "tool_call_correct.repeated_failure": (1, 0, 4),
    }
    for name, (today, tuned, n) in worked.items():
        for variant, wanted in (("today", today), ("tuned", tuned)):
            estimate = run.judgement.estimate(variant, name)
            assert estimate is not None
            assert (name, variant, estimate.n) == (name, variant, n)
            assert estimate.value == pytest.approx(wanted), (name, variant)
            assert estimate.coverage == 1.0


def test_gates_hold_the_whole_and_its_parts_each_in_its_own_direction(run: harness.EvaluatedRun) -> None:
    statuses = {gate.name: gate.status for gate in run.judgement.gates}
    assert statuses == {
        "better calls": "passed",
        "fewer needless calls": "passed",
        "no more repeats": "passed",
        "today calls without need": "failed",
        "today is no better": "failed",
        "cheap": "passed",
    }
    comparison = harness.compare(run, "tuned", "today", "tool_call_correct.unnecessary")
    assert (comparison.verdict, comparison.higher_is_better) == ("better", False)
    assert comparison.effect == pytest.approx(-14 / 32)


def test_the_numbers_of_calls_are_kept_with_the_scores(run: harness.EvaluatedRun) -> None:
    frame = run.to_frame().query("metric == 'tool_call_correct'")
    sums = frame.pivot_table(index="variant", columns="column", values="value", aggfunc="sum")
    assert sums.loc["today", ["_expected", "_made", "_paired", "_unnecessary"]].to_list() == [32, 36, 22, 14]
    assert sums.loc["tuned", ["_expected", "_made", "_right"]].to_list() == [32, 32, 32]


def test_a_cost_of_nothing_is_compared_with_one_above_it(run: harness.EvaluatedRun) -> None:
    cost = harness.compare(run, "tuned", "today", "cost")
    assert (cost.verdict, cost.effect) == ("worse", pytest.approx(0.001))
    latency = harness.compare(run, "tuned", "today", "latency")
    assert (latency.scale, latency.effect) == ("ratio", pytest.approx(2.0))


def test_the_run_and_its_report_can_be_read_again(run: harness.EvaluatedRun, tmp_path: Path) -> None:
    assert harness.load_run(run.folder).judgement == run.judgement
    page = harness.report(run, tmp_path / "report.html").read_text(encoding="utf-8")
    assert "tool_call_correct.unnecessary" in page


def test_fixtures_without_a_line_are_missing_and_withhold_the_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answers = outputs()
    run = harness.run(write(tmp_path / "assistant", today=answers["today"], tuned=answers["tuned"][4:]))
    failed = [stored for stored in run.run.responses if not stored.response.usable]
    assert [(s.variant, s.fixture_id, s.response.error_kind) for s in failed] == [
        ("tuned", f"one-{i}", "missing") for i in range(4)
    ]
    assert failed[0].response.error == "tuned.jsonl has no line for fixture one-0"
    assert run.run.record.totals["failed"] == 4
    comparison = harness.compare(run, "tuned", "today")
    assert comparison.verdict is None
    assert "28 of 32" in str(comparison.withheld)
    assert run.exit_code != 0


def test_bad_lines_of_an_outputs_file_stop_the_run_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answers = outputs()
    answers["tuned"][1] = {"id": "one-1", "calls": []}
    answers["today"].append(answers["today"][0])
    with pytest.raises(harness.HarnessError) as caught:
        harness.run(write(tmp_path / "assistant", **answers))
    assert list((tmp_path / ".harness").glob("**/*")) == []
    assert str(caught.value).splitlines() == [
        "assistant/today.jsonl:33: id 'one-0' is given twice, first at assistant/today.jsonl:1. keep one.",
        "assistant/tuned.jsonl:2: unknown key 'calls'. the keys are id, text, tool_calls, latency, cost.",
    ]


ASKING = """\
suite: assistant
fixtures: fixtures.jsonl
variants:
  baseline: {role: prompt, model: openai/clumsy, prompt: ask.yaml, api_base: "URL", price: PRICE}
  tuned: {role: fine_tune, model: openai/good, prompt: ask.yaml, api_base: "URL", price: PRICE}
metrics: [tool_call_correct, input_tokens, output_tokens, total_tokens, retries, truncation_rate, refusal_rate,
          cost_per_1000_calls]
"""


def test_tools_are_sent_through_litellm_and_the_calls_that_come_back_are_measured(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    by_question = {(line.get("input") or line["messages"][0]["content"]): line for line in fixtures()}

    def replies(behaviour: Any) -> Any:
        def reply(received: Received) -> Any:
            question = next(m["content"] for m in received.messages if m["role"] == "user")
            calls = behaviour(by_question[question])
            return calls_tools(*((c["name"], c["arguments"]) for c in calls)) if calls else answer("You are welcome.")

        return reply

    provider.on("clumsy", replies(clumsy))
    provider.on("good", replies(good))
    suite = ASKING.replace("URL", provider.url).replace("PRICE", "{input_per_million: 1, output_per_million: 2}")
    folder = write(tmp_path / "assistant", suite)
    (folder / "ask.yaml").write_text("- {role: system, content: Use the tools.}\n- {role: user, content: '{{ input }}'}\n")
    run = harness.run(folder)

    assert all(received.body["tools"] == TOOLS for received in provider.requests)
    conversation = next(r for r in provider.asked("good") if len(r.messages) > 2)
    assert [m["role"] for m in conversation.messages] == ["system", "user", "assistant", "tool"]
    stored = next(s for s in run.run.responses if (s.variant, s.fixture_id) == ("tuned", "one-3"))
    assert stored.response.tool_calls == (ToolCall("weather", {"city": "city 3"}, "call_0"),)
    values = {name: [value(run.judgement, v, f"tool_call_correct{name}") for v in ("baseline", "tuned")] for name in
              ("", ".unnecessary", ".no_call", ".repaired")}  # fmt: skip
    assert values == {"": [4 / 32, 1.0], ".unnecessary": [14 / 32, 0.0], ".no_call": [0.0, 1.0], ".repaired": [0.0, 1.0]}
    operations = (
        "input_tokens",
        "output_tokens",
        "total_tokens",
        "retries",
        "truncation_rate",
        "refusal_rate",
        "cost_per_1000_calls",
    )
    assert [value(run.judgement, "tuned", name) for name in operations] == pytest.approx([12, 3, 15, 0, 0, 0, 0.018])
    assert harness.compare(run, "tuned", "baseline").verdict == "better"
