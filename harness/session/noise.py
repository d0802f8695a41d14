"""A suite against itself: the same variant asked several times over, to see what moves when nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.errors import Fault, SuiteError
from harness.running import Progress
from harness.session.evaluated import EvaluatedRun
from harness.session.loading import load_suite
from harness.session.session import run
from harness.suite import Gate, Suite
from harness.verdicts import MetricNoise, margin_sentence, noise_floor, noise_sentences

DEFAULT_NOISE_ROOT = ".harness/aa"
"""Where these runs are kept: apart from the others, so that ``latest`` stays what it was and no answer is taken from them."""


@dataclass(frozen=True)
class NoiseFloor:
    """What a suite does when nothing changes.

    Attributes:
        evaluated: The run in which every fixture was asked several times.
        variant: The variant asked.
        repeats: How often each fixture was asked.
        responses: Responses to each fixture in one of the identical runs, as many as the suite asks for.
        reworded: Fixtures to which not every answer was the same, word for word.
        compared: Fixtures with more than one usable answer.
        metrics: One entry a metric.
        narrow: Gates whose margin is smaller than the smallest lift this suite can tell from noise, with that lift.
    """

    evaluated: EvaluatedRun
    variant: str
    repeats: int
    responses: int
    reworded: int
    compared: int
    metrics: tuple[MetricNoise, ...]
    narrow: tuple[tuple[Gate, float], ...]

    @property
    def complete(self) -> bool:
        """Whether as many fixtures were answered every time as the suite asks for, and something was measured."""
        run = self.evaluated.run
        usable = sum(stored.response.usable for stored in run.responses)
        asked = len(run.fixtures) * self.repeats
        enough = asked > 0 and usable / asked >= run.record.definition.get("min_coverage", 0.98)
        return bool(self.metrics) and enough and not run.record.stopped

    @property
    def exit_code(self) -> int:
        """0; 3 where the run is incomplete; 130 where the user stopped it."""
        if self.evaluated.interrupted:
            return 130
        return 0 if self.complete else 3

    @property
    def text(self) -> str:
        """What the noise floor is and what follows from it, in lines of prose."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        fixtures, suite = len(self.evaluated.run.fixtures), self.evaluated.run.record.suite
        yield f"{suite}: {self.variant} against itself, {fixtures} fixtures asked {self.repeats} times each."
        if self.compared and not self.reworded:
            yield (
                "Every fixture got the same answer word for word each time: this variant is deterministic, and nothing that "
                "is measured on its answers has noise between runs."
            )
        elif self.compared:
            yield f"On {self.reworded} of {self.compared} fixtures the answers were not the same word for word."
        if not self.complete:
            yield "Too few answers came back for a noise floor; what follows is from those that did."
        for noise in self.metrics:
            yield ""
            yield f"{noise.metric}"
            yield from (f"  {sentence}" for sentence in noise_sentences(noise))
        if self.narrow:
            yield ""
        for gate, smallest in self.narrow:
            noise = next(n for n in self.metrics if n.metric == gate.metric)
            yield margin_sentence(gate.name, gate.margin, smallest, noise)

    def to_dict(self) -> Mapping[str, Any]:
        """Stable keys for ``--json``."""
        return {
            "format": 1,
            "suite": self.evaluated.run.record.suite,
            "run_id": self.evaluated.run_id,
            "folder": str(self.evaluated.folder),
            "variant": self.variant,
            "fixtures": len(self.evaluated.run.fixtures),
            "repeats": self.repeats,
            "responses_per_run": self.responses,
            "answers_changed": {"fixtures": self.reworded, "of": self.compared},
            "metrics": {noise.metric: asdict(noise) for noise in self.metrics},
            "narrow_gates": [
                {"name": gate.name, "metric": gate.metric, "margin": gate.margin, "smallest": smallest}
                for gate, smallest in self.narrow
            ],
            "stopped": dict(self.evaluated.run.record.stopped),
            "exit_code": self.exit_code,
        }


def aa(
    suite: Suite | str | Path,
    *,
    store: str | Path | None = None,
    variant: str | None = None,
    limit: int | None = None,
    repeats: int | None = None,
    slots: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> NoiseFloor:
    """Ask one variant the same questions several times over, and hold the identical runs against each other.

    Every answer is asked for anew. With ``repeats: R`` in the suite a run has R responses a fixture, so at least 2 R are asked.

    Args:
        suite: A loaded suite, or the path of one.
        store: The folder that holds these runs; ``.harness/aa`` unless given.
        variant: The variant; the prompt that the gates compare with unless given, else the first prompt, else the first variant.
        limit: Ask about the first ``limit`` fixtures only.
        repeats: How often each question is asked, 2 or more; twice the suite's own number unless given.
        slots: Requests the embedded model works on at once; more than 1 is faster and not deterministic.
        workers: Processes that send to hosted models; chosen unless given.
        progress: Told what happens while it happens.

    Raises:
        SuiteError: When the suite cannot be used as written, or there is no such variant.
        StoreError: When the run folder cannot be written.
    """
    loaded = suite if isinstance(suite, Suite) else load_suite(suite)
    own = loaded.definition.repeats
    times = 2 * own if repeats is None else repeats
    if times < 2:
        raise SuiteError(Fault(f"repeats is {times}", "ask 2 times or more: noise shows only between repeats"))
    name = variant or against_itself(loaded)
    evaluated = run(
        loaded,
        store=store or DEFAULT_NOISE_ROOT,
        variants=[name],
        limit=limit,
        repeats=times,
        fresh=True,
        slots=slots,
        workers=workers,
        progress=progress,
    )
    responses = min(own, times // 2)
    metrics = noise_floor(evaluated.run, evaluated.metrics, name, responses=responses)
    reworded, compared = wording(evaluated)
    return NoiseFloor(
        evaluated, name, times, responses, reworded, compared, metrics, narrow_gates(loaded.definition.gates, metrics)
    )


def against_itself(suite: Suite) -> str:
    """The variant that is held against itself: the prompt that gates compare with, the first prompt, or the first variant."""
    variants = suite.variants
    prompts = [name for name, variant in variants.items() if variant.role == "prompt"]
    overs = [gate.over for gate in suite.definition.gates if gate.over in prompts]
    return next(name for name in (*overs, *prompts, *variants) if name is not None)


def wording(evaluated: EvaluatedRun) -> tuple[int, int]:
    """Fixtures to which not every answer was the same word for word, and fixtures with more than one usable answer."""
    answers: dict[str, list[tuple[Any, ...]]] = {}
    for stored in evaluated.run.responses:
        if stored.response.usable:
            said = (stored.response.text, tuple(repr(call) for call in stored.response.tool_calls))
            answers.setdefault(stored.fixture_id, []).append(said)
    several = [said for said in answers.values() if len(said) > 1]
    return sum(len(set(said)) > 1 for said in several), len(several)


def narrow_gates(gates: Sequence[Gate], metrics: Sequence[MetricNoise]) -> tuple[tuple[Gate, float], ...]:
    """Gates whose margin is above 0 and smaller than the smallest lift the suite can tell from noise."""
    smallest = {noise.metric: noise.margin for noise in metrics if noise.margin is not None and noise.scale == "difference"}
    return tuple(
        (gate, smallest[gate.metric])
        for gate in gates
        if gate.suite is None and gate.require is not None and gate.metric in smallest and 0 < gate.margin < smallest[gate.metric]
    )
