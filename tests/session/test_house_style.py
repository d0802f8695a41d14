"""A suite that rewrites in a house style, from its files to its verdicts: headline chrF, gates on rules and similarity."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF

import harness

ITEMS = ("order", "parcel", "invoice", "refund", "voucher", "delivery")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
NUMBER = 72

SUITE = """\
suite: house_style
fixtures: fixtures.jsonl
variants:
  baseline: {role: prompt, outputs: baseline.jsonl}
  tuned: {role: fine_tune, outputs: tuned.jsonl}
metrics:
  - chrf
  - bleu
  - edit_similarity: {by: words}
  - rouge_l
  - length: {minimum: 0.5, maximum: 1.5, relative: true}
  - brand_rules:
      required: [kind regards]
      forbidden: [asap, guys]
      must_match: {greeting: "^Dear "}
      exclamation_marks: false
      spelling: british
  - copied_phrases: {training_data: train.jsonl, n: 6}
headline: chrf
gates:
  - {name: keeps the rules, metric: brand_rules, candidate: tuned, over: baseline, require: better, margin: 0.1}
  - {name: greets, metric: brand_rules.greeting, candidate: tuned, at_least: 0.9}
  - {name: close to the editor, metric: edit_similarity, candidate: tuned, over: baseline, require: better, margin: 0.05}
  - {name: copies little, metric: copied_phrases, candidate: tuned, at_most: 0.1}
"""


def case(i: int) -> tuple[str, str, str, str]:
    """Input, expected, and the answers of the two variants."""
    item, day = ITEMS[i % 6], DAYS[i % 5]
    wanted = f"Dear customer, your {item} {100 + i} will reach you on {day}. We apologise for the delay. Kind regards, Acme"
    plain = f"Hey guys! Your {item} {100 + i} comes {day}, sorry it's late!"
    tuned = (
        wanted if i % 3 else f"Dear customer, {item} {100 + i} arrives on {day}. We apologise for this delay. Kind regards, Acme"
    )
    baseline = plain if i % 4 else f"Dear customer, your {item} {100 + i} comes on {day}. We apologize. Kind regards, Acme"
    return plain, wanted, tuned, baseline


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    suite = tmp_path / "house_style"
    suite.mkdir()
    (suite / "suite.yaml").write_text(SUITE, encoding="utf-8")
    cases = [case(i) for i in range(NUMBER)]
    files: dict[str, list[dict[str, Any]]] = {
        "fixtures": [{"id": f"f{i}", "input": plain, "expected": wanted} for i, (plain, wanted, _, _) in enumerate(cases)],
        "tuned": [{"id": f"f{i}", "text": tuned} for i, (_, _, tuned, _) in enumerate(cases)],
        "baseline": [{"id": f"f{i}", "text": baseline} for i, (_, _, _, baseline) in enumerate(cases)],
        "train": [{"input": "late", "expected": "Dear reader, thank you for being with us on this fine morning."}],
    }
    for name, lines in files.items():
        (suite / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return suite


def test_a_house_style_suite_is_run_measured_and_judged(folder: Path) -> None:
    run = harness.run(folder)
    assert run.judgement.headline is not None
    assert "chrf" in str(run.judgement.headline)
    assert [gate.status for gate in run.judgement.gates] == ["passed"] * 4
    assert run.exit_code == 0
    assert harness.load_run(run.folder).judgement == run.judgement
    assert harness.report(run, "report.html").is_file()


@pytest.mark.parametrize(("metric", "scorer"), [("bleu", BLEU()), ("chrf", CHRF())])
def test_the_paired_interval_of_a_corpus_score_is_that_of_resampled_sacrebleu(folder: Path, metric: str, scorer: Any) -> None:
    run = harness.run(folder)
    compared = harness.compare(run, candidate="tuned", over="baseline", metric=metric)
    cases = [case(i) for i in range(NUMBER)]
    expected = [[wanted for _, wanted, _, _ in cases]]
    tuned, baseline = [c[2] for c in cases], [c[3] for c in cases]
    effect = scorer.corpus_score(tuned, expected).score - scorer.corpus_score(baseline, expected).score
    assert compared.effect == pytest.approx(effect, abs=1e-9)
    for variant, answers in (("tuned", tuned), ("baseline", baseline)):
        estimate = run.judgement.estimate(variant, metric)
        assert estimate is not None
        assert estimate.value == pytest.approx(scorer.corpus_score(answers, expected).score, abs=1e-9)

    sides = [np.array(scorer._extract_corpus_statistics(answers, expected)) for answers in (tuned, baseline)]
    rng = np.random.default_rng(3)
    draws = rng.integers(0, NUMBER, size=(2000, NUMBER))
    scores = [[scorer._compute_score_from_stats(side[draw].sum(axis=0).tolist()).score for draw in draws] for side in sides]
    low, high = np.quantile(np.subtract(*scores), [0.025, 0.975])
    assert compared.interval is not None
    assert compared.interval[0] < effect < compared.interval[1]
    assert compared.interval == pytest.approx((low, high), abs=0.15 * (high - low))
    assert compared.verdict == "better"
