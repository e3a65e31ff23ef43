"""The cells of a chapter or lesson, run in its own page on Binder: the Sphinx side of it.

Under the title of each notebook's page stands a button. Scripts (``_static/live*.js``) do the
rest: they ask Binder for a machine with the book's environment, make the cells editable and draw
what these give. Where the repository has no public address, Binder could not fetch the book: then
there is no button, and a page without it loads none of them (`booktools.light`) and may speak to
nobody (`booktools.policy`).
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from booktools import links

#: In this order: each uses those before it.
SCRIPTS = ("live-kernel.js", "live-outputs.js", "live.js")
STYLE = "live.css"
HINT = "Its cells run here, on the public service Binder; you may change them."


def add_panel(app: Sphinx, doctree: nodes.document) -> None:
    """Put the button under the line on how long a notebook takes to read."""
    page = app.env.docname
    if not page.startswith("chapters/") or Path(app.env.doc2path(page)).suffix != ".ipynb":
        return
    text = to_html(page, links.repository_url(Path(app.srcdir)))
    facts = [
        node for node in doctree.findall(nodes.paragraph) if "chapter-facts" in node["classes"]
    ]
    if facts and text:
        place = facts[0].parent.index(facts[0]) + 1
        facts[0].parent.insert(place, nodes.raw(text=text, format="html"))


def to_html(page: str, repository: str | None) -> str:
    """Return the button with a place for what it says; nothing if there is no repository.

    Parameters
    ----------
    page : str
        The notebook's page, such as "chapters/01_background/1_x".
    repository : str or None
        Public address of the repository.
    """
    if repository is None:
        return ""
    return (
        f'<div class="live-panel pst-js-only d-print-none" '
        f'data-build="{escape(links.build_url(repository))}" data-notebook="{escape(page)}.ipynb">'
        '<button type="button" class="live-button live-start">Run this page</button> '
        '<button type="button" class="live-button live-stop" hidden>Stop</button> '
        f'<span class="live-said" role="status">{HINT}</span></div>'
    )


def setup(app: Sphinx) -> dict[str, object]:
    # After the line that it stands under, before the files to take away, which come above it.
    app.connect("doctree-read", add_panel, priority=550)
    app.add_css_file(STYLE)
    for script in SCRIPTS:
        app.add_js_file(script, loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
