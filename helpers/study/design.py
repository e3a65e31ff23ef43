"""The design of a study: its factors checked, crossed with the seeds, and cut into batches."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np

from helpers import activations, cells, seeds
from helpers.activations import learned
from helpers.cells import initialisers
from helpers.checks import one_of, positive_number, whole_number
from helpers.study.program import OPTIMIZERS
from helpers.study.spec import Run, RunBatch, Shape, Study
from helpers.tasks.task import Task

MEMBERS = 5  # most runs in a stack: more gain no speed, and few spread evenly over workers
SIZES = ("steps", "batch_size", "evaluate_every", "validation_size", "test_size")


# --- levels


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


def _same_number(level: float | str | None) -> Hashable:
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
    "forget_bias": Factor(_forget_bias, _same_number),
    "learning_rate": Factor(positive_number, _same_number),
    "clip_norm": Factor(_clip_norm, _same_number),
    "depth": Factor(_number_from_one),
    "units": Factor(_number_from_one),
    "readout": Factor(_function, _same_function),
    "optimizer": Factor(_optimizer),
}


# --- a study


def check(study: Study) -> Study:
    """Check a study, before anything is trained.

    Returns
    -------
    Study
        With every factor a tuple of levels, and `seeds` a tuple of indices.

    Raises
    ------
    ValueError, TypeError
        If anything is unknown, does not fit, makes no sense together, or comes twice.
    """
    if not isinstance(study.task, Task):
        raise TypeError(f"task={study.task!r} is not a task; make one with helpers.tasks")
    if study.target is not None and not isinstance(study.target, (int, float)):
        raise TypeError(f"target={study.target!r} is not a number")
    checked: dict[str, Any] = {name: whole_number(name, getattr(study, name), 1) for name in SIZES}
    for name, factor in FACTORS.items():
        given = levels(name, getattr(study, name))
        checked[name] = tuple(factor.check(name, value) for value in given)
        refuse_twice(name, checked[name], factor.same)
    checked |= {"seeds": tuple(seed_indices(study.seeds))}
    checked |= {"curves": bool(study.curves), "weights": bool(study.weights)}
    study = replace(study, **checked)
    for cell in map(cells.get, study.cell):
        for name, reason in _without(cell).items():
            if len(checked[name]) > 1:
                raise ValueError(
                    f"{name}={list(checked[name])!r} cannot vary for {cell.name}, {reason}; "
                    "make a study of its own for the cells where it can"
                )
        _refuse_default_bias_twice(cell, study.forget_bias)
    for function, depth in itertools.product(study.activation, study.depth):
        if "/" in function and function.count("/") + 1 != depth:
            raise ValueError(
                f"activation={function!r} names one function for each layer, but depth={depth}"
            )
    return study


def _refuse_default_bias_twice(cell: cells.Cell, biases: tuple) -> None:
    """Refuse None beside the number that it stands for in this cell."""
    default = cell.default_forget_bias
    refuse_twice(
        f"forget_bias (None stands for {default} in {cell.name})",
        biases,
        lambda bias: _same_number(default if bias is None else bias),
    )


def grid(study: Study) -> list[dict]:
    """Cross all levels of all factors with all seeds.

    Parameters
    ----------
    study : Study
        From `check`.

    Returns
    -------
    list of dict
        One for each run, seeds varying fastest. A factor that the cell has no use
        for is None; any other forget bias of None is replaced by Keras's own.
    """
    rows = []
    for values in itertools.product(*(getattr(study, name) for name in FACTORS)):
        row: dict[str, Any] = dict(zip(FACTORS, values, strict=True))
        cell = cells.get(row["cell"])
        if row["forget_bias"] is None:
            row["forget_bias"] = cell.default_forget_bias
        row |= dict.fromkeys(_without(cell))
        rows += [
            row | {"seed": index, "seed_value": seeds.run_seed(index)} for index in study.seeds
        ]
    return rows


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


def cut(study: Study, rows: list[dict]) -> list[RunBatch]:
    """Cut a study into batches of at most `MEMBERS` runs, by a rule of its own.

    Runs that one program can train come together in the order of the grid, in
    as few batches as possible and in stacks of one size. The number of workers plays
    no part, so that the same study gives bitwise identical results everywhere.

    Parameters
    ----------
    study : Study
        From `check`.
    rows : list of dict
        From `grid`.
    """
    groups: dict[tuple[Shape, str], list[Run]] = {}
    for number, row in enumerate(rows):
        shape = Shape.for_task(
            study.task,
            cell=row["cell"],
            activation=row["activation"],
            # A cell without gates gets any gate function; it is never called.
            gate_activation=row["gate_activation"] or "linear",
            depth=row["depth"],
            units=row["units"],
            readout=row["readout"],
        )
        run = Run(
            row=number,
            seed=row["seed_value"],
            learning_rate=row["learning_rate"],
            clip_norm=row["clip_norm"],
            recurrent_init=row["recurrent_init"],
            forget_bias=row["forget_bias"],
        )
        groups.setdefault((shape, row["optimizer"]), []).append(run)
    batches = []
    for (shape, optimizer), runs in groups.items():
        count = -(-len(runs) // MEMBERS)
        size = -(-len(runs) // count)
        for start in range(0, len(runs), size):
            part = tuple(runs[start : start + size])
            batches.append(RunBatch(part, size, shape, optimizer, study))
    return batches
