"""The store: all run folders under one root, which are at once the record, the cache and the means to resume."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.errors import Fault, StoreError, UnfinishedError
from harness.store import layout, responses, tables
from harness.store.alive import Hold, Holder, holder
from harness.store.answers import JUDGEMENTS, RESPONSES, PastAnswers, find_answers, past_answers, typical_latency
from harness.store.claims import Claims
from harness.store.exporting import TableForm, TableName, export_table
from harness.store.journal import has_line
from harness.store.judgements import OpenJudging, read_judgements
from harness.store.listing import ListedRun, describe
from harness.store.open_run import AGAIN, OpenRun
from harness.store.plan_table import PlanTable
from harness.store.pruning import PrunePlan, PruneRules, plan_prune, prune, read_references
from harness.store.record import Run, RunRecord, Score, StoredJudgement, StoredResponse
from harness.store.streamed import held_or_streamed
from harness.suite import Fixture

DEFAULT_ROOT = ".harness/runs"
"""Where run folders live unless another place is given, relative to the working directory."""


class Store:
    """Run folders under one root: ``<root>/<suite>/<run id>/``.

    Attributes:
        root: The folder that holds the runs.
        notes: One line for each run folder or file that could not be read and was skipped.
    """

    def __init__(self, root: str | os.PathLike[str] = DEFAULT_ROOT) -> None:
        """Name the root; nothing is made before the first run begins.

        Raises:
            StoreError: When the root is an address of something else than a local folder, or a file.
        """
        said = os.fspath(root).removeprefix("file://")
        if "://" in said:
            raise StoreError(Fault(f"runs cannot be written to {said}", "name a local folder and copy the runs from there"))
        self.root = Path(said)
        try:
            is_file = self.root.is_file()
        except OSError as error:
            raise StoreError(Fault(f"cannot be used: {error.strerror}", "name another folder", said)) from error
        if is_file:
            raise StoreError(Fault("is a file, and runs are kept in a folder", "name a folder", said))
        self.notes: list[str] = []

    def begin(self, record: RunRecord, fixtures: Iterable[Fixture]) -> OpenRun:
        """Make the folder of a new run.

        Args:
            record: What is known before anything is asked; its status is ``running``.
            fixtures: The fixtures of this run, in the suite's order.

        Raises:
            StoreError: When the folder cannot be made.
        """
        folder = self.root / record.suite / record.run_id
        kept = tuple(fixtures)
        with tables.writing(folder, "free the place or name another store", StoreError):
            folder.mkdir(parents=True)
            hold = Hold(folder)
            try:
                tables.write_fixtures(folder, kept)
                layout.write_record(folder, record)
                return OpenRun(folder, hold=hold, begun=(record, kept))
            except BaseException:
                hold.release()
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def hold(self, folder: str | os.PathLike[str]) -> Hold:
        """Show other processes that a run is being worked on, until that is released.

        Raises:
            StoreError: When another process works on it, or the folder cannot be written to.
        """
        path = Path(folder)
        with tables.writing(path, "free the place or copy the run to another store", StoreError):
            return Hold(path)

    def holder(self, folder: str | os.PathLike[str]) -> Holder | None:
        """Say which process works on a run; None where none does."""
        return holder(Path(folder))

    def claims(self, suite: str, *, judges: bool = False) -> Claims:
        """Begin to share the asking with other processes that run the same suite; see ``Claims``.

        Args:
            suite: The suite.
            judges: Whether judges are asked, or variants.

        Raises:
            StoreError: When the store cannot be written to.
        """
        folder = self.root / suite
        with tables.writing(folder, "free the place or name another store", StoreError):
            return Claims(folder, JUDGEMENTS if judges else RESPONSES)

    def answers(self, hashes: Collection[str], suite: str | None = None) -> dict[str, StoredResponse]:
        """Find the newest usable answer to each request in all runs, complete or interrupted.

        Args:
            hashes: Request hashes.
            suite: Look in the runs of this suite only.

        Returns:
            An answer for each hash that has one; failed responses are no answers.
        """
        return find_answers([folder for _, folder in self._records(suite)], hashes, self._note)

    def look_up(self, plan: PlanTable) -> None:
        """Find the newest usable answer in all runs to what a plan has none to yet."""
        plan.look_up([folder for _, folder in self._records(None)], self._note)

    def judgements(self, hashes: Collection[str]) -> dict[str, StoredResponse]:
        """Find the newest usable answer of a judge to each request, in all runs, judged to the end or not."""
        return find_answers([folder for _, folder in self._records(None)], hashes, self._note, JUDGEMENTS)

    def typical_latency(self, suite: str, variant: str) -> float | None:
        """Return the median latency, in seconds, of a variant's answers in earlier runs; None where there is none."""
        return typical_latency([folder for _, folder in self._records(suite)], variant)

    def past_answers(self, suite: str, variant: str, model: str, adapter: str | None = None) -> PastAnswers | None:
        """Sum up the answers a variant gave in earlier runs of a suite, where it asked the same model with the same adapter."""
        runs = ((record.variants.get(variant) or {}, folder) for record, folder in self._records(suite))
        same = [folder for said, folder in runs if said.get("model") == model and said.get("adapter") == adapter]
        return past_answers(same, variant)

    def read(self, folder: str | os.PathLike[str]) -> Run:
        """Read a run back from its folder alone, complete or interrupted.

        Raises:
            StoreError: When a file of it is absent, damaged, or of a newer format.
        """
        path = Path(folder)
        record = layout.read_record(path)
        answered = held_or_streamed(partial(responses.stream_responses, path))
        return Run(str(path), record, tables.read_fixtures(path), answered, self.read_scores(path))

    def read_scores(self, folder: str | os.PathLike[str]) -> Sequence[Score]:
        """Read the scores of a run; none where it has not been measured.

        Raises:
            StoreError: When the file is damaged.
        """
        return held_or_streamed(partial(tables.stream_scores, Path(folder)))

    def read_record(self, folder: str | os.PathLike[str]) -> RunRecord:
        """Read a run's record alone.

        Raises:
            StoreError: When it is absent, damaged, or of a newer format.
        """
        return layout.read_record(Path(folder))

    def judging(self, folder: str | os.PathLike[str]) -> OpenJudging:
        """Open a run to keep the answers of judges in it."""
        return OpenJudging(Path(folder))

    def read_judgements(self, folder: str | os.PathLike[str]) -> tuple[StoredJudgement, ...]:
        """Read what judges said of a run's responses; nothing where none was asked.

        Raises:
            StoreError: When the file is damaged.
        """
        return read_judgements(Path(folder))

    def write_record(self, folder: str | os.PathLike[str], record: RunRecord) -> None:
        """Write run.json in place of what it said, whole or not at all.

        Raises:
            UnfinishedError: When it cannot be written.
        """
        with tables.writing(Path(folder), AGAIN, UnfinishedError):
            layout.write_record(Path(folder), record)

    def write_scores(self, folder: str | os.PathLike[str], scores: Iterable[Score]) -> None:
        """Write the scores of a run, in place of those it had.

        Raises:
            UnfinishedError: When they cannot be written.
        """
        with tables.writing(Path(folder), AGAIN, UnfinishedError):
            tables.write_scores(Path(folder), scores)

    def export(self, folder: str | os.PathLike[str], table: TableName, form: TableForm, target: str | os.PathLike[str]) -> int:
        """Write a run's scores or responses as one file for other programs; see ``export_table``.

        Returns:
            Rows written.

        Raises:
            StoreError: The run has no such table, a file of it cannot be read, or the place cannot be written.
        """
        return export_table(Path(folder), table, form, Path(target))

    def list(self) -> list[RunRecord]:
        """Read the records of all runs, newest first; a folder that cannot be read is skipped with a note."""
        return [record for record, _ in self._records(None)]

    def listed(self, suite: str | None = None) -> Sequence[ListedRun]:
        """Describe all runs, or those of one suite, newest first, as a list of runs shows them."""
        return [describe(record, folder) for record, folder in self._records(suite)]

    def plan_prune(
        self,
        rules: PruneRules | None = None,
        *,
        suites: Collection[str] | None = None,
        folders: Iterable[str | os.PathLike[str]] = (),
    ) -> PrunePlan:
        """Work out which runs may go and which must stay; nothing is changed.

        Args:
            rules: What stays besides what is running; the usual rules unless given.
            suites: Prune the runs of these suites only.
            folders: Folders of suites whose references count, besides those that the runs themselves name.

        Raises:
            StoreError: When a reference cannot be read.
        """
        runs = self.listed()
        asked = rules or PruneRules()
        named = [Path(run.record.suite_path).parent for run in runs if suites is None or run.record.suite in suites]
        references = read_references(dict.fromkeys([*map(Path, folders), *named]))
        return plan_prune(self.root, runs, replace(asked, references={**references, **asked.references}), suites)

    def prune(self, plan: PrunePlan) -> Sequence[ListedRun]:
        """Remove what a plan says.

        Returns:
            Runs that were left after all, because a process has begun to work on them.

        Raises:
            StoreError: When something cannot be removed; what is left of it goes the next time.
        """
        return prune(self.root, plan)

    def find(self, selector: str | os.PathLike[str], suite: str | None = None) -> Path:
        """Find one run folder.

        Args:
            selector: A path of a run folder, a run id, the beginning of one, or ``latest``: the newest run with any response.
            suite: Look in the runs of this suite only.

        Raises:
            StoreError: When no run or more than one fits; it names the candidates.
        """
        said = os.fspath(selector)
        path = Path(said)
        if (path / layout.RUN).is_file():
            return path
        if path.name == layout.RUN and path.is_file():
            return path.parent
        runs = self._records(suite)
        if said == "latest":
            newest = next((folder for _, folder in runs if _has_responses(folder)), None)
            if newest is None:
                raise StoreError(self._absent("there is no run with responses", suite, []))
            return newest
        fitting = [folder for record, folder in runs if said == record.run_id]
        if not fitting and said:
            fitting = [folder for record, folder in runs if _begins(record.run_id, said)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise StoreError(Fault(f"{said} fits {len(fitting)} runs: {_some(fitting)}", "give more of the id"))
        raise StoreError(self._absent(f"no run is called {said!r}", suite, [folder for _, folder in runs]))

    def _absent(self, message: str, suite: str | None, folders: Sequence[Path]) -> Fault:
        where = f"under {self.root / suite if suite else self.root}"
        hint = f"there are: {_some(folders)}" if folders else "start one with harness run SUITE, or name another store"
        return Fault(f"{message} {where}", hint)

    def _folders(self, suite: str | None) -> Sequence[Path]:
        """All run folders, whatever state they are in, by name."""
        pattern = f"*/{layout.RUN}" if suite else f"*/*/{layout.RUN}"
        root = self.root / suite if suite else self.root
        return sorted(path.parent for path in root.glob(pattern))

    def _records(self, suite: str | None) -> Sequence[tuple[RunRecord, Path]]:
        """Readable runs, newest first."""
        found = []
        for folder in self._folders(suite):
            try:
                found.append((layout.read_record(folder), folder))
            except StoreError as error:
                self._note(f"{error} The run is skipped.")
        return sorted(found, key=lambda run: (run[0].started_at, run[0].run_id), reverse=True)

    def _note(self, line: str) -> None:
        if line not in self.notes:
            self.notes.append(line)


def _begins(run_id: str, said: str) -> bool:
    """Whether an id, or its short part after the hyphen, begins with what was said."""
    return run_id.startswith(said) or run_id.rpartition("-")[2].startswith(said)


def _has_responses(folder: Path) -> bool:
    if (folder / layout.RESPONSES).exists():
        return responses.count_responses(folder) > 0
    return responses.has_known(folder) or has_line(folder / layout.JOURNAL)


def _some(folders: Sequence[Path], most: int = 8) -> str:
    names = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in folders[:most])
    return names + (f" and {len(folders) - most} more" if len(folders) > most else "")
