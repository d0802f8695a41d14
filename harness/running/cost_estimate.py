"""What a run will cost and how long it will take, told before anything is sent."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from harness.models import CountedBy, ResolvedPrice, count_request, count_text, most_cost, most_output, resolve_price
from harness.running.estimate import local_seconds
from harness.running.floors import as_answer
from harness.running.outputs import OutputsAnswerer
from harness.running.planned import PlannedRequest
from harness.running.preparation import Preparation, prepare_run
from harness.store import PastAnswers, Store
from harness.suite import Fixture, Suite, limit_name

Basis = Literal["past", "expected", "max_tokens"]


@dataclass(frozen=True, slots=True)
class Range:
    """A number as low, expected and high; None where it is unknown."""

    low: float | None = 0.0
    expected: float | None = 0.0
    high: float | None = 0.0


@dataclass(frozen=True, slots=True)
class VariantEstimate:
    """What one variant will take.

    Attributes:
        variant: Its name.
        model: The model asked; None where no model answers.
        price_source: suite, litellm, embedded or unknown; ``none`` where no model answers.
        planned: Responses planned.
        answered: Those that are known from earlier runs, or that another variant asks in the same words.
        to_ask: The rest.
        input_tokens: Prompt tokens of the calls to be made; None where no model answers.
        counted_by: litellm, or characters (a quarter of them).
        output_tokens: Tokens of their answers. Low: as short as the shortest known, or one token each. High: by max_tokens.
        basis: Where the expected length is from: past answers, expected answers of the fixtures, or max_tokens.
        cost: US dollars. High is the most they may cost: what a cap holds for them.
        seconds: How long they take by the latencies of earlier runs; None where there are none.
        stated: US dollars that a file of outputs states for its answers; paid elsewhere.
        stopped: Why nothing can be asked, one line.
    """

    variant: str
    model: str | None
    price_source: str
    planned: int
    answered: int
    to_ask: int
    input_tokens: int | None = None
    counted_by: CountedBy | None = None
    output_tokens: Range = field(default_factory=Range)
    basis: Basis | None = None
    cost: Range = field(default_factory=Range)
    seconds: float | None = 0.0
    stated: float | None = None
    stopped: str | None = None


@dataclass(frozen=True)
class RunEstimate:
    """What a run will take.

    Attributes:
        suite: The suite's name.
        variants: In the suite's order.
        judge_calls: For each metric that asks a model: its calls at most. They are not in the costs.
        fixtures: Fixtures asked about.
        repeats: How often each is asked.
    """

    suite: str
    variants: tuple[VariantEstimate, ...]
    judge_calls: dict[str, int] = field(default_factory=dict)
    fixtures: int = 0
    repeats: int = 1

    @property
    def to_ask(self) -> int:
        """Calls and look-ups to be made."""
        return sum(variant.to_ask for variant in self.variants)

    @property
    def cost(self) -> Range:
        """US dollars of all variants together; what is unknown is not in it."""
        costs = [variant.cost for variant in self.variants]
        return Range(_known(c.low for c in costs), _known(c.expected for c in costs), _known(c.high for c in costs))

    @property
    def at_least(self) -> bool:
        """Whether a price or a length is unknown, so that the run may cost more than the total says."""
        return any(None in (v.cost.low, v.cost.expected, v.cost.high) for v in self.variants)

    @property
    def seconds(self) -> float | None:
        """How long the run takes; None where that is not known of every variant."""
        times = [variant.seconds for variant in self.variants]
        return None if None in times else sum(time for time in times if time is not None)

    def to_dict(self) -> dict[str, Any]:
        """The stable, versioned keys that ``--json`` prints."""
        return {
            "format": 1,
            "suite": self.suite,
            "fixtures": self.fixtures,
            "repeats": self.repeats,
            "to_ask": self.to_ask,
            "cost": asdict(self.cost),
            "at_least": self.at_least,
            "seconds": self.seconds,
            "variants": {v.variant: {k: x for k, x in asdict(v).items() if k != "variant"} for v in self.variants},
            "judge_calls": dict(self.judge_calls),
        }


def estimate_run(
    suite: Suite,
    store: Store,
    *,
    variants: Sequence[str] | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    fresh: bool = False,
    slots: int = 1,
) -> RunEstimate:
    """Estimate a run; nothing is sent and no connection is opened. The arguments are those of ``run_suite``.

    Raises:
        SuiteError: When the selection, an outputs file or a callable cannot be used.
    """
    with prepare_run(suite, store, variants=variants, limit=limit, repeats=repeats, fresh=fresh) as prepared:
        return estimate_prepared(suite, store, prepared, slots=slots)


def estimate_prepared(suite: Suite, store: Store, prepared: Preparation, *, slots: int = 1) -> RunEstimate:
    """Estimate a run that is prepared."""
    selection = prepared.selection
    found = []
    for variant in selection.variants:
        if variant in prepared.stopped:
            model, planned = suite.variants[variant].model, selection.per_variant
            found.append(VariantEstimate(variant, model, "none", planned, 0, 0, stopped=prepared.stopped[variant]))
        else:
            found.append(_variant(suite, store, prepared, variant, slots))
    return RunEstimate(suite.name, tuple(found), fixtures=len(selection.fixtures), repeats=selection.repeats)


def _variant(suite: Suite, store: Store, prepared: Preparation, variant: str, slots: int) -> VariantEstimate:
    said, answerer, planned = suite.variants[variant], prepared.answerers[variant], prepared.selection.per_variant
    to_ask = prepared.table.to_ask()[variant]
    counts = (planned, planned - to_ask, to_ask)
    if said.model is None:
        stated = _stated(answerer, prepared) if isinstance(answerer, OutputsAnswerer) else None
        return VariantEstimate(variant, None, "none", *counts, stated=stated)
    price = resolve_price(said.model, said.price)
    if not to_ask:
        return VariantEstimate(variant, said.model, price.source, *counts, input_tokens=0)
    past = store.past_answers(suite.name, variant, said.model, said.adapter)
    calls = _Calls.of(prepared.to_ask(variant), price, past)
    basis, output = calls.output(past)
    return VariantEstimate(
        variant,
        said.model,
        price.source,
        *counts,
        input_tokens=calls.input_tokens,
        counted_by="litellm" if calls.by_litellm else "characters",
        output_tokens=output,
        basis=basis,
        cost=_cost(price, calls, output),
        seconds=_seconds(suite, variant, past, calls=to_ask, tokens=calls.input_tokens + (output.expected or 0.0), slots=slots),
    )


@dataclass
class _Calls:
    """What is counted of the calls to be made; three numbers each, whatever they hold.

    Attributes:
        input_tokens: Of all prompts.
        by_litellm: Whether all of them were counted by litellm.
        limits: The most tokens each answer may have; infinite where nobody says.
        lengths: Those of the answer its fixture expects; NaN where there is none, or where past answers tell more.
        highs: The most each may cost; NaN where that is unknown.
    """

    input_tokens: int = 0
    by_litellm: bool = True
    limits: array[float] = field(default_factory=lambda: array("d"))
    lengths: array[float] = field(default_factory=lambda: array("d"))
    highs: array[float] = field(default_factory=lambda: array("d"))

    @classmethod
    def of(cls, planned: Iterable[PlannedRequest], price: ResolvedPrice, past: PastAnswers | None) -> _Calls:
        """Count the calls as they are planned."""
        calls = cls()
        for each in planned:
            if (request := each.request) is None:
                continue
            count = count_request(request)
            calls.input_tokens += count.tokens
            calls.by_litellm = calls.by_litellm and count.counted_by == "litellm"
            limit, high = most_output(request), most_cost(request, price)
            length = None if past is not None else _expected_length(request.model, each.fixture)
            calls.limits.append(math.inf if limit is None else limit)
            calls.lengths.append(math.nan if length is None else length)
            calls.highs.append(math.nan if high is None else high)
        return calls

    def output(self, past: PastAnswers | None) -> tuple[Basis, Range]:
        """Tokens of all the answers; none is longer than its own max_tokens."""
        most = math.fsum(self.limits)
        high = None if math.isinf(most) else most
        if past is not None:
            low = math.fsum(min(past.fewest, limit) for limit in self.limits)
            return "past", Range(low, math.fsum(min(past.mean, limit) for limit in self.limits), high)
        fewest = float(len(self.limits))
        known = [length for length in self.lengths if not math.isnan(length)]
        if not known:
            return "max_tokens", Range(fewest, high, high)
        mean = math.fsum(known) / len(known)
        each = zip(self.lengths, self.limits, strict=True)
        expected = math.fsum(min(mean if math.isnan(length) else length, limit) for length, limit in each)
        return "expected", Range(fewest, expected, high)


def _expected_length(model: str, fixture: Fixture) -> int | None:
    """Tokens of the answer the fixture expects."""
    if fixture.expected is None:
        return None
    try:
        text, calls = as_answer(fixture.expected)
        written = text + "".join(f"{call.name} {call.arguments}" for call in calls)
    except (KeyError, TypeError, AttributeError):  # calls of another shape
        written = str(fixture.expected)
    return max(1, count_text(model, written).tokens)


def _cost(price: ResolvedPrice, calls: _Calls, output: Range) -> Range:
    """Low is of cached prompts, and of half as many tokens where they are guessed from characters."""
    if price.input_per_token is None or price.output_per_token is None:
        return Range(None, None, None)
    cheapest = min(price.input_per_token, math.inf if price.cached_input_per_token is None else price.cached_input_per_token)
    most, input_tokens = math.fsum(calls.highs), calls.input_tokens
    high = None if math.isnan(most) else most
    fewest = input_tokens if calls.by_litellm else input_tokens / 2
    low = None if output.low is None else fewest * cheapest + output.low * price.output_per_token
    expected = (
        None if output.expected is None else input_tokens * price.input_per_token + output.expected * price.output_per_token
    )
    if high is not None and expected is not None:
        expected = min(expected, high)
    return Range(low, expected, high)


def _seconds(suite: Suite, variant: str, past: PastAnswers | None, *, calls: int, tokens: float, slots: int) -> float | None:
    """By the latencies of earlier runs, and no less than the suite's own limits allow."""
    latency, model = None if past is None else past.latency, suite.variants[variant].model or ""
    if model.startswith("local/"):
        return local_seconds(calls, latency, slots)
    named = limit_name(model, suite.definition.limits)
    limit = suite.definition.limits[named] if named is not None else None
    at_once = limit.concurrency if limit is not None and limit.concurrency is not None else suite.definition.concurrency
    least = [] if latency is None else [math.ceil(calls / at_once) * latency]
    if limit is not None:
        least += [60.0 * much / rate for much, rate in ((calls, limit.rpm), (tokens, limit.tpm)) if rate is not None]
    return max(least, default=None)


def _stated(answerer: OutputsAnswerer, prepared: Preparation) -> float | None:
    """What the file says its answers cost; None where it does not say so of any."""
    return _known(answerer.cost_of(fixture) for fixture in prepared.selection.fixtures)


def _known(numbers: Iterable[float | None]) -> float | None:
    found = [number for number in numbers if number is not None]
    return math.fsum(found) if found else None
