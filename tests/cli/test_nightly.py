"""``harness bless``, ``compare --reference`` and ``nightly`` as a person and a CI job use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.store import Nights
from tests.cli.conftest import Harness
from tests.provider import Provider
from tests.session.capitals import write_capitals
from tests.session.test_blessing import knows


@pytest.fixture
def watched(tmp_path: Path, provider: Provider) -> Path:
    provider.on("weak", knows(8))
    provider.on("strong", knows(22))
    return write_capitals(tmp_path / "capitals", provider.url, 24)


def test_bless_compare_and_nightly_follow_each_other(harness: Harness, watched: Path, provider: Provider) -> None:
    run_id = json.loads(harness("run", "capitals", "--json").stdout)["run_id"]
    blessed = harness("bless", run_id[-6:], "--by", "Ada")
    assert blessed.returncode == 0, blessed.stderr
    assert blessed.stdout == "capitals/reference: 1 run, 24 fixtures\n"
    assert "few for a reference" in blessed.stderr
    same = harness("compare", "latest", "--reference")
    assert same.returncode == 0, same.stderr
    assert "tuned is 0.0 points" in same.stdout

    provider.on("strong", knows(10))
    summary = watched.parent / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    done = harness("nightly", "capitals", "--json", "--out", "out", GITHUB_STEP_SUMMARY=str(summary))
    assert done.returncode == 1, done.stderr
    keys = json.loads(done.stdout)
    assert keys == json.loads((watched.parent / "out/nightly.json").read_text(encoding="utf-8"))
    (suite,) = keys["suites"]
    assert {"format", "outcome", "headline", "exit_code", "watched", "comparisons", "trends", "turned", "flaky", "gates"} <= set(
        suite
    )
    assert (suite["outcome"], suite["reruns"], suite["reference"]["runs"]) == ("regressed", 6, [run_id])
    assert {t["fixture_id"] for t in suite["turned"]} == {f"c{number}" for number in range(10, 22)}
    assert len(suite["run_ids"]) == 7
    assert len(provider.asked("weak")) == 2 * 24  # only what was suspected was asked again
    assert len(provider.asked("strong")) == 8 * 24
    assert summary.read_text(encoding="utf-8").startswith("before\n## \u274c capitals: The fine-tune regressed")
    assert {path.name for path in (watched.parent / "out").iterdir()} == {
        f"nightly.{kind}" for kind in ("md", "html", "xml", "json")
    }
    worse = harness("compare", suite["run_ids"][0], "--reference", "--json")
    assert (worse.returncode, json.loads(worse.stdout)["worse"]) == (1, ["tuned/accuracy"])


def test_two_nightlies_at_once_both_keep_their_night(tmp_path: Path, watched: Path) -> None:
    command = [sys.executable, "-m", "harness", "nightly", "capitals"]
    both = [
        subprocess.Popen([*command, "--out", name], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)
        for name in ("a", "b")
    ]
    assert [each.wait(timeout=300) for each in both] == [0, 0]
    kept = Nights(tmp_path / ".harness/runs", "capitals").read()
    assert len({night.run_ids for night in kept}) == 2


def test_wrong_input_is_told_at_once_and_asks_nothing(harness: Harness, watched: Path, provider: Provider) -> None:
    both = harness("compare", "latest", "--reference", "--candidate", "tuned")
    assert (both.returncode, "leave the other options out" in both.stderr) == (2, True)
    neither = harness("compare", "latest")
    assert (neither.returncode, "--reference" in neither.stderr) == (2, True)
    (watched / "suite.yaml").write_text("suite: [", encoding="utf-8")
    done = harness("nightly", "capitals", "nowhere")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "nowhere" in done.stderr
    assert provider.requests == []
