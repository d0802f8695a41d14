"""How fast a report is rendered, how large it is, and how soon a browser shows it.

The figures are recorded, not asserted: they depend on the machine. ``pytest tests/benchmarks/test_report_speed.py
--benchmark-only -s`` prints them.
"""

from __future__ import annotations

import itertools
import random
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.metrics import load_metric
from harness.report import write_html
from harness.retrieval import Hit
from harness.store import Run, StoredResponse
from harness.verdicts import Judgement, judge
from tests.report.conftest import FLAGS
from tests.verdicts.runs import make_run

SKILL = {"baseline": 0.7, "rag": 0.8, "tuned": 0.85}
METRICS = ("accuracy", "token_f1")
VOCABULARY, DOCUMENTS = 6_000, 300
QUESTION, ANSWER, DOCUMENT = 120, 50, 150
"""Words: about 160, 70 and 200 tokens."""


def judged(count: int) -> tuple[Run, Judgement]:
    """So many fixtures asked of three variants in words drawn as a language draws them, the RAG variant with three documents."""
    draw = random.Random(3)
    words = ["".join(draw.choices("etaoinshrdlucmfw", k=draw.randint(2, 9))) for _ in range(VOCABULARY)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))

    def prose(length: int) -> str:
        return " ".join(draw.choices(words, cum_weights=weights, k=length))

    documents = [Hit(f"document-{n}", prose(DOCUMENT), 0.0) for n in range(DOCUMENTS)]
    values = {
        "accuracy": {name: [float(draw.random() < skill) for _ in range(count)] for name, skill in SKILL.items()},
        "token_f1": {name: [round(draw.random(), 3) for _ in range(count)] for name in SKILL},
    }
    run = make_run(values, tags=[["edge"] if n % 5 == 0 else ["plain"] for n in range(count)], slices=["tag:edge"])
    fixtures = {f.id: replace(f, input=prose(QUESTION), expected=prose(ANSWER)) for f in run.fixtures}

    def said(stored: StoredResponse) -> StoredResponse:
        answer = str(fixtures[stored.fixture_id].expected).split(" ")
        for _ in range(8):
            answer[draw.randrange(len(answer))] = draw.choice(words)
        hits = tuple(replace(hit, score=draw.random()) for hit in draw.sample(documents, 3)) if stored.variant == "rag" else ()
        response = replace(stored.response, text=" ".join(answer), latency=draw.random(), cost=draw.random() / 1_000)
        return replace(stored, response=response, retrieved=hits)

    run = replace(run, fixtures=tuple(fixtures.values()), responses=tuple(said(stored) for stored in run.responses))
    return run, judge(run, [load_metric(name) for name in METRICS])


@pytest.mark.parametrize("count", [200, 10_000])
def test_rendering(benchmark: Any, tmp_path: Path, count: int) -> None:
    run, judgement = judged(count)
    path = benchmark.pedantic(write_html, (run, judgement, tmp_path / "report.html"), rounds=3)
    worked = time.process_time()
    write_html(run, judgement, path)
    worked = time.process_time() - worked
    figures = {"fixtures": count, "variants": len(SKILL), "bytes": path.stat().st_size, "processor seconds": round(worked, 2)}
    if shutil.which("chromium") is not None:
        figures |= shown(path)
    benchmark.extra_info |= figures
    print(f"\n{figures | {'seconds': round(benchmark.stats['min'], 2)}}")
    assert path.stat().st_size < (15_000_000 if count == 10_000 else 1_500_000)


def shown(path: Path) -> dict[str, float]:
    """Milliseconds in a browser: the first paint of the page, all fixtures listed, all of them searched, and one opened."""
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        started = time.perf_counter()
        page.goto(path.as_uri())
        page.locator("#explorer[data-ready]").wait_for()
        listed = time.perf_counter() - started
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        started = time.perf_counter()
        page.locator("#fixture-rows summary").first.click()
        page.locator("#fixture-rows .sides").wait_for()
        opened = time.perf_counter() - started
        started = time.perf_counter()
        page.locator("#explorer input[type=search]").fill("a text that is nowhere")
        expect(page.locator("#explorer output")).to_have_text(f"0 of {len_of(page):,} fixtures", timeout=30_000)
        searched = time.perf_counter() - started
        browser.close()
    return {
        "first contentful paint, ms": round(paint),
        "listed, ms": round(1_000 * listed),
        "opened, ms": round(1_000 * opened),
        "searched, ms": round(1_000 * searched),
    }


def len_of(page: Any) -> int:
    """Fixtures that the page says it has."""
    said = str(page.locator("#explorer output").inner_text())
    return int(said.split(" of ")[1].split(maxsplit=1)[0].replace(",", ""))
