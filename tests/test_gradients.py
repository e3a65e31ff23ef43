"""Gradients by lag: closed forms, finite differences, and Keras's own loop."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.measures.gradients import (
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
    padded = np.array([[3, 4, 5, 6, 0, 0, 0]])
    model(tokens)
    readout = np.linalg.norm(model.layers[-1].kernel)
    for name in ("top", model.layers[1].name):
        short = loss_gradient_norm_by_lag(model, tokens, tf.reduce_sum, layer=name)
        long = loss_gradient_norm_by_lag(model, padded, tf.reduce_sum, layer=name)
        np.testing.assert_allclose(long[:, 3:], short, rtol=1e-4)
        if name == "top":
            assert short[0, 0] == pytest.approx(readout, rel=1e-5)
        # The state stands still over the padding, and so does its gradient; below
        # another layer no loss is read there.
        expected = short[:, 0] if name == "top" else 0
        np.testing.assert_allclose(long[:, :3], np.tile(expected, (1, 3)), rtol=1e-4)


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
