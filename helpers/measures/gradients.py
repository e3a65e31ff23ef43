"""How far a gradient reaches back in time, on a Keras model at hand.

Three measures of one thing: by how much the last state depends on an earlier
one (`state_jacobian_norm_by_lag`), what reaches an earlier state of a loss
(`loss_gradient_norm_by_lag`), and what reaches an earlier input of the last
state (`input_gradient_norm_by_step`). All start from the initial state.

TensorFlow computes in the layer's own type. In float32 a gradient below about
1e-38 reads 0; build the layer with ``dtype="float64"`` to see further. The
products of `state_jacobian_norm_by_lag` are formed in float64 in any case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from helpers.measures.jacobians import LagNorms, product_norms
from helpers.measures.unrolling import (
    Unrolled,
    accepted,
    as_sequences,
    recurrent_cell,
    state_index,
    step,
    unroll,
)


def state_jacobian_norm_by_lag(
    layer: keras.layers.Layer, x: ArrayLike, which: str = "h"
) -> LagNorms:
    """Norms of ∂h_T/∂h_{T-k} for lags k = 0 ... T, for each example.

    Parameters
    ----------
    layer : keras layer or cell
        SimpleRNN, GRU, LSTM, RNN(cell), or a cell that treats the examples of a
        batch one by one (no batch statistics).
    x : array_like, shape (batch, T, features)
        The sequences at which the Jacobians are taken, without padding.
    which : {"h", "c", "all"}
        For an LSTM: the state h with c held fixed at T - k, the cell state c
        with h held fixed, or both as one vector [h, c]. "h" and "all" are the
        same for a cell with one state.

    Returns
    -------
    LagNorms
        Shape (batch, T + 1), lag last; average over the examples as you see fit
        (the median of `log10_spectral`, say).

    Raises
    ------
    TypeError, ValueError
        For no recurrent layer, a wrong shape, or a state the cell does not have.
    """
    cell = recurrent_cell(layer)
    x = as_sequences(cell, x)
    states = unroll(cell, x).states
    sizes = [state.shape[-1] for state in states[0]]
    if which == "all":
        block = slice(None)
    else:
        index = state_index(which, len(sizes))
        block = slice(sum(sizes[:index]), sum(sizes[: index + 1]))

    def jacobians() -> Iterator[np.ndarray]:
        for t in reversed(range(x.shape[1])):
            yield _step_jacobian(cell, x[:, t], tf.concat(states[t], -1), sizes)

    return product_norms(jacobians(), block)


def _step_jacobian(cell, x: tf.Tensor, state: tf.Tensor, sizes: list[int]) -> np.ndarray:
    """Return ∂s_t[i]/∂s_{t-1}[j] of one step, shape (batch, S, S).

    Each example is repeated S times, once for each row i, so that one backward
    pass gives all rows.
    """
    batch, size = state.shape
    inputs, copies = tf.repeat(x, size, axis=0), tf.repeat(state, size, axis=0)
    with tf.GradientTape() as tape:
        tape.watch(copies)
        _, new = step(cell, inputs, tf.split(copies, sizes, axis=-1))
        new = tf.concat(new, -1)
    rows = tf.tile(tf.eye(size, dtype=new.dtype), (batch, 1))
    gradient = tape.gradient(
        new, copies, output_gradients=rows, unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return tf.reshape(gradient, (batch, size, size)).numpy()


def loss_gradient_norm_by_lag(
    model: keras.Model | keras.layers.Layer,
    x: ArrayLike,
    loss_fn: Callable[[tf.Tensor], tf.Tensor],
    layer: str | None = None,
    which: str = "h",
    training: bool = False,
) -> np.ndarray:
    """Norm of ∂L/∂h_{T-k} for lags k = 0 ... T, for each example.

    The gradient is the total one of back-propagation through time: all paths
    from h_{T-k} to the loss count, also those through outputs at later steps.

    Parameters
    ----------
    model : keras.Model, or keras layer
        A chain of layers (Sequential, or a functional model without branches)
        with a recurrent one; or a recurrent layer by itself. A mask, as from
        ``Embedding(mask_zero=True)``, is obeyed.
    x : array_like
        Input of the model, one batch.
    loss_fn : callable
        Takes the model's output, returns a scalar. If it averages over the
        batch, every example's gradient carries the factor 1/batch.
    layer : str, optional
        Name of the recurrent layer, if the model has several.
    which : {"h", "c"}
        The state; "c" for an LSTM's cell state. ∂L/∂c_t includes the path
        through h_t of the same step.
    training : bool
        Passed to the layers: True for batch statistics and dropout.

    Returns
    -------
    numpy.ndarray, shape (batch, T + 1)
        Lag 0 is the last state, lag T the initial one.

    Raises
    ------
    TypeError, ValueError
        For a model without (or with more than one unnamed) recurrent layer, a
        model with branches, a loss that is no scalar, a wrong shape or state.
    """
    layers = [part for part in getattr(model, "layers", [model]) if not _is_input(part)]
    target = _recurrent_layer(layers, layer)
    if isinstance(model, keras.Model):
        _check_chain(model, layers, target, x)
    with tf.GradientTape() as tape:
        prediction, unrolled = _run(layers, target, x, training, tape)
        loss = tf.convert_to_tensor(loss_fn(prediction))
    if loss.shape.rank != 0:
        raise ValueError(f"loss_fn returned shape {tuple(loss.shape)}; it must return a scalar")
    index = state_index(which, len(unrolled.states[0]))
    sources = [states[index] for states in reversed(unrolled.states)]
    gradients = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return np.stack([np.linalg.norm(g, axis=-1) for g in gradients], axis=-1)


def input_gradient_norm_by_step(
    layer: keras.layers.Layer, x: ArrayLike, which: str = "h"
) -> np.ndarray:
    """Norm of ∂(sum of h_T)/∂x_t for steps t = 1 ... T, for each example.

    Parameters
    ----------
    layer, x
        As in `state_jacobian_norm_by_lag`.
    which : {"h", "c"}
        Whose last value is summed.

    Returns
    -------
    numpy.ndarray, shape (batch, T)
        The norm over features; the first column belongs to the first step.

    Raises
    ------
    TypeError, ValueError
        As in `state_jacobian_norm_by_lag`.
    """
    cell = recurrent_cell(layer)
    x = as_sequences(cell, x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        last = unroll(cell, x).states[-1]
        total = tf.reduce_sum(last[state_index(which, len(last))])
    return np.linalg.norm(tape.gradient(total, x), axis=-1)


def _is_input(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.InputLayer)


def _names(layers: list) -> str:
    return ", ".join(layer.name for layer in layers)


def _recurrent_layer(layers: list, name: str | None) -> keras.layers.Layer:
    """Return the layer of that name, or the only recurrent one."""
    found = [part for part in layers if isinstance(part, keras.layers.RNN) or len(layers) == 1]
    if name is not None:
        found = [part for part in found if part.name == name]
    if len(found) != 1:
        raise ValueError(f"layer={name!r} does not name one recurrent layer of {_names(layers)}")
    recurrent_cell(found[0])
    return found[0]


def _check_chain(model: keras.Model, layers: list, target: keras.layers.Layer, x) -> None:
    """Raise ValueError if the layers one after the other are not the model."""
    expected = model(x, training=False)
    try:
        prediction, _ = _run(layers, target, x, training=False)
        same = prediction.shape == expected.shape and np.allclose(
            prediction, expected, rtol=1e-3, atol=1e-5, equal_nan=True
        )
    except (TypeError, ValueError, tf.errors.InvalidArgumentError):
        same = False  # a layer with two inputs, say
    if not same:
        raise ValueError(f"model {model.name!r} is no plain chain of layers: {_names(layers)}")


def _run(layers, target, x, training: bool, tape=None) -> tuple[tf.Tensor, Unrolled]:
    """Run a chain of layers, the target unrolled; return its output and the states."""
    mask = unrolled = None
    values = tf.convert_to_tensor(x)
    for part in layers:
        if part is target:
            unrolled = unroll(part, values, mask, training, tape)
            sequences = getattr(part, "return_sequences", False)
            outputs = tf.stack(unrolled.outputs, 1) if sequences else unrolled.outputs[-1]
        else:
            outputs = part(values, **accepted(part, training=training, mask=mask))
            sequences = True
        mask = part.compute_mask(values, mask) if part.supports_masking and sequences else None
        values = outputs
    return values, unrolled
