"""The tables of a study, and equal tuning: every group at its own best level.

A comparison at one learning rate compares learning rates. The rule of this book:
each group (say, each activation function) gets its best level from one common
grid, chosen on the median validation score over seeds, and is then reported on
test data that played no part in the choice. `at_own_best` is that rule; `best`,
`chosen` and `helpers.study.keras_models.compare` all use it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from helpers.checks import one_of
from helpers.study.design import grid
from helpers.study.factors import FACTORS
from helpers.study.spec import Study
from helpers.tasks.task import LOWER_IS_BETTER

Names = str | list[str]


# --- what a study returns


def answer(study: Study, results: list[dict]) -> pd.DataFrame | tuple:
    """Return what `helpers.study.run` promises.

    Parameters
    ----------
    study : Study
        From `helpers.study.design.check`.
    results : list of dict
        Of the finished runs, in any order, from `helpers.study.trainer.train`.
    """
    results = sorted(results, key=lambda result: result["row"])
    table, curves = tabulate(study, results)
    if not (study.curves or study.weights or study.items):
        return table
    trained = [result["weights"] for result in results] if study.weights else []
    items = np.array([result["items"] for result in results]) if study.items else None
    return (table, *[curves] * study.curves, *[trained] * study.weights, *[items] * study.items)


def tabulate(study: Study, results: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the table of runs and that of learning curves, in the order of `results`."""
    task, target, levels = study.task, study.target, grid(study)

    def reached(score):
        return score >= target if task.higher_is_better else score <= target

    rows, curve_rows = [], []
    for result in results:
        factors = {
            "task": repr(task),
            **levels[result["row"]],
            "steps": study.steps,
            "batch_size": study.batch_size,
        }
        curve, diverged_at = result["curve"], result["diverged_at"]
        to_target: Any = pd.NA
        success: Any = pd.NA
        if target is not None:
            hits = curve["step"][reached(curve["validation_score"])]
            to_target = int(hits[0]) if len(hits) else pd.NA
            success = bool(reached(result["test_score"]) and not diverged_at)
        rows.append(
            factors
            | {"score": task.score, "baseline": task.baseline, "target": target}
            | {name: result[name] for name in SCORES}
            | {
                "steps_to_target": to_target,
                "success": success,
                "diverged": bool(diverged_at),
                "diverged_at": int(diverged_at) or pd.NA,
            }
        )
        curve_rows.append(pd.DataFrame(factors | {"score": task.score} | curve))
    if not rows:
        return pd.DataFrame(), pd.DataFrame()
    table = pd.DataFrame(rows).astype(
        {
            "steps_to_target": "Int64",
            "diverged_at": "Int64",
            "success": "boolean",
            "target": "float",
        }
    )
    return table, pd.concat(curve_rows, ignore_index=True)


SCORES = (
    "validation_score",
    "test_score",
    "best_validation_score",
    "best_step",
    "test_score_at_best",
)


# --- equal tuning


def at_own_best(
    table: pd.DataFrame,
    by: list[str],
    over: list[str],
    higher_is_better: bool | pd.Series = True,
) -> pd.Series:
    """Say which rows are at the level in `over` that is best for their group.

    The level with the best median ``validation_score`` over seeds, where a diverged run
    is the worst. Where the study had a target, the share of runs that reached it on
    validation data counts before that, and the smaller median number of steps to it
    after that; at last, the place in the table.

    Parameters
    ----------
    table : DataFrame
        One row a run, with the columns in `by` and `over`, ``validation_score``,
        ``diverged``, and perhaps ``steps_to_target``.
    by, over : list of str
        Columns that name a group, and those whose level is chosen for each.
    higher_is_better : bool, or Series of bool
        Whether a larger score is a better one, in the whole table or row by row.

    Returns
    -------
    Series of bool
        With the index of the table.
    """
    level = table.groupby(by + over, dropna=False, sort=False).ngroup()  # in order of the table
    steps = table.get("steps_to_target", pd.Series(pd.NA, table.index, dtype="Int64"))
    medians = (
        pd.DataFrame(
            {
                "group": table.groupby(by, dropna=False, sort=False).ngroup(),
                "quality": _quality(table, higher_is_better),
                "steps": steps.astype(float).fillna(np.inf),
            }
        )
        .groupby(level)
        .median()
    )
    # Where most runs fail at every level, the medians are those of failures and say nothing.
    medians["reached"] = steps.notna().groupby(level).mean()
    order = ["reached", "quality", "steps"]
    medians = medians.sort_values(order, ascending=[False, False, True], kind="stable")
    return level.isin(medians.drop_duplicates("group").index)


def _quality(table: pd.DataFrame, higher_is_better: bool | pd.Series) -> np.ndarray:
    """Return validation scores of which the larger is the better, and a diverged run the worst."""
    sign = np.where(higher_is_better, 1.0, -1.0)
    return np.where(table["diverged"], -np.inf, sign * table["validation_score"])


def best(table: pd.DataFrame, by: Names, over: Names = "learning_rate") -> pd.DataFrame:
    """Return the rows at each group's own best level of the factors in `over`.

    Parameters
    ----------
    table : DataFrame
        From `helpers.study.run`.
    by : str or list of str
        Factors that name a group; every one of them is compared.
    over : str or list of str
        Factors to tune; each group gets one level of them.

    Returns
    -------
    DataFrame
        The rows of the chosen levels, in their old order. The rule is `at_own_best`,
        as in `helpers.study.compare`.

    Raises
    ------
    ValueError
        If a factor is unknown, is in both lists, or varies and is in neither.
    """
    by, over = ([names] if isinstance(names, str) else list(names) for names in (by, over))
    known = [name for name in ("task", *FACTORS) if name in table]
    for name in by + over:
        if name not in known:
            raise ValueError(
                f"{name!r} is not a factor of this table; choose from {', '.join(known)}"
            )
    if not by or not over or set(by) & set(over):
        raise ValueError(f"by={by!r} and over={over!r} must each name factors, and no factor twice")
    rest = [name for name in known if name not in by + over]
    varying = [
        name
        for name in rest
        if table.groupby(by, dropna=False)[name].nunique(dropna=False).max() > 1
    ]
    if varying:
        raise ValueError(
            f"{', '.join(varying)} varies within groups; name it in by or over, or select rows"
        )
    if table.empty:
        return table
    return table[at_own_best(table, by, over, ~table["score"].isin(LOWER_IS_BETTER))]


def chosen(
    table: pd.DataFrame,
    candidates: Iterable | None = None,
    by: str = "activation",
    over: Names = "learning_rate",
) -> Any:
    """Return the best level of a factor, each level taken at its own best learning rate.

    Parameters
    ----------
    table : DataFrame
        From `helpers.study.run`, or what `best` made of it.
    candidates : iterable, optional
        Levels to choose from; by default all in the table.
    by : str
        The factor.
    over : str or list of str
        As in `best`.

    Returns
    -------
    object
        The level with the best median ``validation_score`` over seeds, where a diverged
        run is the worst; of equals the first.

    Raises
    ------
    ValueError
        If there is no candidate, one is not in the table, or the table holds scores that
        have no common order; or as `best`.
    """
    own = best(table, by=by, over=over)
    levels = list(own[by].unique())
    names = levels if candidates is None else list(candidates)
    if not names:
        raise ValueError(f"there is no {by} to choose from")
    for name in names:
        one_of(by, name, levels)
    if own["score"].nunique() > 1:
        raise ValueError(f"scores of two kinds have no common order: {own['score'].unique()}")
    quality = pd.Series(_quality(own, ~own["score"].isin(LOWER_IS_BETTER)), own.index)
    medians = quality.groupby(own[by], sort=False).median()
    return max(names, key=lambda name: medians[name])


def steps_to_target(runs: pd.DataFrame, never: float = math.inf) -> pd.Series:
    """Return the steps that each run took to the target.

    Parameters
    ----------
    runs : DataFrame
        Rows of a table from `helpers.study.run`, of studies with a target.
    never : float
        What stands for a run that did not reach it, such as all the steps that it had.

    Returns
    -------
    Series of float
        With the index of `runs`.

    Raises
    ------
    ValueError
        If a run had no target.
    """
    if "target" not in runs or runs["target"].isna().any():
        raise ValueError("these runs had no target; give study.run a target=")
    return runs["steps_to_target"].astype(float).fillna(never)
