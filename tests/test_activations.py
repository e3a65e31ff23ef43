"""The catalogue of activation functions against Keras, closed forms and its own claims."""

from __future__ import annotations

import ast
import contextlib
import logging
import math
import os
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from helpers import activations
from helpers.activations import Activation, get, learned

ROOT = Path(__file__).resolve().parent.parent

OTHER_PARAMETERS = [
    "scaled_tanh(a=2)", "scaled_tanh(a=0.1)", "penalized_tanh(a=1)", "prelu(a=0.5)",
    "leaky_relu(negative_slope=1)", "leaky_relu(negative_slope=3)", "elu(alpha=2)",
    "elu(alpha=0.5)", "celu(alpha=0.5)", "modrelu(b=-1)", "modrelu(b=0.5)", "modrelu(b=0)",
    "soft_shrink(threshold=2)",
]  # fmt: skip
SPECS = [*activations.names(), *OTHER_PARAMETERS]
ELEMENTWISE = [spec for spec in SPECS if get(spec).elementwise]
#: These leave the range of floating-point numbers for finite input: rightly infinite.
OVERFLOWING = {"exponential", "squared_relu"}

KINKS = sorted({k for spec in SPECS for k in get(spec).kinks})
LARGE = [20.0, 87.0, 100.0, 710.0, 801.0, 1e4, 1e18, 1e30]
GRID = np.unique(np.concatenate([
    np.linspace(-8, 8, 161), KINKS, [-1e-8, 0.0, 1e-8], LARGE, np.negative(LARGE),
]))  # fmt: skip

TEXTBOOK = {
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "scaled_tanh": lambda x: 0.5 * np.tanh(2 * x),
    "scaled_tanh(a=2)": lambda x: 4 / (1 + np.exp(-x)) - 2,
    "lecun_tanh": lambda x: 1.7159 * np.tanh(2 * x / 3),
    "penalized_tanh": lambda x: np.maximum(np.tanh(x), 0.25 * np.tanh(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "elliott": lambda x: 0.5 * x / (1 + abs(x)) + 0.5,
    "arctan": lambda x: np.imag(np.log(1 + 1j * x)),
    "hard_tanh": lambda x: np.minimum(np.maximum(x, -1), 1),
    "hard_sigmoid": lambda x: np.minimum(np.maximum(x / 6 + 0.5, 0), 1),
    "hard_sigmoid_keras2": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "relu": lambda x: (x + abs(x)) / 2,
    "leaky_relu": lambda x: np.maximum(x, 0) + 0.2 * np.minimum(x, 0),
    "leaky_relu(negative_slope=3)": lambda x: np.maximum(x, 0) + 3 * np.minimum(x, 0),
    "prelu": lambda x: np.maximum(x, 0) + 0.25 * np.minimum(x, 0),
    "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
    "squared_relu": lambda x: np.where(x > 0, x * x, 0),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "elu(alpha=2)": lambda x: np.where(x > 0, x, 2 * (np.exp(x) - 1)),
    "selu": lambda x: 1.05070098 * np.where(x > 0, x, 1.67326324 * (np.exp(x) - 1)),
    "celu": lambda x: np.maximum(x, 0) + np.minimum(0, np.exp(x) - 1),
    "celu(alpha=0.5)": lambda x: np.maximum(x, 0) + np.minimum(0, 0.5 * (np.exp(2 * x) - 1)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "log_sigmoid": lambda x: np.log(1 / (1 + np.exp(-x))),
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_tanh": lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "hard_silu": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "modrelu": lambda x: np.where(abs(x) - 0.1 >= 0, (abs(x) - 0.1) * np.sign(x), 0),
    "modrelu(b=0.5)": lambda x: (abs(x) + 0.5) * np.sign(x),
    "soft_shrink": lambda x: x - np.clip(x, -0.5, 0.5),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "linear": lambda x: x,
    "sin": lambda x: np.imag(np.exp(1j * x)),
    "exponential": lambda x: math.e**x,
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True),
}

#: Spec of the catalogue, and the same function of Keras.
IN_KERAS = {
    name: getattr(keras.activations, name)
    for name in activations.names()
    if hasattr(keras.activations, name)
} | {
    "gelu_tanh": lambda x: keras.activations.gelu(x, approximate=True),
    "leaky_relu(negative_slope=3)": lambda x: keras.activations.leaky_relu(x, negative_slope=3.0),
    "elu(alpha=2)": lambda x: keras.activations.elu(x, alpha=2.0),
    "celu(alpha=0.5)": lambda x: keras.activations.celu(x, alpha=0.5),
    "soft_shrink(threshold=2)": lambda x: keras.activations.soft_shrink(x, threshold=2.0),
}

#: Where Keras's gradient at 0 is not the derivative: CELU, which has no kink there, adds up
#: both sides; SELU takes the right side run eagerly, but the left one when compiled.
KERAS_GRADIENT_AT_ZERO = {"celu": 2.0, "celu(alpha=0.5)": 2.0, "selu": 1.05070098}
#: Constants that TensorFlow rounds to float32 also when it computes in float64.
KERAS_ROUNDS = {"leaky_relu", "gelu", "gelu_tanh"}


def autodiff(function, x):
    """Return value and gradient of the sum, as TensorFlow computes them eagerly."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return y.numpy(), tape.gradient(y, x).numpy()


@pytest.fixture(scope="module")
def compiled():
    """Value, gradient and derivative of all functions on the grid, from one XLA program."""

    acts = {name: get(name) for name in activations.names()}

    @tf.function(jit_compile=True)
    def program(x):
        out = {}
        for name, act in acts.items():
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = act(x)
            out[name] = {"value": y, "gradient": tape.gradient(y, x), "slope": act.derivative(x)}
        return out

    return tf.nest.map_structure(lambda part: part.numpy(), program(tf.constant(GRID, "float32")))


def tolerance(dtype) -> dict[str, float]:
    return {"rtol": 2e-5, "atol": 4e-6} if dtype == np.float32 else {"rtol": 1e-11, "atol": 1e-13}


# ---- values and gradients ----


@pytest.mark.parametrize("spec", TEXTBOOK)
def test_value_is_the_textbook_formula(spec):
    x = np.linspace(-8, 8, 321)
    rtol = 1e-8 if spec == "selu" else 1e-12  # the papers print SELU's constants to nine digits
    np.testing.assert_allclose(get(spec)(x), TEXTBOOK[spec](x), rtol=rtol, atol=1e-13)


def test_every_function_has_a_textbook_formula_here():
    assert set(activations.names()) <= set(TEXTBOOK)


def test_most_functions_are_compared_with_keras():
    assert len(IN_KERAS) >= 25 and {"tanh", "sigmoid", "relu", "mish", "softmax"} <= set(IN_KERAS)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spec", IN_KERAS)
def test_value_and_gradient_are_those_of_keras(spec, dtype):
    x = GRID.astype(dtype)
    value, gradient = autodiff(get(spec), x)
    keras_value, keras_gradient = autodiff(IN_KERAS[spec], x)
    close = tolerance(np.float32 if spec in KERAS_ROUNDS else x.dtype)
    np.testing.assert_allclose(value, keras_value, **close)
    defined = np.isfinite(keras_gradient)  # Keras's gelu_tanh gradient is NaN at 1e30 in float32
    assert defined.all() or (spec, dtype) in {("gelu_tanh", "float32"), ("exponential", dtype)}
    if spec in KERAS_GRADIENT_AT_ZERO:
        at_zero = keras_gradient[x == 0]
        np.testing.assert_allclose(at_zero, KERAS_GRADIENT_AT_ZERO[spec], rtol=1e-6)
        defined &= abs(x) > 1e-7  # in float32, exp(-1e-8) is 1: still at the kink
    np.testing.assert_allclose(gradient[defined], keras_gradient[defined], **close)


def test_prelu_is_the_keras_layer():
    layer = keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25))
    x = GRID.astype("float32")[None]
    np.testing.assert_allclose(get("prelu")(x), layer(x), rtol=1e-6)


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_derivative_is_the_central_difference(spec):
    act, step = get(spec), 1e-5
    x = np.linspace(-7.9973, 8.0031, 1601)
    x = x[[min((abs(p - k) for k in act.kinks), default=1.0) > 1e-4 for p in x]]
    difference = (act(x + step) - act(x - step)) / (2 * step)
    np.testing.assert_allclose(act.derivative(x), difference, rtol=1e-6, atol=2e-8)


def assert_agrees_with_numpy(act, x, values, slopes):
    keep = np.isfinite(act(x))
    if act.name == "sin":
        keep &= abs(x) <= 1e4  # beyond, the last bit of x decides the angle
    for value in values:
        np.testing.assert_allclose(value[keep], act(x)[keep], **tolerance(x.dtype))
    for slope in slopes:
        np.testing.assert_allclose(slope[keep], act.derivative(x)[keep], **tolerance(x.dtype))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_tensors_and_autodiff_agree_with_arrays(spec, dtype):
    act, x = get(spec), GRID.astype(dtype)
    value, gradient = autodiff(act, x)
    derivative = act.derivative(tf.constant(x)).numpy()
    assert value.dtype == gradient.dtype == derivative.dtype == dtype
    assert_agrees_with_numpy(act, x, [value], [gradient, derivative])


@pytest.mark.parametrize("name", [n for n in activations.names() if get(n).elementwise])
def test_compiled_tensors_and_autodiff_agree_with_arrays(name, compiled):
    out = compiled[name]
    assert_agrees_with_numpy(
        get(name), GRID.astype("float32"), [out["value"]], [out["gradient"], out["slope"]]
    )
    assert name in OVERFLOWING or all(np.isfinite(part).all() for part in out.values())


@pytest.mark.parametrize("spec, at, slope", [
    ("relu", 0, 0), ("leaky_relu", 0, 0.2), ("prelu", 0, 0.25), ("relu6", 0, 0), ("relu6", 6, 0),
    ("hard_tanh", -1, 1), ("hard_tanh", 1, 1), ("hard_sigmoid", -3, 0), ("hard_sigmoid", 3, 0),
    ("hard_sigmoid_keras2", -2.5, 0.2), ("hard_sigmoid_keras2", 2.5, 0.2), ("elu(alpha=2)", 0, 2),
    ("selu", 0, 1.7580993408473768), ("celu(alpha=0.5)", 0, 1), ("penalized_tanh", 0, 0.25),
    ("hard_silu", -3, 0), ("hard_silu", 3, 1), ("modrelu", 0.1, 0), ("soft_shrink", -0.5, 0),
])  # fmt: skip
def test_slope_at_a_kink_follows_the_stated_convention(spec, at, slope):
    assert get(spec).derivative(at) == pytest.approx(slope, rel=1e-12)
    assert autodiff(get(spec), np.float64(at))[1] == pytest.approx(slope, rel=1e-12)


# ---- extreme input ----


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spec", [
    *SPECS, "scaled_tanh(a=0.001)", "scaled_tanh(a=1000)", "celu(alpha=0.001)", "elu(alpha=1000)",
])  # fmt: skip
def test_finite_input_gives_no_warning_and_no_nan(spec, dtype):
    x = np.array([1e4, 1e18, 1e30, -1e4, -1e18, -1e30, 0.0], dtype)
    act = get(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        value, derivative = act(x), act.derivative(x)
    tensor_value, gradient = autodiff(act, x)
    for result in (value, derivative, tensor_value, gradient):
        assert not np.isnan(result).any()
        if spec not in OVERFLOWING:
            assert np.isfinite(result).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("spec", [s for s in ELEMENTWISE if s != "sin"])
def test_infinite_input_gives_the_limit(spec, dtype):
    act = get(spec)
    infinite, huge = np.array([-np.inf, np.inf], dtype), np.array([-1e30, 1e30], dtype)
    stays = [act.saturates in ("both", side) for side in ("left", "right")]
    tensor_value, gradient = autodiff(act, infinite)
    for value in (act(infinite), tensor_value):
        expected = np.where(stays, act(huge), np.copysign(np.inf, infinite))
        np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-12)
    if spec not in OVERFLOWING:
        for slope in (act.derivative(infinite), gradient):
            np.testing.assert_allclose(slope, act.derivative(huge), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("spec", SPECS)
def test_nan_stays_nan(spec):
    act, x = get(spec), np.array([np.nan, np.nan])
    compiled = tf.function(act, jit_compile=True) if spec in ("relu", "silu", "softsign") else act
    for result in (act(x), act.derivative(x), compiled(tf.constant(x)).numpy(),
                   act.derivative(tf.constant(x)).numpy()):  # fmt: skip
        assert np.isnan(result).all()


finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(ELEMENTWISE), finite, finite)
def test_any_finite_input_keeps_the_stated_properties(spec, one, other):
    act = get(spec)
    x = np.sort([one, other])
    y, slope = act(x), act.derivative(x)
    room = 1e-12 * (1 + abs(y))
    assert not np.isnan(y).any() and not np.isnan(slope).any()
    assert (act.lower - room <= y).all() and (y <= act.upper + room).all()
    assert (abs(slope) <= act.slope_max * (1 + 1e-9)).all()
    assert act(float(one)) == act([one])[0] == act(np.array([[one]]))[0, 0]
    if act.monotone:
        assert y[0] <= y[1] + room[1] and (slope >= 0).all()
    if act.zero_centred:
        np.testing.assert_array_equal(act(-x), -y)


# ---- half precision ----

HALF = {"float16": np.dtype("float16"), "bfloat16": np.dtype(ml_dtypes.bfloat16)}


def half_grid(dtype: np.dtype) -> np.ndarray:
    """Finite numbers over the whole range of a type, both signs, kinks among them."""
    largest = float(ml_dtypes.finfo(dtype).max)
    sizes = np.concatenate([np.geomspace(1e-7, largest, 400), np.linspace(0, 30, 241)])
    x = np.concatenate([sizes, -sizes, KINKS]).astype(dtype)
    return np.unique(x.astype(np.float64)).astype(dtype)


@pytest.mark.parametrize("name", HALF)
@pytest.mark.parametrize("spec", SPECS)
def test_half_precision_is_float64_rounded_once(spec, name):
    act, dtype = get(spec), HALF[name]
    x = half_grid(dtype)
    if not act.elementwise:
        x = np.stack([x, x[::-1]], axis=-1)
    tensor = tf.constant(x)
    results = {
        "function": [act(x), act(tensor).numpy()],
        "derivative": [act.derivative(x), act.derivative(tensor).numpy()],
    }
    if act.elementwise:
        results["derivative"].append(autodiff(act, x)[1])
    close = {"float16": 1e-3, "bfloat16": 8e-3}[name]
    for kind, found in results.items():
        with np.errstate(over="ignore"):
            exact = getattr(act, kind)(x.astype(np.float64))
            representable = np.isfinite(exact.astype(dtype).astype(np.float64))
        if act.name == "sin":
            representable &= abs(x.astype(np.float64)) < 1e5  # float32 has no angle beyond
        for result in found:
            assert result.dtype == dtype
            result = result.astype(np.float64)
            assert not np.isnan(result).any()
            assert np.isfinite(result[representable]).all()
            np.testing.assert_allclose(
                result[representable], exact[representable], rtol=close, atol=close * 1e-2
            )


def test_the_reported_case_of_half_precision():
    x = np.array([-60000.0, -256, -255, 255, 256, 300, 60000], "float16")
    np.testing.assert_array_equal(get("gelu_tanh").derivative(x), [0, 0, 0, 1, 1, 1, 1])


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_a_network_in_mixed_precision_trains(policy):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([
        keras.Input((3, 2)),
        keras.layers.GRU(3, activation=get("gelu_tanh"), recurrent_activation=get("elliott"),
                         dtype=policy),
        keras.layers.Dense(1, dtype="float32"),
    ])  # fmt: skip
    model.compile("sgd", "mae")  # a squared error of these inputs would overflow by itself
    before = [w.numpy() for w in model.trainable_variables]
    loss = model.train_on_batch(300 * np.ones((2, 3, 2), "float32"), np.ones((2, 1), "float32"))
    assert np.isfinite(loss)
    moved = [
        abs(w.numpy() - b).max() for w, b in zip(model.trainable_variables, before, strict=True)
    ]
    assert np.isfinite(moved).all() and max(moved) > 0


# ---- the stated properties ----

DENSE = np.unique(np.concatenate([
    np.linspace(-12, 12, 48001), *(np.array(KINKS) + d for d in (-1e-9, 0, 1e-9)),
    np.geomspace(12, 1e7, 200), -np.geomspace(12, 1e7, 200),
]))  # fmt: skip


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_range(spec):
    act = get(spec)
    y = act(DENSE)
    inner = act(np.linspace(-5, 5, 1001))
    for bound, reached, strict, side in (
        (act.lower, y.min(), inner.min(), "lower"), (act.upper, y.max(), inner.max(), "upper"),
    ):  # fmt: skip
        if np.isinf(bound):
            assert reached * np.sign(bound) > 1e6
        else:
            assert reached == pytest.approx(bound, rel=1e-6, abs=1e-6)
        if act.attained in (side, "both"):
            assert reached == pytest.approx(bound, rel=1e-7, abs=1e-12)
        elif not np.isinf(bound) and spec != "scaled_tanh(a=0.1)":  # rounds to ±a well before 5
            assert abs(strict - bound) > 1e-10


@pytest.mark.parametrize("spec, text, label", [
    ("tanh", "(-1, 1)", "(−1, 1)"), ("relu", "[0, inf)", "[0, ∞)"), ("relu6", "[0, 6]", "[0, 6]"),
    ("linear", "(-inf, inf)", "(−∞, ∞)"), ("scaled_tanh(a=2)", "(-2, 2)", "(−2, 2)"),
    ("log_sigmoid", "(-inf, 0)", "(−∞, 0)"),
])  # fmt: skip
def test_range_as_text(spec, text, label):
    assert get(spec).range == text
    assert get(spec).range_label == label


# ---- text that every console can print ----


def texts(thing) -> list[str]:
    """All text that a reader may print of an Activation, but for `range_label`, made for pages."""
    names = [name for name in dir(thing) if not name.startswith("_") and name != "range_label"]
    values = [getattr(thing, name) for name in names]
    return [str(thing), repr(thing), *map(str, values), str(thing.get_config())]


def refused(call, *arguments) -> str:
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*arguments)
    return str(caught.value)


def test_text_can_be_printed_in_an_older_code_page():
    """Windows consoles may still encode in cp1252, and some files are plain ASCII."""
    for spec in [*SPECS, "tanh+relu", "modrelu(b=-0.3)+celu(alpha=0.5)"]:
        for text in texts(get(spec)):
            text.encode("cp1252")
        for text in (get(spec).range, get(spec).spec, str(get(spec))):
            text.encode("ascii")
    activations.table().to_string().encode("cp1252")
    for name, function in learned.LEARNED.items():
        for text in (name, function.label, str(function), function.origin):
            text.encode("cp1252")
    for text in (
        refused(get, "tahn"), refused(get, "qqqq"), refused(get, None),
        refused(get, "elu(alpha=-1)"), refused(get, "tanh(a=1)"), refused(get("tanh"), ["x"]),
        refused(get("softmax"), 0.0),
        refused(get("tanh+relu"), 0.0), refused(get, "tanh+softmax"), refused(learned.get, "x"),
        refused(activations.names, "smooth"), refused(learned.function, "x"),
    ):  # fmt: skip
        text.encode("ascii")


def test_printing_under_cp1252_works_in_a_fresh_python():
    code = "from helpers import activations\nfor n in activations.names():\n" \
        "    a = activations.get(n); print(a, repr(a), a.range, a.label, a.used_in)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=120,
                          env=os.environ | {"PYTHONIOENCODING": "cp1252"})  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"(-1, 1) tanh" in done.stdout and done.stdout.count(b"\n") == len(activations.names())


PACKAGES = ("activations", "cells", "datasets", "measures", "statistics", "tasks")
#: For pages and figures, and a sign that stands for rare ones in a text.
SHOWN_ALONE = {"∞", "−", "\u25a1"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_in_the_code_fits_an_older_code_page(package):
    """Text of errors, labels and the like; docstrings may hold any sign."""
    seen = 0
    for path in sorted((ROOT / "helpers" / package).glob("*.py")):
        tree = ast.parse(path.read_text("utf8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if id(node) not in docstrings and node.value not in SHOWN_ALONE:
                seen += 1
                try:
                    node.value.encode("cp1252")
                except UnicodeEncodeError:
                    pytest.fail(f"{path.name}, line {node.lineno}: {node.value!r}")
    assert seen > 20


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_slopes(spec):
    act = get(spec)
    assert act.derivative(0.0) == pytest.approx(act.slope_at_zero, rel=1e-12)
    steepest = abs(act.derivative(DENSE)).max()
    if np.isinf(act.slope_max):
        assert steepest > 1e6
    else:
        assert steepest == pytest.approx(act.slope_max, rel=1e-7)


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_saturation(spec):
    act = get(spec)

    def flat(side):
        far = act(side * np.linspace(1e6, 1e7, 50))
        return np.isfinite(far).all() and np.ptp(far) < 1e-5

    expected = {(True, True): "both", (True, False): "left", (False, True): "right"}
    assert act.saturates == expected.get((flat(-1), flat(1)), "none")


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_monotone_and_zero_centred(spec):
    act, x = get(spec), np.linspace(-8, 8, 3201)
    assert act.monotone == (np.diff(act(x)) >= -1e-15).all()
    assert act.zero_centred == np.allclose(act(-x), -act(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_kinks_are_where_the_derivative_jumps(spec):
    act, gap = get(spec), 1e-7
    assert act.smooth == (act.kinks == ())
    for kink in act.kinks:
        jump = abs(act.derivative(kink + gap) - act.derivative(kink - gap))
        step = abs(act(kink + gap) - act(kink - gap))
        isolated = abs(act.derivative(kink) - act.derivative(kink + gap))  # modReLU with b = 0
        assert max(jump, step, isolated) > 0.1
    x = np.linspace(-7.9973, 8.0031, 160001)
    x = x[[min((abs(p - k) for k in act.kinks), default=1.0) > 1e-3 for p in x[::1]]] \
        if act.kinks else x  # fmt: skip
    neighbours = np.diff(x) < 2e-4
    steepness = abs(np.diff(act.derivative(x)))[neighbours] / (1 + abs(act.derivative(x)).max())
    assert steepness.max() < 5e-3


# ---- softmax, the odd one out ----


def test_a_function_is_smooth_if_it_has_no_kink():
    assert get("tanh").smooth is True and get("relu").smooth is False
    assert activations.table()["smooth"].map(type).eq(bool).all()
    assert "<function" not in repr(get("tanh")), "the repr names the function, no more"


def test_softmax_is_a_distribution_along_the_last_axis():
    x = np.random.default_rng(0).normal(size=(2, 3, 5)).astype("float32")
    p = get("softmax")(x)
    assert p.dtype == np.float32 and (p > 0).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(get("softmax")(tf.constant(x)), p, rtol=1e-5)
    assert not get("softmax").elementwise


def test_softmax_derivative_is_the_diagonal_of_its_jacobian():
    x = tf.constant(np.random.default_rng(1).normal(size=6))
    with tf.GradientTape() as tape:
        tape.watch(x)
        p = get("softmax")(x)
    jacobian = tape.jacobian(p, x).numpy()
    np.testing.assert_allclose(get("softmax").derivative(x), np.diag(jacobian), rtol=1e-10)


def test_softmax_slope_max_is_the_largest_norm_of_its_jacobian():
    logits = np.random.default_rng(2).normal(scale=4, size=(500, 4))
    logits[0] = [0, 0, -800, -800]
    p = get("softmax")(logits)
    jacobians = p[:, :, None] * np.eye(4) - p[:, :, None] * p[:, None, :]
    assert np.linalg.norm(jacobians, ord=2, axis=(1, 2)).max() == pytest.approx(
        get("softmax").slope_max
    )


def test_softmax_of_a_number_is_refused():
    with pytest.raises(ValueError, match="softmax takes a vector"):
        get("softmax")(0.0)
    with pytest.raises(ValueError, match="softmax takes a vector"):
        get("softmax")(tf.constant(0.0))


# ---- types, shapes and use in Keras ----


@pytest.mark.parametrize("spec", SPECS)
def test_dtype_and_shape_are_kept(spec):
    act = get(spec)
    for call in (act, act.derivative):
        for dtype in ("float16", "float32", "float64"):
            x = np.full((2, 3), 0.3, dtype)
            assert call(x).dtype == dtype and call(x).shape == (2, 3)
            assert call(x[:0]).shape == (0, 3)
            assert call(tf.constant(x)).dtype == dtype
            assert not np.shares_memory(call(x), x)
        assert call([1, 2]).dtype == np.float64 and call(np.array([1, 2], "int8")).dtype == "f8"
        if act.elementwise:
            assert isinstance(call(1), float) and isinstance(call(np.float32(1)), np.float32)


@pytest.mark.parametrize("x", ["a", 1j, [None]])
def test_what_is_no_real_number_is_refused(x):
    with pytest.raises(TypeError, match="tanh takes real numbers"):
        get("tanh")(x)


@pytest.mark.parametrize("spec", ELEMENTWISE)
def test_simple_rnn_with_the_function_is_the_written_out_recurrence(spec):
    layer = keras.layers.SimpleRNN(
        4, activation=get(spec), kernel_initializer=keras.initializers.GlorotUniform(seed=1),
        recurrent_initializer=keras.initializers.Orthogonal(seed=2), bias_initializer="ones",
    )  # fmt: skip
    x = np.random.default_rng(3).normal(scale=0.5, size=(2, 3, 3)).astype("float32")
    output = layer(x).numpy()
    kernel, recurrent, bias = layer.get_weights()
    state = np.zeros((2, 4), "float32")
    for step in range(3):
        state = get(spec)(x[:, step] @ kernel + state @ recurrent + bias)
    np.testing.assert_allclose(output, state, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("jit", [False, True])
def test_a_network_trains_with_functions_of_the_catalogue(jit):
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((3, 2)),
        layers.SimpleRNN(3, activation=get("modrelu"), return_sequences=True, unroll=True),
        layers.GRU(3, activation=get("mish"), recurrent_activation=get("elliott"), unroll=True),
        layers.Dense(1, activation=get("linear")),
    ])  # fmt: skip
    model.compile("sgd", "mse", jit_compile=jit)
    before = [w.numpy() for w in model.trainable_variables]
    loss = model.train_on_batch(np.ones((2, 3, 2), "float32"), np.ones((2, 1), "float32"))
    after = [w.numpy() for w in model.trainable_variables]
    assert np.isfinite(loss) and all(np.isfinite(w).all() for w in after)
    assert all((a != b).any() for a, b in zip(after, before, strict=True))


def test_a_symbolic_tensor_of_the_functional_interface_works():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, get("silu")(inputs))
    x = np.array([[-1.0, 0.0, 2.0]], "float32")
    np.testing.assert_allclose(model(x), get("silu")(x), rtol=1e-6)


def test_tensorflow_runs_the_formulas_as_written_and_says_nothing(monkeypatch):
    callers, messages, tanh = [], [], keras.ops.tanh
    monkeypatch.setattr(
        keras.ops, "tanh", lambda x: callers.append(sys._getframe(1).f_code.co_filename) or tanh(x)
    )
    handler = logging.Handler()
    handler.emit = messages.append
    tf.get_logger().addHandler(handler)

    specs = ("tanh", "scaled_tanh(a=2)", "mish", "elu", "prelu")
    acts = [get(spec) for spec in specs]
    try:
        tf.function(lambda x: [act(x) + act.derivative(x) for act in acts])(tf.zeros(2))
        assert {Path(file).name for file in callers} == {"catalogue.py", "formulas.py"}
        tf.function(lambda x: [get(spec)(x) for spec in specs])(tf.zeros(2))
    finally:
        tf.get_logger().removeHandler(handler)
    assert messages == []


def test_keras_can_copy_save_and_load_a_layer(tmp_path):
    model = keras.Sequential([
        keras.Input((4, 2)),
        keras.layers.Bidirectional(keras.layers.GRU(3, activation=get("scaled_tanh(a=2)"))),
    ])  # fmt: skip
    assert model.layers[0].backward_layer.activation == get("scaled_tanh(a=2)")
    model.save(tmp_path / "model.keras")
    keras.saving.get_custom_objects().clear()  # as in a new session
    loaded = keras.saving.load_model(
        tmp_path / "model.keras", custom_objects={"helpers>Activation": Activation}
    )
    x = np.ones((1, 4, 2), "float32")
    np.testing.assert_array_equal(loaded(x), model(x))


def test_importing_the_catalogue_loads_no_tensorflow_and_says_nothing():
    code = (
        "import sys; from helpers import activations as a; a.get('gelu').derivative([1.0]);"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("set()\n", "")


# ---- looking up ----


def test_get_reads_names_parameters_and_activations():
    assert get("tanh").name == "tanh" and str(get(" tanh ")) == "tanh"
    act = get("scaled_tanh( a = 0.25 )")
    assert act.spec == "scaled_tanh(a=0.25)" and dict(act.parameters) == {"a": 0.25}
    assert (act.lower, act.upper) == (-0.25, 0.25) and act(100.0) == 0.25
    assert act.label == "a·tanh(x/a) (a = 0.25)" and get("scaled_tanh").label == "a·tanh(x/a)"
    assert get(act) is act
    assert get("scaled_tanh(a=0.5)").spec == "scaled_tanh" == get("scaled_tanh()").spec
    assert get("modrelu(b=-0.0)") == get("modrelu(b=0)")


def test_equality_hash_and_pickle_follow_name_and_parameters():
    act = get("leaky_relu(negative_slope=1e-2)")
    assert act == get("leaky_relu(negative_slope=0.01)") != get("leaky_relu")
    assert len({act, get("leaky_relu(negative_slope=0.010)"), get("leaky_relu")}) == 2
    assert pickle.loads(pickle.dumps(act)) == act
    assert all(get(get(spec).spec) == get(spec) for spec in SPECS)
    with pytest.raises(AttributeError):
        act.upper = 3.0
    with pytest.raises(TypeError):
        act.parameters["negative_slope"] = 3.0


@pytest.mark.parametrize("spec, text", [
    ("tahn", "no activation 'tahn'; did you mean 'tanh'? choose from tanh, sigmoid, "),
    ("ReLU", "did you mean 'relu'?"), ("swish", "did you mean 'silu'?"),
    ("qqqq", "no activation 'qqqq'; choose from tanh"),
    ("tanh(", "cannot read 'tanh('"), ("", "cannot read ''"), ("a b", "cannot read 'a b'"),
    ("scaled_tanh(0.5)", "write '0.5' as parameter=value"),
    ("scaled_tanh(b=1)", "scaled_tanh has no parameter 'b'; its parameters: a"),
    ("tanh(a=1)", "tanh has no parameter 'a'; its parameters: none"),
    ("scaled_tanh(a=two)", "a=two is not a number"),
    ("scaled_tanh(a=__import__('os'))", "is not a number"),
    ("scaled_tanh(a=0)", "a=0 is not between 0.001 and 1000"),
    ("scaled_tanh(a=nan)", "a=nan is not between"), ("elu(alpha=-1)", "alpha=-1 is not between"),
    ("leaky_relu(negative_slope=inf)", "negative_slope=inf is not between 0.001 and 1000"),
    ("scaled_tanh(a=1, a=2)", "a is given twice"),
])  # fmt: skip
def test_a_bad_spec_is_refused_and_the_choices_listed(spec, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        get(spec)


@pytest.mark.parametrize("spec", [None, 3, np.tanh, ["tanh"]])
def test_what_is_no_name_is_refused(spec):
    with pytest.raises(TypeError, match="an activation is given by name"):
        get(spec)


@settings(max_examples=300)
@given(st.text(max_size=30) | st.from_regex(r"(tanh|elu|relu)\(\w*=?[-\w.]*\)", fullmatch=True))
def test_any_text_is_read_or_refused_with_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert isinstance(get(text), Activation)


# ---- the catalogue as a whole ----


def test_names_and_families():
    names = activations.names()
    assert len(names) == len(set(names)) >= 24
    assert names == [n for f in activations.families() for n in activations.names(f)]
    assert activations.names("hard sigmoidal") == [
        "hard_tanh", "hard_sigmoid", "hard_sigmoid_keras2"
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no family 'smooth'; choose from sigmoidal, "):
        activations.names("smooth")


def test_table_has_a_row_for_each_function():
    table = activations.table()
    assert list(table.index) == activations.names()
    assert table.drop(columns="slope_at_zero").notna().all(axis=None)
    assert list(table.index[table["slope_at_zero"].isna()]) == ["softmax"]
    assert table.loc["relu", ["range", "saturates", "smooth"]].tolist() == [
        "[0, inf)",
        "left",
        False,
    ]
    assert table.loc["elu", "parameters"] == "alpha=1"
    assert table["label"].is_unique


@pytest.mark.parametrize("name", activations.names())
def test_entry_is_complete(name):
    act = get(name)
    for text in (act.formula, act.derivative_formula):
        assert text and "$" not in text and text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        assert text.count(r"\begin") == text.count(r"\end")
    assert act.saturates in ("both", "left", "right", "none")
    assert act.attained in ("both", "lower", "upper", "none")
    assert act.origin and all(re.fullmatch(r"[a-z]+\d{4}[a-z0-9]+", key) for key in act.origin)
    assert act.used_in.endswith(".") and len(act.parameters) <= 1
    assert (act.allowed is None) == (not act.parameters)
