"""States of a Keras layer at hand: their size, saturation, and units that are dead."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import ArrayLike

from helpers.measures.unrolling import CALLS, recorded, recurrent_cell, state_index, unroll


def state_norm(layer: keras.layers.Layer, x: ArrayLike, which: str = "h") -> np.ndarray:
    """Euclidean norm of the state after each step.

    Parameters
    ----------
    layer : keras layer or cell
        SimpleRNN, GRU, LSTM, RNN(cell), or a cell.
    x : array_like, shape (batch, T, features)
    which : {"h", "c"}
        The state; "c" for an LSTM's cell state.

    Returns
    -------
    numpy.ndarray, shape (batch, T)
        By step 1 ... T.
    """
    return np.linalg.norm(_states(layer, x, which), axis=-1)


def saturated_share(
    layer: keras.layers.Layer,
    x: ArrayLike,
    threshold: float = 0.1,
    which: str = "activation",
    slope_max: float | None = None,
) -> pd.DataFrame:
    """Share of units at which a function is nearly flat, over time.

    A unit is saturated at a step if ``|f'(a)|`` < threshold · γ there, a being what
    the cell feeds to f, and γ the largest slope of f.

    Parameters
    ----------
    layer, x
        As in `state_norm`.
    threshold : float
        Between 0 and 1.
    which : {"activation", "recurrent_activation"}
        The state's function, or the gates'.
    slope_max : float, optional
        γ. By default the function's own ``slope_max`` if it has one, otherwise
        the largest slope found between -10 and 10.

    Returns
    -------
    pandas.DataFrame
        One row per step 1 ... T, one column per place where the cell applies the
        function ("candidate" and "output" for an LSTM's activation); each a
        share of all units and examples.

    Raises
    ------
    TypeError, ValueError
        For no recurrent layer, a wrong shape, threshold or `which`, or a
        function that mixes units, such as softmax.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold!r} does not lie between 0 and 1")
    cell = recurrent_cell(layer)
    choices = [name for name in ("activation", "recurrent_activation") if hasattr(cell, name)]
    if which not in choices:
        raise ValueError(f"which={which!r}; this cell has {', '.join(choices) or 'neither'}")
    function = getattr(cell, which)
    with recorded(cell, which) as inputs:
        steps = len(unroll(cell, x).outputs)
    if slope_max is None:
        slope_max = getattr(function, "slope_max", None)
    if slope_max is None:
        grid = tf.linspace(-10.0, 10.0, 2001)[:, None]
        grid = tf.cast(tf.tile(grid, (1, inputs[0].shape[-1])), inputs[0].dtype)
        slope_max = float(np.max(np.abs(_slope(function, grid))))
    if not np.isfinite(slope_max):
        raise ValueError(f"{function} has slopes without bound; give slope_max yourself")
    flat = [np.mean(np.abs(_slope(function, a)) < threshold * slope_max) for a in inputs]
    places = len(inputs) // steps
    names = CALLS.get(type(cell), {}).get(which, [f"{which} {i + 1}" for i in range(places)])
    return pd.DataFrame(np.reshape(flat, (steps, places)), columns=names, index=_steps_index(steps))


def dead_share(layer: keras.layers.Layer, x: ArrayLike) -> float:
    """Share of units whose state is exactly 0 at every step of every sequence.

    Parameters are those of `state_norm`; the initial state does not count.
    """
    return float(np.mean((_states(layer, x, "h") == 0).all(axis=(0, 1))))


def silent_share_by_step(layer: keras.layers.Layer, x: ArrayLike) -> np.ndarray:
    """Share of units whose state is exactly 0 in every sequence at a step.

    Returns
    -------
    numpy.ndarray, shape (T,)
        By step 1 ... T. A unit silent at one step may speak at another;
        `dead_share` counts those that never do.
    """
    return np.mean((_states(layer, x, "h") == 0).all(axis=0), axis=-1)


def _states(layer: keras.layers.Layer, x: ArrayLike, which: str) -> np.ndarray:
    """Return the states at steps 1 ... T, shape (batch, T, H)."""
    states = unroll(layer, x).states[1:]
    index = state_index(which, len(states[0]))
    return np.stack([step[index] for step in states], axis=1)


def _slope(function: Callable, a: tf.Tensor) -> np.ndarray:
    """Return f'(a) of an elementwise function, by automatic differentiation."""
    with tf.GradientTape() as tape:
        tape.watch(a)
        values = function(a)
        others = function(tf.concat([a[:, :-1], a[:, -1:] + 1], axis=-1))
    if a.shape[-1] > 1 and not np.array_equal(values[:, :-1], others[:, :-1], equal_nan=True):
        raise ValueError(f"{function} mixes units, so that no unit has a slope of its own")
    return tape.gradient(values, a).numpy()


def _steps_index(steps: int) -> pd.RangeIndex:
    return pd.RangeIndex(1, steps + 1, name="step")
