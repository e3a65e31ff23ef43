"""Products of Jacobians: closed forms, and norms outside the range of floats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import activations
from helpers.measures.jacobians import jacobian_product_norms, pascanu_bound, product_norms

RNG = np.random.default_rng(0)


def test_linear_recurrence_gives_matrix_powers():
    w = RNG.normal(size=(4, 4))
    norms = jacobian_product_norms(w, np.zeros((6, 4)), np.ones_like)
    powers = [np.linalg.matrix_power(w, k) for k in range(7)]
    np.testing.assert_allclose(norms.spectral, [np.linalg.norm(p, 2) for p in powers])
    np.testing.assert_allclose(norms.frobenius, [np.linalg.norm(p) for p in powers])
    np.testing.assert_allclose(norms.log10_spectral, np.log10(norms.spectral), atol=1e-12)
    np.testing.assert_allclose(norms.log10_frobenius, np.log10(norms.frobenius), atol=1e-12)


def test_order_of_the_factors():
    # Two steps that do not commute: the last step stands on the left.
    w, a = RNG.normal(size=(3, 3)), RNG.normal(size=(2, 3))
    slope = 1 - np.tanh(a) ** 2
    norms = jacobian_product_norms(w, a, lambda a: 1 - np.tanh(a) ** 2)
    expected = [np.eye(3), np.diag(slope[1]) @ w, np.diag(slope[1]) @ w @ np.diag(slope[0]) @ w]
    np.testing.assert_allclose(norms.spectral, [np.linalg.norm(p, 2) for p in expected])


def test_batch_axes_come_first():
    w, a = RNG.normal(size=(3, 3)), RNG.normal(size=(5, 2, 7, 3))
    norms = jacobian_product_norms(w, a, activations.get("tanh"))
    assert norms.spectral.shape == norms.log10_frobenius.shape == (5, 2, 8)
    one = jacobian_product_norms(w, a[3, 1], activations.get("tanh").derivative)
    np.testing.assert_allclose(norms.spectral[3, 1], one.spectral)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("scale", [1e-9, 0.25, 3.0, 1e9])
def test_logarithms_survive_where_norms_do_not(scale):
    lag = 1000
    orthogonal, _ = np.linalg.qr(RNG.normal(size=(5, 5)))
    norms = jacobian_product_norms(scale * orthogonal, np.zeros((lag, 5)), np.ones_like)
    expected = np.arange(lag + 1) * math.log10(scale)
    np.testing.assert_allclose(norms.log10_spectral, expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        norms.log10_frobenius, expected + math.log10(5) / 2, rtol=1e-12, atol=1e-12
    )
    assert norms.spectral[-1] == (0 if scale < 1 else math.inf)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_zero_and_nan():
    dead = np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]])  # step 2 of 3 has slope 0
    norms = jacobian_product_norms(np.eye(2), dead, lambda a: a)
    np.testing.assert_array_equal(norms.spectral, [1, 1, 0, 0])
    np.testing.assert_array_equal(norms.log10_spectral, [0, 0, -math.inf, -math.inf])
    broken = np.array([[1.0, 1.0], [math.nan, 1.0], [1.0, 1.0]])
    norms = jacobian_product_norms(np.eye(2), broken, lambda a: a)
    np.testing.assert_array_equal(norms.spectral, [1, 1, math.nan, math.nan])


def test_block_of_the_product():
    jacobian = np.array([[2.0, 0.0, 0.0], [0.0, 0.5, 5.0], [0.0, 0.0, 0.25]])
    norms = product_norms([jacobian] * 3, block=slice(1, 2))
    np.testing.assert_allclose(norms.spectral, [1, 0.5, 0.25, 0.125])
    norms = product_norms([jacobian] * 3, block=slice(2, 3))
    np.testing.assert_allclose(norms.frobenius, 0.25 ** np.arange(4))


@settings(max_examples=40, deadline=None)
@given(
    # Weights below float64's normal range have too few digits for the bound's last ones.
    st.one_of(st.just(0.0), st.floats(1e-300, 5.0)), st.integers(1, 30), st.integers(0, 1000),
    st.sampled_from(["tanh", "sigmoid", "relu", "hard_tanh", "softsign"]),
)  # fmt: skip
def test_no_product_exceeds_pascanus_bound(scale, length, seed, name):
    rng = np.random.default_rng(seed)
    w, a = scale * rng.normal(size=(4, 4)), rng.normal(size=(3, length, 4))
    act = activations.get(name)
    norms = jacobian_product_norms(w, a, act)
    bound, logs = pascanu_bound(w, act.slope_max, length)
    assert (norms.spectral <= bound * (1 + 1e-9)).all()
    assert (norms.log10_spectral <= logs + 1e-9).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_pascanus_bound():
    bound, logs = pascanu_bound(np.diag([0.5, -2.0]), 0.25, 3)
    np.testing.assert_allclose(bound, [1, 0.5, 0.25, 0.125])
    np.testing.assert_allclose(logs, np.log10(bound))
    # The largest singular value counts, not the spectral radius (here 0).
    np.testing.assert_allclose(pascanu_bound([[0, 3], [0, 0]], 1, 2)[0], [1, 3, 9])
    # An orthogonal matrix under tanh: no vanishing can be proved.
    orthogonal, _ = np.linalg.qr(RNG.normal(size=(6, 6)))
    np.testing.assert_allclose(pascanu_bound(orthogonal, 1, 50)[0], 1)
    assert [part.tolist() for part in pascanu_bound(np.eye(2), 0, 0)] == [[1.0], [0.0]]
    bound, logs = pascanu_bound(np.eye(2) * 1e-9, 1, 100)
    assert bound[-1] == 0 and logs[-1] == pytest.approx(-900)
    np.testing.assert_array_equal(pascanu_bound(np.zeros((2, 2)), 1, 1)[0], [1, 0])
    np.testing.assert_array_equal(pascanu_bound(np.zeros((2, 2)), 1, 1)[1], [0, -math.inf])


def test_wrong_shapes_are_refused():
    w = np.eye(3)
    with pytest.raises(ValueError, match=r"\(3, 2\).*square"):
        jacobian_product_norms(np.ones((3, 2)), np.ones((4, 2)), np.ones_like)
    for bad in (np.ones((4, 2)), np.ones(3)):
        with pytest.raises(ValueError, match="preactivations have shape"):
            jacobian_product_norms(w, bad, np.ones_like)
    with pytest.raises(ValueError, match="derivative returned shape"):
        jacobian_product_norms(w, np.ones((4, 3)), lambda a: 1.0)
    with pytest.raises(ValueError, match="at least one step"):
        jacobian_product_norms(w, np.ones((0, 3)), np.ones_like)
    with pytest.raises(ValueError, match="must be square"):
        product_norms([np.ones((2, 3))])
    with pytest.raises(ValueError, match="slope_max=-1"):
        pascanu_bound(w, -1, 3)
    with pytest.raises(ValueError, match="length=-3"):
        pascanu_bound(w, 1, -3)
