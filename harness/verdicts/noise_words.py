"""Noise in sentences, for somebody who wants to know what a suite can tell."""

from __future__ import annotations

from collections.abc import Iterator

from harness.verdicts import phrases
from harness.verdicts.noise import MetricNoise


def noise_sentences(noise: MetricNoise) -> Iterator[str]:
    """Say what a metric's noise comes to, for somebody who wants to know what the suite can tell."""
    n = noise
    values = phrases.listed([phrases.value(run, n.unit) for run in n.runs])
    if n.quiet:
        yield f"{values}: every answer to a fixture was scored the same, so there is no noise between runs."
    else:
        yield f"{values} in identical runs; the score changed on {n.changed:,} of {phrases.counted(n.fixtures, 'fixture')}."
        largest = phrases.lift(n.largest, n.unit, n.scale, signed=False)
        moves = f"The largest difference between two of them is {largest}"
        if n.spread:
            size = f"{n.spread * 100:.2g} %" if n.scale == "ratio" else phrases.lift(n.spread, n.unit, n.scale, signed=False)
            moves += f"; from run to run the metric scatters by {size} (one standard deviation)"
        yield f"{moves}."
    if n.false_alarms is not None:
        f = n.false_alarms
        within = phrases.value_range(f.low, f.high, "share")
        yield (
            f"Two identical runs were told apart in {f.rate:.1%} of {f.trials:,} tries (95 % interval {within}); "
            f"{'that is more than' if f.low > 0.05 else 'the harness promises at most'} 5 %."
        )
    if n.margin is not None:
        least = phrases.lift(n.margin, n.unit, n.scale, signed=False)
        yield f"Smallest lift told from noise four times in five: {least}."
    else:
        yield "What lift could be told from noise cannot be said, because nothing varied."


def margin_sentence(gate: str, margin: float, smallest: float, noise: MetricNoise) -> str:
    """Say that a gate's margin is smaller than what its suite can tell."""
    declared = phrases.margin(margin, noise.unit, noise.scale)
    least = phrases.lift(smallest, noise.unit, noise.scale, signed=False)
    return (
        f"The gate {gate} declares a margin of {declared} on {noise.metric}, smaller than the {least} this suite can tell: "
        "expect it to be inconclusive, or add fixtures."
    )
