"""How far a gradient reaches back in time, in a Keras model.

Three measures of one thing: by how much the last state depends on an earlier
one (`state_jacobian_norm_by_lag`), what reaches an earlier state of a loss
(`loss_gradient_norm_by_lag`), and what reaches an earlier input of the last
state (`input_gradient_norm_by_step`). All start from the initial state.

Lags count real steps. Where a mask says that a step is padding, the state stands still,
the step counts for nothing, and a lag that a sequence is too short for reads NaN.

A gradient of 0 is a measured one: nothing gets through (a dead ReLU, say). What TensorFlow
cannot follow, because it was computed with NumPy or Python numbers, is an error. A gradient
that passes a state of NaN is NaN.

TensorFlow computes in the layer's own type. In float32 a gradient below about
1e-38 reads 0, in float16 one below 3e-8; build the layer with ``dtype="float64"`` to see
further. The products of `state_jacobian_norm_by_lag` and all norms are formed in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from helpers.measures.jacobians import LagNorms, product_norms
from helpers.measures.unrolling import (
    Unrolled,
    accepted,
    as_mask,
    as_sequences,
    recurrent_cell,
    require_tensorflow,
    state_index,
    step,
    unroll,
    vector_norm,
)


def state_jacobian_norm_by_lag(
    layer: keras.layers.Layer, x: ArrayLike, which: str = "h", mask: ArrayLike | None = None
) -> LagNorms:
    """Norms of ∂h_T/∂h_{T-k} for lags k = 0 ... T, for each example.

    Parameters
    ----------
    layer : keras layer or cell
        SimpleRNN, GRU, LSTM, RNN(cell), or a cell that treats the examples of a
        batch one by one (no batch statistics).
    x : array_like, shape (batch, T, features)
        The sequences at which the Jacobians are taken.
    which : {"h", "c", "all"}
        For an LSTM: the state h with c held fixed at T - k, the cell state c
        with h held fixed, or both as one vector [h, c]. "h" and "all" are the
        same for a cell with one state.
    mask : array_like of bool, shape (batch, T), optional
        False at padded steps. T is then the last real step, and lag k lies k real steps
        before it.

    Returns
    -------
    LagNorms
        Shape (batch, T + 1), lag last; average over the examples as you see fit
        (the median of `log10_spectral`, say). NaN for lags beyond a sequence's beginning.

    Raises
    ------
    RuntimeError
        If TensorFlow is not Keras's backend.
    TypeError, ValueError
        For no recurrent layer, no step to measure, a wrong shape, a mask that does not
        fit, a state the cell does not have, or a cell that TensorFlow cannot follow.
    """
    cell = recurrent_cell(layer)
    x = as_sequences(cell, x)
    real = as_mask(mask, x)
    states = unroll(cell, x, real).states
    sizes = [state.shape[-1] for state in states[0]]
    if which == "all":
        block = slice(None)
    else:
        index = state_index(which, len(sizes))
        block = slice(sum(sizes[:index]), sum(sizes[: index + 1]))
    joint = tf.stack([tf.concat(parts, -1) for parts in states], axis=1)
    no_number = np.isnan(joint).any(axis=-1)
    steps = _real_steps_last_first(real, x)

    def jacobians() -> Iterator[np.ndarray]:
        for t in steps.T:
            rows = np.arange(len(t)), np.maximum(t, 0)
            # Entry t of the states is the one before step t, which counts from 0.
            inputs, state = (tf.gather_nd(a, np.stack(rows, -1)) for a in (x, joint))
            jacobian = _step_jacobian(cell, inputs, state, sizes).astype(np.float64)
            jacobian[t < 0] = np.nan  # this sequence has no further step
            jacobian[no_number[rows[0], rows[1] + 1]] = np.nan
            yield jacobian

    return product_norms(jacobians(), block)


def _passes_nan(states: list[tf.Tensor]) -> np.ndarray:
    """Tell where a state or a later one is NaN, (batch, T + 1), for states 0 ... T.

    TensorFlow's gradient of ReLU at NaN is 0, and would read as "vanished".
    """
    no_number = np.stack([np.isnan(state).any(axis=-1) for state in states], axis=1)
    return np.logical_or.accumulate(no_number[:, ::-1], axis=1)[:, ::-1]


def _real_steps_last_first(real: np.ndarray | None, x: tf.Tensor) -> np.ndarray:
    """Return each sequence's real steps, the last one first, (batch, T), then -1."""
    batch, length = x.shape[:2]
    if real is None:
        return np.tile(np.arange(length)[::-1], (batch, 1))
    steps = np.where(real, np.arange(length), -1)
    return -np.sort(-steps, axis=1)


def _step_jacobian(cell: Any, x: tf.Tensor, state: tf.Tensor, sizes: list[int]) -> np.ndarray:
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
    gradient = tape.gradient(new, copies, output_gradients=rows)
    if gradient is None:  # the cell ignores its state, or TensorFlow cannot follow it
        _, moved = step(cell, inputs, tf.split(copies + 1, sizes, axis=-1))
        if not np.array_equal(new, tf.concat(moved, -1), equal_nan=True):
            raise ValueError(
                f"TensorFlow cannot follow the state through {cell.name!r}: its call must "
                "compute with TensorFlow or keras.ops, not with NumPy"
            )
        gradient = tf.zeros_like(copies)
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
        ``Embedding(mask_zero=True)``, is obeyed: lags count real steps. A stateful layer
        starts from its initial state, and keeps the state that it carries.
    x : array_like
        Input of the model, one batch.
    loss_fn : callable
        Takes the model's output, returns a scalar tensor, computed with TensorFlow or
        keras.ops. If it averages over the batch, every example's gradient carries the
        factor 1/batch.
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
        Lag 0 is the state after the last real step, lag T the initial one. A sequence of
        n < T real steps has its initial state at lag n, and NaN from there on.

    Raises
    ------
    RuntimeError
        If TensorFlow is not Keras's backend.
    TypeError, ValueError
        For a model without (or with more than one unnamed) recurrent layer, a
        model with branches, a loss that is no scalar or not connected to the states, a
        wrong shape or state.
    """
    require_tensorflow()
    layers = [part for part in getattr(model, "layers", [model]) if not _is_input(part)]
    target = _recurrent_layer(layers, layer)
    if isinstance(model, keras.Model):
        _check_chain(model, layers, target, x)
    with _from_initial_states(layers), tf.GradientTape() as tape:
        prediction, unrolled, mask = _run(layers, target, x, training, tape)
        loss = tf.convert_to_tensor(loss_fn(prediction))
    if loss.shape.rank != 0:
        raise ValueError(f"loss_fn returned shape {tuple(loss.shape)}; it must return a scalar")
    index = state_index(which, len(unrolled.states[0]))
    states = [parts[index] for parts in unrolled.states]
    gradients = tape.gradient(loss, states)
    if all(gradient is None for gradient in gradients):
        raise ValueError(
            f"the loss is not connected to the states of {target.name!r}: loss_fn must compute "
            "a differentiable number from the model's output with TensorFlow or keras.ops; "
            "float(...), .numpy() and NumPy functions cut the connection"
        )
    norms = np.stack(
        [
            np.zeros(len(state)) if gradient is None else vector_norm(gradient)
            for state, gradient in zip(states, gradients, strict=True)
        ],
        axis=-1,
    )
    norms[_passes_nan(states)] = np.nan
    if mask is None:
        return norms[:, ::-1]
    return _by_real_lag(norms, np.asarray(mask, bool))


def _by_real_lag(norms: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Order values of states 0 ... T, (batch, T + 1), by lag in real steps, then NaN."""
    result = np.full_like(norms, np.nan)
    for row, values, steps in zip(result, norms, real, strict=True):
        after = [*np.flatnonzero(steps)[::-1] + 1, 0]  # state t + 1 follows step t
        row[: len(after)] = values[after]
    return result


def input_gradient_norm_by_step(
    layer: keras.layers.Layer, x: ArrayLike, which: str = "h", mask: ArrayLike | None = None
) -> np.ndarray:
    """Norm of ∂(sum of h_T)/∂x_t for steps t = 1 ... T, for each example.

    Parameters
    ----------
    layer, x, mask
        As in `state_jacobian_norm_by_lag`.
    which : {"h", "c"}
        Whose last value is summed.

    Returns
    -------
    numpy.ndarray, shape (batch, T)
        The norm over features; the first column belongs to the first step. NaN at
        padded steps.

    Raises
    ------
    RuntimeError, TypeError, ValueError
        As in `state_jacobian_norm_by_lag`.
    """
    cell = recurrent_cell(layer)
    x = as_sequences(cell, x)
    real = as_mask(mask, x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        states = unroll(cell, x, real).states
        index = state_index(which, len(states[0]))
        total = tf.reduce_sum(states[-1][index])
    gradient = tape.gradient(total, x)
    if gradient is None:
        raise ValueError(
            f"the last state of {layer.name!r} is not connected to the inputs: the cell must "
            "use them, and compute with TensorFlow or keras.ops, not with NumPy"
        )
    norms = vector_norm(gradient)
    norms[_passes_nan([parts[index] for parts in states[1:]])] = np.nan
    return norms if real is None else np.where(real, norms, np.nan)


def first_to_last_gradient_ratio(
    layer: keras.layers.Layer, x: ArrayLike, which: str = "h", mask: ArrayLike | None = None
) -> np.ndarray:
    """Share of the last input's gradient that the first input gets, for each example.

    The norm of ∂(sum of h_T)/∂x_1 over that of ∂(sum of h_T)/∂x_T. Parameters and errors
    are those of `input_gradient_norm_by_step`; with a mask the first and the last real
    step count.

    Returns
    -------
    numpy.ndarray, shape (batch,)
        Above 1 where the gradient grows in the backward pass. Where the last input gets no
        gradient there is nothing to compare with: inf, or NaN if the first gets none
        either, or if a sequence has no real step.
    """
    norms = input_gradient_norm_by_step(layer, x, which, mask)
    if mask is None:
        first, last = norms[:, 0], norms[:, -1]
    else:
        real, rows = np.asarray(mask), np.arange(len(norms))
        first = norms[rows, real.argmax(axis=1)]
        last = norms[rows, real.shape[1] - 1 - real[:, ::-1].argmax(axis=1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return first / last


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


def _check_chain(
    model: keras.Model, layers: list, target: keras.layers.Layer, x: ArrayLike
) -> None:
    """Raise ValueError if the layers one after the other are not the model."""
    with _from_initial_states(layers):
        expected = model(x, training=False)
    try:
        with _from_initial_states(layers):
            prediction, _, _ = _run(layers, target, x, training=False)
        same = prediction.shape == expected.shape and np.allclose(
            np.asarray(prediction, np.float64),
            np.asarray(expected, np.float64),
            equal_nan=True,
            **_tolerance(expected.dtype),
        )
    except (TypeError, ValueError, tf.errors.InvalidArgumentError):
        same = False  # a layer with two inputs, say
    if not same:
        raise ValueError(f"model {model.name!r} is no plain chain of layers: {_names(layers)}")


def _tolerance(dtype: tf.DType) -> dict[str, float]:
    """Return by how much two ways to compute one thing may differ in this type."""
    half = dtype in (tf.float16, tf.bfloat16)
    return {"rtol": 5e-2, "atol": 5e-2} if half else {"rtol": 1e-3, "atol": 1e-5}


@contextmanager
def _from_initial_states(layers: list) -> Iterator[None]:
    """Let stateful layers start from their initial state; give back what they carry."""
    stateful = [part for part in layers if getattr(part, "stateful", False)]
    carried = [_copied_states(part) for part in stateful]
    for part in stateful:
        part.reset_state()
    try:
        yield
    finally:
        for part, values in zip(stateful, carried, strict=True):
            if values is None:  # the layer had no state before
                part.reset_state()
                continue
            for state, value in zip(tf.nest.flatten(part.states), values, strict=True):
                state.assign(value)


def _copied_states(layer: keras.layers.Layer) -> list[np.ndarray] | None:
    states = getattr(layer, "states", None)
    if states is None:
        return None
    return [np.asarray(state).copy() for state in tf.nest.flatten(states)]


def _run(
    layers: list,
    target: keras.layers.Layer,
    x: ArrayLike,
    training: bool,
    tape: tf.GradientTape | None = None,
) -> tuple[tf.Tensor, Unrolled, tf.Tensor | None]:
    """Run a chain of layers, the target unrolled; return its output, states and mask."""
    mask = unrolled = masked = None
    values = tf.convert_to_tensor(x)
    for part in layers:
        if part is target:
            masked = mask
            unrolled = unroll(part, values, mask, training, tape)
            sequences = getattr(part, "return_sequences", False)
            outputs = tf.stack(unrolled.outputs, 1) if sequences else unrolled.outputs[-1]
        else:
            outputs = part(values, **accepted(part, training=training, mask=mask))
            sequences = True
        mask = part.compute_mask(values, mask) if part.supports_masking and sequences else None
        values = outputs
    assert unrolled is not None, "the target is one of the layers"
    return values, unrolled, masked
