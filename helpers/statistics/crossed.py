"""How sure are we, when runs and test items both vary? Count both kinds of luck.

Ten networks that answer the same thousand test items are not ten thousand independent
answers. Another seed would give other networks, and another sample of items other items.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from helpers.statistics.bootstrap import as_sample
from helpers.statistics.estimate import Estimate


def over_runs_and_items(
    *tables: ArrayLike,
    combine: Callable | None = None,
    block: int = 1,
    level: float = 0.95,
    unit: str = "",
) -> Estimate:
    """Compare mean scores, with an interval over runs and over test items.

    The variance is that between runs, plus that between items, minus that of single
    answers, which the other two both contain (:cite:t:`cameron2011robust`). It is at least
    the larger of the first two. Ratios and the like are taken as linear within the interval.

    Parameters
    ----------
    *tables : array_like, shape (runs, items), or (items,)
        A score of each run on each item: 1 or 0 for right or wrong, or a squared error.
        One without an axis of runs stands for an answer that is not trained. All tables
        have the same items in the same order, and are paired by them; tables with several
        runs are paired by run as well.
    combine : callable, optional
        Takes the mean of each table and returns what is asked, such as a ratio. By default
        the mean of one table, or the difference of two.
    block : int
        Number of neighbouring items that count as one, for items of a time series.
    level : float
        Confidence level.
    unit : str
        Unit of the result.

    Returns
    -------
    Estimate
        Its `n` is the number of runs.

    Raises
    ------
    TypeError
        If `block` is not a whole number.
    ValueError
        If the shapes do not fit, a score is not finite, there are fewer than two blocks,
        or three tables come without `combine`.
    """
    if combine is None:
        if len(tables) not in (1, 2):
            raise ValueError(f"{len(tables)} tables need combine=, what is asked of their means")
        combine = _difference
    scores = [_table(table) for table in tables]
    items = {table.shape[1] for table in scores}
    runs = {len(table) for table in scores} - {1} or {1}
    if len(items) > 1 or len(runs) > 1:
        shapes = ", ".join(str(table.shape) for table in scores)
        raise ValueError(f"tables of shapes {shapes} do not have the same runs and items")
    n, m, size = runs.pop(), items.pop(), operator.index(block)
    if size < 1:
        raise ValueError(f"block={block} is less than 1")
    starts = np.arange(0, m, size)
    blocks = len(starts)
    if blocks < 2:
        raise ValueError(f"block={block} leaves {blocks} block of {m} items; take at least two")
    means = [float(table.mean()) for table in scores]
    value = float(combine(*means))
    # What each answer adds to the difference between the result and its expectation.
    shares = np.zeros((n, m))
    for slope, table, mean in zip(_slopes(combine, means), scores, means, strict=True):
        shares += slope * (table - mean)
    cells = np.add.reduceat(shares, starts, axis=1) / (n * m)
    by_block = float((cells.sum(axis=0) ** 2).sum()) * blocks / (blocks - 1)
    by_run = float((cells.sum(axis=1) ** 2).sum()) * n / (n - 1) if n > 1 else 0.0
    single = float((cells**2).sum()) if n > 1 else 0.0
    variance = max(by_run + by_block - single, by_run, by_block)
    # Degrees of freedom after Satterthwaite (1946), as for a sum of two variances.
    parts = by_run**2 / max(n - 1, 1) + by_block**2 / (blocks - 1)
    freedom = (by_run + by_block) ** 2 / parts if parts else np.inf
    margin = stats.t.ppf((1 + level) / 2, freedom) * np.sqrt(variance)
    return Estimate(value, value - margin, value + margin, n, unit, level)


def _difference(first: float, second: float = 0.0) -> float:
    return first - second


def _slopes(combine: Callable, means: list[float]) -> list[float]:
    """Return the derivative of `combine` with respect to each mean, by central differences."""
    slopes = []
    for place, mean in enumerate(means):
        step = 1e-4 * (abs(mean) or 1.0)
        up, down = ([*means[:place], mean + s, *means[place + 1 :]] for s in (step, -step))
        slopes.append(float(combine(*up) - combine(*down)) / (2 * step))
    return slopes


def _table(given: ArrayLike) -> np.ndarray:
    table = np.asarray(given, float)
    if table.ndim not in (1, 2) or not table.size:
        raise ValueError(f"a table of shape {table.shape}; (runs, items) or (items,) is needed")
    as_sample(table.ravel(), "a table")
    if not np.isfinite(table).all():
        raise ValueError("a table holds scores that are not finite; leave diverged runs out")
    return np.atleast_2d(table)
