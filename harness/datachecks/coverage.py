"""What a set covers: kinds of question, labels, and lengths."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.datachecks.finding import Finding, counted
from harness.datachecks.question import question_key
from harness.datachecks.words import words_of
from harness.suite import Fixture, Suite

_MOST_LABELS = 50
_LEAST_EACH = 5
"""Fixtures a label has on average; where texts are rarer than that they are answers, not labels."""
_IN_COMMON = 0.5
"""Share of the labels that fixtures and training data have in common, of the fewer; below it they are names of things."""
_FEW = 5
"""Fixtures of a label below which nothing is said about it."""
_ONE_SIDED = 0.8
"""Share of one label above which always saying it goes far."""


def check_coverage(suite: Suite) -> tuple[Finding, ...]:
    """Count fixtures by kind, by label and by length, and say what is missing."""
    return (*_kinds(suite), *_labels(suite), *_lengths(suite))


def _kinds(suite: Suite) -> Iterator[Finding]:
    kinds = suite.definition.checks.kinds
    if not kinds:
        return
    held = {tag: tuple(f for f in suite.fixtures if tag in f.tags) for tag in kinds}
    rows = tuple(
        {"kind": kind, "fixtures": len(inside), "share": round(len(inside) / len(suite.fixtures), 4)}
        for kind, inside in held.items()
    )
    others = Counter(tag for fixture in suite.fixtures for tag in set(fixture.tags) if tag not in held)
    rows += tuple({"kind": tag, "fixtures": n, "share": round(n / len(suite.fixtures), 4)} for tag, n in others.most_common())
    numbers = {kind: float(len(inside)) for kind, inside in held.items()}
    absent = [kind for kind, inside in held.items() if not inside]
    thin = [kind for kind, inside in held.items() if 0 < len(inside) < suite.definition.min_slice]
    hint = "Tag fixtures with the kind they are, and write those that lack; checks: {kinds: [...]} names kinds of your own."
    if len(absent) == len(kinds):
        said = f"No fixture is tagged as one of {', '.join(kinds)}: nothing tells what the set covers."
        yield Finding("warning", "coverage.kinds", said, hint, evidence=rows, numbers=numbers)
    elif absent:
        said = f"No fixture is tagged {' or '.join(absent)}: what the set says, it says of the other kinds."
        yield Finding("warning", "coverage.kinds", said, hint, evidence=rows, numbers=numbers)
    if thin:
        said = f"Of {', '.join(thin)} there are fewer than {suite.definition.min_slice} fixtures each, too few to judge alone."
        ids = tuple(f.id for f in suite.fixtures if set(f.tags) & set(thin))
        yield Finding("note", "coverage.kinds_thin", said, "Write more of them.", ids, evidence=rows, numbers=numbers)


def label_fields(items: Sequence[Fixture]) -> Mapping[str, Counter[str]]:
    """Count the labels that items expect: under an empty name where the whole answer is one, or by field of the answer.

    An answer is taken for a label where there are at most fifty different ones and each occurs five times on average.
    """
    values: dict[str, Counter[str]] = {}
    for item in items:
        answer = item.expected
        if isinstance(answer, str):
            values.setdefault("", Counter())[answer.strip()] += 1
        elif isinstance(answer, dict) and "tool_calls" not in answer:
            for name, value in answer.items():
                if value is None or isinstance(value, str | bool):
                    values.setdefault(name, Counter())[value if isinstance(value, str) else json.dumps(value)] += 1
    return {
        name: counts
        for name, counts in values.items()
        if 1 < len(counts) <= _MOST_LABELS and counts.total() >= _LEAST_EACH * len(counts) and counts.total() >= len(items) / 2
    }


def _labels(suite: Suite) -> Iterator[Finding]:
    mine, theirs = label_fields(suite.fixtures), label_fields(suite.training)
    for name in dict.fromkeys([*mine, *theirs]):
        here, there = mine.get(name, _values(suite.fixtures, name)), theirs.get(name, _values(suite.training, name))
        if not here or (name not in mine and len(here) > _MOST_LABELS):
            continue
        if there and len(set(here) & set(there)) < _IN_COMMON * min(len(here), len(there)):
            continue
        of = f" of {name}" if name else ""
        rows = tuple(
            {"label": label, "fixtures": here[label], "training": there[label]}
            for label, _ in sorted((here + there).items(), key=lambda item: (-here[item[0]], item[0]))
        )[:200]
        numbers = {"labels": float(len(here)), "trained": float(len(there))}
        places = suite.sources
        is_label_there = name in theirs or not suite.training or len(there) <= _MOST_LABELS
        if suite.training and is_label_there and (lost := sorted(set(there) - set(here))):
            said = f"{counted(len(lost), 'label')}{of} in the training data {_has(lost)} no fixture: {_some(lost)}."
            yield Finding("warning", "coverage.label_untested", said, "Write fixtures of them.", evidence=rows, numbers=numbers)
        if suite.training and is_label_there and (new := sorted(set(here) - set(there))):
            ids = tuple(f.id for f in suite.fixtures if _value(f, name) in new)
            said = f"{counted(len(new), 'label')}{of} of fixtures {_has(new)} no training example: {_some(new)}."
            yield Finding(
                "warning",
                "coverage.label_untrained",
                said,
                "Train on them, or say that the fine-tune is not for them.",
                ids,
                tuple(places.get(id, "") for id in ids),
                rows,
                numbers,
            )
        top, most = here.most_common(1)[0]
        if name in mine and most / here.total() >= _ONE_SIDED:
            said = f"{most / here.total():.0%} of the fixtures expect {_shown(top)}{of}: who always says it looks good."
            hint = "Write more of the others, or judge on balanced_accuracy, mcc or expected_cost."
            yield Finding("warning", "coverage.label_balance", said, hint, evidence=rows, numbers=numbers)
        few = sorted(label for label, count in here.items() if count < _FEW)
        if name in mine and few:
            ids = tuple(f.id for f in suite.fixtures if _value(f, name) in few)
            said = f"{counted(len(few), 'label')}{of} {_has(few)} fewer than {_FEW} fixtures: {_some(few)}."
            yield Finding("note", "coverage.label_few", said, "Write more of them.", ids, evidence=rows, numbers=numbers)


def _values(items: Sequence[Fixture], name: str) -> Counter[str]:
    return Counter(value for item in items if (value := _value(item, name)) is not None)


def _value(item: Fixture, name: str) -> str | None:
    if not name:
        return item.expected.strip() if isinstance(item.expected, str) else None
    if not isinstance(item.expected, dict) or name not in item.expected:
        return None
    value = item.expected[name]
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _lengths(suite: Suite) -> Iterator[Finding]:
    here, there = _word_counts(suite.fixtures), _word_counts(suite.training)
    rows = [_row("fixtures", here), *([_row("training", there)] if there else [])]
    if not there or not here:
        return
    least, most = min(there), max(there)
    long = [f.id for f, count in zip(suite.fixtures, here, strict=True) if count > most]
    short = [f.id for f, count in zip(suite.fixtures, here, strict=True) if count < least]
    one, other = statistics.median(here), statistics.median(there)
    numbers = {"fixtures_median": one, "training_median": other, "longer": len(long), "shorter": len(short)}
    if max(one, other) > 2 * max(min(one, other), 1):
        said = (
            f"Half the fixtures have {one:.0f} words or more, half the training examples {other:.0f}: one is not like the other."
        )
        yield Finding(
            "warning", "coverage.length", said, "Bring both to what production asks.", evidence=tuple(rows), numbers=numbers
        )
    if outside := [*long, *short]:
        are = counted(len(outside), "fixture is", "fixtures are")
        said = f"{are} longer or shorter than any training example."
        yield Finding(
            "note",
            "coverage.length_outside",
            said,
            "Good to have; what they show is how the fine-tune carries over.",
            tuple(outside),
            tuple(suite.sources.get(id, "") for id in outside),
            tuple(rows),
            numbers,
        )


def _word_counts(items: Sequence[Fixture]) -> list[int]:
    return [len(words_of(question_key(item))) for item in items]


def _row(name: str, counts: Sequence[int]) -> dict[str, Any]:
    ordered = sorted(counts)
    return {
        "set": name,
        "least words": ordered[0],
        "half have": int(statistics.median(ordered)),
        "one in twenty has": ordered[int(0.95 * (len(ordered) - 1))],
        "most words": ordered[-1],
    }


def _has(things: Sequence[str]) -> str:
    return "has" if len(things) == 1 else "have"


def _some(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return ", ".join(map(_shown, labels[:5])) + more


def _shown(label: str) -> str:
    return label if label and len(label) <= 40 else repr(label[:40])
