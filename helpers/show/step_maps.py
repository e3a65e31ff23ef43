"""A microscope for gradients: state, slope and gradient of a network as maps of step and unit.

Colours are laid over the page with an opacity that grows with the value, so that 0 is the page's
own colour on the light page and on the dark one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from helpers.show.palette import PALETTE, colour


class Maps(Protocol):
    """What is drawn: arrays of shape (T, H), as `helpers.measures.StepMaps` holds them."""

    @property
    def states(self) -> np.ndarray: ...
    @property
    def slopes(self) -> np.ndarray: ...
    @property
    def gradients(self) -> np.ndarray: ...


def draw_step_maps(
    columns: Mapping[str, Maps],
    *,
    state_max: float = 1.0,
    slope_max: float = 1.0,
    decades: float = 8.0,
    units: int | None = None,
) -> Figure:
    """Draw h_t, f′(a_t) and ∂L/∂h_t below each other, one column a network.

    All columns share the colour scales and the axis of steps.

    With weights `u`, inputs `x` and ∂L/∂h_T at hand::

        run = measures.run_simple_rnn("tanh", u, x)
        maps = measures.step_maps(run, loss_gradient)
        plots.show(draw_step_maps({"tanh": maps}), alt)

    Parameters
    ----------
    columns : mapping of str to Maps
        Title of the column: arrays of shape (T, H), T and H the same in all columns.
    state_max, slope_max : float
        State (of either sign) and slope at which the colour is full, here and beyond; for the
        slope take γ of the function.
    decades : float
        The gradient's colour ends so many powers of ten below the largest one of all columns.
        What is smaller, and an exact 0, has the colour of the page.
    units : int, optional
        Draw the first so many units only.

    Returns
    -------
    matplotlib.figure.Figure
        For `helpers.show.plots.show`, which records each map's values.

    Raises
    ------
    ValueError
        If there is no column, or an array has another shape.
    """
    if not columns:
        raise ValueError("there is no network to draw")
    shapes = {np.shape(a) for m in columns.values() for a in (m.states, m.slopes, m.gradients)}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2:
        listed = ", ".join(map(str, sorted(shapes)))
        raise ValueError(f"maps have shapes {listed}; all must be (T, H), and the same")
    kept = slice(None, units)
    states = {k: np.asarray(m.states)[:, kept].T for k, m in columns.items()}
    slopes = {k: np.asarray(m.slopes)[:, kept].T for k, m in columns.items()}
    gradients = {k: np.abs(m.gradients)[:, kept].T for k, m in columns.items()}
    top = max(float(np.nanmax(v)) for v in gradients.values()) or 1.0
    with np.errstate(divide="ignore"):
        logs = {k: np.maximum(np.log10(v / top), -decades) for k, v in gradients.items()}
    rows = [
        ("state h$_t$", states, _signed(), (-state_max, state_max)),
        ("slope f′(a$_t$)", slopes, _rising("green"), (0.0, slope_max)),
        ("log₁₀ |∂L/∂h$_t$|\n(largest: 0)", logs, _rising("purple"), (-decades, 0.0)),
    ]
    width = 1.9 + 2.6 * len(columns) if len(columns) > 1 else 6.6
    figure, axes = plt.subplots(
        3, len(columns), figsize=(width, 4.6), sharex=True, sharey=True, squeeze=False
    )
    for row, (name, values, cmap, limits) in zip(axes, rows, strict=True):
        for panel, (title, matrix) in zip(row, values.items(), strict=True):
            _map(panel, matrix, cmap, limits, name)
            if values is states:
                panel.set_title(title)
        row[0].set_ylabel("unit")
        _scale(row[-1], cmap, limits, name)
    for panel in axes[-1]:
        panel.set_xlabel("step t")
    return figure


def _map(
    panel: Axes, matrix: np.ndarray, cmap: Colormap, limits: tuple[float, float], name: str
) -> None:
    units, steps = matrix.shape
    panel.imshow(
        matrix,
        cmap=cmap,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
        label=name.replace("\n", " "),
        extent=(0.5, steps + 0.5, units + 0.5, 0.5),
        interpolation="nearest",
    )
    panel.grid(visible=False)
    panel.set_yticks([1, units])
    for spine in panel.spines.values():
        spine.set_visible(True)


def _scale(panel: Axes, cmap: Colormap, limits: tuple[float, float], name: str) -> None:
    """Draw the colours' scale beside a panel; a child of it, so that it is not recorded."""
    beside = panel.inset_axes((1.03, 0.0, 0.035, 1.0))
    beside.imshow(
        np.linspace(*limits, 64)[:, None], cmap=cmap, aspect="auto", origin="lower",
        extent=(0, 1, *limits), interpolation="nearest",
    )  # fmt: skip
    beside.grid(visible=False)
    beside.set_xticks([])
    beside.set_yticks([limits[0], 0.5 * (limits[0] + limits[1]), limits[1]])
    beside.yaxis.tick_right()
    beside.yaxis.set_label_position("right")
    beside.set_ylabel(name, color=colour("ink"), fontsize=9.5)
    for spine in beside.spines.values():
        spine.set_visible(True)


def _hue(name: str) -> tuple[float, ...]:
    """Return the colour halfway between those of the light and the dark page."""
    light, dark = (np.array(to_rgb(value)) for value in PALETTE[name])
    return tuple(0.5 * (light + dark))


def _rising(name: str) -> LinearSegmentedColormap:
    """Return a scale from nothing to the full colour."""
    hue = _hue(name)
    return LinearSegmentedColormap.from_list(name, [(*hue, 0.0), (*hue, 1.0)])


def _signed() -> LinearSegmentedColormap:
    """Return a scale with negative vermillion, positive blue, and nothing at 0."""
    low, high = _hue("vermillion"), _hue("blue")
    ends = [(0.0, (*low, 1.0)), (0.5, (*low, 0.0)), (0.5, (*high, 0.0)), (1.0, (*high, 1.0))]
    return LinearSegmentedColormap.from_list("vermillion-blue", ends)
