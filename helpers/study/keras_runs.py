"""Train one compiled Keras model many times, each time as if it were new.

Compiling takes longer than a short training, so that `FreshRuns` compiles once and sets
back everything that a run changes: weights, optimizer, and the states of random numbers,
of batch normalisation and of stateful layers. What it could not set back, it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

BLOCK = 256  # sequences evaluated at once, where the model leaves that open


@dataclass(frozen=True)
class Split:
    """Training, validation or test data.

    Attributes
    ----------
    name : str
    x, y : array, or list or dict of arrays, as Keras takes them
    weights : array or None
        Sample weights.
    size : int
        Number of sequences.
    """

    name: str
    x: Any
    y: Any
    weights: Any
    size: int

    @classmethod
    def read(cls, name: str, given: Any) -> Split:
        """Check one entry of the data of `helpers.study.compare`.

        Raises
        ------
        TypeError
            If it is no pair or triple of arrays.
        ValueError
            If it is empty or the lengths differ.
        """
        import keras

        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            kind = f"{len(given)} entries" if isinstance(given, (tuple, list)) else repr(given)
            raise TypeError(
                f"data[{name!r}] has to be (inputs, targets) or (inputs, targets, sample weights), "
                f"not {kind}"
            )
        arrays = keras.tree.flatten(list(given))
        if not all(getattr(array, "shape", ()) for array in arrays):
            raise TypeError(f"data[{name!r}] holds something that is not an array")
        sizes = [int(array.shape[0]) for array in arrays]
        if len(set(sizes)) > 1:
            raise ValueError(f"data[{name!r}] holds arrays of different lengths: {sizes}")
        if not sizes or sizes[0] == 0:
            raise ValueError(f"data[{name!r}] is empty")
        for array in map(np.asarray, arrays):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ValueError(f"data[{name!r}] holds values that are not finite")
        x, y, *weights = given
        return cls(name, x, y, weights[0] if weights else None, sizes[0])

    def first(self, count: int) -> Split:
        """Return the first `count` sequences."""
        import keras

        given = (self.x, self.y, self.weights)
        x, y, weights = keras.tree.map_structure(lambda a: a if a is None else a[:count], given)
        return Split(self.name, x, y, weights, min(count, self.size))


class FreshRuns:
    """The model of one activation, checked, and trained afresh for each run.

    Parameters
    ----------
    build : callable
        Takes the activation and returns a compiled Keras model.
    activation : object
        What `build` takes. A Keras layer is copied for each model.
    data : dict of Split
        ``"train"``, ``"validation"`` and ``"test"``.
    score : str
        Name of a compiled metric, or ``"loss"``.
    epochs, batch_size : int
        As for ``model.fit``.

    Raises
    ------
    ValueError
        If two models that `build` makes are not independent of each other, if the score
        is not measured, or if the data do not fit the model's batches.
    """

    def __init__(
        self,
        build: Callable[[Any], Any],
        activation: Any,
        data: dict[str, Split],
        score: str,
        epochs: int,
        batch_size: int,
    ):
        self.build, self.activation, self.data, self.score = build, activation, data, score
        self.epochs, self.batch_size = epochs, batch_size
        self._call_new = False  # whether a new model has to be called to have all its weights
        self.model = self._new()
        self._stateful = list(_stateful_layers(self.model))
        self._block = self._check_batches()
        known = len(self.model.variables)
        self._check_score()
        if len(self.model.variables) > known:  # as with a layer that is a cell's activation
            self._call_new = True
            self.model = self._new()
            self._stateful = list(_stateful_layers(self.model))
        self._check_independence(self._new())

    def run(self, learning_rate: float, seed: int) -> tuple[float, float, bool]:
        """Train as a new model would be trained.

        Returns
        -------
        validation_score, test_score : float
            NaN for a diverged run: of outputs that are not numbers, accuracy counts the
            share of the first class.
        diverged : bool
            Whether a loss, a weight or a score was not finite.
        """
        import keras

        keras.utils.set_random_seed(seed)
        model, fresh = self.model, self._new()
        for variable, value in zip(_variables(model), _variables(fresh), strict=True):
            variable.assign(value)
        self._reset_states()  # Keras does not count them among a model's variables
        model.optimizer.learning_rate = learning_rate
        keras.utils.set_random_seed(seed)
        train = self.data["train"]
        history = model.fit(
            train.x,
            train.y,
            sample_weight=train.weights,
            epochs=self.epochs,
            batch_size=self.batch_size,
            verbose=0,
        )
        found = [self._evaluate(self.data[name]) for name in ("validation", "test")]
        scores = [scores[self.score] for scores in found]
        numbers = [*history.history["loss"], *(scores["loss"] for scores in found), *scores]
        if np.isfinite(numbers).all() and _finite(model.weights):
            return float(scores[0]), float(scores[1]), False
        return np.nan, np.nan, True

    def _new(self):
        import keras

        activation = self.activation
        if isinstance(activation, keras.layers.Layer):  # it has weights of its own
            activation = type(activation).from_config(activation.get_config())
        elif any(
            isinstance(v, keras.Variable) for v in getattr(activation, "__dict__", {}).values()
        ):
            raise ValueError(
                f"the activation {activation!r} holds a variable, which all runs would share; "
                "make it a keras layer, of which each model gets a copy"
            )
        model = self.build(activation)
        if getattr(model, "optimizer", None) is None:
            raise ValueError("build must return a compiled model: call model.compile in it")
        if self._call_new or not model.built:
            model(self.data["train"].first(self.batch_size).x)
        model.optimizer.build(model.trainable_variables)
        return model

    def _check_independence(self, other: Any) -> None:
        """Make sure that nothing of one run is left to the next."""
        again = "; make all of it within build, so that each run starts afresh"
        if other is self.model:
            raise ValueError(f"build returned one and the same model twice{again}")
        if _shared(self.model.variables, other.variables):
            raise ValueError(f"two models from build share weights or states{again}")
        if _shared(self.model.optimizer.variables, other.optimizer.variables):
            raise ValueError(f"two models from build share an optimizer{again}")
        first, second = ([v.shape for v in _variables(m)] for m in (self.model, other))
        if first != second:
            raise ValueError(f"two models from build differ in their weights: {first}, {second}")
        try:
            self.model.optimizer.learning_rate = 1.0
        except (AttributeError, TypeError):
            raise ValueError(
                "build compiles a schedule of learning rates, but compare sets the rate; "
                "compile an optimizer with a number"
            ) from None

    def _check_batches(self) -> int:
        """Check that the data fit a model with batches of one size; return how many to score."""
        inputs = getattr(self.model, "inputs", None) or []
        fixed = next((tensor.shape[0] for tensor in inputs if tensor.shape[0]), None)
        if fixed is None and not self._stateful:
            return BLOCK
        if fixed is not None and fixed != self.batch_size:
            raise ValueError(
                f"batch_size={self.batch_size}, but the model from build takes batches of {fixed}"
            )
        for split in self.data.values():
            if split.size % self.batch_size:
                raise ValueError(
                    f"data[{split.name!r}] holds {split.size} sequences, which batches of "
                    f"{self.batch_size} do not divide; a stateful model, or one with a batch "
                    "size of its own, needs whole batches"
                )
        return self.batch_size

    def _check_score(self) -> None:
        for split in self.data.values():
            try:
                found = self._evaluate(split.first(self.batch_size))
            except Exception as error:
                error.add_note(f"data[{split.name!r}] do not fit the model from build.")
                raise
            if self.score not in found:
                raise ValueError(
                    f"score={self.score!r} is not measured; compile it, or use {', '.join(found)}"
                )

    def _evaluate(self, split: Split) -> dict[str, float]:
        self._reset_states()
        return self.model.evaluate(
            split.x,
            split.y,
            sample_weight=split.weights,
            batch_size=self._block,
            verbose=0,
            return_dict=True,
        )

    def _reset_states(self) -> None:
        for layer in self._stateful:
            layer.reset_state()


def _holds_a_variable(activation: Any) -> bool:
    import keras

    held = getattr(activation, "__dict__", {}).values()
    return any(isinstance(value, keras.Variable) for value in held)


def _variables(model: Any) -> list:
    return model.variables + model.optimizer.variables


def _shared(some: list, others: list) -> bool:
    return bool({id(variable) for variable in some} & {id(variable) for variable in others})


def _finite(variables: list) -> bool:
    from keras import backend, ops

    floats = [v for v in variables if backend.is_float_dtype(v.dtype)]
    return all(bool(ops.all(ops.isfinite(v))) for v in floats)


def _stateful_layers(model: Any) -> Iterator:
    """Yield the layers that carry a state from one batch to the next, at any depth."""
    for layer in model._flatten_layers(include_self=False):  # inside layers of layers too
        if getattr(layer, "stateful", False) and not hasattr(layer, "layers"):
            if not hasattr(layer, "reset_state"):
                raise ValueError(f"the stateful layer {layer.name!r} has no method reset_state")
            yield layer
