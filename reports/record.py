"""Run the shipped suite anew on the embedded model and keep the run with it, for replays and for the example report."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import harness
from harness.running import make_progress

SUITE = Path("evals/order_intake")


def main() -> None:
    """Replace the recorded run by a fresh one."""
    staging = Path(".harness/recording")
    shutil.rmtree(staging, ignore_errors=True)
    run = harness.run(SUITE, store=staging, fresh=True, progress=make_progress(sys.stderr))
    if run.interrupted or run.run.record.stopped:
        sys.exit("the run is not complete; the recorded one is left as it was")
    shutil.rmtree(SUITE / "recorded", ignore_errors=True)
    shutil.move(staging, SUITE / "recorded")


if __name__ == "__main__":
    main()
