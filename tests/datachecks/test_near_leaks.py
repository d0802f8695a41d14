"""Leaks that are no copies: a few words changed, a passage taken over, the fine-tune's own prompt around the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.datachecks import check_data, check_leaks, propose_groups, serious_leaks
from harness.suite import load_suite
from tests.datachecks.test_data import asked, chat, suite_of

LONG = "my parcel with the two blue lamps came on monday and one of them was broken into small pieces"  # 18 words
ONE_CHANGED = LONG.replace("monday", "friday")
CHINESE = "我上周一订购的两盏蓝色台灯到今天还没有送到"


@pytest.mark.parametrize(
    ("seen", "expected", "kind", "similarity"),
    [
        ({"input": ONE_CHANGED}, None, "nearly the same input in the training data", 2 * 18 / 38),
        ({"input": ONE_CHANGED, "expected": "DMG"}, "DMG.", "nearly the same input in the training data", 2 * 18 / 38),
        (
            {"input": ONE_CHANGED, "expected": "LATE"},
            "DMG",
            "nearly the same input in the training data, with another answer",
            2 * 18 / 38,
        ),
        (
            {"input": f"Dear all, {LONG}. Thank you, and kind regards from Ada"},
            None,
            "inside a longer text of the training data",
            1.0,
        ),
        (chat(f"Order: {ONE_CHANGED}", "ok"), None, "nearly the same input in the training data", 2 * 18 / 38),
    ],
)
def test_a_question_in_nearly_the_same_words_is_a_leak(
    tmp_path: Path, seen: dict[str, object], expected: str | None, kind: str, similarity: float
) -> None:
    assert len(LONG.split()) == 19
    fixture = asked(LONG, **({} if expected is None else {"expected": expected}))
    (leak,) = check_leaks(suite_of(tmp_path, [fixture], [seen]))
    assert (leak.kind, leak.similarity) == (kind, pytest.approx(similarity, abs=1e-4))
    assert bool(serious_leaks([leak])) is ("another answer" not in kind)


def test_scripts_without_spaces_are_compared_by_character(tmp_path: Path) -> None:
    (leak,) = check_leaks(suite_of(tmp_path, [asked(CHINESE)], [{"input": CHINESE.replace("蓝", "红")}]))
    assert leak.similarity == pytest.approx(1 - 1 / len(CHINESE), abs=1e-4)


def test_a_passage_of_thirteen_words_is_found_and_a_form_is_not(tmp_path: Path) -> None:
    passage = " ".join(f"word{n}" for n in range(13))
    form = " ".join(f"form{n}" for n in range(13))
    fixtures = [asked(f"{' '.join(f'own{n}' for n in range(20))} {passage}", "passage")]
    fixtures += [asked(f"{form} {' '.join(f'x{k}y{n}' for n in range(20))}", f"form{k}") for k in range(4)]
    leaks = check_leaks(suite_of(tmp_path, fixtures, [{"input": f"{passage} {form} and more"}]))
    assert [(leak.fixture_id, leak.kind) for leak in leaks] == [("passage", "long run of words in the training data")]
    assert leaks[0].similarity == pytest.approx(13 / 33, abs=1e-4)


def test_similarity_is_the_suite_s_to_choose(tmp_path: Path) -> None:
    assert check_leaks(suite_of(tmp_path, [asked(LONG)], [{"input": ONE_CHANGED}], "checks: {near: 0.96}\n")) == ()


def test_a_prompt_that_shows_nearly_the_question_is_found(tmp_path: Path) -> None:
    folder = suite_of(tmp_path, [asked(LONG)]).folder
    prompt = (folder / "ask.yaml").read_text()
    (folder / "ask.yaml").write_text(prompt.replace("Four chairs", ONE_CHANGED))
    (leak,) = check_leaks(load_suite(folder))
    assert (leak.kind, leak.seen_at.rpartition("/")[2]) == ("nearly the same input in a prompt", "ask.yaml:3")


def test_an_answer_in_the_corpus_is_a_note_and_a_question_there_a_warning(tmp_path: Path) -> None:
    fixtures = [
        asked(
            "what does the blue lamp cost",
            "meant",
            expected="it costs ten euros and is blue",
            gold_context=["lamps.md#blue-lamp"],
        ),
        asked("what does it cost", "stray", expected="it costs ten euros and is blue", gold_context=["lamps.md#red-lamp"]),
        asked("how long is the cord of the lamp", "copied", expected="2 m"),
    ]
    folder = suite_of(tmp_path, fixtures).folder
    (folder / "lamps.md").write_text(
        "# Blue lamp\nIt costs ten euros, and is blue.\n# Red lamp\nred\n# Questions\nHow long is the cord of the lamp?\n"
    )
    found = {(f.severity, f.name): f.fixtures for f in check_data(load_suite(folder)) if "corpus" in f.name}
    assert found == {
        ("warning", "leaks.corpus_question"): ("copied",),
        ("warning", "leaks.corpus_answer"): ("stray",),
        ("note", "leaks.corpus_answer"): ("meant",),
    }


def test_fixtures_that_depend_on_each_other_are_offered_as_groups(tmp_path: Path) -> None:
    fixtures = [
        asked(LONG, "a"),
        asked(ONE_CHANGED, "b"),
        asked("Please send Anna Smith two of the lamps by 12 May", "c", group="mine"),
        asked("Please send Bob Jones two of the lamps by 3 June", "d"),
        asked("please send nobody anything at all today or tomorrow", "e"),
    ]
    suite = suite_of(tmp_path, fixtures)
    assert propose_groups(suite) == {"a": "near-a", "b": "near-a", "d": "mine"}
    near = next(finding for finding in check_data(suite) if finding.name == "duplicates.near")
    assert (near.numbers["effective"], near.fixtures) == (4, ("a", "b"))
