"""Activation functions by name: look one up, call it, ask it for its properties.

>>> from helpers import activations
>>> act = activations.get("scaled_tanh(a=0.5)")
>>> act.upper, act.slope_max
(0.5, 1.0)
>>> act([0.0, 1.0]).round(4)
array([0.   , 0.482])

The functions themselves stand in `helpers.activations.catalogue`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import call
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from helpers.activations import mixtures
from helpers.activations.catalogue import ENTRIES
from helpers.activations.formulas import NUMPY

#: What a reader may look for, and its name here.
OTHER_NAMES = {
    "swish": "silu", "hard_swish": "hard_silu", "logistic": "sigmoid", "identity": "linear",
    "atan": "arctan", "exp": "exponential", "hardtanh": "hard_tanh", "leakyrelu": "leaky_relu",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Activation:
    """An activation function, its derivative and its properties.

    Call it, or its `derivative`, with a NumPy array, number or list (the answer is
    NumPy; a floating-point type is kept, whole numbers become float64) or with a TensorFlow
    or Keras tensor (the answer is a tensor, through `keras.ops`). It can be given to a
    Keras layer as ``activation=``; on a GPU, though, Keras takes the fast cuDNN kernels
    for its own tanh and sigmoid alone. NaN in gives NaN out; a result too large for the
    type is infinite. float16 and bfloat16 are computed in float32 and rounded once. Two
    Activations are equal if they agree in name and parameters.

    Attributes
    ----------
    name : str
        Keras's name where Keras has the function.
    label, family : str
        Short name for figures; group of functions of the same kind.
    formula, derivative_formula : str
        LaTeX, without dollar signs.
    function, derivative : callable
        Shape of x to the same shape. At a kink `derivative` is what automatic
        differentiation gives (see `helpers.activations.catalogue`). For softmax it is the
        diagonal of the Jacobian along the last axis.
    lower, upper : float
        Infimum and supremum of the values over all real x.
    attained : {"none", "lower", "upper", "both"}
        Which of the two is a value of the function, in exact arithmetic.
    slope_at_zero : float
        ``derivative(0)``, NaN for softmax, where it depends on the vector's length.
    slope_max : float
        Supremum of the absolute derivative, the γ of Pascanu et al. (2013); for softmax
        the largest spectral norm of the Jacobian.
    saturates : {"both", "left", "right", "none"}
        Sides on which the function tends to a finite constant.
    kinks : tuple of float
        Points at which the function has no derivative.
    monotone : bool
        Nowhere decreasing; for softmax, each output in its own input.
    zero_centred : bool
        Odd, f(−x) = −f(x): an input symmetric about 0 gives an output with mean 0.
    elementwise : bool
        Acts on each number by itself; False for softmax alone.
    parameters : mapping of str to float
        Parameters and their values.
    allowed : tuple of float, or None
        Smallest and largest value that a parameter may take.
    origin : tuple of str
        Keys of the bibliography: where it was introduced, then later sources.
    used_in : str
        Where recurrent networks use it.
    """

    name: str
    label: str
    family: str
    formula: str = field(repr=False)
    derivative_formula: str = field(repr=False)
    function: Callable[[Any], Any] = field(repr=False)
    derivative: Callable[[Any], Any] = field(repr=False)
    lower: float
    upper: float
    slope_at_zero: float
    slope_max: float
    saturates: str
    origin: tuple[str, ...] = field(repr=False)
    used_in: str = field(repr=False)
    attained: str = "none"
    kinks: tuple[float, ...] = ()
    monotone: bool = True
    zero_centred: bool = False
    elementwise: bool = True
    parameters: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    allowed: tuple[float, float] | None = field(default=None, repr=False)

    def __call__(self, x):
        return self.function(x)

    @property
    def smooth(self) -> bool:
        """Continuously differentiable everywhere (the second derivative may jump)."""
        return not self.kinks

    @property
    def range(self) -> str:
        """The set of values as an interval, such as ``[0, inf)``."""
        left = "[" if self.attained in ("lower", "both") else "("
        right = "]" if self.attained in ("upper", "both") else ")"
        return f"{left}{self.lower:.4g}, {self.upper:.4g}{right}"

    @property
    def range_label(self) -> str:
        """`range` as figures and pages show it, ``[0, ∞)``; older consoles cannot print that."""
        return self.range.replace("inf", "∞").replace("-", "−")

    @property
    def spec(self) -> str:
        """The text from which `get` makes this Activation; defaults are left out."""
        if self.name not in ENTRIES:  # a mixture is named by its parts
            return self.name
        default = ENTRIES[self.name].get("parameters", {})
        changed = [f"{k}={v!r}" for k, v in self.parameters.items() if v != default[k]]
        return self.name + (f"({', '.join(changed)})" if changed else "")

    def __str__(self) -> str:
        return self.spec

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Activation) and self.spec == other.spec

    def __hash__(self) -> int:
        return hash(self.spec)

    def __reduce__(self):
        # Pickled by its spec: the functions inside are no module-level names.
        return get, (self.spec,)

    def get_config(self) -> dict[str, str]:
        """Return what Keras stores of this function with a layer or model.

        To load a saved model in a new session, pass ``keras.saving.load_model`` the argument
        ``custom_objects={"helpers>Activation": Activation}``.
        """
        import keras

        # Without this, Keras would refuse to copy a layer, as Bidirectional does.
        keras.saving.register_keras_serializable("helpers")(Activation)
        return {"spec": self.spec}

    @classmethod
    def from_config(cls, config: dict[str, str]) -> Activation:
        """Return the Activation that `get_config` described."""
        return get(config["spec"])


def get(spec: str | Activation) -> Activation:
    """Look up an activation function.

    Parameters
    ----------
    spec : str or Activation
        A name of the catalogue, with parameters in brackets where it has some, as in
        ``"tanh"`` or ``"leaky_relu(negative_slope=0.1)"``. ``"tanh+relu"`` gives the first half
        of the units tanh and the second ReLU. An Activation is returned as it is.

    Raises
    ------
    TypeError
        If `spec` is neither.
    ValueError
        If the name, a parameter or a value is not in the catalogue; the text lists the choices.
    """
    if isinstance(spec, Activation):
        return spec
    if not isinstance(spec, str):
        raise TypeError(f"an activation is given by name, as in 'tanh', not by {spec!r}")
    if "+" in re.sub(r"\(.*?\)", "", spec):  # a plus sign in brackets belongs to a number
        parts = [get(part) for part in re.split(r"\+(?![^(]*\))", spec)]
        return Activation(**mixtures.fields(parts))
    found = re.fullmatch(r"\s*(\w+)\s*(?:\((.*)\))?\s*", spec)
    if not found:
        raise ValueError(f"cannot read {spec!r}; write 'name' or 'name(parameter=value)'")
    name, arguments = found.groups(default="")
    if name not in ENTRIES:
        likely = OTHER_NAMES.get(name.lower()) or next(
            iter(difflib.get_close_matches(name.lower(), ENTRIES, n=1)), None
        )
        hint = f"did you mean {likely!r}? " if likely else ""
        raise ValueError(f"no activation {name!r}; {hint}choose from {', '.join(ENTRIES)}")
    return _make(name, _read_parameters(spec, name, arguments))


def names(family: str | None = None) -> list[str]:
    """Return the names of all functions, or of one family, in the catalogue's order.

    Raises
    ------
    ValueError
        If there is no such family.
    """
    if family is not None and family not in families():
        raise ValueError(f"no family {family!r}; choose from {', '.join(families())}")
    return [name for name, entry in ENTRIES.items() if family in (None, entry["family"])]


def families() -> list[str]:
    """Return the names of the families, in the catalogue's order."""
    return list(dict.fromkeys(entry["family"] for entry in ENTRIES.values()))


def table() -> pd.DataFrame:
    """Return one row for each function, at its default parameters, indexed by name."""
    plain = (
        "label", "family", "range", "lower", "upper", "slope_at_zero", "slope_max", "saturates",
        "monotone", "smooth", "zero_centred", "elementwise", "kinks", "parameters", "formula",
        "derivative_formula", "origin", "used_in",
    )  # fmt: skip
    rows = {name: {key: getattr(get(name), key) for key in plain} for name in names()}
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
    frame["parameters"] = [
        ", ".join(f"{k}={v:g}" for k, v in values.items()) for values in frame["parameters"]
    ]
    for column in ("kinks", "origin"):
        frame[column] = [", ".join(map(str, values)) for values in frame[column]]
    return frame


def _read_parameters(spec: str, name: str, arguments: str) -> dict[str, float]:
    """Return all parameters of `name`, those in the text `arguments` in place of defaults."""
    entry = ENTRIES[name]
    values = dict(entry.get("parameters", {}))
    given: set[str] = set()
    for argument in filter(None, (part.strip() for part in arguments.split(","))):
        key, equals, text = (part.strip() for part in argument.partition("="))
        if not equals:
            raise ValueError(f"{spec!r}: write {argument!r} as parameter=value")
        if key not in values:
            known = ", ".join(values) or "none"
            raise ValueError(f"{spec!r}: {name} has no parameter {key!r}; its parameters: {known}")
        if key in given:
            raise ValueError(f"{spec!r}: {key} is given twice")
        given.add(key)
        low, high = entry["allowed"]
        try:
            values[key] = float(text) + 0.0  # -0.0 becomes 0.0, so that equal values look equal
        except ValueError:
            raise ValueError(f"{spec!r}: {key}={text} is not a number") from None
        if not low <= values[key] <= high:
            raise ValueError(f"{spec!r}: {key}={text} is not between {low:g} and {high:g}")
    return values


def _make(name: str, parameters: dict[str, float]) -> Activation:
    """Build the Activation of a catalogue entry at the given parameters."""
    entry = dict(ENTRIES[name])
    formulas = {key: entry.pop(key) for key in ("function", "derivative")}
    fields = {k: v(**parameters) if callable(v) else v for k, v in entry.items()}
    if parameters != entry.get("parameters", {}):
        values = ", ".join(f"{k} = {v:g}" for k, v in parameters.items())
        fields["label"] += f" ({values})"
    fields["parameters"] = MappingProxyType(parameters)
    vector = not fields.get("elementwise", True)

    def evaluate(formula, x):
        xp, x, dtype = _prepare(x, vector, name)
        # In half precision a formula's intermediate results would overflow (the square of
        # 256 in float16) or lose their digits; only the result is rounded to it.
        half = dtype in ("float16", "bfloat16")
        if half:
            x = x.astype(np.float32) if xp is NUMPY else xp.cast(x, "float32")
        with np.errstate(over="ignore", under="ignore"):
            y = formula(xp, x, **parameters)
            if xp is NUMPY:
                # [()] makes a number of an array without axes.
                return y.astype(dtype, copy=False)[()]
        return xp.cast(y, dtype) if half else y

    def derivative(xp, x, **parameters):
        # A comparison with NaN is false, so that a step would hide it.
        return xp.where(xp.isnan(x), x, formulas["derivative"](xp, x, **parameters))

    # `call` is no Python code, and so TensorFlow's AutoGraph does not try to rewrite what
    # it calls: a formula runs in a tf.function as it stands here, and is traced sooner.
    fields["function"] = partial(call, partial(evaluate, formulas["function"]))
    fields["derivative"] = partial(call, partial(evaluate, derivative))
    return Activation(name=name, **fields)


def _prepare(x: Any, vector: bool, name: str) -> tuple[Any, Any, Any]:
    """Return the namespace to compute in, `x` as a tensor or an array, and its type."""
    # No annotated variables in here: TensorFlow's AutoGraph, which may rewrite this function,
    # stumbles over them.
    if type(x).__module__.partition(".")[0] in ("tensorflow", "keras"):
        # Imported here: whoever only draws a curve need not load TensorFlow.
        from keras import ops
        from keras.backend import standardize_dtype

        prepared = ops, x, standardize_dtype(x.dtype)
    else:
        x = np.asarray(x)
        if x.dtype.kind in "iub":
            x = x.astype(np.float64)
        elif x.dtype.kind != "f" and x.dtype.name != "bfloat16":  # NumPy calls that one a void
            raise TypeError(f"{name} takes real numbers, not an array of type {x.dtype}")
        prepared = NUMPY, x, x.dtype
    if vector and len(x.shape) == 0:
        raise ValueError(f"{name} takes a vector along the last axis, not a single number")
    return prepared
