"""Differences between groups: pairing, textbook intervals, and diverged runs."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from helpers.statistics import mean, median, success_rate
from helpers.statistics.comparisons import difference, rate_difference
from helpers.statistics.estimate import Estimate


def test_paired_difference_is_that_of_the_pairs():
    rng = np.random.default_rng(0)
    seeds = rng.normal(0, 10, size=20)  # what a pair has in common
    a, b = seeds + 1 + rng.normal(0, 0.1, 20), seeds
    paired = difference(a, b, paired=True)
    assert paired == median(a - b)
    assert 0.9 < paired.low < 1 < paired.high < 1.1 and paired.n == 20
    unpaired = difference(a, b, paired=False)
    assert unpaired.high - unpaired.low > 5
    assert unpaired.value == pytest.approx(np.median(a) - np.median(b))
    assert difference(a, b, paired=True, statistic=np.mean) == mean(a - b)


def test_direction_and_unit():
    e = difference([5, 6, 7], [1, 1, 1], paired=False, unit="s")
    assert e.value == 5 and e.unit == "s" and e.low > 0
    assert difference([1, 1, 1], [5, 6, 7], paired=False).value == -5


def test_unpaired_difference_of_means_covers():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        a, b = rng.normal(2, 1, 6), rng.normal(0, 3, 9)
        e = difference(a, b, paired=False, statistic=np.mean)
        hits += e.low <= 2 <= e.high
        assert e.n == 6
    assert 0.9 < hits / 200 <= 0.99


@pytest.mark.parametrize("statistic", [np.median, np.mean])
def test_an_unpaired_interval_is_that_of_the_difference(statistic):
    a, b = np.array([5.0, 6.0, 7.0, 8.0, 6.5]), np.array([1.0, 1.5, 2.0, 1.0, 1.2])
    e = difference(a, b, paired=False, statistic=statistic)
    assert 2 < e.low < e.value < e.high < 7.5
    moved = difference(a + 100, b + 100, paired=False, statistic=statistic)
    assert (moved.low, moved.high) == pytest.approx((e.low, e.high))
    assert difference(a, b, paired=False, statistic=statistic, level=0.5).high < e.high


def test_series_are_paired_by_seed():
    a = pd.Series([1.0, 2.0, 4.0, 9.0], index=[0, 1, 2, 7])
    b = pd.Series([40.0, 20.0, 10.0, 5.0], index=[2, 1, 0, 3])
    e = difference(a, b, paired=True)
    assert e.n == 3 and e.value == -18
    with pytest.raises(ValueError, match="share no seed"):
        difference(a, b.set_axis([10, 11, 12, 13]), paired=True)
    with pytest.raises(ValueError, match="twice"):
        difference(a, b.set_axis([0, 0, 1, 2]), paired=True)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_diverged_runs():
    e = difference([math.inf, 2, 3, 4, 5], [1, 1, 1, 1, 1], paired=True)
    assert (e.value, e.high) == (3, math.inf) and e.low == 1
    e = difference([math.inf, 2, 3], [1, 1, 1], paired=False)
    assert (e.value, e.high) == (2, math.inf)
    with pytest.raises(ValueError, match="1 pairs are infinite on both sides"):
        difference([math.inf, 2], [math.inf, 1], paired=True)
    with pytest.raises(ValueError, match="both hold infinities"):
        difference([math.inf, 2], [1, math.inf], paired=False)


def test_difference_refuses():
    with pytest.raises(ValueError, match="3 and 2"):
        difference([1, 2, 3], [1, 2], paired=True)
    with pytest.raises(ValueError, match="a holds 1 NaN"):
        difference([1, math.nan], [1, 2], paired=True)
    with pytest.raises(ValueError, match="b is empty"):
        difference([1, 2], [], paired=False)
    with pytest.raises(ValueError, match="numpy.median or numpy.mean"):
        difference([1, 2], [1, 2], paired=True, statistic=np.std)
    single = difference([1], [3], paired=True)
    assert single.value == -2 and math.isnan(single.low)


@pytest.mark.parametrize(
    "a, b, low, high",
    [
        # Newcombe (1998), Statistics in Medicine 17:873, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_newcombe_interval(a, b, low, high):
    e = rate_difference(success_rate(*a), success_rate(*b))
    assert e.value == pytest.approx(a[0] / a[1] - b[0] / b[1])
    assert (round(e.low, 4), round(e.high, 4)) == (low, high)
    back = rate_difference(success_rate(*b), success_rate(*a))
    assert (back.low, back.high) == pytest.approx((-e.high, -e.low))


def test_rate_difference_refuses():
    with pytest.raises(ValueError, match="levels"):
        rate_difference(success_rate(1, 2), success_rate(1, 2, level=0.9))
    with pytest.raises(ValueError, match="no success rate"):
        rate_difference(success_rate(1, 2), Estimate(3, 2, 4))
    for low, value, high in ((-0.1, 0.5, 0.9), (0.1, 0.5, 1.01), (0.6, 0.5, 0.9)):
        with pytest.raises(ValueError, match="no success rate"):
            rate_difference(success_rate(1, 2), Estimate(value, low, high))
    assert rate_difference(Estimate(0, 0, 1), Estimate(1, 0, 1)).value == -1
