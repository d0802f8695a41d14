"""What the candidate costs, what it saves, and when that has earned the training back."""

from __future__ import annotations

from harness.verdicts import phrases
from harness.verdicts.decision_result import Answer, Money, Step
from harness.verdicts.decision_view import View

QUESTION = "Does it pay?"


def money_of(view: View, over: str | None) -> Money | None:
    """Gather costs as measured and stated; nothing is guessed, so that what is unknown stays so."""
    who = view.judgement.candidate
    if who is None or over is None:
        return None
    ours, theirs = view.judgement.variants[who].cost_per_call, view.judgement.variants[over].cost_per_call
    saving = None if ours is None or theirs is None else theirs - ours
    training = view.definition.variants[who].training
    cost = None if training is None else training.cost
    upkeep = None if training is None else training.upkeep_per_month
    calls = view.definition.decision.calls_per_month
    monthly = None if saving is None or calls is None or upkeep is None else saving * calls - upkeep
    net = saving if saving is None or not upkeep or calls is None else saving - upkeep / calls
    known = cost is not None and net is not None and not (upkeep and calls is None)
    return Money(
        candidate=who,
        over=over,
        per_1000=None if ours is None else 1000 * ours,
        over_per_1000=None if theirs is None else 1000 * theirs,
        saving_per_1000=None if saving is None else 1000 * saving,
        training=cost,
        upkeep_per_month=upkeep,
        calls_per_month=calls,
        saving_per_month=monthly,
        break_even_calls=(cost or 0.0) / net if known and net is not None and net > 0 else None,
    )


def money_step(view: View, money: Money) -> Step:
    """Say what it costs and whether it earns its training back, as a step of the ladder."""
    parts = [_costs(view, money), _latency(view, money), _earned(money)]
    return Step(QUESTION, _answer(money), " ".join(part for part in parts if part))


def _answer(money: Money) -> Answer:
    if money.saving_per_1000 is None:
        return "unknown"
    if money.saving_per_1000 <= 0 or (money.saving_per_month is not None and money.saving_per_month <= 0):
        return "no"
    return "unknown" if money.break_even_calls is None else "yes"


def _costs(view: View, money: Money) -> str:
    if money.per_1000 is None or money.over_per_1000 is None:
        unknown = [n for n, cost in ((money.candidate, money.per_1000), (money.over, money.over_per_1000)) if cost is None]
        return f"What a call of {phrases.listed(unknown)} costs is unknown."
    said = (
        f"1,000 calls of {money.candidate} cost {phrases.value(money.per_1000, 'USD')}, "
        f"of {money.over} {phrases.value(money.over_per_1000, 'USD')}"
    )
    c = view.lift(money.over, metric="cost")
    ratio = f": {phrases.measured(c)} as much" if c is not None and c.scale == "ratio" and c.effect is not None else ""
    return f"{said}{ratio}."


def _latency(view: View, money: Money) -> str:
    c = view.lift(money.over, metric="latency_p95") or view.lift(money.over, metric="latency")
    if c is None or c.effect is None or c.scale != "ratio":
        return ""
    return f"Its {c.metric} is {phrases.measured(c)} that of {c.over}."


def _earned(money: Money) -> str:
    if money.saving_per_1000 is None:
        return ""
    if money.saving_per_1000 <= 0:
        more = "It saves nothing a call" if money.saving_per_1000 == 0 else "It costs more a call"
        return f"{more}, so its training is never earned back in money; quality has to be worth it."
    stated = f"The training cost {_stated(money.training)} and keeping it {_stated(money.upkeep_per_month)} a month"
    if money.saving_per_month is not None and money.saving_per_month <= 0:
        return f"{stated}, which is more than the {_usd(_monthly(money))} that the calls of a month save."
    if money.break_even_calls is None:
        return f"{stated}, so the calls it takes to earn that back cannot be told."
    left_out = "" if money.upkeep_per_month is not None else ", upkeep left out"
    months = "" if not money.calls_per_month else f", {money.break_even_calls / money.calls_per_month:,.1f} months"
    return f"{stated}: earned back after about {round(money.break_even_calls):,} calls{months}{left_out}."


def _monthly(money: Money) -> float:
    return (money.saving_per_1000 or 0.0) / 1000 * (money.calls_per_month or 0.0)


def _stated(amount: float | None) -> str:
    return "an unknown amount" if amount is None else _usd(amount)


def _usd(amount: float) -> str:
    return phrases.value(amount, "USD")
