"""A comparison gives each function equal chances, and its runs are those of models alone."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from helpers import activations
from helpers.seeds import run_seed
from helpers.study.keras_models import compare
from helpers.study.keras_runs import FreshRuns


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


SETTINGS = {"epochs": 3, "batch_size": 16, "score": "loss", "higher_is_better": False}


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [keras.optimizers.Adam, keras.optimizers.Nadam])
def test_each_run_is_that_of_a_model_trained_alone(optimizer):
    table = compare(
        lambda f: build(f, optimizer), DATA, ["tanh", "relu"], [1e-3, 1e-2], 2, **SETTINGS
    )
    assert len(table) == 8
    # The last run of a function comes after three others in the same compiled model.
    for row in table.iloc[[0, 3, 7]].itertuples():
        expected = alone(row.activation, row.learning_rate, row.seed, optimizer)
        assert row.test_score == pytest.approx(expected, rel=1e-6)
        assert row.seed_value == run_seed(row.seed)


def compiled(parts, optimizer="adam", **options):
    model = keras.Sequential([*parts, layers.Dense(2)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], **options)
    return model


def batch_statistics(activation):
    parts = [layers.Input((5, 2)), layers.GRU(3, activation=activation, dropout=0.3)]
    return compiled([*parts, layers.BatchNormalization(momentum=0.5), layers.GaussianNoise(0.3)])


def averaged(activation):
    """An optimizer with slots of each kind: momentum, averaged weights, summed gradients."""
    optimizer = keras.optimizers.SGD(
        momentum=0.9, use_ema=True, ema_momentum=0.5, gradient_accumulation_steps=2
    )
    return compiled([layers.Input((5, 2)), layers.SimpleRNN(3, activation=activation)], optimizer)


def area(activation):
    """A metric with a memory of its own, and weights that the input makes."""
    model = keras.Sequential([layers.LSTM(3, activation=activation), layers.Dense(1)])
    metrics = [keras.metrics.AUC(from_logits=True), "accuracy"]
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile("rmsprop", loss, metrics=metrics)
    return model


def stateful(activation, batch_size=16):
    parts = [layers.Input(batch_shape=(batch_size, 5, 2))]
    parts += [layers.GRU(3, activation=activation, stateful=True, return_sequences=True)]
    parts += [layers.Bidirectional(layers.SimpleRNN(3, activation=activation, stateful=True))]
    return compiled(parts)


@keras.saving.register_keras_serializable("tests")
class Block(layers.Layer):
    """A layer that keeps a stateful layer to itself."""

    def __init__(self, activation):
        super().__init__()
        self.inner = layers.SimpleRNN(3, activation=activation, stateful=True)

    def build(self, shape):
        self.inner.build(shape)

    def call(self, x):
        return self.inner(x)


def hidden_state(activation):
    return compiled([layers.Input(batch_shape=(16, 5, 2)), Block(activation)])


def half(activation):
    with_policy = {"dtype": "mixed_float16"}
    parts = [layers.Input((5, 2)), layers.GRU(3, activation=activation, **with_policy)]
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(), initial_scale=2.0**20)
    return compiled(parts, optimizer)


def inner_layer(activation):
    return compiled([layers.Input((5, 2)), layers.SimpleRNN(3, activation=activation)])


def reset(model):
    for layer in model.layers:
        inner = getattr(layer, "inner", layer)
        if getattr(inner, "stateful", False):
            inner.reset_state()


KINDS = [batch_statistics, averaged, area, stateful, hidden_state, half, inner_layer]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_nothing_of_one_run_is_left_to_the_next(kind):
    """Whatever a model, its optimizer or its metrics remember: the last run is as one alone."""
    activation = layers.PReLU() if kind is inner_layer else "tanh"
    table = compare(kind, DATA, [activation], [0.3, 0.03], 2, **SETTINGS)
    for row in table.iloc[[0, 3]].itertuples():
        keras.utils.set_random_seed(row.seed_value)
        model = kind(layers.PReLU() if kind is inner_layer else "tanh")
        if not model.built:
            model(DATA["train"][0][:16])
        model.optimizer.learning_rate = row.learning_rate
        keras.utils.set_random_seed(row.seed_value)
        model.fit(*DATA["train"], epochs=3, batch_size=16, verbose=0)
        for split in ("validation", "test"):
            reset(model)
            expected = model.evaluate(*DATA[split], batch_size=16, verbose=0, return_dict=True)
            assert getattr(row, f"{split}_score") == pytest.approx(expected["loss"], rel=1e-5)
    assert not table.diverged.any() and table.test_score.nunique() == 4


def test_weights_of_samples_count_in_training_and_in_scores():
    """Weight 0 is as if a sequence were not there."""
    doubled = {
        name: (np.concatenate([x, -x]), np.concatenate([y, y]), np.repeat([1.0, 0.0], len(y)))
        for name, (x, y) in DATA.items()
    }

    def weighted(activation):
        model = inner_layer(activation)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss, weighted_metrics=["accuracy"])
        return model

    settings = {"epochs": 2, "batch_size": 128}
    found = compare(weighted, doubled, ["tanh"], [0.4], 2, **settings)  # mean over twice as many
    expected = compare(weighted, DATA, ["tanh"], [0.2], 2, **settings)
    assert found.test_score.tolist() == expected.test_score.tolist()
    assert found.validation_score.tolist() == expected.validation_score.tolist()


def test_each_function_is_given_its_own_best_rate():
    table = compare(build, DATA, ["tanh", "sigmoid"], [1e-5, 1e-2], 2, epochs=4)
    assert table.groupby("activation").chosen.sum().tolist() == [2, 2]
    for _, part in table.groupby("activation"):
        median = part.groupby("learning_rate").validation_score.median()
        assert part[part.chosen].learning_rate.unique().tolist() == [median.idxmax()]


def test_for_a_loss_the_smaller_is_the_better():
    for more in ({}, {"higher_is_better": False}):
        table = compare(build, DATA, ["tanh"], [1e-6, 1e-2], 2, epochs=4, score="loss", **more)
        assert table[table.chosen].learning_rate.unique().tolist() == [1e-2]


def test_a_diverged_run_is_kept_and_is_the_worst():
    def wild(activation):
        return build(activation, lambda: keras.optimizers.SGD(momentum=0.9), dropout=0.0)

    table = compare(
        wild, DATA, ["linear"], [1e30, 1e-2], 2, epochs=2, score="loss", higher_is_better=False
    )
    assert table.diverged.tolist() == [True, True, False, False]
    assert table.chosen.tolist() == [False, False, True, True]
    assert table.test_score.isna().tolist() == [True, True, False, False]


def test_a_model_of_nan_is_diverged_though_its_accuracy_is_that_of_the_majority():
    def long(number, n):
        x = np.random.default_rng(number).standard_normal((n, 150, 1)).astype("float32")
        return x, (np.arange(n) % 5 == 0).astype("int32")  # 80 % class 0, as an argmax of NaN is

    def plain(activation):
        return compiled([layers.Input((150, 1)), layers.SimpleRNN(8, activation=activation)])

    data = {name: long(number, 40) for number, name in enumerate(DATA)}
    table = compare(plain, data, ["relu"], [0.3, 1e-3], 1, epochs=2)
    assert table.diverged.tolist() == [True, False]
    assert table.chosen.tolist() == [False, True]
    assert table.validation_score.isna().tolist() == [True, False]
    assert table.test_score.isna().tolist() == [True, False]


class Overflowing(keras.losses.Loss):
    """A loss whose value, but not its gradient, is infinite from the first step on."""

    def call(self, y, outputs):
        return keras.ops.sum(outputs * 0.001, axis=-1) + np.float32(np.inf)


class Breaking(keras.layers.Layer):
    """A layer with a weight that training makes infinite, and that no output shows."""

    def build(self, shape):
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        if training:
            self.count.assign(np.inf)
        return x


def test_divergence_is_judged_by_loss_and_weights_too():
    """Their scores are finite: accuracy of finite outputs."""

    def infinite_loss(activation):
        model = inner_layer(activation)
        model.compile("sgd", Overflowing(), metrics=["accuracy"])
        return model

    def infinite_weight(activation):
        parts = [layers.Input((5, 2)), layers.SimpleRNN(3, activation=activation), Breaking()]
        return compiled(parts)

    for made in (infinite_loss, infinite_weight):
        assert compare(made, DATA, ["tanh"], [0.1], 1, epochs=1).diverged.all()


class InfiniteForOnes(keras.losses.Loss):
    """A loss that is infinite where a target is 1."""

    def call(self, y, outputs):
        ones = keras.ops.max(keras.ops.cast(y, "float32"), axis=-1) > 0
        return keras.ops.sum(outputs * 0.001, axis=-1) + keras.ops.where(ones, np.inf, 0.0)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_divergence_is_judged_by_the_loss_of_every_split(split):
    def infinite_loss(activation):
        model = inner_layer(activation)
        model.compile("sgd", InfiniteForOnes(), metrics=["accuracy"])
        return model

    zeros = {name: (x, np.zeros_like(y)) for name, (x, y) in DATA.items()}
    assert not compare(infinite_loss, zeros, ["tanh"], [0.1], 1, epochs=1).diverged.any()
    bad = zeros | {split: DATA[split]}
    assert compare(infinite_loss, bad, ["tanh"], [0.1], 1, epochs=1).diverged.all()


def test_a_model_without_an_input_layer_and_functions_of_ones_own():
    def squashed(x):
        return x * keras.ops.rsqrt(1 + x * x)

    table = compare(
        lambda f: build(f, with_input=False), DATA, [squashed, "tanh"], [1e-2], 1, epochs=1
    )
    assert table.activation.tolist() == ["squashed", "tanh"]
    assert np.isfinite(table.test_score).all()


def test_functions_without_a_name_get_one():
    table = compare(build, DATA, {"x": lambda x: x, "2 x": lambda x: 2 * x}, [1e-2], 1, epochs=1)
    assert table.activation.tolist() == ["x", "2 x"]
    slopes = {"small": layers.LeakyReLU(0.1), "large": layers.LeakyReLU(0.5)}
    table = compare(build, DATA, slopes, [1e-2], 1, **SETTINGS)
    assert table.test_score.nunique() == 2


ONE_LAYER, ONE_OPTIMIZER = layers.Dense(2), keras.optimizers.Adam()
ONE_MODEL, SIZES = build("tanh"), itertools.count(2)
SCHEDULE = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)


def shared_layer(activation):
    model = keras.Sequential([layers.Input((5, 2)), layers.SimpleRNN(3), ONE_LAYER])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    return model


class Remembering(layers.Layer):
    stateful = True


def without_reset(activation):
    return compiled([layers.Input((5, 2)), layers.SimpleRNN(3), Remembering()])


def of_other_sizes(activation):
    return compiled([layers.Input((5, 2)), layers.SimpleRNN(next(SIZES))])


def first(**sizes):
    """The data, cut down to so many sequences."""
    return {name: tuple(a[: sizes.get(name)] for a in pair) for name, pair in DATA.items()}


X, Y = DATA["test"]


class WithVariable:
    """An activation whose slope could go from one run to the next."""

    def __init__(self):
        self.slope = keras.Variable(0.5)

    def __call__(self, x):
        return self.slope * x


@pytest.mark.parametrize(
    "change, error, message",
    [
        ({"seeds": 0}, ValueError, "seeds=0"),
        ({"seeds": [1, 1]}, ValueError, "seeds holds one level twice"),
        ({"epochs": 0}, ValueError, "epochs=0"),
        ({"learning_rates": [0.0]}, ValueError, "learning_rate=0.0"),
        ({"learning_rates": []}, ValueError, "learning_rates=\\[\\] is empty"),
        ({"learning_rates": 0.1}, TypeError, "learning_rates=0.1 is not a list"),
        ({"learning_rates": "0.1"}, TypeError, "learning_rates='0.1' is not a list"),
        ({"learning_rates": [0.01, 1e-2]}, ValueError, "one level twice: 0.01 and 0.01"),
        ({"learning_rates": [0.01, np.float32(0.01)]}, ValueError, "one level twice: 0.01"),
        ({"activations": []}, ValueError, "activations are empty"),
        ({"activations": "tanh"}, TypeError, "activations='tanh' is not a list"),
        ({"activations": keras.activations.tanh}, TypeError, "is not a list"),
        ({"activations": ["tanh", "tanh"]}, ValueError, "one level twice: 'tanh' and 'tanh'"),
        ({"activations": ["tanh", activations.get("tanh")]}, ValueError, "'tanh' and 'tanh'"),
        ({"activations": ["tanh", keras.activations.tanh]}, ValueError, "'tanh' and 'tanh'"),
        ({"activations": ["swish", "silu"]}, ValueError, "'swish' and 'silu'"),
        ({"activations": ["linear", None]}, ValueError, "'linear' and 'None'"),
        ({"activations": {"a": "tanh", "b": "tanh"}}, ValueError, "'a' and 'b'"),
        ({"activations": [lambda x: x, lambda x: -x]}, ValueError, "2 .* called '<lambda>'"),
        ({"activations": ["tanh", "tahn"]}, ValueError, "tahn"),
        ({"data": {"train": DATA["train"]}}, ValueError, "data lack validation, test"),
        ({"data": [1, 2, 3]}, TypeError, "data have to be a mapping"),
        ({"data": DATA | {"test": X}}, TypeError, r"data\['test'\] has to be \(inputs, targets\)"),
        ({"data": DATA | {"test": (X, Y, Y, Y)}}, TypeError, "not 4 entries"),
        ({"data": DATA | {"test": (X, [1, 0])}}, TypeError, "something that is not an array"),
        ({"data": first(test=0)}, ValueError, r"data\['test'\] is empty"),
        ({"data": DATA | {"test": (X, Y[:9])}}, ValueError, r"lengths: \[32, 9\]"),
        ({"data": DATA | {"train": (X, Y, Y[:9])}}, ValueError, r"'train'.* \[32, 32, 9\]"),
        ({"data": DATA | {"train": (X * np.nan, Y)}}, ValueError, "values that are not finite"),
        ({"build": "build"}, TypeError, "build='build' is not a function"),
        ({"higher_is_better": "loss"}, TypeError, "higher_is_better='loss'"),
        ({"activations": [WithVariable()]}, ValueError, "holds a variable"),
        ({"score": "f1"}, ValueError, "score='f1' is not measured; compile it, or use accuracy"),
        (
            {"build": lambda f: keras.Sequential([layers.SimpleRNN(2)])},
            ValueError,
            "compiled model",
        ),
        ({"build": lambda f: None}, ValueError, "compiled model"),
        ({"build": lambda f: ONE_MODEL}, ValueError, "one and the same model twice"),
        ({"build": shared_layer}, ValueError, "share weights or states"),
        ({"build": lambda f: build(f, lambda: ONE_OPTIMIZER)}, ValueError, "share an optimizer"),
        ({"build": without_reset}, ValueError, "has no method reset_state"),
        ({"build": of_other_sizes}, ValueError, "differ in their weights"),
        (
            {"build": lambda f: build(f, lambda: keras.optimizers.SGD(SCHEDULE))},
            ValueError,
            "sched",
        ),
        ({"build": stateful}, ValueError, "batch_size=32, but .* takes batches of 16"),
        ({"build": stateful, "batch_size": 16, "data": first(test=24)}, ValueError, "24 sequences"),
        (
            {"build": stateful, "batch_size": 16, "data": first(train=40)},
            ValueError,
            "'train'.* 40",
        ),
    ],
)
def test_bad_arguments_are_named_before_anything_trains(change, error, message, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))
    arguments = dict(build=build, data=DATA, activations=["tanh"], learning_rates=[1e-2], seeds=1)
    with pytest.raises(error, match=message):
        compare(**(arguments | change))


def test_an_error_of_build_says_at_which_activation():
    with pytest.raises(ValueError) as caught:
        compare(build, DATA, ["tanh", "tahn"], [1e-2], 1)
    assert caught.value.__notes__ == ["This is about activation 'tahn'; nothing is trained yet."]


def fails_at(number, error, monkeypatch):
    fit, calls = FreshRuns.run, []

    def run(self, *arguments):
        calls.append(arguments)
        if len(calls) == number:
            raise error
        return fit(self, *arguments)

    monkeypatch.setattr(FreshRuns, "run", run)


ASKED = {"build": build, "data": DATA, "activations": ["tanh", "relu"], "learning_rates": [1e-2]}
ASKED |= {"seeds": 2, "epochs": 1}


@pytest.mark.slow
def test_ctrl_c_returns_the_finished_rows(monkeypatch, capsys):
    whole = compare(**ASKED)
    fails_at(4, KeyboardInterrupt(), monkeypatch)
    table = compare(**ASKED)
    pd.testing.assert_frame_equal(table, whole[:3])
    assert capsys.readouterr().out == "Interrupted: 3 of 4 runs are finished.\n"


def test_ctrl_c_before_anything_is_finished_stays_an_interrupt(monkeypatch):
    fails_at(1, KeyboardInterrupt(), monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        compare(**ASKED)


@pytest.mark.slow
def test_an_error_keeps_the_finished_rows(monkeypatch):
    whole = compare(**ASKED)
    fails_at(3, MemoryError("full"), monkeypatch)
    with pytest.raises(MemoryError, match="full") as caught:
        compare(**ASKED)
    pd.testing.assert_frame_equal(caught.value.finished, whole[:2])
    assert "2 of 4 runs are finished" in caught.value.__notes__[0]


@pytest.mark.parametrize("split", ["train", "test"])
def test_data_that_do_not_fit_the_model_are_named_before_anything_trains(split, monkeypatch):
    monkeypatch.setattr(keras.Model, "fit", lambda *_, **__: pytest.fail("training began"))
    data = DATA | {split: (DATA[split][0][..., :1], DATA[split][1])}
    with pytest.raises(Exception) as caught:
        compare(build, data, ["tanh"], [1e-2], 1)
    assert any(f"data['{split}']" in note or "tanh" in note for note in caught.value.__notes__)
