"""Several functions in one layer: each on its own units, values and gradients."""

from __future__ import annotations

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import activations
from helpers.show import plots

get = activations.get
X = np.linspace(-3, 3, 35).reshape(5, 7)


@pytest.mark.parametrize("spec", ["tanh+relu", "leaky_relu(negative_slope=0.1)+tanh+sigmoid"])
@pytest.mark.parametrize("what", ["function", "derivative"])
def test_each_part_acts_on_its_own_units(spec, what):
    parts = [getattr(get(name), what) for name in spec.split("+")]
    ends = {2: [4], 3: [3, 5]}[len(parts)]
    expected = [f(piece) for f, piece in zip(parts, np.split(X, ends, axis=1), strict=True)]
    mixed = getattr(get(spec), what)
    np.testing.assert_allclose(mixed(X), np.concatenate(expected, axis=1), rtol=1e-12)
    np.testing.assert_allclose(mixed(tf.constant(X)), mixed(X), rtol=1e-6)


def test_derivative_is_that_of_automatic_differentiation():
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = get("softsign+relu")(x)
    np.testing.assert_allclose(tape.gradient(y, x), get("softsign+relu").derivative(X), rtol=1e-6)


def test_properties_are_those_of_the_parts_together():
    mixed = get("sigmoid + relu")
    assert (mixed.lower, mixed.upper, mixed.slope_max) == (0.0, np.inf, 1.0)
    assert mixed.kinks == (0.0,) and mixed.monotone and not mixed.zero_centred
    assert mixed.elementwise and mixed.spec == "sigmoid+relu"
    assert mixed.label == "logistic sigmoid + ReLU"


def test_mixture_is_known_by_its_spec():
    spec = "scaled_tanh(a=0.5)+relu"
    mixed = get(spec)
    assert mixed == get(spec) != get("relu+scaled_tanh(a=0.5)")
    assert pickle.loads(pickle.dumps(mixed)) == mixed
    layer = keras.layers.SimpleRNN(4, activation=mixed)
    assert keras.layers.SimpleRNN.from_config(layer.get_config()).activation == mixed
    assert plots.colour(spec) == plots.colour("muted")


def test_a_plus_sign_in_brackets_is_no_mixture():
    assert get("scaled_tanh(a=+0.5)") == get("scaled_tanh(a=0.5)")


def test_bad_mixtures_are_refused():
    with pytest.raises(ValueError, match="'softmax' mixes units"):
        get("tanh+softmax")
    with pytest.raises(ValueError, match="no activation 'tanhh'"):
        get("relu+tanhh")
    with pytest.raises(ValueError, match="takes a vector"):
        get("tanh+relu")(1.0)
