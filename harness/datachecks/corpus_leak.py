"""What the text that is retrieved from says of the fixtures: their answers, which it may, and their questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.datachecks.finding import Finding, Severity, counted
from harness.datachecks.question import normalised, question_key
from harness.datachecks.words import words_of
from harness.retrieval import chunk_corpus, load_corpus
from harness.suite import Fixture, Suite

_LEAST = 4
"""Words from which a text that stands in the corpus verbatim is no accident."""


def check_corpus(suite: Suite) -> tuple[Finding, ...]:
    """Find fixtures whose expected answer, or whose question, stands word for word in a corpus.

    An answer there is what retrieval is for: a note, and a warning only where ``gold_context`` names other chunks. A
    question there, outside the chunks that ``gold_context`` names, means that the fixtures were made from the corpus or
    put into it: a warning.
    """
    findings: list[Finding] = []
    seen: set[str] = set()
    for name, variant in suite.variants.items():
        if variant.retrieval is None or (key := str(variant.retrieval.corpus)) in seen:
            continue
        seen.add(key)
        index = _Index({chunk.id: chunk.text for chunk in chunk_corpus(load_corpus(variant.retrieval.corpus, suite.folder))})
        findings += _said_of(suite, name, index)
    return tuple(findings)


class _Index:
    """Chunks by the runs of four words they hold."""

    def __init__(self, chunks: Mapping[str, str]) -> None:
        self.texts = {id: f" {' '.join(_every_word(text))} " for id, text in chunks.items()}
        self.runs: dict[int, list[str]] = {}
        for id, text in self.texts.items():
            words = text.split()
            for run in {hash(tuple(words[i : i + _LEAST])) for i in range(len(words) - _LEAST + 1)}:
                self.runs.setdefault(run, []).append(id)

    def holding(self, text: str) -> list[str]:
        """Ids of the chunks that hold a text word for word; none for a text of fewer than four words."""
        words = words_of(normalised(text))
        if len(words) < _LEAST:
            return []
        asked = f" {' '.join(words)} "
        return [id for id in self.runs.get(hash(tuple(words[:_LEAST])), []) if asked in self.texts[id]]


def _every_word(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if normal := normalised(line):
            yield from words_of(normal)


def _said_of(suite: Suite, variant: str, index: _Index) -> Iterator[Finding]:
    answers = [(fixture, held) for fixture in suite.fixtures if (held := index.holding(_answer(fixture)))]
    strays = [(f, held) for f, held in answers if f.gold_context and not set(held) & set(f.gold_context)]
    meant = [pair for pair in answers if pair not in strays]
    asked = [
        (fixture, held)
        for fixture in suite.fixtures
        if (held := [id for id in index.holding(question_key(fixture)) if id not in fixture.gold_context])
    ]
    if asked:
        yield _finding(
            "warning",
            "leaks.corpus_question",
            suite,
            variant,
            asked,
            said=f"{_have(asked, 'question')} word for word in the corpus of {variant}.",
            advice="Ask in words of your own, or take these texts out of the corpus.",
        )
    if strays:
        yield _finding(
            "warning",
            "leaks.corpus_answer",
            suite,
            variant,
            strays,
            said=f"{_have(strays, 'expected answer')} word for word in the corpus of {variant}, "
            "in chunks that gold_context does not name.",
            advice="Add these chunks to gold_context, or take the answer out of them.",
        )
    if meant:
        yield _finding(
            "note",
            "leaks.corpus_answer",
            suite,
            variant,
            meant,
            said=f"{_have(meant, 'expected answer')} word for word in the corpus of {variant}: retrieval is meant to find it.",
            advice="No leak; variants that retrieve are asked to copy here, the others to know.",
        )


def _have(found: Sequence[object], what: str) -> str:
    return f"{counted(len(found), 'fixture')} {'has its' if len(found) == 1 else 'have their'} {what}"


def _finding(
    severity: Severity,
    name: str,
    suite: Suite,
    variant: str,
    found: Sequence[tuple[Fixture, list[str]]],
    *,
    said: str,
    advice: str,
) -> Finding:
    return Finding(
        severity,
        name,
        said,
        advice,
        tuple(fixture.id for fixture, _ in found),
        tuple(suite.sources.get(fixture.id, "") for fixture, _ in found),
        tuple({"fixture": f.id, "at": suite.sources.get(f.id, ""), "variant": variant, "chunks": held} for f, held in found),
    )


def _answer(fixture: Fixture) -> str:
    return fixture.expected if isinstance(fixture.expected, str) else ""
