"""The weights of a Keras layer: singular values, spectral radii, and how far they moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import keras
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from helpers.measures.unrolling import BLOCKS, recurrent_cell


def recurrent_matrices(layer: keras.layers.Layer) -> dict[str, np.ndarray]:
    """Recurrent weights by gate, each of shape (H, H).

    Keras keeps the gates of a layer side by side in one kernel: z, r, h for a
    GRU and i, f, c, o for an LSTM. A block multiplies the state from the right,
    h @ U; in the notation W h, W is its transpose.

    Parameters
    ----------
    layer : keras layer or cell
        Built (called once), with a ``recurrent_kernel``.

    Returns
    -------
    dict of str to numpy.ndarray
        "state"; "update gate", "reset gate", "candidate"; "input gate", "forget
        gate", "candidate", "output gate"; "block 1", ... for other cells.

    Raises
    ------
    TypeError, ValueError
        For no recurrent layer, or one without such a kernel.
    """
    cell = recurrent_cell(layer)
    kernel = getattr(cell, "recurrent_kernel", None)
    if kernel is None:
        raise ValueError(f"{layer.name!r} has no recurrent_kernel; is it built (called once)?")
    kernel = kernel.numpy()
    units, width = kernel.shape
    if width % units:
        raise ValueError(f"recurrent_kernel has shape {kernel.shape}; blocks must be square")
    count = width // units
    names = BLOCKS.get(type(cell), [f"block {i + 1}" for i in range(count)])
    return dict(zip(names, np.split(kernel, count, axis=1), strict=True))


def largest_singular_value(layer: keras.layers.Layer) -> pd.Series:
    """Largest singular value of each recurrent matrix: by how much h @ U can grow.

    NaN for a matrix that is not finite.
    """
    return _of_each_matrix(layer, lambda u: np.linalg.norm(u, 2))


def spectral_radius(layer: keras.layers.Layer) -> pd.Series:
    """Largest modulus of an eigenvalue of each recurrent matrix.

    NaN for a matrix that is not finite.
    """
    return _of_each_matrix(layer, lambda u: np.abs(np.linalg.eigvals(u)).max())


def _of_each_matrix(layer: keras.layers.Layer, measure: Callable) -> pd.Series:
    """Apply `measure` to the recurrent matrices; LAPACK refuses those that are not finite."""
    return pd.Series(
        {
            name: float(measure(u)) if np.isfinite(u).all() else np.nan
            for name, u in recurrent_matrices(layer).items()
        },
        dtype=float,
    )


def weights_by_name(model: keras.Model | keras.layers.Layer) -> dict[str, np.ndarray]:
    """Copy of every trainable weight under its path, to compare with later."""
    weights = model.trainable_variables
    return {w.path: w.numpy().copy() for w in weights}


def update_to_weight_ratio(
    before: Mapping[str, ArrayLike], after: Mapping[str, ArrayLike]
) -> pd.Series:
    """How far each weight moved, relative to its size: ‖after − before‖ / ‖before‖.

    Parameters
    ----------
    before, after : mapping of str to array_like
        Weights by name (`weights_by_name`), before and after one or more steps.

    Returns
    -------
    pandas.Series
        By name; NaN where all of `before` is 0, as a bias is at first.

    Raises
    ------
    ValueError
        If names or shapes differ.
    """
    if before.keys() != after.keys():
        raise ValueError(f"names differ: {', '.join(sorted(before.keys() ^ after.keys()))}")
    ratios = {}
    for name in before:
        old, new = np.asarray(before[name], float), np.asarray(after[name], float)
        if old.shape != new.shape:
            raise ValueError(f"{name} changed its shape from {old.shape} to {new.shape}")
        size = np.linalg.norm(old)
        ratios[name] = np.linalg.norm(new - old) / size if size else np.nan
    return pd.Series(ratios, dtype=float)
