"""Several activation functions in one layer: the units are shared out among them.

``activations.get("tanh+relu")`` applies tanh to the first half of the units and
ReLU to the second. Light GRUs (Ravanelli et al. 2018) and networks with learned
architectures mix functions between gates; here they are mixed between units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import nan
from types import MappingProxyType

import numpy as np


def fields(parts: Sequence) -> dict:
    """Return the fields of the `helpers.activations.Activation` that mixes others.

    Parameters
    ----------
    parts : sequence of Activation
        At least two; each gets an equal share of the last axis, the first ones
        one unit more where it does not divide.

    Raises
    ------
    ValueError
        If a part mixes units itself, as softmax does.
    """
    for part in parts:
        if not part.elementwise:
            raise ValueError(f"{part.spec!r} mixes units itself and cannot be a part of a mixture")
    return {
        "name": "+".join(part.spec for part in parts),
        "label": " + ".join(part.label for part in parts),
        "family": "mixture",
        "formula": r",\ ".join(part.formula for part in parts),
        "derivative_formula": r",\ ".join(part.derivative_formula for part in parts),
        "function": by_parts([part.function for part in parts]),
        "derivative": by_parts([part.derivative for part in parts]),
        "lower": min(part.lower for part in parts),
        "upper": max(part.upper for part in parts),
        "slope_at_zero": nan,
        "slope_max": max(part.slope_max for part in parts),
        "saturates": "none",
        "kinks": tuple(sorted({kink for part in parts for kink in part.kinks})),
        "monotone": all(part.monotone for part in parts),
        "zero_centred": all(part.zero_centred for part in parts),
        "parameters": MappingProxyType({}),
        "origin": (),
        "used_in": "Experiments; some units saturate while others do not.",
    }


def by_parts(functions: Sequence[Callable]) -> Callable:
    """Return the function that applies each of `functions` to its share of the last axis."""

    def mixed(x):
        if type(x).__module__.partition(".")[0] in ("tensorflow", "keras"):
            from keras import ops as xp
        else:
            xp, x = np, np.asarray(x)
        if len(x.shape) == 0:
            raise ValueError("a mixture takes a vector of units along the last axis, not a number")
        units, count = x.shape[-1], len(functions)
        ends = [-(-units * k // count) for k in range(1, count)]
        pieces = [f(piece) for f, piece in zip(functions, xp.split(x, ends, axis=-1), strict=True)]
        return xp.concatenate(pieces, axis=-1)

    return mixed
