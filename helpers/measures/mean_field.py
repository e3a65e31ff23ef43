r"""How variance and gradient grow in a wide random recurrent network, without running one.

A recurrence h_t = f(a_t) with a_t = W x_t + U h_{t-1} + b has N units. The entries of U are drawn
with variance s²/N (s is the gain), and W x_t gives each pre-activation the variance σ_in²,
anew at each step. If N is large, the pre-activations of one step are spread over the
units like a normal variable of mean b, and two numbers say what happens:

* their variance q goes from step to step by the *variance map*
  q ← s² E[f(√q z + b)²] + σ_in², z standard normal (the "length map" of Poole et al. 2016,
  section 2), until it is stationary at q*;
* the mean square of the gradient ∂L/∂h_t is multiplied in each step back by
  χ = s² E[f′(√q* z + b)²], the *slope of the correlation map* (χ₁ of Poole et al. 2016,
  section 2; for gradients Schoenholz et al. 2017; for recurrent networks Chen, Pennington &
  Schoenholz 2018).
  Two runs with the same input and slightly different states move apart if χ > 1 (chaos),
  together if χ < 1 (order). Input moves the border up (Molgedey et al. 1992; Rajan et al. 2010).

The gradient's size changes by ½ ln χ nats per step. The gain at which χ = 1 is the
*critical gain* s*.

What is assumed:

* N is large. U is Gaussian; s times an orthogonal matrix gives the same at leading order.
* Weights are treated as if drawn anew at each step ("annealed"), though a recurrent network has
  the same U at all steps. At leading order in 1/N that makes no difference to q and χ as
  long as U is random; after training, or with U = I, it does.
* Inputs are independent from step to step and from unit to unit, with mean 0; one bias for all
  units.
* ½ ln χ is half the log of a *mean square*. The Lyapunov exponent is the mean of a *log*,
  which is never larger; the two agree as N grows (`helpers.measures.growth` measures both).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from helpers import activations
from helpers.measures.fixed_points import (
    FixedPoint,
    fixed_points,
    mean_square,
    mean_squared_slope,
    stationary,
)

#: Gains among which a critical gain is looked for.
GAINS = np.geomspace(1e-3, 1e3, 121)


@dataclass(frozen=True)
class CriticalGain:
    """Where the slope χ of the correlation map first rises above 1.

    Attributes
    ----------
    gain : float
        s*; NaN if there is none. Exact to 9 digits, at a jump to 5.
    variance : float
        q* a ten-millionth below s*; inf where it grows without bound as the gain approaches
        s* (ReLU).
    kind : {"crossing", "jump", "none"}
        "crossing": χ reaches 1 continuously. "jump": χ is below 1 up to s* and above 1
        beyond it, since the stationary variance jumps there or ceases to exist. "none": χ does
        not exceed 1, or is above 1 already, at all gains from 0.001 to 1000.
    """

    gain: float
    variance: float
    kind: str


def variance_map(
    activation: str | activations.Activation,
    variance: ArrayLike,
    gain: ArrayLike,
    input_variance: float = 0.0,
    bias: float = 0.0,
) -> np.ndarray:
    """Return the variance of the pre-activations one step later, s² E[f(√q z + b)²] + σ_in².

    >>> variance_map("relu", 3.0, gain=2.0, input_variance=0.5).round(9)  # s² q / 2 + σ_in²
    np.float64(6.5)

    Parameters
    ----------
    activation : str or Activation
        f, elementwise.
    variance : array_like
        q, 0 or more.
    gain : array_like
        s, 0 or more, of a shape that fits `variance`.
    input_variance : float
        σ_in², the variance that the input W x_t gives to a pre-activation.
    bias : float
        b, the same for all units.

    Returns
    -------
    numpy.ndarray, of the joint shape of `variance` and `gain`

    Raises
    ------
    ValueError
        If the function mixes units, or a number is negative or not finite.
    """
    f, s, sigma2, b = _checked(activation, gain, input_variance, bias)
    q = _not_negative("variance", variance)
    return s**2 * mean_square(f, q, b) + sigma2


def fixed_variances(
    activation: str | activations.Activation,
    gain: float,
    input_variance: float = 0.0,
    bias: float = 0.0,
) -> list[FixedPoint]:
    """Return all stationary variances up to 1e12, the smallest first.

    There may be none (ReLU beyond s = √2 with input), one, or several: without input or bias
    tanh has q = 0 at any gain, and beyond s = 1 a second one, to which the variance moves.

    Parameters
    ----------
    activation, gain, input_variance, bias
        As in `variance_map`; one gain.

    Returns
    -------
    list of FixedPoint
        Where a whole interval is stationary (ReLU at s = √2 without input), its ends alone.

    Raises
    ------
    ValueError
        As `variance_map`.
    """
    f, s, sigma2, b = _checked(activation, gain, input_variance, bias)
    return fixed_points(f, float(s), sigma2, b)


def stationary_variance(
    activation: str | activations.Activation,
    gain: ArrayLike,
    input_variance: float = 0.0,
    bias: float = 0.0,
    start: float = 1.0,
) -> np.ndarray:
    """Return q*, to which the variance of the pre-activations moves from `start`.

    It is the first fixed point above `start` if the variance grows there, and the first below
    if it shrinks, which is where the iteration of a rising map ends. A map that falls somewhere
    on the way (tanh with a large bias) is iterated.

    >>> round(float(stationary_variance("relu", gain=1.0, input_variance=0.5)), 12)
    1.0

    Parameters
    ----------
    activation, gain, input_variance, bias
        As in `variance_map`.
    start : float
        The variance at the first step. It matters where there are several fixed points.

    Returns
    -------
    numpy.ndarray, of the shape of `gain`
        inf where the variance grows without bound (beyond 1e12), NaN where it neither
        settles nor grows.

    Raises
    ------
    ValueError
        As `variance_map`.
    """
    f, s, sigma2, b = _checked(activation, gain, input_variance, bias)
    q0 = float(_not_negative("start", start))
    return np.vectorize(lambda one: stationary(f, one, sigma2, b, q0), otypes=[float])(s)


def correlation_slope(
    activation: str | activations.Activation,
    gain: ArrayLike,
    input_variance: float = 0.0,
    bias: float = 0.0,
    start: float = 1.0,
) -> np.ndarray:
    """Return χ = s² E[f′(√q* z + b)²], by which a step back multiplies the mean squared gradient.

    >>> round(float(correlation_slope("relu", gain=1.0)), 12)  # half of the slopes are 1
    0.5

    Parameters
    ----------
    activation, gain, input_variance, bias, start
        As in `stationary_variance`.

    Returns
    -------
    numpy.ndarray, of the shape of `gain`
        Where the variance grows without bound, the limit of χ: finite if the function is
        linear far out (ReLU, ELU), inf if it is steeper (squared ReLU).

    Raises
    ------
    ValueError
        As `variance_map`.
    """
    q = stationary_variance(activation, gain, input_variance, bias, start)
    f, s, _, b = _checked(activation, gain, input_variance, bias)
    return s**2 * mean_squared_slope(f, q, b)


def gradient_growth(
    activation: str | activations.Activation,
    gain: ArrayLike,
    input_variance: float = 0.0,
    bias: float = 0.0,
    start: float = 1.0,
) -> np.ndarray:
    """Return ½ ln χ: nats that the root mean square of ∂L/∂h_t gains in each step back.

    Over k steps the gradient is multiplied by exp(k · growth). Below 0 it vanishes, above 0 it
    explodes. Parameters and errors are those of `correlation_slope`.

    Returns
    -------
    numpy.ndarray, of the shape of `gain`
        -inf where χ = 0.
    """
    with np.errstate(divide="ignore"):
        return 0.5 * np.log(correlation_slope(activation, gain, input_variance, bias, start))


def critical_gain(
    activation: str | activations.Activation,
    input_variance: float = 0.0,
    bias: float = 0.0,
    start: float = 1.0,
) -> CriticalGain:
    """Return the smallest gain s* beyond which χ > 1: there gradients neither vanish nor explode.

    >>> round(critical_gain("tanh").gain, 6)
    1.0
    >>> round(critical_gain("relu", input_variance=0.25).gain, 6)  # √2 whatever the input
    1.414214

    Parameters
    ----------
    activation, input_variance, bias, start
        As in `stationary_variance`.

    Returns
    -------
    CriticalGain

    Raises
    ------
    ValueError
        As `variance_map`.
    """
    f, _, sigma2, b = _checked(activation, 1.0, input_variance, bias)
    q0 = float(_not_negative("start", start))

    def slope(s: float) -> float:
        q = stationary(f, s, sigma2, b, q0)
        return s**2 * float(mean_squared_slope(f, np.asarray(q), b))

    if sigma2 == 0 and float(f(b)) == 0:
        # q = 0 is stationary at all gains and stable up to 1 / rms slope at b, where χ = 1. If
        # the variance moves there from the start, this is s* exactly; a search would be
        # inexact, since beyond it χ - 1 grows with the square of the distance only.
        here = float(mean_squared_slope(f, np.zeros(()), b))
        if here > 0:
            s = 1 / math.sqrt(here)
            if stationary(f, s * (1 - 1e-6), 0.0, b, q0) < 1e-9 * max(q0, 1e-3):
                return CriticalGain(s, 0.0, "crossing")

    first = next((i for i, s in enumerate(GAINS) if slope(float(s)) > 1), 0)
    if first == 0:
        return CriticalGain(math.nan, math.nan, "none")
    low, high = float(GAINS[first - 1]), float(GAINS[first])
    while high - low > 1e-13 * high:
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (low, middle) if slope(middle) > 1 else (middle, high)
    below = high * (1 - 1e-7)  # so far below that rounding decides nothing
    variance = stationary(f, below, sigma2, b, q0)
    kind = "crossing" if slope(below) > 1 - 1e-3 else "jump"
    return CriticalGain(
        high, math.inf if stationary(f, low, sigma2, b, q0) > 1e9 else variance, kind
    )


def _checked(
    activation: str | activations.Activation, gain: ArrayLike, input_variance: float, bias: float
) -> tuple[activations.Activation, np.ndarray, float, float]:
    f = activations.get(activation)
    if not f.elementwise or "+" in f.spec:
        raise ValueError(f"{f.spec!r} is not one function for each number; choose another")
    if not math.isfinite(bias):
        raise ValueError(f"bias={bias!r} is not finite")
    gains = _not_negative("gain", gain)
    return f, gains, float(_not_negative("input_variance", input_variance)), float(bias)


def _not_negative(name: str, value: ArrayLike) -> np.ndarray:
    array = np.asarray(value, np.float64)
    if not (np.isfinite(array) & (array >= 0)).all():
        raise ValueError(f"{name}={value!r} must be 0 or more, and finite")
    return array
