"""Which factor matters? Shares of the variance in a balanced design.

An analysis of variance splits the spread of a score over the factors of a grid,
their pairwise interactions, and the seeds. What it says depends on the levels
put in: one bad level can carry a whole factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from helpers.statistics.bootstrap import RESAMPLING_SEED
from helpers.statistics.estimate import Estimate

#: Number of resamples; the seed is that of `helpers.statistics.bootstrap`.
RESAMPLES = 1999


def eta_squared(
    table: pd.DataFrame, score: str, factors: Sequence[str], level: float = 0.95
) -> pd.DataFrame:
    """Split the variance of a score over factors, pairs of factors, and seeds.

    η² is a source's share of the total sum of squares. It is above 0 even for a
    factor without effect, so the estimate with an interval is ε², the same share
    less what chance gives :cite:p:`kelley1935unbiased,okada2013omega`.

    The interval is a percentile bootstrap over seeds, drawn afresh within each
    cell. Resampled cells vary around means that carry noise already; the
    interval is therefore shifted to be centred on ε², widened by
    √(r / (r − 1)) for r seeds a cell, and cut off at 0 and 1. In simulations
    with 5 and 10 seeds and normal noise a 95 % interval of a factor or pair held
    the true share in 89 to 100 % of cases; with heavy tails (Student's t with 3
    degrees of freedom) in 73 to 100 %. A plain percentile interval of η² hardly
    ever holds a share of 0.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per run; every combination of levels with the same number of runs.
    score : str
        Column of finite numbers.
    factors : sequence of str
        One or more columns.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row per source: each factor, each pair ("a × b"), with three or more
        factors "higher interactions", and "seeds" (within a cell). Columns: df
        (degrees of freedom), sum_of_squares, eta_squared (they add to 1),
        epsilon_squared with low and high, n (seeds a cell), text.

    Raises
    ------
    ValueError
        For unknown columns, an unbalanced design, a single run per cell, a
        factor with one level, or a score that is constant or not finite.
    """
    factors = [factors] if isinstance(factors, str) else list(factors)
    scores = _as_grid(table, score, factors)
    n = scores.shape[-1]
    sources = [s for size in (1, 2) for s in combinations(range(len(factors)), size)]
    names = [" × ".join(factors[axis] for axis in source) for source in sources]
    names += ["higher interactions", "seeds"] if len(factors) > 2 else ["seeds"]

    squares, freedom = _decompose(scores, sources)
    share = _epsilon_squared(squares, freedom)
    rng = np.random.default_rng(RESAMPLING_SEED)
    resampled = np.empty((RESAMPLES, len(share)))
    for row in resampled:
        chosen = rng.integers(n, size=scores.shape)
        again, _ = _decompose(np.take_along_axis(scores, chosen, axis=-1), sources)
        row[:] = _epsilon_squared(again, freedom)

    tail = (1 - level) / 2
    offsets = np.nanquantile(resampled, [tail, 1 - tail], axis=0) - np.nanmean(resampled, axis=0)
    low, high = np.clip(share + np.sqrt(n / (n - 1)) * offsets, 0, 1)
    share = np.clip(share, 0, 1)
    result = pd.DataFrame(
        {
            "df": freedom,
            "sum_of_squares": squares,
            "eta_squared": squares / squares.sum(),
            "epsilon_squared": share,
            "low": low,
            "high": high,
            "n": n,
            "text": [str(Estimate(*e, n=n)) for e in zip(share, low, high, strict=True)],
        },
        index=pd.Index(names, name="source"),
    )
    return result


def _as_grid(table: pd.DataFrame, score: str, factors: list[str]) -> np.ndarray:
    """Return the scores with one axis per factor and the seeds last."""
    if missing := [c for c in [*factors, score] if c not in table.columns]:
        raise ValueError(f"no column {', '.join(missing)}; choose from {', '.join(table.columns)}")
    scores = table[score].to_numpy(float, na_value=np.nan)
    if not np.isfinite(scores).all():
        bad = int((~np.isfinite(scores)).sum())
        raise ValueError(f"{score} is not finite in {bad} of {len(scores)} runs")
    coded = [pd.factorize(table[f], use_na_sentinel=False) for f in factors]
    for factor, (_, levels) in zip(factors, coded, strict=True):
        if len(levels) < 2:
            raise ValueError(f"factor {factor!r} has {len(levels)} level; it needs two or more")
    codes = [code for code, _ in coded]
    shape = tuple(len(levels) for _, levels in coded)
    runs = np.bincount(np.ravel_multi_index(codes, shape), minlength=np.prod(shape))
    if runs.min() != runs.max():
        raise ValueError(f"the design is unbalanced: {runs.min()} to {runs.max()} runs per cell")
    if runs.min() < 2:
        raise ValueError("one run per cell cannot tell an effect from the seeds; use two or more")
    if np.ptp(scores) == 0:
        raise ValueError(f"{score} is constant: there is no variance to split")
    return scores[np.lexsort(codes[::-1])].reshape(*shape, runs.min())


def _decompose(scores: np.ndarray, sources: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """Return sums of squares and degrees of freedom: sources, higher ones, seeds."""
    shape = scores.shape
    grand = scores.mean()
    effects: dict[tuple, np.ndarray] = {}
    squares, freedom = [], []
    for source in sources:
        others = tuple(axis for axis in range(scores.ndim) if axis not in source)
        effect = scores.mean(axis=others, keepdims=True) - grand
        if len(source) == 2:
            effect = effect - effects[source[:1]] - effects[source[1:]]
        effects[source] = effect
        squares.append(np.sum(effect**2) * scores.size / effect.size)
        freedom.append(np.prod([shape[axis] - 1 for axis in source]))
    cells = scores.mean(axis=-1, keepdims=True)
    if scores.ndim > 3:
        squares.append(np.sum((cells - grand) ** 2) * shape[-1] - np.sum(squares))
        freedom.append(cells.size - 1 - np.sum(freedom))
    squares.append(np.sum((scores - cells) ** 2))
    freedom.append(scores.size - cells.size)
    return np.maximum(squares, 0.0), np.array(freedom, int)


def _epsilon_squared(squares: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Take from each source's sum of squares what the seeds put there by chance."""
    chance = freedom * squares[-1] / freedom[-1]
    chance[-1] = -chance[:-1].sum()
    total = squares.sum()
    return (squares - chance) / total if total else np.full(len(squares), np.nan)
