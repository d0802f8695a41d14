"""Asking through a real gateway in a test's few words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from harness.models import Gateway, Request, ResolvedPrice, Response
from tests.provider import Provider


def request(provider: Provider | None = None, model: str = "openai/m", text: str = "hi", **fields: Any) -> Request:
    fields.setdefault("api_base", provider.url if provider is not None else None)
    fields.setdefault("timeout", 5.0)
    return Request(model, ({"role": "user", "content": text},), **fields)


class Clock:
    """Jumps over every wait and records it; no time passes otherwise."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self._now = 0.0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._now += seconds


def ask(asked: Request, price: ResolvedPrice | None = None, *, clock: Clock | None = None, **settings: Any) -> Response:
    return ask_all([asked], price, clock=clock, **settings)[0]


def ask_all(
    asked: Iterable[Request], price: ResolvedPrice | None = None, *, clock: Clock | None = None, **settings: Any
) -> list[Response]:
    """All at once, through one gateway."""

    async def through() -> list[Response]:
        async with Gateway(clock=clock or Clock(), **settings) as gateway:
            return list(await asyncio.gather(*(gateway.ask(each, price) for each in asked)))

    return asyncio.run(through())
