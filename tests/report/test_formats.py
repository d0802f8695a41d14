"""How numbers are written."""

from __future__ import annotations

import pytest

from harness.report import formats


@pytest.mark.parametrize(
    ("number", "unit", "written"),
    [
        (0.917, "share", "91.7 %"),
        (1.0, "share", "100.0 %"),
        (-0.0001, "share", "0.0 %"),
        (0.5, "score", "0.500"),
        (0.412, "seconds", "0.41 s"),
        (0.0123, "seconds", "0.012 s"),
        (12.34, "seconds", "12.3 s"),
        (0, "seconds", "0 s"),
        (0.00002, "seconds", "< 0.001 s"),
        (1234.0, "tokens", "1,234 tokens"),
        (2.5, "count", "2.5"),
        (0.000231, "USD", "USD 0.000231"),
        (0.0375, "USD", "USD 0.0375"),
        (1234.5, "USD", "USD 1,234.50"),
        (None, "share", "not measured"),
        (float("nan"), "score", "not measured"),
        (float("inf"), "seconds", "no limit s"),
    ],
)
def test_a_value_is_written_with_its_unit(number: float | None, unit: str, written: str) -> None:
    assert formats.value(number, unit) == written


@pytest.mark.parametrize(
    ("number", "unit", "scale", "written"),
    [
        (0.312, "share", "difference", "+31.2 pp"),
        (-0.041, "share", "difference", "-4.1 pp"),
        (-0.0001, "share", "difference", "0.0 pp"),
        (0.25, "score", "difference", "+0.250"),
        (-0.0012, "USD", "difference", "-0.00120 USD"),
        (0.85, "seconds", "ratio", "x 0.85"),
        (0.052, "seconds", "ratio", "x 0.052"),
        (None, "share", "difference", "not measured"),
    ],
)
def test_an_effect_is_written_with_its_sign_or_as_a_ratio(number: float | None, unit: str, scale: str, written: str) -> None:
    assert formats.effect(number, unit, scale) == written


def test_an_interval_says_its_unit_once() -> None:
    assert formats.interval(0.861, 0.952, "share") == "86.1 to 95.2 %"
    assert formats.interval(0.5, None, "share") == ""
    assert formats.effect_interval(-0.024, 0.381, "share") == "-2.4 to +38.1 pp"
    assert formats.effect_interval(0.8, 0.91, "seconds", "ratio") == "x 0.80 to 0.91"


def test_a_margin_has_no_sign_and_a_p_value_is_never_zero() -> None:
    assert formats.margin(0.02, "share") == "2.0 pp"
    assert formats.margin(0.05, "seconds", "ratio") == "5.0 %"
    assert formats.p_value(0.0004) == "p < 0.001"
    assert formats.q_value(0.0341) == "q = 0.034"
    assert formats.p_value(None) == ""


def test_unknown_money_is_unknown_and_a_moment_reads_as_a_date() -> None:
    assert formats.usd(None) == "unknown"
    assert formats.usd(0.0) == "USD 0"
    assert formats.moment("2026-11-20T14:03:12+00:00") == "20 November 2026, 14:03 UTC"
    assert formats.moment("last week") == "last week"
    assert formats.moment(None) == "unknown"


def test_counts_agree_with_their_nouns() -> None:
    assert [formats.counted(n, "loss", "losses") for n in (0, 1, 1200)] == ["0 losses", "1 loss", "1,200 losses"]
