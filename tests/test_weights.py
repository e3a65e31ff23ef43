"""Recurrent matrices by gate, what they can do to a state, and how far weights move."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from helpers.measures.weights import (
    largest_singular_value,
    recurrent_matrices,
    spectral_radius,
    update_to_weight_ratio,
    weights_by_name,
)

H = 4


def built(layer):
    layer.build((None, 5, 2))
    return layer


def only(layer, block, matrix, bias):
    """Set all weights to 0 but one recurrent block (by name) and the biases of the gates."""
    names = list(recurrent_matrices(layer))
    weights = [np.zeros_like(w) for w in layer.get_weights()]
    place = names.index(block)
    weights[1][:, place * H : (place + 1) * H] = matrix
    for name, value in bias.items():
        at = names.index(name)
        weights[2][..., at * H : (at + 1) * H] = value
    layer.set_weights(weights)
    return np.testing.assert_array_equal(recurrent_matrices(layer)[block], matrix)


def test_names_belong_to_what_the_gates_do():
    """A gate pushed shut by the state must be the gate of that name."""
    shut, one = np.full((H, H), -1000.0), np.ones((1, H))
    x = np.zeros((1, 2))

    lstm = built(layers.LSTM(H))
    only(lstm, "forget gate", shut, {"input gate": -1000})
    np.testing.assert_allclose(lstm.cell(x, [one, one])[1][1], 0 * one)  # c is forgotten
    only(lstm, "output gate", shut, {"input gate": -1000, "forget gate": 1000})
    h, (_, c) = lstm.cell(x, [one, one])
    np.testing.assert_allclose(h, 0 * one)
    np.testing.assert_allclose(c, one)
    only(lstm, "input gate", shut, {"candidate": 1000, "forget gate": -1000})
    np.testing.assert_allclose(lstm.cell(x, [one, one])[1][1], 0 * one)
    only(lstm, "candidate", -shut, {"input gate": 1000, "forget gate": -1000})
    np.testing.assert_allclose(lstm.cell(x, [one, one])[1][1], one)

    gru = built(layers.GRU(H))
    only(gru, "update gate", -shut, {})
    np.testing.assert_allclose(gru.cell(x, [one])[0], one)  # the state is kept
    only(gru, "candidate", -shut, {"update gate": -1000})
    np.testing.assert_allclose(gru.cell(x, [one])[0], one)
    np.testing.assert_allclose(gru.cell(x, [-one])[0], -one)
    assert list(recurrent_matrices(gru)) == ["update gate", "reset gate", "candidate"]


def test_keras_makes_the_whole_kernel_orthogonal_but_no_gate():
    simple = built(layers.SimpleRNN(H))
    assert largest_singular_value(simple)["state"] == pytest.approx(1, abs=1e-5)
    assert spectral_radius(simple)["state"] == pytest.approx(1, abs=1e-5)
    for layer in (built(layers.GRU(H)), built(layers.LSTM(H))):
        assert (largest_singular_value(layer) < 1 - 1e-3).all()
        whole = np.concatenate(list(recurrent_matrices(layer).values()), axis=1)
        np.testing.assert_allclose(whole @ whole.T, np.eye(H), atol=1e-5)


def test_singular_value_and_spectral_radius_differ():
    simple = built(layers.SimpleRNN(2))
    simple.set_weights([np.zeros((2, 2)), np.array([[0.0, 3.0], [0.0, 0.0]]), np.zeros(2)])
    assert largest_singular_value(simple)["state"] == 3
    assert spectral_radius(simple)["state"] == 0
    rotation = 0.5 * np.array([[0.0, -1.0], [1.0, 0.0]])  # eigenvalues are ±0.5 i
    simple.set_weights([np.zeros((2, 2)), rotation, np.zeros(2)])
    assert spectral_radius(simple)["state"] == pytest.approx(0.5)


def test_cells_without_known_blocks():
    class TwoGates(layers.GRUCell):
        pass

    class Bare(keras.Layer):
        state_size = 3

        def call(self, x, states):
            return states[0], states

    cell = TwoGates(H)
    cell.build((None, 2))
    assert list(recurrent_matrices(cell)) == ["block 1", "block 2", "block 3"]
    with pytest.raises(ValueError, match="no recurrent_kernel"):
        recurrent_matrices(layers.RNN(Bare()))
    with pytest.raises(ValueError, match="is it built"):
        recurrent_matrices(layers.GRU(3))
    with pytest.raises(TypeError, match="no recurrent layer"):
        recurrent_matrices(layers.Dense(3))


def test_update_to_weight_ratio():
    before = {"a": np.array([3.0, 4.0]), "b": np.zeros(2), "c": np.ones(4)}
    after = {"a": np.array([3.0, 4.5]), "b": np.ones(2), "c": np.ones(4)}
    ratio = update_to_weight_ratio(before, after)
    assert ratio["a"] == pytest.approx(0.1) and ratio["c"] == 0 and np.isnan(ratio["b"])
    with pytest.raises(ValueError, match="names differ: d"):
        update_to_weight_ratio(before, {**after, "d": 1})
    with pytest.raises(ValueError, match="changed its shape"):
        update_to_weight_ratio(before, {**after, "c": np.ones(3)})


def test_snapshot_does_not_move_with_training():
    model = keras.Sequential([keras.Input((3, 2)), layers.SimpleRNN(4), layers.Dense(1)])
    model.compile("sgd", "mse")
    before = weights_by_name(model)
    assert len(before) == 5
    model.train_on_batch(np.ones((2, 3, 2)), np.ones((2, 1)))
    ratio = update_to_weight_ratio(before, weights_by_name(model))
    kernel = next(name for name in ratio.index if "dense" in name and "kernel" in name)
    assert 0 < ratio[kernel] < 1


def test_weights_that_are_not_finite_have_no_norm():
    layer = layers.GRU(3)
    layer.build((None, 4, 2))
    weights = layer.get_weights()
    weights[1][0, 4] = np.nan  # columns 3 to 5: the reset gate
    layer.set_weights(weights)
    for measure in (largest_singular_value, spectral_radius):
        found = measure(layer)
        assert np.isnan(found["reset gate"])
        assert (found.drop("reset gate") > 0).all()
