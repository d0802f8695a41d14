"""When a judge is kin to what it judges."""

from __future__ import annotations

import pytest

from harness.verdicts.findings import same_family


@pytest.mark.parametrize(
    ("judge", "model", "kin"),
    [
        ("openai/gpt-4o-mini", "openai/ft:gpt-4o-mini-2024-07-18:acme::x1", True),
        ("gpt-4o-mini", "openai/gpt-4o-mini", True),
        ("azure/gpt-4o", "openai/gpt-4o-2024-08-06", True),
        ("local/smollm2-135m-instruct", "local/smollm2-135m-instruct", True),
        ("openai/gpt-4.1", "openai/gpt-4o", False),
        ("anthropic/claude-sonnet-4-5", "openai/gpt-4o", False),
        ("openai/gpt-4", "openai/gpt-4o", False),
    ],
)
def test_kin_is_told_by_name(judge: str, model: str, kin: bool) -> None:
    assert same_family(judge, model) is kin
