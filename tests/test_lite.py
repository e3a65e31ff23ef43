"""One step of a recurrent layer, converted: the same answers as Keras, fewer bits, more error."""

import keras
import numpy as np
import pytest

from helpers.measures import lite

pytestmark = pytest.mark.slow

# With fewer units, the scales that int8 stores outweigh what it saves.
UNITS, FEATURES, OUTPUTS = 32, 4, 3


def trained_like(cell):
    """Return weights of a layer, of its readout, and sequences."""
    keras.utils.set_random_seed(0)
    layer = getattr(keras.layers, cell)(UNITS)
    layer.build((None, None, FEATURES))
    rng = np.random.default_rng(0)
    readout = rng.standard_normal((UNITS, OUTPUTS)), rng.standard_normal(OUTPUTS)
    x = rng.standard_normal((10, 6, FEATURES)).astype("float32")
    expected = layer(x).numpy() @ readout[0] + readout[1]
    return layer.get_weights(), [part.astype("float32") for part in readout], x, expected


@pytest.mark.parametrize("cell", lite.STATES)
def test_a_step_repeated_is_the_layer(cell):
    weights, readout, x, expected = trained_like(cell)
    model = lite.one_step(cell, weights, readout)
    assert np.allclose(lite.answers(model, x), expected, atol=1e-5)
    assert np.allclose(lite.answers(lite.convert(model, x, "float32"), x), expected, atol=1e-5)


@pytest.mark.parametrize("cell", ["GRU", "LSTM"])
def test_fewer_bits_cost_more(cell):
    weights, readout, x, expected = trained_like(cell)
    model = lite.one_step(cell, weights, readout)
    off = {}
    for kind in ("int8", "int16x8"):
        converted = lite.convert(model, x, kind)
        assert len(converted) < len(lite.convert(model, x, "float32"))
        off[kind] = np.abs(lite.answers(converted, x) - expected).max()
    assert 0 < off["int16x8"] < off["int8"] < 0.2 * np.ptp(expected)


def test_the_operators_are_those_of_the_functions():
    weights, readout, x, _ = trained_like("SimpleRNN")
    counts = {}
    for name in ("linear", "tanh", "elu"):
        model = lite.one_step("SimpleRNN", weights, readout, name)
        counts[name] = lite.operators(lite.convert(model, x, "int8"))
    assert dict(counts["tanh"] - counts["linear"]) == {"TANH": 1}
    assert (counts["elu"] - counts["linear"])["ELU"] == 1


def test_the_functions_of_the_gates_are_used():
    weights, readout, x, expected = trained_like("GRU")
    model = lite.one_step("GRU", weights, readout, recurrent_activation="hard_sigmoid")
    assert not np.allclose(lite.answers(model, x), expected, atol=1e-3)


def test_unknown_names_are_refused():
    weights, readout, x, _ = trained_like("SimpleRNN")
    with pytest.raises(ValueError, match="RNN"):
        lite.one_step("RNN", weights, readout)
    with pytest.raises(ValueError, match="int4"):
        lite.convert(lite.one_step("SimpleRNN", weights, readout), x, "int4")


def test_nothing_is_printed(capfd):
    weights, readout, x, _ = trained_like("SimpleRNN")
    lite.answers(lite.convert(lite.one_step("SimpleRNN", weights, readout), x, "int8"), x)
    assert capfd.readouterr() == ("", "")


def test_a_step_takes_time():
    weights, readout, x, _ = trained_like("SimpleRNN")
    converted = lite.convert(lite.one_step("SimpleRNN", weights, readout), x, "int8")
    assert 0 < lite.seconds_per_step(converted, steps=3) < 1
