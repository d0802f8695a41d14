"""What it took: calls, tokens, cost and latency of every variant, and what became of each response."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report import formats
from harness.report.context import Cell, Column, Row, Table
from harness.report.ladder import badges, cost_cell, estimate_cell
from harness.report.ranks import variant_order
from harness.report.words import price_word, role_word
from harness.verdicts import Judgement, VariantResult

_OUTCOMES = ("answered", "truncated", "refused", "failed", "missing")


def spending_table(judgement: Judgement) -> Table:
    """Return calls, tokens, cost and latency, a variant a row."""
    columns = (
        Column("calls", "from earlier runs", "num"), Column("tokens in", "", "num"), Column("tokens out", "", "num"),
        Column("cost", "at first asking", "num"), Column("cost", "per 1,000 calls", "num"), Column("price"),
        Column("latency", "median", "num"), Column("latency", "p95", "num"),
    )  # fmt: skip
    rows = []
    for name in variant_order(judgement):
        v = judgement.variants[name]
        cells = (
            Cell(formats.whole(v.calls), f"{v.cached:,} cached", "num"),
            _tokens(v, v.input_tokens),
            _tokens(v, v.output_tokens),
            Cell("none", kind="num none") if v.price_source == "none" else _cost(v),
            cost_cell(judgement, name),
            Cell(price_word(v.price_source)),
            estimate_cell(judgement.estimate(name, "latency_p50")),
            estimate_cell(judgement.estimate(name, "latency_p95")),
        )
        rows.append(_row(judgement, name, cells))
    return Table("Calls, tokens, cost and latency", columns, tuple(rows), "ladder")


def outcome_table(judgement: Judgement) -> Table:
    """Return responses by outcome, and failures by kind."""
    columns = (
        *(Column(name, "", "num") for name in _OUTCOMES),
        Column("coverage", judgement.headline_metric, "num"),
        Column("failures by kind"),
    )
    rows = []
    for name in variant_order(judgement):
        v = judgement.variants[name]
        counts = tuple(
            Cell(formats.whole(v.outcomes.get(outcome, 0)), kind="num" if v.outcomes.get(outcome) else "num none")
            for outcome in _OUTCOMES
        )
        found = judgement.estimate(name, judgement.headline_metric)
        covered = Cell(formats.MISSING if found is None else formats.share(found.coverage), kind="num")
        rows.append(
            _row(judgement, name, (*counts, covered, Cell(counts_text(v.failures) or "none", kind="" if v.failures else "none")))
        )
    note = "Answered, truncated and refused are the model's doing and are scored. Failed is the provider's and never is."
    return Table(f"Responses by outcome. {note}", columns, tuple(rows), "ladder")


def counts_text(counts: Mapping[str, int]) -> str:
    """Write counts by name, the largest first: ``timeout 3, server 1``."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in ordered if count)


def _row(judgement: Judgement, name: str, cells: tuple[Cell, ...]) -> Row:
    kind = "chosen" if name == judgement.candidate else ""
    return Row(name, role_word(judgement.variants[name].role), cells, badges(judgement, name), kind)


def _tokens(variant: VariantResult, count: int | None) -> Cell:
    if count is None:
        return Cell("none" if variant.price_source == "none" else formats.UNKNOWN, kind="num none")
    return Cell(formats.whole(count), kind="num")


def _cost(variant: VariantResult) -> Cell:
    return Cell(formats.usd(variant.cost), kind="num none" if variant.cost is None else "num")
