"""What a test session asks of its suites: which part, from where, at what cost."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class AskedFor:
    """How a suite is run for a test session.

    Attributes:
        replay: Use stored responses alone and open no connection.
        fresh: Ask everything again.
        store: The folder of the runs; ``.harness/runs`` unless given.
        variants: These variants only.
        limit: The first so many fixtures only.
        repeats: How often each question is asked; the suite's own number unless given.
        max_cost: US dollars one suite's run may spend.
        report: Where the HTML report goes: a file, or a folder that gets one of each suite; none unless given.
        reference: Compare with the suite's reference as well, strict or lenient about which fixtures there are.
    """

    replay: bool = False
    fresh: bool = False
    store: str | None = None
    variants: tuple[str, ...] | None = None
    limit: int | None = None
    repeats: int | None = None
    max_cost: float | None = None
    report: str | None = None
    reference: Literal["strict", "lenient"] | None = None

    def to_json(self) -> str:
        """One line that is the same for the same wishes."""
        return json.dumps(asdict(self), sort_keys=True)
