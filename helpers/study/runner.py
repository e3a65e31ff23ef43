"""A study: train a grid of small recurrent networks, get one tidy table.

    table = study.run(tasks.recall(length=20), cell=["GRU", "LSTM"], activation=["tanh", "relu"])

Every combination of the factors is trained with every seed, as Keras would train
each network alone; `best` then gives each function its own best learning rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import fields
from operator import itemgetter
from typing import Any

import pandas as pd

from helpers.checks import one_of
from helpers.study import design, finished, workers
from helpers.study.schedule import run_batches
from helpers.study.spec import Study
from helpers.study.table import answer
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
    block: str | list[str] = "plain",
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
    items: bool = False,
    executor: Executor | None = None,
    progress: bool = True,
) -> pd.DataFrame | tuple:
    """Train every combination of the factors with every seed.

    The result is bitwise identical however the work is spread: the study cuts itself
    into batches of a few runs by its own rule (`helpers.study.design.cut`).

    Parameters
    ----------
    task : Task
        From `helpers.tasks`.
    cell, activation, gate_activation, optimizer : str or list of str
        Factors, each one level or a list of levels, of which no two may mean the same;
        see `helpers.cells`, `helpers.activations` and `helpers.study.program.OPTIMIZERS`.
        In an LSTM the activation shapes the candidate and the output, in a GRU the
        candidate. An activation may be learned: see `helpers.activations.learned`.
        ``"tanh/relu"`` gives each layer a function of its own, the first one first.
    recurrent_init : str or list of str
        See `helpers.cells.initialisers.RECURRENT`; ``"orthogonal"`` is Keras's own.
    forget_bias : float, "chrono", None, or a list of these
        Initial bias of the LSTM's forget gate and of the GRU's update gate; None
        for Keras's own, 1 and 0. In every cell a larger one keeps more of the state
        (`helpers.cells.cell.Cell`, ``forget_sign``).
    readout : str or list of str
        Function of a hidden layer between the state and the outputs; "linear", as
        is usual, for no such layer.
    block : str or list of str
        "residual" puts each recurrent layer into a block with a normalisation, a small
        network and a skip connection (`helpers.study.network.residual_block`), as
        recent papers stack them; "plain" for the layer alone.
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
    items : bool
        Whether to return the scores of single test sequences too.
    executor : concurrent.futures.Executor, optional
        Where the batches are trained; by default in local processes if that pays.
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
        With ``weights=True``: the weights behind ``test_score``, one dict for
        each row of the table, as from `helpers.study.network.initial_weights`; what the
        first layer's learned activation came to is ``weights[0]["layers"][0]["learned"]``.
    numpy.ndarray, shape (runs, sequences)
        With ``items=True``, last: the score of each test sequence with the weights behind
        ``test_score_at_best``, for each row of the table. All runs of a real data set answer
        the same sequences in the same order; see `helpers.statistics.over_runs_and_items`.

    Raises
    ------
    ValueError, TypeError
        If anything is unknown or does not fit, before training starts.
    Exception
        Whatever stops the training later, such as an error of the task. Runs that are
        finished are kept in its attribute ``finished``, as they would have been
        returned; after a keyboard interrupt they are returned.
    """
    study = Study(
        task=task,
        cell=cell,
        activation=activation,
        gate_activation=gate_activation,
        recurrent_init=recurrent_init,
        forget_bias=forget_bias,
        learning_rate=learning_rate,
        clip_norm=clip_norm,
        depth=depth,
        units=units,
        readout=readout,
        block=block,
        optimizer=optimizer,
        steps=steps,
        batch_size=batch_size,
        seeds=seeds,
        target=target,
        evaluate_every=evaluate_every,
        validation_size=validation_size,
        test_size=test_size,
        curves=curves,
        weights=weights,
        items=items,
    )
    return _train([study], executor, progress, itemgetter(0))


def run_all(
    studies: dict[Any, dict], executor: Executor | None = None, progress: bool = True
) -> dict:
    """Train several studies as one piece of work.

    Sooner than one after another: a worker that finds nothing left to do in one study
    goes on with the next, and two workers compile different programs. The results are
    bitwise identical to those of `run`.

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
    Exception
        As `run`; its attribute ``finished`` is such a dict.
    """
    known = [field.name for field in fields(Study)]
    for arguments in studies.values():
        for name in arguments:
            one_of("argument", name, known)
    given = [Study(**{"task": None} | arguments) for arguments in studies.values()]

    def by_name(answers: list) -> dict:
        return dict(zip(studies, answers, strict=True))

    return _train(given, executor, progress, by_name)


def _train(
    studies: list[Study],
    executor: Executor | None,
    progress: bool,
    form: Callable[[list], Any],
) -> Any:
    """Check some studies, train them, and bring what each returns into a form."""
    if executor is not None and not isinstance(executor, Executor):
        raise TypeError(f"executor={executor!r} is not a concurrent.futures.Executor")
    studies = [design.check(study) for study in studies]
    work = [
        (number, batch)
        for number, study in enumerate(studies)
        for batch in design.cut(study, design.grid(study))
    ]
    batches = [batch for _, batch in work]
    results: dict[int, list[dict]] = {}  # of each finished batch, by its place in the list

    def answers() -> Any:
        parts: list[list[dict]] = [[] for _ in studies]
        for place, (number, _) in enumerate(work):
            parts[number] += results.get(place, [])
        return form([answer(*pair) for pair in zip(studies, parts, strict=True)])

    try:
        run_batches(batches, results, executor, progress)
    except Exception as error:
        done = sum(len(batches[place].runs) for place in results)
        finished.attach(error, answers(), done, sum(len(batch.runs) for batch in batches))
        raise
    return answers()
