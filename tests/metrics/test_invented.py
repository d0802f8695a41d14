"""hallucinated_values: values that come from nowhere."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics import MetricOptionError, load_metric, measure
from harness.models import Response
from harness.retrieval import Hit
from harness.store import StoredResponse
from harness.suite import Fixture

MAIL = (
    "Order 12,345 of 3 March 2025 and March 9th, 2025 cost EUR 1.200,50 and 99 cents; the Blue\n Lamp (SK-12) came on "
    "14/02/2025. Refund 1 300 to a.b@example.org, 20 chairs. Temperature -4.5."
)


def made_up(value: object, source: object = MAIL, hits: tuple[Hit, ...] = (), **options: object) -> float:
    metric = load_metric("hallucinated_values", **options)
    return metric.measure(Fixture(id="a", input=source), Response(text=json.dumps({"x": value})), hits)["value"]


@pytest.mark.parametrize(
    "value",
    [
        *(12345, 12345.0, "12345", "12,345", "12 345", "2025-03-03", "03/03/2025", "3.3.2025", "2025-03-03T10:00:00Z"),
        *("2025-03-09", "2025-02-14", 1200.5, "1200.50", "€1,200.50", "EUR 1200.50", "1.200,50 EUR", 99, 1300, 20, -4.5, 4.5),
        *("blue lamp", "BLUE  LAMP", "SK-12", "sk 12", "A.B@example.org", True, False, None, "", "-", [], {}, ["Order", "lamp"]),
    ],
    ids=repr,
)
def test_what_the_input_says_in_any_form_is_not_made_up(value: object) -> None:
    assert made_up(value) == 0


@pytest.mark.parametrize(
    "value",
    [
        1234,
        345.5,
        "2025-03-04",
        "2025-09-03",
        "red lamp",
        "lamp blue",
        "SK-1",
        "ample",
        1201,
        "1,200.51",
        130,
        "c@example.org",
        "13",
    ],
    ids=repr,
)
def test_what_nobody_said_is_made_up(value: object) -> None:
    assert made_up(value) == 1


def test_the_context_shown_and_the_allowed_values_are_sources_too() -> None:
    assert made_up("Oak table") == 1
    assert made_up("Oak table", hits=(Hit("c#1", "Our oak  table is back", 1.0),)) == 0
    assert made_up("PAY", allowed=["PAY", 7]) == made_up(7, allowed=["PAY", 7]) == 0
    assert made_up("PA", allowed=["PAY"]) == 1


def test_all_parts_of_a_structured_input_and_all_turns_of_a_conversation_are_sources() -> None:
    assert made_up("x1", {"mail": {"body": ["x1"]}, "n": 5}) == made_up(5, {"n": 5}) == 0
    metric = load_metric("hallucinated_values")
    turns = ({"role": "user", "content": "It is x1"}, {"role": "user", "content": [{"type": "text", "text": "or x2"}]})
    fixture = Fixture(id="a", messages=turns)
    assert metric.measure(fixture, Response(text='["x1", "x2", "x3"]'))["value"] == 1


def test_values_are_counted_once_each_and_any_says_whether_there_is_one() -> None:
    metric = load_metric("hallucinated_values")
    found = metric.measure(Fixture(id="a", input="a"), Response(text='{"p": "b", "q": ["b", "c", "a"], "r": {"s": 3}}'))
    assert found == {"value": 3.0, "any": 1.0}
    assert metric.measure(Fixture(id="a", input="a"), Response(text="no json")) == {"value": 0.0, "any": 0.0}
    assert not metric.higher_is_better


def test_only_the_fields_named_are_looked_at() -> None:
    metric = load_metric("hallucinated_values", fields=["sku", "lines[*].sku"])
    answer = '{"sku": "a", "note": "zzz", "lines": [{"sku": "q", "note": "zzz"}, {"sku": "a"}]}'
    assert metric.measure(Fixture(id="a", input="a"), Response(text=answer))["value"] == 1
    with pytest.raises(MetricOptionError, match="names no field"):
        load_metric("hallucinated_values", fields=[])


def test_measuring_a_run_gives_it_the_context() -> None:
    stored = StoredResponse("h", "v", "a", 0, Response(text='["b"]'), retrieved=(Hit("c", "b", 1.0),))
    (row,) = measure([stored], [Fixture(id="a", input="a")], [load_metric("hallucinated_values")]).scores
    assert row.columns == {"value": 0.0, "any": 0.0}


@given(
    st.dates(date(1000, 1, 1), date(9999, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y", "%Y/%m/%d"]),
)
def test_every_date_is_found_in_every_form(day: date, form: str) -> None:
    assert made_up(day.isoformat(), f"come on {day.strftime(form)}.") == 0


@given(st.integers(0, 10**12), st.sampled_from([",", ".", " ", "'", "\u202f"]))
def test_every_number_is_found_however_its_digits_are_grouped(number: int, mark: str) -> None:
    assert made_up(number, f"pay {number:,} now".replace(",", mark)) == 0
    assert made_up(number + 1, f"pay {number:,} now".replace(",", mark)) == float(str(number + 1) not in f"{number:,}".split(","))


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6))
def test_what_copies_the_input_makes_nothing_up(value: object) -> None:
    assert made_up(value, {"source": value}) == 0
