"""Measure planning and memory by size and write docs/performance.md with its pictures; ``nox -s performance`` runs this."""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from case import FIXTURES
from page import kept, pictures, text

DOCS = Path(__file__).parents[2] / "docs"
CASE = Path(__file__).with_name("case.py")
VARIANTS = 4
SIZES = {
    "plan": (10_000, 100_000, 1_000_000),
    "run": (10_000, 50_000, 200_000, 1_000_000),
    "http": (5_000, 20_000),
    "whole": (10_000, 50_000, 200_000),
}
"""Requests of each case."""


def main() -> None:
    """Measure, or with ``--again`` only write the page from the figures kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kept", type=Path, default=Path(__file__).with_name("figures.jsonl"), help="where figures are kept")
    options.add_argument("--docs", type=Path, default=DOCS)
    options.add_argument("--resume", action="store_true", help="keep the cases that are done already")
    options.add_argument("--again", action="store_true", help="write the page from the figures kept")
    options.add_argument("--cases", default=",".join(SIZES), help="these cases only")
    given = options.parse_args()
    if not (given.again or given.resume):
        given.kept.unlink(missing_ok=True)
    if not given.again:
        measure_all(given.kept, given.cases.split(","))
    found = sorted(read(given.kept), key=lambda f: (list(SIZES).index(f["case"]), f["size"]))
    page = given.docs / "performance.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(text(found, kept(before)), encoding="utf-8")
    for name, picture in pictures(found).items():
        drawn = io.StringIO()
        picture.save(drawn, format="svg")
        short = re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", drawn.getvalue())
        short = re.sub(r' (?:role|class|aria-[a-z]+)="[^"]*"', "", short)
        (given.docs / name).write_text(short, encoding="utf-8")


def measure_all(path: Path, cases: list[str]) -> None:
    """Measure every case that has no figures yet, and keep each as soon as it is done, one a line."""
    done = {(f["case"], f["size"]) for f in read(path)}
    with tempfile.TemporaryDirectory() as place:
        for case in cases:
            missing = [size for size in SIZES[case] if (case, size) not in done]
            if not missing:
                continue
            folder = Path(place) / case
            call("make", folder, int(case in ("plan", "http")), 0)
            for size in missing:
                limit, repeats = shape(size)
                if case == "plan":
                    call("fill", folder, limit, repeats)
                figures = json.loads(call(case, folder, limit, repeats).splitlines()[-1])
                figures |= {"case": case, "size": size, "fixtures": FIXTURES, "machine": machine(), "load": os.getloadavg()[0]}
                shutil.rmtree(folder / "runs", ignore_errors=True)
                with path.open("a", encoding="utf-8") as kept:
                    kept.write(json.dumps(figures) + "\n")
                print(figures, flush=True)
            shutil.rmtree(folder)


def shape(size: int) -> tuple[int, int]:
    """Fixtures asked about, and repeats, for so many requests of four variants."""
    places = size // VARIANTS
    repeats = -(-places // FIXTURES)
    return places // repeats, repeats


def call(*what: Any) -> str:
    """Run one case in a process of its own."""
    variables = {**os.environ, "OPENAI_API_KEY": "none", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [sys.executable, str(CASE), *map(str, what)], env=variables, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def machine() -> str:
    """Cores and Python of this machine, in words."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Figures kept."""
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        yield json.loads(line)


if __name__ == "__main__":
    main()
