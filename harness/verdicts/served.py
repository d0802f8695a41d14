"""Whether the provider answers with another model than it used to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.store import Night, Reference, Run
from harness.verdicts.reference_fit import served

MODEL_SHARE = 0.05
"""Share of a variant's answers from a model id nobody has seen before, from which the model has moved."""

FINGERPRINT_SHARE = 0.5
"""The same of fingerprints: providers run several at once, so one new one says little."""

MANY = 0.1
"""Distinct fingerprints per answer from which they name no state of a model and are left aside."""

Kind = Literal["model", "fingerprint"]


@dataclass(frozen=True, slots=True)
class Moved:
    """A variant that is answered by something the reference does not know.

    Attributes:
        variant: The variant.
        kind: What tells it.
        before: What answered in the reference, most often first.
        now: What answers and was not there.
        share: Share of the night's answers it gave.
        since: The first night it answered, ISO 8601; None where that is this one.
    """

    variant: str
    kind: Kind
    before: tuple[str, ...]
    now: str
    share: float
    since: str | None = None

    @property
    def tonight(self) -> bool:
        """Whether it was first seen this night."""
        return self.since is None

    @property
    def sentence(self) -> str:
        """Say it."""
        was = ", ".join(self.before) or "nothing that gave its name"
        when = "tonight" if self.since is None else f"since the night of {self.since[:10]}"
        what = "model id" if self.kind == "model" else "fingerprint"
        return f"{self.variant} is answered by the {what} {self.now} {when} ({self.share:.0%} of the answers); it was {was}."


def moved(reference: Reference, run: Run, nights: Sequence[Night]) -> tuple[Moved, ...]:
    """Find the variants that the provider answers with another model than in the reference.

    Args:
        reference: The reference.
        run: The night's first run.
        nights: The nights before, oldest first, of the same state of the suite.
    """
    found: list[Moved] = []
    for variant in run.record.variants:
        known = reference.variants.get(variant)
        if known is None:
            continue
        models, fingerprints = served(run, variant)
        by_model = _new(variant, "model", known.get("models") or {}, models, nights)
        if by_model is not None:
            found.append(by_model)
            continue
        before = Counter(known.get("fingerprints") or {})
        if not before or len(before) > max(1.0, MANY * before.total()):
            continue
        if (by_print := _new(variant, "fingerprint", before, fingerprints, nights)) is not None:
            found.append(by_print)
    return tuple(found)


def _new(variant: str, kind: Kind, before: Mapping[str, int], now: Counter[str], nights: Sequence[Night]) -> Moved | None:
    if not before or not now:
        return None
    unknown = Counter({name: count for name, count in now.items() if name not in before})
    share = unknown.total() / now.total()
    if share < (MODEL_SHARE if kind == "model" else FINGERPRINT_SHARE):
        return None
    name = unknown.most_common(1)[0][0]
    seen = ((night.started_at, night.models if kind == "model" else night.fingerprints) for night in nights)
    since = next((started_at for started_at, answered in seen if name in answered.get(variant, {})), None)
    return Moved(variant, kind, tuple(n for n, _ in Counter(before).most_common(3)), name, share, since)
