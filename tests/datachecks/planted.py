"""A suite of 2,000 fixtures and 5,000 training examples with every fault planted at known places, and what the checks find.

Run it to see precision and recall of each check: ``python -m tests.datachecks.planted``.
"""

from __future__ import annotations

import json
import random
import string
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.datachecks import Finding, check_data
from harness.suite import load_suite

FIXTURES, TRAINING = 2_000, 5_000
TOPICS = ("billing", "delivery", "returns", "account", "other")
SUITE = """\
suite: planted
fixtures: fixtures.jsonl
training_data: train.jsonl
variants:
  tuned: {role: fine_tune, model: openai/x, prompt: ask.yaml}
metrics:
  - json_schema: {schema: topic.schema.json}
"""
SCHEMA = {
    "type": "object",
    "properties": {"topic": {"enum": list(TOPICS)}, "urgent": {"type": "boolean"}},
    "required": ["topic", "urgent"],
}
SENSITIVE = {
    # The documented examples of their makers, of RFC 7519, of Wikipedia and of the IBAN registry.
    "sensitive.key": (
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "AIza" + "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q",
        "password: Tr0ub4dor&3",
    ),
    "sensitive.card": ("4111 1111 1111 1111", "5555555555554444", "378282246310005", "6011-1111-1111-1117"),
    "sensitive.iban": ("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR14 2004 1010 0505 0001 3M02 606"),
    "sensitive.national_id": ("536-90-4399", "12345678Z", "RSSMRA85T10A562S", "529.982.247-25", "QQ123456C".replace("QQ", "AB")),
    "sensitive.email": ("ada.lovelace@analytical.co.uk", "b+c@mail.box.eu"),
    "sensitive.phone": ("+49 30 901820", "(212) 555-2368", "phone 020 992419"),
}
HARMLESS = (
    "4111 1111 1111 1112",  # Luhn
    "DE88 3704 0044 0532 0130 00",  # mod 97
    "000-12-3456",
    "12345678A",
    "529.982.247-26",
    "someone@example.com",
    "2026-11-22 14:03:59",
    "order 123456789",
    "version 10.2.33.1",
    "APARTMENTS",
)


@dataclass
class Planted:
    """Where each fault was put: ids of fixtures, or lines of the training data, by the finding's name."""

    fixtures: list[dict[str, Any]] = field(default_factory=list)
    training: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[str, set[str]] = field(default_factory=dict)

    def mark(self, name: str, *places: str) -> None:
        self.truth.setdefault(name, set()).update(places)


@dataclass(frozen=True)
class Outcome:
    """What a check found of what was planted."""

    name: str
    planted: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        return self.right / self.planted

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0


class Writer:
    """Writes texts of invented words, the common ones far more often, as words of a language are."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.words = sorted({"".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(2, 9))) for _ in range(8_000)})
        self.rng.shuffle(self.words)
        weights = [1 / (rank + 10) for rank in range(len(self.words))]
        self.weights = [sum(weights[:1]), *weights[1:]]

    def text(self, least: int = 20, most: int = 60) -> str:
        return " ".join(self.rng.choices(self.words, self.weights, k=self.rng.randint(least, most)))

    def changed(self, text: str, share: float) -> str:
        words = text.split()
        for place in self.rng.sample(range(len(words)), max(1, round(share * len(words)))):
            words[place] = self.rng.choice([word for word in self.rng.choices(self.words, k=5) if word != words[place]])
        return " ".join(words)

    def answer(self) -> dict[str, Any]:
        return {"topic": self.rng.choice(TOPICS), "urgent": self.rng.random() < 0.4}


def plant(seed: int = 1) -> Planted:
    """Make the fixtures and the training data, each fault in rows of its own."""
    writer = Writer(seed)
    rng = writer.rng
    made = Planted()
    kinds = ("common", "edge", "ambiguous", "failure_prone", "high_value", "adversarial")
    made.fixtures = [
        {"id": f"f{n}", "input": writer.text(), "expected": writer.answer(), "tags": [kinds[n % 6]]} for n in range(FIXTURES)
    ]
    made.training = [{"input": writer.text(), "expected": writer.answer()} for _ in range(TRAINING)]
    free = iter(rng.sample(range(FIXTURES), FIXTURES))
    trained = iter(rng.sample(range(TRAINING), TRAINING))
    _leaks(made, writer, free, trained)
    _within(made, writer, free, trained)
    _templates(made, writer, free)
    _training(made, rng, trained)
    for name, values in SENSITIVE.items():
        for value in values * 6:
            row = made.fixtures[next(free)]
            row["input"] = _put_in(row["input"], value, rng)
            made.mark(name, row["id"])
    for value in HARMLESS * 6:
        row = made.fixtures[next(free)]
        row["input"] = _put_in(row["input"], value, rng)
    return made


def _leaks(made: Planted, writer: Writer, free: Iterator[int], trained: Iterator[int]) -> None:
    rng = writer.rng
    for _ in range(80):
        fixture, example = made.fixtures[next(free)], made.training[next(trained)]
        example["input"] = rng.choice((str.upper, str.title, lambda t: t.replace(" ", ",  ") + "!"))(fixture["input"])
        made.mark("leaks.training", fixture["id"])
    for _ in range(120):
        fixture, example = made.fixtures[next(free)], made.training[next(trained)]
        fixture["input"] = writer.text(10, 60)
        example.update(input=writer.changed(fixture["input"], 0.05), expected=fixture["expected"])
        made.mark("leaks.near", fixture["id"])
    for _ in range(40):
        fixture, example = made.fixtures[next(free)], made.training[next(trained)]
        example["input"] = f"{writer.text(40, 50)} {fixture['input']} {writer.text(40, 50)}"
        made.mark("leaks.inside", fixture["id"])
    for _ in range(40):
        fixture, example = made.fixtures[next(free)], made.training[next(trained)]
        passage = writer.text(15, 18)
        fixture["input"], example["input"] = f"{writer.text(30, 40)} {passage}", f"{passage} {writer.text(30, 40)}"
        made.mark("leaks.run", fixture["id"])
    for number in range(40):
        fixture, example = made.fixtures[next(free)], made.training[next(trained)]
        fixture["group"] = example["group"] = f"customer-{number}"
        made.mark("leaks.group", fixture["id"])
    for _ in range(200):  # alike, and not nearly the same: no finding
        fixture, example = made.fixtures[next(free)], made.training[next(trained)]
        example.update(input=writer.changed(fixture["input"], 0.3), expected=fixture["expected"])
        words = fixture["input"].split()
        example["input"] = " ".join(
            w if n % 10 else writer.text(1, 1) for n, w in enumerate(example["input"].split()[: len(words)])
        )


def _within(made: Planted, writer: Writer, free: Iterator[int], trained: Iterator[int]) -> None:
    for name, count in (("duplicates.same_input", 60), ("duplicates.conflict", 40)):
        for _ in range(count):
            first, later = sorted((next(free), next(free)))
            one, other = made.fixtures[first], made.fixtures[later]
            other["input"] = one["input"].title() + "."
            if name == "duplicates.same_input":
                other["expected"] = one["expected"]
            else:
                other["expected"] = {**one["expected"], "urgent": not one["expected"]["urgent"]}
            made.mark(name, other["id"])
            made.mark("duplicates.near", one["id"], other["id"])
    for _ in range(100):
        one, other = made.fixtures[next(free)], made.fixtures[next(free)]
        other["input"] = writer.changed(one["input"], 0.05)
        made.mark("duplicates.near", one["id"], other["id"])
    for name, count in (("training.same_input", 80), ("training.conflict", 50)):
        for _ in range(count):
            first, later = sorted((next(trained), next(trained)))
            one, other = made.training[first], made.training[later]
            other["input"] = one["input"].upper()
            is_same = name == "training.same_input"
            other["expected"] = one["expected"] if is_same else {**one["expected"], "urgent": not one["expected"]["urgent"]}
            made.mark(name, str(later + 1))
    for _ in range(100):
        first, later = sorted((next(trained), next(trained)))
        made.training[later]["input"] = writer.changed(made.training[first]["input"], 0.05)
        made.mark("training.near", str(later + 1))


def _templates(made: Planted, writer: Writer, free: Iterator[int]) -> None:
    rng = writer.rng
    for _ in range(40):
        words = writer.text(10, 16).split()
        slots = rng.sample(range(1, len(words)), 4)
        for _ in range(3):
            row = made.fixtures[next(free)]
            filled = list(words)
            for slot in slots:
                filled[slot] = rng.choice((writer.text(1, 1).capitalize(), str(rng.randint(100, 99_999))))
            row["input"] = " ".join(filled)
            made.mark("coverage.templates", row["id"])


def _training(made: Planted, rng: random.Random, trained: Iterator[int]) -> None:
    for _ in range(40):
        place = next(trained)
        answer = dict(made.training[place]["expected"])
        slip = rng.choice(("lacks", "adds", "type"))
        if slip == "lacks":
            del answer["urgent"]
        elif slip == "adds":
            answer["note"] = "x"
        else:
            answer["urgent"] = "yes"
        made.training[place]["expected"] = answer
        made.mark("training.form", str(place + 1))
        if slip != "adds":  # the schema allows further keys
            made.mark("training.scores", str(place + 1))
    for _ in range(30):
        place = next(trained)
        made.training[place]["expected"] = {"topic": "spam", "urgent": False}
        made.mark("training.scores", str(place + 1))


def _put_in(text: str, value: str, rng: random.Random) -> str:
    words = text.split()
    place = rng.randrange(len(words))
    return " ".join([*words[:place], value, *words[place:]])


def write_planted(made: Planted, folder: Path) -> Path:
    """Write a planted suite."""

    def lines(rows: Sequence[Mapping[str, Any]]) -> str:
        return "".join(json.dumps(row) + "\n" for row in rows)

    (folder / "suite.yaml").write_text(SUITE)
    (folder / "ask.yaml").write_text("- {role: user, content: '{{ input }}'}\n")
    (folder / "topic.schema.json").write_text(json.dumps(SCHEMA))
    (folder / "fixtures.jsonl").write_text(lines(made.fixtures))
    (folder / "train.jsonl").write_text(lines(made.training))
    return folder


def outcomes(made: Planted, findings: Sequence[Finding]) -> list[Outcome]:
    """Hold findings against what was planted, a row for each kind of fault."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        is_of_training = not finding.fixtures
        places = [place.rpartition(":")[2] for place in finding.places] if is_of_training else finding.fixtures
        found.setdefault(finding.name, set()).update(places)
    rows = []
    for name, planted in made.truth.items():
        got = found.get(name, set())
        rows.append(Outcome(name, len(planted), len(got), len(got & planted)))
    return rows


def main() -> None:
    """Print precision and recall of each check."""
    made = plant()
    with tempfile.TemporaryDirectory() as folder:
        findings = check_data(load_suite(write_planted(made, Path(folder))))
    print(f"{FIXTURES:,} fixtures, {TRAINING:,} training examples")
    print(f"{'check':24} {'planted':>8} {'found':>8} {'recall':>8} {'precision':>10}")
    for row in outcomes(made, findings):
        print(f"{row.name:24} {row.planted:>8} {row.found:>8} {row.recall:>8.1%} {row.precision:>10.1%}")
    others = sorted({f.name for f in findings} - set(made.truth))
    print("further findings:", ", ".join(others) or "none")


if __name__ == "__main__":
    main()
