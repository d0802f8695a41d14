"""A stranger's repository: install from a built wheel, start a suite, break the prompt, see the build go red, mend it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.provider import Provider, Received

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as its wheel has it, unpacked where Python looks first."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def python(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "COLUMNS": "100"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240, env=environment)


def test_a_build_goes_red_with_the_prompt_and_green_again(site: Path, tmp_path: Path, provider: Provider) -> None:
    assert python(site, tmp_path, "harness", "init", "evals/forms").returncode == 0
    suite = tmp_path / "evals" / "forms"
    answers = {row["input"]: json.dumps(row["expected"]) for row in map(json.loads, (suite / "fixtures.jsonl").open())}

    def learns_from_shots(request: Received) -> str:
        """A model that gives the form where it was shown how, and chats where it was not."""
        shown = any(message["role"] == "assistant" for message in request.messages)
        return next((form for text, form in answers.items() if text in request.last), "{}") if shown else "Sure, happy to help!"

    provider.default = learns_from_shots
    text = (suite / "suite.yaml").read_text().replace("local/smollm2-135m-instruct", "openai/theirs")
    (suite / "suite.yaml").write_text(text.replace("    params:", f"    api_base: {provider.url}\n    params:"))
    pytest_run = ("pytest", "--evals", "-p", "no:randomly", "-p", "no:cacheprovider")

    green = python(site, tmp_path, *pytest_run)
    assert green.returncode == 0, green.stdout
    assert "2 passed" in green.stdout

    shutil.copy(suite / "prompts" / "few_shot.yaml", tmp_path / "kept.yaml")
    shutil.copy(suite / "prompts" / "plain.yaml", suite / "prompts" / "few_shot.yaml")
    red = python(site, tmp_path, *pytest_run)
    assert red.returncode == 1
    assert "2 failed" in red.stdout
    assert "the answer is JSON: failed" in red.stdout and "shots help: " in red.stdout
    assert "Sure, happy to help!" in red.stdout and "Traceback" not in red.stdout

    shutil.copy(tmp_path / "kept.yaml", suite / "prompts" / "few_shot.yaml")
    asked = len(provider.requests)
    again = python(site, tmp_path, *pytest_run, "--evals-replay")
    assert again.returncode == 0, again.stdout
    assert len(provider.requests) == asked
