"""The bootstrap under every interval: resample the runs, look at the spread.

Its random numbers come from a fixed seed of their own: the same results always
give the same interval, whatever ``COURSE_SEED`` is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

#: Seed and number of the resamples.
RESAMPLING_SEED = 1
RESAMPLES = 9999

# The bootstrap interpolates between resampled statistics, and inf - inf is NaN.
# Infinities therefore enter it as _HUGE, and what comes out beyond _INFINITE is one.
_HUGE, _INFINITE = 1e150, 1e120


def as_sample(values: ArrayLike, name: str = "values") -> np.ndarray:
    """Return the values as floats, shape (n,), after refusing what cannot be estimated."""
    x: np.ndarray = pd.Series(values).to_numpy(float, na_value=np.nan)
    if not len(x):
        raise ValueError(f"{name} is empty; an estimate needs at least one run")
    if missing := int(np.isnan(x).sum()):
        raise ValueError(
            f"{name} holds {missing} NaN among {len(x)}: give a diverged run a score first "
            "(inf for a loss, 0 for an accuracy), or leave it out on purpose"
        )
    if np.isposinf(x).any() and np.isneginf(x).any():
        raise ValueError(f"{name} holds both inf and -inf")
    return x


def paired_differences(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Return a - b over common seeds, shape (n,)."""
    if isinstance(a, pd.Series) and isinstance(b, pd.Series):
        if not (a.index.is_unique and b.index.is_unique):
            raise ValueError("a paired Series has a seed twice in its index")
        a, b = a.align(b, join="inner")
        if a.empty:
            raise ValueError("a and b share no seed; set the index of both to the seed")
    x, y = as_sample(a, "a"), as_sample(b, "b")
    if len(x) != len(y):
        raise ValueError(f"paired samples differ in length: {len(x)} and {len(y)}")
    if both := int((np.isinf(x) & np.isinf(y)).sum()):
        raise ValueError(f"{both} pairs are infinite on both sides; compare success rates instead")
    return as_sample(x - y, "a - b")


def percentile_interval(samples: tuple, statistic: Callable, level: float) -> tuple[float, float]:
    """Return the ends of the percentile bootstrap interval."""
    if min(map(len, samples)) < 2:
        return np.nan, np.nan
    ends = stats.bootstrap(
        [np.clip(x, -_HUGE, _HUGE) for x in samples],
        statistic,
        n_resamples=RESAMPLES,
        # Blocks keep the resamples of a large sample from filling the memory.
        batch=max(1, 1_000_000 // max(map(len, samples))),
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(RESAMPLING_SEED),
    ).confidence_interval
    low, high = (np.copysign(np.inf, end) if abs(end) > _INFINITE else end for end in ends)
    return float(low), float(high)


def expanded_level(level: float, n: int) -> float:
    """Return the level at which a percentile interval of a mean is as wide as Student's."""
    if n < 2:
        return level  # there will be no interval to widen
    t = stats.t.ppf((1 + level) / 2, n - 1) * np.sqrt(n / (n - 1))
    return float(1 - 2 * stats.norm.sf(t))
