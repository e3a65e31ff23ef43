"""What pages say of themselves: description, picture, address, the list of pages, the 404 page."""

from __future__ import annotations

import io
import re
from html import unescape
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib.image
import pytest
from docutils.core import publish_doctree

from booktools import finish, links, metadata, preview

LONG = "A sentence that is long enough to say something of its page. Another one follows it."


def test_text_is_cut_at_a_sentence_or_a_word():
    assert metadata.shortened("short  text\n") == "short text"
    assert metadata.shortened(LONG, 70) == LONG.split(" Another")[0]
    cut = metadata.shortened("word " * 100, 60)
    assert len(cut) <= 60 and cut.endswith("word…")


def test_description_is_the_first_paragraph_that_says_enough():
    page = f"Title\n=====\n\nShort.\n\n- {'A point of a list. ' * 5}\n\n{LONG}\n\nMore.\n"
    assert metadata.description(publish_doctree(page), "Title", "Book") == LONG
    assert metadata.description(publish_doctree("Short."), "Title", "Book") == "Title. Book"
    assert metadata.description(None, "Search", "Book") == "Search. Book"


def context_of(page: str, base: str) -> str:
    config = SimpleNamespace(html_title="The <book>", html_baseurl=base, root_doc="index")
    made = {"title": 'A "<em>page</em>"', "pathto": lambda name, _: f"../{name}"}
    metadata.add_meta(
        SimpleNamespace(config=config), page, "page.html", made, publish_doctree(LONG)
    )
    return made["metatags"]


def test_addresses_are_whole_where_the_books_address_is_known():
    head = context_of("part/one", "https://owner.github.io/name/")
    assert '"og:url" content="https://owner.github.io/name/part/one.html"' in head
    assert '"og:image" content="https://owner.github.io/name/_static/preview.png"' in head
    assert 'content="A &quot;page&quot;"' in head and "The &lt;book&gt;" in head
    head = context_of("index", "")
    assert "og:url" not in head and 'content="../_static/preview.png"' in head
    assert '"og:type" content="website"' in head


@pytest.mark.parametrize(
    "repository, address",
    [
        ("https://github.com/Owner/name", "https://owner.github.io/name/"),
        ("https://github.com/owner/owner.github.io", "https://owner.github.io/"),
        ("https://gitlab.com/owner/group/name", "https://owner.gitlab.io/group/name/"),
        ("https://codeberg.org/owner/name", None),
        (None, None),
    ],
)
def test_address_of_the_pages_follows_from_the_repository(repository, address):
    assert links.pages_url(repository) == address


def test_list_of_pages_is_whole_and_leaves_with_the_address(tmp_path):
    for name in ("index.html", "part/one.html", "search.html", "404.html", "_modules/m.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    metadata.write_sitemap(tmp_path, "https://owner.github.io/name/")
    tree = ElementTree.parse(tmp_path / "sitemap.xml")
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    assert [e.text for e in tree.iter(f"{space}loc")] == [
        "https://owner.github.io/name/index.html",
        "https://owner.github.io/name/part/one.html",
    ]
    metadata.write_sitemap(tmp_path, None)
    assert not (tmp_path / "sitemap.xml").exists()


def test_links_of_the_404_page_hold_in_every_folder():
    page = (
        '<html data-content_root="./"><a href="a/b.html#c"><a href="#main"><a href="https://x.y/">'
    )
    assert metadata.from_anywhere(page, "https://owner.github.io/name/") == (
        '<html data-content_root="/name/"><a href="/name/a/b.html#c"><a href="#main">'
        '<a href="https://x.y/">'
    )
    assert 'href="/a/b.html#c"' in metadata.from_anywhere(page, None)
    once = metadata.from_anywhere(page, None)
    assert metadata.from_anywhere(once, None) == once


def test_preview_has_the_size_that_is_promised_and_the_same_bytes_each_time():
    picture = preview.draw("A title that takes more than one line of the picture")
    assert picture == preview.draw("A title that takes more than one line of the picture")
    height, width, _ = matplotlib.image.imread(io.BytesIO(picture), format="png").shape
    assert (width, height) == (1200, 630)
    assert len(picture) < 200_000


def test_every_built_page_describes_itself(book):
    seen = {}
    for path in finish.pages(book):
        text = path.read_text("utf8")
        found = re.findall(r'<meta name="description" content="([^"]*)"', text)
        assert len(found) == 1, path
        about = unescape(found[0])
        assert 15 <= len(about) <= metadata.LENGTH, (path, about)
        picture = re.search(r'"og:image" content="([^"]*)"', text)[1]
        assert picture.startswith("https://") or (path.parent / picture).resolve().is_file()
        if path.is_relative_to(book / "chapters"):
            assert about not in seen.values(), (path, seen)
            seen[path] = about
    assert len(seen) > 20
    assert (book / "404.html").is_file()
