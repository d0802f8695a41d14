"""Words and signs: a status is always a word with a sign, so that colour is never the only carrier."""

from __future__ import annotations

from harness.report import formats
from harness.report.context import Mark
from harness.verdicts import Comparison, GateResult

_VERDICTS = {
    "better": Mark("better", "\u25b2", "good"),
    "worse": Mark("worse", "\u25bc", "bad"),
    "equivalent": Mark("equivalent", "=", "even"),
    "inconclusive": Mark("inconclusive", "~", "unsure"),
}
_WITHHELD = Mark("withheld", "\u2013", "off")
_GATES = {
    "passed": Mark("passed", "\u2713", "good"),
    "failed": Mark("failed", "\u2715", "bad"),
    "inconclusive": Mark("inconclusive", "~", "unsure"),
    "withheld": _WITHHELD,
}
_ROLES = {
    "current": "today's process",
    "floor": "floor, no model",
    "prompt": "prompt",
    "rag": "retrieval",
    "cheaper": "smaller model",
    "fine_tune": "fine-tune",
}
_PRICES = {
    "suite": "stated in the suite",
    "litellm": "litellm's price list",
    "embedded": "embedded model, no charge",
    "none": "nothing is asked",
    "unknown": "unknown",
}
_USUAL = 0.95
LOST = Mark("lost", "\u25bc", "bad")
WON = Mark("won", "\u25b2", "good")


def verdict_mark(comparison: Comparison) -> Mark:
    """Return the comparison's verdict as a word with a sign; withheld where there is none."""
    if comparison.verdict is None:
        return _WITHHELD
    mark = _VERDICTS[comparison.verdict]
    if comparison.verdict == "better" and comparison.also_equivalent:
        return Mark("better, within the margin", mark.sign, mark.kind)
    if comparison.verdict == "worse" and comparison.also_equivalent:
        return Mark("worse, within the margin", mark.sign, mark.kind)
    return mark


def interval_words(comparison: Comparison) -> str:
    """Write a comparison's interval, with its confidence where that is not the usual 95 %."""
    c = comparison
    interval = formats.effect_interval(c.low, c.high, c.unit, c.scale)
    unusual = interval and c.confidence != _USUAL
    return f"{interval} ({c.confidence * 100:.4g} %)" if unusual else interval


def gate_mark(gate: GateResult) -> Mark:
    """Return the gate's status as a word with a sign."""
    return _GATES[gate.status]


def role_word(role: str) -> str:
    """Return a variant's role in plain words."""
    return _ROLES.get(role, role)


def price_word(source: str) -> str:
    """Return in plain words whose price it is."""
    return _PRICES.get(source, source)


def listed(names: tuple[str, ...] | list[str]) -> str:
    """Join names as a sentence does: ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
