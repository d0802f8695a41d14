"""Prompts: what is sent for a fixture, and what is said of a prompt that cannot be sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest

from harness.retrieval import Hit
from harness.suite import Fixture, Prompt, load_suite
from tests.suite.writing import FIXTURES, SUITE, faults_of, write

RAG = SUITE.replace("plain: {role: prompt,", 'plain: {role: rag, retrieval: {corpus: "*.md"},')
HITS = (Hit("a.md#one", "One\nfirst", 2.0), Hit("a.md#two", "Two\nsecond", 1.0))


def sent(template: str, fixture: Fixture, hits: tuple[Hit, ...] | None = None) -> Any:
    return Prompt(({"role": "user", "content": template},)).render(fixture, hits)[0]["content"]


def test_a_template_is_filled_from_the_fixture() -> None:
    fixture = Fixture(id="a7", input="<b> & ü", tags=("edge",), meta={"k": "v"})
    assert sent("{{ id }}: {{ input }} {{ tags[0] }} {{ meta.k }}\n", fixture) == "a7: <b> & ü edge v"


def test_the_keys_of_an_object_are_variables_and_objects_are_written_as_json() -> None:
    fixture = Fixture(id="a", input={"name": "Zoë", "items": [{"n": 1}]})
    assert sent("{{ name }} {{ input['items'] }} {{ input }}", fixture) == ('Zoë [{"n": 1}] {"name": "Zoë", "items": [{"n": 1}]}')
    assert sent("{{ '<ü>' | tojson }}", fixture) == '"<ü>"'


def test_context_and_chunks_are_what_was_found() -> None:
    fixture = Fixture(id="a", input="x")
    assert sent("{{ context }}", fixture, HITS) == "One\nfirst\n\nTwo\nsecond"
    assert sent("{% for c in chunks %}[{{ c.id }}]{% endfor %}", fixture, HITS) == "[a.md#one][a.md#two]"
    assert sent("<{{ context }}>", fixture) == "<>"


def test_what_a_fixture_says_is_never_a_template() -> None:
    hostile = "{{ 7 * 7 }}{% for i in range(9) %}x{% endfor %}{{ ''.__class__ }}"
    assert sent("{{ input }}", Fixture(id="a", input=hostile)) == hostile
    assert sent("{{ context }}", Fixture(id="a", input="x"), (Hit("h", hostile, 1.0),)) == hostile


def test_a_template_cannot_leave_the_sandbox_or_change_the_fixture() -> None:
    fixture = Fixture(id="a", input={"items": [1]})
    for template in ("{{ ''.__class__.__mro__ }}", "{{ input['items'].append(2) }}", "{{ missing }}"):
        with pytest.raises(jinja2.TemplateError):
            sent(template, fixture)
    assert fixture.input == {"items": [1]}


def test_few_shot_turns_and_content_parts_are_sent_as_written() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": {"b": 1}}'}}
    prompt = Prompt(
        (
            {
                "role": "user",
                "content": [{"type": "text", "text": "see {{ input }}"}, {"type": "image_url", "image_url": {"url": "u"}}],
            },
            {"role": "assistant", "content": None, "tool_calls": [call]},
        )
    )
    assert prompt.render(Fixture(id="a", input="x")) == (
        {"role": "user", "content": [{"type": "text", "text": "see x"}, {"type": "image_url", "image_url": {"url": "u"}}]},
        {"role": "assistant", "content": None, "tool_calls": [call]},
    )


def test_a_conversation_takes_the_place_of_the_last_user_turn() -> None:
    prompt = Prompt(
        (
            {"role": "system", "content": "Be {{ context }}"},
            {"role": "user", "content": "example"},
            {"role": "assistant", "content": "answer"},
            {"role": "user", "content": "{{ input }}"},
        )
    )
    turns = ({"role": "system", "content": "old"}, {"role": "user", "content": "{{ q }}"})
    fixture = Fixture(id="a", messages=turns)
    assert [m["content"] for m in prompt.render(fixture, HITS[:1])] == ["Be One\nfirst", "example", "answer", "{{ q }}"]
    assert Prompt().render(fixture) == turns


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", "1: the prompt is empty. write a list of chat messages"),
        ("[]", "1: the prompt is an empty list. write a list of chat messages"),
        ("role: user\ncontent: x", "1: the prompt is a mapping. write a list of chat messages"),
        ("- x", "1: message 1 is the text 'x'. give an object with role and content."),
        ("- {role: usr, content: '{{ input }}'}", "1: message 1 has the role usr. did you mean user."),
        ("- {role: user, content: '{{ input }}', nme: x}", "1: message 1 has no key nme. did you mean name."),
        (
            "- role: user\n  content: |\n    {{ input }}\n    {% if %}\n",
            "4: the template is wrong: Expected an expression, got 'end of statement block'.",
        ),
        ("- role: user\n  content: '{{ input | nope }}'", "2: the template is wrong: No filter named 'nope'."),
        (
            "- role: user\n  content: |\n    Hi\n    {{ inptu }}\n",
            "4: 'inptu' is undefined for the fixture a and 1 more. did you mean input.",
        ),
        (
            "- {role: user, content: '{{ order.sku }}'}",
            "1: 'order' is undefined for the fixture a and 1 more. there is context, chunks, input, id",
        ),
        ("- {role: user, content: '{{ meta.sku }}'}", "1: 'dict object' has no attribute 'sku' for the fixture a and 1 more."),
        ("- {role: user, content: '{{ input / 2 }}'}", "1: the template cannot be filled: unsupported operand type(s)"),
        ("- {role: user, content: '{% include input %}'}", "1: the template cannot be filled: no loader"),
        (
            "- {role: user, content: Hello}",
            "1: the prompt says nothing of the fixture, so that every question is the same. add {{ input }}.",
        ),
        (
            "- {role: system, content: x}\n- role: user\n  content: '{{ input }} {{ context }}'",
            "2: the prompt shows {{ context }} and plain retrieves nothing.",
        ),
        ("- {role: user\n", "2: the YAML cannot be read: while parsing a flow mapping"),
    ],
)
def test_a_prompt_that_cannot_be_sent_is_named(tmp_path: Path, prompt: str, said: str) -> None:
    found = faults_of(write(tmp_path, prompt=prompt))
    assert len(found) == 1
    assert found[0].startswith(f"ask.yaml:{said}")


def test_every_undefined_variable_of_a_template_is_told_up_to_three(tmp_path: Path) -> None:
    guarded = "{{ maybe | default('-') }}{% if other is defined %}{{ other }}{% endif %}"
    prompt = f"- role: user\n  content: |\n    {guarded}\n    {{{{ one }}}} {{{{ two.x }}}}\n    {{{{ three }}}} {{{{ four }}}}\n"
    found = faults_of(write(tmp_path, prompt=prompt))
    assert [line.split(" is undefined")[0] for line in found] == ["ask.yaml:4: 'one'", "ask.yaml:4: 'two'", "ask.yaml:5: 'three'"]


def test_a_variable_that_one_fixture_lacks_is_found(tmp_path: Path) -> None:
    fixtures = [{"id": "a", "input": {"sku": "A"}}, {"id": "b", "input": {"sku": "B"}}, {"id": "c", "input": {"sku_": "C"}}]
    found = faults_of(write(tmp_path, fixtures=fixtures, prompt="- {role: user, content: '{{ sku }}'}"))
    assert found == ["ask.yaml:1: 'sku' is undefined for the fixture c. did you mean sku_."]


def test_a_key_of_the_input_that_hides_behind_another_meaning_is_named(tmp_path: Path) -> None:
    fixtures = [{"id": "a", "input": {"instruction": "do", "input": "this"}}]
    found = faults_of(write(tmp_path, fixtures=fixtures, prompt="- {role: user, content: '{{ instruction }} {{ input }}'}"))
    assert found == [
        "ask.yaml:1: {{ input }} has two meanings: the fixture's own, and the key input of its input for the fixture a. "
        "rename the key, or write {{ input.input }} for it and leave the other out."
    ]
    write(tmp_path, fixtures=fixtures, prompt="- {role: user, content: '{{ instruction }} {{ input.input }}'}")
    suite = load_suite(tmp_path)
    assert suite.prompts["plain"].render(suite.fixtures[0])[0]["content"] == "do this"


def test_a_fixture_may_bring_its_own_context(tmp_path: Path) -> None:
    suite = load_suite(
        write(
            tmp_path,
            fixtures=[{"id": "a", "input": {"q": "?", "context": "own"}}],
            prompt="- {role: user, content: '{{ context }} {{ q }}'}",
        )
    )
    assert suite.prompts["plain"].render(suite.fixtures[0])[0]["content"] == "own ?"


def test_retrieval_that_is_never_shown_is_a_fault(tmp_path: Path) -> None:
    found = faults_of(write(tmp_path, RAG, facts__md="# A\nb"))
    assert found == ["ask.yaml:1: plain retrieves context and the prompt never shows it. add {{ context }}."]


def test_context_in_a_turn_that_conversations_replace_is_a_fault(tmp_path: Path) -> None:
    talk = {"id": "t", "messages": [{"role": "user", "content": "hi"}]}
    shown = "- {role: user, content: '{{ context }} {{ input }}'}"
    found = faults_of(write(tmp_path, RAG, [*FIXTURES, talk], shown, facts__md="# A\nb"))
    assert len(found) == 1
    assert found[0].endswith("move {{ context }} into the system message.")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "suite.yaml:4: no file matches *.md. paths are relative to the suite's folder."),
        ({"facts__md": b"# A\n\xff"}, "facts.md:2: this line is not UTF-8. save the file as UTF-8."),
    ],
)
def test_a_corpus_that_cannot_be_read_is_named(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    assert faults_of(write(tmp_path, RAG, prompt="- {role: user, content: '{{ input }} {{ context }}'}", **files)) == [said]


def test_one_fault_in_a_prompt_that_two_variants_share_is_told_once(tmp_path: Path) -> None:
    suite = SUITE.replace("metrics:", "  other: {role: cheaper, model: x, prompt: ask.yaml}\nmetrics:")
    assert len(faults_of(write(tmp_path, suite, prompt="- {role: user, content: '{{ inptu }}'}"))) == 1
