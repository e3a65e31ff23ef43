"""Measured growth against exact cases, products of Jacobians and theory; ReLU's survival."""

from __future__ import annotations

import math

import numpy as np
import pytest

from helpers import activations
from helpers.measures import (
    gradient_growth,
    measured_growth,
    no_unit_alive,
    relu_path_survival,
    run_simple_rnn,
    stationary_variance,
)

SMALL = dict(units=16, seeds=[3, 4], steps=40, burn=10, lag=20)


# ---- measured growth ----


def test_an_orthogonal_matrix_alone_grows_by_its_gain():
    gains = [0.5, 1.0, 1.7]
    found = measured_growth("linear", gains, matrix="orthogonal", **SMALL)
    assert found.lyapunov.shape == found.gradient.shape == found.variance.shape == (2, 3)
    for values in (found.lyapunov, found.gradient, found.gradient_rms[None]):
        np.testing.assert_allclose(values, np.log(gains) + np.zeros_like(values), atol=1e-12)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu"])
def test_the_numbers_are_those_of_the_jacobians(name):
    """One network written out: the same draws, a chain of Jacobians for the nudge."""
    gain, burn, steps, lag = 1.3, 10, 40, 20
    found = measured_growth(name, [0.4, gain], 0.3, 0.1, **(SMALL | {"seeds": [3]}))
    rng = np.random.default_rng(3)
    q = rng.standard_normal((16, 16)) / 4
    v = rng.standard_normal(16)
    x = math.sqrt(0.3) * rng.standard_normal((burn + steps, 16))
    run = run_simple_rnn(name, gain * q, x, 0.1)
    lengths = []
    for jacobian in run.jacobians:
        v = jacobian @ v
        lengths.append(np.linalg.norm(v))
    expected = np.log(lengths[-1] / lengths[burn - 1]) / steps
    assert found.lyapunov[0, 1] == pytest.approx(expected, rel=1e-9)
    assert found.variance[0, 1] == pytest.approx(run.preactivations[burn:].var(axis=-1).mean())
    g = first = rng.standard_normal((16, 8))
    for jacobian in run.jacobians[: -lag - 1 : -1]:
        g = jacobian.T @ g
    grown = np.log(np.linalg.norm(g) / np.linalg.norm(first)) / lag
    assert found.gradient[0, 1] == pytest.approx(grown, rel=1e-9)


@pytest.mark.parametrize("matrix, within", [("gaussian", 0.05), ("orthogonal", 0.03)])
@pytest.mark.parametrize("name, gains", [
    ("tanh", [0.8, 1.55, 2.5]), ("softsign", [1.0, 2.2, 4.0]), ("hard_tanh", [0.6, 1.2, 2.0]),
])  # fmt: skip
def test_theory_and_measurement_agree(name, gains, matrix, within):
    """128 units, 3 networks: 0.05 nats a step for Gaussian, 0.03 for orthogonal matrices."""
    found = measured_growth(name, gains, 0.25, matrix=matrix, seeds=range(3), steps=200, burn=50)
    predicted = gradient_growth(name, gains, 0.25)
    np.testing.assert_allclose(found.lyapunov.mean(axis=0), predicted, atol=within)
    np.testing.assert_allclose(found.gradient_rms, predicted, atol=within)
    variance = stationary_variance(name, gains, 0.25)
    np.testing.assert_allclose(found.variance.mean(axis=0), variance, rtol=0.06)


def test_rms_over_networks_is_never_below_the_mean_log():
    found = measured_growth("relu", [1.0, 1.4], seeds=range(5), units=16, steps=60, lag=50)
    expected = 0.5 / 50 * np.log(np.mean(np.exp(100 * found.gradient), axis=0))
    np.testing.assert_allclose(found.gradient_rms, expected)
    assert (found.gradient_rms >= found.gradient.mean(axis=0)).all()


def test_dead_units_and_overflow():
    dead = measured_growth("relu", [1.0], bias=-100.0, **SMALL)
    assert (dead.lyapunov == -math.inf).all() and (dead.gradient == -math.inf).all()
    lost = measured_growth("squared_relu", [3.0], 4.0, **SMALL)
    assert np.isnan(lost.lyapunov).all() and np.isnan(lost.gradient).all()


def test_the_input_has_a_variance_of_a_quarter_if_none_is_given():
    told = measured_growth("tanh", [1.0], input_variance=0.25, **SMALL)
    assert (measured_growth("tanh", [1.0], **SMALL).variance == told.variance).all()


def test_same_seed_same_numbers():
    first, again = (measured_growth("tanh", [1.0], **SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.lyapunov, again.lyapunov)
    other = measured_growth("tanh", [1.0], **(SMALL | {"seeds": [5]}))
    assert other.lyapunov[0, 0] not in first.lyapunov


@pytest.mark.parametrize("change, text", [
    ({"activation": "softmax"}, "softmax"), ({"matrix": "identity"}, "gaussian, orthogonal"),
    ({"seeds": []}, "no seed"), ({"lag": 50}, "lag=50"), ({"units": 0}, "units=0"),
    ({"gains": 1.0}, "gains=1.0"), ({"input_variance": -1.0}, "input_variance=-1.0"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(change, text):
    with pytest.raises(ValueError, match=text):
        measured_growth(**({"activation": "tanh", "gains": [1.0]} | SMALL | change))


# ---- survival of ReLU's gradient from U = I ----


def test_survival_over_the_whole_sequence_is_the_central_binomial():
    for length in (1, 2, 5, 50, 400):
        exact = math.comb(2 * length, length) / 4**length
        assert relu_path_survival(length)[-1] == pytest.approx(exact, rel=1e-12)
    assert relu_path_survival(50)[-1] == pytest.approx(0.0796, abs=5e-5)
    assert relu_path_survival(784)[-1] == pytest.approx(1 / math.sqrt(math.pi * 784), rel=1e-3)
    by_lag = relu_path_survival(30)
    assert by_lag[0] == pytest.approx(1) and (np.diff(by_lag) < 0).all()


@pytest.mark.parametrize("noise", ["normal", "laplace", "uniform"])
@pytest.mark.parametrize("size", [0.01, 3.0])
def test_survival_agrees_with_simulated_units(noise, size):
    """20 000 units; four standard errors are 0.014."""
    units, steps, rng = 20_000, 20, np.random.default_rng(7)
    draw = {"normal": rng.standard_normal, "laplace": lambda s: rng.laplace(size=s),
            "uniform": lambda s: rng.uniform(-1, 1, s)}[noise]  # fmt: skip
    relu = activations.get("relu")
    h, alive = np.zeros(units), []
    for xi in size * draw((steps, units)):
        alive.append(relu.derivative(h + xi))
        h = relu(h + xi)
    whole = np.cumprod(alive[::-1], axis=0)  # the last k slopes are all 1
    np.testing.assert_allclose(whole.mean(axis=1), relu_path_survival(steps)[1:], atol=0.014)


def test_networks_without_a_living_unit():
    rng, networks, units, steps = np.random.default_rng(8), 4000, 8, 15
    x = rng.standard_normal((networks, steps, units))
    slopes = run_simple_rnn("relu", np.eye(units), x).slopes
    whole = np.cumprod(slopes[:, ::-1], axis=1).any(axis=2)
    told = no_unit_alive(steps, units)
    assert told[0] == 0 and told.shape == (steps + 1,)
    np.testing.assert_allclose(1 - whole.mean(axis=0), told[1:], atol=0.03)
    assert no_unit_alive(50, 32)[-1] == pytest.approx(0.070, abs=5e-4)
    assert no_unit_alive(784, 32)[-1] == pytest.approx(0.521, abs=5e-4)


def test_lengths_and_widths_are_whole_numbers():
    with pytest.raises(ValueError, match="length=0"):
        relu_path_survival(0)
    with pytest.raises(TypeError, match="units=2.5"):
        no_unit_alive(10, 2.5)
    np.testing.assert_allclose(no_unit_alive(9, 1), 1 - relu_path_survival(9), atol=1e-15)
