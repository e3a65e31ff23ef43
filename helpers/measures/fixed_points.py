"""Where the variance of a wide random network comes to rest: fixed points of its map.

The map of a gain s, an input variance σ_in² and a bias b is q ← s² E[f(√q z + b)²] + σ_in² (see
`helpers.measures.mean_field`, which has the functions for use). The mean E[f²] does not
depend on the gain, so it is computed once on a grid of variances for each function and bias.
Between two of them that move in opposite directions lies a fixed point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from helpers import activations
from helpers.measures.normal_mean import normal_mean

#: Variances at which fixed points are looked for; a variance above the last one diverges.
GRID = np.concatenate([[0.0], np.geomspace(1e-12, 1e12, 961)])


@dataclass(frozen=True)
class FixedPoint:
    """A variance that the variance map leaves as it is.

    Attributes
    ----------
    variance : float
        q with s² E[f(√q z + b)²] + σ_in² = q.
    stable : bool
        Whether variances nearby move towards it.
    """

    variance: float
    stable: bool


def mean_square(f: activations.Activation, q: ArrayLike, b: float) -> np.ndarray:
    """Return E[f(√q z + b)²]."""
    return normal_mean(lambda a: f(a) ** 2, q, b, f.kinks)


def mean_squared_slope(f: activations.Activation, q: np.ndarray, b: float) -> np.ndarray:
    """Return E[f′(√q z + b)²]; at q = inf its limit."""
    # At q = 0 the limit from above: at a kink, half of the units are on either side.
    near = np.maximum(q, 1e-26 * max(1.0, b * b))
    infinite = np.isinf(near)
    value = normal_mean(
        lambda a: f.derivative(a) ** 2, np.where(infinite, GRID[-1], near), b, f.kinks
    )
    value = np.where((q == 0) & (value < 1e-12), 0.0, value)
    if infinite.any():
        before = normal_mean(lambda a: f.derivative(a) ** 2, GRID[-1] / 100, b, f.kinks)
        value = np.where(infinite & (value > 2 * before), np.inf, value)
    return value


def fixed_points(f: activations.Activation, s: float, sigma2: float, b: float) -> list[FixedPoint]:
    """Return all fixed points of the map between 0 and the last variance of `GRID`."""
    change = _change(_table(f, b), s, sigma2)
    signs = np.sign(change)
    points = []
    for i, sign in enumerate(signs):
        below, above = signs[i - 1] if i else 1.0, signs[i + 1] if i + 1 < len(signs) else sign
        if sign == 0 and (i == 0 or below != 0 or above != 0):
            points.append(FixedPoint(float(GRID[i]), bool(above < 0 and below >= 0)))
        elif i and sign * below < 0:
            q = _root(f, s, sigma2, b, GRID[i - 1], GRID[i])
            points.append(FixedPoint(q, bool(sign < 0)))
    return points


def stationary(f: activations.Activation, s: float, sigma2: float, b: float, q0: float) -> float:
    """Return the variance at which the iteration from q0 ends; inf beyond `GRID`."""
    squares, grid = _table(f, b), GRID
    here = s**2 * float(mean_square(f, q0, b)) + sigma2 - q0
    if abs(here) <= 1e-13 * q0:
        return q0
    change = _change(squares, s, sigma2)
    if here > 0:
        beyond = np.flatnonzero((grid > q0) & (change <= 0))
        if not len(beyond):
            return math.inf
        i = beyond[0]
        low, high = max(q0, grid[i - 1]) if i else q0, grid[i]
    else:
        beyond = np.flatnonzero((grid < q0) & (change >= 0))
        i = beyond[-1]  # there is one: no step leads below 0
        low, high = grid[i], min(q0, grid[i + 1]) if i + 1 < len(grid) else q0
    found = float(grid[i]) if change[i] == 0 else _root(f, s, sigma2, b, low, high)
    between = squares[(grid >= min(q0, low)) & (grid <= max(q0, high))]
    rises = (np.diff(between) >= -1e-12 * between[1:]).all()
    return found if rises else _iterated(f, s, sigma2, b, q0, found)


def _iterated(
    f: activations.Activation, s: float, sigma2: float, b: float, q0: float, found: float
) -> float:
    """Return `found` if the iteration of a map that falls somewhere ends there, else its end."""
    q = q0
    for _ in range(2000):
        last, q = q, s**2 * float(mean_square(f, q, b)) + sigma2
        if abs(q - found) <= 1e-6 * found:
            return found
        if abs(q - last) <= 1e-13 * q:
            return q
    return found if abs(q - found) < 0.1 * abs(q0 - found) else math.nan


@lru_cache(maxsize=64)
def _table(f: activations.Activation, b: float) -> np.ndarray:
    """Return E[f²] at the variances of `GRID`."""
    return mean_square(f, GRID, b)


def _change(squares: np.ndarray, s: float, sigma2: float) -> np.ndarray:
    """Return how far one step moves each variance of `GRID`; 0 where rounding may decide."""
    with np.errstate(invalid="ignore"):
        change = np.nan_to_num(s**2 * squares + sigma2 - GRID, nan=0.0, posinf=np.inf)
    return np.where(np.abs(change) <= 1e-13 * GRID, 0.0, change)


def _root(
    f: activations.Activation, s: float, sigma2: float, b: float, low: float, high: float
) -> float:
    """Return the fixed point between two variances that move in opposite directions."""
    return float(
        brentq(
            lambda q: s**2 * float(mean_square(f, q, b)) + sigma2 - q,
            low, high, xtol=1e-15 * high, rtol=1e-14,
        )
    )  # fmt: skip
