"""Equal tuning: give every group its own best level, chosen on validation data.

A comparison at one learning rate compares learning rates. The rule of this book:
each group (say, each activation function) gets its best level from one common
grid, chosen on the median validation score over seeds, and is then reported on
test data that played no part in the choice.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.study.design import CHECKS

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
        The rows of the chosen levels, in their old order. Where the study had a
        target, the level wins at which most runs reached it on validation data.
        Then counts the median ``validation_score`` over seeds, where a diverged
        run is the worst; then the smaller median number of steps to the target,
        then the place in the table.

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
    level = table.groupby(by + over, dropna=False, sort=False).ngroup()  # in order of the table
    sign = np.where(table["score"] == "mse", -1.0, 1.0)
    medians = (
        pd.DataFrame(
            {
                "group": table.groupby(by, dropna=False, sort=False).ngroup(),
                "quality": np.where(table["diverged"], -np.inf, sign * table["validation_score"]),
                "steps": table["steps_to_target"].astype(float).fillna(np.inf),
            }
        )
        .groupby(level)
        .median()
    )
    # Where most runs fail at every level, the medians are those of failures and say nothing.
    medians["reached"] = table["steps_to_target"].notna().groupby(level).mean()
    order = ["reached", "quality", "steps"]
    medians = medians.sort_values(order, ascending=[False, False, True], kind="stable")
    chosen = medians.drop_duplicates("group").index
    return table[level.isin(chosen)]
