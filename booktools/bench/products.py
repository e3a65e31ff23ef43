"""The limit: the recurrent products of a network-step, and nothing else."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from booktools.bench.problem import BATCH_SIZE, Problem
from helpers import cells
from helpers.cells.initialisers import orthogonal


class Products:
    """Batched products (networks, batch, units) x (networks, units, units), one after another.

    A network-step multiplies three times with each recurrent kernel at each time
    step: once in the forward pass, twice in the backward pass. For the parameters see
    `keras_loop.KerasLoop`.
    """

    def __init__(self, problem: Problem, count: int, steps: int):
        units = problem.units
        self.products = 3 * problem.length * len(cells.get(problem.cell).state_parts)
        rng = np.random.default_rng(0)
        # Orthogonal, so that numbers neither grow nor fade in many products.
        kernels = np.stack([orthogonal(rng, units, units) for _ in range(count)])
        self.kernels = tf.constant(kernels, tf.float32)
        self.states = tf.constant(rng.standard_normal((count, BATCH_SIZE, units)), tf.float32)

    def train(self, steps: int) -> None:
        """Make the products of `steps` steps."""
        last = multiply(self.states, self.kernels, tf.constant(steps * self.products))
        last.numpy()


@tf.function(jit_compile=True)
def multiply(states: tf.Tensor, kernels: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Multiply the states with the kernels `number` times."""
    return tf.while_loop(
        lambda k, _: k < number,
        lambda k, states: (k + 1, tf.matmul(states, kernels)),
        (tf.constant(0), states),
    )[1]
