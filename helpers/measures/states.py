"""States of a Keras layer: their size, saturation, and units that are dead.

All of these measures run the layer from its initial state and take a mask: padded steps
count for nothing, and the state stands still there. What is not a number is never
counted as healthy: where a state or slope is NaN, so is the share.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from numpy.typing import ArrayLike

from helpers.measures.unrolling import (
    CALLS,
    as_mask,
    as_sequences,
    recorded,
    recurrent_cell,
    state_index,
    unroll,
    vector_norm,
)


def state_norm(
    layer: keras.layers.Layer, x: ArrayLike, which: str = "h", mask: ArrayLike | None = None
) -> np.ndarray:
    """Euclidean norm of the state after each step.

    Parameters
    ----------
    layer : keras layer or cell
        SimpleRNN, GRU, LSTM, RNN(cell), or a cell.
    x : array_like, shape (batch, T, features)
    which : {"h", "c"}
        The state; "c" for an LSTM's cell state.
    mask : array_like of bool, shape (batch, T), optional
        False at padded steps, as from ``Embedding(mask_zero=True).compute_mask(tokens)``.

    Returns
    -------
    numpy.ndarray, shape (batch, T)
        By step 1 ... T; NaN at padded steps.

    Raises
    ------
    RuntimeError
        If TensorFlow is not Keras's backend.
    TypeError, ValueError
        For no recurrent layer, no step to measure, a wrong shape or state, or a mask that
        does not fit.
    """
    states, real = _states(layer, x, which, mask)
    return np.where(real, vector_norm(states), np.nan)


def saturated_share(
    layer: keras.layers.Layer,
    x: ArrayLike,
    threshold: float = 0.1,
    which: str = "activation",
    slope_max: float | None = None,
    mask: ArrayLike | None = None,
) -> pd.DataFrame:
    """Share of units at which a function is nearly flat, over time.

    A unit is saturated at a step if ``|f'(a)|`` < threshold · γ there, a being what
    the cell feeds to f, and γ the largest slope of f.

    Parameters
    ----------
    layer, x, mask
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
        share of all units and of the examples for which the step is real. NaN where
        there is no such example, or a slope or pre-activation is NaN.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        As in `state_norm`; for a wrong threshold or `which`, and for a function that
        mixes units, such as softmax, or has no gradient in TensorFlow.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold={threshold!r} does not lie between 0 and 1")
    cell = recurrent_cell(layer)
    choices = [name for name in ("activation", "recurrent_activation") if hasattr(cell, name)]
    if which not in choices:
        raise ValueError(f"which={which!r}; this cell has {', '.join(choices) or 'neither'}")
    function = getattr(cell, which)
    x = as_sequences(cell, x)
    real = _real_steps(mask, x)
    with recorded(cell, which) as inputs:
        steps = len(unroll(cell, x, mask).outputs)
    if slope_max is None:
        slope_max = getattr(function, "slope_max", None)
    if slope_max is None:
        grid = tf.linspace(-10.0, 10.0, 2001)[:, None]
        grid = tf.cast(tf.tile(grid, (1, inputs[0].shape[-1])), inputs[0].dtype)
        slope_max = float(np.max(np.abs(_slope(function, grid))))
    if not np.isfinite(slope_max):
        raise ValueError(f"{function} has slopes without bound; give slope_max yourself")
    places = len(inputs) // steps
    flat = []
    for call, a in enumerate(inputs):
        rows = real[:, call // places]
        slopes = _slope(function, a)[rows]
        # TensorFlow's slope of ReLU at NaN is 0, hence the look at the pre-activation as well.
        numbers = np.stack([slopes, a.numpy()[rows]])
        flat.append(_mean_unless_nan(np.abs(slopes) < threshold * slope_max, numbers))
    names = CALLS.get(type(cell), {}).get(which, [f"{which} {i + 1}" for i in range(places)])
    return pd.DataFrame(np.reshape(flat, (steps, places)), columns=names, index=_steps_index(steps))


def dead_share(layer: keras.layers.Layer, x: ArrayLike, mask: ArrayLike | None = None) -> float:
    """Share of units whose state is exactly 0 at every real step of every sequence.

    Parameters and errors are those of `state_norm`; the initial state does not count.
    NaN if a state is NaN at a real step.
    """
    states, real = _states(layer, x, "h", mask)
    return _mean_unless_nan((states[real] == 0).all(axis=0), states[real])


def silent_share_by_step(
    layer: keras.layers.Layer, x: ArrayLike, mask: ArrayLike | None = None
) -> np.ndarray:
    """Share of units whose state is exactly 0 at a step in every sequence that has it.

    Parameters and errors are those of `state_norm`.

    Returns
    -------
    numpy.ndarray, shape (T,)
        By step 1 ... T. A unit that is off at one step may be on at another;
        `dead_share` counts those that never do. NaN where no sequence has the step, or
        a state is NaN.
    """
    states, real = _states(layer, x, "h", mask)
    by_step = [states[real[:, t], t] for t in range(real.shape[1])]
    return np.array([_mean_unless_nan((part == 0).all(axis=0), part) for part in by_step])


def _states(
    layer: keras.layers.Layer, x: ArrayLike, which: str, mask: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the states at steps 1 ... T, (batch, T, H), and which steps are real."""
    cell = recurrent_cell(layer)
    x = as_sequences(cell, x)
    real = _real_steps(mask, x)
    states = unroll(cell, x, mask).states[1:]
    index = state_index(which, len(states[0]))
    return np.stack([step[index] for step in states], axis=1), real


def _real_steps(mask: ArrayLike | None, x: tf.Tensor) -> np.ndarray:
    """Return an array (batch, T) that is True at the steps to measure: all without a mask."""
    real = as_mask(mask, x)
    return np.ones(tuple(x.shape[:2]), bool) if real is None else real


def _mean_unless_nan(outcomes: np.ndarray, numbers: np.ndarray) -> float:
    """Return the share of true outcomes; NaN if they come from NaN, or from nothing.

    A comparison with NaN is false, so that NaN would pass for "not saturated", "not dead".
    """
    return float(np.mean(outcomes)) if numbers.size and not np.isnan(numbers).any() else np.nan


def _slope(function: Callable, a: tf.Tensor) -> np.ndarray:
    """Return f'(a) of an elementwise function, by automatic differentiation."""
    with tf.GradientTape() as tape:
        tape.watch(a)
        values = function(a)
        if not tf.is_tensor(values):
            raise ValueError(f"{function} does not compute with TensorFlow or keras.ops")
        others = function(tf.concat([a[:, :-1], a[:, -1:] + 1], axis=-1))
    if a.shape[-1] > 1 and not np.array_equal(values[:, :-1], others[:, :-1], equal_nan=True):
        raise ValueError(f"{function} mixes units, so that no unit has a slope of its own")
    slope = tape.gradient(values, a)
    if slope is None:
        raise ValueError(f"{function} has no gradient in TensorFlow")
    return slope.numpy()


def _steps_index(steps: int) -> pd.RangeIndex:
    return pd.RangeIndex(1, steps + 1, name="step")
