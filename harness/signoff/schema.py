"""The JSON Schema of a sign-off's statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.signoff.statement import EXTENSION, FORMAT, SIGN_OFF, STATEMENT_TYPE, TEST_RESULT

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_COUNT = {"type": "integer", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_NUMBER = {"type": ["number", "null"]}
_MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = (), more: bool = False, **words: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": more, **words}


def signoff_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the statement in a sign-off's envelope."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "finetune-harness sign-off",
        "description": "The payload of the DSSE envelope that harness signoff writes: an in-toto Statement v1.",
        **_object(
            {
                "_type": {"const": STATEMENT_TYPE},
                "subject": {
                    "description": "What is released: the commit, the candidate's files or its model id, its training data.",
                    "type": "array",
                    "minItems": 1,
                    "items": _descriptor(),
                },
                "predicateType": {"const": TEST_RESULT},
                "predicate": _predicate(),
            }
        ),
    }


def schema_problems(statement: Any) -> Iterator[tuple[str, str]]:
    """Yield where a statement breaks the schema, and how; at most ten places."""
    import itertools

    import jsonschema

    validator = jsonschema.Draft202012Validator(signoff_schema())
    for error in itertools.islice(validator.iter_errors(statement), 10):
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path).lstrip(".")
        yield path or "itself", error.message if len(error.message) <= 200 else error.message[:197] + "..."


def _descriptor(kind: dict[str, Any] | None = None) -> dict[str, Any]:
    hexes = {"type": "string", "pattern": "^[0-9a-f]+$"}
    return _object(
        {
            "name": {"type": "string", "minLength": 1},
            "uri": _TEXT,
            "digest": {
                "type": "object",
                "minProperties": 1,
                "properties": {
                    "sha256": {**hexes, "minLength": 64, "maxLength": 64},
                    "gitCommit": {**hexes, "minLength": 40, "maxLength": 64},
                },
                "additionalProperties": False,
            },
            "annotations": _object(
                {
                    "kind": kind or {"description": "What it is to the suite.", **_TEXT},
                    "variants": {"description": "The variants it belongs to.", **_TEXTS},
                },
                optional=("variants",),
            ),
        },
        optional=("uri", "annotations"),
    )


def _predicate() -> dict[str, Any]:
    return _object(
        {
            "result": {
                "description": "PASSED: every gate passed. WARNED: what did not pass was waived.",
                "enum": ["PASSED", "WARNED", "FAILED"],
            },
            "configuration": {
                "description": "What it was tested with: suite.yaml, fixtures, metrics, the other variants' files.",
                "type": "array",
                "items": _descriptor(),
            },
            "url": _TEXT,
            "passedTests": {"description": "Gates that passed.", **_TEXTS},
            "warnedTests": {"description": "Gates that are inconclusive, and were waived.", **_TEXTS},
            "failedTests": {"description": "Gates that failed, waived or not.", **_TEXTS},
            EXTENSION: _object({"predicateType": {"const": SIGN_OFF}, "predicate": _sign_off()}),
        },
        optional=("url",),
    )


def _sign_off() -> dict[str, Any]:
    return _object(
        {
            "format": {"const": FORMAT},
            "signedOff": _object({"by": {"type": "string", "minLength": 1}, "at": _MOMENT}),
            "suite": _object({"name": _TEXT, "path": {"description": "From the top of the working tree.", **_TEXT}}),
            "candidate": {"description": "The variant that is released.", "type": ["string", "null"]},
            "verdict": _verdict(),
            "waivers": {
                "type": "array",
                "items": _object(
                    {"gate": _TEXT, "reason": {"type": "string", "minLength": 1}, "by": {"type": "string", "minLength": 1}}
                ),
            },
            "runs": {"type": "array", "minItems": 1, "items": _run()},
            "madeWith": {"description": "Versions of what wrote this.", "type": "object", "additionalProperties": _TEXT},
        }
    )


def _verdict() -> dict[str, Any]:
    gate = _object(
        {
            "name": _TEXT,
            "metric": _TEXT,
            "candidate": _TEXT,
            "condition": _TEXT,
            "status": {"enum": ["passed", "failed", "inconclusive", "withheld"]},
            "sentence": {"description": "The gate explained with its numbers.", **_TEXT},
            "value": _NUMBER,
            "low": _NUMBER,
            "high": _NUMBER,
            "confidence": {"type": "number"},
            "waived": {"type": "boolean"},
        },
        more=True,
    )
    return _object(
        {
            "headline": _TEXT,
            "fixtures": _COUNT,
            "groups": _COUNT,
            "seed": {"type": "integer"},
            "resamples": _COUNT,
            "coverage": {"description": "By variant.", "type": "object", "additionalProperties": _SHARE},
            "gates": {"type": "array", "items": gate},
            "leaks": _object(
                {
                    "fixtures": _COUNT,
                    "training": _COUNT,
                    "found": _COUNT,
                    "allowed": _COUNT,
                    "sharedGroups": _COUNT,
                },
                description="Fixtures held against training data and prompts.",
            ),
            "findings": {
                "description": "What the data checks say of the suite, the serious ones first.",
                "type": "array",
                "items": _object(
                    {
                        "severity": {"enum": ["serious", "warning", "note"]},
                        "name": _TEXT,
                        "message": _TEXT,
                        "fixtures": _COUNT,
                    }
                ),
            },
        }
    )


def _run() -> dict[str, Any]:
    model = _object({"asked": _TEXT, "answered": _TEXTS, "fingerprints": _TEXTS})
    return _object(
        {
            "part": {"description": "Empty for the suite itself, else the other suite a gate names.", **_TEXT},
            "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$"},
            "suite": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.+-]*$"},
            "startedAt": _TEXT,
            "finishedAt": {"type": ["string", "null"]},
            "seed": {"type": "integer"},
            "repeats": {"type": ["integer", "null"]},
            "commit": {"type": ["string", "null"]},
            "models": {"type": "object", "additionalProperties": model},
            "hashes": {"description": "As run.json has them.", "type": "object"},
            "packages": {"type": "object", "additionalProperties": _TEXT},
            "engine": {"type": "object"},
            "files": {"type": "array", "minItems": 1, "items": _descriptor({"const": "run"})},
        }
    )
