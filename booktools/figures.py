"""Render outputs of the notebooks: figures that follow the theme, and the records of cells.

A cell stores a prediction, a verdict, the ledger, the guide or a table as data
(`helpers.show.record`); the HTML that stands beside it is for JupyterLab. Here the page's
own HTML is made from the data: a card has its id, such as ``verdict-a07``, and a link to a
card of another notebook leads to that notebook's page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from docutils import nodes

from helpers import playground
from helpers.claims import Check, Plan, Verdict, card, guide, ledger, questions, stored
from helpers.show import cards, table
from helpers.show.record import PREFIX, mime

MIME = "image/svg+xml"
#: Ending of the pages that links lead to.
PAGE = ".html"

#: From a kind of record to what turns one into HTML; the second argument says how the
#: page gets to the chapters' folder.
RECORDS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "prediction": lambda data, way: cards.to_html(card.of_plan(Plan.from_record(data))),
    "verdict": lambda data, way: cards.to_html(card.of_verdict(Verdict.from_record(data))),
    "check": lambda data, way: cards.to_html(card.of_check(Check.from_record(data))),
    "ledger": lambda data, way: table.to_html(ledger.table(data, PAGE, way=way)),
    "guide": lambda data, way: guide.to_html(data, PAGE, way=way),
    "questions": lambda data, way: questions.to_html(data, PAGE, way),
    "table": lambda data, way: table.to_html(table.from_record(data)),
}
BY_MIME = {mime(kind): to_html for kind, to_html in RECORDS.items()}


class FigureRenderer:
    """myst-nb plug-in: an SVG output becomes part of the page, a record becomes its HTML.

    Inside the page the figure's colours (CSS variables, see `helpers.show.plots`)
    change with the theme. The box around it scrolls sideways on a narrow
    screen and can be reached by keyboard for that.
    """

    #: Before every other form of an output: records first, then figures.
    mime_priority_overrides = [("html", kind, 0) for kind in BY_MIME] + [("html", MIME, 1)]

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Return a figure or a record as raw HTML, None for what is not ours."""
        if inline:
            return None
        if data.mime_type in BY_MIME:
            page = renderer.renderer.document.settings.env.docname
            way = stored.way_to("chapters", posixpath.dirname(page))
            text = BY_MIME[data.mime_type](data.content, way)
            if data.mime_type in (mime("verdict"), mime("check")):
                text += try_it(data.content["claim"], "../" * page.count("/"))
            return [nodes.raw(text=text, format="html", classes=["output"])]
        if data.mime_type.startswith(PREFIX):
            return []  # the data of a figure or of a number: compared, not shown
        if data.mime_type != MIME:
            return None
        text = figure_html(data.string, renderer.renderer.document.settings.env)
        return [nodes.raw(text=text, format="html", classes=["output"])]


def figure_html(svg: str, env: Any) -> str:
    """Return a figure in its box, with ids of its own on the page that is being read."""
    svg = own_ids(svg, f"f{env.new_serialno('course-figure')}-")
    return f'<div class="course-figure" tabindex="0" role="group" aria-label="Figure">{svg}</div>'


def try_it(claim: str, root: str) -> str:
    """Return a link to the playground with the settings that show a claim, "" if it cannot."""
    if claim not in playground.shown_claims():
        return ""
    address = escape(playground.address(claim, root))
    return f'<p class="try-it"><a href="{address}">Try claim {claim} in the playground</a></p>'


def own_ids(svg: str, prefix: str) -> str:
    """Put a prefix before every id, since a page holds several figures."""
    for mark in (' id="', "url(#", 'xlink:href="#', ' href="#'):
        svg = svg.replace(mark, mark + prefix)
    return svg
