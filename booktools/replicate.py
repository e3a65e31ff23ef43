"""Run the chapters again under another base seed: ``python -m booktools.replicate 7``.

A verdict should not depend on luck. The chapters are copied to a scratch folder
and run there with ``COURSE_SEED`` set; then the verdicts of the stored notebooks
and the new ones are laid side by side, with the effects that decided. The
comparison is kept in ``appendix/replications/``, from which the book draws its
table, and a changed verdict makes the command fail.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from booktools import run, safely
from booktools.build import ROOT
from booktools.run import Stopped, execute_all, in_running_order, notebooks
from helpers import claims, seeds
from helpers.claims.stored import design_digest
from helpers.claims.stored import read as read_notebook
from helpers.show.record import Record
from helpers.statistics import Estimate

#: What must stay as it is for a verdict to count as the same.
COMPARED = ("verdict", "condition")


def chosen(names: list[str], root: Path = ROOT) -> list[Path]:
    """Return the chapters and lessons whose names begin with one of `names`, as they run.

    Raises
    ------
    ValueError
        If there is none.
    """
    chapters = [path for path in notebooks(root) if path.is_relative_to(root / "chapters")]
    found = run.chosen(chapters, names)
    if not found:
        known = ", ".join(map(run.name, chapters))
        raise ValueError(f"no chapter begins with {' or '.join(names)}; there are {known}")
    return in_running_order(found)


def scratch_folder(seed: int, root: Path = ROOT) -> Path:
    """Return the folder of the copies that are run under a base seed."""
    return root / "_build" / "replicate" / str(seed) / "chapters"


def run_copies(names: list[str], seed: int, root: Path = ROOT, jobs: int = 1) -> Path:
    """Run copies of the chapters under another base seed.

    Parameters
    ----------
    names : list of str
        Starts of the notebooks' names, such as "01"; all chapters if there are none.
    seed : int
        The base seed.
    jobs : int
        How many notebooks run side by side.

    Returns
    -------
    Path
        The scratch folder with the copies that were run. Copies of chapters that
        were run earlier under the same seed stay there: chapter 6 reads them.

    Raises
    ------
    ValueError
        If no chapter begins with one of the names.
    booktools.run.Stopped
        If a cell fails.
    """
    ran = chosen(names, root)
    scratch = scratch_folder(seed, root)
    if not names:
        shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True, exist_ok=True)
    os.environ[seeds.VARIABLE] = str(seed)  # the kernels, and their workers, inherit it
    copies = [_copy_without_outputs(path, scratch) for path in ran]
    for done in execute_all(copies, fresh=True, jobs=jobs):
        print(done, flush=True)
    return scratch


def _copy_without_outputs(path: Path, folder: Path) -> Path:
    """Copy a notebook; a run that is broken off then leaves no verdicts of another seed."""
    notebook = read_notebook(path)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    copy = folder / f"{run.name(path)}.ipynb"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(json.dumps(notebook, ensure_ascii=False), "utf8")
    return copy


def _has_run(copy: Path) -> bool:
    """Say whether a copy, which begins without outputs, was run to its end."""
    return copy.exists() and any(cell.get("outputs") for cell in read_notebook(copy)["cells"])


def compare(
    stored: pd.DataFrame, new: pd.DataFrame, codes: Mapping[str, str] | None = None
) -> list[Record]:
    """Lay the stored and the new verdicts side by side, claim by claim.

    Parameters
    ----------
    stored, new : pandas.DataFrame
        From `helpers.claims.stored_verdicts`; only the notebooks in `new` count.
    codes : mapping of str to str, optional
        The digest of each notebook's code, by which a later reader sees whether
        the chapter is still the one that was replicated.

    Returns
    -------
    list of dict
        For each claim its id, its notebook with the digest, whether the verdict is the
        same, and under "stored" and "new" the verdict, its condition and its effects
        in their order. All of it is plain data for JSON.

    Raises
    ------
    ValueError
        If one of the two has a claim that the other has not.
    """
    stored = stored[stored["notebook"].isin(new["notebook"])]
    keys = ["notebook", "claim"]
    if set(map(tuple, stored[keys].values)) != set(map(tuple, new[keys].values)):
        raise ValueError("the two runs judge different claims; run the chapters first (make run)")
    both = stored.merge(new, on=keys, suffixes=(" stored", " new"))
    return [
        {
            "claim": row["claim"],
            "notebook": row["notebook"],
            "code": (codes or {}).get(row["notebook"], ""),
            "same": all(row[f"{key} stored"] == row[f"{key} new"] for key in COMPARED),
            **{run: _kept(row, run) for run in ("stored", "new")},
        }
        for row in both.to_dict("records")
    ]


def _kept(row: Mapping[Hashable, Any], run: str) -> Record:
    """Return what is kept of one of the two verdicts of a row."""
    effects = row[f"effects {run}"].items()
    listed = [{"name": name, **estimate.to_record()} for name, estimate in effects]
    return {**{key: row[f"{key} {run}"] for key in COMPARED}, "effects": listed}


def effects_of(kept: Mapping[str, Any]) -> dict[str, Estimate]:
    """Return the effects of a verdict that `compare` has kept, in their order."""
    return {effect["name"]: Estimate.from_record(effect) for effect in kept["effects"]}


def report(rows: list[Record]) -> str:
    """Return the comparison as text: a line for each claim, and its effects below it."""
    lines = []
    for row in rows:
        old, new = row["stored"], row["new"]
        sign = "=" if row["same"] else "CHANGED"
        texts = [f"{v['verdict']} {v['condition']}".strip() for v in (old, new)]
        lines.append(f"{row['claim']}  {sign:7} {' -> '.join(dict.fromkeys(texts))}")
        after = effects_of(new)
        lines += [
            f"      {name}: {estimate} -> {after.get(name, 'not measured')}"
            for name, estimate in effects_of(old).items()
        ]
    changed = sum(not row["same"] for row in rows)
    return "\n".join([*lines, f"{len(rows)} verdicts, {changed} changed"])


def keep(rows: list[Record], seed: int, folder: Path) -> None:
    """Write the comparison, renewing only the notebooks that were run, and their claims."""
    path = folder / f"seed-{seed}.json"
    earlier = _earlier(path)
    renewed = {row[key] for row in rows for key in ("notebook", "claim")}
    rows = [row for row in earlier if not {row["notebook"], row["claim"]} & renewed] + rows
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(sorted(rows, key=lambda row: row["notebook"]), indent=1, ensure_ascii=False)
    safely.write_text(path, text + "\n")


def _earlier(path: Path) -> list[Record]:
    """Return the comparisons that were kept before; what cannot be read is put aside."""
    try:
        return json.loads(path.read_text("utf8")) if path.exists() else []
    except ValueError as error:
        aside = path.with_suffix(".unreadable")
        path.replace(aside)
        print(f"{path.name} cannot be read ({error}); it is kept as {aside.name}")
        return []


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int, help="the base seed, a whole number")
    parser.add_argument("names", nargs="*", help="start of a name, such as 01 or 01_background/2")
    parser.add_argument("--jobs", type=int, default=2, help="how many run side by side (2)")
    options = parser.parse_args(arguments)
    if options.seed == 0:
        print(f"SEED={options.seed} is what the stored chapters were run with; choose another")
        return 2
    stopped = False
    try:
        ran = chosen(options.names, ROOT)
        run_copies(options.names, options.seed, ROOT, options.jobs)
    except ValueError as error:
        print(error)
        return 2
    except Stopped as error:
        print(f"Under base seed {options.seed}: {error}")
        print("What had been run until then is compared all the same.")
        stopped = True
    scratch = scratch_folder(options.seed, ROOT)
    ran = [path for path in ran if _has_run(scratch / f"{run.name(path)}.ipynb")]
    codes = {run.name(path): design_digest(read_notebook(path)) for path in ran}
    new = claims.stored_verdicts(scratch)
    new = new[new["notebook"].isin(codes)] if len(new) else new
    rows = compare(claims.stored_verdicts(ROOT / "chapters"), new, codes) if len(new) else []
    keep(rows, options.seed, ROOT / "appendix" / "replications")
    print(report(rows))
    return 1 if stopped or not all(row["same"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
