"""The directive ``playground``: mounts the playground (`helpers.playground`) on a page.

Its options: ``:experiment:`` opens a prepared experiment, ``:settings:`` begins with
settings as they stand in an address, ``:address:`` lets the page's address hold the
settings (for the playground's own page). No script stands in the page itself, so that a
Content-Security-Policy may forbid inline scripts.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from helpers import playground
from helpers.claims import stored


class Playground(SphinxDirective):
    """``{playground}``: recurrent networks that learn in the page."""

    option_spec = {
        "experiment": directives.unchanged,
        "settings": directives.unchanged,
        "address": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        chapters = Path(self.env.app.srcdir) / "chapters"
        # Sphinx copies static files only when a page has changed, so the scripts count as well.
        for source in [*stored.notebooks(chapters), *playground.FOLDER.iterdir()]:
            self.env.note_dependency(str(source))
        root = "../" * self.env.docname.count("/")
        first = not self.env.temp_data.get("playground", False)
        self.env.temp_data["playground"] = True
        judged = bool(stored.notebooks(chapters))
        try:
            text = playground.to_html(
                f"{root}_static/playground",
                experiment=self.options.get("experiment", ""),
                settings=self.options.get("settings", ""),
                address="address" in self.options,
                verdicts=playground.verdicts(chapters, root) if judged else None,
                scripts=first,
            )
        except ValueError as error:
            raise self.error(str(error)) from None
        return [nodes.raw(text=text, format="html")]
