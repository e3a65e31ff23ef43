"""The table of contents lists every chapter and lesson, in reading order."""

from __future__ import annotations

import pytest

from booktools import build, contents

TOC = """format: jb-book
root: index
parts:
  - caption: Chapters
    chapters:
      - file: chapters/01_one
        sections:
          - file: chapters/01_one/1_old
      - file: chapters/02_two
  - caption: Appendix
    chapters:
      - file: appendix/data
"""
MADE = """format: jb-book
root: index
parts:
  - caption: Chapters
    chapters:
      - file: chapters/01_one
      - file: chapters/02_two
        sections:
          - file: chapters/02_two/1_a
          - file: chapters/02_two/2_b
      - file: chapters/03_three
        sections:
          - file: chapters/03_three/1_c
  - caption: Appendix
    chapters:
      - file: appendix/data
"""
NAMES = ["01_one", "02_two", "02_two/1_a", "02_two/2_b", "03_three", "03_three/1_c"]


def test_this_book_lists_every_chapter_and_lesson_in_reading_order():
    listed = [page for page in build.pages() if page.startswith("chapters/")]
    found = [f"chapters/{name}" for name in contents.names()]
    assert listed == found, "python -m booktools.contents writes _toc.yml"


def test_lessons_become_sections_of_their_chapter():
    assert contents.with_chapters(TOC, NAMES) == MADE
    assert contents.with_chapters(MADE, NAMES) == MADE


def test_what_cannot_be_written_is_refused():
    with pytest.raises(ValueError, match="lesson 03_three/1_c has no story"):
        contents.with_chapters(TOC, ["01_one", "03_three/1_c"])
    with pytest.raises(ValueError, match="missing or not in one place"):
        contents.with_chapters("format: jb-book\nroot: index\n", NAMES)
    with pytest.raises(ValueError, match="missing or not in one place"):
        contents.with_chapters(TOC + "      - file: chapters/03_three\n", NAMES)


def test_pages_come_in_the_order_of_the_file(tmp_path):
    (tmp_path / "_toc.yml").write_text(MADE, "utf8")
    assert build.pages(tmp_path) == ["index", *(f"chapters/{n}" for n in NAMES), "appendix/data"]
