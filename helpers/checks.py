"""Checks of arguments that several modules share: short errors that name the value."""

from __future__ import annotations

import math
import operator
from collections.abc import Collection
from numbers import Real
from typing import Any


def whole_number(name: str, value: Any, least: int) -> int:
    """Return `value` as an int.

    Raises
    ------
    TypeError
        If it is not a whole number.
    ValueError
        If it is below `least`.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is not a whole number")
    if number < least:
        raise ValueError(f"{name}={value!r} is too small; choose {least} or more")
    return number


def positive_number(name: str, value: Any) -> float:
    """Return `value` as a float.

    Raises
    ------
    TypeError
        If it is not a number.
    ValueError
        If it is not above 0 and finite.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}={value!r} is not a number")
    if not 0 < float(value) < math.inf:
        raise ValueError(f"{name}={value!r} is not above 0 and finite")
    return float(value)


def one_of(name: str, value: object, choices: Collection[str]) -> None:
    """Raise a ValueError that lists the `choices` if `value` is none of them."""
    if value not in choices:
        raise ValueError(f"{name}={value!r} is not known; choose from {', '.join(choices)}")
