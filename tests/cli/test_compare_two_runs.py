"""``harness compare RUN RUN`` as a user calls it: exit codes, what is printed, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Harness, oracle
from tests.provider import Provider, Received


def worse(request: Received) -> str:
    """A model that has forgotten the capitals of the first fifteen countries."""
    number = int(request.last.split()[-1].rstrip("?"))
    return oracle(request) if number >= 15 else "I do not know"


@pytest.fixture
def two(harness: Harness, capitals: Path, provider: Provider) -> tuple[str, str]:
    """A run, and one of another prompt after the fine-tune has become worse."""
    first = json.loads(harness("run", "capitals", "--json").stdout)["run_id"]
    provider.on("strong", worse)
    (capitals / "prompts/ask.yaml").write_text("- {role: user, content: 'Tell me the {{ input }}'}\n", encoding="utf-8")
    return first, json.loads(harness("run", "capitals", "--json").stdout)["run_id"]


def test_a_fine_tune_that_got_worse_is_exit_1_with_its_numbers_and_a_page(
    harness: Harness, two: tuple[str, str], tmp_path: Path
) -> None:
    done = harness("compare", *two, "-o", "out/two.html")
    assert done.returncode == 1, done.stderr
    said = " ".join(done.stdout.split())
    assert "Worse, and it is signal: tuned on accuracy: 100.0 % before, 62.5 % after, -37.5 points" in said
    assert "changed: prompt of tuned:" in said and "tuned lost 15 fixtures on accuracy: c0, c1, c2, c3, c4 and 10 more" in said
    assert done.stderr.strip() == "page: out/two.html"
    assert "<h1" in (tmp_path / "out/two.html").read_text(encoding="utf-8")

    done = harness("compare", *two, "--json")
    keys = json.loads(done.stdout)
    assert (done.returncode, keys["exit_code"], keys["worse"], keys["page"]) == (1, 1, ["tuned/accuracy"], None)
    (tuned,) = [c for c in keys["changes"] if (c["variant"], c["metric"]) == ("tuned", "accuracy")]
    assert (tuned["effect"], tuned["losses"], tuned["wins"], tuned["n"]) == (-0.375, 15, 0, 40)

    back = json.loads(harness("compare", *reversed(two), "--json").stdout)
    assert (back["exit_code"], back["better"]) == (0, ["tuned/accuracy"])


def test_two_variants_a_metric_and_a_slice_can_be_named(harness: Harness, two: tuple[str, str]) -> None:
    # of the even countries the weak model knows 15 (0 to 28), the fine-tune that forgot knows 12 (16 to 38)
    options = ("--candidate", "tuned", "--over", "baseline", "--metric", "accuracy", "--slice", "tag:even", "--json")
    keys = json.loads(harness("compare", *two, *options).stdout)
    (only,) = keys["changes"]
    assert (only["variant"], only["was"], only["slice"], only["n"]) == ("tuned", "baseline", "tag:even", 20)
    assert (only["before"]["value"], only["after"]["value"]) == (0.75, 0.6)


def test_bad_input_is_told_and_is_exit_2(harness: Harness, two: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments, said in (
        ((two[0], "nothing"), "no run is called 'nothing'"),
        ((two[0], two[0]), f"both runs are {two[0]}. name two runs, or two variants of one."),
        ((*two, "--candidate", "tunde"), "there is no variant 'tunde' in the later run. did you mean tuned"),
        ((*two, "--metric", "accurcy"), "there is no metric 'accurcy' in the later run. did you mean accuracy"),
        ((*two, "--slice", "tag:none"), "no fixture that both runs have is in the slice tag:none"),
        ((*two, "--reference"), "--reference compares one run"),
        ((two[0], "--candidate", "tuned", "--over", "baseline", "-o", "x.html"), "--output writes a page about two runs"),
        ((*two, "-o", "file/x.html"), "file"),
        ((two[0],), "Give --candidate and --over, or --reference, or a second run."),
    ):
        done = harness("compare", *arguments)
        assert said in done.stderr, arguments
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
