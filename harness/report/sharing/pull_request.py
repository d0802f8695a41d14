"""A run as Markdown for a pull request: the answer on top, the rest folded, and short enough to be a comment."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from harness.report import formats
from harness.report.answers import Answers, asked_text, expected_text, said_text
from harness.report.gate_list import GateRow, gate_markdown, number_words
from harness.report.hostile import brief, visible
from harness.report.markdown_text import code, fenced, folded, inline
from harness.report.ranks import ALWAYS, variant_order
from harness.report.sharing.decided import decision_words
from harness.report.words import role_word
from harness.store import Run
from harness.suite import Fixture
from harness.verdicts import Estimate, Flip, Judgement

LONGEST_COMMENT = 65_536
"""Characters GitHub takes of a comment; bytes are counted here, which is stricter."""

_ROOM = 320
"""Bytes kept for saying what was left out."""
_TEXT = 1_200
"""Characters of one answer."""
_FIXTURE = "a fixture"
_MOST = 20
"""Fixtures told."""


def run_markdown(run: Run, judgement: Judgement, *, longest: int = LONGEST_COMMENT) -> str:
    """Return a run as Markdown for a comment; always less than ``longest`` bytes.

    What a model, a fixture or a suite says is fenced or escaped: no HTML, no link, no image and no mention comes of it. Parts
    that do not fit are left out, the least important first, and that is said.

    Args:
        run: The run.
        judgement: Its judgement.
        longest: Bytes.
    """
    text = _head(run, judgement)
    left_out = []
    for name, part in _parts(run, judgement):
        if len((text + part).encode("utf-8", "replace")) + _ROOM < longest:
            text += f"\n{part}"
        else:
            left_out.append(name)
    if left_out:
        fixtures = left_out.count(_FIXTURE)
        names = [name for name in left_out if name != _FIXTURE]
        names += [formats.counted(fixtures, "fixture")] if fixtures else []
        text += f"\n*Left out to stay under {longest:,} bytes: {', '.join(names)}. The HTML report has everything.*\n"
    return text


def _head(run: Run, judgement: Judgement) -> str:
    j = judgement
    sign, word = decision_words(j)
    lines = [f"## {sign} {inline(j.suite, 120)}: {word}", "", inline(j.headline, 1_200), ""]
    counts = f"{formats.counted(j.fixtures, 'fixture')}, {formats.counted(j.groups, 'independent group')}"
    lines.append(f"Run {code(j.run_id)}, {formats.moment(run.record.started_at)}: {counts}, seed {j.seed}.")
    if run.record.status != "complete":
        lines.append(f"**This run is not complete: its status is {inline(run.record.status)}.**")
    return "\n".join(lines) + "\n"


def _parts(run: Run, judgement: Judgement) -> Iterator[tuple[str, str]]:
    """Everything after the head with a name for each part, the most important first."""
    j = judgement
    rows = [GateRow(j.suite, g.name, g.status, number_words(g), g.sentence, j.run_id) for g in j.gates]
    if rows:
        yield "the gates", gate_markdown(rows)
    yield "the variants", _ladder(j)
    if j.reasons or j.findings:
        body = "\n".join(f"- {inline(line, 1_000)}" for line in (*j.reasons, *j.findings))
        yield "the reasons", folded("Why, and what to know before relying on it", body)
    others = _others(j)
    if others:
        yield "the other metrics", folded("Every metric", others)
    slices = _slices(j)
    if slices:
        yield "the slices", folded(f"Slices of {inline(j.headline_metric, 80)}", slices)
    yield from _lost(run, j)


def _ladder(judgement: Judgement) -> str:
    j = judgement
    lines = [f"| variant | role | {_cell(j.headline_metric)} | cost of 1,000 calls | latency p95 |", "|---|---|---|---|---|"]
    for name in variant_order(j):
        variant = j.variants[name]
        bold = "**" if name == j.candidate else ""
        cost = "none" if variant.price_source == "none" else formats.usd(_per_1000(variant.cost_per_call))
        cells = (
            f"{bold}{code(name)}{bold}",
            role_word(variant.role),
            _level(j.estimate(name, j.headline_metric)),
            cost,
            _level(j.estimate(name, "latency_p95")),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _per_1000(cost: float | None) -> float | None:
    return None if cost is None else cost * 1000


def _others(judgement: Judgement) -> str:
    j = judgement
    names = dict.fromkeys(e.metric for e in j.estimates if e.slice is None and e.metric != j.headline_metric)
    shown = [name for name in names if name not in ALWAYS]
    if not shown:
        return ""
    variants = variant_order(j)
    lines = ["| metric | " + " | ".join(code(v) for v in variants) + " |", "|---" * (len(variants) + 1) + "|"]
    for name in shown:
        lines.append(f"| {_cell(name)} | " + " | ".join(_level(j.estimate(v, name)) for v in variants) + " |")
    return "\n".join(lines) + "\n"


def _slices(judgement: Judgement) -> str:
    j = judgement
    found = [c for c in j.comparisons if c.slice is not None and c.metric == j.headline_metric]
    if not found:
        return ""
    lines = ["| slice | fixtures | compared | lift | verdict |", "|---|---|---|---|---|"]
    for c in found:
        interval = formats.effect_interval(c.low, c.high, c.unit, c.scale)
        lift = formats.effect(c.effect, c.unit, c.scale) + (f" ({interval})" if interval else "")
        pair = f"{code(c.candidate)} over {code(c.over)}"
        lines.append(f"| {_cell(c.slice or '')} | {c.n:,} | {pair} | {lift} | {c.verdict or 'withheld'} |")
    return "\n".join(lines) + "\n"


def _lost(run: Run, judgement: Judgement) -> Iterator[tuple[str, str]]:
    """A fold for each fixture the candidate lost to the variant it is held against, the largest difference first."""
    j = judgement
    lost = [f for f in j.flips if not f.won and f.candidate == j.candidate and f.over == j.baseline]
    lost.sort(key=lambda flip: -abs(flip.candidate_value - flip.over_value))
    if not lost:
        return
    won = sum(f.won for f in j.flips if f.candidate == j.candidate and f.over == j.baseline)
    who, rival = code(j.candidate or ""), code(j.baseline or "")
    counts = f"{who} lost {formats.counted(len(lost), 'fixture')} to {rival} on {_cell(j.headline_metric)}, and won {won:,}."
    some = f" The {_MOST} largest losses:" if len(lost) > _MOST else ""
    yield "the count of fixtures lost", f"### Fixtures lost\n\n{counts}{some}\n"
    shown = lost[:_MOST]
    ids = {flip.fixture_id for flip in shown}
    fixtures = {fixture.id: fixture for fixture in run.fixtures if fixture.id in ids}
    answers = Answers(s for s in run.responses if s.fixture_id in ids)
    unit = next((e.unit for e in j.estimates if e.metric == j.headline_metric), "score")
    for flip in shown:
        if flip.fixture_id in fixtures:
            yield _FIXTURE, _fixture(flip, fixtures[flip.fixture_id], answers, unit)


def _fixture(flip: Flip, fixture: Fixture, answers: Answers, unit: str) -> str:
    values = f"{formats.value(flip.over_value, unit)} to {formats.value(flip.candidate_value, unit)}"
    parts = [f"**Asked**\n\n{fenced(asked_text(fixture), _TEXT)}"]
    if (wanted := expected_text(fixture)) is not None:
        parts.append(f"**Expected**\n\n{fenced(wanted, _TEXT)}")
    for name in (flip.over, flip.candidate):
        parts.append(f"**{code(name)}**\n\n{fenced(_said(answers, name, fixture), _TEXT)}")
    return folded(f"<code>{_html(fixture.id)}</code>: {values}", "\n".join(parts))


def _said(answers: Answers, variant: str, fixture: Fixture) -> str:
    found = answers.of(variant, fixture.id)
    if not found:
        return "(no response)"
    response = found[0].response
    if response.outcome == "failed":
        return f"(failed: {response.error or response.error_kind or 'no reason given'})"
    return said_text(response, fixture) or "(an empty answer)"


def _level(estimate: Estimate | None) -> str:
    if estimate is None or formats.absent(estimate.value):
        return formats.MISSING
    said, limits = (
        formats.value(estimate.value, estimate.unit),
        formats.interval(estimate.low, estimate.high, estimate.unit),
    )
    return _cell(f"{said} ({limits})" if limits else said)


def _cell(text: str) -> str:
    return inline(text, 200)


def _html(text: str) -> str:
    """A name inside HTML of ours: escaped, and code, in which nobody is mentioned."""
    return escape(brief(visible(text), 120))
