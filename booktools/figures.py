"""Render outputs of the notebooks: figures that follow the theme, verdicts to link to.

An SVG figure is set inline. A verdict's card gets an id such as ``verdict-a07``,
and a link to a card in another notebook, as the ledger has it, leads to that
notebook's page.
"""

from __future__ import annotations

import re

from docutils import nodes

MIME = "image/svg+xml"
#: The machine-readable half of a verdict's card: nothing to show.
VERDICT = "application/vnd.rnn-activations.verdict+json"
#: The title of a verdict's card (`helpers.claims`), and a link to such a card.
CARD = re.compile(r'<div class="course-card-title">.*?Verdict on claim ([AB]\d\d):')
LINK = re.compile(r'(<a href="[\w-]+)\.ipynb(#verdict-)')


class FigureRenderer:
    """myst-nb plug-in: an SVG output becomes part of the page, not an image file.

    Inside the page the figure's colours (CSS variables, see `helpers.show.plots`)
    change with the theme. The box around it scrolls sideways on a narrow
    screen and can be reached by keyboard for that.
    """

    mime_priority_overrides = [("html", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        """Return a figure, a card or a ledger as raw HTML, None for what is not ours."""
        if data.mime_type == VERDICT:
            return []
        if inline or data.mime_type not in (MIME, "text/html"):
            return None
        if data.mime_type == "text/html":
            return _reachable(data.string)
        number = renderer.renderer.document.settings.env.new_serialno("course-figure")
        svg = own_ids(data.string, f"f{number}-")
        box = '<div class="course-figure" tabindex="0" role="group" aria-label="Figure">'
        return [nodes.raw(text=f"{box}{svg}</div>", format="html", classes=["output"])]


def _reachable(html: str) -> list[nodes.Element] | None:
    """Give a verdict's card its id; let links to such cards lead to pages."""
    card = CARD.search(html)
    linked, links = LINK.subn(r"\1.html\2", html)
    if not card and not links:
        return None
    text = f'<div id="verdict-{card[1].lower()}">{html}</div>' if card else linked
    return [nodes.raw(text=text, format="html", classes=["output", "text_html"])]


def own_ids(svg: str, prefix: str) -> str:
    """Put a prefix before every id, since a page holds several figures."""
    for mark in (' id="', "url(#", 'xlink:href="#', ' href="#'):
        svg = svg.replace(mark, mark + prefix)
    return svg
