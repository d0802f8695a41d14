"""The typed form of suite.yaml: what a suite may say, key by key."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Role = Literal["prompt", "rag", "fine_tune", "cheaper", "current", "floor"]

PositiveInt = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Confidence = Annotated[float, Field(gt=0.5, lt=1)]


def _day(value: Any) -> Any:
    """A date as YAML or JSON has it; anything else, such as 20270114, is no date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value) == len("2027-01-14"):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is no date; write year, month and day: 2027-01-14")


Day = Annotated[date, BeforeValidator(_day)]


class Definition(BaseModel):
    """Settings shared by every part of suite.yaml: unknown keys are refused, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Price(Definition):
    """What a variant's calls cost, in US dollars for a million tokens; overrides litellm's price map."""

    input_per_million: NotNegative = Field(description="US dollars for a million prompt tokens.")
    output_per_million: NotNegative = Field(description="US dollars for a million completion tokens.")
    cached_input_per_million: NotNegative | None = Field(
        None, description="US dollars for a million prompt tokens the provider served from its cache."
    )


class Training(Definition):
    """What the fine-tune took to make, as stated by its owner."""

    examples: Annotated[int, Field(ge=0)] | None = Field(None, description="How many examples it was trained on.")
    cost: NotNegative | None = Field(None, description="What the training cost, in US dollars.")
    upkeep_per_month: NotNegative | None = Field(
        None, description="What keeping it costs a month, in US dollars: hosting, evaluating, training it anew."
    )
    note: str | None = Field(None, description="Anything a reader of the report should know about the training.")


class Retrieval(Definition):
    """How context is found for each fixture."""

    corpus: str | list[str] = Field(
        description="Markdown or text files: a path from the suite's folder, a glob, an fsspec URL, or a list of these."
    )
    method: Literal["bm25"] = Field("bm25", description="How chunks are ranked.")
    top_k: PositiveInt = Field(3, description="How many chunks are shown to the model.")


class Limit(Definition):
    """What a provider, or one model of it, is to be asked at most."""

    rpm: Positive | None = Field(None, description="Requests a minute.")
    tpm: Positive | None = Field(None, description="Tokens a minute, prompts and answers together.")
    concurrency: PositiveInt | None = Field(None, description="Requests under way at once, in place of the suite's concurrency.")

    @model_validator(mode="after")
    def _says_something(self) -> Limit:
        if self.rpm is None and self.tpm is None and self.concurrency is None:
            raise ValueError("it limits nothing; give rpm, tpm or concurrency")
        return self


class Variant(Definition):
    """One way of answering the fixtures."""

    role: Role = Field(
        description=(
            "What the variant stands for: prompt, rag (prompt with retrieval), fine_tune, cheaper (a smaller model), "
            "current (today's process) or floor (no model at all)."
        )
    )
    model: str | None = Field(None, description="A litellm model string, or local/<name or path of a .gguf>.")
    prompt: str | None = Field(None, description="A YAML file: a list of chat messages.")
    params: dict[str, Any] = Field(default_factory=dict, description="Sampling parameters sent with each call.")
    retrieval: Retrieval | None = Field(None, description="Where {{ context }} in the prompt comes from.")
    adapter: str | None = Field(None, description="A LoRA adapter in GGUF form, for local/ models.")
    price: Price | None = Field(None, description="What calls cost; needed for models litellm has no price of.")
    training: Training | None = Field(None, description="What the fine-tune took to make.")
    api_base: str | None = Field(None, description="The endpoint's address; may name ${ENVIRONMENT} variables.")
    api_key_env: str | None = Field(None, description="The environment variable that holds the key.")
    timeout: Positive = Field(120.0, description="Seconds one attempt may take.")
    total_timeout: Positive = Field(
        600.0, description="Seconds from its first sending until a request is given up, waits and further attempts included."
    )
    outputs: str | None = Field(None, description="A JSONL file of answers made elsewhere; nothing is asked.")
    callable: str | None = Field(None, description="'file.py:function' that answers a fixture; nothing is asked.")
    method: Literal["majority", "nearest"] | None = Field(
        None, description="For role floor: the most common answer in the training data, or that of the nearest example."
    )

    @model_validator(mode="after")
    def _one_source_of_answers(self) -> Variant:
        sources = [k for k in ("model", "outputs", "callable", "method") if getattr(self, k) is not None]
        if not sources:
            wanted = "method: majority or method: nearest" if self.role == "floor" else "model, outputs or callable"
            raise ValueError(f"nothing answers the fixtures; give {wanted}")
        if len(sources) > 1:
            raise ValueError(f"{' and '.join(sources)} are both given; keep one")
        if self.role == "floor" and self.method is None:
            raise ValueError("role floor has no model; give method: majority or method: nearest")
        if self.method is not None and self.role != "floor":
            raise ValueError("method belongs to role floor; set role: floor or give a model")
        if self.adapter is not None and not (self.model or "").startswith("local/"):
            raise ValueError("adapter goes with a local/ model; a hosted fine-tune is named in model")
        if self.role == "rag" and self.model is not None and self.retrieval is None:
            raise ValueError("role rag has no retrieval; give retrieval: {corpus: ...}")
        return self


class Gate(Definition):
    """One condition a release must meet."""

    name: Annotated[str, Field(min_length=1)] = Field(description="What the condition is called in reports.")
    metric: str = Field(description="A metric of the suite, or one of its parts: <metric>.<part>.")
    candidate: str = Field(description="The variant judged.")
    over: str | None = Field(None, description="The variant it is compared with; goes with require.")
    require: Literal["better", "no_worse", "equivalent"] | None = Field(
        None,
        description=(
            "better: the lift must exceed margin; no_worse: a loss must stay within margin; "
            "equivalent: lift and loss must both stay within margin."
        ),
    )
    margin: NotNegative = Field(
        0.0, description="In the metric's own unit; a share for metrics that are shares (0.02 is two points)."
    )
    at_least: float | None = Field(None, description="The candidate's own value must not be lower.")
    at_most: float | None = Field(None, description="The candidate's own value must not be higher.")
    confidence: Confidence | None = Field(
        None, description="Confidence of the interval judged: 0.95 for better, 0.90 for the others unless set."
    )
    slice: str | None = Field(
        None, description="Judge on these fixtures only: tag:<tag> or group:<group>, declared under slices or not."
    )
    suite: str | None = Field(
        None,
        description=(
            "Judge on another suite, such as a broad one that shows what was forgotten: its folder, from this suite's "
            "folder or beside it. The variants of this gate are asked its fixtures with its prompts."
        ),
    )

    @model_validator(mode="after")
    def _one_condition(self) -> Gate:
        said = [k for k in ("require", "at_least", "at_most") if getattr(self, k) is not None]
        if len(said) != 1:
            found = f"this one says {' and '.join(said)}" if said else "this one says none of them"
            raise ValueError(f"a gate says exactly one of require, at_least, at_most; {found}")
        if self.require is not None and self.over is None:
            raise ValueError(f"require: {self.require} compares; give over: <variant>")
        if self.require is None and (self.over is not None or self.margin):
            raise ValueError("over and margin go with require; at_least and at_most judge one variant alone")
        if self.require == "equivalent" and not self.margin:
            raise ValueError("equivalent needs a margin above 0; nothing is shown to be exactly alike")
        return self


class Stated(Definition):
    """What the decision whether to fine-tune needs and no run can measure, as its owner states it."""

    calls_per_month: Annotated[float, Field(gt=0)] | None = Field(None, description="Calls a month in production.")
    prompts_tried: Annotated[int, Field(ge=0)] | None = Field(
        None, description="How many prompts were tried before the strong one was settled on."
    )
    retrievals_tried: Annotated[int, Field(ge=0)] | None = Field(
        None, description="How many ways of retrieving were tried before the one in the suite."
    )
    stable_task: bool | None = Field(
        None, description="Whether the task, its format and its labels stay as they are while a fine-tune earns its cost."
    )


class Checks(Definition):
    """What harness check holds fixtures and training data against."""

    near: Annotated[float, Field(gt=0.5, le=1.0)] = Field(
        0.85,
        description=(
            "Similarity from which two questions count as nearly the same: twice the words they share in order over the words "
            "they have together. 1 leaves near-duplicates unsaid."
        ),
    )
    max_leaks: Annotated[int, Field(ge=0)] = Field(
        0, description="Fixtures that may also stand in the training data or in a prompt before a sign-off is refused."
    )
    kinds: list[str] = Field(
        default=["common", "edge", "ambiguous", "failure_prone", "high_value", "adversarial"],
        description="Tags a set should have fixtures of; an empty list asks for none.",
    )
    task: Literal["format", "voice", "classification", "extraction", "distillation"] | None = Field(
        None, description="What the fine-tune is for, which tells how many examples it wants; judged by the metrics unless set."
    )
    attributes: list[str] | None = Field(
        None,
        description=(
            "What expected labels and metrics are held against, to find bias: lang stands for the tags lang:de, lang:en, or for "
            "the key lang of meta. Unless set, every such tag with two values or more; an empty list asks for none."
        ),
    )


class SuiteDefinition(Definition):
    """A whole suite.yaml."""

    suite: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = Field(
        description="The suite's name: letters, digits, and _ . - after the first."
    )
    description: str | None = Field(None, description="What the suite is for, shown in reports.")
    fixtures: str | list[str] = Field(
        description="JSON lines, one fixture a line: a path from the suite's folder, a glob, an fsspec URL, or a list of these."
    )
    training_data: str | list[str] | None = Field(
        None,
        description="What the fine-tune was trained on, as JSON lines: searched for leaks and used by the floors, never run.",
    )
    variants: Annotated[dict[str, Variant], Field(min_length=1)] = Field(
        description="The ways of answering that are compared, by name."
    )
    floors: bool = Field(True, description="Add the no-model floors where there is training data.")
    repeats: PositiveInt = Field(1, description="How often each fixture is asked of each variant.")
    concurrency: PositiveInt = Field(8, description="How many requests are under way at once with one provider, at most.")
    limits: dict[str, Limit] = Field(
        default_factory=dict,
        description=(
            "What providers are to be asked at most, by provider (openai) or model string (openai/gpt-4o-mini); "
            "the longest name that fits a model counts."
        ),
    )
    metrics: Annotated[list[str | dict[str, dict[str, Any]]], Field(min_length=1)] = Field(
        description="What is measured: a metric's name, or its name with its options."
    )
    headline: str | None = Field(None, description="The metric the first sentence speaks of; the first one unless set.")
    slices: list[str] = Field(default_factory=list, description="Parts judged on their own as well: tag:<tag> or group:<group>.")
    gates: list[Gate] = Field(default_factory=list, description="The conditions a release must meet.")
    decision: Stated = Field(
        default_factory=lambda: Stated.model_validate({}),
        description="What harness decide weighs and no run can measure; what is left out stays unknown.",
    )
    inconclusive: Literal["fail", "skip", "warn"] = Field(
        "fail", description="What an inconclusive gate does to a test session (pytest): fail it, be skipped, or warn."
    )
    confidence: Confidence = Field(0.95, description="Confidence of the intervals shown.")
    min_coverage: Share = Field(0.98, description="The share of fixtures that must be answered on both sides for a verdict.")
    min_slice: PositiveInt = Field(20, description="Slices with fewer fixtures are shown and not judged.")
    seed: int = Field(0, description="Seed of every random draw of a run.")
    checks: Checks = Field(
        default_factory=lambda: Checks.model_validate({}), description="What harness check holds the data against."
    )
    retirements: dict[str, Day] = Field(
        default_factory=dict,
        description="When models are retired, by model, where litellm's map does not know it or is wrong: 2027-01-14.",
    )

    @field_validator("metrics")
    @classmethod
    def _one_name_each(cls, metrics: list[str | dict[str, dict[str, Any]]]) -> list[str | dict[str, dict[str, Any]]]:
        for entry in metrics:
            if isinstance(entry, dict) and len(entry) != 1:
                raise ValueError("each metric is one name, or one name with its options; start a list item for each")
        return metrics
