"""A night as JUnit XML: one test a thing watched, in the form that CI servers read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from harness.report.junit import Case, document, suite_element
from harness.report.night_words import facts_line, looked_for, trend_lines, turned_lines
from harness.verdicts import SuiteNight, change_sentence


def night_junit(nights: Sequence[SuiteNight]) -> str:
    """Return a night of some suites as JUnit XML, valid against the schema of Ant's JUnit task.

    The night itself is a test: it fails where its exit code is 1 and is an error where there is no verdict. Beside it, each
    thing watched is one: it fails where a change is confirmed and is skipped where nothing could be told.
    """
    return document(_suite(night, number) for number, night in enumerate(nights))


def _suite(night: SuiteNight, number: int) -> ET.Element:
    said = {"outcome": night.outcome, "exit_code": str(night.exit_code), "runs": " ".join(night.run_ids)}
    everything = _everything(night)
    return suite_element(
        night.suite,
        _cases(night, everything),
        package="nightly",
        number=number,
        started_at=night.started_at,
        properties={**said, "reference_runs": " ".join(night.reference_runs)},
        out="\n".join([night.headline, everything, f"{facts_line(night)}."]),
        err="\n".join(night.retirements),
    )


def _everything(night: SuiteNight) -> str:
    return "\n".join((*trend_lines(night), *turned_lines(night), *night.findings))


def _cases(night: SuiteNight, everything: str) -> Iterator[Case]:
    if night.exit_code == 0:
        yield Case(night.word)
    else:
        said = f"{night.headline}\n{everything}"
        yield Case(night.word, "failure" if night.exit_code == 1 else "error", night.outcome, night.headline, said)
    for w, standing in night.standings.items():
        a = night.against.get((w.variant, w.metric))
        message = "" if a is None else change_sentence(a, night.p.get(w))
        name = f"{w.variant}: {looked_for(w)}"
        if standing == "confirmed" and (w.direction == "worse" or night.outcome == "caught_up"):
            yield Case(name, "failure", night.outcome, message)
        elif standing == "unknown":
            yield Case(name, "skipped", "", message or "the reference does not have it")
        else:
            yield Case(name)
