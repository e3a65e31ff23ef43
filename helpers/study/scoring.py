"""Compare what a stack answers with the targets, member by member."""

from __future__ import annotations

import math

import tensorflow as tf

from helpers.study.spec import Shape
from helpers.tasks.task import IGNORE


def losses(shape: Shape, outputs: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return each member's mean loss over everything that is asked.

    Parameters
    ----------
    shape : Shape
    outputs : Tensor (members, batch, outputs) or (members, steps, batch, outputs)
        From `helpers.study.network.apply`.
    y : Tensor (members, batch, ...)
        Targets; see `helpers.tasks.task`.

    Returns
    -------
    Tensor (members,)
    """
    y = _ordered(shape, y)
    inner = tuple(range(1, y.shape.rank))
    if shape.loss == "mse":
        return tf.reduce_mean(tf.square(outputs - y), axis=inner)
    asked = tf.cast(y != IGNORE, tf.float32)
    y = tf.maximum(y, 0)
    if shape.loss == "softmax":
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=outputs)
    else:
        y, logits = tf.cast(y, tf.float32), outputs[..., 0]
        each = tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=logits)
    return tf.reduce_sum(each * asked, axis=inner) / tf.reduce_sum(asked, axis=inner)


def scores(shape: Shape, outputs: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the score of every sequence, and the number of answers it is summed over.

    Parameters are those of `losses`. A member's score is the sum of the first
    over the sum of the second. Outputs that are not finite are never a right answer,
    though the largest of them has a place: a network that overflows on long sequences
    would otherwise score the share of class 0.

    Returns
    -------
    tuple of Tensor (members, batch)
    """
    y = _ordered(shape, y)
    over_steps = 1 if shape.every_step else ()
    if shape.score == "mse":
        score = tf.reduce_mean(tf.square(outputs - y), axis=-1)
        asked = tf.ones_like(score)
    elif shape.score == "bits":
        asked = tf.cast(y != IGNORE, tf.float32)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(y, 0), outputs)
        score = nats / math.log(2) * asked
    else:
        asked = y != IGNORE
        finite = tf.reduce_all(tf.math.is_finite(outputs), axis=-1)
        score = tf.cast((_answers(shape, outputs) == y) & asked & finite, tf.float32)
        asked = tf.cast(asked, tf.float32)
    score, asked = (tf.reduce_sum(values, axis=over_steps) for values in (score, asked))
    if shape.score == "exact":  # a sequence is right if all that is asked of it is
        return tf.cast(score == asked, tf.float32), tf.ones_like(asked)
    return score, asked


def _answers(shape: Shape, outputs: tf.Tensor) -> tf.Tensor:
    if shape.loss == "softmax":
        return tf.argmax(outputs, axis=-1, output_type=tf.int32)
    return tf.cast(outputs[..., 0] > 0, tf.int32)


def _ordered(shape: Shape, y: tf.Tensor) -> tf.Tensor:
    """Bring targets (members, batch, steps, ...) into the order of the outputs."""
    return tf.transpose(y, (0, 2, 1, *range(3, y.shape.rank))) if shape.every_step else y
