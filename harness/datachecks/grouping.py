"""A copy of the fixtures in which those that depend on each other say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.datachecks.duplicate import propose_groups
from harness.datachecks.sensitive import write_fixtures
from harness.suite import Suite


def write_grouped(suite: Suite, path: Path) -> int:
    """Write the fixtures with the groups that are proposed, as JSON lines.

    Returns:
        How many fixtures have a group they did not have.

    Raises:
        SuiteError: The file is there already, or cannot be written.
    """
    groups = propose_groups(suite)
    write_fixtures({path: tuple(replace(f, group=groups.get(f.id, f.group)) for f in suite.fixtures)})
    return len(groups)
