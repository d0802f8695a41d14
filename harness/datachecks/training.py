"""Whether the training data suit the task: how many, of one form, and with what the fixtures ask in them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.datachecks.finding import Finding, counted
from harness.datachecks.question import question_key
from harness.suite import Fixture, Suite

RANGES: Mapping[str, tuple[int, int, str]] = {
    "format": (50, 200, "a format"),
    "voice": (50, 200, "a voice"),
    "classification": (500, 2_000, "a narrow classification"),
    "extraction": (500, 2_000, "a narrow extraction"),
    "distillation": (2_000, 10_000, "a distillation of a larger model"),
}
"""Examples a fine-tune wants for each task: from, to, and what it is called. Rules of thumb of the field, not laws."""

_TASKS = {
    "classification": ("balanced_accuracy", "precision", "recall", "f1", "mcc", "cohen_kappa", "confusion", "expected_cost"),
    "extraction": ("field_accuracy", "json_schema", "missing_fields", "extra_fields", "hallucinated_values", "tool_call_correct"),
    "voice": ("brand_rules", "readability", "rubric", "preference", "language"),
}
_ODD = 0.05
"""Share of examples below which a form is a slip and above which it is a habit."""
_BOUNDARY = ("edge", "ambiguous", "failure_prone", "adversarial")
_NOTHING = frozenset(
    {"", "none", "null", "n/a", "na", "unknown", "not found", "no answer", "[]", "{}", "nothing", "i don't know"}
)


def check_training(suite: Suite) -> tuple[Finding, ...]:
    """Check the training data: their number for the task, their form, and whether they show what the fixtures ask.

    Where a fine-tune has no training data to look at, that is said.
    """
    if suite.training:
        return (*_count(suite), *_form(suite), *_negatives(suite), *_boundaries(suite))
    tuned = [name for name, variant in suite.variants.items() if variant.role == "fine_tune"]
    if not tuned:
        return ()
    said = f"There is no training_data: nobody can say what {tuned[0]} has seen."
    return (Finding("warning", "training.absent", said, "Give training_data: <file>.jsonl; a sign-off asks for it."),)


def task_of(suite: Suite) -> str | None:
    """Name the task as the suite states it, or as its metrics tell; None where they do not."""
    if suite.definition.checks.task is not None:
        return suite.definition.checks.task
    measured = [entry.kind for entry in suite.metric_entries]
    return next((task for task, kinds in _TASKS.items() if any(kind in kinds for kind in measured)), None)


def _count(suite: Suite) -> Iterator[Finding]:
    different = len({question_key(example) for example in suite.training})
    task = task_of(suite)
    held = counted(len(suite.training), "training example")
    if different < len(suite.training):
        held += f" ({different:,} of them different)"
    numbers: dict[str, float] = {"examples": len(suite.training), "different": different}
    if task is None:
        said = f"{held}; what number is usual depends on the task, which neither checks nor the metrics tell."
        hint = "State it: checks: {task: format, voice, classification, extraction or distillation}."
        yield Finding("note", "training.count", said, hint, numbers=numbers)
        return
    low, high, name = RANGES[task]
    numbers |= {"low": low, "high": high}
    if different < low:
        said = f"{held}, and {name} usually takes {low:,} to {high:,}: the fine-tune may still be short of what it could do."
        yield Finding("warning", "training.count", said, "Collect more before it is judged for good.", numbers=numbers)
    elif different > high:
        said = f"{held}, and {name} usually takes {low:,} to {high:,}: more of the same adds less and less."
        yield Finding("note", "training.count", said, "Look at their variety rather than their number.", numbers=numbers)


def _form(suite: Suite) -> Iterator[Finding]:
    """Whether answers are of one form: all JSON or none, with the same keys, of the same types."""
    answers = [_parsed(example.expected) for example in suite.training]
    total = len(answers)
    odd: list[tuple[int, str]] = []
    kinds = Counter(_type_of(answer) for answer in answers)
    usual = kinds.most_common(1)[0][0]
    habits = [kind for kind, n in kinds.items() if kind != usual and n >= _ODD * total]
    odd += [
        (place, f"the answer is {_type_of(answer)}, elsewhere {usual}")
        for place, answer in enumerate(answers)
        if _type_of(answer) not in (usual, "nothing", *habits)
    ]
    objects = [(place, answer) for place, answer in enumerate(answers) if isinstance(answer, dict)]
    having = Counter(key for _, answer in objects for key in answer)
    types = {key: Counter(_type_of(answer[key]) for _, answer in objects if answer.get(key) is not None) for key in having}
    many = len(objects)
    for place, answer in objects:
        lacks = [key for key, n in having.items() if n > (1 - _ODD) * many and key not in answer]
        adds = [key for key in answer if having[key] < _ODD * many]
        odd += [(place, f"lacks {key}") for key in lacks] + [(place, f"has {key}, which hardly any other has") for key in adds]
        for key, value in answer.items():
            if value is not None and types[key][_type_of(value)] < _ODD * types[key].total():
                odd.append((place, f"{key} is {_type_of(value)}, elsewhere {types[key].most_common(1)[0][0]}"))
    if odd:
        odd.sort()
        wrong = sorted({place for place, _ in odd})
        yield Finding(
            "warning",
            "training.form",
            f"Of {total:,} training answers {counted(len(wrong), 'is', 'are')} not of the form of the rest.",
            "Correct them: a fine-tune learns the slips too.",
            (),
            tuple(suite.training_sources[place] for place in wrong),
            tuple({"at": suite.training_sources[place], "what": what} for place, what in odd),
            {"answers": len(wrong), "share": len(wrong) / total},
        )
    loose = {key: n / many for key, n in having.items() if _ODD * many <= n <= (1 - _ODD) * many}
    if loose or habits:
        said = [f"{key} in {share:.0%}" for key, share in sorted(loose.items(), key=lambda item: -item[1])[:5]]
        forms = [f"{kinds[kind]:,} answers are {kind}" for kind in [usual, *habits]] if habits else []
        keys = [f"keys come and go ({', '.join(said)})"] if loose else []
        yield Finding(
            "note",
            "training.form_varies",
            f"The training answers have more than one form: {'; '.join([*forms, *keys])}.",
            "If that is not meant, write every key each time, with null where there is nothing.",
            evidence=tuple({"key": key, "share": round(share, 4)} for key, share in loose.items()),
        )


def _negatives(suite: Suite) -> Iterator[Finding]:
    """Whether the training data show when there is nothing to answer, in all or in a field."""
    asked, shown = _nothing_by_field(suite.fixtures), _nothing_by_field(suite.training)
    fields = {name for example in suite.training if isinstance(example.expected, dict) for name in example.expected}
    for name, ids in asked.items():
        if name and name not in fields:
            continue
        if name not in shown:
            what = f"{name} is never empty" if name else "No training example has nothing for an answer"
            where = f"In the training data {what}" if name else what
            expect = counted(len(ids), "fixture expects", "fixtures expect")
            said = f"{where}, and {expect} that: the fine-tune was taught to always answer."
            yield Finding(
                "warning",
                "training.negatives",
                said,
                "Add examples in which nothing is the right answer.",
                ids,
                tuple(suite.sources.get(id, "") for id in ids),
            )
    if not asked and not shown:
        said = "Neither fixtures nor training data hold a question with nothing for an answer."
        yield Finding(
            "note", "training.negatives", said, "If production asks such questions, add some to both: what is not there to find."
        )


def _nothing_by_field(items: Sequence[Fixture]) -> dict[str, tuple[str, ...]]:
    """Ids of items of which nothing is the right answer, under an empty name, or by field of the answer."""
    found: dict[str, list[str]] = {}
    for item in items:
        answer = _parsed(item.expected)
        if answer is None:
            continue
        if answer in ([], {}) or answer == {"tool_calls": []} or (isinstance(answer, str) and answer.strip().lower() in _NOTHING):
            found.setdefault("", []).append(item.id)
        elif isinstance(answer, dict):
            empty = [name for name, value in answer.items() if value is None or value in ("", [], {})]
            for name in empty:
                found.setdefault(name, []).append(item.id)
    return {name: tuple(ids) for name, ids in found.items()}


def _boundaries(suite: Suite) -> Iterator[Finding]:
    """Whether the kinds that go wrong are trained on, as far as the training data are tagged."""
    tags = Counter(tag for example in suite.training for tag in set(example.tags))
    asked = Counter(tag for fixture in suite.fixtures for tag in set(fixture.tags))
    if not tags or not any(asked[tag] for tag in _BOUNDARY):
        return
    lacking = [tag for tag in _BOUNDARY if asked[tag] and not tags[tag]]
    if lacking:
        ids = tuple(f.id for f in suite.fixtures if set(f.tags) & set(lacking))
        rows = tuple({"kind": tag, "fixtures": asked[tag], "training": tags[tag]} for tag in _BOUNDARY)
        said = f"No training example is tagged {' or '.join(lacking)}, and {counted(len(ids), 'fixture is', 'fixtures are')}."
        yield Finding(
            "note", "training.boundaries", said, "Add examples at the boundary: they teach where it runs.", ids, (), rows
        )


def _parsed(answer: Any) -> Any:
    """An answer as JSON has it, where it is an object or a list written as text."""
    if isinstance(answer, str) and answer.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            return answer
    return answer


def _type_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "an object" if isinstance(value, Mapping) else "a list"
