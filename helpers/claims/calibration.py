"""How well the predictions came out: what was foreseen, part by part, and what happened.

A prediction that only names a class of verdict can hardly miss. So each prediction is taken
apart (`helpers.claims.verdict.Verdict.scores`): the verdict, its condition, and where every
effect would lie. Verdicts by proof or by check predict nothing and are counted apart.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from helpers.claims import stored
from helpers.claims.claim import get
from helpers.claims.verdict import Verdict

COLUMNS = (
    "chapter", "predictions", "verdicts right", "conditions named", "conditions right",
    "effects foreseen", "effects right", "exploratory", "draws of their own", "by check",
)  # fmt: skip


def calibration(folder: str | Path) -> pd.DataFrame:
    """Score all predictions in the stored notebooks.

    Parameters
    ----------
    folder : str or Path
        Where the notebooks lie.

    Returns
    -------
    pandas.DataFrame
        One row a chapter with `COLUMNS`, all counts; the last row, "all", sums them.
        "exploratory" counts predictions whose rules were written after a first look at the
        same draws, "draws of their own" those judged on draws that derive from their rules.
    """
    rows: dict[int, dict[str, int]] = {}
    for one in stored.verdicts(folder):
        found = one.verdict
        row = rows.setdefault(get(found.claim).chapter, dict.fromkeys(COLUMNS[1:], 0))
        if not isinstance(found, Verdict):
            row["by check"] += 1
            continue
        scored = found.scores
        foreseen = scored[len(scored) - len(found.plan.directions) :]
        row["predictions"] += 1
        row["verdicts right"] += scored[0][1]
        row["conditions named"] += bool(found.plan.condition)
        row["conditions right"] += bool(found.plan.condition) and scored[1][1]
        row["effects foreseen"] += len(foreseen)
        row["effects right"] += sum(hit for _, hit in foreseen)
        row["exploratory"] += found.plan.exploratory
        row["draws of their own"] += found.draws is not None
    table = pd.DataFrame(
        [{"chapter": str(chapter), **rows[chapter]} for chapter in sorted(rows)], columns=COLUMNS
    )
    total = {"chapter": "all", **table.sum(numeric_only=True)}
    return pd.concat([table, pd.DataFrame([total])], ignore_index=True)


def misses(folder: str | Path) -> pd.DataFrame:
    """Return what did not come out as predicted: claim, what was foreseen, the verdict."""
    rows = [
        {
            "claim": one.verdict.claim,
            "foreseen": f"{part}: {one.verdict.expected}" if part == "verdict" else part,
            "verdict": f"{one.verdict.verdict} {one.verdict.condition}".strip(),
        }
        for one in stored.verdicts(folder)
        if isinstance(one.verdict, Verdict)
        for part, hit in one.verdict.scores
        if not hit
    ]
    return pd.DataFrame(rows, columns=["claim", "foreseen", "verdict"])
