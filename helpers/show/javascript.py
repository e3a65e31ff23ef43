"""The catalogue's formulas as JavaScript, for figures that compute in the browser.

A formula of `helpers.activations.catalogue` is a line of Python over a namespace ``xp``. Given
the namespace `BROWSER` and, for x, an `Expression`, that line computes no number: it
writes down what it would compute. So the browser evaluates the same formula as NumPy
and Keras do, and nothing is written twice.

>>> from helpers import javascript
>>> print(javascript.arrow("hard_sigmoid"))
x => relu6(x + 3) / 6
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import TypeAlias

from helpers import activations
from helpers.activations.catalogue import ENTRIES
from helpers.show import plots

#: What an operator of a formula may stand between.
Operand: TypeAlias = "Expression | float"


class Expression:
    """A piece of JavaScript that stands for a number or a truth value.

    Attributes
    ----------
    bare : str
        The text as it stands alone.
    simple : bool
        Whether it needs no brackets as an operand of another operator.
    """

    def __init__(self, bare: str, simple: bool = True) -> None:
        self.bare, self.simple = bare, simple

    def __str__(self) -> str:
        return self.bare if self.simple else f"({self.bare})"

    def __add__(self, other):
        return _operator(self, "+", other)

    def __radd__(self, other):
        return _operator(other, "+", self)

    def __sub__(self, other):
        return _operator(self, "-", other)

    def __rsub__(self, other):
        return _operator(other, "-", self)

    def __mul__(self, other):
        return _operator(self, "*", other)

    def __rmul__(self, other):
        return _operator(other, "*", self)

    def __truediv__(self, other):
        return _operator(self, "/", other)

    def __rtruediv__(self, other):
        return _operator(other, "/", self)

    def __neg__(self):
        return Expression(f"-{self}", simple=False)

    def __lt__(self, other):
        return _operator(self, "<", other)

    def __le__(self, other):
        return _operator(self, "<=", other)

    def __gt__(self, other):
        return _operator(self, ">", other)

    def __and__(self, other):
        return _operator(self, "&&", other)

    def __bool__(self):
        raise TypeError("a formula for the browser cannot branch in Python; use xp.where")


def _operator(left: Operand, sign: str, right: Operand) -> Expression:
    return Expression(f"{_wrap(left)} {sign} {_wrap(right)}", simple=False)


def _wrap(value: Operand) -> Expression:
    """Return an Expression, made from a Python number where `value` is one."""
    return value if isinstance(value, Expression) else Expression(number(value), value >= 0)


def _calls(name: str) -> Callable[..., Expression]:
    """Return a Python function that writes a call of the JavaScript function `name`."""
    return lambda *values: Expression(f"{name}({', '.join(_wrap(v).bare for v in values)})")


def _where(condition: Expression, yes: Operand, no: Operand) -> Expression:
    return Expression(f"{condition} ? {_wrap(yes)} : {_wrap(no)}", simple=False)


#: The namespace ``xp`` that writes JavaScript. Names without ``Math.`` are functions
#: of widgets/maths.js.
BROWSER = SimpleNamespace(
    **{n: _calls(f"Math.{n}") for n in ("abs", "cos", "exp", "expm1", "sign", "sin", "tanh")},
    **{n: _calls(n) for n in ("clip", "erf", "relu", "relu6", "sigmoid", "softplus", "softsign")},
    arctan=_calls("Math.atan"), isnan=_calls("Number.isNaN"), log_sigmoid=_calls("logSigmoid"),
    ones_like=lambda x: Expression("1"), square=_calls("square"), where=_where,
)  # fmt: skip


def number(value: float) -> str:
    """Return a number as JavaScript reads it, to the last bit."""
    if math.isnan(value) or math.isinf(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(float(value))]
    return repr(float(value)).removesuffix(".0")


def arrow(spec: str | activations.Activation, derivative: bool = False) -> str:
    """Return a function of the catalogue, or its derivative, as a JavaScript function.

    Parameters
    ----------
    spec : str or Activation
        See `helpers.activations.get`.
    derivative : bool
        Write the derivative. As in the library, it is NaN for NaN.

    Raises
    ------
    ValueError
        If the function is not elementwise.
    """
    activation = activations.get(spec)
    if not activation.elementwise:
        raise ValueError(f"{activation} is not elementwise; here one number goes in and one out")
    formula = ENTRIES[activation.name]["derivative" if derivative else "function"]
    x = Expression("x")
    text = _wrap(formula(BROWSER, x, **activation.parameters))
    return f"x => {(_where(BROWSER.isnan(x), x, text) if derivative else text).bare}"


def loop(spec: str) -> str:
    """Return a JavaScript function that fills arrays with a function and its derivative.

    ``(m, a, y, s, n)``: for n numbers from place `a` of the array `m` on, the values go to
    `y` and the slopes to `s`. Each function has a loop of its own, which a browser compiles
    to quicker code than a loop that calls one function or another.

    Parameters
    ----------
    spec : str
        See `arrow`.
    """
    value, slope = (arrow(spec, d).removeprefix("x => ") for d in (False, True))
    slope = slope.removeprefix("Number.isNaN(x) ? x : ")
    return (
        "(m, a, y, s, n) => { for (let i = 0; i < n; i += 1) "
        f"{{ const x = m[a + i]; m[y + i] = {value}; m[s + i] = {slope}; }} }}"
    )


def table(specs: Iterable[str]) -> str:
    """Return functions with their properties and looks as the text of a JavaScript object.

    Parameters
    ----------
    specs : iterable of str
        The keys of the object; see `helpers.activations.get`.
    """
    rows = [f"{json.dumps(spec)}: {{{_row(activations.get(spec))}}}" for spec in specs]
    return "{\n  " + ",\n  ".join(rows) + "\n}"


def _row(activation: activations.Activation) -> str:
    dash = plots.linestyle(activation.name)
    fields = {
        "label": json.dumps(activation.label, ensure_ascii=False),
        "family": json.dumps(activation.family),
        "colour": json.dumps(f"var(--figure-{plots.FUNCTION_STYLES[activation.name][0]})"),
        "dash": json.dumps([] if dash == plots.SOLID else list(dash[1])),
        "range": json.dumps(activation.range_label, ensure_ascii=False),
        "lower": number(activation.lower),
        "upper": number(activation.upper),
        "slopeAtZero": number(activation.slope_at_zero),
        "slopeMax": number(activation.slope_max),
        "kinks": f"[{', '.join(map(number, activation.kinks))}]",
        "f": arrow(activation),
        "slope": arrow(activation, derivative=True),
    }
    return ", ".join(f"{key}: {text}" for key, text in fields.items())
