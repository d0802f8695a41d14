"""The answer in one sentence, and the reasons behind it: does the fine-tune beat the strong prompt and retrieval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.verdicts import phrases
from harness.verdicts.pairing import Standing
from harness.verdicts.result import Comparison, Estimate, GateResult, VariantResult
from harness.verdicts.table import ScoreTable

REASONS = 3
_RUNGS = ("current", "floor", "prompt", "rag", "cheaper", "fine_tune")
_LADDER = ("prompt", "rag", "fine_tune")


class Evidence:
    """Estimates and comparisons of one run by name, for those who write sentences about them."""

    def __init__(
        self, table: ScoreTable, standing: Standing, estimates: Iterable[Estimate], comparisons: Iterable[Comparison]
    ) -> None:
        """Index what is known."""
        self.table = table
        self.standing = standing
        self.comparisons = tuple(comparisons)
        self._estimates = {(e.variant, e.metric): e for e in estimates if e.slice is None}
        self._comparisons = {(c.candidate, c.over, c.metric): c for c in self.comparisons if c.slice is None}

    def value(self, variant: str, metric: str | None = None) -> Estimate | None:
        """A variant's estimate that has a value, on the headline metric unless another is named."""
        found = self._estimates.get((variant, metric or self.standing.headline.name))
        return None if found is None or found.value is None else found

    def lift(self, over: str | None, metric: str | None = None, candidate: str | None = None) -> Comparison | None:
        """The candidate's comparison over another variant, on the headline metric unless another is named."""
        who = candidate or self.standing.candidate
        return None if who is None or over is None else self._comparisons.get((who, over, metric or self.standing.headline.name))

    def not_beaten(self, *roles: str) -> tuple[Comparison, ...]:
        """The candidate's headline comparisons over variants of these roles that are judged and not better."""
        lifts = (self.lift(name) for name in self.table.with_role(*roles))
        return tuple(c for c in lifts if c is not None and c.verdict not in (None, "better"))

    def best(self, names: Iterable[str]) -> Estimate | None:
        """The best of some variants on the headline metric; the first of equals."""
        sign = 1.0 if self.standing.headline.higher_is_better else -1.0
        known = [e for name in names if (e := self.value(name)) is not None]
        return max(known, key=lambda e: sign * (e.value or 0.0), default=None)


def headline(evidence: Evidence) -> str:
    """Answer in one sentence, as ready to say noise, or that something cheaper does as well, as to say that it wins."""
    standing, metric = evidence.standing, evidence.standing.headline.name
    who = standing.candidate
    if who is None:
        return _without_candidate(evidence)
    if evidence.value(who) is None:
        return f"No answer about {who}: nothing was measured for it on {metric}."
    lifts = [(over, evidence.lift(over)) for over in standing.rivals]
    known = [c for _, c in lifts if c is not None]
    if not known:
        return f"{who} reaches {_level(evidence.value(who))} on {metric}, and the run has nothing to hold that against."
    first, *others = known
    said = _capital(lead(first)) + "".join(_second(first, c) for c in others)
    cheaper = [c for c in evidence.not_beaten("current", "floor") if c.over not in standing.rivals]
    if cheaper:
        said += "; " + "; ".join(_no_better_than(evidence, c) for c in cheaper[:2])
    return said + "."


def answer(evidence: Evidence) -> str:
    """Cut the headline to what a first glance needs: the lift with its interval, and the one thing that weighs most beside it."""
    standing = evidence.standing
    lifts = [c for over in standing.rivals if (c := evidence.lift(over)) is not None]
    if not lifts or lifts[0].verdict is None:
        return headline(evidence)
    first, *others = lifts
    open_ = [c for c in evidence.not_beaten("floor", "current") if c.over not in standing.rivals]
    open_ += [c for c in others if c.verdict not in (None, "better")]
    return f"{_short(first)}{_beside(evidence, first, open_, others)}."


def _short(c: Comparison) -> str:
    words = {"better": "beats", "worse": "is worse than", "equivalent": "does no more than"}
    if c.verdict not in words:
        return f"The lift of {c.candidate} over {c.over} is noise: {_plain(c, signed=True)}"
    joint = ":" if c.verdict == "equivalent" else " by"
    small = ", within the margin" if c.also_equivalent else ""
    return f"{c.candidate} {words[str(c.verdict)]} {c.over}{joint} {_plain(c, signed=c.verdict == 'equivalent')}{small}"


def _beside(evidence: Evidence, first: Comparison, open_: Sequence[Comparison], others: Sequence[Comparison]) -> str:
    if open_:
        c = next((c for c in open_ if c.verdict == "worse"), open_[0])
        what = {"current": "today's process ", "floor": "the floor "}.get(evidence.table.role(c.over), "")
        joint = ", but" if first.verdict == "better" else ", and"
        if c.verdict == "worse":
            return f"{joint} {what}{c.over} does better by {_size(c)}"
        return f"{joint} {what}{c.over} {'does' if c.verdict == 'equivalent' else 'may do'} as well"
    won = next((c for c in others if c.verdict == "better"), None)
    if won is None:
        return ""
    return f", {'and' if first.verdict == 'better' else 'but beats'} {won.over} by {_size(won)}"


def _size(c: Comparison) -> str:
    """The size of a lift alone; the verb has its sign."""
    if c.effect is None:
        return phrases.measured(c)
    return phrases.lift(c.effect if c.scale == "ratio" else abs(c.effect), c.unit, c.scale, signed=False)


def _plain(c: Comparison, *, signed: bool = False) -> str:
    """A lift and its limits, without the words that the page has elsewhere."""
    if c.effect is None or c.low is None or c.high is None:
        return phrases.measured(c)
    effect, low, high = c.effect, c.low, c.high
    if c.scale != "ratio" and not signed and not low < 0 < high:
        effect, (low, high) = abs(effect), sorted((abs(low), abs(high)))
    else:
        signed = True
    size = phrases.lift(effect, c.unit, c.scale, signed=signed)
    return f"{size} ({phrases.lift_range(low, high, c.unit, c.scale, signed=signed)})"


def reasons(evidence: Evidence, gates: Sequence[GateResult], variants: dict[str, VariantResult]) -> tuple[str, ...]:
    """Three sentences with their numbers (fewer where the run has too little): what speaks against a release comes first.

    Floors and a process of today that are not beaten, gates that did not pass, the ladder; then what was beaten, what a
    call takes, how small a lift the set can see, and how much of it was answered.
    """
    floors, process = _floors(evidence), _process(evidence)
    against = [floors] if evidence.not_beaten("floor") else []
    against += [process] if evidence.not_beaten("current") else []
    written = [*against, _gates(gates), _ladder(evidence), process, floors, _price(evidence, variants), *_set(evidence)]
    return tuple(dict.fromkeys(sentence for sentence in written if any(sign.isdigit() for sign in sentence)))[:REASONS]


def comparison_sentence(comparison: Comparison) -> str:
    """Say in one sentence, with its numbers and its method, what one comparison shows."""
    c = comparison
    counts = f"{c.wins} wins, {c.losses} losses, {c.ties} ties on {phrases.counted(c.n, 'fixture')}"
    where = "" if c.slice is None else f" (on {c.slice})"
    return f"{_capital(lead(c))}{where}. {counts}. {c.route}."


def lead(c: Comparison) -> str:
    """Say in words, with its numbers, what one comparison shows."""
    if c.verdict is None:
        return f"No verdict on {c.candidate} over {c.over} on {c.metric}: {phrases.clause(c.withheld or 'nothing was measured')}"
    if c.verdict == "better":
        small = ", though within the margin" if c.also_equivalent else ""
        return f"{c.candidate} beats {c.over} on {c.metric} by {_by(c, 'signal')}{small}"
    if c.verdict == "worse":
        return f"{c.candidate} is worse than {c.over} on {c.metric} by {_by(c, 'signal')}"
    if c.verdict == "equivalent":
        return (
            f"{c.candidate} does no more than {c.over} on {c.metric}: the difference, {phrases.measured(c)}, is within the margin"
        )
    seen = f"; this set could have seen {phrases.lift(abs(c.detectable), c.unit, c.scale, signed=False)}" if c.detectable else ""
    why = f" ({phrases.clause(c.withheld)})" if c.withheld else seen
    return f"the lift of {c.candidate} over {c.over} on {c.metric}, {phrases.measured(c)}, is noise{why}"


def _by(c: Comparison, word: str) -> str:
    """The size of a lift without its sign, since the verb has it; a ratio stays a ratio."""
    if c.effect is None or c.low is None or c.high is None:
        return phrases.measured(c)
    if c.scale == "ratio" or c.low < 0 < c.high:
        effect, low, high, signed = c.effect, c.low, c.high, True
    else:
        low, high = sorted((abs(c.low), abs(c.high)))
        effect, signed = abs(c.effect), False
    size = phrases.lift(effect, c.unit, c.scale, signed=signed)
    limits = phrases.lift_range(low, high, c.unit, c.scale, signed=signed)
    return f"{size} ({phrases.confidence(c.confidence)} interval {limits}; {word})"


def _second(first: Comparison, c: Comparison) -> str:
    if c.verdict == "better":
        return (
            f", and {c.over} by {_by(c, 'signal')}" if first.verdict == "better" else f"; it beats {c.over} by {_by(c, 'signal')}"
        )
    if c.verdict == "worse":
        return f"; {c.over} does better, by {_by(c, 'signal')}"
    if c.verdict == "equivalent":
        return f"; {c.over} does as well ({phrases.measured(c)}, within the margin)"
    if c.verdict is None:
        return f"; no verdict over {c.over}: {phrases.clause(c.withheld or 'nothing was measured')}"
    return f"; over {c.over} the lift, {phrases.measured(c)}, is noise: {c.over} may do as well"


def _no_better_than(evidence: Evidence, c: Comparison) -> str:
    what = "today's process" if evidence.table.role(c.over) == "current" else "the floor"
    word = {"worse": "does better", "equivalent": "does as well"}.get(str(c.verdict), "may do as well")
    return f"{what} {c.over} {word} ({phrases.measured(c)})"


def _without_candidate(evidence: Evidence) -> str:
    table, metric = evidence.table, evidence.standing.headline.name
    best = evidence.best(name for name in table.variants if table.role(name) != "floor") or evidence.best(table.variants)
    if best is None:
        return f"No usable result: nothing was measured on {metric}."
    said = f"No variant is up for release; {best.variant} is highest on {metric} with {_level(best)}"
    if not evidence.standing.headline.higher_is_better:
        said = said.replace("highest", "lowest")
    rag = evidence.standing.rag
    c = None if rag is None else evidence.lift(evidence.standing.baseline, candidate=rag)
    return f"{said}. {_capital(lead(c))}." if c is not None else f"{said}."


def _ladder(evidence: Evidence) -> str:
    table = evidence.table
    rungs = [e for role in _LADDER for name in table.with_role(role) if (e := evidence.value(name)) is not None]
    if len(rungs) < 2:
        return ""
    steps = phrases.listed([f"{e.variant} {phrases.value(e.value or 0.0, e.unit)}" for e in rungs])
    rag = evidence.standing.rag
    c = None if rag is None else evidence.lift(evidence.standing.baseline, candidate=rag)
    alone = "" if c is None or c.verdict is None else f"; retrieval alone is {_retrieval(c)}"
    return f"The ladder on {evidence.standing.headline.name}: {steps}{alone}."


def _retrieval(c: Comparison) -> str:
    word = {"better": "signal", "worse": "worse, signal", "equivalent": "within the margin"}.get(str(c.verdict), "noise")
    effect = "" if c.effect is None else phrases.lift(c.effect, c.unit, c.scale)
    return f"{effect} over {c.over} ({word})"


def _process(evidence: Evidence) -> str:
    lifts = [c for name in evidence.table.with_role("current") if (c := evidence.lift(name)) is not None]
    return f"Against today's process: {lead(lifts[0])}." if lifts else ""


def _floors(evidence: Evidence) -> str:
    names = evidence.table.with_role("floor")
    lifts = [c for name in names if (c := evidence.lift(name)) is not None]
    if not lifts:
        return ""
    open_ = [c for c in lifts if c.verdict != "better"]
    if open_:
        said = "; ".join(lead(c) for c in open_)
        return f"{_capital(said)}. A fine-tune that does not beat a look-up is not worth shipping."
    best = evidence.best(names)
    nearest = next((c for c in lifts if best is not None and c.over == best.variant), lifts[0])
    return f"It beats every floor; the best, {nearest.over}, by {_by(nearest, 'signal')}."


def _gates(gates: Sequence[GateResult]) -> str:
    if not gates:
        return ""
    passed = sum(gate.passed for gate in gates)
    rest = [
        f"{gate.name!r} {'is ' if gate.status in ('inconclusive', 'withheld') else ''}{gate.status}"
        for gate in gates
        if not gate.passed
    ]
    if not rest:
        return ""  # the decision says so already
    return f"{passed} of {phrases.counted(len(gates), 'gate')} passed; {phrases.listed(rest)}."


def _price(evidence: Evidence, variants: dict[str, VariantResult]) -> str:
    who, base = evidence.standing.candidate, evidence.standing.baseline
    if who is None or base is None:
        return ""
    said = []
    ours, theirs = variants[who].cost_per_call, variants[base].cost_per_call
    if ours is not None and theirs:
        ratio = f"{ours / theirs:.2g}"
        said.append(f"costs what one of {base} does" if ratio == "1" else f"costs {ratio} times what one of {base} does")
    c = evidence.lift(base, "latency")
    if c is not None and c.scale == "ratio" and c.effect is not None:
        said.append(f"takes {c.effect:.2g} times as long" + ("" if said else f" as one of {base}"))
    return f"A call of {who} {phrases.listed(said)}." if said else ""


def _set(evidence: Evidence) -> list[str]:
    """What fills up the three reasons of a small run: how much of the set was answered, and what it can see."""
    who = evidence.standing.candidate
    own = None if who is None else evidence.value(who)
    if own is None:
        return []
    said = [f"{own.variant} was measured on {own.n:,} of {phrases.counted(evidence.table.fixtures, 'fixture')}: {_level(own)}."]
    c = evidence.lift(evidence.standing.baseline)
    if c is not None and c.detectable:
        seen = phrases.lift(abs(c.detectable), c.unit, c.scale, signed=False)
        said.insert(0, f"{phrases.counted(c.n, 'fixture')} see a lift of {seen} or more over {c.over} four times in five.")
    gates = evidence.table.definition.gates
    return [*said, "The suite declares no gates (0), so nothing was asked of a release."] if not gates else said


def _level(estimate: Estimate | None) -> str:
    return "nothing" if estimate is None else phrases.level(estimate)


def _capital(text: str) -> str:
    """Begin a sentence, unless it begins with a variant's name."""
    return text[:1].upper() + text[1:] if text.startswith(("the ", "no ")) else text
