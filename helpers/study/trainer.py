"""Train one shard of a study: a few runs that share one stack.

Everything a run does comes from its own seed, through streams that do not depend
on the other runs: initial weights, training data, validation data, test data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from helpers.study.network import Shape, from_vectors, initial_weights, to_vectors
from helpers.study.program import OPTIMIZERS, score_block, train_steps
from helpers.study.record import Record
from helpers.tasks.task import Task

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
    recurrent_init: str | None
    forget_bias: float | str | None


@dataclass(frozen=True)
class Shard:
    """Runs that are trained as one stack of `members`, and all that they share."""

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
    keep_weights: bool = False

    @property
    def program(self) -> tuple:
        """What has to be compiled: shards that agree in it share the program."""
        return self.shape, self.optimizer, self.members, self.task.steps, self.batch_size


def train(shard: Shard, report: Callable[[int], object] = lambda made: None) -> list[dict]:
    """Train a shard and score its members.

    Parameters
    ----------
    shard : Shard
    report : callable
        Called now and then with the network-steps made since the last call.

    Returns
    -------
    list of dict
        One for each run: its ``row``, its ``curve``, and what
        `helpers.study.run` says of the other entries.
    """
    task, shape = shard.task, shard.shape
    # The stack always has the same size; the last run fills empty places and is dropped.
    runs = list(shard.runs) + [shard.runs[-1]] * (shard.members - len(shard.runs))
    networks = [
        initial_weights(shape, run.recurrent_init, run.forget_bias, task.steps, [run.seed, WEIGHTS])
        for run in runs
    ]
    weights = tf.constant(to_vectors(networks))
    slots = [tf.zeros_like(weights) for _ in range(OPTIMIZERS[shard.optimizer][1])]
    rates = tf.constant([run.learning_rate for run in runs], tf.float32)
    clips = [np.inf if run.clip_norm is None else run.clip_norm for run in runs]
    clips = tf.constant(clips, tf.float32)

    blocks = _draw_blocks(runs, task.validation, shard.validation_size, VALIDATION)
    better = np.greater if task.higher_is_better else np.less
    record = Record(weights, _score(shape, weights, blocks)[0], better)
    streams = [_rng(run, TRAINING) for run in runs]
    done = 0
    while done < shard.steps and not record.diverged_at.all():
        offset = done % CHUNK
        if offset == 0:
            x, y = _draw_chunk(task, streams, shard.batch_size)
        next_score = min(shard.steps, (done // shard.evaluate_every + 1) * shard.evaluate_every)
        stop = min(CHUNK, offset + next_score - done)
        window = (tf.constant(number) for number in (offset, stop, done))
        weights, slots, losses = train_steps(
            shape, shard.optimizer, weights, slots, rates, clips, x, y, *window
        )
        record.add_losses(losses.numpy()[offset:stop], done + 1)
        done += stop - offset
        report((stop - offset) * len(shard.runs))
        if done == next_score or record.diverged_at.all():
            record.add_score(done, weights, *_score(shape, weights, blocks))

    blocks = _draw_blocks(runs, task.test, shard.test_size, TEST)
    test, _ = _score(shape, record.weights, blocks)
    test_at_best, _ = _score(shape, record.best_weights, blocks)
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
        for member, run in enumerate(shard.runs)
    ]
    if shard.keep_weights:
        stack = tf.nest.map_structure(lambda w: w.numpy(), from_vectors(shape, record.weights))
        for member, result in enumerate(results):
            result["weights"] = tf.nest.map_structure(lambda w, m=member: w[m], stack)
    return results


def shape_for(
    task: Task,
    cell: str,
    activation: str,
    gate_activation: str,
    depth: int,
    units: int,
    readout: str = "linear",
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
        readout,
    )


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
    total = answers = 0.0
    for x, y, counts in blocks:
        score, asked, finite = score_block(shape, weights, x, y)
        total = total + score.numpy()[:, counts].sum(axis=1, dtype=float)
        answers = answers + asked.numpy()[:, counts].sum(axis=1, dtype=float)
    return total / answers, finite.numpy()
