"""BM25 against the published formula, worked by hand here, and the promises about order and length."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.retrieval import Chunk, Index

TEXTS = ("The cat sat on the mat", "The dog sat", "A bird, a plane: a CAT!", "nothing here")
CHUNKS = tuple(Chunk(f"t#{number}", text) for number, text in enumerate(TEXTS))


def published(question: list[str], texts: list[list[str]]) -> list[float]:
    """Lucene's BM25 (accurate): Kamphuis et al., "Which BM25 do you mean?", ECIR 2020, table 1, with k1 1.5 and b 0.75."""
    mean_length = sum(map(len, texts)) / len(texts)
    scores = []
    for text in texts:
        counts, score = Counter(text), 0.0
        for word in question:
            df = sum(word in other for other in texts)
            idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
            score += idf * counts[word] / (counts[word] + 1.5 * (1 - 0.75 + 0.75 * len(text) / mean_length))
        scores.append(score)
    return scores


def test_a_score_worked_by_hand() -> None:
    # Lengths 6, 3, 6, 2: mean 4.25. "dog" stands in one of four texts, "sat" in two.
    idf_dog, idf_sat = math.log(1 + 3.5 / 1.5), math.log(1 + 2.5 / 2.5)
    damping = 1.5 * (0.25 + 0.75 * 3 / 4.25)
    first, second, third, fourth = Index(CHUNKS).search("Dog sat?", 4)
    assert (first.id, second.id) == ("t#1", "t#0")
    assert first.score == pytest.approx((idf_dog + idf_sat) / (1 + damping), rel=1e-12)
    assert second.score == pytest.approx(idf_sat / (1 + 1.5 * (0.25 + 0.75 * 6 / 4.25)), rel=1e-12)
    assert (third.id, third.score, fourth.id, fourth.score) == ("t#2", 0.0, "t#3", 0.0)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8), min_size=1, max_size=6),
    question=st.lists(st.sampled_from("abcdefgh"), max_size=5),
)
def test_scores_and_order_are_those_of_the_published_formula(texts: list[list[str]], question: list[str]) -> None:
    index = Index([Chunk(str(number), " ".join(text)) for number, text in enumerate(texts)])
    hits = index.search(" ".join(question), len(texts))
    wanted = published(question, texts)
    assert {hit.id: hit.score for hit in hits} == pytest.approx({str(n): score for n, score in enumerate(wanted)}, abs=1e-12)
    for better, worse in itertools.pairwise(hits):
        assert better.score > worse.score or (better.score == worse.score and int(better.id) < int(worse.id))


def test_ties_keep_the_corpus_order_and_a_small_corpus_is_returned_whole() -> None:
    index = Index([Chunk(str(number), "same words") for number in range(5)])
    assert [hit.id for hit in index.search("words", 3)] == ["0", "1", "2"]
    assert len(index.search("words", 9)) == 5
    assert [hit.id for hit in index.search("???", 2)] == ["0", "1"]
    assert [hit.score for hit in index.search("", 2)] == [0.0, 0.0]


def test_an_empty_corpus_and_one_without_words_find_what_there_is() -> None:
    assert Index([]).search("x", 3) == ()
    assert [hit.id for hit in Index([Chunk("a", "---"), Chunk("b", "")]).search("x", 3)] == ["a", "b"]


def test_top_k_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Index(CHUNKS).search("cat", 0)


def test_nothing_is_printed_whatever_the_hash_seed_and_the_scores_are_the_same() -> None:
    code = (
        "import logging; logging.basicConfig(level=logging.DEBUG)\n"
        "from harness.retrieval import Chunk, Index\n"
        f"index = Index([Chunk(str(n), text) for n, text in enumerate({TEXTS!r})])\n"
        "print([(hit.id, hit.score.hex()) for hit in index.search('the cat sat on a plane', 4)])\n"
    )
    said = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        assert done.stderr == ""
        said.append(done.stdout)
    assert said[0] == said[1]
    assert said[0].count("\n") == 1
