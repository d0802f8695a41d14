"""How much of what was said is kept, shown and packed into the page."""

from __future__ import annotations

PAGE_SIZE = 15_000_000
"""Bytes of the whole page, unless told otherwise."""
STATIC = 1_500_000
"""Bytes of it left for everything that is not packed."""
CHUNK = 160_000
"""Bytes of JSON in one packed block: what opening one fixture inflates."""
LISTED = 200_000
"""Fixtures listed with their values."""
DETAILED = 50_000
"""Fixtures of which the texts are looked at for packing."""
IN_FULL = 400
"""Fixtures, the largest flips first, whose texts are never cut shorter to make room for others."""
CAPS = (4_000, 2_000, 1_000, 500)
"""Characters of one text: the largest with which all is likely to fit, else the smallest."""
PASSAGE = 1_500
"""Characters of one retrieved chunk."""
COLUMNS = 80
"""Metrics and parts whose values are packed."""
REPEATS = 5
"""Repeats of one variant whose answers are packed."""
KEPT_TEXT = 20_000
"""Characters of a text kept from a run whose responses are not all in memory."""
KEPT_CALLS, KEPT_HITS = 50, 20
"""Tool calls and retrieved chunks of one response."""
