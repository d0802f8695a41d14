"""The names put together from parts are, byte for byte, the hashes of the requests."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.running import select
from harness.running.answerer import Answerer, prepare
from harness.running.naming import Written
from harness.suite import Fixture
from tests.running.suites import asks, write_suite

URL = "http://127.0.0.1:9/v1"
PROMPTS = {
    "plain": "- {role: user, content: '{{ input }}'}\n",
    "shots": (
        "- {role: system, content: 'Be \"brief\".\\n\\u00fc'}\n- {role: user, content: one}\n"
        "- {role: assistant, content: two}\n- {role: user, content: 'Say {{ id }}: {{ input }} {{ tags }}{{ meta }}', name: x}\n"
    ),
    "logic": "- {role: system, content: s}\n- {role: user, content: '{% if tags %}{{ tags | join }}{% endif %}{{ input }}'}\n",
    "parts": "- role: user\n  content: [{type: text, text: 'Q {{ input }}'}, {type: text, text: b}]\n",
    "context": "- {role: user, content: '{{ context }} {{ input }}'}\n",
    "chunks": "- {role: user, content: '{% for c in chunks %}{{ c.id }}{% endfor %}{{ input }}'}\n",
}

texts = st.text(max_size=20) | st.sampled_from(['"', "\\", "\u2028", "\U0001f986", "\ud83d", "{{ input }}", "</s>", "tea"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts, lambda s: st.lists(s, max_size=2), max_leaves=4
)
objects = st.dictionaries(st.sampled_from(["a", "b", "q"]), values, max_size=3)
messages = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "system"]), "content": texts}), min_size=1, max_size=3
)
tools = st.lists(st.fixed_dictionaries({"type": st.just("function"), "function": objects}), max_size=2)
fixtures = st.builds(
    Fixture,
    id=st.uuids().map(str),
    input=texts | objects,
    expected=values,
    tags=st.lists(texts, max_size=2).map(tuple),
    tools=tools.map(tuple),
    meta=objects,
) | st.builds(Fixture, id=st.uuids().map(str), messages=messages.map(tuple), tools=tools.map(tuple))


def every_kind() -> dict[str, Answerer]:
    """An answerer of each prompt, and of each kind that asks no model."""
    folder = Path(tempfile.mkdtemp())
    variants: dict[str, Any] = {name: asks(name, URL, prompt=f"{name}.yaml") for name in PROMPTS}
    variants["plain"]["params"] = {"temperature": 0.1, "stop": ["ü"], "max_tokens": 5}
    for name in ("context", "chunks"):
        variants[name] |= {"role": "rag", "retrieval": {"corpus": "tea.md", "top_k": 2}}
    del variants["shots"]["api_base"]
    variants |= {
        "majority": {"role": "floor", "method": "majority"},
        "outputs": {"role": "current", "outputs": "today.jsonl"},
        "rules": {"role": "current", "callable": "rules.py:answer"},
    }
    files = {f"{name}.yaml": text for name, text in PROMPTS.items()} | {
        "tea.md": '# Green tea\nsteep 2 minutes\n# Black "tea"\nsteep 4 minutes\n',
        "train.jsonl": [{"id": "t", "input": "question", "expected": "yes"}],
        "today.jsonl": [{"id": "f0", "text": "no"}],
        "rules.py": "def answer(fixture):\n    return 'x'\n",
    }
    suite = write_suite(folder, variants, files=files, training_data="train.jsonl")
    return prepare(suite, select(suite).variants)[0]


KINDS = every_kind()


@settings(max_examples=300, deadline=None)
@given(st.lists(fixtures, min_size=1, max_size=3, unique_by=lambda f: f.id), st.integers(1, 3))
def test_a_name_is_the_hash_of_the_request_it_names(some: list[Fixture], repeats: int) -> None:
    written = Written()
    for answerer in KINDS.values():
        names = answerer.names(some, repeats, written)
        planned = [answerer.plan(fixture, repeat) for fixture in some for repeat in range(repeats)]
        assert names.digests.hex() == "".join(each.hash for each in planned)
        for each in planned:
            assert each.request is None or each.request.hash == each.hash
        if names.retrieved is not None:
            found = [[hit["text"] for hit in json.loads(said)] for said in names.retrieved]
            assert found == [[hit.text for hit in each.retrieved] for each in planned[::repeats]]
