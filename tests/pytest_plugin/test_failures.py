"""What a reviewer sees of a gate that fails: enough to act on, in fewer than 25 lines, and nothing of our insides."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.running import run_pytest
from tests.pytest_plugin.suites import BEATS, ENOUGH, write_suite

WORSE = {"name": "beats the tuned one", "metric": "accuracy", "candidate": "baseline", "over": "tuned", "require": "better"}


def failure(result: pytest.RunResult) -> list[str]:
    lines = result.outlines
    start = next(i for i, line in enumerate(lines) if line.startswith("____"))
    end = next(i for i, line in enumerate(lines) if i > start and line.startswith("===="))
    return lines[start + 1 : end]


def test_a_failure_tells_sentence_numbers_fixtures_and_difference(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms", (WORSE,))
    said = failure(run_pytest(pytester, "--evals", "--evals-report", "reports"))
    text = "\n".join(said)
    assert len(said) < 25
    assert "baseline is -56.7 points" in text and "better than" not in text.split("\n")[0]
    assert "baseline lost 36 and won 2 of 60 fixtures against tuned on accuracy:" in text
    assert "f01 [odd]  1 -> 0" in text
    assert "{+no +}answer 1" in text.replace("{+no+} ", "{+no +}")
    assert "report  reports/forms.html" in text and (pytester.path / "reports" / "forms.html").exists()
    assert "Traceback" not in text and "harness/" not in text.replace("harness/runs", "")


def test_a_gate_on_one_variant_shows_its_worst_fixtures(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms", (ENOUGH,))
    text = "\n".join(failure(run_pytest(pytester, "--evals")))
    assert "where tuned did worst on accuracy:" in text and "f00 [even]  0" in text
    assert "at least 95.0 % was asked" in text


def test_hostile_answers_stay_text_of_their_line(pytester: pytest.Pytester) -> None:
    suite = write_suite(pytester.path / "evals" / "forms", (WORSE,))
    outputs = suite.parent / "baseline.jsonl"
    outputs.write_text(outputs.read_text().replace("no answer", "\\u001b[31m\\u202eevil\\n\\n" * 400 + "no answer"))
    said = failure(run_pytest(pytester, "--evals"))
    assert len(said) < 25 and max(len(line) for line in said) <= 200
    assert "\x1b" not in "\n".join(said) and "U+202E" in "\n".join(said)


def test_the_end_of_a_session_lists_the_gates_unless_it_is_to_be_quiet(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    loud = run_pytest(pytester, "--evals")
    loud.stdout.fnmatch_lines(["*= evaluation gates =*", "forms", "  passed*beats the prompt*+56.7 pp (*"])
    assert "evaluation gates" not in run_pytest(pytester, "--evals", "-q").stdout.str()


def test_github_gets_its_summary(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    write_suite(pytester.path / "evals" / "forms", ({**BEATS, "name": "a | b <i>"}, ENOUGH))
    summary = pytester.path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run_pytest(pytester, "--evals")
    said = summary.read_text()
    assert said.startswith("before\n### Gates: 1 of 2 pass\n")
    assert "a \\| b \\<i\\>" in said and said.count("\n| ") == 3


def test_junit_carries_the_numbers(pytester: pytest.Pytester) -> None:
    import xml.etree.ElementTree as ET

    write_suite(pytester.path / "evals" / "forms")
    run_pytest(pytester, "--evals", "--junit-xml=out.xml")
    cases = ET.parse(pytester.path / "out.xml").getroot().findall(".//testcase")
    case = next(case for case in cases if case.get("name") == "beats the prompt")
    said = {p.get("name"): p.get("value") for p in case.findall(".//property")}
    assert said["evals.metric"] == "accuracy" and said["evals.verdict"] == "passed"
    assert float(str(said["evals.low"])) < float(str(said["evals.effect"])) < float(str(said["evals.high"]))
    assert said["evals.run_id"] and len(cases) == 2
