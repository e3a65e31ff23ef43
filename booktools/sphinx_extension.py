"""The book's own small Sphinx extension.

It sets the repository's links (`booktools.links`), writes the style sheet of
the figures' colours (`helpers.plots`), mends a role in the bibliography, and adds
the directive ``chapter-facts``, which says how long a chapter takes to read and
to run.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from booktools import links

#: Words a minute of a technical text, and seconds for a figure or a code cell.
WORDS_PER_MINUTE, SECONDS_PER_CELL = 180, 20


class ChapterFacts(SphinxDirective):
    """``{chapter-facts}``: reading time by word count, running time as measured."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.doc2path(self.env.docname))
        notebook = json.loads(path.read_text("utf8"))
        seconds = notebook["metadata"].get("course", {}).get("run_seconds")
        text = f"Reading: about {reading_minutes(notebook)} minutes."
        if seconds is not None:
            text += f" Running every cell: {spell_time(seconds)} on two cores, measured."
        return [nodes.paragraph(text, text, classes=["chapter-facts"])]


def reading_minutes(notebook: dict) -> int:
    """Estimate the reading time of a notebook from its words and code cells."""
    cells = notebook["cells"]
    prose = " ".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    words = len(re.findall(r"[^\W\d_]{2,}", prose))
    code = sum(c["cell_type"] == "code" for c in cells)
    return math.ceil((words / WORDS_PER_MINUTE + code * SECONDS_PER_CELL / 60) / 5) * 5


def spell_time(seconds: float) -> str:
    """Return a running time in words, no finer than it is known."""
    if seconds < 50:
        return f"about {max(10, round(seconds / 10) * 10)} seconds"
    minutes = round(seconds / 60 * 2) / 2
    return f"about {minutes:g} minute{'s' if minutes != 1 else ''}"


def set_links(app: Sphinx, config) -> None:
    """Fill in the theme's options for the repository, or take them away."""
    config.html_theme_options = {
        **config.html_theme_options,
        **links.theme_options(links.repository_url(Path(app.srcdir))),
    }


def write_figure_css(app: Sphinx) -> None:
    """Write the colours of `helpers.plots` where Sphinx looks for static files."""
    from helpers.plots import theme_css

    folder = Path(app.doctreedir).parent / "generated_static"
    folder.mkdir(parents=True, exist_ok=True)
    sheet = folder / "figure-colours.css"
    if not sheet.exists() or sheet.read_text("utf8") != theme_css():
        sheet.write_text(theme_css(), "utf8")
    app.config.html_static_path.append(str(folder))
    app.add_css_file(sheet.name)


def mend_citation_list(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Take a role off docutils' list of citations whose children do not fit it.

    Accessibility checkers rightly refuse ``role="list"`` without list items.
    """
    if "body" in context:
        context["body"] = context["body"].replace('<div role="list" class="citation', '<div class="citation')


def setup(app: Sphinx) -> dict[str, object]:
    # Jupyter Book always sets this value of sphinx_comments, which we do not load.
    app.add_config_value("comments_config", {}, "html")
    app.add_directive("chapter-facts", ChapterFacts)
    # The theme reads its options on the same event, so ours come earlier.
    app.connect("config-inited", set_links, priority=100)
    app.connect("builder-inited", write_figure_css)
    app.connect("html-page-context", mend_citation_list)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
