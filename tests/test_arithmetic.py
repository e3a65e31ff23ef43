"""One arithmetic for all processors: the settings, and what the compiled programs are made of."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf

from helpers import arithmetic, study, tasks
from helpers.roots import inverse_root, root
from helpers.study import products, program

#: Eigen cuts sums of more terms than this where the first cache has 32 kB.
CUT_FROM = 288
EVERYWHERE = set(arithmetic.LIBRARIES) | {"XLA_FLAGS"}


def settled(machine, **environment):
    arithmetic.settle(environment, machine)
    return environment


@pytest.mark.parametrize("machine", ["x86_64", "AMD64"])
def test_all_settings_are_written(machine):
    environment = settled(machine)
    assert set(environment) == EVERYWHERE
    flags = dict(flag.split("=") for flag in environment["XLA_FLAGS"].split())
    assert flags == arithmetic.LEVEL | arithmetic.COMPILER


@pytest.mark.parametrize("machine", ["arm64", "aarch64"])
def test_another_kind_of_processor_chooses_for_itself(machine):
    assert settled(machine) == {"XLA_FLAGS": "--xla_backend_optimization_level=1"}


def test_what_the_environment_says_stays():
    given = {"OPENBLAS_CORETYPE": "Nehalem", "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2 --xla_x=1"}
    environment = settled("x86_64", **given)
    assert environment["OPENBLAS_CORETYPE"] == "Nehalem"
    flags = environment["XLA_FLAGS"].split()
    assert flags[:2] == given["XLA_FLAGS"].split()
    assert sum(flag.startswith("--xla_cpu_max_isa") for flag in flags) == 1
    assert settled("x86_64", **environment) == environment  # a worker inherits them


def test_numpy_and_openblas_obey():
    """In a new process: both decide when they are loaded."""
    if set(settled(platform.machine())) != EVERYWHERE:
        pytest.skip("only x86-64 processors have these instructions")
    code = (
        "import helpers, threadpoolctl\nfrom numpy._core import _multiarray_umath as core\n"
        "print([n for n in core.__cpu_dispatch__ if core.__cpu_features__[n]])\n"
        "print({i['architecture'] for i in threadpoolctl.threadpool_info() "
        "if i['internal_api'] == 'openblas'})"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert run.stdout.split("\n")[:2] == ["['X86_V3']", "{'Haswell'}"], run.stderr


def compiled(monkeypatch, **study_arguments):
    """Return the text of the compiled training program of a small study."""
    asked = []
    real = program._run_compiled

    def remember(function, name, arguments):
        if name[0] == "train" and not asked:
            asked.append((function, arguments))
        return real(function, name, arguments)

    monkeypatch.setattr(program, "_run_compiled", remember)
    monkeypatch.setenv("STUDY_WORKERS", "0")
    study.run(
        tasks.adding(20), steps=2, units=4, seeds=2, evaluate_every=2, validation_size=8,
        test_size=8, progress=False, **study_arguments,
    )  # fmt: skip
    function, arguments = asked[0]
    jitted = tf.function(function, jit_compile=True, autograph=False)
    return jitted.experimental_get_compiler_ir(*arguments)(stage="optimized_hlo")


@pytest.mark.parametrize(
    "factors",
    [
        {"cell": "SimpleRNN", "optimizer": "adam"},
        {"cell": "GRU", "optimizer": "rmsprop", "depth": 2},
        {"cell": "LSTM", "optimizer": "sgd", "block": "residual"},
        {"cell": "LRU", "optimizer": "adam", "block": "residual"},
    ],
    ids=lambda factors: "-".join(map(str, factors.values())),
)
def test_a_program_has_no_step_that_differs_between_processors(monkeypatch, factors):
    """No estimate of a root, no product that a cache's size would cut."""
    text = compiled(monkeypatch, learning_rate=1e-2, clip_norm=1.0, **factors)
    assert "rsqrt" not in text
    products_seen = 0
    shapes = dict(re.findall(r"%?([\w.-]+) = \w+\[([\d,]*)\]", text))
    for left, dims in re.findall(r" dot\(%?([\w.-]+),.*?lhs_contracting_dims=\{(\d+)\}", text):
        products_seen += 1
        assert int(shapes[left].split(",")[int(dims)]) <= CUT_FROM
    assert products_seen > 2


def test_the_search_above_would_find_a_root_and_a_long_product():
    def program(x):
        return tf.matmul(x, x, transpose_a=True), 2.0 / tf.sqrt(tf.reduce_sum(x, axis=1))

    jitted = tf.function(program, jit_compile=True)
    text = jitted.experimental_get_compiler_ir(tf.ones((2, 640, 3)))(stage="optimized_hlo")
    assert "rsqrt" in text
    assert "640,3" in text


@pytest.mark.parametrize("terms", [1, 7, 256, 257, 640, 1024, 31 * 32, 29 * 29, 997, 2 * 997])
def test_pieces_divide_the_sum(terms):
    length = products.piece(terms)
    assert terms % length == 0
    assert length <= products.LONGEST or all(
        terms % n for n in range(products.SHORTEST, products.LONGEST + 1)
    )


@pytest.mark.parametrize("rows", [5, 256, 640, 997])
def test_a_sum_over_rows_is_the_product(rows):
    a, b = (np.random.default_rng(s).standard_normal((3, rows, 4 + s)) for s in (0, 1))
    expected = np.einsum("kri,krj->kij", a, b)
    np.testing.assert_allclose(products.over_rows(tf.constant(a), tf.constant(b)), expected)


def test_a_product_has_the_gradients_of_the_plain_one():
    x, kernel = (tf.random.stateless_normal(s, (1, 2)) for s in ((2, 640, 3), (2, 3, 5)))
    towards = tf.random.stateless_normal((2, 640, 5), (3, 4))
    gradients = []
    for times in (products.times, tf.matmul):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            value = tf.reduce_sum(times(x, kernel) * towards)
        gradients.append(tape.gradient(value, [x, kernel]))
    for ours, plain in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-4, atol=1e-4)


def test_roots():
    x = np.float32([1e-8, 1e-3, 0.5, 1.0, 7.0, 1e6])
    np.testing.assert_allclose(root(x), np.sqrt(x), rtol=2e-6)
    np.testing.assert_allclose(inverse_root(x), 1 / np.sqrt(x), rtol=2e-6)
    with tf.GradientTape() as tape:
        tensor = tf.constant(x)
        tape.watch(tensor)
        y = root(tensor)
    np.testing.assert_allclose(tape.gradient(y, tensor), 0.5 / np.sqrt(x), rtol=4e-6)
    assert all(a < b for a, b in pairwise(root(x).numpy()))
