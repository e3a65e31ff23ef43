"""All networks at once in JAX: one network written down, then ``vmap`` and ``jit``."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
from jax import numpy as jnp

from booktools.bench.problem import CLIP_NORM, EPSILON, LEARNING_RATE, Problem
from helpers import cells

CHUNK = 5  # steps in one call of the compiled program


def answer(cell: cells.Cell, weights: dict, x: jax.Array) -> jax.Array:
    """Answer sequences (batch, length, 2) with (batch, 1), by one network.

    As in the engine, the inputs are projected outside the loop over time and every
    gate has an array of its own: both make JAX faster too.
    """
    layer, readout = weights["layers"][0], weights["readout"]
    second = layer.get("recurrent_bias", {})
    x = jnp.swapaxes(x, 0, 1)
    inputs = {name: x @ layer["kernel"][name] + b for name, b in layer["bias"].items()}

    def step(states, now):
        for name, kernel in layer["recurrent"].items():
            now = now | {name: now.get(name, 0.0) + states[0] @ kernel + second.get(name, 0.0)}
        parts = [now[part.name] for part in cell.parts]
        return cell.step(parts, states, jnp.tanh, jax.nn.sigmoid), None

    units = readout["kernel"].shape[0]
    states, _ = jax.lax.scan(step, [jnp.zeros((x.shape[1], units))] * len(cell.states), inputs)
    return states[0] @ readout["kernel"] + readout["bias"]


def train_one_step(cell: cells.Cell, state: tuple, batch: tuple) -> tuple:
    """Make one step of Adam with one network, after clipping."""
    weights, mean, square, number = state
    x, y = batch
    gradient = jax.grad(lambda w: jnp.mean((answer(cell, w, x) - y) ** 2))(weights)
    norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(gradient)))
    gradient = jax.tree.map(lambda g: g * jnp.minimum(1.0, CLIP_NORM / norm), gradient)
    number = number + 1
    mean = jax.tree.map(lambda m, g: m + 0.1 * (g - m), mean, gradient)
    square = jax.tree.map(lambda s, g: s + 0.001 * (g**2 - s), square, gradient)
    rate = LEARNING_RATE * jnp.sqrt(1 - 0.999**number) / (1 - 0.9**number)
    weights = jax.tree.map(
        lambda w, m, s: w - rate * m / (jnp.sqrt(s) + EPSILON), weights, mean, square
    )
    return weights, mean, square, number


@partial(jax.jit, static_argnums=0)
def train_steps(cell: cells.Cell, state: tuple, batches: tuple) -> tuple:
    """Make some steps with all networks; batches are (steps, networks, batch, ...)."""
    every_network = jax.vmap(partial(train_one_step, cell))
    return jax.lax.scan(lambda state, b: (every_network(state, b), None), state, batches)[0]


class JaxStack:
    """All networks in one program. For parameters and methods see `keras_loop.KerasLoop`."""

    def __init__(self, problem: Problem, count: int, steps: int):
        self.problem, self.cell = problem, cells.get(problem.cell)
        networks = [problem.initial_weights(index) for index in range(count)]
        weights = jax.tree.map(lambda *arrays: jnp.stack(arrays), *networks)
        zeros = jax.tree.map(jnp.zeros_like, weights)
        self.state = weights, zeros, zeros, jnp.zeros(count)
        data = [problem.batches(index, steps) for index in range(count)]
        self.data = [np.stack(arrays, axis=1) for arrays in zip(*data, strict=True)]

    def train(self, steps: int) -> None:
        for start in range(0, steps, CHUNK):
            batches = tuple(a[start : start + CHUNK] for a in self.data)
            self.state = train_steps(self.cell, self.state, batches)
        jax.block_until_ready(self.state)

    def _network(self, index: int) -> dict:
        return jax.tree.map(lambda w: w[index], self.state[0])

    def parameters(self) -> int:
        return sum(w.size for w in jax.tree.leaves(self._network(0)))

    def test_error(self, index: int) -> float:
        x, y = self.problem.test_data(index)
        return float(jnp.mean((answer(self.cell, self._network(index), x) - y) ** 2))
