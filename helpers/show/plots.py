"""One look for every figure of the course.

A figure is ordinary Matplotlib. `show` writes it into the notebook as SVG text
in which every colour of the palette is a CSS variable with a fallback: on a
page of the book the figure follows the light or the dark theme, elsewhere
(JupyterLab, a code host's preview) it stands on white.

The hues are those of Okabe and Ito :cite:p:`okabe2008color`, darkened for the
light page and lightened for the dark one until each has a contrast of at least
4.5 : 1 with the background, as WCAG 2.2 (criterion 1.4.3) asks of text: lines
carry labels in their own colour.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

#: Colours by name, as (light page, dark page).
PALETTE: dict[str, tuple[str, str]] = {
    "ink": ("#24292f", "#e6e8ea"),
    "muted": ("#5d6570", "#a4abb4"),
    "grid": ("#d9dde1", "#3a414a"),
    "background": ("#ffffff", "#121212"),
    "blue": ("#0070b0", "#56a8e0"),
    "vermillion": ("#c25200", "#f08a4b"),
    "green": ("#007d5c", "#2fc295"),
    "purple": ("#a8497f", "#de8fbd"),
    "orange": ("#9e6900", "#e8b23f"),
    "sky": ("#217aa2", "#86cdf2"),
    "olive": ("#77730a", "#d3cc3a"),
    "black": ("#3c3c3d", "#c9cacc"),
}

SOLID, DASHED, DOTTED, DASHDOT = "-", (0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 1.8, 1.4, 1.8))

#: One colour and dash for each function, in the whole book. A family shares a
#: hue; its members differ by their dashes.
FUNCTION_STYLES: dict[str, tuple[str, object]] = {
    "tanh": ("blue", SOLID), "scaled_tanh": ("blue", DASHED),
    "penalized_tanh": ("blue", DOTTED), "lecun_tanh": ("blue", DASHDOT),
    "sigmoid": ("vermillion", SOLID), "hard_sigmoid": ("vermillion", DASHED),
    "hard_sigmoid_keras2": ("vermillion", DOTTED), "log_sigmoid": ("vermillion", DASHDOT),
    "relu": ("green", SOLID), "leaky_relu": ("green", DASHED),
    "prelu": ("green", DOTTED), "relu6": ("green", DASHDOT),
    "hard_tanh": ("purple", SOLID), "softsign": ("purple", DASHED),
    "arctan": ("purple", DOTTED), "sin": ("purple", DASHDOT),
    "elu": ("orange", SOLID), "selu": ("orange", DASHED),
    "celu": ("orange", DOTTED), "softplus": ("orange", DASHDOT),
    "gelu": ("sky", SOLID), "silu": ("sky", DASHED), "mish": ("sky", DOTTED),
    "gelu_tanh": ("sky", DASHDOT),
    "modrelu": ("olive", SOLID), "squared_relu": ("olive", DASHED),
    "hard_silu": ("olive", DOTTED), "exponential": ("olive", DASHDOT),
    "elliott": ("muted", SOLID),
    "linear": ("black", SOLID), "softmax": ("black", DASHED),
    "soft_shrink": ("black", DOTTED), "tanh_shrink": ("black", DASHDOT),
    # Learned in the recurrence (helpers.activations.learned): as the function they generalise.
    "learned_prelu": ("green", DOTTED), "learned_scaled_tanh": ("blue", DASHED),
    "pade": ("muted", DOTTED), "pade_leaky_relu": ("muted", DASHDOT), "spline": ("muted", DASHED),
}  # fmt: skip

MIXTURE_STYLE: tuple[str, object] = ("muted", DASHED)  # several functions in one layer

#: Colour, dash and marker of each cell: greys, since the hues belong to functions.
CELL_STYLES: dict[str, dict[str, object]] = {
    "SimpleRNN": {"color": PALETTE["ink"][0], "ls": SOLID, "marker": "o"},
    "GRU": {"color": PALETTE["muted"][0], "ls": DASHED, "marker": "s"},
    "LSTM": {"color": PALETTE["muted"][0], "ls": DOTTED, "marker": "^"},
    "IndRNN": {"color": PALETTE["ink"][0], "ls": DASHED, "marker": "v"},
    "LiGRU": {"color": PALETTE["muted"][0], "ls": DASHDOT, "marker": "D"},
    "LRU": {"color": PALETTE["ink"][0], "ls": DOTTED, "marker": "P"},
    "sLSTM": {"color": PALETTE["muted"][0], "ls": SOLID, "marker": "X"},
    "minGRU": {"color": PALETTE["ink"][0], "ls": DASHDOT, "marker": "p"},
    "minLSTM": {"color": PALETTE["muted"][0], "ls": (0, (3, 3)), "marker": "h"},
}

_HEX = {light: name for name, (light, _) in PALETTE.items()}


def colour(name: str) -> str:
    """Return the light-page colour of a palette name or of a function.

    Parameters
    ----------
    name : str
        A key of `PALETTE`, or a function of the catalogue; parameters in
        brackets, as in ``"scaled_tanh(a=0.5)"``, are left aside.

    Raises
    ------
    ValueError
        If the name is neither.
    """
    if name in PALETTE:
        return PALETTE[name][0]
    return PALETTE[_style(name)[0]][0]


def linestyle(name: str) -> object:
    """Return the Matplotlib dash pattern of a function (see `colour`)."""
    return _style(name)[1]


def _style(function: str) -> tuple[str, object]:
    if "+" in str(function):
        return MIXTURE_STYLE
    bare = str(function).split("(")[0]
    if bare not in FUNCTION_STYLES:
        choices = ", ".join([*FUNCTION_STYLES, *PALETTE])
        raise ValueError(f"no colour is set for {function!r}; choose from {choices}")
    return FUNCTION_STYLES[bare]


def use_style() -> None:
    """Set Matplotlib's defaults for the whole notebook (called on import)."""
    ink, muted, grid = colour("ink"), colour("muted"), colour("grid")
    mpl.rcParams.update(
        {
            "figure.figsize": (6.6, 3.7),
            "figure.constrained_layout.use": True,
            "figure.facecolor": colour("background"),
            "axes.facecolor": "none",
            "savefig.facecolor": colour("background"),
            "axes.prop_cycle": cycler(color=[colour(n) for n in list(PALETTE)[4:]]),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": muted,
            "axes.labelcolor": ink,
            "axes.titlecolor": ink,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.labelsize": 10.5,
            "axes.grid": True,
            "grid.color": grid,
            "grid.linewidth": 0.7,
            "lines.linewidth": 2.0,
            "text.color": ink,
            "xtick.color": muted,
            "ytick.color": muted,
            "xtick.labelcolor": ink,
            "ytick.labelcolor": ink,
            "legend.frameon": False,
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],
            "font.size": 10.5,
            "svg.fonttype": "none",
            "svg.hashsalt": "rnn-activations",
        }
    )


def show(figure: Figure, alt: str) -> None:
    """Put a figure into the notebook as theme-aware SVG, then close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure.
    alt : str
        What the figure shows, in words, for readers who do not see it.

    Raises
    ------
    ValueError
        If `alt` says too little to stand for a picture (under 40 characters).
    """
    from IPython.display import display

    bundle = {
        "image/svg+xml": to_svg(figure, alt),
        "text/plain": f"Figure: {' '.join(alt.split())}",
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
    return f"var(--figure-{_HEX[value]}, {value})" if value in _HEX else value


def theme_css() -> str:
    """Return the style sheet that gives the CSS variables their colours."""
    rules = []
    for selector, column in ((":root", 0), ('html[data-theme="dark"]', 1)):
        lines = [f"  --figure-{name}: {both[column]};" for name, both in PALETTE.items()]
        rules.append("\n".join([f"{selector} {{", *lines, "}"]))
    return "\n".join(rules) + "\n"


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
    ends = []
    for text, line in lines.items():
        x, y = (np.asarray(v, float) for v in line.get_data())
        last = np.flatnonzero(np.isfinite(x) & np.isfinite(y))[-1]
        height = float(to_axes.transform((x[last], y[last]))[1])
        ends.append([min(max(height, 0.0), 1.0), text, line.get_color()])
    ends.sort()
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
    axes: Axes, rows: Iterable[tuple[str, object]], hues: Mapping[str, str] | None = None
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
