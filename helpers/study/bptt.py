"""The recurrent layer of a stack: its forward pass and its backward pass.

Automatic differentiation of a time loop stores far more than it needs, so back-
propagation through time (Werbos 1990) is written out here, once for all cells.
A cell is a few linear parts and one elementwise step (`helpers.cells`). Only the
linear half is differentiated by hand; the step is left to automatic
differentiation, which then needs no more than one time step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import tensorflow as tf
from keras import ops

from helpers.cells.cell import Cell
from helpers.study.products import over_rows


def recurrent_layer(
    cell: Cell,
    activation: Callable,
    gate_activation: Callable,
    inputs: dict[str, tf.Tensor],
    kernels: dict[str, tf.Tensor],
    biases: dict[str, tf.Tensor],
    *,
    mask: tf.Tensor | None = None,
    return_sequences: bool = False,
    vectors: dict[str, tf.Tensor] | None = None,
    learned: dict[str, tf.Tensor] | None = None,
) -> tf.Tensor:
    """Run a stack of recurrent layers over time.

    Parameters
    ----------
    cell : Cell
    activation, gate_activation : callable
        Elementwise functions.
    inputs : dict of Tensor (members, steps, batch, units)
        x_t W + b for every part that reads the input.
    kernels : dict of Tensor (members, units, units)
        U for every part that reads the state.
    biases : dict of Tensor (members, 1, units)
        Biases of the parts that read nothing but the state.
    mask : Tensor of bool (members, steps, batch, 1), optional
        Where it is False, the state stays as it is.
    return_sequences : bool
        Whether to return the state after every step or after the last alone.
    vectors : dict of Tensor (members, 1, units), optional
        The cell's vectors, if it has any.
    learned : dict of Tensor (members, 1, parameters), optional
        Parameters that the activation takes by name and that are trained; see
        `helpers.activations.learned`.

    Returns
    -------
    Tensor (members, steps, batch, units) or (members, batch, units)
        The state h.
    """
    members, steps, batch, units = next(iter(inputs.values())).shape
    names = [part.name for part in cell.parts]

    def step(parts, states, vectors, learned, t):
        function = partial(activation, **learned)
        own = [vectors[vector.name] for vector in cell.vectors]
        new = cell.step(parts, states, function, gate_activation, *own)
        if mask is None:
            return new
        return [tf.where(mask[:, t], a, b) for a, b in zip(new, states, strict=True)]

    def zero_states():
        return [tf.zeros((members, batch, units)) for _ in cell.states]

    def buffers(names):
        return {name: tf.zeros((members, steps, batch, units)) for name in names}

    def write(buffers, t, values):
        return {
            name: ops.slice_update(buffer, [0, t, 0, 0], values[name][:, None])
            for name, buffer in buffers.items()
        }

    @tf.custom_gradient
    def run(inputs, kernels, biases, vectors, learned):
        def forward(t, states, old_states, parts):
            now = {name: x[:, t] for name, x in inputs.items()}
            for name, kernel in kernels.items():
                rest = now[name] if name in now else biases[name]
                now[name] = tf.matmul(states[0], kernel) + rest
            # What the backward pass will need: the states before the step, and the parts.
            old_states = write(old_states, t, dict(zip(cell.states, states, strict=True)))
            parts = write(parts, t, now)
            new = step([now[name] for name in names], states, vectors, learned, t)
            return t + 1, new, old_states, parts

        start = tf.constant(0), zero_states(), buffers(cell.states), buffers(kernels)
        _, states, old_states, parts = tf.while_loop(lambda t, *_: t < steps, forward, start)
        parts = inputs | parts

        def gradient(d_output):
            def backward(t, d_states, d_parts, d_shared):
                if return_sequences:
                    d_states = [d_states[0] + d_output[:, t], *d_states[1:]]
                old = [old_states[name][:, t] for name in cell.states]
                now = [parts[name][:, t] for name in names]
                with tf.GradientTape() as tape:
                    tape.watch([now, old, shared])
                    new = step(now, old, *shared, t)
                d_now, d_old, d_more = tape.gradient(
                    new, (now, old, shared), d_states, unconnected_gradients="zero"
                )
                d_shared = tf.nest.map_structure(tf.add, d_shared, d_more)
                d_now = dict(zip(names, d_now, strict=True))
                for name, kernel in kernels.items():
                    d_old[0] += tf.matmul(d_now[name], kernel, transpose_b=True)
                return t - 1, d_old, write(d_parts, t, d_now), d_shared

            d_states = zero_states()
            if not return_sequences:
                d_states[0] = d_output
            # Few numbers that every step uses, so that their gradients are summed step by step.
            shared = vectors, learned
            d_shared = tf.nest.map_structure(tf.zeros_like, shared)
            start = tf.constant(steps - 1), d_states, buffers(names), d_shared
            _, _, d_parts, d_shared = tf.while_loop(lambda t, *_: t >= 0, backward, start)
            # A weight's gradient is a sum over time and batch: one product after the loop.
            flat = {name: tf.reshape(d, (members, -1, units)) for name, d in d_parts.items()}
            h = tf.reshape(old_states[cell.states[0]], (members, -1, units))
            return (
                {name: d_parts[name] for name in inputs},
                {name: over_rows(h, flat[name]) for name in kernels},
                {name: tf.reduce_sum(flat[name], axis=1, keepdims=True) for name in biases},
                *d_shared,
            )

        if return_sequences:
            later = old_states[cell.states[0]][:, 1:]
            return tf.concat([later, states[0][:, None]], axis=1), gradient
        return states[0], gradient

    return run(inputs, kernels, biases, vectors or {}, learned or {})
