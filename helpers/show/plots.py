"""One look for every figure of the course, and its data stored beside the picture.

A figure is ordinary Matplotlib. `show` writes it into the notebook as SVG text
in which every colour of the palette is a CSS variable with a fallback: on a
page of the book the figure follows the light or the dark theme, elsewhere
(JupyterLab, a code host's preview) it stands on white. Beside the picture it
stores what was plotted (`helpers.show.series`).
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from helpers.show import series
from helpers.show.palette import (
    CELL_STYLES,
    DASHDOT,
    DASHED,
    DOTTED,
    FUNCTION_STYLES,
    MIXTURE_STYLE,
    NAMES,
    PALETTE,
    SOLID,
    colour,
    linestyle,
    theme_css,
    use_style,
)
from helpers.statistics import Estimate

__all__ = [
    "CELL_STYLES",
    "DASHDOT",
    "DASHED",
    "DOTTED",
    "FUNCTION_STYLES",
    "MIXTURE_STYLE",
    "PALETTE",
    "SOLID",
    "colour",
    "draw_intervals",
    "label_lines",
    "linestyle",
    "show",
    "theme_css",
    "to_svg",
    "use_style",
]


def show(figure: Figure, alt: str, single_runs: bool | Iterable[Axes] = False) -> None:
    """Put a figure and its data into the notebook, then close it.

    The picture is theme-aware SVG; beside it stands what was plotted, of the kind
    `helpers.show.series.MIME`, by which a re-run is compared with the stored one.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure.
    alt : str
        What the figure shows, in words, for readers who do not see it.
    single_runs : bool or iterable of matplotlib.axes.Axes
        The panels (True: all) that draw single trained networks without an interval.
        Another processor leads one training run elsewhere, so a re-run may change
        the numbers in these panels; their labels, kinds and colours it may not.

    Raises
    ------
    ValueError
        If `alt` says too little to stand for a picture (under 40 characters).
    """
    from IPython.display import display

    alt = " ".join(alt.split())
    single = figure.axes if single_runs is True else single_runs or ()
    bundle = {
        "image/svg+xml": to_svg(figure, alt),
        series.MIME: series.record(figure, alt, single),
        "text/plain": f"Figure: {alt}",
    }
    display(bundle, raw=True)
    plt.close(figure)


def to_svg(figure: Figure, alt: str) -> str:
    """Return the figure as SVG text with alt text and CSS variables for colours."""
    alt = " ".join(alt.split())
    if len(alt) < 40:
        raise ValueError(f"alt={alt!r} is too short; say what the figure shows")
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r" *<metadata>.*?</metadata>\n?", "", svg, flags=re.S)
    label = html.escape(alt, quote=True)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return re.sub(r"#[0-9a-f]{6}", _as_variable, svg)


def _as_variable(match: re.Match[str]) -> str:
    """`#0070b0` in a style attribute becomes `var(--figure-blue, #0070b0)`."""
    value = match.group()
    # An id such as url(#...) or xlink:href="#..." is longer or not in the palette.
    return f"var(--figure-{NAMES[value]}, {value})" if value in NAMES else value


def label_lines(axes: Axes, lines: Mapping[str, Line2D] | None = None, gap: float = 0.062) -> None:
    """Write each line's label beside its last point, instead of a legend.

    Labels that would overlap are pushed apart vertically.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes with labelled lines.
    lines : mapping of str to Line2D, optional
        Text for each line; by default every labelled line of the axes.
    gap : float
        Smallest distance between two labels, as a share of the axes' height.
    """
    if lines is None:
        lines = {
            str(line.get_label()): line
            for line in axes.get_lines()
            if not str(line.get_label()).startswith("_")
        }
    axes.get_xlim(), axes.get_ylim()  # Matplotlib sets the limits only when asked
    to_axes = axes.transData + axes.transAxes.inverted()
    ends: list[tuple[float, str, Any]] = []
    for text, line in lines.items():
        x, y = (np.asarray(v, float) for v in line.get_data())
        last = np.flatnonzero(np.isfinite(x) & np.isfinite(y))[-1]
        height = float(to_axes.transform((x[last], y[last]))[1])
        ends.append((min(max(height, 0.0), 1.0), text, line.get_color()))
    ends.sort(key=lambda end: end[:2])
    heights = _spread([end[0] for end in ends], gap)
    for height, (_, text, hue) in zip(heights, ends, strict=True):
        axes.text(1.015, height, text, color=hue, transform=axes.transAxes, va="center")


def _spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move sorted heights apart to at least `gap`, keeping their centre."""
    moved = list(heights)
    for _ in range(200):
        shifted = False
        for i in range(len(moved) - 1):
            lack = gap - (moved[i + 1] - moved[i])
            if lack > 1e-9:
                moved[i] -= lack / 2
                moved[i + 1] += lack / 2
                shifted = True
        if not shifted:
            break
    return moved


def draw_intervals(
    axes: Axes, rows: Iterable[tuple[str, Estimate]], hues: Mapping[str, str] | None = None
) -> None:
    """Draw one dot with its interval a row, the first row on top.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw; the y axis becomes a list of names.
    rows : iterable of (str, Estimate)
        Name and `helpers.statistics.Estimate` of each row.
    hues : mapping of str to str, optional
        Palette or function name for each row's colour; ink by default.
    """
    rows = list(rows)
    for height, (name, estimate) in enumerate(reversed(rows)):
        hue = colour((hues or {}).get(name, "ink"))
        axes.plot([estimate.low, estimate.high], [height, height], color=hue, lw=2.4)
        axes.plot([estimate.value], [height], "o", color=hue, ms=6.5)
    axes.set_yticks(range(len(rows)), [name for name, _ in reversed(rows)])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="y", visible=False)


use_style()
