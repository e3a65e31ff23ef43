"""Activation functions as data: look one up, call it, ask it for its properties.

>>> from helpers import activations
>>> act = activations.get("scaled_tanh(a=0.5)")
>>> act.upper, act.slope_max
(0.5, 1.0)

======================  ==========================================================
`function`              what an activation is, and how one is found by its name
`catalogue`             every function of the book: formula, properties, origin
`formulas`              the pieces from which the catalogue's formulas are built
`mixtures`              several functions in one layer
`learned`               functions with parameters that are trained (loads Keras)
======================  ==========================================================

Importing this package loads no TensorFlow.
"""

from helpers.activations.function import (
    OTHER_NAMES,
    Activation,
    families,
    get,
    names,
    table,
)

__all__ = ["OTHER_NAMES", "Activation", "families", "get", "names", "table"]
