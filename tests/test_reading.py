"""What counts as prose, how long it takes to read, and what a page says of it."""

from __future__ import annotations

import shutil

import nbformat
import pytest

from booktools import build, reading, weight
from booktools.sphinx_extension import say_facts, spell_time


def book(*texts, outputs=()):
    """Return a notebook with these markdown cells, and a code cell with these outputs."""
    cells = [nbformat.v4.new_markdown_cell(text) for text in texts]
    cells.append(nbformat.v4.new_code_cell("words = 'of code'", outputs=list(outputs)))
    metadata = {"language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.mark.parametrize(
    "text, words",
    [
        ("# A title\n\nThree plain words, 12 and – not counted.", 8),
        ("Before.\n\n```python\nx = some_code()\n```\n\nAfter.", 2),
        ("Before.\n\n```\nx = some_code()\n```\n\nAfter.", 2),
        (":::{admonition} Two words\n:class: tip\n\nAnd three more.\n:::\nEnd.", 6),
        ("````{admonition} One\n```python\ncode of it\n```\nTwo.\n````\nThree.", 3),
        ("```{exercise} Twice ★\n:label: ex-x\nDo it.\n```\n\n```{solution-start} ex-x\n"
         ":class: dropdown\n```\n\nDone so.\n\n```{solution-end}\n```", 5),
        ("```{math}\n:label: eq-x\nh = f(a)\n```\n\nand $x = 2$ and $$a\nb$$", 5),
        ("{term}`saturation` and {doc}`the page <../x>` and {glue:text}`n_1`", 6),
        ("[two words](../x.ipynb#of-an-address) and ![a picture](x.svg) `code_is one`", 4),
        ("(label-of-it)=\n## Head\n<!-- nothing here -->\n| a | b |\n|---|---|", 3),
        ("```{playground}\n:experiment: latch\n```\nEnd.", 1),
    ],
)  # fmt: skip
def test_words_that_a_reader_sees_are_counted(text, words):
    assert reading.words(book(text)) == words


def test_a_block_may_end_in_another_cell_than_it_begins():
    start, end = "```{solution-start} ex-x\n:class: dropdown\n```", "```{solution-end}\n```"
    assert reading.words(book(f"{start}\n\nOne.", f"Two.\n\n{end}")) == 2


def shown(**data):
    return nbformat.v4.new_output("display_data", data=data)


def test_figures_are_drawn_moved_or_played():
    outputs = [
        shown(**{"image/svg+xml": "<svg/>", "text/plain": "a figure"}),
        shown(**{"text/html": "<div/>", "text/plain": "Interactive figure: of something"}),
        shown(**{"text/html": "<table/>", "text/plain": "a table"}),
    ]
    texts = ["```{playground}\n```", ":::{stored-figure} 01_x#Bars\n:::"]
    assert reading.figures(book(*texts, outputs=outputs)) == 4


def test_minutes_are_of_words_and_figures_and_rounded_up():
    figure = shown(**{"image/svg+xml": "<svg/>"})
    assert reading.minutes(book("word " * 200)) == 1
    assert reading.minutes(book("word " * 201)) == 2
    assert reading.minutes(book("word " * 160, outputs=[figure])) == 2
    assert reading.minutes(book("word " * 100, outputs=[figure])) == 1


def test_the_title_is_the_first_heading_of_the_text():
    assert reading.title(book("```python\n# no title\n```\n# One", "# Two")) == "One"
    assert reading.title(book("text")) == ""


def test_a_page_says_what_it_takes():
    notebook = book("word " * 300)
    assert say_facts(notebook) == "Time to read: about 2 minutes."
    notebook.metadata["course"] = {"run_seconds": 38, "run": {"cores": 2, "networks": 40}}
    assert say_facts(notebook) == (
        "Time to read: about 2 minutes. Time to run every cell: about 40 seconds on 2 cores, "
        "measured. Networks trained: 40."
    )
    assert spell_time(80) == "about 1.5 minutes" and spell_time(60) == "about 1 minute"


# ---- on built pages ----

TOC = """format: jb-book
root: index
chapters:
  - file: chapters/01_x
    sections:
      - file: chapters/01_x/1_a
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book of a story, a lesson and a page with the table of runs."""
    root = tmp_path_factory.mktemp("book")
    for name in ("_config.yml", "references.bib"):
        shutil.copy(build.ROOT / name, root / name)
    shutil.copytree(build.ROOT / "_static", root / "_static")
    (root / "_toc.yml").write_text(TOC, "utf8")
    (root / "index.md").write_text("# Start\n\n```{run-table} runs\n```\n", "utf8")
    (root / "chapters" / "01_x").mkdir(parents=True)
    lesson = book("# A lesson\n\n" + "word " * 500)
    lesson.metadata["course"] = {"run_seconds": 20, "run": {"cores": 2, "networks": 7}}
    nbformat.write(lesson, root / "chapters" / "01_x" / "1_a.ipynb")
    story = book("# The story\n\nBefore.", "```{chapter-facts}\n```\n\nAfter.")
    nbformat.write(story, root / "chapters" / "01_x.ipynb")
    whole, said = build.build(root)
    assert whole, said[-3000:]
    return root / "_build" / "html"


@pytest.mark.slow
def test_facts_stand_under_a_title_or_where_the_page_wants_them(built):
    lesson = (built / "chapters" / "01_x" / "1_a.html").read_text("utf8")
    assert lesson.count("Time to read: about 3 minutes. Time to run every cell: about 20") == 1
    assert lesson.count('class="chapter-facts"') == 1
    body = lesson[lesson.index("<h1>A lesson") :]
    assert 0 < body.index("Time to read") < body.index("word word")
    story = (built / "chapters" / "01_x.html").read_text("utf8")
    assert story.count('class="chapter-facts"') == 1
    assert story.index("Before.") < story.index("Time to read: about 1 minute.")
    assert "Its lesson: about 3 minutes to read, about 20 seconds to run." in story


@pytest.mark.slow
def test_the_table_of_runs_has_the_weights_of_the_pages(built):
    text = (built / "index.html").read_text("utf8")
    found = {match[2]: match[0].split(">")[1] for match in weight.PLACE.finditer(text)}
    for page in ("chapters/01_x", "chapters/01_x/1_a"):
        kilobytes = (built / f"{page}.html").stat().st_size / 1000
        assert found[page] == f"{kilobytes:.0f}</span" and kilobytes > 5


def test_the_weight_of_a_page_has_its_own_images_and_no_shared_ones(tmp_path):
    for folder in ("_images", "_static", "chapters"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_images" / "a b.png").write_bytes(b"x" * 1000)
    (tmp_path / "_static" / "logo.png").write_bytes(b"x" * 5000)
    text = (
        '<img alt="" src="../_images/a%20b.png"> <img src="../_images/a%20b.png">'
        '<img src="../_static/logo.png"> <img src="data:image/png;base64,' + "A" * 5000 + '">'
    )
    page = tmp_path / "chapters" / "x.html"
    page.write_text(text)
    assert weight.of_page(page) == len(text) + 1000


def test_weights_are_renewed_when_a_page_has_changed(tmp_path):
    (tmp_path / "index.html").write_text(weight.place("a") + weight.place("none"))
    for size in (3000, 7000):
        (tmp_path / "a.html").write_text("x" * size)
        weight.fill_in(tmp_path)
        text = (tmp_path / "index.html").read_text()
        assert f'data-page="a">{size // 1000}</span>' in text
        assert 'data-page="none">–</span>' in text
