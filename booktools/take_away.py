"""What readers may take away, put on the pages: the Sphinx side of it.

Under the title of each chapter and lesson stand links to its files
(`booktools.lesson_files`). The directive ``data-package`` shows and links the data package
(`booktools.data_package`), the directive ``book-pdf`` the whole book as a PDF
(`booktools.pdf`), if it was made of the pages as they are. The files are written when all
pages are, into the folder ``downloads`` of the built book.
"""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from booktools import data_package, lesson_files, links, pdf
from helpers.claims import stored

FOLDER = "downloads"


class DataPackage(SphinxDirective):
    """``{data-package}``: links to the files of the data package, and what its columns mean."""

    def run(self) -> list[nodes.Node]:
        return [
            nodes.raw(text=data_package.to_html(_way(self.env.docname) + "data"), format="html")
        ]


class BookPdf(SphinxDirective):
    """``{book-pdf}``: a place for the link to the PDF, which is filled in when it is there."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw(text=pdf.place(_way(self.env.docname)), format="html")]


def _way(page: str) -> str:
    """Return how a page gets to the folder of downloads."""
    return "../" * page.count("/") + f"{FOLDER}/"


def add_links(app: Sphinx, doctree: nodes.document) -> None:
    """Put links to a notebook's files under the line on how long it takes to read."""
    page = app.env.docname
    if not page.startswith("chapters/") or Path(app.env.doc2path(page)).suffix != ".ipynb":
        return
    facts = [
        node for node in doctree.findall(nodes.paragraph) if "chapter-facts" in node["classes"]
    ]
    if facts:
        text = to_html(page.removeprefix("chapters/"), page, links.repository_url(Path(app.srcdir)))
        facts[0].parent.insert(
            facts[0].parent.index(facts[0]) + 1, nodes.raw(text=text, format="html")
        )


def to_html(name: str, page: str, repository: str | None) -> str:
    """Return the links to the files of a notebook.

    Parameters
    ----------
    name, page : str
        Name of the notebook, such as "01_background/1_x", and its page in the book.
    repository : str or None
        Public address of the repository; without one there is no link to Colab.
    """
    way = _way(page)
    text = (
        f'<p class="take-away">Take it away: <a href="{way}scripts/{name}.py" download>script</a>, '
        f'<a href="{way}notebooks/{name}.ipynb" download>notebook without outputs</a>'
    )
    if colab := links.colab_url(repository, name):
        text += f'. <a class="colab-badge" href="{escape(colab)}">Open in Colab</a>'
    return text + ("" if colab else ".") + "</p>"


def write_files(app: Sphinx, error: Exception | None) -> None:
    """Write what the links lead to, and fill in the places for the PDF."""
    if error is not None or app.builder.format != "html":
        return
    root, out = Path(app.srcdir), Path(app.outdir)
    if stored.notebooks(root / "chapters"):
        for name in ("scripts", "notebooks", "colab", "data"):  # nothing of an earlier build
            shutil.rmtree(out / FOLDER / name, ignore_errors=True)
        lesson_files.write(out / FOLDER, root, links.repository_url(root))
        data_package.write(out / FOLDER / "data", root)
    if (root / "_toc.yml").exists():
        pdf.fill_in(out, root)


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("data-package", DataPackage)
    app.add_directive("book-pdf", BookPdf)
    app.connect("doctree-read", add_links, priority=600)  # after the line that they stand under
    app.connect("build-finished", write_files, priority=900)  # when the pages are as they stay
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
