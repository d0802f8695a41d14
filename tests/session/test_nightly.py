"""Six weeks of nights at a scripted provider, from Python: each ends in the right one of five words.

By default some stories of a week are played; ``pytest -m six_weeks`` plays all of them, and all 42 nights of each.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.session import EvaluatedRun, NightlyRun, bless, nightly, run, write_outputs
from harness.store import Nights
from harness.verdicts import SuiteNight
from tests.provider import Provider, Received, Reply, answer, fails
from tests.session.capitals import write_capitals

pytestmark = pytest.mark.timeout(3600)  # a night is a second on a quiet machine, and there are many

FIXTURES = 24


@dataclass
class Model:
    """A model that knows the first so many capitals, and a few more only now and then."""

    knows: int
    flaky: frozenset[int] = frozenset()
    name: str = "served-2026-01-01"
    fingerprint: str = "fp_1"
    down: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def __call__(self, request: Received) -> Reply:
        if self.down:
            return fails(500, retry_after=0)
        number = int(request.last.split()[-1].rstrip("?"))
        right = self.chance.random() < 0.5 if number in self.flaky else number < self.knows
        return answer(f"city {number}" if right else "I do not know", model=self.name, fingerprint=self.fingerprint)


@dataclass
class Nightly:
    """A suite with its provider and its nights."""

    folder: Path
    base: Model
    tuned: Model

    def bless(self, count: int = 3) -> None:
        bless([run(self.folder, fresh=True) for _ in range(count)])

    def night(self) -> SuiteNight:
        return nightly([self.folder]).nights[0]

    def nights(self, count: int, each: Callable[[int], None] = lambda _: None) -> list[SuiteNight]:
        found = []
        for number in range(count):
            each(number)
            found.append(self.night())
        return found


@pytest.fixture
def suite(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Nightly:
    monkeypatch.chdir(tmp_path)
    made = Nightly(write_capitals(tmp_path / "capitals", provider.url, FIXTURES), Model(8), Model(22))
    provider.on("weak", made.base)
    provider.on("strong", made.tuned)
    return made


@pytest.fixture(params=[pytest.param(8, id="a week"), pytest.param(42, id="six weeks", marks=pytest.mark.six_weeks)])
def weeks(request: pytest.FixtureRequest) -> Iterator[int]:
    yield request.param


def outcomes(nights: list[SuiteNight]) -> list[tuple[str, int]]:
    return [(night.outcome, night.exit_code) for night in nights]


@pytest.mark.six_weeks
def test_steady_nights_with_a_flaky_fixture_and_one_of_provider_failures(suite: Nightly, weeks: int) -> None:
    suite.tuned.flaky = frozenset({3})
    suite.bless()

    def failing(night: int) -> None:
        suite.tuned.down = night == weeks // 2

    nights = suite.nights(weeks, failing)
    bad = nights.pop(weeks // 2)
    assert set(outcomes(nights)) == {("nothing", 0)}
    assert (bad.outcome, bad.exit_code) == ("no_verdict", 3)
    assert "Of 24 calls of tuned 24 failed (server 24)" in bad.headline
    assert {name for night in nights for name in night.flaky.get("tuned/accuracy", ())} <= {"c3"}
    assert "confirmed" not in {said for night in nights for said in night.standings.values()}
    kept = Nights(Path(".harness/runs"), "capitals").read()
    assert [night.counts for night in kept].count(False) == 1
    trend = next(t for t in nights[-1].trends if t.variant == "tuned")
    assert len(trend.points) == weeks - 1  # the bad night is not in it
    assert not trend.left


def test_a_model_that_moves_in_silence(suite: Nightly, weeks: int) -> None:
    suite.bless()

    def moving(night: int) -> None:
        if night == weeks - 4:
            suite.tuned.name, suite.tuned.knows = "served-2026-03-01", 10

    nights = suite.nights(weeks, moving)
    assert set(outcomes(nights[:-4])) == {("nothing", 0)}
    assert outcomes(nights[-4:]) == [("model_moved", 1)] * 4
    assert "served-2026-03-01" in nights[-4].headline
    assert "served-2026-01-01" in nights[-4].headline
    flipped = {t.fixture_id for t in nights[-4].turned if t.variant == "tuned" and t.lost}
    assert flipped == {f"c{number}" for number in range(10, 22)}
    assert nights[-4].reruns == 6
    kept = {path.name for path in Path(".harness/runs/capitals").glob("2*")}
    assert {run_id for night in nights for run_id in night.run_ids} == kept - set(nights[0].reference_runs)
    changed = next(t for t in nights[-1].trends if t.variant == "tuned").changes
    assert [change.index for change in changed] == [weeks - 4]


@pytest.mark.six_weeks
def test_a_slow_decline_is_a_regression_once_it_can_be_told(suite: Nightly, weeks: int) -> None:
    suite.bless()

    def lost(night: int) -> int:
        return 12 * night // (weeks - 1)

    def declining(night: int) -> None:
        suite.tuned.knows = 22 - lost(night)

    nights = suite.nights(weeks, declining)
    first = next(at for at, night in enumerate(nights) if night.exit_code)
    assert set(outcomes(nights[:first])) == {("nothing", 0)}
    assert set(outcomes(nights[first:])) == {("regressed", 1)}
    # mid-p of 9 losses to 0 is below .05/20 after Holm over the two things watched; of 8 to 0 it is not: .5 ** 9 > .00125
    assert lost(first - 1) <= 8 < lost(first)
    assert f"tuned is -{lost(first) / 0.24:.1f} points" in nights[first].headline
    assert next(t for t in nights[-1].trends if t.variant == "tuned").changes


def test_a_base_that_catches_up(suite: Nightly, weeks: int) -> None:
    suite.bless()

    def improving(night: int) -> None:
        suite.base.knows = 8 if night < weeks - 3 else 22

    nights = suite.nights(weeks, improving)
    assert set(outcomes(nights[:-3])) == {("nothing", 0)}
    assert outcomes(nights[-3:]) == [("caught_up", 1)] * 3
    assert "may be retired" in nights[-1].headline
    assert "+58.3 points" in nights[-1].headline  # the lift of 14 in 24 that the reference had


def test_a_base_that_improves_and_is_still_beaten_is_no_reason_to_act(suite: Nightly) -> None:
    suite.base.knows = 2
    suite.bless(1)
    suite.base.knows = 12
    night = suite.night()
    assert (night.outcome, night.exit_code) == ("nothing", 0)
    assert any(line.startswith("Confirmed: baseline is +41.7 points") for line in night.findings)


def test_a_model_that_moves_and_harms_nothing_is_told_once(suite: Nightly) -> None:
    suite.bless(1)
    suite.tuned.fingerprint = "fp_2"
    first, second = suite.nights(2)
    assert (first.outcome, first.exit_code) == ("model_moved", 0)
    assert "fp_2" in first.headline
    assert (second.outcome, second.exit_code) == ("nothing", 0)
    assert any("fp_2" in line and "since the night of" in line for line in second.findings)


def test_data_that_drift_are_named_and_never_a_regression(suite: Nightly) -> None:
    suite.bless(1)
    lines = (suite.folder / "fixtures.jsonl").read_text(encoding="utf-8").splitlines()
    changed = lines[5].replace("city 5", "city of 5")
    (suite.folder / "fixtures.jsonl").write_text("\n".join([*lines[:5], changed, *lines[6:]]) + "\n", encoding="utf-8")
    suite.tuned.knows = 3
    night = suite.night()
    assert (night.outcome, night.exit_code) == ("drifted", 3)
    assert "1 fixture has changed: c5" in night.headline
    assert night.reruns == 0


def test_without_a_reference_the_nights_before_stand_in(suite: Nightly) -> None:
    first, second = suite.nights(2)
    assert (first.outcome, first.exit_code, first.reference_runs) == ("nothing", 0, ())
    assert second.stands_in
    assert second.reference_runs == first.run_ids
    suite.tuned.knows = 8
    third = suite.night()
    assert (third.outcome, third.exit_code) == ("regressed", 1)
    fourth = suite.night()
    assert fourth.reference_runs == (*first.run_ids, *second.run_ids)  # a regression never becomes the norm
    (suite.folder / "prompts/ask.yaml").write_text("- {role: user, content: 'Name the {{ input }}'}\n", encoding="utf-8")
    fifth = suite.night()
    assert (fifth.outcome, fifth.exit_code) == ("drifted", 3)
    assert "the prompt of baseline has changed" in fifth.headline
    sixth = suite.night()
    assert (sixth.outcome, sixth.reference_runs) == ("nothing", fifth.run_ids)  # a new series


def test_a_cap_on_cost_leaves_a_suspicion_open(suite: Nightly) -> None:
    suite.bless(1)
    suite.tuned.knows = 8
    one_run = run(suite.folder, fresh=True).run.record.totals["cost"]
    done = nightly([suite.folder], max_cost=one_run * 1.02 + 0.0003)
    night = done.nights[0]
    assert night.outcome in ("nothing", "no_verdict")
    assert "confirmed" not in night.standings.values()


def test_each_suite_is_told_apart_and_the_worst_decides(tmp_path: Path, suite: Nightly, provider: Provider) -> None:
    other = write_capitals(tmp_path / "other", provider.url, FIXTURES, suite="other")
    both = nightly([suite.folder, other])
    assert [night.suite for night in both.nights] == ["capitals", "other"]
    suite.tuned.knows = 5
    (other / "fixtures.jsonl").write_text((other / "fixtures.jsonl").read_text(encoding="utf-8").replace("city 1", "town 1"))
    done: NightlyRun = nightly([suite.folder, other])
    assert Counter(night.outcome for night in done.nights) == {"regressed": 1, "drifted": 1}
    assert done.exit_code == 1


def test_a_night_that_cannot_be_compared_does_not_stop_the_others(tmp_path: Path, suite: Nightly, provider: Provider) -> None:
    other = write_capitals(tmp_path / "other", provider.url, FIXTURES, suite="other")
    (other / "reference").mkdir()
    done = nightly([other, suite.folder])
    assert [night.outcome for night in done.nights] == ["no_verdict", "nothing"]
    assert "there is no reference" in done.nights[0].headline
    assert done.exit_code == 2


def test_blessed_runs_are_evaluated_runs_too(suite: Nightly) -> None:
    made = run(suite.folder)
    assert isinstance(made, EvaluatedRun)
    assert bless([made], by="Ada").reference.blessed_by == "Ada"


def test_a_place_that_cannot_be_written_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        write_outputs(NightlyRun(()), tmp_path / "file/out")
