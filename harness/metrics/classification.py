"""Precision, recall, F1 and the chance-corrected scores of a classification, each a function of class counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from harness.errors import Fault
from harness.metrics.class_counts import ClassCounts, Floats, columns_of, count_row, ratio, read_counts
from harness.metrics.contract import PartOfSums, Totals, Unit
from harness.metrics.labels import Label, LabelMetric, label_of, label_text, part_of
from harness.models import Response
from harness.suite import Fixture

Average = Literal["macro", "micro", "weighted", "binary"]


@dataclass(frozen=True)
class Counted(LabelMetric):
    """A function of how often each label was expected, said and right; ``value`` of one answer is 1 where it is right."""

    def measure(self, fixture: Fixture, response: Response) -> Mapping[str, float]:
        """Whether the answer is right, and its counts in hidden columns."""
        expected = self.expected_label(fixture)
        if expected is None:
            return {}
        said = self.said(response, expected).label
        return {"value": float(said == expected), **self.part_values(expected, said), **count_row(expected, said)}

    def part_values(self, expected: str, said: str | None) -> Mapping[str, float]:
        """The parts of one answer."""
        return {}


@dataclass(frozen=True)
class BalancedAccuracy(Counted):
    """Mean recall of the labels: what accuracy would be if each label were expected equally often.

    A label that is never expected is left out of the mean, as in scikit-learn's ``balanced_accuracy_score``.
    """

    name: ClassVar[str] = "balanced_accuracy"

    def estimate(self, totals: Totals) -> Any:
        """Mean over the labels that are expected."""
        counts = read_counts(totals)
        expected = counts.expected > 0
        return ratio(np.where(expected, counts.recall(), 0.0).sum(axis=0), expected.sum(axis=0), np.nan)


@dataclass(frozen=True)
class Mcc(Counted):
    """Matthews correlation of expected and said labels, -1 to 1; 0 is chance, whatever the labels' shares.

    The form for many labels is Gorodkin's R_K (2004). Answers that are no label count as one further label that is never
    expected. Where only one label is expected, or only one said, it is 0, as in scikit-learn's ``matthews_corrcoef``.
    """

    name: ClassVar[str] = "mcc"
    unit: ClassVar[Unit] = "score"

    def estimate(self, totals: Totals) -> Any:
        """(c n - sum t p) / sqrt((n^2 - sum p^2)(n^2 - sum t^2))."""
        c = read_counts(totals)
        squared = c.n**2
        none = c.n - c.said.sum(axis=0)
        top = c.right.sum(axis=0) * c.n - (c.expected * c.said).sum(axis=0)
        spreads = [squared - (c.said**2).sum(axis=0) - none**2, squared - (c.expected**2).sum(axis=0)]
        said, expected = (np.where(spread <= 1e-12 * squared, 0.0, spread) for spread in spreads)
        return np.where(c.n > 0, ratio(top, np.sqrt(said * expected)), np.nan)


@dataclass(frozen=True)
class CohenKappa(Counted):
    """Cohen's kappa of expected and said labels: agreement beyond what their shares alone would give, at most 1.

    Answers that are no label count as one further label that is never expected. Where every answer is the one label
    that is ever expected it has no value.
    """

    name: ClassVar[str] = "cohen_kappa"
    unit: ClassVar[Unit] = "score"

    def estimate(self, totals: Totals) -> Any:
        """(observed - by chance) / (1 - by chance)."""
        c = read_counts(totals)
        observed = ratio(c.right.sum(axis=0), c.n, np.nan)
        chance = ratio((c.expected * c.said).sum(axis=0), c.n**2, np.nan)
        room = np.where(1 - chance <= 1e-12, 0.0, 1 - chance)
        return ratio(observed - chance, room, np.nan)


@dataclass(frozen=True)
class Averaged(Counted, ABC):
    """A score of each label, averaged over labels.

    Attributes:
        average: ``macro``: the plain mean over labels. ``weighted``: each label counts as often as it is expected.
            ``micro``: from counts added up over all labels. ``binary``: the score of ``positive`` alone.
        positive: The label that ``binary`` is about.
        per_class: Show the score of each label as a part; turn it off where there are very many labels.
    """

    average: Average = "macro"
    positive: Label | None = None
    per_class: bool = True

    def __post_init__(self) -> None:
        """Refuse an average that lacks its positive label, and a positive label without a use."""
        super().__post_init__()
        if (self.average == "binary") != (self.positive is not None):
            raise ValueError(
                "average: binary needs positive: <label>" if self.positive is None else "positive goes with average: binary"
            )

    @abstractmethod
    def scores(self, counts: ClassCounts) -> Floats:
        """The score of each label, shape (labels, ...)."""

    def micro(self, counts: ClassCounts) -> Floats:
        """The score of the counts of all labels added up, shape (...)."""
        whole = counts.added_up()
        score: Floats = np.where(whole.occurs, self.scores(whole), np.nan)[0]
        return score

    def estimate(self, totals: Totals) -> Any:
        """The average; a label that is neither expected nor said has no part in it."""
        counts = read_counts(totals)
        if self.average == "micro":
            return self.micro(counts)
        if self.average == "binary":
            positive = self.find_label(self.positive if self.positive is not None else "", counts.labels)
            return self.score_of(positive)(totals) if positive is not None else np.full(np.shape(counts.n), np.nan)
        occurs = counts.occurs
        weight = counts.expected if self.average == "weighted" else occurs.astype(np.float64)
        return ratio((np.where(occurs, self.scores(counts), 0.0) * weight).sum(axis=0), weight.sum(axis=0), np.nan)

    def score_of(self, label: str) -> Callable[[Totals], Any]:
        """From column sums to the score of one label, NaN where it is neither expected nor said."""

        def score(totals: Totals) -> Any:
            counts = read_counts(totals, (label,))
            return np.where(counts.occurs, self.scores(counts), np.nan)[0]

        return score

    def parts(self) -> tuple[str, ...] | None:
        """The labels, as soon as they are known."""
        if not self.per_class:
            return ()
        return None if self.labels is None else tuple(part_of(label_text(label).strip()) for label in self.labels)

    def part_sums(self, part: str) -> PartOfSums | None:
        """A label's score, from its three counts."""
        label = label_of(part)
        return PartOfSums(columns_of(label), self.score_of(label))

    def part_values(self, expected: str, said: str | None) -> Mapping[str, float]:
        """1 for the label that is right; 0 for the label that was wrongly said, and for the one that was missed."""
        touched = dict.fromkeys(label for label in (expected, said) if label is not None)
        return {part_of(label): float(said == expected) for label in touched} if self.per_class else {}

    def option_faults(self) -> Iterable[Fault]:
        """A positive label that is none of the labels."""
        if self.positive is None or self.find_label(self.positive) is not None:
            return ()
        known = ", ".join(list(self._known.values())[:20])
        return (
            Fault(
                f"{self.name}: positive is {label_text(self.positive)!r:.60}, which is none of the labels", f"they are {known}"
            ),
        )


@dataclass(frozen=True)
class Precision(Averaged):
    """Of the answers that say a label, the share that are right; averaged over labels, with one part for each.

    A label that is expected and never said counts 0. Answers that are no label lower no label's precision. Equals
    scikit-learn's ``precision_score`` with ``zero_division=0`` over the labels that occur.
    """

    name: ClassVar[str] = "precision"

    def scores(self, counts: ClassCounts) -> Floats:
        """Right of those said."""
        return counts.precision()


@dataclass(frozen=True)
class Recall(Averaged):
    """Of the fixtures that expect a label, the share that get it; averaged over labels, with one part for each.

    A label that is said and never expected counts 0. Equals scikit-learn's ``recall_score`` with ``zero_division=0`` over
    the labels that occur.
    """

    name: ClassVar[str] = "recall"

    def scores(self, counts: ClassCounts) -> Floats:
        """Right of those expected."""
        return counts.recall()

    def part_sums(self, part: str) -> PartOfSums | None:
        """None: a label's recall is a mean over the fixtures that expect it, and shares have exact methods."""
        return None

    def part_values(self, expected: str, said: str | None) -> Mapping[str, float]:
        """Whether the label expected was said."""
        return {part_of(expected): float(said == expected)} if self.per_class else {}


@dataclass(frozen=True)
class F1(Averaged):
    """Harmonic mean of precision and recall, 2 right / (said + expected); averaged over labels, with one part for each.

    A label that is expected and never said, or said and never expected, counts 0. Answers that are no label are missed
    and lower no label's precision. Equals scikit-learn's ``f1_score`` with ``zero_division=0`` over the labels that occur.
    """

    name: ClassVar[str] = "f1"

    def scores(self, counts: ClassCounts) -> Floats:
        """Twice those right over those said and expected."""
        return counts.f1()
