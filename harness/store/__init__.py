"""Run folders: the journal while running, Parquet afterwards, read in place with DuckDB."""

from harness.store.answers import PastAnswers
from harness.store.judgements import OpenJudging
from harness.store.layout import new_run_id
from harness.store.record import FORMAT, Run, RunRecord, Score, StoredJudgement, StoredResponse
from harness.store.store import DEFAULT_ROOT, OpenRun, Store

__all__ = [
    "DEFAULT_ROOT",
    "FORMAT",
    "OpenJudging",
    "OpenRun",
    "PastAnswers",
    "Run",
    "RunRecord",
    "Score",
    "Store",
    "StoredJudgement",
    "StoredResponse",
    "new_run_id",
]
