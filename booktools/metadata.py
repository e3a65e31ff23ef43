"""What a page says of itself to search engines and to whoever shows a link to it.

A description (its first paragraph), a preview picture, its canonical address where the book's
address is known, a list of all pages (``sitemap.xml``), and a page for addresses that lead
nowhere (``404.html``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx

NOT_FOUND = "404.html"
SITEMAP = "sitemap.xml"
#: File of the picture among the static files (`booktools.preview`).
PREVIEW = "preview.png"
#: Search engines show about as many characters.
LENGTH = 160
#: A page whose own text says less than this is described by its title and the book's.
SHORT = 40
RELATIVE = re.compile(r'\b((?:href|src|action|data-content_root)=")(?!#|/|\w+:)(?:\./)?')
GONE = """<section id="nothing-here"><h1>Nothing is here</h1>
<p>The address that you followed leads to no page of this book. Perhaps the page has got another
name. The list of chapters is at the side; or <a href="index.html">begin at the front</a>, or
<a href="search.html">search the book</a>.</p></section>"""


def shortened(text: str, length: int = LENGTH) -> str:
    """Return the beginning of a text: whole sentences if they fit, else whole words and "…"."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    sentences = re.match(rf".{{{SHORT},{length - 1}}}[.?!](?= )", text)
    if sentences:
        return sentences[0]
    return text[: length - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def description(doctree: nodes.document | None, title: str, book: str) -> str:
    """Return what a page is about: its first paragraph that says enough.

    Lists, boxes and paragraphs with a formula do not count, nor what is said of its times.
    """
    for paragraph in doctree.findall(nodes.paragraph) if doctree is not None else ():
        text = paragraph.astext()
        if (
            isinstance(paragraph.parent, nodes.section | nodes.document)
            and "chapter-facts" not in paragraph["classes"]
            and len(text) >= SHORT
            and not any(paragraph.findall(nodes.math))
        ):
            return shortened(text)
    return shortened(f"{title}. {book}")


def add_meta(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Describe a page in its head (event ``html-page-context``)."""
    book = app.config.html_title
    title = unescape(re.sub(r"<[^>]*>", "", str(context.get("title") or ""))) or book
    about = description(doctree, title, book)
    base = app.config.html_baseurl
    picture = f"_static/{PREVIEW}"
    said = {
        "og:title": title,
        "og:type": "website" if page == app.config.root_doc else "article",
        "og:site_name": book,
        "og:description": about,
        "og:image": f"{base}{picture}" if base else context["pathto"](picture, 1),
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": f"{book}: the curves of six functions",
    }
    if base:
        said["og:url"] = f"{base}{page}.html"
    lines = [f'<meta name="description" content="{escape(about)}" />']
    lines += [f'<meta property="{name}" content="{escape(text)}" />' for name, text in said.items()]
    lines += ['<meta name="twitter:card" content="summary_large_image" />']
    if page == Path(NOT_FOUND).stem:
        lines += ['<meta name="robots" content="noindex" />']
    context["metatags"] = context.get("metatags", "") + "\n    " + "\n    ".join(lines)


def not_found_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the page for addresses that lead nowhere (event ``html-collect-pages``)."""
    yield Path(NOT_FOUND).stem, {"title": "Nothing is here", "body": GONE}, "page.html"


def from_anywhere(page: str, address: str | None) -> str:
    """Return a page of the root folder with links that hold wherever a server shows it."""
    path = urlsplit(address).path if address else "/"
    return RELATIVE.sub(lambda m: f"{m[1]}{path}", page)


def write_sitemap(folder: Path, address: str | None) -> None:
    """Write the list of the pages for search engines; without an address there can be none."""
    file = folder / SITEMAP
    if address is None:
        file.unlink(missing_ok=True)
        return
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    left_out = ("_static/", "_sources/", "_modules/", "search.html", NOT_FOUND)
    urls = (
        f"  <url><loc>{escape(address + name)}</loc></url>\n"
        for name in names
        if not name.startswith(left_out)
    )
    file.write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{''.join(urls)}</urlset>\n",
        "utf8",
    )
