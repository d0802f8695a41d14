"""The responses of a large run are a sequence that is read anew each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.store import Score, Store
from harness.store.streamed import Streamed, held_or_streamed
from tests.store.writing import stored, write_run


@pytest.fixture
def few_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.store.streamed.HELD", 2)


@pytest.mark.usefixtures("few_held")
def test_a_large_run_reads_as_a_small_one_does(tmp_path: Path) -> None:
    store = Store(tmp_path)
    answers = tuple(stored(f"h{i}", f"f{i}", text=f"answer {i}") for i in range(3))
    folder = write_run(store, answers)
    scores = tuple(Score(f"f{i}", "weak", 0, metric, {"value": float(i)}) for i in range(3) for metric in ("a", "b"))
    store.write_scores(folder, scores)

    run = store.read(folder)

    assert isinstance(run.responses, Streamed) and isinstance(run.scores, Streamed)
    assert run.responses == answers and tuple(run.responses) == answers, "as often as it is gone through"
    assert (len(run.responses), run.responses[1], run.responses[-1], run.responses[:2]) == (
        3,
        answers[1],
        answers[2],
        answers[:2],
    )
    assert run.scores == scores and run.scores
    with pytest.raises(IndexError):
        run.responses[3]


def test_up_to_a_number_of_rows_they_are_held() -> None:
    assert held_or_streamed(lambda: iter("ab")) == ("a", "b")
