"""Figures and titles of notebooks on other pages: found by their words, and missed when gone."""

from __future__ import annotations

import re
import shutil

import nbformat
import pytest

from booktools import build, from_notebooks, reading
from booktools.build import ROOT
from helpers.claims import stored


def svg(label):
    return f'<svg role="img" aria-label="{label}"><g id="part"></g><use href="#part"/></svg>'


def write(path, title, *labels, words=0, **course):
    """Write a notebook with a title, that many words, and figures with these descriptions."""
    outputs = [nbformat.v4.new_output("display_data", {"image/svg+xml": svg(x)}) for x in labels]
    cells = [
        nbformat.v4.new_markdown_cell(f"# {title}\n\n" + "word " * words),
        nbformat.v4.new_code_cell("1", outputs=outputs),
    ]
    metadata = {"language_info": {"name": "python"}, "course": course}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)


@pytest.fixture
def chapters(tmp_path):
    folder = tmp_path / "chapters"
    write(folder / "01_one.ipynb", "One")
    write(folder / "01_one" / "1_a.ipynb", "Lesson $a$", "Bars &amp; lines", "Bars of two kinds")
    write(folder / "01_one" / "10_b.ipynb", "Lesson b", words=900, run_seconds=600)
    write(folder / "02_two.ipynb", "Two", run_seconds=60)
    return folder


def test_a_figure_is_found_by_the_beginning_of_its_description(chapters):
    path = chapters / "01_one" / "1_a.ipynb"
    assert from_notebooks.figure(path, "Bars & l") == svg("Bars &amp; lines")
    with pytest.raises(ValueError, match="2 figures of 1_a.ipynb begin with 'Bars'.*\n.*& lines"):
        from_notebooks.figure(path, "Bars")
    with pytest.raises(ValueError, match="0 figures of 1_a.ipynb begin with 'lines'"):
        from_notebooks.figure(path, "lines")


def test_notebooks_are_chosen_by_the_start_of_their_names(chapters):
    starts = ["02_two/3", "01_one/10", "01_one/1", "01_one", "02_two/4"]
    chosen = from_notebooks.chosen(starts, chapters)
    names = [stored.notebook_name(path, chapters) for path in chosen]
    assert names == ["02_two", "01_one/10_b", "01_one/1_a", "01_one"]
    for wrong in ("01_one/2", "03_three", "03_three/1"):
        with pytest.raises(ValueError, match=f"0 notebooks begin with '{wrong}'"):
            from_notebooks.chosen([wrong], chapters)


def test_the_time_for_everything_is_the_sum(chapters):
    books = [stored.read(path) for path in stored.notebooks(chapters)]
    assert from_notebooks.all_times(books).startswith("Reading everything takes about 0 hours")
    books = books * 6
    assert from_notebooks.all_times(books) == (
        "Reading everything takes about 1 hour, and running every cell about 66 minutes on "
        "two cores."
    )


@pytest.mark.slow
def test_pages_show_figures_and_titles(chapters, tmp_path):
    for name in ("_config.yml", "references.bib"):
        shutil.copy(build.ROOT / name, tmp_path / name)
    shutil.copytree(build.ROOT / "_static", tmp_path / "_static")
    toc = "".join(f"  - file: {page}\n" for page in (
        "chapters/01_one", "chapters/01_one/1_a", "chapters/01_one/10_b", "chapters/02_two",
        "part/x",
    ))  # fmt: skip
    (tmp_path / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{toc}", "utf8")
    asks = "```{stored-figure} 01_one/1#Bars of two\nA **caption**.\n```\n"
    listed = "```{reading-list}\n01_one/10\n02_two\n```\n"
    (tmp_path / "index.md").write_text(f"# Home\n\n{asks}\n{asks}\n{listed}", "utf8")
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "x.md").write_text(f"# X\n\n{asks}\n{listed}\n```{{reading-time}}\n```\n")
    whole, said = build.build(tmp_path)
    assert whole, said[-3000:]
    home = (tmp_path / "_build" / "html" / "index.html").read_text("utf8")
    assert home.count('aria-label="Bars of two kinds"') == 2
    assert len(set(re.findall(r'id="(f\d+-part)"', home))) == 2, "each figure has ids of its own"
    assert "A <strong>caption</strong>." in home
    assert 'href="chapters/01_one/1_a.html"' in home
    ordered = home[home.index("reading-list") :]
    assert ordered.index("Lesson b") < ordered.index('href="chapters/02_two.html"')
    assert ", 5 minutes" in ordered and "Together that is about 6 minutes." in ordered
    other = (tmp_path / "_build" / "html" / "part" / "x.html").read_text("utf8")
    assert 'href="../chapters/01_one/1_a.html"' in other and "Reading everything" in other
    asks = asks.replace("Bars of two", "Lines")
    (tmp_path / "index.md").write_text(f"# Home\n\n{asks}", "utf8")
    whole, said = build.build(tmp_path)
    assert not whole and "0 figures of 1_a.ipynb begin with 'Lines'" in said


def test_the_way_for_those_in_a_hurry_takes_45_minutes():
    """Once chapters 1 to 3 have their lessons; before, their chapters stand in the list."""
    text = (ROOT / "index.md").read_text("utf8")
    starts = text.split("```{reading-list}\n")[1].split("\n```")[0].split("\n")
    paths = from_notebooks.chosen(starts, ROOT / "chapters")
    if len(paths) < len(starts):
        pytest.skip("not all of these lessons exist yet")
    minutes = sum(reading.minutes(stored.read(path)) for path in paths)
    assert 35 <= minutes <= 50
