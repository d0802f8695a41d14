"""What a model is shown: prompt files rendered as chat messages, and the catalogue entries BM25 finds for a message."""

from __future__ import annotations

import json
import random
import re
import string
from pathlib import Path
from typing import Any

import bm25s
import jinja2
import yaml

FIELDS = ("order", "email", "sku", "date", "issue")
ARTICLE = re.compile(r"([a-z]{3})([- ]?)(\d{4})", flags=re.I)
Message = dict[str, str]


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read one JSON object a line."""
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


class Retriever:
    """BM25 (Lucene's variant, k1=1.5, b=0.75) over texts, on lower-cased words without stemming or stop words."""

    def __init__(self, texts: list[str]) -> None:
        """Index the texts."""
        self.texts = texts
        self.index = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
        self.index.index([self.words(text) for text in texts], show_progress=False)

    @staticmethod
    def words(text: str) -> list[str]:
        """The lower-cased words of a text."""
        return re.findall(r"\w+", text.lower())

    def best(self, query: str, top_k: int) -> list[int]:
        """The positions of the `top_k` best texts, best first; always `top_k` of them."""
        known = [word for word in self.words(query) if word in self.index.vocab_dict]
        if not known:
            return list(range(top_k))
        scores = self.index.get_scores(known)
        return sorted(range(len(self.texts)), key=lambda position: (-scores[position], position))[:top_k]


class Catalogue:
    """The entries of the catalogue files, one a heading of level two."""

    def __init__(self, folder: Path) -> None:
        """Read and index all Markdown files of a folder."""
        self.ids: list[str] = []
        texts = []
        for file in sorted(folder.glob("*.md")):
            for part in re.split(r"^## ", file.read_text(), flags=re.M)[1:]:
                heading, _, body = part.strip().partition("\n")
                slug = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
                self.ids.append(f"{file.name}#{slug}")
                texts.append(f"{heading}\n{body.strip()}")
        self.retriever = Retriever(texts)

    def context(self, message: str, top_k: int = 3) -> str:
        """The text that stands for `{{ context }}` in a prompt."""
        return "\n\n".join(self.retriever.texts[position] for position in self.retriever.best(message, top_k))

    def found(self, message: str, top_k: int) -> list[str]:
        """The ids of the entries found for a message."""
        return [self.ids[position] for position in self.retriever.best(message, top_k)]


def render(prompt: Path, message: str, context: str = "") -> list[Message]:
    """Render a prompt file to chat messages."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=False)
    turns = yaml.safe_load(prompt.read_text())
    return [
        {"role": turn["role"], "content": environment.from_string(turn["content"]).render(input=message, context=context)}
        for turn in turns
    ]


def is_quoted(sku: str, message: str) -> bool:
    """Tell whether an article number stands in the message, in whatever form."""
    letters, digits = sku.split("-")
    return re.search(rf"{letters}[- ]?{digits}", message, flags=re.I) is not None


def renumbered(record: dict[str, Any], context: str, rng: random.Random) -> tuple[dict[str, Any], str]:
    """The same example in a shop with other article numbers, in the message, the context and the answer alike.

    A model that sees few numbers learns them by heart; one that never sees a number twice learns to copy it.
    """
    letters: dict[str, str] = {}
    digits: dict[str, str] = {}

    def changed(match: re.Match[str]) -> str:
        prefix, gap, number = match[1].upper(), match[2], match[3]
        letters.setdefault(prefix, "".join(rng.choices(string.ascii_uppercase, k=3)))
        digits.setdefault(prefix + number, str(rng.randint(1001, 9989)))
        fresh = letters[prefix] + gap + digits[prefix + number]
        return fresh.lower() if match[1].islower() else fresh

    known = set(re.findall(r"\b[A-Z]{3}-\d{4}\b", context)) | {record["expected"]["sku"]} - {None}
    if not known:
        return record, context
    pattern = re.compile("|".join(rf"\b({sku[:3]})([- ]?)({sku[4:]})\b" for sku in sorted(known)), flags=re.I)

    def replace(text: str) -> str:
        return pattern.sub(lambda match: changed(ARTICLE.fullmatch(match[0]) or match), text)

    sku = record["expected"]["sku"]
    expected = record["expected"] | {"sku": replace(sku) if sku else None}
    return record | {"input": replace(record["input"]), "expected": expected}, replace(context)


def training_answer(record: dict[str, Any], context: str) -> str:
    """The answer to learn.

    The article number is null unless the message quotes it or the context holds it: a model must not learn to invent numbers.
    """
    answer = dict(record["expected"])
    if answer["sku"] and answer["sku"] not in context and not is_quoted(answer["sku"], record["input"]):
        answer["sku"] = None
    return json.dumps(answer)
