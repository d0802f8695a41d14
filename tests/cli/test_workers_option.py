from __future__ import annotations

import pytest
from click.testing import CliRunner

from harness.cli.run import run


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", ""])
def test_workers_is_a_number_or_auto(said: str) -> None:
    done = CliRunner().invoke(run, ["suite", "--workers", said])
    assert done.exit_code == 2 and "neither auto nor a number of 1 or more" in done.output
