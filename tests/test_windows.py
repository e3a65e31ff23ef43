"""The demand series: split by time, standardised by its past, cut into windows."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression

from helpers.datasets import CALENDAR, calendar, cut_windows, electricity_demand, split_series
from helpers.datasets.demand import DAY, WEEK

PARTS = ("train", "validation", "test")


def ramp(points: int = 40, validation: int = 10, test: int = 8):
    """Return a series whose value is its own position, with a second feature."""
    values = np.column_stack([np.arange(points), -2.0 * np.arange(points)])
    return split_series(values, ("position", "minus twice"), validation, test)


# ---------------------------------------------------------------- series


def test_demand_has_documented_shape_units_and_splits():
    series = electricity_demand()
    assert series.raw.shape == series.standardised.shape == (17520, 3)
    assert series.raw.dtype == series.standardised.dtype == np.float32
    assert dict(series.bounds) == {
        "train": (0, 10512),
        "validation": (10512, 14016),
        "test": (14016, 17520),
    }
    demand, temperature, work_day = series.raw.T
    assert 2.8 < demand.min() < demand.max() < 9.4  # GW
    assert 1 < temperature.min() < temperature.max() < 44  # degrees Celsius
    assert set(np.unique(work_day)) == {0, 1}
    assert demand.std() == pytest.approx(0.878, abs=0.001)


def test_every_split_starts_at_midnight():
    series = electricity_demand()
    days = series.raw[:, 2].reshape(-1, DAY)
    assert (days == days[:, :1]).all()  # the work-day flag changes at the borders of days only
    assert all(start % DAY == 0 for start, _ in series.bounds.values())
    # 1 January and the Melbourne Cup (4 November, day 308 of 2014) were holidays.
    assert days[0, 0] == days[307, 0] == 0 and days[1, 0] == days[308, 0] == 1


def test_scaler_comes_from_the_training_split_alone():
    series = electricity_demand()
    train = series.standardised[: series.bounds["train"][1], :2]
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    test = series.standardised[series.bounds["test"][0] :, :2]
    assert (np.abs(test.mean(axis=0)) > 0.1).all()
    np.testing.assert_array_equal(series.standardised[:, 2], series.raw[:, 2])
    back = series.standardised * series.scale + series.center
    np.testing.assert_allclose(back, series.raw, atol=1e-5)


def test_a_change_of_the_future_leaves_the_scaler_alone():
    values = np.random.default_rng(0).normal(size=(60, 2))
    changed = values.copy()
    changed[30:] += 1000
    first, second = (split_series(v, ("a", "b"), 20, 10) for v in (values, changed))
    np.testing.assert_array_equal(first.center, second.center)
    np.testing.assert_array_equal(first.standardised[:30], second.standardised[:30])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: split_series(np.ones((9, 2)), ("a",), 2, 2), r"\(9, 2\).*'a'"),
        (lambda: split_series(np.ones(9), ("a",), 2, 2), r"\(9,\)"),
        (
            lambda: split_series([[1.0], [np.nan], [2.0], [3.0]], ("a",), 1, 1),
            "must all be finite numbers",
        ),
        (lambda: split_series(np.ones((9, 1)), ("a",), 2, 2), "'a' is constant"),
        (lambda: split_series(np.ones((9, 1)), ("a",), 4, 4), "leave no training part of 9"),
        (lambda: split_series(np.eye(9), tuple("abcdefghi"), 0, 4), "validation=0"),
        (lambda: split_series(np.eye(6)[:, :2], ("a", "b"), 1, 1, ("c",)), "flag='c'.*'a', 'b'"),
    ],
)
def test_split_series_refuses_what_it_cannot_split(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --------------------------------------------------------------- windows


@pytest.mark.parametrize("split", PARTS)
@given(
    length=st.integers(1, 4),
    horizon=st.integers(1, 3),
    steps=st.integers(1, 2),
    stride=st.integers(1, 4),
)
@settings(max_examples=30, deadline=None)
def test_windows_of_a_ramp_stay_in_their_split_and_see_no_future(
    split, length, horizon, steps, stride
):
    series = ramp()
    start, stop = series.bounds[split]
    windows = cut_windows(series, split, length, horizon, steps, stride)
    # Counted independently: every start for which the last target is inside.
    starts = [i for i in range(start, stop, stride) if i + length + horizon + steps - 2 < stop]
    past = np.array([range(i, i + length) for i in starts])
    future = np.array(
        [range(i + length - 1 + horizon, i + length - 1 + horizon + steps) for i in starts]
    )
    np.testing.assert_array_equal(windows.inputs_raw[:, :, 0], past)
    np.testing.assert_array_equal(windows.inputs_raw[:, :, 1], -2 * past)
    np.testing.assert_array_equal(windows.targets_raw, future)
    np.testing.assert_array_equal(windows.times, future)
    assert past.min() >= start and future.max() < stop
    assert (past[:, -1] < future[:, 0]).all()


def test_windows_hold_the_standardised_series_at_the_same_places():
    series = electricity_demand()
    windows = cut_windows(series, "test", length=48, horizon=2, steps=3, stride=5)
    assert windows.inputs.shape == windows.inputs_raw.shape == (691, 48, 3)
    assert windows.targets.shape == windows.targets_raw.shape == windows.times.shape == (691, 3)
    assert windows.inputs.dtype == windows.targets.dtype == np.float32
    back = windows.inputs * series.scale + series.center
    np.testing.assert_allclose(back, windows.inputs_raw, atol=1e-5)
    np.testing.assert_allclose(windows.to_raw(windows.targets), windows.targets_raw, atol=1e-5)
    np.testing.assert_array_equal(windows.targets_raw, series.raw[windows.times, 0])
    with pytest.raises(ValueError, match="read-only"):
        windows.inputs[0] = 0


def test_next_day_windows_start_at_midnight():
    windows = cut_windows(electricity_demand(), "test", WEEK, steps=DAY, stride=DAY)
    assert windows.targets.shape == (66, 48)
    assert (windows.times[:, 0] % DAY == 0).all()
    np.testing.assert_array_equal(np.diff(windows.times[:, 0]), DAY)


def test_error_is_in_gigawatts_and_refuses_another_shape():
    series = electricity_demand()
    windows = cut_windows(series, "validation", length=4)
    assert windows.mae(windows.targets_raw) == 0
    assert windows.mae(windows.to_raw(windows.targets + 1)) == pytest.approx(series.scale[0])
    with pytest.raises(ValueError, match=r"\(3500,\).*\(3500, 1\)"):
        windows.mae(windows.targets_raw[:, 0])


def test_baselines_of_a_ramp():
    windows = cut_windows(ramp(), "test", length=3, horizon=2, steps=2)
    np.testing.assert_array_equal(windows.persistence(), windows.times[:, :1] - [[2, 2]])
    assert windows.mae(windows.persistence()) == 2.5
    np.testing.assert_array_equal(windows.seasonal_naive(7), windows.times - 7)
    assert windows.mae(windows.seasonal_naive(3)) == 3
    with pytest.raises(ValueError, match="season=2 is less than 3"):
        windows.seasonal_naive(2)  # would use values between the last input and the target
    with pytest.raises(ValueError, match="season=9 reaches back"):
        cut_windows(ramp(), "train", length=3).seasonal_naive(9)


def test_reference_scores_of_the_demand_series():
    series = electricity_demand()
    demand = series.raw[:, 0].astype(np.float64)
    start = series.bounds["test"][0]
    changes = np.abs(demand[start:] - demand[start - 1 : -1])
    assert changes.mean() == pytest.approx(0.0935, abs=0.0001)
    windows = cut_windows(series, "test", length=48)
    assert windows.mae(windows.persistence()) == pytest.approx(0.0935, abs=0.0005)
    train = cut_windows(series, "train", length=48)
    model = LinearRegression().fit(train.inputs[:, :, 0], train.targets)
    forecast = windows.to_raw(model.predict(windows.inputs[:, :, 0]))
    assert windows.mae(forecast) == pytest.approx(0.045, abs=0.001)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"split": "dev"}, ValueError, "'dev'.*'train', 'validation', 'test'"),
        ({"length": 0}, ValueError, "length=0"),
        ({"length": 2.5}, TypeError, "length=2.5"),
        ({"horizon": 0}, ValueError, "horizon=0"),
        ({"steps": -1}, ValueError, "steps=-1"),
        ({"stride": 0}, ValueError, "stride=0"),
        ({"length": 6, "horizon": 2, "steps": 2}, ValueError, "need 9 points; 'test' has 8"),
    ],
)
def test_cut_windows_refuses_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        cut_windows(**{"series": ramp(), "split": "test", "length": 2} | options)


def test_the_longest_window_that_fits():
    assert len(cut_windows(ramp(), "test", length=6, horizon=2, steps=1).inputs) == 1


# -------------------------------------------------------------- calendar


def test_the_calendar_knows_the_days_of_2014():
    days = np.arange(0, 17520, DAY)
    known = calendar(electricity_demand(), days)
    assert known.shape == (365, len(CALENDAR)) and known.dtype == np.float32
    flags = {name: known[:, place] for place, name in enumerate(CALENDAR)}
    first = date(2014, 1, 1)
    for day in range(365):
        name = (first + timedelta(days=day)).strftime("%A")
        assert flags[f"{name} (0/1)"][day] == 1
    assert (known[:, 3:].sum(axis=1) == 1).all()
    # Work days are weekdays without holidays; the Melbourne Cup was on a Tuesday.
    weekend = flags["Saturday (0/1)"] + flags["Sunday (0/1)"]
    assert not (flags["work day (0/1)"] * weekend).any()
    assert flags["work day (0/1)"][307] == 0 and flags["Tuesday (0/1)"][307] == 1


def test_the_hour_goes_round_the_clock():
    sine, cosine = calendar(electricity_demand(), np.arange(DAY + 1))[:, 1:3].T
    np.testing.assert_allclose(sine**2 + cosine**2, 1, atol=1e-6)
    at = {hour: (sine[2 * hour], cosine[2 * hour]) for hour in (0, 6, 12, 18, 24)}
    np.testing.assert_allclose(at[0], (0, 1), atol=1e-6)
    np.testing.assert_allclose(at[6], (1, 0), atol=1e-6)
    np.testing.assert_allclose(at[12], (0, -1), atol=1e-6)
    np.testing.assert_allclose(at[24], at[0], atol=1e-6)


def test_the_calendar_of_windows_is_that_of_their_targets():
    series = electricity_demand()
    part = cut_windows(series, "test", length=DAY, steps=DAY, stride=7)
    known = calendar(series, part.times)
    assert known.shape == (*part.times.shape, len(CALENDAR))
    np.testing.assert_array_equal(known[3, 5], calendar(series, part.times[3, 5]))
    np.testing.assert_array_equal(known[..., 0], series.raw[part.times, 2])
    with pytest.raises(ValueError, match="read-only"):
        known[0] = 0


@pytest.mark.parametrize("times", [[-1], [17520], [0.5], [[3, 17520]]])
def test_the_calendar_refuses_times_outside_the_series(times):
    with pytest.raises(ValueError, match="whole numbers from 0 to 17519"):
        calendar(electricity_demand(), times)


def test_the_calendar_refuses_a_series_without_work_days():
    with pytest.raises(ValueError, match="'work day \\(0/1\\)' is not among the features"):
        calendar(ramp(), [0])
