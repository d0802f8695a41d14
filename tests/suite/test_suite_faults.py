"""What is said of a suite.yaml that cannot be used: every fault at once, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import SuiteError
from harness.suite import load_suite
from tests.suite.writing import FIXTURES, SUITE, faults_of, write

MANY = """\
suite: bad suite
fixtures: [fixture.jsonl, fixtures.jsonl]
training_data: 3
variant: 3
seed: 1
seed: 2
variants:
  misspelt: {role: prompt, model: openai/x, promt: ask.yaml}
  roleless: {role: finetune, model: openai/x, prompt: ask.yaml}
  twice: {role: prompt, model: openai/x, outputs: y.jsonl, prompt: ask.yaml}
  nothing: {role: prompt, prompt: ask.yaml}
  no:
    role: rag
    model: openai/x
    prompt: ask.yaml
    retrieval: {corpus: "*.md", top_k: 0}
  priced: {role: prompt, model: x, prompt: ask.yaml, price: {input_per_million: "1e-3"}}
metrics:
  - exact_match
  - json_schema:
slices: [edge]
floors: 1
min_coverage: .nan
"""


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path, MANY)) == [
        "suite.yaml:1: suite is the text 'bad suite'. use letters, digits, and _ . - after the first.",
        "suite.yaml:2: there is no file fixture.jsonl. did you mean fixtures.jsonl.",
        "suite.yaml:3: training_data is the number 3. give text or a list; put it in quotes if it is meant as text.",
        "suite.yaml:4: the file has no key variant. did you mean variants.",
        "suite.yaml:6: the key seed is given twice, first on line 5. keep one.",
        "suite.yaml:8: variants.misspelt has no key promt. did you mean prompt.",
        "suite.yaml:9: variants.roleless.role is the text 'finetune'; "
        "it is one of prompt, rag, fine_tune, cheaper, current, floor. did you mean fine_tune.",
        "suite.yaml:10: variants.twice: model and outputs are both given. keep one.",
        "suite.yaml:11: variants.nothing: nothing answers the fixtures. give model, outputs or callable.",
        "suite.yaml:12: variants has a key that is false. put the key in quotes.",
        "suite.yaml:16: variants.False.retrieval.top_k is the number 0. give a number at least 1.",
        "suite.yaml:17: variants.priced.price.input_per_million is the text '1e-3'. give a number, without quotes: 0.001.",
        "suite.yaml:17: variants.priced.price has no output_per_million. add it.",
        "suite.yaml:20: metrics[1].json_schema is empty. give a mapping, or leave the key out.",
        "suite.yaml:21: edge is no slice. write tag:<tag> or group:<group>.",
        "suite.yaml:22: floors is the number 1. give true or false.",
        "suite.yaml:23: min_coverage is the number nan. give a finite number.",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fixtures: no", "suite.yaml:2: fixtures is false. give text or a list; put it in quotes if it is meant as text."),
        ("fixtures: []", "suite.yaml:2: fixtures names no file. give a file of JSON lines."),
        ("fixtures: nothing/*.jsonl", "suite.yaml:2: no file matches nothing/*.jsonl. paths are relative to the suite's folder."),
        ("fixtures: .", "suite.yaml:2: . is a folder. name its files, for example ./*."),
        ("fixtures: 'memory://no/where.jsonl'", "suite.yaml:2: nothing is found at memory://no/where.jsonl. check the address."),
        ("fixtures: 2024-01-31", "suite.yaml:2: fixtures is a date (2024-01-31). give text or a list; put it in quotes"),
        ("fixtures: [fixtures.jsonl, 3]", "suite.yaml:2: fixtures[1] is the number 3. give text; put it in quotes"),
        ("fixtures: 2024-13-31", "suite.yaml: the YAML cannot be read: month must be in 1..12. put dates"),
        ("fixtures: a: b", "suite.yaml:2: the YAML cannot be read: mapping values are not allowed here. put the text in quotes."),
        ("fixtures: \x07", "suite.yaml:2: the YAML holds a character that is not allowed (code 0x7). remove it."),
        ("fixtures: fixtures.csv", "fixtures.csv:1: fixtures in the form .csv cannot be read. give JSON lines (.jsonl, .ndjson)"),
    ],
)
def test_a_wrong_line_is_told_in_our_own_words(tmp_path: Path, line: str, said: str) -> None:
    found = faults_of(write(tmp_path, SUITE.replace("fixtures: fixtures.jsonl", line), fixtures__csv="id,input\n"))
    assert len(found) == 1
    assert found[0].startswith(said)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            "gates: [{name: g, metric: m, candidate: plian, at_least: 1}]",
            "7: the gate 'g' names plian, and there is no such variant. did you mean plain.",
        ),
        (
            "gates: [{name: g, metric: m, candidate: plain, over: plain, require: better}]",
            "7: the gate 'g' compares plain with itself. name another",
        ),
        (
            "gates: [{name: g, metric: m, candidate: plain}]",
            "7: gates[0]: a gate says exactly one of require, at_least, at_most. this one says none",
        ),
        (
            "gates: [{name: g, metric: m, candidate: plain, at_most: .inf}]",
            "7: gates[0].at_most is the number inf. give a finite number.",
        ),
        (
            "gates:\n- &g {name: g, metric: m, candidate: plain, at_least: 1}\n- *g",
            "8: the gate 'g' is given twice, first on line 8.",
        ),
        (
            "gates: [{name: g, metric: m, candidate: plain, require: worse, over: x}]",
            "7: gates[0].require is the text 'worse'; it is one of better, no_worse, equivalent.",
        ),
        (
            "gates: [{name: g, metric: m, candidate: plain, require: equivalent, over: x}]",
            "7: gates[0]: equivalent needs a margin above 0. nothing is shown to be exactly alike.",
        ),
        (
            "gates:\n- {name: g, metric: m, candidate: plain, at_least: 1, slice: 'tag:egde'}",
            "8: no fixture is in the slice tag:egde. did you mean edge.",
        ),
        (
            "gates:\n- {name: g, metric: m, candidate: plain, at_least: 1, slice: edge}",
            "8: edge is no slice. write tag:<tag> or group:<group>.",
        ),
        ("decision: {calls_per_month: 0}", "7: decision.calls_per_month is the number 0. give a number above 0"),
        ("decision: {calls_a_month: 5}", "7: decision has no key calls_a_month. did you mean calls_per_month."),
        ("decision: {stable_task: maybe}", "7: decision.stable_task is the text 'maybe'. give true or false."),
        ("slices: ['tag:egde']", "7: no fixture is in the slice tag:egde. did you mean edge."),
        ("slices: ['group:x']", "7: no fixture is in the slice group:x. no fixture has a group."),
        ("slices: ['tag:edge', 'tag:edge']", "7: the slice tag:edge is given twice. keep one."),
        ("training_data: train.jsonl", "7: there is no file train.jsonl. paths are relative to the suite's folder."),
        ("repeats: 0", "7: repeats is the number 0. give a number at least 1."),
        ("repeats: '2'", "7: repeats is the text '2'. give a whole number."),
        ("limits: {openia: {rpm: 5}}", "7: no variant's model falls under limits.openia. did you mean openai."),
        (
            "limits:\n  openai: {rpm: 5}\n  openai/smal: {tpm: 5}",
            "9: no variant's model falls under limits.openai/smal. did you mean",
        ),
        (
            "limits: {openai/small/x: {rpm: 5}}",
            "7: no variant's model falls under limits.openai/small/x. did you mean openai/small.",
        ),
        ("limits: {local: {rpm: 5}}", "7: limits.local would limit the embedded model. its pace is --slots"),
        ("limits: {openai: {rpm: -5}}", "7: limits.openai.rpm is the number -5. give a number above 0"),
        ("limits: {openai: {tpm: 0}}", "7: limits.openai.tpm is the number 0. give a number above 0"),
        ("limits: {openai: {concurrency: 0}}", "7: limits.openai.concurrency is the number 0. give a number at least 1."),
        ("limits: {openai: {rmp: 5}}", "7: limits.openai has no key rmp. did you mean rpm."),
        ("limits: {openai: {}}", "7: limits.openai: it limits nothing. give rpm, tpm or concurrency."),
        ("limits: {openai: 5}", "7: limits.openai is the number 5. give a mapping."),
    ],
)
def test_a_wrong_key_is_told_in_our_own_words(tmp_path: Path, added: str, said: str) -> None:
    found = faults_of(write(tmp_path, SUITE + added))
    assert len(found) == 1
    assert found[0].startswith(f"suite.yaml:{said}")


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("{role: floor, method: majority}", "the floor other answers from training_data, which is not given. give training_data"),
        ("{role: floor, model: x}", "variants.other: role floor has no model. give method: majority or method: nearest."),
        ("{role: rag, model: x, prompt: ask.yaml}", "variants.other: role rag has no retrieval. give retrieval: {corpus: ...}."),
        ("{role: fine_tune, model: gpt, prompt: ask.yaml, adapter: a.gguf}", "variants.other: adapter goes with a local/ model."),
        ("{role: fine_tune, model: local/x, prompt: ask.yaml, adapter: a.gguf}", "there is no file a.gguf."),
        ("{role: current, outputs: today.jsonl}", "there is no file today.jsonl."),
        ("{role: current, callable: rules}", "the callable rules does not name a function. write file.py:function."),
        ("{role: current, callable: 'rules.py:f'}", "there is no file rules.py."),
        ("{role: prompt, model: x}", "other has no prompt, and the fixture a is no conversation. give prompt: <file>.yaml."),
        ("just text", "variants.other is the text 'just text'. give a mapping."),
    ],
)
def test_a_wrong_variant_is_told_in_our_own_words(tmp_path: Path, variant: str, said: str) -> None:
    found = faults_of(write(tmp_path, SUITE.replace("metrics:", f"  other: {variant}\nmetrics:")))
    assert len(found) == 1
    assert found[0].startswith(f"suite.yaml:5: {said}")


def test_a_variant_name_that_cannot_be_typed_on_a_command_line_is_refused(tmp_path: Path) -> None:
    found = faults_of(write(tmp_path, SUITE.replace("plain:", '"a, b":')))
    assert found == ["suite.yaml:4: 'a, b' cannot name a variant. use letters, digits, and _ . - after the first."]


def test_faults_in_several_files_are_told_together(tmp_path: Path) -> None:
    found = faults_of(write(tmp_path, SUITE + "sed: 3\n", [*FIXTURES, {"id": "c"}], "- {role: user, content: '{{ in }}'}\n"))
    assert [line.split(":")[0] for line in found] == ["ask.yaml", "fixtures.jsonl", "suite.yaml"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "suite.yaml:1: the suite is empty. write keys: suite, fixtures, variants, metrics."),
        (b"- a\n", "suite.yaml:1: the suite is a list. write keys: suite, fixtures, variants, metrics."),
        (b"suite: x\n\xff\n", "suite.yaml:2: this line is not UTF-8. save the file as UTF-8."),
        (b"a: &x\n  b: *x\n", "suite.yaml:1: the YAML cannot be read: an alias stands for what it is itself a part of."),
        (b"a: b\n---\nc: d\n", "suite.yaml:2: the YAML cannot be read: expected a single document"),
        (b"{[a]: b}\n", "suite.yaml:1: the YAML cannot be read: while constructing a mapping found unhashable key. correct"),
        (b"{}", "suite.yaml:1: the file has no suite. add it."),
    ],
)
def test_a_file_that_is_no_suite_says_so(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "suite.yaml").write_bytes(content)
    assert faults_of(tmp_path)[0].startswith(said)


def test_a_path_that_is_no_suite_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    write(tmp_path / "orders")
    for path, said in (("order", "there is no such suite. did you mean orders."), ("", "its suites are orders.")):
        with pytest.raises(SuiteError, match=said):
            load_suite(tmp_path / path)


def test_merge_keys_and_anchors_are_read_as_yaml_reads_them(tmp_path: Path) -> None:
    suite = SUITE.replace("plain: {", "plain: &plain {").replace("metrics:", "  other: {<<: *plain, timeout: 5}\nmetrics:")
    loaded = load_suite(write(tmp_path, suite))
    assert loaded.variants["other"].model == "openai/small"
    assert loaded.line_of("variants", "other", "timeout") == 5
