"""What a page shows of a run that is neither in the run nor in its judgement; whoever asks for the page looks it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.datachecks import Finding
from harness.verdicts import MetricNoise, Trend


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt as it was sent, its templates not filled in.

    Attributes:
        file: Where it is written.
        turns: The role and the text of each message.
    """

    file: str
    turns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """What is known of the suite held against itself.

    Attributes:
        run_id: The run in which a variant was asked several times over.
        variant: Which.
        metric: What the headline metric does when nothing changes.
    """

    run_id: str
    variant: str
    metric: MetricNoise


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything of that kind; what is not known is left empty, with a word why where that is worth one.

    Attributes:
        prompts: By variant, where the file's hash is still the run's.
        prompts_note: Why prompts are missing.
        checks: What the data checks say of the suite; None where it cannot be checked as it was run.
        checks_note: Why not.
        noise: The noise floor, None where nobody asked for it.
        trends: The headline metric night by night, where there are nights.
    """

    prompts: Mapping[str, PromptText] = field(default_factory=dict)
    prompts_note: str = ""
    checks: tuple[Finding, ...] | None = None
    checks_note: str = ""
    noise: Noise | None = None
    trends: tuple[Trend, ...] = ()


NOTHING = Beside()
