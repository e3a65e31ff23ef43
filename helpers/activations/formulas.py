"""The pieces from which the catalogue's formulas are built.

A formula is written once, over a namespace ``xp`` of elementary functions: the
NumPy and SciPy ones gathered in `NUMPY` below, or ``keras.ops``, which has the
same names. So the array in a plot and the tensor in a network go through the
same line, and automatic differentiation sees exactly what is written.

Some lines are less plain than the textbook has them, and for one reason: from a
finite input must come neither NaN nor, where the function itself stays finite,
an infinite gradient.

* ``where(c, f(x), g(x))`` computes both branches and multiplies the gradient of
  the unused one by 0. If that branch overflowed, 0 times infinity is NaN. Hence
  `negative_part` cuts the argument off before it enters an exponential.
* In ``x * gate(x)`` infinity meets 0, in ``x / (1 + |x|)`` infinity meets infinity.
  `self_gated` and `clipped` put the limit there instead.

All functions keep the shape and the floating-point type of `x`.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
from scipy import special

#: NumPy and SciPy under the names that `keras.ops` uses.
NUMPY = SimpleNamespace(
    abs=np.abs, arctan=np.arctan, clip=np.clip, cos=np.cos, erf=special.erf, exp=np.exp,
    expm1=np.expm1, isnan=np.isnan, log_sigmoid=special.log_expit, ones_like=np.ones_like,
    relu=lambda x: np.maximum(x, 0), relu6=lambda x: np.clip(x, 0, 6), sigmoid=special.expit,
    sign=np.sign, sin=np.sin, softmax=special.softmax,
    softplus=lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    softsign=lambda x: x / (1 + np.abs(x)), square=np.square, tanh=np.tanh, where=np.where,
)  # fmt: skip

#: From these distances on, a gate is 0 or 1 to the last bit of float64.
GATE_LIMIT, NORMAL_GATE_LIMIT = 800.0, 14.0


def one_where(xp, condition, x):
    """Return 1 where the condition holds and 0 elsewhere, in the type of `x`."""
    return xp.where(condition, xp.ones_like(x), 0.0)


def negative_part(xp, x):
    """Return ``min(x, 0)``, with slope 1 at 0 and NaN for NaN."""
    return xp.where(x > 0, 0.0, x)


def clipped(xp, x):
    """Return `x` kept within ±1e18.

    There the rational functions and the arctangent equal their limits to the
    last bit of float64, and the square of the bound still fits into float32.
    """
    return xp.clip(x, -1e18, 1e18)


def tanh_slope(xp, x):
    """Return the derivative of tanh, ``1 - tanh(x)**2``."""
    return 1 - xp.square(xp.tanh(x))


def logistic(xp, x):
    """Return the logistic sigmoid by way of tanh.

    ``1 / (1 + exp(-x)) = 1/2 + tanh(x/2) / 2`` exactly. This form cannot overflow
    and is the quicker one in a compiled network. Its rounding error is that of
    a number near 1 (6e-8 in float32), so that the far left tail becomes 0.
    """
    return 0.5 + 0.5 * xp.tanh(0.5 * x)


def hard_logistic(xp, x):
    """Return ``min(max(x + 3, 0), 6) / 6``, the hard sigmoid of Keras 3."""
    return xp.relu6(x + 3.0) / 6.0


def hard_logistic_slope(xp, x):
    """Return 1/6 between the kinks at -3 and 3, and 0 from there on."""
    return one_where(xp, xp.abs(x) < 3, x) / 6.0


def softsign(xp, x):
    """Return ``x / (1 + |x|)``, with its limits -1 and 1 at the infinities."""
    return xp.softsign(clipped(xp, x))


def softsign_slope(xp, x):
    """Return ``1 / (1 + |x|)**2``."""
    return xp.square(1 / (1 + xp.abs(clipped(xp, x))))


def self_gated(xp, x, gate, limit=GATE_LIMIT):
    """Return ``x * gate(x)`` for a gate that goes from 0 on the left to 1 on the right.

    Beyond `limit` on either side this is ReLU to the last bit, and computed as such.
    """
    inside = xp.clip(x, -limit, limit)
    return xp.where(xp.abs(x) > limit, xp.relu(x), inside * gate(xp, inside))


def self_gated_slope(xp, x, gate, gate_slope, limit=GATE_LIMIT):
    """Return the derivative of ``x * gate(x)`` by the product rule."""
    inside = xp.clip(x, -limit, limit)
    return gate(xp, inside) + inside * gate_slope(xp, inside)


def normal_cdf(xp, x):
    """Return the standard normal distribution function, the gate of GELU."""
    return 0.5 * (1 + xp.erf(math.sqrt(0.5) * x))


def normal_pdf(xp, x):
    """Return the standard normal density, the derivative of `normal_cdf`."""
    return math.sqrt(0.5 / math.pi) * xp.exp(-0.5 * xp.square(x))


def logistic_gate(xp, x):
    """Return the logistic sigmoid, the gate of SiLU.

    Not `logistic`: multiplied by a large negative x, the rounding of its tail would show.
    """
    return xp.sigmoid(x)


def logistic_gate_slope(xp, x):
    """Return the derivative of the logistic sigmoid, with exact tails."""
    return xp.sigmoid(x) * xp.sigmoid(-x)


def normal_cdf_by_tanh(xp, x):
    """Return the tanh approximation of `normal_cdf` by Hendrycks & Gimpel (2016).

    ``(1 + tanh(u)) / 2`` with ``u = sqrt(2 / pi) (x + 0.044715 x**3)``, written as the
    logistic sigmoid of ``2 u``, which it equals.
    """
    return logistic_gate(xp, math.sqrt(8 / math.pi) * x * (1 + 0.044715 * xp.square(x)))


def normal_cdf_by_tanh_slope(xp, x):
    """Return the derivative of `normal_cdf_by_tanh`."""
    inner = math.sqrt(8 / math.pi) * x * (1 + 0.044715 * xp.square(x))
    inner_slope = math.sqrt(8 / math.pi) * (1 + 3 * 0.044715 * xp.square(x))
    return logistic_gate_slope(xp, inner) * inner_slope


def mish_gate(xp, x):
    """Return ``tanh(softplus(x))``, the gate of Mish."""
    return xp.tanh(xp.softplus(x))


def mish_gate_slope(xp, x):
    """Return the derivative of `mish_gate`."""
    return (1 - xp.square(mish_gate(xp, x))) * xp.sigmoid(x)


def soft_threshold(xp, x, threshold):
    """Return `x` moved towards 0 by `threshold`, and 0 once it gets there."""
    return xp.sign(x) * xp.relu(xp.abs(x) - threshold)


def soft_threshold_slope(xp, x, threshold):
    """Return 1 outside the dead zone and 0 inside it, on its edges, and at 0."""
    return xp.square(xp.sign(x)) * one_where(xp, xp.abs(x) > threshold, x)
