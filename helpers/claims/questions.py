"""The questions of the last chapter as a table to search, gathered from its lessons.

A question is a heading of the third level in a lesson; the heading of the second level above it
names what one sees, and the first sentence in bold below it is the answer in short. So the table
can hold nothing that the lessons do not.

    questions.show("06_faq")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

from helpers.claims import stored
from helpers.show import record
from helpers.show import table as tables

CAPTION = "The questions, by what you see. A question leads to its answer."
HEADS = ("You see", "Question", "In short")
#: A label of MyST before a heading, the heading's marks, and its text.
HEADING = re.compile(r"(?:^\(([\w-]+)\)=\n)?^(#{2,3}) (.+)$", re.M)
BOLD = re.compile(r"\*\*(.+?)\*\*", re.S)


@dataclass(frozen=True)
class Question:
    """A question, where it is answered, and the answer in a sentence."""

    sees: str
    asks: str
    answer: str
    notebook: str
    anchor: str


def read(chapter: str, folder: str | Path | None = None) -> list[Question]:
    """Return the questions of a chapter's lessons in reading order.

    Parameters
    ----------
    chapter : str
        Name of the chapter, such as "06_faq".
    folder : str or Path, optional
        Where the chapters lie, as in `helpers.claims.found`.

    Raises
    ------
    ValueError
        If a question has no label before its heading, or no sentence in bold.
    """
    folder = Path(folder) if folder else stored.chapters_folder()
    found: list[Question] = []
    for path in stored.notebooks(folder):
        name = stored.notebook_name(path, folder)
        if name.startswith(f"{chapter}/"):
            found += _of_lesson(name, stored.read(path)["cells"])
    return found


def _of_lesson(name: str, cells: Sequence[Mapping[str, Any]]) -> Iterator[Question]:
    texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    text = "\n\n".join(texts)
    marks = [*HEADING.finditer(text)]
    sees = ""
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        label, level, title = mark.groups()
        if len(level) == 2:
            sees = title.strip()
        elif title.strip().endswith("?"):
            answer = BOLD.search(text, mark.end(), after.start() if after else len(text))
            if not label or not answer:
                raise ValueError(f"{name}: {title!r} needs a label and a sentence in bold")
            yield Question(sees, _plain(title), _plain(answer[1]), name, label)


def _plain(text: str) -> str:
    """Return a heading or a sentence without Markdown's marks."""
    return re.sub(r"\s+", " ", re.sub(r"[`*]", "", text)).strip()


def show(chapter: str, folder: str | Path | None = None) -> None:
    """Display the table, and store it as a record."""
    data = to_record(read(chapter, folder))
    way = stored.way_to(stored.chapters_folder())
    record.show("questions", data, to_html(data, ".ipynb", way, alone=True), to_text(data))


def to_record(found: Sequence[Question]) -> record.Record:
    """Return the questions as plain data."""
    return {"questions": [asdict(one) for one in found]}


def to_html(data: Mapping[str, Any], ending: str, way: str = "", alone: bool = False) -> str:
    """Return the table as HTML, with a field to search it.

    Parameters
    ----------
    data : mapping
        From `to_record`.
    ending : str
        Ending of the files that the questions lead to, such as ".html".
    way : str
        How the page that shows the table gets to the chapters' folder, such as "../".
    alone : bool
        As in `helpers.show.table.to_html`.
    """
    rows = [Question(**one) for one in data["questions"]]
    sees = dict.fromkeys(one.sees for one in rows)
    keys = {text: f"s{number}" for number, text in enumerate(sees)}
    table = tables.Table(
        ident="questions-table",
        caption=CAPTION,
        heads=HEADS,
        rows=[
            tables.Row([tables.TableCell(one.sees), _link(one, ending, way),
                        tables.TableCell(one.answer)], {"sees": [keys[one.sees]]})
            for one in rows
        ],
        questions=[
            tables.Question(
                "sees", "You see", {key: text for text, key in keys.items()}, "anything"
            )
        ],
        search="Search",
        status="{shown} of {all} questions shown",
    )  # fmt: skip
    return tables.to_html(table, alone=alone)


def to_text(data: Mapping[str, Any]) -> str:
    """Return the table as plain text."""
    rows = (Question(**one) for one in data["questions"])
    return "\n".join([CAPTION, *(f"{one.sees}: {one.asks} {one.answer}" for one in rows)])


def _link(one: Question, ending: str, way: str) -> tables.TableCell:
    page = escape(f"{way}{one.notebook}{ending}#{one.anchor}")
    return tables.TableCell(one.asks, f'<a href="{page}">{escape(one.asks)}</a>')
