"""The console summary at the widths it has to fit."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from harness.report import print_summary
from harness.store import Run
from harness.verdicts import Judgement

Judged = tuple[Run, Judgement]


def printed(judged: Judged, width: int, **options: object) -> str:
    out = io.StringIO()
    print_summary(*judged, Console(file=out, width=width, **options))  # type: ignore[arg-type]  # rich's own options
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_it_fits_its_width_and_says_the_whole_verdict(judged: Judged, width: int) -> None:
    text, judgement = printed(judged, width), judged[1]
    assert max(len(line) for line in text.splitlines()) <= width
    flat = "".join(text.split())
    for sentence in (judgement.headline, *judgement.reasons, *judgement.findings, *(g.sentence for g in judgement.gates)):
        assert "".join(sentence.split()) in flat
    for name in judgement.variants:
        assert name in text


def test_a_narrow_console_names_the_metrics_it_leaves_out_and_a_wide_one_shows_them(judged: Judged) -> None:
    assert "Not shown at this width: json_schema." in printed(judged, 60)
    wide = printed(judged, 160)
    assert "Not shown" not in wide and "json_schema" in wide


def test_statuses_are_words_and_nothing_is_coloured_away_from_a_terminal(judged: Judged) -> None:
    text = printed(judged, 100)
    assert "x failed" in text and "+ passed" in text and "~ inconclusive" in text
    assert "\x1b" not in text
    assert text.isascii()


def test_text_from_the_run_is_neither_markup_nor_escape_codes(judged: Judged) -> None:
    run, judgement = judged
    sly = replace(judgement, headline="[red]sly[/red] \x1b[2J \u202e", findings=("[link=https://example.org]x[/link]",))
    text = printed((run, sly), 80, force_terminal=True)
    assert "[red]sly[/red] [U+001B][2J [U+202E]" in text
    assert "[link=https://example.org]x[/link]" in text
    assert "\x1b[2J" not in text and "\x1b]8" not in text


def test_a_console_that_holds_no_unicode_is_given_none(judged: Judged) -> None:
    run, judgement = judged
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    print_summary(run, replace(judgement, headline="größer \u2265 2"), Console(file=out, width=80))
    out.flush()
    assert b"gr??er ? 2" in raw.getvalue()


def test_a_run_without_gates_or_candidate_is_summed_up_too(judged: Judged) -> None:
    run, judgement = judged
    bare = replace(judgement, gates=(), candidate=None, baseline=None, findings=(), reasons=(), comparisons=(), estimates=())
    text = printed((replace(run, record=replace(run.record, status="stopped")), bare), 60)
    assert "Gates" not in text and "its status is stopped" in "".join(f"{line.strip()} " for line in text.splitlines())
