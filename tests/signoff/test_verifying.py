"""A sign-off is verified: one changed byte anywhere is named, and nothing outside is ever opened."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.errors import SuiteError
from harness.session import sign_off, verify_sign_off
from harness.signoff import Verification, new_key, signoff_schema
from tests.signoff.building import RUN_ID, Release
from tests.signoff.conftest import Signed


def check(signed: Signed, **options: Any) -> Verification:
    return verify_sign_off(signed.file, key=signed.public, **options)


def flip(path: Path, at: int | None = None) -> None:
    data = bytearray(path.read_bytes())
    place = len(data) // 2 if at is None else at
    data[place] ^= 1
    path.write_bytes(bytes(data))


def statement_of(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(file.read_text(encoding="utf-8"))["payload"]))
    return found


def restate(file: Path, change: Callable[[dict[str, Any]], None], *, keep_signatures: bool = False) -> None:
    """Rewrite the statement, as one would who cannot sign it."""
    envelope = json.loads(file.read_text(encoding="utf-8"))
    statement = statement_of(file)
    change(statement)
    envelope["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    envelope["signatures"] = envelope["signatures"] if keep_signatures else []
    file.write_text(json.dumps(envelope), encoding="utf-8")


def test_what_was_signed_and_not_changed_holds(signed: Signed) -> None:
    found = check(signed)
    assert (found.holds, found.exit_code, found.signature, found.recomputed) == (True, 0, "good", True)
    assert (found.by, found.run_id, found.result, found.files) == ("Ada", RUN_ID, "PASSED", 13)
    jsonschema.Draft202012Validator.check_schema(signoff_schema())
    jsonschema.validate(statement_of(signed.file), signoff_schema(), jsonschema.Draft202012Validator)


def test_a_commit_that_is_not_here_cannot_be_checked_and_that_is_said(signed: Signed) -> None:
    restate(signed.file, lambda s: s["subject"][0]["digest"].update(gitCommit="0" * 40))
    found = verify_sign_off(signed.file)
    assert any("was not checked" in note for note in found.notes)


def commit_with_another_prompt() -> str:
    """A commit of the repository at hand in which a prompt is another."""
    release = Release(Path.cwd())
    prompt = release.suite / "prompts/strong.yaml"
    kept = prompt.read_bytes()
    prompt.write_bytes(kept + b"\n")
    commit = release.commit()
    prompt.write_bytes(kept)
    return commit


FILES = {
    "suite": "evals/capitals/suite.yaml",
    "fixtures": "evals/capitals/fixtures.jsonl",
    "prompt": "evals/capitals/prompts/strong.yaml",
    "corpus": "evals/capitals/atlas/cities.md",
    "training": "evals/capitals/train.jsonl",
    "adapter": "evals/capitals/adapters/tuned.gguf",
    "callable": "evals/capitals/rules.py",
    "metric": "evals/capitals/answer.schema.json",
    "fixtures of the run": "run/fixtures.parquet",
    "responses": "run/responses.parquet",
    "scores": "run/scores.parquet",
    "run.json": "run/run.json",
}


@pytest.mark.parametrize(
    ("name", "where"),
    [(name, "middle") for name in FILES.values()] + [(FILES[n], w) for n in ("scores", "run.json") for w in ("start", "end")],
)
def test_one_flipped_bit_in_a_file_is_named(signed: Signed, name: str, where: str) -> None:
    path = signed.release.run / name.removeprefix("run/") if name.startswith("run/") else signed.release.root / name
    flip(path, {"start": 0, "middle": None, "end": path.stat().st_size - 1}[where])
    found = check(signed)
    assert found.exit_code == 1
    assert found.signature == "good"
    named = [problem.what.partition(" ")[0] for problem in found.problems if problem.message.startswith("its SHA-256 is")]
    assert named == [name]


def test_one_flipped_bit_in_the_signature_is_named(signed: Signed) -> None:
    envelope = json.loads(signed.file.read_text(encoding="utf-8"))
    signature = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
    for at in (0, 20, 63):
        flipped = bytearray(signature)
        flipped[at] ^= 1
        envelope["signatures"][0]["sig"] = base64.b64encode(bytes(flipped)).decode()
        signed.file.write_text(json.dumps(envelope), encoding="utf-8")
        found = check(signed)
        assert (found.exit_code, found.signature) == (1, "bad")
        assert [problem.what for problem in found.problems] == ["signature"]


def test_every_flipped_bit_of_the_payload_breaks_the_signature_and_is_named(signed: Signed) -> None:
    envelope = json.loads(signed.file.read_text(encoding="utf-8"))
    payload = base64.b64decode(envelope["payload"])
    places = {
        b'"low":': "payload",
        b'"by":"Ada"': "signature",
        b'"gitCommit"': "payload",
        b'"status":"passed"': "payload",
        b'"result":"PASSED"': "payload",
    }
    for marker in places:
        flipped = bytearray(payload)
        flipped[payload.index(marker) + len(marker) - 2] ^= 1
        envelope["payload"] = base64.b64encode(bytes(flipped)).decode()
        signed.file.write_text(json.dumps(envelope), encoding="utf-8")
        found = check(signed)
        assert (found.exit_code, found.signature) == (1, "bad")
        assert found.problems[0].what == "signature"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda s: s["predicate"].update(result="WARNED"), "predicate.result"),
        (lambda s: s["subject"][0]["digest"].update(gitCommit=commit_with_another_prompt()), "revision"),
        (lambda s: s["predicate"]["passedTests"].pop(), "predicate.passedTests"),
        (lambda s: _verdict(s)["gates"][0].update(low=0.9), "verdict.gates[0].low"),
        (lambda s: _verdict(s)["gates"][1].update(status="failed"), "verdict.gates[1].status"),
        (lambda s: _verdict(s).update(seed=5), "verdict.seed"),
        (lambda s: _verdict(s)["coverage"].update(tuned=0.5), "verdict.coverage.tuned"),
        (lambda s: _verdict(s)["leaks"].update(training=6), "verdict.leaks.training"),
        (lambda s: s["predicate"]["configuration"].pop(2), "is a part of the suite or the run"),
        (lambda s: s["subject"].append({"name": "x.bin", "digest": {"sha256": "0" * 64}}), "x.bin"),
        (lambda s: _sign_off(s)["runs"][0]["files"].pop(), "is a part of the suite or the run"),
        (lambda s: _sign_off(s)["runs"][0]["models"]["tuned"].update(asked="x"), "models.tuned.asked"),
    ],
)
def test_an_unsigned_statement_that_says_something_else_is_found_out_by_computing_it_again(
    signed: Signed, change: Callable[[dict[str, Any]], None], named: str
) -> None:
    restate(signed.file, change)
    found = verify_sign_off(signed.file)
    assert (found.exit_code, found.signature) == (1, "unsigned")
    assert any(named in str(problem) for problem in found.problems), found.problems


def test_an_unsigned_file_does_not_hold_where_a_key_is_given(signed: Signed) -> None:
    restate(signed.file, lambda statement: None)
    assert verify_sign_off(signed.file).exit_code == 0
    found = check(signed)
    assert (found.exit_code, found.problems[0].what) == (1, "signature")
    assert any("NONE" in line for line in found.lines())


def test_another_key_does_not_fit(signed: Signed, tmp_path: Path) -> None:
    _, other = new_key(tmp_path / "eve.pem")
    assert verify_sign_off(signed.file, key=other).signature == "bad"


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/hostname", "evals/../../outside.txt", "a//b", "a\\b", "."])
def test_a_statement_cannot_name_files_outside(signed: Signed, name: str) -> None:
    (signed.release.root.parent / "outside.txt").write_text("secret", encoding="utf-8")
    restate(
        signed.file,
        lambda s: s["subject"].append({"name": name, "digest": {"sha256": "0" * 64}, "annotations": {"kind": "prompt"}}),
    )
    found = verify_sign_off(signed.file)
    assert any("leads out of the working tree" in p.message for p in found.problems)
    assert not any(problem.message.startswith("its SHA-256") for problem in found.problems)


@pytest.mark.parametrize("name", ["run/../../../../sign-off.json", "run//etc/hostname", "run/a/b"])
def test_nor_files_outside_the_run(signed: Signed, name: str) -> None:
    restate(signed.file, lambda s: _sign_off(s)["runs"][0]["files"][0].update(name=name))
    assert any("leads out of the run's folder" in p.message for p in verify_sign_off(signed.file).problems)


def test_a_suite_path_that_leads_out_is_not_followed(signed: Signed) -> None:
    restate(signed.file, lambda s: _sign_off(s)["suite"].update(path="../copy/evals/capitals/suite.yaml"))
    for given in (None, signed.release.suite):
        found = verify_sign_off(signed.file, suite=given)
        assert (found.exit_code, found.recomputed) == (1, False)
        assert found.problems[0].what == "suite.path"


def test_names_that_a_terminal_would_obey_are_shown_and_half_characters_are_refused(signed: Signed) -> None:
    restate(signed.file, lambda s: _sign_off(s)["signedOff"].update(by="Ada\x1b[2J\nthe sign-off holds"))
    lines = verify_sign_off(signed.file).lines()
    assert all(line.isprintable() for line in lines)
    assert "Ada\\x1b[2J\\nthe sign-off holds" in lines[1]
    restate(signed.file, lambda s: _sign_off(s)["signedOff"].update(by="Ada\ud800"))
    assert verify_sign_off(signed.file).problems[0].what == "payload"


def test_links_and_other_things_put_in_a_files_place_are_not_followed(signed: Signed) -> None:
    prompt, adapter = signed.release.suite / "prompts/strong.yaml", signed.release.suite / "adapters/tuned.gguf"
    outside = signed.release.root.parent / "strong.yaml"
    shutil.move(prompt, outside)
    prompt.symlink_to(outside)
    adapter.unlink()
    os.mkfifo(adapter)
    found = check(signed)
    said = {problem.what.partition(" ")[0]: problem.message for problem in found.problems}
    assert "leads out of" in said["evals/capitals/prompts/strong.yaml"]
    assert said["evals/capitals/adapters/tuned.gguf"] == "it is no regular file"


def test_missing_files_and_runs_are_named_and_leave_it_unverified(signed: Signed) -> None:
    (signed.release.suite / "train.jsonl").unlink()
    found = check(signed)
    assert found.exit_code == 3
    assert any("train.jsonl" in problem.what and problem.kind == "missing" for problem in found.problems)
    shutil.rmtree(signed.release.run)
    found = check(signed)
    assert found.exit_code == 3
    assert sum(problem.what.startswith("run/") for problem in found.problems) == 4


def test_changed_code_of_the_suite_is_not_run(signed: Signed) -> None:
    mark = signed.release.root / "ran"
    (signed.release.suite / "metrics.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    (signed.release.suite / "rules.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    found = check(signed)
    assert (found.exit_code, found.recomputed) == (1, False)
    assert not mark.exists()


def test_a_suite_that_was_moved_is_verified_where_it_is_now(signed: Signed, tmp_path: Path) -> None:
    shutil.copytree(signed.release.root / "evals", tmp_path / "moved/evals")
    os.chdir(tmp_path)
    found = check(signed, suite=tmp_path / "moved/evals/capitals", run=signed.release.run)
    assert found.holds, found.problems


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"[]", "no DSSE envelope"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"payload": "e30=", "payload": "e30=", "payloadType": "x"}', "given twice"),
        (b'{"payload": "e30=", "payloadType": "application/json", "signatures": []}', "payloadType"),
        (b'{"payload": "!!", "payloadType": "application/vnd.in-toto+json", "signatures": []}', "no base64"),
        (
            b'{"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": "?"}]}',
            "signatures[0].sig",
        ),
        (b'{"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": {}}', "no list of signatures"),
    ],
)
def test_what_is_no_sign_off_is_exit_2(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(SuiteError) as error:
        verify_sign_off(file)
    assert said in str(error.value)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    "payload", [b"{}", b"no json", b'{"_type": "https://in-toto.io/Statement/v1"}', b"[" * 5000, b"null", b'{"a": NaN}']
)
def test_a_payload_that_is_no_statement_is_named(tmp_path: Path, payload: bytes) -> None:
    file = tmp_path / "x.json"
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": "application/vnd.in-toto+json", "signatures": []}
    file.write_text(json.dumps(envelope), encoding="utf-8")
    found = verify_sign_off(file)
    assert found.exit_code == 1
    assert found.problems[0].what.startswith("payload")


def test_a_huge_file_is_digested_a_piece_at_a_time(signed: Signed) -> None:
    import tracemalloc

    with (signed.release.suite / "adapters/tuned.gguf").open("r+b") as file:
        file.truncate(300_000_000)
    tracemalloc.start()
    found = check(signed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.exit_code == 1
    assert peak < 100_000_000


def test_two_people_may_sign_the_same_run(signed: Signed, tmp_path: Path) -> None:
    signed.file.unlink()
    private, public = new_key(tmp_path / "bob.pem")
    done = sign_off(RUN_ID, by="Bob", key=private)
    again = sign_off(RUN_ID, by="Ada", output="second.json")
    assert verify_sign_off(done.file, key=public).holds
    assert verify_sign_off(again.file).signature == "unsigned"


def _sign_off(statement: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = statement["predicate"]["finetuneHarness"]["predicate"]
    return found


def _verdict(statement: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _sign_off(statement)["verdict"]
    return found
