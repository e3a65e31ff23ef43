"""Initial weights, drawn with NumPy from a run's own seed.

The distributions are those of Keras: Glorot-uniform kernels, zero biases except
for the forget gate, and a recurrent kernel to choose. Keras draws the kernels of
a gated layer as *one* matrix with all gates side by side. That is kept here, and
it means that no single gate of an "orthogonal" GRU or LSTM is orthogonal.
"""

from __future__ import annotations

import math
import re

import numpy as np

from helpers.cells.cell import Cell
from helpers.cells.keras_layout import Layer, from_keras


def glorot_uniform(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Draw a (rows, columns) kernel uniformly (Glorot & Bengio 2010, equation 16)."""
    limit = np.sqrt(6.0 / (rows + columns))
    return rng.uniform(-limit, limit, (rows, columns))


def orthogonal(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Draw a (rows, columns) matrix with orthonormal rows or columns (Saxe et al. 2014).

    As in Keras, the signs are set by the diagonal of R: without that, the draw
    would not be uniform over all such matrices (Mezzadri 2007).
    """
    gaussian = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(gaussian)
    q = q * np.sign(np.diag(r))
    return q if rows >= columns else q.T


def gaussian(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Draw a (rows, columns) matrix of normal numbers with variance 1 / rows."""
    return rng.standard_normal((rows, columns)) / np.sqrt(rows)


def identity(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return the identity: a state that is kept (Le, Jaitly & Hinton 2015)."""
    return np.eye(rows, columns)


#: Name: how a square block is drawn, and whether each gate gets a block of its
#: own rather than all gates one wide matrix.
RECURRENT = {
    "orthogonal": (orthogonal, False),
    "orthogonal_per_gate": (orthogonal, True),
    "identity": (identity, True),
    "glorot_uniform": (glorot_uniform, False),
    "gaussian": (gaussian, True),
}


def parse_recurrent(spec: str) -> tuple[str, float]:
    """Read a recurrent initialisation such as ``"orthogonal(gain=1.4)"``.

    Parameters
    ----------
    spec : str
        A name from `RECURRENT`, with or without a gain that multiplies the
        matrix.

    Returns
    -------
    tuple of str and float
        The name, and the gain (1.0 where none is given).

    Raises
    ------
    ValueError
        If the name is unknown or the gain is not a positive number.
    """
    found = re.fullmatch(r"(\w+)(?:\(gain=([^()]+)\))?", str(spec))
    name, text = found.groups(default="1") if found else ("", "1")
    try:
        gain = float(text)
    except ValueError:
        gain = math.nan
    if name not in RECURRENT or not 0 < gain < math.inf:
        raise ValueError(
            f"recurrent_init={spec!r} is not known; choose from {', '.join(RECURRENT)}, "
            'with or without a gain above 0, as in "orthogonal(gain=1.4)"'
        )
    return name, gain


def draw_recurrent(rng: np.random.Generator, spec: str, units: int, parts: int) -> np.ndarray:
    """Draw the recurrent kernels of all parts side by side: (units, parts · units)."""
    name, gain = parse_recurrent(spec)
    draw, per_gate = RECURRENT[name]
    if per_gate:
        blocks = [draw(rng, units, units) for _ in range(parts)]
        return gain * np.concatenate([np.empty((units, 0)), *blocks], axis=1)
    return gain * draw(rng, units, parts * units)


def draw_forget_bias(
    rng: np.random.Generator, spec: float | str, units: int, length: int
) -> np.ndarray:
    """Draw the initial forget bias of every unit: (units,).

    A number gives it to all units; ``"chrono"`` draws log U[1, length - 1], so
    that units forget over all time scales up to `length` steps (Tallec & Ollivier
    2018, equation 16).

    Raises
    ------
    ValueError
        For a number that is not finite: every state would be NaN.
    """
    if spec == "chrono":
        return np.log(rng.uniform(1.0, max(length - 1.0, 1.0), units))
    if not math.isfinite(float(spec)):
        raise ValueError(f"forget_bias={spec!r} is not finite")
    return np.full(units, float(spec))


def draw_layer(
    cell: Cell,
    features: int,
    units: int,
    recurrent_init: str | None,
    forget_bias: float | str | None,
    length: int,
    seed: list[int],
) -> Layer:
    """Draw the weights of one recurrent layer.

    Input kernel, recurrent kernel, forget bias and each of the cell's vectors have
    a random stream each, so that two runs with the same seed that differ in one of
    them share the others.

    Parameters
    ----------
    cell : Cell
    features, units : int
        Size of the input and of the state.
    recurrent_init : str or None
        See `parse_recurrent`; None for a cell without recurrent kernels.
    forget_bias : float, "chrono" or None
        See `draw_forget_bias`; None for a cell that forgets nothing.
    length : int
        Number of steps of the sequences, for chrono initialisation.
    seed : list of int
        Seed of this layer.

    Returns
    -------
    dict
        As from `helpers.cells.keras_layout.from_keras`, in float32; and ``vectors``, a
        dict by name with arrays (1, units), for a cell that has some.
    """
    streams = [np.random.default_rng([*seed, stream]) for stream in range(3)]
    width = len(cell.input_parts) * units
    kernel = glorot_uniform(streams[0], features, width)
    recurrent = np.empty((units, 0))
    if cell.state_parts:
        assert recurrent_init is not None, f"{cell.name} has recurrent kernels to initialise"
        recurrent = draw_recurrent(streams[1], recurrent_init, units, len(cell.state_parts))
    bias = np.zeros((2 if cell.recurrent_bias else 1, width))
    layer = from_keras(cell, [array.astype("float32") for array in (kernel, recurrent, bias)])
    if cell.forget_part:
        assert forget_bias is not None, f"{cell.name} has a forget bias to initialise"
        values = draw_forget_bias(streams[2], forget_bias, units, length).astype("float32")
        layer["bias"][cell.forget_part] = np.float32(cell.forget_sign) * values[None]
        if forget_bias == "chrono" and cell.input_part:
            layer["bias"][cell.input_part] = -values[None]
    if cell.vectors:
        draws = {
            vector.name: vector.draw(np.random.default_rng([*seed, stream]), units, length)
            for stream, vector in enumerate(cell.vectors, start=len(streams))
        }
        layer["vectors"] = {name: draw[None].astype("float32") for name, draw in draws.items()}
    return layer
