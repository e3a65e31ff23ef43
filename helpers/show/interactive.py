"""Interactive figures: the reader moves something and the picture answers.

`show` puts one into the notebook as HTML that brings everything with it: a static
picture with its description, the catalogue's formulas as JavaScript
(`helpers.show.javascript`), a style sheet and a script of this course (folder
``widgets``). It needs no kernel and no network. The script, once it runs, puts the
living figure in the place of the static picture, which is its own first state;
where no script may run (a notebook that JupyterLab does not trust yet, a code
host's preview), the static picture stays.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

from helpers import activations
from helpers.show import javascript
from helpers.show.plots import PALETTE

FOLDER = Path(__file__).parent / "widgets"

#: Name: what the figure is, in a line.
FIGURES = {
    "gradient-reach": "how far back a gradient reaches, by function, gain and initial U",
    "iterated-map": "one unit that feeds itself, h ← f(w h + b), as a cobweb",
    "catalogue": "activation functions, their derivatives, and where they are saturated",
    "critical-gain": "the gain at which gradients neither vanish nor explode, by mean-field theory",
    "gradient-microscope": "state, slope and gradient of a small network, by step and unit",
}

#: The scripts of a figure besides its own, in this order.
SHARED = {
    "gradient-reach": ("maths", "matrices", "plot", "controls"),
    "iterated-map": ("maths", "plot", "controls"),
    "catalogue": ("maths", "plot", "controls"),
    "critical-gain": ("maths", "plot", "controls"),
    "gradient-microscope": ("maths", "plot", "controls", "gradient-microscope-data"),
}

#: The functions of a figure that needs but a few of them.
FUNCTIONS = {"gradient-microscope": ("sigmoid", "tanh", "softsign", "relu")}


def show(name: str) -> None:
    """Put an interactive figure into the notebook.

    Parameters
    ----------
    name : str
        A key of `FIGURES`: "gradient-reach", "iterated-map", "catalogue", "critical-gain" or
        "gradient-microscope".

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    from IPython.display import display

    display(bundle(name), raw=True)


def bundle(name: str) -> dict[str, str]:
    """Return the figure as HTML and as a line of text, by MIME type."""
    return {
        "text/html": to_html(name),
        "text/plain": f"Interactive figure: {FIGURES[name]}",
    }


def to_html(name: str) -> str:
    """Return the figure as a piece of HTML, the same on every machine."""
    _check(name)
    return (
        f'<div class="rnn-widget" data-widget="{name}">\n'
        f"<style>\n{_read('widgets.css')}</style>\n"
        f'<div class="rw-static">{static_picture(name)}</div>\n'
        '<div class="rw-live" hidden></div>\n'
        f"<script>\n{script(name)}</script>\n</div>"
    )


def static_picture(name: str) -> str:
    """Return the figure's first state as an ``img`` element with its description."""
    svg = _read(f"{name}.svg")
    found = re.search(r'aria-label="([^"]*)"', svg)
    assert found, f"{name}.svg has no description"
    alt = found[1]  # already escaped
    source = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{source}">'


def script(name: str) -> str:
    """Return the figure's script. It adds no global name."""
    every = [n for n in activations.names() if activations.get(n).elementwise]
    functions = FUNCTIONS.get(name, every)
    parts = [
        '(() => {\n"use strict";',
        f"const FUNCTIONS = {_with_colours(javascript.table(functions))};",
        *(_read(f"{part}.js") for part in SHARED[name]),
        _read(f"{name}.js"),
        "})();\n",
    ]
    return "\n".join(parts)


def _check(name: str) -> None:
    if name not in FIGURES:
        raise ValueError(f"no interactive figure {name!r}; choose from {', '.join(FIGURES)}")


@cache
def _read(file: str) -> str:
    """Return a file of the folder ``widgets``, its colours with their fallbacks."""
    return _with_colours((FOLDER / file).read_text("utf8"))


def _with_colours(text: str) -> str:
    """`var(--figure-blue)` becomes `var(--figure-blue, #0070b0)`, as in `helpers.show.plots`."""
    return re.sub(
        r"var\(--figure-(\w+)\)", lambda m: f"var(--figure-{m[1]}, {PALETTE[m[1]][0]})", text
    )
