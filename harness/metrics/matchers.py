"""Matchers: what an expected value may hold where more than one answer is right.

===============================================  ==========================================================
``{"$any": [a, b]}``                             one of these, each a value or a matcher
``{"$optional": a}``                             the key may be absent; where it is there, its value matches
``{"$approx": 3.14, "tolerance": 0.01}``         a number at most that far away
``{"$regex": "^A-[0-9]+$"}``                     text in which the pattern is found; ``^`` and ``$`` tie it to the ends
``{"$anything": true}``                          any value at all
``{"$literal": {"$gt": 5}}``                     an object whose keys start with ``$``, taken as it is
===============================================  ==========================================================

Everything else is compared as JSON: types count, 1 and 1.0 are one number, the order of keys does not matter, that of a
list does, and a key that is not expected is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.metrics.jsontext import MAX_DEPTH, is_number, same_json
from harness.metrics.patterns import compile_pattern
from harness.suite import did_you_mean

Problem = tuple[str, str]
"""What is wrong, and what to do about it."""

_BESIDE: Mapping[str, frozenset[str]] = {"$approx": frozenset({"tolerance"})}
_OUTSIDE = "it stands for a key of an object that may be absent; write it as that key's value"


def is_matcher(expected: Any) -> bool:
    """Whether an expected value is a matcher: an object with a key that starts with ``$``."""
    return isinstance(expected, Mapping) and any(str(key).startswith("$") for key in expected)


def is_optional(expected: Any) -> bool:
    """Whether a key with this expected value may be absent."""
    return isinstance(expected, Mapping) and "$optional" in expected


def matches(expected: Any, made: Any) -> bool:
    """Whether a JSON value is what is expected, matchers inside included.

    Args:
        expected: A value in which ``matcher_problems`` finds nothing wrong.
        made: Any JSON value; it is walked no deeper than ``expected`` goes.

    Raises:
        TookTooLongError: A pattern was given up.
        ValueError: There is no such matcher.
    """
    if is_matcher(expected):
        name = next(key for key in expected if key.startswith("$"))
        if name not in _MATCH:
            raise ValueError(f"there is no matcher {name}")
        return _MATCH[name](expected, made)
    if isinstance(expected, Mapping):
        if not isinstance(made, Mapping) or any(key not in expected for key in made):
            return False
        return all(matches(value, made[key]) if key in made else is_optional(value) for key, value in expected.items())
    if isinstance(expected, list | tuple):
        is_list = isinstance(made, list | tuple) and len(made) == len(expected)
        return is_list and all(matches(value, other) for value, other in zip(expected, made, strict=True))
    return same_json(expected, made)


def matcher_problems(expected: Any) -> Iterator[Problem]:
    """Yield what keeps an expected value from being used, each said with the place inside the value."""
    yield from _problems(expected, "", 0, optional=False)


def _problems(expected: Any, path: str, depth: int, *, optional: bool) -> Iterator[Problem]:
    place = f" at {path}" if path else ""
    if depth > MAX_DEPTH:
        yield f"it is nested deeper than {MAX_DEPTH} levels", "write it flatter"
        return
    if is_matcher(expected):
        yield from _matcher_problems(expected, path, place, depth, optional)
    elif isinstance(expected, Mapping):
        for key, value in expected.items():
            yield from _problems(value, f"{path}.{key}" if path else str(key), depth + 1, optional=True)
    elif isinstance(expected, list):
        for position, value in enumerate(expected):
            yield from _problems(value, f"{path}[{position}]", depth + 1, optional=False)


def _matcher_problems(expected: Mapping[str, Any], path: str, place: str, depth: int, optional: bool) -> Iterator[Problem]:
    name = next(key for key in expected if key.startswith("$"))
    if name not in _MATCH:
        hint = did_you_mean(name, list(_MATCH))
        yield f"there is no matcher {name}{place}", f"{hint}; for an object with such a key write $literal around it"
        return
    beside = [key for key in expected if key != name and key not in _BESIDE.get(name, ())]
    if beside:
        yield f"{name}{place} has the key {beside[0]} beside it", "a matcher is an object of its own"
        return
    said = expected[name]
    if name == "$any":
        if not isinstance(said, list) or not said:
            yield f"$any{place} holds no list of values", 'write {"$any": ["red", "blue"]}'
            return
        for position, value in enumerate(said):
            yield from _problems(value, f"{path or '$any'}[{position}]", depth + 1, optional=False)
    elif name == "$optional":
        if not optional:
            yield f"$optional{place} stands where nothing can be left out", _OUTSIDE
            return
        yield from _problems(said, path, depth + 1, optional=False)
    elif (wrong := _wrong_with(name, expected)) is not None:
        yield f"{name}{place} {wrong[0]}", wrong[1]


def _wrong_with(name: str, expected: Mapping[str, Any]) -> Problem | None:
    """What is wrong with a matcher that holds no other values, in words that follow its name."""
    said = expected[name]
    if name == "$approx":
        tolerance = expected.get("tolerance", -1)
        if not is_number(said) or not is_number(tolerance) or tolerance < 0:
            return "needs two numbers, the second not below 0", 'write {"$approx": 3.14, "tolerance": 0.01}'
    elif name == "$regex":
        if not isinstance(said, str):
            return "is no text", 'write {"$regex": "^A-[0-9]+$"}'
        try:
            compile_pattern(said)
        except ValueError as error:
            return f"cannot be used: {error}", "correct the pattern"
    elif name == "$anything" and said is not True:
        return "is not true", 'write {"$anything": true}'
    return None


def _near(expected: Mapping[str, Any], made: Any) -> bool:
    wanted, tolerance = expected["$approx"], expected["tolerance"]
    if not is_number(made):
        return False
    try:  # the last bit is forgiven: 0.3 is within 0.1 of 0.2
        return bool(wanted == made or abs(wanted - made) <= tolerance * (1 + 1e-9) + 1e-12 * (tolerance > 0))
    except OverflowError:  # an integer too large to be a float
        return False


_MATCH: Mapping[str, Callable[[Mapping[str, Any], Any], bool]] = {
    "$any": lambda expected, made: any(matches(value, made) for value in expected["$any"]),
    "$optional": lambda expected, made: matches(expected["$optional"], made),
    "$approx": _near,
    "$regex": lambda expected, made: isinstance(made, str) and compile_pattern(expected["$regex"]).found(made),
    "$anything": lambda expected, made: True,
    "$literal": lambda expected, made: same_json(expected["$literal"], made),
}
