"""Both right, one right, neither right."""

from __future__ import annotations

from harness.verdicts import judge
from tests.verdicts.runs import make_run, metrics, shares


def test_the_four_counts_are_those_of_the_table_and_name_their_first_fixtures() -> None:
    tuned, baseline = shares(53, 16, 8, 9)
    (found,) = judge(make_run({"accuracy": {"baseline": baseline, "tuned": tuned}}), metrics("accuracy")).fourfolds
    assert (found.both.count, found.won.count, found.lost.count, found.neither.count) == (53, 16, 8, 9)
    assert found.won.fixtures == tuple(f"f{i:03}" for i in range(53, 61))
    assert found.lost.fixtures == tuple(f"f{i:03}" for i in range(69, 77))


def test_a_metric_that_is_no_share_has_no_right_and_wrong() -> None:
    scores = {"baseline": [0.5, 0.5, 1.0, 0.0, 0.2], "tuned": [1.0, 0.75, 1.0, 0.0, 0.1]}
    assert judge(make_run({"edit_similarity": scores}), metrics("edit_similarity")).fourfolds == ()


def test_repeats_must_all_be_right_and_a_fixture_only_one_side_answered_is_in_no_corner() -> None:
    scores = {"baseline": [[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]], "tuned": [[1.0, 0.0], [1.0, 1.0], None]}
    (found,) = judge(make_run({"accuracy": scores}), metrics("accuracy")).fourfolds
    assert (found.both.count, found.won.count, found.lost.count, found.neither.count) == (0, 1, 1, 0)


def test_what_is_nearer_is_counted_among_those_that_neither_gets_wholly() -> None:
    scores = {"baseline": [[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]], "tuned": [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]}
    (found,) = judge(make_run({"accuracy": scores}), metrics("accuracy")).fourfolds
    assert (found.neither.count, found.neither.better, found.neither.worse) == (3, 1, 1)
