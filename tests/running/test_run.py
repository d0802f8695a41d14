"""A run asks what is not known, once, and keeps every answer."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteError
from harness.running import plan, run_suite
from harness.store import Store
from tests.provider import Provider, fails
from tests.running.suites import Remembering, asks, echo, write_suite


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def test_every_fixture_is_asked_of_every_variant_once_and_the_second_run_asks_nothing(
    tmp_path: Path, provider: Provider, store: Store
) -> None:
    provider.default = echo
    suite = write_suite(tmp_path, {"a": asks("one", provider.url), "b": asks("two", provider.url)}, repeats=2)
    progress = Remembering()

    first = store.read(run_suite(suite, store, progress=progress).folder)

    assert len(provider.requests) == 6 * 2 * 2
    assert [(r.variant, r.fixture_id, r.repeat) for r in first.responses] == [
        (variant, f"f{i}", repeat) for variant in "ab" for i in range(6) for repeat in range(2)
    ]
    assert all(r.response.text.endswith(f"question {r.fixture_id[1:]}") for r in first.responses)
    assert (progress.total, progress.cached, len(progress.finished_ones), progress.closed) == (24, 0, 24, True)
    assert first.record.status == "complete"
    assert first.record.totals["cost"] == pytest.approx(24 * (12 * 1e-6 + 3 * 2e-6))
    assert {key: first.record.totals[key] for key in ("planned", "asked", "cached", "failed")} == {
        "planned": 24, "asked": 24, "cached": 0, "failed": 0,
    }  # fmt: skip

    second = store.read(run_suite(suite, store, progress=(progress := Remembering())).folder)

    assert len(provider.requests) == 24
    assert (progress.cached, progress.finished_ones) == (24, [])
    assert second.record.totals["asked"] == 0 and second.record.totals["cost"] == 0
    assert all(r.cached for r in second.responses)
    assert [(r.response, r.finished_at) for r in second.responses] == [(r.response, r.finished_at) for r in first.responses]

    third = store.read(run_suite(suite, store, fresh=True).folder)
    assert len(provider.requests) == 48
    assert not any(r.cached for r in third.responses)


def test_only_what_changed_is_asked(tmp_path: Path, provider: Provider, store: Store) -> None:
    variants = {"a": asks("one", provider.url), "b": asks("two", provider.url)}
    run_suite(write_suite(tmp_path, variants), store)
    changed = {"a": variants["a"], "b": variants["b"] | {"params": {"max_tokens": 5}}, "renamed": variants["a"]}
    fixtures = [{"id": f"other{i}", "input": f"question {i}"} for i in range(7)]

    run = store.read(run_suite(write_suite(tmp_path, changed, fixtures=fixtures), store).folder)

    assert len(provider.asked("one")) == 6 + 1, "one new question, and the same one of a renamed variant is not sent twice"
    assert len(provider.asked("two")) == 6 + 7
    assert len(run.responses) == 21
    assert run.record.totals["asked"] == 8


def test_failed_requests_are_asked_again_and_never_dropped(tmp_path: Path, provider: Provider, store: Store) -> None:
    provider.on("one", fails(400, "too odd"), "fine")
    suite = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=3, concurrency=1)

    first = store.read(run_suite(suite, store).folder)
    assert [r.response.outcome for r in first.responses] == ["failed", "answered", "answered"]
    assert (first.record.totals["failed"], first.record.status, first.record.stopped) == (1, "complete", {})

    second = store.read(run_suite(suite, store).folder)
    assert [r.response.outcome for r in second.responses] == ["answered"] * 3
    assert [r.cached for r in second.responses] == [False, True, True]
    assert len(provider.requests) == 4


def test_no_more_requests_are_in_flight_than_the_suite_allows(tmp_path: Path, provider: Provider, store: Store) -> None:
    from tests.provider import answer

    provider.default = answer("ok", delay=0.02)
    run_suite(write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=20, concurrency=3), store)

    assert provider.most_at_once == 3


def test_variants_limit_and_repeats_select(tmp_path: Path, provider: Provider, store: Store) -> None:
    suite = write_suite(tmp_path, {"a": asks("one", provider.url), "b": asks("two", provider.url)})

    run = store.read(run_suite(suite, store, variants=["b"], limit=2, repeats=3).folder)

    assert [(r.variant, r.fixture_id, r.repeat) for r in run.responses] == [
        ("b", fixture, repeat) for fixture in ("f0", "f1") for repeat in range(3)
    ]
    assert [f.id for f in run.fixtures] == ["f0", "f1"]
    assert run.record.selection == {
        "variants": ["b"], "limit": 2, "repeats": 3, "fixtures": 2, "fresh": False, "replay": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"variants": ["tunde"]}, r"suite\.yaml:\d+: there is no variant 'tunde'\. did you mean tuned"),
        ({"variants": []}, "no variant is selected"),
        ({"limit": 0}, "limit is 0"),
        ({"repeats": 0}, "repeats is 0"),
        ({"fresh": True, "replay": True}, "give one of them"),
    ],
)
def test_what_cannot_be_selected_is_refused_in_words(tmp_path: Path, store: Store, options: dict[str, Any], told: str) -> None:
    suite = write_suite(tmp_path, {"tuned": asks("one", "http://127.0.0.1:1/v1")})

    with pytest.raises(SuiteError, match=told):
        run_suite(suite, store, **options)
    assert store.list() == []


def test_a_plan_is_streamed_and_asks_nothing(tmp_path: Path, provider: Provider) -> None:
    corpus = {
        "tea.md": "# Green tea\nsteep 2 minutes\n# Black tea\nsteep 4 minutes\n",
        "rag.yaml": "- {role: user, content: '{{ context }} {{ input }}'}\n",
    }
    rag = asks("two", provider.url, role="rag", prompt="rag.yaml", retrieval={"corpus": "tea.md", "top_k": 1})
    suite = write_suite(
        tmp_path, {"a": asks("one", provider.url), "rag": rag}, fixtures=[{"id": "t", "input": "black tea?"}], files=corpus
    )

    planned = list(plan(suite))

    assert [p.variant for p in planned] == ["a", "rag"]
    assert planned[0].request is not None and planned[0].request.hash == planned[0].hash
    assert [hit.id for hit in planned[1].retrieved] == ["tea.md#black-tea"]
    assert planned[1].request is not None
    assert planned[1].request.messages[0]["content"] == "Black tea\nsteep 4 minutes black tea?"
    assert provider.requests == []


def test_what_was_retrieved_is_kept_also_for_known_answers(tmp_path: Path, provider: Provider, store: Store) -> None:
    files = {"a.md": "# Tea\nhot\n", "rag.yaml": "- {role: user, content: '{{ context }} {{ input }}'}\n"}
    rag = asks("two", provider.url, role="rag", prompt="rag.yaml", retrieval={"corpus": "*.md", "top_k": 1})
    run_suite(write_suite(tmp_path, {"rag": rag}, fixtures=1, files=files), store)
    (tmp_path / "a.md").rename(tmp_path / "b.md")

    run = store.read(run_suite(write_suite(tmp_path, {"rag": rag}, fixtures=1), store).folder)

    assert run.responses[0].cached
    assert [hit.id for hit in run.responses[0].retrieved] == ["b.md#tea"], "the file's new name, the answer of the old"


def test_a_run_may_be_started_where_an_event_loop_runs(tmp_path: Path, provider: Provider, store: Store) -> None:
    suite = write_suite(tmp_path, {"a": asks("one", provider.url)}, fixtures=2)

    async def notebook() -> Path:
        return run_suite(suite, store).folder

    assert len(store.read(asyncio.run(notebook())).responses) == 2


def test_an_unknown_price_leaves_the_cost_unknown(tmp_path: Path, provider: Provider, store: Store) -> None:
    suite = write_suite(tmp_path, {"a": asks("one", provider.url, price=None)}, fixtures=2)

    run = store.read(run_suite(suite, store).folder)

    assert run.record.totals["cost"] is None
    assert run.record.variants["a"]["price"]["source"] == "unknown"


def test_the_record_says_where_a_run_comes_from(tmp_path: Path, provider: Provider, store: Store) -> None:
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=1)
    git = [
        "git",
        "-C",
        str(tmp_path / "suite"),
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "commit.gpgsign=false",
    ]
    assert store.read(run_suite(suite, store).folder).record.git == {}
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "begin"]):
        subprocess.run([*git, *command], check=True)

    record = store.read(run_suite(suite, store).folder).record
    assert len(record.git["commit"]) == 40 and record.git["dirty"] is False
    assert record.hashes == suite.hashes
    assert {"finetune-harness", "litellm", "duckdb", "numpy", "scipy"} <= set(record.packages)
    assert record.variants["a"]["price"]["source"] == "suite"
    assert record.definition["suite"] == "questions"

    (tmp_path / "suite" / "ask.yaml").write_text("- {role: user, content: 'other {{ input }}'}\n")
    assert store.read(run_suite(suite, store).folder).record.git["dirty"] is True


def test_no_key_reaches_the_run_folder(tmp_path: Path, provider: Provider, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUESTIONS_KEY", "sk-secret-0123456789abcdef")
    provider.on("one", fails(401, "Incorrect API key provided: sk-secret-0123456789abcdef."))
    suite = write_suite(tmp_path, {"a": asks("one", provider.url, api_key_env="QUESTIONS_KEY")}, fixtures=1)

    folder = run_suite(suite, store).folder

    assert provider.requests[0].headers["authorization"] == "Bearer sk-secret-0123456789abcdef"
    assert store.read(folder).responses[0].response.error_kind == "auth"
    assert all(b"sk-secret" not in file.read_bytes() for file in folder.iterdir())
    assert "sk-secret" not in repr(store.read(folder))
