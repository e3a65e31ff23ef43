"""State, slope and gradient of a recurrent network, by step and unit: three maps to look at.

A gradient that vanishes does so somewhere: at the steps and in the units in which the slope f′(a_t)
is small. Laid above each other, h_t, f′(a_t) and ∂L/∂h_t show where.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from helpers.measures.simple_rnn import Trajectory

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class StepMaps:
    """Three arrays by step t = 1 ... T and unit; leading axes are networks or sequences.

    Attributes
    ----------
    states : numpy.ndarray, shape (..., T, H)
        h_t.
    slopes : numpy.ndarray, shape (..., T, H)
        f′(a_t).
    gradients : numpy.ndarray, shape (..., T, H)
        ∂L/∂h_t, the total one: all paths from h_t to the loss.
    """

    states: np.ndarray
    slopes: np.ndarray
    gradients: np.ndarray

    def __getitem__(self, index: Any) -> StepMaps:
        """Return the maps of one network or sequence, or of a part of them."""
        return StepMaps(self.states[index], self.slopes[index], self.gradients[index])

    @property
    def gradient_rms(self) -> np.ndarray:
        """Root mean square of ∂L/∂h_t over the units, shape (..., T)."""
        return np.sqrt(np.mean(self.gradients**2, axis=-1))


def step_maps(run: Trajectory, loss_gradient: ArrayLike) -> StepMaps:
    """Follow a loss back through a run of `run_simple_rnn`.

    g_T = ∂L/∂h_T and g_{t-1} = U^T (f′(a_t) g_t), plus what the loss takes from h_{t-1}
    directly (Pascanu, Mikolov & Bengio 2013, equations 3-5).

    >>> from helpers.measures import run_simple_rnn
    >>> run = run_simple_rnn("tanh", [[2.0]], [[0.5], [0.0]])
    >>> maps = step_maps(run, [1.0])  # L = h_2
    >>> bool(maps.gradients[0, 0] == 2.0 * run.slopes[1, 0])
    True

    Parameters
    ----------
    run : Trajectory
        Of one network or a stack of them, T steps and H units.
    loss_gradient : array_like, shape (..., H) or (..., T, H)
        ∂L/∂h_T of a loss that reads the last state: Vᵀ(p − y) for a softmax readout V with
        cross-entropy. Where the run has the same number of axes, the loss reads all states, and
        this is what it takes from each directly.

    Returns
    -------
    StepMaps

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    slopes = run.slopes
    given = np.asarray(loss_gradient, np.float64)
    by_step = given.ndim == slopes.ndim
    wanted = slopes.shape if by_step else (*slopes.shape[:-2], slopes.shape[-1])
    if given.shape != wanted:
        raise ValueError(
            f"loss_gradient has shape {given.shape}; for this run it must be "
            f"{(*slopes.shape[:-2], slopes.shape[-1])}, or {slopes.shape} for a loss at all steps"
        )
    direct = given if by_step else np.zeros_like(slopes)
    if not by_step:
        direct[..., -1, :] = given
    gradients = np.empty_like(slopes)
    g = direct[..., -1, :]
    for t in reversed(range(slopes.shape[-2])):
        gradients[..., t, :] = g
        if t:
            matrix = run.recurrent[..., 0 if run.recurrent.shape[-3] == 1 else t, :, :]
            back = (slopes[..., t, None, :] * g[..., None, :]) @ matrix
            g = direct[..., t - 1, :] + back[..., 0, :]
    return StepMaps(run.states[..., 1:, :], slopes, gradients)


def model_step_maps(
    model: keras.Model, x: ArrayLike, loss_fn: Callable, layer: str | None = None
) -> StepMaps:
    """Return the three maps of a Keras model's recurrent layer, for each sequence of a batch.

    Parameters
    ----------
    model, x, loss_fn, layer
        As in `helpers.measures.loss_gradient_norm_by_lag`, without masks. A loss that
        averages over the batch gives every sequence the factor 1/batch.

    Returns
    -------
    StepMaps
        Shape (batch, T, H). `slopes` are those of the layer's ``activation``; where a cell
        calls it twice in a step (LSTM: candidate, output), of the first call.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        As in `loss_gradient_norm_by_lag`; also for a cell without ``activation``, or a mask.
    """
    import tensorflow as tf

    from helpers.measures import gradients as gradients_module
    from helpers.measures.unrolling import recorded, recurrent_cell, require_tensorflow

    require_tensorflow()
    layers = [p for p in getattr(model, "layers", [model]) if not gradients_module._is_input(p)]
    target = gradients_module._recurrent_layer(layers, layer)
    cell = recurrent_cell(target)
    if not callable(getattr(cell, "activation", None)):
        raise ValueError(f"{cell.name!r} has no activation whose slope could be taken")
    function = cell.activation
    with (
        gradients_module._from_initial_states(layers),
        recorded(cell, "activation") as inputs,
        tf.GradientTape() as tape,
    ):
        prediction, unrolled, mask = gradients_module._run(layers, target, x, False, tape)
        loss = tf.convert_to_tensor(loss_fn(prediction))
    if mask is not None:
        raise ValueError("a mask leaves steps out; give sequences without padding")
    if loss.shape.rank != 0:
        raise ValueError(f"loss_fn returned shape {tuple(loss.shape)}; it must return a scalar")
    states = [parts[0] for parts in unrolled.states[1:]]
    found = tape.gradient(loss, states, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    before = tf.stack(inputs[:: len(inputs) // len(states)], axis=1)
    with tf.GradientTape() as tape:
        tape.watch(before)
        values = function(before)
    slopes = tape.gradient(values, before)
    arrays = (np.stack([np.asarray(a, np.float64) for a in part], 1) for part in (states, found))
    h, g = arrays
    return StepMaps(h, np.asarray(slopes, np.float64), g)
