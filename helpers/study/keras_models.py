"""Compare activation functions in a Keras model of your own, fairly.

    runs = compare(build, data, ["tanh", "relu"], learning_rates=[1e-3, 3e-3, 1e-2], epochs=5)

The recipe of the book for plain Keras models: every function gets the same grid of
learning rates and the same seeds, its best rate is chosen on validation data, and test
data, which played no part in that choice, have the last word. For large grids of small
networks `helpers.study.run` does the same many times faster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from helpers import activations as catalogue
from helpers.checks import positive_number, whole_number
from helpers.seeds import run_seed
from helpers.show import progress
from helpers.study import finished
from helpers.study.factors import refuse_twice, seed_indices
from helpers.study.keras_runs import FreshRuns, Split
from helpers.study.table import at_own_best

SPLITS = ("train", "validation", "test")
#: Endings of the names of scores of which a smaller one is better.
LOWER_IS_BETTER = (
    "loss", "error", "mse", "mae", "mape", "msle", "crossentropy", "divergence", "perplexity",
)  # fmt: skip
COLUMNS = ["activation", "learning_rate", "seed", "seed_value"]
COLUMNS += ["validation_score", "test_score", "diverged"]


def compare(
    build: Callable[[Any], Any],
    data: Mapping[str, tuple],
    activations: Sequence | Mapping[str, Any],
    learning_rates: Sequence[float],
    seeds: int | Iterable[int] = 10,
    *,
    epochs: int = 5,
    batch_size: int = 32,
    score: str = "accuracy",
    higher_is_better: bool | None = None,
    show_progress: bool = True,
) -> pd.DataFrame:
    """Train every function at every learning rate with every seed.

    Each function's training step is compiled once; before each run all of the model's
    variables and all of its optimizer's are set to those of a newly built model, so
    that a run is what a model trained alone would be. This holds for optimizers that
    remember, dropout, batch normalisation, stateful layers and mixed precision too; a
    `build` whose models share anything that is trained is refused.

    Parameters
    ----------
    build : callable
        Takes an activation and returns a compiled Keras model, a new one each time.
    data : mapping
        ``"train"``, ``"validation"`` and ``"test"``, each inputs and targets or inputs,
        targets and sample weights, as ``model.fit`` takes them. Weights count in the loss,
        and in a score that is compiled as one of ``weighted_metrics``.
    activations : sequence, or mapping by name
        What `build` takes: names, functions, Keras layers (each model gets a copy) or
        `helpers.activations.Activation`. Functions without a name of their own need the
        mapping: ``{"x + sin x": lambda x: x + ops.sin(x)}``.
    learning_rates : sequence of float
        One grid for all functions. The optimizer that `build` compiles has no schedule.
    seeds : int or list of int
        Number of seeds, or their indices. One seed means the same initial draws and the
        same order of the data for every function, so that functions can be compared in
        pairs.
    epochs, batch_size : int
        As for ``model.fit``. For a stateful model, batches of this size have to divide all
        three data sets. Its states are zero before training and before each evaluation,
        and stay from batch to batch and epoch to epoch, as in Keras.
    score : str
        Name of a metric that `build` compiles, or ``"loss"``.
    higher_is_better : bool, optional
        Whether a larger score is a better one. By default it is, unless the score's name
        says that it counts something bad (`LOWER_IS_BETTER`), such as a loss or an error.
    show_progress : bool
        Whether to show a bar while this takes over two seconds.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``activation``, ``learning_rate``, ``seed`` (index), ``seed_value``,
        ``validation_score``, ``test_score``, ``diverged`` (a loss, a weight or a score is not
        finite; both scores are then NaN), and ``chosen``: whether the run is at its
        function's own best learning rate, that with the best median validation score, where
        a diverged run is the worst. It is the rule of `helpers.study.best`
        (`helpers.study.table.at_own_best`). After a keyboard interrupt, the table of the
        runs that are finished.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, before training starts.
    Exception
        Whatever `build` raises, before training starts; and what stops the training later,
        with the table of the finished runs as its attribute ``finished``.
    """
    numbers = seed_indices(seeds)
    epochs, batch_size = (
        whole_number("epochs", epochs, 1),
        whole_number("batch_size", batch_size, 1),
    )
    rates = _rates(learning_rates)
    if not callable(build):
        raise TypeError(f"build={build!r} is not a function that returns a compiled model")
    if higher_is_better is None:
        higher_is_better = not score.endswith(LOWER_IS_BETTER)
    elif not isinstance(higher_is_better, bool):
        raise TypeError(f"higher_is_better={higher_is_better!r}; choose True, False or None")
    splits = _splits(data)
    models: dict[str, FreshRuns] = {}
    for name, activation in _named(activations).items():
        try:
            models[name] = FreshRuns(build, activation, splits, score, epochs, batch_size)
        except Exception as error:
            error.add_note(f"This is about activation {name!r}; nothing is trained yet.")
            raise
    rows: list[tuple] = []
    total = len(models) * len(rates) * len(numbers)
    steps = -(-splits["train"].size // batch_size) * epochs

    def table() -> pd.DataFrame:
        runs = pd.DataFrame(rows, columns=COLUMNS)
        by, over = ["activation"], ["learning_rate"]
        return runs.assign(chosen=at_own_best(runs, by, over, higher_is_better))

    with progress.bar(steps * total, show_progress) as bar:
        try:
            for name, model in models.items():
                for rate in rates:
                    for seed in numbers:
                        value = run_seed(seed)
                        rows.append((name, rate, seed, value, *model.run(rate, value)))
                        bar.update(steps)
        except KeyboardInterrupt:
            if not rows:
                raise
            bar.close()
            finished.say_interrupted(len(rows), total)
        except Exception as error:
            if rows:
                finished.attach(error, table(), len(rows), total)
            raise
    return table()


def _rates(given: Any) -> list[float]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"learning_rates={given!r} is not a list; give one, as in [1e-3, 1e-2]")
    rates = [positive_number("learning_rate", rate) for rate in given]
    if not rates:
        raise ValueError("learning_rates=[] is empty; give at least one")
    refuse_twice("learning_rates", rates, np.float32)  # the precision in which Keras keeps it
    return rates


def _splits(data: Any) -> dict[str, Split]:
    if not isinstance(data, Mapping):
        raise TypeError(f"data have to be a mapping with {', '.join(SPLITS)}, not {type(data)}")
    if missing := [split for split in SPLITS if split not in data]:
        raise ValueError(f"data lack {', '.join(missing)}; give {', '.join(SPLITS)}")
    return {split: Split.read(split, data[split]) for split in SPLITS}


def _named(given: Any) -> dict[str, Any]:
    """Return the activations by name, each of them once."""
    if isinstance(given, (str, catalogue.Activation)) or not isinstance(given, Iterable):
        raise TypeError(f"activations={given!r} is not a list; give one, as in ['tanh', 'relu']")
    if isinstance(given, Mapping):
        pairs = [(str(name), activation) for name, activation in given.items()]
    else:
        pairs = [(_name(activation), activation) for activation in given]
    if not pairs:
        raise ValueError("activations are empty; give at least one")
    refuse_twice("activations", pairs, lambda pair: _same(pair[1]), lambda pair: repr(pair[0]))
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise ValueError(
                f"{count} activations are called {name!r}; give them names of their own, as in "
                "activations={'one': ..., 'other': ...}"
            )
    return dict(pairs)


def _name(activation: Any) -> str:
    if activation is None or isinstance(activation, (str, catalogue.Activation)):
        return str(activation)
    return getattr(activation, "__name__", type(activation).__name__)


def _same(activation: Any) -> Hashable:
    """Return what is equal for two spellings of one function, such as swish and silu."""
    import keras

    if isinstance(activation, catalogue.Activation):
        activation = activation.spec
    if activation is None:
        activation = "linear"
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", "")
    try:
        known = keras.activations.get(name)
    except ValueError:
        known = None
    if isinstance(activation, str):
        if known is not None:
            return known.__name__
        try:
            return catalogue.get(activation).spec
        except ValueError:
            return activation
    return known.__name__ if known is activation else id(activation)
