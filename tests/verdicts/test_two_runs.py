"""Two runs of one suite compared: paired on what both have, judged by the same rules as everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.models import Response
from harness.store import Run
from harness.verdicts import TwoRuns, compare_two_runs, compare_variants
from tests.verdicts.runs import gate, make_run, metrics, shares

GATES = [gate("beats", over="baseline", require="better", margin=0.01)]


def runs(before: Sequence[float], after: Sequence[float], **said: Any) -> tuple[Run, Run]:
    """Two runs of a fine-tune over a baseline that stays as it is."""
    base = [float(i % 2) for i in range(len(before))]
    first, second = (make_run({"accuracy": {"baseline": base, "tuned": list(v)}}, gates=GATES, **said) for v in (before, after))
    return first, later(second)


def later(run: Run, **record: Any) -> Run:
    """The same run under another id, with answers of its own."""
    responses = tuple(replace(s, finished_at=f"2026-11-21T00:00:{i:02}") for i, s in enumerate(run.responses))
    return replace(run, record=replace(run.record, run_id="20261121T140312Z-0000", **record), responses=responses)


def compared(before: Run, after: Run, **said: Any) -> TwoRuns:
    return compare_two_runs(before, after, metrics("accuracy"), **said)


def test_a_variant_that_lost_twelve_fixtures_of_forty_and_won_none_is_worse() -> None:
    before, after = runs([1.0] * 30 + [0.0] * 10, [1.0] * 18 + [0.0] * 22)
    two = compared(before, after)
    (change,) = [c for c in two.changes if c.variant == "tuned" and c.metric == "accuracy"]
    c = change.comparison
    assert (c.effect, c.wins, c.losses, c.ties) == (pytest.approx(-12 / 40), 0, 12, 28)
    assert c.p == pytest.approx(0.5**12)  # mid-p of 12 to 0: 2 * .5**12 - .5**12
    assert change.p("worse") == pytest.approx(0.5**13)
    assert (change.signal, two.exit_code, two.worse) == ("worse", 1, (change,))
    assert two.headline == f"Worse, and it is signal: {change.numbers}."
    assert change.numbers.startswith("tuned on accuracy: 75.0 % before, 45.0 % after, -30.0 points (95 % interval -")
    assert [f.fixture_id for f in two.flips["tuned"]] == [f"f{i:03}" for i in range(18, 30)]
    still = two.change("baseline", "accuracy")
    assert still is not None and still.nothing_differs and not still.judged


def test_two_variants_of_two_runs_are_compared_as_if_they_were_in_one() -> None:
    candidate, other = shares(30, 14, 6, 10)
    one = make_run({"accuracy": {"baseline": other, "tuned": candidate}})
    apart = compared(
        make_run({"accuracy": {"baseline": other}}), later(make_run({"accuracy": {"tuned": candidate}})),
        candidate="tuned", over="baseline",
    )  # fmt: skip
    within = compare_variants(one, metrics("accuracy"), "tuned", "baseline", "accuracy")
    (change,) = apart.changes
    for name in ("effect", "low", "high", "p", "wins", "losses", "ties", "n", "verdict", "route"):
        assert getattr(change.comparison, name) == getattr(within, name)
    assert (change.variant, change.was, apart.exit_code) == ("tuned", "baseline", 0)


def test_only_fixtures_that_both_runs_have_unchanged_are_compared() -> None:
    before, after = runs([1.0] * 40, [1.0] * 30 + [0.0] * 10)
    fixtures = (*after.fixtures[2:-1], replace(after.fixtures[-1], expected="another"), replace(after.fixtures[0], id="new"))
    two = compared(before, replace(after, fixtures=fixtures))
    assert len(two.fixtures.common) == 37
    assert (two.fixtures.added, two.fixtures.removed, two.fixtures.changed) == (("new",), ("f000", "f001"), ("f039",))
    change = two.change("tuned", "accuracy")
    assert change is not None and (change.comparison.n, change.comparison.losses) == (37, 9)
    assert two.findings[:4] == (
        "1 fixture is in the later run only: new.",
        "2 fixtures are in the earlier run only: f000 and f001.",
        "1 fixture has another content: f039.",
        "Only the 37 fixtures that both runs have unchanged are compared.",
    )


def test_what_was_defined_otherwise_is_listed_with_what_it_was() -> None:
    before, after = runs([1.0] * 24, [1.0] * 24)
    record = after.record
    tuned = {**record.variants["tuned"], "model": "openai/ft:base::y", "params": {"temperature": 1}}
    after = later(after, variants={**record.variants, "tuned": tuned}, hashes={"prompts": {"tuned": "b" * 64}}, seed=8)
    before = replace(before, record=replace(before.record, hashes={"prompts": {"tuned": "a" * 64}}, packages={"numpy": "2.0"}))
    found = {(d.kind, d.what): (d.before, d.after) for d in compared(before, after).differences}
    assert found == {
        ("definition", "prompt of tuned"): ("aaaaaaaaaaaa", "bbbbbbbbbbbb"),
        ("definition", "model of tuned"): ("openai/ft:base::x", "openai/ft:base::y"),
        ("definition", "params of tuned"): ("", "temperature: 1"),
        ("circumstance", "seed"): ("7", "8"),
        ("circumstance", "version of numpy"): ("2.0", ""),
    }


def test_the_model_that_answered_is_a_difference_even_where_the_suite_is_the_same() -> None:
    before, after = runs([1.0] * 24, [1.0] * 24, responses={"tuned": {"model": "gpt-x-2026-01"}})
    moved = tuple(
        replace(s, response=replace(s.response, model="gpt-x-2026-06")) if s.variant == "tuned" else s for s in after.responses
    )
    (found,) = compared(before, replace(after, responses=moved)).differences
    assert (found.kind, found.what) == ("model", "model that answered for tuned")
    assert (found.before, found.after) == ("gpt-x-2026-01", "gpt-x-2026-06")


def test_a_metric_with_other_options_is_not_compared() -> None:
    before, after = runs([1.0] * 24, [1.0] * 24)
    defined = {**after.record.definition, "metrics": [{"accuracy": {"normalise": "casefold"}}]}
    other = replace(after, record=replace(after.record, definition=defined))
    with pytest.raises(HarnessError, match="no metric that is defined alike"):
        compared(before, other)
    with pytest.raises(HarnessError, match="the metric accuracy is defined otherwise in the two runs"):
        compared(before, other, metric="accuracy")


def test_answers_that_were_taken_over_are_no_sign_that_nothing_changed() -> None:
    before, after = runs([1.0] * 24, [1.0] * 24)
    dated = tuple(replace(s, finished_at="2026-11-20T00:00:00") for s in before.responses)
    two = compared(replace(before, responses=dated), replace(after, responses=dated))
    assert two.same_answers("tuned")
    assert two.headline == "Nothing was asked again of tuned: the answers are the earlier run's, so nothing could change."
    half = tuple(d if i % 2 else s for i, (d, s) in enumerate(zip(dated, after.responses, strict=True)))
    assert (
        "12 of 24 answers of tuned are the earlier run's, not asked again."
        in compared(replace(before, responses=dated), replace(after, responses=half)).findings
    )


def test_many_tries_do_not_make_noise_a_signal() -> None:
    # one-sided p of 5 lost and 0 won is .5**6: below 5 % by itself, and times four above it
    before = [1.0] * 30
    after = [0.0] * 5 + [1.0] * 25
    names = ("baseline", "weak", "small", "tuned")
    gates = [gate(f"g{n}", candidate=n, at_least=0.5) for n in names]
    first = make_run({"accuracy": dict.fromkeys(names, before)}, gates=gates)
    second = make_run({"accuracy": {**dict.fromkeys(names, before), "tuned": after}}, gates=gates)
    two = compared(first, later(second))
    tuned = two.change("tuned", "accuracy")
    assert tuned is not None and tuned.p("worse") == pytest.approx(0.5**6)
    assert (len(two.judged), tuned.signal, two.exit_code) == (4, None, 0)
    assert compared(first, later(second), candidate="tuned").exit_code == 1  # named, it is the only question


def test_too_few_pairs_are_no_verdict() -> None:
    before, after = runs([1.0] * 12, [0.0] * 12)
    two = compared(before, after)
    assert (two.exit_code, two.worse) == (3, ())
    assert two.headline.startswith("No verdict: Only 12 fixtures are complete on both sides; at least 20 are needed")


def test_failed_answers_are_missing_pairs_and_never_zeros() -> None:
    before, after = runs([1.0] * 40, [1.0] * 40)
    lost = tuple(
        replace(s, response=Response(outcome="failed", error="timed out", error_kind="timeout"))
        if s.variant == "tuned" and s.fixture_id < "f004"
        else s
        for s in after.responses
    )
    scores = tuple(s for s in after.scores if not (s.variant == "tuned" and s.fixture_id < "f004"))
    two = compared(before, replace(after, responses=lost, scores=scores))
    change = two.change("tuned", "accuracy")
    assert change is not None and (change.comparison.n, change.comparison.verdict) == (36, None)
    assert change.comparison.withheld == (
        "Only 36 of 40 fixtures (90 %) have a usable response on both sides; a verdict needs 98 %."
    )
    assert two.exit_code == 3


def test_a_slice_is_compared_alone() -> None:
    tags = [["odd" if i % 2 else "even"] for i in range(60)]
    before, after = runs([1.0] * 60, [float(i % 2) for i in range(60)], tags=tags)
    two = compared(before, after, slice="tag:odd")
    change = two.change("tuned", "accuracy")
    assert change is not None and (change.comparison.n, change.comparison.effect) == (30, 0)
    assert two.flips["tuned"] == ()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"candidate": "tunde"}, "there is no variant 'tunde' in the later run. did you mean tuned"),
        ({"candidate": "tuned", "over": "nobody"}, "there is no variant 'nobody' in the earlier run"),
        ({"metric": "accurcy"}, "there is no metric 'accurcy' in the later run. did you mean accuracy"),
        ({"slice": "tag:none"}, "no fixture that both runs have is in the slice tag:none"),
        ({"slice": "odd"}, "odd"),
    ],
)
def test_what_is_not_there_is_said(said: dict[str, str], message: str) -> None:
    before, after = runs([1.0] * 24, [1.0] * 24)
    with pytest.raises(HarnessError, match=message):
        compared(before, after, **said)


def test_runs_that_have_nothing_to_do_with_each_other_are_refused() -> None:
    before, after = runs([1.0] * 24, [1.0] * 24)
    with pytest.raises(HarnessError, match="the runs are of different suites: orders and bills"):
        compared(before, later(after, suite="bills"))
    with pytest.raises(HarnessError, match="no fixture in common"):
        compared(before, replace(after, fixtures=tuple(replace(f, id=f"x{f.id}") for f in after.fixtures)))
    with pytest.raises(HarnessError, match="both runs are"):
        compared(before, before)


def test_the_keys_hold_every_number_and_nothing_that_is_no_json() -> None:
    import json

    two = compared(*runs([1.0] * 30 + [0.0] * 10, [1.0] * 18 + [0.0] * 22))
    keys = json.loads(json.dumps(two.to_dict(), allow_nan=False))
    (tuned,) = [c for c in keys["changes"] if (c["variant"], c["metric"]) == ("tuned", "accuracy")]
    assert (tuned["before"]["value"], tuned["after"]["value"], tuned["signal"]) == (0.75, 0.45, "worse")
    assert keys["worse"] == ["tuned/accuracy"]
    assert len(keys["flips"]["tuned"]) == 12
    assert keys["after"]["variants"]["tuned"]["calls"] == 40
    assert (keys["exit_code"], keys["format"]) == (1, 1)
