"""One suite's night: asked anew, held against its reference, followed up where something is suspected, and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.errors import StoreError, SuiteError
from harness.running import Progress
from harness.session.blessing import REFERENCE
from harness.session.evaluated import EvaluatedRun
from harness.session.night_evidence import Evidence
from harness.session.session import run
from harness.store import Night, Nights, Reference, Run, Store, content_hash, read_reference
from harness.suite import Suite
from harness.verdicts import (
    ADVISED_RUNS,
    Fit,
    NightRule,
    PValues,
    SuiteNight,
    Watched,
    does_not_fit,
    fit,
    follow_up,
    make_reference,
    moved,
    served,
    watched_in,
    what_happened,
)

_MILD = ("nothing", "model_moved", "drifted")
"""Outcomes of nights that may stand in for a reference."""


class SuiteNightly:
    """One suite's night while it goes on.

    Attributes:
        left: US dollars that may still be spent; None without a cap.
        asked: The night's runs so far.
        interrupted: Whether the user stopped it.
    """

    def __init__(
        self,
        suite: Suite,
        runs: Store,
        rule: NightRule,
        *,
        limit: int | None,
        slots: int,
        left: float | None,
        progress: Progress | None,
    ) -> None:
        """Name the suite and how it is asked; the arguments are those of ``nightly``."""
        self.suite, self.runs, self.rule = suite, runs, rule
        self.limit, self.slots, self.left, self.progress = limit, slots, left, progress
        self.kept = Nights(runs.root, suite.name)
        self.asked: list[EvaluatedRun] = []
        self.interrupted = False
        self.could_not: str | None = None

    def night(self) -> SuiteNight:
        """Ask, compare, follow up what is suspected, and keep the night."""
        before = self.kept.read()
        first = self.ask(None)
        if self.interrupted:
            return self.told("no_verdict", "Interrupted; everything answered so far is kept.", 130)
        state = state_of(first.run)
        same = tuple(night for night in before if night.state == state and night.counts)
        reference, fits = self.reference(first.run, before, state)
        if reference is None or fits is None or fits.sentences:
            found = self.without_comparison(first, before, state, reference, fits)
        else:
            found = self.compared(first, same, reference, fits)
        for line in self.kept.notes:
            self.note(line)
        self.keep(found, first.run, state)
        return found

    def ask(self, variants: Sequence[str] | None) -> EvaluatedRun:
        """Run the suite anew, or some of its variants."""
        done = run(
            self.suite,
            store=self.runs.root,
            variants=variants,
            limit=self.limit,
            fresh=True,
            slots=self.slots,
            max_cost=self.left,
            progress=self.progress,
        )
        self.asked.append(done)
        self.interrupted |= done.interrupted
        if self.left is not None:
            totals = done.run.record.totals
            self.left -= sum(totals.get(name) or 0.0 for name in ("cost", "cost_presumed", "judge_cost"))
        return done

    def reference(self, tonight: Run, before: Sequence[Night], state: str) -> tuple[Reference | None, Fit | None]:
        """The blessed reference, or the first nights of this state of the suite in its stead."""
        folder = self.suite.folder / REFERENCE
        if folder.is_dir():
            reference = read_reference(folder)
            hashes = {fixture.id: content_hash(fixture) for fixture in self.suite.fixtures}
            return reference, fit(reference, tonight, fixtures=hashes)
        series: list[Night] = []
        for night in reversed(before):
            if night.state != state:
                break
            series.insert(0, night)
        usable = [night for night in series if night.counts and night.outcome in _MILD]
        read = self.read_whole([night.run_ids[0] for night in usable], most=ADVISED_RUNS)
        if not read and before and before[-1].state != state:
            read = self.read_whole([before[-1].run_ids[0]], most=1)
        if not read:
            return None, None
        reference = make_reference(read)
        return reference, fit(reference, tonight)

    def read_whole(self, run_ids: Sequence[str], *, most: int) -> list[Run]:
        """Read the first few complete runs that are still there."""
        found: list[Run] = []
        for run_id in run_ids:
            try:
                one = self.runs.read(self.runs.root / self.suite.name / run_id)
            except StoreError:
                continue
            if one.record.status == "complete" and one.scores:
                found.append(one)
            if len(found) == most:
                break
        return found

    def without_comparison(
        self, first: EvaluatedRun, before: Sequence[Night], state: str, reference: Reference | None, fits: Fit | None
    ) -> SuiteNight:
        """The first night, or one whose reference is of another set."""
        nothing = first.capped or not first.run.scores
        if reference is not None and fits is not None:
            word, said, code, findings = does_not_fit(fits, stands_in=reference.stands_in)
            ids, stands_in = reference.run_ids, reference.stands_in
        elif before and before[-1].state != state:
            word, said, code, findings = (
                "drifted",
                "The suite is not what it was the night before. Tonight starts a new series.",
                3,
                (),
            )
            ids, stands_in = (), True
        else:
            said = (
                "The first night: there is nothing to compare it with yet. It stands in for a reference until runs are blessed."
            )
            word, code, findings, ids, stands_in = "nothing", 0, (), (), True
        missing = _missing(first)
        if nothing or missing:
            word, said, code = "no_verdict", missing or "The run is incomplete, so there is nothing to compare.", 3
        return self.told(
            word, said, code, findings=findings, gates=first.judgement.gates, reference_runs=ids, stands_in=stands_in
        )  # fmt: skip

    def compared(self, first: EvaluatedRun, same: Sequence[Night], reference: Reference, fits: Fit) -> SuiteNight:
        """Everything watched, held against the reference by the rule."""
        watched = watched_in(first.run, first.metrics)
        evidence = Evidence(reference, first.metrics, fits.common)
        opening = evidence.against([first.run], watched)
        last = same[-1] if same else None
        doubted = [w for w in watched if last is not None and last.standings.get(key_of(w)) in ("suspected", "confirmed")]

        def run_again(suspected: frozenset[Watched]) -> PValues | None:
            again = self.again(sorted({w.variant for w in suspected}))
            return None if not again else evidence.p([e.run for e in self.asked], sorted(suspected))

        def with_last_night(suspected: frozenset[Watched]) -> PValues:
            ids = () if last is None else last.run_ids
            earlier = self.read_whole(ids, most=len(ids))
            runs = [e.run for e in self.asked]
            return evidence.p([*runs, *earlier], sorted(suspected)) if earlier else dict.fromkeys(suspected)

        outcome = follow_up(evidence.p([first.run], watched), run_again, with_last_night, self.rule, suspected_last_night=doubted)
        runs = [e.run for e in self.asked]
        against = {**opening, **evidence.against(runs, watched)}
        uncovered = evidence.uncovered(first, watched)
        lifts = evidence.lifts(runs, [w for w in outcome.with_standing("confirmed") if w.direction == "better"])
        word, said, code, findings = what_happened(
            outcome, against, lifts, moved(reference, first.run, same), uncovered=uncovered
        )
        if self.could_not is not None:
            findings = (*findings, f"What is suspected could not be asked again: {self.could_not}")
        if self.interrupted:
            code = 130
        values = {pair: found.value for pair, found in opening.items() if found.value is not None}
        return self.told(
            word,
            said,
            code,
            findings=(*findings, *_about_reference(reference)),
            standings=outcome.standings,
            p=outcome.p,
            against=against,
            trends=evidence.trends(values, same, self.asked[0].run.record.started_at, opening),
            turned=evidence.turned(runs, outcome),
            flaky=evidence.flaky(runs, watched),
            gates=first.judgement.gates,
            reruns=outcome.reruns,
            reference_runs=reference.run_ids,
            stands_in=reference.stands_in,
            nights=len(same),
            fixtures=len(fits.common),
            values=values,
        )

    def again(self, variants: Sequence[str]) -> bool:
        """Ask some variants once more; False where that cannot be done or was not finished."""
        if self.left is not None and self.left <= 0:
            self.could_not = "the cap on cost is used up."
            return False
        names = [name for name in self.suite.variants if name in variants]
        self.note(f"suspected: {', '.join(names)} asked again ({len(self.asked)} of at most {self.rule.most_again})")
        try:
            done = self.ask(names)
        except SuiteError as error:  # the cap is too small for one more run
            self.could_not = str(error).splitlines()[0]
            return False
        if done.capped or done.interrupted:
            self.asked.remove(done)
            self.could_not = "it was interrupted." if done.interrupted else "the cap on cost is used up."
            return False
        return True

    def told(self, outcome: Any, headline: str, exit_code: int, *, values: Any = None, **more: Any) -> SuiteNight:
        """Fill in what is known of every night."""
        self.values: Mapping[tuple[str, str], float] = values or {}
        first = self.asked[0].run
        costs = [e.run.record.totals.get("cost") for e in self.asked]
        return SuiteNight(
            suite=self.suite.name,
            started_at=first.record.started_at,
            run_ids=tuple(e.run_id for e in self.asked),
            folder=first.folder,
            outcome=outcome,
            headline=headline,
            exit_code=exit_code,
            rule=self.rule,
            cost=None if None in costs else sum(c for c in costs if c is not None),
            **more,
        )

    def keep(self, found: SuiteNight, first: Run, state: str) -> None:
        """Add the night to the ledger."""
        answered = {name: served(first, name) for name in first.record.variants}
        self.kept.add(
            Night(
                started_at=found.started_at,
                run_ids=found.run_ids,
                state=state,
                outcome=found.outcome,
                exit_code=found.exit_code,
                standings={key_of(w): standing for w, standing in found.standings.items()},
                values={f"{variant}/{metric}": value for (variant, metric), value in self.values.items()},
                models={name: dict(models) for name, (models, _) in answered.items() if models},
                fingerprints={name: dict(prints) for name, (_, prints) in answered.items() if prints},
                reruns=found.reruns,
                reference=found.reference_runs,
            )
        )

    def note(self, text: str) -> None:
        """Tell the user a line."""
        if self.progress is not None:
            self.progress.note(text)


def key_of(watched: Watched) -> str:
    """How a thing watched is named in the ledger."""
    return f"{watched.variant}/{watched.metric}/{watched.direction}"


def state_of(tonight: Run) -> str:
    """Hash all that the scores depend on, apart from what a provider does: runs of one state may be compared."""
    record = tonight.record
    said = {
        "fixtures": [(fixture.id, content_hash(fixture)) for fixture in tonight.fixtures],
        "hashes": [record.hashes.get(kind) for kind in ("prompts", "corpora", "adapters")],
        "variants": {
            name: [said.get(key) for key in ("model", "params", "retrieval", "method")] for name, said in record.variants.items()
        },
        "metrics": record.definition.get("metrics"),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()[:16]


def _missing(first: EvaluatedRun) -> str:
    """Say which variants were given up or lack too many answers; empty where none does."""
    least = first.run.record.definition.get("min_coverage", 0.98)
    for name, reason in first.run.record.stopped.items():
        return f"{name} was given up: {reason.rstrip('.')}."
    for name, variant in first.judgement.variants.items():
        failed = variant.outcomes.get("failed", 0)
        if variant.calls and 1 - failed / variant.calls < least:
            return f"{name} failed on {failed:,} of {variant.calls:,} calls; these are not scored, and too few are left."
    return ""


def _about_reference(reference: Reference) -> tuple[str, ...]:
    count = len(reference.run_ids)
    if count >= ADVISED_RUNS:
        return ()
    runs = "1 run" if count == 1 else f"{count} runs"
    what = "earlier nights" if reference.stands_in else "the reference"
    return (f"Compared with {runs} ({what}); {ADVISED_RUNS} blessed runs would see smaller changes.",)
