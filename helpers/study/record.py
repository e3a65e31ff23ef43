"""What is kept of a stack while it trains: scores, best weights, divergence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf


class Record:
    """The record of a stack's training.

    Parameters
    ----------
    weights : Tensor (members, weights)
        The initial weights.
    score : ndarray (members,)
        Their scores on the validation data.
    better : callable
        ``better(new, old)`` says, member by member, which scores improve.

    Attributes
    ----------
    score, best_score : ndarray (members,)
        The last and the best score. For a diverged member, of those before.
    weights, best_weights : Tensor (members, weights)
        What `score` and `best_score` were given for.
    best_step : ndarray of int (members,)
        The step of `best_score`.
    diverged_at : ndarray of int (members,)
        The first step whose loss or weights were not finite; 0 for none.
    """

    def __init__(self, weights: tf.Tensor, score: np.ndarray, better: Callable):
        members = len(score)
        self.score = self.best_score = score
        self.weights = self.best_weights = weights
        self.best_step = np.zeros(members, int)
        self.diverged_at = np.zeros(members, int)
        self._better = better
        self._losses: list[np.ndarray] = []  # since the last scoring
        self._curve = [(0, np.full(members, np.nan), score)]

    def add_losses(self, losses: np.ndarray, first_step: int) -> None:
        """Note training losses (steps, members), the first of them that of `first_step`."""
        self._losses.append(losses)
        self._note_divergence(~np.isfinite(losses), first_step)

    def add_score(
        self, step: int, weights: tf.Tensor, score: np.ndarray, finite: np.ndarray
    ) -> None:
        """Note how `weights` scored after `step`, and whether each member's are finite."""
        self._note_divergence(~(finite & np.isfinite(score))[None], step)
        alive = self.diverged_at == 0
        self.score = np.where(alive, score, self.score)
        self.weights = tf.where(alive[:, None], weights, self.weights)
        improved = alive & self._better(score, self.best_score)
        self.best_score = np.where(improved, score, self.best_score)
        self.best_step = np.where(improved, step, self.best_step)
        self.best_weights = tf.where(improved[:, None], weights, self.best_weights)
        with np.errstate(invalid="ignore", over="ignore"):
            loss = np.concatenate(self._losses).mean(axis=0)
        self._curve.append((step, loss, self.score))
        self._losses = []

    def curve(self, member: int) -> dict[str, np.ndarray]:
        """Return a member's learning curve, as arrays with one entry for each scoring."""
        steps, loss, score = (np.array(column) for column in zip(*self._curve, strict=True))
        return {
            "step": steps,
            "training_loss": loss[:, member],
            "validation_score": score[:, member],
        }

    def _note_divergence(self, bad: np.ndarray, first_step: int) -> None:
        """Keep the first step at which a member is `bad` (steps, members)."""
        new = bad.any(axis=0) & (self.diverged_at == 0)
        self.diverged_at[new] = first_step + bad.argmax(axis=0)[new]
