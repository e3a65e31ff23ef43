"""The book's own small Sphinx extension.

It sets formulas as MathML (`booktools.formulas`), describes every page
(`booktools.metadata`) and finishes the written ones (`booktools.finish`). It sets the
repository's links (`booktools.links`), writes the style sheet of the figures' colours
(`helpers.show.plots`), gives every page the script and the style sheet of the tables
(`helpers.show.table`), mends a role in the bibliography, and says under the title of each
chapter and lesson how long it takes to read and to run. It adds these directives:
``chapter-facts`` says the same at another place of the page, ``cheat-sheet`` shows and offers
the cheat sheet (`booktools.cheatsheet`), ``run-table`` draws a table of what runs have left
(`booktools.reproducibility`), ``playground`` mounts the playground
(`booktools.playground_page`), and ``stored-figure``, ``reading-list`` and ``reading-time`` show
on another page what notebooks hold (`booktools.from_notebooks`).
What readers may take away is put on the pages by `booktools.take_away`, the button that runs
their cells by `booktools.live`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from booktools import (
    cheatsheet,
    finish,
    formulas,
    links,
    metadata,
    preview,
    reading,
    reproducibility,
)
from booktools.figures import own_ids
from booktools.from_notebooks import ReadingList, ReadingTime, StoredFigure
from booktools.playground_page import Playground
from helpers import playground
from helpers.claims import stored
from helpers.show import table
from helpers.show.plots import theme_css, to_svg


class ChapterFacts(SphinxDirective):
    """``{chapter-facts}`` or ``{lesson-facts}``: what `facts_of` says of the page's notebook."""

    def run(self) -> list[nodes.Node]:
        return [facts_of(self.env, self.env.docname)]


class CheatSheet(SphinxDirective):
    """``{cheat-sheet}``: the sheet as a figure of the page, and links to its files."""

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.app.srcdir)
        for source in [
            *stored.notebooks(root / "chapters"),
            root / "helpers" / "claims" / "guide.yaml",
        ]:
            self.env.note_dependency(str(source))
        shown = cheatsheet.data(root)
        svg = to_svg(cheatsheet.draw(shown), cheatsheet.alt_text(shown.rules))
        static = "../" * self.env.docname.count("/") + "_static"
        pdf, image = (f'<a href="{static}/{name}" download>' for name in cheatsheet.NAMES)
        text = (
            f"<p>Download the cheat sheet: {pdf}PDF, one page of A4</a> or {image}image</a>.</p>"
            f'<div class="course-figure cheat-sheet" tabindex="0" role="group" '
            f'aria-label="Cheat sheet">'
            f"{own_ids(svg, 'cheat-')}</div>"
        )
        return [nodes.raw(text=text, format="html")]


class RunTable(SphinxDirective):
    """``{run-table} NAME``: a table of `booktools.reproducibility`, as the files have it now."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        root = Path(self.env.app.srcdir)
        kept = (root / "appendix").rglob("*.json")
        for source in [*stored.notebooks(root / "chapters"), *kept]:
            self.env.note_dependency(str(source))
        return [nodes.raw(text=reproducibility.to_html(self.arguments[0], root), format="html")]


def facts_of(env: BuildEnvironment, page: str) -> nodes.paragraph:
    """Say how long a notebook takes to read and to run, and how many networks it trains.

    The story of a chapter says the same of its lessons together.
    """
    path = Path(env.doc2path(page))
    text = say_facts(stored.read(path))
    lessons = [stored.read(lesson) for lesson in sorted(path.with_suffix("").glob("*.ipynb"))]
    for lesson in path.with_suffix("").glob("*.ipynb"):
        env.note_dependency(str(lesson))
    if lessons:
        number = "lesson" if len(lessons) == 1 else f"{len(lessons)} lessons"
        text += f" Its {number}: about {sum(map(reading.minutes, lessons))} minutes to read"
        seconds = [lesson["metadata"].get("course", {}).get("run_seconds") for lesson in lessons]
        text += "." if None in seconds else f", {spell_time(sum(seconds))} to run."
    return nodes.paragraph(text, text, classes=["chapter-facts"])


def say_facts(notebook: dict) -> str:
    """Return reading time by words and figures; running time and networks as measured."""
    course = notebook["metadata"].get("course", {})
    seconds, run = course.get("run_seconds"), course.get("run", {})
    minutes = reading.minutes(notebook)
    text = f"Time to read: about {minutes} minute{'s' if minutes != 1 else ''}."
    if seconds is not None:
        cores = run.get("cores")
        machine = f" on {cores} core{'s' if cores != 1 else ''}" if cores else ""
        text += f" Time to run every cell: {spell_time(seconds)}{machine}, measured."
    if run.get("networks"):
        text += f" Networks trained: {run['networks']}."
    return text


def add_facts(app: Sphinx, doctree: nodes.document) -> None:
    """Put a notebook's facts under its title, unless the page has placed them itself."""
    page = app.env.docname
    notebook = Path(app.env.doc2path(page)).suffix == ".ipynb"
    if not notebook or not page.startswith("chapters/"):
        return
    placed = any("chapter-facts" in node["classes"] for node in doctree.findall(nodes.paragraph))
    title = next(doctree.findall(nodes.title), None)
    if title is not None and not placed:
        title.parent.insert(title.parent.index(title) + 1, facts_of(app.env, page))


def finish_pages(app: Sphinx, error: Exception | None) -> None:
    """Do what can be done only when all pages are written."""
    if error is None and app.builder.format == "html":
        finish.finish(Path(app.outdir), app.config.html_baseurl or None)


def spell_time(seconds: float) -> str:
    """Return a running time in words, no finer than it is known."""
    if seconds < 50:
        return f"about {max(10, round(seconds / 10) * 10)} seconds"
    minutes = round(seconds / 60 * 2) / 2
    return f"about {minutes:g} minute{'s' if minutes != 1 else ''}"


def set_links(app: Sphinx, config: Config) -> None:
    """Fill in what follows from the repository's address, or take it away."""
    repository = links.repository_url(Path(app.srcdir))
    config.html_theme_options = {
        **config.html_theme_options,
        **links.theme_options(repository),
    }
    config.html_baseurl = links.pages_url(repository) or ""


def write_static_files(app: Sphinx) -> None:
    """Write the figures' colours, the cheat sheet and the playground where Sphinx looks.

    The script and the style sheet of the tables lie ready in a folder of their own.
    """
    folder = Path(app.doctreedir).parent / "generated_static"
    folder.mkdir(parents=True, exist_ok=True)
    sheet = folder / "figure-colours.css"
    if not sheet.exists() or sheet.read_text("utf8") != theme_css():
        sheet.write_text(theme_css(), "utf8")
    if stored.notebooks(Path(app.srcdir) / "chapters"):  # the sheet sums their verdicts up
        cheatsheet.write(folder, Path(app.srcdir))
    playground.write(folder / "playground")
    preview.write(folder / metadata.PREVIEW, app.config.html_title)
    app.config.html_static_path.append(str(folder))
    app.add_css_file(sheet.name)
    app.config.html_static_path.append(str(table.FOLDER))
    app.add_css_file(table.STYLE)
    app.add_js_file(table.SCRIPT, loading_method="defer")
    app.add_js_file("print.js", loading_method="defer")


def mend_citation_list(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take a role off docutils' list of citations whose children do not fit it.

    Accessibility checkers rightly refuse ``role="list"`` without list items.
    """
    if "body" in context:
        list_role = '<div role="list" class="citation'
        context["body"] = context["body"].replace(list_role, '<div class="citation')


def name_toggles(
    app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Name the buttons that unfold a chapter's lessons in the list of pages.

    The theme leaves them without a name, and a screen reader has nothing to say.
    """
    make = context.get("generate_toctree_html")
    if make is None:
        return

    def named(*arguments: Any, **options: Any) -> Any:
        made = make(*arguments, **options)
        for toggle in made.select("summary") if hasattr(made, "select") else []:
            title = toggle.find_parent("li").find("a").get_text()
            toggle["aria-label"] = f"Lessons of the chapter {title}"
        return made

    context["generate_toctree_html"] = named


def setup(app: Sphinx) -> dict[str, object]:
    app.setup_extension("booktools.take_away")
    app.setup_extension("booktools.live")
    formulas.add_to(app)
    # Jupyter Book always sets this value of sphinx_comments, which we do not load.
    app.add_config_value("comments_config", {}, "html")
    app.add_directive("chapter-facts", ChapterFacts)
    app.add_directive("lesson-facts", ChapterFacts)
    app.add_directive("cheat-sheet", CheatSheet)
    app.add_directive("run-table", RunTable)
    app.add_directive("playground", Playground)
    app.add_directive("stored-figure", StoredFigure)
    app.add_directive("reading-list", ReadingList)
    app.add_directive("reading-time", ReadingTime)
    # The theme reads its options on the same event, so ours come earlier.
    app.connect("config-inited", set_links, priority=100)
    app.connect("builder-inited", write_static_files)
    app.connect("doctree-read", add_facts)
    app.connect("build-finished", finish_pages)
    app.connect("html-collect-pages", metadata.not_found_page)
    app.connect("html-page-context", metadata.add_meta)
    app.connect("html-page-context", mend_citation_list)
    app.connect("html-page-context", name_toggles, priority=900)  # after the theme has set it
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
