"""Whether a variant may move to another model: hold, re-tune, drop the fine-tune, or not settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.verdicts.phrases import listed
from harness.verdicts.result import GateResult

Answer = Literal["hold", "retune", "drop", "undecided", "no_verdict"]

EXIT_CODES: Mapping[Answer, int] = {"hold": 0, "drop": 0, "retune": 1, "undecided": 4, "no_verdict": 3}
_GRAVEST = (3, 1, 4, 0)


@dataclass(frozen=True, slots=True)
class StandIn:
    """A variant that could take the old one's place.

    Attributes:
        variant: Its name.
        claims: The gates that say it is no worse than the old variant (and, for a prompt, than the new one).
        kept: For each of the old variant's gates, the gate that asks the same of this one.
    """

    variant: str
    claims: tuple[str, ...]
    kept: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What is held against what; everything is the name of a variant or of a gate of the migration's run.

    Attributes:
        old: The variant that has to move.
        new: The same on the new model.
        prompts: The strong prompt and retrieval on the new base model, where the old variant is a fine-tune.
        model: The new model.
    """

    old: str
    new: StandIn
    prompts: tuple[StandIn, ...]
    model: str


@dataclass(frozen=True)
class Migration:
    """What a migration comes to, with the paired numbers behind it.

    Attributes:
        old: The variant that has to move.
        new: The same on the new model.
        model: The new model.
        answer: hold: the new model does as well, move; drop: a prompt on its base does as well, so no fine-tune is needed;
            retune: the new model is shown to be worse, train again or rework the prompt; undecided: noise; no_verdict: too
            little was answered.
        use: The variant to use from now on; None where there is none yet.
        headline: The answer in one sentence.
        reasons: What it rests on, most important first.
        evidence: The gates behind it, each with its interval.
    """

    old: str
    new: str
    model: str
    answer: Answer
    use: str | None
    headline: str
    reasons: tuple[str, ...]
    evidence: tuple[GateResult, ...]

    @property
    def exit_code(self) -> int:
        """0 hold or drop, 1 retune, 3 no verdict, 4 undecided."""
        return EXIT_CODES[self.answer]

    def to_dict(self) -> dict[str, Any]:
        """Stable keys; every value is JSON."""
        names = ("name", "metric", "candidate", "over", "condition", "status", "sentence", "value", "low", "high", "confidence")
        return {
            "old": self.old,
            "new": self.new,
            "model": self.model,
            "answer": self.answer,
            "use": self.use,
            "headline": self.headline,
            "reasons": list(self.reasons),
            "evidence": [{name: getattr(gate, name) for name in names} for gate in self.evidence],
            "exit_code": self.exit_code,
        }


def decide_migration(plan: MigrationPlan, gates: Mapping[str, GateResult], *, tuned: bool = True) -> Migration:
    """Say what to do, the cheapest first.

    - drop: a prompt on the new base is shown to be no worse than the old fine-tune, and than the new one unless that is shown
      to be worse than the old; and it fails no gate that the old one passes.
    - hold: the new variant is shown to be no worse, and passes every gate that the old one passes.
    - retune: the new variant is shown to be worse, or fails a gate that the old one passes.
    - undecided: none of these is shown. no_verdict: a gate that is needed was withheld.

    Args:
        plan: What is held against what.
        gates: The gates of the migration's run by name, judged.
        tuned: Whether the old variant is a fine-tune; of a prompt it is said that it needs rework, not training.
    """
    new = plan.new
    standing = _standing(new, gates)
    for prompt in plan.prompts:
        over_old, *over_new = (gates[name] for name in prompt.claims)
        beaten = standing == "worse" or all(gate.passed for gate in over_new)
        if over_old.passed and beaten and not _lost(prompt, gates, ("failed", "inconclusive", "withheld")):
            headline = f"drop the fine-tune: {prompt.variant}, a prompt on the new base model, does as well as {plan.old}"
            reasons = (over_old.sentence, *(gate.sentence for gate in over_new), gates[new.claims[0]].sentence)
            return _migration(plan, gates, "drop", prompt.variant, (headline, reasons))
    claim = gates[new.claims[0]]
    if standing == "withheld":
        headline = f"no verdict on {plan.new.variant}: too little was answered"
        withheld = [gate.sentence for gate in _evidence(plan, gates) if gate.status == "withheld"]
        return _migration(plan, gates, "no_verdict", None, (headline, withheld))
    if standing == "holds":
        headline = f"hold: {plan.old} may move to {plan.model}, where it does as well"
        return _migration(plan, gates, "hold", new.variant, (headline, (claim.sentence, *_prompt_reasons(plan, gates))))
    if standing == "worse":
        what = "re-tune" if tuned else "rework the prompt"
        lost = _lost(new, gates, ("failed",))
        why = f"fails {listed([repr(name) for name in lost])}, which {plan.old} passes" if lost else f"is worse than {plan.old}"
        sentences = [claim.sentence, *(gates[new.kept[name]].sentence for name in lost), *_prompt_reasons(plan, gates)]
        return _migration(plan, gates, "retune", None, (f"{what}: {new.variant} on {plan.model} {why}", sentences))
    needed = [gate.needed for gate in [claim] if gate.needed is not None]
    more = f"; about {needed[0]:,} fixtures would settle it" if needed else ""
    open_ = _lost(new, gates, ("inconclusive",))
    sentences = [claim.sentence, *(gates[new.kept[name]].sentence for name in open_), *_prompt_reasons(plan, gates)]
    headline = f"not settled: whether {new.variant} does as well is noise{more}"
    return _migration(plan, gates, "undecided", None, (headline, sentences))


def migration_exit_code(migrations: Sequence[Migration]) -> int:
    """The gravest of several: no verdict, then re-tune, then undecided."""
    codes = {migration.exit_code for migration in migrations}
    return next((code for code in _GRAVEST if code in codes), 0)


def _standing(new: StandIn, gates: Mapping[str, GateResult]) -> Literal["holds", "worse", "withheld", "open"]:
    claim = gates[new.claims[0]]
    if claim.status == "failed" or _lost(new, gates, ("failed",)):
        return "worse"
    if claim.status == "withheld" or _lost(new, gates, ("withheld",)):
        return "withheld"
    return "holds" if claim.passed and not _lost(new, gates, ("inconclusive",)) else "open"


def _lost(stand_in: StandIn, gates: Mapping[str, GateResult], statuses: tuple[str, ...]) -> list[str]:
    """The gates that the old variant passes and this one does not, with one of these statuses."""
    return [name for name, kept in stand_in.kept.items() if gates[name].passed and gates[kept].status in statuses]


def _prompt_reasons(plan: MigrationPlan, gates: Mapping[str, GateResult]) -> list[str]:
    said = []
    for prompt in plan.prompts:
        claims = [gates[name] for name in prompt.claims]
        short = next((gate for gate in claims if not gate.passed), None)
        if short is not None:
            said.append(short.sentence)
        said += [gates[prompt.kept[name]].sentence for name in _lost(prompt, gates, ("failed", "inconclusive", "withheld"))]
    return said


def _evidence(plan: MigrationPlan, gates: Mapping[str, GateResult]) -> tuple[GateResult, ...]:
    names = [*plan.new.claims, *(name for prompt in plan.prompts for name in prompt.claims)]
    for old, kept in plan.new.kept.items():
        names += [old, kept, *(prompt.kept[old] for prompt in plan.prompts if old in prompt.kept)]
    return tuple(gates[name] for name in dict.fromkeys(names))


def _migration(
    plan: MigrationPlan,
    gates: Mapping[str, GateResult],
    answer: Answer,
    use: str | None,
    said: tuple[str, Sequence[str]],
) -> Migration:
    headline, reasons = said
    told = tuple(dict.fromkeys(reasons))
    return Migration(plan.old, plan.new.variant, plan.model, answer, use, f"{headline}.", told, _evidence(plan, gates))
