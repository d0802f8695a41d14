"""Whole runs beside a provider with a fault: each ends, and says of every fixture what became of it.

``pytest tests/running/test_faults.py -s -n 0`` prints what came of each fault as a table.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.models import quiet_litellm
from harness.session import EvaluatedRun
from harness.session import run as run_session
from harness.store import StoredResponse
from tests.provider import Provider
from tests.running.faults import CASES, FIXTURES, Case, number, pointed
from tests.running.suites import Remembering, asks, quicken, write_suite


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    fault: str
    outcomes: Counter[str]
    kinds: Counter[str]
    not_asked: int
    sent: int
    seconds: float
    healthy_seconds: float
    exit_code: int


ROWS: list[Row] = []
NOT_SLOWED = 30.0
"""Seconds within which the healthy variant is done, however long the faulty one takes: 2 s on an idle machine."""


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    """Print what came of every fault that was tried; litellm's slow import is done before."""
    ROWS.clear()
    asyncio.run(quiet_litellm.warm_up(tools=False))
    yield
    heads = f"{'fault':36}{'planned':>8}{'answered':>9}{'truncated':>10}{'refused':>8}  {'failed, by kind':22}"
    print(f"\n\n{heads}{'not asked':>10}{'sent':>6}{'seconds':>9}{'healthy':>9}{'exit':>5}")
    for row in ROWS:
        kinds = ", ".join(f"{kind} {count}" for kind, count in row.kinds.most_common()) or "0"
        counts = f"{row.outcomes['answered']:9}{row.outcomes['truncated']:10}{row.outcomes['refused']:8}  {kinds:22}"
        times = f"{row.seconds:9.1f}{row.healthy_seconds:9.1f}"
        print(f"{row.fault:36}{FIXTURES:8}{counts}{row.not_asked:10}{row.sent:6}{times}{row.exit_code:5}")


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is quicker: waits of 0.05 to 1 s in place of 1 to 60 s, an outage of 5 s in place of 90 s."""
    quicken(monkeypatch, first_wait=0.05, longest_wait=1.0, outage=5.0)


@pytest.mark.filterwarnings("ignore:coroutine '.*completion' was never awaited:RuntimeWarning")  # litellm's, when abandoned
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_run_beside_a_faulty_provider_ends_and_accounts_for_every_fixture(case: Case, tmp_path: Path) -> None:
    with Provider(number) as healthy, Provider() as faulty, Provider() as elsewhere:
        faulty.default = pointed(case.script, elsewhere.url)
        suite = write_suite(
            tmp_path,
            {
                "faulty": asks(
                    "faulty",
                    faulty.url,
                    role="fine_tune",
                    timeout=case.timeout,
                    total_timeout=case.total_timeout,
                    api_key_env="FAULTY_KEY",
                ),
                "healthy": asks("healthy", healthy.url),
            },
            fixtures=FIXTURES,
            concurrency=8,
            gates=[{"name": "right", "metric": "accuracy", "candidate": "faulty", "at_least": 0.8}],
        )
        progress = Remembering()
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("FAULTY_KEY", "sk-of-the-faulty-one")
            run = run_session(suite, store=tmp_path / "runs", progress=progress)
        seconds = time.monotonic() - began
        first = min(request.at for request in [*healthy.requests, *faulty.requests])
        healthy_seconds = max(request.at for request in healthy.requests) - first
        row = _row(case, run, faulty, seconds, healthy_seconds)

    ROWS.append(row)
    assert seconds < case.within
    assert healthy_seconds < NOT_SLOWED, "it shares no lane with the faulty one, and waits for none of its pauses"
    _check_accounts(run, row)
    _check_scores(run)
    assert elsewhere.requests == [], "no request, and with it no key, goes anywhere but where the suite says"

    assert case.answered[0] <= row.outcomes["answered"] <= case.answered[1], row
    assert set(row.kinds) <= case.kinds, row
    assert {name: count for name, count in row.outcomes.items() if name in ("truncated", "refused")} == case.others
    assert ("faulty" in run.run.record.stopped) == case.stopped, run.run.record.stopped
    assert row.sent <= case.most_sent, row
    assert row.exit_code in (case.exit_code if isinstance(case.exit_code, tuple) else (case.exit_code,)), (
        row,
        run.judgement.findings,
    )
    assert (run.judgement.variants["faulty"].cost is not None) == (case.costs and row.outcomes.total() > row.kinds.total())
    assert len([note for note in progress.notes if note.startswith("faulty is given up")]) == case.stopped


def _row(case: Case, run: EvaluatedRun, faulty: Provider, seconds: float, healthy_seconds: float) -> Row:
    own = _of(run, "faulty")
    return Row(
        fault=case.name,
        outcomes=Counter(str(each.response.outcome) for each in own),
        kinds=Counter(str(each.response.error_kind) for each in own if not each.response.usable),
        not_asked=FIXTURES - len(own),
        sent=len(faulty.requests),
        seconds=seconds,
        healthy_seconds=healthy_seconds,
        exit_code=run.exit_code,
    )


def _of(run: EvaluatedRun, variant: str) -> list[StoredResponse]:
    return [each for each in run.run.responses if each.variant == variant]


def _check_accounts(run: EvaluatedRun, row: Row) -> None:
    """Each fixture of each variant has one outcome, or is counted as not asked, with the reason."""
    places = [(each.variant, each.fixture_id, each.repeat) for each in run.run.responses]
    assert len(places) == len(set(places))
    assert [each.response.outcome for each in _of(run, "healthy")] == ["answered"] * FIXTURES
    assert row.outcomes.total() + row.not_asked == FIXTURES
    reason = run.run.record.stopped.get("faulty", "")
    assert ("faulty" in run.run.record.stopped) or row.not_asked == 0
    assert reason == "" or reason.endswith(f"{row.not_asked} of {FIXTURES} not asked")
    assert "\n" not in reason and "sk-of-the-faulty-one" not in repr(run.run)
    totals = run.run.record.totals
    assert (totals["planned"], totals["failed"]) == (2 * FIXTURES, row.kinds.total())
    counted: dict[str, Any] = run.to_dict()["variants"]["faulty"]
    assert counted["outcomes"].get("failed", 0) == row.kinds.total() and counted["failures"] == dict(row.kinds)
    assert counted["outcomes"].get("missing", 0) == row.not_asked
    for each in run.run.responses:
        failed = not each.response.usable
        assert (each.response.error_kind is not None) == failed and bool(each.response.error) == failed


def _check_scores(run: EvaluatedRun) -> None:
    """What was answered is scored, nothing else is, and each by its own answer."""
    usable = {(each.variant, each.fixture_id) for each in run.run.responses if each.response.usable}
    scored = [score for score in run.run.scores if score.metric == "accuracy"]
    assert {(score.variant, score.fixture_id) for score in scored} == usable and len(scored) == len(usable)
    answers = {(e.variant, e.fixture_id): e.response for e in run.run.responses}
    for score in scored:
        response = answers[score.variant, score.fixture_id]
        right = response.outcome == "answered" and response.text == score.fixture_id.removeprefix("f")
        assert score.columns["value"] == float(right)
        assert right or response.outcome != "answered", "an answer that belongs to another question"
