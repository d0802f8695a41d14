"""Two processes run a suite with a judge at the same time: the judge is asked everything once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from harness.store import Store
from tests.cli.conftest import city, oracle, write_suite
from tests.provider import Provider, answer


def test_judges_are_asked_once_by_all_together(tmp_path: Path, provider: Provider) -> None:
    from tests.session.process import start_run

    provider.on("weak", city)
    provider.on("strong", oracle)
    provider.on("judge", lambda request: answer('{"score": 4}', delay=0.03))
    price = {"input_per_million": 100, "output_per_million": 200}
    rubric = {"rubric": {"model": "openai/judge", "criteria": "Is it right?", "api_base": provider.url, "price": price}}
    suite = write_suite(tmp_path / "capitals", provider.url, metrics=[rubric], gates=[], concurrency=4)
    store = Store(tmp_path / "runs")

    started = [start_run(suite, store.root) for _ in range(2)]
    for process in started:
        process.join(200)

    assert [process.exitcode for process in started] == [0, 0]
    assert max(Counter((r.model, r.last) for r in provider.requests).values()) == 1
    records = [run.record for run in store.listed()]
    assert [record.status for record in records] == ["complete", "complete"]
    assert sum(record.totals["asked"] for record in records) == 80
    assert sum(record.totals["judge_asked"] for record in records) == len(provider.asked("judge"))
    assert [record.totals["judge_missing"] for record in records] == [0, 0]
    assert len({record.judges["rubric"]["cost_at_first_asking"] for record in records}) == 1
    said = [sorted((j.metric, j.answer.hash) for j in store.read_judgements(run.folder)) for run in store.listed()]
    assert said[0] == said[1] and len(said[0]) == 80
