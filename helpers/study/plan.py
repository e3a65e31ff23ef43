"""A study that was checked and cut into pieces, and the tables it ends in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from helpers.checks import whole_number
from helpers.study.design import grid
from helpers.study.trainer import Run, Shard, shape_for
from helpers.tasks.task import Task

MEMBERS = 5  # most runs in a stack: more gain no speed, and few spread evenly over workers
SIZES = ("steps", "batch_size", "evaluate_every", "validation_size", "test_size")


@dataclass(frozen=True)
class Plan:
    """What a study will train, and what it will return.

    Attributes
    ----------
    task : Task
    runs : list of dict
        The rows of the table to come: the factors' levels and the seed of each.
    common : dict
        What all runs share: `SIZES`, and whether weights are kept.
    target : float or None
        Score that counts as success.
    curves : bool
        Whether learning curves are returned.
    """

    task: Task
    runs: list[dict]
    common: dict
    target: float | None
    curves: bool

    def answer(self, results: list[dict]) -> pd.DataFrame | tuple:
        """Return what `helpers.study.run` promises, from the results of the runs."""
        results = sorted(results, key=lambda result: result["row"])
        trained = [result.pop("weights", None) for result in results]
        table, curve_table = tabulate(self.task, self.runs, results, self.common, self.target)
        kept = self.common["keep_weights"]
        answer = (table, *[curve_table] * self.curves, *[trained] * kept)
        return answer if len(answer) > 1 else table


def make(
    task: Task,
    seeds: int | Iterable[int],
    target: float | None,
    curves: bool,
    weights: bool,
    **rest,
) -> Plan:
    """Check what a study was given; see `helpers.study.run`.

    Raises
    ------
    ValueError, TypeError
        If anything is unknown or does not fit.
    """
    if not isinstance(task, Task):
        raise TypeError(f"task={task!r} is not a task; make one with helpers.tasks")
    if target is not None and not isinstance(target, (int, float)):
        raise TypeError(f"target={target!r} is not a number")
    common = {name: whole_number(name, rest.pop(name), 1) for name in SIZES}
    common["keep_weights"] = bool(weights)
    return Plan(task, grid(rest, seeds), common, target, bool(curves))


def cut(task: Task, runs: list[dict], common: dict, first_row: int = 0) -> list[Shard]:
    """Cut a study into stacks of at most `MEMBERS` runs, by a rule of its own.

    Runs that one program can train come together in the order of the grid, in
    as few stacks as possible and of one size. The number of workers plays no
    part, so that the same study gives the same bits everywhere. Rows are numbered
    from `first_row` on.
    """
    groups = {}
    for row, run in enumerate(runs, first_row):
        # A cell without gates gets any gate function; it is never called.
        gate = run["gate_activation"] or "linear"
        sizes = run["depth"], run["units"]
        shape = shape_for(task, run["cell"], run["activation"], gate, *sizes, run["readout"])
        member = Run(
            row,
            run["seed_value"],
            run["learning_rate"],
            run["clip_norm"],
            run["recurrent_init"],
            run["forget_bias"],
        )
        groups.setdefault((shape, run["optimizer"]), []).append(member)
    shards = []
    for (shape, optimizer), members in groups.items():
        count = -(-len(members) // MEMBERS)
        size = -(-len(members) // count)
        for start in range(0, len(members), size):
            part = tuple(members[start : start + size])
            shards.append(Shard(part, size, shape, task, optimizer, **common))
    return shards


def tabulate(
    task: Task, runs: list[dict], results: list[dict], common: dict, target: float | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the two tables of `run` from what the shards returned, in the order of rows."""
    reached = (
        (lambda score: score >= target)
        if task.higher_is_better
        else (lambda score: score <= target)
    )
    rows, curve_rows = [], []
    for result in results:
        result = dict(result)
        factors = (
            {"task": repr(task)}
            | runs[result.pop("row")]
            | {key: common[key] for key in ("steps", "batch_size")}
        )
        curve, diverged_at = result.pop("curve"), result.pop("diverged_at")
        to_target = pd.NA
        if target is not None:
            hits = curve["step"][reached(curve["validation_score"])]
            to_target = int(hits[0]) if len(hits) else pd.NA
        success = (
            pd.NA if target is None else bool(reached(result["test_score"]) and not diverged_at)
        )
        rows.append(
            factors
            | {"score": task.score, "baseline": task.baseline, "target": target}
            | result
            | {
                "steps_to_target": to_target,
                "success": success,
                "diverged": bool(diverged_at),
                "diverged_at": int(diverged_at) or pd.NA,
            }
        )
        curve_rows.append(pd.DataFrame(factors | {"score": task.score} | curve))
    table = pd.DataFrame(rows)
    if rows:
        types = {
            "steps_to_target": "Int64",
            "diverged_at": "Int64",
            "success": "boolean",
            "target": float,
        }
        table = table.astype(types)
    return table, pd.concat(curve_rows, ignore_index=True) if curve_rows else pd.DataFrame()
