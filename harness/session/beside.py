"""What the report shows beside a run: its prompts, its suite's data checks, the noise floor and the nights."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError, StoreError
from harness.metrics import Metric
from harness.session.origin import metrics_of, suite_folder
from harness.store import Nights, Run, Store
from harness.suite import Suite
from harness.verdicts import Judgement, Trend, noise_floor, trend

if TYPE_CHECKING:
    from harness.datachecks import Finding
    from harness.report import Beside, Noise, PromptText

_AA = "aa"
"""The folder beside that of the runs in which a suite held against itself is kept."""
_MOST_NIGHTS = 60
_MOST_VARIANTS = 4


def beside(run: Run, judgement: Judgement) -> Beside:
    """Look everything up; what is gone or has changed since the run is left out with a word why, and never shown as the run's.

    Args:
        run: The run.
        judgement: Its judgement, for the metric and the variants that matter.
    """
    from harness.report import Beside

    folder = suite_folder(run)
    suite = None if folder is None else _suite(folder)
    noise, trends = _noise(run, judgement), _trends(run, judgement)
    if suite is None:
        why = "is not where it was run from" if folder is None else "cannot be loaded as it is now"
        gone = f"The suite {why}, so {{}} left out."
        return Beside(
            prompts_note=gone.format("its prompts are"),
            checks_note=gone.format("its data checks are"),
            noise=noise,
            trends=trends,
        )
    prompts, changed = _prompts(run, suite)
    same = all(suite.hashes.get(kind) == run.record.hashes.get(kind) for kind in ("fixtures", "training"))
    note = f"The prompts of {', '.join(changed)} have changed since this run and are left out." if changed else ""
    if not same:
        said = "The fixtures or the training data have changed since this run: what harness check says of them now is left out."
        return Beside(prompts, note, None, said, noise, trends)
    return Beside(prompts, note, _checks(run, suite), "", noise, trends)


def _suite(folder: Path) -> Suite | None:
    from harness.session.loading import load_suite

    try:
        return load_suite(folder)
    except (HarnessError, OSError):
        return None


def _checks(run: Run, suite: Suite) -> tuple[Finding, ...]:
    from harness.datachecks import check_suite
    from harness.session.data_checks import check_bias

    today = datetime.fromisoformat(run.record.started_at).date()
    return check_suite(suite, today=today, more=(lambda found: check_bias(found, run),))


def _prompts(run: Run, suite: Suite) -> tuple[dict[str, PromptText], list[str]]:
    from harness.report import PromptText

    found, changed = {}, []
    hashes = run.record.hashes.get("prompts") or {}
    now = suite.hashes.get("prompts") or {}
    for name in run.record.variants:
        prompt = suite.prompts.get(name)
        if prompt is None or name not in hashes or not prompt.messages:
            continue
        if now.get(name) != hashes[name]:
            changed.append(name)
            continue
        stated = run.record.variants[name].get("prompt")
        turns = tuple((str(message.get("role", "")), _content(message.get("content"))) for message in prompt.messages)
        found[name] = PromptText(str(stated or prompt.file or ""), turns)
    return found, changed


def _content(content: object) -> str:
    from harness.report import written

    return content if isinstance(content, str) else written(content)


def _noise(run: Run, judgement: Judgement) -> Noise | None:
    """The newest complete run of the suite against itself with the same fixtures and prompt."""
    from harness.report import Noise

    folder = Path(run.folder)
    root = folder.parents[2] / _AA if len(folder.parents) > 2 else None
    if root is None or not root.is_dir():
        return None
    try:
        store = Store(root)
        again = store.read(store.find("latest", suite=run.record.suite))
        metrics: list[Metric] = [m for m in metrics_of(again) if m.name == judgement.headline_metric]
    except (HarnessError, StoreError, OSError):
        return None
    name = next(iter(again.record.variants), None)
    prompts = (again.record.hashes.get("prompts") or {}, run.record.hashes.get("prompts") or {})
    alike = again.record.hashes.get("fixtures") == run.record.hashes.get("fixtures")
    if (
        not metrics
        or name is None
        or not alike
        or prompts[0].get(name) != prompts[1].get(name)
        or again.record.status != "complete"
    ):
        return None
    times = int(again.record.selection.get("repeats") or 1)
    own = int(run.record.definition.get("repeats") or 1)
    found = noise_floor(again, metrics, name, responses=max(1, min(own, times // 2)))
    return Noise(again.record.run_id, name, found[0]) if found else None


def _trends(run: Run, judgement: Judgement) -> tuple[Trend, ...]:
    """The headline metric of the nights kept in the run's store, of those in the state that the last one had."""
    folder = Path(run.folder)
    if len(folder.parents) < 2:
        return ()
    try:
        kept = [night for night in Nights(folder.parents[1], run.record.suite).read() if night.counts]
    except StoreError:
        return ()
    same = [night for night in kept if night.state == kept[-1].state][-_MOST_NIGHTS:]
    wanted = [name for name in (judgement.candidate, judgement.baseline) if name is not None]
    wanted += [name for name in judgement.variants if name not in wanted]
    found = []
    for name in wanted:
        key, own = f"{name}/{judgement.headline_metric}", judgement.estimate(name, judgement.headline_metric)
        series = [(night.started_at, night.values[key]) for night in same if key in night.values]
        if own is None or own.value is None or len(series) < 2:
            continue
        nights, values = zip(*series, strict=True)
        found.append(
            trend(name, judgement.headline_metric, values, unit=own.unit, nights=nights, reference=[own.value], spread=None)
        )
    return tuple(found[:_MOST_VARIANTS])
