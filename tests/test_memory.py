"""A hard limit of memory: what fits runs, what does not is named, and nothing is written back."""

import sys

import nbformat
import pytest

from booktools import memory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the data of a process"),
]


def book(folder, code):
    """A book with one lesson of one cell."""
    cell = nbformat.v4.new_code_cell(code)
    path = folder / "chapters" / "01_background" / "1_lesson.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


GREEDY = "import helpers\nimport numpy as np\nprint(np.ones(120_000_000).sum())"  # 0.96 GB


def test_a_lesson_that_takes_too_much_is_named(tmp_path):
    path = book(tmp_path, GREEDY)
    before = path.read_bytes()
    assert list(memory.try_all([], 3.0, tmp_path)) == [("01_background/1_lesson", "")]
    ((name, fault),) = memory.try_all([], 0.8, tmp_path)
    assert name == "01_background/1_lesson"
    assert "MemoryError" in fault or "kernel died" in fault
    assert path.read_bytes() == before


def test_a_lesson_of_the_book_runs_within_the_limit():
    assert list(memory.try_all(["02_concepts/1_"])) == [("02_concepts/1_one_unit", "")]


def test_an_unknown_name_is_refused(tmp_path):
    book(tmp_path, "1")
    with pytest.raises(ValueError, match="begins with 07; choose from 01_background/1_lesson"):
        list(memory.try_all(["07"], 1.0, tmp_path))
