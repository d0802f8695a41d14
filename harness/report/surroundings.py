"""What surrounds a run, as the page shows it: prompts in full, data checks, the noise floor, the nights."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import formats
from harness.report.beside import Beside
from harness.report.context import Cell, Column, Fact, Group, Mark, Row, Table
from harness.report.drawing.shapes import Figure
from harness.report.drawing.trend import trend_drawing
from harness.report.hostile import capped
from harness.report.words import listed
from harness.verdicts import Trend, noise_sentences

_MARKS = {
    "serious": Mark("serious", "\u2715", "bad"),
    "warning": Mark("warning", "!", "unsure"),
    "note": Mark("note", "\u2013", "off"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a prompt."""

    role: str
    text: str
    rest: str


@dataclass(frozen=True, slots=True)
class PromptFold:
    """A prompt in full, folded: whose it is, where it is written, its messages."""

    title: str
    note: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a run."""

    prompts: tuple[PromptFold, ...]
    prompts_note: str
    checks: tuple[Table, ...]
    checks_note: str
    noise: tuple[Group, ...]


def surroundings(beside: Beside) -> Surroundings:
    """Lay out everything that is known beside a run."""
    return Surroundings(prompt_folds(beside), beside.prompts_note, check_table(beside), checks_note(beside), noise_group(beside))


def prompt_folds(beside: Beside) -> tuple[PromptFold, ...]:
    """Return each prompt once, with everyone who was asked with it."""
    users: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for name, prompt in beside.prompts.items():
        users.setdefault((prompt.file, prompt.turns), []).append(name)
    folds = []
    for (file, turns), names in users.items():
        shown = [(role, capped(text)) for role, text in turns]
        said = f"The prompt of {listed(names)}"
        words = f"{file}, {formats.counted(len(turns), 'message')}"
        folds.append(PromptFold(said, words, tuple(Turn(role, text.text, text.rest) for role, text in shown)))
    return tuple(folds)


def check_table(beside: Beside) -> tuple[Table, ...]:
    """Return what the data checks found, the serious first; nothing where nothing was found or checked."""
    if not beside.checks:
        return ()
    rows = tuple(
        Row(
            finding.check.replace("_", " "),
            "",
            (Cell("", mark=(_MARKS.get(finding.severity, _MARKS["note"]),)), Cell(finding.message)),
        )
        for finding in beside.checks
    )
    return (
        Table("Is this set fit to decide with?", (Column("finding"), Column("what was found, and what to do")), rows, "prose"),
    )


def checks_note(beside: Beside) -> str:
    """Say that nothing was found, or why nothing was looked for."""
    if beside.checks is None:
        return beside.checks_note or "The data checks were not run for this page: harness check runs them."
    return "" if beside.checks else "The data checks found nothing."


def noise_group(beside: Beside) -> tuple[Group, ...]:
    """Return the noise floor beside the lift that the verdict speaks of."""
    n = beside.noise
    if n is None:
        return ()
    said = " ".join(noise_sentences(n.metric))
    facts = [
        Fact("Asked again", f"{n.variant}, {formats.counted(len(n.metric.runs), 'identical run')}"),
        Fact("Run", code=n.run_id),
    ]
    facts.append(Fact(n.metric.metric, said))
    return (Group("Noise floor: the suite held against itself", "", tuple(facts)),)


def night_figures(beside: Beside) -> tuple[Figure, ...]:
    """Draw the headline metric night by night, a variant a picture."""
    return tuple(_night(trend) for trend in beside.trends if len(trend.points) > 1)


def _night(t: Trend) -> Figure:
    caption = "How to read it: a dot a night, oldest left. Level line: this run."
    caption += " Dashed: the level changed." if t.changes else ""
    rows = tuple(Row(p.started_at[:10], "", (Cell(formats.value(p.value, t.unit), kind="num"),)) for p in t.points)
    table = Table(f"{t.metric} of {t.variant} in numbers", (Column("value", kind="num"),), rows, "compact")
    return Figure(f"{t.metric} of {t.variant}, night by night", caption, trend_drawing(t), table)
