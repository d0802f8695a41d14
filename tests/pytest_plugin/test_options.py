"""Options of the command line, each of which may stand in the ini file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.provider import Provider
from tests.pytest_plugin.running import run_pytest
from tests.pytest_plugin.suites import BEATS, write_suite


def asking_suite(folder: Path, url: str, fixtures: int = 24) -> Path:
    """A suite of two variants that ask a real provider: one is right, one is wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    price = {"input_per_million": 1.0, "output_per_million": 1.0}
    asks = {"prompt": "ask.yaml", "api_base": url, "price": price, "params": {"max_tokens": 10}}
    suite = {
        "suite": folder.name,
        "fixtures": "fixtures.jsonl",
        "floors": False,
        "variants": {
            "baseline": {"role": "prompt", "model": "openai/base", **asks},
            "tuned": {"role": "fine_tune", "model": "openai/tuned", **asks},
        },
        "metrics": ["accuracy"],
        "gates": [BEATS, {**BEATS, "name": "often right", "require": None, "over": None, "at_least": 0.5}],
    }
    suite["gates"] = [{key: value for key, value in gate.items() if value is not None} for gate in suite["gates"]]
    (folder / "suite.yaml").write_text(json.dumps(suite))
    (folder / "ask.yaml").write_text("- {role: user, content: '{{ input }}'}\n")
    rows = [{"id": f"f{i:02}", "input": f"question {i}", "expected": f"question {i}"} for i in range(fixtures)]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "suite.yaml"


@pytest.fixture
def asking(pytester: pytest.Pytester, provider: Provider) -> Provider:
    """A provider, and a suite in ``evals/forms`` that asks it."""
    provider.on("base", "no")
    provider.on("tuned", lambda request: request.last)
    asking_suite(pytester.path / "evals" / "forms", provider.url)
    return provider


def test_answers_are_asked_for_once_and_then_replayed(pytester: pytest.Pytester, asking: Provider) -> None:
    run_pytest(pytester, "--evals").assert_outcomes(passed=2)
    assert len(asking.requests) == 48
    run_pytest(pytester, "--evals").assert_outcomes(passed=2)
    run_pytest(pytester, "--evals", "--evals-replay").assert_outcomes(passed=2)
    assert len(asking.requests) == 48
    run_pytest(pytester, "--evals", "--evals-fresh", "--evals-limit", "20").assert_outcomes(passed=2)
    assert len(asking.requests) == 48 + 40


def test_a_replay_that_lacks_answers_names_the_command(pytester: pytest.Pytester, asking: Provider) -> None:
    prompt = pytester.path / "evals" / "forms" / "ask.yaml"
    run_pytest(pytester, "--evals", "-k", "often").assert_outcomes(passed=1, deselected=1)
    prompt.write_text("- {role: user, content: 'Please: {{ input }}'}\n")
    asked = len(asking.requests)
    result = run_pytest(pytester, "--evals", "--evals-replay")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*stored answers are missing: baseline on f00,*harness run*evals/forms --variants baseline,tuned*"]
    )
    assert len(asking.requests) == asked


def test_only_gates_on_a_changed_prompt_need_a_model(pytester: pytest.Pytester, asking: Provider) -> None:
    folder = pytester.path / "evals" / "forms"
    run_pytest(pytester, "--evals").assert_outcomes(passed=2)
    suite = json.loads((folder / "suite.yaml").read_text())
    suite["variants"]["baseline"]["prompt"] = "other.yaml"
    (folder / "other.yaml").write_text("- {role: user, content: 'Please: {{ input }}'}\n")
    (folder / "suite.yaml").write_text(json.dumps(suite))
    result = run_pytest(pytester, "--evals", "--evals-replay")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*24 stored answers are missing*--variants baseline*"])


def test_max_cost_stops_before_anything_is_sent_that_it_cannot_pay(pytester: pytest.Pytester, asking: Provider) -> None:
    result = run_pytest(pytester, "--evals", "--evals-max-cost", "0.000001")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*the cap of $0.000001* is below the least the run may cost*"])
    assert not asking.requests


def test_the_ini_file_says_the_same(pytester: pytest.Pytester, asking: Provider) -> None:
    pytester.makeini("[pytest]\nharness_suites = evals/*\nevals_limit = 21\nevals_store = kept\nevals_report = out/r.html\n")
    run_pytest(
        pytester,
    ).assert_outcomes(passed=2)
    assert len(asking.requests) == 42
    assert (pytester.path / "kept" / "forms").is_dir() and (pytester.path / "out" / "r.html").is_file()
    pytester.makeini("[pytest]\nharness_suites = evals/*\nevals_replay = true\nevals_store = kept\nevals_limit = 21\n")
    run_pytest(
        pytester,
    ).assert_outcomes(passed=2)
    assert len(asking.requests) == 42


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--evals-replay", "--evals-fresh"), "give one of them"),
        (("--evals-limit", "0"), "at least 1"),
    ],
)
def test_options_that_make_no_sense_are_a_usage_error(pytester: pytest.Pytester, options: tuple[str, ...], said: str) -> None:
    write_suite(pytester.path / "evals" / "forms")
    result = run_pytest(pytester, "--evals", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_a_refused_key_is_a_line_and_no_traceback(pytester: pytest.Pytester, asking: Provider) -> None:
    from tests.provider import refuses_key

    asking.on("base", refuses_key())
    result = run_pytest(pytester, "--evals")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*No verdict on accuracy*baseline was given up: auth*"])
    assert "Traceback" not in result.stdout.str()
