"""Train one batch of runs, which share one stack, and keep the record of it.

Everything a run does comes from its own seed, through streams that do not depend
on the other runs: initial weights, training data, validation data, test data.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from helpers.study.network import from_vectors, initial_weights, to_vectors
from helpers.study.program import OPTIMIZERS, score_block, train_steps
from helpers.study.spec import Run, RunBatch, Shape
from helpers.tasks.task import Task

WEIGHTS, TRAINING, VALIDATION, TEST = range(4)  # the random streams of a run
CHUNK = 25  # steps whose data are drawn at once; part of what a seed means
BLOCK = 64  # sequences scored at once


def train(batch: RunBatch, report: Callable[[int], object] = lambda made: None) -> list[dict]:
    """Train a batch of runs and score each of them.

    Parameters
    ----------
    batch : RunBatch
    report : callable
        Called now and then with the network-steps made since the last call.

    Returns
    -------
    list of dict
        One for each run: its ``row``, its ``curve``, and what
        `helpers.study.run` says of the other entries.
    """
    study, shape = batch.study, batch.shape
    task = study.task
    # The stack always has the same size; the last run fills empty places and is dropped.
    runs = list(batch.runs) + [batch.runs[-1]] * (batch.members - len(batch.runs))
    networks = [
        initial_weights(shape, run.recurrent_init, run.forget_bias, task.steps, [run.seed, WEIGHTS])
        for run in runs
    ]
    weights = tf.constant(to_vectors(networks))
    slots = [tf.zeros_like(weights) for _ in range(OPTIMIZERS[batch.optimizer][1])]
    rates = tf.constant([run.learning_rate for run in runs], tf.float32)
    clips = [np.inf if run.clip_norm is None else run.clip_norm for run in runs]
    clips = tf.constant(clips, tf.float32)

    blocks = _draw_blocks(runs, task.validation, study.validation_size, VALIDATION)
    better = np.greater if task.higher_is_better else np.less
    record = Record(weights, _score(shape, weights, blocks)[0], better)
    streams = [_rng(run, TRAINING) for run in runs]
    done = 0
    scorings = (*range(study.evaluate_every, study.steps, study.evaluate_every), study.steps)
    for next_score in scorings:
        if record.diverged_at.all():  # nothing is trained any more, but all curves have one length
            record.add_rest(next_score)
            continue
        while done < next_score and not record.diverged_at.all():
            offset = done % CHUNK
            if offset == 0:
                x, y = _draw_chunk(task, streams, study.batch_size)
            stop = min(CHUNK, offset + next_score - done)
            window = (tf.constant(number) for number in (offset, stop, done))
            weights, slots, losses = train_steps(
                shape, batch.optimizer, weights, slots, rates, clips, x, y, *window
            )
            record.add_losses(losses.numpy()[offset:stop], done + 1)
            done += stop - offset
            report((stop - offset) * len(batch.runs))
        record.add_score(next_score, weights, *_score(shape, weights, blocks))

    blocks = _draw_blocks(runs, task.test, study.test_size, TEST)
    test, _ = _score(shape, record.weights, blocks)
    test_at_best, _ = _score(shape, record.best_weights, blocks)
    # Finite weights can still overflow on sequences that they have not seen.
    overflow = ~np.isfinite(test) & (record.diverged_at == 0)
    record.diverged_at[overflow] = study.steps
    results = [
        {
            "row": run.row,
            "validation_score": record.score[member],
            "test_score": test[member],
            "best_validation_score": record.best_score[member],
            "best_step": record.best_step[member],
            "test_score_at_best": test_at_best[member],
            "diverged_at": record.diverged_at[member],
            "curve": record.curve(member),
        }
        for member, run in enumerate(batch.runs)
    ]
    if study.items:
        items = _score_items(shape, record.best_weights, blocks)
        for member, result in enumerate(results):
            result["items"] = items[member]
    if study.weights:
        stack = tf.nest.map_structure(lambda w: w.numpy(), from_vectors(shape, record.weights))
        for member, result in enumerate(results):
            result["weights"] = tf.nest.map_structure(lambda w, m=member: w[m], stack)
    return results


def _rng(run: Run, stream: int) -> np.random.Generator:
    return np.random.default_rng([run.seed, stream])


def _draw_chunk(task: Task, streams: list, batch_size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw `CHUNK` batches for every member: x and y (steps, members, batch, ...)."""
    members = []
    for rng in streams:
        arrays = task.sample(rng, CHUNK * batch_size)
        members.append([a.reshape(CHUNK, batch_size, *a.shape[1:]) for a in arrays])
    x, y = (tf.constant(np.stack(arrays, axis=1)) for arrays in zip(*members, strict=True))
    return x, y


def _draw_blocks(runs: list[Run], draw: Callable, size: int, stream: int) -> list[tuple]:
    """Draw every member's own sequences, in blocks of one size: (x, y, rows that count)."""
    members = [draw(_rng(run, stream), size) for run in runs]
    count = len(members[0][0])
    blocks = []
    for start in range(0, count, BLOCK):
        rows = np.arange(start, start + BLOCK)
        full = np.minimum(rows, count - 1)  # the last block is filled up with its last row
        x, y = (
            tf.constant(np.stack([array[full] for array in arrays]))
            for arrays in zip(*members, strict=True)
        )
        blocks.append((x, y, rows < count))
    return blocks


def _score(shape: Shape, weights: tf.Tensor, blocks: list) -> tuple[np.ndarray, np.ndarray]:
    """Return every member's score, and whether its weights are finite."""
    total = answers = np.zeros(weights.shape[0])
    for x, y, counts in blocks:
        score, asked, finite = score_block(shape, weights, x, y)
        total = total + score.numpy()[:, counts].sum(axis=1, dtype=float)
        answers = answers + asked.numpy()[:, counts].sum(axis=1, dtype=float)
    return total / answers, finite.numpy()


def _score_items(shape: Shape, weights: tf.Tensor, blocks: list) -> np.ndarray:
    """Return every member's score of each sequence (members, sequences)."""
    parts = []
    for x, y, counts in blocks:
        score, asked, _ = score_block(shape, weights, x, y)
        parts.append(score.numpy()[:, counts] / asked.numpy()[:, counts])
    return np.concatenate(parts, axis=1, dtype=float)


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

    def add_rest(self, step: int) -> None:
        """Note that all members have diverged before `step`: their scores stay as they are."""
        self._curve.append((step, np.full(len(self.score), np.nan), self.score))

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
