r"""How long a ReLU unit that starts as U = I keeps a gradient, in closed form.

With U = I, no bias and h_0 = 0, a unit is a random walk that cannot go below 0:
h_t = max(0, h_{t-1} + ξ_t), where the input's share ξ_t is drawn anew at each step from a
symmetric distribution without jumps. The gradient ∂h_T/∂h_{T-k} of the unit is 1 if all of its
last k pre-activations were positive, and exactly 0 if one was not; nothing in between.

The walk S_t = ξ_1 + ... + ξ_t touches 0 where it reaches a new minimum. By a theorem of
Sparre Andersen (1954), all of S_1 ... S_n are positive with probability
u_n = C(2n, n) / 4^n, and the minimum of S_0 ... S_T lies at step j with probability
u_j u_{T-j}, *whatever the distribution* (Feller 1971, volume II, chapter XII). So the
noise's size does not matter, and for large n u_n is close to 1/√(π n).
"""

from __future__ import annotations

import numpy as np

from helpers import checks


def relu_path_survival(length: int) -> np.ndarray:
    """Probability that the gradient of a unit from step T back over k steps is not 0.

    The path is whole if the walk's last minimum lies at or before step T - k, which has
    probability Σ u_j u_{T-j}, summed over j = 0 ... T - k. Over all T steps that is
    u_T = C(2T, T) / 4^T.

    >>> relu_path_survival(2)  # lags 0, 1, 2
    array([1.   , 0.625, 0.375])

    Parameters
    ----------
    length : int
        T, 1 or more.

    Returns
    -------
    numpy.ndarray, shape (T + 1,)
        By lag k = 0 ... T. It is also the mean square of the unit's gradient.

    Raises
    ------
    TypeError, ValueError
        If the length is no whole number of 1 or more.
    """
    length = checks.whole_number("length", length, 1)
    n = np.arange(1, length + 1)
    u = np.concatenate([[1.0], np.cumprod((2 * n - 1) / (2 * n))])
    return np.cumsum(u * u[::-1])[::-1]


def no_unit_alive(length: int, units: int) -> np.ndarray:
    """Probability that no unit's gradient survives k steps: ∂h_T/∂h_{T-k} is the zero matrix.

    (1 - p_k)^n for n units with independent inputs; p_k is `relu_path_survival`.

    >>> no_unit_alive(50, units=32)[-1].round(3), no_unit_alive(784, units=32)[-1].round(2)
    (np.float64(0.07), np.float64(0.52))

    Parameters
    ----------
    length : int
        T, 1 or more.
    units : int
        n, 1 or more.

    Returns
    -------
    numpy.ndarray, shape (T + 1,)
        By lag k = 0 ... T.

    Raises
    ------
    TypeError, ValueError
        If a number is no whole number of 1 or more.
    """
    units = checks.whole_number("units", units, 1)
    alive = relu_path_survival(length)
    return np.maximum(1 - alive, 0) ** units  # rounding may make alive a little more than 1
