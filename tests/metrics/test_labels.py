"""Which label an answer is, and what is said of fixtures that do not fit."""

from __future__ import annotations

import time
from typing import Any

import pytest

from harness.errors import Fault
from harness.metrics import Metric, MetricOptionError, load_metric
from harness.metrics.labels import LabelMetric, label_of, part_of
from harness.metrics.registry import for_fixtures
from harness.models import Response
from harness.suite import Fixture

SPAM = [Fixture(id="1", input="x", expected="spam"), Fixture(id="2", input="y", expected="not spam")]


def known(fixtures: list[Fixture] = SPAM, name: str = "f1", **options: Any) -> LabelMetric:
    metric = for_fixtures(load_metric(name, **options), fixtures)
    assert isinstance(metric, LabelMetric)
    return metric


def faults(metric: Metric, fixtures: list[Fixture]) -> list[str]:
    found: list[Fault] = list(metric.faults(fixtures))  # type: ignore[attr-defined]
    return [f"{fault.message}. {fault.hint}" for fault in found]


@pytest.mark.parametrize(
    ("text", "options", "label", "abstained"),
    [
        (" spam\n", {}, "spam", False),
        ("Spam", {}, None, False),
        ("Spam", {"ignore_case": True}, "spam", False),
        ("spam.", {}, None, False),
        ("It is spam.", {}, None, False),
        ("It is spam.", {"within": True}, "spam", False),
        ("It is NOT SPAM!", {"within": True, "ignore_case": True}, "not spam", False),
        ("spam, spam, spam", {"within": True}, "spam", False),
        ("spam or not spam", {"within": True}, None, False),
        ("spammy antispam", {"within": True}, None, False),
        ("", {}, None, True),
        (" \n", {"within": True}, None, True),
        ("unsure", {"abstain": ["unsure"]}, None, True),
        ("Unsure", {"abstain": ["unsure"], "ignore_case": True}, None, True),
        ("Unsure", {"abstain": ["unsure"]}, None, False),
        ("no", {"abstain": [False]}, None, True),
        ("spam", {"abstain": ["spam"]}, "spam", True),
        ("eggs", {}, None, False),
    ],
)
def test_an_answer_is_the_label_it_equals_and_prose_is_searched_only_when_asked(
    text: str, options: dict[str, Any], label: str | None, abstained: bool
) -> None:
    said = known(**options).said(Response(text=text))
    assert (said.label, said.abstained) == (label, abstained)


def test_a_refusal_declines_unless_it_says_a_label() -> None:
    metric = known()
    assert metric.said(Response(text="I cannot help with that.", outcome="refused")).abstained
    assert metric.said(Response(text="spam", outcome="refused")).label == "spam"


@pytest.mark.parametrize(
    ("text", "label", "abstained"),
    [
        ('{"ticket": {"issue": "late"}, "x": 1}', "late", False),
        ('{"ticket": {"issue": "lost"}}', None, False),
        ('{"ticket": {"issue": null}}', None, True),
        ('{"ticket": {"issue": ""}}', None, True),
        ('{"ticket": {"issue": ["late"]}}', None, False),
        ('{"ticket": "late"}', None, False),
        ('["late"]', None, False),
        ("late", None, False),
        ('{"ticket": ' + '{"a": ' * 5000, None, False),
        ("", None, True),
    ],
)
def test_a_field_of_a_json_answer_may_hold_the_label(text: str, label: str | None, abstained: bool) -> None:
    fixtures = [Fixture(id=each, expected={"ticket": {"issue": each}}) for each in ("late", "broken")]
    said = known(fixtures, field="ticket.issue").said(Response(text=text))
    assert (said.label, said.abstained) == (label, abstained)


def test_numbers_and_truth_values_are_labels_as_they_are_written() -> None:
    stars = [Fixture(id=str(n), expected=n) for n in (1, 2.0, 3)]
    metric = known(stars)
    assert metric.labels == ("1", "2", "3")
    assert metric.said(Response(text="2")).label == "2"
    rated = [Fixture(id=str(n), expected={"stars": n}) for n in (1, 2)]
    assert known(rated, field="stars").said(Response(text='{"stars": 2.0}')).label == "2"
    flags = known([Fixture(id="a", expected={"ok": True}), Fixture(id="b", expected={"ok": False})], field="ok")
    assert flags.said(Response(text='{"ok": false}')).label == "false"


def test_what_yaml_reads_as_true_is_the_yes_of_the_fixtures() -> None:
    fixtures = [Fixture(id="1", expected="yes"), Fixture(id="2", expected="no")]
    metric = known(fixtures, labels=[True, False], average="binary", positive=True)
    assert metric.labels == ("yes", "no")
    assert metric.find_label(True) == "yes"
    assert faults(metric, fixtures) == []
    cost = known(fixtures, name="expected_cost", costs={"true": {"false": 5.0}, "false": {"true": 1.0}})
    assert cost.measure(fixtures[0], Response(text="no")) == {"value": 5.0}


def test_labels_are_those_of_the_fixtures_unless_declared() -> None:
    assert known().parts() == ("spam", "not spam")
    fixtures = [*SPAM, Fixture(id="3", expected="Spam"), Fixture(id="4"), Fixture(id="5", expected={"tool_calls": []})]
    assert known(fixtures, ignore_case=True).labels == ("spam", "not spam")
    metric = known(fixtures, labels=["SPAM", "other"], ignore_case=True)
    assert metric.labels == ("spam", "other")
    assert [dict(metric.measure(f, Response(text="spam"))).get("value") for f in fixtures] == [1.0, None, 1.0, None, None]


def test_a_part_is_named_after_its_label_even_where_that_name_is_spoken_for() -> None:
    for label in ("spam", "a.b", "value", "n", "_x", "", "label:value", "label:", "two words"):
        assert label_of(part_of(label)) == label
        assert part_of(label) not in ("", "n", "value") and not part_of(label).startswith("_")
    fixtures = [Fixture(id="1", expected="value"), Fixture(id="2", expected="_x")]
    row = known(fixtures).measure(fixtures[0], Response(text="_x"))
    assert row["value"] == 0.0
    assert known(fixtures).parts() == ("label:value", "label:_x")


@pytest.mark.parametrize(
    ("options", "fixtures", "said"),
    [
        (
            {},
            [Fixture(id="1", expected={"a": 1}), Fixture(id="2", expected={"a": 2})],
            ["1 and 1 more do not have. name the field"],
        ),
        ({"field": "b"}, [Fixture(id="1", expected={"a": 1})], ["reads the field 'b', which 1 does not have in expected"]),
        ({"field": "a"}, [Fixture(id="1", expected={"a": []})], ["needs a label in expected, which 1 does not have"]),
        ({"labels": ["spam", "eggs"]}, SPAM, ["2 expects 'not spam', which is none of f1's labels. add it to labels"]),
        ({}, SPAM[:1], ["f1 needs two labels, and there is one label only"]),
        ({}, [Fixture(id="1")], ["f1 needs two labels, and no fixture expects a label"]),
        ({"average": "binary", "positive": "eggs"}, SPAM, ["positive is 'eggs', which is none of the labels. they are spam"]),
        ({"average": "binary", "positive": "spam"}, SPAM, []),
        ({"field": "a"}, [Fixture(id=i, expected={"a": i}) for i in "xy"] + [Fixture(id="z", expected={"a": None})], []),
        ({"field": "a"}, [Fixture(id=i, expected={"a": i}) for i in "xy"] + [Fixture(id="z", expected={"tool_calls": []})], []),
        ({}, [*SPAM, Fixture(id="z", expected={"tool_calls": []})], []),
    ],
)
def test_fixtures_that_do_not_fit_are_faults(options: dict[str, Any], fixtures: list[Fixture], said: list[str]) -> None:
    found = faults(load_metric("f1", **options), fixtures)
    assert len(found) == len(said)
    for one, wanted in zip(found, said, strict=True):
        assert wanted in one


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("f1", {"labels": []}, "labels is empty"),
        ("f1", {"labels": ["a", " a"]}, "the same label twice"),
        ("f1", {"labels": ["a", "A"], "ignore_case": True}, "the same label twice"),
        ("f1", {"field": ""}, "field is empty"),
        ("f1", {"average": "binary"}, "needs positive"),
        ("f1", {"positive": "a"}, "goes with average: binary"),
        ("f1", {"average": "median"}, "will not do"),
    ],
)
def test_options_that_make_no_sense_are_refused(name: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(MetricOptionError, match=said):
        load_metric(name, **options)


def test_a_hostile_answer_is_read_in_a_moment() -> None:
    labels = [f"label number {n}" for n in range(200)]
    metric = known(labels=labels, within=True)
    started = time.perf_counter()
    for text in ("label " * 200_000, "label number " * 1_500, "a" * 1_000_000, "[" * 1_000_000):
        assert metric.said(Response(text=text)).label is None
    assert time.perf_counter() - started < 5


def test_abstention_and_unknown_labels_are_told_apart() -> None:
    answers = {"": (1, 0), "spam": (0, 0), "unsure": (1, 0), "eggs": (0, 1)}
    for text, rates in answers.items():
        for name, rate in zip(("abstention_rate", "unknown_label_rate"), rates, strict=True):
            metric = known(name=name, abstain=["unsure"])
            assert metric.measure(SPAM[0], Response(text=text)) == {"value": float(rate)}
            assert not metric.higher_is_better
    free = known([Fixture(id="1", input="x")], name="abstention_rate", abstain=["I do not know."])
    assert free.measure(Fixture(id="1"), Response(text="I do not know.")) == {"value": 1.0}
    assert faults(free, [Fixture(id="1", input="x")]) == []
    strict = known([Fixture(id="1", input="x")], name="unknown_label_rate", labels=["a", "b"])
    assert strict.measure(Fixture(id="1"), Response(text="c")) == {"value": 1.0}
