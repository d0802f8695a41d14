"""From a measured run to its judgement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.errors import HarnessError
from harness.metrics import Metric
from harness.store import Run
from harness.suite import did_you_mean
from harness.verdicts.comparisons import Comparer
from harness.verdicts.decision import decide
from harness.verdicts.estimates import RESAMPLES, Estimator, all_estimates
from harness.verdicts.failing import unequal_failures
from harness.verdicts.findings import findings
from harness.verdicts.flips import flips
from harness.verdicts.fourfold import fourfolds
from harness.verdicts.gates import Ground, judge_gates
from harness.verdicts.headline import Evidence, answer, headline, reasons
from harness.verdicts.joint_lifts import joint_lifts
from harness.verdicts.label_tables import label_tables
from harness.verdicts.pairing import all_comparisons, standing_of
from harness.verdicts.result import Comparison, GateResult, Judgement, VariantResult
from harness.verdicts.rungs import rungs
from harness.verdicts.seeing import seeing
from harness.verdicts.table import ScoreTable
from harness.verdicts.variants import variant_results

Other = tuple[Run, Sequence[Metric]] | str
"""The run of another suite that gates are judged on with the metrics it was measured with, or why there is none."""


def judge(
    run: Run,
    metrics: Sequence[Metric],
    *,
    candidate: str | None = None,
    resamples: int = RESAMPLES,
    others: Mapping[str, Other] | None = None,
) -> Judgement:
    """Judge a run from its scores: estimates, comparisons, gates, and what they come to.

    The same run gives the same judgement: every draw is seeded with the run's own seed.

    Args:
        run: A run with its scores.
        metrics: The metrics it was measured with; the first is the headline unless the suite names one.
        candidate: The variant the headline is about; the fine-tune with the most gates unless given.
        resamples: Resamples of every bootstrap.
        others: For each other suite that a gate names: its run, or why there is none.

    Raises:
        HarnessError: There is no such candidate in the run, or no metric.
    """
    if not metrics:
        raise HarnessError("there is no metric to judge the run by")
    table = ScoreTable(run, metrics)
    if candidate is not None:
        _check_variant(table, candidate)
    seed = run.record.seed
    standing = standing_of(table, candidate)
    comparer, estimator = Comparer(table, seed=seed, resamples=resamples), Estimator(table, seed=seed, resamples=resamples)
    json_metrics = (c.name for c in table.columns.values() if c.part is None and c.name.startswith("json_"))
    estimates = tuple(all_estimates(estimator, (standing.headline.name, *json_metrics)))
    comparisons = all_comparisons(comparer, standing)
    ground = Ground(comparer, estimator)
    grounds = {name: other_ground(other, resamples) for name, other in (others or {}).items()}
    gates = judge_gates(table.definition.gates, ground, grounds)
    variants = variant_results(table)
    evidence = Evidence(table, standing, estimates, comparisons)
    unequal = unequal_failures(table, standing, seed=seed, resamples=resamples)
    judgement = Judgement(
        run_id=run.record.run_id,
        suite=run.record.suite,
        headline=headline(evidence),
        headline_metric=standing.headline.name,
        candidate=standing.candidate,
        baseline=standing.baseline,
        reasons=reasons(evidence, gates, variants),
        findings=findings(evidence, variants, unequal),
        variants=variants,
        estimates=estimates,
        comparisons=comparisons,
        gates=gates,
        flips=flips(table, standing),
        fixtures=table.fixtures,
        groups=table.independent,
        seed=seed,
        resamples=resamples,
        exit_code=exit_code(evidence, gates, variants, grounds),
        unequal_failures=unequal,
        rungs=rungs(ground, grounds, standing),
        answer=answer(evidence),
        families=joint_lifts(table, standing, comparisons, seed=seed, resamples=resamples),
        fourfolds=fourfolds(table, standing),
        seeing=seeing(comparisons, standing),
        labels=label_tables(table, standing),
    )
    return replace(judgement, decision=decide(judgement, table.definition))


def ground_of(run: Run, metrics: Sequence[Metric], *, resamples: int = RESAMPLES) -> Ground:
    """What the gates of a run are judged on, with every draw seeded by the run's own seed."""
    table, seed = ScoreTable(run, metrics), run.record.seed
    return Ground(Comparer(table, seed=seed, resamples=resamples), Estimator(table, seed=seed, resamples=resamples))


def other_ground(other: Other, resamples: int = RESAMPLES) -> Ground | str:
    """The same of another suite's run, or why there is none."""
    return other if isinstance(other, str) else ground_of(*other, resamples=resamples)


def compare_variants(
    run: Run,
    metrics: Sequence[Metric],
    candidate: str,
    over: str,
    metric: str | None = None,
    *,
    slice: str | None = None,
    margin: float = 0.0,
) -> Comparison:
    """Compare two variants of a run on one metric, paired by fixture.

    Args:
        run: A run with its scores.
        metrics: The metrics it was measured with.
        candidate: The variant that is to be better.
        over: The variant it is compared with.
        metric: A metric or ``metric.part``; the headline metric unless given.
        slice: Compare on one slice only, ``tag:<tag>`` or ``group:<group>``; any slice, declared or not.
        margin: Smallest lift worth having, in the metric's unit; a share where the metric is compared as a ratio.

    Raises:
        HarnessError: There is no such variant, metric or slice in the run.
    """
    table = ScoreTable(run, metrics)
    _check_variant(table, candidate)
    _check_variant(table, over)
    column = table.columns.get(metric) if metric is not None else standing_of(table).headline
    if column is None:
        raise HarnessError(f"there is no metric {metric!r} in the run. {did_you_mean(str(metric), table.columns)}")
    try:
        inside = table.within(slice)
    except ValueError as error:
        raise HarnessError(str(error)) from None
    if not inside.any():
        raise HarnessError(f"no fixture of the run is in the slice {slice}")
    definition = table.definition
    return Comparer(table, seed=run.record.seed).compare(
        candidate,
        over,
        column,
        slice=slice,
        margin=margin,
        confidence=definition.confidence,
        min_n=0 if slice is None else definition.min_slice,
    )


def exit_code(
    evidence: Evidence,
    gates: Sequence[GateResult],
    variants: dict[str, VariantResult],
    others: Mapping[str, Ground | str] | None = None,
) -> int:
    """The process exit code a judgement leads to.

    3 where nothing was measured on the headline metric (for the candidate, if there is one), a gate is withheld, a variant
    was given up, one that a gate names is incomplete, or too few pairs are complete for any verdict on the candidate; else
    1 where a gate failed; else 4 where one is inconclusive; else 0.
    """
    table, who = evidence.table, evidence.standing.candidate
    names = table.variants if who is None else (who,)
    nothing = all(evidence.value(name) is None for name in names)
    named = {name for gate in gates for name in (gate.candidate, gate.over) if name in variants}
    incomplete = any(name in table.run.record.stopped or variants[name].outcomes.get("missing") for name in named)
    for other in (others or {}).values():  # a run of another suite holds nothing but what its gates name
        incomplete |= isinstance(other, Ground) and any(v.outcomes.get("missing") for v in variant_results(other.table).values())
    statuses = {gate.status for gate in gates}
    lifts = [c for over in evidence.standing.rivals if (c := evidence.lift(over)) is not None]
    least = table.definition.min_coverage
    uncovered = bool(lifts) and all(c.verdict is None and c.coverage < least for c in lifts)
    if nothing or incomplete or uncovered or table.run.record.stopped or "withheld" in statuses:
        return 3
    return 1 if "failed" in statuses else 4 if "inconclusive" in statuses else 0


def _check_variant(table: ScoreTable, name: str) -> None:
    if name not in table.variants:
        raise HarnessError(f"there is no variant {name!r} in the run. {did_you_mean(name, table.variants)}")
