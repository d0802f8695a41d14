"""Answers from a model, hosted or embedded: the prompt is rendered, context is found, the gateway asks."""

from __future__ import annotations

from collections.abc import Sequence

from harness.models import Gateway, Request, Response, canonical_json, resolve_price, weights_hash
from harness.retrieval import Hit, Index, chunk_corpus, load_corpus
from harness.running.naming import Form, MessageForm, Names, Written
from harness.running.planned import PlannedRequest
from harness.store import hits_text
from harness.suite import Fixture, Suite

_REMEMBERED = 1_000


class ModelAnswerer:
    """Asks a model.

    Attributes:
        sends: It does.
        price: What its calls cost, and how that is known.
    """

    sends = True

    def __init__(self, suite: Suite, variant: str) -> None:
        """Read the corpus, hash the weights, resolve the price.

        Raises:
            ModelError: When the weights of a local model cannot be had.
        """
        said = suite.variants[variant]
        assert said.model is not None
        self._suite, self._variant, self._said, self._model = suite, variant, said, said.model
        self.price = resolve_price(said.model, said.price)
        self._weights = weights_hash(said.model, suite.folder)
        self._index = None
        self._messages = MessageForm(suite.prompts[variant])
        constant = {
            "model": said.model,
            "adapter": suite.hashes["adapters"].get(variant),
            "weights": self._weights,
            "params": dict(said.params),
            "api_base": said.api_base,
        }
        self._form = Form(constant, "messages", last="tools", lead=self._messages.lead)
        self._found: dict[str, tuple[Hit, ...]] = {}
        if said.retrieval is not None:
            corpus = said.retrieval.corpus
            self._index = Index(chunk_corpus(load_corpus(corpus, suite.folder)))

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Render the request."""
        hits = None if self._index is None else self._retrieve(fixture)
        request = Request(
            model=self._model,
            messages=self._suite.prompts[self._variant].render(fixture, hits),
            tools=fixture.tools,
            params=self._said.params,
            repeat=repeat,
            adapter=self._said.adapter,
            adapter_hash=self._suite.hashes["adapters"].get(self._variant),
            weights_hash=self._weights,
            api_base=self._said.api_base,
            api_key_env=self._said.api_key_env,
            timeout=self._said.timeout,
            total_timeout=self._said.total_timeout,
        )
        return PlannedRequest(self._variant, fixture, repeat, request, hits or (), request.hash)

    def names(self, fixtures: Sequence[Fixture], repeats: int, written: Written) -> Names:
        """Name the requests as ``plan`` does."""
        found = [None if self._index is None else self._retrieve(fixture) for fixture in fixtures]
        values = (
            (
                *self._messages.value(fixture, hits, written),
                canonical_json([dict(tool) for tool in fixture.tools]) if fixture.tools else "[]",
            )
            for fixture, hits in zip(fixtures, found, strict=True)
        )
        retrieved = None if self._index is None else tuple(hits_text(hits or ()) for hits in found)
        return Names(self._form.digests(values, repeats), retrieved)

    def _retrieve(self, fixture: Fixture) -> tuple[Hit, ...]:
        """Find the context; once for the repeats of a fixture, which follow each other."""
        assert self._index is not None and self._said.retrieval is not None
        hits = self._found.get(fixture.id)
        if hits is None:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            hits = self._found[fixture.id] = self._index.search(fixture.question, self._said.retrieval.top_k)
        return hits

    async def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Response:
        """Ask through the gateway."""
        assert gateway is not None and planned.request is not None
        return await gateway.ask(planned.request, self.price)
