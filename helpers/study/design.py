"""The grid of a study: every combination of the factors' levels, checked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from numbers import Real

from helpers import activations, cells, seeds
from helpers.activations import learned
from helpers.cells import initialisers
from helpers.checks import one_of, positive_number, whole_number
from helpers.study.program import OPTIMIZERS


def levels(name: str, value) -> list:
    """Return the levels of a factor: a list as it is, anything else as one level.

    Raises
    ------
    ValueError
        If there is no level, or one comes twice.
    """
    values = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    if not values:
        raise ValueError(f"{name} has no levels; give at least one")
    if len(set(values)) < len(values):
        raise ValueError(f"{name}={values!r} holds a level twice")
    return values


def seed_indices(value: int | Iterable[int]) -> list[int]:
    """Return the indices of the runs: ``10`` stands for 0 to 9, ``range(10, 20)`` for itself."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [whole_number("seeds", index, 0) for index in levels("seeds", value)]
    return list(range(whole_number("seeds", value, 1)))


def _function(name: str, value: str | activations.Activation) -> str:
    function = activations.get(value)
    return value if isinstance(value, str) else function.spec


def _state_function(name: str, value: str | activations.Activation) -> str:
    if isinstance(value, str) and "/" in value:  # one for each layer
        return "/".join(_function(name, part) for part in value.split("/"))
    learned.function(value)
    return value if learned.is_learned(value) else _function(name, value)


def _forget_bias(name: str, value: float | str | None) -> float | str | None:
    if value is None or value == "chrono":
        return value
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(
            f'{name}={value!r} is not known; choose a number, "chrono", or None for Keras\'s own'
        )
    return float(value)


def _optimizer(name: str, value: str) -> str:
    one_of(name, value, OPTIMIZERS)
    return value


def _cell(name: str, value: str) -> str:
    return cells.get(value).name


def _recurrent_init(name: str, value: str) -> str:
    initialisers.parse_recurrent(value)
    return value


CHECKS = {
    "cell": _cell,
    "activation": _state_function,
    "gate_activation": _function,
    "recurrent_init": _recurrent_init,
    "forget_bias": _forget_bias,
    "learning_rate": positive_number,
    "clip_norm": lambda name, value: None if value is None else positive_number(name, value),
    "depth": lambda name, value: whole_number(name, value, 1),
    "units": lambda name, value: whole_number(name, value, 1),
    "readout": _function,
    "optimizer": _optimizer,
}


def grid(factors: dict, seed: int | Iterable[int]) -> list[dict]:
    """Cross all levels of all factors with all seeds, after checking them.

    Parameters
    ----------
    factors : dict
        One level or a list of levels for every name in `CHECKS`.
    seed : int or list of int
        See `seed_indices`.

    Returns
    -------
    list of dict
        One for each run, seeds varying fastest. A factor that the cell has no use
        for is None; any other forget bias of None is replaced by Keras's own.

    Raises
    ------
    ValueError, TypeError
        If a level is unknown or a combination makes no sense.
    """
    checked = {
        name: [check(name, value) for value in levels(name, factors[name])]
        for name, check in CHECKS.items()
    }
    for cell in map(cells.get, checked["cell"]):
        for name, reason in _without(cell).items():
            if len(checked[name]) > 1:
                raise ValueError(
                    f"{name}={checked[name]!r} cannot vary for {cell.name}, {reason}; "
                    "make a study of its own for the cells where it can"
                )
    for function, depth in itertools.product(checked["activation"], checked["depth"]):
        if "/" in function and function.count("/") + 1 != depth:
            raise ValueError(
                f"activation={function!r} names one function for each layer, but depth={depth}"
            )
    indices = seed_indices(seed)
    runs = []
    for values in itertools.product(*checked.values()):
        run = dict(zip(checked, values, strict=True))
        cell = cells.get(run["cell"])
        if run["forget_bias"] is None:
            run["forget_bias"] = cell.default_forget_bias
        run |= dict.fromkeys(_without(cell))
        runs += [run | {"seed": index, "seed_value": seeds.run_seed(index)} for index in indices]
    return runs


def _without(cell: cells.Cell) -> dict[str, str]:
    """Return the factors that mean nothing for a cell, and why."""
    reasons = {}
    if not cell.gated:
        reasons["gate_activation"] = "which has no gates"
    if not cell.forget_part:
        reasons["forget_bias"] = "which has no forget bias"
    if not cell.state_parts:
        reasons["recurrent_init"] = "which has no recurrent kernel"
    return reasons
