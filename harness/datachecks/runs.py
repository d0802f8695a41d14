"""Long runs of words that fixtures share with the training data."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from harness.datachecks.asked import Asked
from harness.datachecks.words import Texts

LENGTH = 13
"""Words of a run that no two texts share by accident (Brown et al. 2020, Language Models are Few-Shot Learners, appendix C)."""
_FORM = 0.02
"""Share of fixtures above which a run is part of the form they are all written in."""


@dataclass(frozen=True, slots=True)
class SharedRun:
    """A run of words that a fixture has from a training example.

    Attributes:
        example: The example's number.
        words: How long the run is.
        share: How much of the fixture's text it covers.
        is_short: Whether the fixture is hardly longer than the run searched for, so that covering it says little.
    """

    example: int
    words: int
    share: float
    is_short: bool


def shared_runs(asked: Asked) -> dict[int, SharedRun]:
    """Find, for each fixture by its number, the longest run of thirteen words or more that a training example has too.

    Runs that more than two fixtures and more than 2 % of them have are part of their form and are passed over.
    """
    import numpy as np

    mine, theirs, _ = asked.positions
    if not mine or not theirs:
        return {}
    texts = asked.texts
    hashes, places = texts.run_hashes(LENGTH)
    owner = texts.text_at(places)
    ours = owner < len(mine)
    trained = (owner >= len(mine)) & (owner < len(mine) + len(theirs))
    seen, first = np.unique(hashes[trained], return_index=True)
    there = places[trained][first]
    mark = np.minimum(np.searchsorted(seen, hashes), max(len(seen) - 1, 0))
    shared = np.flatnonzero(ours & (seen[mark] == hashes)) if len(seen) else np.empty(0, np.int64)
    if not len(shared):
        return {}
    weights = np.array(list(Counter(asked.fixtures).values()))
    pairs = np.unique(mark[shared] * np.int64(len(mine)) + owner[shared])
    having = np.bincount(pairs // len(mine), weights[pairs % len(mine)], minlength=len(seen))
    shared = shared[having[mark[shared]] <= max(2, _FORM * len(asked.fixtures))]
    one, other = places[shared], there[mark[shared]]
    goes_on = np.zeros(len(shared), bool)
    goes_on[1:] = (np.diff(one) == 1) & (np.diff(other) == 1)
    best: dict[int, tuple[int, int]] = {}
    for at in np.flatnonzero(~goes_on).tolist():
        length, text = _agreement(texts, int(one[at]), int(other[at])), int(owner[shared[at]])
        if length >= LENGTH and length > best.get(text, (0, 0))[0]:
            best[text] = (length, int(texts.text_at(other[at])))
    examples: dict[int, int] = {}
    for number, key in enumerate(asked.training):
        examples.setdefault(theirs[key], number)
    lengths = texts.lengths()
    found: dict[int, SharedRun] = {}
    for number, key in enumerate(asked.fixtures):
        if (run_found := best.get(mine[key])) is not None:
            length, text = run_found
            share = round(length / int(lengths[mine[key]]), 4)
            found[number] = SharedRun(examples[text], length, share, int(lengths[mine[key]]) < LENGTH)
    return found


def _agreement(texts: Texts, one: int, other: int) -> int:
    """How many words two texts agree on from two places on."""
    import numpy as np

    most = min(int(texts.starts[texts.text_at(place) + 1]) - place for place in (one, other))
    differ = np.flatnonzero(texts.words[one : one + most] != texts.words[other : other + most])
    return int(differ[0]) if len(differ) else most
