"""More fixtures or more repeats: by the formula, and by doing what was planned."""

import math

import numpy as np
import pytest

from harness import stats

REACH = (1.959963985 + 0.841621234) ** 2  # (z_.025 + z_.2)^2


def flips(n, wins, losses):
    a, b = np.ones(n), np.ones(n)
    b[:wins] = 0
    a[wins : wins + losses] = 0
    return a, b


def exact(n, between, noise, repeats):
    """Both sides with exactly these variances: of the true differences, and around each fixture's mean."""
    true = np.linspace(-1, 1, n)
    true *= np.sqrt(between / np.var(true, ddof=1)) if between else 0.0
    ripple = np.tile([1.0, -1.0], repeats // 2)
    ripple = ripple * np.sqrt(noise / np.var(ripple, ddof=1)) if noise else 0 * ripple
    return true[:, None] + ripple, 0 * true[:, None] + ripple


def test_the_parts_are_those_of_the_formula():
    # w^2 = .09, the means of the repeats add nothing here, so the observed variance is w^2 and the noise is taken off it
    a, b = exact(100, 0.09, 0.02, 4)
    found = stats.settle(a, b, lift=0.05)
    assert (found.candidate_noise, found.baseline_noise) == pytest.approx((0.02, 0.02))
    assert found.between == pytest.approx(0.09 - 0.02 / 4 - 0.02 / 4)
    assert found.detectable == pytest.approx(np.sqrt(REACH * 0.09 / 100))
    assert found.by_fixtures.fixtures == math.ceil(REACH * 0.09 / 0.05**2)
    assert found.least_fixtures == math.ceil(REACH * 0.08 / 0.05**2)
    assert found.by_repeats is None and f"{found.least_fixtures} are needed however often" in found.reason


def test_repeats_are_those_that_bring_the_variance_down_to_what_the_fixtures_allow():
    a, b = exact(200, 0.05, 0.08, 2)
    found = stats.settle(a, b, lift=0.05)
    assert found.between == pytest.approx(0.05 - 0.08, abs=0.03) and found.between == 0.0
    a, b = exact(200, 0.09, 0.08, 4)  # w^2 = .05, so the variance at K repeats is .05 + .16/K
    found = stats.settle(a, b, lift=0.04)
    assert found.by_fixtures.fixtures == math.ceil(REACH * 0.09 / 0.04**2)
    assert found.by_repeats is None
    found = stats.settle(a, b, lift=0.055)
    enough = math.ceil(0.16 / (200 * 0.055**2 / REACH - 0.05))
    assert (found.by_repeats.candidate_repeats, found.by_repeats.baseline_repeats) == (enough, enough)
    assert found.by_repeats.calls == 200 * enough * 2 and found.by_repeats.more_calls == 200 * (enough - 4) * 2


def test_the_published_example_of_969_fixtures_is_met():
    a, b = exact(400, 1 / 9, 0.0, 2)
    assert stats.settle(a, b, lift=0.03).by_fixtures.fixtures == 969  # Miller 2024: w^2 = 1/9, no noise


def test_fixtures_are_cheaper_in_calls_and_repeats_where_a_fixture_costs_more_than_its_answers():
    a, b = exact(200, 0.09, 0.08, 4)
    calls = stats.settle(a, b, lift=0.055)
    assert (calls.cheaper, calls.by_fixtures.more_cost) == ("fixtures", None)
    assert calls.by_fixtures.more_calls < calls.by_repeats.more_calls
    priced = stats.settle(a, b, lift=0.055, candidate_cost=0.03, baseline_cost=0.01, fixture_cost=5.0, candidate_seconds=2.0)
    new = priced.by_fixtures.fixtures - 200
    assert priced.by_fixtures.more_cost == pytest.approx(new * 4 * 0.04 + new * 5)
    assert priced.by_repeats.more_cost == pytest.approx(priced.by_repeats.more_calls / 2 * 0.04)
    assert priced.by_repeats.more_seconds == pytest.approx(priced.by_repeats.more_calls)
    assert priced.cheaper == "repeats" and "more repeats are cheaper" in priced.reason


def test_one_response_to_each_fixture_says_nothing_of_repeats():
    found = stats.settle(*flips(100, 12, 8), lift=0.04)
    assert found.by_fixtures.fixtures == stats.required_fixtures(0.04, discordant=0.2)
    assert (found.between, found.by_repeats, found.cheaper, found.least_fixtures) == (None, None, None, None)
    assert "What repeats are worth is not known" in found.reason
    one_side = stats.settle(np.tile(flips(100, 12, 8)[0][:, None], 3), flips(100, 12, 8)[1], lift=0.04)
    assert one_side.candidate_noise == 0 and one_side.by_repeats is None


def test_the_lift_is_the_larger_of_what_is_seen_and_the_margin():
    a, b = flips(100, 12, 8)
    assert stats.settle(a, b).lift == pytest.approx(0.04)
    assert stats.settle(a, b, margin=0.1).lift == 0.1
    assert stats.settle(b, a).by_fixtures == stats.settle(a, b).by_fixtures
    assert stats.settle(a, b).by_fixtures.fixtures == stats.compare(a, b).fixtures_needed


def test_a_lift_that_is_seen_already_needs_neither():
    rng = np.random.default_rng(1)
    found = stats.settle(rng.normal(1, 1, (100, 2)), rng.normal(0, 1, (100, 2)), lift=1.0)
    assert found.settled and found.by_repeats is None and found.cheaper is None
    assert (found.by_fixtures.fixtures, found.by_fixtures.more_calls) == (100, 0)


def test_too_few_fixtures_are_not_mended_by_repeats():
    a, b = exact(12, 0.09, 0.08, 4)
    found = stats.settle(a, b, lift=5.0)
    assert not found.settled and found.by_fixtures.fixtures == 20 and found.by_repeats is None
    assert "fewer than 20 fixtures" in found.reason


def test_noise_that_no_number_of_repeats_worth_having_removes_is_said():
    found = stats.settle(*exact(200, 0.09, 0.08, 4), lift=np.sqrt(REACH * 0.05001 / 200))
    assert found.by_repeats is None and "more than 1000" in found.reason


def test_where_nothing_varies_it_cannot_be_told():
    found = stats.settle(np.full((30, 2), 0.5), np.full((30, 2), 0.5), lift=0.1)
    assert (found.settled, found.by_fixtures, found.by_repeats, found.detectable) == (False, None, None, None)
    assert "cannot be told" in found.reason


def test_groups_make_more_fixtures_needed():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(20), 5)
    a = rng.normal(size=20)[groups][:, None] + rng.normal(size=(100, 3))
    b = rng.normal(size=(100, 3))
    alone, grouped = stats.settle(a, b, lift=0.2), stats.settle(a, b, lift=0.2, groups=groups)
    assert grouped.by_fixtures.fixtures > 2 * alone.by_fixtures.fixtures
    assert grouped.between == pytest.approx(
        100 * stats.clustered_standard_error((a - b).mean(axis=1), groups) ** 2 - 2 / 3, abs=0.2
    )


def outcomes(rng, n, repeats):
    """0/1 responses of fixtures that differ in how hard they are and in how much the candidate gains on them."""
    hard = rng.beta(2, 2, n)
    gain = np.clip(hard + rng.choice([0.0, 0.3], n, p=[0.5, 0.5]), 0, 1)
    return (rng.random((n, repeats)) < gain[:, None]) * 1.0, (rng.random((n, repeats)) < hard[:, None]) * 1.0


def test_what_was_planned_finds_the_lift_as_often_as_was_asked():
    rng = np.random.default_rng(3)
    a, b = outcomes(rng, 20_000, 4)
    lift = (a - b).mean()
    wide = stats.settle(a, b, lift=lift)  # the parts, from so many fixtures, are the true ones
    variance = wide.between + (wide.candidate_noise + wide.baseline_noise) / 4
    by_fixtures = math.ceil(REACH * variance / lift**2)
    by_repeats = math.ceil((wide.candidate_noise + wide.baseline_noise) / (60 * lift**2 / REACH - wide.between))
    for n, repeats in ((by_fixtures, 4), (60, by_repeats)):
        found = sum(stats.compare(*outcomes(rng, n, repeats), resamples=399).verdict == "better" for _ in range(200))
        assert found / 200 == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "options", "advice"),
    [
        (([1.0], [0.0]), {"lift": 1}, "two or more are needed to plan"),
        (([], []), {"lift": 1}, "two or more are needed to plan"),
        (([1.0, 0.0], [1.0, 0.0]), {}, "give lift="),
        (([1.0, 0.0], [1.0, 0.0]), {"lift": math.nan}, "give lift="),
        (([1.0, 0.0], [1.0, 0.0]), {"lift": 1e-200}, "give lift="),
        (([1.0, 0.0], [1.0, 1.0]), {"candidate_cost": -1}, "candidate_cost is -1; give 0 or more"),
        (([1.0, 0.0], [1.0, 1.0]), {"power": 1.0}, "between 0 and 1"),
        (([1.0, 0.0], [1.0, 1.0]), {"groups": ["a", "a"], "lift": 1}, "two or more are needed to plan"),
        (([1.0, 0.0], [1.0, 1.0]), {"margin": -1}, "0 or more"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_advice(arguments, options, advice):
    with pytest.raises(stats.StatisticsError, match=advice):
        stats.settle(*arguments, **options)
