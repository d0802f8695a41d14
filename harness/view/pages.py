"""The pages of a store, rendered when they are asked for and kept as long as the run's files stay as they are."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from harness.errors import HarnessError
from harness.report import (
    RunEntry,
    RunVerdict,
    render_html,
    render_kept_nights,
    render_runs,
    render_two_runs,
    unread_verdict,
    verdict_of,
)
from harness.session import EvaluatedRun, compare_runs, evaluate
from harness.store import ListedRun, Nights, Store
from harness.suite import JOIN

_KEPT = 16
"""Pages kept; one of ten thousand fixtures has some megabytes."""
_AT_ONCE = 200
"""Runs, the newest, that are judged for the index without being asked for."""


class NoSuchPageError(Exception):
    """An address names a run or a suite that the store does not have."""


Stamp = tuple[tuple[str, int, int], ...]


class Pages:
    """The pages of one store; what they are made of is read one at a time."""

    def __init__(self, store: Store) -> None:
        """Name the store; nothing is read yet."""
        self._store = store
        self._reading = threading.Lock()
        self._rendered: OrderedDict[tuple[str, ...], tuple[tuple[Stamp, ...], str]] = OrderedDict()
        self._verdicts: dict[str, tuple[Stamp, RunVerdict]] = {}
        self._judging = threading.Lock()

    def index(self) -> str:
        """The list of runs, newest first, with the verdicts that are known already; the others are worked out meanwhile."""
        listed = self._listed()
        entries = [RunEntry(run, self._known(run), _settled(run)) for run in listed]
        if any(entry.verdict is None and entry.judged for entry in entries):
            threading.Thread(target=self._judge_all, args=(listed,), daemon=True).start()
        nights = [suite for suite in dict.fromkeys(run.record.suite for run in listed) if Nights(self._store.root, suite).read()]
        return render_runs(entries, nights, str(self._store.root), tuple(self._store.notes))

    def verdicts(self) -> dict[str, object]:
        """The verdicts known so far by ``suite/run id``, and how many are still to come."""
        known = {_key(run): self._known(run) for run in self._listed() if _settled(run)}
        return {
            "verdicts": {key: asdict(verdict) for key, verdict in known.items() if verdict is not None},
            "pending": sum(verdict is None for verdict in list(known.values())[:_AT_ONCE]),
        }

    def report(self, suite: str, run_id: str) -> str:
        """The report of a run.

        Raises:
            NoSuchPageError: There is no such run.
            HarnessError: It cannot be read.
        """
        listed = self._find(f"{suite}/{run_id}")

        def render() -> str:
            evaluated = self._evaluated(listed)
            return render_html(evaluated.run, evaluated.judgement, beside=evaluated.beside)

        return self._once(("run", _key(listed)), (listed,), render)

    def compared(self, before: str, after: str) -> str:
        """Two runs compared, each named ``suite/run id``.

        Raises:
            NoSuchPageError: There is no such run.
            HarnessError: They cannot be read, or have nothing in common.
        """
        earlier, later = self._find(before), self._find(after)

        def render() -> str:
            return render_two_runs(compare_runs(earlier.folder, later.folder, store=self._store.root))

        return self._once(("compare", _key(earlier), _key(later)), (earlier, later), render)

    def nights(self, suite: str) -> str:
        """The nights of a suite that are kept.

        Raises:
            NoSuchPageError: It has none.
        """
        listed = self._listed()
        known = suite in {run.record.suite for run in listed}
        nights = Nights(self._store.root, suite).read() if known else ()
        if not nights:
            raise NoSuchPageError(suite)
        return render_kept_nights(suite, nights, frozenset(_key(run) for run in listed))

    def _listed(self) -> list[ListedRun]:
        return [run for run in self._store.listed() if JOIN not in run.record.suite]

    def _find(self, key: str) -> ListedRun:
        found = {_key(run): run for run in self._listed()}.get(key)
        if found is None:
            raise NoSuchPageError(key)
        return found

    def _once(self, name: tuple[str, ...], runs: tuple[ListedRun, ...], render: Callable[[], str]) -> str:
        """Render a page unless it is kept and its runs' files are as they were."""
        with self._reading:
            stamps = tuple(_stamp(run.folder) for run in runs)
            kept = self._rendered.get(name)
            if kept is None or kept[0] != stamps:
                self._rendered[name] = kept = (stamps, render())
            self._rendered.move_to_end(name)
            while len(self._rendered) > _KEPT:
                self._rendered.popitem(last=False)
            return kept[1]

    def _evaluated(self, run: ListedRun) -> EvaluatedRun:
        stamp = _stamp(run.folder)
        evaluated = evaluate(self._store.read(run.folder))
        self._verdicts[_key(run)] = (stamp, verdict_of(evaluated.judgement))
        return evaluated

    def _known(self, run: ListedRun) -> RunVerdict | None:
        found = self._verdicts.get(_key(run))
        return found[1] if found is not None and found[0] == _stamp(run.folder) else None

    def _judge_all(self, runs: list[ListedRun]) -> None:
        """Judge what is not judged yet, newest first; one thread at a time does so."""
        if not self._judging.acquire(blocking=False):
            return
        try:
            for run in [each for each in runs if _settled(each)][:_AT_ONCE]:
                with self._reading:
                    if self._known(run) is None:
                        self._judge(run)
        finally:
            self._judging.release()

    def _judge(self, run: ListedRun) -> None:
        try:
            self._evaluated(run)
        except (HarnessError, OSError) as error:
            self._verdicts[_key(run)] = (_stamp(run.folder), unread_verdict(str(error)))


def _settled(run: ListedRun) -> bool:
    """Whether nobody works on a run any more, so that it can be judged."""
    return run.holder is None and bool(run.answered)


def _key(run: ListedRun) -> str:
    return f"{run.record.suite}/{run.record.run_id}"


def _stamp(folder: Path) -> Stamp:
    """What changes when a run's files do."""
    found = []
    for path in sorted(folder.iterdir()):
        try:
            said = path.stat()
        except OSError:  # it went away meanwhile
            continue
        found.append((path.name, said.st_mtime_ns, said.st_size))
    return tuple(found)
