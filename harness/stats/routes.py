"""Which method judges which data, and why. Written to be read by a statistician who knows no Python.

Everything the package decides by default is decided here: the constants, the table of methods, and one function with
one question a line. Intervals are two-sided. A *unit* is what is independent: a fixture, or a whole group where fixtures
share a group. Units are *worth* the number of equally heavy ones that tell as much. *Differs* means that candidate and
baseline do not have the same value.
"""

from __future__ import annotations

from dataclasses import dataclass

FEWEST_FIXTURES = 20
"""Below this many complete pairs nothing is called better or worse."""

FEWEST_DISCORDANT = 5
"""0/1 data: pairs that must differ before a lift can be signal. Mid-p of 4 to 0 is .0625, of 5 to 0 .03125."""

FEWEST_DIFFERING = 10
"""Other data: fixtures that must differ. With 8 % of 20 items moving no method covers (t, BCa, all .47 or less)."""

FEWEST_GROUPS_DIFFERING = 5
"""Fewer than 30 groups: groups that must differ, for the same reason as five discordant pairs."""

MANY_GROUPS = 30
"""From here whole groups are resampled. Below, that alarms 7 to 15 % of the time at a nominal 5 % (5 to 18 groups).

Unequal groups count as the number of equal ones they tell as much as (``few_groups``): 40 groups of which one holds half the
fixtures tell as much as 4."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table.

    Attributes:
        name: Short name, stable.
        data: The data it is for.
        interval: How the interval is formed.
        p_value: How the p value is formed; "none" where there is none.
        why: Why this one, in a clause.
    """

    name: str
    data: str
    interval: str
    p_value: str
    why: str

    def __str__(self) -> str:
        """The method and its reason in one line."""
        return f"{self.interval}; p: {self.p_value} ({self.why})" if self.p_value != "none" else f"{self.interval} ({self.why})"


PAIRED_SHARES = Route(
    "paired-shares",
    "one 0 or 1 per fixture on both sides, no groups, no weights",
    "Tango score interval of the paired difference",
    "mid-p McNemar",
    "exact for 0/1 outcomes, where the bootstrap fails",
)
PAIRED_MEANS = Route(
    "paired-means",
    "any other value per fixture, no groups",
    "studentised bootstrap of the mean difference, equal-tailed or symmetric, whichever is wider",
    "the same bootstrap",
    "best coverage of the resampling methods at small n",
)
PAIRED_RATIO = Route(
    "paired-ratio",
    "positive values compared as a ratio (latency, cost, tokens), no groups",
    "studentised bootstrap of the mean log ratio, equal-tailed or symmetric, whichever is wider",
    "the same bootstrap",
    "right-skewed, so compared on the logarithm as a ratio of geometric means",
)
FEW_GROUPS = Route(
    "few-groups",
    "groups given, worth fewer than 30 equal ones",
    "cluster-robust t, bias-reduced, G-1 degrees of freedom or fewer where groups are unequal",
    "the same t",
    "resampling so few groups raises false alarms",
)
MANY = Route(
    "many-groups",
    "groups given, worth 30 equal ones or more",
    "studentised bootstrap of whole groups, equal-tailed or symmetric, whichever is wider",
    "the same bootstrap",
    "fixtures of one group are not independent",
)
FEW_FIXTURES = Route(
    "few-fixtures",
    "fewer than 20 fixtures, not 0/1",
    "Student t of the mean difference",
    "the same t",
    "too few fixtures to resample",
)
FEW_SHARES_DIFFER = Route(
    "few-shares-differ",
    "values between 0 and 1 of which too few differ",
    "Tango score interval with each difference counted by its size",
    "none",
    "so few differ that only a bound holds, and no share varies more than a 0/1 outcome",
)
FEW_DIFFER = Route(
    "few-differ",
    "other values of which too few differ",
    "Student t of the mean difference",
    "the same t",
    "so few differ that no interval is reliable",
)
CONSTANT = Route(
    "constant",
    "every unit differs by exactly the same amount",
    "an interval without width",
    "exact sign test",
    "there is no variation to form an interval from",
)
FUNCTION_OF_SUMS = Route(
    "function-of-sums",
    "a function of column sums (F1, precision, cost-weighted error, a ratio of totals)",
    "BCa bootstrap, jackknife acceleration",
    "the same bootstrap",
    "no closed form",
)
FEW_SUMS_DIFFER = Route(
    "few-sums-differ",
    "a function of column sums between 0 and 1, too few fixtures differ",
    "Tango score interval with each fixture's influence counted by its size",
    "none",
    "so few differ that only a bound holds",
)
FUNCTION_OF_SUMS_FEW_GROUPS = Route(
    "function-of-sums-few-groups",
    "a function of column sums, groups worth fewer than 30 equal ones, or fewer than 20 fixtures",
    "jackknife over the independent units, t with G-1 degrees of freedom or fewer where units are unequal",
    "the same t",
    "resampling so few units raises false alarms",
)
QUANTILE = Route(
    "quantile",
    "a quantile of the value (latency_p95)",
    "BCa bootstrap, jackknife acceleration",
    "the same bootstrap",
    "no closed form",
)
QUANTILE_FEW_GROUPS = Route(
    "quantile-few-groups",
    "a quantile, groups worth fewer than 30 equal ones, or fewer than 20 fixtures",
    "bootstrap standard error, t with G-1 degrees of freedom or fewer where units are unequal",
    "the same t",
    "resampling so few units raises false alarms, and a quantile has no jackknife",
)
ONE_SHARE = Route("one-share", "one variant, 0/1, no groups", "Wilson interval", "none", "holds its level near 0 and 1")
ONE_SHARE_GROUPED = Route(
    "one-share-grouped",
    "one variant, 0/1, with groups or weights",
    "Wilson interval with the number of fixtures divided by the design effect",
    "none",
    "fixtures of one group are not independent, or do not weigh the same",
)
ONE_SHARE_BOUND = Route(
    "one-share-bound",
    "one variant, values between 0 and 1 that are nearly all the same",
    "Wilson interval as if every value were 0 or 1",
    "none",
    "nearly all values are the same, and no share varies more than a 0/1 outcome",
)
ONE_MEAN = Route("one-mean", "one variant, other values", "studentised bootstrap of the mean", "none", "best coverage at small n")
ONE_MEAN_FEW_GROUPS = Route(
    "one-mean-few-groups",
    "one variant, other values, groups worth fewer than 30 equal ones",
    "cluster-robust t, bias-reduced, G-1 degrees of freedom or fewer where groups are unequal",
    "none",
    "resampling so few groups raises false alarms",
)
ONE_MEAN_MANY_GROUPS = Route(
    "one-mean-many-groups",
    "one variant, other values, groups worth 30 equal ones or more",
    "studentised bootstrap of whole groups",
    "none",
    "fixtures of one group are not independent",
)
ONE_MEAN_FEW = Route(
    "one-mean-few",
    "one variant, fewer than 20 fixtures or nearly all values the same",
    "Student t of the mean",
    "none",
    "too little variation to resample",
)
NOTHING = Route("nothing", "fewer than two fixtures, or no usable value", "none", "none", "one fixture has no spread")

TABLE: tuple[Route, ...] = (
    PAIRED_SHARES, PAIRED_MEANS, PAIRED_RATIO, FEW_GROUPS, MANY, FEW_FIXTURES, FEW_SHARES_DIFFER, FEW_DIFFER, CONSTANT,
    FUNCTION_OF_SUMS, FEW_SUMS_DIFFER, FUNCTION_OF_SUMS_FEW_GROUPS, QUANTILE, QUANTILE_FEW_GROUPS,
    ONE_SHARE, ONE_SHARE_GROUPED, ONE_SHARE_BOUND, ONE_MEAN, ONE_MEAN_FEW_GROUPS, ONE_MEAN_MANY_GROUPS, ONE_MEAN_FEW, NOTHING,
)  # fmt: skip
"""Every route there is, for the documentation."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice depends on.

    Attributes:
        binary: Every value is 0 or 1.
        share: Every value lies within 0 and 1, and values are compared by difference.
        ratio: Values are compared as a ratio, on the logarithm.
        weighted: Weights differ.
        grouped: At least two fixtures share a group.
        fixtures: Complete pairs.
        units: Independent units: groups, or fixtures where there are none.
        worth: How many units of equal weight they tell as much as (degrees of freedom plus one); ``units`` where all weigh
            the same.
        fixtures_differing: Fixtures with different values on both sides (for one variant: different from the commonest).
        units_differing: Units of which the totals differ.
        varies: The units do not all differ by the same amount.
    """

    binary: bool
    share: bool
    ratio: bool
    weighted: bool
    grouped: bool
    fixtures: int
    units: int
    worth: float
    fixtures_differing: int
    units_differing: int
    varies: bool


def route_for_pairs(f: Facts) -> Route:
    """The route of a paired comparison of means: the first line that fits."""
    return first(
        (f.units < 2, NOTHING),
        (f.binary and not f.grouped and not f.weighted, PAIRED_SHARES),
        (f.share and too_few_differ(f), FEW_SHARES_DIFFER),
        (not f.varies, CONSTANT),
        (f.grouped and f.worth < MANY_GROUPS, FEW_GROUPS),
        (too_few_differ(f), FEW_DIFFER),
        (f.grouped, MANY),
        (f.worth < FEWEST_FIXTURES, FEW_FIXTURES),
        (f.ratio, PAIRED_RATIO),
        (True, PAIRED_MEANS),
    )


def route_for_one(f: Facts) -> Route:
    """The route of one variant's mean: the first line that fits."""
    return first(
        (f.fixtures < 1 or (f.units < 2 and not f.binary), NOTHING),
        (f.binary and (f.grouped or f.weighted), ONE_SHARE_GROUPED),
        (f.binary, ONE_SHARE),
        (f.share and too_few_vary(f), ONE_SHARE_BOUND),
        (not f.varies, CONSTANT),
        (f.grouped and f.worth < MANY_GROUPS, ONE_MEAN_FEW_GROUPS),
        (f.worth < FEWEST_FIXTURES or too_few_vary(f), ONE_MEAN_FEW),
        (f.grouped, ONE_MEAN_MANY_GROUPS),
        (True, ONE_MEAN),
    )


def route_for_sums(f: Facts) -> Route:
    """The route of a paired comparison of a function of column sums: the first line that fits."""
    return first(
        (f.units < 2, NOTHING),
        (f.share and too_few_differ(f), FEW_SUMS_DIFFER),
        (f.units_differing == 0, CONSTANT),
        (too_few_to_resample(f.grouped, f.worth), FUNCTION_OF_SUMS_FEW_GROUPS),
        (True, FUNCTION_OF_SUMS),
    )


def route_for_quantiles(f: Facts) -> Route:
    """The route of a paired comparison of quantiles: the first line that fits."""
    return first(
        (f.units < 2, NOTHING),
        (f.units_differing == 0, CONSTANT),
        (too_few_to_resample(f.grouped, f.worth), QUANTILE_FEW_GROUPS),
        (True, QUANTILE),
    )


def without_p(route: Route) -> str:
    """The route of a single value, which is tested against nothing."""
    return f"{route.interval} ({route.why})"


def first(*lines: tuple[bool, Route]) -> Route:
    """The route of the first line whose condition holds."""
    return next(route for holds, route in lines if holds)


def too_few_to_resample(grouped: bool, worth: float) -> bool:
    """Whether the units tell too little for a bootstrap."""
    return worth < (MANY_GROUPS if grouped else FEWEST_FIXTURES)


def too_few_differ(f: Facts) -> bool:
    """Whether so few units differ that neither resampling nor a t interval can be trusted."""
    if f.grouped and f.units < MANY_GROUPS:
        return f.units_differing < FEWEST_GROUPS_DIFFERING
    if f.grouped or not f.binary or f.weighted:
        return f.units_differing < FEWEST_DIFFERING
    return f.units_differing < FEWEST_DISCORDANT


def too_few_vary(f: Facts) -> bool:
    """One variant: whether nearly all units have the same value."""
    return too_few_differ(f) and f.units_differing < f.units / 2


def no_signal_because(f: Facts) -> tuple[str, int | None] | None:
    """Why nothing may be called better or worse, and how many fixtures it would take; None where it may.

    Returns:
        A sentence and the number of fixtures, which is None where it cannot be told (no fixture differs).
    """
    if f.units < 2 and f.grouped:
        return "All fixtures are in one group, so there is nothing independent to compare; add fixtures from other groups.", None
    if f.fixtures < FEWEST_FIXTURES:
        return (
            f"Only {f.fixtures} {'fixture is' if f.fixtures == 1 else 'fixtures are'} complete on both sides; "
            f"at least {FEWEST_FIXTURES} are needed before anything is called better or worse.",
            FEWEST_FIXTURES,
        )
    needed = FEWEST_DISCORDANT if f.binary else FEWEST_DIFFERING
    differing, what = f.fixtures_differing, "fixtures"
    if f.fixtures_differing >= needed and f.grouped:
        needed = FEWEST_GROUPS_DIFFERING if f.units < MANY_GROUPS else FEWEST_DIFFERING
        differing, what = f.units_differing, "groups"
    if differing >= needed:
        return None
    total = f.fixtures if what == "fixtures" else f.units
    sentence = f"{'Only ' if differing else ''}{differing or 'None'} of {total} {what} "
    sentence += f"{'differs' if differing == 1 else 'differ'}; at least {needed} must before a lift can be told from chance."
    if not differing:
        return sentence, None
    enough = -(-f.fixtures * needed // differing)
    return f"{sentence} At this rate about {enough} fixtures are needed.", enough
