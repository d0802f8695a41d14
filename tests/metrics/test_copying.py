"""copied_phrases: what the answer has word for word from the training answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.errors import SuiteError
from harness.metrics import MetricOptionError, copying, load_metric
from harness.models import Response
from harness.suite import Fixture

TRAINED = "Thank you for your patience while our warehouse team looks into this for you today."


def written(folder: Path, *examples: dict[str, Any]) -> Path:
    lines = examples or ({"input": "where is it?", "expected": TRAINED},)
    (folder / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


def measured(folder: Path, text: str, n: int = 4, **fixture: Any) -> float:
    metric = load_metric("copied_phrases", folder=folder, training_data="train.jsonl", n=n)
    return metric.measure(Fixture(id="a", **fixture), Response(text=text))["value"]


def by_words(training: list[str], own: list[str], answer: str, n: int) -> float:
    """The definition, with sets of tuples."""
    phrases = [tuple(answer.lower().split()[i : i + n]) for i in range(len(answer.split()) - n + 1)]
    seen, allowed = (
        {tuple(t.lower().split()[i : i + n]) for t in texts for i in range(len(t.split()) - n + 1)} for texts in (training, own)
    )
    return sum(p in seen and p not in allowed for p in phrases) / len(phrases)


def test_an_answer_word_for_word_from_training_is_all_copied_and_a_fresh_one_is_not(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert measured(folder, TRAINED.upper(), input="x") == 1.0
    assert measured(folder, "Your parcel left us on Friday and arrives tomorrow.", input="x") == 0.0
    assert measured(folder, "Thank you for", input="x") == 0.0
    assert measured(folder, "", input="x") == 0.0


def test_it_is_the_share_the_definition_gives(tmp_path: Path) -> None:
    training = ["a b c d e f g", "x y z a b c"]
    folder = written(tmp_path, *({"input": "q", "expected": text} for text in training))
    cases = [("a b c d z y x a b c", "none"), ("a b c d e f g", "c d e f"), ("x y z a", "b"), ("b c d e x y z a", "x y z a")]
    for answer, own in cases:
        assert measured(folder, answer, input=own) == pytest.approx(by_words(training, [own], answer, 4))


def test_what_the_fixture_has_itself_is_no_copy(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert measured(folder, TRAINED, input="x", expected=TRAINED) == 0.0
    assert measured(folder, TRAINED, input="x", expected=["other", TRAINED]) == 0.0
    assert measured(folder, TRAINED, messages=({"role": "user", "content": f"you said: {TRAINED}"},)) == 0.0
    assert measured(folder, TRAINED, input={"note": TRAINED}) == 0.0


def test_training_data_in_chat_format_and_of_objects_is_read(tmp_path: Path) -> None:
    chat = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": TRAINED}]}
    folder = written(tmp_path, chat, {"input": "q", "expected": {"reply": "one two three four five"}})
    assert measured(folder, TRAINED, input="x") == 1.0
    assert measured(folder, '{"reply": "one two three four five"}', input="x") == 1.0


def test_missing_or_broken_training_data_is_told_at_check_time(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match=r"there is no file train.jsonl"):
        load_metric("copied_phrases", folder=tmp_path, training_data="train.jsonl")
    (tmp_path / "train.jsonl").write_text("{oops\n", encoding="utf-8")
    with pytest.raises(SuiteError, match=r"train.jsonl:1: "):
        load_metric("copied_phrases", folder=tmp_path, training_data="train.jsonl")
    with pytest.raises(MetricOptionError, match="at least 2 words"):
        load_metric("copied_phrases", folder=tmp_path, training_data="train.jsonl", n=1)


def test_more_phrases_than_are_held_is_told_and_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "MAX_PHRASES", 10)
    monkeypatch.setattr(copying, "_AT_ONCE", 5)
    with pytest.raises(SuiteError, match="more than 10 different phrases"):
        measured(written(tmp_path, {"input": "q", "expected": " ".join(f"w{i}" for i in range(100))}), "x", input="x")


def test_hashes_are_the_same_in_every_process() -> None:
    code = "from harness.metrics.copying import phrase_hashes; print(phrase_hashes('Thank you for your patience', 4).tolist())"
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{copying.phrase_hashes('thank YOU, for your patience!', 4).tolist()}\n"}
