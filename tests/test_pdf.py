"""The book as one PDF: unique ids, links within, headings in one order, nothing wider than A4."""

from __future__ import annotations

import re

import pikepdf
import pytest

from booktools import pdf

PAGE = """<!DOCTYPE html><html><head>
<link rel="stylesheet" href="{way}_static/theme.css?v=1" />
<script src="{way}_static/other.js"></script></head><body>
<article class="bd-article">{body}<p>after</p></article></body></html>"""
INDEX = """<section id="start"><h1>Start<a class="headerlink" href="#start">#</a></h1>
<p class="book-pdf" data-way="downloads/" hidden></p>
<a class="to-page" href="part/one.html">one</a>
<a class="to-place" href="part/one.html#same">there</a>
<a class="away" href="https://example.org/x">web</a>
<a class="unlisted" href="genindex.html">index</a>
<a class="broken" href="#nowhere">broken</a></section>"""
ONE = """<section id="same"><h1>One</h1><h2>Part</h2><img src="../_images/a.png" alt="a">
<details class="hide above-input"><summary>Show</summary><pre>folded_code()</pre></details>
<details class="sd-dropdown"><summary>Question</summary><p id="answer">The answer</p></details>
<svg width="20" height="20"><defs><clipPath id="clip"><rect width="9" height="9"/></clipPath></defs>
<g clip-path="url(#clip)"><use href="#mark"/></g><path id="mark" d="M0 0"/></svg>
<label for="box">l</label><input id="box"><p id="same">the same id again</p>
<table><tr>{cells}</tr></table></section>"""
LESSON = """<section id="same"><h1>Lesson</h1><h2>Inner</h2>
<a class="back" href="../one.html#answer">back</a></section>"""


@pytest.fixture
def root(tmp_path):
    """Three built pages: the landing page, a chapter, and a lesson under it."""
    (tmp_path / "_config.yml").write_text("title: A & B\nauthor: somebody\n", "utf8")
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: part/one\n    sections:\n"
        "      - file: part/one/1_a\n"
    )
    html = tmp_path / "_build" / "html"
    (html / "part" / "one").mkdir(parents=True)
    (html / "_static").mkdir()
    (html / "_static" / "theme.css").write_text("p { color: #123456 }")
    wide = ONE.format(cells="".join(f"<td>{'x' * 30}</td>" for _ in range(30)))
    for name, body, way in (
        ("index", INDEX, ""),
        ("part/one", wide, "../"),
        ("part/one/1_a", LESSON, "../../"),
    ):
        (html / f"{name}.html").write_text(PAGE.format(way=way, body=body), "utf8")
    return tmp_path


def test_the_pages_come_in_order_each_once_with_the_shared_styles(root):
    text = pdf.assemble(root / "_build" / "html", root)
    assert re.findall(r'data-page="([^"]+)" data-depth="(\d)"', text) == [
        ("index", "0"),
        ("part/one", "0"),
        ("part/one/1_a", "1"),
    ]
    assert text.count('<link rel="stylesheet" href="../html/_static/theme.css') == 1
    assert "other.js" not in text and "<title>A &amp; B</title>" in text
    assert text.count("<p>after</p>") == 3


def test_a_page_that_was_not_built_is_named(root):
    (root / "_build" / "html" / "part" / "one.html").unlink()
    with pytest.raises(FileNotFoundError, match="not built: part/one; run `make book`"):
        pdf.assemble(root / "_build" / "html", root)


def test_the_link_is_there_only_while_the_pdf_is_of_these_pages(root):
    html = root / "_build" / "html"

    def landing():
        return (html / "index.html").read_text("utf8")

    assert not pdf.fill_in(html, root) and pdf.place("downloads/") in landing()
    (html / "downloads").mkdir()
    (html / "downloads" / pdf.NAME).write_bytes(b"/Type /Page\n" * 3)
    said = f'{{"digest": "{pdf.digest(html, root)}", "pages": 3}}'
    (html / "downloads" / pdf.MADE_OF).write_text(said)
    for _ in range(2):
        assert pdf.fill_in(html, root)
        assert '<a href="downloads/book.pdf" download>The whole book as a PDF</a>: 3' in landing()
    page = html / "part" / "one.html"
    page.write_text(page.read_text("utf8").replace("The answer", "Another answer"), "utf8")
    assert not pdf.fill_in(html, root) and "book.pdf" not in landing()


@pytest.fixture
def prepared(root, browser):
    (root / "_build" / "pdf").mkdir()
    document = pdf.assemble(root / "_build" / "html", root)
    (root / "_build" / "pdf" / "book.html").write_text(document, "utf8")
    page = browser.new_page()
    with pdf._served(root / "_build") as base:
        pdf.prepare(page, base, pdf.pages(root))
        yield page
    page.close()


def test_ids_are_unique_and_links_stay_within_the_document(prepared):
    ids = prepared.eval_on_selector_all("[id]", "all => all.map(e => e.id)")
    assert len(ids) == len(set(ids)) > 8
    for link in prepared.locator('a[href^="#"]').all():
        assert link.get_attribute("href")[1:] in ids

    def leads(name):
        return prepared.locator(f"a.{name}").get_attribute("href")

    assert leads("to-page") == "#part-one" and leads("to-place") == "#part-one--same"
    assert leads("back") == "#part-one--answer"
    assert leads("away") == "https://example.org/x"
    assert leads("unlisted") is None and leads("broken") is None
    assert prepared.locator("g").get_attribute("clip-path") == "url(#part-one--clip)"
    assert prepared.locator("use").get_attribute("href") == "#part-one--mark"
    assert prepared.locator("label").get_attribute("for") == "part-one--box"
    assert prepared.locator("img").get_attribute("src") == "../html/_images/a.png"


def test_headings_have_one_order_and_no_title_comes_twice(prepared):
    found = prepared.eval_on_selector_all(
        "h1, h2, h3", "all => all.map(e => e.localName + ' ' + e.textContent.trim())"
    )
    assert found == ["h1 Start", "h1 One", "h2 Part", "h2 Lesson", "h3 Inner"]
    entries = prepared.locator(".contents a").all_text_contents()
    assert entries == ["Start", "One", "Lesson"]


def test_folded_code_is_left_out_and_answers_are_open(prepared):
    text = prepared.locator("body").inner_text()
    assert "folded_code" not in text and "The answer" in text


def test_nothing_is_wider_than_the_paper(prepared):
    right = prepared.evaluate("document.querySelector('table').getBoundingClientRect().right")
    assert right <= pdf.WIDTH + 2


def test_the_book_is_printed_with_an_outline_and_then_linked(root, browser):
    path = pdf.print_book(browser, root)
    with pikepdf.open(path) as book:
        assert book.is_linearized and "/Outlines" in book.Root and "/StructTreeRoot" in book.Root
    assert pdf.count(path) >= 5  # title, contents, three pages
    assert "The whole book as a PDF" in (root / "_build" / "html" / "index.html").read_text("utf8")


class Mount:
    """A playground that makes 250 steps between two looks."""

    def __init__(self):
        self.did, self.page = [], self
        self.steps = 0

    def get_by_label(self, label):
        self.did.append(label)
        return self

    def select_option(self, value):
        self.did.append(value)

    def locator(self, selector):
        self.selector = selector
        return self

    def click(self):
        self.did.append("click")

    def inner_text(self):
        assert self.selector == ".pg-clock"
        return f"step {self.steps} · 400 steps/s"

    def wait_for_timeout(self, milliseconds):
        self.steps += 250


def test_the_playground_has_learned_before_its_picture_is_taken(monkeypatch):
    mount = Mount()
    pdf._train(mount)
    assert mount.steps >= pdf.TRAINED and mount.did == ["Pace", "0", "click", "click"]
    monkeypatch.setattr(pdf, "PATIENCE", -1)
    with pytest.raises(TimeoutError, match=f"not made {pdf.TRAINED} steps"):
        pdf._train(Mount())
