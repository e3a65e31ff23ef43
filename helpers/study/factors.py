"""The factors of a study: which levels each may have, and when two levels are the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from helpers import activations, cells
from helpers.activations import learned
from helpers.cells import initialisers
from helpers.checks import one_of, positive_number, whole_number
from helpers.study.program import OPTIMIZERS
from helpers.study.spec import BLOCKS


def levels(name: str, value: Any) -> list:
    """Return the levels of a factor: a list as it is, anything else as one level.

    Raises
    ------
    ValueError
        If there is no level.
    """
    values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    if not values:
        raise ValueError(f"{name} has no levels; give at least one")
    return values


def refuse_twice(
    name: str,
    values: Iterable,
    same: Callable[[Any], Hashable],
    show: Callable[[Any], str] = repr,
) -> None:
    """Refuse levels of which two mean the same, however they are spelt.

    Their rows would be counted as independent runs, and make every interval too narrow.

    Parameters
    ----------
    name : str
        Of the factor.
    values : iterable
        Its levels.
    same : callable
        Takes a level and returns what is equal for two spellings of one level.
    show : callable
        Takes a level and returns its text for the error.

    Raises
    ------
    ValueError
        That names both spellings.
    """
    seen: dict[Hashable, Any] = {}
    for value in values:
        key = same(value)
        if key in seen:
            raise ValueError(f"{name} holds one level twice: {show(seen[key])} and {show(value)}")
        seen[key] = value


def seed_indices(value: int | Iterable[int]) -> list[int]:
    """Return the indices of the runs: ``10`` stands for 0 to 9, ``range(10, 20)`` for itself."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        indices = [whole_number("seeds", index, 0) for index in levels("seeds", value)]
        refuse_twice("seeds", indices, int)
        return indices
    return list(range(whole_number("seeds", value, 1)))


def _function(name: str, value: str | activations.Activation) -> str:
    function = activations.get(value)
    return value if isinstance(value, str) else function.spec


def _state_function(name: str, value: str | activations.Activation) -> str:
    if isinstance(value, str) and "/" in value:  # one for each layer
        return "/".join(_function(name, part) for part in value.split("/"))
    learned.function(value)
    if isinstance(value, str) and learned.is_learned(value):
        return value
    return _function(name, value)


def _same_function(level: str | None) -> Hashable:
    """Return what two spellings share: ``"tanh/tanh"`` is tanh, a default may be written out."""
    if level is None or learned.is_learned(level):
        return level
    specs = [activations.get(part).spec for part in level.split("/")]
    return specs[0] if len(set(specs)) == 1 else tuple(specs)


def _forget_bias(name: str, value: float | str | None) -> float | str | None:
    if value is None or value == "chrono":
        return value
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(
            f'{name}={value!r} is not known; choose a number, "chrono", or None for Keras\'s own'
        )
    return float(value)


def _clip_norm(name: str, value: float | None) -> float | None:
    return None if value is None else positive_number(name, value)


def _number_from_one(name: str, value: int) -> int:
    return whole_number(name, value, 1)


def _block(name: str, value: str) -> str:
    one_of(name, value, BLOCKS)
    return value


def _optimizer(name: str, value: str) -> str:
    one_of(name, value, OPTIMIZERS)
    return value


def _cell(name: str, value: str) -> str:
    return cells.get(value).name


def _recurrent_init(name: str, value: str) -> str:
    initialisers.parse_recurrent(value)
    return value


def _same_recurrent_init(level: str | None) -> Hashable:
    if level is None:
        return None
    name, gain = initialisers.parse_recurrent(level)
    return name, np.float32(gain)


def same_number(level: float | str | None) -> Hashable:
    """Compare as float32, the precision in which networks are trained."""
    return np.float32(level) if isinstance(level, float) else level


def _itself(level: Hashable) -> Hashable:
    return level


@dataclass(frozen=True)
class Factor:
    """How a factor's levels are read.

    Attributes
    ----------
    check : callable
        ``check(name, value)`` returns the level as the table of the study shows it.
    same : callable
        ``same(level)`` is equal for two spellings of one level.
    """

    check: Callable[[str, Any], Any]
    same: Callable[[Any], Hashable] = _itself


#: All factors of a study, in the order of the table's columns.
FACTORS = {
    "cell": Factor(_cell),
    "activation": Factor(_state_function, _same_function),
    "gate_activation": Factor(_function, _same_function),
    "recurrent_init": Factor(_recurrent_init, _same_recurrent_init),
    "forget_bias": Factor(_forget_bias, same_number),
    "learning_rate": Factor(positive_number, same_number),
    "clip_norm": Factor(_clip_norm, same_number),
    "depth": Factor(_number_from_one),
    "units": Factor(_number_from_one),
    "readout": Factor(_function, _same_function),
    "block": Factor(_block),
    "optimizer": Factor(_optimizer),
}
