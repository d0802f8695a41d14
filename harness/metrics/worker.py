"""A process that measures what it is sent. It speaks pickles over one socket and ends when the other side does."""

from __future__ import annotations

import os
import signal
from dataclasses import fields
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any

from harness.metrics.rows import Broken, Columns, row_of
from harness.metrics.sending import Sent, put_together
from harness.models import Response
from harness.store import StoredResponse
from harness.suite import Fixture

Chunk = list[tuple[Fixture, StoredResponse]]
"""Responses with the fixtures they answer."""

Outcome = list[Columns | Broken | None]
"""What each metric made of one response; None where it was not to be measured with."""


_OF_FIXTURE = attrgetter(*(each.name for each in fields(Fixture)))
_OF_RESPONSE = attrgetter(*(each.name for each in fields(Response)))
_REST = [each.name for each in fields(StoredResponse) if each.name != "response"]
_OF_REST = attrgetter(*_REST)


def pack(chunk: Chunk) -> list[tuple[Any, ...]]:
    """Take a chunk apart into plain tuples, which are pickled several times as fast as frozen dataclasses."""
    return [(_OF_FIXTURE(fixture), _OF_REST(stored), _OF_RESPONSE(stored.response)) for fixture, stored in chunk]


def unpack(packed: list[tuple[Any, ...]]) -> Chunk:
    """Put a chunk together again."""
    return [
        (Fixture(*fixture), StoredResponse(response=Response(*response), **dict(zip(_REST, rest, strict=True))))
        for fixture, rest, response in packed
    ]


def serve(socket: int) -> None:
    """Measure until the socket is closed.

    First comes a list of ``Sent``, answered with None, or with a text where the metrics cannot be made here. Then each
    (packed chunk, places of the metrics to leave out) is answered with one outcome a response.

    Args:
        socket: The file descriptor of a connected socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked decides when to stop
    os.dup2(2, 1)  # what a metric prints is no answer
    connection = Connection(socket)
    try:
        sent: list[Sent] = connection.recv()
        try:
            metrics = [put_together(each) for each in sent]
        except Exception as error:
            connection.send(f"{type(error).__name__}: {error}")
            return
        connection.send(None)
        while True:
            packed, left_out = connection.recv()
            connection.send(
                [
                    [None if n in left_out else row_of(metric, fixture, stored) for n, metric in enumerate(metrics)]
                    for fixture, stored in unpack(packed)
                ]
            )
    except (EOFError, OSError):
        return
