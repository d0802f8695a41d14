"""Old and new model side by side on one suite, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harness.errors import Fault, SuiteError
from harness.metrics import load_metrics
from harness.models import base_model, retirement_sentence, retirements
from harness.running import Progress
from harness.session.evaluated import EvaluatedRun
from harness.session.loading import load_suite
from harness.session.session import run
from harness.suite import JOIN, Gate, Successor, Suite, Variant, free_name, variant_named, with_successors
from harness.verdicts import Migration, MigrationPlan, StandIn, decide_migration, migration_exit_code

FORMAT = 1
MARGIN = 0.02
"""The loss that is accepted on a metric of shares where no gate of the suite states one."""


@dataclass(frozen=True)
class MigratedRun:
    """A run of old and new side by side, with what it says.

    Attributes:
        evaluated: The run; its suite is the derived one, and its gates say what is held against what.
        migrations: One for each new model, in the order given.
        margin: The loss accepted on the headline metric.
        retiring: When the old models are retired, a clause for each that has a date.
    """

    evaluated: EvaluatedRun
    migrations: tuple[Migration, ...]
    margin: float
    retiring: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """130 interrupted; 3 no verdict; 1 a variant needs re-tuning; 4 not settled; 0 every variant may move or go."""
        if self.evaluated.interrupted:
            return 130
        incomplete = self.evaluated.missing or self.evaluated.unjudged or self.evaluated.capped
        return 3 if incomplete else migration_exit_code(self.migrations)

    def to_dict(self) -> dict[str, Any]:
        """The stable, versioned keys that ``harness migrate --json`` prints."""
        return {
            "format": FORMAT,
            "run_id": self.evaluated.run_id,
            "folder": str(self.evaluated.folder),
            "metric": self.evaluated.judgement.headline_metric,
            "margin": self.margin,
            "migrations": [migration.to_dict() for migration in self.migrations],
            "retiring": list(self.retiring),
            "exit_code": self.exit_code,
        }

    def lines(self) -> Iterator[str]:
        """What is printed for people."""
        for migration in self.migrations:
            yield migration.headline
            yield from (f"  - {reason}" for reason in migration.reasons)
            yield "  the numbers behind it:"
            yield from (f"    {gate.status:<12}  {gate.name}: {gate.sentence}" for gate in migration.evidence)
        yield from (f"note: {said}" for said in self.retiring)


def migrate(
    suite: Suite | str | Path,
    *,
    models: Sequence[tuple[str, str]] = (),
    adapters: Mapping[str, str | Path] | None = None,
    bases: Mapping[str, str] | None = None,
    margin: float | None = None,
    store: str | Path | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    fresh: bool = False,
    replay: bool = False,
    slots: int = 1,
    max_cost: float | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> MigratedRun:
    """Run a variant and the same on a new model side by side, and say whether to hold, re-tune, or drop the fine-tune.

    The old variant stays. Beside it are asked the same prompt on the new model and, for a fine-tune, the strong prompt (and
    retrieval, where the fine-tune has it) on the new base model. Answers already known are not asked for again.

    Args:
        suite: A loaded suite, or the path of one.
        models: Variant and new model, in pairs; a variant may be given several.
        adapters: By variant, the new LoRA adapter.
        bases: By variant, the new base model where its name does not tell.
        margin: The loss accepted on the headline metric; that of the variant's no_worse gate unless given, else 0.02 for shares.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        limit: Ask about the first ``limit`` fixtures only.
        repeats: How often each question is asked; the suite's own number unless given.
        fresh: Ask everything again, whatever is stored.
        replay: Use stored responses alone and open no connection.
        slots: Requests the embedded model works on at once.
        max_cost: US dollars this run may spend, judges included.
        progress: Told what happens while it happens.
        today: The day retirements are counted from; today (UTC) unless given.

    Raises:
        SuiteError: A variant is not there or asks no model, an adapter is missing, or no margin can be taken from the suite.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite)
    asked = _asked(loaded, models, adapters or {})
    deriving = _Deriving(loaded, margin, bases or {})
    plans = [deriving.add(variant, model, adapter) for variant, model, adapter in asked]
    evaluated = run(
        deriving.suite(),
        store=store,
        limit=limit,
        repeats=repeats,
        fresh=fresh,
        replay=replay,
        slots=slots,
        max_cost=max_cost,
        progress=progress,
    )
    gates = {gate.name: gate for gate in evaluated.judgement.gates}
    found = tuple(decide_migration(plan, gates, tuned=loaded.variants[plan.old].role == "fine_tune") for plan in plans)
    old = {str(loaded.variants[variant].model): variant for variant, _, _ in asked}
    calendar = retirements(old, today or datetime.now(UTC).date(), loaded.definition.retirements)
    soon = tuple(retirement_sentence(one, [old[one.model]]) for one in calendar if one.date is not None)
    return MigratedRun(evaluated, found, deriving.margin, soon)


def _asked(
    suite: Suite, models: Sequence[tuple[str, str]], adapters: Mapping[str, str | Path]
) -> list[tuple[str, str, Path | None]]:
    """Variant, model and adapter of each move."""
    if not models and not adapters:
        raise SuiteError(Fault("no new model is named", "give --model VARIANT=MODEL or --adapter VARIANT=FILE"))
    found: list[tuple[str, str, Path | None]] = []
    faults: list[Fault] = []
    named = [*models, *((variant, "") for variant in adapters if variant not in dict(models))]
    for variant, model in named:
        try:
            old = variant_named(suite, variant)
        except SuiteError as error:
            faults.extend(error.faults)
            continue
        given = adapters.get(variant)
        adapter = None if given is None else Path(given)
        if adapter is None and (not model or model == old.model):
            faults.append(Fault(f"{variant} asks {old.model} already", "name another model"))
        found.append((variant, model or str(old.model), adapter))
    if faults:
        raise SuiteError(*dict.fromkeys(faults))
    return found


class _Deriving:
    """The derived suite, put together one move at a time."""

    def __init__(self, suite: Suite, margin: float | None, bases: Mapping[str, str]) -> None:
        self.source = suite
        self.bases = bases
        self.headline = suite.definition.headline or suite.metric_entries[0].name
        self.given = margin
        self.margin = margin or 0.0
        self.successors: dict[str, Successor] = {}
        self.keep: dict[str, None] = {}
        self.gates: dict[str, Gate] = {}

    def suite(self) -> Suite:
        """The suite to run."""
        return with_successors(
            self.source,
            self.successors.values(),
            keep=self.keep,
            gates=self.gates.values(),
            name=f"{self.source.name}{JOIN}migration",
        )

    def add(self, variant: str, model: str, adapter: Path | None) -> MigrationPlan:
        """Add what one move needs, and say what is held against what."""
        old = self.source.variants[variant]
        self.margin = self._margin(variant)
        own = [gate for gate in self.source.definition.gates if gate.candidate == variant and gate.suite is None]
        new = self._successor(variant, model, adapter)
        rivals = self._rivals(variant, old)
        base = self.bases.get(variant, base_model(model))
        moved = {rival: self._on_base(rival, base) for rival in rivals}
        for name in (variant, *rivals, *(gate.over for gate in own if gate.over is not None)):
            self.keep[name] = None
        for gate in own:
            self.gates[gate.name] = gate
        stand_in = StandIn(new, (self._claim(new, variant),), {g.name: self._kept(g, new, moved) for g in own})
        alone = [gate for gate in own if gate.over not in moved]
        prompts = tuple(
            StandIn(
                prompt,
                (self._claim(prompt, variant), self._claim(prompt, new)),
                {g.name: self._kept(g, prompt, {}) for g in alone},
            )
            for prompt in dict.fromkeys(moved.values())
        )
        return MigrationPlan(variant, stand_in, prompts, model if adapter is None else f"{model} with {adapter.name}")

    def _successor(self, like: str, model: str, adapter: Path | None) -> str:
        name = free_name(f"{like}_new", [*self.source.variants, *self.successors])
        self.successors[name] = Successor(name, like, model, adapter)
        return name

    def _on_base(self, rival: str, base: str) -> str:
        """The rival on the new base model: itself where it asks that already, and once where several moves share it."""
        if self.source.variants[rival].model == base:
            return rival
        same = (s.name for s in self.successors.values() if (s.like, s.model, s.adapter) == (rival, base, None))
        return next(same, None) or self._successor(rival, base, None)

    def _rivals(self, variant: str, old: Variant) -> list[str]:
        """The strong prompt, and retrieval where the fine-tune has it: those its gates name before others."""
        if old.role != "fine_tune":
            return []
        named = [gate.over for gate in self.source.definition.gates if gate.candidate == variant and gate.over is not None]
        found = []
        for role in ("prompt", "rag") if old.retrieval is not None else ("prompt",):
            choices = [n for n in [*named, *self.source.variants] if self._asks(n, role)]
            found += choices[:1]
        if not found:
            raise SuiteError(
                self.source.fault(
                    f"the suite has no prompt to hold {variant} against on the new base model",
                    "add a variant of role prompt",
                    "variants",
                )
            )
        return found

    def _asks(self, name: str, role: str) -> bool:
        variant = self.source.variants[name]
        return variant.role == role and variant.model is not None

    def _claim(self, candidate: str, over: str) -> str:
        name = f"{candidate} is no worse than {over}"
        said = {"name": name, "metric": self.headline, "candidate": candidate, "over": over, "require": "no_worse"}
        self.gates[name] = Gate.model_validate({**said, "margin": self.margin})
        return name

    def _kept(self, gate: Gate, candidate: str, moved: Mapping[str, str]) -> str:
        """Ask of another candidate what a gate asks of the old one; its rivals have moved too."""
        name = f"{gate.name} ({candidate})"
        over = None if gate.over is None else moved.get(gate.over, gate.over)
        self.gates[name] = gate.model_copy(update={"name": name, "candidate": candidate, "over": over})
        return name

    def _margin(self, variant: str) -> float:
        if self.given is not None:
            return self.given
        gates = [
            g for g in self.source.definition.gates if (g.metric, g.require) == (self.headline, "no_worse") and g.suite is None
        ]
        gates.sort(key=lambda gate: gate.candidate != variant)
        if gates and gates[0].margin:
            return gates[0].margin
        metric = next(m for m in load_metrics(self.source) if m.name == self.headline.partition(".")[0])
        if metric.unit != "share":
            said = f"no gate says which loss on {self.headline} is acceptable"
            raise SuiteError(self.source.fault(said, "give --margin, or a gate with require: no_worse", "gates"))
        return MARGIN
