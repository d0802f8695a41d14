"""A suite against itself, from Python, at a provider whose answers vary from call to call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from tests.cli.conftest import city, write_suite
from tests.provider import Provider, Received, fails


def changes_its_mind(unsteady: int) -> Callable[[Received], str]:
    """A model that is right on countries below 20, and on the next ``unsteady`` ones every other time it is asked."""
    asked: Counter[int] = Counter()

    def answers(request: Received) -> str:
        number = int(request.last.split()[-1].rstrip("?"))
        asked[number] += 1
        right = number < 20 or (number < 20 + unsteady and (asked[number] + number) % 2 == 0)
        return f"city {number}" if right else "I do not know"

    return answers


@pytest.fixture
def folder(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    provider.on("weak", changes_its_mind(12))
    provider.on("strong", city)
    return write_suite(tmp_path / "capitals", provider.url)


def test_a_model_that_changes_its_mind_has_a_noise_floor(folder: Path) -> None:
    floor = harness.aa(folder)
    assert (floor.variant, floor.repeats, floor.exit_code) == ("baseline", 2, 0)
    assert (floor.reworded, floor.compared) == (12, 40)
    noise = next(n for n in floor.metrics if n.metric == "accuracy")
    assert sum(noise.runs) == pytest.approx(52 / 40)  # which answer comes first is up to the network
    assert noise.largest == pytest.approx(max(noise.runs) - min(noise.runs))
    assert noise.changed == 12
    # 12 of 40 fixtures have variance 1/2 between two answers, so one run's mean has variance 12/2/40^2
    assert noise.spread == pytest.approx((12 / 2) ** 0.5 / 40)
    assert noise.false_alarms is not None
    assert noise.false_alarms.trials == 400
    assert noise.false_alarms.rate == pytest.approx(79 * 2 / 2**12, abs=0.04)  # mid-p of 12 discordant pairs: 10 to 2 or more
    # (1.96 sqrt(psi) + .8416 sqrt(psi - d^2))^2 / d^2 = 40 at psi = 12/40
    d = noise.margin
    assert d is not None
    assert (1.959964 * 0.3**0.5 + 0.8416212 * (0.3 - d * d) ** 0.5) ** 2 / d**2 == pytest.approx(40, rel=1e-4)
    assert "On 12 of 40 fixtures the answers were not the same" in floor.text
    assert "in identical runs; the score changed on 12 of 40 fixtures." in floor.text
    assert "The gate beats declares a margin of 1.0 points on accuracy" in floor.text


def test_a_deterministic_model_is_said_to_have_no_noise(folder: Path) -> None:
    floor = harness.aa(folder, variant="tuned", repeats=3)
    noise = next(n for n in floor.metrics if n.metric == "accuracy")
    assert (noise.runs, noise.changed, noise.spread, noise.largest) == ((0.75,) * 3, 0, 0, 0)
    assert noise.false_alarms is None
    assert "this variant is deterministic" in floor.text
    assert "accuracy\n  75.0 %, 75.0 % and 75.0 %: every answer to a fixture was scored the same" in floor.text


def test_a_suite_that_asks_twice_is_held_against_itself_with_two_answers_a_run(tmp_path: Path, provider: Provider) -> None:
    provider.on("weak", changes_its_mind(12))
    floor = harness.aa(write_suite(tmp_path / "twice", provider.url, repeats=2), store=tmp_path / "runs", limit=32)
    assert (floor.repeats, floor.responses) == (4, 2)
    noise = next(n for n in floor.metrics if n.metric == "accuracy")
    assert (len(noise.runs), noise.fixtures) == (2, 32)


def test_fixtures_of_one_group_are_swapped_together(tmp_path: Path, provider: Provider) -> None:
    provider.on("weak", changes_its_mind(12))
    folder = write_suite(tmp_path / "grouped", provider.url)
    lines = (folder / "fixtures.jsonl").read_text(encoding="utf-8").splitlines()
    grouped = [line[:-1] + f', "group": "g{number // 4}"}}' for number, line in enumerate(lines)]
    (folder / "fixtures.jsonl").write_text("\n".join(grouped) + "\n", encoding="utf-8")
    noise = next(n for n in harness.aa(folder, store=tmp_path / "runs").metrics if n.metric == "accuracy")
    assert noise.false_alarms is not None
    assert noise.false_alarms.low <= 0.05


def test_answers_that_do_not_come_are_exit_3(folder: Path, provider: Provider) -> None:
    provider.on("weak", lambda request: city(request) if int(request.last.split()[-1].rstrip("?")) < 30 else fails(400, "no"))
    floor = harness.aa(folder)
    assert floor.exit_code == 3
    assert "Too few answers came back" in floor.text


@pytest.mark.parametrize("options", [{"variant": "basline"}, {"repeats": 1}, {"limit": 0}])
def test_bad_input_asks_nothing(folder: Path, provider: Provider, options: dict[str, object]) -> None:
    with pytest.raises(harness.HarnessError):
        harness.aa(folder, **options)  # type: ignore[arg-type]
    assert provider.requests == []
