"""Fixtures every room may use: a model provider over real HTTP, and the embedded model's weights."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.provider import Provider

hypothesis.settings.register_profile("unhurried", deadline=None)  # beside other tests an example takes what it takes
hypothesis.settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=4, metavar="N", help="kill running runs N times (tests/running/test_killed.py)")
    parser.addoption("--kill-seed", type=int, metavar="SEED", help="repeat the moments of an earlier test_killed.py")


def pytest_configure() -> None:
    """Give signals their usual meaning: a process started in the background ignores some, and so would all that it starts."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that answers ``ok`` until it is told otherwise."""
    with Provider() as serving:
        yield serving


@pytest.fixture(scope="session")
def weights() -> Path:
    """The embedded model's weights, fetched into the user's cache if they are not there yet."""
    pytest.importorskip("xllamacpp")
    from harness.errors import ModelError
    from harness.models import read_weights

    try:
        return read_weights("local/smollm2-135m-instruct")
    except ModelError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
