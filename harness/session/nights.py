"""A night: every suite asked anew, held against its reference and the nights before, and what happened said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harness.errors import Fault, HarnessError, SuiteError
from harness.models import WARN_DAYS, Retirement, models_of, retirement_sentence, retirements, retiring
from harness.running import Progress
from harness.session.loading import load_suite
from harness.session.suite_night import SuiteNightly
from harness.store import DEFAULT_ROOT, Store
from harness.suite import Suite
from harness.verdicts import NightRule, SuiteNight, night_keys

FORMAT = 1
"""Of the keys of ``to_dict``: raised when one changes its meaning or goes; keys may be added."""


@dataclass(frozen=True)
class NightlyRun:
    """A night of some suites.

    Attributes:
        nights: One for each suite, in the order given.
        interrupted: Whether the user stopped it.
        retired: Models that are retired within the days that were to fail.
    """

    nights: tuple[SuiteNight, ...]
    interrupted: bool = False
    retired: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """130 interrupted; else 1 a confirmed regression or a retired model; else 2 wrong input; else 3 no verdict; else 0."""
        codes = {night.exit_code for night in self.nights}
        if self.interrupted:
            return 130
        if self.retired:
            return 1
        return next((code for code in (1, 2, 3) if code in codes), 0)

    def to_dict(self) -> dict[str, Any]:
        """The stable, versioned keys that ``harness nightly --json`` prints; what is not known is null."""
        return {
            "format": FORMAT,
            "exit_code": self.exit_code,
            "interrupted": self.interrupted,
            "retired": list(self.retired),
            "suites": [night_keys(night) for night in self.nights],
        }


def nightly(
    suites: Sequence[Suite | str | Path],
    *,
    store: str | Path | None = None,
    alpha: float = 0.05,
    limit: int | None = None,
    slots: int = 1,
    max_cost: float | None = None,
    fail_on_retirement: int | None = None,
    progress: Progress | None = None,
) -> NightlyRun:
    """Run suites anew, compare them with their references and the nights before, and say what happened.

    Whatever is suspected is asked again at once. Each night is kept as runs in the store and as a line of the suite's nights.

    Args:
        suites: Loaded suites, or paths of some.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        alpha: Share of steady months with a false alarm.
        limit: The first ``limit`` fixtures only; nights with another limit are another series.
        slots: Requests the embedded model works on at once.
        max_cost: US dollars the whole night may cost, re-runs included.
        fail_on_retirement: Exit code 1 where a model is retired within so many days.
        progress: Told what happens while it happens.

    Raises:
        SuiteError: A suite cannot be used as written; all faults of all suites at once, and nothing is asked.
    """
    loaded = _loaded(suites)
    rule = NightRule(alpha=alpha)
    today = datetime.now(UTC).date()
    nights: list[SuiteNight] = []
    interrupted = False
    left = max_cost
    for suite in loaded:
        if progress is not None and len(loaded) > 1:
            progress.note(f"{suite.name}:")
        one = SuiteNightly(suite, Store(store or DEFAULT_ROOT), rule, limit=limit, slots=slots, left=left, progress=progress)
        try:
            night = one.night()
        except HarnessError as error:
            night = _broken(suite, error, one)
        nights.append(replace(night, retirements=_warnings(suite, today)))
        left = one.left
        if one.interrupted:
            interrupted = True
            break
    gone = (
        [] if fail_on_retirement is None else [_warned(s, one) for s in loaded for one in _retiring(s, today, fail_on_retirement)]
    )
    return NightlyRun(tuple(nights), interrupted, tuple(gone))


def _loaded(suites: Sequence[Suite | str | Path]) -> list[Suite]:
    loaded: list[Suite] = []
    faults: list[Fault | str] = []
    for suite in suites:
        try:
            loaded.append(suite if isinstance(suite, Suite) else load_suite(suite))
        except SuiteError as error:
            faults += error.faults
    names = [suite.name for suite in loaded]
    faults += [f"two suites are called {name}; their nights would be mixed" for name in {n for n in names if names.count(n) > 1}]
    if faults:
        raise SuiteError(*faults)
    return loaded


def _broken(suite: Suite, error: HarnessError, one: SuiteNightly) -> SuiteNight:
    """A suite that could not be run or compared: said, and the others go on."""
    said = " ".join(str(error).splitlines())
    code = error.exit_code
    if one.asked:
        return one.told("no_verdict", said, code)
    return SuiteNight(
        suite.name, datetime.now(UTC).isoformat(timespec="seconds"), (), "", "no_verdict", said, code, rule=one.rule
    )


def _retiring(suite: Suite, today: date, days: int) -> tuple[Retirement, ...]:
    return retiring(retirements(models_of(suite.definition), today, suite.definition.retirements), days)


def _warned(suite: Suite, one: Retirement) -> str:
    return retirement_sentence(one, models_of(suite.definition)[one.model])


def _warnings(suite: Suite, today: date) -> tuple[str, ...]:
    return tuple(_warned(suite, one) for one in _retiring(suite, today, WARN_DAYS))
