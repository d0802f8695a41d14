"""JUnit XML as CI servers read it: what every file of it is made of, and a run's gates in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from xml.etree import ElementTree as ET

from harness.report.gate_list import number_words
from harness.report.hostile import brief, visible
from harness.store import Run
from harness.verdicts import GateResult, Judgement

LONGEST = 20_000
"""Characters of one text."""

_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class Case:
    """One test.

    Attributes:
        name: Its name.
        kind: How it did not pass; None where it did.
        type: In a word why not; of what is skipped it is not written.
        message: Why not, in a line.
        text: Why not, in full; the message unless given.
    """

    name: str
    kind: Literal["failure", "error", "skipped"] | None = None
    type: str = ""
    message: str = ""
    text: str = ""


def document(suites: Iterable[ET.Element]) -> str:
    """Return test suites as one file."""
    root = ET.Element("testsuites")
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def suite_element(
    name: str,
    cases: Iterable[Case],
    *,
    package: str,
    number: int,
    started_at: str,
    properties: dict[str, str],
    out: str = "",
    err: str = "",
) -> ET.Element:
    """Return a test suite, valid against the schema of Ant's JUnit task.

    Args:
        name: Its name.
        cases: Its tests.
        package: The last part of the package that the tests are in, such as ``nightly``.
        number: Its place in the file, from 0.
        started_at: ISO 8601.
        properties: Facts by name.
        out: What is to be read besides.
        err: Warnings.
    """
    suite = ET.Element("testsuite", name=token(name), package=f"harness.{package}", id=str(number))
    told = ET.SubElement(suite, "properties")
    for key, value in properties.items():
        ET.SubElement(told, "property", name=key, value=text(value))
    counts = dict.fromkeys(_COUNTED.values(), 0)
    total = 0
    for case in cases:
        total += 1
        test = ET.SubElement(suite, "testcase", name=token(case.name), classname=token(f"{package}.{name}"), time="0")
        if case.kind is not None:
            typed = {} if case.kind == "skipped" else {"type": token(case.type)}
            ET.SubElement(test, case.kind, {"message": text(case.message), **typed}).text = text(case.text or case.message)
            counts[_COUNTED[case.kind]] += 1
    ET.SubElement(suite, "system-out").text = text(out)
    ET.SubElement(suite, "system-err").text = text(err)
    suite.attrib |= {"tests": str(total), **{key: str(count) for key, count in counts.items()}}
    suite.attrib |= {"time": "0", "hostname": "localhost", "timestamp": moment(started_at)}
    return suite


def gates_junit(run: Run, judgement: Judgement) -> str:
    """Return a run's gates as JUnit XML: one test a gate, and one for the run itself.

    A gate that failed is a failure; one that is inconclusive or withheld is an error, for its question is not answered. The
    run itself is an error where there is no verdict.
    """
    j = judgement
    cases = [Case(f"{j.suite}: the run", *_outcome(j)), *(_gate(gate) for gate in j.gates)]
    properties = {
        "run": j.run_id,
        "exit_code": str(j.exit_code),
        "fixtures": str(j.fixtures),
        "candidate": j.candidate or "none",
        "headline_metric": j.headline_metric,
    }
    suite = suite_element(
        j.suite,
        cases,
        package="gates",
        number=0,
        started_at=run.record.started_at,
        properties=properties,
        out="\n".join((j.headline, *j.reasons)),
        err="\n".join(j.findings),
    )
    return document([suite])


def moment(iso: str) -> str:
    """Write a time as the schema wants it: in UTC, without a fraction and a zone."""
    at = datetime.fromisoformat(iso)
    return (at if at.tzinfo is None else at.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%S")


def token(said: str) -> str:
    """Text on one line, at most 300 characters and never empty."""
    return brief(text(said), 300) or "unnamed"


def text(said: str) -> str:
    """Text in which no character is left that XML cannot hold."""
    return "".join(c for c in visible(said) if c in "\n\t" or c >= " ")[:LONGEST]


def _outcome(judgement: Judgement) -> tuple[Literal["error"] | None, str, str]:
    if judgement.exit_code == 3:
        return "error", "no verdict", "No verdict: the run is incomplete, or too little was answered."
    return None, "", ""


def _gate(gate: GateResult) -> Case:
    if gate.passed:
        return Case(gate.name)
    shown = number_words(gate)
    words = f"{gate.sentence}\nAsked: {gate.condition}" + (f"\nMeasured: {shown}" if shown else "")
    return Case(gate.name, "failure" if gate.status == "failed" else "error", gate.status, gate.sentence, words)
