"""Run folders: the journal while running, Parquet afterwards, read in place with DuckDB."""

from harness.store.layout import new_run_id
from harness.store.record import FORMAT, Run, RunRecord, Score, StoredResponse
from harness.store.store import DEFAULT_ROOT, OpenRun, Store

__all__ = ["DEFAULT_ROOT", "FORMAT", "OpenRun", "Run", "RunRecord", "Score", "Store", "StoredResponse", "new_run_id"]
