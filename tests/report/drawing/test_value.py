"""Quality against cost, drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.report.drawing.value import value_figure
from tests.report.building import build
from tests.report.drawing.places import of_class, parsed, place, spots, texts


def test_every_variant_stands_at_its_cost_and_value_and_an_unknown_cost_stands_apart() -> None:
    _, judgement = build(60)
    (figure,) = value_figure(judgement)
    written = texts(figure.drawing)
    assert "unknown" in written and "USD per 1,000 calls" in written
    names = [e.text for e in of_class(figure.drawing, "name")]
    assert names == ["baseline", "rag", "small", "tuned", "rules"]
    found = dict(zip(names, spots(figure.drawing), strict=True))
    edge = place(of_class(figure.drawing, "edge")[0], "x1")
    assert found["small"][1] == found["rules"][1] > edge, "a price nobody stated is not nothing"
    assert max(found[name][1] for name in ("baseline", "rag", "tuned")) < edge
    costs = {name: judgement.variants[name].cost_per_call or 0 for name in ("baseline", "rag", "tuned")}
    assert sorted(costs, key=lambda name: found[name][1]) == sorted(costs, key=lambda name: costs[name])
    values = {name: e.value for name in names if (e := judgement.estimate(name, "field_accuracy")) is not None}
    assert sorted(names, key=lambda name: -found[name][2]) == sorted(names, key=lambda name: values[name] or 0)
    scale = [(found[a][1] - found[b][1]) / (costs[a] - costs[b]) for a, b in (("rag", "baseline"), ("baseline", "tuned"))]
    assert scale[0] == pytest.approx(scale[1], rel=1e-2), "a linear axis"


def test_the_front_is_filled_joined_and_named_and_the_rest_is_hollow() -> None:
    _, judgement = build(60)
    (figure,) = value_figure(judgement)
    kinds = [kind for kind, _, _ in spots(figure.drawing)]
    assert kinds == ["off", "off", "off", "good", "off"], "tuned is cheaper and better than all whose price is known"
    assert of_class(figure.drawing, "front") and "On that front: tuned." in figure.caption
    rows = {row.head: [cell.text for cell in row.cells] for row in figure.table.rows}
    assert rows["small"][0] == "unknown" and rows["small"][2] == "not known" and rows["tuned"][2] == "yes"


def test_what_is_drawn_is_said_in_words_and_names_are_escaped() -> None:
    _, judgement = build(24)
    (figure,) = value_figure(judgement)
    said = parsed(figure.drawing).get("aria-label")
    assert "tuned: " in said and "USD 0.194 per 1,000 calls" in said and "small: " in said and "unknown" in said
    sly = "<b onload=x>&"
    renamed = replace(
        judgement,
        variants={sly if n == "small" else n: v for n, v in judgement.variants.items()},
        estimates=tuple(replace(e, variant=sly) if e.variant == "small" else e for e in judgement.estimates),
    )
    assert sly in texts(value_figure(renamed)[0].drawing)


def test_fewer_than_two_variants_with_a_value_are_no_picture() -> None:
    _, judgement = build(24)
    assert value_figure(replace(judgement, estimates=())) == ()
