"""The decision on the console and as Markdown, whatever it is made of."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.report import decision_markdown, print_decision
from harness.verdicts import Condition, Decision, Step

SLY = "[red]sly[/red] | `code` <b>x</b> \x1b[2J \u202e"


def decision(text: str = "plain") -> Decision:
    return Decision(
        run_id="20261120T140312Z-7f3a",
        suite="orders",
        candidate="tuned",
        recommendation="keep_prompting",
        variant="baseline",
        headline=f"Keep prompting: {text}.",
        steps=(Step("Do all gates pass?", "open", text), Step("What did it break?", "yes", text)),
        would_change=(text,),
        conditions=(Condition("A stable task", None, "unknown", text),),
    )


def printed(said: Decision, width: int, **options: object) -> str:
    out = io.StringIO()
    print_decision(said, Console(file=out, width=width, **options))  # type: ignore[arg-type]  # rich's own options
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_it_fits_its_width(width: int) -> None:
    text = printed(decision("a long reason " * 12), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert text.isascii()
    assert text.count("reason") == 12 * 5


def test_text_from_a_run_is_neither_markup_nor_escape_codes() -> None:
    shown = printed(decision(SLY), 100, force_terminal=True)
    assert "[red]sly[/red]" in shown
    assert "\x1b[2J" not in shown
    assert "[U+202E]" in shown.replace("\n", "")


def test_markdown_shows_it_as_it_is() -> None:
    text = decision_markdown(decision(SLY))
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert "\\`code\\`" in text
    assert "\x1b" not in text
    cells = [line for line in text.splitlines() if line.startswith("| Do all")]
    assert cells[0].replace("\\|", "").count("|") == 4
