"""`harness check` with production logs and an earlier run, and `harness import`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.cli.conftest import Harness
from tests.datachecks.traffic import asked


def shop(folder: Path, count: int = 120, **more: Any) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(0)
    lines = [{"id": f.id, "input": f.input, "expected": f.expected} for f in asked(rng, count)]
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    for name in ("baseline", "tuned"):
        answers = [
            {"id": line["id"], "text": line["expected"] if n % 5 or name == "tuned" else "?"} for n, line in enumerate(lines)
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in answers), encoding="utf-8")
    gate = {"name": "beats", "metric": "accuracy", "candidate": "tuned", "over": "baseline", "require": "better", "margin": 0.02}
    suite = {
        "suite": "shop",
        "fixtures": "fixtures.jsonl",
        "variants": {
            "baseline": {"role": "current", "outputs": "baseline.jsonl"},
            "tuned": {"role": "fine_tune", "outputs": "tuned.jsonl"},
        },
        "metrics": ["accuracy"],
        "gates": [gate, {"name": "nearly always", "metric": "accuracy", "candidate": "tuned", "at_least": 0.99}],
        **more,
    }
    (folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
    return folder


def traffic(path: Path, *, new: int = 0, seed: int = 1) -> Path:
    rng = np.random.default_rng(seed)
    questions = asked(rng, 150, prefix="p") + asked(rng, new, ("crypto",), "c")
    lines = [{"id": f.id, "input": f.input, "output": f.expected, "model": "m"} for f in questions]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_power_is_told_before_anything_is_spent_and_by_a_run_afterwards(harness: Harness, tmp_path: Path) -> None:
    shop(tmp_path / "shop")
    before = json.loads(harness("check", "shop", "--json").stdout)
    beats, always = before["power"]
    assert (beats["by"], beats["independent"], beats["enough"]) == ("a guess", 120, False)
    assert (always["enough"], always["needed"]) == (False, 268)  # Wilson: .99 z^2 / .01 with z = 1.645
    assert before["run"] is None
    assert harness("run", "shop").returncode in (0, 1, 4)
    after = json.loads(harness("check", "shop", "--json", "--run", "latest").stdout)
    assert after["power"][0]["by"] == after["run"]
    said = harness("check", "shop")
    assert said.returncode == 0, said.stderr
    assert "The gate 'beats' is judged on 120 independent fixtures, which tell no lift below" in said.stdout


def test_production_that_asks_something_new_is_found_and_proposed_for_labels(harness: Harness, tmp_path: Path) -> None:
    shop(tmp_path / "shop")
    logs = traffic(tmp_path / "logs.jsonl", new=20)
    done = harness("check", "shop", "--against", str(logs), "--propose", "12", "--output", "label_me.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    drift = json.loads(done.stdout)["drift"]
    assert drift["shifted"]
    assert drift["topics"][0]["inputs"] >= 10
    chosen = [json.loads(line) for line in (tmp_path / "label_me.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(chosen) == 12
    assert sum(line["id"].startswith("c") for line in chosen) >= 10
    assert not any("expected" in line for line in chosen)
    assert all("from:production" in line["tags"] for line in chosen)
    # They are fixtures: the suite takes them as they are.
    definition = json.loads((tmp_path / "shop" / "suite.yaml").read_text(encoding="utf-8"))
    definition["fixtures"] = ["fixtures.jsonl", "../label_me.jsonl"]
    (tmp_path / "shop" / "suite.yaml").write_text(json.dumps(definition), encoding="utf-8")
    assert json.loads(harness("check", "shop", "--json").stdout)["fixtures"] == 132
    again = harness("check", "shop", "--against", str(logs), "--propose", "1", "--output", "label_me.jsonl")
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_production_that_asks_the_same_is_no_drift(harness: Harness, tmp_path: Path) -> None:
    shop(tmp_path / "shop")
    done = harness("check", "shop", "--against", str(traffic(tmp_path / "logs.jsonl")))
    assert "Production asks what the fixtures ask" in done.stdout


def test_bias_by_a_run_is_shown_as_a_table(harness: Harness, tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", 200)
    lines = [json.loads(line) for line in (folder / "fixtures.jsonl").read_text(encoding="utf-8").splitlines()]
    for n, line in enumerate(lines):
        line["tags"] = ["lang:de" if n % 5 == 0 else "lang:en"]  # exactly those that the baseline gets wrong
    (folder / "fixtures.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    harness("run", "shop")
    found = json.loads(harness("check", "shop", "--json").stdout)["findings"]
    (finding,) = [f for f in found if f["name"] == "bias.metric"]
    assert finding["severity"] == "warning"
    row = next(r for r in finding["evidence"] if r["lang"] == "de" and r["variant"] == "baseline")
    assert (row["fixtures"], row["mean"], row["gap"]) == (40, 0.0, -1.0)


def test_logs_become_fixtures_and_a_suite_that_runs(harness: Harness, tmp_path: Path) -> None:
    lines = []
    for n in range(60):
        asked_alike = {"id": f"q{n}", "input": f"capital of {n}"}
        lines.append({**asked_alike, "output": f"city {n}" if n % 3 else "?", "variant": "today", "latency": 0.2})
        lines.append({**asked_alike, "output": f"city {n}", "variant": "tuned", "shadow": True, "latency": 0.1})
        lines.append({"correction_of": f"q{n}", "output": f"city {n}", "at": "2026-01-01"})
    (tmp_path / "logs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = harness("import", "logs", "logs.jsonl", "--to", "fixtures.jsonl", "--to-suite", "shadowed", "--json")
    assert done.returncode == 0, done.stderr
    keys = json.loads(done.stdout)
    assert (keys["calls"], keys["questions"], keys["with_expected"], keys["variants"]) == (120, 60, 60, ["today", "tuned"])
    assert not keys["only_mistakes_corrected"]
    run = harness("run", "shadowed", "--json")
    compared = {c["metric"]: c for c in json.loads(run.stdout)["comparisons"]}
    assert (compared["accuracy"]["wins"], compared["accuracy"]["losses"]) == (20, 0)


def test_bad_logs_are_faults_with_their_lines_and_options_belong_together(harness: Harness, tmp_path: Path) -> None:
    shop(tmp_path / "shop")
    (tmp_path / "bad.jsonl").write_text('{"input": "a", "output": "b"}\n{"output": 1}\nnope\n', encoding="utf-8")
    for command in (("check", "shop", "--against", "bad.jsonl"), ("import", "logs", "bad.jsonl", "--to", "f.jsonl")):
        done = harness(*command)
        assert done.returncode == 2
        assert "bad.jsonl:2: the line holds no question." in done.stderr
        assert "bad.jsonl:3: the line is not JSON" in done.stderr
        assert "Traceback" not in done.stderr
    assert harness("check", "shop", "--propose", "3").returncode == 2
    assert harness("import", "logs", "bad.jsonl").returncode == 2
    assert harness("check", "shop", "--against", "gone.jsonl").returncode == 2
    assert harness("check", "shop", "--run", "gone").returncode == 2
