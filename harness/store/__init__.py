"""Run folders: the journal while running, Parquet afterwards, read in place with DuckDB."""

from harness.store.alive import Hold, Holder
from harness.store.answers import PastAnswers
from harness.store.claims import BUSY, Claims
from harness.store.exporting import TableForm, TableName
from harness.store.judgements import OpenJudging
from harness.store.layout import new_run_id
from harness.store.listing import ListedRun
from harness.store.nights import Night, Nights
from harness.store.open_run import OpenRun
from harness.store.plan_table import PlanTable, ToAsk
from harness.store.pruning import PrunePlan, PruneRules
from harness.store.record import FORMAT, Run, RunRecord, Score, StoredJudgement, StoredResponse
from harness.store.reference import Reference, content_hash, read_reference, write_reference
from harness.store.rows import hits_text
from harness.store.store import DEFAULT_ROOT, Store

__all__ = [
    "BUSY",
    "DEFAULT_ROOT",
    "FORMAT",
    "Claims",
    "Hold",
    "Holder",
    "ListedRun",
    "Night",
    "Nights",
    "OpenJudging",
    "OpenRun",
    "PastAnswers",
    "PlanTable",
    "PrunePlan",
    "PruneRules",
    "Reference",
    "Run",
    "RunRecord",
    "Score",
    "Store",
    "StoredJudgement",
    "StoredResponse",
    "TableForm",
    "TableName",
    "ToAsk",
    "content_hash",
    "hits_text",
    "new_run_id",
    "read_reference",
    "write_reference",
]
