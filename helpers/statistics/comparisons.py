"""By how much do two groups of runs differ? Differences with intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from helpers.statistics.bootstrap import (
    as_sample,
    expanded_level,
    paired_differences,
    percentile_interval,
)
from helpers.statistics.estimate import Estimate


def difference(
    a: ArrayLike,
    b: ArrayLike,
    paired: bool,
    statistic: Callable = np.median,
    level: float = 0.95,
    unit: str = "",
) -> Estimate:
    """How far `a` lies above `b`, with a bootstrap interval.

    Parameters
    ----------
    a, b : array_like, shape (n,) and (m,)
        One number per run. Two paired pandas Series are matched by their index
        (set it to the seed), and seeds that only one of them has are left out.
    paired : bool
        True for runs with common seeds: the statistic of the n differences
        a - b. False for independent runs: the statistic of `a` minus that of `b`.
    statistic : callable
        `numpy.median` or `numpy.mean`.
    level : float
        Confidence level.
    unit : str
        Unit of the values.

    Returns
    -------
    Estimate
        Its `n` is the number of pairs, or of runs in the smaller sample.

    Raises
    ------
    ValueError
        If paired samples differ in length or share no seed, or if a difference
        of two infinities would be needed.
    """
    if statistic not in (np.median, np.mean):
        raise ValueError(f"statistic={statistic!r}; choose numpy.median or numpy.mean")
    if paired:
        samples: tuple[np.ndarray, ...] = (paired_differences(a, b),)
        compare: Callable = statistic
        value = statistic(samples[0])
    else:
        samples = as_sample(a, "a"), as_sample(b, "b")
        if all(np.isinf(x).any() for x in samples):
            raise ValueError("a and b both hold infinities; compare success rates instead")
        compare = _UNPAIRED[statistic]
        value = statistic(samples[0]) - statistic(samples[1])
    n = min(map(len, samples))
    wider = expanded_level(level, n) if statistic is np.mean else level
    return Estimate(value, *percentile_interval(samples, compare, wider), n, unit, level)


def rate_difference(a: Estimate, b: Estimate) -> Estimate:
    """Difference of two independent success rates, with Newcombe's interval.

    :cite:t:`newcombe1998difference`, method 10, builds it from the two Wilson intervals.

    Parameters
    ----------
    a, b : Estimate
        Two results of `success_rate`, at the same level.

    Raises
    ------
    ValueError
        If the levels differ or a value is no rate.
    """
    if a.level != b.level:
        raise ValueError(f"the rates have different levels: {a.level} and {b.level}")
    for rate in (a, b):
        if not 0 <= rate.low <= rate.value <= rate.high <= 1:
            raise ValueError(f"{rate} is no success rate; make it with success_rate")
    d = a.value - b.value
    below = np.hypot(a.value - a.low, b.high - b.value)
    above = np.hypot(a.high - a.value, b.value - b.low)
    return Estimate(d, d - below, d + above, min(a.n, b.n), level=a.level)


def _difference_of_medians(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return np.median(x, axis=axis) - np.median(y, axis=axis)


def _difference_of_means(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return np.mean(x, axis=axis) - np.mean(y, axis=axis)


_UNPAIRED = {np.median: _difference_of_medians, np.mean: _difference_of_means}
