"""brand_rules: each rule of a house style by itself."""

from __future__ import annotations

import time

import pytest

from harness.metrics import MetricOptionError, load_metric
from harness.models import Response
from harness.suite import Fixture


def measured(text: str, **rules: object) -> dict[str, float]:
    return dict(load_metric("brand_rules", **rules).measure(Fixture(id="a"), Response(text=text)))


@pytest.mark.parametrize(
    ("rules", "text", "kept"),
    [
        ({"required": ["kind regards"]}, "Kind\nRegards, Ann", 1),
        ({"required": ["regards"]}, "disregards", 0),
        ({"required": ["a", "b"]}, "only a", 0),
        ({"forbidden": ["cheap"]}, "Cheap!", 0),
        ({"forbidden": ["cheap"]}, "cheaper", 1),
        ({"forbidden": ["C++"]}, "we like c++.", 0),
        ({"forbidden": ["free trial"]}, "free  trial", 0),
        ({"casing": ["GitHub"]}, "GitHub and GitHub's", 1),
        ({"casing": ["GitHub"]}, "Github", 0),
        ({"casing": ["GitHub"]}, "see https://github.com or a@github.io", 1),
        ({"casing": ["GitHub"]}, "see github.", 0),
        ({"casing": ["Acme Cloud"]}, "Acme\ncloud", 0),
        ({"longest_sentence": 3}, "One two three. One two.", 1),
        ({"longest_sentence": 3}, "One two three four", 0),
        ({"exclamation_marks": False}, "Fine.", 1),
        ({"exclamation_marks": False}, "Fine!", 0),
        ({"exclamation_marks": False}, "\u597d\uff01", 0),
        ({"spelling": "british"}, "We organise the colour centre; the analyses follow.", 1),
        ({"spelling": "british"}, "My favorite", 0),
        ({"spelling": "british"}, "We ORGANIZED it", 0),
        ({"spelling": "american"}, "We organize the color center; the analyses follow.", 1),
        ({"spelling": "american"}, "neighbours", 0),
        ({"must_match": {"greeting": "^Dear "}}, "Dear Ann,", 1),
        ({"must_match": {"greeting": "^Dear "}}, "Hello", 0),
        ({"must_not_match": {"no_order_number": r"\b\d{5}\b"}}, "order 48213", 0),
        ({"must_not_match": {"no_order_number": r"\b\d{5}\b"}}, "your order", 1),
    ],
)
def test_a_rule_is_kept_or_broken_and_is_a_part(rules: dict[str, object], text: str, kept: int) -> None:
    (name,) = load_metric("brand_rules", **rules).parts()  # type: ignore[attr-defined]
    assert measured(text, **rules) == {"value": kept, name: kept}
    stated = next(iter(rules))
    assert name == (next(iter(rules[stated])) if stated.startswith("must") else stated)  # type: ignore[call-overload]


def test_the_value_is_one_only_where_every_rule_is_kept() -> None:
    rules = {"required": ["regards"], "exclamation_marks": False, "must_not_match": {"no_caps": "[A-Z]{4}"}}
    assert measured("Regards", **rules) == {"value": 1, "required": 1, "exclamation_marks": 1, "no_caps": 1}
    assert measured("REGARDS!", **rules) == {"value": 0, "required": 1, "exclamation_marks": 0, "no_caps": 0}


def test_a_text_nobody_would_read_keeps_no_rule() -> None:
    assert measured("x" * 1_000_001, exclamation_marks=False) == {"value": 0, "exclamation_marks": 0}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, "no rule is stated"),
        ({"required": [" "]}, "a term is empty"),
        ({"longest_sentence": 0}, "at least 1"),
        ({"must_match": {"x": "("}}, "not a regular expression"),
        ({"must_match": {"required": "x"}}, "cannot be called 'required'"),
        ({"must_match": {"_x": "x"}}, "cannot be called '_x'"),
        ({"must_match": {"x": "x"}, "must_not_match": {"x": "y"}}, "cannot be called 'x'"),
        ({"spelling": "canadian"}, "'spelling'"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, object], said: str) -> None:
    with pytest.raises(MetricOptionError, match=said):
        load_metric("brand_rules", **rules)


def test_a_pattern_that_takes_too_long_is_given_up() -> None:
    started = time.perf_counter()
    with pytest.raises(ValueError, match="took longer"):
        measured("a" * 40 + "b", must_match={"slow": "^(a|aa|a?)+$"})
    assert time.perf_counter() - started < 5
