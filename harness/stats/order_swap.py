"""A pairwise judge asked in both orders: does it agree with itself, does it lean to the place, and whom does it prefer?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.stats.agreement import Kappa, cohen_kappa
from harness.stats.comparison import compare
from harness.stats.conclusion import Comparison
from harness.stats.errors import StatisticsError
from harness.stats.estimation import estimate
from harness.stats.mcnemar import mcnemar
from harness.stats.samples import Codes
from harness.stats.sign_flips import sign_flip

LABELS = ("candidate", "baseline", "tie")
"""What a verdict may be; None where the judge gave none that can be read."""

CREDIT = np.array([1.0, 0.0, 0.5])
"""What the candidate is given by each label."""


@dataclass(frozen=True, slots=True)
class OrderSwap:
    """A judge's verdicts in both orders, side by side.

    Attributes:
        n: Pairs with a verdict in both orders.
        missing: Pairs given that lack a verdict in either order.
        consistent: Pairs with the same verdict in both orders.
        to_first: Pairs in which the swap moved the verdict towards whichever answer was shown first.
        to_second: Pairs in which it moved towards the one shown second.
        agreement: consistent / n; None without pairs.
        agreement_low: Lower limit (Wilson).
        agreement_high: Upper limit.
        first_rate: Share of all verdicts that went to the answer shown first, a tie counting half; .5 is no lean.
        first_low: Lower limit; None where there is none.
        first_high: Upper limit.
        first_p: Exact two-sided p value of no lean (are to_first and to_second a fair coin); with groups by sign flips of
            whole groups, exact up to 20 that differ.
        kappa: Cohen's kappa between the orders; None where one label was used throughout, so that it has no meaning.
        preference: Candidate preferred minus baseline preferred, pair by pair, a pair on which the orders disagree counting as
            a tie; its wins, losses and ties are the counts.
    """

    n: int
    missing: int
    consistent: int
    to_first: int
    to_second: int
    agreement: float | None
    agreement_low: float | None
    agreement_high: float | None
    first_rate: float | None
    first_low: float | None
    first_high: float | None
    first_p: float | None
    kappa: Kappa | None
    preference: Comparison

    @property
    def win_rate(self) -> float | None:
        """Share of pairs the candidate wins in both orders, ties and disagreements counting half; None without pairs."""
        return (self.preference.wins + self.preference.ties / 2) / self.n if self.n else None


def order_swap(
    first: Sequence[str | None],
    second: Sequence[str | None],
    *,
    groups: Any = None,
    margin: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    resamples: int = 10_000,
) -> OrderSwap:
    """Summarise the verdicts of a pairwise judge that saw every pair in both orders.

    Order agreement and the lean towards a place are those of Zheng et al. 2023 (arXiv 2306.05685, section 3.3); calling a
    pair on which the orders disagree a tie is their conservative way (section 3.4). The lean is measured within pairs: the
    credit the candidate gets when shown first minus when shown second, half of which, added to .5, is the share that goes to
    the place shown first; so it does not depend on which side is better.

    Args:
        first: ``candidate``, ``baseline`` or ``tie`` per pair when the candidate was shown first; None without a verdict.
        second: The same pairs when the candidate was shown second. A label names the side, not the place.
        groups: A label per pair; pairs of one label are not independent.
        margin: Smallest net preference worth having.
        confidence: Of all intervals.
        seed: Seed of every draw.
        resamples: B.

    Raises:
        StatisticsError: If lengths differ or a verdict is none of the labels.
    """
    one, two = coded(first, "first"), coded(second, "second")
    if len(one) != len(two):
        raise StatisticsError(f"first has {len(one)} verdicts and second {len(two)}; give the same pairs in the same order")
    both = (one >= 0) & (two >= 0)
    labels = None if groups is None else kept(groups, both)
    missing, one, two = int(len(both) - both.sum()), one[both], two[both]
    options: dict[str, Any] = {"groups": labels, "confidence": confidence, "seed": seed, "resamples": resamples}
    same = one == two
    credit = CREDIT[one] - CREDIT[two]
    agreement = estimate(same * 1.0, **options)
    lean = compare(CREDIT[one], CREDIT[two], shares=True, **options)
    to_first, to_second = int(np.sum(credit > 0)), int(np.sum(credit < 0))
    resolved = np.where(same, one, LABELS.index("tie"))
    preference = compare((resolved == 0) * 1.0, (resolved == 1) * 1.0, shares=True, margin=margin, **options)
    p = None
    if len(one):
        p = mcnemar(to_first, to_second, "exact") if labels is None else by_groups(credit, labels, seed, resamples)
    return OrderSwap(
        n=len(one),
        missing=missing,
        consistent=int(same.sum()),
        to_first=to_first,
        to_second=to_second,
        agreement=agreement.value,
        agreement_low=agreement.low,
        agreement_high=agreement.high,
        first_rate=half(lean.effect),
        first_low=half(lean.low),
        first_high=half(lean.high),
        first_p=p,
        kappa=between_orders(one, two, confidence),
        preference=preference,
    )


def coded(verdicts: Sequence[str | None], name: str) -> Codes:
    """The place of each verdict among the labels, -1 where there is none."""
    places = {label: place for place, label in enumerate(LABELS)}
    codes = []
    for at, verdict in enumerate(verdicts):
        if verdict is not None and not (isinstance(verdict, str) and verdict in places):
            raise StatisticsError(
                f"{name} verdict {at + 1} is {verdict!r}; use {', '.join(map(repr, LABELS))}, or None where the judge gave none"
            )
        codes.append(-1 if verdict is None else places[verdict])
    return np.array(codes, dtype=np.intp)


def kept(groups: Iterable[Any], both: Any) -> list[Any]:
    """The group labels of the pairs that count."""
    labels = list(groups)
    if len(labels) != len(both):
        raise StatisticsError(f"groups has {len(labels)} labels for {len(both)} pairs; give one label per pair")
    return [label for label, keep in zip(labels, both, strict=True) if keep]


def half(shift: float | None) -> float | None:
    """The share of verdicts that goes to the place shown first, from the shift between the orders."""
    return None if shift is None else 0.5 + shift / 2


def by_groups(credit: Any, labels: list[Any], seed: int, resamples: int) -> float:
    """P value of no lean where whole groups are exchanged."""
    return sign_flip(np.sign(credit), groups=labels, seed=seed, resamples=resamples).p_value


def between_orders(one: Codes, two: Codes, confidence: float) -> Kappa | None:
    """Kappa of the two orders, None where it has no meaning."""
    if len(one) == 0 or len(np.unique(np.concatenate([one, two]))) < 2:
        return None
    table = np.zeros((len(LABELS), len(LABELS)))
    np.add.at(table, (one, two), 1)
    return cohen_kappa(table, confidence=confidence)
