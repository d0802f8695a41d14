"""Try the default route on every design and write docs/calibration.md with its picture; ``nox -s calibration`` runs this."""

from __future__ import annotations

import argparse
import io
import json
import re
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from designs import grid
from page import picture, text
from simulating import Found, Rate, try_cell

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Simulate, or with ``--again`` only write the page from the figures kept."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--simulations", type=int, default=2000, help="data sets per cell (default: 2000)")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--kept", type=Path, default=Path(__file__).with_name("figures.jsonl"), help="where figures are kept")
    options.add_argument("--docs", type=Path, default=DOCS)
    options.add_argument("--resume", action="store_true", help="keep the cells that are done already")
    options.add_argument("--again", action="store_true", help="write the page from the figures kept")
    given = options.parse_args()
    if not (given.again or given.resume):
        given.kept.unlink(missing_ok=True)
    if not given.again:
        try_all(given.kept, given.simulations, given.processes)
    done = read(given.kept)
    found = [done[cell.name] for cell in grid() if cell.name in done]
    (given.docs / "calibration.md").write_text(text(found), encoding="utf-8")
    drawn = io.StringIO()
    picture(found).save(drawn, format="svg")
    short = re.sub(r"\d+\.\d{2,}", lambda number: f"{float(number[0]):.1f}", drawn.getvalue())
    short = re.sub(r' (?:role|class|aria-[a-z]+)="[^"]*"', "", short)
    (given.docs / "calibration.svg").write_text(short, encoding="utf-8")


def try_all(path: Path, simulations: int, processes: int) -> None:
    """Try every cell that has no figures yet, and keep each as soon as it is done, one a line."""
    started = time.monotonic()
    done = read(path)
    missing = [number for number, cell in enumerate(grid()) if cell.name not in done]
    with ProcessPoolExecutor(processes) as workers, path.open("a", encoding="utf-8") as kept:
        for found in workers.map(try_numbered, missing, [simulations] * len(missing)):
            kept.write(json.dumps(asdict(found)) + "\n")
            kept.flush()
    print(f"{len(missing)} cells in {time.monotonic() - started:.0f} s")


def try_numbered(number: int, simulations: int) -> Found:
    """Try one cell of the grid; cells themselves do not travel between processes."""
    return try_cell(grid()[number], simulations)


def read(path: Path) -> dict[str, Found]:
    """Figures kept, by the cell's name."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = (Found(**{k: Rate(**v) if isinstance(v, dict) else v for k, v in json.loads(line).items()}) for line in lines)
    return {f"{f.family} / {f.design} / {f.size}": f for f in found}


if __name__ == "__main__":
    main()
