"""One measurement in a process of its own: ``python case.py WHAT FOLDER FIXTURES REPEATS`` prints its figures as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FIXTURES = 50_000
"""Fixtures of every suite; a case asks about the first of them, four variants each, and repeats where that is not enough."""


def resident(which: str = "VmRSS") -> int:
    """Bytes of memory this process has; ``VmHWM`` for the most it has had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(which))


def make(folder: Path, asked: bool) -> None:
    """Write the suite."""
    import suites

    suites.write_suite(folder, FIXTURES, suites.asking() if asked else suites.from_files(folder, FIXTURES))


def fill(folder: Path, limit: int, repeats: int) -> None:
    """Write a store that knows every answer."""
    import suites

    from harness.store import Store
    from harness.suite import load_suite

    suites.write_answers(load_suite(folder), Store(folder / "runs"), repeats, limit)


def plan(folder: Path, limit: int, repeats: int) -> dict[str, Any]:
    """Plan against a store that knows everything, and copy what is known."""
    from harness.running.answerer import prepare
    from harness.running.planned import select
    from harness.running.preparation import write_plan
    from harness.store import Store
    from harness.suite import load_suite

    suite = load_suite(folder)
    selection = select(suite, limit=limit, repeats=repeats)
    answerers, _ = prepare(suite, selection.variants)
    loaded = resident()
    figures: dict[str, Any] = {"requests": len(selection.variants) * selection.per_variant, "loaded": loaded}
    clock = _Clock(figures)
    table = clock("name", lambda: write_plan(selection, answerers))
    clock("look_up", lambda: Store(folder / "runs").look_up(table))
    clock("settle", table.settle)
    figures["peak"] = resident("VmHWM")
    figures["known"] = clock("copy", lambda: table.copy_known(folder / "known.parquet"))
    (folder / "known.parquet").unlink()
    table.close()
    return figures | {"peak_copied": resident("VmHWM")}


def run(folder: Path, limit: int, repeats: int) -> dict[str, Any]:
    """Run a suite whose answers are in files."""
    return _run(folder, limit, repeats)


def _run(folder: Path, limit: int, repeats: int) -> dict[str, Any]:
    import shutil

    from harness.running import run_suite
    from harness.store import Store
    from harness.suite import load_suite

    suite = load_suite(folder)
    figures: dict[str, Any] = {"loaded": resident()}
    clock = _Clock(figures)
    store = Store(folder / "asked")
    outcome = clock("run", lambda: run_suite(suite, store, limit=limit, repeats=repeats))
    figures["requests"] = store.read_record(outcome.folder).totals["asked"]
    shutil.rmtree(folder / "asked")
    return figures | {"peak": resident("VmHWM")}


def http(folder: Path, limit: int, repeats: int) -> dict[str, Any]:
    """Run a suite over real HTTP, against a server in another process."""
    import subprocess

    import suites

    server = subprocess.Popen([sys.executable, str(Path(__file__).with_name("answering.py"))], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        suites.redirect(folder, url)
        return _run(folder, limit, repeats)
    finally:
        server.kill()
        server.wait()


def whole(folder: Path, limit: int, repeats: int) -> dict[str, Any]:
    """Run, measure, judge and write the scores: all of ``harness run`` but its report, then the report."""
    import shutil

    import harness

    figures: dict[str, Any] = {}
    clock = _Clock(figures)
    evaluated = clock("run", lambda: harness.run(folder, store=folder / "asked", limit=limit, repeats=repeats))
    figures |= {"requests": evaluated.run.record.totals["asked"], "peak": resident("VmHWM")}
    clock("report", lambda: harness.report(evaluated, folder / "report.html"))
    shutil.rmtree(folder / "asked")
    return figures | {"peak_reported": resident("VmHWM")}


class _Clock:
    """Times steps, by the wall and by the processors."""

    def __init__(self, figures: dict[str, Any]) -> None:
        self._figures = figures

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        wall, processor = time.perf_counter(), time.process_time()
        found = work()
        self._figures[name] = round(time.perf_counter() - wall, 3)
        self._figures[f"{name}_cpu"] = round(time.process_time() - processor, 3)
        return found


if __name__ == "__main__":
    what, where, first, times = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    if what == "make":
        make(where, asked=bool(first))
    elif what == "fill":
        fill(where, first, times)
    else:
        print(json.dumps({"plan": plan, "run": run, "http": http, "whole": whole}[what](where, first, times)))
