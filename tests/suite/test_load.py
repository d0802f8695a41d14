"""A suite that can be used, as the rest of the program sees it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import Fault
from harness.suite import Suite, definition_from_record, fixture_from_record, fixture_record, in_slice, load_suite
from tests.suite.writing import FIXTURES, SUITE, faults_of, write

RICH = """\
suite: rich
fixtures: fixtures.jsonl
training_data: train.jsonl
variants:
  plain: {role: prompt, model: openai/small, prompt: ask.yaml, params: {temperature: 0}}
  rag:
    role: rag
    model: openai/small
    prompt: rag.yaml
    retrieval: {corpus: "*.md"}
  tuned: {role: fine_tune, model: local/tiny, adapter: tuned.gguf, prompt: ask.yaml}
  today: {role: current, outputs: today.jsonl}
  rules: {role: current, callable: "rules.py:answer"}
metrics:
  - exact_match
  - json_schema: {schema: order.json}
slices: ["tag:edge"]
gates:
  - {name: better, metric: exact_match, candidate: tuned, over: plain, require: better, margin: 0.02}
  - {name: above the floor, metric: exact_match, candidate: tuned, over: nearest, require: better}
  - {name: fast, metric: latency_p95, candidate: tuned, at_most: 2}
"""
RAG = "- {role: system, content: 'Know: {{ context }}'}\n- {role: user, content: '{{ input }}'}\n"
TRAIN = '{"messages": [{"role": "user", "content": "zero?"}, {"role": "assistant", "content": "0"}]}\n'


def rich(folder: Path) -> Path:
    files = {"train__jsonl": TRAIN, "rag__yaml": RAG, "facts__md": "# Facts\nnone\n", "tuned__gguf": b"GGUF"}
    return write(folder, RICH, **files, today__jsonl="", rules__py="")


def test_a_rich_suite_loads_with_everything_in_it(tmp_path: Path) -> None:
    suite = load_suite(rich(tmp_path))
    assert suite.name == "rich"
    assert suite.path == tmp_path / "suite.yaml"
    assert suite.folder == tmp_path
    assert [fixture.id for fixture in suite.fixtures] == ["a", "b"]
    assert suite.training[0].expected == "0"
    assert suite.training[0].question == "zero?"
    assert list(suite.variants) == ["plain", "rag", "tuned", "today", "rules", "majority", "nearest"]
    assert suite.variants["nearest"].role == "floor"
    assert set(suite.prompts) == {"plain", "rag", "tuned"}
    assert suite.metric_entries[1].name == "json_schema"
    assert suite.metric_entries[1].options == {"schema": "order.json"}
    assert suite.metric_entries[1].line == RICH.splitlines().index("  - json_schema: {schema: order.json}") + 1


def test_the_folder_and_the_file_name_the_same_suite(tmp_path: Path) -> None:
    assert load_suite(write(tmp_path)) == load_suite(tmp_path / "suite.yaml")


def test_floors_are_added_only_where_they_can_answer_and_are_wanted(tmp_path: Path) -> None:
    assert list(load_suite(write(tmp_path)).variants) == ["plain"]
    trained = SUITE + "training_data: train.jsonl\n"
    assert list(load_suite(write(tmp_path, trained, train__jsonl=TRAIN)).variants) == ["plain", "majority", "nearest"]
    assert list(load_suite(write(tmp_path, trained + "floors: false\n")).variants) == ["plain"]
    own = trained.replace("metrics:", "  lowest: {role: floor, method: majority}\nmetrics:")
    assert list(load_suite(write(tmp_path, own)).variants) == ["plain", "lowest"]


def test_lines_are_those_of_the_nearest_key(tmp_path: Path) -> None:
    suite = load_suite(rich(tmp_path))
    lines = RICH.splitlines()
    assert suite.line_of("variants", "rag", "retrieval", "corpus") == lines.index('    retrieval: {corpus: "*.md"}') + 1
    assert suite.line_of("variants", "rag", "retrieval", "top_k") == suite.line_of("variants", "rag", "retrieval")
    assert suite.line_of("gates", 2, "at_most") == len(lines)
    assert suite.line_of("variants", "majority") == 4
    assert suite.line_of("seed") == 1
    assert str(suite.fault("it is late", "hurry", "gates", 2)) == f"{suite.path}:{len(lines)}: it is late. hurry."


def test_places_are_told_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    suite = load_suite(tmp_path.name)
    assert suite.fault("x").file == f"{tmp_path.name}/suite.yaml"
    assert suite.sources == {"a": f"{tmp_path.name}/fixtures.jsonl:1", "b": f"{tmp_path.name}/fixtures.jsonl:2"}


def test_hashes_follow_what_is_said_and_not_how_it_is_written(tmp_path: Path) -> None:
    suite = load_suite(rich(tmp_path))
    assert suite.hashes["suite"] == hashlib.sha256(RICH.encode()).hexdigest()
    assert suite.hashes["adapters"] == {"tuned": hashlib.sha256(b"GGUF").hexdigest()}
    assert suite.hashes["training"] is not None
    assert set(suite.hashes["corpora"]) == {"rag"}
    assert suite.hashes["prompts"]["plain"] == suite.hashes["prompts"]["tuned"] != suite.hashes["prompts"]["rag"]
    spaced = b"\r\n\n".join(json.dumps(dict(reversed(f.items())), indent=None).encode() for f in FIXTURES)
    (tmp_path / "fixtures.jsonl").write_bytes(b"\xef\xbb\xbf" + spaced)
    (tmp_path / "ask.yaml").write_text("# a comment\n" + (tmp_path / "ask.yaml").read_text())
    again = load_suite(tmp_path)
    assert again.hashes == suite.hashes
    (tmp_path / "facts.md").write_text("# Facts\nmany\n")
    (tmp_path / "fixtures.jsonl").write_text(json.dumps({**FIXTURES[0], "expected": "2"}))
    changed = load_suite(tmp_path)
    assert changed.hashes["corpora"] != suite.hashes["corpora"]
    assert changed.hashes["fixtures"] != suite.hashes["fixtures"]
    assert changed.hashes["prompts"] == suite.hashes["prompts"]


def test_fixtures_and_corpora_are_read_from_globs_and_urls(tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/far/c.jsonl", b'{"id": "c", "input": "three?"}\n')
    memory.pipe("/far/facts.md", b"# Far\naway\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "d.jsonl").write_text('{"id": "d", "input": "four?"}\n')
    suite = SUITE.replace("fixtures: fixtures.jsonl", 'fixtures: [fixtures.jsonl, "more/*.jsonl", "memory://far/*.jsonl"]')
    suite = suite.replace(
        "metrics:", '  rag: {role: rag, model: x, prompt: rag.yaml, retrieval: {corpus: "memory://far/*.md"}}\nmetrics:'
    )
    loaded = load_suite(write(tmp_path, suite, rag__yaml=RAG))
    assert [fixture.id for fixture in loaded.fixtures] == ["a", "b", "d", "c"]
    assert loaded.sources["c"] == "memory:///far/c.jsonl:1"
    assert "rag" in loaded.hashes["corpora"]


def test_definition_and_fixtures_survive_json(tmp_path: Path) -> None:
    suite = load_suite(rich(tmp_path))
    stored = json.loads(json.dumps(suite.definition.model_dump(mode="json")))
    assert definition_from_record(stored) == suite.definition
    full = dataclasses.replace(
        suite.fixtures[0],
        input={"a": [1, "ü"]},
        group="g",
        tools=({"type": "function", "function": {"name": "f"}},),
        gold_context=("x.md#y",),
        weight=2.5,
        meta={"k": None},
    )
    for fixture in (*suite.fixtures, *suite.training, full):
        assert fixture_from_record(json.loads(json.dumps(fixture_record(fixture)))) == fixture


def test_slices_are_tags_and_groups(tmp_path: Path) -> None:
    tagged = dataclasses.replace(load_suite(write(tmp_path)).fixtures[0], group="one")
    assert in_slice(tagged, "tag:edge")
    assert in_slice(tagged, "group:one")
    assert not in_slice(tagged, "tag:edg")
    with pytest.raises(ValueError, match="tag:<tag>"):
        in_slice(tagged, "edge")


def test_further_checks_are_told_together_with_other_faults(tmp_path: Path) -> None:
    def check(suite: Suite) -> list[Fault]:
        return [suite.fault(f"{entry.name} is slow", "wait", "metrics", i) for i, entry in enumerate(suite.metric_entries)]

    write(tmp_path, SUITE.replace("ask.yaml", "asks.yaml"))
    assert faults_of(tmp_path, [check]) == [
        "suite.yaml:4: there is no file asks.yaml. did you mean ask.yaml.",
        "suite.yaml:6: exact_match is slow. wait.",
    ]


def test_loading_imports_nothing_heavy(tmp_path: Path) -> None:
    write(tmp_path)
    code = "import sys; from harness.suite import load_suite; load_suite(sys.argv[1]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert not {"scipy", "pandas", "litellm", "numpy", "duckdb", "bm25s", "fsspec"} & set(done.stdout.split())
