"""Whether to fine-tune at all: real runs at the scripted provider, each leading to the one right recommendation."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.report.summary import decision as report_decision
from harness.verdicts import Decision
from tests.provider import Provider
from tests.session.scripted import gate, knows, suite_of, variant

ROOT = Path(__file__).parents[2]
FILES = {
    "notes.md": "# Notes\n\nWhat is known.\n",
    "rag.yaml": "- {role: user, content: 'Notes: {{ context }} {{ input }}'}\n",
    "short.yaml": "- {role: user, content: 'Q {{ input }}'}\n",
}
LIFTS = gate("beats the prompt", over="baseline", require="better", margin=0.05)
CHEAP = {"input_per_million": 0.1, "output_per_million": 0.2}
DEAR = {"input_per_million": 10.0, "output_per_million": 20.0}


def decided(
    folder: Path, provider: Provider, gates: list[dict[str, Any]], n: int = 120, rag: bool = False, **said: Any
) -> tuple[Decision, harness.EvaluatedRun]:
    """Run a suite of a prompt, perhaps retrieval, and a fine-tune, and decide on it."""
    variants: dict[str, Any] = {"baseline": variant(provider, "base")}
    if rag:
        retrieval = {"corpus": "notes.md", "method": "bm25", "top_k": 1}
        variants["rag"] = variant(provider, "base", "rag", prompt="rag.yaml", retrieval=retrieval)
    variants["tuned"] = variant(provider, "ft", "fine_tune", prompt="short.yaml")
    variants |= said.pop("variants", {})
    files = {**FILES, **said.pop("files", {})}
    suite = suite_of(folder / "task", variants, n, gates=gates, files=files, **said)
    run = harness.run(suite, store=folder / "runs")
    decision = harness.decide(run)
    agrees_with_the_gates(decision, run)
    return decision, run


def agrees_with_the_gates(decision: Decision, run: harness.EvaluatedRun) -> None:
    """What ships has passed every gate; what the report says ship to may still be left for a cheaper rung."""
    if decision.ships:
        assert all(g.passed for g in run.judgement.gates)
        assert report_decision(run.judgement).word == "Ship"
    lift = run.judgement.comparison("tuned", "baseline", "accuracy")
    shown = [s.because for s in decision.steps if s.question.startswith("Is the lift")]
    if lift is not None and lift.effect is not None and shown:
        assert f"{abs(100 * lift.effect):.1f} points" in shown[0], "the numbers are the report's"


def answers(decision: Decision) -> dict[str, str]:
    return {step.question: step.answer for step in decision.steps}


def test_a_clear_win_over_prompt_and_retrieval_ships(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(60), context=range(60, 66))
    knows(provider, "ft", range(110))
    over_rag = gate("beats retrieval", over="rag", require="better", margin=0.05)
    decision, run = decided(tmp_path, provider, [LIFTS, over_rag], rag=True)
    assert (decision.recommendation, decision.variant, decision.exit_code) == ("ship_fine_tune", "tuned", 0)
    assert decision.headline.startswith("Ship the fine-tune: all 2 gates passed; tuned beats baseline on accuracy by 41.7 points")
    assert run.judgement.headline.startswith("tuned beats baseline on accuracy by 41.7 points")
    assert answers(decision) == {
        "Does the strong prompt meet the gates?": "no",
        "Does retrieval close the gap?": "no",
        "Is the lift signal, and worth having?": "yes",
        "Do all gates pass?": "yes",
        "Does it beat today's process and the floors?": "unknown",
        "What did it break?": "no",
        "Does it pay?": "no",
    }
    assert decision.would_change[0] == "A gate that fails on new fixtures, or on any later night."


def test_a_gap_that_retrieval_closes_was_knowledge(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(60), context=range(110))
    knows(provider, "ft", range(110))
    decision, run = decided(tmp_path, provider, [LIFTS], rag=True)
    assert run.exit_code == 0, "every gate of the fine-tune passed, and yet"
    assert (decision.recommendation, decision.variant) == ("use_retrieval", "rag")
    assert "what retrieval closes was knowledge, not behaviour" in decision.headline
    assert answers(decision)["Does retrieval close the gap?"] in ("yes", "open")
    assert any("A lift of tuned over rag on accuracy" in sentence for sentence in decision.would_change)


def test_a_lift_that_is_noise_on_a_set_that_would_have_seen_one_keeps_the_prompt(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(60))
    knows(provider, "ft", [*range(4, 60), *range(60, 67)])
    decision, run = decided(tmp_path, provider, [{**LIFTS, "margin": 0.1}])
    assert run.judgement.comparison("tuned", "baseline", "accuracy").verdict == "equivalent"
    assert (decision.recommendation, decision.variant) == ("keep_prompting", "baseline")
    assert "tuned does no more than baseline" in decision.headline


def test_what_was_forgotten_elsewhere_keeps_the_prompt(tmp_path: Path, provider: Provider) -> None:
    suite_of(tmp_path / "general", {"baseline": variant(provider, "base")}, 100)
    knows(provider, "base", [*range(40), *range(60, 100)])
    knows(provider, "ft", range(60))
    kept = gate("keeps what it knew", over="baseline", require="no_worse", margin=0.05, suite="general")
    decision, run = decided(tmp_path, provider, [LIFTS, kept], n=60)
    assert [g.status for g in run.judgement.gates] == ["passed", "failed"]
    assert (decision.recommendation, decision.variant) == ("keep_prompting", "baseline")
    assert decision.headline.startswith("Keep prompting: 'keeps what it knew' failed: tuned is -20.0 points")
    broke = next(step for step in decision.steps if step.question == "What did it break?")
    assert (broke.answer, broke.because) == ("yes", "Worse than baseline: what general asks ('keeps what it knew' failed).")
    held = {condition.name: condition for condition in decision.conditions}
    assert held["Held against what it might have forgotten"].basis == "measured"


def test_a_prompt_that_meets_the_gates_already_is_enough(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(110))
    knows(provider, "ft", range(118))
    decision, run = decided(tmp_path, provider, [gate("good enough", at_least=0.8)])
    assert run.exit_code == 0
    assert (decision.recommendation, decision.variant) == ("keep_prompting", "baseline")
    assert "is good enough by the suite's own measure" in decision.headline


def test_a_prompt_is_not_enough_where_more_was_asked_for_and_given(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(100))
    knows(provider, "ft", range(118))
    decision, _ = decided(tmp_path, provider, [gate("good enough", at_least=0.7), LIFTS])
    assert decision.recommendation == "ship_fine_tune"


@pytest.mark.parametrize("gated", [True, False])
def test_todays_process_that_does_better_stays(tmp_path: Path, provider: Provider, gated: bool) -> None:
    knows(provider, "base", range(40))
    knows(provider, "ft", range(90))
    rules = "".join(json.dumps({"id": f"f{i}", "text": str(i)}) + "\n" for i in range(120))
    gates = [LIFTS, gate("no worse than the rules", over="rules", require="no_worse", margin=0.02)]
    decision, _ = decided(
        tmp_path,
        provider,
        gates if gated else gates[:1],
        variants={"rules": {"role": "current", "outputs": "rules.jsonl"}},
        files={"rules.jsonl": rules},
    )
    assert (decision.recommendation, decision.variant) == ("keep_process", "rules")
    assert answers(decision)["Does it beat today's process and the floors?"] == "no"


def test_too_few_fixtures_ask_for_more_and_say_how_many(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(4))
    knows(provider, "ft", range(9))
    decision, _ = decided(tmp_path, provider, [LIFTS], n=12)
    assert (decision.recommendation, decision.variant, decision.exit_code) == ("collect_data", None, 4)
    assert decision.needed is not None
    assert decision.needed >= 20
    assert any(f"About {decision.needed:,} fixtures" in sentence for sentence in decision.would_change)


def test_a_run_without_an_answer_asks_to_be_finished(tmp_path: Path, provider: Provider) -> None:
    knows(provider, "base", range(40))
    knows(provider, "ft", range(120))
    decision, run = decided(
        tmp_path, provider, [LIFTS, gate("cheap", metric="cost_per_1000_calls", at_most=1.0)],
        variants={"tuned": variant(provider, "ft", "fine_tune", price=None, prompt="short.yaml")},
    )  # fmt: skip
    assert [g.status for g in run.judgement.gates] == ["passed", "withheld"]
    assert (decision.recommendation, decision.exit_code) == ("collect_data", 3)
    assert "the price of tuned is unknown" in decision.headline


def distilled(folder: Path, provider: Provider, price: dict[str, float] | None = CHEAP, **said: Any) -> Decision:
    """A small fine-tune that is to be as good as a big model."""
    knows(provider, "base", range(110))
    knows(provider, "ft", [*range(1, 109), 111])
    training = {"examples": 900, "cost": 42.0, "upkeep_per_month": 10.0}
    variants = {
        "baseline": variant(provider, "base", price=DEAR),
        "tuned": variant(provider, "ft", "fine_tune", price=price, prompt="short.yaml", training=training),
    }
    as_good = gate("as good as the big one", over="baseline", require="no_worse", margin=0.08)
    return decided(folder, provider, [as_good], variants=variants, **said)[0]


def test_a_distilled_model_that_is_as_good_and_cheaper_ships_with_its_saving(tmp_path: Path, provider: Provider) -> None:
    decision = distilled(tmp_path, provider, decision={"calls_per_month": 40_000, "stable_task": True, "prompts_tried": 5})
    assert (decision.recommendation, decision.variant) == ("ship_cheaper", "tuned")
    # 100 tokens in, 10 out: USD 0.0012 a call against 0.000012; upkeep takes 0.00025 a call at 40,000 calls
    assert decision.money is not None
    assert decision.money.saving_per_1000 == pytest.approx(1.188)
    assert decision.money.saving_per_month == pytest.approx(37.52)
    assert decision.money.break_even_calls == pytest.approx(42 / 0.000938)
    assert decision.headline.endswith("tuned saves USD 1.19 on 1,000 calls over baseline.")
    pays = decision.steps[-1]
    assert pays.answer == "yes"
    assert "0.01 times" in pays.because
    assert "earned back after about 44,776 calls, 1.1 months" in pays.because
    known = {condition.name: (condition.met, condition.basis) for condition in decision.conditions}
    assert known["500 or more good examples"] == (True, "stated")
    assert known["A stable task"] == (True, "stated")
    assert known["Prompting honestly tried"] == (True, "stated")
    assert known["Retrieval honestly tried"] == (False, "measured")
    assert known["Costs and volume"] == (True, "stated")


def test_a_distilled_model_of_unknown_price_does_not_ship(tmp_path: Path, provider: Provider) -> None:
    decision = distilled(tmp_path, provider, price=None)
    assert (decision.recommendation, decision.variant) == ("keep_prompting", "baseline")
    assert "what it would save over baseline is unknown" in decision.headline
    assert decision.money is not None
    assert (decision.money.per_1000, decision.money.saving_per_1000, decision.money.break_even_calls) == (None, None, None)


def test_a_distilled_model_whose_upkeep_eats_its_saving_does_not_ship(tmp_path: Path, provider: Provider) -> None:
    decision = distilled(tmp_path, provider, decision={"calls_per_month": 1_000})
    assert decision.recommendation == "keep_prompting"
    assert "keeping it costs more a month than its calls save" in decision.headline


def test_the_shipped_suite_is_decided_as_its_report_says() -> None:
    run = harness.load_run("latest", store=ROOT / "evals/order_intake/recorded")
    decision = harness.decide(run)
    assert report_decision(run.judgement).word == "Do not ship"
    assert (decision.recommendation, decision.variant, decision.words) == ("keep_process", "current", "keep today's process")
    lift = run.judgement.comparison("tuned_rag", "current", "field_accuracy")
    size = f"{100 * lift.effect:.1f} points"
    assert size in decision.headline
    assert f"today's process current does better ({size}" in run.judgement.headline
    assert harness.decide("latest", store=ROOT / "evals/order_intake/recorded") == decision


def test_a_suite_that_changed_since_the_run_tells_nothing_about_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = tmp_path / "evals/order_intake"
    shutil.copytree(ROOT / "evals/order_intake", suite, ignore=shutil.ignore_patterns("training", "__pycache__"))
    monkeypatch.chdir(tmp_path)
    run = harness.load_run("latest", store=suite / "recorded")
    seen = {c.name: c for c in harness.decide(run).conditions}
    assert (seen["No fixture was seen before"].met, seen["No fixture was seen before"].basis) == (True, "measured")
    assert seen["500 or more good examples"].said.startswith("520 in the training data")
    lines = (suite / "fixtures.jsonl").read_text(encoding="utf-8").splitlines()
    (suite / "fixtures.jsonl").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    seen = {c.name: c for c in harness.decide(run).conditions}
    assert (seen["No fixture was seen before"].met, seen["No fixture was seen before"].basis) == (None, "unknown")
    assert seen["500 or more good examples"].basis == "measured", "the training data are the same"
