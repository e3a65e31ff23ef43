"""Recent cells and learned activations, against plain loops from the papers' equations."""

from __future__ import annotations

import itertools
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers import activations, cells, study, tasks
from helpers.activations import learned
from helpers.cells import initialisers
from helpers.cells import recent as recent_cells
from helpers.study.bptt import recurrent_layer
from helpers.study.network import apply, from_vectors, initial_weights, to_vectors, weight_limits
from helpers.study.scoring import losses
from helpers.study.spec import Shape

UNITS, STEPS, BATCH = 5, 7, 3
RECENT = {cell.name: cell for cell in recent_cells.RECENT}
QUICK = {"steps": 40, "batch_size": 8, "units": 4, "evaluate_every": 20, "progress": False}
QUICK |= {"validation_size": 40, "test_size": 70}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    monkeypatch.setenv("STUDY_WORKERS", "0")


# --- plain loops over one network, as the papers write them


def affine(layer, name, x, h=None):
    """x W + b, and + h U where the part has one."""
    total = x @ layer["kernel"][name] + layer["bias"][name]
    return total if h is None else total + h @ layer["recurrent"][name]


def ind_rnn(layer, x, state, f):
    h = f(affine(layer, "state", x) + layer["vectors"]["u"] * state[0])
    return h, [h]


def light_gru(layer, x, state, f):
    (h,) = state
    z = tf.sigmoid(affine(layer, "update", x, h))
    h = z * h + (1 - z) * f(affine(layer, "candidate", x, h))
    return h, [h]


def min_lstm(layer, x, state, f):
    forget, enter = (tf.sigmoid(affine(layer, name, x)) for name in ("forget", "input"))
    share = forget / (forget + enter)
    h = share * state[0] + (1 - share) * f(affine(layer, "candidate", x))
    return h, [h]


def slstm(layer, x, state, f):
    """Without the stabiliser: equations 8 to 14 of the paper."""
    h, c, n = state
    forget, enter = (tf.exp(affine(layer, name, x, h)) for name in ("forget", "input"))
    c = forget * c + enter * f(affine(layer, "candidate", x, h))
    n = forget * n + enter
    h = tf.sigmoid(affine(layer, "output", x, h)) * c / n
    return h, [h, c, n]


def lru(layer, x, state, f):
    """In complex numbers."""
    nu, theta = (layer["vectors"][name] for name in ("nu", "theta"))
    eigenvalue = tf.exp(tf.complex(-tf.exp(nu), theta))
    gamma = tf.sqrt(1 - tf.abs(eigenvalue) ** 2)
    entering = tf.complex(*(gamma * affine(layer, name, x) for name in ("real", "imaginary")))
    s = eigenvalue * tf.cast(state[0], tf.complex64) + entering
    return f(tf.math.real(s)), [s]


def signed_min_gru(layer, x, state, f):
    z = tf.sigmoid(affine(layer, "update", x))
    h = state[0] - 2 * z * (state[0] - f(affine(layer, "candidate", x)))
    return h, [h]


def delta_net(layer, x, state, f):
    """With the matrix written out: I − k kᵀ for each sequence."""
    q = affine(layer, "direction", x)
    k = q * tf.sqrt(2 / (1 + tf.reduce_sum(q**2, axis=1, keepdims=True)))
    matrices = tf.eye(UNITS) - k[:, :, None] * k[:, None, :]
    h = tf.linalg.matvec(matrices, state[0]) + f(affine(layer, "addition", x))
    return h, [h]


PLAIN = {"IndRNN": (ind_rnn, 1), "LiGRU": (light_gru, 1), "minLSTM": (min_lstm, 1)}
PLAIN |= {"sLSTM": (slstm, 3), "LRU": (lru, 1)}
PLAIN |= {"SignedMinGRU": (signed_min_gru, 1), "DeltaNet": (delta_net, 1)}


def plain_answer(cell, network, x, f):
    """One network alone: x (batch, steps, features) to outputs (batch, outputs)."""
    step, count = PLAIN[cell]
    for layer in network["layers"]:
        state = [tf.zeros((x.shape[0], UNITS))] * count
        shown = []
        function = partial(f, **layer.get("learned", {}))
        for t in range(x.shape[1]):
            h, state = step(layer, x[:, t], state, function)
            shown.append(h)
        x = tf.stack(shown, axis=1)
    return x[:, -1] @ network["readout"]["kernel"] + network["readout"]["bias"]


def draw(shape, seeds=(1, 2)):
    """Weights of a few networks, shaken so that no bias or parameter is at a special place."""
    rng = np.random.default_rng(3)
    bias = 0.5 if cells.get(shape.cell).forget_part else None
    return [
        tf.nest.map_structure(
            lambda w: (w + rng.normal(0, 0.05, w.shape)).astype("float32"),
            initial_weights(shape, "orthogonal", bias, STEPS, [seed]),
        )
        for seed in seeds
    ]


def gradients(shape, networks, x, y):
    weights = from_vectors(shape, tf.constant(to_vectors(networks)))
    with tf.GradientTape() as tape:
        tape.watch(weights)
        outputs = apply(shape, weights, tf.constant(x))
        loss = losses(shape, outputs, tf.constant(y))
    return outputs, tape.gradient(loss, weights)


def data(members=2):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(members, BATCH, STEPS, 2)).astype("float32")
    return x, rng.normal(size=(members, BATCH, 1)).astype("float32")


CASES = [(cell, "tanh", depth) for cell, depth in zip(PLAIN, (1, 2, 1, 2, 2, 2, 1), strict=True)]
CASES += [("IndRNN", "spline", 2), ("LiGRU", "pade", 1), ("sLSTM", "learned_prelu", 1)]
CASES += [("SignedMinGRU", "spline", 1), ("DeltaNet", "tanh", 2)]
CASES += [("minLSTM", "learned_scaled_tanh", 1), ("LRU", "pade_leaky_relu", 1)]


@pytest.mark.parametrize(("cell", "activation", "depth"), CASES)
def test_values_and_gradients_are_those_of_the_papers_equations(cell, activation, depth):
    shape = Shape.for_task(tasks.adding(STEPS), cell, activation, "sigmoid", depth, UNITS)
    networks, (x, y) = draw(shape), data()
    outputs, ours = gradients(shape, networks, x, y)
    f = learned.function(activation)
    for member, network in enumerate(networks):
        network = tf.nest.map_structure(tf.constant, network)
        with tf.GradientTape() as tape:
            tape.watch(network)
            alone = plain_answer(cell, network, x[member], f)
            loss = tf.reduce_mean(tf.square(alone - y[member]))
        np.testing.assert_allclose(outputs[member], alone, rtol=1e-4, atol=1e-5)
        expected = tape.gradient(loss, network)
        tf.nest.map_structure(
            lambda a, b, m=member: np.testing.assert_allclose(a[m], b, rtol=2e-3, atol=2e-5),
            ours,
            expected,
        )
        layer = expected["layers"][0]
        more = {n: g for group in ("vectors", "learned") for n, g in layer.get(group, {}).items()}
        parameters = getattr(f, "initial_values", {})
        assert set(more) == {v.name for v in cells.get(cell).vectors} | set(parameters)
        assert all(np.abs(g).max() > 1e-4 for g in more.values())


@pytest.mark.parametrize(
    ("cell", "activation"), [(cell, "tanh") for cell in PLAIN] + [("LSTM", "spline")]
)
def test_members_do_not_meet(cell, activation):
    shape = Shape.for_task(tasks.adding(STEPS), cell, activation, "sigmoid", 1, UNITS)
    networks, (x, y) = draw(shape), data()
    _, before = gradients(shape, networks, x, y)
    other = tf.nest.map_structure(lambda w: 3 * w + 0.1, networks[1])
    _, after = gradients(shape, [networks[0], other], x, y)
    tf.nest.map_structure(lambda a, b: np.testing.assert_array_equal(a[0], b[0]), before, after)
    pairs = zip(tf.nest.flatten(before), tf.nest.flatten(after), strict=True)
    assert any(not np.array_equal(a[1], b[1]) for a, b in pairs)


@pytest.mark.parametrize("cell", ["SimpleRNN", "GRU", "LSTM"])
def test_learned_functions_at_tanh_are_tanh_in_any_cell(cell):
    task, (x, y) = tasks.adding(STEPS), data()
    results = []
    for activation in ("tanh", "learned_scaled_tanh", "spline"):
        shape = Shape.for_task(task, cell, activation, "sigmoid", 1, UNITS)
        bias = cells.get(cell).default_forget_bias
        networks = [initial_weights(shape, "orthogonal", bias, STEPS, [s]) for s in (1, 2)]
        results.append(gradients(shape, networks, x, y))
    for outputs, gradient in results[1:]:
        np.testing.assert_allclose(outputs, results[0][0], rtol=1e-5, atol=1e-6)
        kernels = (g["layers"][0]["kernel"] for g in (gradient, results[0][1]))
        tf.nest.map_structure(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6), *kernels
        )
        assert all(np.abs(g).max() > 0 for g in gradient["layers"][0]["learned"].values())


# --- known properties


def run_alone(cell, inputs, vectors=None, activation="tanh", kernels=None):
    functions = activations.get(activation), activations.get("sigmoid")
    return recurrent_layer(
        cells.get(cell), *functions, inputs, kernels or {}, {},
        return_sequences=True, vectors=vectors,
    ).numpy()  # fmt: skip


def normal(*shape, scale=1.0, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(0, scale, shape), tf.float32)


def test_ind_rnn_is_a_simple_rnn_with_a_diagonal_matrix():
    x, u = normal(2, STEPS, BATCH, UNITS), normal(2, 1, UNITS, seed=1)
    ours = run_alone("IndRNN", {"state": x}, {"u": u})
    simple = run_alone("SimpleRNN", {"state": x}, kernels={"state": tf.linalg.diag(u[:, 0])})
    np.testing.assert_allclose(ours, simple, rtol=1e-5, atol=1e-6)


def test_a_linear_lru_is_linear_and_decays():
    vectors = {"nu": normal(1, 1, UNITS), "theta": normal(1, 1, UNITS, seed=1)}
    shape = 1, 60, BATCH, UNITS
    a = {"real": normal(*shape, seed=2), "imaginary": normal(*shape, seed=3)}
    b = {"real": normal(*shape, seed=4), "imaginary": normal(*shape, seed=5)}
    both = {name: 2.0 * a[name] - 3.0 * b[name] for name in a}
    answers = [run_alone("LRU", inputs, vectors, "linear") for inputs in (a, b, both)]
    np.testing.assert_allclose(answers[2], 2 * answers[0] - 3 * answers[1], rtol=1e-4, atol=1e-4)
    impulse = {n: tf.concat([v[:, :1], tf.zeros_like(v[:, 1:])], axis=1) for n, v in a.items()}
    size = np.exp(-np.exp(vectors["nu"].numpy()))[:, None]
    start = np.hypot(*(v[:, :1] for v in a.values())) * np.sqrt(1 - size**2)
    bound = start * size ** np.arange(60)[None, :, None, None]
    answer = run_alone("LRU", impulse, vectors, "linear")
    assert (np.abs(answer) <= bound * 1.001 + 1e-6).all()
    assert np.abs(answer[:, 1]).max() > 0.05


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("gate", ["input", "forget"])
def test_slstm_stays_finite_where_its_exponentials_would_not(gate, sign):
    names = cells.get("sLSTM").input_parts
    inputs = {n: normal(1, STEPS, BATCH, UNITS, seed=i) for i, n in enumerate(names)}
    inputs[gate] = inputs[gate] * 10 + sign * 300.0
    kernels = {n: normal(1, UNITS, UNITS, scale=0.3, seed=9 + i) for i, n in enumerate(names)}
    with tf.GradientTape() as tape:
        tape.watch([inputs, kernels])
        functions = activations.get("tanh"), activations.get("sigmoid")
        h = recurrent_layer(
            cells.get("sLSTM"), *functions, inputs, kernels, {}, return_sequences=True
        )
        loss = tf.reduce_sum(tf.square(h))
    found = [h, *tf.nest.flatten(tape.gradient(loss, [inputs, kernels]))]
    assert all(np.isfinite(array).all() for array in found)
    assert 0.01 < np.abs(h).max() < 1  # c / n is a weighted mean of tanh


def test_padded_steps_before_the_first_do_not_disturb_an_slstm():
    inputs = {n: normal(1, 4, 1, 2, seed=i) for i, n in enumerate(cells.get("sLSTM").input_parts)}
    kernels = {n: normal(1, 2, 2, seed=5) for n in inputs}
    functions = activations.get("tanh"), activations.get("sigmoid")
    mask = tf.constant([False, False, True, True])[None, :, None, None]
    layer = partial(recurrent_layer, cells.get("sLSTM"), *functions)
    padded = layer(inputs, kernels, {}, mask=mask)
    short = layer({n: v[:, 2:] for n, v in inputs.items()}, kernels, {})
    np.testing.assert_allclose(padded, short, rtol=1e-6)


def test_closed_gates_leave_a_min_lstm_finite():
    inputs = {n: tf.fill((1, 3, 1, 2), -200.0) for n in ("input", "forget", "candidate")}
    assert np.isfinite(run_alone("minLSTM", inputs)).all()


def test_a_closed_first_step_leaves_an_slstm_finite():
    """Nothing is kept at first, so a forget gate that is wide open has nothing to weigh."""
    gates = {"input": -200.0, "forget": 200.0, "candidate": 0.5, "output": 0.0}
    inputs = {name: tf.fill((1, 3, 1, 2), value) for name, value in gates.items()}
    assert np.isfinite(run_alone("sLSTM", inputs)).all()


# --- initial values and limits


def test_vectors_start_where_the_papers_say():
    rng = np.random.default_rng(0)
    u = initialisers.draw_layer(cells.get("IndRNN"), 2, 4000, None, None, 10, [1])["vectors"]["u"]
    assert u.shape == (1, 4000) and u.dtype == np.float32
    assert u.min() >= 0 and u.min() < 0.01 and 0.99 * 2**0.1 < u.max() <= np.float32(2**0.1)
    size = np.exp(-np.exp(recent_cells.draw_decay(rng, 4000, 10)))
    assert size.min() >= 0.9 and size.max() <= 0.999
    area = (size**2 - 0.81) / (0.999**2 - 0.81)  # uniform over the ring's area
    assert abs(area.mean() - 0.5) < 0.02
    phase = recent_cells.draw_phase(rng, 4000, 10)
    assert phase.min() >= 0 and 0.3 < phase.max() <= np.pi / 10


def test_each_vector_has_a_stream_of_its_own():
    layer = initialisers.draw_layer(cells.get("LRU"), 2, 9, None, None, 10, [1])["vectors"]
    again = initialisers.draw_layer(cells.get("LRU"), 2, 9, None, None, 10, [2])["vectors"]
    ranks = {name: np.argsort(values[0]).tolist() for name, values in layer.items()}
    assert ranks["nu"] != ranks["theta"] != np.argsort(again["theta"][0]).tolist()


def test_training_keeps_an_ind_rnn_within_its_limit():
    task = tasks.adding(STEPS)
    _, trained = study.run(task, cell="IndRNN", learning_rate=0.5, seeds=2, weights=True, **QUICK)
    limit = np.float32(2 ** (1 / STEPS))
    found = [np.abs(network["layers"][0]["vectors"]["u"]).max() for network in trained]
    np.testing.assert_array_equal(found, limit)  # with such steps they reach it
    others = [network["layers"][0]["kernel"]["state"] for network in trained]
    others += [network["readout"]["kernel"] for network in trained]
    assert max(np.abs(w).max() for w in others) > limit  # which holds for u alone
    shape = Shape.for_task(task, "LRU", "tanh", "sigmoid", 1, UNITS)
    assert weight_limits(shape, STEPS) is None
    limits = weight_limits(Shape.for_task(task, "IndRNN", "tanh", "sigmoid", 1, UNITS), STEPS)
    assert np.isfinite(limits).sum() == UNITS


# --- learned functions


@pytest.mark.parametrize(
    ("name", "reference", "tolerance"),
    [
        ("learned_prelu", "prelu(a=0.25)", 1e-6),
        ("learned_scaled_tanh", "tanh", 1e-6),
        ("pade", "tanh", 0.001),
        ("pade_leaky_relu", "leaky_relu(negative_slope=0.01)", 0.04),
        ("spline", "tanh", 1e-6),
    ],
)  # fmt: skip
def test_where_learned_functions_start(name, reference, tolerance):
    x = np.linspace(-3, 3, 121)
    y = learned.get(name).curve(x)
    assert y.shape == x.shape
    np.testing.assert_allclose(y, activations.get(reference)(x), atol=tolerance)


def test_the_formulas_of_learned_functions():
    x = np.linspace(-7, 7, 41)
    prelu = learned.get("learned_prelu").curve(x, {"slope": np.array([[-0.5]])})
    np.testing.assert_allclose(prelu, np.where(x > 0, x, -0.5 * x), rtol=1e-6)
    bounded = learned.get("learned_scaled_tanh").curve(x, {"log_a": np.log([[0.5]])})
    np.testing.assert_allclose(bounded, activations.get("scaled_tanh(a=0.5)")(x), rtol=1e-5)
    a, b = np.array([[0.1, 1, 0.2, 0.3, 0.1, 0.05]]), np.array([[-2.0, 0.5, 0.3, -0.1]])
    safe = 1 + np.abs(np.polyval([*b[0][::-1], 0], x))
    pade = learned.get("pade").curve(x, {"numerator": a, "denominator": b})
    np.testing.assert_allclose(pade, np.polyval(a[0][::-1], x) / safe, rtol=1e-3, atol=1e-3)
    c = np.random.default_rng(0).normal(size=(1, 11))
    values = {"base": np.array([[2.0]]), "coefficients": c}
    from scipy.interpolate import BSpline

    expected = BSpline(np.arange(-7.0, 8.0), c[0], 3, extrapolate=False)(x)
    spline = learned.get("spline").curve(x, values)
    inside = np.abs(x) <= 4
    np.testing.assert_allclose((spline - 2 * np.tanh(x))[inside], expected[inside], atol=1e-5)


@pytest.mark.parametrize("name", learned.LEARNED)
def test_a_study_trains_a_function_and_gives_it_back(name):
    table, trained = study.run(
        tasks.recall(4, symbols=2), activation=name, learning_rate=1e-2, seeds=2, weights=True,
        **QUICK,
    )  # fmt: skip
    assert (table["activation"] == name).all() and not table["diverged"].any()
    function = learned.get(name)
    for network in trained:
        parameters = network["layers"][0]["learned"]
        for key, start in function.initial().items():
            assert parameters[key].shape == start.shape
            assert not np.array_equal(parameters[key], start)
    x = np.linspace(-2, 2, 9)
    curves = [function.curve(x, network["layers"][0]["learned"]) for network in trained]
    assert not np.allclose(curves[0], curves[1])


def test_weights_come_last_in_the_order_of_the_table_and_change_nothing():
    settings = QUICK | {"seeds": 3, "activation": ["tanh", "relu"], "cell": "minLSTM"}
    task = tasks.recall(4, symbols=2)
    table = study.run(task, **settings)
    same, curves, trained = study.run(task, curves=True, weights=True, **settings)
    assert table.equals(same) and len(trained) == len(table) and "step" in curves
    shape = Shape.for_task(task, "minLSTM", "relu", "sigmoid", 1, 4)
    x, y = task.test(np.random.default_rng([int(table["seed_value"].iloc[4]), 3]), 70)
    weights = from_vectors(shape, tf.constant(to_vectors([trained[4]])))
    answers = np.argmax(apply(shape, weights, tf.constant(x[None]))[0], axis=-1)
    assert np.mean(answers == y) == pytest.approx(table["test_score"].iloc[4])


# --- what is refused


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"activation": "padé"}, "learned: learned_prelu, .*spline"),
        ({"activation": "tanh+spline"}, "no activation 'spline'"),
        ({"gate_activation": "pade", "cell": "GRU"}, "no activation 'pade'"),
        ({"readout": "spline"}, "no activation 'spline'"),
        ({"cell": "IndGRU"}, "cell='IndGRU'.*IndRNN, LiGRU, LRU, sLSTM, .*DeltaNet"),
        ({"cell": "IndRNN", "recurrent_init": ["identity", "gaussian"]}, "no recurrent kernel"),
        ({"cell": "LRU", "forget_bias": [0.0, 1.0]}, "no forget bias"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(settings, text):
    with pytest.raises(ValueError, match=text):
        study.run(tasks.recall(4), **settings)
    with pytest.raises(ValueError, match="no learned function 'tanh'; choose from learned_prelu"):
        learned.get("tanh")
    with pytest.raises(ValueError, match="slope are no parameters of pade; it has numerator"):
        learned.get("pade").curve([0.0], {"slope": np.zeros((1, 1))})


def test_vectors_share_no_random_stream_with_the_kernels():
    """Otherwise an IndRNN's u would be the first numbers of its input kernel, rescaled."""
    layer = initialisers.draw_layer(cells.get("IndRNN"), 1, 50, None, None, 10, [1])
    u, kernel = layer["vectors"]["u"].ravel(), layer["kernel"]["state"].ravel()
    assert abs(np.corrcoef(u, kernel)[0, 1]) < 0.5


# --- gate biases


def kept_at_first(cell, bias):
    """Share of the state that a fresh cell keeps where the input is 0: (units,)."""
    layer = initialisers.draw_layer(cells.get(cell), 2, 4, "orthogonal", bias, 10, [1])
    parts = [layer["bias"].get(part.name, np.zeros((1, 4))) for part in cells.get(cell).parts]
    functions = activations.get("linear"), activations.get("sigmoid")
    step = cells.get(cell).step
    before, after = (step(parts, [tf.fill((1, 4), h)], *functions)[0] for h in (0.0, 1.0))
    return (after - before).numpy()[0]


@pytest.mark.parametrize("bias", [-1.0, 0.0, 2.0, 4.0])
def test_one_forget_bias_opens_every_cell_alike(bias):
    share = 1 / (1 + np.exp(-bias))
    for cell in ("minGRU", "LiGRU"):
        np.testing.assert_allclose(kept_at_first(cell, bias), share, atol=1e-6)
    signed = kept_at_first("SignedMinGRU", bias)
    np.testing.assert_allclose(signed, np.tanh(bias / 2), atol=1e-6)


def test_chrono_biases_keep_for_as_long_as_the_sequence_in_a_min_gru_too():
    layer = initialisers.draw_layer(cells.get("minGRU"), 2, 2000, None, "chrono", 50, [1])
    kept = 1 / (1 + np.exp(layer["bias"]["update"]))  # 1 − σ(z)
    times = 1 / (1 - kept) - 1  # u of the paper, uniform between 1 and T − 1
    assert times.min() > 0.99 and 48 < times.max() < 49.01
    assert times.mean() == pytest.approx(25, abs=1)


# --- what linear recurrences can do: weights set by hand, no training


def one_layer(cell, task, units, kernels, biases, readout, recurrent=None, vectors=None):
    """A network of one layer whose weights are all given, as a stack of one member."""
    shape = Shape.for_task(task, cell, "linear", "sigmoid", 1, units)
    layer = {
        "kernel": {name: np.asarray(w, "float32") for name, w in kernels.items()},
        "bias": {name: np.asarray(b, "float32").reshape(1, units) for name, b in biases.items()},
        "recurrent": recurrent or {},
    }
    kernel, bias = (np.asarray(w, "float32") for w in readout)
    weights = {"layers": [layer], "readout": {"kernel": kernel, "bias": bias.reshape(1, -1)}}
    return shape, tf.nest.map_structure(lambda w: tf.constant(w)[None], weights)


def answers(shape, weights, x):
    """Outputs after the last step or all: (batch, ..., outputs), with time second."""
    out = apply(shape, weights, tf.constant(x)[None])[0].numpy()
    return out.transpose(1, 0, 2) if shape.every_step else out


def test_a_signed_gate_computes_parity_at_any_length():
    for length in (16, 300):
        task = tasks.parity(length)
        ours = one_layer(
            "SignedMinGRU", task, 1,
            {"update": [[100.0]], "candidate": [[0.0]]}, {"update": 0.0, "candidate": 0.5},
            ([[1.0]], [-0.5]),
        )  # fmt: skip
        x, y = task.sample(np.random.default_rng(1), 20)
        np.testing.assert_array_equal(answers(*ours, x)[:, :, 0] > 0, y)


@pytest.mark.parametrize("cell", ["minGRU", "minLSTM", "SignedMinGRU"])
def test_a_gate_between_0_and_1_settles_on_a_row_of_ones_and_a_signed_one_need_not(cell):
    """Theorem 1 of Grazzi et al. 2025 in small: a positive factor cannot alternate."""
    rng = np.random.default_rng(5)
    inputs = {n: rng.normal(0, 3, (1, 1, 1, 500)) for n in cells.get(cell).input_parts}
    steady = {n: tf.constant(np.repeat(v, 150, axis=1), tf.float32) for n, v in inputs.items()}
    h = run_alone(cell, steady, activation="linear")[0, :, 0]
    change = np.diff(h, axis=0)
    change[np.abs(change) < 1e-5] = 0
    turns = (np.sign(change[1:]) * np.sign(change[:-1]) < 0).any(axis=0)
    assert turns.mean() > 0.3 if cell == "SignedMinGRU" else not turns.any()


def test_reflections_follow_three_cards_for_ever():
    pairs = [None, (1, 2), (0, 1), (0, 2)]  # the moves in the order of the task
    q = np.zeros((4, 3))
    for number, pair in enumerate(pairs):
        if pair:
            q[number, pair[0]], q[number, pair[1]] = 1e4, -1e4
    first = np.array([-1.0, 0.0, 1.0])  # what lies where before any move
    k = np.sqrt(2) * q / np.sqrt(1 + (q**2).sum(axis=1, keepdims=True))
    addition = -k * (k @ first)[:, None]  # the state is what has changed since
    orders = first[np.array(tasks.synthetic.ORDERS)]
    readout = orders.T, orders @ first
    for length in (8, 200):
        task = tasks.permutations(length, moves="swaps")
        ours = one_layer(
            "DeltaNet", task, 3, {"direction": q, "addition": addition},
            {"direction": np.zeros(3), "addition": np.zeros(3)}, readout,
        )  # fmt: skip
        x, y = task.sample(np.random.default_rng(2), 30)
        np.testing.assert_array_equal(answers(*ours, x).argmax(axis=-1), y)


def test_an_ungated_shift_register_recalls_without_an_error():
    delay, symbols = 30, 4
    task = tasks.recall(delay, noise=1.0)
    units = symbols * (delay + 1)
    U = np.eye(units, k=symbols, dtype="float32")
    W = np.eye(symbols, units)
    ours = one_layer(
        "SimpleRNN", task, units, {"state": W}, {"state": np.zeros(units)},
        (np.eye(units, k=-units + symbols)[:, :symbols], np.zeros(symbols)),
        recurrent={"state": U},
    )  # fmt: skip
    x, y = task.sample(np.random.default_rng(3), 50)
    np.testing.assert_array_equal(answers(*ours, x).argmax(axis=-1), y)


# --- blocks


def keras_blocks(shape, network, steps):
    """The same residual network in plain Keras."""
    inputs = x = keras.Input((steps, shape.features))
    built = [network["encoder"]]
    x = layers.Dense(shape.units)(x)
    for layer in network["layers"]:
        own = layers.LayerNormalization(epsilon=1e-3)(x)
        own = layers.SimpleRNN(shape.units, return_sequences=True)(own)
        own = layers.Dense(shape.units, activation="gelu")(own)
        x = layers.Add()([x, layers.Dense(shape.units)(own)])
        block = layer["block"]
        simple = layer["kernel"]["state"], layer["recurrent"]["state"], layer["bias"]["state"][0]
        built += [block["norm"], simple, block["inner"], block["outer"]]
    if not shape.every_step:
        x = x[:, -1]
    model = keras.Model(inputs, layers.Dense(shape.outputs)(x))
    built.append(network["readout"])
    flat = []
    for group in built:
        values = group if isinstance(group, tuple) else list(group.values())
        flat += [w[0] if w.shape[0] == 1 and w.ndim == 2 else w for w in values]
    model.set_weights(flat)
    return model


@pytest.mark.parametrize("task", [tasks.adding(STEPS), tasks.permutations(STEPS)], ids=repr)
def test_residual_blocks_are_those_of_keras_layers(task):
    shape = Shape.for_task(task, "SimpleRNN", "tanh", "sigmoid", 2, UNITS, block="residual")
    networks = draw(shape)
    drawn = [task.sample(np.random.default_rng(s), BATCH) for s in (1, 2)]
    x, y = (np.stack(a) for a in zip(*drawn, strict=True))
    outputs, ours = gradients(shape, networks, x, y)
    for member, network in enumerate(networks):
        model = keras_blocks(shape, network, STEPS)
        with tf.GradientTape() as tape:
            alone = model(x[member])
            if task.loss == "mse":
                loss = tf.reduce_mean(tf.square(alone - y[member]))
            else:
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(y[member], alone)
                )
        found = np.moveaxis(outputs[member], 0, 1) if shape.every_step else outputs[member]
        np.testing.assert_allclose(found, alone, rtol=1e-4, atol=1e-5)
        expected = dict(
            zip([w.path for w in model.weights], tape.gradient(loss, model.weights), strict=True)
        )
        mine = [ours["encoder"]["kernel"], ours["layers"][0]["block"]["norm"]["scale"]]
        mine += [ours["layers"][1]["block"]["inner"]["kernel"], ours["readout"]["kernel"]]
        names = list(expected)
        theirs = [expected[n] for n in (names[0], names[2], names[-6], names[-2])]
        for a, b in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(np.reshape(a[member], b.shape), b, rtol=2e-3, atol=2e-5)


def test_a_block_shares_the_other_draws_and_begins_without_effect():
    task = tasks.parity(6)
    plain, residual = (
        initial_weights(
            Shape.for_task(task, "GRU", "tanh", "sigmoid", 2, 4, block=block),
            "orthogonal", 0.0, 6, [7],
        )
        for block in ("plain", "residual")
    )  # fmt: skip
    np.testing.assert_array_equal(plain["readout"]["kernel"], residual["readout"]["kernel"])
    for a, b in zip(plain["layers"], residual["layers"], strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, a["recurrent"], b["recurrent"])
    first, second = (layer["block"] for layer in residual["layers"])
    assert (first["norm"]["scale"] == 1).all() and (first["norm"]["offset"] == 0).all()
    kernels = [b[n]["kernel"] for b in (first, second) for n in ("inner", "outer")]
    assert all(not np.allclose(a, b) for a, b in itertools.pairwise(kernels))


def test_a_study_trains_blocks_and_names_them():
    table = study.run(
        tasks.parity(5), cell="SignedMinGRU", activation="linear", block=["plain", "residual"],
        seeds=2, **QUICK,
    )  # fmt: skip
    assert list(table["block"]) == ["plain", "plain", "residual", "residual"]
    assert not table["diverged"].any()
    with pytest.raises(ValueError, match="block='gated' is not known; choose from plain, residual"):
        study.run(tasks.parity(5), block="gated")
    arrays = (np.ones((4, 3), "int32"), np.zeros(4, "int32"))
    words = tasks.from_arrays(arrays, arrays, arrays, "sigmoid", vocabulary=3, masked=True)
    with pytest.raises(ValueError, match="without padding"):
        study.run(words, block="residual")
