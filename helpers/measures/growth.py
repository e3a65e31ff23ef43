"""How fast nudges and gradients grow in a driven random network, measured.

`measured_growth` runs random networks on noise, for many gains at once, and returns what
`helpers.measures.mean_field.gradient_growth` predicts:

* the leading *Lyapunov exponent*, the mean log growth per step of a small change of the state,
  in the long run (Engelken, Wolf & Abbott 2023; here one tangent vector is pushed along and kept
  at length 1);
* the growth per step of the *root mean square* of ∂L/∂h_t over a number of steps back.

In one network both tend to the same number as the steps grow. At finite width the mean of a log is
smaller than the log of a mean, so that the rms over many networks exceeds the typical gradient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from helpers import activations, checks

MATRICES = ("gaussian", "orthogonal")


@dataclass(frozen=True)
class Growth:
    """What `measured_growth` found; one row a network, one column a gain.

    Attributes
    ----------
    gains : numpy.ndarray, shape (gains,)
        s, in the order given.
    lyapunov : numpy.ndarray, shape (networks, gains)
        Leading Lyapunov exponent in nats per step; -inf where a nudge dies out exactly, NaN
        where the state overflows.
    gradient : numpy.ndarray, shape (networks, gains)
        Nats per step by which ∂L/∂h grows backwards over `lag` steps: root mean square over
        random ∂L/∂h_T.
    variance : numpy.ndarray, shape (networks, gains)
        Variance of the pre-activations over units and steps, after the first steps.
    lag : int
        Number of steps of `gradient`.
    """

    gains: np.ndarray
    lyapunov: np.ndarray
    gradient: np.ndarray
    variance: np.ndarray
    lag: int

    @property
    def gradient_rms(self) -> np.ndarray:
        """Growth per step of the root mean square over all networks, shape (gains,)."""
        with np.errstate(divide="ignore"):
            return np.log(np.mean(np.exp(2 * self.lag * self.gradient), axis=0)) / (2 * self.lag)


def measured_growth(
    activation: str | activations.Activation,
    gains: ArrayLike,
    input_variance: float = 0.25,
    bias: float = 0.0,
    *,
    units: int = 128,
    seeds: Iterable[int] = range(5),
    matrix: str = "gaussian",
    steps: int = 300,
    burn: int = 100,
    lag: int = 50,
) -> Growth:
    """Run one random network a seed on noise and measure how nudges and gradients grow.

    h_t = f(s Q h_{t-1} + x_t + b) from h_0 = 0, with the same matrix Q and the same inputs x_t
    for all gains s of a seed.

    >>> found = measured_growth("tanh", [0.5, 1.0, 2.0], seeds=[0, 1])
    >>> found.lyapunov.shape
    (2, 3)

    Parameters
    ----------
    activation : str or Activation
        f, elementwise.
    gains : array_like, shape (gains,)
        s.
    input_variance : float
        Variance of each entry of x_t, normal and independent: σ_in² of the theory.
    bias : float
        b, the same for all units.
    units : int
        Width of the networks.
    seeds : iterable of int
        One network each.
    matrix : {"gaussian", "orthogonal"}
        Q: entries of variance 1/units, or a uniformly drawn orthogonal matrix.
    steps, burn : int
        Steps that are measured, and steps before them that are not.
    lag : int
        Steps over which the gradient is followed back, at most `steps`.

    Returns
    -------
    Growth

    Raises
    ------
    TypeError, ValueError
        For an unknown function or matrix, one that mixes units, no seed, or numbers out of range.
    """
    f = activations.get(activation)
    if not f.elementwise:
        raise ValueError(f"{f.spec!r} mixes units; an elementwise function is needed")
    checks.one_of("matrix", matrix, MATRICES)
    units, steps = (checks.whole_number(n, v, 1) for n, v in (("units", units), ("steps", steps)))
    burn, lag = checks.whole_number("burn", burn, 0), checks.whole_number("lag", lag, 1)
    if lag > steps:
        raise ValueError(f"lag={lag} is more than the {steps} steps that are measured")
    if not input_variance >= 0:
        raise ValueError(f"input_variance={input_variance!r} must be 0 or more")
    s = np.asarray(gains, np.float64)
    if s.ndim != 1 or not len(s):
        raise ValueError(f"gains={gains!r} must be a list of numbers")
    rngs = [np.random.default_rng(seed) for seed in seeds]
    if not rngs:
        raise ValueError("there is no seed; give one for each network")
    q = np.stack([_draw(rng, units, matrix) for rng in rngs])

    # Axes: network, unit, gain. Beside the states the nudges, so that one product serves both.
    h = np.zeros((len(rngs), units, len(s)))
    v = np.stack([rng.standard_normal((units, 1)) for rng in rngs]) + h
    growth, squares = np.zeros((2, len(rngs), len(s)))
    slopes = []
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        for t in range(burn + steps):
            uh, uv = np.split(q @ np.concatenate([h, v], axis=-1), 2, axis=-1)
            x = np.stack([rng.standard_normal((units, 1)) for rng in rngs])
            a = s * uh + input_variance**0.5 * x + bias
            h, slope = f(a), f.derivative(a)
            v, size = _unit_length(slope * s * uv)
            if t >= burn:
                growth += np.log(size)
                squares += (a - bias).var(axis=1)
                slopes.append(slope)
        gradient = _backwards(rngs, q, s, slopes[-lag:]) / lag
    gradient = np.where(np.isfinite(h).all(axis=1), gradient, np.nan)
    return Growth(s, growth / steps, gradient, squares / steps, lag)


def _draw(rng: np.random.Generator, units: int, matrix: str) -> np.ndarray:
    q = rng.standard_normal((units, units)) / np.sqrt(units)
    if matrix == "orthogonal":
        q, r = np.linalg.qr(q)
        q = q * np.sign(np.diag(r))  # uniform over all orthogonal matrices (Mezzadri 2007)
    return q


def _backwards(
    rngs: list[np.random.Generator], q: np.ndarray, s: np.ndarray, slopes: list[np.ndarray]
) -> np.ndarray:
    """Return the log growth of the rms of eight random gradients, shape (networks, gains)."""
    networks, units, gains = slopes[0].shape
    g = np.stack([rng.standard_normal((units, 1, 8)) for rng in rngs]).repeat(gains, axis=2)
    log = np.zeros((networks, gains))
    back = q.swapaxes(-1, -2)
    for slope in reversed(slopes):
        before = np.sqrt((g**2).sum(axis=(1, 3)))
        through = (slope[..., None] * g).reshape(networks, units, -1)
        g = s[:, None] * (back @ through).reshape(g.shape)
        size = np.sqrt((g**2).sum(axis=(1, 3)))
        log += np.where(before > 0, np.log(size / before), -np.inf)
        g = g / np.where(size > 0, size, 1)[:, None, :, None]
    return log


def _unit_length(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns at length 1 (a column of zeros as it is), and their lengths."""
    size = np.linalg.norm(v, axis=1, keepdims=True)
    return v / np.where(size > 0, size, 1), size[:, 0]
