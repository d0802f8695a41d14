"""Expected labels against attributes: planted, absent, too few, and with groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats.contingency import association
from statsmodels.stats.proportion import proportion_confint

from harness.datachecks import attributes_of, check_label_bias
from harness.datachecks.bias import label_bias
from harness.suite import Fixture, Suite, load_suite
from tests.suite.writing import SUITE, write


def suite_of(folder: Path, rows: Sequence[dict[str, Any]], more: str = "") -> Suite:
    return load_suite(write(folder, SUITE + more, [{"id": str(n), "input": f"q {n}", **row} for n, row in enumerate(rows)]))


def planted(rng: np.random.Generator, count: int, share_de: float, share_en: float) -> list[dict[str, Any]]:
    rows = []
    for n in range(count):
        lang = "de" if n % 2 else "en"
        yes = rng.random() < (share_de if lang == "de" else share_en)
        rows.append({"expected": "refund" if yes else "no refund", "tags": [f"lang:{lang}"]})
    return rows


def test_labels_that_go_with_a_language_are_found_with_their_table(tmp_path: Path) -> None:
    rows = planted(np.random.default_rng(0), 200, 0.7, 0.3)
    (finding,) = check_label_bias(suite_of(tmp_path, rows))
    assert (finding.severity, finding.name) == ("warning", "bias.labels")
    german = [row["expected"] for row in rows if row["tags"] == ["lang:de"]]
    (row,) = [r for r in finding.evidence if r["lang"] == "de" and r["label"] == "refund"]
    low, high = proportion_confint(german.count("refund"), 100, method="wilson")
    assert (row["fixtures"], row["low"], row["high"]) == (100, pytest.approx(low), pytest.approx(high))
    table = [
        [sum(r["expected"] == e and r["tags"] == [f"lang:{v}"] for r in rows) for e in ("refund", "no refund")]
        for v in ("de", "en")
    ]
    assert finding.numbers["association"] == pytest.approx(association(np.array(table), method="cramer"))


def test_labels_that_do_not_are_not_and_the_false_alarm_rate_is_kept(tmp_path: Path) -> None:
    (finding,) = check_label_bias(suite_of(tmp_path, planted(np.random.default_rng(1), 200, 0.5, 0.5)))
    assert finding.severity == "note"
    alarms = 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        fixtures, values = [], []
        for group in range(30):  # every template has one label and one language, so thirty observations and not 150
            lang, label = str(rng.choice(["de", "en"])), str(rng.choice(["yes", "no"]))
            fixtures += [Fixture(f"{group}-{k}", input="x", expected=label, group=str(group)) for k in range(5)]
            values += [lang] * 5
        found = label_bias("lang", fixtures, values, [str(f.expected) for f in fixtures], least=20, seed=seed)
        alarms += found.p is not None and found.p <= 0.05
    print(f"{alarms} of 24 alarm at 5 %, with 30 groups of 5")
    assert alarms <= 4


def test_values_below_the_minimum_are_shown_and_not_judged(tmp_path: Path) -> None:
    rows = planted(np.random.default_rng(2), 60, 1.0, 0.0)[:30]
    (finding,) = check_label_bias(suite_of(tmp_path, rows))
    assert finding.severity == "note"
    assert "too few fixtures of each value" in finding.message
    assert not any(row["judged"] for row in finding.evidence)
    assert check_label_bias(suite_of(tmp_path, rows, "min_slice: 10\n"))[0].severity == "warning"


def test_attributes_are_stated_or_found_among_tags_and_meta(tmp_path: Path) -> None:
    rows = [
        {"tags": ["lang:de", "edge", "from:production"], "meta": {"region": "north"}},
        {"tags": ["lang:en"], "meta": {"region": "south"}},
    ]
    assert attributes_of(suite_of(tmp_path, rows)) == {"lang": ("de", "en")}
    stated = suite_of(tmp_path, rows, "checks: {attributes: [region]}\n")
    assert attributes_of(stated) == {"region": ("north", "south")}
    assert attributes_of(suite_of(tmp_path, rows, "checks: {attributes: []}\n")) == {}
    assert check_label_bias(stated) == []


def test_answers_that_are_no_labels_are_left_alone(tmp_path: Path) -> None:
    rows = [{"expected": json.dumps({"n": n}), "tags": [f"lang:{'de' if n % 2 else 'en'}"]} for n in range(60)]
    assert check_label_bias(suite_of(tmp_path, rows)) == []
