"""Two runs compared, on the page and on the console: the same every time, and deaf to what a model wrote."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.metrics import load_metric
from harness.report import print_two_runs, render_two_runs
from harness.store import Run, Score
from harness.verdicts import TwoRuns, compare_two_runs
from tests.report.browsing import fits, opened, serious_findings
from tests.report.building import build, with_texts
from tests.report.hostile_outputs import HOSTILE

FIELDS = ["order", "sku", "email", "date"]


def with_definition(run: Run, **record: Any) -> Run:
    """The built run with a definition that is a suite's."""
    roles = {n: {**v, "role": r} for (n, v), r in zip(run.record.variants.items(), _ROLES, strict=True)}
    defined = {n: {k: v for k, v in said.items() if k in ("role", "model", "prompt", "params")} for n, said in roles.items()}
    for name, said in defined.items():
        if said["model"] is None:
            said.update({"method": "majority"} if said["role"] == "floor" else {"callable": "rules.py:answer"})
            said.pop("prompt")
        if name == "rag":
            said["retrieval"] = {"corpus": "catalogue/*.md"}
    gates = [{"name": "beats", "metric": "field_accuracy", "candidate": "tuned", "over": "baseline", "require": "better"}]
    definition = {
        **run.record.definition, "fixtures": "fixtures.jsonl", "variants": defined, "gates": gates,
        "metrics": [{"field_accuracy": {"fields": FIELDS}}],
    }  # fmt: skip
    scores = tuple(s for s in run.scores if s.metric == "field_accuracy")
    return replace(run, record=replace(run.record, definition=definition, **record), scores=scores)


_ROLES = ("fine_tune", "prompt", "rag", "cheaper", "current", "floor", "floor")


@pytest.fixture(scope="module")
def two() -> TwoRuns:
    """A later run in which tuned lost every field on every fourth fixture, and said hostile things there."""
    before, _ = build()
    hit = {f.id for f in before.fixtures[::4]}
    after = with_texts(before, [t for text in HOSTILE[-30:] for t in (text, "", "", "")])
    scores = tuple(
        Score(s.fixture_id, s.variant, s.repeat, s.metric, dict.fromkeys(s.columns, 0.0))
        if s.variant == "tuned" and s.fixture_id in hit and s.metric == "field_accuracy"
        else s
        for s in after.scores
    )
    after = with_definition(replace(after, scores=scores), run_id="20261121T140312Z-<b>", seed=1)
    return compare_two_runs(with_definition(before), after, [load_metric("field_accuracy", fields=FIELDS)])


def test_two_renders_are_alike_and_say_what_happened(two: TwoRuns) -> None:
    page = render_two_runs(two)
    assert page == render_two_runs(two)
    assert two.exit_code == 1
    assert f'<h1 id="verdict-h">{two.headline}</h1>' in page.replace("&#39;", "'")
    assert "<script>" not in page and "20261121T140312Z-&lt;b&gt;" in page
    cases = re.findall(r'<article class="case" id="([^"]+)"', page)
    assert len(cases) == len(set(cases)) == 20
    assert page.count("</h4><pre><span") >= 60  # expected, before and after of each


def test_the_difference_of_two_answers_is_marked_by_characters(two: TwoRuns) -> None:
    flips = two.flips["tuned"]
    text = two.before.responses[0].response.text
    assert text
    changed = replace(
        two.after,
        responses=tuple(
            replace(s, response=replace(s.response, text="order A-12346"))
            if (s.variant, s.fixture_id) == ("tuned", flips[0].fixture_id)
            else s
            for s in two.after.responses
        ),
    )
    earlier = replace(
        two.before,
        responses=tuple(
            replace(s, response=replace(s.response, text="order A-12345"))
            if (s.variant, s.fixture_id) == ("tuned", flips[0].fixture_id)
            else s
            for s in two.before.responses
        ),
    )
    page = render_two_runs(replace(two, before=earlier, after=changed))
    assert '<span class="same">order A-1234</span><span class="gone">5</span><span class="extra">6</span>' in page


def test_the_console_fits_and_names_what_flipped(two: TwoRuns) -> None:
    for width in (60, 100, 160):
        out = io.StringIO()
        print_two_runs(two, Console(file=out, width=width, force_terminal=False))
        said = out.getvalue()
        assert max(map(len, said.splitlines())) <= width
        assert "tuned lost" in " ".join(said.split()) and "\x1b" not in said


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_it_without_a_script_a_request_or_a_sideways_scroll(
    browser: Any, two: TwoRuns, tmp_path: Path, width: int
) -> None:
    path = tmp_path / "two.html"
    path.write_text(render_two_runs(two), encoding="utf-8", errors="replace")
    with opened(browser, path, width=width) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert fits(page)
        assert page.evaluate("window.ran") is None
        assert serious_findings(page, "body") == []
        assert page.get_by_role("heading", level=1).inner_text() == two.headline
