"""The data sets that the default route is tried on: 0/1 answers, repeats, ties, latency, groups; with and without a lift."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special, stats

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, bool], tuple[Floats, Floats]]
"""From a generator, and whether there is a lift, to candidate and baseline."""


@dataclass(frozen=True)
class Cell:
    """One design at one size.

    Attributes:
        family: Which table it stands in.
        design: What the data are like.
        size: Number of fixtures, or of groups and fixtures in each.
        draw: Makes one data set; None for a 0/1 cell, which is enumerated.
        truth: The true effect without and with the lift (a logarithm on the ratio scale).
        groups: Group of each fixture, or None.
        scale: Of the comparison.
        shares: For an enumerated cell: n, and the probabilities of a win and of a loss without and with the lift.
    """

    family: str
    design: str
    size: str
    draw: Draw | None
    truth: tuple[float, float]
    groups: npt.NDArray[np.intp] | None = None
    scale: Literal["difference", "ratio"] = "difference"
    shares: tuple[int, tuple[float, float], tuple[float, float]] | None = None

    @property
    def name(self) -> str:
        """A name of its own."""
        return f"{self.family} / {self.design} / {self.size}"


RATES = (0.5, 0.8, 0.9, 0.95, 0.98)
SIZES = (20, 50, 200, 1000)


@cache
def grid() -> tuple[Cell, ...]:
    """Every cell, family by family."""
    return (*right_or_wrong(), *repeated(), *continuous(), *latencies(), *grouped())


def raised(rate: float) -> float:
    """The rate with a lift: five points more, or half of what is missing."""
    return rate + min(0.05, (1 - rate) / 2)


def right_or_wrong() -> Iterator[Cell]:
    """One 0/1 answer per fixture and side."""
    for rate in RATES:
        for correlation in (0.0, 0.5):
            for n in SIZES:
                same, lifted = discordant(rate, rate, correlation), discordant(raised(rate), rate, correlation)
                yield Cell(
                    "0/1 answers", f"rate {rate:.2f}, correlation {correlation}", str(n), None, (0.0, raised(rate) - rate),
                    shares=(n, same, lifted),
                )  # fmt: skip


def discordant(candidate: float, baseline: float, correlation: float) -> tuple[float, float]:
    """Probabilities that only the candidate is right, and only the baseline."""
    both = candidate * baseline + correlation * np.sqrt(candidate * (1 - candidate) * baseline * (1 - baseline))
    both = min(both, candidate, baseline)
    return float(candidate - both), float(baseline - both)


def abilities(rng: np.random.Generator, rates: tuple[float, float], n: int, shared: float, sharpness: float) -> list[Floats]:
    """Chances of a right answer by fixture or group, for both sides: beta with the rates as means, by a Gaussian copula."""
    common = rng.normal(size=n)
    sides = (np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.normal(size=n) for _ in rates)
    return [
        special.betaincinv(rate * sharpness, (1 - rate) * sharpness, special.ndtr(z))
        for rate, z in zip(rates, sides, strict=True)
    ]


def repeated() -> Iterator[Cell]:
    """Five 0/1 answers per fixture and side."""
    for rate in (0.5, 0.8, 0.95):
        for shared in (0.0, 0.7):
            for n in SIZES:

                def draw(rng: np.random.Generator, lift: bool, rate: float = rate, shared: float = shared, n: int = n) -> Any:
                    rates = (raised(rate) if lift else rate, rate)
                    a, b = (rng.binomial(5, p) / 5 for p in abilities(rng, rates, n, shared, 2.0))
                    return a, b

                design = f"5 repeats, rate {rate:.2f}, fixture difficulty shared {shared}"
                yield Cell("Repeats", design, str(n), draw, (0.0, raised(rate) - rate))


def continuous() -> Iterator[Cell]:
    """Scores between 0 and 1, or without bounds."""
    for n in SIZES:

        def ties(rng: np.random.Generator, lift: bool, n: int = n) -> Any:
            alike = rng.random(n) < 0.7
            a, b = rng.beta(5.0 if lift else 4.0, 2, n), rng.beta(4, 2, n)
            return np.where(alike, b, a), b

        def exact(rng: np.random.Generator, lift: bool, n: int = n) -> Any:
            difficulty = rng.random(n)
            a, b = (
                np.where(difficulty + 0.3 * rng.random(n) < top, 1.0, rng.beta(4, 2, n))
                for top in ((1.0 if lift else 0.85), 0.85)
            )
            return a, b

        def graded(rng: np.random.Generator, lift: bool, n: int = n) -> Any:
            easy = rng.normal(size=n)
            a, b = (np.clip(np.round(3.8 + easy + rng.normal(size=n) + shift), 1, 5) for shift in ((0.3 if lift else 0.0), 0.0))
            return a, b

        yield Cell("Scores", "70 % ties, the rest beta", str(n), ties, (0.0, 0.3 * (5 / 7 - 4 / 6)))
        yield Cell("Scores", "edit similarity, most exactly 1", str(n), exact, (0.0, similarity(1.0) - similarity(0.85)))
        yield Cell("Scores", "grades 1 to 5", str(n), graded, (0.0, grade(0.3) - grade(0.0)))


def similarity(top: float) -> float:
    """Mean of the edit similarity design: P(U + .3 V < top) of 1, else a beta of mean 2/3."""
    v = (np.arange(100_000) + 0.5) / 100_000
    right = float(np.mean(np.clip(top - 0.3 * v, 0, 1)))
    return right + (1 - right) * 4 / 6


def grade(shift: float) -> float:
    """Mean of a normal of variance 2 around 3.8 + shift, rounded and cut at 1 and 5."""
    edges = np.array([1.5, 2.5, 3.5, 4.5])
    below = stats.norm.cdf(edges, 3.8 + shift, np.sqrt(2))
    return float(np.dot(np.diff([0.0, *below, 1.0]), np.arange(1, 6)))


def latencies() -> Iterator[Cell]:
    """Seconds, compared as a ratio; the lift is 10 %."""
    for n in SIZES:

        def plain(rng: np.random.Generator, lift: bool, n: int = n) -> Any:
            fixture = rng.normal(0, 0.5, n)
            return np.exp(fixture + rng.normal(0.1 * lift, 0.5, n)), np.exp(fixture + rng.normal(0, 0.5, n))

        def wild(rng: np.random.Generator, lift: bool, n: int = n) -> Any:
            return np.exp(rng.normal(0.1 * lift, 1.5, n)), np.exp(rng.normal(0, 1.5, n))

        def retries(rng: np.random.Generator, lift: bool, n: int = n) -> Any:
            slow = np.where(rng.random(n) < 0.05, np.log(10.0), 0.0) - 0.05 * np.log(10.0)
            return np.exp(0.1 * lift + slow + rng.normal(0, 0.3, n)), np.exp(rng.normal(0, 0.3, n))

        truth = (0.0, 0.1)
        yield Cell("Latency as a ratio", "lognormal, sigma 0.7", str(n), plain, truth, scale="ratio")
        yield Cell("Latency as a ratio", "lognormal, sigma 1.5", str(n), wild, truth, scale="ratio")
        yield Cell("Latency as a ratio", "5 % of one side ten times slower", str(n), retries, truth, scale="ratio")


def grouped() -> Iterator[Cell]:
    """Fixtures that share a template: each side has a chance of its own in each group."""
    for count in (5, 10, 30):
        for sizes, word in ((np.full(count, 4), "4"), (np.full(count, 20), "20"), (uneven(count), "4 to 40")):
            codes = np.repeat(np.arange(count), sizes)
            for rate in (0.8, 0.95):
                for repeats in (1, 5):
                    yield Cell(
                        "Groups", f"rate {rate:.2f}, {repeats} {'answer' if repeats == 1 else 'answers'} each",
                        f"{count} groups of {word}", in_groups(count, codes, rate, repeats), (0.0, raised(rate) - rate),
                        groups=codes,
                    )  # fmt: skip

            def scores(rng: np.random.Generator, lift: bool, codes: npt.NDArray[np.intp] = codes, count: int = count) -> Any:
                template = rng.normal(0, 0.5, count)[codes] + rng.normal(size=len(codes))
                a, b = (template + rng.normal(0, 0.4, count)[codes] + rng.normal(0, 0.6, len(codes)) for _ in range(2))
                return a + 0.2 * lift, b

            yield Cell("Groups", "scores without bounds", f"{count} groups of {word}", scores, (0.0, 0.2), groups=codes)


def uneven(count: int) -> npt.NDArray[np.intp]:
    """Group sizes in which a few groups are large."""
    return np.array([40 if k % 5 == 0 else 10 if k % 5 < 3 else 4 for k in range(count)], dtype=np.intp)


def in_groups(count: int, codes: npt.NDArray[np.intp], rate: float, repeats: int) -> Draw:
    """0/1 answers whose chance is drawn by group and side, the two sides alike by half."""

    def draw(rng: np.random.Generator, lift: bool) -> tuple[Floats, Floats]:
        rates = (raised(rate) if lift else rate, rate)
        a, b = (rng.binomial(repeats, p[codes]) / repeats for p in abilities(rng, rates, count, 0.5, 6.0))
        return a, b

    return draw
