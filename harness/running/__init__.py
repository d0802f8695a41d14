"""Running a suite: what must be asked of which variant, minus what is known, through a bounded engine, into a run folder."""

from harness.running.answerer import Answerer
from harness.running.asyncio_engine import AsyncioEngine, answer_all, run_to_end
from harness.running.cost_estimate import Range, RunEstimate, VariantEstimate, estimate_run
from harness.running.engine import Engine, Finished, Lanes
from harness.running.estimate import duration
from harness.running.floors import majority_answer
from harness.running.halt import Halt
from harness.running.interrupts import interrupts
from harness.running.outputs import check_outputs
from harness.running.patience import Patience
from harness.running.planned import PlannedRequest, Selection, select
from harness.running.progress import PlainProgress, Progress, RichProgress, Silence, make_progress
from harness.running.run import RunOutcome, name_plan, plan, run_suite
from harness.running.sharing import Sharing

__all__ = [
    "Answerer",
    "AsyncioEngine",
    "Engine",
    "Finished",
    "Halt",
    "Lanes",
    "Patience",
    "PlainProgress",
    "PlannedRequest",
    "Progress",
    "Range",
    "RichProgress",
    "RunEstimate",
    "RunOutcome",
    "Selection",
    "Sharing",
    "Silence",
    "VariantEstimate",
    "answer_all",
    "check_outputs",
    "duration",
    "estimate_run",
    "interrupts",
    "majority_answer",
    "make_progress",
    "name_plan",
    "plan",
    "run_suite",
    "run_to_end",
    "select",
]
