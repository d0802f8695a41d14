"""Making runs a reference and holding runs against it, from Python."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.session import bless, compare_with_reference, run
from harness.store import read_reference
from tests.provider import Provider, Received
from tests.session.capitals import write_capitals


def knows(count: int) -> object:
    """A model that knows the first so many capitals."""

    def answers(request: Received) -> str:
        number = int(request.last.split()[-1].rstrip("?"))
        return f"city {number}" if number < count else "I do not know"

    return answers


@pytest.fixture
def folder(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    provider.on("weak", knows(8))
    provider.on("strong", knows(22))
    return write_capitals(tmp_path / "capitals", provider.url, 24)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_a_reference_says_what_was_run_and_a_run_is_compared_with_it(folder: Path, provider: Provider) -> None:
    made = bless([run(folder, fresh=True), run(folder, fresh=True)], by="Ada")
    assert made.folder == Path("capitals/reference")
    assert "2 runs are few" in made.warnings[0]
    said = json.loads((made.folder / "manifest.json").read_text(encoding="utf-8"))
    assert said["blessed_by"] == "Ada"
    assert said["variants"]["tuned"]["models"] == {"served-model-2026-01-01": 48}
    assert said["variants"]["tuned"]["fingerprints"] == {"fp_test": 48}
    assert said["outcomes"] == {"baseline": {"answered": 48}, "tuned": {"answered": 48}}
    assert (said["seeds"], said["metrics"]) == ([0, 0], ["accuracy"])
    assert set(said["hashes"]["prompts"]) == {"baseline", "tuned"}

    provider.on("strong", knows(10))
    later = compare_with_reference(run(folder, fresh=True))
    found = {(a.variant, a.metric): a for a in later.found}
    tuned = found["tuned", "accuracy"]
    # 12 of 24 lost and none won; mid-p of 12 to 0 is 2 * .5**12 - .5**12
    assert tuned.comparison.effect == pytest.approx(-0.5)
    assert tuned.comparison.p == pytest.approx(0.5**12)
    assert tuned.reference == pytest.approx((22 / 24, 22 / 24))
    assert (tuned.value, tuned.spread) == (pytest.approx(10 / 24), 0.0)
    assert later.exit_code == 1
    assert later.sentences[0].startswith("Worse, and it is signal: tuned is -50.0 points")
    assert found["baseline", "accuracy"].comparison.effect == 0
    assert later.to_dict()["worse"] == ["tuned/accuracy"]


def test_the_mean_of_the_reference_runs_is_what_a_run_is_held_against(folder: Path, provider: Provider) -> None:
    runs = []
    for count in (20, 22, 24):
        provider.on("strong", knows(count))
        runs.append(run(folder, fresh=True))
    bless(runs)
    provider.on("strong", knows(22))
    found = compare_with_reference(run(folder, fresh=True)).found
    tuned = next(a for a in found if (a.variant, a.metric) == ("tuned", "accuracy"))
    assert tuned.reference == pytest.approx((20 / 24, 22 / 24, 1.0))
    # fixtures 20, 21 were right in two runs of three, 22 and 23 in one: 2/3 - 1 twice, and 0 - 1/3 twice
    assert tuned.comparison.effect == pytest.approx((2 * (1 - 2 / 3) - 2 / 3) / 24)
    assert tuned.spread == pytest.approx(2 / 24)  # of 20, 22 and 24 in 24: the runs scatter more than their answers explain


def test_runs_that_answer_from_the_store_are_no_second_look(folder: Path) -> None:
    first = run(folder)
    with pytest.raises(StoreError, match=r"has 48 answers that run .* has too.*--fresh"):
        bless([first, run(folder)])


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("prompts/ask.yaml", "What is", "Name", "the prompt of baseline has changed"),
        ("fixtures.jsonl", '"city 3"', '"town 3"', "do not have the same fixtures: c3"),
        ("suite.yaml", "openai/strong", "openai/stronger", "model of tuned was openai/strong and is openai/stronger"),
        ("suite.yaml", '"max_tokens": 8', '"max_tokens": 9', "params of baseline was"),
        (
            "suite.yaml",
            '"accuracy"\n ]',
            '{"accuracy": {"normalise": "casefold"}}\n ]',
            "the metric accuracy is defined otherwise",
        ),
    ],
)
def test_runs_of_different_sets_are_not_blessed_together(folder: Path, name: str, old: str, new: str, said: str) -> None:
    first = run(folder, fresh=True)
    edit(folder, name, old, new)
    second = run(folder, fresh=True)
    with pytest.raises(StoreError, match=said):
        bless([first, second])


def test_an_incomplete_run_is_not_blessed(folder: Path, provider: Provider) -> None:
    with pytest.raises(StoreError, match="no run is given"):
        bless([])
    stopped = run(folder, fresh=True, max_cost=0.0005)
    assert stopped.run.record.status == "stopped"
    with pytest.raises(StoreError, match="is not complete"):
        bless([stopped])


def test_another_set_of_fixtures_is_refused_and_compared_leniently_on_request(folder: Path) -> None:
    bless([run(folder, fresh=True)])
    lines = (folder / "fixtures.jsonl").read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace("city 4", "town 4")
    added = json.dumps({"id": "new", "input": "capital of country 99?", "expected": "city 99"})
    (folder / "fixtures.jsonl").write_text("\n".join([*lines[:-1], added]) + "\n", encoding="utf-8")
    changed = run(folder, fresh=True)
    with pytest.raises(StoreError) as refused:
        compare_with_reference(changed)
    assert [fault.message.partition("set: ")[2] for fault in refused.value.faults] == [
        "1 fixture was added: new",
        "1 fixture was removed: c23",
        "1 fixture has changed: c4",
    ]
    lenient = compare_with_reference(changed, mode="lenient")
    assert len(lenient.fit.common) == 22
    assert {a.comparison.n for a in lenient.found} == {22}
    assert "Only the 22 fixtures that both have are compared." in lenient.sentences


def test_a_changed_prompt_is_named_and_a_changed_metric_left_out(folder: Path) -> None:
    bless([run(folder, fresh=True)])
    edit(folder, "prompts/ask.yaml", "What is", "Name")
    compared = compare_with_reference(run(folder, fresh=True))
    assert "Since the reference: the prompt of tuned has changed." in compared.sentences
    assert compared.exit_code == 0


def test_without_a_reference_or_a_suite_there_is_a_word_and_no_traceback(folder: Path) -> None:
    made = run(folder, fresh=True)
    with pytest.raises(StoreError, match="there is no reference"):
        compare_with_reference(made)
    shutil.move(folder, folder.with_name("elsewhere"))
    with pytest.raises(StoreError, match=r"not at capitals/suite\.yaml any more"):
        bless([made])


def test_a_reference_is_of_the_suite_as_it_is(folder: Path) -> None:
    made = run(folder, fresh=True)
    edit(folder, "fixtures.jsonl", '"city 3"', '"town 3"')
    with pytest.raises(StoreError, match="not those of the runs any more: c3"):
        bless([made])


def test_the_same_runs_bless_the_same_scores(folder: Path) -> None:
    runs = [run(folder, fresh=True) for _ in range(2)]
    first = (bless(runs).folder / "scores.parquet").read_bytes()
    second = (bless(list(reversed(runs))).folder / "scores.parquet").read_bytes()
    assert first == second
    assert read_reference(folder / "reference").run_ids == tuple(each.run_id for each in runs)
