"""A Content-Security-Policy in every built page: it runs and loads the book's own files alone.

It stands in the page itself, as an element ``meta``, since a host such as GitHub Pages lets
nobody set headers. Scripts within a page run by their hash. Styles within a page are
allowed: figures and tables carry them, and a style runs nothing. A page whose cells run on
Binder (`booktools.live`) may speak to Binder besides.
See https://www.w3.org/TR/CSP3/.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

from booktools import links

META = re.compile(r'[ \t]*<meta http-equiv="Content-Security-Policy"[^>]*>\n')
PLACE = '<meta charset="utf-8" />\n'
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S | re.I)
#: An attribute that holds a script, such as ``onclick``.
HANDLER = re.compile(r'<\w[^<>]*?\son[a-z]+="([^"]*)"')
#: The theme's button that prints. ``print.js`` does the same by another attribute.
PRINT = ' onclick="window.print()"', ' data-does="print"'
#: What runs the playground's compiled loops; the other pages may not.
PLAYGROUND = re.compile(r"\bplayground/matrices\.js\b")
#: What runs the cells of a page on Binder; the other pages may speak to nobody.
LIVE = re.compile(r'<div class="live-panel\b')
#: A script of these types is data.
DATA = re.compile(r'type="(?!text/javascript|module|application/javascript)')


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode("utf8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def of_page(page: str) -> str:
    """Return the policy for a page (HTML)."""
    within = [
        text
        for attributes, text in SCRIPT.findall(page)
        if "src=" not in attributes and not DATA.search(attributes)
    ]
    handlers = [unescape(text) for text in HANDLER.findall(SCRIPT.sub("", page))]
    scripts = ["'self'", *sorted({_hash(text) for text in within + handlers})]
    if handlers:
        scripts.insert(1, "'unsafe-hashes'")  # the hashes hold for attributes as well
    if PLAYGROUND.search(page):
        scripts.insert(1, "'wasm-unsafe-eval'")
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(scripts),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' {links.binder_sources()}" if LIVE.search(page) else "'self'",
        # Opened from a disk, the playground has to make its worker of a text.
        "worker-src": "'self' blob:" if PLAYGROUND.search(page) else "'self'",
        "form-action": "'self'",
        "base-uri": "'self'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def with_policy(page: str) -> str:
    """Return a page with its policy before everything that it rules.

    The theme's only script in an attribute goes: the search reads pages as text, and the browser
    would report every such attribute that it finds there.

    Raises
    ------
    ValueError
        If the page does not begin its head with its character set.
    """
    page = META.sub("", page).replace(*PRINT)
    if page.count(PLACE) != 1:
        raise ValueError(f"a page has {page.count(PLACE)} lines {PLACE.strip()!r}, and not one")
    meta = f'    <meta http-equiv="Content-Security-Policy" content="{of_page(page)}" />\n'
    return page.replace(PLACE, PLACE + meta)
