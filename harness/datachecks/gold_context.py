"""Whether the chunks that fixtures want are there to be found."""

from __future__ import annotations

from harness.datachecks.finding import Finding, counted
from harness.retrieval import chunk_corpus, load_corpus
from harness.suite import Suite


def check_gold_context(suite: Suite) -> tuple[Finding, ...]:
    """Find fixtures whose ``gold_context`` names a chunk that a variant's corpus does not have.

    Such a chunk can never be found, and retrieval is scored down for it.

    Returns:
        At most one finding for each variant that retrieves.
    """
    findings: list[Finding] = []
    for name, variant in suite.variants.items():
        if variant.retrieval is None:
            continue
        ids = {chunk.id for chunk in chunk_corpus(load_corpus(variant.retrieval.corpus, suite.folder))}
        absent = {f.id: [gold for gold in f.gold_context if gold not in ids] for f in suite.fixtures}
        absent = {id: golds for id, golds in absent.items() if golds}
        if absent:
            said = f"{counted(len(absent), 'fixture wants', 'fixtures want')} a chunk that the corpus of {name} does not have."
            findings.append(
                Finding(
                    "warning",
                    "gold_context",
                    said,
                    "Correct the id, or add the text.",
                    tuple(absent),
                    tuple(suite.sources[id] for id in absent),
                    tuple(
                        {"fixture": id, "at": suite.sources[id], "variant": name, "chunk": gold}
                        for id, golds in absent.items()
                        for gold in golds
                    ),
                )
            )
    return tuple(findings)
