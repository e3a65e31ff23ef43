"""How sure are we, when runs and test items both vary? Resample both.

Ten networks that answer the same thousand test items are not ten thousand independent
answers. Another seed would give other networks, and another sample of items other items.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from helpers.checks import whole_number
from helpers.statistics.bootstrap import RESAMPLES, RESAMPLING_SEED, as_sample
from helpers.statistics.estimate import Estimate

_AT_ONCE = 1000  # resamples in memory together


def over_runs_and_items(
    *tables: ArrayLike,
    combine: Callable | None = None,
    block: int = 1,
    level: float = 0.95,
    unit: str = "",
) -> Estimate:
    """Compare mean scores, with an interval over runs and over test items.

    Runs and items are resampled independently of each other, the pigeonhole bootstrap
    (:cite:t:`owen2007pigeonhole`), whose variance is right or too large. Of n runs n - 1
    are drawn, since the variance among few runs is otherwise estimated too small.

    Parameters
    ----------
    *tables : array_like, shape (runs, items), or (items,)
        A score of each run on each item: 1 or 0 for right or wrong, or a squared error.
        One without an axis of runs stands for an answer that is not trained. All tables
        have the same items in the same order, and are paired by them; tables with several
        runs are paired by run as well.
    combine : callable, optional
        Takes the mean of each table, as numbers or arrays, and returns what is asked, such
        as a ratio. By default the mean of one table, or the difference of two.
    block : int
        Number of neighbouring items that are drawn together, for items of a time series.
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
    ValueError
        If the shapes do not fit, a score is not finite, there are fewer than two blocks,
        or three tables come without `combine`.
    """
    if combine is None:
        if len(tables) not in (1, 2):
            raise ValueError(f"{len(tables)} tables need combine=, what is asked of their means")
        combine = np.subtract if len(tables) == 2 else np.positive
    scores = [_table(table) for table in tables]
    items = {table.shape[1] for table in scores}
    runs = {len(table) for table in scores} - {1} or {1}
    if len(items) > 1 or len(runs) > 1:
        shapes = ", ".join(str(table.shape) for table in scores)
        raise ValueError(f"tables of shapes {shapes} do not have the same runs and items")
    n, m, size = runs.pop(), items.pop(), whole_number("block", block, 1)
    blocks = -(-m // size)
    if blocks < 2:
        raise ValueError(f"block={block} leaves {blocks} block of {m} items; take at least two")
    starts = np.arange(0, m, size)
    sums = [np.add.reduceat(table, starts, axis=1) for table in scores]
    sizes = np.diff([*starts, m])
    rng = np.random.default_rng(RESAMPLING_SEED)
    found = []
    for first in range(0, RESAMPLES, _AT_ONCE):
        count = min(_AT_ONCE, RESAMPLES - first)
        by_block = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=count)
        by_run = rng.multinomial(max(n - 1, 1), np.full(n, 1 / n), size=count)
        total = (by_block @ sizes) * max(n - 1, 1)
        means = [
            ((by_run if len(s) > 1 else by_run.sum(axis=1)[:, None]) * (by_block @ s.T)).sum(axis=1)
            / total
            for s in sums
        ]
        found.append(combine(*means))
    tail = 50 * (1 - level)
    low, high = np.percentile(np.concatenate(found), [tail, 100 - tail])
    value = float(combine(*(table.mean() for table in scores)))
    # The estimate itself may stick out where nearly all runs and items agree.
    return Estimate(value, min(low, value), max(high, value), n, unit, level)


def _table(given: ArrayLike) -> np.ndarray:
    table = np.asarray(given, float)
    if table.ndim not in (1, 2) or not table.size:
        raise ValueError(f"a table of shape {table.shape}; (runs, items) or (items,) is needed")
    as_sample(table.ravel(), "a table")
    if not np.isfinite(table).all():
        raise ValueError("a table holds scores that are not finite; leave diverged runs out")
    return np.atleast_2d(table)
