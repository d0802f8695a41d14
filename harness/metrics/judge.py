"""What the metrics that ask a judge share: which model is asked, with what prompt, and how a request is made."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from harness.errors import Fault, SuiteError
from harness.metrics.contract import MeanMetric
from harness.metrics.judge_prompt import GUARD, judge_messages, shows
from harness.metrics.plugin import as_user_says
from harness.models import Request, ResolvedPrice, Response, content_hash, file_hash, resolve_price, weights_hash
from harness.suite import Fixture, Message, Price, Prompt, SourceFile, read_prompt


@dataclass(frozen=True, kw_only=True)
class JudgeMetric(MeanMetric, ABC):
    """A metric that asks a model; its options are those of a variant that asks one.

    A judge is a model with faults of its own. It tends to prefer what it would have written itself, so it should not be of
    the family of a model it judges (Panickssery, Bowman and Feng 2024). And where it is no better than the model it judges,
    its scores, corrected by people's labels, save at most half of those labels (Dorner, Nastl and Hardt 2024).

    Attributes:
        model: The judge: a litellm model string, or ``local/<name or path of a .gguf>``.
        criteria: What to judge by, in words.
        prompt: A YAML file of chat messages, as a variant's prompt, to be used in place of the built-in one.
        params: Sampling parameters; ``{}`` for a model that takes none.
        price: What its calls cost, for a model that litellm has no price of.
        adapter: A LoRA adapter in GGUF form, for ``local/`` models.
        api_base: The endpoint's address; may name ${ENVIRONMENT} variables.
        api_key_env: The environment variable that holds the key.
        timeout: Seconds one attempt may take.
    """

    built_in: ClassVar[Prompt]
    shown: ClassVar[tuple[str, ...]]

    model: str
    criteria: str | None = None
    prompt: str | None = None
    params: dict[str, Any] = field(default_factory=lambda: {"temperature": 0})
    price: Price | None = None
    adapter: str | None = None
    api_base: str | None = None
    api_key_env: str | None = None
    timeout: float = 120.0
    folder: Path | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.model:
            raise ValueError("model names no model")
        if self.adapter is not None and not self.model.startswith("local/"):
            raise ValueError("adapter goes with a local/ model; a hosted fine-tune is named in model")
        if not self.timeout > 0:
            raise ValueError("timeout is a number of seconds above 0")

    @property
    @abstractmethod
    def reply(self) -> str:
        """The form of the reply asked for."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Variables of the prompt that do not depend on what is judged."""
        return {"criteria": self.criteria or ""}

    @property
    def resolved_price(self) -> ResolvedPrice:
        """What a token costs, and how that is known."""
        return resolve_price(self.model, self.price)

    @property
    def prompt_hash(self) -> str:
        """SHA-256, in hex, of all that the judge is told apart from what it judges."""
        return content_hash([GUARD, self.reply, self.values, [dict(message) for message in self._prompt.messages]])

    def ready(self) -> None:
        """Read the prompt and see that the adapter is there.

        Raises:
            SuiteError: One of them cannot be used.
        """
        _ = self._prompt
        if self.adapter is not None and not self._place(self.adapter).is_file():
            raise SuiteError(Fault(f"there is no file {self.adapter}", "paths are relative to the suite's folder"))

    def faults(self, fixtures: Iterable[Fixture]) -> list[Fault]:
        """Try the prompt with every fixture; the first fault is told."""
        from jinja2 import TemplateError

        sample = dict.fromkeys(self.shown, "an answer")
        for fixture in fixtures:
            try:
                messages = self.messages(fixture, sample)
            except TemplateError as error:
                names = ", ".join(["question", "expected", *self.shown, *self.values, "id", "tags", "meta"])
                said = f"the prompt {self.prompt} cannot be filled for the fixture {fixture.id}: {error}"
                return [Fault(said, f"there is {names}")]
            if unseen := [n for n in self.shown if not shows(messages, n, named_by_guard=n == self.shown[0])]:
                return [Fault(f"the prompt {self.prompt} never shows {unseen[0]}", f"add {{{{ {unseen[0]} }}}}")]
        return []

    def messages(self, fixture: Fixture, shown: Mapping[str, str]) -> tuple[Message, ...]:
        """Fill the prompt for one fixture and the answers judged, by variable."""
        return judge_messages(self._prompt, fixture, shown, self.reply, self.values)

    def request(self, fixture: Fixture, shown: Mapping[str, str], repeat: int = 0) -> Request:
        """Make one request.

        Raises:
            ModelError: The weights of a local model cannot be had.
        """
        return Request(
            model=self.model,
            messages=self.messages(fixture, shown),
            params=self.params,
            repeat=repeat,
            adapter=self.adapter,
            adapter_hash=self._adapter_hash,
            weights_hash=self._weights_hash,
            api_base=self.api_base,
            api_key_env=self.api_key_env,
            timeout=self.timeout,
        )

    @abstractmethod
    def read(self, answer: Response) -> Any | None:
        """Read the judge's answer; None where it is not what was asked for."""

    def _place(self, name: str) -> Path:
        return (self.folder or Path()) / name

    @cached_property
    def _prompt(self) -> Prompt:
        if self.prompt is None:
            return self.built_in
        place = self._place(self.prompt)
        return read_prompt(SourceFile(str(place.absolute()), as_user_says(str(place))))[0]

    @cached_property
    def _adapter_hash(self) -> str | None:
        return None if self.adapter is None else file_hash(self._place(self.adapter))

    @cached_property
    def _weights_hash(self) -> str | None:
        return weights_hash(self.model, self.folder)
