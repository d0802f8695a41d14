"""Why a run may not be signed off; every reason is told at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.datachecks import check_leaks, serious_leaks
from harness.errors import Fault, HarnessError, SuiteError
from harness.signoff.digests import CODE, Artifact
from harness.signoff.part import Part
from harness.signoff.revision import Revision, some
from harness.suite import definition_from_record, did_you_mean, fixture_record
from harness.verdicts import GateResult, Judgement

INPUT, NO_VERDICT, FAILED, INCONCLUSIVE = 2, 3, 1, 4
_ORDER = (INPUT, NO_VERDICT, FAILED, INCONCLUSIVE)
"""Which exit code counts where there are reasons of several kinds."""


class RefusedError(HarnessError):
    """The run is not signed off; the exit code is that of the gravest reason.

    Attributes:
        reasons: Exit code and fault of each reason.
    """

    def __init__(self, reasons: Sequence[tuple[int, Fault]]) -> None:
        """Collect reasons; there is at least one."""
        self.reasons = tuple(reasons)
        super().__init__(*(fault for _, fault in reasons))
        codes = {code for code, _ in reasons}
        self.exit_code = next(code for code in _ORDER if code in codes)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A gate that did not pass and is let through, with a reason and a name behind it."""

    gate: str
    reason: str
    by: str


def read_waivers(texts: Sequence[str], by: str, gates: Sequence[GateResult]) -> tuple[Waiver, ...]:
    """Read waivers written as ``GATE: reason``.

    Raises:
        SuiteError: One names no gate, gives no reason, or waives what needs or takes no waiver; all faults at once.
    """
    found: dict[str, Waiver] = {}
    faults: list[Fault] = []
    named = {gate.name: gate for gate in gates}
    for text in texts:
        name = max((gate for gate in named if text.startswith(f"{gate}:")), key=len, default=text.partition(":")[0].strip())
        reason = text[len(name) + 1 :].strip() if text.startswith(f"{name}:") else text.partition(":")[2].strip()
        gate = named.get(name)
        if gate is None:
            faults.append(Fault(f"--waive names {name!r}, and there is no such gate", did_you_mean(name, named) if named else ""))
        elif not reason:
            faults.append(Fault(f"--waive {name!r} gives no reason", f"write --waive '{name}: why it may ship all the same'"))
        elif gate.status == "passed":
            faults.append(Fault(f"the gate {name!r} passed and needs no waiver", "leave it out"))
        elif gate.status == "withheld":
            faults.append(Fault(f"the gate {name!r} has no verdict, which cannot be waived", gate.sentence))
        elif name in found:
            faults.append(Fault(f"the gate {name!r} is waived twice", "keep one"))
        else:
            found[name] = Waiver(name, reason, by)
    if faults:
        raise SuiteError(*faults)
    return tuple(found.values())


def refusals(
    parts: Sequence[Part],
    judgement: Judgement,
    waivers: Sequence[Waiver],
    artifacts: Sequence[Artifact],
    revision: Revision | None,
) -> list[tuple[int, Fault]]:
    """Say everything that stands against signing a run off, each with the exit code it leads to."""
    own = parts[0]
    reasons = [*_gates(judgement, waivers), *_coverage(own, judgement)]
    for part in parts:
        reasons += [*_whole(part), *_differs(part), *_leaks(part, judgement)]
    reasons += _revision(parts, artifacts, revision)
    return list(dict.fromkeys(reasons))


def coverage(judgement: Judgement) -> dict[str, float]:
    """For each variant, the share of its calls that have a usable answer."""
    shares = {}
    for name, variant in judgement.variants.items():
        unusable = variant.outcomes.get("failed", 0) + variant.outcomes.get("missing", 0)
        planned = variant.calls + variant.outcomes.get("missing", 0)
        shares[name] = (planned - unusable) / planned if planned else 0.0
    return shares


def _gates(judgement: Judgement, waivers: Sequence[Waiver]) -> Iterator[tuple[int, Fault]]:
    if not judgement.gates:
        yield (
            NO_VERDICT,
            Fault("the suite declares no gates, so nothing says what a release must show", "declare gates in suite.yaml"),
        )
    waived = {waiver.gate for waiver in waivers}
    for gate in judgement.gates:
        if gate.passed or gate.name in waived:
            continue
        code = {"failed": FAILED, "inconclusive": INCONCLUSIVE}.get(gate.status, NO_VERDICT)
        hint = "" if gate.status == "withheld" else f"mend it, or waive it: --waive '{gate.name}: reason'"
        yield code, Fault(f"the gate {gate.name!r} {_did(gate)}: {gate.sentence}", hint)


def _did(gate: GateResult) -> str:
    return {"failed": "failed", "inconclusive": "is inconclusive"}.get(gate.status, "has no verdict")


def _coverage(part: Part, judgement: Judgement) -> Iterator[tuple[int, Fault]]:
    least = part.run.record.definition.get("min_coverage", 0.98)
    concerned = {judgement.candidate} | {name for gate in judgement.gates for name in (gate.candidate, gate.over)}
    for name, share in coverage(judgement).items():
        if name in concerned and share < least:
            shown = math.floor(share * 1000) / 10
            yield (
                NO_VERDICT,
                Fault(f"coverage is low: {name} has a usable answer to {shown:.1f} % of its calls; {least:.0%} is asked"),
            )


def _whole(part: Part) -> Iterator[tuple[int, Fault]]:
    record, place = part.run.record, part.run.folder
    if record.status != "complete":
        yield NO_VERDICT, Fault(f"the run is not complete: its status is {record.status}", "give the same command again", place)
    for name, why in record.stopped.items():
        yield NO_VERDICT, Fault(f"{name} was given up: {why}", "give the same command again", place)
    if not part.run.scores:
        yield NO_VERDICT, Fault("the run has no scores", "run the suite again; stored answers are used", place)
    asked, there = len(part.run.fixtures), len(part.suite.fixtures)
    if asked < there:
        yield NO_VERDICT, Fault(f"the run asks {asked} of the {there} fixtures", "run the suite without --limit", place)


def _differs(part: Part) -> Iterator[tuple[int, Fault]]:
    """What is not on disk as it was when the run was made."""
    record, suite = part.run.record, part.suite
    hint = "run the suite again; stored answers are used where nothing changed"
    now, then = dict(_flat(suite.hashes)), dict(_flat(record.hashes))
    named = {name for name in record.variants}
    for key in sorted({*now, *then}, key=str):
        if len(key) > 1 and key[1] not in named:
            continue
        if now.get(key) != then.get(key):
            what = " of ".join(str(word) for word in key)
            yield INPUT, Fault(f"{what} is not what the run was made with", hint, record.suite_path)
    if now.get(("fixtures",)) == then.get(("fixtures",)):
        kept = [fixture_record(fixture) for fixture in part.run.fixtures]
        if kept != [fixture_record(fixture) for fixture in suite.fixtures[: len(kept)]]:
            yield INPUT, Fault("the fixtures kept with the run are not those of the suite", hint, part.run.folder)
    if now.get(("suite",)) == then.get(("suite",)):
        stated = suite.definition.model_dump(mode="json")
        kept_as = definition_from_record(dict(record.definition)).model_dump(mode="json")
        for name in (name for name, value in stated.items() if value != kept_as.get(name)):
            said = f"the run's definition says something else under {name} than suite.yaml does"
            yield INPUT, Fault(said, hint, part.run.folder)


def _flat(value: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, (*path, key))
        elif inner is not None:
            yield (*path, key), inner


def _leaks(part: Part, judgement: Judgement) -> Iterator[tuple[int, Fault]]:
    suite = part.suite
    trained = [
        name
        for name, variant in suite.variants.items()
        if variant.role == "fine_tune" and name in part.run.record.variants and name in _released(judgement)
    ]
    if trained and not suite.training and not part.name:
        message = f"the leak check is missing: there is no training_data, so nobody can say what {trained[0]} has seen"
        yield NO_VERDICT, suite.fault(message, "give training_data: <file>.jsonl")
    leaks, allowed = check_leaks(suite), suite.definition.checks.max_leaks
    found = serious_leaks(leaks)
    if len(found) > allowed:
        first = next(leak for leak in leaks if leak.fixture_id == found[0])
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        limit = f"; checks: max_leaks allows {allowed}" if allowed else ""
        yield (
            FAILED,
            Fault(f"the leak check failed: {first.fixture_id} is not unseen ({first.kind}, at {first.seen_at}){more}{limit}"),
        )


def _released(judgement: Judgement) -> set[str | None]:
    return {judgement.candidate, *(gate.candidate for gate in judgement.gates)}


def _revision(parts: Sequence[Part], artifacts: Sequence[Artifact], revision: Revision | None) -> Iterator[tuple[int, Fault]]:
    if revision is None or revision.commit is None:
        yield (
            INPUT,
            Fault("the suite is under no git revision", "commit it; a sign-off names the revision", str(parts[0].suite.folder)),
        )
        return
    runs = [part.folder for part in parts]
    changed = list(dict.fromkeys(name for part in parts for name in revision.changed(part.suite.folder, runs)))
    if changed:
        yield INPUT, Fault(f"the git tree is dirty: {some(changed)}", "commit or remove it")
    for part in parts:
        made = part.run.record.git
        again = "run the suite again in the clean tree; stored answers are used"
        if not made.get("commit"):
            yield INPUT, Fault("the run was made outside git", again, part.run.folder)
            continue
        if made.get("dirty"):
            yield INPUT, Fault("the run was made in a dirty git tree", again, part.run.folder)
        code = [a.path for a in artifacts if a.kind in CODE and a.path is not None]
        since = revision.changed_since(str(made["commit"]), code)
        if since is None:
            said = f"the run was made at {made['commit']}, which this repository does not have, so its code cannot be compared"
            yield INPUT, Fault(said, "fetch it, or run the suite again", part.run.folder)
        elif since:
            yield INPUT, Fault(f"changed since the run was made: {some(since)}", again, part.run.folder)
