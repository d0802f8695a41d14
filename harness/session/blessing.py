"""Making runs a suite's reference, and holding later runs against it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from harness.errors import Fault, StoreError
from harness.session.evaluated import EvaluatedRun, find_run, load_run
from harness.session.loading import load_suite
from harness.session.origin import suite_folder
from harness.store import DEFAULT_ROOT, Reference, Run, Store, content_hash, read_reference, write_reference
from harness.verdicts import (
    ADVISED_RUNS,
    AgainstReference,
    BesideReference,
    Fit,
    NightRule,
    Watched,
    all_against_reference,
    change_sentence,
    comparison_keys,
    fit,
    make_reference,
    some,
    watched_in,
)

REFERENCE = "reference"
"""The folder beside suite.yaml that holds the reference."""

FORMAT = 1
"""Of the keys of ``to_dict``: raised when one changes its meaning or goes; keys may be added."""

Mode = Literal["strict", "lenient"]


@dataclass(frozen=True)
class Blessing:
    """A reference that was written.

    Attributes:
        folder: Where.
        reference: What.
        warnings: What should be known about it, a sentence each.
    """

    folder: Path
    reference: Reference
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Stable keys for ``--json``."""
        r = self.reference
        return {
            "format": FORMAT,
            "suite": r.suite,
            "folder": str(self.folder),
            "runs": list(r.run_ids),
            "fixtures": len(r.fixtures),
            "variants": list(r.variants),
            "blessed_at": r.blessed_at,
            "blessed_by": r.blessed_by,
            "bytes": sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file()),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class ReferenceComparison:
    """A run held against its suite's reference.

    Attributes:
        evaluated: The run.
        reference: The reference.
        fit: How their sets differ.
        found: Every variant on every metric, against its own reference, in the run's order.
        worse: What is watched and worse than in the reference (one-sided 5 % after Holm over everything watched).
        judged: What is watched and can be judged at all.
    """

    evaluated: EvaluatedRun
    reference: Reference
    fit: Fit
    found: tuple[AgainstReference, ...]
    worse: tuple[Watched, ...]
    judged: tuple[Watched, ...]

    @property
    def exit_code(self) -> int:
        """1 where something watched is worse; 3 where nothing watched can be judged; else 0."""
        return 1 if self.worse else 0 if self.judged else 3

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be said, most important first."""
        found = {(a.variant, a.metric): a for a in self.found}
        rest = [w for w in self.judged if w not in self.worse]
        said = [f"Worse, and it is signal: {change_sentence(found[w.variant, w.metric])}" for w in self.worse]
        said += [change_sentence(found[w.variant, w.metric]) for w in rest]
        said += [f"Since the reference: {each}." for each in self.fit.sentences]
        said += [] if self.fit.same_set else [f"Only the {len(self.fit.common)} fixtures that both have are compared."]
        return tuple(dict.fromkeys(said))

    def to_dict(self) -> dict[str, Any]:
        """Stable keys for ``--json``; what is not known is null."""
        return {
            "format": FORMAT,
            "run_id": self.evaluated.run_id,
            "suite": self.reference.suite,
            "reference_runs": list(self.reference.run_ids),
            "differences": {
                "added": list(self.fit.added),
                "removed": list(self.fit.removed),
                "changed": list(self.fit.changed),
                "others": list(self.fit.others),
                "metrics": list(self.fit.metrics),
            },
            "fixtures": len(self.fit.common),
            "comparisons": [
                {
                    **comparison_keys(a.comparison),
                    "value": a.value,
                    "reference": a.mean,
                    "reference_runs": list(a.reference),
                    "run_to_run": a.spread,
                    "p_run_to_run": a.p_runs,
                }
                for a in self.found
            ],
            "worse": [f"{w.variant}/{w.metric}" for w in self.worse],
            "exit_code": self.exit_code,
        }


def bless(
    runs: Sequence[str | os.PathLike[str] | EvaluatedRun],
    *,
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
    by: str | None = None,
) -> Blessing:
    """Make runs the reference of their suite: a small folder beside suite.yaml, to be kept in version control.

    Args:
        runs: Runs of one suite, each asked with ``fresh``: ids, beginnings of ids, ``latest``, folders, or evaluated runs.
            Five are advised.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.
        by: Who blesses, kept in the manifest.

    Raises:
        StoreError: A run cannot be found or is incomplete, two differ in what was asked, or one repeats another's answers.
        SuiteError: The suite cannot be read any more.
    """
    kept = Store(store or DEFAULT_ROOT)
    found = [each.run if isinstance(each, EvaluatedRun) else kept.read(find_run(kept, each, suite)) for each in runs]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    reference = make_reference(found, blessed_at=at, blessed_by=by)
    last = max(found, key=lambda run: run.record.started_at)
    folder = reference_folder(last)
    _check_still_the_suite(reference, folder)
    write_reference(folder, reference)
    warnings = []
    if (count := len(reference.run_ids)) < ADVISED_RUNS:
        said = "One run is" if count == 1 else f"{count} runs are"
        warnings.append(
            f"{said} few for a reference: what was luck in it is held against every night to come, and small drops stay "
            f"unseen. Bless {ADVISED_RUNS}, each run with --fresh."
        )
    if any(run.record.git.get("dirty") for run in found):
        warnings.append("A run was made from a working tree with changes that are not committed.")
    return Blessing(folder, reference, tuple(warnings))


def reference_folder(run: Run) -> Path:
    """Where the reference of a run's suite is: beside its suite.yaml.

    Raises:
        StoreError: The suite is not there any more.
    """
    if (folder := suite_folder(run)) is not None:
        return folder / REFERENCE
    message = f"the suite of run {run.record.run_id} is not at {run.record.suite_path} any more"
    raise StoreError(Fault(message, "run this where the suite's path leads to it"))


def compare_with_reference(
    run: str | os.PathLike[str] | EvaluatedRun = "latest",
    *,
    mode: Mode = "strict",
    suite: str | None = None,
    store: str | os.PathLike[str] | None = None,
) -> ReferenceComparison:
    """Hold a run against its suite's reference, paired by fixture, each variant against itself.

    Args:
        run: A run, a run id, the beginning of one, ``latest``, or a folder.
        mode: strict refuses a run of which fixtures were added, removed or changed; lenient compares those that are the same.
        suite: Look among the runs of this suite only.
        store: The folder that holds the runs; ``.harness/runs`` unless given.

    Raises:
        StoreError: There is no such run or no reference, or the sets differ (strict), or have nothing in common.
    """
    root = None if store is None else Path(store)
    evaluated = run if isinstance(run, EvaluatedRun) else load_run(Path(run), suite=suite, store=root)
    folder = reference_folder(evaluated.run)
    reference = read_reference(folder)
    fits = fit(reference, evaluated.run)
    if not fits.common:
        raise StoreError(Fault("the run and the reference have no fixture in common", "bless anew", file=str(folder)))
    if mode == "strict" and not fits.same_set:
        hint = "bless anew, or compare what is the same with --reference lenient"
        differing = fits.sentences[: sum(map(bool, (fits.added, fits.removed, fits.changed)))]
        raise StoreError(*(Fault(f"the reference is of another set: {said}", hint, file=str(folder)) for said in differing))
    metrics = [m for m in evaluated.metrics if m.name not in fits.metrics]
    beside = BesideReference([evaluated.run], reference, metrics, fits.common)
    found = all_against_reference(beside, evaluated.run.record.variants)
    watched = [w for w in watched_in(evaluated.run, metrics) if w.direction == "worse" and (w.variant, w.metric) in found]
    p = {w: found[w.variant, w.metric].p("worse") for w in watched}
    worse = NightRule().below(p, 0.05)
    return ReferenceComparison(
        evaluated,
        reference,
        fits,
        found=tuple(found.values()),
        worse=tuple(w for w in watched if w in worse),
        judged=tuple(w for w in watched if p[w] is not None),
    )


def _check_still_the_suite(reference: Reference, folder: Path) -> None:
    """Refuse to bless runs of a set the suite does not have any more: the first comparison would be refused."""
    now: Mapping[str, str] = {fixture.id: content_hash(fixture) for fixture in load_suite(folder.parent).fixtures}
    odd = [name for name, said in reference.fixtures.items() if now.get(name) != said]
    if odd:
        message = f"the suite's fixtures are not those of the runs any more: {some(odd)}"
        raise StoreError(Fault(message, "run the suite as it is now, with --fresh, and bless those runs"))
