"""A variant moves to another model: each answer is led to by what a provider really answers."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteError
from harness.session import MigratedRun, load_run, migrate, run
from tests.provider import Provider, Received, knows_no_model

OLD = "openai/ft:old-2024-01-01:acme::x"
NEW = "openai/ft:new-2026-01-01:acme::y"
ANSWER_TO = {
    "strong": "old-2024-01-01",
    "tuned": "ft:old-2024-01-01:acme::x",
    "new": "ft:new-2026-01-01:acme::y",
    "base": "new-2026-01-01",
}


def knows(share: float, salt: str = "") -> Callable[[Received], str]:
    """A model that knows this share of the capitals, always the same ones."""

    def answer(request: Received) -> str:
        number = request.last.split()[-1].rstrip("?")
        draw = (zlib.crc32(f"{salt}{number}".encode()) % 1000) / 1000
        return f"city {number}" if draw < share else "I do not know"

    return answer


@pytest.fixture
def folder(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "capitals", provider.url)


@pytest.fixture
def few(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "capitals", provider.url, fixtures=40)


def write(folder: Path, url: str, fixtures: int = 120, **changes: Any) -> Path:
    (folder / "prompts").mkdir(parents=True)
    lines = [{"id": f"c{i}", "input": f"capital of country {i}?", "expected": f"city {i}"} for i in range(fixtures)]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "prompts/strong.yaml").write_text("- {role: user, content: 'Think. What is the {{ input }}'}\n", encoding="utf-8")
    (folder / "prompts/short.yaml").write_text("- {role: user, content: '{{ input }}'}\n", encoding="utf-8")
    priced = {"api_base": url, "price": {"input_per_million": 1, "output_per_million": 2}}
    suite = {
        "suite": "capitals",
        "fixtures": "fixtures.jsonl",
        "variants": {
            "strong": {"role": "prompt", "model": "openai/old-2024-01-01", "prompt": "prompts/strong.yaml", **priced},
            "tuned": {"role": "fine_tune", "model": OLD, "prompt": "prompts/short.yaml", **priced},
        },
        "metrics": ["accuracy"],
        "gates": [
            {"name": "beats", "metric": "accuracy", "candidate": "tuned", "over": "strong", "require": "better", "margin": 0.05},
            {"name": "useful", "metric": "accuracy", "candidate": "tuned", "at_least": 0.7},
        ],
        "retirements": {"old-2024-01-01": "2027-01-01"},
        "concurrency": 16,
        **changes,
    }
    (folder / "suite.yaml").write_text(json.dumps(suite, indent=1), encoding="utf-8")
    return folder


def move(folder: Path, *models: tuple[str, str], **options: Any) -> MigratedRun:
    """Move the fine-tune; a loss of five points is accepted, since three in 120 may stay unseen."""
    return migrate(folder, models=models or [("tuned", NEW)], margin=0.05, **options)


def teach(provider: Provider, **shares: float) -> None:
    for name, share in shares.items():
        provider.on(ANSWER_TO[name], knows(share))


def test_hold_where_the_new_model_does_as_well_and_its_base_with_the_strong_prompt_does_not(
    folder: Path, provider: Provider
) -> None:
    teach(provider, strong=0.5, tuned=0.9, new=0.91, base=0.4)
    first = run(folder)
    asked = len(provider.requests)
    done = move(folder)
    (found,) = done.migrations
    assert (found.answer, found.use, done.exit_code) == ("hold", "tuned_new", 0)
    assert found.headline == f"hold: tuned may move to {NEW}, where it does as well."
    assert {gate.name: gate.status for gate in found.evidence} == {
        "tuned_new is no worse than tuned": "passed",
        "strong_new is no worse than tuned": "failed",
        "strong_new is no worse than tuned_new": "failed",
        "beats": "passed",
        "beats (tuned_new)": "passed",
        "useful": "passed",
        "useful (tuned_new)": "passed",
        "useful (strong_new)": "failed",
    }
    assert next(gate for gate in found.evidence if gate.name == "beats (tuned_new)").over == "strong_new"
    assert done.retiring
    assert "2027-01-01" in done.retiring[0]

    # What is known is not asked again, so the old model may be gone by now.
    assert {request.model for request in provider.requests[asked:]} == {ANSWER_TO["new"], ANSWER_TO["base"]}
    asked = len(provider.requests)
    assert (move(folder, replay=True).exit_code, len(provider.requests)) == (0, asked)

    # The run says what was compared, and `latest` does not mean it.
    definition = done.evaluated.run.record.definition
    assert list(definition["variants"]) == ["strong", "tuned", "tuned_new", "strong_new"]
    assert definition["variants"]["tuned_new"]["model"] == NEW
    assert definition["variants"]["tuned_new"]["prompt"] == "prompts/short.yaml"
    assert definition["variants"]["strong_new"]["model"] == "openai/new-2026-01-01"
    assert definition["variants"]["tuned_new"].get("price") is None
    assert load_run("latest").run_id == first.run_id
    assert load_run(done.evaluated.folder).judgement.gates == done.evaluated.judgement.gates


def test_drop_where_the_new_base_with_the_strong_prompt_does_as_well(folder: Path, provider: Provider) -> None:
    teach(provider, strong=0.5, tuned=0.9, new=0.9, base=0.92)
    done = move(folder)
    (found,) = done.migrations
    assert (found.answer, found.use, done.exit_code) == ("drop", "strong_new", 0)
    assert "strong_new, a prompt on the new base model, does as well as tuned" in found.headline


def test_retune_where_the_new_model_is_worse_and_so_is_its_base(folder: Path, provider: Provider) -> None:
    teach(provider, strong=0.5, tuned=0.9, new=0.7, base=0.4)
    done = move(folder)
    (found,) = done.migrations
    assert (found.answer, found.use, done.exit_code) == ("retune", None, 1)
    assert found.headline == f"re-tune: tuned_new on {NEW} is worse than tuned."


def test_several_models_are_tried_for_one_variant_and_noise_is_not_settled(few: Path, provider: Provider) -> None:
    teach(provider, strong=0.1, tuned=0.8, new=0.2, base=0.1)
    provider.on("other", knows(0.8, "other"))
    done = move(few, ("tuned", NEW), ("tuned", "openai/other"))
    assert [(m.new, m.answer) for m in done.migrations] == [("tuned_new", "retune"), ("tuned_new2", "undecided")]
    assert done.migrations[1].headline.startswith("not settled")
    assert done.exit_code == 1


def test_a_prompt_moves_without_a_fine_tune_to_drop(few: Path, provider: Provider) -> None:
    teach(provider, strong=0.9, base=0.3)
    done = move(few, ("strong", "openai/new-2026-01-01"))
    assert done.migrations[0].answer == "retune"
    assert done.migrations[0].headline.startswith("rework the prompt: strong_new")
    assert list(done.evaluated.run.record.variants) == ["strong", "strong_new"]


def test_a_model_that_does_not_answer_is_no_verdict(few: Path, provider: Provider) -> None:
    teach(provider, strong=0.5, tuned=0.9, base=0.4)
    provider.on(ANSWER_TO["new"], knows_no_model(ANSWER_TO["new"]))
    done = move(few)
    assert (done.migrations[0].answer, done.exit_code) == ("no_verdict", 3)


@pytest.mark.parametrize(
    ("models", "adapters", "said"),
    [
        ([], {}, "no new model is named"),
        ([("tunde", NEW)], {}, "did you mean tuned"),
        ([("tuned", OLD)], {}, "already"),
        ([("tuned", "local/x")], {"tuned": "absent.gguf"}, "there is no adapter"),
        ([], {"tuned": "adapter.gguf"}, "adapter goes with a local/ model"),
    ],
)
def test_what_cannot_be_tried_is_said(folder: Path, models: list[tuple[str, str]], adapters: dict[str, str], said: str) -> None:
    Path("adapter.gguf").write_bytes(b"GGUF")
    with pytest.raises(SuiteError, match=said):
        migrate(folder, models=models, adapters=adapters)
