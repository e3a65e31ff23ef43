"""Gradients by lag: closed forms, finite differences, and Keras's own loop."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers import measures
from helpers.measures.gradients import (
    first_to_last_gradient_ratio,
    input_gradient_norm_by_step,
    loss_gradient_norm_by_lag,
    state_jacobian_norm_by_lag,
)
from helpers.measures.jacobians import jacobian_product_norms

RNG = np.random.default_rng(0)
B, T, F, H = 3, 5, 2, 3
X = RNG.normal(size=(B, T, F))


class LeakyCell(keras.Layer):
    """A custom cell with one bare state and no training argument: h' = h/2 + tanh(Ux + Wh)/2."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = self.output_size = units

    def build(self, shape):
        self.a = self.add_weight(shape=(shape[-1], self.state_size), name="a")
        self.b = self.add_weight(shape=(self.state_size, self.state_size), name="b")

    def call(self, x, states):
        h = 0.5 * states[0] + 0.5 * keras.ops.tanh(x @ self.a + states[0] @ self.b)
        return h, [h]


def make(kind, **options):
    """A float64 layer with random weights of moderate size."""
    keras.utils.set_random_seed(1)
    if kind == "custom":
        layer = layers.RNN(LeakyCell(H, dtype="float64"), dtype="float64", **options)
    else:
        layer = getattr(layers, kind)(H, dtype="float64", **options)
    layer.build((None, T, F))
    for weight in layer.weights:
        weight.assign(RNG.normal(0, 0.6, size=weight.shape))
    return layer


KINDS = ["SimpleRNN", "GRU", "LSTM", "custom"]


def states_after(layer, start, x):
    """Final states of Keras's own loop from given states; x has shape (B, t, F)."""
    if not x.shape[1]:
        return start
    runner = layers.RNN(layer.cell, return_state=True, dtype="float64")
    return [np.asarray(s) for s in runner(x, initial_state=[tf.constant(s) for s in start])[1:]]


def numeric_jacobian(layer, start, x, size, eps=1e-6):
    """Central differences of the concatenated final state, shape (B, S, S)."""
    columns = []
    for j in range(size):
        sides = []
        for sign in (1, -1):
            moved = [s.copy() for s in start]
            moved[j // H][:, j % H] += sign * eps
            sides.append(np.concatenate(states_after(layer, moved, x), -1))
        columns.append((sides[0] - sides[1]) / (2 * eps))
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("kind", KINDS)
def test_state_jacobian_against_finite_differences(kind):
    layer = make(kind)
    count = 2 if kind == "LSTM" else 1
    zeros = [np.zeros((B, H))] * count
    blocks = {"h": slice(0, H), "all": slice(0, count * H)}
    if kind == "LSTM":
        blocks["c"] = slice(H, 2 * H)
    for which, block in blocks.items():
        norms = state_jacobian_norm_by_lag(layer, X, which)
        assert norms.spectral.shape == norms.frobenius.shape == (B, T + 1)
        for lag in (0, 1, T):
            start = states_after(layer, zeros, X[:, : T - lag])
            full = numeric_jacobian(layer, start, X[:, T - lag :], count * H)
            part = full[:, block, block]
            np.testing.assert_allclose(
                norms.spectral[:, lag], np.linalg.norm(part, 2, axis=(1, 2)), rtol=1e-6
            )
            np.testing.assert_allclose(
                norms.frobenius[:, lag], np.linalg.norm(part, axis=(1, 2)), rtol=1e-6
            )


def test_linear_layer_gives_matrix_powers():
    layer = make("SimpleRNN", activation=None)
    w = layer.cell.recurrent_kernel.numpy().T
    norms = state_jacobian_norm_by_lag(layer, X)
    expected = [np.linalg.norm(np.linalg.matrix_power(w, k), 2) for k in range(T + 1)]
    np.testing.assert_allclose(norms.spectral, np.tile(expected, (B, 1)), rtol=1e-12)


def test_tanh_layer_agrees_with_the_numpy_product():
    layer = make("SimpleRNN", return_sequences=True)
    states = np.asarray(layer(X))
    by_hand = jacobian_product_norms(
        layer.cell.recurrent_kernel.numpy().T, states, lambda h: 1 - h**2
    )
    norms = state_jacobian_norm_by_lag(layer, X)
    np.testing.assert_allclose(norms.spectral, by_hand.spectral, rtol=1e-10)
    np.testing.assert_allclose(norms.log10_frobenius, by_hand.log10_frobenius, atol=1e-10)


def test_one_relu_unit():
    layer = layers.SimpleRNN(1, activation="relu", use_bias=False, dtype="float64")
    layer.build((None, 4, 1))
    layer.set_weights([np.ones((1, 1)), np.full((1, 1), 0.5)])
    x = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, -9.0, 1.0, 1.0]])[..., None]
    norms = state_jacobian_norm_by_lag(layer, x)
    np.testing.assert_array_equal(norms.spectral[0], [1, 0.5, 0.25, 0.125, 0.0625])
    # At step 2 of the second sequence the unit is off: nothing passes.
    np.testing.assert_array_equal(norms.spectral[1], [1, 0.5, 0.25, 0, 0])


@pytest.mark.parametrize(
    "bias, length, dtype, rtol",
    [(0.0, 100, "float64", 1e-12), (5.0, 20, "float64", 1e-12), (1.0, 20, "float32", 1e-4)],
)
def test_forget_path_of_an_lstm(bias, length, dtype, rtol):
    """Input gate shut, no weights: c_t = sigmoid(b) c_{t-1} exactly."""
    layer = layers.LSTM(H, dtype=dtype)
    layer.build((None, length, F))
    weights = [np.zeros_like(w) for w in layer.get_weights()]
    weights[2][:H], weights[2][H : 2 * H] = -1000.0, bias
    layer.set_weights(weights)
    x = RNG.normal(size=(2, length, F))
    norms = state_jacobian_norm_by_lag(layer, x, which="c")
    expected = (1 / (1 + np.exp(-bias))) ** np.arange(length + 1)
    np.testing.assert_allclose(norms.spectral, np.tile(expected, (2, 1)), rtol=rtol)
    np.testing.assert_allclose(norms.frobenius, np.sqrt(H) * norms.spectral, rtol=rtol)


def test_cell_without_a_layer_and_layer_that_was_never_called():
    layer = make("GRU")
    np.testing.assert_array_equal(
        state_jacobian_norm_by_lag(layer.cell, X).spectral,
        state_jacobian_norm_by_lag(layer, X).spectral,
    )
    fresh = layers.SimpleRNN(5)
    assert state_jacobian_norm_by_lag(fresh, X.astype("float32")).spectral.shape == (B, T + 1)
    assert fresh(X.astype("float32")).shape == (B, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_input_gradient_against_kerass_own_loop(kind):
    layer = make(kind)
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(layer(x))
    expected = np.linalg.norm(tape.gradient(total, x), axis=-1)
    ours = input_gradient_norm_by_step(layer, X)
    assert ours.shape == (B, T)
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def loss_of(prediction):
    return tf.reduce_mean(tf.square(prediction - 0.3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sequences", [False, True])
def test_loss_gradient_against_finite_differences(kind, sequences):
    layer = make(kind, return_sequences=sequences)
    dense = layers.Dense(2, dtype="float64")
    model = keras.Sequential([keras.Input((T, F), dtype="float64"), layer, dense])
    zeros = [np.zeros((B, H))] * (2 if kind == "LSTM" else 1)
    runner = layers.RNN(layer.cell, return_sequences=True, dtype="float64")
    outputs = np.asarray(runner(X))

    def losses_from(h, t):
        """Each example's share of the loss if its state at step t were h (and c what it was)."""
        start = [h, *states_after(layer, zeros, X[:, :t])[1:]]
        series = [outputs[:, : t - 1], h[:, None]] if t else []
        if t < T:
            series.append(np.asarray(runner(X[:, t:], initial_state=start)))
        series = np.concatenate(series, axis=1)
        prediction = np.asarray(dense(series if sequences else series[:, -1]))
        return ((prediction - 0.3) ** 2).reshape(B, -1).mean(axis=1) / B

    norms = loss_gradient_norm_by_lag(model, X, loss_of)
    assert norms.shape == (B, T + 1)
    for lag in (0, 2, T):
        h = states_after(layer, zeros, X[:, : T - lag])[0]
        steps = 1e-6 * np.eye(H)
        numeric = [
            (losses_from(h + s, T - lag) - losses_from(h - s, T - lag)) / 2e-6 for s in steps
        ]
        np.testing.assert_allclose(
            norms[:, lag], np.linalg.norm(numeric, axis=0), rtol=1e-5, atol=1e-10
        )


def test_loss_gradient_of_the_cell_state():
    """Forget path again: dL/dc_t = sigmoid(b)^lag dL/dc_T."""
    layer = layers.LSTM(H, dtype="float64")
    layer.build((None, T, F))
    weights = [np.zeros_like(w) for w in layer.get_weights()]
    weights[2][:H], weights[2][H : 2 * H] = -1000.0, 1.0
    layer.set_weights(weights)
    norms = loss_gradient_norm_by_lag(layer, X, tf.reduce_sum, which="c")
    # h = sigmoid(0) tanh(c) and c = 0, so that dL/dc_T is 1/2 for each unit.
    expected = np.sqrt(H) / 2 * (1 / (1 + np.exp(-1.0))) ** np.arange(T + 1)
    np.testing.assert_allclose(norms, np.tile(expected, (B, 1)), rtol=1e-12)


def test_padding_does_not_change_the_gradient():
    keras.utils.set_random_seed(0)
    embedding = layers.Embedding(9, F, mask_zero=True)
    model = keras.Sequential(
        [embedding, layers.LSTM(H, return_sequences=True), layers.GRU(5, name="top"),
         layers.Dropout(0.5), layers.Dense(1)]
    )  # fmt: skip
    tokens = np.array([[3, 4, 5, 6]])
    padded = np.array([[3, 4, 5, 6, 0, 0, 0], [0, 3, 0, 4, 0, 5, 6], [0] * 7, [1] * 7])
    model(tokens)
    readout = np.linalg.norm(model.layers[-1].kernel)
    for name in ("top", model.layers[1].name):
        short = loss_gradient_norm_by_lag(model, tokens, tf.reduce_sum, layer=name)
        long = loss_gradient_norm_by_lag(model, padded, tf.reduce_sum, layer=name)
        # Lags count real steps, wherever the padding stands.
        for row in long[:2]:
            np.testing.assert_allclose(row[:5], short[0], rtol=1e-4)
            assert np.isnan(row[5:]).all()
        # Of padding alone, the initial state is the last one.
        assert long[2, 0] == pytest.approx(readout if name == "top" else 0, rel=1e-5)
        assert np.isnan(long[2, 1:]).all()
        assert (long[3] > 0).all()
        if name == "top":
            assert short[0, 0] == pytest.approx(readout, rel=1e-5)


LENGTHS = np.array(
    [[True] * 5, [True, True, False, False, False], [False, True, False, True, True]]
)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_under_a_mask_are_those_of_the_shorter_sequences(kind):
    layer = make(kind)
    norms = state_jacobian_norm_by_lag(layer, X, mask=LENGTHS)
    inputs = input_gradient_norm_by_step(layer, X, mask=LENGTHS)
    ratios = first_to_last_gradient_ratio(layer, X, mask=LENGTHS)
    for row, real in enumerate(LENGTHS):
        alone, n = X[row : row + 1][:, real], real.sum()
        short = state_jacobian_norm_by_lag(layer, alone)
        for field in ("spectral", "log10_frobenius"):
            got = getattr(norms, field)[row]
            np.testing.assert_allclose(got[: n + 1], getattr(short, field)[0], atol=1e-12)
            assert np.isnan(got[n + 1 :]).all()
        expected = input_gradient_norm_by_step(layer, alone)[0]
        np.testing.assert_allclose(inputs[row, real], expected, rtol=1e-12)
        assert np.isnan(inputs[row, ~real]).all()
        assert ratios[row] == pytest.approx(expected[0] / expected[-1], rel=1e-12)
    whole = np.ones((B, T), bool)
    for measure in (input_gradient_norm_by_step, first_to_last_gradient_ratio):
        np.testing.assert_array_equal(measure(layer, X, mask=whole), measure(layer, X))
    np.testing.assert_array_equal(
        state_jacobian_norm_by_lag(layer, X, mask=whole).spectral,
        state_jacobian_norm_by_lag(layer, X).spectral,
    )


def test_first_to_last_gradient_ratio():
    # h_T = sum of x_t / 2^(T - t): the first of four inputs gets 1/8 of the last one's gradient.
    layer = layers.SimpleRNN(1, activation="relu", use_bias=False, dtype="float64")
    layer.build((None, 4, 1))
    layer.set_weights([np.ones((1, 1)), np.full((1, 1), 0.5)])
    x = np.ones((4, 4, 1))
    x[1, 1] = -9  # cut on the way
    x[2, 3] = x[3, 3] = -9  # the last step is off, so that nothing gets a gradient
    ratio = first_to_last_gradient_ratio(layer, x)
    np.testing.assert_array_equal(ratio, [0.125, 0, np.nan, np.nan])
    norms = input_gradient_norm_by_step(make("LSTM"), X, "c")
    np.testing.assert_array_equal(
        first_to_last_gradient_ratio(make("LSTM"), X, "c").shape, norms[:, 0].shape
    )
    layer = make("LSTM")
    norms = input_gradient_norm_by_step(layer, X, "c")
    np.testing.assert_array_equal(
        first_to_last_gradient_ratio(layer, X, "c"), norms[:, 0] / norms[:, -1]
    )


# ---- 0 is measured, "not connected" is an error ----


@pytest.mark.parametrize("loss", [
    lambda p: float(tf.reduce_sum(p)),
    lambda p: np.sum(p.numpy()),
    lambda p: np.sum(p),
    lambda p: 1.0,
    lambda p: tf.constant(2.0),
    lambda p: tf.reduce_sum(tf.stop_gradient(p)),
    lambda p: tf.reduce_sum(tf.cast(p > 0, "float32")),
    lambda p: tf.reduce_sum(tf.argmax(p, -1)),
])  # fmt: skip
def test_a_loss_that_is_not_connected_is_an_error(loss):
    model = keras.Sequential([keras.Input((T, F)), layers.SimpleRNN(H, name="rnn"),
                              layers.Dense(2)])  # fmt: skip
    with pytest.raises(ValueError, match="the loss is not connected to the states of 'rnn'"):
        loss_gradient_norm_by_lag(model, X, loss)


def test_a_gradient_that_is_zero_stays_zero():
    layer = layers.SimpleRNN(H, activation="relu", name="rnn")
    layer.build((None, T, F))
    layer.set_weights([np.zeros((F, H)), np.zeros((H, H)), np.full(H, -1.0)])
    model = keras.Sequential(
        [keras.Input((T, F)), layer, layers.Dense(2, kernel_initializer="ones")]
    )
    norms = loss_gradient_norm_by_lag(model, X, tf.reduce_sum)
    assert (norms[:, 0] == 2 * np.sqrt(H)).all() and (norms[:, 1:] == 0).all()
    assert (state_jacobian_norm_by_lag(layer, X).spectral[:, 1:] == 0).all()
    assert (input_gradient_norm_by_step(layer, X) == 0).all()
    assert (loss_gradient_norm_by_lag(model, X, lambda p: 0 * tf.reduce_sum(p)) == 0).all()


class ForgetfulCell(LeakyCell):
    """A cell that ignores its state."""

    def call(self, x, states):
        h = keras.ops.tanh(x @ self.a)
        return h, [h]


class NumpyCell(LeakyCell):
    """A cell that computes where TensorFlow does not see it."""

    def call(self, x, states):
        h = tf.constant(np.tanh(x.numpy() @ self.a.numpy() + states[0].numpy() @ self.b.numpy()))
        return h, [h]


def test_a_cell_that_ignores_its_state_has_a_zero_jacobian_and_one_in_numpy_is_refused():
    forgetful = ForgetfulCell(H, dtype="float64")
    np.testing.assert_array_equal(
        state_jacobian_norm_by_lag(forgetful, X).spectral, [[1] + [0] * T] * B
    )
    cell = NumpyCell(H, dtype="float64")
    with pytest.raises(ValueError, match="TensorFlow cannot follow the state through 'numpy_cell"):
        state_jacobian_norm_by_lag(cell, X)
    with pytest.raises(ValueError, match="not connected to the inputs"):
        input_gradient_norm_by_step(cell, X)
    with pytest.raises(ValueError, match="not connected to the states"):
        loss_gradient_norm_by_lag(cell, X, lambda p: tf.constant(1.0))


def test_small_gradients_of_half_and_single_precision_are_seen():
    """0.5^k: in float32 the square of 1e-30 is 0, the number itself is not."""
    for dtype, steps in (("float32", 100), ("float16", 14), ("bfloat16", 100)):
        layer = layers.SimpleRNN(
            1, activation="linear", use_bias=False, recurrent_initializer="zeros", dtype=dtype
        )
        layer.build((None, steps, 1))
        layer.set_weights([np.ones((1, 1)), np.full((1, 1), 0.5)])
        x = np.ones((1, steps, 1), "float32")
        by_lag = 0.5 ** np.arange(steps + 1)
        np.testing.assert_array_equal(input_gradient_norm_by_step(layer, x)[0, ::-1], by_lag[:-1])
        norms = loss_gradient_norm_by_lag(layer, x, tf.reduce_sum)
        np.testing.assert_array_equal(norms[0], by_lag)


BACKEND = """
import keras, numpy as np
from helpers import measures
layer = keras.layers.SimpleRNN(3)
layer.build((None, 4, 2))
x = np.ones((2, 4, 2), "float32")
assert measures.gradient_reach("tanh", np.eye(2), x).spectral.shape == (2, 5)  # plain NumPy
for name in ("state_jacobian_norm_by_lag", "input_gradient_norm_by_step", "state_norm",
             "first_to_last_gradient_ratio", "dead_share", "silent_share_by_step",
             "saturated_share"):
    try:
        getattr(measures, name)(layer, x)
        print(name)
    except RuntimeError as error:
        assert f"{keras.backend.backend()!r}; these measures need TensorFlow" in str(error), error
        print("refused")
try:
    measures.loss_gradient_norm_by_lag(layer, x, lambda p: p.sum())
    print("loss_gradient_norm_by_lag")
except RuntimeError as error:
    assert "KERAS_BACKEND=tensorflow" in str(error), error
    print("refused")
"""


@pytest.mark.parametrize("backend, package", [("jax", "jax"), ("torch", "torch"), ("numpy", "jax")])
def test_another_backend_of_keras_is_refused(backend, package):
    if not importlib.util.find_spec(package):
        pytest.skip(f"{package} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend}
    done = subprocess.run([sys.executable, "-c", BACKEND], env=environment, text=True,
                          capture_output=True, timeout=300)  # fmt: skip
    assert done.stdout.split() == ["refused"] * 8, done.stdout + done.stderr


def test_the_backend_is_looked_at_by_every_measure_of_a_layer(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    layer = layers.GRU(H)
    for name in ("state_jacobian_norm_by_lag", "input_gradient_norm_by_step", "state_norm",
                 "first_to_last_gradient_ratio", "dead_share", "silent_share_by_step",
                 "saturated_share"):  # fmt: skip
        with pytest.raises(RuntimeError, match="backend 'jax'; these measures need TensorFlow"):
            getattr(measures, name)(layer, X)
    with pytest.raises(RuntimeError, match="set KERAS_BACKEND=tensorflow before Keras"):
        loss_gradient_norm_by_lag(layer, X, tf.reduce_sum)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_gradient_through_nan_is_nan(activation):
    layer = layers.SimpleRNN(H, activation=activation, dtype="float64")
    layer.build((None, T, F))
    x = X.copy()
    x[1, 2] = np.nan  # its states are NaN from step 3 of 5 on
    jacobians = state_jacobian_norm_by_lag(layer, x).spectral
    losses = loss_gradient_norm_by_lag(layer, x, tf.reduce_sum)
    inputs = input_gradient_norm_by_step(layer, x)
    for norms in (jacobians[:, 1:], losses, inputs):
        assert np.isnan(norms[1]).all() and np.isfinite(norms[[0, 2]]).all()


def test_stateful_layers_start_from_the_initial_state_and_keep_theirs():
    def build(stateful):
        keras.utils.set_random_seed(0)
        return keras.Sequential([
            keras.Input((T, F), batch_size=B),
            layers.GRU(4, return_sequences=True, stateful=stateful, name="low"),
            layers.LSTM(H, stateful=stateful, name="high"), layers.Dense(1),
        ])  # fmt: skip

    plain, model = build(False), build(True)
    expected = loss_gradient_norm_by_lag(plain, X, tf.reduce_sum, layer="high")
    first = loss_gradient_norm_by_lag(model, X, tf.reduce_sum, layer="high")
    assert all((np.asarray(s) == 0).all() for s in model.get_layer("high").states)
    model(X.astype("float32"))
    carried = [
        np.asarray(s).copy() for name in ("low", "high") for s in model.get_layer(name).states
    ]
    assert all(abs(c).max() > 0 for c in carried)
    second = loss_gradient_norm_by_lag(model, X, tf.reduce_sum, layer="high")
    np.testing.assert_allclose(first, expected, rtol=1e-5)
    np.testing.assert_allclose(second, expected, rtol=1e-5)
    after = [np.asarray(s).copy() for name in ("low", "high") for s in model.get_layer(name).states]
    for was, is_now in zip(carried, after, strict=True):
        np.testing.assert_array_equal(was, is_now)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(policy):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((T, F)), layers.LSTM(H, dtype=policy, name="rnn"),
        layers.Dense(2, dtype="float32"),
    ])  # fmt: skip
    same = keras.Sequential([keras.Input((T, F)), layers.LSTM(H), layers.Dense(2)])
    same.set_weights(model.get_weights())
    close = {"rtol": 0.05, "atol": 1e-3}
    np.testing.assert_allclose(
        loss_gradient_norm_by_lag(model, X, tf.reduce_sum),
        loss_gradient_norm_by_lag(same, X, tf.reduce_sum), **close,
    )  # fmt: skip
    np.testing.assert_allclose(
        state_jacobian_norm_by_lag(model.get_layer("rnn"), X, "c").spectral,
        state_jacobian_norm_by_lag(same.layers[0], X, "c").spectral, **close,
    )  # fmt: skip


def test_training_mode_reaches_the_layers():
    model = keras.Sequential([keras.Input((T, F)), layers.SimpleRNN(H), layers.Dropout(0.999)])
    assert loss_gradient_norm_by_lag(model, X, tf.reduce_sum).min() > 0
    keras.utils.set_random_seed(0)
    assert (loss_gradient_norm_by_lag(model, X, tf.reduce_sum, training=True) == 0).all()


def test_models_that_are_no_chain_are_refused():
    inputs = keras.Input((T, F))
    h = layers.SimpleRNN(H)(inputs)
    branched = keras.Model(inputs, layers.Add()([layers.Dense(H)(h), h]))
    with pytest.raises(ValueError, match="no plain chain of layers"):
        loss_gradient_norm_by_lag(branched, X, tf.reduce_sum)
    two = keras.Sequential([keras.Input((T, F)), layers.GRU(3, return_sequences=True, name="low"),
                            layers.GRU(3, name="high")])  # fmt: skip
    with pytest.raises(ValueError, match="does not name one recurrent layer of low, high"):
        loss_gradient_norm_by_lag(two, X, tf.reduce_sum)
    with pytest.raises(ValueError, match="layer='middle'"):
        loss_gradient_norm_by_lag(two, X, tf.reduce_sum, layer="middle")
    with pytest.raises(ValueError, match="must return a scalar"):
        loss_gradient_norm_by_lag(layers.GRU(3), X.astype("float32"), tf.square)


def test_shared_layer_is_no_chain():
    inputs = keras.Input((T, F))
    rnn, dense = layers.SimpleRNN(H), layers.Dense(H)
    model = keras.Model(inputs, dense(dense(rnn(inputs))))
    with pytest.raises(ValueError, match="no plain chain of layers"):
        loss_gradient_norm_by_lag(model, X, tf.reduce_sum)


@pytest.mark.parametrize("measure", [state_jacobian_norm_by_lag, input_gradient_norm_by_step])
def test_refused(measure):
    layer = make("GRU")
    with pytest.raises(ValueError, match=r"\(3, 5\); it must be \(batch, time, features\)"):
        measure(layer, X[..., 0])
    with pytest.raises(ValueError, match="3 features; the layer was built for 2"):
        measure(layer, np.zeros((B, T, 3)))
    with pytest.raises(ValueError, match="which='c'; this cell has the states h"):
        measure(layer, X, which="c")
    with pytest.raises(ValueError, match="which='x'; this cell has the states h, c"):
        measure(make("LSTM"), X, which="x")
    with pytest.raises(TypeError, match="no recurrent layer"):
        measure(layers.Dense(3), X)
    with pytest.raises(TypeError, match="forward_layer"):
        measure(layers.Bidirectional(layers.GRU(3)), X)
    with pytest.raises(ValueError, match="backwards"):
        measure(layers.GRU(3, go_backwards=True), X)
    with pytest.raises(ValueError, match="one recurrent layer at a time"):
        measure(layers.RNN([layers.GRUCell(3), layers.GRUCell(3)]), X)
