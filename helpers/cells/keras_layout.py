"""From the weights of a Keras layer to one array a part, and back.

Keras keeps the gates of a layer side by side in one kernel; the study engine has
one array for each part of a cell, which is quicker to multiply with and easier to
read. Both hold the same numbers. A cell's vectors have no place in Keras's layout.
"""

from __future__ import annotations

import numpy as np

from helpers.cells.cell import Cell

Layer = dict[str, dict[str, np.ndarray]]


def from_keras(cell: Cell, weights: list[np.ndarray]) -> Layer:
    """Split the weights of a Keras layer into one array for each part.

    Parameters
    ----------
    cell : Cell
        The cell of the layer.
    weights : list of ndarray
        As from ``layer.get_weights()``: kernel (features, n · units), recurrent
        kernel (units, m · units) and bias (n · units,), or (2, n · units) for a
        cell with ``recurrent_bias``.

    Returns
    -------
    dict
        ``kernel`` (features, units), ``bias`` (1, units), ``recurrent`` (units,
        units) and, where there is one, ``recurrent_bias`` (1, units): each a dict
        by the name of the part.
    """
    kernel, recurrent, bias = weights
    biases = np.reshape(bias, (-1, 1, kernel.shape[1]))
    layer = {
        "kernel": _split(kernel, cell.input_parts),
        "bias": _split(biases[0], cell.input_parts),
        "recurrent": _split(recurrent, cell.state_parts),
    }
    if cell.recurrent_bias:
        layer["recurrent_bias"] = _split(biases[1], cell.state_parts)
    return layer


def to_keras(cell: Cell, layer: Layer) -> list[np.ndarray]:
    """Join the arrays of `from_keras` again, as ``layer.set_weights`` takes them."""
    bias = _join(layer["bias"], cell.input_parts)
    if cell.recurrent_bias:
        bias = np.concatenate([bias, _join(layer["recurrent_bias"], cell.state_parts)])
    else:
        bias = bias[0]
    return [
        _join(layer["kernel"], cell.input_parts),
        _join(layer["recurrent"], cell.state_parts),
        bias,
    ]


def _split(array: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    if not names:
        return {}
    return dict(zip(names, np.split(array, len(names), axis=-1), strict=True))


def _join(arrays: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    return np.concatenate([arrays[name] for name in names], axis=-1)
