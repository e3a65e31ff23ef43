"""Equal tuning: give every group its own best level, chosen on validation data.

A comparison at one learning rate compares learning rates. The rule of this book:
each group (say, each activation function) gets its best level from one common
grid, chosen on the median validation score over seeds, and is then reported on
test data that played no part in the choice.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.grid import CHECKS

FACTORS = ("task", *CHECKS)


def best(
    table: pd.DataFrame, by: str | list[str], over: str | list[str] = "learning_rate"
) -> pd.DataFrame:
    """Return the rows at each group's best level of the factors in `over`.

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
        The rows of the chosen levels, in their old order. The choice is by
        median ``validation_score`` over seeds, where a diverged run counts as
        the worst; ties go to the smaller median number of steps to the target,
        then to the level that comes first in the table.

    Raises
    ------
    ValueError
        If a factor is unknown, is in both lists, or varies and is in neither.
    """
    by, over = ([names] if isinstance(names, str) else list(names) for names in (by, over))
    known = [name for name in FACTORS if name in table]
    for name in by + over:
        if name not in known:
            raise ValueError(
                f"{name!r} is not a factor of this table; choose from {', '.join(known)}"
            )
    if not by or not over or set(by) & set(over):
        raise ValueError(f"by={by!r} and over={over!r} must each name factors, and no factor twice")
    # What holds for only some cells, as the forget bias, does not vary if it follows from the cell.
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
    sign = -1.0 if (table["score"] == "mse").all() else 1.0
    ranked = table[by + over].copy()
    ranked["quality"] = np.where(table["diverged"], -np.inf, sign * table["validation_score"])
    ranked["slowness"] = table["steps_to_target"].astype(float).fillna(np.inf)
    # "first" keeps the order of the table; a median of infinities is their middle value.
    medians = (
        ranked.groupby(by + over, dropna=False, sort=False)[["quality", "slowness"]]
        .agg(_median)
        .reset_index()
    )
    medians = medians.sort_values(["quality", "slowness"], ascending=[False, True], kind="stable")
    chosen = medians.drop_duplicates(by)[by + over]
    kept = table.reset_index().merge(chosen, on=by + over).set_index("index").sort_index()
    return kept.rename_axis(table.index.name)


def _median(values: pd.Series) -> float:
    """Lower median: with infinities, the mean of the two middle values would be no number."""
    return float(np.sort(values)[(len(values) - 1) // 2])
