"""Compare activation functions in a Keras model of your own, fairly.

    runs = compare(build, data, ["tanh", "relu"], learning_rates=[1e-3, 3e-3, 1e-2], epochs=5)

The recipe of the book for plain Keras models: every function gets the same grid of
learning rates and the same seeds, its best rate is chosen on validation data, and test
data, which played no part in that choice, have the last word. For large grids of small
networks `helpers.study` does the same many times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from helpers.activations import Activation
from helpers.checks import positive_number, whole_number
from helpers.seeds import run_seed
from helpers.show import progress

SPLITS = ("train", "validation", "test")


def compare(
    build: Callable[[Any], Any],
    data: Mapping[str, tuple],
    activations: Sequence,
    learning_rates: Sequence[float],
    seeds: int = 10,
    *,
    epochs: int = 5,
    batch_size: int = 32,
    score: str = "accuracy",
    higher_is_better: bool = True,
    show_progress: bool = True,
) -> pd.DataFrame:
    """Train every function at every learning rate with every seed.

    Each function's training step is compiled once; before each run all of the model's
    variables are set to those of a newly built model and the optimizer starts afresh, so
    that a run is what a model trained alone would be.

    Parameters
    ----------
    build : callable
        Takes an activation and returns a compiled Keras model.
    data : mapping
        ``"train"``, ``"validation"`` and ``"test"``, each a pair of inputs and targets.
    activations : sequence
        What `build` takes: names, functions or `helpers.activations.Activation`.
    learning_rates : sequence of float
        One grid for all functions.
    seeds : int
        Number of seeds. One seed means the same initial draws and the same order of the
        data for every function, so that functions can be compared in pairs.
    epochs, batch_size : int
        As for ``model.fit``.
    score : str
        Name of a metric that `build` compiles, or ``"loss"``.
    higher_is_better : bool
        Whether a larger score is a better one.
    show_progress : bool
        Whether to show a bar while this takes over two seconds.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``activation``, ``learning_rate``, ``seed`` (index), ``seed_value``,
        ``validation_score``, ``test_score``, ``diverged`` (a score is not finite), and
        ``chosen``: whether the run is at its function's own best rate, that with the best
        median validation score (a diverged run counts as the worst).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, before training starts.
    """
    numbers = range(whole_number("seeds", seeds, 1))
    fit = {
        "epochs": whole_number("epochs", epochs, 1),
        "batch_size": whole_number("batch_size", batch_size, 1),
    }
    rates = [positive_number("learning_rate", rate) for rate in learning_rates]
    if missing := [split for split in SPLITS if split not in data]:
        raise ValueError(f"data lack {', '.join(missing)}; give {', '.join(SPLITS)}")
    names = [_name(activation) for activation in activations]
    if not names or not rates or len(set(names)) < len(names):
        raise ValueError(f"activations={names} and learning_rates={rates}: one or more, none twice")
    steps = -(-len(data["train"][0]) // batch_size) * epochs
    rows = []
    with progress.bar(steps * len(names) * len(rates) * len(numbers), show_progress) as bar:
        for name, activation in zip(names, activations, strict=True):
            train = trainer(build, activation, data, score, fit)
            for rate in rates:
                for seed in numbers:
                    validation, test = train(rate, run_seed(seed))
                    row = (name, rate, seed, run_seed(seed), validation, test)
                    rows.append((*row, not np.isfinite([validation, test]).all()))
                    bar.update(steps)
    columns = "activation learning_rate seed seed_value validation_score test_score diverged"
    table = pd.DataFrame(rows, columns=columns.split())
    return table.assign(chosen=_at_best_rate(table, 1 if higher_is_better else -1))


def trainer(
    build: Callable[[Any], Any], activation: Any, data: Mapping[str, tuple], score: str, fit: dict
) -> Callable[[float, int], tuple[float, float]]:
    """Return a function of learning rate and seed that trains one model afresh.

    Parameters are those of `compare`; `fit` holds arguments of ``model.fit``. The function
    returns the scores on validation and test data.
    """
    import keras

    def new():
        model = build(activation)
        if getattr(model, "optimizer", None) is None:
            raise ValueError("build must return a compiled model: call model.compile in it")
        if not model.built:
            model(data["train"][0][:1])  # makes the weights
        model.optimizer.build(model.trainable_variables)
        return model

    model = new()
    start = [keras.ops.convert_to_numpy(v) for v in model.optimizer.variables]

    def run(learning_rate: float, seed: int) -> tuple[float, float]:
        keras.utils.set_random_seed(seed)
        for variable, value in zip(model.variables, new().variables, strict=True):
            variable.assign(value)
        for variable, value in zip(model.optimizer.variables, start, strict=True):
            variable.assign(value)
        model.optimizer.learning_rate = learning_rate
        keras.utils.set_random_seed(seed)
        model.fit(*data["train"], verbose=0, **fit)
        return tuple(_evaluate(model, data[split], score) for split in SPLITS[1:])

    return run


def _evaluate(model, pair: tuple, score: str) -> float:
    scores = model.evaluate(*pair, batch_size=256, verbose=0, return_dict=True)
    if score not in scores:
        raise ValueError(f"score={score!r} is not measured; compile it, or use {', '.join(scores)}")
    return float(scores[score])


def _at_best_rate(table: pd.DataFrame, sign: int) -> pd.Series:
    """Say which rows are at the learning rate that is best for their function."""
    quality = np.where(table["diverged"], -np.inf, sign * table["validation_score"])
    level = [table["activation"], table["learning_rate"]]
    median = pd.Series(quality).groupby(level, sort=False).median()
    best = median.groupby(level="activation").idxmax()
    return pd.Series([key in set(best) for key in zip(*level, strict=True)], table.index)


def _name(activation: Any) -> str:
    if isinstance(activation, (str, Activation)):
        return str(activation)
    return getattr(activation, "__name__", type(activation).__name__)
