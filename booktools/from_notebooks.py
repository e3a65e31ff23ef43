"""Directives that show on another page what a chapter or lesson holds.

``{stored-figure} 04_code#Bars of`` shows a figure of the notebook ``04_code``, the one whose
description begins with the words after the ``#``; the content of the directive is its caption.
``{reading-list}`` has the start of a notebook's name in each line and lists their titles as links,
with the time that each takes to read, and ``{reading-time}`` says how long everything takes. All
look into the stored notebooks, so that nothing is
copied by hand and what is gone stops the build.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from booktools import reading
from booktools.figures import MIME, figure_html
from helpers.claims import stored

DESCRIPTION = re.compile(r'<svg[^>]*?\baria-label="([^"]*)"')


def figure(path: Path, start: str) -> str:
    """Return the stored figure, as SVG, whose description begins with `start`.

    Raises
    ------
    ValueError
        If the notebook has no such figure, or several.
    """
    found = {}
    for cell in stored.read(path)["cells"]:
        for output in cell.get("outputs", []):
            svg = "".join(output.get("data", {}).get(MIME, ""))
            if described := DESCRIPTION.search(svg):
                found[unescape(described[1])] = svg
    fitting = [text for text in found if text.startswith(start)]
    if len(fitting) != 1:
        known = "".join(f"\n  {text[:80]}" for text in found)
        raise ValueError(
            f"{len(fitting)} figures of {path.name} begin with {start!r}; there are{known}"
        )
    return found[fitting[0]]


def chosen(starts: Sequence[str], folder: Path) -> list[Path]:
    """Return the notebooks whose names begin with these texts, in their order.

    A chapter that is told in one notebook stands for each of its lessons.

    Raises
    ------
    ValueError
        If no notebook begins so, or several do.
    """
    names = {stored.notebook_name(path, folder): path for path in stored.notebooks(folder)}
    paths: list[Path] = []
    for start in starts:
        story = start.split("/")[0]
        if story in names and not any(name.startswith(f"{story}/") for name in names):
            start = story
        fitting = [name for name in names if name == start or name.startswith(f"{start}_")]
        if len(fitting) != 1:
            raise ValueError(
                f"{len(fitting)} notebooks begin with {start!r}: of {', '.join(names)}"
            )
        if names[fitting[0]] not in paths:
            paths.append(names[fitting[0]])
    return paths


class StoredFigure(SphinxDirective):
    """``{stored-figure} NAME#START``: a figure of a notebook, with a link to the notebook."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        name, _, start = self.arguments[0].partition("#")
        chapters = Path(self.env.app.srcdir) / "chapters"
        try:
            (path,) = chosen([name], chapters)
            svg = figure(path, start.strip())
        except ValueError as error:
            raise self.error(str(error)) from None
        self.env.note_dependency(str(path))
        link = f"[{reading.title(stored.read(path))}]({_way(self, path)})"
        text = [*self.content, "", f"From {link}."]
        box = nodes.container(classes=["stored-figure"])
        box += nodes.raw(text=figure_html(svg, self.env), format="html")
        self.state.nested_parse(StringList(text, self.get_location()), self.content_offset, box)
        return [box]


class ReadingList(SphinxDirective):
    """``{reading-list}``: titles of notebooks as links, with the time to read each, and the sum."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        chapters = Path(self.env.app.srcdir) / "chapters"
        for path in stored.notebooks(chapters):
            self.env.note_dependency(str(path))
        starts = [line.strip() for line in self.content if line.strip()]
        try:
            paths = chosen(starts, chapters)
        except ValueError as error:
            raise self.error(str(error)) from None
        books = {path: stored.read(path) for path in paths}
        lines = [
            f"1. [{reading.title(book)}]({_way(self, path)}), {reading.minutes(book)} minutes"
            for path, book in books.items()
        ]
        total = sum(map(reading.minutes, books.values()))
        box = nodes.container(classes=["reading-list"])
        text = [*lines, "", f"Together that is about {total} minutes."]
        self.state.nested_parse(StringList(text, self.get_location()), self.content_offset, box)
        return [box]


class ReadingTime(SphinxDirective):
    """``{reading-time}``: how long it takes to read all chapters and lessons, and to run them."""

    def run(self) -> list[nodes.Node]:
        paths = stored.notebooks(Path(self.env.app.srcdir) / "chapters")
        for path in paths:
            self.env.note_dependency(str(path))
        text = all_times([stored.read(path) for path in paths])
        return [nodes.paragraph(text, text)]


def all_times(books: Sequence[dict]) -> str:
    """Say how long it takes to read these notebooks, and to run them."""
    hours = round(sum(map(reading.minutes, books)) / 60 * 2) / 2
    seconds = [book["metadata"].get("course", {}).get("run_seconds") or 0 for book in books]
    reading_all = f"Reading everything takes about {hours:g} hour{'s' if hours != 1 else ''}"
    minutes = max(1, round(sum(seconds) / 60))
    return f"{reading_all}, and running every cell about {minutes} minutes on two cores."


def _way(directive: SphinxDirective, path: Path) -> str:
    """Return the address of a notebook, as a link on the directive's page has it."""
    page = Path(directive.env.doc2path(directive.env.docname))
    return stored.way_to(path.parent, page.parent) + path.name
