"""Runs that a test session shares: each suite is run once and judged once, in whichever process comes first."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.assertions.asking import AskedFor
from harness.errors import Fault, HarnessError
from harness.running import Progress
from harness.session import EvaluatedRun, evaluate, load_suite, report, run
from harness.store import Store
from harness.suite import Suite
from harness.verdicts import Judgement


@dataclass(frozen=True, slots=True)
class _Decided:
    """What the process that ran a suite tells the others."""

    folder: str
    judgement: Judgement
    interrupted: bool
    missing: tuple[tuple[str, str], ...]
    unjudged: int
    report: str | None


@dataclass(frozen=True, slots=True)
class Shared:
    """A suite's run in this session.

    Attributes:
        evaluated: The run, measured and judged.
        report: Where its report was written; None where none was asked for.
    """

    evaluated: EvaluatedRun
    report: str | None


class SharedRuns:
    """Runs suites on demand, each once for the same wishes.

    Args:
        folder: A folder that several processes share for this session; None where there is only this one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Run nothing yet."""
        self._folder = folder
        self._suites: dict[Path, Suite] = {}
        self._runs: dict[str, Shared | HarnessError] = {}

    def suite(self, path: str | Path) -> Suite:
        """Load a suite, once.

        Raises:
            SuiteError: It cannot be used as written.
        """
        place = Path(path).resolve()
        if place not in self._suites:
            self._suites[place] = load_suite(place)
        return self._suites[place]

    def run(self, path: str | Path, asked: AskedFor, progress: Callable[[], Progress] | None = None) -> Shared:
        """Run a suite, or take the run that this session has of it already, in this process or another.

        Args:
            path: The suite's folder or its suite.yaml.
            asked: How it is to be run.
            progress: Makes what tells how a run goes; called only where this process runs it.

        Raises:
            HarnessError: As ``harness.run`` does; the same error for everyone who asks.
        """
        suite = self.suite(path)
        key = hashlib.sha256(f"{suite.path}\n{asked.to_json()}".encode()).hexdigest()[:32]
        if key not in self._runs:
            self._runs[key] = self._once(key, suite, asked, progress)
        found = self._runs[key]
        if isinstance(found, HarnessError):
            raise found
        return found

    def _once(self, key: str, suite: Suite, asked: AskedFor, progress: Callable[[], Progress] | None) -> Shared | HarnessError:
        if self._folder is None:
            return _run(suite, asked, progress)
        from filelock import FileLock

        told = self._folder / f"{key}.pickle"
        with FileLock(self._folder / "asking.lock"):  # of all suites: a provider's pace is one process's, its answers everyone's
            if told.exists():
                said: _Decided | HarnessError = pickle.loads(told.read_bytes())
                return said if isinstance(said, HarnessError) else _read(said)
            found = _run(suite, asked, progress)
            unfinished = told.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(pickle.dumps(found if isinstance(found, HarnessError) else _decided(found)))
            unfinished.replace(told)
        return found


def missing_text(evaluated: EvaluatedRun, suite: Path, variants: set[str]) -> str | None:
    """Say which stored answers a replay lacks for some variants, and the command that asks for them; None where none."""
    lacking = [(variant, fixture) for variant, fixture in evaluated.missing if variant in variants]
    if not lacking:
        return None
    first = ", ".join(f"{variant} on {fixture}" for variant, fixture in lacking[:3])
    more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
    named = ",".join(dict.fromkeys(variant for variant, _ in lacking))
    noun = "answer is" if len(lacking) == 1 else "answers are"
    return str(
        Fault(
            f"{len(lacking)} stored {noun} missing: {first}{more}",
            f"ask for them with: harness run {suite} --variants {named}",
        )
    )


def _run(suite: Suite, asked: AskedFor, progress: Callable[[], Progress] | None) -> Shared | HarnessError:
    try:
        evaluated = run(
            suite,
            store=asked.store,
            variants=asked.variants,
            limit=asked.limit,
            repeats=asked.repeats,
            fresh=asked.fresh,
            replay=asked.replay,
            max_cost=None if asked.replay else asked.max_cost,
            progress=None if progress is None or asked.replay else progress(),
        )
        return Shared(evaluated, _reported(evaluated, asked.report))
    except HarnessError as error:
        return error


def _reported(evaluated: EvaluatedRun, path: str | None) -> str | None:
    if path is None:
        return None
    whole = path if path.endswith((".html", ".htm")) else f"{path}/{evaluated.run.record.suite}.html"
    return str(report(evaluated, whole))


def _decided(shared: Shared) -> _Decided:
    e = shared.evaluated
    return _Decided(str(e.folder.resolve()), e.judgement, e.interrupted, e.missing, e.unjudged, shared.report)


def _read(said: _Decided) -> Shared:
    """The run of another process: its answers from the store, its verdicts as that process reached them."""
    stored = Store(Path(said.folder).parent.parent).read(said.folder)
    outcome = {"interrupted": said.interrupted, "missing": said.missing, "unjudged": said.unjudged}
    return Shared(evaluate(stored, judgement=said.judgement, **outcome), said.report)
