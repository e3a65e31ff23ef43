"""A loop over ``model.fit``, as most would write it."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from booktools.bench.problem import BATCH_SIZE, CLIP_NORM, LEARNING_RATE, Problem
from helpers import cells
from helpers.cells import keras_layout


class KerasLoop:
    """One Keras model for each network, trained one after the other.

    Parameters
    ----------
    problem : Problem
    count : int
        Number of networks to train, at most those of the problem.
    steps : int
        The most steps that `train` will be asked for.
    jit_compile : bool or "auto"
        As in ``model.compile``; Keras's default means False on a CPU.
    """

    def __init__(self, problem: Problem, count: int, steps: int, jit_compile: bool | str = "auto"):
        self.problem = problem
        self.models = []
        self.data = []
        for index in range(count):
            model = keras.Sequential(
                [
                    keras.Input((problem.length, 2)),
                    getattr(layers, problem.cell)(problem.units),
                    layers.Dense(1),
                ]
            )
            weights = problem.initial_weights(index)
            layer = keras_layout.to_keras(cells.get(problem.cell), weights["layers"][0])
            readout = weights["readout"]
            model.set_weights([*layer, readout["kernel"], readout["bias"][0]])
            optimizer = keras.optimizers.Adam(LEARNING_RATE, global_clipnorm=CLIP_NORM)
            model.compile(optimizer, "mse", jit_compile=jit_compile)
            self.models.append(model)
            x, y = problem.batches(index, steps)
            self.data.append((x.reshape(-1, problem.length, 2), y.reshape(-1, 1)))

    def train(self, steps: int) -> None:
        """Make `steps` steps with every network, from where it is."""
        rows = steps * BATCH_SIZE
        for model, (x, y) in zip(self.models, self.data, strict=True):
            model.fit(x[:rows], y[:rows], batch_size=BATCH_SIZE, shuffle=False, verbose=0)

    def parameters(self) -> int:
        """Return the number of weights that are trained in one network."""
        return sum(int(np.prod(w.shape)) for w in self.models[0].trainable_weights)

    def test_error(self, index: int) -> float:
        """Return the squared error of one network on its test sequences."""
        x, y = self.problem.test_data(index)
        return float(np.mean((self.models[index](x).numpy() - y) ** 2))
