"""Everything that keeps a run from being signed off, each named, all at once, with the exit code of the gravest."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.session import sign_off
from harness.signoff import RefusedError
from tests.signoff.building import GATES, RUN_ID, Release, make_release, write_run
from tests.signoff.building import knows as usual


def refused(waive: tuple[str, ...] = ()) -> RefusedError:
    with pytest.raises(RefusedError) as error:
        sign_off(RUN_ID, by="Ada", waive=waive)
    assert not Path("sign-offs").exists()
    return error.value


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def test_a_good_run_is_signed_off(release: Release) -> None:
    done = sign_off(RUN_ID, by=" Ada ")
    assert done.file == Path("sign-offs/capitals") / f"{RUN_ID}.intoto.json"
    assert (done.result, done.key) == ("PASSED", None)
    assert json.loads(done.file.read_text(encoding="utf-8"))["signatures"] == []


def test_a_failed_gate_is_exit_1_and_an_inconclusive_one_4(place: Path) -> None:
    make_release(place, answers=lambda variant, number: number % 3 == 0)
    error = refused()
    assert error.exit_code == 1
    assert [code for code, _ in error.reasons] == [4, 1]
    assert "the gate 'beats the prompt' is inconclusive" in str(error)
    assert "the gate 'good: enough' failed" in str(error)
    assert refused(("good: enough: it is a pilot",)).exit_code == 4


def test_a_waiver_lets_a_gate_through_and_never_makes_it_passed(place: Path) -> None:
    make_release(place, answers=lambda variant, number: number % 3 == 0)
    done = sign_off(RUN_ID, by="Ada", waive=["good: enough: it is a pilot", "beats the prompt:few users"])
    predicate = done.statement["predicate"]
    assert (predicate["result"], predicate["passedTests"]) == ("WARNED", [])
    assert (predicate["warnedTests"], predicate["failedTests"]) == (["beats the prompt"], ["good: enough"])
    said = predicate["finetuneHarness"]["predicate"]
    assert said["waivers"] == [
        {"gate": "good: enough", "reason": "it is a pilot", "by": "Ada"},
        {"gate": "beats the prompt", "reason": "few users", "by": "Ada"},
    ]
    assert [gate["waived"] for gate in said["verdict"]["gates"]] == [True, True]


@pytest.mark.parametrize(
    ("waiver", "said"),
    [
        ("good: enoug: it is a pilot", "no such gate"),
        ("good: enough", "no such gate"),
        ("good: enough:  ", "gives no reason"),
        ("beats the prompt: why not", "passed and needs no waiver"),
        ("", "no such gate"),
    ],
)
def test_a_waiver_names_a_gate_that_needs_one_and_gives_a_reason(place: Path, waiver: str, said: str) -> None:
    make_release(place, gates=[GATES[0], {**GATES[1], "at_least": 0.99}])
    with pytest.raises(SuiteError, match=said) as error:
        sign_off(RUN_ID, by="Ada", waive=[waiver])
    assert error.value.exit_code == 2


def test_low_coverage_is_no_verdict_and_cannot_be_waived(place: Path) -> None:
    make_release(place, fails=6)
    error = refused()
    assert error.exit_code == 3
    assert "coverage is low: tuned has a usable answer to 90.0 % of its calls; 98% is asked" in str(error)
    with pytest.raises(SuiteError, match="cannot be waived"):
        sign_off(RUN_ID, by="Ada", waive=["good: enough: who cares"])


def test_a_run_of_some_fixtures_or_one_that_was_stopped_is_no_verdict(place: Path) -> None:
    release = make_release(place, limit=40)
    assert "the run asks 40 of the 60 fixtures" in str(refused())
    release.record(status="stopped", stopped={"tuned": "key refused"})
    error = refused()
    assert error.exit_code == 3
    assert "its status is stopped" in str(error)
    assert "tuned was given up: key refused" in str(error)


def test_a_suite_without_gates_says_nothing(place: Path) -> None:
    make_release(place, gates=[])
    assert "declares no gates" in str(refused())


def test_a_leak_is_exit_1(place: Path) -> None:
    def leak(folder: Path) -> None:
        with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"id": "t9", "input": "Capital of country 7", "expected": "city 7"}\n')

    release = make_release(place)
    leak(release.suite)
    commit = release.commit()
    _again(release, commit)
    error = refused()
    assert error.exit_code == 1
    assert "the leak check failed: c7 is not unseen" in str(error)


def test_leaks_that_the_suite_allows_are_let_pass_and_stated(place: Path) -> None:
    release = make_release(place, checks={"max_leaks": 1})
    with (release.suite / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "t9", "input": "Capital of country 7", "expected": "city 7"}\n')
    _again(release, release.commit())
    done = sign_off(RUN_ID, by="Ada")
    statement = json.loads(base64.b64decode(json.loads(done.file.read_text(encoding="utf-8"))["payload"]))
    verdict = statement["predicate"]["finetuneHarness"]["predicate"]["verdict"]
    assert (verdict["leaks"]["found"], verdict["leaks"]["allowed"]) == (1, 1)
    stated = verdict["findings"][0]
    assert (stated["severity"], stated["name"], stated["fixtures"]) == ("serious", "leaks.training", 1)


def test_a_fine_tune_without_training_data_has_no_leak_check(place: Path) -> None:
    make_release(place, training_data=None)
    error = refused()
    assert error.exit_code == 3
    assert "the leak check is missing" in str(error)


def test_a_dirty_tree_is_exit_2_wherever_it_is_dirty(release: Release) -> None:
    (release.root / "elsewhere.txt").write_text("x", encoding="utf-8")
    (release.suite / "note.txt").write_text("x", encoding="utf-8")
    error = refused()
    assert (error.exit_code, "the git tree is dirty: evals/capitals/note.txt." in str(error)) == (2, True)
    (release.suite / "note.txt").unlink()
    (release.root / ".gitignore").write_text(".harness/\n", encoding="utf-8")
    assert "the git tree is dirty: .gitignore" in str(refused())


def test_what_is_under_no_revision_is_not_signed_off(release: Release) -> None:
    shutil.rmtree(release.root / ".git")
    with pytest.raises(RefusedError, match="under no git revision"):
        sign_off(RUN_ID, by="Ada")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("suite.yaml", "suite is not what the run was made with"),
        ("fixtures.jsonl", "fixtures is not"),
        ("train.jsonl", "training is not"),
        ("prompts/strong.yaml", "prompts of baseline is not"),
        ("adapters/tuned.gguf", "adapters of tuned is not"),
        ("atlas/cities.md", "corpora of tuned is not"),
        ("rules.py", "changed since the run was made: evals/capitals/rules.py"),
        ("answer.schema.json", "changed since the run was made: evals/capitals/answer.schema.json"),
    ],
)
def test_a_file_that_is_not_what_the_run_was_made_with_is_named(release: Release, file: str, said: str) -> None:
    path = release.suite / file
    changed = {
        "suite.yaml": path.read_bytes() + b" ",
        "fixtures.jsonl": path.read_bytes().replace(b"city 9", b"city 8") if file == "fixtures.jsonl" else b"",
        "train.jsonl": path.read_bytes().replace(b"land 1", b"land 7"),
        "prompts/strong.yaml": path.read_bytes().replace(b"well", b"hard"),
    }
    path.write_bytes(changed.get(file, path.read_bytes() + b"\n"))
    release.commit()
    error = refused()
    assert error.exit_code == 2
    assert said in str(error)


def test_a_run_whose_own_record_was_edited_is_refused(release: Release) -> None:
    definition = json.loads((release.run / "run.json").read_text(encoding="utf-8"))["definition"]
    release.record(definition={**definition, "gates": [definition["gates"][0]]})
    assert "something else under gates than suite.yaml" in str(refused())
    release.record(definition=definition, git={"commit": "0" * 40, "dirty": True})
    error = str(refused())
    assert "made in a dirty git tree" in error
    assert "which this repository does not have" in error
    release.record(git={})
    assert "the run was made outside git" in str(refused())


def test_every_reason_is_told_at_once(place: Path) -> None:
    release = make_release(place, answers=lambda variant, number: number % 3 == 0, training_data=None)
    (release.suite / "note.txt").write_text("x", encoding="utf-8")
    release.record(status="stopped")
    error = refused()
    assert (error.exit_code, len(error.faults)) == (2, 5)
    assert {code for code, _ in error.reasons} == {1, 2, 3, 4}


def test_a_link_that_leads_out_of_the_repository_and_a_missing_file_are_refused(release: Release) -> None:
    outside = release.root.parent / "outside.gguf"
    adapter = release.suite / "adapters/tuned.gguf"
    adapter.rename(outside)
    adapter.symlink_to(outside)
    release.commit()
    error = str(refused())
    assert "adapters/tuned.gguf: it leads out of repo" in error
    adapter.unlink()
    release.commit()
    with pytest.raises(SuiteError, match=r"there is no file adapters/tuned.gguf"):
        sign_off(RUN_ID, by="Ada")


def test_nobody_and_a_file_that_is_there_are_refused(release: Release) -> None:
    with pytest.raises(SuiteError, match="nobody signs off"):
        sign_off(RUN_ID, by=" ")
    Path("there.json").write_text("keep me", encoding="utf-8")
    with pytest.raises(SuiteError, match="there is something here already"):
        sign_off(RUN_ID, by="Ada", output="there.json")
    assert Path("there.json").read_text(encoding="utf-8") == "keep me"


def _again(release: Release, commit: str) -> None:
    shutil.rmtree(release.run)
    write_run(release, commit, usual)
