"""Keys, tokens and personal data in fixtures and training data: found, shown masked, and replaced in a copy."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from harness.datachecks.finding import Finding, Severity, counted
from harness.datachecks.sensitive_rules import Kind, Sensitive, find_sensitive
from harness.errors import Fault, SuiteError
from harness.suite import Fixture, Suite, fixture_from_record, fixture_record

_SAID: dict[Kind, tuple[Severity, str, str]] = {
    "key": ("serious", "sensitive.key", "a key, a token or a password"),
    "card": ("warning", "sensitive.card", "a card number"),
    "iban": ("warning", "sensitive.iban", "an IBAN"),
    "national id": ("warning", "sensitive.national_id", "a national id"),
    "e-mail": ("note", "sensitive.email", "an e-mail address"),
    "phone": ("note", "sensitive.phone", "a telephone number"),
}
_SEARCHED = ("input", "messages", "expected", "tools", "meta")
_LONG_NUMBER = 9
"""Digits from which a JSON number is looked at as if it were text."""


def check_sensitive(suite: Suite) -> tuple[Finding, ...]:
    """Find keys, tokens, card numbers, IBANs, national ids, e-mail addresses and telephone numbers.

    Fixtures and training data are searched, not what variants answered. Values are masked in the evidence, one row for
    each value in each line.
    """
    rows: dict[Kind, list[dict[str, Any]]] = {}
    holders: dict[Kind, set[tuple[bool, int]]] = {}
    for is_fixture, number, item, place in _items(suite):
        told: set[tuple[Kind, str]] = set()
        for text in _texts(item):
            for found in find_sensitive(text):
                key = (found.kind, placeholder_key(found))
                if key not in told:
                    told.add(key)
                    holders.setdefault(found.kind, set()).add((is_fixture, number))
                    rows.setdefault(found.kind, []).append({"at": place, "what": found.what, "masked": masked(found)})
    return tuple(_finding(suite, kind, rows[kind], holders[kind]) for kind in _SAID if kind in rows)


def _finding(suite: Suite, kind: Kind, rows: list[dict[str, Any]], holders: set[tuple[bool, int]]) -> Finding:
    severity, name, said = _SAID[kind]
    fixtures = sorted(number for is_fixture, number in holders if is_fixture)
    examples = len(holders) - len(fixtures)
    where = [counted(len(fixtures), "fixture")] if fixtures else []
    where += [counted(examples, "training example")] if examples else []
    advice = "Take it out and revoke it" if kind == "key" else "Make sure that it may be here and be sent to every provider"
    return Finding(
        severity,
        name,
        f"{' and '.join(where)} {'holds' if len(holders) == 1 else 'hold'} {said}.",
        f"{advice}; harness check --redact DIR writes a copy without it.",
        tuple(suite.fixtures[number].id for number in fixtures),
        tuple(dict.fromkeys(row["at"] for row in rows)),
        tuple(rows),
        {"fixtures": len(fixtures), "training": examples, "values": len(rows)},
    )


def masked(found: Sensitive) -> str:
    """Show enough of a value to find it again, and too little to use it: an end of it, never more than a quarter."""
    value = found.value
    if found.kind == "e-mail":
        name, _, host = value.rpartition("@")
        return f"{name[:1]}***@{host}"
    if found.kind == "key":
        return f"{value[: min(4, len(value) // 4)]}*** ({len(value)} characters)"
    return f"***{value[-min(4, len(value) // 4) :]}"


class Redactor:
    """Replaces what is sensitive by placeholders, the same value always by the same one: ``[EMAIL_1]``.

    A value keeps its placeholder however it is spelled, in capitals or with other spacing, so that an expected answer
    still agrees with its question.

    Attributes:
        counts: How many different values of each kind were replaced.
    """

    def __init__(self) -> None:
        """Start with no placeholder given."""
        self.counts: Counter[str] = Counter()
        self._known: dict[tuple[str, str], str] = {}

    def text(self, text: str) -> str:
        """Return a text with its sensitive stretches replaced."""
        parts, end = [], 0
        for found in find_sensitive(text):
            parts += [text[end : found.start], self._placeholder(found)]
            end = found.end
        return "".join([*parts, text[end:]])

    def value(self, value: Any) -> Any:
        """Return a JSON value with every text in it redacted; keys of objects stay."""
        return _mapped(value, self.text)

    def fixture(self, fixture: Fixture) -> Fixture:
        """Return a fixture redacted; its id, tags, group and gold_context stay."""
        record = fixture_record(fixture)
        record.update({key: self.value(record[key]) for key in _SEARCHED if key in record})
        return fixture_from_record(record)

    def _placeholder(self, found: Sensitive) -> str:
        name = {"e-mail": "EMAIL", "national id": "ID"}.get(found.kind, found.kind.upper())
        key = (name, placeholder_key(found))
        if key not in self._known:
            self.counts[name] += 1
            self._known[key] = f"[{name}_{self.counts[name]}]"
        return self._known[key]


def placeholder_key(found: Sensitive) -> str:
    """A value as it is compared: e-mail addresses in small letters, numbers without what stands between their digits."""
    if found.kind == "key":
        return found.value
    return found.value.lower() if found.kind == "e-mail" else re.sub(r"[^0-9A-Za-z]", "", found.value).upper()


def write_redacted(suite: Suite, folder: Path) -> tuple[Path, ...]:
    """Write fixtures and training data into a folder, redacted: ``fixtures.jsonl`` and ``training.jsonl``.

    Raises:
        SuiteError: One of the files is there already, or cannot be written.
    """
    redactor = Redactor()
    files = {"fixtures.jsonl": suite.fixtures, "training.jsonl": suite.training}
    return write_fixtures(
        {folder / name: tuple(redactor.fixture(item) for item in items) for name, items in files.items() if items}
    )


def write_fixtures(files: dict[Path, tuple[Fixture, ...]]) -> tuple[Path, ...]:
    """Write files of fixtures that are not there yet, each whole or not at all.

    Raises:
        SuiteError: A file is there already, or cannot be written.
    """
    there = [path for path in files if path.exists()]
    if there:
        raise SuiteError(*(Fault("the file is there already", "name another place, or remove it", str(path)) for path in there))
    for path, items in files.items():
        lines = "".join(json.dumps(fixture_record(item), ensure_ascii=False) + "\n" for item in items)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.partial")
            partial.write_text(lines, encoding="utf-8")
            partial.replace(path)
        except OSError as error:
            raise SuiteError(Fault(f"it cannot be written: {error.strerror or error}", "", str(path))) from error
    return tuple(files)


def _items(suite: Suite) -> Iterator[tuple[bool, int, Fixture, str]]:
    for number, fixture in enumerate(suite.fixtures):
        yield True, number, fixture, suite.sources.get(fixture.id, "")
    for number, (example, place) in enumerate(zip(suite.training, suite.training_sources, strict=True)):
        yield False, number, example, place


def _texts(item: Fixture) -> Iterator[str]:
    pending: list[Any] = [getattr(item, name) for name in _SEARCHED]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list | tuple):
            pending += value
        elif isinstance(value, int) and not isinstance(value, bool) and value >= 10**_LONG_NUMBER:
            yield str(value)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, change) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and value >= 10**_LONG_NUMBER:
        changed = change(str(value))
        return value if changed == str(value) else changed
    return value
