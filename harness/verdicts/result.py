"""What is known after a run is judged: plain frozen data that every report is rendered from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

    from harness.verdicts.decision_result import Decision
    from harness.verdicts.fourfold import Fourfold
    from harness.verdicts.joint_lifts import LiftFamily
    from harness.verdicts.label_tables import LabelTable
    from harness.verdicts.seeing import Seeing

Verdict = Literal["better", "worse", "equivalent", "inconclusive"]
GateStatus = Literal["passed", "failed", "inconclusive", "withheld"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One variant's value on one metric, over all fixtures or over one slice.

    Attributes:
        value: The metric's value, in its unit; None where nothing could be measured.
        low: Lower end of the interval, None where there is none.
        high: Upper end of the interval.
        n: Fixtures behind the value.
        coverage: Share of the fixtures that have a usable response, 0 to 1.
        route: The method the interval came from, with its reason.
        confidence: Of the interval, two-sided.
        note: A caveat in a sentence, or None.
    """

    variant: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    coverage: float
    route: str
    unit: str
    higher_is_better: bool
    slice: str | None = None
    confidence: float = 0.95
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate against another variant, paired by fixture.

    A declared comparison is one a gate names; it has the gate's margin and confidence. The others are exploratory:
    nothing rests on them, and ``q`` beside their p value says what is left of it after looking at all of them.

    Attributes:
        effect: Candidate minus ``over`` in the metric's unit, or their ratio where ``scale`` is ratio; not turned.
        low: Lower end of the interval of the effect.
        high: Upper end of the interval of the effect.
        p: Two-sided p value; None where the route has none.
        verdict: Read with the direction that is good for the metric; None where coverage or a slice's size forbids one.
        worth_it: Whether better holds beyond the margin.
        also_equivalent: Whether the lift, signal though it is, lies inside the margin.
        withheld: Why there is no verdict, or why it can be no more than inconclusive, a sentence; None otherwise.
        wins: Fixtures on which the candidate is better.
        losses: Fixtures on which it is worse.
        ties: Fixtures on which they are equal.
        n: Complete pairs.
        groups: Independent groups behind them; equal to n without groups.
        coverage: Share of the fixtures with a usable response on both sides.
        detectable: The smallest lift this set could have seen (80 % power), same scale as effect.
        needed: Fixtures (or groups) that would be enough to settle an inconclusive one; None where not known.
        q: The p value after Benjamini-Hochberg, for exploratory comparisons.
        exploratory: Whether no gate names it.
        materially_worse: Whether worse holds beyond the margin.
        usable: Whether enough fixtures, and enough that differ, stand behind the interval for a claim of no difference.
        note: A caveat about the method, in a sentence, or None.
    """

    candidate: str
    over: str
    metric: str
    effect: float | None
    low: float | None
    high: float | None
    p: float | None
    verdict: Verdict | None
    route: str
    n: int
    coverage: float
    margin: float = 0.0
    confidence: float = 0.95
    scale: Literal["difference", "ratio"] = "difference"
    unit: str = "share"
    higher_is_better: bool = True
    slice: str | None = None
    worth_it: bool = False
    also_equivalent: bool = False
    withheld: str | None = None
    wins: int = 0
    losses: int = 0
    ties: int = 0
    groups: int = 0
    detectable: float | None = None
    needed: int | None = None
    q: float | None = None
    exploratory: bool = False
    materially_worse: bool = False
    usable: bool = True
    note: str | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """(low, high) of the effect, None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def turned(self) -> tuple[float, float] | None:
        """The interval on the scale where differences add up (logarithms for a ratio), turned so that more is better."""
        if self.low is None or self.high is None:
            return None
        low, high = self.low, self.high
        if self.scale == "ratio":
            low, high = (math.log(limit) if limit > 0 else -math.inf for limit in (low, high))
        return (low, high) if self.higher_is_better else (-high, -low)

    @property
    def turned_margin(self) -> float:
        """The margin on the scale of ``turned``: .1 on a ratio is a tenth more or its inverse."""
        return math.log1p(self.margin) if self.scale == "ratio" else self.margin

    @property
    def signal(self) -> bool:
        """Whether the difference is told from chance: better or worse."""
        return self.verdict in ("better", "worse")

    def to_frame(self) -> pd.DataFrame:
        """Return the comparison as a table of one row, one column for each attribute."""
        import pandas as pd

        return pd.DataFrame([{f.name: getattr(self, f.name) for f in fields(self)}])


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate, judged.

    Attributes:
        status: passed and failed are answers; inconclusive is noise where an answer is required; withheld means that
            coverage is too low or the run incomplete.
        sentence: The gate explained in one sentence with its numbers.
        condition: What was asked, in words.
        value: The number judged: an effect or a single value, None where withheld.
        low: Lower end of its interval, at the gate's confidence.
        high: Upper end.
        worst_case: For no_worse with missing pairs: the bound when every missing pair counts against the candidate.
        scale: Whether value is a ratio of candidate to ``over``.
        confidence: Of the interval judged, two-sided.
        slice: The slice it is judged on; None for all fixtures.
        suite: The other suite it is judged on, as the gate names it; None for its own.
        require: better, no_worse or equivalent; None for a gate on one variant's own value.
        needed: Fixtures that would probably settle it where it is inconclusive; None where not known.
    """

    name: str
    metric: str
    candidate: str
    over: str | None
    condition: str
    status: GateStatus
    sentence: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = "share"
    worst_case: float | None = None
    scale: Literal["difference", "ratio"] = "difference"
    confidence: float = 0.95
    slice: str | None = None
    suite: str | None = None
    require: Literal["better", "no_worse", "equivalent"] | None = None
    needed: int | None = None

    @property
    def passed(self) -> bool:
        """Whether the gate lets the release through."""
        return self.status == "passed"


@dataclass(frozen=True, slots=True)
class VariantResult:
    """What one variant did, apart from how good it was.

    Attributes:
        outcomes: Responses by outcome: answered, truncated, refused, failed, missing.
        failures: Failed responses by error kind.
        cost: US dollars for the whole run at first asking; None while any price is unknown.
        cost_per_call: US dollars; None while unknown.
        price_source: Whose price it is: suite, litellm, embedded, none (nothing is asked) or unknown.
        answered_by: Model ids the provider returned, with their counts.
    """

    name: str
    role: str
    model: str | None
    outcomes: Mapping[str, int]
    failures: Mapping[str, int]
    calls: int
    cached: int
    cost: float | None
    cost_per_call: float | None
    price_source: str
    input_tokens: int | None
    output_tokens: int | None
    answered_by: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flip:
    """A fixture on which two variants differ on the headline metric."""

    fixture_id: str
    candidate: str
    over: str
    metric: str
    candidate_value: float
    over_value: float
    won: bool


@dataclass(frozen=True, slots=True)
class Rung:
    """A variant below the candidate on the ladder, held to what the candidate is held to.

    Attributes:
        gates: The candidate's gates with this variant in its place; those over itself or over a higher rung are left out,
            and so are gates over another suite that it was not asked.
        over_process: Its headline comparison over each variant that is today's process.
    """

    variant: str
    role: str
    gates: tuple[GateResult, ...]
    over_process: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything a report needs about one run, judged.

    Attributes:
        headline: The answer in one sentence with its numbers.
        headline_metric: The metric that sentence speaks of.
        candidate: The variant the sentence is about.
        baseline: The variant it is held against, a strong prompt where the run has one; None without a rival.
        reasons: Three sentences where there is a candidate, most important first.
        findings: What a careful reader must know: unequal failures, floors not beaten, small n, unknown prices.
        exit_code: 0 good, 1 a gate failed, 3 no verdict, 4 inconclusive where an answer is required.
        unequal_failures: The pairs of variants of which one failed more often than the other, on ``failed`` in place of a
            metric; ``q`` is the p value after Holm.
        rungs: Prompts, retrieval and smaller models held to the candidate's gates, cheapest first.
        decision: Whether to fine-tune at all, by what the run and its suite say.
        answer: The headline cut to what a first glance needs: the lift, and what speaks most against or for it.
        families: Simultaneous intervals of the lifts that are looked at side by side.
        fourfolds: Where both, one and neither of the candidate and each rival is right.
        seeing: How small a lift sets of other sizes would see.
        labels: Which label was said for which, of the baseline and the candidate.
    """

    run_id: str
    suite: str
    headline: str
    headline_metric: str
    candidate: str | None
    baseline: str | None
    reasons: tuple[str, ...]
    findings: tuple[str, ...]
    variants: Mapping[str, VariantResult]
    estimates: tuple[Estimate, ...]
    comparisons: tuple[Comparison, ...]
    gates: tuple[GateResult, ...]
    flips: tuple[Flip, ...]
    fixtures: int
    groups: int
    seed: int
    resamples: int
    exit_code: int
    unequal_failures: tuple[Comparison, ...] = ()
    rungs: tuple[Rung, ...] = ()
    decision: Decision | None = None
    answer: str = ""
    families: tuple[LiftFamily, ...] = ()
    fourfolds: tuple[Fourfold, ...] = ()
    seeing: tuple[Seeing, ...] = ()
    labels: tuple[LabelTable, ...] = ()

    def estimate(self, variant: str, metric: str, slice: str | None = None) -> Estimate | None:
        """Find one estimate; None where there is none."""
        for e in self.estimates:
            if (e.variant, e.metric, e.slice) == (variant, metric, slice):
                return e
        return None

    def comparison(self, candidate: str, over: str, metric: str, slice: str | None = None) -> Comparison | None:
        """Find one comparison; None where there is none."""
        for c in self.comparisons:
            if (c.candidate, c.over, c.metric, c.slice) == (candidate, over, metric, slice):
                return c
        return None

    def to_dict(self) -> dict[str, Any]:
        """Return the stable, versioned keys that ``--json`` prints."""
        from harness.verdicts.keys import judgement_keys

        return judgement_keys(self)
