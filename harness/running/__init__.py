"""Running a suite: what must be asked of which variant, minus what is known, through a bounded engine, into a run folder."""

from harness.running.answerer import Answerer
from harness.running.floors import majority_answer
from harness.running.planned import PlannedRequest, Selection, select
from harness.running.progress import PlainProgress, Progress, RichProgress, make_progress
from harness.running.run import RunOutcome, plan, run_suite

__all__ = [
    "Answerer",
    "PlainProgress",
    "PlannedRequest",
    "Progress",
    "RichProgress",
    "RunOutcome",
    "Selection",
    "majority_answer",
    "make_progress",
    "plan",
    "run_suite",
    "select",
]
