"""Print the built book as one PDF: ``python -m booktools.pdf``, or ``make pdf``.

The pages, as the build has made them, are put into one document in the order of the table of
contents; a script (``pdf.js``) makes their ids unique, turns links between pages into links
within the document, and takes away what only a screen needs. Chromium prints the result, with
an outline and page numbers. Code that is folded on the page is left out, everything else that
is folded (answers, solutions) is open. Interactive figures print their static state, the
playground a picture of it.

The PDF lies among the downloads of the book; beside it stands of which pages it was made, and
`fill_in` links it only while the pages are those.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from booktools.build import ROOT, pages

NAME, MADE_OF = "book.pdf", "book.json"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACE = re.compile(r'<p class="book-pdf" data-way="([^"]*)"[^>]*>.*?</p>', re.S)
ARTICLE = re.compile(r'<article\b[^>]*class="bd-article[^>]*>(.*)</article>', re.S)
STYLE = re.compile(r'<link\b[^>]*rel="stylesheet"[^>]*>')
MATHJAX = re.compile(
    r"<script\b(?:[^>]*src=\"[^\"]*mathjax[^\"]*\"[^>]*>|[^>]*>[^<]*MathJax[^<]*)</script>", re.I
)
HREF = re.compile(r'\b(href|src)="((?:\.\./)*_static/[^"]+)"')
#: Steps that the playground has trained when its picture is taken; milliseconds for anything.
TRAINED, PATIENCE = 600, 600_000
WIDTH = 672  # pixels: A4 without its margins of 16 mm
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}
FOOTER = (
    '<div style="width:100%;font-size:8px;text-align:center;color:#555">'
    '<span class="pageNumber"></span></div>'
)


def place(way: str) -> str:
    """Return the HTML of a place for the link to the PDF, hidden until `fill_in` fills it."""
    return f'<p class="book-pdf" data-way="{escape(way)}" hidden></p>'


def fill_in(html: Path, root: Path = ROOT) -> bool:
    """Link the PDF in all places of the built pages; empty them if it is missing or old.

    Returns
    -------
    bool
        Whether there is a PDF of these very pages.
    """
    folder = html / "downloads"
    said = json.loads((folder / MADE_OF).read_text("utf8")) if (folder / MADE_OF).exists() else {}
    current = (folder / NAME).exists() and said.get("digest") == digest(html, root)
    text = ""
    if current:
        size = (folder / NAME).stat().st_size / 1e6
        text = f"The whole book as a PDF</a>: {said['pages']} pages, {size:.1f} MB."
    for name in pages(root):
        path = html / f"{name}.html"
        before = path.read_text("utf8") if path.exists() else ""
        after = PLACE.sub(partial(_filled, text), before)
        if after != before:
            path.write_text(after, "utf8")
    return current


def _filled(text: str, found: re.Match[str]) -> str:
    way = found[1]
    if not text:
        return place(way)
    return f'<p class="book-pdf" data-way="{way}"><a href="{way}{NAME}" download>{text}</p>'


def digest(html: Path, root: Path = ROOT) -> str:
    """Return a digest of all that is printed: the articles of the built pages, in order."""
    articles = (article(html / f"{name}.html") for name in pages(root))
    return hashlib.sha256("\0".join(articles).encode()).hexdigest()


def article(path: Path) -> str:
    """Return the article of a built page, without the link to the PDF; nothing without one."""
    found = ARTICLE.search(path.read_text("utf8")) if path.exists() else None
    return PLACE.sub("", found[1]) if found else ""


def levels(root: Path = ROOT) -> list[tuple[str, int]]:
    """Return every page and how deep it lies in the table of contents: 0, or 1 for a lesson."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf8"))
    found = [(toc["root"], 0)]

    def walk(node: object, depth: int) -> None:
        if isinstance(node, dict):
            if "file" in node:
                found.append((node["file"], depth))
            for key, value in node.items():
                walk(value, depth + (key == "sections"))
        elif isinstance(node, list):
            for value in node:
                walk(value, depth)

    walk({key: value for key, value in toc.items() if key != "root"}, 0)
    return found


def assemble(html: Path, root: Path = ROOT) -> str:
    """Return the document of all pages, as it lies in the folder beside `html`.

    Raises
    ------
    FileNotFoundError
        If a page of the table of contents was not built.
    """
    listed = levels(root)
    absent = [name for name, _ in listed if not article(html / f"{name}.html")]
    if absent:
        raise FileNotFoundError(f"not built: {', '.join(absent)}; run `make book` first")
    # The page with the most shared files: style sheets, and MathJax where formulas need it.
    heads = {name: (html / f"{name}.html").read_text("utf8").partition("</head>")[0]
             for name, _ in listed}  # fmt: skip
    shared: dict[str, str] = {}
    for pattern in (STYLE, MATHJAX):
        for head in heads.values():
            for tag in pattern.findall(head):
                moved = HREF.sub(_moved, tag)
                shared.setdefault(re.sub(r"\?[^\"]*", "", moved), moved)
    config = yaml.safe_load((root / "_config.yml").read_text("utf8"))
    project = ROOT / "pyproject.toml"
    version = tomllib.loads(project.read_text("utf8"))["project"]["version"]
    title, style = escape(config["title"]), (Path(__file__).parent / "pdf.css").read_text("utf8")
    lines = [
        '<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head>',
        f'<meta charset="utf-8"><title>{title}</title>',
        *shared.values(),
        f"<style>{style}</style></head><body>",
        f'<section class="title-page"><div class="book-title">{title}</div>',
        f"<p>{escape(config['author'])}</p><p>Version {escape(version)}</p>",
        "<p>Text, figures and tables: CC BY 4.0. Code: MIT licence.</p></section>",
        '<nav class="contents"><div class="contents-title">Contents</div></nav>',
    ]
    for name, depth in listed:
        lines += [
            f'<section class="printed" data-page="{name}" data-depth="{depth}">',
            article(html / f"{name}.html"),
            "</section>",
        ]
    return "\n".join([*lines, "</body></html>"])


def _moved(found: re.Match[str]) -> str:
    return f'{found[1]}="../html/{found[2].replace("../", "")}"'


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback address: from plain files a browser loads no fonts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def prepare(page: Any, base: str, names: list[str]) -> None:
    """Open the assembled document in a browser's page and make it ready for the printer."""
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size({"width": WIDTH, "height": 1000})
    page.emulate_media(media="print", color_scheme="light")
    page.goto(f"{base}/pdf/book.html", wait_until="load")
    page.evaluate(
        "() => window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => null) : null"
    )
    page.evaluate((Path(__file__).parent / "pdf.js").read_text("utf8"), names)


def _pictures(browser: Any, base: str, names: list[str], html: Path) -> dict[str, str]:
    """Return a picture of the playground, as it learns, of each page that has one."""
    found = {}
    for name in names:
        if '<div class="playground"' not in article(html / f"{name}.html"):
            continue
        page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="light")
        page.goto(f"{base}/html/{name}.html")
        for number, mount in enumerate(page.locator(".playground").all()):
            _train(mount)
            image = mount.screenshot(type="jpeg", quality=80)
            found[f"{name}#{number}"] = base64.b64encode(image).decode()
        page.close()
    return found


def _train(mount: Any) -> None:
    """Let a playground train as fast as it can, until it has made so many steps; then pause it."""
    mount.get_by_label("Pace").select_option("0")
    mount.locator(".pg-main").click()
    end = time.monotonic() + PATIENCE / 1000
    while int(mount.locator(".pg-clock").inner_text().split()[1]) < TRAINED:
        if time.monotonic() > end:
            raise TimeoutError(f"the playground has not made {TRAINED} steps")
        mount.page.wait_for_timeout(200)
    mount.locator(".pg-main").click()


def count(path: Path) -> int:
    """Return the number of pages of a PDF."""
    import pikepdf

    with pikepdf.open(path) as book:
        return len(book.pages)


def pack(path: Path, packed: Path) -> None:
    """Compress a PDF of Chromium's, which writes the structure for screen readers as plain text.

    That is half of the file. Its first page can then be read before the rest has been loaded.
    """
    import pikepdf

    with pikepdf.open(path) as book:
        book.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, linearize=True)


def make(root: Path = ROOT) -> Path:
    """Print the built book in `root`; return where the PDF lies.

    Raises
    ------
    FileNotFoundError
        If a page was not built, or there is no Chromium.
    """
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not path:
        looked = ", ".join(BROWSERS)
        raise FileNotFoundError(f"no Chromium found (looked for {looked}; or set CHROMIUM)")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            return print_book(browser, root)
        finally:
            browser.close()


def print_book(browser: Any, root: Path = ROOT) -> Path:
    """Print the built book in `root` with a browser; return where the PDF lies.

    Raises
    ------
    FileNotFoundError
        If a page was not built.
    """
    html, scratch = root / "_build" / "html", root / "_build" / "pdf"
    names = pages(root)
    document = assemble(html, root)
    folder = html / "downloads"
    for place_of in (scratch, folder):
        place_of.mkdir(exist_ok=True)
    with _served(root / "_build") as base:
        images = _pictures(browser, base, names, html)
        script = f"<script>window.playgrounds = {json.dumps(images)};</script></head>"
        (scratch / "book.html").write_text(document.replace("</head>", script, 1), "utf8")
        page = browser.new_page()
        prepare(page, base, names)
        page.pdf(
            path=scratch / NAME,
            format="A4",
            margin=MARGIN,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            print_background=True,
            outline=True,
            tagged=True,
        )
        page.close()
    # Under another name first: what is half written is no book.
    pack(scratch / NAME, scratch / f"packed-{NAME}")
    (scratch / NAME).unlink()
    (scratch / f"packed-{NAME}").replace(folder / NAME)
    said = {"digest": digest(html, root), "pages": count(folder / NAME)}
    (folder / MADE_OF).write_text(json.dumps(said) + "\n", "utf8")
    fill_in(html, root)
    return folder / NAME


def main() -> int:
    try:
        path = make()
    except FileNotFoundError as error:
        print(f"No PDF: {error}")
        return 1
    print(f"{count(path)} pages, {path.stat().st_size / 1e6:.1f} MB: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
