"""Fixtures made from one template: the same words around other names and numbers."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from harness.datachecks.finding import Finding, counted
from harness.datachecks.question import content_text, question_key
from harness.suite import Fixture, Suite

_SLOT = "\u2026"
_SLOTS = re.compile(
    r"""[^\s@]{1,64}@[^\s@]{1,255}          # addresses
      | https?://\S+
      | "[^"\n]{1,80}" | \u201c[^\u201d\n]{1,80}\u201d   # what is quoted
    """,
    re.VERBOSE,
)
_AROUND = ".,;:!?()[]{}<>'\u2019-\"*_#"
_MOST = 20_000
"""Characters of a question that are looked at."""
_LEAST = 5
"""Words around the slots from which sharing them is no accident."""


def template_of(text: str, ordinary: Container[str] = frozenset()) -> str | None:
    """Return a text with its names and numbers set aside; None where too little is left, or nothing was set aside.

    Set aside are addresses, quoted words, whatever holds a digit, and words with a capital; of those that begin a sentence
    only the ones that are no ordinary words.

    Args:
        text: A question as it is written.
        ordinary: Words that also occur in small letters.
    """
    masked = _SLOTS.sub(f" {_SLOT} ", text[:_MOST])
    parts: list[str] = []
    begins = True
    slots = 0
    for token in masked.split():
        word = token.strip(_AROUND)
        is_name = word[:1].isupper() and word.split("'")[0] != "I" and (not begins or word.casefold() not in ordinary)
        if token == _SLOT or is_name or any(character.isdigit() for character in word):
            slots += 1
            if not parts or parts[-1] != _SLOT:
                parts.append(_SLOT)
        elif word:
            parts.append(word.casefold())
        begins = token[-1:] in ".!?:>" or (begins and not word)
    if slots == 0 or sum(part != _SLOT for part in parts) < _LEAST:
        return None
    return " ".join(parts)


def template_families(suite: Suite) -> dict[str, tuple[int, ...]]:
    """Fixtures, by number, that share a template and ask different things, by the template."""
    found: dict[str, list[int]] = {}
    texts = [_said(fixture) for fixture in suite.fixtures]
    ordinary = {word for text in texts for token in text.split() if (word := token.strip(_AROUND)) and word[0].islower()}
    for number, text in enumerate(texts):
        if (template := template_of(text, ordinary)) is not None:
            found.setdefault(template, []).append(number)
    keys = [question_key(fixture) for fixture in suite.fixtures]
    return {
        template: tuple(numbers)
        for template, numbers in found.items()
        if len(numbers) > 1 and len({keys[number] for number in numbers}) > 1
    }


def check_templates(suite: Suite) -> tuple[Finding, ...]:
    """Find fixtures that repeat one template with other names and numbers, and do not share a group."""
    families = {
        template: numbers for template, numbers in template_families(suite).items() if not _is_stated(suite.fixtures, numbers)
    }
    if not families:
        return ()
    members = sorted(number for numbers in families.values() for number in numbers)
    ids = tuple(suite.fixtures[number].id for number in members)
    total = len(suite.fixtures)
    said = (
        f"{counted(len(members), 'fixture')} of {total:,} {'come' if len(members) > 1 else 'comes'} from "
        f"{counted(len(families), 'template')} with other names or numbers put in."
    )
    return (
        Finding(
            "warning" if len(members) - len(families) > 0.1 * total else "note",
            "coverage.templates",
            said,
            "Give those of one template one group (harness check --propose-groups FILE), and write more templates.",
            ids,
            tuple(suite.sources.get(id, "") for id in ids),
            tuple(
                {
                    "template": template if len(template) <= 160 else template[:159] + _SLOT,
                    "fixtures": [suite.fixtures[number].id for number in numbers],
                    "at": suite.sources.get(suite.fixtures[numbers[0]].id, ""),
                }
                for template, numbers in sorted(families.items(), key=lambda item: (-len(item[1]), item[1]))
            ),
            {"fixtures": len(members), "templates": len(families), "share": len(members) / total},
        ),
    )


def _is_stated(fixtures: Sequence[Fixture], numbers: Sequence[int]) -> bool:
    groups = {fixtures[number].group for number in numbers}
    return len(groups) == 1 and None not in groups


def _said(fixture: Fixture) -> str:
    """What a fixture asks, as it is written."""
    if fixture.messages is None:
        return fixture.question
    return "\n".join(content_text(turn) for turn in fixture.messages if turn.get("role") == "user")
