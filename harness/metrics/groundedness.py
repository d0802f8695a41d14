"""Does the answer keep to what the model was shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from harness.metrics.contract import MeanMetric
from harness.metrics.unicode_form import nfkc
from harness.models import Response
from harness.retrieval import Hit
from harness.suite import Fixture

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


@dataclass(frozen=True)
class Groundedness(MeanMetric):
    """Mean share of an answer's content words that stand in the retrieved context or in the question.

    Words are runs of letters, digits and underscores, folded to one case and one Unicode form, each counted once. Content
    words are those of at least ``min_length`` characters and all that hold a digit. An answer without any says nothing that
    is not grounded and counts 1. A response without retrieved context is left out. Words are compared, not what they say:
    a wrong answer made of the context's words is grounded, a right one in other words is not.

    Attributes:
        counts: ``words``; ``numbers`` looks at numbers, dates and codes of digits alone (1,200.50 is one).
        against: ``context`` alone, or ``context_and_input``, which also takes what the question and the conversation say.
        min_length: Shortest word that counts, in characters.

    Raises:
        ValueError: min_length is below 1.
    """

    name: ClassVar[str] = "groundedness"
    uses_context: ClassVar[bool] = True
    counts: Literal["words", "numbers"] = "words"
    against: Literal["context", "context_and_input"] = "context_and_input"
    min_length: int = 4

    def __post_init__(self) -> None:
        if self.min_length < 1:
            raise ValueError(f"min_length is {self.min_length}; give at least 1")

    def measure(self, fixture: Fixture, response: Response, retrieved: Sequence[Hit] = ()) -> Mapping[str, float]:
        """The share, 0 to 1."""
        if not retrieved:
            return {}
        said = self._content(response.text)
        shown = [hit.text for hit in retrieved]
        if self.against == "context_and_input":
            shown += [fixture.question, *_texts(fixture.input), *_texts([m.get("content") for m in fixture.messages or ()])]
        known = {word for text in shown for word in self._words(text)}
        return {"value": len(said & known) / len(said) if said else 1.0}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    def _words(self, text: str) -> list[str]:
        pattern = _NUMBER if self.counts == "numbers" else _WORD
        return pattern.findall(nfkc(text).casefold())

    def _content(self, text: str) -> set[str]:
        words = set(self._words(text))
        if self.counts == "numbers":
            return words
        return {word for word in words if len(word) >= self.min_length or any(letter.isdigit() for letter in word)}


def _texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value, numbers as they are written."""
    layer = [value]
    while layer:
        for node in layer:
            if isinstance(node, str):
                yield node
            elif isinstance(node, int | float):
                yield str(node)
        layer = [
            child
            for node in layer
            if isinstance(node, Mapping | list | tuple)
            for child in (node.values() if isinstance(node, Mapping) else node)
        ]
