"""A table that the reader can sort and filter, on a page that runs no kernel.

`show` writes an ordinary HTML table into the notebook, with a short script that
puts a button into every column header and a filter above the table. It asks the
network for nothing. Where scripts are off, the plain table is left: the controls
are made by the script, so that none stands there without a function.
"""

from __future__ import annotations

import json
import math
import re
from html import escape
from numbers import Real

import numpy as np
import pandas as pd

STYLE = """
.sortable { --line: var(--pst-color-border, #767676); margin: 0.8rem 0; }
.sortable, .sortable label { color: var(--pst-color-text-base, inherit); }
.sortable-box { overflow: auto; max-height: 34rem; border: 1px solid var(--line); }
.sortable-box:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.sortable table { border-collapse: collapse; font-size: 0.8rem; margin: 0; width: auto; }
.sortable caption { caption-side: top; text-align: left; padding: 0.4rem 0.5rem; color: inherit; }
.sortable th, .sortable td { padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
.sortable tbody tr { border-top: 1px solid var(--line); }
.sortable thead th, .sortable tbody th {
  position: sticky; background: var(--pst-color-background, Canvas); color: inherit; }
.sortable thead th { top: 0; z-index: 1; vertical-align: bottom; }
.sortable tbody th { left: 0; max-width: 8.5rem; }
.sortable td.number { text-align: right; font-variant-numeric: tabular-nums; }
.sortable td.long { min-width: 16rem; }
.sortable button { all: unset; cursor: pointer; font-weight: bold; padding: 0.3rem 0; }
.sortable button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.sortable [aria-sort] button::after { content: " ▲"; }
.sortable [aria-sort="descending"] button::after { content: " ▼"; }
.sortable input { font: inherit; color: inherit; background: transparent; margin-left: 0.4rem;
  padding: 0.2rem 0.4rem; border: 1px solid var(--line); max-width: 12rem; }
.sortable p { margin: 0.3rem 0; font-size: 0.9rem; }
html[data-theme="dark"] .bd-content div.cell_output .output.text_html:has(.sortable) {
  background-color: transparent; color: inherit; padding: 0; }
"""

SCRIPT = """
(() => {
  const box = document.getElementById(ID);
  if (!box || box.dataset.ready) return;
  box.dataset.ready = "yes";
  const table = box.querySelector("table"), body = table.tBodies[0];
  const rows = [...body.rows], heads = [...table.tHead.rows[0].cells];

  const key = (row, column) => {
    const data = row.cells[column].dataset;
    return "number" in data ? parseFloat(data.number) : row.cells[column].textContent;
  };
  const compare = (a, b, sign) => {
    const none = value => value === "" || Number.isNaN(value);  // always last
    if (none(a) || none(b)) return none(a) - none(b);
    if (typeof a === "number") return a === b ? 0 : sign * (a < b ? -1 : 1);
    return sign * a.localeCompare(b, "en");
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const order = (a, b) => compare(key(a, column), key(b, column), sign);
      body.append(...[...rows].sort(order));
    });
  });

  const label = document.createElement("label"), input = document.createElement("input");
  const line = document.createElement("p"), said = document.createElement("p");
  label.append(LABEL, input);
  line.append(label);
  said.setAttribute("role", "status");
  box.prepend(line, said);
  const filter = () => {
    const words = input.value.toLowerCase().split(/\\s+/);
    rows.forEach(row => {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
    });
    said.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} rows shown`;
  };
  input.addEventListener("input", filter);
  filter();
})();
"""


def show(frame: pd.DataFrame, caption: str, filter_label: str = "Show rows with") -> None:
    """Display a table that can be sorted and filtered.

    Parameters
    ----------
    frame : pandas.DataFrame
        Its index becomes the first column, whose header is the index's name.
        Numbers are shown with at most four digits and sorted as numbers; what is
        missing comes last.
    caption : str
        What the table holds.
    filter_label : str
        Words in front of the filter. A row is shown if it holds every word typed.

    Raises
    ------
    ValueError
        If the table is empty, or the index has no name or the caption no letter.
    """
    from IPython.display import display

    plain = frame.map(_as_text).to_string()
    bundle = {"text/html": to_html(frame, caption, filter_label), "text/plain": plain}
    display(bundle, raw=True)


def to_html(frame: pd.DataFrame, caption: str, filter_label: str = "Show rows with") -> str:
    """Return the table as HTML, with its style and its script."""
    if frame.empty or not frame.index.name or not re.search(r"\w", caption):
        raise ValueError("give a table with rows, a name for its index, and a caption")
    ident = "sortable-" + re.sub(r"\W+", "-", caption.lower()).strip("-")
    heads = "".join(f'<th scope="col">{escape(str(n))}</th>' for n in [frame.index.name, *frame])
    rows = []
    for name, values in zip(frame.index, frame.itertuples(index=False), strict=True):
        cells = "".join(map(_cell, values))
        rows.append(f'<tr><th scope="row">{escape(str(name))}</th>{cells}</tr>')
    script = SCRIPT.replace("ID", json.dumps(ident), 1)
    script = script.replace("LABEL", json.dumps(filter_label), 1)
    return (
        f'<div class="sortable" id="{ident}"><style>{STYLE}</style>'
        f'<div class="sortable-box" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></div><script>{script}</script>"
    )


def _cell(value: object) -> str:
    text = _as_text(value)
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        # JavaScript reads "Infinity" where Python writes "inf".
        number = repr(float(value)).replace("inf", "Infinity")
        return f'<td class="number" data-number="{number}">{text}</td>'
    kind = ' class="long"' if len(text) > 40 else ""
    return f"<td{kind}>{escape(text)}</td>"


def _as_text(value: object) -> str:
    """Return what stands in a cell: yes or no, a short number, or the text."""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if not isinstance(value, Real):
        return str(value)
    if math.isnan(value):
        return ""
    return f"{value:.4g}".replace("inf", "∞").replace("-", "−")
