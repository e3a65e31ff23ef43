"""A comparison gives each function equal chances, and its runs are those of models alone."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from helpers.seeds import run_seed
from helpers.study.keras_models import compare


def draw(number, n):
    rng = np.random.default_rng(number)
    x = rng.standard_normal((n, 5, 2)).astype("float32")
    return x, (x[:, :, 0].sum(axis=1) > 0).astype("int32")


DATA = {"train": draw(1, 64), "validation": draw(2, 32), "test": draw(3, 32)}


def build(activation, optimizer=keras.optimizers.Adam, dropout=0.2, with_input=True):
    model = keras.Sequential([layers.Input((5, 2))] if with_input else [])
    model.add(layers.SimpleRNN(4, activation=activation))
    model.add(layers.Dropout(dropout))
    model.add(layers.Dense(2))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer(), loss=loss, metrics=["accuracy"])
    return model


def alone(activation, rate, number, optimizer=keras.optimizers.Adam):
    """Train one new model as anybody would."""
    keras.utils.set_random_seed(run_seed(number))
    model = build(activation, optimizer)
    model.optimizer.learning_rate = rate
    keras.utils.set_random_seed(run_seed(number))
    model.fit(*DATA["train"], epochs=3, batch_size=16, verbose=0)
    return model.evaluate(*DATA["test"], verbose=0, return_dict=True)["loss"]


@pytest.mark.parametrize("optimizer", [keras.optimizers.Adam, keras.optimizers.Nadam])
def test_each_run_is_that_of_a_model_trained_alone(optimizer):
    table = compare(
        lambda f: build(f, optimizer), DATA, ["tanh", "relu"], [1e-3, 1e-2], 2,
        epochs=3, batch_size=16, score="loss", higher_is_better=False,
    )  # fmt: skip
    assert len(table) == 8
    # The last run of a function comes after three others in the same compiled model.
    for row in table.iloc[[0, 3, 7]].itertuples():
        expected = alone(row.activation, row.learning_rate, row.seed, optimizer)
        assert row.test_score == pytest.approx(expected, rel=1e-5)
        assert row.seed_value == run_seed(row.seed)


def test_each_function_is_given_its_own_best_rate():
    table = compare(build, DATA, ["tanh", "sigmoid"], [1e-5, 1e-2], 2, epochs=4)
    assert table.groupby("activation").chosen.sum().tolist() == [2, 2]
    for _, part in table.groupby("activation"):
        median = part.groupby("learning_rate").validation_score.median()
        assert part[part.chosen].learning_rate.unique().tolist() == [median.idxmax()]


def test_for_a_loss_the_smaller_is_the_better():
    table = compare(
        build, DATA, ["tanh"], [1e-6, 1e-2], 2, epochs=4, score="loss", higher_is_better=False
    )
    assert table[table.chosen].learning_rate.unique().tolist() == [1e-2]


def test_a_diverged_run_is_kept_and_is_the_worst():
    def wild(activation):
        return build(activation, lambda: keras.optimizers.SGD(momentum=0.9), dropout=0.0)

    table = compare(
        wild, DATA, ["linear"], [1e30, 1e-2], 2, epochs=2, score="loss", higher_is_better=False
    )
    assert table.diverged.tolist() == [True, True, False, False]
    assert table.chosen.tolist() == [False, False, True, True]


def test_a_model_without_an_input_layer_and_functions_of_ones_own():
    def squashed(x):
        return x * keras.ops.rsqrt(1 + x * x)

    table = compare(
        lambda f: build(f, with_input=False), DATA, [squashed, "tanh"], [1e-2], 1, epochs=1
    )
    assert table.activation.tolist() == ["squashed", "tanh"]
    assert np.isfinite(table.test_score).all()


@pytest.mark.parametrize(
    "change, message",
    [
        ({"seeds": 0}, "seeds=0"),
        ({"epochs": 0}, "epochs=0"),
        ({"learning_rates": [0.0]}, "learning_rate=0.0"),
        ({"learning_rates": []}, "one or more"),
        ({"activations": ["tanh", "tanh"]}, "none twice"),
        ({"data": {"train": DATA["train"]}}, "data lack validation, test"),
        ({"score": "f1", "epochs": 1}, "score='f1'.*accuracy"),
        ({"build": lambda f: keras.Sequential([layers.SimpleRNN(2)])}, "compiled model"),
    ],
)
def test_bad_arguments_are_named(change, message):
    arguments = dict(build=build, data=DATA, activations=["tanh"], learning_rates=[1e-2], seeds=1)
    with pytest.raises(ValueError, match=message):
        compare(**(arguments | change))
