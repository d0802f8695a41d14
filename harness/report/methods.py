"""The methods behind the numbers, each with its reason and in words that need no statistics."""

from __future__ import annotations

from harness.report.context import Cell, Column, Row, Table
from harness.verdicts import Judgement

_WORDS = (
    ("nothing", "There was nothing to work with, so there is no interval."),
    ("without width", "Every pair differs by the same amount, so there is no spread to make an interval of."),
    (
        "bootstrap of whole groups",
        "Whole groups are drawn again at random, as if the set had been written anew, and the spread of the results is the "
        "interval. Fixtures of one group move together, so drawing them one by one would make it too narrow.",
    ),
    (
        "Student t",
        "Too few fixtures, or too few that differ, to draw again: the textbook t interval of a mean, wide enough for that.",
    ),
    (
        "jackknife over the independent units",
        "There is no formula for this number and too little to draw again: it is worked out anew with each group (or fixture) "
        "left out once, and how far that moves it is the interval.",
    ),
    (
        "bootstrap standard error",
        "Too few groups for the interval that many would give: drawing them again gives the spread, and a t interval, wider "
        "for few, is put around the number.",
    ),
    (
        "cluster-robust t",
        "With few groups, drawing them again says too little. The spread between groups is used in place of it, with a "
        "wider t interval that allows for how few they are.",
    ),
    (
        "Tango score interval of the paired difference",
        "Right-or-wrong answers, paired: only fixtures on which one of the two is right count, and a formula that is exact "
        "for such counts gives the interval.",
    ),
    (
        "Tango score interval with",
        "So few fixtures differ that only a bound can be trusted: each difference is counted by its size, as if it were part "
        "of a right-or-wrong outcome.",
    ),
    (
        "divided by the design effect",
        "A share and its interval, with the number of fixtures lowered by as much as fixtures of one group repeat each other.",
    ),
    (
        "as if every value were 0 or 1",
        "Nearly all values are the same, so the widest interval a share of this size can have is taken.",
    ),
    ("Wilson interval", "A share of right answers. This interval stays honest near 0 and 100 %, where the usual one does not."),
    (
        "log ratio",
        "Times and costs are compared as a ratio, because twice as slow matters alike at any speed; fixtures are drawn again "
        "at random and the spread of the ratios is the interval.",
    ),
    (
        "BCa bootstrap",
        "There is no formula for this number, so fixtures are drawn again at random and it is worked out anew each time; the "
        "interval allows for results that lean to one side.",
    ),
    (
        "bootstrap",
        "Fixtures are drawn again at random, as if the set had been written anew, and each draw is measured in units of its "
        "own spread; what comes out is the interval.",
    ),
    ("none", "No interval can be trusted here, so there is none."),
)  # fmt: skip
_FAMILY = "The largest studentised difference of each shared resample (Westfall and Young; Romano and Wolf)"
_FAMILY_WORDS = (
    "Looking at many lifts finds a large one by chance. The thin lines are wide enough that all lifts of one picture lie "
    "inside them at once, as often as a single interval promises for one."
)


def in_plain_words(route: str) -> str:
    """Say what a method does and why; empty where it is not known here."""
    return next((words for sign, words in _WORDS if sign in route), "")


def method_table(judgement: Judgement) -> Table:
    """Return every method used, why, in plain words, with the numbers it stands behind."""
    used: dict[str, dict[str, None]] = {}
    notes: dict[str, dict[str, None]] = {}
    for kind, shown in (("values of", judgement.estimates), ("lifts on", judgement.comparisons)):
        for one in shown:
            where = " in slices" if one.slice is not None else ""
            used.setdefault(one.route, {})[f"{kind} {one.metric}{where}"] = None
            notes.setdefault(one.route, {}).update({one.note: None} if one.note else {})
    rows = [
        Row(
            route or "no method stated",
            "",
            (Cell(in_plain_words(route)), Cell(", ".join(numbers)), Cell(" ".join(notes[route]) or "none")),
        )
        for route, numbers in used.items()
    ]
    if judgement.families:
        drawn = {"variants": "over each variant", "parts": "on each part", "slices": "in each slice"}
        names = ", ".join(f"lifts {drawn.get(family.name, family.name)}" for family in judgement.families)
        rows.append(Row(_FAMILY, "", (Cell(_FAMILY_WORDS), Cell(names), Cell("none"))))
    columns = (Column("in plain words"), Column("used for"), Column("caveats"))
    return Table("The method behind each number, and why it was taken", columns, tuple(rows), "methods")
