"""The plain recurrence in NumPy: bitwise the loops it stands for, and known cases."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from helpers import activations, measures
from helpers.cells import initialisers
from helpers.measures import gradient_reach, product_norms, run_simple_rnn

T, H = 30, 8
FUNCTIONS = ["linear", "tanh", "relu", "sigmoid", "softsign", "hard_tanh", "scaled_tanh(a=0.5)"]


def loop(f, draw_matrix, inputs, kernel=None, bias=None, initial=None):
    """One network, written out: return log10 of the norms by lag, and the last state."""
    jacobians, h = [], np.zeros(inputs.shape[1] if initial is None else len(initial))
    if initial is not None:
        h = initial
    for x_t in inputs:
        u = draw_matrix()
        a = (x_t if kernel is None else kernel @ x_t) + u @ h
        a = a if bias is None else a + bias
        h = f(a)
        jacobians.append(f.derivative(a)[:, None] * u)
    return product_norms(reversed(jacobians)).log10_spectral, h


@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_network_bitwise(name):
    rng = np.random.default_rng(0)
    u, x = initialisers.orthogonal(rng, H, H), 0.5 * rng.standard_normal((T, H))
    logs, last = loop(activations.get(name), lambda: u, x)
    np.testing.assert_array_equal(gradient_reach(name, u, x).log10_spectral, logs)
    run = run_simple_rnn(activations.get(name), u, x)
    np.testing.assert_array_equal(run.states[-1], last)
    np.testing.assert_array_equal(run.gradient_reach().log10_spectral, logs)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_kernel_bias_and_initial_state_bitwise(name):
    rng = np.random.default_rng(1)
    u, w = 2 * initialisers.orthogonal(rng, H, H), rng.standard_normal((H, 3))
    b, h, x = rng.standard_normal(H), rng.standard_normal(H), rng.standard_normal((T, 3))
    logs, last = loop(activations.get(name), lambda: u, x, w, b, h)
    run = run_simple_rnn(name, u, x, b, kernel=w, initial=h)
    np.testing.assert_array_equal(run.gradient_reach().log10_spectral, logs)
    np.testing.assert_array_equal(run.states[-1], last)
    np.testing.assert_array_equal(run.states[0], h)
    reach = gradient_reach(name, u, x, b, kernel=w, initial=h)
    np.testing.assert_array_equal(reach.log10_spectral, logs)


def test_one_matrix_for_each_step_bitwise():
    rng = np.random.default_rng(2)
    matrices = [initialisers.orthogonal(rng, H, H) for _ in range(T)]
    x = rng.standard_normal((T, H))
    f, left = activations.get("tanh"), iter(matrices)
    logs, _ = loop(f, lambda: next(left), x)
    reach = gradient_reach("tanh", matrices, x, shared=False)
    np.testing.assert_array_equal(reach.log10_spectral, logs)
    same = gradient_reach("tanh", [matrices[0]] * T, x, shared=False).log10_spectral
    np.testing.assert_array_equal(same, gradient_reach("tanh", matrices[0], x).log10_spectral)


def test_a_stack_is_its_networks_bitwise():
    rng = np.random.default_rng(3)
    u = np.stack([initialisers.orthogonal(rng, H, H) for _ in range(6)]).reshape(2, 3, H, H)
    x, b = rng.standard_normal((2, 3, T, H)), rng.standard_normal((3, H))
    run = run_simple_rnn("relu", u, x, b)
    assert run.states.shape == (2, 3, T + 1, H) and run.slopes.shape == (2, 3, T, H)
    assert run.jacobians.shape == (2, 3, T, H, H)
    whole = run.gradient_reach()
    assert whole.spectral.shape == (2, 3, T + 1)
    for i, j in np.ndindex(2, 3):
        alone = run_simple_rnn("relu", u[i, j], x[i, j], b[j])
        np.testing.assert_array_equal(run.preactivations[i, j], alone.preactivations)
        np.testing.assert_array_equal(run.jacobians[i, j], alone.jacobians)
        np.testing.assert_array_equal(whole.spectral[i, j], alone.gradient_reach().spectral)
    # One U for a stack of inputs, and one input for a stack of matrices.
    for run in (run_simple_rnn("tanh", u[0, 0], x), run_simple_rnn("tanh", u, x[0, 0])):
        assert run.gradient_reach().spectral.shape == (2, 3, T + 1)
    separate = run_simple_rnn("tanh", np.broadcast_to(u[:, 0, None], (2, T, H, H)), x[:, 0],
                              shared=False)  # fmt: skip
    np.testing.assert_array_equal(separate.states, run_simple_rnn("tanh", u[:, 0], x[:, 0]).states)


def test_jacobians_are_those_of_the_reach_in_order_of_time():
    rng = np.random.default_rng(4)
    run = run_simple_rnn("tanh", rng.standard_normal((H, H)), rng.standard_normal((T, H)))
    np.testing.assert_array_equal(
        product_norms(run.jacobians[::-1]).spectral, run.gradient_reach().spectral
    )
    slopes = 1 - run.states[1:] ** 2  # of tanh
    np.testing.assert_allclose(run.slopes, slopes, rtol=1e-12)


def test_known_cases():
    # ReLU, U = I, positive inputs: every unit is on, and nothing is lost.
    reach = gradient_reach("relu", np.eye(3), np.ones((5, 3)))
    np.testing.assert_array_equal(reach.spectral, np.ones(6))
    # A unit that is off at the second of three steps.
    reach = gradient_reach("relu", np.eye(1), [[1.0], [-9.0], [1.0]])
    np.testing.assert_array_equal(reach.spectral, [1, 1, 0, 0])
    # A logistic unit at pre-activation 0 has slope 1/4.
    reach = gradient_reach("sigmoid", [[2.0]], np.full((4, 1), -1.0), initial=0.5)
    np.testing.assert_allclose(reach.log10_spectral, np.arange(5) * np.log10(0.5), atol=1e-15)
    # Weights that are no numbers are not healthy.
    assert np.isnan(gradient_reach("relu", [[np.nan]], np.ones((2, 1))).spectral[1:]).all()


def test_it_is_the_keras_layer_with_the_same_weights():
    keras.utils.set_random_seed(0)
    layer = keras.layers.SimpleRNN(H, dtype="float64", bias_initializer="ones")
    x = np.random.default_rng(5).standard_normal((2, T, 3))
    layer(x)
    kernel, recurrent, bias = layer.get_weights()
    ours = gradient_reach("tanh", recurrent.T, x, bias, kernel=kernel.T)
    theirs = measures.state_jacobian_norm_by_lag(layer, x)
    np.testing.assert_allclose(ours.log10_spectral, theirs.log10_spectral, atol=1e-9)


def test_wrong_input_is_refused():
    u, x = np.eye(3), np.ones((4, 3))
    for arguments, options, text in [
        (("softmax", u, x), {}, "'softmax' mixes units"),
        (("tahn", u, x), {}, "did you mean 'tanh'"),
        (("tanh", np.ones((3, 2)), x), {}, r"recurrent has shape \(3, 2\); it must be \(\.\.\., H"),
        (("tanh", u, x), {"shared": False}, r"must be \(\.\.\., T, H, H\)"),
        (("tanh", np.stack([u] * 5), x), {"shared": False}, "5 matrices for 4 steps"),
        (("tanh", u, np.ones((4, 2))), {}, r"inputs have shape \(4, 2\); .* \(\.\.\., T, 3\)"),
        (("tanh", u, np.ones(3)), {}, "inputs have shape"),
        (("tanh", u, np.ones((0, 3))), {}, "inputs have shape"),
        (("tanh", u, x), {"kernel": np.ones((2, 3))}, r"kernel has shape \(2, 3\)"),
        (("tanh", u, x, np.ones(2)), {}, r"bias has shape \(2,\)"),
        (("tanh", u, x), {"initial": np.ones(2)}, r"initial has shape \(2,\)"),
    ]:
        for function in (run_simple_rnn, gradient_reach):
            with pytest.raises(ValueError, match=text):
                function(*arguments, **options)
