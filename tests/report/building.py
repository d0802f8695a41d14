"""Runs and judgements as a real suite gives them, made without asking or judging anything."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace

from harness.models import Response
from harness.retrieval import Hit
from harness.store import Run, RunRecord, Score, StoredResponse
from harness.suite import Fixture
from harness.verdicts import Comparison, Estimate, Flip, GateResult, Judgement, VariantResult

FIELDS = ("order", "sku", "email", "date")
SKILL = {"rules": 0.62, "majority": 0.12, "nearest": 0.30, "baseline": 0.70, "rag": 0.90, "small": 0.58, "tuned": 0.95}
"""The chance of each field being right."""
ROLES = {
    "tuned": "fine_tune", "baseline": "prompt", "rag": "rag", "small": "cheaper",
    "rules": "current", "majority": "floor", "nearest": "floor",
}  # fmt: skip
SECONDS = {"rules": 0.012, "majority": None, "nearest": None, "baseline": 0.82, "rag": 1.10, "small": 0.41, "tuned": 0.46}
COST = {"rules": 0.0, "majority": 0.0, "nearest": 0.0, "baseline": 0.000231, "rag": 0.000412, "small": None, "tuned": 0.000194}
SOURCE = {
    "rules": "none",
    "majority": "none",
    "nearest": "none",
    "baseline": "litellm",
    "rag": "litellm",
    "small": "unknown",
    "tuned": "suite",
}
ROUTE = "studentised bootstrap of the paired mean difference, because values have few distinct levels"
RATIO = "studentised bootstrap of the log ratio, because latency is skewed"
TAGS = (("plain",), ("edge",), ("plain", "two-orders"), ("adversarial",), ("plain",), ("typos",))


def fixture(number: int) -> Fixture:
    """One mail that orders something."""
    rng = random.Random(number)
    order, sku = (
        f"A-{rng.randrange(10_000, 99_999)}",
        f"{rng.choice(['BOLT', 'HINGE', 'PANEL', 'CABLE'])}-{rng.randrange(10, 99)}",
    )
    email, date = (
        f"{rng.choice(['mira', 'jonas', 'ada', 'wen'])}@example.org",
        f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
    )
    asked = (
        f"Hello, this is about order {order}. We asked for the {sku.lower().replace('-', ' ')} and it has not come. "
        f"Please confirm to {email} that it will be here by {date}. Thank you for your help, and kind regards."
    )
    expected = {"order": order, "sku": sku, "email": email, "date": date}
    return Fixture(
        f"mail-{number:03}",
        asked,
        expected=expected,
        tags=TAGS[number % len(TAGS)],
        gold_context=(f"catalogue.md#{sku.lower()}",),
    )


def build(fixtures: int = 120, *, texts: Mapping[tuple[str, str], str] | None = None, repeats: int = 1) -> tuple[Run, Judgement]:
    """A run of seven variants with its judgement; ``texts`` replaces what a variant said about a fixture."""
    cases = tuple(fixture(number) for number in range(1, fixtures + 1))
    rng = random.Random(11)
    responses: list[StoredResponse] = []
    scores: list[Score] = []
    for name in ROLES:
        for case in cases:
            for repeat in range(repeats):
                right = {field: rng.random() < SKILL[name] for field in FIELDS}
                said = {f: case.expected[f] if ok else _wrong(case.expected[f], rng) for f, ok in right.items()}
                text = (texts or {}).get((name, case.id), json.dumps(said))
                responses.append(_response(name, case, repeat, text, rng))
                columns = {f: float(ok) for f, ok in right.items()}
                scores.append(Score(case.id, name, repeat, "field_accuracy", {"value": sum(columns.values()) / 4, **columns}))
                scores.append(Score(case.id, name, repeat, "json_schema", {"value": float(rng.random() < 0.97)}))
    run = Run(".harness/runs/order_intake/x", _record(), cases, tuple(responses), tuple(scores))
    return run, _judgement(run)


def _wrong(text: str, rng: random.Random) -> str:
    return rng.choice([text.lower() if text.lower() != text else text.upper(), text[:-1] + "0", "", text.replace("-", " ")])


def _response(name: str, case: Fixture, repeat: int, text: str, rng: random.Random) -> StoredResponse:
    model, latency = (
        (None, None) if ROLES[name] == "floor" else (f"model-{name}", (SECONDS[name] or 0) * rng.lognormvariate(0, 0.3))
    )
    answer = Response(text=text, model=model, input_tokens=310, output_tokens=44, cost=COST[name], latency=latency)
    if name == "small" and rng.random() < 0.03:
        answer = Response(outcome="failed", error="the provider closed the connection", error_kind="connection", retries=3)
    hits = ()
    if name == "rag":
        hits = (
            Hit(case.gold_context[0], f"{case.expected['sku']}\nSold by the box. An order number reads A-12345.", 7.81),
            Hit("catalogue.md#delivery", "Delivery\nDates are written year first: 2026-03-31.", 2.4),
        )
    return StoredResponse(f"{name}-{case.id}-{repeat}", name, case.id, repeat, answer, hits, cached=name == "baseline")


def _record() -> RunRecord:
    variants = {
        name: {"model": _model(name), "prompt": f"prompts/{name}.yaml", "params": {"temperature": 0, "max_tokens": 128}}
        for name in ROLES
    }
    variants["rag"]["retrieval"] = {"corpus": "catalogue/*.md", "method": "bm25", "top_k": 3}
    variants["tuned"] |= {
        "price": {"input_per_million": 0.3, "output_per_million": 1.2},
        "training": {"examples": 500, "cost": 42.0},
    }
    return RunRecord(
        run_id="20261120T140312Z-7f3a",
        suite="order_intake",
        started_at="2026-11-20T14:03:12+00:00",
        finished_at="2026-11-20T14:09:40+00:00",
        status="complete",
        seed=0,
        suite_path="evals/order_intake/suite.yaml",
        variants=variants,
        definition={
            "suite": "order_intake",
            "description": "Orders read from customers' mails into four fields.",
            "slices": ["tag:edge", "tag:adversarial", "tag:two-orders"],
            "min_slice": 20,
            "variants": variants,
        },
        hashes={
            "suite": "3f" * 32,
            "fixtures": "a1" * 32,
            "training": "9c" * 32,
            "adapters": {"tuned": "77" * 32},
            "prompts": {name: f"{i}d" * 32 for i, name in enumerate(ROLES)},
            "corpora": {"rag": "5e" * 32},
        },
        selection={"variants": list(ROLES), "limit": None, "repeats": 1},
        packages={"finetune-harness": "0.1.0", "litellm": "1.80.0", "numpy": "2.3.4", "python": "3.11.2"},
        git={"commit": "0c4f" * 10, "dirty": False},
        totals={"planned": 840, "asked": 720, "cached": 120, "failed": 4, "seconds": 388.2},
    )


def _model(name: str) -> str | None:
    return (
        None if SOURCE[name] == "none" else {"tuned": "openai/ft:gpt-4o-mini-2024-07-18:acme::x1"}.get(name, "openai/gpt-4o-mini")
    )


def _judgement(run: Run) -> Judgement:
    estimates = [e for name in ROLES for e in _estimates(run, name)]
    comparisons = [c for over in ROLES if over != "tuned" for c in _comparisons(run, over)]
    value = _values(run, "field_accuracy", "value")
    flips = [
        Flip(
            f.id,
            "tuned",
            over,
            "field_accuracy",
            value["tuned", f.id],
            value[over, f.id],
            value["tuned", f.id] > value[over, f.id],
        )
        for over in ("baseline", "rag")
        for f in run.fixtures
        if value["tuned", f.id] != value[over, f.id]
    ]
    lifts = {c.over: c for c in comparisons if c.metric == "field_accuracy" and c.slice is None}
    over, near = lifts["baseline"], lifts["rag"]
    said = f"{(over.effect or 0) * 100:.1f} points ({(over.low or 0) * 100:.1f} to {(over.high or 0) * 100:.1f}, n = {over.n})"
    gap = f"{(near.effect or 0) * 100:.1f} points ahead of rag ({(near.low or 0) * 100:.1f} to {(near.high or 0) * 100:.1f})"
    return Judgement(
        run_id=run.record.run_id,
        suite="order_intake",
        headline=f"tuned beats baseline on field_accuracy by {said}: signal, and worth having.",
        headline_metric="field_accuracy",
        candidate="tuned",
        baseline="baseline",
        reasons=(
            f"Retrieval closes most of the gap: tuned is {gap}.",
            "Latency falls to 0.56 of baseline's; the cost of a call falls by a sixth.",
            "One gate did not pass: the schema may be kept less often than the margin allows.",
        ),
        findings=(
            "small failed 4 of 120 calls and the others none: its values rest on fewer fixtures.",
            "The price of small is unknown, so its cost is left out.",
            "tag:two-orders has 20 fixtures: only a lift of 19 points or more could have been seen there.",
        ),
        variants={name: _result(run, name) for name in ROLES},
        estimates=tuple(estimates),
        comparisons=tuple(comparisons),
        gates=_gates(),
        flips=tuple(flips),
        fixtures=len(run.fixtures),
        groups=len(run.fixtures),
        seed=0,
        resamples=10_000,
        exit_code=1,
    )


def _values(run: Run, metric: str, column: str) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for s in run.scores:
        if s.metric == metric:
            found.setdefault((s.variant, s.fixture_id), []).append(s.columns[column])
    return {key: sum(values) / len(values) for key, values in found.items()}


def _estimates(run: Run, name: str) -> list[Estimate]:
    made = []
    for metric, column in (("field_accuracy", "value"), ("json_schema", "value"), *((f"field_accuracy.{f}", f) for f in FIELDS)):
        value = _values(run, metric.split(".")[0], column)
        for part in (None, "tag:edge", "tag:adversarial", "tag:two-orders"):
            if part is not None and metric != "field_accuracy":
                continue
            held = [value[name, f.id] for f in run.fixtures if part is None or part.removeprefix("tag:") in f.tags]
            if not held:
                continue
            mean, n = sum(held) / len(held), len(held)
            half = 1.96 * (mean * (1 - mean) / n) ** 0.5
            coverage = 116 / 120 if name == "small" and part is None else 1.0
            made.append(
                Estimate(name, metric, mean, max(mean - half, 0), min(mean + half, 1), n, coverage, "Wilson", "share", True, part)
            )
    seconds = SECONDS[name]
    for metric, times in (("latency_p50", 1.0), ("latency_p95", 1.7)):
        at = None if seconds is None else seconds * times
        low, high = (None, None) if at is None else (at * 0.9, at * 1.2)
        made.append(Estimate(name, metric, at, low, high, len(run.fixtures), 1.0, "BCa of a quantile", "seconds", False))
    return made


def _comparisons(run: Run, over: str) -> list[Comparison]:
    made = []
    for metric, column in (("field_accuracy", "value"), ("json_schema", "value"), *((f"field_accuracy.{f}", f) for f in FIELDS)):
        value = _values(run, metric.split(".")[0], column)
        for part in (None, "tag:edge", "tag:adversarial", "tag:two-orders"):
            ids = [f.id for f in run.fixtures if part is None or part.removeprefix("tag:") in f.tags]
            if ids and (part is None or metric == "field_accuracy"):
                made.append(_comparison([value["tuned", i] - value[over, i] for i in ids], over, metric, part))
    ours, theirs = SECONDS["tuned"], SECONDS[over]
    if theirs:
        ratio = (ours or 0) / theirs
        verdict = "better" if ratio < 0.95 else "worse"
        latency = Comparison(
            "tuned",
            over,
            "latency",
            ratio,
            ratio * 0.93,
            ratio * 1.08,
            0.0004,
            verdict,
            RATIO,
            120,
            1.0,
            margin=0.05,
            scale="ratio",
            unit="seconds",
            higher_is_better=False,
            worth_it=True,
            wins=100,
            losses=20,
            groups=120,
            detectable=0.9,
        )
        made.append(latency)
    return made


def _comparison(differences: list[float], over: str, metric: str, part: str | None) -> Comparison:
    n = len(differences)
    mean = sum(differences) / n
    half = 1.98 * (sum((d - mean) ** 2 for d in differences) / max(n - 1, 1) / n) ** 0.5
    low, high, margin = mean - half, mean + half, 0.02
    few = part == "tag:adversarial"
    word = "better" if low > 0 else "worse" if high < 0 else "equivalent" if -margin < low and high < margin else "inconclusive"
    return Comparison(
        "tuned",
        over,
        metric,
        mean,
        low,
        high,
        0.0002 if abs(mean) > half else 0.31,
        None if few else word,
        ROUTE,
        n,
        116 / 120 if over == "small" else 1.0,
        margin=margin,
        slice=part,
        worth_it=low > margin,
        groups=n,
        exploratory=part is not None,
        withheld="Under the minimum of 20 fixtures: shown, not judged." if few else None,
        q=0.004 if part else None,
        wins=sum(d > 0 for d in differences),
        losses=sum(d < 0 for d in differences),
        ties=sum(d == 0 for d in differences),
        detectable=half * 1.43,
        needed=480 if word == "inconclusive" else None,
    )


def _result(run: Run, name: str) -> VariantResult:
    own = [s.response for s in run.responses if s.variant == name]
    failed = sum(r.outcome == "failed" for r in own)
    cost = COST[name]
    return VariantResult(
        name,
        ROLES[name],
        _model(name),
        {"answered": len(own) - failed, "failed": failed},
        {"connection": failed} if failed else {},
        len(own),
        len(own) if name == "baseline" else 0,
        None if cost is None else cost * len(own),
        cost,
        SOURCE[name],
        None if SOURCE[name] == "none" else 310 * len(own),
        None if SOURCE[name] == "none" else 44 * len(own),
        {} if SOURCE[name] == "none" else {"gpt-4o-mini-2024-07-18": len(own) - failed},
    )


def _gates() -> tuple[GateResult, ...]:
    return (
        GateResult(
            "beats the strong prompt",
            "field_accuracy",
            "tuned",
            "baseline",
            "better than baseline by more than 2.0 pp",
            "passed",
            "tuned beats baseline on field_accuracy by 25.2 pp; even the lower end, 20.0 pp, clears the margin of 2.0 pp.",
            0.252,
            0.200,
            0.304,
        ),
        GateResult(
            "schema is kept",
            "json_schema",
            "tuned",
            "baseline",
            "no worse than baseline by more than 1.0 pp",
            "failed",
            "tuned may be worse than baseline on json_schema by 4.1 pp, more than the margin of 1.0 pp.",
            -0.008,
            -0.041,
            0.025,
            worst_case=-0.049,
        ),
        GateResult(
            "valid in production",
            "json_schema",
            "tuned",
            None,
            "at least 95.0%",
            "inconclusive",
            "json_schema of tuned is 96.7%, but its interval reaches down to 91.7%, below 95.0%.",
            0.967,
            0.917,
            0.987,
        ),
        GateResult(
            "fast enough",
            "latency_p95",
            "tuned",
            None,
            "at most 2.00 s",
            "passed",
            "latency_p95 of tuned is 0.78 s, at most 0.94 s: below 2.00 s.",
            0.782,
            0.70,
            0.94,
            unit="seconds",
        ),
    )


def with_texts(run: Run, texts: list[str], variant: str = "tuned") -> Run:
    """Put texts in place of the first answers of a variant, one a fixture."""
    said = {f.id: text for f, text in zip(run.fixtures, texts, strict=False)}
    changed = tuple(
        replace(s, response=replace(s.response, text=said[s.fixture_id], outcome="answered"))
        if s.variant == variant and s.fixture_id in said
        else s
        for s in run.responses
    )
    return replace(run, responses=changed)
