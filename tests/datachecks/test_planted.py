"""Every fault planted at known places among 2,000 fixtures and 5,000 training examples, and how much of it is found."""

from __future__ import annotations

import pytest

from harness.datachecks import Finding, check_data
from harness.suite import load_suite
from tests.datachecks.planted import Outcome, Planted, outcomes, plant, write_planted

EXACT = (
    "leaks.training",
    "leaks.group",
    "duplicates.same_input",
    "duplicates.conflict",
    "training.same_input",
    "training.conflict",
)
NEAR = ("leaks.near", "leaks.inside", "leaks.run", "duplicates.near", "training.near", "coverage.templates")


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, tuple[Finding, ...], dict[str, Outcome]]:
    made = plant(seed=7)
    findings = check_data(load_suite(write_planted(made, tmp_path_factory.mktemp("planted"))))
    return made, findings, {row.name: row for row in outcomes(made, findings)}


@pytest.mark.parametrize("name", EXACT)
def test_what_stands_there_twice_is_found_without_exception(
    checked: tuple[object, object, dict[str, Outcome]], name: str
) -> None:
    assert (checked[2][name].recall, checked[2][name].precision) == (1.0, 1.0)


@pytest.mark.parametrize("name", NEAR)
def test_what_is_nearly_the_same_is_found_nineteen_times_in_twenty(
    checked: tuple[object, object, dict[str, Outcome]], name: str
) -> None:
    assert checked[2][name].recall >= 0.95
    assert checked[2][name].precision >= 0.95


@pytest.mark.parametrize("name", ["training.form", "training.scores"])
def test_answers_that_are_not_like_the_others_or_fail_the_metrics_are_found(
    checked: tuple[object, object, dict[str, Outcome]], name: str
) -> None:
    assert (checked[2][name].recall, checked[2][name].precision) == (1.0, 1.0)


def test_what_is_sensitive_is_found_and_what_only_looks_like_it_is_not(
    checked: tuple[object, object, dict[str, Outcome]],
) -> None:
    rows = [row for name, row in checked[2].items() if name.startswith("sensitive.")]
    assert len(rows) == 6
    assert all((row.recall, row.precision) == (1.0, 1.0) for row in rows)


def test_a_leak_is_told_with_both_places_and_how_alike_they_are(
    checked: tuple[Planted, tuple[Finding, ...], dict[str, Outcome]],
) -> None:
    made, findings, _ = checked
    near = next(finding for finding in findings if finding.name == "leaks.near")
    numbers = {row["id"]: line for line, row in enumerate(made.fixtures, start=1)}
    for pair in near.evidence:
        assert pair["at"].endswith(f"fixtures.jsonl:{numbers[pair['fixture']]}")
        asked = made.fixtures[numbers[pair["fixture"]] - 1]["input"].split()
        seen = made.training[int(pair["seen at"].rpartition(":")[2]) - 1]["input"].split()
        same = sum(a == b for a, b in zip(asked, seen, strict=True))
        assert pair["similarity"] >= round(same / len(asked), 4) - 1e-4  # words in order: at least those in the same place


def test_the_effective_number_of_fixtures_counts_each_family_once(
    checked: tuple[Planted, tuple[Finding, ...], dict[str, Outcome]],
) -> None:
    _, findings, _ = checked
    near = next(finding for finding in findings if finding.name == "duplicates.near")
    assert near.numbers["effective"] == 2_000 - 60 - 40 - 100  # one of each planted pair
