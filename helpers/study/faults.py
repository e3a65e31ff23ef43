"""What is wrong with the design of a study: edges, ceilings, floors, short budgets.

A rule that is met because the best learning rate lies at the end of the grid, because every
network succeeds or none does, or because training stopped early, is no evidence.
`faults` finds these by itself; `helpers.claims.verdict.Plan.judge` makes the verdict
"inconclusive" where there are any.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.study.table import Names, best
from helpers.tasks.task import LOWER_IS_BETTER

#: Part of the budget that counts as its end.
LAST = 0.75
#: So large a share of a group's runs may reach the target there: one late run of eighty moves no
#: share by much, one of eight does.
LATE = 0.05
#: A median score from here on counts as perfect; one within this share of the way from the
#: baseline to a perfect score counts as guessing, since guesses scatter about the baseline.
PERFECT, GUESSING = 0.995, 0.02


def faults(
    table: pd.DataFrame, by: Names, over: str = "learning_rate", compared: str = "share"
) -> list[str]:
    """Return what keeps a study from deciding anything, in words.

    Parameters
    ----------
    table : pandas.DataFrame
        From `helpers.study.run`, with all levels of `over`.
    by : str or list of str
        The factors that are compared.
    over : str
        The factor that is tuned. With a single level nothing is said of edges.
    compared : {"share", "score", "steps"}
        What is compared: the share of runs that reach the target, the test score, or the
        steps to the target. For steps it is no fault that all runs reach the target.

    Returns
    -------
    list of str
        A sentence for each fault:

        * *edge*: a group's best level is the smallest or largest of the grid, and the group
          has neither succeeded throughout nor failed throughout;
        * *ceiling*, *floor*: every run of every group reaches the target, or none does;
          for scores, every group's median is (nearly) perfect, or hardly better than the
          baseline;
        * *budget*: in the last quarter of the training steps more than one run in twenty of
          a group still reached the target for the first time, while others never did.

    Raises
    ------
    ValueError
        If steps or shares are compared and the study had no target; or as
        `helpers.study.best`.
    """
    names = [by] if isinstance(by, str) else list(by)
    own = best(table, by=names, over=over)
    if compared not in ("share", "score", "steps"):
        raise ValueError(f"compared={compared!r} is not known; choose from share, score, steps")
    has_target = own["target"].notna().all()
    if compared != "score" and not has_target:
        raise ValueError("these runs had no target; give study.run a target=")
    found, levels = [], sorted(table[over].dropna().unique())
    states = []
    for key, rows in own.groupby(names, dropna=False, sort=False):
        name = ", ".join(str(part) for part in (key if isinstance(key, tuple) else (key,)))
        state = _state(rows, compared)
        states.append(state)
        if len(levels) > 1 and not state and rows[over].iloc[0] in (levels[0], levels[-1]):
            level = rows[over].iloc[0]
            found.append(f"edge: {name} is best at {over} {level:g}, an end of the grid")
        if has_target:
            reached = rows["steps_to_target"].dropna().astype(float)
            late = reached > LAST * rows["steps"].loc[reached.index]
            if late.sum() > LATE * len(rows) and len(reached) < len(rows):
                found.append(f"budget: {name} was still learning when training stopped")
    telling = ("floor",) if compared == "steps" else ("floor", "ceiling")
    if len(states) > 1 and len(set(states)) == 1 and states[0] in telling:
        found.append(f"{states[0]}: all groups are the same there")
    return found


def _state(rows: pd.DataFrame, compared: str) -> str:
    """Say whether a group has succeeded throughout ("ceiling"), failed throughout, or neither."""
    if compared != "score":
        reached = rows["steps_to_target"].notna()
        return "ceiling" if reached.all() else "" if reached.any() else "floor"
    score, baseline = rows["test_score"].median(), rows["baseline"].iloc[0]
    if rows["score"].iloc[0] in LOWER_IS_BETTER:
        guessed = score >= baseline * (1 - GUESSING)
        return "floor" if guessed else "ceiling" if np.isclose(score, 0) else ""
    guessed = score <= baseline + GUESSING * (1 - baseline)
    return "floor" if guessed else "ceiling" if score >= PERFECT else ""
