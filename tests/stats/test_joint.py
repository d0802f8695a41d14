"""One draw for many statistics: it is the same draw, whatever stands beside it, and whatever the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness import stats
from harness.stats.arranging import arrange, number_rows
from harness.stats.resampling import KEPT, draw_small_counts, draw_totals


@pytest.fixture
def rng():
    return np.random.default_rng(4)


def mean(name, count="n"):
    return lambda totals: totals[name] / totals[count]


def test_slices_add_up_to_the_whole_in_every_resample(rng):
    x, part = rng.random(300), rng.integers(0, 6, 300)
    columns = {"all": x, **{f"s{k}": np.where(part == k, x, np.nan) for k in range(6)}}
    found = stats.resample(columns, {name: lambda t, name=name: t[name] for name in columns}, resamples=500)
    np.testing.assert_allclose(sum(found[f"s{k}"].replicates for k in range(6)), found["all"].replicates, rtol=1e-12)
    for k in range(6):
        assert found[f"s{k}"].value == pytest.approx(x[part == k].sum())


def test_more_kinds_of_missing_values_than_blocks_change_nothing(rng):
    x = np.where(rng.random((250, 8)) < 0.4, np.nan, rng.random((250, 8)))
    columns = {f"c{k}": x[:, k] for k in range(8)}
    there = {f"n{k}": np.where(np.isnan(x[:, k]), np.nan, 1.0) for k in range(8)}
    found = stats.resample(columns | there, {name: mean(name, f"n{name[1:]}") for name in columns}, resamples=4000)
    for k in range(8):
        known = x[:, k][np.isfinite(x[:, k])]
        assert found[f"c{k}"].value == pytest.approx(known.mean())
        assert found[f"c{k}"].standard_error == pytest.approx(known.std() / np.sqrt(len(known)), rel=0.06)


@pytest.mark.parametrize("grades", [True, False])
def test_the_order_of_fixtures_does_not_matter(rng, grades):
    x = rng.integers(0, 3, (240, 3)) / 2 if grades else rng.random((240, 3))
    columns = {"a": x[:, 0], "b": np.where(x[:, 1] > 0.4, x[:, 2], np.nan), "c": x[:, 1]}
    order = rng.permutation(240)
    one, other = (
        stats.resample({k: v[o] for k, v in columns.items()}, {k: mean(k) for k in columns}, resamples=400)
        for o in (np.arange(240), order)
    )
    for name in columns:
        np.testing.assert_allclose(one[name].replicates, other[name].replicates, rtol=1e-12)
        np.testing.assert_allclose([one[name].low, one[name].high], [other[name].low, other[name].high], rtol=1e-9)


def test_a_statistic_is_handed_only_the_columns_it_asks_for(rng):
    asked = []

    def watched(totals):
        asked.append(sorted(totals))
        return totals["a"] / totals["n"]

    found = stats.resample({"a": rng.random(30), "b": rng.random(30)}, {"m": watched}, resamples=200)
    assert asked[0] == ["a", "b", "n"]  # every name can be seen, as in any mapping
    assert found["m"].low < found["m"].value < found["m"].high


def test_whole_groups_are_drawn(rng):
    codes = np.repeat(np.arange(40), 5)
    x = rng.normal(size=40)[codes]
    found = stats.resample({"x": x}, {"m": mean("x")}, groups=codes, resamples=4000)["m"]
    assert found.standard_error == pytest.approx(x[::5].std() / np.sqrt(40), rel=0.06)


def test_distinct_rows_are_those_of_numpy(rng):
    rows = rng.integers(0, 3, (400, 4)).astype(float)
    rows[:, 2] *= 0.25
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    arranged = arrange(rows)
    assert (arranged.multiplicity is None) == (len(distinct) * 20 > 400)
    codes, size = number_rows((rows[:, k] for k in range(4)), np.zeros(400, dtype=np.intp), 400)
    assert size == len(distinct)
    np.testing.assert_array_equal(np.bincount(codes), counts)
    few = arrange(rows[:, :2])
    np.testing.assert_array_equal(few.rows, np.unique(rows[:, :2], axis=0))
    np.testing.assert_allclose(few.total, rows[:, :2].sum(axis=0))


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 5)), elements=st.sampled_from([-1.5, 0.0, 0.25, 3.0])))
def test_rows_are_numbered_in_the_order_numpy_sorts_them(rows):
    _, inverse = np.unique(rows, axis=0, return_inverse=True)
    codes, size = number_rows((rows[:, k] for k in range(rows.shape[1])), np.zeros(len(rows), dtype=np.intp), len(rows))
    np.testing.assert_array_equal(codes, inverse.ravel())
    assert size == inverse.max() + 1


def test_a_large_draw_is_the_same_whether_it_is_kept_or_not():
    KEPT.clear()
    first, second, third = (np.concatenate(list(draw_small_counts(20_000, 1000, 3))) for _ in range(3))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(second, third)
    assert np.all(first.sum(axis=1) == 20_000)
    KEPT.clear()


def test_a_wide_draw_is_the_draw_of_each_of_its_columns(rng):
    x = np.sort(rng.random(600))
    wide = draw_totals(np.column_stack([x + k for k in range(12)]), 300, 5)
    for k in range(12):
        np.testing.assert_allclose(wide[:, k], draw_totals((x + k)[:, None], 300, 5)[:, 0], rtol=1e-12)


def test_swaps_of_right_and_wrong_answers_alarm_as_often_as_mcnemar_does():
    a, b = np.r_[np.ones(26), np.zeros(14)], np.r_[np.ones(20), np.zeros(6), np.ones(6), np.zeros(8)]
    found = stats.false_alarm_rate(a, b, trials=2000)
    assert found.low <= 2 * (1 + 12 + 66) / 2**12 <= found.high  # 12 discordant pairs: mid-p is below 5 % from 10 to 2 on


def test_false_alarms_of_quantiles_and_sums_are_tried_too(rng):
    a, b = rng.lognormal(size=(60, 2)), rng.lognormal(size=(60, 2))
    found = stats.false_alarm_rate(a, b, judge=lambda x, y, **o: stats.compare_quantile(x, y, 0.5, **o), trials=60, resamples=199)
    assert found.low <= 0.05
    sides = ({"hit": (rng.random(80) < 0.5) * 1.0, "value": np.ones(80)} for _ in range(2))
    found = stats.false_alarm_rate(
        *sides, judge=lambda x, y, **o: stats.compare_sums(x, y, lambda t: t["hit"] / t["n"], **o), trials=60, resamples=199
    )
    assert found.low <= 0.05
    with pytest.raises(stats.StatisticsError, match="same columns"):
        stats.false_alarm_rate({"a": [1.0, 2.0]}, {"b": [1.0, 2.0]})
