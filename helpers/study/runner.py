"""A study: train a grid of small recurrent networks, get one tidy table.

    table = study.run(tasks.recall(length=20), cell=["GRU", "LSTM"], activation=["tanh", "relu"])

Every combination of the factors is trained with every seed, as Keras would train
each network alone; `best` then gives each function its own best learning rate.
"""

from __future__ import annotations

import inspect
from bisect import bisect_right
from collections.abc import Iterable
from concurrent.futures import Executor
from itertools import accumulate

import pandas as pd

from helpers.checks import one_of
from helpers.study import plan, workers
from helpers.study.schedule import run_shards
from helpers.tasks.task import Task

workers.get_ready()  # while the notebook goes on


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
    itself into stacks of a few runs by its own rule (`helpers.study.plan.cut`).

    Parameters
    ----------
    task : Task
        From `helpers.tasks`.
    cell, activation, gate_activation, optimizer : str or list of str
        Factors, each one level or a list of levels; see `helpers.cells`,
        `helpers.activations` and `helpers.study.program.OPTIMIZERS`. In an LSTM the
        activation shapes the candidate and the output, in a GRU the candidate. An
        activation may be learned: see `helpers.activations.learned`. ``"tanh/relu"`` gives each
        layer a function of its own, the first one first.
    recurrent_init : str or list of str
        See `helpers.cells.initialisers.RECURRENT`; ``"orthogonal"`` is Keras's own.
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
        each row of the table, as from `helpers.study.network.initial_weights`; what the
        first layer's learned activation came to is ``weights[0]["layers"][0]["learned"]``.

    Raises
    ------
    ValueError, TypeError
        If anything is unknown or does not fit, before training starts.
    """
    arguments = locals()
    del arguments["executor"], arguments["progress"]
    return run_all({"study": arguments}, executor, progress)["study"]


def run_all(
    studies: dict[object, dict], executor: Executor | None = None, progress: bool = True
) -> dict:
    """Train several studies as one piece of work.

    Sooner than one after another: a worker that finds nothing left to do in one study
    goes on with the next, and two workers compile different programs. The results are
    those of `run`, to the bit.

    Parameters
    ----------
    studies : dict of dict
        The arguments of `run`, "task" among them, for each study under a name of
        your own.
    executor, progress
        As in `run`, for all of them.

    Returns
    -------
    dict
        What `run` returns, for each study under its name.

    Raises
    ------
    ValueError, TypeError
        As `run`, before anything is trained.
    """
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(f"executor={executor!r} is not a concurrent.futures.Executor")
    plans = [_plan(arguments) for arguments in studies.values()]
    starts = list(accumulate((len(one.runs) for one in plans), initial=0))
    work = [
        shard
        for one, start in zip(plans, starts, strict=False)
        for shard in plan.cut(one.task, one.runs, one.common, start)
    ]
    results = [[] for _ in plans]
    for result in run_shards(work, executor, progress):
        number = bisect_right(starts, result["row"]) - 1
        results[number].append(result | {"row": result["row"] - starts[number]})
    answers = (one.answer(part) for one, part in zip(plans, results, strict=True))
    return dict(zip(studies, answers, strict=True))


def _plan(arguments: dict) -> plan.Plan:
    """Fill in the defaults of `run`."""
    for name in arguments:
        one_of("argument", name, _DEFAULTS)
    return plan.make(**_DEFAULTS | arguments)


_DEFAULTS = {
    name: None if name == "task" else parameter.default
    for name, parameter in inspect.signature(run).parameters.items()
    if name not in ("executor", "progress")
}
