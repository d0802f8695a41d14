"""Fixtures may be called anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider
from tests.running.suites import asks, echo, write_suite

IDS = [
    "../../etc/passwd",
    "a/b\\c",
    "quo\"te's; DROP TABLE r; --",
    "🦆 é ß 漢",
    "{{ id }} {% raw %}",
    "$file",
    "-rf",
    "x" * 5000,
]


def test_ids_of_any_characters_come_back_as_they_are(tmp_path: Path, provider: Provider) -> None:
    provider.default = echo
    fixtures = [{"id": name, "input": f"question {number}", "expected": "x"} for number, name in enumerate(IDS)]
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=fixtures)
    store = Store(tmp_path / "runs")

    run = store.read(run_suite(suite, store).folder)

    assert [r.fixture_id for r in run.responses] == [fixture.id for fixture in suite.fixtures] == IDS
    assert [f.id for f in run.fixtures] == IDS
    again = store.read(run_suite(suite, store).folder)
    assert len(provider.requests) == len(IDS)
    assert [r.response for r in again.responses] == [r.response for r in run.responses]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs", "suite"]


@pytest.mark.parametrize("name", ["new\nline", "\u202eleft", "nul\x00byte", " ", ""])
def test_ids_that_cannot_be_seen_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SuiteError, match=r"fixtures\.jsonl:1: id is "):
        write_suite(tmp_path, {"a": asks("one", "http://127.0.0.1:1/v1")}, fixtures=[{"id": name, "input": "x"}])


@pytest.mark.parametrize("name", ["a/b", "../up", ".hidden", "", "a b", "ä", "x\n", "-rf", "a\x00b"])
def test_a_suite_whose_name_could_not_be_a_folder_s_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SuiteError, match=r"suite\.yaml"):
        write_suite(tmp_path, {"a": asks("one", "http://127.0.0.1:1/v1")}, suite=name)
