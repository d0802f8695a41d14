"""Killed at any moment, a run loses what was in flight and nothing else.

``pytest tests/running/test_killed.py -s --kills 50`` kills fifty times and tells what came of it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from harness.running import plan, run_suite
from harness.store import Store
from harness.suite import Suite
from tests.provider import Provider, Received, Reply, answer, breaks_off, fails
from tests.running.suites import asks, echo, write_suite

CONCURRENCY = 4
FIXTURES = 60
MODELS = {"a": "one", "b": "two"}

Key = tuple[str, str]
"""A model and the last message it is sent."""


@dataclass
class Scripted:
    """Answers with the question, one in ten of them only at the second attempt, and counts."""

    faulty: bool
    received: Counter[Key] = field(default_factory=Counter)
    answered: Counter[Key] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: Received) -> Reply:
        key = (request.model, request.last)
        number = int(request.last.split()[-1])
        with self.lock:
            self.received[key] += 1
            odd = self.received[key] % 2 == 1
            if self.faulty and odd and number % 10 == 3:
                return (fails(500), fails(429, retry_after=0.01), breaks_off())[number // 10 % 3]
            self.answered[key] += 1
        return answer(echo(request), delay=0.01)

    def clear(self) -> None:
        with self.lock:
            self.received.clear()
            self.answered.clear()


@dataclass
class Told:
    """What is printed at the end."""

    seed: int
    kills: int = 0
    campaigns: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    most_lost: int = 0
    sent: int = 0

    def count(self, moment: str, sent: int, lost: int) -> None:
        """Count one run: when it was killed, if it was, what it sent, and what of that was lost."""
        self.moments[moment] += bool(moment)
        self.sent, self.lost, self.most_lost = self.sent + sent, self.lost + lost, max(self.most_lost, lost)

    def __str__(self) -> str:
        moments = ", ".join(f"{count} {moment}" for moment, count in sorted(self.moments.items()) if moment)
        return (
            f"seed {self.seed}: {self.kills} kills ({moments}), {self.campaigns} runs taken up to their end; {self.sent} answers "
            f"sent, {self.lost} of them again: in flight when killed (at most {self.most_lost} at once), none otherwise"
        )


def table(folder: Path) -> list[tuple[object, ...]]:
    """All columns but those a clock writes, how many attempts it took, and the one that says where an answer came from."""
    query = (
        f"SELECT * EXCLUDE (latency, finished_at, retries, cached) FROM read_parquet('{folder}/responses.parquet') ORDER BY ALL"
    )
    return duckdb.connect().execute(query).fetchall()


def kill_when(process: Any, moment: Callable[[], bool], then: float) -> bool:
    """Kill a process a little after a moment has come; False where it ended before."""
    until = time.monotonic() + 60
    while process.is_alive() and not moment():
        assert time.monotonic() < until, "the moment never came"
        time.sleep(0.0005)
    time.sleep(then)
    killed = process.is_alive()
    process.kill()
    process.join()
    return killed and process.exitcode == -9


def wait_until_quiet(provider: Provider) -> None:
    """Wait until what was on the wire has arrived."""
    seen = -1
    while seen != len(provider.requests):
        seen = len(provider.requests)
        time.sleep(0.08)


@dataclass
class Campaign:
    """One suite run again and again in a store of its own, killed each time, until a run comes to its end."""

    suite: Suite
    provider: Provider
    script: Scripted
    rng: random.Random
    told: Told
    options: dict[str, Any]

    def fight(self, store: Store, most: int) -> int:
        """Kill at most so often; return how often it was."""
        hashes = {p.hash: (MODELS[p.variant], f"question {p.fixture.id[1:]}") for p in plan(self.suite)}
        known: set[Key] = set()
        kills = 0
        while True:
            self.script.clear()
            kind = self.rng.choices(["while it began", "while it asked", "while it ended"], [2, 6, 2])[0] if kills < most else ""
            killed = self._run(store, kind, len(hashes) - len(known))
            wait_until_quiet(self.provider)
            answered = self.script.answered

            assert not known & set(self.script.received), "what was known was asked again"
            assert not [key for key, count in answered.items() if count > 1], "sent twice in one run"
            now = {hashes[name] for name in store.answers(hashes)}
            lost = set(answered) - now
            assert known <= now, "an answer was lost"
            assert len(lost) <= (CONCURRENCY if killed else 0)
            known = now
            self.told.count(kind if killed else "", answered.total(), len(lost))
            if not killed:
                assert known == set(hashes.values())
                return kills
            kills += 1

    def _run(self, store: Store, kind: str, left: int) -> bool:
        from tests.running.process import start_run

        process = start_run(self.suite.folder, store.root, **self.options)
        rng, answered = self.rng, self.script.answered
        if kind == "while it began":
            killed = kill_when(process, lambda: True, rng.random() * 0.8)
        elif kind == "while it asked":
            after = rng.randint(1, 30)
            killed = kill_when(process, lambda: answered.total() >= after, rng.random() * 0.02)
        elif kind == "while it ended":
            killed = kill_when(process, lambda: answered.total() >= left, 0.01 + rng.random() * 0.15)
        else:
            process.join(120)
            killed = False
        assert killed or process.exitcode == 0
        return killed


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", [(False, None, 0.3), (True, None, 0.4), (True, 2, 0.3)], ids=["plain", "faulty", "two workers"])
def test_a_killed_run_is_taken_up_where_it_was(
    tmp_path: Path, provider: Provider, request: pytest.FixtureRequest, kind: tuple[bool, int | None, float]
) -> None:
    faulty, workers, share = kind
    wanted = max(1, round(share * request.config.getoption("--kills")))
    seed = request.config.getoption("--kill-seed") or random.SystemRandom().randrange(10**6)
    told = Told(seed)
    tell = request.getfixturevalue("capsys").disabled
    with tell():
        print(f"\nseed {seed}", end=" ", flush=True)
    provider.default = script = Scripted(faulty)
    variants = {name: asks(model, provider.url) for name, model in MODELS.items()}
    suite = write_suite(tmp_path / "suite", variants, fixtures=FIXTURES, concurrency=CONCURRENCY)
    uninterrupted = table(run_suite(suite, Store(tmp_path / "other")).folder)
    assert len(uninterrupted) == 2 * FIXTURES
    campaign = Campaign(suite, provider, script, random.Random(seed), told, {} if workers is None else {"workers": workers})

    while told.kills < wanted:
        store = Store(tmp_path / f"runs{told.campaigns}")
        told.kills += campaign.fight(store, wanted - told.kills)
        told.campaigns += 1
        folder = store.find("latest")
        assert store.read(folder).record.status == "complete"
        assert table(folder) == uninterrupted
        script.clear()
        again = run_suite(suite, store).folder
        assert script.received.total() == 0
        assert table(again) == uninterrupted
    with tell():
        print(told, end=" ")


DEATHS = {
    "while the folder was made": ("os.rename", "fixtures.parquet", 1),
    "before the first run.json": ("os.rename", "run.json", 1),
    "before the table was in place": ("os.rename", "responses.parquet", 1),
    "between the table and the last run.json": ("os.rename", "run.json", 2),
    "between the last run.json and the journal's removal": ("os.remove", "journal.jsonl", 1),
}


@pytest.mark.parametrize("moment", DEATHS)
def test_no_moment_of_the_beginning_or_the_end_is_a_bad_one_to_die(tmp_path: Path, provider: Provider, moment: str) -> None:
    from tests.running.process import start_run

    provider.default = script = Scripted(faulty=False)
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=8, concurrency=CONCURRENCY)
    store = Store(tmp_path / "runs")
    process = start_run(suite.folder, store.root, death=DEATHS[moment])
    process.join(60)
    assert process.exitcode == -9
    asked = script.received.total()
    assert asked == (0 if moment in list(DEATHS)[:2] else 8)

    if asked:
        (left,) = store.listed()
        assert (left.answered, left.status) == (8, "complete" if "removal" in moment else "unfinished")
        assert len(store.read(left.folder).responses) == 8
    taken_up = run_suite(suite, store).folder

    assert script.received.total() == 8
    assert store.read(taken_up).record.status == "complete"
    assert table(taken_up) == table(run_suite(suite, Store(tmp_path / "other")).folder)
    assert store.notes == []


@pytest.mark.parametrize("moment", ["before the table was in place", "before what was known is removed"])
def test_nor_is_any_of_a_run_that_began_with_answers(tmp_path: Path, provider: Provider, moment: str) -> None:
    from tests.running.process import start_run

    provider.default = script = Scripted(faulty=False)
    variants = {"a": asks("one", provider.url)}
    store = Store(tmp_path / "runs")
    run_suite(write_suite(tmp_path / "suite", variants, fixtures=5), store)
    suite = write_suite(tmp_path / "suite", variants, fixtures=8)
    death = ("os.remove", "known.parquet", 1) if "known" in moment else DEATHS[moment]
    process = start_run(suite.folder, store.root, death=death)
    process.join(60)
    assert process.exitcode == -9
    left = store.listed()[0]
    assert (left.status, left.answered, len(store.read(left.folder).responses)) == ("unfinished", 8, 8)

    taken_up = run_suite(suite, store).folder

    assert script.received.total() == 8
    assert table(taken_up) == table(run_suite(suite, Store(tmp_path / "other")).folder)


@pytest.mark.parametrize(
    "death",
    [
        ("os.rename", "", 1),
        ("shutil.rmtree", "", 1),
        ("os.remove", "responses.parquet", 1),
        ("os.remove", "", 3),
        ("os.rmdir", "", 1),
    ],
    ids=lambda death: f"{death[0]} {death[1]} {death[2]}",
)
def test_pruning_may_be_killed_too(tmp_path: Path, provider: Provider, death: tuple[str, str, int]) -> None:
    from tests.running.process import start_prune

    provider.default = script = Scripted(faulty=False)
    suite = write_suite(tmp_path / "suite", {"a": asks("one", provider.url)}, fixtures=8, concurrency=CONCURRENCY)
    store = Store(tmp_path / "runs")
    for _ in range(3):
        run_suite(suite, store)
    process = start_prune(store.root, death=death)
    process.join(60)
    assert process.exitcode == -9

    listed = store.listed()
    assert len(listed) in (2, 3)
    assert [len(store.read(run.folder).responses) for run in listed] == [8] * len(listed)
    again = start_prune(store.root)
    again.join(60)
    assert again.exitcode == 0
    assert len(store.listed()) == 1
    assert [path.name for path in store.root.iterdir()] == ["questions"]
    run_suite(suite, store)
    assert script.received.total() == 8
    assert store.notes == []
