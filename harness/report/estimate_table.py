"""What a run will take, on the console."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.report import formats
from harness.report.hostile import visible
from harness.running import Range, RunEstimate, VariantEstimate, duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_WIDE = 100
_NAMES = 40
_BASIS = {
    "past": "the answers of earlier runs",
    "expected": "the fixtures' expected answers",
    "max_tokens": "max_tokens, nothing else being known",
}


def print_estimate(estimate: RunEstimate, console: Console, *, max_cost: float | None = None) -> None:
    """Print what a run would ask, cost and take, a variant a row.

    Args:
        estimate: The estimate.
        console: Where to print; its width decides the form.
        max_cost: A cap to hold it against, in US dollars.
    """
    wide = console.width >= _WIDE
    names = min(max((len(visible(v.variant)) for v in estimate.variants), default=5), _NAMES if wide else 12)
    repeats = f" x {estimate.repeats} repeats" if estimate.repeats > 1 else ""
    console.print(_text(f"{estimate.suite}: {estimate.fixtures:,} fixtures{repeats}, nothing is sent", "bold"))
    console.print()
    console.print(_wide(estimate, names) if wide else _narrow(estimate, names))
    console.print()
    for line in (_total(estimate), *_remarks(estimate), *_against(estimate, max_cost)):
        console.print(_text(line))


def _wide(estimate: RunEstimate, names: int) -> Table:
    table = _table(
        names, ["planned", "known", "to ask", "tokens in", "tokens out\nlow to high", "USD expected", "low to high", "time"]
    )
    for v in estimate.variants:
        asks = v.model is not None and v.to_ask > 0
        counts = [_text(f"{number:,}") for number in (v.planned, v.answered, v.to_ask)]
        tokens_in = _text(_whole(v.input_tokens) if asks else "")
        tokens_out = _stack(_whole(v.output_tokens.expected), _between(v.output_tokens)) if asks else _text("")
        cost = [_text(_usd(v.cost.expected)), _text(_money_between(v) if asks else "")]
        table.add_row(_text(v.variant), *counts, tokens_in, tokens_out, *cost, _text(_time(v)))
    return table


def _narrow(estimate: RunEstimate, names: int) -> Table:
    table = _table(names, ["calls", "tokens", "cost, USD"])
    for v in estimate.variants:
        asks = v.model is not None and v.to_ask > 0
        time = _time(v) if asks else ""
        calls = _stack(f"{v.to_ask:,} to ask", f"{v.answered:,} known" + (f"\n{time}" if time else ""))
        tokens = f"{_whole(v.input_tokens)} in\n{_whole(v.output_tokens.expected)} out" if asks else ""
        cost = _stack(_usd(v.cost.expected), _money_between(v) if asks else "")
        table.add_row(_text(v.variant), calls, _text(tokens), cost)
    return table


def _table(names: int, columns: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", width=names, overflow="fold")
    for column in columns:
        table.add_column(_text(column), justify="right", overflow="fold")
    return table


def _total(estimate: RunEstimate) -> str:
    cost, least = estimate.cost, "at least " if estimate.at_least else ""
    if not estimate.to_ask:
        return "Nothing is left to ask: the run costs USD 0."
    time = "" if estimate.seconds is None else f", about {duration(estimate.seconds)}"
    between = f"{_usd(cost.low)} to {_usd(cost.high)}"
    if cost.low == cost.high == 0.0:
        return f"Total: {least}USD 0{time}."
    return f"Total: {least}USD {_usd(cost.expected)} expected, {least}{between}{time}."


def _remarks(estimate: RunEstimate) -> Iterator[str]:
    asked = [v for v in estimate.variants if v.model is not None and v.to_ask]
    for basis, words in _BASIS.items():
        if some := [v.variant for v in asked if v.basis == basis]:
            yield f"Length of answers by {words}: {visible(', '.join(some))}."
    if some := [v.variant for v in asked if v.counted_by == "characters"]:
        yield f"Tokens guessed as a quarter of the characters: {visible(', '.join(some))}."
    if some := [v.variant for v in asked if v.price_source == "unknown"]:
        yield f"Price unknown, not in the total: {visible(', '.join(some))}. Give the variant a price."
    if some := [v.variant for v in asked if v.price_source != "unknown" and v.cost.high is None]:
        yield f"No max_tokens, so no highest cost: {visible(', '.join(some))}."
    if some := [v.variant for v in asked if v.seconds is None]:
        yield f"Time unknown, never measured: {visible(', '.join(some))}."
    for v in estimate.variants:
        if v.stated:
            yield f"{visible(v.variant)}: its file states USD {_usd(v.stated)} for its answers; nothing is paid now."
        if v.stopped:
            yield f"{visible(v.variant)} cannot be asked: {visible(v.stopped)}"
    for name, calls in estimate.judge_calls.items():
        yield f"{visible(name)} asks a judge, at most {calls:,} calls; their cost is not in the total."


def _against(estimate: RunEstimate, max_cost: float | None) -> Iterator[str]:
    if max_cost is None or not estimate.to_ask:
        return
    low, high = estimate.cost.low or 0.0, estimate.cost.high
    if low > max_cost:
        yield f"A cap of USD {_usd(max_cost)} is below the least this costs: the run would be refused."
    elif estimate.at_least or high is None:
        yield f"A cap of USD {_usd(max_cost)} cannot be kept while a price or a length is unknown: the run would be refused."
    elif high <= max_cost:
        yield f"A cap of USD {_usd(max_cost)} is enough."
    else:
        yield f"A cap of USD {_usd(max_cost)} may stop the run before its end."


def _money_between(v: VariantEstimate) -> str:
    if v.cost.low is None or v.cost.low == v.cost.high:
        return ""
    return f"{_usd(v.cost.low)} to {_usd(v.cost.high)}"


def _between(numbers: Range) -> str:
    return f"{_whole(numbers.low)} to {_whole(numbers.high)}"


def _whole(number: float | None) -> str:
    return formats.UNKNOWN if number is None else f"{round(number):,}"


def _usd(amount: float | None) -> str:
    return formats.UNKNOWN if amount is None else formats.usd(amount).removeprefix("USD ")


def _time(v: VariantEstimate) -> str:
    if v.model is None or not v.to_ask:
        return ""
    return formats.UNKNOWN if v.seconds is None else duration(v.seconds)


def _stack(first: str, second: str) -> Text:
    return _text(first).append_text(_text(f"\n{second}" if second else "", "dim"))


def _text(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(visible(text), style)
