"""Slices: parts of the fixtures that are judged on their own."""

from __future__ import annotations

from collections.abc import Sequence

from harness.suite.explain import did_you_mean
from harness.suite.fixture import Fixture
from harness.suite.suite import in_slice


def slice_trouble(name: str, fixtures: Sequence[Fixture]) -> tuple[str, str] | None:
    """Say why a slice cannot be judged on these fixtures, with a hint; None where it can, or nothing could be read."""
    kind, _, value = name.partition(":")
    if kind not in ("tag", "group") or not value:
        return f"{name} is no slice", "write tag:<tag> or group:<group>"
    if not fixtures or any(in_slice(fixture, name) for fixture in fixtures):
        return None
    known = {tag for f in fixtures for tag in f.tags} if kind == "tag" else {f.group for f in fixtures if f.group}
    hint = did_you_mean(value, sorted(known)[:20]) if known else f"no fixture has a {kind}"
    return f"no fixture is in the slice {name}", hint
