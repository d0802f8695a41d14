"""Suites written to disk for the tests, and what loading them says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import Fault, SuiteError
from harness.suite import Suite, load_suite

SUITE = """\
suite: tiny
fixtures: fixtures.jsonl
variants:
  plain: {role: prompt, model: openai/small, prompt: ask.yaml}
metrics:
  - exact_match
"""
PROMPT = "- {role: system, content: Be brief.}\n- {role: user, content: '{{ input }}'}\n"
FIXTURES = ({"id": "a", "input": "one?", "expected": "1", "tags": ["edge"]}, {"id": "b", "input": "two?", "expected": "2"})


def write(
    folder: Path, suite: str = SUITE, fixtures: Iterable[Any] | bytes = FIXTURES, prompt: str = PROMPT, **files: str | bytes
) -> Path:
    """Write a suite; ``files`` are further files, ``__`` standing for ``.`` in their names."""
    (folder / "suite.yaml").write_text(suite)
    (folder / "ask.yaml").write_text(prompt)
    data = fixtures if isinstance(fixtures, bytes) else "".join(json.dumps(fixture) + "\n" for fixture in fixtures).encode()
    (folder / "fixtures.jsonl").write_bytes(data)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def faults_of(folder: Path, checks: Iterable[Callable[[Suite], Iterable[Fault]]] = ()) -> list[str]:
    """Load a suite that cannot be used; its faults, without the folder's name."""
    with pytest.raises(SuiteError) as raised:
        load_suite(folder, checks=tuple(checks))
    return [line.replace(f"{folder}/", "") for line in str(raised.value).splitlines()]
