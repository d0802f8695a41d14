"""What retrieval works on: chunks of a corpus, and the hits a question brings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a corpus: ``<file name>#<slug of its heading>`` and its text, heading first."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One chunk found for a question, with its score; higher is nearer."""

    id: str
    text: str
    score: float
