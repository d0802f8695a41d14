"""A suite under git with every kind of file a sign-off covers, and a run of it, made without asking a model."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.metrics import load_metrics, measure
from harness.models import Response
from harness.session import load_suite
from harness.session.loading import broad_suites
from harness.store import RunRecord, Store, StoredResponse
from harness.suite import Suite

RUN_ID = "20261122T080000Z-abc123"
GATES = [
    {
        "name": "beats the prompt",
        "metric": "accuracy",
        "candidate": "tuned",
        "over": "baseline",
        "require": "better",
        "margin": 0.05,
    },
    {"name": "good: enough", "metric": "accuracy", "candidate": "tuned", "at_least": 0.5},
]
SUITE: Mapping[str, Any] = {
    "suite": "capitals",
    "fixtures": "fixtures.jsonl",
    "training_data": "train.jsonl",
    "floors": False,
    "variants": {
        "rules": {"role": "current", "callable": "rules.py:answer"},
        "baseline": {"role": "prompt", "model": "openai/small", "prompt": "prompts/strong.yaml"},
        "tuned": {
            "role": "fine_tune",
            "model": "local/tiny",
            "adapter": "adapters/tuned.gguf",
            "prompt": "prompts/short.yaml",
            "retrieval": {"corpus": "atlas/*.md"},
        },
    },
    "metrics": ["accuracy", {"json_schema": {"schema": "answer.schema.json"}}],
    "gates": GATES,
}

Knows = Callable[[str, int], bool]
"""Whether a variant answers a fixture rightly."""


def knows(variant: str, number: int) -> bool:
    """The fine-tune knows all but one in twenty, the others every third."""
    return number % 20 != 0 if variant == "tuned" else number % 3 == 0


@dataclass(frozen=True)
class Release:
    """A git repository with a suite in ``evals/capitals`` and a run of it in ``.harness/runs``."""

    root: Path

    @property
    def suite(self) -> Path:
        """The suite's folder."""
        return self.root / "evals/capitals"

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.root / ".harness/runs/capitals" / RUN_ID

    def git(self, *command: str) -> str:
        """Run git in the repository."""
        who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        done = subprocess.run(["git", "-C", str(self.root), *who, *command], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "state")
        return self.git("rev-parse", "HEAD")

    def record(self, **changes: Any) -> None:
        """Change fields of run.json."""
        path = self.run / "run.json"
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def make_release(
    root: Path, *, answers: Knows = knows, fixtures: int = 60, fails: int = 0, limit: int | None = None, **suite: Any
) -> Release:
    """Write the suite, commit it, and write a run of it; ``fails`` of the fine-tune's calls have failed."""
    release = Release(root.resolve())
    write_suite(release.suite, fixtures, **suite)
    (root / ".gitignore").write_text(".harness/\n__pycache__/\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    commit = release.commit()
    write_run(release, commit, answers, fails, limit)
    return release


def write_suite(folder: Path, fixtures: int = 60, **changes: Any) -> None:
    """Write a suite with every kind of file."""
    for name in ("prompts", "adapters", "atlas"):
        (folder / name).mkdir(parents=True)
    lines = [{"id": f"c{i}", "input": f"capital of country {i}?", "expected": f"city {i}"} for i in range(fixtures)]
    _write_lines(folder / "fixtures.jsonl", lines)
    _write_lines(folder / "train.jsonl", [{"id": f"t{i}", "input": f"capital of land {i}?", "expected": "x"} for i in range(5)])
    (folder / "prompts/strong.yaml").write_text("- {role: user, content: 'Think well. {{ input }}'}\n", encoding="utf-8")
    (folder / "prompts/short.yaml").write_text("- {role: user, content: '{{ context }} {{ input }}'}\n", encoding="utf-8")
    (folder / "adapters/tuned.gguf").write_bytes(b"GGUF" + bytes(range(256)) * 8)
    (folder / "atlas/cities.md").write_text("# Cities\nThere are many.\n", encoding="utf-8")
    (folder / "rules.py").write_text("def answer(fixture):\n    return 'city 1'\n", encoding="utf-8")
    (folder / "answer.schema.json").write_text('{"type": "object"}\n', encoding="utf-8")
    (folder / "suite.yaml").write_text(json.dumps({**SUITE, **changes}, indent=1) + "\n", encoding="utf-8")


def write_run(release: Release, commit: str, answers: Knows, fails: int = 0, limit: int | None = None) -> None:
    """Write complete, measured runs: of the suite as it stands, and of the other suites its gates name."""
    suite = load_suite(release.suite)
    for each in (suite, *broad_suites(suite).values()):
        _write_one(release, each, commit=commit, answers=answers, fails=fails, limit=limit)


def _write_one(release: Release, suite: Suite, *, commit: str, answers: Knows, fails: int, limit: int | None) -> None:
    asked = suite.fixtures[:limit]
    record = RunRecord(
        run_id=RUN_ID,
        suite=suite.name,
        started_at="2026-11-22T08:00:00+00:00",
        status="running",
        seed=suite.definition.seed,
        definition=suite.definition.model_dump(mode="json"),
        suite_path=suite.path.relative_to(release.root).as_posix(),
        variants={name: v.model_dump(mode="json", exclude_none=True) for name, v in suite.variants.items()},
        hashes=dict(suite.hashes),
        selection={"variants": list(suite.variants), "repeats": 1, "fixtures": len(asked), "limit": limit},
        packages={"finetune-harness": "0.1.0"},
        git={"commit": commit, "dirty": False},
    )
    store = Store(release.root / ".harness/runs")
    with store.begin(record, asked) as kept:
        for name in suite.variants:
            for number, fixture in enumerate(asked):
                text = str(fixture.expected) if answers(name, number) else "no idea"
                said = Response(text=text, latency=0.5, model="tiny-1")
                if name == "tuned" and number < fails:
                    said = Response(outcome="failed", error="timed out", error_kind="timeout")
                place = f"{suite.name}{name}{number}"
                kept.append(StoredResponse(place, name, fixture.id, 0, said, finished_at="2026-11-22T08:00:01+00:00"))
        kept.finish(replace(record, status="complete", finished_at="2026-11-22T08:01:00+00:00"))
    folder = release.root / ".harness/runs" / suite.name / RUN_ID
    run = store.read(folder)
    store.write_scores(folder, measure(run.responses, run.fixtures, load_metrics(suite)).scores)


def _write_lines(path: Path, records: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
