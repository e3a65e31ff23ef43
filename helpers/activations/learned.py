"""Activation functions that are learned with the other weights of a network.

A study takes them by name as ``activation=``, for any cell:

    table, weights = study.run(task, activation=["tanh", "pade"], weights=True)
    learned.get("pade").curve(x, weights[-1]["layers"][0]["learned"])

Each recurrent layer has one set of parameters, which all of its units share and
which every place that the activation acts in shares too (in an LSTM, the candidate
and the output). Gates and readouts keep functions of `helpers.activations`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from helpers import activations

#: The places of the spline's basis functions, at distance 1: a grid from -4 to 4, and
#: one place more on either side, as a cubic B-spline reaches 2 intervals far.
CENTRES = tuple(float(place) for place in range(-5, 6))

#: Coefficients with which `pade` is close to leaky ReLU of slope 0.01: least squares on [-3, 3].
LEAKY_NUMERATOR = (0.0336, 0.505, 1.6514, 2.0046, 0.928, 0.1515)
LEAKY_DENOMINATOR = (0.0, 3.9693, 0.0, 0.3001)


def prelu(x, slope):
    """max(x, 0) + slope · min(x, 0) (He et al. 2015, one slope a layer)."""
    return ops.relu(x) - slope * ops.relu(-x)


def scaled_tanh(x, log_a):
    """a tanh(x / a), slope 1 at 0 and bounds ±a; log a is trained, so that a stays above 0."""
    a = ops.exp(log_a)
    return a * ops.tanh(x / a)


def pade(x, numerator, denominator):
    """Padé activation unit in its safe form (Molina et al. 2020, arXiv:1907.06732).

    ::

        (a_0 + a_1 x + ... + a_5 x^5) / (1 + |b_1 x + ... + b_4 x^4|)

    The absolute value keeps the denominator from 0. Beyond the range in which it is
    trained the function goes on as a straight line, or as x^5 if all b vanish.
    """
    above = _polynomial(x, numerator)
    return above / (1.0 + ops.abs(x * _polynomial(x, denominator)))


def spline(x, base, coefficients):
    """base · tanh(x) + Σ_k coefficients_k B(x − k), with the cubic B-spline B.

    One edge of a Kolmogorov–Arnold network (Liu et al. 2025, arXiv:2404.19756,
    section 2.2), on a fixed grid (`CENTRES`). There every pair of units has a
    function of its own, the base is SiLU, and the coefficients are initialised
    with small random numbers; here with 0, so that the function is tanh at first.
    """
    total = base * ops.tanh(x)
    for k, centre in enumerate(CENTRES):
        distance = ops.abs(x - centre)
        outer, inner = ops.relu(2.0 - distance), ops.relu(1.0 - distance)
        bump = (outer * outer * outer - 4.0 * inner * inner * inner) / 6.0
        total = total + coefficients[..., k : k + 1] * bump
    return total


def _polynomial(x, coefficients):
    """Σ_k coefficients_k x^k by Horner's rule, coefficients along the last axis."""
    *rest, last = (coefficients[..., k : k + 1] for k in range(coefficients.shape[-1]))
    total = last
    for coefficient in reversed(rest):
        total = total * x + coefficient
    return total


@dataclass(frozen=True)
class Learned:
    """An activation function with parameters that are trained.

    Attributes
    ----------
    name, label : str
        Name in a study; short name for figures.
    formula : callable
        ``formula(x, **parameters)`` for tensors; each parameter (..., 1, n).
    initial_values : dict of str to tuple of float
        Initial values of the parameters.
    origin : str
        Where it was introduced.
    """

    name: str
    label: str
    formula: Callable
    initial_values: dict[str, tuple[float, ...]]
    origin: str

    def __call__(self, x, **parameters):
        return self.formula(x, **parameters)

    def initial(self) -> dict[str, np.ndarray]:
        """Return the initial parameters of a layer: arrays (1, n) of float32."""
        return {name: np.array([values], "float32") for name, values in self.initial_values.items()}

    def curve(self, x: ArrayLike, parameters: dict[str, np.ndarray] | None = None) -> np.ndarray:
        """Return the function's values, for a figure.

        Parameters
        ----------
        x : array_like (n,)
        parameters : dict of ndarray (1, n), optional
            As trained (see `helpers.study.run`); without them, the initial ones.

        Raises
        ------
        ValueError
            If they are the parameters of another function.
        """
        parameters = self.initial() if parameters is None else parameters
        if set(parameters) != set(self.initial_values):
            raise ValueError(
                f"{', '.join(parameters)} are no parameters of {self.name}; "
                f"it has {', '.join(self.initial_values)}"
            )
        column = np.asarray(x, "float32").reshape(-1, 1)
        return np.asarray(self.formula(column, **parameters)).reshape(np.shape(x))


# tanh's own Padé approximant of degrees 5 and 4, whose denominator is positive.
_TANH = {
    "numerator": (0.0, 1.0, 0.0, 1 / 9, 0.0, 1 / 945),
    "denominator": (0.0, 4 / 9, 0.0, 1 / 63),
}
_LEAKY = {"numerator": LEAKY_NUMERATOR, "denominator": LEAKY_DENOMINATOR}
_SPLINE = {"base": (1.0,), "coefficients": (0.0,) * len(CENTRES)}

LEARNED = {
    function.name: function
    for function in (
        Learned("learned_prelu", "learned PReLU", prelu, {"slope": (0.25,)}, "He et al. 2015"),
        Learned("learned_scaled_tanh", "learned a·tanh(x/a)", scaled_tanh, {"log_a": (0.0,)}, ""),
        Learned("pade", "Padé from tanh", pade, _TANH, "Molina et al. 2020"),
        Learned("pade_leaky_relu", "Padé from leaky ReLU", pade, _LEAKY, "Molina et al. 2020"),
        Learned("spline", "spline", spline, _SPLINE, "Liu et al. 2025"),
    )
}


def is_learned(spec: object) -> bool:
    """Say whether `spec` is the name of a learned function."""
    return isinstance(spec, str) and spec in LEARNED


def get(name: str) -> Learned:
    """Look a learned function up by its name.

    Raises
    ------
    ValueError
        If there is no such function.
    """
    if name not in LEARNED:
        raise ValueError(f"no learned function {name!r}; choose from {', '.join(LEARNED)}")
    return LEARNED[name]


def function(spec: str | activations.Activation) -> Learned | activations.Activation:
    """Look up what may be a cell's activation: a learned function or one of the catalogue.

    Raises
    ------
    TypeError, ValueError
        See `helpers.activations.get`; the choices include the learned functions.
    """
    if isinstance(spec, str) and spec in LEARNED:
        return LEARNED[spec]
    try:
        return activations.get(spec)
    except ValueError as error:
        raise ValueError(f"{error}; or, learned: {', '.join(LEARNED)}") from None
