"""A night's runs beside the reference: paired, pooled, and judged against the spread of the runs where that is larger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats as scipy_stats

from harness.store import Night, Reference, Run, StoredResponse
from harness.verdicts import AgainstReference, BesideReference, fit, make_reference, moved, watched_in
from tests.verdicts.runs import gate, make_run, metrics

IDS = [f"f{at:03}" for at in range(40)]


def named(run: Run, run_id: str) -> Run:
    return replace(run, record=replace(run.record, run_id=run_id, started_at=f"2026-11-01T00:00:00+00:00{run_id}"))


def reference_of(*values: list[float], metric: str = "accuracy", **more: object) -> Reference:
    runs = [named(make_run({metric: {"tuned": each}}, **more), str(at)) for at, each in enumerate(values)]  # type: ignore[arg-type]
    return make_reference(runs)


def against(reference: Reference, *runs: list[float], metric: str = "accuracy", **more: object) -> AgainstReference:
    made = [make_run({metric: {"tuned": each}}, **more) for each in runs]  # type: ignore[arg-type]
    beside = BesideReference(made, reference, metrics(metric), IDS)
    return beside.compare("tuned", beside.table.columns[metric])


def test_several_runs_of_a_night_are_averaged_inside_the_fixture() -> None:
    reference = reference_of([1.0] * 40, [1.0] * 20 + [0.0] * 20)
    found = against(reference, [1.0] * 30 + [0.0] * 10, [1.0] * 10 + [0.0] * 30)
    now = np.array([1.0] * 10 + [0.5] * 20 + [0.0] * 10)
    then = np.array([1.0] * 20 + [0.5] * 20)
    assert found.comparison.effect == pytest.approx((now - then).mean())
    assert (found.value, found.reference) == (0.5, (1.0, 0.5))
    assert found.comparison.n == 40


def test_one_sided_p_values_look_the_way_they_are_asked_to() -> None:
    found = against(reference_of([1.0] * 40), [1.0] * 28 + [0.0] * 12)
    two_sided = scipy_stats.binomtest(0, 12).pvalue - scipy_stats.binom.pmf(0, 12, 0.5)
    assert found.p("worse") == pytest.approx(two_sided / 2)
    assert found.p("better") == pytest.approx(1 - two_sided / 2)


def test_less_latency_is_better() -> None:
    past = [[1.0 + 0.01 * at + 0.001 * row for row in range(40)] for at in range(5)]
    slower = against(reference_of(*past, metric="latency"), [2.0 + 0.001 * row for row in range(40)], metric="latency")
    worse = slower.p("worse")
    assert worse is not None
    assert worse < 0.001
    # a prediction interval from the five runs' means, on the logarithm: a t test with 4 degrees of freedom
    logs = np.log([np.mean(each) for each in past])
    t = (np.log(slower.value or 0) - logs.mean()) / (logs.std(ddof=1) * np.sqrt(1 + 1 / 5))
    assert slower.p_runs == pytest.approx(2 * scipy_stats.t.sf(t, 4))


def test_runs_that_lean_as_a_whole_are_no_reason_for_an_alarm() -> None:
    rng = np.random.default_rng(1)
    base = rng.random(40) < 0.6

    def leaning(share: float) -> list[float]:
        """A night in which a share of all fixtures goes wrong together."""
        return [float(right and at >= share * 40) for at, right in enumerate(base)]

    reference = reference_of(*(leaning(share) for share in (0.0, 0.5, 0.1, 0.6, 0.2)))
    found = against(reference, leaning(0.65))
    assert found.comparison.p is not None
    assert found.comparison.p < 0.01  # by fixture alone it would be signal
    assert found.p_runs is not None
    assert found.p_runs > 0.1


def test_too_few_fixtures_are_unknown_and_too_few_that_differ_are_no_change() -> None:
    few = [make_run({"accuracy": {"tuned": values}}) for values in ([1.0] * 12, [0.0] * 12)]
    reference = make_reference([named(few[0], "a")])
    beside = BesideReference([few[1]], reference, metrics("accuracy"), IDS)
    assert beside.compare("tuned", beside.table.columns["accuracy"]).p("worse") is None
    assert against(reference_of([1.0] * 40), [0.0] * 3 + [1.0] * 37).p("worse") == 1.0


def test_missing_answers_give_no_p_value() -> None:
    values: list[float | None] = [1.0] * 30 + [None] * 10
    run = make_run({"accuracy": {"tuned": values}})  # type: ignore[dict-item]
    beside = BesideReference([run], reference_of([1.0] * 40), metrics("accuracy"), IDS)
    found = beside.compare("tuned", beside.table.columns["accuracy"])
    assert found.p("worse") is None
    assert "Only 30 of 40 fixtures" in (found.comparison.withheld or "")


def test_groups_are_kept_together() -> None:
    groups = [f"g{at // 10}" for at in range(40)]
    found = against(reference_of([1.0] * 40, groups=groups), [0.0] * 10 + [1.0] * 30, groups=groups)
    assert found.comparison.groups == 4
    assert found.p("worse") == 1.0  # one group of four differs; by fixture it would be signal


def test_gates_name_what_is_watched() -> None:
    both = {"tuned": [1.0] * 40, "baseline": [0.0] * 40, "majority": [0.0] * 40}
    gates = [
        gate(over="baseline", require="better"),
        gate("floor", over="majority", require="better"),
        gate("fast", "latency_p95", at_most=1),
    ]
    run = make_run({"accuracy": both, "latency_p95": both}, gates=gates)
    watched = watched_in(run, metrics("accuracy", "latency_p95"))
    assert [(w.variant, w.metric, w.direction) for w in watched] == [
        ("tuned", "accuracy", "worse"),
        ("baseline", "accuracy", "better"),
    ]
    without = watched_in(make_run({"accuracy": both}), metrics("accuracy"))
    assert {(w.variant, w.direction) for w in without} == {("tuned", "worse"), ("baseline", "worse"), ("baseline", "better")}


def test_a_run_of_another_suite_is_refused() -> None:
    run = make_run({"accuracy": {"tuned": [1.0] * 40}})
    with pytest.raises(Exception, match="is of the suite other"):
        fit(reference_of([1.0] * 40), replace(run, record=replace(run.record, suite="other")))


def answered(run: Run, model: str, fingerprint: str | None = None, share: float = 1.0) -> Run:
    """The same run with another model answering the last ``share`` of it."""

    def one(at: int, s: StoredResponse) -> StoredResponse:
        late = at >= len(run.responses) * (1 - share)
        return replace(s, response=replace(s.response, model=model if late else "m-1", fingerprint=fingerprint))

    return replace(run, responses=tuple(one(at, s) for at, s in enumerate(run.responses)))


def test_a_model_nobody_has_seen_before_has_moved_and_is_news_once() -> None:
    run = make_run({"accuracy": {"tuned": [1.0] * 40}})
    reference = make_reference([answered(run, "m-1", "fp_1")])
    assert moved(reference, answered(run, "m-1", "fp_1"), ()) == ()
    (new,) = moved(reference, answered(run, "m-2", "fp_1", share=0.25), ())
    assert (new.kind, new.now, new.share, new.tonight) == ("model", "m-2", 0.25, True)
    assert moved(reference, answered(run, "m-2", "fp_1", share=0.04), ()) == ()
    (by_print,) = moved(reference, answered(run, "m-1", "fp_2"), ())
    assert by_print.kind == "fingerprint"
    before = Night("2026-11-03T00:00:00", ("r",), "s", "model_moved", 0, models={"tuned": {"m-2": 40}})
    (known,) = moved(reference, answered(run, "m-2", "fp_1"), (before,))
    assert (known.tonight, known.since) == (False, "2026-11-03T00:00:00")


def test_fingerprints_that_change_with_every_answer_tell_nothing() -> None:
    run = make_run({"accuracy": {"tuned": [1.0] * 40}})
    every = tuple(replace(s, response=replace(s.response, fingerprint=f"fp_{at}")) for at, s in enumerate(run.responses))
    assert moved(make_reference([replace(run, responses=every)]), answered(run, "m-1", "fp_new"), ()) == ()
