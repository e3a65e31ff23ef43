"""A built page loads what it uses and nothing else.

Sphinx, the theme and the extensions put every script and style sheet into every page. Here a
page keeps those of `NEEDED` only if its text has what they are for. The theme's script of Font
Awesome (1.5 MB) is for icons that a book adds itself; its own icons are drawn by a font.
``python -m booktools.light`` prints what each page loads.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from booktools.weight import IMAGE, of_page


def _of_class(*names: str) -> re.Pattern[str]:
    """Return what finds an element with one of these classes."""
    return re.compile(rf'\bclass="(?:[^"]*\s)?(?:{"|".join(names)})[\s"]')


NEVER = re.compile(r"(?!)")
CODE = re.compile(r'<div class="highlight"')
TOGGLES = _of_class("toggle", "dropdown", "toggle-details")
DESIGN = _of_class(r"sd-[\w-]+")
SEARCH = re.compile(r'<div id="search-results">')
PRINT = re.compile(r'data-does="print"|onclick="window\.print\(\)"')
TABLES = _of_class("course-table")
LIVE = _of_class("live-panel")

#: File of a script or a style sheet: what a page has that needs it.
NEEDED = {
    "scripts/fontawesome.js": NEVER,
    "searchtools.js": SEARCH,
    "language_data.js": SEARCH,
    "searchindex.js": SEARCH,
    "clipboard.min.js": CODE,
    "copybutton.js": CODE,
    "copybutton.css": CODE,
    "togglebutton.js": TOGGLES,
    "togglebutton.css": TOGGLES,
    "sphinx-design.min.css": DESIGN,
    "design-tabs.js": _of_class("sd-tab-set"),
    "exercise.css": _of_class("exercise", "solution"),
    "print.js": PRINT,
    "table.js": TABLES,
    "table.css": TABLES,
    "live-kernel.js": LIVE,
    "live-outputs.js": LIVE,
    "live.js": LIVE,
    "live.css": LIVE,
    "mystnb.css": _of_class("cell", "cell_output", r"pasted-\w+"),
}
#: A script or a style sheet of the page's head, with the line that it fills.
ASSET = re.compile(
    r'[ \t]*(?:<script\b[^>]*\bsrc="([^"]+)"[^>]*></script>|<link\b[^>]*\bhref="([^"]+)"[^>]*>)\n?'
)
#: The files that a page names: scripts, style sheets, preloads.
NAMED = re.compile(r'<script\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\bhref="([^"]+)"[^>]*>')
#: The settings of the buttons that fold, in scripts of a line.
TOGGLE_SETTINGS = re.compile(
    r"[ \t]*<script>(?:let toggle|var togglebuttonSelector)[^<]*</script>\n?"
)
URL_IN_CSS = re.compile(r"url\((?![\"']?(?:data|https?):)[\"']?([^\"')?#]+)")


def name_of(address: str) -> str:
    """Return how `NEEDED` calls the file of an address, such as "scripts/fontawesome.js"."""
    path = unquote(urlsplit(address).path)
    path = path.rsplit("_static/", 1)[-1].removeprefix("./")
    while path.startswith("../"):
        path = path.removeprefix("../")
    return re.sub(r"^mystnb\.\w+\.css$", "mystnb.css", path)


def only_used(page: str) -> str:
    """Return the HTML of a page without the scripts and style sheets that it does not use."""
    body = page[page.find("<body") :]
    seen = set()

    def kept(match: re.Match[str]) -> str:
        name = name_of(match[1] or match[2])
        twice = match[1] is not None and name in seen  # the page of the search names some twice
        if match[1] is not None:
            seen.add(name)
        return "" if twice or (name in NEEDED and not NEEDED[name].search(body)) else match[0]

    page = ASSET.sub(kept, page)
    return page if TOGGLES.search(body) else TOGGLE_SETTINGS.sub("", page)


def loaded(page: Path, root: Path) -> dict[str, int]:
    """Return the files that a built page loads at its first visit, with their sizes in bytes.

    Parameters
    ----------
    page : Path
        The page. It counts itself, with its images, its scripts and style sheets and, of what
        the style sheets name, the fonts of the icons (solid, regular) and of the formulas.
        Images of the style sheets, a few icons, are not counted.
    root : Path
        The folder of the built book.
    """
    text = page.read_text("utf8")
    named = [a or b for a, b in NAMED.findall(text) if not re.match(r"\w+:", a or b)]
    named = [n for n in named if name_of(n).endswith((".js", ".css", ".svg"))]
    named += IMAGE.findall(text)
    files = {page.resolve()}
    paths = [unquote(urlsplit(name).path) for name in named]
    # The page for addresses that lead nowhere names its files from the top of the server.
    paths = [f"_static/{p.partition('_static/')[2]}" if p.startswith("/") else p for p in paths]
    files |= {(page.parent / path).resolve() for path in paths}
    files = {file for file in files if file.is_file()}
    fonts = {"fa-solid-900.woff2", "fa-regular-400.woff2"} | ({"maths.woff"} & _fonts(text))
    for sheet in [file for file in files if file.suffix == ".css"]:
        found = URL_IN_CSS.findall(sheet.read_text("utf8"))
        files |= {(sheet.parent / name).resolve() for name in found if Path(name).name in fonts}
    root = root.resolve()
    return {f.relative_to(root).as_posix(): f.stat().st_size for f in sorted(files) if f.is_file()}


def _fonts(page: str) -> set[str]:
    return {"maths.woff"} if "<math" in page else set()


def main() -> int:
    """Print the pages of the built book with what they load and what they weigh themselves."""
    root = Path(__file__).resolve().parent.parent / "_build" / "html"
    found = [path for path in root.rglob("*.html") if "_static" not in path.parts]
    if not found:
        print("no built page; `make book` builds them", file=sys.stderr)
        return 1
    rows = [(sum(loaded(p, root).values()), of_page(p), p.relative_to(root)) for p in found]
    print("   kB in all   of its own   page")
    for whole, own, name in sorted(rows, reverse=True):
        print(f"{whole / 1000:12.0f} {own / 1000:12.0f}   {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
