"""Render the notebooks' SVG figures inline, so that they follow the page's theme."""

from __future__ import annotations

from docutils import nodes

MIME = "image/svg+xml"
#: The machine-readable half of a verdict's card: nothing to show.
VERDICT = "application/vnd.rnn-activations.verdict+json"


class FigureRenderer:
    """myst-nb plug-in: an SVG output becomes part of the page, not an image file.

    Inside the page the figure's colours (CSS variables, see `helpers.plots`)
    change with the theme. The box around it scrolls sideways on a narrow
    screen and can be reached by keyboard for that.
    """

    mime_priority_overrides = [("html", MIME, 1)]

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        """Return the figure as raw HTML, or None for an output that is not ours."""
        if data.mime_type == VERDICT:
            return []
        if inline or data.mime_type != MIME:
            return None
        number = renderer.renderer.document.settings.env.new_serialno("course-figure")
        svg = _own_ids(data.string, f"f{number}-")
        box = '<div class="course-figure" tabindex="0" role="group" aria-label="Figure">'
        return [nodes.raw(text=f"{box}{svg}</div>", format="html", classes=["output"])]


def _own_ids(svg: str, prefix: str) -> str:
    """Put a prefix before every id, since a page holds several figures."""
    for mark in (' id="', 'url(#', 'xlink:href="#', ' href="#'):
        svg = svg.replace(mark, mark + prefix)
    return svg
