"""Tables of pandas on the built pages: numbers to the right, words to the left.

Pandas writes every cell alike. Here a cell that holds a number, an estimate with its interval
or a share gets the class ``number``, and so does the head of a column of such cells;
the style sheet of the course aligns them.
"""

from __future__ import annotations

import re

TABLE = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.S)
ROW = re.compile(r"<tr\b.*?</tr>", re.S)
CELL = re.compile(r"<(t[hd])( class=\"number\")?([^>]*)>(.*?)</\1>", re.S)
FIGURE = r"[-−+]?(?:\d[\d,. ]*(?:e[-+]?\d+)?|∞|inf|nan|NaN)\s*(?:%|×)?"
#: A number, an interval, or both; or a sign that there is none.
NUMBER = re.compile(rf"\s*(?:{FIGURE})?\s*(?:[\[(]\s*{FIGURE},\s*{FIGURE}[\])])?\s*|[–—-]")


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, an interval, both, or empty."""
    return NUMBER.fullmatch(re.sub(r"<[^>]*>", "", text)) is not None


def align(page: str) -> str:
    """Return the HTML of a page, the cells and heads of its data frames marked by kind."""
    return TABLE.sub(lambda match: _aligned(match[0]), page)


def _aligned(table: str) -> str:
    body = [CELL.findall(row) for row in ROW.findall(table.partition("<tbody>")[2])]
    width = max(map(len, body), default=0)
    columns = [[row[place][3] for row in body if place < len(row)] for place in range(width)]
    # A column is one of numbers if all of its cells are and one of them is not empty.
    numbers = {
        place
        for place, cells in enumerate(columns)
        if all(map(is_number, cells)) and any(cell.strip() for cell in cells)
    }

    def row(match: re.Match[str]) -> str:
        place = -1

        def cell(found: re.Match[str]) -> str:
            nonlocal place
            place += 1
            mark = ' class="number"' if place in numbers else ""
            return f"<{found[1]}{mark}{found[3]}>{found[4]}</{found[1]}>"

        return CELL.sub(cell, match[0])

    # A cell over several columns or rows would shift the count; such tables stay as they are.
    if re.search(r"\b(?:col|row)span=", table):
        return table
    return ROW.sub(row, table)
