"""The list of a store's runs as a page: what each came to, with links to its report, and two of them to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from harness.report import formats
from harness.report.context import Mark
from harness.report.hostile import brief, visible
from harness.report.html import policy, source, templates
from harness.report.run_list import size_words
from harness.store import ListedRun
from harness.verdicts import Judgement

_SHIP = Mark("ship", "\u2713", "good")
_STOP = Mark("do not ship", "\u2715", "bad")
_OPEN = Mark("do not ship yet", "~", "unsure")
_NO_GATES = Mark("no gates", "\u2013", "off")
_UNREAD = Mark("cannot be judged", "!", "off")
_PENDING = Mark("being judged", "\u2026", "off")
_NOT_JUDGED = Mark("not judged", "\u2013", "off")


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """What a run came to: a word with its sign and class, and a sentence."""

    word: str
    sign: str
    kind: str
    headline: str


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run of the list.

    Attributes:
        run: The run.
        verdict: What it came to; None where that is not known yet.
        judged: Whether it will be known: the run has ended and has answers.
    """

    run: ListedRun
    verdict: RunVerdict | None
    judged: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One run as the page shows it."""

    key: str
    link: tuple[str, ...]
    run_id: str
    suite: str
    started: str
    status: str
    mark: Mark
    headline: str
    pending: str
    answered: str
    failed: str
    cost: str
    size: str
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its text."""

    address: str
    text: str


def verdict_of(judgement: Judgement) -> RunVerdict:
    """Read the gates of a judged run: ship, do not ship, not yet, or no gates."""
    if not judgement.gates:
        mark = _NO_GATES
    elif any(gate.status == "failed" for gate in judgement.gates):
        mark = _STOP
    else:
        mark = _SHIP if all(gate.passed for gate in judgement.gates) and judgement.exit_code == 0 else _OPEN
    return _verdict(mark, judgement.headline)


def unread_verdict(reason: str) -> RunVerdict:
    """The verdict on a run that cannot be judged, with why."""
    return _verdict(_UNREAD, reason)


def render_runs(entries: Sequence[RunEntry], nights: Sequence[str], store: str, notes: Sequence[str] = ()) -> str:
    """Render the list of runs.

    Args:
        entries: The runs, newest first.
        nights: Suites that have nights.
        store: Where the runs are kept.
        notes: What could not be read, a line each.
    """
    environment = templates()
    style = source(environment, "report.css") + source(environment, "runs.css")
    script = source(environment, "runs.js")
    own = policy(style, script).replace("form-action 'none'", "form-action 'self'; connect-src 'self'")
    return environment.get_template("runs.html.j2").render(
        store=brief(store, 300),
        lines=[_line(entry, number) for number, entry in enumerate(entries)],
        comparable=sum(entry.judged for entry in entries) > 1,
        nights=[Link(f"/nights/{quote(suite, safe='')}", brief(suite, 80)) for suite in nights],
        notes=[brief(note, 400) for note in notes],
        style=style,
        script=script,
        policy=own,
    )


def _line(entry: RunEntry, number: int) -> Line:
    run, record = entry.run, entry.run.record
    waiting = _PENDING if entry.judged else _NOT_JUDGED
    verdict = entry.verdict or _verdict(waiting, "")
    answered = "?" if run.answered is None else f"{run.answered:,}"
    address = f"/run/{quote(record.suite, safe='')}/{quote(record.run_id, safe='')}"
    return Line(
        key=f"{record.suite}/{record.run_id}",
        link=(address,) if run.answered else (),
        run_id=brief(record.run_id, 80),
        suite=brief(record.suite, 80),
        started=formats.moment(record.started_at),
        status=run.status,
        mark=Mark(verdict.word, verdict.sign, verdict.kind),
        headline=verdict.headline,
        pending="yes" if entry.judged and entry.verdict is None else "",
        answered=answered if run.planned is None else f"{answered} of {run.planned:,}",
        failed="?" if run.failed is None else f"{run.failed:,}",
        cost=formats.usd(run.cost) if record.totals else "",
        size=size_words(run.size),
        before=number == 1 and entry.judged,
        after=number == 0 and entry.judged,
    )


def _verdict(mark: Mark, headline: str) -> RunVerdict:
    return RunVerdict(mark.word, mark.sign, mark.kind, brief(visible(headline), 400))
