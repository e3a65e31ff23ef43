"""A table whose rows the reader picks by questions, on a page that runs no kernel.

The table itself is plain HTML and whole: on a phone its rows are stacked, and
where scripts are off all of it is there. A short script adds native controls
above it and a line that says, to screen readers too, what is shown. It asks the
network for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class TableCell:
    """One cell: its HTML, and the text that the status line says of it, if any."""

    html: str
    says: str = ""


@dataclass(frozen=True)
class Row:
    """One row: its cells, and for each question the answers that it fits (none: all)."""

    cells: Sequence[TableCell]
    fits: Mapping[str, Sequence[str]]
    group: str = ""


@dataclass(frozen=True)
class Question:
    """A select element: its name in `Row.fits`, its label, and answers with their texts."""

    name: str
    label: str
    answers: Mapping[str, str]
    everything: str = ""  #: text of the answer that sets no condition; "" for none


@dataclass(frozen=True)
class Controls:
    """What stands above the table.

    With `search`, a text field of that label. With `one_each`, only the first row
    of a group that fits is shown, and a checkbox of that label shows all rows.
    """

    questions: Sequence[Question]
    noun: str
    search: str = ""
    one_each: str = ""


def to_html(
    ident: str, caption: str, heads: Sequence[str], rows: Sequence[Row], controls: Controls
) -> str:
    """Return the table as HTML, with its style and its script.

    Parameters
    ----------
    ident : str
        Id of the whole on the page.
    caption : str
        What the table holds.
    heads : sequence of str
        Names of the columns; the first column names its row.
    rows : sequence of Row
        Their cells hold HTML that is escaped already.
    controls : Controls
        What the script puts above the table.

    Raises
    ------
    ValueError
        If a row has not one cell for each column.
    """
    if any(len(row.cells) != len(heads) for row in rows):
        raise ValueError(f"every row needs {len(heads)} cells, one for each of {list(heads)}")
    head = "".join(f'<th role="columnheader" scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(_row(row, heads) for row in rows)
    script = _file("filtered.js").replace("OPTIONS", _options(ident, controls), 1)
    # Roles stand in the markup, since stacked rows (display: block) lose their own.
    return (
        f'<div class="filtered" id="{ident}"><style>{_file("filtered.css")}</style>'
        f'<div class="filtered-controls"></div>'
        f'<table role="table"><caption>{escape(caption)}</caption>'
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table><script>{script}</script></div>'
    )


def _row(row: Row, heads: Sequence[str]) -> str:
    first, *others = row.cells
    cells = [f'<th role="rowheader" scope="row"{_says(first)}>{first.html}</th>']
    for name, cell in zip(heads[1:], others, strict=True):
        label = f' data-label="{escape(name)}"'
        cells.append(f'<td role="cell"{label}{_says(cell)}>{cell.html}</td>')
    fits = {"group": [row.group], **row.fits}
    data = "".join(f' data-{key}="{escape(" ".join(v))}"' for key, v in fits.items() if any(v))
    return f'<tr role="row"{data}>{"".join(cells)}</tr>'


def _says(cell: TableCell) -> str:
    return f' data-says="{escape(cell.says)}"' if cell.says else ""


def _options(ident: str, controls: Controls) -> str:
    questions = [
        {
            "name": q.name,
            "label": q.label,
            "answers": [*([["", q.everything]] if q.everything else []), *q.answers.items()],
        }
        for q in controls.questions
    ]
    options: dict[str, Any] = {"id": ident, "questions": questions, "noun": controls.noun}
    options |= {"search": controls.search, "oneEach": controls.one_each}
    return json.dumps(options, ensure_ascii=False).replace("</", "<\\/")


@cache
def _file(name: str) -> str:
    return resources.files("helpers.show").joinpath("tables", name).read_text("utf8")
