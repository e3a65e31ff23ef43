"""Maps of state, slope and gradient: against automatic differentiation, and as they are drawn."""

from __future__ import annotations

import io

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from keras import layers, ops

from helpers import activations, measures
from helpers.measures import StepMaps, model_step_maps, run_simple_rnn, step_maps
from helpers.show import plots, series
from helpers.show.step_maps import draw_step_maps

T, H, F, BATCH = 12, 5, 3, 4


def model_and_data(cell=layers.SimpleRNN, activation="tanh", sequences=False):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            layers.Input((T, F), dtype="float64"),
            cell(H, activation=activations.get(activation), return_sequences=sequences,
                 dtype="float64", bias_initializer="glorot_uniform"),
            layers.Dense(2, dtype="float64"),
        ]
    )  # fmt: skip
    return model, np.random.default_rng(2).standard_normal((BATCH, T, F))


def squares(prediction):
    return ops.sum(ops.square(prediction))


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_numpy_and_keras_agree(activation, sequences):
    model, x = model_and_data(activation=activation, sequences=sequences)
    found = model_step_maps(model, x, squares)
    kernel, recurrent, bias = (np.asarray(w) for w in model.layers[0].get_weights())
    readout, offset = (np.asarray(w) for w in model.layers[1].get_weights())
    run = run_simple_rnn(activation, recurrent.T, x, bias, kernel=kernel.T)
    h = run.states[:, 1:] if sequences else run.states[:, -1]
    maps = step_maps(run, 2 * (h @ readout + offset) @ readout.T)
    for name in ("states", "slopes", "gradients"):
        ours, theirs = getattr(found, name), getattr(maps, name)
        assert ours.shape == (BATCH, T, H)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12, err_msg=name)


def test_norms_are_those_of_the_gradient_by_lag():
    for cell in (layers.SimpleRNN, layers.LSTM, layers.GRU):
        model, x = model_and_data(cell)
        norms = measures.loss_gradient_norm_by_lag(model, x, squares)
        maps = model_step_maps(model, x, squares)
        rms = maps.gradient_rms * np.sqrt(H)
        np.testing.assert_allclose(rms[:, ::-1], norms[:, :-1], rtol=1e-9)
        assert maps.slopes.shape == (BATCH, T, H)


def test_gradients_against_differences():
    """The loss of a nudged state, for a stack of two networks with a matrix for each step."""
    rng = np.random.default_rng(3)
    u, x = rng.standard_normal((2, T, H, H)) / 2, rng.standard_normal((2, T, H))
    weight = rng.standard_normal((2, T, H))
    run = run_simple_rnn("tanh", u, x, shared=False)
    maps = step_maps(run, weight)  # L = Σ weight · h
    t, unit, eps = 4, 2, 1e-6
    losses = []
    for nudge in (eps, -eps):
        h = run.states[:, t + 1].copy()
        h[:, unit] += nudge
        loss = (weight[:, t] * h).sum(-1)
        rest = run_simple_rnn("tanh", u[:, t + 1 :], x[:, t + 1 :], initial=h, shared=False)
        losses.append(loss + (weight[:, t + 1 :] * rest.states[:, 1:]).sum((-1, -2)))
    difference = (losses[0] - losses[1]) / (2 * eps)
    np.testing.assert_allclose(maps.gradients[:, t, unit], difference, rtol=1e-7)
    assert maps[0].states.shape == (T, H)


def test_wrong_shapes_are_refused():
    run = run_simple_rnn("tanh", np.eye(H), np.zeros((T, H)))
    with pytest.raises(ValueError, match=r"\(4,\).*must be \(5,\), or \(12, 5\)"):
        step_maps(run, np.ones(4))
    model, x = model_and_data()
    with pytest.raises(ValueError, match="scalar"):
        model_step_maps(model, x, lambda y: y)


# ---- the figure ----


def maps(scale=1.0):
    rng = np.random.default_rng(0)
    run = run_simple_rnn("tanh", scale * np.eye(20), rng.standard_normal((40, 20)))
    return step_maps(run, np.linspace(-3, 5, 20))


def test_three_maps_a_column_with_their_values_recorded():
    one, two = maps(), maps(0.5)
    figure = draw_step_maps({"tanh": one, "tanh, half the gain": two}, decades=6)
    assert len(figure.axes) == 6, "the scales are no panels"
    data = series.record(figure, "Maps of state, slope and gradient by step and unit.")
    assert [p["title"] for p in data["panels"][:2]] == ["tanh", "tanh, half the gain"]
    kinds = [[s["kind"] for s in p["series"]] for p in data["panels"]]
    assert kinds == [["image"]] * 6
    first = figure.axes[0].images[0]
    np.testing.assert_array_equal(first.get_array(), one.states.T)
    shares = figure.axes[4].images[0].get_array()
    top = max(np.abs(one.gradients).max(), np.abs(two.gradients).max())
    expected = np.maximum(np.log10(np.abs(one.gradients.T) / top), -6)
    np.testing.assert_allclose(shares, expected)
    plt.close(figure)


def test_zero_shows_the_page_and_values_show_colour():
    still = StepMaps(np.zeros((6, 3)), np.zeros((6, 3)), np.zeros((6, 3)))
    figure = draw_step_maps({"dead": still})
    for panel in figure.axes:
        image = panel.images[0]
        assert (image.to_rgba(image.get_array())[..., 3] < 0.02).all()
    state, slope, gradient = (panel.images[0] for panel in figure.axes)
    assert state.to_rgba(-1.0)[0] > state.to_rgba(-1.0)[2], "negative is vermillion"
    assert state.to_rgba(1.0)[2] > state.to_rgba(1.0)[0], "positive is blue"
    assert slope.to_rgba(1.0)[3] == gradient.to_rgba(0.0)[3] == 1
    text = plots.to_svg(figure, "A network whose state, slope and gradient are all zero.")
    assert len(text) < 60_000 and "var(--figure-ink" in text
    plt.close(figure)


def test_the_figure_is_small():
    figure = draw_step_maps({"a": maps(), "b": maps(0.5)}, units=16)
    assert figure.axes[0].images[0].get_array().shape == (16, 40)
    buffer = io.StringIO(plots.to_svg(figure, "Maps of state, slope and gradient by step."))
    assert len(buffer.getvalue()) < 120_000
    plt.close(figure)


def test_maps_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="no network"):
        draw_step_maps({})
    odd = StepMaps(np.zeros((6, 3)), np.zeros((6, 3)), np.zeros((6, 4)))
    with pytest.raises(ValueError, match=r"\(6, 3\), \(6, 4\)"):
        draw_step_maps({"odd": odd})
