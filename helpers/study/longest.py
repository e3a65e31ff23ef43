"""The longest delay that networks learn, as a function of the training budget.

A ladder of delays is climbed from the shortest one. At a given budget a delay counts as
learned if at least half of the networks have reached the target there, *and* at every
shorter delay. One table of runs answers for all budgets at once, since
``steps_to_target`` says from which budget on a run has succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from helpers.checks import whole_number
from helpers.statistics.bootstrap import RESAMPLES, RESAMPLING_SEED
from helpers.study.table import Names, steps_to_target


def longest_delay(
    runs: pd.DataFrame,
    budgets: Iterable[int],
    by: Names = "cell",
    share: float = 0.5,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return the longest delay learned, for each group and budget, with its interval.

    The interval is a percentile bootstrap over seeds. A resample draws seeds with
    replacement and takes each one's runs at *all* delays together, so that whatever a seed's
    initial weights do to several delays stays paired. Where all runs agree at a delay, the
    resamples agree too: the interval knows the seeds that were tried and the delays of the
    ladder, and nothing between two of its rungs.

    Parameters
    ----------
    runs : pandas.DataFrame
        From `helpers.study.run` with a target, one row a run; a column ``delay`` added, and
        every group at one level of all other factors (`helpers.study.best`). A group may stop
        climbing after a delay at which no run succeeded: longer ones cannot count any more.
    budgets : iterable of int
        Numbers of training steps.
    by : str or list of str
        Columns that name a group.
    share : float
        Share of runs that makes a delay learned, above 0 and at most 1.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row a group and budget: `by`, ``budget``, ``longest`` (0 where not even the
        shortest delay is learned), ``low`` and ``high``, the number of seeds ``n``, and
        ``capped``, whether `longest` is the last delay that the group tried, so that it
        is a lower bound.

    Raises
    ------
    ValueError
        For a missing column, no runs, a budget beyond the training steps of a run, two runs of
        one group, delay and seed, seeds that differ between delays, or a ladder that stops
        although a run succeeded on its last rung while other groups went further.
    """
    names = [by] if isinstance(by, str) else list(by)
    if missing := [c for c in [*names, "delay", "seed", "steps"] if c not in runs.columns]:
        raise ValueError(f"no column {', '.join(missing)}; choose from {', '.join(runs.columns)}")
    if not len(runs):
        raise ValueError("the table has no rows")
    if not 0 < share <= 1:
        raise ValueError(f"share={share!r} is not above 0 and at most 1")
    steps = steps_to_target(runs)
    budgets = [whole_number("budget", budget, 1) for budget in budgets]
    if max(budgets, default=0) > runs["steps"].min():
        raise ValueError(
            f"budget={max(budgets)} is more than the {runs['steps'].min()} steps of training"
        )
    top, rows = runs["delay"].max(), []
    for key, part in runs.assign(needed=steps).groupby(names, sort=False, dropna=False):
        needed = _by_seed_and_delay(part, key)
        delays = needed.columns.to_numpy()
        if delays[-1] < top and np.isfinite(needed.iloc[:, -1]).any():
            raise ValueError(
                f"{key} stops at delay {delays[-1]} although a run succeeded there; "
                f"others went on to {top}"
            )
        rng = np.random.default_rng(RESAMPLING_SEED)
        seeds = rng.integers(len(needed), size=(RESAMPLES, len(needed)))
        for budget in budgets:
            reached = needed.to_numpy() <= budget
            longest = _climbed(reached[None], delays, share)[0]
            resampled = _climbed(reached[seeds], delays, share)
            ends = [(1 - level) / 2, (1 + level) / 2]
            low, high = np.quantile(resampled, ends, method="inverted_cdf")  # rungs, none between
            rows.append(
                dict(zip(names, key, strict=True))
                | {"budget": budget, "longest": longest, "low": low, "high": high}
                | {"n": len(needed), "capped": bool(longest == delays[-1])}
            )
    return pd.DataFrame(rows)


def _by_seed_and_delay(part: pd.DataFrame, key: tuple) -> pd.DataFrame:
    """Return the steps to the target, a row a seed, a column a delay in rising order."""
    name = ", ".join(map(str, key))
    if part.duplicated(["delay", "seed"]).any():
        raise ValueError(
            f"{name} has two runs with one delay and seed; select rows first, such as "
            "the best learning rate (study.best)"
        )
    needed = part.pivot(index="seed", columns="delay", values="needed")
    if needed.isna().any(axis=None):
        raise ValueError(f"{name} has other seeds at one delay than at another")
    return needed


def _climbed(reached: np.ndarray, delays: np.ndarray, share: float) -> np.ndarray:
    """Return how far each sample climbs: `reached` is (samples, seeds, delays)."""
    learned = reached.mean(axis=1) >= share
    rungs = np.cumprod(learned, axis=1).sum(axis=1)
    return np.concatenate([[0], delays])[rungs]
