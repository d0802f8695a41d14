"""Logs read back: our own lines, plain traces, OpenAI's chat format, OpenTelemetry spans, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.capture import fixtures_of, only_mistakes, read_logs, shadow_suite
from harness.errors import HarnessError, SuiteError


def logged(folder: Path, *lines: Any, name: str = "logs.jsonl") -> Path:
    path = folder / name
    text = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("".join(line + "\n" for line in text), encoding="utf-8")
    return path


def attribute(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": any_value(value)}


def any_value(value: Any) -> dict[str, Any]:
    """As the OTLP specification maps protobuf's AnyValue to JSON; 64-bit integers are text."""
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"kvlistValue": {"values": [attribute(key, item) for key, item in value.items()]}}


def otlp(attributes: dict[str, Any], **span: Any) -> dict[str, Any]:
    whole = {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "chat gpt-4o",
        "kind": 3,
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": "1544712661500000000",
        "attributes": [attribute(key, value) for key, value in attributes.items()],
        "status": {},
        **span,
    }
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"scope": {"name": "x"}, "spans": [whole]}]}]}


MESSAGES = [
    {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
    {"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]},
]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "Rain."}], "finish_reason": "stop"}]
SPAN = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 97}


@pytest.mark.parametrize("structured", [True, False])
def test_spans_of_the_current_conventions_are_read_structured_or_as_json_text(tmp_path: Path, structured: bool) -> None:
    said = {"gen_ai.input.messages": MESSAGES, "gen_ai.output.messages": ANSWER}
    written = said if structured else {key: json.dumps(value) for key, value in said.items()}
    (call,) = read_logs(logged(tmp_path, otlp({**SPAN, **written}))).calls
    assert (call.id, call.variant, call.output, call.latency) == ("eee19b7ec3c1b174", "gpt-4o", "Rain.", 1.5)
    (fixture,) = fixtures_of([call])
    assert (fixture.input, fixture.messages, fixture.expected) == ("Weather in Paris?", None, None)
    assert call.at == "2018-12-13T14:51:00+00:00"


def test_the_older_forms_of_spans_and_what_a_console_exporter_prints_are_read(tmp_path: Path) -> None:
    indexed = {
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "a?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "b",
        "gen_ai.request.model": "m",
    }
    printed = {
        "name": "chat",
        "context": {"trace_id": "0x1", "span_id": "0x2", "trace_state": "[]"},
        "start_time": "2026-01-01T10:00:00.000000Z",
        "end_time": "2026-01-01T10:00:02.500000Z",
        "attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "harness.variant": "tuned"},
        "events": [
            {"name": "gen_ai.user.message", "attributes": {"content": "c?"}},
            {"name": "gen_ai.choice", "attributes": {"message": '{"content": "d"}'}},
        ],
    }
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(otlp(indexed), indent=2) + "\n" + json.dumps(printed, indent=4) + "\n", encoding="utf-8")
    first, second = read_logs(path).calls
    assert (first.messages, first.output) == (({"role": "user", "content": "a?"},), "b")
    assert (second.id, second.variant, second.output, second.latency) == ("0x2", "tuned", "d", 2.5)


def test_tool_calls_of_spans_come_back_and_what_is_no_text_is_passed_over(tmp_path: Path) -> None:
    call = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Paris"}}
    asked = [MESSAGES[1], {"role": "assistant", "parts": [call]}]
    asked.append({"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"rain": True}}]})
    calls = [{"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, call]}]
    picture = [{"role": "user", "parts": [{"type": "blob", "mime_type": "image/png", "content": "aGk="}]}]
    path = logged(
        tmp_path,
        otlp({**SPAN, "gen_ai.input.messages": asked, "gen_ai.output.messages": calls}),
        otlp({**SPAN, "gen_ai.input.messages": picture, "gen_ai.output.messages": ANSWER}),
        otlp({"http.method": "GET"}),
        otlp({"gen_ai.operation.name": "embeddings"}),
        otlp(SPAN),
    )
    logs = read_logs(path)
    (read,) = logs.calls
    assert read.tool_calls == ({"name": "weather", "arguments": {"city": "Paris"}},)
    assert read.messages is not None
    assert read.messages[2] == {"role": "tool", "content": '{"rain": true}', "tool_call_id": "c1"}
    assert logs.passed_over == {
        "model calls with parts that are no text": 1,
        "spans that are no model calls": 2,
        "model calls whose content was not recorded": 1,
    }


def test_spans_without_content_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"content was not recorded.*have your instrumentation record message content"):
        read_logs(logged(tmp_path, otlp(SPAN)))


@pytest.mark.parametrize(
    ("line", "asked", "output"),
    [
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}, "q", "a"),
        ({"input": {"order": 7}, "output": {"sku": 1}}, {"order": 7}, '{"sku": 1}'),
        ({"prompt": "q", "completion": "a", "latency_ms": 500}, "q", "a"),
        (
            {
                "request": {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}]},
                "response": {"choices": [{"message": {"role": "assistant", "content": "a"}}]},
            },
            "q",
            "a",
        ),
    ],
)
def test_plain_traces_and_openai_forms_are_read(tmp_path: Path, line: dict[str, Any], asked: Any, output: str) -> None:
    (call,) = read_logs(logged(tmp_path, line)).calls
    (fixture,) = fixtures_of([call])
    assert (fixture.input, call.output, fixture.id) == (asked, output, "logs-1")
    if "latency_ms" in line:
        assert call.latency == 0.5


def test_corrections_name_a_question_a_call_or_a_response_and_the_latest_counts(tmp_path: Path) -> None:
    path = logged(
        tmp_path,
        {"id": "a", "input": "1", "output": "x", "call_id": "c-a", "response_id": "same"},
        {"id": "b", "input": "2", "output": "y", "response_id": "same"},
        {"correction_of": "c-a", "output": "new", "at": "2026-02-02"},
        {"correction_of": "a", "output": "old", "at": "2026-01-01"},
        {"correction_of": "same", "output": "?", "at": "2026-01-01"},
        {"correction_of": "gone", "output": "?", "at": "2026-01-01"},
    )
    logs = read_logs(path)
    assert [call.correction for call in logs.calls] == ["new", None]
    assert sum(logs.passed_over.values()) == 2
    assert only_mistakes(logs)


def test_equal_questions_share_a_group_and_a_conversation_stays_one(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "1"}, {"role": "assistant", "content": "2"}, {"role": "user", "content": "3"}]
    path = logged(
        tmp_path,
        {"id": "a", "input": "same", "output": "x"},
        {"id": "b", "input": "same", "output": "y"},
        {"id": "c", "messages": [{"role": "system", "content": "s"}, *turns], "output": "z"},
    )
    a, b, c = fixtures_of(read_logs(path).calls)
    assert a.group == b.group == "asked-as-a"
    assert (c.group, c.input, list(c.messages or ())) == (None, None, turns)


def test_every_bad_line_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = logged(
        tmp_path,
        {"input": "fine", "output": "x"},
        "{not json}",
        "[1, 2]",
        {"output": "no question"},
        {"input": "x", "latency": -1},
        {"messages": [{"content": "no role"}]},
        '{"input": "\\ud800", "output": "x"}',
        {"promptt": "x", "output": "y"},
        '{"input": ' + "[" * 5000 + "]" * 5000 + "}",
        {"input": "fine", "output": "x"},
    )
    with pytest.raises(SuiteError) as error:
        read_logs(path)
    assert [fault.line for fault in error.value.faults] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert all(fault.file and fault.hint for fault in error.value.faults)
    assert "did you mean prompt" in str(error.value)


def test_half_a_line_that_a_killed_process_left_is_passed_over(tmp_path: Path) -> None:
    path = logged(tmp_path, {"input": "a", "output": "b"})
    with path.open("a", encoding="utf-8") as file:
        file.write('{"input": "cut o')
    logs = read_logs(tmp_path)
    assert len(logs.calls) == 1
    assert logs.passed_over == {"half a line at the end of a file": 1}


def test_a_shadow_suite_needs_two_variants_and_a_question_in_common(tmp_path: Path) -> None:
    one = logged(tmp_path, {"id": "a", "input": "q", "output": "x", "variant": "v"})
    with pytest.raises(SuiteError, match="one variant alone"):
        shadow_suite(read_logs(one), tmp_path / "s")
    two = logged(
        tmp_path,
        {"id": "a", "input": "q", "output": "x", "variant": "v"},
        {"id": "b", "input": "q", "output": "x", "variant": "w", "shadow": True},
    )
    with pytest.raises(SuiteError, match="no question was answered by two"):
        shadow_suite(read_logs(two), tmp_path / "s")
    (tmp_path / "s").mkdir(exist_ok=True)
    (tmp_path / "s" / "mine").write_text("", encoding="utf-8")
    with pytest.raises(HarnessError, match="holds something"):
        shadow_suite(read_logs(two), tmp_path / "s")
