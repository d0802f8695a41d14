"""Questions of a shop's customers, drawn from topics, for planting drift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.suite import Fixture

OPENINGS = (
    "how can i",
    "please",
    "i want to",
    "could you",
    "i need to",
    "help me",
    "tell me how to",
    "why can i not",
    "is it ok to",
)
FILLERS = ("my", "the", "a", "for", "with", "from", "to", "of", "on", "in", "and")
TOPICS = {
    "order": ("track", "order", "parcel", "delivery", "shipment", "courier", "late", "arrived", "missing"),
    "refund": ("refund", "money", "back", "return", "charge", "paid", "amount", "credit"),
    "account": ("password", "login", "account", "reset", "email", "username", "locked", "sign"),
    "product": ("lamp", "chair", "table", "colour", "size", "wood", "stock", "available"),
    "invoice": ("invoice", "bill", "tax", "vat", "company", "address", "receipt", "pdf"),
    "warranty": ("warranty", "repair", "broken", "defect", "guarantee", "year", "replace", "part"),
    "address": ("change", "address", "street", "city", "move", "delivery", "postcode", "new"),
    "voucher": ("voucher", "coupon", "code", "discount", "sale", "promotion", "percent", "expire"),
    "crypto": ("bitcoin", "wallet", "crypto", "blockchain", "coin", "exchange", "token", "ledger"),
    "visa": ("visa", "passport", "embassy", "travel", "border", "customs", "permit", "stamp"),
    "gym": ("gym", "training", "muscle", "protein", "squat", "coach", "session", "sweat"),
}
KNOWN = ("order", "refund", "account", "product", "invoice", "warranty", "address", "voucher")
NEW = ("crypto", "visa", "gym")


def question(rng: np.random.Generator, topic: str) -> str:
    """A question about a topic, in no fixed order of words, at times with a number."""
    said = [OPENINGS[rng.integers(len(OPENINGS))]]
    for word in rng.choice(TOPICS[topic], rng.integers(2, 5), replace=False):
        said += [FILLERS[rng.integers(len(FILLERS))], str(word)]
    if rng.random() < 0.3:
        said += ["number", str(rng.integers(10_000, 99_999))]
    return " ".join(said)


def asked(rng: np.random.Generator, count: int, topics: Sequence[str] = KNOWN, prefix: str = "f") -> list[Fixture]:
    """Fixtures of topics drawn at random, which stand in ``expected``."""
    drawn = [str(topic) for topic in rng.choice(list(topics), count)]
    return [Fixture(f"{prefix}{n}", input=question(rng, topic), expected=topic) for n, topic in enumerate(drawn)]
