"""A night as JUnit XML: one test a thing watched, in the form that CI servers read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from harness.report.hostile import brief, visible
from harness.report.night_words import facts_line, looked_for, trend_lines, turned_lines
from harness.verdicts import SuiteNight, change_sentence


def night_junit(nights: Sequence[SuiteNight]) -> str:
    """Return a night of some suites as JUnit XML, valid against the schema of Ant's JUnit task.

    The night itself is a test: it fails where its exit code is 1 and is an error where there is no verdict. Beside it, each
    thing watched is one: it fails where a change is confirmed and is skipped where nothing could be told.
    """
    root = ET.Element("testsuites")
    for number, night in enumerate(nights):
        root.append(_suite(night, number))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(night: SuiteNight, number: int) -> ET.Element:
    suite = ET.Element("testsuite", name=_token(night.suite), package="harness.nightly", id=str(number))
    properties = ET.SubElement(suite, "properties")
    said = {"outcome": night.outcome, "exit_code": str(night.exit_code), "runs": " ".join(night.run_ids)}
    for name, value in (*said.items(), ("reference_runs", " ".join(night.reference_runs))):
        ET.SubElement(properties, "property", name=name, value=_text(value))
    counts = {"failures": 0, "errors": 0, "skipped": 0}

    def case(name: str, kind: str = "", message: str = "", text: str = "") -> None:
        test = ET.SubElement(suite, "testcase", name=_token(name), classname=_token(f"nightly.{night.suite}"), time="0")
        if kind:
            typed: dict[str, str] = {} if kind == "skipped" else {"type": night.outcome}
            ET.SubElement(test, kind, {"message": _text(message), **typed}).text = _text(text or message)
            counts[{"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]] += 1

    everything = "\n".join((*trend_lines(night), *turned_lines(night), *night.findings))
    kind = "failure" if night.exit_code == 1 else "" if night.exit_code == 0 else "error"
    case(night.word, kind, night.headline, f"{night.headline}\n{everything}")
    for w, standing in night.standings.items():
        a = night.against.get((w.variant, w.metric))
        message = "" if a is None else change_sentence(a, night.p.get(w))
        name = f"{w.variant}: {looked_for(w)}"
        if standing == "confirmed" and (w.direction == "worse" or night.outcome == "caught_up"):
            case(name, "failure", message)
        elif standing == "unknown":
            case(name, "skipped", message or "the reference does not have it")
        else:
            case(name)
    ET.SubElement(suite, "system-out").text = _text("\n".join([night.headline, everything, f"{facts_line(night)}."]))
    ET.SubElement(suite, "system-err").text = _text("\n".join(night.retirements))
    suite.attrib |= {"tests": str(1 + len(night.standings)), **{name: str(count) for name, count in counts.items()}}
    suite.attrib |= {"time": "0", "hostname": "localhost", "timestamp": _moment(night.started_at)}
    return suite


def _moment(iso: str) -> str:
    """The schema forbids fractions and a zone; the time is UTC."""
    return datetime.fromisoformat(iso).strftime("%Y-%m-%dT%H:%M:%S")


def _token(text: str) -> str:
    return brief(visible(text), 300) or "unnamed"


def _text(text: str) -> str:
    """Text in which no character is left that XML cannot hold."""
    return "".join(c for c in visible(text) if c in "\n\t" or c >= " ")[:20_000]
