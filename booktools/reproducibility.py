"""The tables of the page on reproducibility, from what runs have left in the files.

`booktools.run` notes in each notebook how long it took, on what, and how many
networks it trained; `booktools.replicate` keeps the verdicts under other base
seeds. Nothing here is written by hand, and what no longer fits the stored
chapters is marked.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd

from booktools import reading, sizes, weight
from booktools.replicate import effects_of
from booktools.run import WORKERS
from helpers import claims
from helpers.checks import one_of
from helpers.claims import stored
from helpers.show.table import text as shown

#: What the page calls the facts that `booktools.facts` finds.
FACTS = {"processor": "cpu", "cores": "cores", "memory, GB": "memory_gb"}
FACTS |= {"system": "system", "python": "python"}
#: Stands in a table for the weight of a page, which is known when the book is built.
WEIGHT = re.compile(r"WEIGHT\(([^)]*)\)")
SAME, DATED, CHECKED = "same", "earlier code", "by check"


def runs(root: Path) -> pd.DataFrame:
    """Return one row a chapter or lesson: what its run took, and how much there is to read.

    `peak memory, GB` is that of the notebook's own process; `workers, GB` that of its worker
    processes together, missing for runs that noted the sum of both alone.
    """
    rows = []
    for path in stored.notebooks(root / "chapters"):
        notebook = stored.read(path)
        course = notebook["metadata"].get("course", {})
        run = course.get("run", {})
        rows.append(
            {
                "page": reading.title(notebook),
                "name": stored.notebook_name(path, root / "chapters"),
                "seconds": course.get("run_seconds"),
                "peak memory, GB": run.get("memory"),
                "workers, GB": run.get(WORKERS),
                "networks trained": run.get("networks"),
                "cells": len(notebook["cells"]),
                "words": reading.words(notebook),
                "minutes to read": reading.minutes(notebook),
            }
        )
    return pd.DataFrame(rows)


def machine(root: Path) -> pd.DataFrame:
    """Return what the chapters were run on: one row a fact, its values joined."""
    noted: dict[str, list[str]] = {}
    for path in stored.notebooks(root / "chapters"):
        run = stored.read(path)["metadata"].get("course", {}).get("run", {})
        facts = {name: run.get(key) for name, key in FACTS.items()}
        facts |= run.get("packages", {})
        for name, value in facts.items():
            if value is not None and str(value) not in noted.setdefault(name, []):
                noted[name].append(str(value))
    return pd.DataFrame([{"what": name, "value": " / ".join(v)} for name, v in noted.items() if v])


def replications(root: Path) -> pd.DataFrame:
    """Return one row a claim: verdict, deciding effect, the same under each other base seed.

    A replication of code that the chapter no longer has is marked `DATED`; one
    with another verdict shows it. A claim that was not replicated shows a dash.
    """
    found = claims.stored_verdicts(root / "chapters")
    kept = {}
    for path in (root / "appendix" / "replications").glob("seed-*.json"):
        seed = int(path.stem.removeprefix("seed-"))
        kept[seed] = {row["claim"]: row for row in json.loads(path.read_text("utf8"))}
    codes = {
        name: stored.design_digest(stored.read(root / "chapters" / f"{name}.ipynb"))
        for name in found["notebook"].unique()
    }
    rows = []
    for record in found.sort_values("claim").to_dict("records"):
        name = record["effect"]
        row = {"claim": record["claim"], "verdict": record["verdict"], "effect": name}
        row["base seed 0"] = shown(record["effects"][name]) if name else CHECKED
        for seed in sorted(kept):
            row[f"base seed {seed}"] = _replicated(
                kept[seed].get(record["claim"]), name, codes[record["notebook"]]
            )
        rows.append(row)
    return pd.DataFrame(rows)


def _replicated(row: dict | None, effect: str, code: str) -> str:
    if row is None:
        return "–"
    if row.get("code") != code:
        return DATED
    if not effect:
        return f"{SAME}: {CHECKED}" if row["same"] else f"CHANGED to {row['new']['verdict']}: "
    effects = effects_of(row["new"])
    found = shown(effects[effect]) if effect in effects else "not measured"
    return f"{SAME}: {found}" if row["same"] else f"CHANGED to {row['new']['verdict']}: {found}"


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Count, for each base seed, the verdicts that stayed, changed, or are of earlier code."""
    rows = []
    for column in table.columns[table.columns.str.startswith("base seed ")][1:]:
        values = table[column]
        rows.append(
            {
                "base seed": column.removeprefix("base seed "),
                "verdicts compared": int(values.str.contains(":").sum()),
                "same": int(values.str.startswith(SAME).sum()),
                "changed": int(values.str.startswith("CHANGED").sum()),
                DATED: int((values == DATED).sum()),
            }
        )
    return pd.DataFrame(rows)


TABLES = {
    "runs": runs,
    "machine": machine,
    "replications": replications,
    "seeds": lambda root: summary(replications(root)),
    "calibration": lambda root: claims.calibration(root / "chapters"),
    "install": sizes.table,
    "misses": lambda root: claims.misses(root / "chapters"),
}


def _with_total(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of runs as it is shown, with a last row for all pages together."""
    total = table[["seconds", "networks trained", "cells", "words", "minutes to read"]].sum()
    lesson = table["name"].map(stored.is_lesson)
    page = table["page"].where(~lesson, "– " + table["page"])
    pages = [f"WEIGHT(chapters/{name})" for name in table["name"]]
    table = table.drop(columns="name").assign(page=page, **{"page, kB": pages})
    table = pd.concat([table, pd.DataFrame([{"page": "all chapters and lessons", **total}])])
    places = dict.fromkeys(total.index, 0) | {"peak memory, GB": 1, "workers, GB": 1}
    for column, digits in places.items():
        table[column] = [f"{x:.{digits}f}" if pd.notna(x) else "–" for x in table[column]]
    return table


def to_html(name: str, root: Path) -> str:
    """Return one of `TABLES` as HTML, in a frame that scrolls sideways on a narrow screen.

    Raises
    ------
    ValueError
        If there is no such table.
    """
    one_of("table", name, TABLES)
    table = TABLES[name](root)
    if name == "runs":
        table = _with_total(table)
    text = table.to_html(index=False, na_rep="–", border=0, classes="table", justify="left")
    text = WEIGHT.sub(lambda found: weight.place(found[1]), text)
    look = f'class="wide-table table-{name}"'
    return f'<div {look} tabindex="0" role="group" aria-label="Table: {name}">{text}</div>'
