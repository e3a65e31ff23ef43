"""The stored notebooks: run in one go, compared, described, and in our own style."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from booktools import limits, weight
from booktools.outputs import MEASURED
from booktools.run import code_digest, files_read, name, notebooks
from helpers.claims.stored import is_lesson
from helpers.show import series

BOOKS = notebooks()
CHAPTERS = [path for path in BOOKS if "chapters" in (path.parent.name, path.parent.parent.name)]
LESSONS = [path for path in CHAPTERS if is_lesson(name(path))]
STORIES = [path for path in CHAPTERS if path not in LESSONS]
#: Chapters that are told in one notebook, and those that are a story and lessons.
WHOLE = [path for path in STORIES if not any(lesson.parent.stem == path.stem for lesson in LESSONS)]
TOLD = [path for path in STORIES if path not in WHOLE]
EXCUSES = re.compile(r"time|seconds|memory|version|machine", re.I)


def code_cells(path: Path) -> list[dict]:
    cells = json.loads(path.read_text("utf8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_there_are_notebooks_to_look_at():
    """Without one, every test below would be left out without a word."""
    assert len(STORIES) == 6 and len(BOOKS) > len(CHAPTERS)


@pytest.fixture(params=BOOKS, ids=name)
def notebook(request) -> Path:
    return request.param


def test_run_top_to_bottom_in_one_go(notebook):
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts
    assert counts == list(range(1, len(counts) + 1))


def test_outputs_belong_to_the_code(notebook):
    book = nbformat.read(notebook, as_version=4)
    assert book.metadata["course"]["code"] == code_digest(book), "edited since it was run: make run"


def test_stored_figures_are_shown_as_they_were_last_measured(notebook):
    book = nbformat.read(notebook, as_version=4)
    read = book.metadata["course"].get("reads", {})
    assert read == files_read(book, notebook.parent), "measured anew since it was run: make run"


def test_no_error_and_nothing_on_stderr(notebook):
    for number, cell in enumerate(code_cells(notebook)):
        kinds = {output["output_type"] for output in cell["outputs"]}
        names = {output.get("name") for output in cell["outputs"]}
        assert "error" not in kinds, f"cell {number}"
        assert "stderr" not in names, f"cell {number}"


def test_at_least_four_of_five_outputs_are_compared(notebook):
    shown = [cell for cell in code_cells(notebook) if cell["outputs"]]
    excused = [cell for cell in shown if MEASURED in cell["metadata"].get("tags", [])]
    assert len(excused) <= len(shown) / 5
    for cell in excused:
        assert EXCUSES.search("".join(cell["source"])), "excused, but measures no time"


def test_cells_are_short(notebook):
    """Those of lessons and their stories have a limit of their own, see `booktools.limits`."""
    for number, cell in enumerate(code_cells(notebook)):
        lines = "".join(cell["source"]).splitlines()
        most = 30 if "hide-input" in cell["metadata"].get("tags", []) else 24
        if notebook not in LESSONS + TOLD:
            assert len(lines) <= most, f"cell {number} has {len(lines)} lines"
        assert max(map(len, lines)) <= 92, f"cell {number} is too wide for the page"


def test_no_address_or_path_in_an_output(notebook):
    for number, cell in enumerate(code_cells(notebook)):
        text = json.dumps(cell["outputs"])
        assert not re.search(r"0x[0-9a-f]{8,}|/home/|/root/|/tmp/", text), f"cell {number}"


def test_every_figure_says_what_it_shows(notebook):
    labels = []
    for number, cell in enumerate(code_cells(notebook)):
        for output in cell["outputs"]:
            data = output.get("data", {})
            assert "image/png" not in data, f"cell {number}: use helpers.show.plots.show"
            if "image/svg+xml" in data:
                label = re.search(r'aria-label="([^"]+)"', "".join(data["image/svg+xml"]))
                assert label and len(label[1]) >= 40, f"cell {number}"
                labels.append(label[1])
    borrowed = "```{stored-figure}" in notebook.read_text("utf8")
    assert labels or borrowed or notebook not in CHAPTERS, "a chapter without a figure"
    assert len(set(labels)) == len(labels), "two figures have the same description"


def test_every_figure_stores_its_data(notebook):
    for number, cell in enumerate(code_cells(notebook)):
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/svg+xml" not in data:
                continue
            assert series.MIME in data, f"cell {number}: run the notebook again (make run)"
            figure = data[series.MIME]
            assert len(json.dumps(figure, indent=1)) < 80_000, f"cell {number}"
            assert figure["panels"], f"cell {number}"
            for part in figure["panels"]:
                assert part["series"] or part["texts"], f"cell {number}: an empty panel"
                hues = {str(item.get("colour", "")) for item in part["series"]}
                assert not any("#" in hue for hue in hues), f"cell {number}: not in the palette"


def test_nothing_is_imported_for_nothing(notebook):
    """Ruff leaves F401 out in notebooks, since `import helpers` is there for its effect."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F401",
    ]
    said = subprocess.run(
        [*command, "--output-format", "json", notebook], capture_output=True, text=True
    ).stdout
    unused = [finding["message"].split("`")[1] for finding in json.loads(said)]
    assert set(unused) <= {"helpers"}


def test_page_weight_is_sane(notebook):
    assert notebook.stat().st_size < 2_000_000


@pytest.mark.parametrize("chapter", WHOLE, ids=name)
def test_chapter_has_the_parts_that_all_chapters_share(chapter):
    cells = json.loads(chapter.read_text("utf8"))["cells"]
    prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    for part in ("chapter-facts", "What you will learn", "What you need", "## Summary"):
        assert part in prose
    assert prose.count("{exercise") >= 3
    assert prose.count("{solution") >= 3


@pytest.mark.parametrize("lesson", LESSONS, ids=name)
def test_lesson_keeps_its_limits(lesson):
    assert limits.of_lesson(json.loads(lesson.read_text("utf8"))) == []


@pytest.mark.parametrize("story", TOLD, ids=name)
def test_story_is_short_and_judges_nothing(story):
    assert limits.of_story(json.loads(story.read_text("utf8"))) == []


def test_pages_of_lessons_and_stories_are_light(book):
    pages = {name(path): book / "chapters" / f"{name(path)}.html" for path in LESSONS + TOLD}
    weights = {page: weight.of_page(path) for page, path in pages.items()}
    assert {page: size for page, size in weights.items() if size > limits.WEIGHT} == {}
