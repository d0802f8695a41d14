"""Answers from a model, hosted or embedded: the prompt is rendered, context is found, the gateway asks."""

from __future__ import annotations

from harness.models import Gateway, Request, Response, resolve_price, weights_hash
from harness.retrieval import Hit, Index, chunk_corpus, load_corpus
from harness.running.planned import PlannedRequest
from harness.suite import Fixture, Suite


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
        self._found: dict[str, tuple[Hit, ...]] = {}
        if said.retrieval is not None:
            corpus = said.retrieval.corpus
            self._index = Index(chunk_corpus(load_corpus(corpus, suite.folder)))

    def plan(self, fixture: Fixture, repeat: int) -> PlannedRequest:
        """Render the request."""
        hits = None if self._index is None else self.retrieve(fixture)
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
        )
        return PlannedRequest(self._variant, fixture, repeat, request, hits or (), request.hash)

    def retrieve(self, fixture: Fixture) -> tuple[Hit, ...]:
        """Find the context; once for each fixture."""
        if self._index is None or self._said.retrieval is None:
            return ()
        if fixture.id not in self._found:
            self._found[fixture.id] = self._index.search(fixture.question, self._said.retrieval.top_k)
        return self._found[fixture.id]

    async def answer(self, planned: PlannedRequest, gateway: Gateway | None) -> Response:
        """Ask through the gateway."""
        assert gateway is not None and planned.request is not None
        return await gateway.ask(planned.request, self.price)
