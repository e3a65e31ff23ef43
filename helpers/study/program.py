"""Train a stack of networks: the whole loop in one compiled program.

Many training steps make one call of a program that XLA compiles as a whole, so
that Python's part in it is small. A program is made once for each `Shape`, optimizer,
number of members and batch size, and kept for later studies.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from keras import ops

from helpers.roots import inverse_root
from helpers.study.network import apply, from_vectors, weight_limits
from helpers.study.scoring import losses, scores
from helpers.study.spec import Shape

# What the imports have made will stay. Python's collector visits it no more, which takes a third
# off the time in which a program is written down for XLA.
gc.freeze()

EPSILON = 1e-7  # Keras's, for Adam and RMSprop


def _adam(rate, step, gradient, slots):
    """Adam (Kingma & Ba 2015, in the form of the end of their section 2), with their decays."""
    mean, square = slots
    mean = mean + 0.1 * (gradient - mean)
    square = square + 0.001 * (tf.square(gradient) - square)
    rate = rate * tf.sqrt(1.0 - tf.pow(0.999, step)) / (1.0 - tf.pow(0.9, step))
    return rate * mean / (tf.sqrt(square) + EPSILON), [mean, square]


def _rmsprop(rate, step, gradient, slots):
    """RMSprop (Tieleman & Hinton 2012), with decay 0.9."""
    square = 0.9 * slots[0] + 0.1 * tf.square(gradient)
    return rate * gradient * inverse_root(square + EPSILON), [square]


def _sgd(rate, step, gradient, slots):
    """Plain stochastic gradient descent."""
    return rate * gradient, []


# Each takes (learning rate, number of the step from 1, gradient, slots) and returns
# (change to subtract, slots); the second entry is the number of slots.
OPTIMIZERS = {"adam": (_adam, 2), "rmsprop": (_rmsprop, 1), "sgd": (_sgd, 0)}


def clip_by_member(gradient: tf.Tensor, clip_norm: tf.Tensor) -> tf.Tensor:
    """Scale each member's gradient down to a norm of at most `clip_norm`.

    The norm is taken over all weights of a member and never over members
    (Pascanu, Mikolov & Bengio 2013, section 3.2; Keras's ``global_clipnorm``
    for a network alone).

    Parameters
    ----------
    gradient : Tensor (members, weights)
    clip_norm : Tensor (members,)
        Infinite for no clipping.

    Returns
    -------
    Tensor (members, weights)
    """
    norm = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=1))
    # Not the smaller of 1 and clip_norm / norm: see `helpers.roots`.
    scale = tf.where(tf.math.is_inf(clip_norm), 1.0, clip_norm / tf.maximum(norm, clip_norm))
    return gradient * scale[:, None]


def train_steps(shape: Shape, optimizer: str, *arguments: Any) -> tuple:
    """Train a stack for some steps.

    Parameters
    ----------
    shape : Shape
    optimizer : str
        A name from `OPTIMIZERS`.
    weights : Tensor (members, weights)
        See `helpers.study.network.to_vectors`.
    slots : list of Tensor (members, weights)
        What the optimizer remembers; zeros at first.
    learning_rate, clip_norm : Tensor (members,)
    x, y : Tensor (steps, members, batch, ...)
        Batches for several steps, see `helpers.tasks.task`.
    first, stop, done : Tensor of int32 ()
        Train on the batches from `first` to before `stop`; `done` steps were
        made before this call.

    Returns
    -------
    weights, slots
        As they were given.
    losses : Tensor (steps, members)
        Filled from `first` to before `stop`.
    """
    update, _ = OPTIMIZERS[optimizer]

    def program(weights, slots, learning_rate, clip_norm, x, y, first, stop, done):
        limits = weight_limits(shape, x.shape[3])

        def one_step(k, weights, slots, history):
            arrays = from_vectors(shape, weights)
            with tf.GradientTape() as tape:
                tape.watch(arrays)
                # The gradient of the losses is that of their sum: no member meets another.
                loss = losses(shape, apply(shape, arrays, x[k]), y[k])
            gradients = tf.nest.flatten(tape.gradient(loss, arrays))
            gradient = tf.concat([tf.reshape(g, (g.shape[0], -1)) for g in gradients], axis=1)
            gradient = clip_by_member(gradient, clip_norm)
            number = tf.cast(done + k - first + 1, tf.float32)
            change, slots = update(learning_rate[:, None], number, gradient, slots)
            weights = weights - change
            if limits is not None:
                weights = tf.clip_by_value(weights, -limits, limits)
            return k + 1, weights, slots, ops.slice_update(history, [k, 0], loss[None])

        history = tf.zeros(x.shape[:2])
        return tf.while_loop(lambda k, *_: k < stop, one_step, (first, weights, slots, history))[1:]

    return _run_compiled(program, ("train", shape, optimizer), arguments)


def score_block(shape: Shape, *arguments: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Score a stack on one block of data.

    Parameters
    ----------
    shape : Shape
    weights : Tensor (members, weights)
    x, y : Tensor (members, block, ...)

    Returns
    -------
    score, answers : Tensor (members, block)
        See `helpers.study.scoring.scores`.
    finite : Tensor of bool (members,)
        Whether all weights of a member are finite.
    """

    def program(weights, x, y):
        outputs = apply(shape, from_vectors(shape, weights), x)
        return *scores(shape, outputs, y), tf.reduce_all(tf.math.is_finite(weights), axis=1)

    return _run_compiled(program, ("score", shape), arguments)


def _run_compiled(program: Callable, name: tuple, arguments: tuple) -> Any:
    """Run a program that XLA compiles as a whole, once for each name and shape of arguments."""
    key = (name, *((tuple(tensor.shape), tensor.dtype) for tensor in tf.nest.flatten(arguments)))
    if key not in _COMPILED:
        specs = tf.nest.map_structure(
            lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype), arguments
        )
        function = tf.function(program, jit_compile=True, autograph=False)
        _COMPILED[key] = function.get_concrete_function(*specs)
        result = _COMPILED[key](*arguments)
        _give_memory_back()
        return result
    return _COMPILED[key](*arguments)


def _give_memory_back() -> None:
    """Return to the system what the compiler has used and freed.

    The C library of most Linux systems (glibc) keeps it for later. With forty programs that was
    a tenth of a gigabyte. Other systems need no such call, and have none.
    """
    if _TRIM is not None:
        _TRIM(0)


_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
_COMPILED: dict[tuple, Callable] = {}
