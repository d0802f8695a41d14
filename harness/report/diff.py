"""What an answer has that was not expected, and what it lacks: by words, and by characters inside near misses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from harness.report.context import Piece

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MOST = 1_500
"""Tokens on either side beyond which nothing is marked: difflib's time grows with their product."""
_ALIKE = 0.4
"""The share of an answer that must be as expected for its differences to be marked."""
_NEAR = 0.6
"""How alike two short stretches must be for their single characters to be marked."""


def compared(given: str, expected: str | None) -> tuple[Piece, ...]:
    """Mark an answer against the expected text.

    Returns:
        Pieces in reading order: ``same`` and ``extra`` ones join to the answer given, ``same`` and ``gone`` ones to
        the expected text. One ``same`` piece where there is nothing to compare with, or too much.
    """
    if expected is None or given == expected:
        return (Piece(given, "same"),)
    ours, theirs = _TOKEN.findall(given), _TOKEN.findall(expected)
    if len(ours) > _MOST or len(theirs) > _MOST:
        return (Piece(given, "same"),)
    pieces: list[Piece] = []
    for piece in _pieces(theirs, ours):
        if pieces and pieces[-1].kind == piece.kind:
            pieces[-1] = Piece(pieces[-1].text + piece.text, piece.kind)
        elif piece.text:
            pieces.append(piece)
    return tuple(pieces)


def is_alike(pieces: Sequence[Piece]) -> bool:
    """Whether enough of an answer is as expected for its differences to be worth marking; white space does not count."""
    lengths = {kind: sum(len("".join(p.text.split())) for p in pieces if p.kind == kind) for kind in ("same", "extra")}
    return lengths["same"] >= _ALIKE * (lengths["same"] + lengths["extra"])


def _pieces(expected: list[str], given: list[str]) -> Iterator[Piece]:
    # autojunk, difflib's own bound on work: without it a text of one word repeated takes minutes.
    for kind, a, b, c, d in SequenceMatcher(None, expected, given, autojunk=True).get_opcodes():
        lost, new = "".join(expected[a:b]), "".join(given[c:d])
        if kind == "equal":
            yield Piece(new, "same")
        elif kind == "replace" and len(lost) <= 40 and len(new) <= 40 and _alike(lost, new):
            yield from _characters(lost, new)
        else:
            yield Piece(lost, "gone")
            yield Piece(new, "extra")


def _characters(expected: str, given: str) -> Iterator[Piece]:
    for kind, a, b, c, d in SequenceMatcher(None, expected, given, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(given[c:d], "same")
        else:
            yield Piece(expected[a:b], "gone")
            yield Piece(given[c:d], "extra")


def _alike(expected: str, given: str) -> bool:
    return SequenceMatcher(None, expected, given, autojunk=False).ratio() >= _NEAR
