"""The design of a study: checked, crossed with the seeds, and cut into batches of runs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from numbers import Real
from typing import Any

from helpers import cells, seeds
from helpers.checks import whole_number
from helpers.study.factors import FACTORS, levels, refuse_twice, same_number, seed_indices
from helpers.study.spec import Run, RunBatch, Shape, Study
from helpers.tasks.task import Task

MEMBERS = 5  # most runs in a stack: more gain no speed, and few spread evenly over workers
SIZES = ("steps", "batch_size", "evaluate_every", "validation_size", "test_size")


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
    if study.target is not None and (
        not isinstance(study.target, Real) or study.target != study.target
    ):
        raise TypeError(f"target={study.target!r} is not a number")
    checked: dict[str, Any] = {name: whole_number(name, getattr(study, name), 1) for name in SIZES}
    for name, factor in FACTORS.items():
        given = levels(name, getattr(study, name))
        checked[name] = tuple(factor.check(name, value) for value in given)
        refuse_twice(name, checked[name], factor.same)
    checked |= {"seeds": tuple(seed_indices(study.seeds))}
    checked |= {name: bool(getattr(study, name)) for name in ("curves", "weights", "items")}
    study = replace(study, **checked)
    for cell in map(cells.get, study.cell):
        for name, reason in _without(cell).items():
            if len(checked[name]) > 1:
                raise ValueError(
                    f"{name}={list(checked[name])!r} cannot vary for {cell.name}, {reason}; "
                    "make a study of its own for the cells where it can"
                )
        _refuse_default_bias_twice(cell, study.forget_bias)
    if "residual" in checked["block"] and study.task.masked:
        raise ValueError('block="residual" has no masks; give a task without padding')
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
        lambda bias: same_number(default if bias is None else bias),
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
            block=row["block"],
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
