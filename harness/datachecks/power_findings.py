"""What the power of the gates means for a suite: a gate that cannot see its own margin, and what would be enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.datachecks.finding import Finding
from harness.datachecks.power import DISCORDANT, GatePower


def power_findings(gates: Sequence[GatePower], *, cost: float | None = None, fixtures: int = 0) -> list[Finding]:
    """One warning for each gate that cannot see what it asks about, and one note with all of them as a table.

    Args:
        gates: What each gate can see.
        cost: US dollars a run of all ``fixtures`` is expected to cost; None where unknown or nothing.
        fixtures: Fixtures of the suite.
    """
    found = [finding for power in gates if (finding := _finding(power, cost, fixtures)) is not None]
    if not gates:
        return found
    rows = tuple(power_keys(power) for power in gates)
    guessed = sum(power.basis.source is None for power in gates)
    runs = dict.fromkeys(power.basis.source for power in gates if power.basis.source is not None)
    basis = [f"by the run {', '.join(runs)}"] if runs else []
    if guessed:
        which = "each gate's variants" if guessed == len(gates) else f"the variants of {guessed} of them"
        basis.append(f"with {which} taken to differ on {DISCORDANT:.0%} of the fixtures, a guess")
    able = sum(power.enough is True for power in gates)
    short = sum(power.enough is False for power in gates)
    count = f"{len(gates)} gate{'s' if len(gates) != 1 else ''}"
    said = f"What {count} can see four times in five, {' and '.join(basis)}: {able} enough, {short} too little"
    said += f", {len(gates) - able - short} without a margin or not known yet." if able + short < len(gates) else "."
    advice = "" if not guessed else "An earlier run replaces the guess: --run RUN."
    return [*found, Finding("note", "power", said, advice, evidence=rows, numbers={"enough": able, "too_little": short})]


def power_keys(power: GatePower) -> dict[str, Any]:
    """The stable keys of a gate's power for ``--json``."""
    gate = power.gate
    asked = gate.require or ("at_least" if gate.at_least is not None else "at_most")
    limit = gate.margin if gate.require is not None else gate.at_least if gate.at_least is not None else gate.at_most
    return {
        "gate": gate.name,
        "metric": gate.metric,
        "asks": asked,
        "margin": limit,
        "independent": power.n,
        "sees": power.sees,
        "passes_from": power.passes_from,
        "needed": power.needed,
        "enough": power.enough,
        "by": power.basis.source or "a guess",
    }


def _finding(power: GatePower, cost: float | None, fixtures: int) -> Finding | None:
    if power.enough is not False:
        return None
    gate, numbers = power.gate, {"independent": float(power.n)}
    by = "" if power.basis.source is not None else f", if variants differ on {DISCORDANT:.0%} of the fixtures"
    where = "" if gate.slice is None else f" in {gate.slice}"
    held = f"The gate {gate.name!r} is judged on {power.n:,} independent fixture{'s' if power.n != 1 else ''}{where}"
    if power.needed is not None:
        numbers["needed"] = float(power.needed)
    need = f"It needs about {power.needed:,}" if power.needed is not None else "No number of fixtures would do"
    price = _price(power, cost, fixtures)
    if gate.require == "better":
        numbers |= {"margin": gate.margin} | ({} if power.sees is None else {"sees": power.sees})
        least = "no lift at all" if power.sees is None else f"no lift below {_lift(power.sees, power)}"
        message = f"{held}, which tell {least} from noise{by}; its margin is {_lift(gate.margin, power)}. {need}{price}."
        return Finding("warning", "power.margin", message, "Write more, or raise the margin before the run.", numbers=numbers)
    if gate.require is not None:
        if gate.margin == 0:
            message = f"The gate {gate.name!r} allows no loss at all, so only a candidate that is truly better can pass it."
            return Finding("warning", "power.no_margin", message, "Give it the largest loss that would be accepted.")
        numbers |= {"margin": gate.margin} | ({} if power.sees is None else {"sees": power.sees})
        least = "nothing" if power.sees is None else f"a margin of {_lift(power.sees, power)} at best"
        word = "no loss" if gate.require == "no_worse" else "no difference"
        message = f"{held}, which show {word} beyond {least}{by}; its margin is {_lift(gate.margin, power)}. {need}{price}."
        return Finding("warning", "power.margin", message, "Write more, or raise the margin before the run.", numbers=numbers)
    limit = gate.at_least if gate.at_least is not None else gate.at_most
    asked = f"{'at least' if gate.at_least is not None else 'at most'} {_level(limit or 0.0, power)}"
    if power.passes_from is None:
        message = f"{held}, on which not even a perfect candidate shows {asked}. It needs {power.needed or 'more'}{price}."
        if power.needed is not None:
            message = f"{held}, on which not even a perfect candidate shows {asked}. It needs {power.needed:,}{price}."
        return Finding("warning", "power.level", message, "Write more, or ask for less.", numbers=numbers)
    level = "" if power.basis.level is None else f"; it came to {_level(power.basis.level, power)}"
    message = f"{held}, on which {asked} is shown from {_level(power.passes_from, power)} on{level}. {need}{price}."
    return Finding("warning", "power.level", message, "Write more, or ask for less.", numbers=numbers)


def _price(power: GatePower, cost: float | None, fixtures: int) -> str:
    """What asking about so many fixtures would cost, in proportion."""
    if not cost or not fixtures or power.needed is None or not power.n:
        return ""
    return f", about USD {cost * power.needed / power.n:,.2f} a run"


def _lift(lift: float, power: GatePower) -> str:
    if power.basis.scale == "ratio":
        return f"{lift:.1%}"
    return f"{100 * lift:.1f} points" if power.basis.unit == "share" else f"{lift:.3g}"


def _level(value: float, power: GatePower) -> str:
    return f"{value:.1%}" if power.basis.unit == "share" else f"{value:.3g}"
