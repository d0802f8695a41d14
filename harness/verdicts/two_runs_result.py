"""What comes of comparing two runs: plain frozen data that every rendering of it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.store import Run
from harness.verdicts import phrases
from harness.verdicts.reference_comparison import AgainstReference, Direction
from harness.verdicts.result import Comparison, Estimate, Flip, VariantResult
from harness.verdicts.run_differences import Difference, SetDifference


@dataclass(frozen=True, slots=True)
class Change:
    """One variant on one metric, in two runs.

    Attributes:
        variant: Its name in the later run.
        was: Its name in the earlier run; another only where the two were named.
        metric: The metric, or a part of one.
        before: Its value in the earlier run, on the fixtures both have.
        after: Its value in the later run.
        comparison: Later minus earlier.
        judged: Whether the exit code rests on it: a gate names it, or the user did.
        signal: ``worse`` or ``better`` where it is judged and stays so after Holm over all that is judged; None elsewhere.
    """

    variant: str
    was: str
    metric: str
    before: Estimate
    after: Estimate
    comparison: Comparison
    judged: bool = False
    signal: Direction | None = None

    def p(self, direction: Direction) -> float | None:
        """One-sided p value of "no change in this direction"; None where it cannot be judged."""
        return AgainstReference(self.variant, self.metric, self.comparison, self.after.value, ()).p(direction)

    @property
    def nothing_differs(self) -> bool:
        """Whether every pair was compared and none differs."""
        c = self.comparison
        return c.ties > 0 and c.wins == c.losses == 0

    @property
    def numbers(self) -> str:
        """What changed, a clause with its numbers and without a verdict."""
        c = self.comparison
        name = self.variant if self.variant == self.was else f"{self.variant} (was {self.was})"
        then, now = (phrases.value(e.value, c.unit) if e.value is not None else "not measured" for e in (self.before, self.after))
        where = f" in {c.slice}" if c.slice is not None else ""
        known = c.effect is not None and c.withheld is None
        said = f", {phrases.measured(c)}" if known else ""
        return f"{name} on {self.metric}{where}: {then} before, {now} after{said}"


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """What came of comparing two runs.

    Attributes:
        before: The earlier run.
        after: The later run.
        fixtures: How their fixtures differ.
        differences: What else they differ in.
        pairs: (variant of the later run, variant of the earlier run) that are compared.
        metric: The metric that headline, flips and pictures are about.
        changes: Every pair on every metric both runs have, the headline metric first.
        redefined: Metrics that are defined otherwise, and so not compared.
        absent: Metrics that only one of the runs has.
        flips: For each pair's later variant: the fixtures on which it differs on ``metric``, the largest difference first.
        shared: For each pair's later variant: (answers that are one and the same in both runs, answers of the later run).
        spent: What each run's variants did and cost: of the earlier run, of the later one.
        slice: The slice compared on; None for all fixtures.
    """

    before: Run
    after: Run
    fixtures: SetDifference
    differences: tuple[Difference, ...]
    pairs: tuple[tuple[str, str], ...]
    metric: str
    changes: tuple[Change, ...]
    redefined: tuple[str, ...]
    absent: tuple[str, ...]
    flips: Mapping[str, tuple[Flip, ...]]
    shared: Mapping[str, tuple[int, int]]
    spent: tuple[Mapping[str, VariantResult], Mapping[str, VariantResult]]
    slice: str | None = None

    @property
    def worse(self) -> tuple[Change, ...]:
        """What is judged and worse, and it is signal."""
        return tuple(c for c in self.changes if c.signal == "worse")

    @property
    def better(self) -> tuple[Change, ...]:
        """What is judged and better, and it is signal."""
        return tuple(c for c in self.changes if c.signal == "better")

    @property
    def judged(self) -> tuple[Change, ...]:
        """What the exit code rests on and can be judged."""
        return tuple(c for c in self.changes if c.judged and c.p("worse") is not None)

    @property
    def exit_code(self) -> int:
        """1 where something judged is worse; 3 where nothing can be judged; else 0."""
        return 1 if self.worse else 0 if self.judged else 3

    @property
    def headline(self) -> str:
        """What happened, in a sentence."""
        if self.worse:
            said = f"Worse, and it is signal: {self.worse[0].numbers}."
            more = len(self.worse) - 1
            return f"{said} {phrases.counted(more, 'more thing')} got worse." if more else said
        if not self.judged:
            return f"No verdict: {self._why_none()}"
        if self.better:
            return f"Nothing judged got worse, and this got better: {self.better[0].numbers}."
        names = list(dict.fromkeys(c.variant for c in self.judged))
        held = phrases.listed(names)
        if all(self.same_answers(name) for name in names):
            return f"Nothing was asked again of {held}: the answers are the earlier run's, so nothing could change."
        return f"No change that can be told from chance, of {held}, on {phrases.counted(len(self.fixtures.common), 'fixture')}."

    def same_answers(self, variant: str) -> bool:
        """Whether every answer of a variant is one and the same in both runs."""
        same, total = self.shared.get(variant, (0, 0))
        return 0 < total == same

    def change(self, variant: str, metric: str) -> Change | None:
        """Find one change; None where there is none."""
        return next((c for c in self.changes if (c.variant, c.metric) == (variant, metric)), None)

    def to_dict(self) -> dict[str, Any]:
        """Return stable, versioned keys; every value is JSON, and what is not known is null."""
        from harness.verdicts.two_runs_keys import two_runs_keys

        return two_runs_keys(self)

    @property
    def findings(self) -> tuple[str, ...]:
        """What a careful reader must know about the comparison."""
        said = list(self.fixtures.sentences)
        whole = [name for name in self.shared if self.same_answers(name)]
        if whole:
            said.append(f"The answers of {phrases.listed(whole)} are the earlier run's, not asked again: nothing could change.")
        for name, (same, total) in self.shared.items():
            if 0 < same < total:
                said.append(f"{same:,} of {total:,} answers of {name} are the earlier run's, not asked again.")
        for name in self.redefined:
            said.append(f"The metric {name} is defined otherwise in the two runs, so it is not compared.")
        if self.absent:
            said.append(f"Only one of the runs has {phrases.listed(list(self.absent))}.")
        for run, word in ((self.before, "earlier"), (self.after, "later")):
            if run.record.status != "complete":
                said.append(f"The {word} run is not complete: its status is {run.record.status}.")
        if self.pairs:
            said.append(
                "Each side is one run: a provider that leans one way for an hour moves all fixtures together, and only more "
                "runs (harness bless, harness nightly) can tell that from a change."
            )
        return tuple(said)

    def _why_none(self) -> str:
        if not self.pairs:
            return "the runs have no variant in common; name two with --candidate and --over."
        if not self.changes:
            return "the runs have no metric in common."
        judged = [c for c in self.changes if c.judged]
        withheld = next((c.comparison.withheld for c in judged if c.comparison.withheld), None)
        if withheld:
            return withheld
        if judged:
            return "nothing that a gate names could be measured in both runs."
        return "no gate names a metric and a variant that both runs have; name one with --metric."
