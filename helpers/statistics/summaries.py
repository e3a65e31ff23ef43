"""One number per run goes in, an estimate with its interval comes out: median, mean, rate."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from helpers.statistics.bootstrap import as_sample, expanded_level, percentile_interval
from helpers.statistics.estimate import Estimate


def median(values: ArrayLike, level: float = 0.95, unit: str = "") -> Estimate:
    """Median over runs, with a percentile bootstrap interval.

    Percentile rather than BCa: the acceleration that BCa estimates with the
    jackknife does not exist for a median (Efron & Tibshirani 1993, ch. 11), and
    infinities are allowed this way. For samples of 5 to 50 from normal,
    exponential and log-normal populations, the 95 % interval held the true
    median in 92 to 95 % of simulated cases; BCa did the same.

    Parameters
    ----------
    values : array_like, shape (n,)
        One number per run; +inf for a loss that diverged.
    level : float
        Confidence level.
    unit : str
        Unit of the values.

    Returns
    -------
    Estimate
        With NaN as both ends for a single run.

    Raises
    ------
    ValueError
        For no value, NaN, or infinities of both signs.
    """
    x = as_sample(values)
    return Estimate(np.median(x), *percentile_interval((x,), np.median, level), len(x), unit, level)


def mean(values: ArrayLike, level: float = 0.95, unit: str = "") -> Estimate:
    """Mean over runs, with an expanded percentile bootstrap interval.

    A plain percentile interval of the mean is too short for few runs (for 5
    normal values it held the mean in 84 % of simulated cases), so its level is
    raised as Student's t would (:cite:t:`hesterberg2015bootstrap`, "expanded percentile"): 91 %
    with 5 runs, 95 % with 10. For skewed scores prefer `median`.

    Parameters, returns and errors are those of `median`.
    """
    x = as_sample(values)
    if len(x) > 1 and np.isfinite(x[0]) and (x == x[0]).all():
        # Means of resampled equal numbers differ in the last digit.
        return Estimate(x[0], x[0], x[0], len(x), unit, level)
    wider = expanded_level(level, len(x))
    return Estimate(np.mean(x), *percentile_interval((x,), np.mean, wider), len(x), unit, level)


def success_rate(successes: int | ArrayLike, n: int | None = None, level: float = 0.95) -> Estimate:
    """Share of runs that succeed, with Wilson's score interval (1927).

    Wilson's interval stays inside 0 to 1, has a width at 0 and n successes, and
    covers close to its level on average; Clopper and Pearson's always covers at
    least that much and is wider for it.

    Parameters
    ----------
    successes : int, or array_like of bool
        Number of successful runs, or one truth value per run.
    n : int, optional
        Number of runs, if `successes` is a number.
    level : float
        Confidence level.

    Raises
    ------
    TypeError
        If there is neither a number of runs nor an array of truth values, or a number is
        no whole one.
    ValueError
        If there are no runs, or more successes than runs.
    """
    if n is None:
        outcomes = np.asarray(successes)
        if outcomes.ndim != 1 or outcomes.dtype != bool:
            raise TypeError(
                f"successes={successes!r} is no array of truth values; give one, or n as well"
            )
        count, n = int(outcomes.sum()), len(outcomes)
    else:
        try:
            count, n = operator.index(successes), operator.index(n)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(
                f"successes={successes!r} of n={n!r} runs: whole numbers are needed"
            ) from None
    if not 0 <= count <= n or n < 1:
        raise ValueError(f"successes={count!r} of n={n!r} runs is impossible")
    interval = stats.binomtest(count, n).proportion_ci(level, method="wilson")
    return Estimate(count / n, interval.low, interval.high, n, level=level)


def summarise(
    table: pd.DataFrame,
    by: str | Sequence[str],
    score: str,
    statistic: Callable[..., Estimate] = median,
    level: float = 0.95,
) -> pd.DataFrame:
    """One row per group: number of runs, estimate, interval, and its text.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per run.
    by : str or sequence of str
        Columns that name the groups; they stay in the order of the table.
    score : str
        Column with one number (or truth value) per run.
    statistic : callable
        `median`, `mean` or `success_rate`; it also names the column.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        Columns: `by`, n, median (or the statistic's name), low, high, text.

    Raises
    ------
    ValueError
        For a column that the table does not have, or an empty table.
    """
    by = [by] if isinstance(by, str) else list(by)
    if missing := [c for c in [*by, score] if c not in table.columns]:
        raise ValueError(f"no column {', '.join(missing)}; choose from {', '.join(table.columns)}")
    rows = []
    for key, group in table.groupby(by, sort=False, observed=True, dropna=False):
        e = statistic(group[score], level=level)
        numbers = {"n": e.n, statistic.__name__: e.value, "low": e.low, "high": e.high}
        rows.append({**dict(zip(by, key, strict=True)), **numbers, "text": str(e)})
    if not rows:
        raise ValueError("the table has no rows")
    return pd.DataFrame(rows)
