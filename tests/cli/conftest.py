"""Suites on disk and the command line in a process of its own, as a user has them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from tests.forked import run_forked
from tests.provider import Provider, Received

Harness = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """Run ``harness`` with arguments in an empty working directory."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        whole = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "COLUMNS": "100", **environment}
        return run_forked(main, arguments, tmp_path, whole, limit=300)

    return run


def city(request: Received) -> str:
    """A model that knows its capitals, but for those of the countries from 30 on."""
    number = int(request.last.split()[-1].rstrip("?"))
    return f"city {number}" if number < 30 else "I do not know"


def oracle(request: Received) -> str:
    """A model that knows them all."""
    return f"city {request.last.split()[-1].rstrip('?')}"


@pytest.fixture
def capitals(tmp_path: Path, provider: Provider) -> Path:
    """A suite of 40 fixtures with a weak baseline and a perfect fine-tune, at the scripted provider."""
    provider.on("weak", city)
    provider.on("strong", oracle)
    return write_suite(tmp_path / "capitals", provider.url)


def write_suite(folder: Path, url: str, **changes: Any) -> Path:
    (folder / "prompts").mkdir(parents=True)
    lines = [
        {"id": f"c{i}", "input": f"capital of country {i}?", "expected": f"city {i}", "tags": ["even" if i % 2 == 0 else "odd"]}
        for i in range(40)
    ]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    (folder / "prompts/ask.yaml").write_text("- {role: user, content: 'What is the {{ input }}'}\n", encoding="utf-8")
    variant = {"prompt": "prompts/ask.yaml", "api_base": url, "price": {"input_per_million": 1, "output_per_million": 2}}
    suite = {
        "suite": "capitals",
        "fixtures": "fixtures.jsonl",
        "variants": {
            "baseline": {"role": "prompt", "model": "openai/weak", **variant},
            "tuned": {"role": "fine_tune", "model": "openai/strong", **variant},
        },
        "metrics": ["accuracy"],
        "slices": ["tag:even"],
        "gates": [
            {"name": "beats", "metric": "accuracy", "candidate": "tuned", "over": "baseline", "require": "better", "margin": 0.01}
        ],
        **changes,
    }
    (folder / "suite.yaml").write_text(json.dumps(suite, indent=1), encoding="utf-8")
    return folder
