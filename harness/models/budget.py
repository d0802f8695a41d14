"""A cap on money: every attempt to ask is held against it at the most it may cost, and corrected to what it did cost."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from harness.errors import Fault, ModelError, SuiteError
from harness.models.failure import ProviderFailure, ProviderRefusal
from harness.models.prices import ResolvedPrice
from harness.models.request import Request
from harness.models.response import FailureKind
from harness.models.token_counts import most_cost

TURNED_AWAY: frozenset[FailureKind] = frozenset({"auth", "quota", "not_found", "rate_limit", "bad_request", "context_window"})
"""Failures by which a provider refuses to begin; nobody bills them. All others may have been billed."""


class BudgetSpentError(ModelError):
    """A call was not sent because the cap might have been passed by it."""


def usd(amount: float | None) -> str:
    """Write US dollars: in cents from a dollar on; below it two digits that tell something, and no zeros after the cents."""
    if amount is None:
        return "unknown"
    if amount <= 0 or amount >= 1:
        return f"${amount:,.2f}"
    text = f"{amount:.{min(1 - math.floor(math.log10(amount)), 10)}f}"
    whole, _, part = text.partition(".")
    return f"${whole}.{part.rstrip('0').ljust(2, '0')}"


@dataclass
class Bill:
    """What one attempt cost in US dollars; None where nobody said."""

    cost: float | None = None


class Budget:
    """A cap that one run may not pass.

    An attempt that may cost ``most`` begins only where spent, presumed, held and ``most`` together are within the cap. Where
    they are not but something is in flight, it waits: what is in flight usually costs less than it might. Where nothing is,
    the budget is exhausted, and nothing that may cost money is sent any more.

    Attributes:
        cap: US dollars.
        spent: What providers reported, in US dollars.
        presumed: What attempts are taken to have cost at most whose cost nobody reported: those that failed after they were
            sent (a timeout, a broken connection, a server's error, a reply that cannot be read), were abandoned, or came
            without a count of tokens. What the provider turned away (4xx) is taken to cost nothing.
        exhausted: Whether something was not sent.
    """

    def __init__(self, cap: float) -> None:
        """Begin with nothing spent.

        Raises:
            SuiteError: The cap is no amount of money.
        """
        if not 0.0 <= cap < float("inf"):
            raise SuiteError(Fault(f"a cap of {cap} is no amount of money", "give US dollars, 0 or more"))
        self.cap = cap
        self.spent = 0.0
        self.presumed = 0.0
        self.exhausted = False
        self._held: list[float] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._above: dict[str, float] = {}

    @property
    def left(self) -> float:
        """US dollars neither spent, presumed spent nor held."""
        return self.cap - self.spent - self.presumed - sum(self._held)

    @asynccontextmanager
    async def holding(self, request: Request, price: ResolvedPrice | None) -> AsyncIterator[Bill]:
        """Hold the most an attempt may cost while it is made; the bill is to be filled in with what it did cost.

        Raises:
            BudgetSpentError: It might pass the cap.
            ModelError: Nobody knows what it may cost.
        """
        most = None if price is None else most_cost(request, price)
        if most is None:
            hint = "give its price: and its params.max_tokens"
            raise ModelError(Fault(f"what a call of '{request.model}' may cost is unknown, so no cap can be kept", hint))
        if most > 0.0:
            most += self._above.get(request.model, 0.0)
        await self._take(most)
        bill = Bill()
        try:
            yield bill
        except ProviderFailure as failure:
            bill.cost = 0.0 if failure.kind in TURNED_AWAY or failure.unsent else None
            raise
        except ProviderRefusal:
            bill.cost = 0.0
            raise
        finally:
            self._settle(request.model, most, bill.cost)

    async def _take(self, most: float) -> None:
        if most == 0.0:
            return
        while not self.exhausted:
            if self.spent + self.presumed + sum(self._held) + most <= self.cap:
                self._held.append(most)
                return
            if not self._held:
                self.exhausted = True
                self._wake()
                break
            waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        gone = f"{usd(self.spent)} is spent" + (f", {usd(self.presumed)} more perhaps" if self.presumed else "")
        raise BudgetSpentError(Fault(f"the cap of {usd(self.cap)} is reached: {gone}, and the next call may cost {usd(most)}"))

    def _settle(self, model: str, most: float, cost: float | None) -> None:
        if most == 0.0:
            return
        self._held.remove(most)
        if cost is None:
            self.presumed += most
        else:
            self.spent += cost
            if cost > most:  # the provider counts what is not in the request: it will do so again
                self._above[model] = self._above.get(model, 0.0) + cost - most
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
