"""The own weight of a built page: its HTML and the images that are files beside it.

Style sheets, scripts and fonts in ``_static`` are shared by all pages and not counted.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

#: A place in a page that `fill_in` fills with the weight of another.
PLACE = re.compile(r'(<span class="page-weight" data-page="([^"]+)">)[^<]*(</span>)')
#: The address of an image that is a file: without a scheme, such as that of inline data.
IMAGE = re.compile(r'<(?:img|source|image|object)\b[^>]*?\b(?:src|href|data)="(?!\w+:)([^"#?]+)')


def of_page(path: Path) -> int:
    """Return the own weight of a built page in bytes."""
    text = path.read_text("utf8")
    named = {(path.parent / unquote(address)).resolve() for address in IMAGE.findall(text)}
    images = [image for image in named if image.is_file() and "_static" not in image.parts]
    return path.stat().st_size + sum(image.stat().st_size for image in images)


def place(page: str) -> str:
    """Return the HTML of a place for the weight of a page, such as "chapters/01_background"."""
    return f'<span class="page-weight" data-page="{page}">–</span>'


def fill_in(folder: Path) -> None:
    """Write the weights in kB into all places of the built pages in a folder.

    Each page is weighed before anything is written, so that the order does not count.
    """
    texts = {path: path.read_text("utf8") for path in folder.rglob("*.html")}
    asking = {path: text for path, text in texts.items() if PLACE.search(text)}
    wanted = {match[2] for text in asking.values() for match in PLACE.finditer(text)}
    pages = {page: folder / f"{page}.html" for page in wanted}
    weights = {name: f"{of_page(page) / 1000:.0f}" for name, page in pages.items() if page.exists()}
    for path, text in asking.items():
        filled = PLACE.sub(lambda m: f"{m[1]}{weights.get(m[2], '–')}{m[3]}", text)
        if filled != text:
            path.write_text(filled, "utf8")
