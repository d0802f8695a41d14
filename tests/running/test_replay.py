"""A replay opens no socket: it uses what is stored and names what is missing."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from harness.running import run_suite
from harness.store import Store
from tests.provider import Provider
from tests.running.suites import asks, write_suite


def test_a_replay_uses_stored_answers_and_names_the_missing(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "runs")
    variants = {"a": asks("one", provider.url), "b": asks("two", provider.url)}
    run_suite(write_suite(tmp_path, variants, fixtures=4), store, limit=3)
    provider.close()
    monkeypatch.setattr(socket, "socket", None)  # whoever opens one now fails loudly

    outcome = run_suite(write_suite(tmp_path, variants, fixtures=5), store, replay=True)

    assert outcome.missing == (("a", "f3"), ("a", "f4"), ("b", "f3"), ("b", "f4"))
    run = store.read(outcome.folder)
    assert [(r.variant, r.fixture_id) for r in run.responses] == [(v, f"f{i}") for v in "ab" for i in range(3)]
    assert (run.record.status, run.record.totals["missing"]) == ("stopped", 4)

    whole = run_suite(write_suite(tmp_path, variants, fixtures=3), store, replay=True)
    assert whole.missing == ()
    assert store.read(whole.folder).record.status == "complete"


def test_a_replay_still_works_out_what_needs_no_connection(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    files = {
        "train.jsonl": [{"id": "t", "input": "question", "expected": "yes"}],
        "today.jsonl": [{"id": "f0", "text": "no"}],
        "rules.py": "def answer(fixture):\n    return 'x'\n",
    }
    variants = {
        "floor": {"role": "floor", "method": "majority"},
        "today": {"role": "current", "outputs": "today.jsonl"},
        "rules": {"role": "current", "callable": "rules.py:answer"},
    }
    suite = write_suite(tmp_path, variants, fixtures=1, files=files, training_data="train.jsonl")

    outcome = run_suite(suite, store, replay=True)

    assert outcome.missing == (("rules", "f0"),), "what a callable does is not ours to know: it may open a connection"
    assert {r.variant: r.response.text for r in store.read(outcome.folder).responses} == {"floor": "yes", "today": "no"}
