"""The picture that stands beside a link to the book where links are shown with one.

It has the book's title and the curves of some functions, in the size that most places show
(1200 by 630 pixels). The same title gives the same bytes: no date, no version.
"""

from __future__ import annotations

import io
import textwrap
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np

from helpers import activations
from helpers.show.palette import PALETTE, colour, linestyle

SIZE = (12.0, 6.3)
DOTS = 100
FUNCTIONS = ("tanh", "sigmoid", "relu", "softsign", "elu", "gelu")


def draw(title: str) -> bytes:
    """Return the picture as a PNG."""
    ink, background = PALETTE["ink"][0], PALETTE["background"][0]
    with mpl.rc_context({"font.family": "DejaVu Sans"}):
        figure = plt.figure(figsize=SIZE, facecolor=background, layout="none")
        lines = textwrap.wrap(title, 22)
        figure.text(0.05, 0.9, "\n".join(lines), size=31, weight="bold", color=ink, va="top")
        axes = figure.add_axes((0.52, 0.06, 0.45, 0.88))
        x = np.linspace(-3, 3, 601)
        for name in FUNCTIONS:
            axes.plot(
                x, np.asarray(activations.get(name)(x)),
                color=colour(name), linestyle=linestyle(name), linewidth=4, label=name,
            )  # fmt: skip
        axes.axhline(0, color=PALETTE["grid"][0], zorder=0)
        axes.axvline(0, color=PALETTE["grid"][0], zorder=0)
        axes.set_xlim(-3, 3)
        axes.set_ylim(-1.6, 2.2)
        axes.axis("off")
        figure.legend(
            loc="lower left", bbox_to_anchor=(0.04, 0.06), ncols=2, frameon=False, fontsize=17
        )
        stored = io.BytesIO()
        figure.savefig(stored, format="png", dpi=DOTS, metadata={"Software": None})
        plt.close(figure)
    return stored.getvalue()


def write(file: Path, title: str) -> None:
    """Write the picture, unless the same lies there already."""
    picture = draw(title)
    if not file.exists() or file.read_bytes() != picture:
        file.write_bytes(picture)
