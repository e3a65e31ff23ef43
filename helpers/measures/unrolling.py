"""Run any Keras recurrent layer step by step, so that its states can be seen.

A Keras layer runs its cell over time out of sight. Here the same cell is called
once per step in a plain loop, and every state is kept.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

#: Names of the recurrent kernel's blocks, in the order of Keras's columns
#: (i, f, c, o and z, r, h in its documentation).
BLOCKS = {
    keras.layers.SimpleRNNCell: ("state",),
    keras.layers.GRUCell: ("update gate", "reset gate", "candidate"),
    keras.layers.LSTMCell: ("input gate", "forget gate", "candidate", "output gate"),
}

#: What each cell applies its two functions to, in the order of the calls.
CALLS: dict[type, dict[str, tuple[str, ...]]] = {
    keras.layers.SimpleRNNCell: {"activation": ("state",)},
    keras.layers.GRUCell: {
        "activation": ("candidate",),
        "recurrent_activation": ("update gate", "reset gate"),
    },
    keras.layers.LSTMCell: {
        "activation": ("candidate", "output"),
        "recurrent_activation": ("input gate", "forget gate", "output gate"),
    },
}


@dataclass(frozen=True)
class Unrolled:
    """What a cell did with a batch of sequences.

    Attributes
    ----------
    states : list of list of tf.Tensor
        ``states[t]`` holds the cell's states after step t, t = 0 ... T, each of
        shape (batch, units): [h] or, for an LSTM, [h, c]. ``states[0]`` is the
        initial state.
    outputs : list of tf.Tensor
        The cell's outputs at steps 1 ... T.
    """

    states: list[list[tf.Tensor]]
    outputs: list[tf.Tensor]


def require_tensorflow() -> None:
    """Raise RuntimeError unless TensorFlow is Keras's backend.

    The measures differentiate with TensorFlow's GradientTape, which sees nothing of what
    another backend computes: every gradient would read 0.
    """
    backend = keras.backend.backend()
    if backend != "tensorflow":
        raise RuntimeError(
            f"Keras runs on the backend {backend!r}; these measures need TensorFlow: "
            "set KERAS_BACKEND=tensorflow before Keras is imported"
        )


def recurrent_cell(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return the cell of a recurrent layer; a cell is returned as it is.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If it runs backwards, or stacks several cells.
    """
    if getattr(layer, "go_backwards", False):
        raise ValueError(f"layer {layer.name!r} runs backwards; reverse the input instead")
    cell = getattr(layer, "cell", layer)
    if isinstance(cell, keras.layers.StackedRNNCells):
        raise ValueError("StackedRNNCells hold several layers; give one recurrent layer at a time")
    if not hasattr(cell, "state_size") or not callable(getattr(cell, "call", None)):
        raise TypeError(
            f"{layer!r} is no recurrent layer; give a SimpleRNN, GRU, LSTM, RNN(cell), or a "
            "cell (of a Bidirectional: its forward_layer)"
        )
    return cell


def state_index(which: str, count: int) -> int:
    """Return the place of state "h" or "c" among a cell's `count` states, or raise ValueError."""
    names = ("h", "c")[:count]
    if which not in names:
        raise ValueError(f"which={which!r}; this cell has the states {', '.join(names)}")
    return names.index(which)


def as_sequences(cell: keras.layers.Layer, x: ArrayLike) -> tf.Tensor:
    """Return `x` as a tensor (batch, T, features) of the cell's type.

    Raises
    ------
    RuntimeError
        If TensorFlow is not Keras's backend.
    ValueError
        For another shape, or no sequence or no step at all.
    """
    require_tensorflow()
    sequences = tf.convert_to_tensor(x)
    shape = tuple(sequences.shape)
    if len(shape) != 3:
        raise ValueError(f"x has shape {shape}; it must be (batch, time, features)")
    if not (shape[0] and shape[1]):
        raise ValueError(f"x has shape {shape}: there is no step to measure")
    kernel = getattr(cell, "kernel", None)
    if kernel is not None and len(kernel.shape) == 2 and kernel.shape[0] != shape[2]:
        raise ValueError(f"x has {shape[2]} features; the layer was built for {kernel.shape[0]}")
    return tf.cast(sequences, cell.compute_dtype)


def as_mask(mask: ArrayLike | None, x: tf.Tensor) -> np.ndarray | None:
    """Return a mask as an array of bool (batch, T), True at the real steps; None for none.

    Raises
    ------
    ValueError
        If it holds no truth values, has another shape, or leaves no step at all.
    """
    if mask is None:
        return None
    real = np.asarray(mask)
    if real.dtype != bool or real.shape != tuple(x.shape[:2]):
        raise ValueError(
            f"mask is {real.dtype} of shape {real.shape}; it must hold truth values of shape "
            f"{tuple(x.shape[:2])}, False at padded steps"
        )
    if not real.any():
        raise ValueError("mask is False everywhere: there is no step to measure")
    return real


def vector_norm(vectors: ArrayLike) -> np.ndarray:
    """Return the Euclidean norms along the last axis, in float64.

    The squares of float32 numbers below 1e-23 are 0 in float32, those of float16 below
    1e-4 are 0 in float16: a norm taken there would read 0 long before the vector does.
    """
    return np.linalg.norm(np.asarray(vectors, np.float64), axis=-1)


def initial_states(cell: keras.layers.Layer, batch: int) -> list[tf.Tensor]:
    """Return the cell's initial states (zeros unless the cell says otherwise)."""
    if hasattr(cell, "get_initial_state"):
        return tf.nest.flatten(cell.get_initial_state(batch_size=batch))
    return [
        tf.zeros((batch, size), cell.compute_dtype) for size in tf.nest.flatten(cell.state_size)
    ]


def step(
    cell: keras.layers.Layer, x: tf.Tensor, states: list[tf.Tensor], training: bool = False
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Call the cell once: input (batch, features), states -> output, new states."""
    output, new = cell(x, states, **accepted(cell, training=training))
    return output, tf.nest.flatten(new)


def accepted(layer: keras.layers.Layer, **arguments: object) -> dict[str, object]:
    """Return those of the arguments that the layer's ``call`` has."""
    parameters = inspect.signature(layer.call).parameters
    return {name: value for name, value in arguments.items() if name in parameters}


def unroll(
    layer: keras.layers.Layer,
    x: ArrayLike,
    mask: ArrayLike | None = None,
    training: bool = False,
    tape: tf.GradientTape | None = None,
) -> Unrolled:
    """Run a recurrent layer over a batch of sequences, from its initial state.

    Parameters
    ----------
    layer : keras layer or cell
        SimpleRNN, GRU, LSTM, RNN(cell), or a cell. It is built if it is not.
    x : array_like, shape (batch, T, features)
        The sequences.
    mask : array_like of bool, shape (batch, T), optional
        False where a step is padding: there state and output stay as they were, as in Keras.
    training : bool
        Passed to the cell.
    tape : tf.GradientTape, optional
        Made to follow the initial state, which is a constant to it otherwise.

    Returns
    -------
    Unrolled

    Raises
    ------
    RuntimeError
        If TensorFlow is not Keras's backend.
    TypeError, ValueError
        For what is no recurrent layer, or sequences of the wrong shape.
    """
    cell = recurrent_cell(layer)
    sequences = as_sequences(cell, x)
    states = [initial_states(cell, sequences.shape[0])]
    if tape is not None:
        tape.watch(states[0])
    kept = None if mask is None else tf.convert_to_tensor(mask)
    outputs: list[tf.Tensor] = []
    for t in range(sequences.shape[1]):
        output, new = step(cell, sequences[:, t], states[-1], training)
        if kept is not None:
            keep = kept[:, t, None]
            output_is_state = output is new[0]
            new = [tf.where(keep, *pair) for pair in zip(new, states[-1], strict=True)]
            if output_is_state:
                # One tensor for both, or a gradient that enters through the
                # output would pass the state by.
                output = new[0]
            else:
                last = outputs[-1] if outputs else tf.zeros_like(output)
                output = tf.where(keep, output, last)
        states.append(new)
        outputs.append(output)
    return Unrolled(states, outputs)


@contextmanager
def recorded(cell: keras.layers.Layer, attribute: str) -> Iterator[list[tf.Tensor]]:
    """Record what a cell feeds to ``activation`` or ``recurrent_activation``.

    Yields a list that fills with the pre-activations, in the order of the calls.
    """
    function = getattr(cell, attribute)
    inputs: list[tf.Tensor] = []

    def record(a: tf.Tensor) -> tf.Tensor:
        inputs.append(a)
        return function(a)

    # Past Keras's own __setattr__, which refuses to put back an activation that
    # is a layer once the cell is built.
    vars(cell)[attribute] = record
    try:
        yield inputs
    finally:
        vars(cell)[attribute] = function
