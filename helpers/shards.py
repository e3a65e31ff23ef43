"""Train one shard of a study: a few runs that share one stack.

Everything a run does comes from its own seed, by streams that do not depend on
the other runs: initial weights, training data, validation data and test data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from helpers.networks import Shape, initial_weights, to_vectors
from helpers.task import Task
from helpers.training import OPTIMIZERS, score_block, train_steps

WEIGHTS, TRAINING, VALIDATION, TEST = range(4)  # the random streams of a run
CHUNK = 25  # steps whose data are drawn at once; part of what a seed means
BLOCK = 64  # sequences scored at once


@dataclass(frozen=True)
class Run:
    """What sets one run apart from the others of its shard."""

    row: int
    seed: int
    learning_rate: float
    clip_norm: float | None
    recurrent_init: str
    forget_bias: float | str | None


@dataclass(frozen=True)
class Shard:
    """Runs that are trained as one stack, with all that they share."""

    runs: tuple[Run, ...]
    members: int
    shape: Shape
    task: Task
    optimizer: str
    steps: int
    batch_size: int
    evaluate_every: int
    validation_size: int
    test_size: int

    @property
    def program(self) -> tuple:
        """What has to be compiled: shards that agree in it share the program."""
        return self.shape, self.optimizer, self.members, self.task.steps, self.batch_size


def shape_for(
    task: Task, cell: str, activation: str, gate_activation: str, depth: int, units: int
) -> Shape:
    """Describe the networks that a task needs."""
    return Shape(
        cell,
        activation,
        gate_activation,
        depth,
        units,
        task.features,
        task.outputs,
        task.loss,
        task.score,
        task.every_step,
        task.masked,
        task.vocabulary,
    )


def _rng(run: Run, stream: int) -> np.random.Generator:
    return np.random.default_rng([run.seed, stream])


def _draw_blocks(runs: list[Run], draw: Callable, size: int, stream: int) -> list[tuple]:
    """Draw every member's own sequences, in blocks of one size: (x, y, which rows count)."""
    data = [draw(_rng(run, stream), size) for run in runs]
    count = len(data[0][0])
    blocks = []
    for start in range(0, count, BLOCK):
        rows = np.arange(start, start + BLOCK)
        x, y = (
            tf.constant(np.stack([arrays[i][np.minimum(rows, count - 1)] for arrays in data]))
            for i in range(2)
        )
        blocks.append((x, y, rows < count))
    return blocks


def _score(shape: Shape, weights: tf.Tensor, blocks: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """Score every member on its blocks; also say whether its weights are finite."""
    total = answers = 0.0
    for x, y, counts in blocks:
        score, asked, finite = score_block(shape, weights, x, y)
        total = total + score.numpy()[:, counts].astype(float).sum(axis=1)
        answers = answers + asked.numpy()[:, counts].astype(float).sum(axis=1)
    return total / answers, finite.numpy()


def train(shard: Shard, report: Callable[[int], None] = lambda steps: None) -> list[dict]:
    """Train a shard and score its members.

    Parameters
    ----------
    shard : Shard
    report : callable
        Called with the number of network-steps made since the last call.

    Returns
    -------
    list of dict
        One for each run; see `helpers.study.run` for what the entries mean.
        ``curve`` is a dict of arrays: step, training_loss, validation_score.
    """
    task, shape = shard.task, shard.shape
    # A stack always has `members` members; the last run fills empty places and is dropped.
    runs = list(shard.runs) + [shard.runs[-1]] * (shard.members - len(shard.runs))
    networks = [
        initial_weights(shape, run.recurrent_init, run.forget_bias, task.steps, [run.seed, WEIGHTS])
        for run in runs
    ]
    weights = tf.constant(to_vectors(networks))
    slots = [tf.zeros_like(weights) for _ in range(OPTIMIZERS[shard.optimizer][1])]
    rates = tf.constant([run.learning_rate for run in runs], tf.float32)
    clips = tf.constant(
        [np.inf if run.clip_norm is None else run.clip_norm for run in runs], tf.float32
    )
    streams = [_rng(run, TRAINING) for run in runs]
    better = np.greater if task.higher_is_better else np.less

    validation = _draw_blocks(runs, task.validation, shard.validation_size, VALIDATION)
    score, _ = _score(shape, weights, validation)
    best, best_step = score.copy(), np.zeros(len(runs), int)
    kept = best_weights = weights
    diverged_at = np.zeros(len(runs), int)  # 0: not diverged
    history, curve, interval, x, y = [], [(0, np.full(len(runs), np.nan), score)], [], None, None
    done = 0
    while done < shard.steps and not diverged_at.all():
        offset = done % CHUNK
        if offset == 0:
            x, y = _draw_chunk(task, streams, shard.batch_size)
        evaluate_at = min(shard.steps, (done // shard.evaluate_every + 1) * shard.evaluate_every)
        stop = min(CHUNK, offset + evaluate_at - done)
        window = (tf.constant(number) for number in (offset, stop, done))
        weights, slots, losses = train_steps(
            shape, shard.optimizer, weights, slots, rates, clips, x, y, *window
        )
        losses = losses.numpy()[offset:stop]
        _note_divergence(diverged_at, ~np.isfinite(losses), done + 1)
        interval.append(losses)
        done += stop - offset
        report((stop - offset) * len(shard.runs))
        if done == evaluate_at or diverged_at.all():
            new, finite = _score(shape, weights, validation)
            _note_divergence(diverged_at, ~(finite & np.isfinite(new))[None], done)
            alive = diverged_at == 0
            score = np.where(alive, new, score)
            kept = tf.where(alive[:, None], weights, kept)
            improved = alive & better(new, best)
            best, best_step = np.where(improved, new, best), np.where(improved, done, best_step)
            best_weights = tf.where(improved[:, None], weights, best_weights)
            with np.errstate(invalid="ignore", over="ignore"):
                curve.append((done, np.concatenate(interval).mean(axis=0), score))
            interval = []
    blocks = _draw_blocks(runs, task.test, shard.test_size, TEST)
    test, _ = _score(shape, kept, blocks)
    test_at_best, _ = _score(shape, best_weights, blocks)
    steps, training_loss, validation_score = (
        np.array(column) for column in zip(*curve, strict=True)
    )
    return [
        {
            "row": run.row,
            "validation_score": score[i],
            "test_score": test[i],
            "best_validation_score": best[i],
            "best_step": best_step[i],
            "test_score_at_best": test_at_best[i],
            "diverged_at": diverged_at[i],
            "curve": {
                "step": steps,
                "training_loss": training_loss[:, i],
                "validation_score": validation_score[:, i],
            },
        }
        for i, run in enumerate(shard.runs)
    ]


def _draw_chunk(
    task: Task, streams: list[np.random.Generator], batch_size: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw `CHUNK` batches for every member: x and y (steps, members, batch, ...)."""
    chunks = [task.sample(rng, CHUNK * batch_size) for rng in streams]
    return tuple(
        tf.constant(
            np.stack(
                [chunk[i].reshape(CHUNK, batch_size, *chunk[i].shape[1:]) for chunk in chunks],
                axis=1,
            )
        )
        for i in range(2)
    )


def _note_divergence(diverged_at: np.ndarray, bad: np.ndarray, first_step: int) -> None:
    """Record the first step at which a member is `bad` (steps, members), unless it was before."""
    new = bad.any(axis=0) & (diverged_at == 0)
    diverged_at[new] = first_step + bad.argmax(axis=0)[new]
