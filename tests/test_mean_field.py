"""Mean-field theory: closed forms, identities, Monte Carlo and networks of finite width."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from helpers import activations
from helpers.measures import (
    correlation_slope,
    critical_gain,
    fixed_variances,
    gradient_growth,
    normal_mean,
    run_simple_rnn,
    stationary_variance,
    variance_map,
)

ELEMENTWISE = [n for n in activations.names() if activations.get(n).elementwise]
VARIANCES = [1e-6, 0.01, 0.3, 1.0, 4.0, 50.0]


def relu_moments(q, b=0.0):
    """E[relu(√q z + b)²] and the share of positive pre-activations, in closed form."""
    r = math.sqrt(q)
    share = stats.norm.cdf(b / r)
    return (b * b + q) * share + b * r * stats.norm.pdf(b / r), share


# ---- the quadrature ----


@pytest.mark.parametrize("q", VARIANCES)
@pytest.mark.parametrize("b", [0.0, 0.7, -2.0])
def test_relu_and_linear_are_their_closed_forms(q, b):
    square, share = relu_moments(q, b)
    assert variance_map("relu", q, 1.7, 0.2, b) == pytest.approx(1.7**2 * square + 0.2, rel=1e-12)
    assert variance_map("linear", q, 1.7, 0.2, b) == pytest.approx(1.7**2 * (q + b * b) + 0.2)
    slope = activations.get("relu").derivative
    assert normal_mean(lambda a: slope(a) ** 2, q, b) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("q", [0.01, 0.3, 1.0, 4.0, 50.0])
def test_functions_with_closed_forms(q):
    sine = (1 - math.exp(-2 * q)) / 2
    assert variance_map("sin", q, 1.0) == pytest.approx(sine, rel=1e-10)
    if q <= 4:
        assert variance_map("exponential", q, 1.0) == pytest.approx(math.exp(2 * q), rel=1e-10)
    assert variance_map("squared_relu", q, 1.0) == pytest.approx(1.5 * q * q, rel=1e-12)
    t = 1 / math.sqrt(q)  # hard tanh: 1 outside, the truncated second moment inside
    inside = 2 * (stats.norm.cdf(t) - 0.5 - t * stats.norm.pdf(t))
    square = q * inside + 2 * stats.norm.sf(t)
    assert variance_map("hard_tanh", q, 1.0) == pytest.approx(square, rel=1e-12)
    # erf(a/√2) = 2 Φ(a) − 1 has the mean square (2/π) arcsin(q / (1 + q)): Williams 1998.
    erf = normal_mean(lambda a: (2 * stats.norm.cdf(a) - 1) ** 2, q)
    assert erf == pytest.approx(2 / math.pi * math.asin(q / (1 + q)), rel=1e-12)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_quadrature_agrees_with_scipy(name):
    f = activations.get(name)
    for q, b in [(0.05, 0.0), (1.0, 0.4), (9.0, -1.0)]:
        if name == "exponential" and q > 1:
            continue
        r = math.sqrt(q)
        cuts = sorted({0.0, -b / r, *((k - b) / r for k in f.kinks)})
        for function in (f, f.derivative):
            expected, _ = integrate.quad(
                lambda z, function=function, r=r, b=b: (
                    float(function(r * z + b)) ** 2 * stats.norm.pdf(z)
                ),
                -14, 14, points=cuts, epsabs=1e-13, epsrel=1e-11, limit=400,
            )  # fmt: skip
            found = normal_mean(lambda a, g=function: g(a) ** 2, q, b, f.kinks)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), (q, b)


def test_no_variance_and_shapes():
    assert normal_mean(np.tanh, 0.0, 0.5) == pytest.approx(math.tanh(0.5))
    assert variance_map("tanh", np.ones((2, 1)), [0.5, 1.0, 2.0]).shape == (2, 3)
    assert gradient_growth("tanh", [0.5, 1.5]).shape == (2,)
    assert stationary_variance("tanh", 1.0).shape == ()


# ---- fixed points ----


def test_stationary_variance_in_closed_form():
    gains = np.array([0.5, 1.0, 1.3])
    q = stationary_variance("relu", gains, 0.25)
    np.testing.assert_allclose(q, 0.25 / (1 - gains**2 / 2), rtol=1e-11)
    q = stationary_variance("linear", 0.5, 0.25, bias=1.0)
    assert q == pytest.approx((0.25 + 0.25) / 0.75, rel=1e-12)
    assert stationary_variance("relu", 1.5, 0.25) == math.inf
    assert stationary_variance("linear", [0.9, 1.1]).tolist() == [0.0, math.inf]


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("gain, sigma2, b", [(0.3, 0.1, 0.0), (1.2, 0.5, 0.3), (2.0, 1.0, -1.0)])
def test_the_iteration_ends_where_the_search_says(name, gain, sigma2, b):
    q = start = 1.0
    for _ in range(3000):
        last, q = q, float(variance_map(name, q, gain, sigma2, b))
        if not q < 1e9 or abs(q - last) < 1e-9 * q:
            break
    found = float(stationary_variance(name, gain, sigma2, b, start))
    if math.isinf(found):
        assert not q < 1e9
    else:
        assert found == pytest.approx(q, rel=1e-6, abs=1e-10)
        points = fixed_variances(name, gain, sigma2, b)
        assert any(p.variance == pytest.approx(found, rel=1e-6, abs=1e-12) for p in points)


def test_several_fixed_points_and_none():
    below, above = fixed_variances("tanh", 0.8), fixed_variances("tanh", 2.0)
    assert [(p.variance, p.stable) for p in below] == [(0.0, True)]
    assert [p.stable for p in above] == [False, True] and above[0].variance == 0
    assert stationary_variance("tanh", 2.0, start=1e-3) == pytest.approx(above[1].variance)
    assert fixed_variances("relu", 1.5, 0.1) == []
    # Squared ReLU: q = 3/2 s² q² + σ²; the larger root is unstable and parts the two fates.
    low, high = sorted(np.roots([1.5 * 0.25, -1.0, 0.25]))
    found = fixed_variances("squared_relu", 0.5, 0.25)
    np.testing.assert_allclose([p.variance for p in found], [low, high], rtol=1e-11)
    assert [p.stable for p in found] == [True, False]
    assert stationary_variance("squared_relu", 0.5, 0.25, start=high * 0.99) == pytest.approx(low)
    assert stationary_variance("squared_relu", 0.5, 0.25, start=high * 1.01) == math.inf


# ---- growth of the gradient ----


def test_slope_in_closed_form():
    gains = np.array([0.5, 1.0, 1.4, 1.5, 3.0])
    np.testing.assert_allclose(correlation_slope("relu", gains, 0.3), gains**2 / 2, rtol=1e-12)
    np.testing.assert_allclose(correlation_slope("linear", gains), gains**2, rtol=1e-12)
    np.testing.assert_allclose(gradient_growth("linear", gains), np.log(gains), atol=1e-12)
    leaky = correlation_slope("leaky_relu(negative_slope=0.1)", gains, 0.3)
    np.testing.assert_allclose(leaky, gains**2 * 1.01 / 2, rtol=1e-12)
    assert correlation_slope("tanh", 0.7) == pytest.approx(0.49, rel=1e-12), "q* = 0, slope 1"
    assert gradient_growth("squared_relu", 3.0) == math.inf
    assert gradient_growth("squared_relu", 0.1) == -math.inf
    assert correlation_slope("elu", 2.0) == pytest.approx(2.0, rel=1e-5), "as ReLU, far out"


@pytest.mark.parametrize("a", [0.25, 2.0, 5.0])
def test_a_scaled_function_scales_the_variance(a):
    """f(x) = a tanh(x / a) is tanh with all variances times a²; a = 2 gives 4σ(x) − 2."""
    scaled = f"scaled_tanh(a={a})"
    q = stationary_variance("tanh", 1.6, 0.5)
    assert stationary_variance(scaled, 1.6, 0.5 * a * a, start=a * a) == pytest.approx(a * a * q)
    slope = correlation_slope("tanh", 1.6, 0.5)
    assert correlation_slope(scaled, 1.6, 0.5 * a * a, start=a * a) == pytest.approx(slope)
    other = critical_gain(scaled, 0.5 * a * a, start=a * a)
    assert other.gain == pytest.approx(critical_gain("tanh", 0.5).gain, rel=1e-9)


def test_twins_agree():
    assert critical_gain("elu", 0.25).gain == pytest.approx(critical_gain("celu", 0.25).gain)
    # The Elliott function is (1 + softsign) / 2; with softsign it shares the slopes at equal q.
    f, g = activations.get("elliott"), activations.get("softsign")
    halves = normal_mean(lambda a: f.derivative(a) ** 2, 2.0)
    assert 4 * halves == pytest.approx(normal_mean(lambda a: g.derivative(a) ** 2, 2.0))


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "relu", "softsign", "elu", "hard_tanh"])
def test_slope_against_monte_carlo(name):
    f, rng = activations.get(name), np.random.default_rng(1)
    q = stationary_variance(name, 1.3, 0.4, 0.2)
    a = math.sqrt(q) * rng.standard_normal(400_000) + 0.2
    assert 1.3**2 * np.mean(f(a) ** 2) + 0.4 == pytest.approx(q, rel=0.01)
    slope = 1.3**2 * np.mean(f.derivative(a) ** 2)
    assert correlation_slope(name, 1.3, 0.4, 0.2) == pytest.approx(slope, rel=0.01)


@pytest.mark.parametrize("matrix", ["gaussian", "orthogonal"])
@pytest.mark.parametrize("name, gain, b", [
    ("tanh", 0.9, 0.0), ("tanh", 2.0, 0.0), ("sigmoid", 6.0, 0.0), ("relu", 0.9, 0.0),
    ("softsign", 2.0, 0.3), ("elu", 1.2, -0.2), ("hard_tanh", 1.5, 0.0),
])  # fmt: skip
def test_a_network_of_500_units(name, gain, b, matrix):
    """Variance within 8 %, growth of the gradient within 0.025 nats a step (2.5 % a step)."""
    units, steps, burn, sigma2 = 500, 60, 25, 0.5
    rng = np.random.default_rng(3)
    u = rng.standard_normal((units, units)) / math.sqrt(units)
    if matrix == "orthogonal":
        u = np.linalg.qr(u)[0]
    x = math.sqrt(sigma2) * rng.standard_normal((steps, units))
    run = run_simple_rnn(name, gain * u, x, b)
    q = stationary_variance(name, gain, sigma2, b)
    assert run.preactivations[burn:].var(axis=-1).mean() == pytest.approx(q, rel=0.08)
    g = rng.standard_normal((units, 4))
    sizes = [np.linalg.norm(g)]
    for t in reversed(range(burn, steps)):
        g = gain * u.T @ (run.slopes[t][:, None] * g)
        sizes.append(np.linalg.norm(g))
    measured = np.log(sizes[-1] / sizes[0]) / (steps - burn)
    assert measured == pytest.approx(gradient_growth(name, gain, sigma2, b), abs=0.025)


# ---- critical gains ----


def test_critical_gains_that_are_known():
    root2 = math.sqrt(2)
    for name, gain in {
        "tanh": 1, "softsign": 1, "arctan": 1, "hard_tanh": 1, "sin": 1, "linear": 1,
        "lecun_tanh": 1 / (1.7159 * 2 / 3), "relu": root2,
        "leaky_relu(negative_slope=0.1)": math.sqrt(2 / 1.01), "elu": 1,
    }.items():  # fmt: skip
        found = critical_gain(name)
        assert found.gain == pytest.approx(gain, rel=1e-12) and found.kind == "crossing", name
    found = critical_gain("relu", 0.25)
    assert found.gain == pytest.approx(root2, rel=1e-9) and found.variance == math.inf
    assert critical_gain("softplus", 1.0).gain == pytest.approx(root2, rel=1e-3)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign", "hard_tanh", "elu", "selu", "sin"])
@pytest.mark.parametrize("sigma2, b", [(0.25, 0.0), (1.0, 0.5)])
def test_at_the_critical_gain_the_slope_is_one(name, sigma2, b):
    found = critical_gain(name, sigma2, b)
    assert found.kind == "crossing"
    assert correlation_slope(name, found.gain, sigma2, b) == pytest.approx(1, abs=1e-9)
    assert correlation_slope(name, 0.99 * found.gain, sigma2, b) < 1
    assert correlation_slope(name, 1.01 * found.gain, sigma2, b) > 1
    q = stationary_variance(name, found.gain, sigma2, b)
    assert found.variance == pytest.approx(q, rel=1e-5)


def test_jumps_and_none():
    found = critical_gain("squared_relu", 0.25, start=0.0)
    assert found.gain == pytest.approx(1 / math.sqrt(6 * 0.25), rel=1e-5)
    assert found.kind == "jump"
    assert correlation_slope("squared_relu", found.gain * 0.999, 0.25, start=0.0) < 0.7
    flat = critical_gain("relu", 0.0, bias=-1e3, start=0.0)
    assert flat.kind == "none" and math.isnan(flat.gain), "no unit is ever positive"


def test_input_moves_the_border_up():
    gains = [critical_gain("tanh", sigma2).gain for sigma2 in (0.0, 0.1, 0.5, 2.0)]
    assert gains == sorted(gains) and gains[0] == pytest.approx(1) and gains[3] > 2


@pytest.mark.parametrize("call, text", [
    (lambda: variance_map("softmax", 1.0, 1.0), "softmax"),
    (lambda: variance_map("tanh+relu", 1.0, 1.0), "not one function for each number"),
    (lambda: variance_map("tanh", -1.0, 1.0), "variance=-1.0"),
    (lambda: stationary_variance("tanh", -1.0), "gain=-1.0"),
    (lambda: stationary_variance("tanh", 1.0, -0.1), "input_variance=-0.1"),
    (lambda: critical_gain("tanh", bias=math.nan), "bias=nan"),
    (lambda: critical_gain("tanh", start=math.inf), "start=inf"),
    (lambda: critical_gain("tanhh"), "did you mean"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call, text):
    with pytest.raises(ValueError, match=text):
        call()
