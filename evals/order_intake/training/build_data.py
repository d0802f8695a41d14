"""Write the catalogue, fixtures.jsonl, dev.jsonl and train.jsonl from the template files.

Every draw is seeded, so a second call writes the same bytes. Two splits never share a product, a name, a mail house or an order
number. The year rule of the house: a date without a year lies in the twelve months from August 2025 to July 2026.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from products import HERE, Product, load_products, mention, quoted, write_catalogue

SUITE = HERE.parent
CODES = ("DMG", "WAR", "MIS", "LATE", "PAY", "RET")
FIRST_DAY = dt.date(2025, 8, 1)
QUANTITIES = ("two", "3", "four", "half a dozen", "8", "ten", "a dozen", "24", "30", "a pair of")
TRAIN_EXAMPLES = 520
Record = dict[str, Any]


def order_numbers(rng: random.Random) -> Iterator[str]:
    """Numbers of five digits, none of them twice in the whole suite."""
    return iter([str(number) for number in rng.sample(range(10000, 100000), 6000)])


def write_date(date: dt.date, split: str, rng: random.Random) -> str:
    """Write a date as a customer does; the year is left out in more than half of the forms."""
    year, month, day = date.year, date.month, date.day
    name = date.strftime("%B")
    short = name[:3]
    ending = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day, "th")
    forms = [
        f"{day} {name}",
        f"{day} {short}",
        f"{name} {day}",
        f"{day}{ending} {name}",
        f"{day:02d}.{month:02d}.",
        f"{day:02d}.{month:02d}.{year}",
        f"{day}/{month}/{year}",
        f"{year}-{month:02d}-{day:02d}",
        f"the {day}{ending} of {name}",
        f"{short} {day}",
        f"{day}/{month}/{year % 100}",
        f"{day} {short} {year}",
    ]
    if split == "train":
        forms.remove(f"the {day}{ending} of {name}")
    return rng.choice(forms)


class Writer:
    """Fills templates for one split."""

    def __init__(self, split: str, products: list[Product], numbers: Iterator[str]) -> None:
        """Take the split's own products and people.

        Args:
            split: `train`, `dev` or `sealed`.
            products: the whole catalogue.
            numbers: order numbers not used so far.
        """
        self.split = split
        self.rng = random.Random(f"order intake {split}")
        self.products = [product for product in products if product.split == split]
        self.people = yaml.safe_load((HERE / "people.yaml").read_text())[split]
        self.numbers = numbers
        self.queue: list[Product] = []

    def product(self) -> Product:
        """The next product: all of them in turn, in a new order each round."""
        if not self.queue:
            self.queue = self.rng.sample(self.products, len(self.products))
        return self.queue.pop()

    def address(self, first: str) -> str:
        """An e-mail address in lower case that fits a first name."""
        last, house = self.rng.choice(self.people["last"]), self.rng.choice(self.people["houses"])
        if "syllables" in self.people:
            first, last = self.invented(first), self.invented(last)
            house = house if self.rng.random() < 0.2 else f"{self.invented('mail')}.{self.rng.choice(self.people['endings'])}"
        first = first.lower()
        local = self.rng.choice([f"{first}.{last}", f"{first}{self.rng.randint(1, 99)}", f"{first[0]}_{last}", f"{last}.{first}"])
        return f"{local}@{house}"

    def invented(self, usual: str) -> str:
        """Mostly a made-up name of two or three syllables, sometimes the usual one."""
        if self.rng.random() < 0.25:
            return usual
        return "".join(self.rng.choices(self.people["syllables"], k=self.rng.choice([2, 2, 3])))

    def date(self) -> dt.date:
        """A day of the trading year."""
        return FIRST_DAY + dt.timedelta(days=self.rng.randrange(40, 365))

    def fill(self, template: str, issue: str) -> tuple[str, Record, list[str]]:
        """Fill one template.

        Args:
            template: text with slots.
            issue: the right code.

        Returns:
            The message, the expected answer and the ids of the catalogue entries that answer needs.
        """
        rng, has = self.rng, set(re.findall(r"(?<!\{)\{(\w)\}", template))
        product, first = self.product(), rng.choice(self.people["first"])
        other = rng.choice([each for each in self.products if each.noun != product.noun])
        email, day, order = self.address(first), self.date(), next(self.numbers)
        earlier = day - dt.timedelta(days=rng.randint(4, 30))
        named = mention(product, rng)
        if "p" in has and rng.random() < 0.1:
            named = f"{named} ({quoted(product, rng)})"
        slots = {
            "p": named,
            "s": quoted(product, rng),
            "q": mention(other, rng),
            "g": rng.choice(self.people["foreign"]),
            "o": order,
            "x": next(self.numbers),
            "e": email if rng.random() < 0.85 else rng.choice([email.title(), email.upper()]),
            "A": rng.choice([email.upper(), email.title(), email.split("@")[0].upper() + "@" + email.split("@")[1]]),
            "f": self.address(rng.choice([name for name in self.people["first"] if name != first])),
            "d": write_date(day, self.split, rng),
            "y": write_date(earlier, self.split, rng),
            "u": rng.choice(QUANTITIES),
            "n": first,
            "t": rng.choice(self.people["phones"]).format(x=rng.randint(10000, 99999)),
            "c": rng.choice([code for code in CODES if code != issue]),
        }
        text = template.format(**slots).replace("a pair of pieces of", "a pair of").replace("a pair of pieces", "a pair")
        text = re.sub(r"\b(the|our|other) a (dozen|pair)", r"\1 \2", text, flags=re.I).replace("..", ".").replace(".,", ",")
        known = bool(has & {"p", "s"})
        expected = {
            "order": order if "o" in has else None,
            "email": email if has & {"e", "A"} else None,
            "sku": product.sku if known else None,
            "date": day.isoformat() if "d" in has else None,
            "issue": issue,
        }
        return text[0].upper() + text[1:] if rng.random() < 0.9 else text, expected, [product.chunk_id] if known else []


def from_templates(writer: Writer, file: str, rounds: dict[str, int]) -> list[Record]:
    """Fill whole-message templates.

    Args:
        writer: the split's writer.
        file: the template file.
        rounds: how often a template with this first tag is used.
    """
    templates = yaml.safe_load((HERE / file).read_text())
    records = []
    for turn in range(max(rounds.values())):
        for index, template in enumerate(templates):
            if turn >= rounds[template["tags"][0]]:
                continue
            text, expected, gold = writer.fill(template["text"], template["issue"])
            tags = list(template["tags"])
            if "{u}" in template["text"] and "high_value" not in tags:
                tags.append("high_value")
            group = f"{writer.split}-{index:02d}"
            records.append({"input": text, "expected": expected, "tags": tags, "group": group, "gold_context": gold})
    return records


def compose(writer: Writer, clauses: Record, issue: str, main: str) -> Record:
    """Make one training message from a main clause and clauses for the other fields."""
    rng, tag = writer.rng, "common"
    if "{u}" not in main and rng.random() < 0.2:
        main = re.sub(r"\b(the|my) \{p\}", r"\1 {g}", main, flags=re.I)
        if "{g}" in main and rng.random() < 0.4:
            main, tag = main.replace("{g}", "item"), "edge"
    elif rng.random() < 0.05:
        main = main.replace("the {p}", "{s}").replace("The {p}", "{s}")
    parts = []
    dated = rng.random() < 0.8
    if rng.random() < 0.88:
        parts.append(rng.choice(clauses["order"]))
    if dated:
        parts.append(rng.choice(clauses["date"][issue]))
    if rng.random() < 0.88:
        parts.append(rng.choice(clauses["email"]))
    draw = rng.random()
    if draw < 0.3:
        aside = rng.choice(clauses["aside"])
        if "{y}" not in aside or (dated and issue in ("DMG", "MIS", "RET")):
            parts, tag = [*parts, aside], "failure_prone"
    elif draw < 0.42:
        parts, tag = [*parts, rng.choice(clauses["inject"])], "adversarial"
    elif draw < 0.5:
        parts, tag = [part.replace("{e}", "{A}") for part in parts], "edge"
    rng.shuffle(parts)
    place = 0 if rng.random() < 0.7 else rng.randint(0, len(parts))
    parts.insert(place, main)
    template = " ".join(part for part in [rng.choice(clauses["greeting"]), *parts, rng.choice(clauses["farewell"])] if part)
    text, expected, gold = writer.fill(template, issue)
    return {"input": text, "expected": expected, "tags": [tag], "gold_context": gold}


def training_records(writer: Writer) -> list[Record]:
    """The training examples: every code as often as any other, the main clauses of a code in turn."""
    clauses = yaml.safe_load((HERE / "train.yaml").read_text())
    records = []
    for number in range(TRAIN_EXAMPLES):
        issue = CODES[number % len(CODES)]
        index = number // len(CODES) % len(clauses["main"][issue])
        record = compose(writer, clauses, issue, clauses["main"][issue][index])
        records.append({**record, "group": f"train-{issue.lower()}-{index:02d}"})
    return records


def save(records: list[Record], path: Path, prefix: str, rng: random.Random) -> None:
    """Shuffle, number and write the records, one JSON object a line."""
    rng.shuffle(records)
    order = ("id", "input", "expected", "tags", "group", "gold_context")
    with path.open("w") as file:
        for number, record in enumerate(records, start=1):
            numbered = {"id": f"{prefix}-{number:03d}", **record}
            file.write(json.dumps({key: numbered[key] for key in order}, ensure_ascii=False) + "\n")
    tags = Counter(tag for record in records for tag in record["tags"])
    print(f"{path.name}: {len(records)} records, {len({record['group'] for record in records})} groups, tags {dict(tags)}")


def main() -> None:
    """Write every data file of the suite."""
    products = load_products()
    numbers = order_numbers(random.Random("order numbers"))
    write_catalogue(products, SUITE / "catalogue")
    twice = {"common": 1, "edge": 2, "ambiguous": 2, "failure_prone": 2, "high_value": 2, "adversarial": 2}
    sealed, dev, train = (Writer(split, products, numbers) for split in ("sealed", "dev", "train"))
    save(from_templates(sealed, "sealed.yaml", twice), SUITE / "fixtures.jsonl", "oi", sealed.rng)
    rounds = dict.fromkeys(twice, 2) | {"common": 3}
    save(from_templates(dev, "dev.yaml", rounds), SUITE / "dev.jsonl", "dev", dev.rng)
    save(training_records(train), SUITE / "train.jsonl", "train", train.rng)


if __name__ == "__main__":
    main()
