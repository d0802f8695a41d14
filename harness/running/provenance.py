"""Where a run comes from: versions, commit, hashes, and what each variant resolved to."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.models import resolve_price
from harness.running.planned import Selection
from harness.store import RunRecord, new_run_id
from harness.suite import Suite

PACKAGES = ("finetune-harness", "litellm", "duckdb", "numpy", "scipy")
LOCAL_PACKAGES = ("xllamacpp",)


def new_record(suite: Suite, selection: Selection, started: datetime, asked_for: Mapping[str, Any]) -> RunRecord:
    """Say all that is known of a run before anything is asked.

    Args:
        suite: The suite.
        selection: What is run of it.
        started: When, in UTC.
        asked_for: The options given: variants, limit, repeats, fresh, replay.
    """
    local = any((suite.variants[name].model or "").startswith("local/") for name in selection.variants)
    return RunRecord(
        run_id=new_run_id(started),
        suite=suite.name,
        started_at=started.isoformat(timespec="microseconds"),
        status="running",
        seed=suite.definition.seed,
        definition=suite.definition.model_dump(mode="json"),
        suite_path=shown_path(suite.path),
        variants={name: resolved(suite, name) for name in selection.variants},
        hashes=dict(suite.hashes),
        selection={
            **asked_for,
            "variants": list(selection.variants),
            "repeats": selection.repeats,
            "fixtures": len(selection.fixtures),
        },
        packages=package_versions(PACKAGES + (LOCAL_PACKAGES if local else ())),
        git=git_state(suite.folder),
    )


def resolved(suite: Suite, name: str) -> dict[str, Any]:
    """Say what a variant resolved to: its definition's own words, and the price in force with its source."""
    variant = suite.variants[name]
    said = variant.model_dump(mode="json", exclude_none=True)
    if variant.model is not None:
        said["price"] = asdict(resolve_price(variant.model, variant.price))
    return said


def package_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Return the installed versions; a package that is not installed is left out."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git_state(folder: Path) -> dict[str, Any]:
    """Return the commit the folder is at and whether anything in it differs from that; nothing outside git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {}
    return {"commit": commit, "dirty": bool(_git(folder, "status", "--porcelain", "--", "."))}


def shown_path(path: Path) -> str:
    """Return a path relative to the working directory where it lies inside it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _git(folder: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
