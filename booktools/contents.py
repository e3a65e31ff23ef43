"""Write the chapters and their lessons into ``_toc.yml``: ``python -m booktools.contents``.

The order is that of the names in the folder. Everything else in the file stays as it is.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from booktools import safely
from booktools.build import ROOT
from helpers.claims import stored

#: An entry of a chapter, and the lines below it that are indented further.
ENTRY = re.compile(r"^( *)- file: chapters/[\w-]+\n(?:\1 +\S.*\n)*", re.M)


def with_chapters(toc: str, names: list[str]) -> str:
    """Return the table of contents with these notebooks in the place of its chapters.

    Parameters
    ----------
    toc : str
        Text of ``_toc.yml``.
    names : list of str
        Names of stories and lessons in reading order, see `helpers.claims.stored`.

    Raises
    ------
    ValueError
        If the text has no chapter, or chapters in several places.
    """
    entries = list(ENTRY.finditer(toc))
    if not entries or "".join(e[0] for e in entries) != toc[entries[0].start() : entries[-1].end()]:
        raise ValueError("_toc.yml: the entries of the chapters are missing or not in one place")
    chapters: dict[str, list[str]] = {name: [] for name in names if not stored.is_lesson(name)}
    for lesson in filter(stored.is_lesson, names):
        story = lesson.split("/")[0]
        if story not in chapters:
            raise ValueError(f"the lesson {lesson} has no story chapters/{story}.ipynb")
        chapters[story].append(lesson)
    indent, lines = entries[0][1], []
    for story, lessons in chapters.items():
        lines.append(f"{indent}- file: chapters/{story}")
        lines += [f"{indent}  sections:"] if lessons else []
        lines += [f"{indent}    - file: chapters/{lesson}" for lesson in lessons]
    text = "".join(f"{line}\n" for line in lines)
    return toc[: entries[0].start()] + text + toc[entries[-1].end() :]


def names(root: Path = ROOT) -> list[str]:
    """Return the names of the chapters' notebooks in reading order."""
    folder = root / "chapters"
    return [stored.notebook_name(path, folder) for path in stored.notebooks(folder)]


def main() -> int:
    toc = ROOT / "_toc.yml"
    safely.write_text(toc, with_chapters(toc.read_text("utf8"), names()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
