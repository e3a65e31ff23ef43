"""What lies in the stored notebooks: their code, and the outputs that belong to it.

A chapter is a notebook in the folder ``chapters``, its story; its lessons lie in the
folder beside it that has the story's name. A notebook is read as plain JSON, and its
verdicts as records. Running it (`make run`) leaves a digest of its code in its metadata;
where the digest no longer fits, the code was edited after the outputs were made.
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.checks import one_of
from helpers.claims.check import Check
from helpers.claims.verdict import Verdict
from helpers.show.record import mime
from helpers.statistics import Estimate


def notebooks(folder: str | Path) -> list[Path]:
    """Return the notebooks of a chapters folder in reading order.

    Each story is followed by its lessons, then comes the next chapter. The number at the
    beginning of a name counts as a number: lesson 10 follows lesson 9.
    """
    folder = Path(folder)
    found = [*folder.glob("*.ipynb"), *folder.glob("[!.]*/*.ipynb")]
    return sorted(found, key=lambda path: _place(notebook_name(path, folder)))


def _place(name: str) -> list[tuple[float, str]]:
    """Return what notebooks' names are sorted by: number and text of each part."""
    numbers = [(re.match(r"\d+", part), part) for part in name.split("/")]
    return [(int(number[0]) if number else math.inf, part) for number, part in numbers]


def notebook_name(path: str | Path, folder: str | Path) -> str:
    """Return a notebook's name: its path in the chapters folder, such as "01_background/1_x"."""
    return Path(path).relative_to(folder).with_suffix("").as_posix()


def is_lesson(name: str) -> bool:
    """Say whether a notebook's name is that of a lesson, and not of a story."""
    return "/" in name


def chapters_folder(start: str | Path = ".") -> Path:
    """Return the nearest folder called ``chapters``, from `start` upwards; without one `start`.

    A story runs in that folder and a lesson in one below it; both find the same notebooks.
    """
    here = Path(start).resolve()
    return next((place for place in (here, *here.parents) if place.name == "chapters"), here)


def way_to(folder: str | Path, start: str | Path = ".") -> str:
    """Return how links get from one folder to another: "", or a path that ends in a slash."""
    way = os.path.relpath(folder, start).replace(os.sep, "/")
    return "" if way == "." else f"{way}/"


def read(path: str | Path) -> dict[str, Any]:
    """Return a notebook as plain data."""
    return json.loads(Path(path).read_text("utf8"))


def code_digest(notebook: Mapping[str, Any]) -> str:
    """Return a short digest of all code, by which stale outputs are found.

    It is taken of the syntax trees: line breaks and comments change no output.
    """
    return _digest(notebook, lambda tree: tree)


def design_digest(notebook: Mapping[str, Any]) -> str:
    """Return a short digest of the code that can change a verdict.

    By it a replication is known to be one of this code. What `plots.show` says of a picture
    to those who do not see it is left out: it changes an output and no verdict.
    """
    return _digest(notebook, _WithoutDescriptions().visit)


def _digest(notebook: Mapping[str, Any], prepare: Callable[[ast.AST], ast.AST]) -> str:
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code = ["".join(cell["source"]) for cell in cells]  # a text, or a list of its lines
    meanings = (_meaning(text, prepare) for text in code)
    return hashlib.sha256("\0".join(meanings).encode()).hexdigest()[:16]


class _WithoutDescriptions(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        described = ast.unparse(node.func) == "plots.show" and len(node.args) > 1
        if described and isinstance(node.args[1], ast.Constant | ast.JoinedStr):
            del node.args[1]
        return node


def _meaning(code: str, prepare: Callable[[ast.AST], ast.AST]) -> str:
    """Return the syntax tree of a cell as text, written out alike by every Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a line for IPython alone, or a mistake: the text itself
        return code
    return _written(prepare(tree))


def _written(node: object) -> str:
    if isinstance(node, ast.AST):
        # Empty fields are left out: later versions of Python add some.
        fields = [(name, getattr(node, name, None)) for name in node._fields]
        inner = (f"{name}={_written(value)}" for name, value in fields if value not in (None, []))
        return f"{type(node).__name__}({','.join(inner)})"
    return f"[{','.join(map(_written, node))}]" if isinstance(node, list) else repr(node)


def is_stale(notebook: Mapping[str, Any]) -> bool:
    """Say whether the code was edited since the outputs were made."""
    return notebook["metadata"].get("course", {}).get("code") != code_digest(notebook)


def chapter(name: str) -> int | None:
    """Return the chapter that a notebook belongs to: 4 for ``04_code/1_x``, None for others."""
    start = re.match(r"(\d+)[a-z]?_", name)
    return int(start[1]) if start else None


@dataclass(frozen=True)
class Stored:
    """A verdict, and the name of the notebook and the index of the cell that hold it."""

    verdict: Verdict | Check
    notebook: str
    cell: int


def verdicts(folder: str | Path) -> list[Stored]:
    """Read the verdicts out of the notebooks' stored outputs, in reading order.

    Raises
    ------
    FileNotFoundError
        If the folder holds no notebook.
    helpers.show.record.RecordError
        If a verdict is stored in another form.
    """
    paths = notebooks(folder)
    if not paths:
        raise FileNotFoundError(f"there is no notebook in {folder}")
    kinds: dict[str, type[Verdict] | type[Check]] = {
        mime("verdict"): Verdict,
        mime("check"): Check,
    }
    return [
        Stored(kinds[name].from_record(data), notebook_name(path, folder), index)
        for path in paths
        for index, cell in enumerate(read(path)["cells"])
        for output in cell.get("outputs", [])
        for name, data in output.get("data", {}).items()
        if name in kinds
    ]


def stored_verdicts(folder: str | Path | None = None) -> pd.DataFrame:
    """Return the verdicts in the notebooks' stored outputs as a table.

    Parameters
    ----------
    folder : str or Path, optional
        Where the chapters lie; by default the `chapters_folder` of the notebook that asks.

    Returns
    -------
    pandas.DataFrame
        One row per verdict in reading order: `claim`, `verdict`, `condition`,
        `expected`, `rule` (the deciding rule as text; "" if none was met), `effect`
        (name of the deciding effect), `effects` (name to Estimate, as judged),
        `baseline`, `base_seed`, `notebook` (its name, such as "01_background/1_x"), and
        `cell` (its index there).

    Raises
    ------
    FileNotFoundError
        If the folder holds no notebook.
    helpers.show.record.RecordError
        If a verdict is stored in another form.
    """
    same = ("claim", "verdict", "condition", "expected", "effect", "effects", "baseline")
    columns = [*same[:4], "rule", *same[4:], "base_seed", "notebook", "cell"]
    rows = []
    for one in verdicts(chapters_folder() if folder is None else folder):
        row = {name: getattr(one.verdict, name) for name in (*same, "base_seed")}
        row["rule"] = one.verdict.rule.when.text if one.verdict.rule else ""
        rows.append({**row, "notebook": one.notebook, "cell": one.cell})
    return pd.DataFrame(rows, columns=columns)


def found(claim: str, effect: str, folder: str | Path | None = None) -> Estimate:
    """Return an effect that a stored notebook measured for a claim.

    Parameters
    ----------
    claim : str
        Id of the claim, such as "B59".
    effect : str
        Name of the effect, as the claim's rules have it.
    folder : str or Path, optional
        Where the chapters lie; by default the `chapters_folder` of the notebook that asks.

    Returns
    -------
    Estimate
        With all its digits, its unit and its number of runs.

    Raises
    ------
    ValueError
        If the claim was not judged, or more than once, or has no such effect.
    """
    folder = chapters_folder() if folder is None else folder
    judged = [one for one in verdicts(folder) if one.verdict.claim == claim]
    if len(judged) != 1:
        places = ", ".join(one.notebook for one in judged)
        raise ValueError(f"claim {claim!r} is judged {len(judged)} times in {folder}: {places}")
    effects = judged[0].verdict.effects
    one_of("effect", effect, effects)
    return effects[effect]
