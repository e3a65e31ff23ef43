"""Saturation, dead units, norms and weights on layers whose answers are known."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers import activations, measures
from helpers.measures import dead_share, saturated_share, silent_share_by_step, state_norm

B, T, F, H = 3, 5, 2, 4
X = np.random.default_rng(0).normal(size=(B, T, F)).astype("float32")


def with_bias(layer, *blocks):
    """Set all weights to 0 and the biases to the given values, one per gate or one per unit."""
    layer.build((None, T, F))
    weights = [np.zeros_like(w) for w in layer.get_weights()]
    bias = np.concatenate([np.broadcast_to(b, H) for b in blocks])
    weights[2] = np.stack([bias, np.zeros_like(bias)]) if weights[2].ndim == 2 else bias
    layer.set_weights(weights)
    return layer


def test_saturated_share_counts_units():
    # tanh' is 1, 0.07, 0.07 and 0.97 at these pre-activations.
    layer = with_bias(layers.SimpleRNN(H), [0.0, 2.0, -2.0, 0.1])
    share = saturated_share(layer, X, threshold=0.1)
    assert list(share.columns) == ["state"]
    assert list(share.index) == [1, 2, 3, 4, 5] and share.index.name == "step"
    assert (share["state"] == 0.5).all()
    assert (saturated_share(layer, X, threshold=0.05)["state"] == 0).all()
    assert (saturated_share(layer, X, threshold=0.995)["state"] == 0.75).all()


def test_saturation_over_time():
    # One linear-in-time unit: a_t = h_{t-1} + 1 grows through the ramp of hard_tanh.
    layer = layers.SimpleRNN(1, activation=lambda a: keras.ops.clip(a, -2.5, 2.5))
    layer.build((None, T, F))
    layer.set_weights([np.zeros((F, 1)), np.ones((1, 1)), np.ones(1)])
    assert list(saturated_share(layer, X)["state"]) == [0, 0, 1, 1, 1]
    np.testing.assert_array_equal(state_norm(layer, X), [[1, 2, 2.5, 2.5, 2.5]] * B)


def test_a_steep_descent_is_no_saturation():
    """-tanh is as steep at 0 as tanh, downwards."""
    layer = with_bias(layers.SimpleRNN(H, activation=lambda a: -keras.ops.tanh(a)), 0.0)
    assert (saturated_share(layer, X, threshold=0.5)["state"] == 0).all()


def test_padded_steps_are_left_out_of_every_gate():
    """Two sequences of one feature; the second saturates all gates and ends after two steps."""
    layer = layers.LSTM(1, unit_forget_bias=False)
    layer.build((None, T, 1))
    layer.set_weights([np.ones((1, 4)), np.zeros((1, 4)), np.zeros(4)])
    x = np.stack([np.zeros((T, 1)), np.full((T, 1), 100.0)])
    mask = np.array([[True] * T, [True, True] + [False] * (T - 2)])
    share = saturated_share(layer, x, which="recurrent_activation", mask=mask)
    assert share.shape == (T, 3)
    assert (share.iloc[:2] == 0.5).all(axis=None) and (share.iloc[2:] == 0).all(axis=None)


def test_threshold_is_relative_to_the_largest_slope():
    # The sigmoid's slope at 0 is 1/4, its largest: not saturated at threshold 0.9.
    layer = with_bias(layers.SimpleRNN(H, activation="sigmoid"), 0.0)
    assert (saturated_share(layer, X, threshold=0.9)["state"] == 0).all()
    assert (saturated_share(layer, X, threshold=0.9, slope_max=1)["state"] == 1).all()


def test_slope_max_of_a_catalogue_function_is_used():
    act = activations.get("scaled_tanh(a=0.001)")  # a grid would miss its narrow slope
    layer = with_bias(layers.SimpleRNN(H, activation=act), [0.0, 0.0, 0.01, 0.01])
    assert (saturated_share(layer, X)["state"] == 0.5).all()
    layer = with_bias(layers.SimpleRNN(H, activation=activations.get("exponential")), -5.0)
    with pytest.raises(ValueError, match="slopes without bound"):
        saturated_share(layer, X)
    assert (saturated_share(layer, X, slope_max=1)["state"] == 1).all()


@pytest.mark.parametrize("implementation", [1, 2])
def test_places_of_an_lstm(implementation):
    names = ["input gate", "forget gate", "output gate"]
    order = {"input gate": 0, "forget gate": 1, "candidate": 2, "output gate": 3}
    for name, place in order.items():
        bias = [0.0] * 4
        bias[place] = 9.0
        layer = with_bias(layers.LSTM(H, implementation=implementation), *bias)
        gates = saturated_share(layer, X, which="recurrent_activation")
        state = saturated_share(layer, X)
        assert list(gates.columns) == names
        assert list(state.columns) == ["candidate", "output"]
        for other in names:
            assert (gates[other] == (other == name)).all()
        assert (state["candidate"] == (name == "candidate")).all()
        assert (state["output"] == 0).all()
    # c_t = 9 tanh(1) t / 2: the output's slope is 0.87, 0.59, 0.34, 0.17, 0.08.
    layer = with_bias(
        layers.LSTM(H, activation=lambda a: keras.ops.tanh(a / 9) * 9), 0.0, 9.0, 9.0, 0.0
    )
    assert list(saturated_share(layer, X, threshold=0.3)["output"]) == [0, 0, 0, 1, 1]


@pytest.mark.parametrize("implementation", [1, 2])
def test_places_of_a_gru(implementation):
    for place, name in enumerate(["update gate", "reset gate"]):
        bias = [0.0] * 3
        bias[place] = 9.0
        layer = with_bias(layers.GRU(H, implementation=implementation), *bias)
        gates = saturated_share(layer, X, which="recurrent_activation")
        assert list(gates.columns) == ["update gate", "reset gate"]
        assert (gates[name] == 1).all() and (gates.drop(columns=name) == 0).all(axis=None)
        assert list(saturated_share(layer, X).columns) == ["candidate"]


def test_layer_is_left_as_it_was():
    layer = layers.SimpleRNN(H, activation=layers.LeakyReLU())
    before, function = np.asarray(layer(X)), layer.cell.activation
    saturated_share(layer, X)
    assert layer.cell.activation is function
    np.testing.assert_array_equal(layer(X), before)
    layer = layers.SimpleRNN(H, activation="softmax")
    function = layer.cell.activation
    with pytest.raises(ValueError, match="mixes units"):
        saturated_share(layer, X)
    assert layer.cell.activation is function


def test_saturated_share_refuses():
    with pytest.raises(ValueError, match="threshold=0"):
        saturated_share(layers.GRU(H), X, threshold=0)
    with pytest.raises(ValueError, match="this cell has activation$"):
        saturated_share(layers.SimpleRNN(H), X, which="recurrent_activation")


def test_dead_units():
    layer = with_bias(layers.SimpleRNN(H, activation="relu"), [-1e6, -1e6, -1e6, 1.0])
    assert dead_share(layer, X) == 0.75
    np.testing.assert_array_equal(silent_share_by_step(layer, X), [0.75] * T)
    assert dead_share(with_bias(layers.SimpleRNN(H, activation="relu"), -1e6), X) == 1.0
    assert dead_share(layers.SimpleRNN(H), X) == 0.0


def test_a_unit_that_fires_once_is_not_dead():
    layer = layers.SimpleRNN(1, activation="relu")
    layer.build((None, 3, 1))
    layer.set_weights([np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1)])
    x = -np.ones((2, 3, 1), "float32")
    assert dead_share(layer, x) == 1.0
    x[1, 1] = 2.0
    assert dead_share(layer, x) == 0.0
    np.testing.assert_array_equal(silent_share_by_step(layer, x), [1, 0, 1])


def test_state_norm_is_that_of_the_layers_own_states():
    layer = layers.LSTM(H, return_sequences=True, return_state=True)
    series, _, c = layer(X)
    np.testing.assert_allclose(state_norm(layer, X), np.linalg.norm(series, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(
        state_norm(layer, X, which="c")[:, -1], np.linalg.norm(c, axis=-1), rtol=1e-5
    )
    with pytest.raises(ValueError, match="which='c'"):
        state_norm(layers.GRU(H), X, which="c")


# ---- padding ----

PADDED = np.array([[True] * 5, [True, True, False, False, False], [False, False, True, True, True]])


def running_sum(units=1, activation="linear"):
    """h_t = f(x_t + h_{t-1}), the inputs shown to every unit."""
    layer = layers.SimpleRNN(units, activation=activation, use_bias=False)
    layer.build((None, T, 1))
    layer.set_weights([np.ones((1, units)), np.eye(units)])
    return layer


def test_padded_steps_count_for_nothing():
    x = np.ones((B, T, 1), "float32")
    x[~PADDED] = 77.0
    expected = [[1, 2, 3, 4, 5], [1, 2, np.nan, np.nan, np.nan], [np.nan, np.nan, 1, 2, 3]]
    np.testing.assert_array_equal(state_norm(running_sum(), x, mask=PADDED), expected)
    # Off at all real steps: dead, although padding (an input of 0, slope bias) switches it on.
    layer = layers.SimpleRNN(1, activation="relu")
    layer.build((None, T, 1))
    layer.set_weights([np.ones((1, 1)), np.zeros((1, 1)), np.ones(1)])
    x = np.where(PADDED, -5.0, 0.0)[..., None].astype("float32")
    assert dead_share(layer, x) == 0.0
    assert dead_share(layer, x, mask=PADDED) == 1.0
    x[1, 1] = 5.0  # a real step
    assert dead_share(layer, x, mask=PADDED) == 0.0
    np.testing.assert_array_equal(silent_share_by_step(layer, x, PADDED), [1, 0, 1, 1, 1])
    # Saturated at real steps alone: of steps 1 and 2, sequences 0 and 1 are real.
    layer = layers.SimpleRNN(1)
    layer.build((None, T, 1))
    layer.set_weights([np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1)])
    x = np.where(PADDED, 9.0, 0.0)[..., None].astype("float32")
    x[0] = 0.0
    assert list(saturated_share(layer, x, mask=PADDED)["state"]) == [0.5] * 5
    assert list(saturated_share(layer, x)["state"]) == [1 / 3] * 5


@pytest.mark.parametrize("kind", ["SimpleRNN", "GRU", "LSTM"])
def test_measures_under_a_mask_are_those_of_the_shorter_sequences(kind):
    keras.utils.set_random_seed(1)
    layer = getattr(layers, kind)(H, return_sequences=True)
    whole = np.ones((B, T), bool)
    for measure in (state_norm, dead_share, silent_share_by_step, saturated_share):
        np.testing.assert_array_equal(measure(layer, X, mask=whole), measure(layer, X))
    for row in range(B):
        alone = X[row : row + 1][:, PADDED[row]]
        norms = state_norm(layer, X, mask=PADDED)[row]
        np.testing.assert_allclose(norms[PADDED[row]], state_norm(layer, alone)[0], rtol=1e-6)
        assert np.isnan(norms[~PADDED[row]]).all()
    # Keras's own loop, masked, shows the same states.
    shown = np.asarray(layer(X, mask=PADDED))
    norms = state_norm(layer, X, mask=PADDED)
    np.testing.assert_allclose(norms[PADDED], np.linalg.norm(shown, axis=-1)[PADDED], rtol=1e-5)


def test_a_step_that_is_padding_everywhere_has_no_share():
    mask = np.array([[True, True, False, True, True]] * B)
    layer = with_bias(layers.SimpleRNN(H, activation="relu"), [-1e6, -1e6, 1.0, 1.0])
    expected = [0.5, 0.5, np.nan, 0.5, 0.5]
    np.testing.assert_array_equal(silent_share_by_step(layer, X, mask), expected)
    layer = with_bias(layers.SimpleRNN(H), [0.0, 0.0, 9.0, 9.0])
    np.testing.assert_array_equal(saturated_share(layer, X, mask=mask)["state"], expected)
    # A sequence of padding alone says nothing; the others do.
    mask = np.array([[False] * T, [True] * T, [True] * T])
    assert np.isnan(state_norm(layer, X, mask=mask)[0]).all()
    assert dead_share(layer, X, mask) == 0.5


@pytest.mark.parametrize(
    "measure", [state_norm, dead_share, silent_share_by_step, saturated_share,
                measures.state_jacobian_norm_by_lag, measures.input_gradient_norm_by_step,
                measures.first_to_last_gradient_ratio],
)  # fmt: skip
def test_masks_that_do_not_fit_and_empty_batches_are_refused(measure):
    layer = layers.GRU(H)
    with pytest.raises(ValueError, match=r"mask is bool of shape \(3, 4\); .* \(3, 5\)"):
        measure(layer, X, mask=np.ones((B, 4), bool))
    with pytest.raises(ValueError, match="mask is float64"):
        measure(layer, X, mask=np.ones((B, T)))
    with pytest.raises(ValueError, match="mask is False everywhere"):
        measure(layer, X, mask=np.zeros((B, T), bool))
    with pytest.raises(ValueError, match=r"\(0, 5, 2\): there is no step to measure"):
        measure(layer, X[:0])
    with pytest.raises(ValueError, match=r"\(3, 0, 2\): there is no step to measure"):
        measure(layer, X[:, :0])


# ---- what is not a number ----


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_shares_of_nan_are_nan(activation):
    layer = layers.SimpleRNN(H, activation=activation)
    layer.build((None, T, F))
    layer.set_weights([np.full_like(w, np.nan) for w in layer.get_weights()])
    assert np.isnan(dead_share(layer, X))
    assert np.isnan(silent_share_by_step(layer, X)).all()
    assert np.isnan(saturated_share(layer, X)).all(axis=None)
    assert np.isnan(state_norm(layer, X)).all()


def test_one_nan_unit_is_not_healthy_either():
    layer = with_bias(layers.SimpleRNN(H, activation="relu"), [np.nan, 1.0, -1.0, -1.0])
    assert np.isnan(dead_share(layer, X))
    layer = with_bias(layers.SimpleRNN(H), [np.nan, 0.0, 9.0, 9.0])
    assert np.isnan(saturated_share(layer, X)["state"]).all()
    # At padded steps nothing counts, NaN neither.
    x = X.copy()
    x[1, 3] = np.nan
    mask = ~np.isnan(x[..., 0])
    assert dead_share(layers.SimpleRNN(H), x, mask) == 0.0
    assert np.isnan(silent_share_by_step(layers.SimpleRNN(H), x)[3:]).all()
    assert (silent_share_by_step(layers.SimpleRNN(H), x)[:3] == 0).all()


def test_a_function_that_tensorflow_cannot_follow_is_refused():
    layer = with_bias(layers.SimpleRNN(H, activation=lambda a: np.tanh(a.numpy())), 0.0)
    with pytest.raises(ValueError, match="does not compute with TensorFlow"):
        saturated_share(layer, X)
    layer = with_bias(layers.SimpleRNN(H, activation=tf.round), 0.0)
    with pytest.raises(ValueError, match="has no gradient in TensorFlow"):
        saturated_share(layer, X)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_norms_of_half_precision_neither_overflow_nor_vanish(dtype):
    for size in (1e-5, 3e4):
        layer = layers.SimpleRNN(H, activation="linear", recurrent_initializer="zeros", dtype=dtype)
        layer = with_bias(layer, size)
        np.testing.assert_allclose(state_norm(layer, X), size * np.sqrt(H), rtol=0.02)


def test_everything_can_be_had_from_here():
    for name in measures.__all__:
        assert hasattr(measures, name)
