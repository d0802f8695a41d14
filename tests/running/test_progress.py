"""What a run tells while it goes."""

from __future__ import annotations

import io

import pytest

from harness.models import Response
from harness.running import PlainProgress, RichProgress, make_progress
from harness.store import StoredResponse


def one(number: int, **said: object) -> StoredResponse:
    return StoredResponse("h", "a_variant_with_a_rather_long_name", f"f{number}", 0, Response(**{"cost": 0.001, **said}))  # type: ignore[arg-type]


def test_plain_lines_come_at_the_start_at_each_tenth_and_at_the_end() -> None:
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.started(1000, 100)
    for number in range(900):
        progress.finished(one(number, outcome="failed" if number == 0 else "answered"))
    progress.close()
    progress.close()

    lines = stream.getvalue().splitlines()
    assert lines[0] == "1000 responses planned, 100 known from earlier runs"
    assert lines[1].startswith("200/1000 done, 1 failed, $0.0990, about 0:0")
    assert lines[-1].startswith("1000/1000 done, 1 failed, $0.8990, 0:0")
    assert len(lines) == 1 + 8 + 1


def test_an_unknown_cost_is_never_shown_as_nothing() -> None:
    stream = io.StringIO()
    progress = PlainProgress(stream)
    progress.started(1, 0)
    progress.finished(one(0, cost=None, output_tokens=3))
    progress.close()

    assert "cost unknown" in stream.getvalue()
    assert "$" not in stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [60, 160])
def test_the_bar_fits_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.text import Text

    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    progress = RichProgress(stream, width=width)
    progress.started(10000, 5000)
    for number in range(2000):
        progress.finished(one(number, outcome="failed" if number % 3 else "answered"))
    progress.note("a note")
    progress.close()

    lines = Text.from_ansi(stream.getvalue().replace("\r", "\n")).plain.splitlines()
    drawn = [line for line in lines if "7000/10000" in line]
    assert drawn
    assert all(len(line) <= width for line in lines)
    assert all(part in drawn[-1] for part in ("a_variant", "1333 failed", "$0.667", ":"))
    assert any("a note" in line for line in lines)


def test_a_second_start_counts_anew_as_it_does_for_the_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.text import Text

    monkeypatch.setenv("TERM", "xterm-256color")
    bar, lines = Terminal(), io.StringIO()
    for progress in (RichProgress(bar, width=100), PlainProgress(lines)):
        for total in (3, 7):
            progress.started(total, 0)
            for number in range(total):
                progress.finished(one(number))
            progress.close()
    drawn = Text.from_ansi(bar.getvalue().replace("\r", "\n")).plain
    assert "3/3" in drawn
    assert drawn.rindex("7/7") > drawn.rindex("3/3")
    assert "$0.0070" in drawn.splitlines()[-1] + drawn.splitlines()[-2]
    assert lines.getvalue().splitlines()[-1].startswith("7/7 done, 0 failed, $0.0070")


def test_a_terminal_gets_the_bar_and_anything_else_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(make_progress(Terminal()), RichProgress)
    assert isinstance(make_progress(io.StringIO()), PlainProgress)
