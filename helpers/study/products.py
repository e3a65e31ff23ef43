"""Products of stacks of matrices whose sums are cut alike on every processor.

A library cuts a long sum into pieces that fit the processor's first cache, 32 kB on
some and 48 kB on others, and the pieces decide how the sum is rounded. Here long
sums are cut before the library sees them. See `helpers.arithmetic` for the rest.
"""

from __future__ import annotations

import tensorflow as tf

#: No library cuts a sum of so few terms, float32, where the first cache has 32 kB or more.
LONGEST = 256
#: Pieces shorter than this cost more time than they are worth.
SHORTEST = 16


def piece(terms: int) -> int:
    """Return into pieces of which length a sum of so many terms is cut.

    The longest that divides it; all of it where the sum is short, or where only very short
    pieces divide it (its rounding is then left to the processor).
    """
    if terms <= LONGEST:
        return terms
    longest = max(n for n in range(1, LONGEST + 1) if terms % n == 0)
    return longest if longest >= SHORTEST else terms


def over_rows(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """aᵀ b for each member of a stack, a sum over the rows.

    Parameters
    ----------
    a : Tensor (members, rows, m)
    b : Tensor (members, rows, n)

    Returns
    -------
    Tensor (members, m, n)
    """
    members, rows, m = a.shape
    length = piece(rows)
    if length == rows:
        return tf.matmul(a, b, transpose_a=True)
    a = tf.reshape(a, (members, -1, length, m))
    b = tf.reshape(b, (members, -1, length, b.shape[-1]))
    return tf.reduce_sum(tf.matmul(a, b, transpose_a=True), axis=1)


@tf.custom_gradient
def times(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """x (members, rows, m) times kernel (members, m, n): (members, rows, n).

    The kernel's gradient is a sum over all rows; it is the long one.
    """

    def gradient(d_y):
        return tf.matmul(d_y, kernel, transpose_b=True), over_rows(x, d_y)

    return tf.matmul(x, kernel), gradient
