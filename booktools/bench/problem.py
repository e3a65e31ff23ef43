"""What every contender of the benchmark is given, and what its work is checked by.

All contenders train the same networks: the study engine's own initial weights and
batches, number by number. After the same steps they must therefore make the same
error on the same test sequences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from helpers import cells, seeds, tasks
from helpers.study import network, trainer
from helpers.study.spec import Shape

BATCH_SIZE = 32
LEARNING_RATE = 1e-3
CLIP_NORM = 1.0
EPSILON = 1e-7  # Adam's, as in Keras
TEST_SIZE = 64


@dataclass(frozen=True)
class Problem:
    """The adding problem, for a number of networks of one shape.

    Attributes
    ----------
    cell : str
        ``"SimpleRNN"``, ``"GRU"`` or ``"LSTM"``, with Keras's own functions.
    length : int
        Number of time steps of a sequence.
    units : int
        Number of units of a network.
    networks : int
        Number of networks of the study.
    """

    cell: str
    length: int = 50
    units: int = 32
    networks: int = 48

    @property
    def task(self) -> tasks.Task:
        """The adding problem of this length."""
        return tasks.adding(self.length)

    @property
    def shape(self) -> Shape:
        """The shape of the networks."""
        return Shape.for_task(self.task, self.cell, "tanh", "sigmoid", 1, self.units)

    def initial_weights(self, index: int) -> dict:
        """Return network number `index` as the engine draws it."""
        bias = cells.get(self.cell).default_forget_bias
        seed = [seeds.run_seed(index), trainer.WEIGHTS]
        return network.initial_weights(self.shape, "orthogonal", bias, self.length, seed)

    def batches(self, index: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the first batches that the engine draws for network number `index`.

        Returns
        -------
        x : ndarray of float32 (steps, batch, length, 2)
        y : ndarray of float32 (steps, batch, 1)
        """
        rng = np.random.default_rng([seeds.run_seed(index), trainer.TRAINING])
        count = trainer.CHUNK * BATCH_SIZE
        chunks = [self.task.sample(rng, count) for _ in range(-(-steps // trainer.CHUNK))]
        x, y = (np.concatenate(arrays) for arrays in zip(*chunks, strict=True))
        x = x.reshape(-1, BATCH_SIZE, *x.shape[1:])
        return x[:steps], y.reshape(-1, BATCH_SIZE, 1)[:steps]

    def test_data(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the sequences on which the engine tests network number `index`."""
        rng = np.random.default_rng([seeds.run_seed(index), trainer.TEST])
        return self.task.test(rng, TEST_SIZE)

    def operations(self) -> float:
        """Return the floating-point operations of one network-step in recurrent products.

        Two for each recurrent weight, time step and sequence in the forward pass, and
        twice as many in the backward pass.
        """
        kernels = len(cells.get(self.cell).state_parts)
        return 6.0 * kernels * self.units**2 * self.length * BATCH_SIZE
