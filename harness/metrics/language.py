"""Is the answer in the right language."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from harness.errors import Fault, SuiteError
from harness.metrics.contract import MeanMetric
from harness.metrics.extra import require_package
from harness.metrics.references import references
from harness.models import Response
from harness.suite import Fixture, did_you_mean

MAX_CHARACTERS = 10_000
"""Characters a language is told from."""


@dataclass(frozen=True)
class Language(MeanMetric):
    """Share of answers that are in the right language (py3langid: 140 languages, its model is in the package).

    An answer without a letter counts 0. A language cannot be told from a few letters: an answer shorter than
    ``minimum_letters`` is left out, and so is a fixture whose own language cannot be told. The first 10,000
    characters are looked at.

    Attributes:
        language: A code of ISO 639-1 such as ``en``; ``expected`` or ``input``, the language of the fixture's
            expected text or of its question; or ``meta:<key>``, the code in the fixture's ``meta``.
        among: Codes to choose from, which makes short answers and close languages (Danish, Norwegian) more certain.
        minimum_letters: Letters a text needs before its language is told.
    """

    name: ClassVar[str] = "language"
    language: str = "expected"
    among: tuple[str, ...] = ()
    minimum_letters: int = 20

    def __post_init__(self) -> None:
        """Refuse a language that is not to be chosen from.

        Raises:
            ValueError: ``language`` is not in ``among``, or ``minimum_letters`` is below 1.
        """
        if self.minimum_letters < 1:
            raise ValueError("minimum_letters is at least 1")
        if self.among and self._fixed and self.language not in self.among:
            raise ValueError(f"the language {self.language!r} is not in among")

    def ready(self) -> None:
        """Make sure that py3langid is there and knows the languages named.

        Raises:
            SuiteError: It is not, or does not.
        """
        require_package("py3langid", self.name)
        known = _identifier(()).labels
        for code in (*self.among, *([self.language] if self._fixed else [])):
            if code not in known:
                raise SuiteError(Fault(f"{self.name} knows no language {code!r}", did_you_mean(code, sorted(known))))

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """1 where the answer is in the right language, else 0."""
        wanted = self._wanted(fixture)
        if wanted is None:
            return {}
        if not any(character.isalpha() for character in response.text[:MAX_CHARACTERS]):
            return {"value": 0.0}
        told = self._told(response.text)
        return {} if told is None else {"value": float(told == wanted)}

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def _fixed(self) -> bool:
        return self.language not in ("expected", "input") and not self.language.startswith("meta:")

    def _wanted(self, fixture: Fixture) -> str | None:
        if self._fixed:
            return self.language
        if self.language.startswith("meta:"):
            code = fixture.meta.get(self.language.removeprefix("meta:"))
            return code if isinstance(code, str) else None
        text = fixture.question if self.language == "input" else "\n".join(references(fixture))
        return self._told(text)

    def _told(self, text: str) -> str | None:
        """The code of a text's language; None where it is too short to tell."""
        text = text[:MAX_CHARACTERS]
        if sum(character.isalpha() for character in text) < self.minimum_letters:
            return None
        return str(_identifier(self.among).classify(text)[0])


@lru_cache(maxsize=8)
def _identifier(among: tuple[str, ...]) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    if not among:
        return LanguageIdentifier.from_model_file(MODEL_FILE)
    chosen = copy.copy(_identifier(()))
    chosen.set_languages(among)
    return chosen
