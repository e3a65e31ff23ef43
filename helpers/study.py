"""A study: train a grid of small recurrent networks, get one tidy table.

    table = study.run(tasks.recall(length=20), cell=["GRU", "LSTM"], activation=["tanh", "relu"])

Every combination of the factors is trained with every seed, as Keras would train
each network alone; `best` then gives each function its own best learning rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor

import pandas as pd

from helpers import workers
from helpers.checks import whole_number
from helpers.grid import grid
from helpers.schedule import run_shards
from helpers.shards import Run, Shard, shape_for
from helpers.task import Task
from helpers.tuning import best

__all__ = ["best", "run"]

workers.get_ready()  # while the notebook goes on

MEMBERS = 5  # most runs in a stack: more gain no speed, and few spread evenly over workers


def run(
    task: Task,
    *,
    cell: str | list[str] = "SimpleRNN",
    activation: str | list[str] = "tanh",
    gate_activation: str | list[str] = "sigmoid",
    recurrent_init: str | list[str] = "orthogonal",
    forget_bias: float | str | list | None = None,
    learning_rate: float | list[float] = 1e-3,
    clip_norm: float | list | None = 1.0,
    depth: int | list[int] = 1,
    units: int | list[int] = 32,
    readout: str | list[str] = "linear",
    optimizer: str | list[str] = "adam",
    steps: int = 600,
    batch_size: int = 32,
    seeds: int | Iterable[int] = 10,
    target: float | None = None,
    evaluate_every: int = 50,
    validation_size: int = 256,
    test_size: int = 1024,
    curves: bool = False,
    weights: bool = False,
    executor: Executor | None = None,
    progress: bool = True,
) -> pd.DataFrame | tuple:
    """Train every combination of the factors with every seed.

    The result is the same to the bit however the work is spread: the study cuts
    itself into stacks of at most `MEMBERS` runs by its own rule.

    Parameters
    ----------
    task : Task
        From `helpers.tasks`.
    cell, activation, gate_activation, optimizer : str or list of str
        Factors, each one level or a list of levels; see `helpers.cells`,
        `helpers.activations` and `helpers.training.OPTIMIZERS`. In an LSTM the
        activation shapes the candidate and the output, in a GRU the candidate. An
        activation may be learned: see `helpers.learned`.
    recurrent_init : str or list of str
        See `helpers.initialisers.RECURRENT`; ``"orthogonal"`` is Keras's own.
    forget_bias : float, "chrono", None, or a list of these
        Initial bias of the LSTM's forget gate and of the GRU's update gate; None
        for Keras's own, 1 and 0.
    readout : str or list of str
        Function of a hidden layer between the state and the outputs; "linear", as
        is usual, for no such layer.
    learning_rate, clip_norm, depth, units : number or list of numbers
        Further factors. A `clip_norm` of None does not clip; a number is a bound
        on the norm of the gradient of all of a network's weights together.
    steps, batch_size : int
        Number of training steps and of sequences in each.
    seeds : int or list of int
        Number of seeds, or their indices. One seed means the same data and the
        same draws of initial weights at all levels, so that levels can be
        compared in pairs.
    target : float, optional
        Score that counts as success.
    evaluate_every : int
        Steps from one scoring on the validation data to the next.
    validation_size, test_size : int
        Number of sequences drawn for both; data sets bring their own.
    curves : bool
        Whether to return the learning curves too.
    weights : bool
        Whether to return the trained weights too.
    executor : concurrent.futures.Executor, optional
        Where the stacks are trained; by default in local processes if that pays.
    progress : bool
        Whether to show a bar while anything takes over two seconds.

    Returns
    -------
    pandas.DataFrame
        One row a run: the factors, ``seed`` (index) and ``seed_value``,
        ``validation_score`` and ``test_score`` of the last weights,
        ``best_validation_score``, the step it was seen at (``best_step``) and the
        ``test_score_at_best`` of those weights, ``steps_to_target`` (the first
        scoring that reached it; missing if none did), ``success`` (test score
        reached the target), ``diverged`` (loss or weights not finite) and
        ``diverged_at``. Scores of a diverged run are those of the last scoring
        before; it is never a success.
    pandas.DataFrame
        With ``curves=True``: one row a run and scoring, with the factors,
        ``step``, mean ``training_loss`` since the scoring before, and
        ``validation_score``.
    list of dict
        With ``weights=True``, last: the weights behind ``test_score``, one dict for
        each row of the table, as from `helpers.networks.initial_weights`; what the
        first layer's learned activation came to is ``weights[0]["layers"][0]["learned"]``.

    Raises
    ------
    ValueError, TypeError
        If anything is unknown or does not fit, before training starts.
    """
    if not isinstance(task, Task):
        raise TypeError(f"task={task!r} is not a task; make one with helpers.tasks")
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(f"executor={executor!r} is not a concurrent.futures.Executor")
    if target is not None and not isinstance(target, (int, float)):
        raise TypeError(f"target={target!r} is not a number")
    common = {
        "steps": whole_number("steps", steps, 1),
        "batch_size": whole_number("batch_size", batch_size, 1),
        "evaluate_every": whole_number("evaluate_every", evaluate_every, 1),
        "validation_size": whole_number("validation_size", validation_size, 1),
        "test_size": whole_number("test_size", test_size, 1),
        "keep_weights": bool(weights),
    }
    factors = {
        "cell": cell,
        "activation": activation,
        "gate_activation": gate_activation,
        "recurrent_init": recurrent_init,
        "forget_bias": forget_bias,
        "learning_rate": learning_rate,
        "clip_norm": clip_norm,
        "depth": depth,
        "units": units,
        "readout": readout,
        "optimizer": optimizer,
    }
    runs = grid(factors, seeds)
    results = run_shards(cut(task, runs, common), executor, progress)
    results = sorted(results, key=lambda result: result["row"])
    trained = [result.pop("weights", None) for result in results]
    table, curve_table = tabulate(task, runs, results, common, target)
    answer = (table, *[curve_table] * bool(curves), *[trained] * bool(weights))
    return answer if len(answer) > 1 else table


def cut(task: Task, runs: list[dict], common: dict) -> list[Shard]:
    """Cut a study into stacks of at most `MEMBERS` runs, by a rule of its own.

    Runs that one program can train come together in the order of the grid, in
    as few stacks as possible and of one size. The number of workers plays no
    part, so that the same study gives the same bits everywhere.
    """
    groups = {}
    for row, run in enumerate(runs):
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
