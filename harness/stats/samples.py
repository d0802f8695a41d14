"""From raw scores to what is analysed: repeats averaged inside the fixture, missing pairs dropped, groups numbered."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.stats.errors import StatisticsError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

LARGEST = 1e150
"""Values beyond this have no square in floating point."""


@dataclass(frozen=True, slots=True)
class Units:
    """What is resampled: fixtures, or whole groups of them, each with its weight and weighted total.

    Attributes:
        weight: Sum of the weights in each unit, shape (units,).
        total: Weighted sum of the values in each unit, shape (units,).
    """

    weight: Floats
    total: Floats

    @property
    def count(self) -> int:
        """Number of independent units."""
        return len(self.weight)

    @property
    def mean(self) -> float:
        """The weighted mean of all values."""
        return float(self.total.sum() / self.weight.sum())

    @property
    def standard_error(self) -> float:
        """Linearised standard error of the mean with the factor sqrt(G/(G-1)); NaN for a single unit.

        Without groups and weights this is s/sqrt(n). With groups it is CR0 times sqrt(G/(G-1)) (Miller 2024,
        arXiv 2411.00640, section 2.2).
        """
        if self.count < 2:
            return float("nan")
        residual = self.total - self.mean * self.weight
        spread = float(np.sqrt(np.sum(residual**2) * self.count / (self.count - 1)) / self.weight.sum())
        scale = float(np.max(np.abs(self.total), initial=0.0)) / float(self.weight.sum())
        return 0.0 if spread <= 1e-13 * scale * self.count else spread

    @property
    def effective(self) -> float:
        """Kish's effective number of units, (sum w)^2 / sum w^2; the plain number where all weigh the same."""
        return float(self.weight.sum() ** 2 / np.sum(self.weight**2))


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of one variant, one per fixture.

    Attributes:
        values: Shape (n,), finite.
        weights: Shape (n,), all 1 where no weights matter.
        groups: Group number of each fixture, or None where every fixture is on its own.
    """

    values: Floats
    weights: Floats
    groups: Codes | None

    @property
    def n(self) -> int:
        """Number of fixtures."""
        return len(self.values)

    @property
    def weighted(self) -> bool:
        """Whether the weights differ."""
        return bool(np.any(self.weights != 1.0))

    @property
    def units(self) -> Units:
        """The fixtures or groups that are resampled."""
        return units_of(self.values, self.weights, self.groups)

    @property
    def group_count(self) -> int:
        """Number of independent groups; the number of fixtures where there are no groups."""
        return self.n if self.groups is None else int(self.groups.max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate and baseline on the same fixtures; only complete pairs.

    Attributes:
        candidate: Shape (n,), finite.
        baseline: Shape (n,), finite.
        weights: Shape (n,), all 1 where no weights matter.
        groups: Group number of each pair, or None where every fixture is on its own.
        missing: Fixtures given that are not complete pairs.
    """

    candidate: Floats
    baseline: Floats
    weights: Floats
    groups: Codes | None
    missing: int

    @property
    def n(self) -> int:
        """Number of complete pairs."""
        return len(self.candidate)

    def differences(self, values: Floats | None = None) -> Sample:
        """Candidate minus baseline (or ``values`` in their place) as a sample; rounding noise counts as a tie."""
        if values is None:
            values = on_grid(self.candidate - self.baseline, float(np.max(np.abs([self.candidate, self.baseline]), initial=0.0)))
        return Sample(values, self.weights, self.groups)


def pair(candidate: npt.ArrayLike, baseline: npt.ArrayLike, groups: Any = None, weights: Any = None) -> Pairs:
    """Average repeats, drop incomplete pairs and fixtures of weight zero, and number the groups.

    Args:
        candidate: Shape (n,) or (n, repeats); NaN where there is no usable response.
        baseline: The same fixtures in the same order; the number of repeats may differ.
        groups: A label per fixture; None in it means that this fixture is on its own.
        weights: A non-negative number per fixture.

    Raises:
        StatisticsError: If lengths differ, a value is infinite or no weight is positive.
    """
    a, b = fixture_means(candidate, "candidate"), fixture_means(baseline, "baseline")
    if len(a) != len(b):
        raise StatisticsError(
            f"candidate has {len(a)} fixtures and baseline {len(b)}; give both sides the same fixtures in the same order, "
            "NaN where one has no usable response"
        )
    w = fixture_weights(weights, len(a))
    keep = np.isfinite(a) & np.isfinite(b) & (w > 0)
    codes = number_groups(groups, keep)
    return Pairs(a[keep], b[keep], even(w[keep]), codes, int(len(a) - keep.sum()))


def sample(values: npt.ArrayLike, groups: Any = None, weights: Any = None) -> Sample:
    """Average repeats, drop missing values and fixtures of weight zero, and number the groups.

    Raises:
        StatisticsError: As for ``pair``.
    """
    x = fixture_means(values, "values")
    w = fixture_weights(weights, len(x))
    keep = np.isfinite(x) & (w > 0)
    return Sample(x[keep], even(w[keep]), number_groups(groups, keep))


def fixture_means(values: npt.ArrayLike, name: str) -> Floats:
    """One value per fixture: the mean of the repeats that have a value, NaN where none has."""
    x = numbers(values, name)
    if x.ndim not in (1, 2):
        raise StatisticsError(f"{name} has {x.ndim} dimensions; give one value per fixture, or fixtures by repeats")
    largest = float(np.fmax.reduce(np.abs(x), axis=None, initial=0.0))
    if np.isinf(largest):
        raise StatisticsError(f"{name} holds infinite values; leave a fixture without a usable value as NaN")
    if largest > LARGEST:
        raise StatisticsError(f"{name} holds {largest:.3g}, whose square cannot be written; give the values in a larger unit")
    if x.ndim == 1:
        return x
    present = ~np.isnan(x)
    count = present.sum(axis=1)
    total = np.where(present, x, 0.0).sum(axis=1)
    means: Floats = np.divide(total, count, out=np.full(len(x), np.nan), where=count > 0)
    return means


def numbers(values: npt.ArrayLike, name: str) -> Floats:
    """The values as floating-point numbers; None is NaN.

    Raises:
        StatisticsError: If one is not a number, or fixtures have lists of repeats of different lengths.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise StatisticsError(
            f"{name} cannot be read as numbers ({error}); give a number per fixture and repeat, NaN where there is none"
        ) from None


def fixture_weights(weights: Any, n: int) -> Floats:
    """Check weights; ones where none are given."""
    if weights is None:
        return np.ones(n)
    w = numbers(weights, "weights")
    if w.shape != (n,):
        raise StatisticsError(f"weights have shape {w.shape} for {n} fixtures; give one weight per fixture")
    if not np.all(np.isfinite(w)) or np.any(w < 0):
        raise StatisticsError("weights must be finite and not negative; leave them out to count every fixture once")
    if n and not np.any(w > 0):
        raise StatisticsError("every weight is zero; give at least one fixture a positive weight")
    return w


def even(weights: Floats) -> Floats:
    """Replace weights that are all the same by ones."""
    return np.ones(len(weights)) if len(weights) == 0 or np.all(weights == weights[0]) else weights


def number_groups(groups: Sequence[Hashable] | npt.NDArray[Any] | None, keep: npt.NDArray[np.bool_]) -> Codes | None:
    """Number the groups of the fixtures kept, from 0; None where no two of them share a group."""
    if groups is None:
        return None
    labels = list(groups)
    if len(labels) != len(keep):
        raise StatisticsError(f"groups has {len(labels)} labels for {len(keep)} fixtures; give one label per fixture")
    seen: dict[Hashable, int] = {}
    codes = np.empty(int(keep.sum()), dtype=np.intp)
    for position, row in enumerate(np.flatnonzero(keep)):
        label = labels[row]
        own = label is None or (isinstance(label, float) and np.isnan(label))
        try:
            codes[position] = seen.setdefault(("alone", int(row)) if own else ("group", label), len(seen))
        except TypeError:
            raise StatisticsError(f"the group label {label!r} cannot be compared; give a text or a number per fixture") from None
    return None if len(seen) == len(codes) else codes


def on_grid(values: Floats, size: float) -> Floats:
    """Round to a binary grid 2^-43 as fine as the largest value, so that .8 - .6 and .6 - .4 are the same level."""
    if size == 0:
        return values
    step = 2.0 ** (np.ceil(np.log2(size)) - 43)
    return np.asarray(np.round(values / step) * step + 0.0)


def units_of(values: Floats, weights: Floats, groups: Codes | None) -> Units:
    """Add up weights and weighted values inside each group."""
    if groups is None:
        return Units(weights, weights * values)
    summed = group_rows(np.column_stack([weights, weights * values]), groups)
    return Units(summed[:, 0], summed[:, 1])


def group_rows(rows: Floats, groups: Codes | None) -> Floats:
    """Add up the rows of a matrix inside each group; shape (units, columns)."""
    if groups is None:
        return rows
    return np.column_stack([np.bincount(groups, column) for column in rows.T]).astype(np.float64)
