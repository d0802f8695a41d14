"""The hashes of many requests at once: the same bytes as ``Request.hash``, put together from parts that are written once.

A request's canonical JSON is the same for all requests of a variant but for a few holes: the messages (or the fixture), the
repeat, and the tools. What fixtures share with each other is written once for a variant, what variants share of a fixture once
for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any

from harness.models import canonical_json
from harness.retrieval import Hit
from harness.suite import Fixture, Message, Named, Prompt, as_text, fixture_record, plain_parts, variables


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a variant's requests about some fixtures.

    Attributes:
        digests: 32 bytes each: all repeats of the first fixture, then those of the next.
        retrieved: For each fixture what retrieval found, as JSON text; None for a variant without retrieval.
    """

    digests: bytes
    retrieved: tuple[str, ...] | None = None


class Written:
    """What was written of some fixtures, for all variants that want the same."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._texts: dict[str, str] = {}
        self._records: dict[str, str] = {}
        self._values: dict[str, dict[str, Any]] = {}

    def text(self, text: str) -> str:
        """A text as JSON, without its quotes."""
        found = self._texts.get(text)
        if found is None:
            found = self._texts[text] = encode_basestring_ascii(text)[1:-1]
        return found

    def record(self, fixture: Fixture) -> str:
        """A fixture as canonical JSON."""
        found = self._records.get(fixture.id)
        if found is None:
            found = self._records[fixture.id] = canonical_json(fixture_record(fixture))
        return found

    def values(self, fixture: Fixture, hits: Sequence[Hit] | None) -> Mapping[str, Any]:
        """What a template may name."""
        if hits is not None:
            return variables(fixture, hits)
        found = self._values.get(fixture.id)
        if found is None:
            found = self._values[fixture.id] = variables(fixture, None)
        return found


class Form:
    """The canonical JSON of an object that differs in one value, in ``repeat``, and perhaps in one value after that."""

    def __init__(self, said: Mapping[str, Any], hole: str, *, last: str | None = None, lead: str = "") -> None:
        """Write what does not differ.

        Args:
            said: The other keys and their values.
            hole: The key of the value that differs; it comes before ``repeat``.
            last: The key of the other one, which comes after it.
            lead: What differing values may begin with.
        """
        keys = sorted([*said, hole, "repeat", *([last] if last else [])])
        texts = [""]
        for key in keys:
            texts[-1] += ("," if key != keys[0] else "{") + canonical_json(key) + ":"
            if key in said:
                texts[-1] += canonical_json(said[key])
            else:
                texts.append("")
        texts[-1] += "}"
        self._begun, self._led = (hashlib.sha256(text.encode()) for text in (texts[0], texts[0] + lead))
        self._between = texts[1]
        self._after = (texts[2], texts[3]) if last else (texts[2], "")

    def digests(self, values: Iterable[tuple[bool, str, str]], repeats: int) -> bytes:
        """Hash some objects.

        Args:
            values: For each whether its differing value begins with the lead, the rest of that value as JSON, and the last one
                ("" where there is none).
            repeats: How many repeats of each.
        """
        between, (before, after) = self._between, self._after
        others = range(1, repeats)
        found = []
        for led, value, last in values:
            made = (self._led if led else self._begun).copy()
            tail = before + last + after
            if others:
                made.update((value + between).encode())
                repeated = [made.copy() for _ in others]
                made.update(f"0{tail}".encode())
                found.append(made.digest())
                for repeat, other in zip(others, repeated, strict=True):
                    other.update(f"{repeat}{tail}".encode())
                    found.append(other.digest())
            else:
                made.update(f"{value}{between}0{tail}".encode())
                found.append(made.digest())
        return b"".join(found)


class MessageForm:
    """The messages of a prompt as JSON, with holes for what templates name.

    Attributes:
        lead: What they begin with for every fixture that has no conversation of its own.
    """

    def __init__(self, prompt: Prompt) -> None:
        """Write the messages that are the same for every fixture."""
        self._prompt = prompt
        self.lead = ""
        self._texts: list[str] | None = None
        self._holes: list[tuple[int, str]] = []
        parts = [_parts(message) for message in prompt.messages]
        if all(part is not None for part in parts):
            between: list[str | Named] = [","]
            listed = [each for number, part in enumerate(parts) for each in (*(between if number else []), *(part or ()))]
            joined = _joined(["[", *listed, "]"])
            self._texts = ["" if isinstance(part, Named) else part for part in joined]
            self._holes = [(at, part.name) for at, part in enumerate(joined) if isinstance(part, Named)]
            self.lead, self._texts[0] = self._texts[0], ""

    def value(self, fixture: Fixture, hits: Sequence[Hit] | None, written: Written) -> tuple[bool, str]:
        """A fixture's messages as canonical JSON: whether the lead is to be put before it, and the text."""
        if self._texts is not None and fixture.messages is None:
            values = written.values(fixture, hits)
            filled = self._texts.copy()
            try:
                for at, name in self._holes:
                    said = values[name]
                    filled[at] = written.text(said if type(said) is str else as_text(said))
            except KeyError:  # the prompt says which variable is missing
                pass
            else:
                return True, "".join(filled)
        return False, canonical_json([dict(message) for message in self._prompt.render(fixture, hits)])


def _parts(message: Message) -> list[str | Named] | None:
    """A message's canonical JSON with the variables its content names; None where its templates do more."""
    content = message.get("content")
    if isinstance(content, list) or not all(isinstance(key, str) for key in message):
        return None
    if not isinstance(content, str):
        return [canonical_json(dict(message))]
    parts = plain_parts(content)
    if parts is None:
        return None
    found: list[str | Named] = []
    for number, key in enumerate(sorted(message)):
        found.append(("," if number else "{") + canonical_json(key) + ":")
        if key == "content":
            quoted = [part if isinstance(part, Named) else encode_basestring_ascii(part)[1:-1] for part in parts]
            found += ['"', *quoted, '"']
        else:
            found.append(canonical_json(message[key]))
    return [*found, "}"]


def _joined(parts: Iterable[str | Named]) -> list[str | Named]:
    """Put neighbouring texts together."""
    found: list[str | Named] = []
    for part in parts:
        if found and isinstance(part, str) and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return found
