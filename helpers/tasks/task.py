"""What a task is: what goes in, what is asked, and what is trivial.

A task draws batches of sequences from a random generator, so that a run's data
are set by the run's seed. Each task names its loss, its score and the score of
the best answer that ignores the input: the trivial baseline that a network has
to beat before anything can be said about it.

Inputs x have the shape (n, steps, features) and are float32, or (n, steps) and
int32 for tokens. Targets y are

==========  =============================  ==============================
loss        one answer a sequence          one answer a step
==========  =============================  ==============================
softmax     (n,) int32, the class          (n, steps) int32
sigmoid     (n,) int32, 0 or 1             (n, steps) int32
mse         (n, outputs) float32           (n, steps, outputs) float32
==========  =============================  ==============================

A target of `IGNORE` is not asked: it counts in neither the loss nor the score.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

IGNORE = -1
#: The scores of which the smaller is the better one.
LOWER_IS_BETTER = ("mse", "bits")


class Task(ABC):
    """What every task states about itself.

    Attributes
    ----------
    loss : str
        ``"softmax"``, ``"sigmoid"`` or ``"mse"``.
    score : str
        ``"accuracy"`` (share of right answers), ``"exact"`` (share of sequences
        with every answer right), ``"bits"`` (mean bits an answer takes to write down,
        given the network's probabilities: its cross-entropy to base 2) or ``"mse"``.
    every_step : bool
        Whether every step is asked, rather than the last one alone.
    vocabulary : int or None
        Number of different tokens where x holds tokens.
    masked : bool
        Whether token 0 is padding, at which the state stands still.
    """

    loss: str = "softmax"
    score: str = "accuracy"
    every_step: bool = False
    vocabulary: int | None = None
    masked: bool = False

    @property
    @abstractmethod
    def steps(self) -> int:
        """Number of time steps of a sequence."""

    @property
    @abstractmethod
    def features(self) -> int:
        """Number of input features at each step."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Number of outputs of the readout."""

    @property
    @abstractmethod
    def baseline(self) -> float:
        """Expected score of the best answer that ignores the input."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw `n` fresh training sequences and their targets."""

    def validation(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw the sequences on which choices are made; fresh ones by default."""
        return self.sample(rng, n)

    def test(self, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw the sequences on which results are reported; fresh ones by default."""
        return self.sample(rng, n)

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger score is the better one."""
        return self.score not in LOWER_IS_BETTER
