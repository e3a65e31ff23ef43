"""The colours and dashes of every figure, and Matplotlib's defaults.

The hues are those of Okabe and Ito :cite:p:`okabe2008color`, darkened for the
light page and lightened for the dark one until each has a contrast of at least
4.5 : 1 with the background, as WCAG 2.2 (criterion 1.4.3) asks of text: lines
carry labels in their own colour.
"""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import to_hex

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
FUNCTION_STYLES: dict[str, tuple[str, Any]] = {
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

MIXTURE_STYLE: tuple[str, Any] = ("muted", DASHED)  # several functions in one layer

#: Colour, dash and marker of each cell: greys, since the hues belong to functions.
CELL_STYLES: dict[str, dict[str, Any]] = {
    "SimpleRNN": {"color": PALETTE["ink"][0], "ls": SOLID, "marker": "o"},
    "GRU": {"color": PALETTE["muted"][0], "ls": DASHED, "marker": "s"},
    "LSTM": {"color": PALETTE["muted"][0], "ls": DOTTED, "marker": "^"},
    "IndRNN": {"color": PALETTE["ink"][0], "ls": DASHED, "marker": "v"},
    "LiGRU": {"color": PALETTE["muted"][0], "ls": DASHDOT, "marker": "D"},
    "LRU": {"color": PALETTE["ink"][0], "ls": DOTTED, "marker": "P"},
    "sLSTM": {"color": PALETTE["muted"][0], "ls": SOLID, "marker": "X"},
    "minGRU": {"color": PALETTE["ink"][0], "ls": DASHDOT, "marker": "p"},
    "minLSTM": {"color": PALETTE["muted"][0], "ls": (0, (3, 3)), "marker": "h"},
    "SignedMinGRU": {"color": PALETTE["ink"][0], "ls": (0, (3, 3)), "marker": "*"},
    "DeltaNet": {"color": PALETTE["ink"][0], "ls": (0, (8, 2)), "marker": "d"},
}

#: The palette read backwards: name by light-page colour.
NAMES = {light: name for name, (light, _) in PALETTE.items()}


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
    return PALETTE[style(name)[0]][0]


def linestyle(name: str) -> Any:
    """Return the Matplotlib dash pattern of a function (see `colour`)."""
    return style(name)[1]


def style(function: str) -> tuple[str, Any]:
    """Return the palette colour and the dash of a function, as `colour` reads its name."""
    if "+" in str(function):
        return MIXTURE_STYLE
    bare = str(function).split("(")[0]
    if bare not in FUNCTION_STYLES:
        choices = ", ".join([*FUNCTION_STYLES, *PALETTE])
        raise ValueError(f"no colour is set for {function!r}; choose from {choices}")
    return FUNCTION_STYLES[bare]


def colour_name(value: Any) -> str:
    """Return the palette name of a Matplotlib colour, or its hexadecimal form without one."""
    if isinstance(value, str) and value == "none":
        return value
    return NAMES.get(to_hex(value), to_hex(value))


def use_style() -> None:
    """Set Matplotlib's defaults for a whole notebook; importing `helpers.show.plots` does."""
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


def theme_css() -> str:
    """Return the style sheet that gives the CSS variables their colours."""
    rules = []
    for selector, column in ((":root", 0), ('html[data-theme="dark"]', 1)):
        lines = [f"  --figure-{name}: {both[column]};" for name, both in PALETTE.items()]
        rules.append("\n".join([f"{selector} {{", *lines, "}"]))
    return "\n".join(rules) + "\n"
