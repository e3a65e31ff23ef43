"""The study engine as a contender: nothing but `study.run`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import tensorflow as tf

from booktools.bench.problem import BATCH_SIZE, CLIP_NORM, LEARNING_RATE, TEST_SIZE, Problem
from helpers import study
from helpers.study import network, workers


class Engine:
    """A study of all networks. For the methods see `keras_loop.KerasLoop`.

    Every call of `train` is a whole study, from the drawing of weights and data to
    the scores: more work than is asked of the others.

    Parameters
    ----------
    problem : Problem
    count : int
        Number of networks to train.
    steps : int
        Not used.
    processes : int
        Number of worker processes; 0 for none.
    """

    def __init__(self, problem: Problem, count: int, steps: int, processes: int = 0):
        self.problem, self.count, self.processes = problem, count, processes
        self.table: Any = None  # of the last study
        workers.close()  # so that the first study pays for starting them

    def train(self, steps: int) -> None:
        os.environ[workers.VARIABLE] = str(self.processes)
        self.table = study.run(
            self.problem.task,
            cell=self.problem.cell,
            units=self.problem.units,
            learning_rate=LEARNING_RATE,
            clip_norm=CLIP_NORM,
            batch_size=BATCH_SIZE,
            seeds=self.count,
            steps=steps,
            evaluate_every=steps,
            validation_size=TEST_SIZE,
            test_size=TEST_SIZE,
            progress=False,
        )

    def parameters(self) -> int:
        return network.to_vectors([self.problem.initial_weights(0)]).size

    def test_error(self, index: int) -> float:
        if self.table is not None:
            return float(self.table["test_score"][index])
        x, y = self.problem.test_data(index)
        vectors = network.to_vectors([self.problem.initial_weights(index)])
        stack = network.from_vectors(self.problem.shape, tf.constant(vectors))
        answers = network.apply(self.problem.shape, stack, tf.constant(x[None]))
        return float(np.mean((answers[0] - y) ** 2))

    def close(self) -> None:
        """End the worker processes."""
        workers.close()
