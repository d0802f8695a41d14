"""Which questions are in a sample."""

from __future__ import annotations

import hashlib


def sampled(identity: str, share: float) -> bool:
    """Whether a question is in a sample of this share: decided by its id alone, and within every larger sample too."""
    if share >= 1:
        return True
    drawn = int.from_bytes(hashlib.sha256(identity.encode("utf-8", "replace")).digest()[:8], "big")
    return drawn < share * 2**64
