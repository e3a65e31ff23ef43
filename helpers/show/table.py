"""A table that the reader can sort and filter, on a page that runs no kernel.

`show` puts a DataFrame into the notebook: as a record of typed cells, from which the
book's page is rendered, and as HTML and text for JupyterLab. The ledger and the guide
(`helpers.claims`) build their tables from the same parts.

The table is plain HTML and whole: on a phone its rows are stacked, and where scripts
are off all of it is there. One script (``tables/table.js``) adds a button to each
column's header, native controls above the table, and a line that says, to screen
readers too, what is shown. It asks the network for nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.checks import one_of
from helpers.show import record
from helpers.show.words import ENGLISH, Words, say
from helpers.statistics import Estimate

#: Where the script and the style sheet lie.
FOLDER = Path(__file__).parent / "tables"
SCRIPT, STYLE = "table.js", "table.css"
#: From this many characters on, the text of a cell gets a wide column.
LONG = 40

#: What a cell can hold: nothing, a truth value, a number, a text, an estimate.
Value = None | bool | float | str | Estimate


@dataclass(frozen=True)
class TableCell:
    """One cell.

    Attributes
    ----------
    value : Value
        By which the column is sorted, and what is shown unless `html` says otherwise.
    html : str
        What is shown, if it is more than the value's text; escaped already.
    says : str
        What the status line says of the cell where its row is chosen; "" for nothing.
    """

    value: Value = None
    html: str = ""
    says: str = ""


@dataclass(frozen=True)
class Row:
    """One row: its cells, and for each question the answers that it fits (none: all)."""

    cells: Sequence[TableCell]
    fits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    group: str = ""


@dataclass(frozen=True)
class Question:
    """A select element: its name in `Row.fits`, its label, and answers with their texts."""

    name: str
    label: str
    answers: Mapping[str, str]
    everything: str = ""  #: text of the answer that sets no condition; "" for none


@dataclass(frozen=True)
class Table:
    """A table and the controls above it.

    Attributes
    ----------
    ident : str
        Id of the whole on the page.
    caption : str
        What the table holds.
    heads : sequence of str
        Names of the columns; the first column names its row.
    rows : sequence of Row
        In the order in which they are shown first.
    questions : sequence of Question
        Select elements that pick rows.
    search : str
        Label of a text field; a row is shown if it holds every word typed. "" for none.
    status : str
        What the status line says, with the places ``{shown}`` and ``{all}``.
    one_each : str
        Label of a checkbox that shows all rows. Without it ticked, only the first row
        of each group that fits is shown, and the status line says what those rows say;
        rows of which the first counts are not sorted. "" for none.
    boxed : bool
        Whether a table of many columns scrolls in a box of its own.

    Raises
    ------
    ValueError
        If there is no row, no letter in the caption, or a row that has not one cell
        for each column.
    """

    ident: str
    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    questions: Sequence[Question] = ()
    search: str = ""
    status: str = "{shown} of {all} rows shown"
    one_each: str = ""
    boxed: bool = False

    def __post_init__(self) -> None:
        if not self.rows or not re.search(r"\w", self.caption):
            raise ValueError("give a table with rows, a name for its index, and a caption")
        if any(len(row.cells) != len(self.heads) for row in self.rows):
            heads = list(self.heads)
            raise ValueError(f"every row needs {len(heads)} cells, one for each of {heads}")


def show(frame: pd.DataFrame, caption: str, filter_label: str = "Show rows with") -> None:
    """Display a table that can be sorted and filtered.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its index becomes the first column, whose header is the index's name.
        Numbers are shown with at most four digits and sorted as numbers; what is
        missing comes last. Estimates are sorted by their value.
    caption : str
        What the table holds.
    filter_label : str
        Words in front of the filter. A row is shown if it holds every word typed.

    Raises
    ------
    ValueError
        If the table is empty, or the index has no name or the caption no letter.
    """
    data = to_record(frame, caption, filter_label)
    table = from_record(data)
    record.show("table", data, to_html(table, alone=True), to_text(table))


def to_record(frame: pd.DataFrame, caption: str, filter_label: str = "") -> record.Record:
    """Return a DataFrame as plain data: typed cells, row by row."""
    if frame.empty or not frame.index.name or not re.search(r"\w", caption):
        raise ValueError("give a table with rows, a name for its index, and a caption")
    rows = zip(frame.index, frame.itertuples(index=False), strict=True)
    return {
        "caption": caption,
        "search": filter_label,
        "heads": [str(name) for name in (frame.index.name, *frame)],
        "rows": [[_store(_typed(v)) for v in (str(name), *values)] for name, values in rows],
    }


def from_record(data: Mapping[str, Any], words: Words = ENGLISH) -> Table:
    """Return the table that `to_record` has written.

    Parameters
    ----------
    data : mapping
        The stored record.
    words : mapping of str to str
        The language of the caption, the column names and the texts in the cells.
    """
    caption = str(data["caption"])
    rows = [Row([TableCell(_translated(_load(v), words)) for v in row]) for row in data["rows"]]
    return Table(
        ident="table-" + re.sub(r"\W+", "-", caption.lower()).strip("-"),
        caption=say(words, caption),
        heads=[say(words, name) for name in data["heads"]],
        rows=rows,
        search=say(words, data["search"]),
        status=say(words, Table.status),
        boxed=True,
    )


def to_html(table: Table, alone: bool = False, words: Words = ENGLISH) -> str:
    """Return the table as HTML.

    Parameters
    ----------
    table : Table
        What to show.
    alone : bool
        Bring the style sheet and the script along, as a notebook needs it. A page of
        the book loads both once, as files (`booktools.sphinx_extension`).
    words : mapping of str to str
        The language of "yes" and "no".
    """
    head = "".join(f'<th role="columnheader" scope="col">{escape(n)}</th>' for n in table.heads)
    body = "".join(_row(row, table.heads, words) for row in table.rows)
    # Roles stand in the markup, since stacked rows (display: block) lose their own.
    text = (
        f'<table role="table"><caption>{escape(table.caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )
    if table.boxed:
        label = f'tabindex="0" role="region" aria-label="{escape(table.caption)}"'
        text = f'<div class="course-table-box" {label}>{text}</div>'
    style = f"<style>{file(STYLE)}</style>" if alone else ""
    script = f"<script>{file(SCRIPT)}</script>" if alone else ""
    return (
        f'<div class="course-table" id="{escape(table.ident)}" '
        f'data-options="{escape(_options(table))}">{style}'
        f'<div class="course-table-controls"></div>{text}</div>{script}'
    )


def to_text(table: Table, words: Words = ENGLISH) -> str:
    """Return the table as plain text, its columns aligned."""
    rows = [[text(cell.value, words) for cell in row.cells] for row in table.rows]
    frame = pd.DataFrame(rows, columns=list(table.heads))
    return f"{table.caption}\n{frame.to_string(index=False)}"


def text(value: Value, words: Words = ENGLISH) -> str:
    """Return what stands in a cell: yes or no, a short number, an estimate, or the text."""
    if isinstance(value, bool):
        return say(words, "yes" if value else "no")
    if isinstance(value, Estimate):
        return f"{value} {value.unit}".strip()
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4g}".replace("inf", "∞").replace("-", "−")
    return value or ""


@cache
def file(name: str) -> str:
    """Return the text of the script or the style sheet."""
    return (FOLDER / name).read_text("utf8")


def _row(row: Row, heads: Sequence[str], words: Words) -> str:
    first, *others = row.cells
    cells = [f'<th role="rowheader" scope="row"{_data(first)}>{_html(first, words)}</th>']
    for name, cell in zip(heads[1:], others, strict=True):
        kind = "number" if isinstance(cell.value, float) else ""
        if isinstance(cell.value, str) and len(cell.value) > LONG:
            kind = "long"
        kind = f' class="{kind}"' if kind else ""
        label = f' data-label="{escape(name)}"'
        cells.append(f'<td role="cell"{kind}{label}{_data(cell)}>{_html(cell, words)}</td>')
    fits = {"group": row.group} | {f"fits-{name}": " ".join(v) for name, v in row.fits.items()}
    data = "".join(f' data-{name}="{escape(v)}"' for name, v in fits.items() if v)
    return f'<tr role="row"{data}>{"".join(cells)}</tr>'


def _html(cell: TableCell, words: Words) -> str:
    return cell.html or escape(text(cell.value, words))


def _data(cell: TableCell) -> str:
    """Return what the script reads of a cell: a number to sort by, and what it says."""
    data = f' data-says="{escape(cell.says)}"' if cell.says else ""
    number = cell.value.value if isinstance(cell.value, Estimate) else cell.value
    if isinstance(number, float):
        # JavaScript reads "Infinity" where Python writes "inf".
        data += f' data-number="{repr(number).replace("inf", "Infinity")}"'
    elif cell.html and isinstance(number, str):
        data += f' data-sort="{escape(number)}"'
    return data


def _options(table: Table) -> str:
    """Return what the script needs to know, as JSON."""
    questions = [
        {
            "name": q.name,
            "label": q.label,
            "answers": [*([["", q.everything]] if q.everything else []), *q.answers.items()],
        }
        for q in table.questions
    ]
    options = {"questions": questions, "search": table.search, "status": table.status}
    return json.dumps(options | {"oneEach": table.one_each}, ensure_ascii=False)


def _typed(value: object) -> Value:
    """Return a value of a DataFrame as one of the five kinds; others become their text."""
    if isinstance(value, (Estimate, str)):
        return value
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, Real):
        return None if math.isnan(value) else float(value)
    return None if value is None or value is pd.NaT or value is pd.NA else str(value)


def _store(value: Value) -> Any:
    """Return a value as JSON has it; an infinite number and an estimate become objects."""
    if isinstance(value, Estimate):
        return value.to_record()
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    return value


def _load(stored: Any) -> Value:
    if isinstance(stored, Mapping):
        try:
            return float(stored["number"]) if "number" in stored else Estimate.from_record(stored)
        except KeyError as error:
            raise record.RecordError(f"{dict(stored)!r} is no estimate: no {error}") from None
    if isinstance(stored, int) and not isinstance(stored, bool):
        return float(stored)
    one_of("type", type(stored).__name__, ("NoneType", "bool", "float", "str"))
    return stored


def _translated(value: Value, words: Words) -> Value:
    return say(words, value) if isinstance(value, str) else value
