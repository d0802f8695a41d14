"""How another suite is asked of this one's variants: who is asked is this suite's, what is asked is the other's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteError
from harness.suite import Suite, broad_name, broad_suite, find_suite, load_suite

ASK = "- {role: user, content: '{{ input }}'}\n"


def suite(folder: Path, variants: dict[str, Any], **said: Any) -> Suite:
    folder.mkdir(parents=True)
    (folder / "ask.yaml").write_text(ASK, encoding="utf-8")
    (folder / "strong.yaml").write_text("- {role: system, content: Think.}\n" + ASK, encoding="utf-8")
    (folder / "notes.md").write_text("# Notes\n\nNothing.\n", encoding="utf-8")
    (folder / "rag.yaml").write_text("- {role: user, content: '{{ context }} {{ input }}'}\n", encoding="utf-8")
    (folder / "tuned.gguf").write_bytes(b"adapter")
    (folder / "fixtures.jsonl").write_text(
        json.dumps({"id": "a", "input": f"asked by {folder.name}", "expected": "x"}) + "\n", encoding="utf-8"
    )
    whole = {"suite": folder.name, "fixtures": "fixtures.jsonl", "variants": variants, "metrics": ["accuracy"], **said}
    (folder / "suite.yaml").write_text(json.dumps(whole), encoding="utf-8")
    return load_suite(folder)


def gates(*names: str) -> list[dict[str, Any]]:
    return [{"name": n, "metric": "accuracy", "candidate": n, "at_least": 0.5, "suite": "general"} for n in names]


def asked(role: str = "prompt", prompt: str = "ask.yaml", model: str = "openai/small", **said: Any) -> dict[str, Any]:
    return {"role": role, "model": model, "prompt": prompt, **said}


RETRIEVAL = {"corpus": "notes.md"}


def test_the_variant_of_the_same_name_says_how_it_is_asked(tmp_path: Path) -> None:
    own = suite(
        tmp_path / "task",
        {"tuned": asked("fine_tune", model="openai/ft:x", params={"temperature": 0, "max_tokens": 9}, timeout=7.0)},
        gates=gates("tuned"),
        concurrency=3,
    )
    there = {"baseline": asked(), "tuned": asked("fine_tune", "strong.yaml", "openai/elsewhere", params={"max_tokens": 40})}
    broad = broad_suite(own, suite(tmp_path / "general", there), "general")
    variant = broad.variants["tuned"]
    assert (variant.model, variant.timeout, variant.role) == ("openai/ft:x", 7.0, "fine_tune")
    assert (variant.prompt, dict(variant.params)) == ("strong.yaml", {"temperature": 0, "max_tokens": 40})
    assert [m["role"] for m in broad.prompts["tuned"].render(broad.fixtures[0], None)] == ["system", "user"]
    assert (broad.name, broad.fixtures[0].question) == ("task+general", "asked by general")
    assert (broad.definition.concurrency, list(broad.variants)) == (3, ["tuned"])
    assert [(gate.name, gate.suite) for gate in broad.definition.gates] == [("tuned", None)]


@pytest.mark.parametrize(
    ("there", "prompt"),
    [
        ({"one": asked(), "two": asked("fine_tune", "strong.yaml")}, "strong.yaml"),  # its first of the same role
        ({"one": asked("cheaper"), "two": asked(prompt="strong.yaml")}, "strong.yaml"),  # its first prompt
        ({"one": asked("cheaper", "strong.yaml")}, "strong.yaml"),  # its first that asks a model
    ],
)
def test_without_one_the_nearest_stands_in(tmp_path: Path, there: dict[str, Any], prompt: str) -> None:
    own = suite(tmp_path / "task", {"tuned": asked("fine_tune", "ask.yaml")}, gates=gates("tuned"))
    assert broad_suite(own, suite(tmp_path / "general", there), "general").variants["tuned"].prompt == prompt


def test_adapters_and_weights_are_found_from_the_other_folder_and_keep_their_hash(tmp_path: Path) -> None:
    local = asked("fine_tune", model="local/weights/base.gguf", adapter="tuned.gguf")
    own = suite(tmp_path / "evals/task", {"tuned": local}, gates=gates("tuned"))
    other = suite(tmp_path / "evals/general", {"baseline": asked()})
    broad = broad_suite(own, other, "general")
    assert (other.folder / str(broad.variants["tuned"].adapter)).resolve() == (own.folder / "tuned.gguf").resolve()
    assert broad.variants["tuned"].model == "local/../task/weights/base.gguf"
    assert broad.hashes["adapters"] == own.hashes["adapters"]
    named = suite(tmp_path / "evals/named", {"tuned": {**local, "model": "local/smollm2"}}, gates=gates("tuned"))
    assert broad_suite(named, other, "general").variants["tuned"].model == "local/smollm2"


def test_retrieval_is_the_other_suites_own_so_that_without_any_the_model_is_asked_alone(tmp_path: Path) -> None:
    own = suite(tmp_path / "task", {"rag": asked("rag", "rag.yaml", retrieval=RETRIEVAL)}, gates=gates("rag"))
    alone = broad_suite(own, suite(tmp_path / "general", {"baseline": asked()}), "general").variants["rag"]
    assert (alone.role, alone.retrieval) == ("prompt", None)
    there = {"rag": asked("rag", "rag.yaml", retrieval={**RETRIEVAL, "top_k": 1})}
    found = broad_suite(own, suite(tmp_path / "more" / "general", there), "general").variants["rag"]
    assert found.role == "rag"
    assert found.retrieval is not None
    assert found.retrieval.top_k == 1


def test_what_asks_no_model_needs_an_answer_of_its_own_there(tmp_path: Path) -> None:
    rules = {"role": "current", "outputs": "answers.jsonl"}
    made = suite_with_outputs(tmp_path / "task", rules, gates=gates("rules"))
    with pytest.raises(SuiteError, match="rules asks no model, so it has no answer to general") as caught:
        broad_suite(made, suite(tmp_path / "general", {"baseline": asked()}), "general")
    assert caught.value.faults[0].line is not None
    other = suite_with_outputs(tmp_path / "more" / "general", rules)
    assert broad_suite(made, other, "general").variants["rules"].outputs == "answers.jsonl"
    with pytest.raises(SuiteError, match="has no variant that asks a model"):
        tuned = suite(tmp_path / "tuned", {"tuned": asked("fine_tune")}, gates=gates("tuned"))
        broad_suite(tuned, other, "general")


def suite_with_outputs(folder: Path, rules: dict[str, Any], **said: Any) -> Suite:
    folder.mkdir(parents=True)
    (folder / "answers.jsonl").write_text('{"id": "a", "text": "x"}\n', encoding="utf-8")
    (folder / "fixtures.jsonl").write_text('{"id": "a", "input": "q", "expected": "x"}\n', encoding="utf-8")
    whole = {"suite": folder.name, "fixtures": "fixtures.jsonl", "variants": {"rules": rules}, "metrics": ["accuracy"], **said}
    (folder / "suite.yaml").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    return load_suite(folder)


def test_a_suite_is_found_inside_and_beside_and_by_its_file(tmp_path: Path) -> None:
    own = suite(tmp_path / "evals/task", {"tuned": asked("fine_tune")})
    assert find_suite("general", own.folder) is None
    beside = suite(tmp_path / "evals/general", {"baseline": asked()}).folder
    for named in ("general", "../general", "general/suite.yaml"):
        assert find_suite(named, own.folder) == beside
        assert broad_name("task", named) == "task+general"
    inside = suite(tmp_path / "evals/task/general", {"baseline": asked()}).folder
    assert find_suite("general", own.folder) == inside
