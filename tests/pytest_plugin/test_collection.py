"""Suites are collected when asked for, and their gates behave like any other test."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.running import run_pytest
from tests.pytest_plugin.suites import BEATS, ENOUGH, UNSURE, write_suite

TEST = "def test_one():\n    assert True\n"


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_a_session_that_does_not_ask_sees_no_suite(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    pytester.makepyfile(test_one=TEST)
    result = run_pytest(pytester, "--collect-only", "-q")
    assert ids(result) == ["test_one.py::test_one"]
    assert "evals" not in result.stdout.str()


def test_evals_collects_every_gate_beside_the_tests(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    pytester.makepyfile(test_one=TEST)
    result = run_pytest(pytester, "--collect-only", "-q", "--evals")
    assert sorted(ids(result)) == [
        "evals/forms/suite.yaml::beats the prompt",
        "evals/forms/suite.yaml::right often enough",
        "test_one.py::test_one",
    ]


def test_evals_reaches_suites_outside_testpaths_and_names_none_twice(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_one.py").write_text(TEST)
    found = ids(run_pytest(pytester, "--collect-only", "-q", "--evals"))
    assert len(found) == len(set(found)) == 3


def test_naming_paths_keeps_to_them(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms")
    write_suite(pytester.path / "evals" / "other")
    pytester.makepyfile(test_one=TEST)
    named = run_pytest(pytester, "--collect-only", "-q", "evals/forms/suite.yaml")
    assert {line.split("::")[0] for line in ids(named)} == {"evals/forms/suite.yaml"}
    assert ids(run_pytest(pytester, "--collect-only", "-q", "--evals", "test_one.py")) == ["test_one.py::test_one"]
    one = run_pytest(pytester, "--collect-only", "-q", "evals/forms/suite.yaml::beats the prompt")
    assert ids(one) == ["evals/forms/suite.yaml::beats the prompt"]


def test_the_ini_file_may_list_suites(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "quality" / "forms")
    write_suite(pytester.path / "evals" / "other")
    pytester.makeini("[pytest]\nharness_suites =\n    quality/*\n")
    found = ids(run_pytest(pytester, "--collect-only", "-q"))
    assert {line.split("::")[0] for line in found} == {"quality/forms/suite.yaml"}


def test_k_m_x_and_lf_work_as_for_tests(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms", (ENOUGH, BEATS))
    pytester.makepyfile(test_one=TEST)
    run = pytester.runpytest_subprocess
    run("--evals", "-k", "beats").assert_outcomes(passed=1, deselected=2)
    run("--evals", "-m", "evals").assert_outcomes(passed=1, failed=1, deselected=1)
    run("--evals", "-m", "not evals").assert_outcomes(passed=1, deselected=2)
    run("--evals", "-x", "-p", "no:randomly", "evals/forms").assert_outcomes(failed=1)
    run("--evals").assert_outcomes(passed=2, failed=1)
    run("--evals", "--lf").assert_outcomes(failed=1)


def test_a_suite_that_cannot_be_used_says_all_that_is_wrong_with_it(pytester: pytest.Pytester) -> None:
    write_suite(pytester.path / "evals" / "forms", ({**BEATS, "candidate": "tunde"},), metrics=["acuracy"])
    result = run_pytest(pytester, "--evals")
    assert result.ret == 2
    said = result.stdout.str()
    assert "suite.yaml:" in said and "names tunde" in said and "acuracy" in said
    assert "Traceback" not in said and ".py:" not in said


@pytest.mark.parametrize(("how", "outcome"), [("fail", "failed"), ("skip", "skipped"), ("warn", "passed")])
def test_an_inconclusive_gate_does_what_the_suite_says(pytester: pytest.Pytester, how: str, outcome: str) -> None:
    write_suite(pytester.path / "evals" / "forms", (UNSURE,), inconclusive=how)
    result = run_pytest(pytester, "--evals", "-rs")
    assert result.parseoutcomes()[outcome] == 1
    assert ("warnings" in result.parseoutcomes()) == (how == "warn")
    result.stdout.fnmatch_lines(["*inconclusive*no worse than the prompt*"])
    assert "was asked: inconclusive" in result.stdout.str()
