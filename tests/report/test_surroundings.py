"""Prompts in full, data checks, the noise floor and the nights, as the page shows them."""

from __future__ import annotations

from dataclasses import replace

from harness.datachecks import Finding
from harness.report import Beside, Noise, PromptText, render_html
from harness.report.methods import in_plain_words, method_table
from harness.report.surroundings import surroundings
from harness.verdicts import MetricNoise, trend
from tests.report.building import build

SLY = "</pre><script>window.ran=1</script>\u202e{{ 7*7 }}"


def test_a_prompt_is_shown_once_with_everyone_who_was_asked_with_it_and_escaped() -> None:
    shared = PromptText("prompts/strong.yaml", (("system", SLY), ("user", "{{ input }}")))
    beside = Beside(prompts={"baseline": shared, "small": shared, "rag": PromptText("prompts/rag.yaml", (("user", "x"),))})
    first, second = surroundings(beside).prompts
    assert (first.title, first.note) == ("The prompt of baseline and small", "prompts/strong.yaml, 2 messages")
    assert second.title == "The prompt of rag"
    page = render_html(*build(12), beside=beside)
    assert "<script>window" not in page and "&lt;script&gt;window.ran=1" in page and "[U+202E]" in page and "{{ input }}" in page


def test_findings_are_a_table_and_none_or_no_check_is_said() -> None:
    found = surroundings(Beside(checks=(Finding("serious", "leaks", "fixtures also stand in the training data."),)))
    assert found.checks[0].rows[0].cells[0].mark[0].word == "serious" and found.checks_note == ""
    assert surroundings(Beside(checks=())).checks_note == "The data checks found nothing."
    assert "harness check" in surroundings(Beside()).checks_note
    assert surroundings(Beside(checks_note="The suite is gone.")).checks_note == "The suite is gone."


def test_the_noise_floor_and_the_nights_are_on_the_page_where_they_are_known() -> None:
    noise = MetricNoise("field_accuracy", "share", "difference", 120, (0.7, 0.71), 9, 0.01, 0.01, None, 0.042)
    nights = [f"2026-11-{day:02}T02:00:00+00:00" for day in range(1, 8)]
    values = [0.70, 0.71, 0.70, 0.72, 0.71, 0.70, 0.73]
    drawn = trend("tuned", "field_accuracy", values, unit="share", nights=nights, reference=[0.71], spread=None)
    run, judgement = build(12)
    page = render_html(run, judgement, beside=Beside(noise=Noise("aa-1", "baseline", noise), trends=(drawn,)))
    assert "Smallest lift told from noise four times in five: 4.2 points." in page
    assert "field_accuracy of tuned, night by night" in page and '<section id="nights"' in page
    assert '<section id="nights"' not in render_html(run, judgement)


def test_every_method_is_said_in_plain_words_beside_its_name() -> None:
    from harness.stats import routes

    named = [route for route in vars(routes).values() if isinstance(route, routes.Route)]
    assert len(named) > 8
    for route in named:
        assert in_plain_words(route.interval), route.interval
    _, judgement = build(12)
    table = method_table(replace(judgement, estimates=judgement.estimates[:1]))
    assert all(row.cells[0].text for row in table.rows if "bootstrap" in row.head)
