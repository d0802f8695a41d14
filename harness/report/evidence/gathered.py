"""One pass over a run's responses: what every fixture came to, and the texts of those that may be shown."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.report.evidence.limits import CAPS, PASSAGE
from harness.report.evidence.spool import Held, Spooled
from harness.report.evidence.values import Measured, Sums
from harness.retrieval import Hit
from harness.store import Run, StoredResponse

OUTCOMES = ("answered", "truncated", "refused", "failed")
"""A fixture's outcomes are kept as bits in this order: repeats may differ."""

_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a pass over the responses brings.

    Attributes:
        outcomes: For each variant and fixture the bits of its outcomes, 0 where it was not asked.
        operations: Latency, cost and tokens, where any were told.
        lengths: For each of ``CAPS``, the characters of a fixture's answers cut to it, and of chunks retrieved for it first.
    """

    responses: Held | Spooled
    outcomes: npt.NDArray[np.uint8]
    operations: tuple[Measured, ...]
    lengths: Mapping[int, npt.NDArray[np.int64]]

    def of(self, fixture_id: str) -> Sequence[StoredResponse]:
        """The responses to a fixture, in the order they came."""
        return self.responses.of(fixture_id)


def gather(run: Run, variants: Sequence[str], rows: Mapping[str, int], wanted: Collection[str]) -> Gathered:
    """Go through the responses of a run once.

    Args:
        run: The run; where its responses are streamed, those of ``wanted`` fixtures go to a temporary file.
        variants: The variants in the page's order.
        rows: The row of each fixture that is listed.
        wanted: The fixtures whose texts may be shown.
    """
    kept: Held | Spooled = Held() if isinstance(run.responses, (tuple, list)) else Spooled(wanted)
    starts = {variant: place * len(rows) for place, variant in enumerate(variants)}
    cells = len(variants) * len(rows)
    bits = {outcome: 1 << place for place, outcome in enumerate(OUTCOMES)}
    outcomes = bytearray(cells)
    told = {name: Sums(cells) for name in ("latency", "cost", "tokens in", "tokens out")}
    lengths = {cap: array("q", bytes(8 * len(rows))) for cap in CAPS}
    seen: set[int] = set()
    for stored in run.responses:
        kept.add(stored)
        row, start = rows.get(stored.fixture_id), starts.get(stored.variant)
        if row is None or start is None:
            continue
        response = stored.response
        outcomes[start + row] |= bits.get(response.outcome, 0)
        if response.usable:
            told["latency"].add(start + row, response.latency)
        told["cost"].add(start + row, response.cost)
        told["tokens in"].add(start + row, response.input_tokens)
        told["tokens out"].add(start + row, response.output_tokens)
        said = len(response.text)
        found = sum(min(len(hit.text), PASSAGE) for hit in stored.retrieved if _is_new(hit, seen))
        for cap in CAPS:
            lengths[cap][row] += min(said, cap) + found
    units = {"latency": "seconds", "cost": "USD", "tokens in": "tokens", "tokens out": "tokens"}
    operations = (Measured(name, units[name], -1, _short(sums.means(len(variants)))) for name, sums in told.items())
    return Gathered(
        kept,
        np.frombuffer(bytes(outcomes), dtype=np.uint8).reshape(len(variants), len(rows)),
        tuple(column for column in operations if np.isfinite(column.values).any()),
        {cap: np.array(found, dtype=np.int64) for cap, found in lengths.items()},
    )


def _is_new(hit: Hit, seen: set[int]) -> bool:
    """Whether a retrieved chunk was not met before, as far as there is room to remember."""
    key = hash((hit.id, hit.text))
    if key in seen:
        return False
    if len(seen) < _REMEMBERED:
        seen.add(key)
    return True


def _short(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values with four significant digits, which is what is shown of them, and which pack well."""
    known = np.isfinite(values) & (values != 0)
    short = values.copy()
    digits = 10.0 ** (3 - np.floor(np.log10(np.abs(values[known]))))
    short[known] = np.round(values[known] * digits) / digits
    return short
