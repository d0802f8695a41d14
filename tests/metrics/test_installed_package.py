"""A metric from somebody else's package: built, installed, and used by a suite in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import city, oracle, write_suite
from tests.provider import Provider

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-metrics"
version = "1.2"
requires-python = ">=3.11"
dependencies = ["finetune-harness"]

[project.entry-points."harness.metrics"]
city_named = "acme_metrics:CityNamed"
shouting = "acme_metrics:shouting"
"""

MODULE = '''\
"""Metrics of Acme."""

from dataclasses import dataclass
from typing import ClassVar

import harness
from harness.metrics import MeanMetric


@dataclass(frozen=True)
class CityNamed(MeanMetric):
    """Share of answers that name a city."""

    name: ClassVar[str] = "city_named"
    word: str = "city"

    def measure(self, fixture, response):
        return {"value": float(self.word in response.text)}


@harness.metric(unit="count", higher_is_better=False)
def shouting(fixture, response):
    """How many capital letters an answer has."""
    if fixture.id == "c3":
        raise KeyError("no voice")
    return sum(map(str.isupper, response.text))
'''

CHECK = """\
import harness
from harness.testing import check_metric
fixture, response = harness.Fixture(id="a", input="x"), harness.Response(text="city 1")
metric = harness.metrics.load_metric("city_named", word="city")
assert check_metric(metric, fixture, response) == {"value": 1.0}
assert type(metric).__module__ == "acme_metrics"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages with Acme's in it, built and installed without a network."""
    source, site = tmp_path_factory.mktemp("acme-metrics"), tmp_path_factory.mktemp("site")
    (source / "src/acme_metrics").mkdir(parents=True)
    (source / "pyproject.toml").write_text(PYPROJECT + '\n[tool.hatch.build.targets.wheel]\npackages = ["src/acme_metrics"]\n')
    (source / "src/acme_metrics/__init__.py").write_text(MODULE)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*pip, "--target", str(site), str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return site


def python(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "COLUMNS": "100"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env=environment)


def test_a_suite_uses_the_metrics_of_an_installed_package(site: Path, tmp_path: Path, provider: Provider) -> None:
    provider.on("weak", city)
    provider.on("strong", oracle)
    metrics = [{"city_named": {"word": "city"}}, "shouting", "accuracy"]
    gate = {"name": "names one", "metric": "city_named", "candidate": "tuned", "over": "baseline", "require": "better"}
    write_suite(tmp_path / "capitals", provider.url, metrics=metrics, gates=[gate])

    done = python(site, tmp_path, "-m", "harness", "run", "capitals", "--json")

    assert done.returncode == 0, done.stderr
    keys = json.loads(done.stdout)
    measured = {name: variant["metrics"]["city_named"]["value"] for name, variant in keys["variants"].items()}
    assert measured == {"baseline": 0.75, "tuned": 1.0}
    assert keys["variants"]["baseline"]["metrics"]["shouting"]["n"] == 39
    line = MODULE.splitlines().index('        raise KeyError("no voice")') + 1
    assert f"acme_metrics/__init__.py:{line}: the metric shouting broke on fixture c3 (baseline) and 1 more" in done.stderr


def test_an_installed_metric_is_listed_explained_and_passes_the_kit(site: Path, tmp_path: Path) -> None:
    listed = python(site, tmp_path, "-m", "harness", "metrics").stdout
    assert "city_named" in listed.partition("\nInstalled\n")[2]
    assert "Share of answers that name a city." in python(site, tmp_path, "-m", "harness", "metrics", "city_named").stdout
    done = python(site, tmp_path, "-c", CHECK)
    assert done.returncode == 0, done.stderr
