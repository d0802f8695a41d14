"""BLEU: precision of word n-grams with a penalty for brevity, rebuilt for the whole corpus from sums of counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from harness.errors import Fault
from harness.metrics.chrf import NOTHING
from harness.metrics.contract import MeanMetric, Totals, Unit
from harness.metrics.extra import require_package
from harness.metrics.references import MAX_CHARACTERS, lacking_text, references
from harness.models import Response
from harness.suite import Fixture

ORDERS = range(1, 5)
_NO_PRECISION = -9999999999.0
"""sacreBLEU's logarithm of 0."""


@dataclass(frozen=True)
class Bleu(MeanMetric):
    """BLEU of the whole set of answers, 0 to 100, as sacreBLEU's ``corpus_score`` gives it.

    The metric of a variant is not the mean of its answers' scores: n-gram counts and lengths are summed over the
    answers, and one score is made of the sums (Papineni et al. 2002; Post 2018), in every resample anew, with
    exponential smoothing. The score beside a single answer is its sentence BLEU with effective order. Several
    references (``expected`` as a list of texts) are pooled as sacreBLEU pools them. A fixture without an expected
    text is left out; of a longer text the first 100,000 characters are looked at.

    Attributes:
        tokenize: sacreBLEU's tokenizer: ``13a`` for text with spaces, ``intl`` with Unicode punctuation, ``zh`` for
            Chinese, ``char`` for single characters, ``none``.
        lowercase: Ignore case.
    """

    name: ClassVar[str] = "bleu"
    unit: ClassVar[Unit] = "score"
    tokenize: Literal["13a", "intl", "zh", "char", "none"] = "13a"
    lowercase: bool = False

    def ready(self) -> None:
        """Make sure that sacrebleu is there."""
        require_package("sacrebleu", self.name)

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """The answer's own score, and its counts in columns that start with ``_``."""
        texts = references(fixture)
        if not texts:
            return {}
        own = self._scorer.sentence_score(response.text[:MAX_CHARACTERS], [text[:MAX_CHARACTERS] for text in texts])
        return {
            "value": float(own.score),
            "_answer_length": float(own.sys_len),
            "_reference_length": float(own.ref_len),
            **{f"_match_{n}": float(own.counts[n - 1]) for n in ORDERS},
            **{f"_answer_{n}": float(own.totals[n - 1]) for n in ORDERS},
        }

    def estimate(self, totals: Totals) -> Any:
        """The corpus score of summed counts, one for each resample; shape as the totals, 0 to 100."""
        answer, reference = (np.asarray(totals[f"_{side}_length"], dtype=np.float64) for side in ("answer", "reference"))
        with np.errstate(all="ignore"):
            brevity = np.where(
                answer + NOTHING >= reference, 1.0, np.where(answer > NOTHING, np.exp(1 - reference / answer), 0.0)
            )
            logs, smoothing = np.zeros_like(answer), np.ones_like(answer)
            reached, any_match = np.ones(answer.shape, dtype=bool), np.zeros(answer.shape, dtype=bool)
            for n in ORDERS:
                match, total = totals[f"_match_{n}"], totals[f"_answer_{n}"]
                reached = reached & (total > NOTHING)
                none = match <= NOTHING
                any_match = any_match | ~none
                smoothing = np.where(none, 2 * smoothing, smoothing)
                precision = np.where(none, 1 / smoothing, match) / total
                logs = logs + np.where(reached, np.log(100 * precision), _NO_PRECISION)
            return np.where(any_match, brevity * np.exp(logs / len(ORDERS)), 0.0)

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """A fault where no fixture expects a text."""
        return lacking_text(self.name, fixtures)

    def parts(self) -> tuple[str, ...]:
        """None."""
        return ()

    @cached_property
    def _scorer(self) -> Any:
        from sacrebleu.metrics import BLEU

        return BLEU(tokenize=self.tokenize, lowercase=self.lowercase, effective_order=True)
