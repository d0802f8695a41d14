"""What ``harness metrics NAME`` says."""

from __future__ import annotations

from harness.metrics import describe_metrics


def test_options_a_metric_shares_with_its_family_are_explained_with_it() -> None:
    (f1,) = describe_metrics("f1")
    assert f1.summary.startswith("Harmonic mean of precision and recall")
    assert f1.options["average"] == "'macro'"
    for option in f1.options:
        assert f"    {option}: " in f1.text
    (latency,) = describe_metrics("latency")
    assert "Options it shares" not in latency.text
