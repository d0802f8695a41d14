"""The record itself: an in-toto Statement v1 with a test-result predicate, and what only this program can say beside it.

Specifications: https://github.com/in-toto/attestation, spec/v1 and spec/predicates/test-result.md.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from harness.datachecks import check_data, check_leaks, serious_leaks
from harness.signoff.digests import Artifact, name_digest
from harness.signoff.part import Part
from harness.signoff.refusing import Waiver, coverage
from harness.verdicts import Judgement, judgement_keys

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SIGN_OFF = "urn:finetune-harness:sign-off:v1"
"""Our own predicate type, for what a test result has no field for."""

EXTENSION = "finetuneHarness"
"""The field of the test result that holds it. in-toto's parsing rules allow such a field, and others pass over it."""

FORMAT = 1
MODEL = "model id"
_PACKAGES = ("finetune-harness", "numpy", "scipy", "duckdb")


def make_statement(
    parts: Sequence[Part],
    judgement: Judgement,
    artifacts: Mapping[str, Sequence[Artifact]],
    *,
    by: str,
    at: datetime,
    waivers: Sequence[Waiver] = (),
    commit: str,
    suite_path: str,
    made_with: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Put everything that is signed into one statement.

    The subject is what is released (the candidate's prompt, corpus, adapter or model id, its training data, the commit), the
    configuration is what it was tested with, and the run's own files stand in the sign-off.

    Args:
        parts: The suite with its run, then other suites that its gates are judged on.
        judgement: The run, judged from its stored scores.
        artifacts: For each part by name, its files with their digests.
        by: Who signs off.
        at: When, with a zone.
        waivers: Gates let through.
        commit: The code revision.
        suite_path: suite.yaml, from the top of the working tree.
        made_with: Versions of this program and what it computes with; those installed unless given.
    """
    own = parts[0]
    named: dict[str, Artifact] = {}
    for artifact in (artifact for part in parts for artifact in artifacts[part.name]):
        named.setdefault(artifact.name, artifact)  # a file that two suites share is stated once
    files = list(named.values())
    subject = [a.descriptor() for a in files if _is_released(a, judgement.candidate)]
    subject += [_model(model, names) for model, names in _hosted(own, judgement.candidate).items()]
    configuration = [a.descriptor() for a in files if a.kind != "run" and not _is_released(a, judgement.candidate)]
    waived = {waiver.gate for waiver in waivers}
    failed = [gate.name for gate in judgement.gates if gate.status == "failed"]
    unsettled = [gate.name for gate in judgement.gates if gate.status not in ("failed", "passed")]
    result = "FAILED" if {*failed, *unsettled} - waived else "WARNED" if waived else "PASSED"
    sign_off = {
        "format": FORMAT,
        "signedOff": {"by": by, "at": at.astimezone(UTC).isoformat(timespec="seconds")},
        "suite": {"name": own.suite.name, "path": suite_path},
        "candidate": judgement.candidate,
        "verdict": _verdict(own, judgement, waived),
        "waivers": [{"gate": waiver.gate, "reason": waiver.reason, "by": waiver.by} for waiver in waivers],
        "runs": [_run(part, artifacts[part.name]) for part in parts],
        "madeWith": dict(made_with if made_with is not None else _made_with()),
    }
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": "revision", "digest": {"gitCommit": commit}}, *subject],
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": result,
            "configuration": configuration,
            "passedTests": [gate.name for gate in judgement.gates if gate.passed],
            "warnedTests": unsettled,
            "failedTests": failed,
            EXTENSION: {"predicateType": SIGN_OFF, "predicate": sign_off},
        },
    }


def payload_of(statement: Mapping[str, Any]) -> bytes:
    """The bytes of a statement that are signed."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _is_released(artifact: Artifact, candidate: str | None) -> bool:
    if artifact.kind == "training":
        return True
    return artifact.kind in ("prompt", "corpus", "adapter", "callable", "outputs") and candidate in artifact.variants


def _hosted(part: Part, candidate: str | None) -> dict[str, list[str]]:
    """The model of the candidate: nobody but its provider has its bytes, so its id stands for it."""
    model = None if candidate is None else part.suite.variants[candidate].model if candidate in part.suite.variants else None
    return {} if model is None else {model: [str(candidate)]}


def _model(model: str, names: Sequence[str]) -> dict[str, Any]:
    return {"name": model, "digest": {"sha256": name_digest(model)}, "annotations": {"kind": MODEL, "variants": list(names)}}


def _verdict(part: Part, judgement: Judgement, waived: set[str]) -> dict[str, Any]:
    training, found = part.suite.training, check_leaks(part.suite)
    grouped = {leak.fixture_id for leak in found if leak.kind == "same group in the training data"}
    return {
        "headline": judgement.headline,
        "fixtures": judgement.fixtures,
        "groups": judgement.groups,
        "seed": judgement.seed,
        "resamples": judgement.resamples,
        "coverage": coverage(judgement),
        "gates": [{**_gate(keys), "waived": keys["name"] in waived} for keys in judgement_keys(judgement)["gates"]],
        "leaks": {
            "fixtures": len(part.suite.fixtures),
            "training": len(training),
            "found": len(serious_leaks(found)),
            "allowed": part.suite.definition.checks.max_leaks,
            "sharedGroups": len(grouped),
        },
        "findings": [
            {"severity": f.severity, "name": f.name, "message": f.message, "fixtures": len(f.fixtures)}
            for f in check_data(part.suite)
        ],
    }


def _gate(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in keys.items() if not (isinstance(value, float) and not math.isfinite(value))}


def _run(part: Part, artifacts: Sequence[Artifact]) -> dict[str, Any]:
    record = part.run.record
    return {
        "part": part.name,
        "id": record.run_id,
        "suite": record.suite,
        "startedAt": record.started_at,
        "finishedAt": record.finished_at,
        "seed": record.seed,
        "repeats": record.selection.get("repeats"),
        "commit": record.git.get("commit"),
        "models": {name: _asked(part, name, said) for name, said in record.variants.items() if said.get("model")},
        "hashes": _known(record.hashes),
        "packages": dict(record.packages),
        "engine": _known(record.engine),
        "files": [artifact.descriptor() for artifact in artifacts if artifact.kind == "run"],
    }


def _asked(part: Part, variant: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """The model asked, and those that answered, as the provider named them."""
    answered = {
        (s.response.model, s.response.fingerprint) for s in part.run.responses if s.variant == variant and s.response.usable
    }
    names = sorted({model for model, _ in answered if model})
    prints = sorted({mark for _, mark in answered if mark})
    return {"asked": said["model"], "answered": names, "fingerprints": prints}


def _known(value: Any) -> Any:
    """A value as JSON has it."""
    return json.loads(json.dumps(value, default=str, allow_nan=False))


def _made_with() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
