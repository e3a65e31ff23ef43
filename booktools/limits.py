"""The form of lessons and stories, and what is wrong with one: ``python -m booktools.limits 01``.

A lesson has one idea, is read in minutes and runs alone on a small machine. What can be
counted of that is counted here.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from booktools import reading
from booktools.run import WORKERS, chosen, name, notebooks
from helpers.claims import stored
from helpers.show.record import mime

#: The largest number of cells, visible code cells, judged claims, seconds of the run, and GB of
#: its process; the fewest and most words.
CELLS, VISIBLE, CLAIMS, SECONDS, MEMORY, WORDS = 45, 20, 3, 90, 1.5, (800, 1800)
STORY_CELLS, STORY_WORDS = 25, 1200
#: The most lines of a code cell, open and folded.
LINES, FOLDED_LINES = 20, 40
#: The largest own weight of a page in bytes, see `booktools.weight`.
WEIGHT = 600_000
BULLETS, QUESTIONS = 3, 2
#: Tags of cells whose code a reader does not see at once.
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}

BULLET = re.compile(r"^[ ]{0,3}[-*] \S", re.M)
QUESTION = re.compile(r"^[ \t]*(?:`{3,}|:{3,})\{dropdown\}", re.M)
EXERCISE = re.compile(r"^[ \t]*(?:`{3,}|:{3,})\{exercise\}(.*)$", re.M)


def of_lesson(notebook: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the form of a lesson, a line for each."""
    return [*_of_lesson(notebook), *_of_code(notebook)]


def of_story(notebook: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the form of a chapter's story, a line for each."""
    return [*_of_story(notebook), *_of_code(notebook)]


def _of_lesson(notebook: Mapping[str, Any]) -> Iterator[str]:
    cells, course = notebook["cells"], notebook["metadata"].get("course", {})
    words, run = reading.words(notebook), course.get("run", {})
    visible = sum(cell["cell_type"] == "code" and not _folded(cell) for cell in cells)
    if len(cells) > CELLS:
        yield f"{len(cells)} cells; at most {CELLS}"
    if not WORDS[0] <= words <= WORDS[1]:
        yield f"{words} words of prose; from {WORDS[0]} to {WORDS[1]}"
    if visible > VISIBLE:
        yield f"{visible} visible code cells; at most {VISIBLE}"
    if judged(notebook) > CLAIMS:
        yield f"{judged(notebook)} verdicts; at most {CLAIMS}"
    if course.get("run_seconds") is None or WORKERS not in run:
        yield "its run is not noted (make run)"
    else:
        if course["run_seconds"] > SECONDS:
            yield f"runs {course['run_seconds']} s; at most {SECONDS}"
        if run["memory"] >= MEMORY:
            yield f"its run takes {run['memory']} GB; less than {MEMORY}"
        if run[WORKERS]:
            yield "was run with worker processes"
    opening = "\n".join(_text(cell) for cell in cells[:2] if cell["cell_type"] == "markdown")
    if len(BULLET.findall(opening)) < BULLETS:
        yield f"does not begin with {BULLETS} bullets on what one will see"
    if cells[-1]["cell_type"] != "markdown" or len(BULLET.findall(_text(cells[-1]))) < BULLETS:
        yield f"does not end with {BULLETS} bullets on what was seen"
    text = "\n".join(_text(cell) for cell in cells if cell["cell_type"] == "markdown")
    if len(QUESTION.findall(text)) < QUESTIONS:
        yield f"has no quiz of at least {QUESTIONS} questions (dropdown)"
    titles = EXERCISE.findall(text)
    if not titles or not all("★" in title for title in titles):
        yield "has no exercise, or one without ★, ★★ or ★★★ in its title"
    if not reading.figures({**notebook, "cells": [c for c in cells if c["cell_type"] == "code"]}):
        yield "has no figure"


def _of_story(notebook: Mapping[str, Any]) -> Iterator[str]:
    cells, words = notebook["cells"], reading.words(notebook)
    if len(cells) > STORY_CELLS:
        yield f"{len(cells)} cells; at most {STORY_CELLS}"
    if words > STORY_WORDS:
        yield f"{words} words of prose; at most {STORY_WORDS}"
    if judged(notebook):
        yield "judges claims itself; its lessons do that"


def _of_code(notebook: Mapping[str, Any]) -> Iterator[str]:
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    for number, cell in enumerate(code):
        lines, most = len(_text(cell).splitlines()), FOLDED_LINES if _folded(cell) else LINES
        if lines > most:
            yield f"code cell {number} has {lines} lines; at most {most}"


def judged(notebook: Mapping[str, Any]) -> int:
    """Count the verdicts that a notebook holds, by experiment and by check."""
    outputs = (output for cell in notebook["cells"] for output in cell.get("outputs", []))
    kinds = {mime("verdict"), mime("check")}
    return sum(bool(kinds & {*output.get("data", {})}) for output in outputs)


def _folded(cell: Mapping[str, Any]) -> bool:
    return bool(FOLDED & {*cell["metadata"].get("tags", [])})


def _text(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="start of a name, such as 01 or 01_background/2")
    wrong = 0
    paths = notebooks()
    with_lessons = {name(path).split("/")[0] for path in paths if stored.is_lesson(name(path))}
    for path in chosen(paths, parser.parse_args().names):
        if name(path).split("/")[0] not in with_lessons:
            continue
        lesson, notebook = stored.is_lesson(name(path)), stored.read(path)
        found = of_lesson(notebook) if lesson else of_story(notebook)
        wrong += len(found)
        print(name(path), f"({reading.words(notebook)} words, {reading.minutes(notebook)} min)")
        print(*(f"  {line}" for line in found), sep="\n", end="\n" if found else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
