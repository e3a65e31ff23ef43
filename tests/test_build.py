"""The build fails when it should, and goes on failing until it is mended."""

from __future__ import annotations

import re
import shutil

import nbformat
import pytest

from booktools import build

CONFIG = "title: t\nauthor: a\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: 'off'\n"


@pytest.fixture
def small(tmp_path):
    """A book of two pages with nothing wrong."""
    (tmp_path / "_config.yml").write_text(CONFIG, "utf8")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: part/one\n", "utf8"
    )
    (tmp_path / "part").mkdir()
    (tmp_path / "index.md").write_text("# Start\n\nWords.\n", "utf8")
    (tmp_path / "part" / "one.md").write_text("# One\n\nWords.\n", "utf8")
    return tmp_path


@pytest.mark.slow
def test_sound_book_passes_then_a_warning_fails_it_each_time(small):
    assert build.build(small)[0]
    (small / "part" / "one.md").write_text("# One\n\n{ref}`nowhere`\n", "utf8")
    for _ in range(2):
        whole, said = build.build(small)
        assert not whole and "nowhere" in said
    (small / "part" / "one.md").write_text("# One\n\nMended.\n", "utf8")
    assert build.build(small)[0]


@pytest.mark.slow
def test_a_new_page_enters_the_sidebar_of_the_old_ones(small):
    assert build.build(small)[0]
    (small / "part" / "two.md").write_text("# Two of them\n\nWords.\n", "utf8")
    toc = small / "_toc.yml"
    toc.write_text(toc.read_text("utf8") + "  - file: part/two\n", "utf8")
    assert build.build(small)[0]
    page = small / "_build" / "html" / "part" / "one.html"
    assert "Two of them" in page.read_text("utf8")


@pytest.mark.slow
def test_a_new_title_enters_the_sidebar_of_the_other_pages(small):
    two = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Two\n\nWords.")])
    toc = small / "_toc.yml"
    toc.write_text(toc.read_text("utf8") + "  - file: part/two\n", "utf8")
    nbformat.write(two, small / "part" / "two.ipynb")
    assert build.build(small)[0]
    two.cells[0].source = "# Another name\n\nWords."
    nbformat.write(two, small / "part" / "two.ipynb")
    assert build.build(small)[0]
    assert "Another name" in (small / "_build" / "html" / "part" / "one.html").read_text("utf8")


@pytest.mark.slow
def test_missing_page_is_named(small):
    assert build.pages(small) == ["index", "part/one"]
    assert build.missing_pages(small) == ["index", "part/one"]
    shutil.rmtree(small / "part")
    assert not build.build(small)[0]


def test_every_page_of_this_book_exists(book):
    assert build.missing_pages() == []
    assert len(build.pages()) >= 5


def test_every_helper_has_its_place_on_the_page():
    pages = (build.ROOT / "appendix" / "helpers").glob("*.md")
    text = "".join(path.read_text("utf8") for path in pages)
    folder = build.ROOT / "helpers"
    paths = [path.relative_to(folder) for path in folder.rglob("*.py")]
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths}
    listed = re.findall(r"automodule:: helpers\.([\w.]+)", text)
    assert sorted(listed) == sorted(modules - {"__init__"})
