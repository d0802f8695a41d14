"""Logged calls as fixtures, and as a suite in which the variants that answered them are compared."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.capture.call import LoggedCall, plain_call
from harness.capture.reading import Logs
from harness.errors import Fault, HarnessError, SuiteError
from harness.suite import Fixture, fixture_record

_NOT_ASKED = ("system", "developer")


def fixtures_of(calls: Iterable[LoggedCall]) -> tuple[Fixture, ...]:
    """One fixture for each question, in the order they were logged.

    A question that was corrected has that as ``expected``; the others have none and are ready to be labelled: what the model
    answered is never taken for right. A conversation of a single user turn becomes plain ``input``, so that a prompt of the
    suite can put it in its own way; system turns are left out, since they are the prompt's. Equal questions are put into one
    group, because they are no independent observations.
    """
    by_id: dict[str, list[LoggedCall]] = {}
    for call in calls:
        by_id.setdefault(call.id, []).append(call)
    made: list[Fixture] = []
    first: dict[str, int] = {}
    for same in by_id.values():
        call = min(same, key=lambda one: one.shadow)
        asked, turns = question(call)
        corrected = next((one.correction for one in same if one.correction is not None), None)
        meta = {"at": call.at, "prompt_version": call.prompt_version, "from": call.source}
        fixture = Fixture(
            id=call.id,
            input=asked,
            messages=turns,
            expected=corrected,
            tags=call.tags,
            group=call.group,
            tools=call.tools,
            meta={key: value for key, value in meta.items() if value},
        )
        key = json.dumps([asked, turns], sort_keys=True, default=str)
        at = first.setdefault(key, len(made))
        if at != len(made) and fixture.group is None:
            shared = made[at].group or f"asked-as-{made[at].id}"
            made[at] = _grouped(made[at], shared)
            fixture = _grouped(fixture, shared)
        made.append(fixture)
    return tuple(made)


def question(call: LoggedCall) -> tuple[str | Mapping[str, Any] | None, tuple[Mapping[str, Any], ...] | None]:
    """What was asked, as a fixture's ``input`` or ``messages``; exactly one of the two is given."""
    if call.input is not None:
        return call.input, None
    turns = [turn for turn in call.messages or () if turn.get("role") not in _NOT_ASKED]
    content = turns[0].get("content") if turns else None
    if len(turns) == 1 and isinstance(content, list) and all(isinstance(p, Mapping) and p.get("type") == "text" for p in content):
        content = "\n".join(str(part.get("text", "")) for part in content)
    if len(turns) == 1 and turns[0].get("role") == "user" and isinstance(content, str):
        return content, None
    return None, tuple(turns)


def write_fixtures(fixtures: Sequence[Fixture], path: str | os.PathLike[str]) -> Path:
    """Write fixtures as JSON lines, in a new file.

    Raises:
        HarnessError: The file is there already.
    """
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(fixture_record(fixture), ensure_ascii=False) + "\n" for fixture in fixtures)
    try:
        with place.open("x", encoding="utf-8") as file:
            file.write(lines)
    except FileExistsError:
        raise HarnessError(Fault("the file is there already", "give another name; nothing is overwritten", str(path))) from None
    return place


def shadow_suite(logs: Logs, folder: str | os.PathLike[str], *, name: str | None = None) -> Path:
    """Write a suite whose variants are those that answered the logged questions; ``harness run`` compares them, asking nobody.

    The first production variant is today's process (``current``), the others are fine-tunes held against it. Questions that
    only one of them was asked are left out. Where something was corrected it is measured against; latency and cost always are.

    Args:
        logs: The calls.
        folder: Where the suite is written; a new folder.
        name: The suite's name; the folder's unless given.

    Returns:
        The folder.

    Raises:
        SuiteError: Fewer than two variants answered, or they have no question in common.
        HarnessError: The folder is there already and holds something.
    """
    place = Path(folder)
    if place.exists() and any(place.iterdir()):
        raise HarnessError(Fault("the folder is there already and holds something", "give another name", str(folder)))
    answered: dict[str, dict[str, LoggedCall]] = {variant: {} for variant in logs.variants}
    for call in logs.calls:
        if call.has_output and call.error is None:
            answered[call.variant][call.id] = call
    asked = {v: {call.id for call in logs.calls if call.variant == v} for v in answered}
    if len(answered) < 2:
        found = ", ".join(answered) or "none"
        raise SuiteError(Fault(f"one variant alone answered ({found})", "log a candidate in the shadow, or name the variants"))
    shadowed = set().union(*[ids for v, ids in asked.items() if v != next(iter(answered))])
    kept = [call for call in logs.calls if call.id in asked[next(iter(answered))] & shadowed]
    if not kept:
        raise SuiteError(
            Fault("no question was answered by two variants", 'log both under one id: metadata={"harness": {"id": ...}}')
        )
    fixtures = fixtures_of(kept)
    names = _variant_names(answered)
    place.mkdir(parents=True, exist_ok=True)
    write_fixtures(fixtures, place / "fixtures.jsonl")
    (place / "outputs").mkdir()
    ids = {fixture.id for fixture in fixtures}
    for variant, calls in answered.items():
        lines = [json.dumps(_output(call), ensure_ascii=False) + "\n" for identity, call in calls.items() if identity in ids]
        (place / "outputs" / f"{names[variant]}.jsonl").write_text("".join(lines), encoding="utf-8")
    (place / "suite.yaml").write_text(_suite_yaml(name or place.name, names, fixtures), encoding="utf-8")
    return place


def only_mistakes(logs: Logs) -> bool:
    """Whether there are corrections and each differs from what production answered, so that it loses on all of them."""
    seen = [call for call in logs.calls if call.correction is not None and not call.shadow and call.has_output]
    return bool(seen) and not any(_same(call.correction, call.output) for call in seen)


def _same(correction: Any, output: str) -> bool:
    if isinstance(correction, str):
        return correction.strip() == output.strip()
    try:
        return bool(json.loads(output) == correction)
    except (ValueError, RecursionError):
        return False


def _output(call: LoggedCall) -> dict[str, Any]:
    line: dict[str, Any] = {"id": call.id, "text": call.output, "latency": call.latency, "cost": call.cost}
    if call.tool_calls:
        line["tool_calls"] = [plain_call(tool) for tool in call.tool_calls]
    return {key: value for key, value in line.items() if value is not None}


def _variant_names(answered: Iterable[str]) -> dict[str, str]:
    """A name a suite allows for each variant: ``openai/gpt-4o`` is ``openai_gpt-4o``."""
    names: dict[str, str] = {}
    for variant in answered:
        plain = re.sub(r"[^\w.-]+", "_", variant).lstrip(".-") or "variant"
        taken, number, made = set(names.values()), 2, plain
        while made in taken:
            made, number = f"{plain}_{number}", number + 1
        names[variant] = made
    return names


def _suite_yaml(name: str, names: Mapping[str, str], fixtures: Sequence[Fixture]) -> str:
    expected = [fixture.expected for fixture in fixtures if fixture.expected is not None]
    if any(isinstance(value, Mapping) and "tool_calls" in value for value in expected):
        metrics = ["tool_call_correct"]
    else:
        metrics = ["accuracy"] if expected else ["output_tokens"]
    first, *others = names.values()
    variants = [f"  {json.dumps(first)}: {{role: current, outputs: {json.dumps(f'outputs/{first}.jsonl')}}}"]
    variants += [f"  {json.dumps(v)}: {{role: fine_tune, outputs: {json.dumps(f'outputs/{v}.jsonl')}}}" for v in others]
    suite = re.sub(r"[^A-Za-z0-9_.-]+", "_", name).lstrip("._-") or "shadow"
    lines = [
        f"suite: {suite}",
        "description: Made from production logs; every answer is recorded and nothing is asked.",
        "fixtures: fixtures.jsonl",
        "variants:",
        *variants,
        "metrics:",
        *(f"  - {metric}" for metric in metrics),
    ]
    return "\n".join(lines) + "\n"


def _grouped(fixture: Fixture, group: str) -> Fixture:
    from dataclasses import replace

    return replace(fixture, group=group)
