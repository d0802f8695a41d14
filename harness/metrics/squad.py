"""Short answers in words, compared as SQuAD compares them: exact match after normalisation, and F1 of words."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from harness.errors import Fault
from harness.metrics.contract import MeanMetric
from harness.metrics.references import MAX_CHARACTERS, WordOverlap, lacking_text, references
from harness.metrics.unicode_form import nfkc
from harness.models import Response
from harness.suite import Fixture

Ignored = Literal["case", "punctuation", "articles", "whitespace", "unicode"]
SQUAD: tuple[Ignored, ...] = ("case", "punctuation", "articles", "whitespace")
"""What SQuAD's own script ignores."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(a|an|the)\b", re.UNICODE)
_TYPEWRITER = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})


@dataclass(frozen=True)
class ExactMatch(MeanMetric):
    """Share of answers that equal the expected text once both are normalised.

    Where ``expected`` is a list of texts, equalling one of them is enough. A fixture without an expected text is left
    out. Unless told otherwise, what is ignored is what SQuAD ignores (Rajpurkar et al. 2016, evaluate-v1.1.py).

    Attributes:
        ignore: Any of ``case``; ``punctuation`` (ASCII); ``articles`` (a, an, the); ``whitespace`` (any run is one
            space, none at the ends); ``unicode`` (NFKC, and typographic quotes and dashes are plain ones).
    """

    name: ClassVar[str] = "exact_match"
    ignore: tuple[Ignored, ...] = SQUAD

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer equals one of the references, else 0."""
        texts = references(fixture)
        if not texts:
            return {}
        answer = normalised(response.text, self.ignore)
        return {"value": float(any(normalised(text, self.ignore) == answer for text in texts))}

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """A fault where no fixture expects a text."""
        return lacking_text(self.name, fixtures)

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()


@dataclass(frozen=True)
class TokenF1(WordOverlap):
    """How far the answer's words are the expected ones, in any order: F1 of words, 0 to 1, as in SQuAD.

    Both texts are normalised as SQuAD does and split at spaces; a word counts as often as it occurs. Where neither
    has a word left the F1 is 1, where only one has, 0 (SQuAD 2.0's script). Of several references the best counts. A
    fixture without an expected text is left out; of a longer text the first 100,000 characters are looked at.

    Attributes:
        ignore: As for ``exact_match``.
    """

    name: ClassVar[str] = "token_f1"
    ignore: tuple[Ignored, ...] = SQUAD

    def words(self, text: str) -> list[str]:
        """What stands between spaces once the text is normalised."""
        return normalised(text[:MAX_CHARACTERS], self.ignore).split()

    def common(self, wanted: list[str], answer: list[str]) -> int:
        """Words in common, each as often as both have it."""
        return sum((Counter(wanted) & Counter(answer)).values())


def normalised(text: str, ignore: Iterable[Ignored] = SQUAD) -> str:
    """Take out of a text what is to be ignored, in SQuAD's order: case, punctuation, articles, then space."""
    ignored = set(ignore)
    if "unicode" in ignored:
        text = nfkc(text.translate(_TYPEWRITER))
    if "case" in ignored:
        text = text.lower()
    if "punctuation" in ignored:
        text = text.translate(_NO_PUNCTUATION)
    if "articles" in ignored:
        text = _ARTICLE.sub(" ", text)
    return " ".join(text.split()) if "whitespace" in ignored else text
