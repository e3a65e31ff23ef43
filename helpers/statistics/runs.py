"""From a table of runs to estimates: success by group, and differences seed by seed.

A table has one row for each run, as `helpers.study.run` returns it. Compare groups that are
tuned alike: pick each one's own best learning rate first (`helpers.study.best`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from helpers.statistics.comparisons import difference
from helpers.statistics.estimate import Estimate
from helpers.statistics.summaries import mean, median, success_rate


def share_reaching(
    runs: pd.DataFrame, by: str | Sequence[str] | None = None, level: float = 0.95
) -> Estimate | dict:
    """Share of runs that reach the study's target on test data, with Wilson's interval.

    Parameters
    ----------
    runs : pandas.DataFrame
        One row a run, with a column ``success`` of truth values.
    by : str or sequence of str, optional
        Columns that name the groups.
    level : float
        Confidence level.

    Returns
    -------
    Estimate, or dict
        One estimate of all runs; with `by`, one for each group in sorted order, by its
        level, or by a tuple of levels for several columns.

    Raises
    ------
    ValueError
        For a missing column, no runs, or runs without an outcome (a study without a target).
    """
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    _check_columns(runs, [*names, "success"])
    outcomes = runs["success"]
    if missing := int(outcomes.isna().sum()):
        raise ValueError(
            f"success is missing for {missing} of {len(runs)} runs; did the study have a target?"
        )
    if outcomes.dtype not in (bool, "boolean"):
        raise ValueError(f"success is {outcomes.dtype}; truth values are needed")
    if not len(runs):
        raise ValueError("the table has no rows")
    if by is None:
        return success_rate(outcomes.to_numpy(bool), level=level)
    return {
        key if len(names) > 1 else key[0]: success_rate(part.to_numpy(bool), level=level)
        for key, part in outcomes.groupby(
            [runs[name] for name in names], observed=True, dropna=False
        )
    }


def by_seed(runs: pd.DataFrame, column: str = "test_score", by: str = "activation") -> pd.DataFrame:
    """One column for each level of a factor, one row for each seed.

    Parameters
    ----------
    runs : pandas.DataFrame
        One row a run, with a column ``seed``.
    column : str
        The number to tabulate.
    by : str
        The factor.

    Returns
    -------
    pandas.DataFrame
        Floats, levels in sorted order. NaN where a level lacks a seed that another has.

    Raises
    ------
    ValueError
        For a missing column, no runs, a run whose number is NaN, or two runs of one level
        with the same seed.
    """
    _check_columns(runs, [by, "seed", column])
    if not len(runs):
        raise ValueError("the table has no rows")
    if missing := int(runs[by].isna().sum()):
        raise ValueError(f"{by} is missing for {missing} of {len(runs)} runs")
    values = runs[column].astype(float)
    if missing := int(values.isna().sum()):
        raise ValueError(
            f"{column} is NaN in {missing} of {len(runs)} runs: give a diverged run a score "
            "first (inf for a loss, 0 for an accuracy), or leave it out on purpose"
        )
    doubled = runs[runs.duplicated([by, "seed"], keep=False)]
    if len(doubled):
        level, seed = doubled.iloc[0][[by, "seed"]]
        count = int(((doubled[by] == level) & (doubled["seed"] == seed)).sum())
        raise ValueError(
            f"{count} runs have {by}={level!r} and seed={seed}; select rows first, such as "
            "each group's best learning rate (study.best)"
        )
    return runs.assign(**{column: values}).pivot(index="seed", columns=by, values=column)


def paired_against(
    runs: pd.DataFrame,
    reference: str,
    score: str = "test_score",
    by: str = "activation",
    statistic: Callable = np.median,
    ratio: bool = False,
    level: float = 0.95,
) -> dict:
    """Compare every level of a factor with one of them, seed by seed.

    Parameters
    ----------
    runs : pandas.DataFrame
        One row a run, with a column ``seed``; see `by_seed`.
    reference : str
        The level to compare with, such as ``"tanh"``.
    score : str
        The number to compare.
    by : str
        The factor.
    statistic : callable
        `numpy.median` or `numpy.mean` of the pairs' differences (or ratios).
    ratio : bool
        Divide by the reference's score instead of subtracting it.
    level : float
        Confidence level.

    Returns
    -------
    dict of str to Estimate
        By level in sorted order, without the reference. `Estimate.n` is the number of seeds
        that both have; further ones are left out.

    Raises
    ------
    ValueError
        As in `by_seed`; if `reference` is no level, shares no seed with another one, or a
        difference of two infinities would be needed; for a ratio, if a score is not above 0.
    """
    scores = by_seed(runs, score, by)
    if reference not in scores:
        known = ", ".join(map(str, scores.columns))
        raise ValueError(f"{by}={reference!r} is not in the table; choose from {known}")
    if statistic not in (np.median, np.mean):
        raise ValueError(f"statistic={statistic!r}; choose numpy.median or numpy.mean")
    base = scores[reference].dropna()
    estimates = {}
    for name in scores.columns.drop(reference):
        own, common = scores[name].dropna().align(base, join="inner")
        if own.empty:
            raise ValueError(f"{name!r} and {reference!r} share no seed")
        if ratio:
            if not ((own > 0) & (common > 0)).all():
                raise ValueError(f"{score} of {name!r} or {reference!r} is not above 0 throughout")
            if both := int((np.isinf(own) & np.isinf(common)).sum()):
                raise ValueError(f"{both} pairs of {name!r} are infinite on both sides")
            summary = median if statistic is np.median else mean
            estimates[name] = summary(own / common, level=level)
        else:
            estimates[name] = difference(own, common, True, statistic, level)
    return estimates


def _check_columns(runs: pd.DataFrame, names: list[str]) -> None:
    if missing := [name for name in names if name not in runs.columns]:
        known = ", ".join(map(str, runs.columns))
        raise ValueError(f"no column {', '.join(missing)}; choose from {known}")
