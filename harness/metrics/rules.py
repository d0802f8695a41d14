"""Rules from outside the model: what a valid answer must never break, written in suite.yaml or as a Python function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from harness.metrics.contract import MeanMetric
from harness.metrics.fields import find
from harness.metrics.jsontext import NotJson, is_number, read_json, same_json
from harness.metrics.patterns import Pattern, compile_pattern
from harness.metrics.plugin import suite_function
from harness.models import Response
from harness.suite import Fixture, did_you_mean

_ON_A_VALUE = ("minimum", "maximum", "pattern", "one_of", "not_one_of", "equals")
_ON_A_FIELD = (*_ON_A_VALUE, "required", "forbidden", "required_with", "forbidden_with")
_KEYS = ("name", "when", "field", *_ON_A_FIELD, "forbidden_calls", "function")


@dataclass(frozen=True)
class Validators(MeanMetric):
    """Share of answers that keep every rule, with one part for each rule: the share that keeps it.

    A rule is about one ``field`` of a JSON answer: ``minimum``, ``maximum`` (numbers), ``pattern`` (a regular expression
    found in the text), ``one_of``, ``not_one_of``, ``equals``, ``required``, ``forbidden`` (true: it must be there, or
    must not), ``required_with``, ``forbidden_with`` (fields that must, or must not, be there where this one is). A field
    that is absent or null keeps every rule but ``required``; a value of another type than ``minimum``, ``maximum`` or
    ``pattern`` can judge breaks it. With ``lines[*].price`` every item keeps the rule or none does. A rule with ``when``
    holds where each field named there has that value, or one of those in a list; elsewhere it is kept.

    A rule without a field: ``forbidden_calls`` names tools that must not be called; ``function`` names a function in the
    suite's metrics.py, ``(answer, fixture) -> bool``, true where the rule is kept. An answer that is not JSON breaks every
    rule but those about calls.

    Attributes:
        rules: The rules, each with a ``name``.
        fenced: Accept the JSON inside one Markdown code fence.
        surrounding: Accept prose around it.
        folder: The suite's folder; the working directory unless given.

    Raises:
        ValueError: A rule has no name, one that is taken, an unknown key, or a value that makes no sense.
        SuiteError: metrics.py has no such function.
    """

    name: ClassVar[str] = "validators"
    rules: list[dict[str, Any]]
    fenced: bool = False
    surrounding: bool = False
    folder: Path | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.rules:
            raise ValueError("rules names no rule")
        for position, rule in enumerate(self.rules, 1):
            try:
                _check(rule)
            except ValueError as error:
                raise ValueError(f"rule {rule.get('name', position)!r} {error}") from None
        names = [rule["name"] for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("two rules have the same name")

    def ready(self) -> None:
        """Look the functions up."""
        _ = self._functions

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 or 0 for each rule, and for all of them as ``value``."""
        try:
            answer, readable = read_json(response.text, fenced=self.fenced, surrounding=self.surrounding), True
        except NotJson:
            answer, readable = None, False
        kept = {rule["name"]: self._keeps(rule, answer, readable, fixture, response) for rule in self.rules}
        return {"value": float(all(kept.values())), **{name: float(each) for name, each in kept.items()}}

    def parts(self) -> tuple[str, ...]:
        """The rules."""
        return tuple(rule["name"] for rule in self.rules)

    def code_file(self) -> str | None:
        """The file whose lines a fault of this metric is about, where it is not this one."""
        return str((self.folder or Path()) / "metrics.py") if self._functions else None

    @cached_property
    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        return {
            rule["function"]: suite_function(self.folder or Path(), rule["function"]) for rule in self.rules if "function" in rule
        }

    @cached_property
    def _patterns(self) -> Mapping[str, Pattern]:
        return {rule["pattern"]: compile_pattern(rule["pattern"]) for rule in self.rules if "pattern" in rule}

    def _keeps(self, rule: Mapping[str, Any], answer: Any, readable: bool, fixture: Fixture, response: Response) -> bool:
        if not {call.name for call in response.tool_calls}.isdisjoint(rule.get("forbidden_calls", ())):
            return False
        if not readable:
            return "forbidden_calls" in rule and not ("function" in rule or "field" in rule)
        if not all(_is_one_of(find(answer, path), said) for path, said in rule.get("when", {}).items()):
            return True
        if "function" in rule and not self._functions[rule["function"]](answer, fixture):
            return False
        return "field" not in rule or self._field_keeps(rule, answer)

    def _field_keeps(self, rule: Mapping[str, Any], answer: Any) -> bool:
        found = find(answer, rule["field"])
        every = "[*]" in rule["field"] and isinstance(found, list)
        values = [value for value in (found if every else [found]) if value is not None]
        if not values:
            return not rule.get("required")
        if rule.get("forbidden") or (rule.get("required") and every and len(values) < len(found)):
            return False
        if any(find(answer, path) is None for path in rule.get("required_with", ())):
            return False
        if any(find(answer, path) is not None for path in rule.get("forbidden_with", ())):
            return False
        return all(self._value_keeps(rule, value) for value in values)

    def _value_keeps(self, rule: Mapping[str, Any], value: Any) -> bool:
        if "minimum" in rule and not (is_number(value) and value >= rule["minimum"]):
            return False
        if "maximum" in rule and not (is_number(value) and value <= rule["maximum"]):
            return False
        if "pattern" in rule and not (isinstance(value, str) and self._patterns[rule["pattern"]].found(value)):
            return False
        if "equals" in rule and not same_json(rule["equals"], value):
            return False
        if "not_one_of" in rule and any(same_json(each, value) for each in rule["not_one_of"]):
            return False
        return "one_of" not in rule or any(same_json(each, value) for each in rule["one_of"])


def _check(rule: Mapping[str, Any]) -> None:
    """Raise a ValueError, a clause that goes on from the rule's name, for a rule that makes no sense."""
    name = rule.get("name")
    if not isinstance(name, str) or not name or name == "value" or name.startswith("_"):
        raise ValueError("needs a name, a text other than 'value'")
    for key, said in rule.items():
        if key not in _KEYS:
            raise ValueError(f"has no key {key!r}; {did_you_mean(str(key), _KEYS)}")
        if (wrong := _wrong(key, said)) is not None:
            raise ValueError(f"has {key}: {said!r:.60}, which is not {wrong}")
    if "pattern" in rule:
        compile_pattern(rule["pattern"])
    about = [key for key in _ON_A_FIELD if key in rule]
    if about and "field" not in rule:
        raise ValueError(f"has {about[0]} but no field; name the field it is about")
    if not about and not {"forbidden_calls", "function"} & set(rule):
        raise ValueError(f"asks for nothing; give one of {', '.join(_KEYS[3:])}")


def _wrong(key: str, said: Any) -> str | None:
    """What a key's value should have been; None where it is that."""
    wanted, right = _SHOULD_BE.get(key, ("", lambda _: True))
    return None if right(said) else wanted


_NAMES = ("a list of names", lambda said: isinstance(said, list) and all(isinstance(each, str) for each in said))
_LIST = ("a list", lambda said: isinstance(said, list))
_NUMBER = ("a number", is_number)
_TEXT = ("a text", lambda said: isinstance(said, str) and said != "")
_FLAG = ("true or false", lambda said: isinstance(said, bool))
_SHOULD_BE: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "when": ("a mapping from fields to values", lambda said: isinstance(said, dict)),
    "field": _TEXT,
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "pattern": _TEXT,
    "one_of": _LIST,
    "not_one_of": _LIST,
    "required": _FLAG,
    "forbidden": _FLAG,
    "required_with": _NAMES,
    "forbidden_with": _NAMES,
    "forbidden_calls": _NAMES,
    "function": _TEXT,
}


def _is_one_of(value: Any, said: Any) -> bool:
    if isinstance(said, list) and not isinstance(value, list):
        return any(same_json(each, value) for each in said)
    return same_json(said, value)
