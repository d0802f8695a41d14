"""The faults a provider may have, each as a script for a model, and what a whole run must come to with it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.provider import (
    Received,
    Reply,
    Script,
    answer,
    breaks_off,
    drips,
    fails,
    from_call,
    garbled,
    hangs,
    in_bursts,
    in_parts,
    knows_no_model,
    never_ends,
    now_and_then,
    old_fashioned,
    on_questions,
    prompt_too_long,
    quota_spent,
    redirects,
    refuses,
    refuses_key,
    replies_with,
    resets,
    wants_login,
)

FIXTURES = 60
SHORT = 1.0
"""Seconds one attempt may take where it is the fault that it takes for ever."""

LATER = 20
"""Calls that are answered before a fault that comes half-way."""

ELSEWHERE = "http://elsewhere"
"""In a redirect's address: replaced by that of a third provider."""


def number(request: Received) -> str:
    """The right answer to ``question 17``."""
    return request.last.rsplit(maxsplit=1)[-1]


def slow(request: Received) -> Reply:
    """The right answer after a tenth of a second."""
    return answer(number(request), delay=0.1)


def late(request: Received) -> Reply:
    """The right answer in no particular order, always with the same id."""
    return answer(number(request), id="chatcmpl-of-another", delay=random.Random(number(request)).random() / 5)


def counting(usage: object) -> Script:
    """The right answer with odd counts of tokens."""
    return lambda request: answer(number(request), usage=usage)


def told(**fields: object) -> Script:
    """The right answer with some fields of the completion replaced."""
    return lambda request: answer(number(request), **fields)  # type: ignore[arg-type]  # that they are odd is the point


def every(step: int) -> Callable[[int], bool]:
    """Each ``step``-th question."""
    return lambda question: question % step == 0


@dataclass(frozen=True)
class Case:
    """One fault and what is to come of it.

    Attributes:
        name: As the table shows it.
        script: What the faulty model answers.
        exit_code: That of the run, or those it may have; its gate asks 80 % right of the faulty variant.
        answered: Responses that count as answers, at least and at most.
        kinds: Kinds of failure there may be.
        stopped: Whether the variant must be given up.
        most_sent: Requests sent for the faulty variant, at most.
        others: Outcomes beside answered and failed: how many of each.
        costs: Whether the cost of the answers must be known.
        timeout: Of one attempt at the faulty variant, in seconds.
        total_timeout: Of all attempts at one question.
        within: Seconds the run may take.
    """

    name: str
    script: Script
    exit_code: int | tuple[int, ...] = 0
    answered: tuple[int, int] = (FIXTURES, FIXTURES)
    kinds: frozenset[str] = frozenset()
    stopped: bool = False
    most_sent: int = 5 * FIXTURES
    others: dict[str, int] = field(default_factory=dict)
    costs: bool = True
    timeout: float = 5.0
    total_timeout: float = 20.0
    within: float = 60.0


def passing(name: str, *faults: Script, share: float = 0.3, seed: int = 4, **expected: object) -> Case:
    """Faults that come at times: with five attempts each question is answered."""
    return Case(name, now_and_then(share, faults, number, seed=seed), **expected)  # type: ignore[arg-type]


def ended(name: str, script: Script, kind: str, *, sent: int = 14) -> Case:
    """Faults for good: the variant is given up after a few requests."""
    return Case(name, script, 3, (0, 0), frozenset({kind}), stopped=True, most_sent=sent)


def ended_later(name: str, script: Script, kind: str, *, sent: int = 13) -> Case:
    """The same half-way: what was answered before stays."""
    later = from_call(LATER, script, number)
    return Case(name, later, 3, (LATER, LATER), frozenset({kind}), stopped=True, most_sent=LATER + sent)


WRONG_SHAPES = [replies_with(body) for body in ("[]", "{}", "null", '"hello"', '{"choices": {"0": 1}}', '{"error": "boom"}')]
DEEP = replies_with('{"choices": ' + "[" * 50_000 + "]" * 50_000 + "}")
CASES = [
    Case("none", number),
    passing("30 % 429 with Retry-After", fails(429, retry_after=0.05), most_sent=FIXTURES * 6),
    passing("30 % 429 without", fails(429), most_sent=FIXTURES * 6),
    Case("bursts of 500, 502, 503", in_bursts([fails(500), fails(502), fails(503)], slow, calm=1.0, burst=1.0), (0, 3),
         (57, FIXTURES), frozenset({"server"}), most_sent=400),
    passing("30 % reset before the headers", resets()),
    passing("30 % reset mid-body", breaks_off()),
    passing("30 % malformed JSON", replies_with('{"choices": [{'), replies_with("nonsense"), replies_with("")),
    passing("30 % JSON of the wrong shape", *WRONG_SHAPES),
    passing("30 % JSON too deep to read", DEEP),
    passing("30 % empty choices", answer(choices=[])),
    passing("30 % null content", answer(None)),
    passing("30 % not gzip after all", garbled()),
    passing("10 % hang for good", hangs(), share=0.1, timeout=SHORT),
    passing("10 % drip, a byte each 50 ms", drips(), share=0.1, timeout=SHORT),
    passing("30 % of everything above", fails(429, retry_after=0.05), fails(500), resets(), breaks_off(), replies_with("{"),
            answer(choices=[]), garbled(), wants_login()),
    ended_later("a login page with 200, half-way", wants_login(), "malformed", sent=5 * 33),
    ended_later("401 half-way", refuses_key(), "auth"),
    ended_later("404 half-way, model removed", knows_no_model("m"), "not_found"),
    ended_later("429 insufficient_quota half-way", quota_spent(), "quota"),
    ended("401 from the start", refuses_key(), "auth", sent=10),
    ended("404 from the start", knows_no_model("m"), "not_found", sent=10),
    ended("insufficient_quota from the start", quota_spent(), "quota", sent=10),
    ended("redirect to another host", redirects(f"{ELSEWHERE}/v1/chat/completions"), "bad_request"),
    Case("429 for good", fails(429), 3, (0, 0), frozenset({"rate_limit"}), stopped=True, most_sent=200, total_timeout=2.0),
    ended("500 for good", fails(500), "server", sent=5 * 33),
    Case("hangs for good", hangs(), 3, (0, 0), frozenset({"timeout"}), stopped=True, most_sent=5 * 13, timeout=SHORT),
    ended("content in parts", in_parts("a", "b"), "malformed", sent=5 * 33),
    ended("usage in words", counting({"prompt_tokens": "ten", "completion_tokens": "two", "total_tokens": "twelve"}), "malformed",
          sent=5 * 33),
    Case("a tenth too long for the model", on_questions(every(10), prompt_too_long(), number), 3, (54, 54),
         frozenset({"context_window"}), most_sent=FIXTURES),
    Case("a tenth too large, 413", on_questions(every(10), fails(413, "Request too large"), number), 3, (54, 54),
         frozenset({"bad_request"}), most_sent=FIXTURES),
    Case("a twentieth without end", on_questions(every(20), never_ends(), number), 3, (57, 57), frozenset({"timeout"}),
         timeout=SHORT),
    Case("a tenth of 5 MB", on_questions(every(10), answer("x" * 5_000_000), number), 0, (54, 54), others={"truncated": 6}),
    Case("a tenth refused", on_questions(every(10), refuses(), number), 0, (54, 54), others={"refused": 6}),
    Case("HTTP/1.0, closed after each", lambda request: old_fashioned(number(request)), most_sent=FIXTURES),
    Case("another request's id, out of order", late, most_sent=FIXTURES),
    Case("no usage", counting(False), most_sent=FIXTURES, costs=False),
    Case("usage below zero", counting({"prompt_tokens": -5, "completion_tokens": -7, "total_tokens": -12}), most_sent=FIXTURES,
         costs=False),
    Case("usage beyond reason", counting({"prompt_tokens": 10**30, "completion_tokens": 10**30, "total_tokens": 10**31}),
         most_sent=FIXTURES, costs=False),
    Case("an unknown finish reason", lambda request: answer(number(request), finish_reason="frobnicated"), most_sent=FIXTURES),
    Case("odd model, id and time", told(model=["m"], id=None, created="yesterday"), most_sent=FIXTURES),
]  # fmt: skip
"""Every fault; the table is printed in this order."""


def pointed(script: Script, elsewhere: str) -> Script:
    """A script with the address of another provider in its redirects."""
    if isinstance(script, Reply) and "Location" in script.headers:
        return redirects(script.headers["Location"].replace(f"{ELSEWHERE}/v1", elsewhere), script.status)
    return script
