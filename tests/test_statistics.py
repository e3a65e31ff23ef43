"""Estimates over runs: known intervals, diverged runs, and whether intervals cover."""

from __future__ import annotations

import math
import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import statistics
from helpers.statistics import bootstrap as resampling
from helpers.statistics import mean, median, success_rate, summarise


def test_median_and_mean_of_known_values():
    assert median([3, 1, 2]).value == 2
    assert mean([3, 1, 2, 6]).value == 3
    assert median([3, 1, 2], unit="s").unit == "s"
    assert median([3, 1, 2]).n == 3


@pytest.mark.parametrize("statistic", [median, mean])
def test_interval_is_deterministic_whatever_the_course_seed(statistic, monkeypatch):
    values = np.random.default_rng(0).normal(size=12)
    first = statistic(values)
    monkeypatch.setitem(os.environ, "COURSE_SEED", "7")
    np.random.seed(3)  # noqa: NPY002
    assert statistic(values) == first
    assert statistic(values, level=0.5).high < first.high


def test_median_interval_ends_at_order_statistics():
    # For n = 5 the interval of the bootstrap median at 95 % is known: the resampled
    # median is below the second value with probability P(B(5, 1/5) >= 3) = 0.058.
    e = median([1.0, 2.0, 4.0, 8.0, 16.0])
    assert (e.low, e.high) == (1.0, 16.0)
    e = median([1.0, 2.0, 4.0, 8.0, 16.0], level=0.85)
    assert (e.low, e.high) == (2.0, 8.0)


def coverage(statistic, draw, truth, n, level=0.95, repeats=400):
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(repeats):
        e = statistic(draw(rng, n), level=level)
        hits += e.low <= truth <= e.high
    return hits / repeats


def test_median_interval_covers(monkeypatch):
    monkeypatch.setattr(resampling, "RESAMPLES", 1999)
    share = coverage(median, lambda rng, n: rng.exponential(size=n), np.log(2), 15)
    assert 0.91 < share < 0.98
    share = coverage(median, lambda rng, n: rng.normal(size=n), 0, 20, level=0.8)
    assert 0.73 < share < 0.86


def test_mean_interval_covers_with_few_runs():
    # A plain percentile interval covers 84 % here.
    share = coverage(mean, lambda rng, n: rng.normal(size=n), 0, 5)
    assert 0.88 < share < 0.97


def test_the_level_of_a_mean_is_that_of_students_interval():
    # t(9) at 97.5 % is 2.262; times sqrt(10 / 9) it is 2.385, which a normal variable exceeds
    # on either side with probability 1 - 0.9829.
    assert resampling.expanded_level(0.95, 10) == pytest.approx(0.9829, abs=1e-4)
    assert resampling.expanded_level(0.8, 10**6) == pytest.approx(0.8, abs=1e-5)
    assert resampling.expanded_level(0.95, 2) > 0.999999
    assert resampling.expanded_level(0.95, 1) == 0.95


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_diverged_runs_count_as_infinite():
    e = median([1, 2, 3, 4, math.inf])
    assert (e.value, e.low, e.high) == (3, 1, math.inf)
    e = median([0.1] * 9 + [math.inf])
    assert (e.value, e.low, e.high) == (0.1, 0.1, 0.1)
    e = median([1, 2, math.inf, math.inf, math.inf])
    assert (e.value, e.high) == (math.inf, math.inf) and math.isfinite(e.low)
    e = median([math.inf] * 4)
    assert (e.value, e.low, e.high) == (math.inf,) * 3
    e = median([-math.inf, -5, -4])
    assert e.low == -math.inf
    e = mean([1, 2, math.inf])
    assert (e.value, e.high) == (math.inf, math.inf) and e.low < 2


@pytest.mark.filterwarnings("error::RuntimeWarning")
@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e100, 1e100) | st.just(math.inf), min_size=1, max_size=12))
def test_interval_holds_the_estimate(values):
    for statistic in (median, mean):
        e = statistic(values)
        assert e.n == len(values)
        if e.n == 1:
            assert math.isnan(e.low) and math.isnan(e.high)
        else:
            finite = [abs(v) for v in values if v != math.inf]
            slack = 1e-9 * max(finite, default=0)
            assert e.low - slack <= e.value <= e.high + slack
            assert min(values) - slack <= e.low and e.high <= max(values) + slack


@pytest.mark.parametrize("statistic", [median, mean])
@pytest.mark.parametrize(
    "values, message",
    [([], "empty"), ([1, math.nan, math.nan], "2 NaN among 3"), ([math.inf, -math.inf], "both")],
)
def test_what_cannot_be_estimated_is_refused(statistic, values, message):
    with pytest.raises(ValueError, match=message):
        statistic(values)


def test_missing_values_of_pandas_are_refused_too():
    with pytest.raises(ValueError, match="1 NaN among 3"):
        median(pd.Series([1, 2, None], dtype="Int64"))


@pytest.mark.parametrize(
    "successes, n, low, high",
    [
        # Newcombe (1998), Statistics in Medicine 17:857, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval(successes, n, low, high):
    e = success_rate(successes, n)
    assert e.value == successes / n and e.n == n
    assert (round(e.low, 4), round(e.high, 4)) == (low, high)


def test_success_rate_of_truth_values():
    assert success_rate(np.array([True, False, True, True])) == success_rate(3, 4)
    assert success_rate(pd.Series([True] * 5)).high == 1
    assert success_rate(3, 4, level=0.5).high < success_rate(3, 4).high


def test_success_rate_refuses():
    for bad in (3, [1, 0, 1], [[True]], [True, None]):
        with pytest.raises(TypeError, match="truth values"):
            success_rate(bad)
    for k, n in ((2.5, 4), (2, 4.0), (math.nan, 4), (2, math.nan), ([1], 3)):
        with pytest.raises(TypeError, match="whole numbers are needed"):
            success_rate(k, n)
    for k, n in ((5, 4), (-1, 4), (0, 0)):
        with pytest.raises(ValueError, match="impossible"):
            success_rate(k, n)
    with pytest.raises(ValueError, match="impossible"):
        success_rate(np.array([], bool))


def test_summarise():
    table = pd.DataFrame(
        {
            "cell": ["LSTM"] * 4 + ["GRU"] * 3,
            "rate": [0.1, 0.1, 0.2, 0.2, 0.1, 0.1, None],
            "loss": [1.0, 3.0, 5.0, math.inf, 2.0, 2.0, 9.0],
        }
    )
    out = summarise(table, ["cell", "rate"], "loss")
    assert list(out.columns) == ["cell", "rate", "n", "median", "low", "high", "text"]
    assert list(out.cell) == ["LSTM", "LSTM", "GRU", "GRU"]
    assert list(out.n) == [2, 2, 2, 1]
    assert list(out["median"]) == [2.0, math.inf, 2.0, 9.0]
    assert (out.low[0], out.high[0]) == (1.0, 3.0)
    assert out.text[2] == "2.00 [2.00, 2.00]" and out.text[3] == "9.00 [nan, nan]"

    solved = table.assign(solved=table.loss < 4)
    out = summarise(solved, "cell", "solved", success_rate)
    assert list(out.success_rate) == [0.5, 2 / 3]
    with pytest.raises(ValueError, match="no column nope; choose from cell, rate, loss"):
        summarise(table, "nope", "loss")
    with pytest.raises(ValueError, match="no rows"):
        summarise(table[:0], "cell", "loss")


def test_everything_can_be_had_from_here():
    for name in statistics.__all__:
        assert hasattr(statistics, name)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.97, 1e-9])
def test_the_mean_of_equal_numbers_is_that_number(value):
    for n in (3, 7, 10, 30):
        found = statistics.mean([value] * n)
        assert (found.value, found.low, found.high, found.n) == (value, value, value, n)
