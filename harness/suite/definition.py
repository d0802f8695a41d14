"""The typed form of suite.yaml: what a suite may say, key by key."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Role = Literal["prompt", "rag", "fine_tune", "cheaper", "current", "floor"]

PositiveInt = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Definition(BaseModel):
    """Settings shared by every part of suite.yaml: unknown keys are refused, values are fixed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(Definition):
    """What a variant's calls cost, in US dollars for a million tokens; overrides litellm's price map."""

    input_per_million: Annotated[float, Field(ge=0)]
    output_per_million: Annotated[float, Field(ge=0)]
    cached_input_per_million: Annotated[float, Field(ge=0)] | None = None


class Training(Definition):
    """What the fine-tune took to make, as stated by its owner."""

    examples: Annotated[int, Field(ge=0)] | None = None
    cost: Annotated[float, Field(ge=0)] | None = None
    note: str | None = None


class Retrieval(Definition):
    """How context is found for each fixture."""

    corpus: str | list[str]
    method: Literal["bm25"] = "bm25"
    top_k: PositiveInt = 3


class Variant(Definition):
    """One way of answering the fixtures."""

    role: Role
    model: str | None = Field(None, description="A litellm model string, or local/<name or path of a .gguf>.")
    prompt: str | None = Field(None, description="A YAML file: a list of chat messages.")
    params: dict[str, Any] = Field(default_factory=dict, description="Sampling parameters sent with each call.")
    retrieval: Retrieval | None = None
    adapter: str | None = Field(None, description="A LoRA adapter in GGUF form, for local/ models.")
    price: Price | None = None
    training: Training | None = None
    api_base: str | None = Field(None, description="The endpoint's address; may name ${ENVIRONMENT} variables.")
    api_key_env: str | None = Field(None, description="The environment variable that holds the key.")
    timeout: Annotated[float, Field(gt=0)] = Field(120.0, description="Seconds one attempt may take.")
    outputs: str | None = Field(None, description="A JSONL file of answers made elsewhere; nothing is asked.")
    callable: str | None = Field(None, description="'file.py:function' that answers a fixture; nothing is asked.")
    method: Literal["majority", "nearest"] | None = Field(None, description="For role floor.")

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

    name: Annotated[str, Field(min_length=1)]
    metric: str
    candidate: str
    over: str | None = None
    require: Literal["better", "no_worse"] | None = None
    margin: Annotated[float, Field(ge=0)] = 0.0
    at_least: float | None = None
    at_most: float | None = None
    confidence: Annotated[float, Field(gt=0.5, lt=1)] | None = Field(
        None, description="Confidence of the interval judged: 0.95 for better, 0.90 for the others unless set."
    )

    @model_validator(mode="after")
    def _one_condition(self) -> Gate:
        said = [k for k in ("require", "at_least", "at_most") if getattr(self, k) is not None]
        if len(said) != 1:
            raise ValueError(
                "a gate says exactly one of require, at_least, at_most; "
                + (f"this one says {', '.join(said)}" if said else "this one says none")
            )
        if self.require is not None and self.over is None:
            raise ValueError(f"require: {self.require} compares; give over: <variant>")
        if self.require is None and (self.over is not None or self.margin):
            raise ValueError("over and margin go with require; at_least and at_most judge one variant alone")
        return self


class SuiteDefinition(Definition):
    """A whole suite.yaml."""

    suite: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    description: str | None = None
    fixtures: str | list[str]
    training_data: str | list[str] | None = None
    variants: Annotated[dict[str, Variant], Field(min_length=1)]
    floors: bool = Field(True, description="Add the no-model floors where there is training data.")
    repeats: PositiveInt = 1
    concurrency: PositiveInt = 8
    metrics: Annotated[list[str | dict[str, dict[str, Any]]], Field(min_length=1)]
    headline: str | None = Field(None, description="The metric the first sentence speaks of; the first one unless set.")
    slices: list[str] = Field(default_factory=list)
    gates: list[Gate] = Field(default_factory=list)
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    min_coverage: Share = 0.98
    min_slice: PositiveInt = 20
    seed: int = 0

    @field_validator("metrics")
    @classmethod
    def _one_name_each(cls, metrics: list[str | dict[str, dict[str, Any]]]) -> list[str | dict[str, dict[str, Any]]]:
        for entry in metrics:
            if isinstance(entry, dict) and len(entry) != 1:
                raise ValueError("each metric is one name, or one name with its options")
        return metrics
