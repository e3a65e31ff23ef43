"""Cells, stacks and training: every member is what Keras would train alone."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers import activations, cells, tasks
from helpers.cells import classic, initialisers
from helpers.cells.keras_layout import from_keras, to_keras
from helpers.study import program as training
from helpers.study.bptt import recurrent_layer
from helpers.study.network import apply, from_vectors, initial_weights, to_vectors
from helpers.study.scoring import losses, scores
from helpers.study.spec import Shape

KERAS_CELLS = {"SimpleRNN": layers.SimpleRNN, "GRU": layers.GRU, "LSTM": layers.LSTM}
KERAS_LOSSES = {
    "mse": keras.losses.MeanSquaredError(),
    "softmax": keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1),
    "sigmoid": keras.losses.BinaryCrossentropy(from_logits=True),
}
UNITS = 6


def bias_of(name):
    return 0.5 if cells.get(name).forget_part else None


def draw(shape, seeds, steps):
    """Weights of a few networks, with biases that are not 0, so that no place is lost."""
    rng = np.random.default_rng(3)
    networks = [
        initial_weights(shape, "orthogonal", bias_of(shape.cell), steps, [seed]) for seed in seeds
    ]
    shaken = [
        tf.nest.map_structure(
            lambda w: (w + rng.normal(0, 0.1, w.shape)).astype("float32"), network
        )
        for network in networks
    ]
    return shaken


def keras_model(shape, weights, steps):
    """The same network in plain Keras."""
    cell = cells.get(shape.cell)
    gates = {}
    if cell.gated:
        gates["recurrent_activation"] = activations.get(shape.gate_activation)
    names = shape.activation.split("/")
    names = names if len(names) > 1 else names * shape.depth
    if shape.vocabulary:
        stack = [keras.Input((steps,), dtype="int32")]
        stack += [layers.Embedding(shape.vocabulary, shape.units, mask_zero=shape.masked)]
    else:
        stack = [keras.Input((steps, shape.features))]
    for number, name in enumerate(names, start=1):
        functions = gates | {"activation": activations.get(name)}
        sequences = shape.every_step or number < shape.depth
        stack.append(KERAS_CELLS[shape.cell](shape.units, return_sequences=sequences, **functions))
    if shape.readout != "linear":
        stack.append(layers.Dense(shape.units, activation=activations.get(shape.readout)))
    model = keras.Sequential([*stack, layers.Dense(shape.outputs)])
    built = [weights["embedding"]] if shape.vocabulary else []
    for layer in weights["layers"]:
        built += to_keras(cell, layer)
    model.set_weights(built + dense_weights(weights))
    return model


def dense_weights(network):
    """The weights after the recurrent layers, in Keras's order."""
    dense = [network[name] for name in ("hidden", "readout") if name in network]
    return [w for layer in dense for w in (layer["kernel"], layer["bias"][0])]


def keras_weights(shape, weights):
    """A stack's weights as Keras would list them, one list a member."""
    found = []
    for member in range(weights["readout"]["bias"].shape[0]):
        one = tf.nest.map_structure(lambda w, m=member: np.asarray(w)[m], weights)
        built = [one["embedding"]] if shape.vocabulary else []
        for layer in one["layers"]:
            built += to_keras(cells.get(shape.cell), layer)
        found.append(built + dense_weights(one))
    return found


# One case for each cell, and between them every loss, optimizer, depth and kind of input.
TRAJECTORIES = {
    "SimpleRNN": ("SimpleRNN", tasks.adding(8), "tanh", "sigmoid", 1, "adam"),
    "hidden readout": ("SimpleRNN", tasks.adding(8), "linear", "sigmoid", 1, "adam", "tanh"),
    "softmax": ("SimpleRNN", tasks.recall(5), "softmax", "sigmoid", 1, "adam"),
    "a function for each layer": ("SimpleRNN", tasks.adding(8), "tanh/relu", "sigmoid", 2, "adam"),
    "mixture": ("GRU", tasks.recall(5), "tanh+relu", "sigmoid", 1, "adam"),
    "GRU": ("GRU", tasks.recall(7, symbols=3), "relu", "hard_sigmoid", 1, "adam"),
    "LSTM": ("LSTM", tasks.adding(8), "softsign", "sigmoid", 1, "adam"),
    "deep, every step, RMSprop": ("LSTM", tasks.parity(6), "tanh", "sigmoid", 2, "rmsprop"),
    "SGD": ("SimpleRNN", tasks.recall(5), "relu", "sigmoid", 1, "sgd"),
}


@pytest.mark.parametrize("case", TRAJECTORIES.values(), ids=TRAJECTORIES)
def test_members_train_as_keras_trains_each_alone(case):
    cell, task, activation, gate, depth, optimizer, *readout = case
    shape = Shape.for_task(task, cell, activation, gate, depth, UNITS, *readout)
    rates = [0.5, 0.1] if optimizer == "sgd" else [1e-3, 1e-2]
    steps, batch, clips = 60, 8, [0.05, np.inf]
    networks = draw(shape, [1, 2], task.steps)
    rng = np.random.default_rng(5)
    data = [[task.sample(rng, batch) for _ in rates] for _ in range(steps)]
    x, y = (np.array([[member[i] for member in step] for step in data]) for i in range(2))

    vectors = tf.constant(to_vectors(networks))
    slots = [tf.zeros_like(vectors)] * training.OPTIMIZERS[optimizer][1]
    numbers = (tf.constant(rates), tf.constant(clips, tf.float32), tf.constant(x), tf.constant(y))
    window = (tf.constant(0), tf.constant(steps), tf.constant(0))
    after, _, history = training.train_steps(shape, optimizer, vectors, slots, *numbers, *window)
    ours = keras_weights(shape, from_vectors(shape, after))

    kinds = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}
    kind = kinds.get(optimizer, keras.optimizers.SGD)
    for member, (rate, clip) in enumerate(zip(rates, clips, strict=True)):
        model = keras_model(shape, networks[member], task.steps)
        clip = None if np.isinf(clip) else clip
        model.compile(kind(rate, global_clipnorm=clip), KERAS_LOSSES[task.loss], jit_compile=False)
        labels = y if task.loss != "sigmoid" else y[..., None].astype("float32")
        alone = [model.train_on_batch(x[k, member], labels[k, member]) for k in range(steps)]
        np.testing.assert_allclose(history[:, member], alone, rtol=2e-4, atol=2e-6)
        for w, expected in zip(ours[member], model.get_weights(), strict=True):
            np.testing.assert_allclose(w, expected, rtol=2e-4, atol=2e-5)
    moved = np.abs(after - vectors).max(axis=1)
    assert (moved > 0.02).all()  # far more than the tolerance


def small_data(shape, steps, batch, members, rng):
    """Inputs and labels of any kind; tokens padded to the right."""
    if shape.vocabulary:
        x = rng.integers(1, shape.vocabulary, (members, batch, steps)).astype("int32")
        x[np.arange(steps) >= rng.integers(1, steps + 1, (members, batch, 1))] = 0
    else:
        x = rng.normal(size=(members, batch, steps, shape.features)).astype("float32")
    inner = (members, batch, steps) if shape.every_step else (members, batch)
    if shape.loss == "mse":
        return x, rng.normal(size=(*inner, shape.outputs)).astype("float32")
    return x, rng.integers(0, max(shape.outputs, 2), inner).astype("int32")


def array_task(loss, every_step, vocabulary=None, masked=False):
    """A task with the right shapes; its data are not used."""
    shape = (4, 5) if every_step else (4,)
    y = np.zeros((*shape, 3), "float32") if loss == "mse" else np.tile([0, 1], 2).astype("int32")
    y = np.broadcast_to(y[:, None], shape).copy() if every_step and loss != "mse" else y
    x = np.zeros((4, 5), "int32") if vocabulary else np.zeros((4, 5, 2))
    pair = (x, y)
    return tasks.from_arrays(pair, pair, pair, loss, vocabulary=vocabulary, masked=masked)


@pytest.mark.parametrize("cell", KERAS_CELLS)
@pytest.mark.parametrize(
    ("activation", "loss", "depth", "every_step", "vocabulary"),
    [
        ("tanh", "mse", 1, False, None),
        ("relu", "softmax", 2, True, None),
        ("scaled_tanh(a=0.5)", "sigmoid", 1, False, 7),
        ("elu", "mse", 2, False, 7),
    ],
)
def test_gradients_are_those_of_the_keras_layer(
    cell, activation, loss, depth, every_step, vocabulary
):
    """Exact to float32 rounding, for embeddings and masks of right-padded tokens too."""
    masked = vocabulary is not None
    task = array_task(loss, every_step, vocabulary, masked)
    shape = Shape.for_task(task, cell, activation, "sigmoid", depth, UNITS)
    rng = np.random.default_rng(7)
    networks = draw(shape, [1, 2], task.steps)
    x, y = small_data(shape, task.steps, 4, 2, rng)
    weights = from_vectors(shape, tf.constant(to_vectors(networks)))
    with tf.GradientTape() as tape:
        tape.watch(weights)
        loss_of_members = losses(shape, apply(shape, weights, tf.constant(x)), tf.constant(y))
    ours = keras_weights(shape, tape.gradient(loss_of_members, weights))
    for member in range(2):
        model = keras_model(shape, networks[member], task.steps)
        labels = y[member] if loss != "sigmoid" else y[member][..., None].astype("float32")
        with tf.GradientTape() as tape:
            alone = KERAS_LOSSES[loss](labels, model(x[member]))
        np.testing.assert_allclose(loss_of_members[member], alone, rtol=1e-5)
        for ours_w, w in zip(
            ours[member], tape.gradient(alone, model.trainable_variables), strict=True
        ):
            np.testing.assert_allclose(ours_w, tf.convert_to_tensor(w), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("cell", cells.CELLS)
def test_gradients_are_those_of_automatic_differentiation(cell):
    """Against a plain Python loop over the cell's step, for every cell there is."""
    spec, (members, steps, batch) = cells.get(cell), (2, 4, 3)
    rng = np.random.default_rng(0)

    def normal(*shape):
        return tf.constant(rng.normal(0, 0.7, shape), tf.float32)

    inputs = {name: normal(members, steps, batch, UNITS) for name in spec.input_parts}
    kernels = {name: normal(members, UNITS, UNITS) for name in spec.state_parts}
    biases = {name: normal(members, 1, UNITS) for name in kernels if name not in inputs}
    vectors = {vector.name: normal(members, 1, UNITS) for vector in spec.vectors}
    mask = tf.constant(rng.random((members, steps, batch, 1)) > 0.3)
    functions = activations.get("tanh"), activations.get("sigmoid")
    weighting = normal(members, steps, batch, UNITS)

    def plain(inputs, kernels, biases, vectors):
        states = [tf.zeros((members, batch, UNITS)) for _ in spec.states]
        shown = []
        for t in range(steps):
            parts = []
            for part in spec.parts:
                value = inputs[part.name][:, t] if part.reads_input else biases[part.name]
                if part.reads_state:
                    value = value + states[0] @ kernels[part.name]
                parts.append(value)
            new = spec.step(parts, states, *functions, *[vectors[v.name] for v in spec.vectors])
            states = [tf.where(mask[:, t], a, b) for a, b in zip(new, states, strict=True)]
            shown.append(states[0])
        return tf.stack(shown, axis=1)

    def stacked(inputs, kernels, biases, vectors):
        return recurrent_layer(
            spec, *functions, inputs, kernels, biases,
            mask=mask, return_sequences=True, vectors=vectors,
        )  # fmt: skip

    weights = [inputs, kernels, biases, vectors]
    results = []
    for function in (stacked, plain):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            output = function(*weights)
            loss = tf.reduce_sum(output * weighting)
        results.append([output, *tf.nest.flatten(tape.gradient(loss, weights))])
    for ours, expected in zip(*results, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_layout_goes_to_keras_and_back():
    for name, layer in KERAS_CELLS.items():
        built = layer(UNITS)
        built.build((None, 4, 3))
        rng = np.random.default_rng(0)
        weights = [rng.normal(size=w.shape).astype("float32") for w in built.get_weights()]
        there = from_keras(cells.get(name), weights)
        for back, w in zip(to_keras(cells.get(name), there), weights, strict=True):
            np.testing.assert_array_equal(back, w)


def test_gates_are_named_as_in_keras():
    """The forget part is the block that Keras's unit_forget_bias sets to 1."""
    lstm = layers.LSTM(UNITS, unit_forget_bias=True)
    lstm.build((None, 4, 3))
    parts = from_keras(cells.get("LSTM"), lstm.get_weights())["bias"]
    assert {name: float(b.mean()) for name, b in parts.items()} == {
        "input": 0.0,
        "forget": 1.0,
        "candidate": 0.0,
        "output": 0.0,
    }
    # A GRU whose update gate is open keeps its state whatever the candidate is.
    state = np.full((1, 1), 0.3, "float32")
    sigmoid, tanh = activations.get("sigmoid"), activations.get("tanh")
    kept = classic.gru_step([50.0, 0.0, 1.0, 1.0], [state], tanh, sigmoid)
    np.testing.assert_allclose(kept[0], state)


def test_unknown_cells_are_refused_with_the_choices():
    with pytest.raises(ValueError, match="'ELMAN'.*SimpleRNN, GRU, LSTM"):
        cells.get("ELMAN")


def test_clipping_is_by_member():
    gradient = tf.constant([[3.0, 4.0], [0.3, 0.4], [30.0, 40.0], [0.0, 0.0]])
    clipped = training.clip_by_member(gradient, tf.constant([1.0, 1.0, np.inf, 1.0]))
    expected = [[0.6, 0.8], [0.3, 0.4], [30.0, 40.0], [0.0, 0.0]]
    np.testing.assert_allclose(clipped, expected, rtol=1e-6)


def test_a_member_with_weights_that_are_not_finite_is_found_whatever_it_scores():
    """A unit that is off hides a weight of NaN or infinity from the score."""
    task = tasks.recall(3, symbols=2)
    shape = Shape.for_task(task, "SimpleRNN", "relu", "linear", 1, 2)
    vectors = to_vectors(draw(shape, [1, 2, 3], task.steps))
    vectors[1, 0], vectors[2, -1] = np.inf, np.nan
    x, y = task.sample(np.random.default_rng(0), 4)
    x, y = (tf.constant(np.stack([array] * 3)) for array in (x, y))
    _, asked, finite = training.score_block(shape, tf.constant(vectors), x, y)
    assert finite.numpy().tolist() == [True, False, False]
    np.testing.assert_array_equal(asked, np.ones((3, 4)))


def test_labels_to_ignore_count_in_neither_loss_nor_score():
    shape = Shape.for_task(
        tasks.copy_memory(2, items=2, symbols=3), "SimpleRNN", "tanh", "linear", 1, 2
    )
    outputs = tf.random.stateless_normal((1, 4, 2, 3), seed=[1, 2])  # members, steps, batch
    y = np.array([[[-1, -1, 1, 2], [-1, 0, 1, -1]]], "int32")
    asked = y.transpose(0, 2, 1) >= 0
    picked = tf.nn.log_softmax(outputs).numpy()[asked]
    labels = y.transpose(0, 2, 1)[asked]
    expected = -picked[np.arange(len(labels)), labels].mean()
    np.testing.assert_allclose(losses(shape, outputs, tf.constant(y)), [expected], rtol=1e-6)
    score, answers = scores(shape, outputs, tf.constant(y))
    np.testing.assert_array_equal(answers, [[2, 2]])
    right = (outputs.numpy().argmax(-1) == y.transpose(0, 2, 1)) & asked
    np.testing.assert_array_equal(score, right.sum(axis=1))


def test_an_exact_sequence_has_every_answer_right():
    shape = Shape.for_task(tasks.counting(2), "SimpleRNN", "tanh", "linear", 1, 2)
    y = np.array([[[-1, 1, -1, -1], [-1, -1, 0, 1], [-1, -1, 0, 1]]], "int32")
    logits = np.array([[[5, 1, 5, 5], [5, 5, -1, 1], [5, 5, 1, 1]]], "float32")
    outputs = tf.constant(logits.transpose(0, 2, 1)[..., None])
    score, answers = scores(shape, outputs, tf.constant(y))
    np.testing.assert_array_equal(score, [[1, 1, 0]])
    np.testing.assert_array_equal(answers, [[1, 1, 1]])


# --- initial weights


def test_orthogonal_has_orthonormal_rows_or_columns():
    rng = np.random.default_rng(0)
    for rows, columns in [(5, 5), (5, 20), (20, 5)]:
        q = initialisers.orthogonal(rng, rows, columns)
        assert q.shape == (rows, columns)
        gram = q @ q.T if rows <= columns else q.T @ q
        np.testing.assert_allclose(gram, np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_is_uniform():
    """The mean of such a matrix is 0; without fixed signs its diagonal would be negative."""
    rng = np.random.default_rng(0)
    mean = np.mean([initialisers.orthogonal(rng, 3, 3) for _ in range(2000)], axis=0)
    assert np.abs(mean).max() < 5 / np.sqrt(3 * 2000)


def test_orthogonal_acts_on_the_concatenated_gates_as_in_keras():
    gates = from_keras(
        cells.get("LSTM"),
        [
            np.zeros((1, 4 * UNITS)),
            initialisers.draw_recurrent(np.random.default_rng(0), "orthogonal", UNITS, 4),
            np.zeros(4 * UNITS),
        ],
    )["recurrent"]
    whole = np.concatenate(list(gates.values()), axis=1)
    np.testing.assert_allclose(whole @ whole.T, np.eye(UNITS), atol=1e-12)
    keras_kernel = np.asarray(keras.initializers.Orthogonal(seed=1)((UNITS, 4 * UNITS)))
    np.testing.assert_allclose(keras_kernel @ keras_kernel.T, np.eye(UNITS), atol=1e-5)
    gate = gates["forget"]
    assert np.abs(gate @ gate.T - np.eye(UNITS)).max() > 0.1


@pytest.mark.parametrize(
    ("spec", "check"),
    [
        ("identity", lambda u: np.allclose(u, np.hstack([np.eye(40)] * 3))),
        ("orthogonal_per_gate(gain=2)", lambda u: np.allclose(u @ u.T, 12 * np.eye(40))),
        ("gaussian(gain=3)", lambda u: abs(u.std() - 3 / np.sqrt(40)) < 0.02),
        ("glorot_uniform", lambda u: 0.95 < np.abs(u).max() / np.sqrt(6 / 160) <= 1),
    ],
)  # fmt: skip
def test_recurrent_kernels(spec, check):
    u = initialisers.draw_recurrent(np.random.default_rng(0), spec, 40, 3)
    assert u.shape == (40, 120)
    assert check(u)


@pytest.mark.parametrize(
    "spec", ["orthogonl", "orthogonal(2)", "identity(gain=-1)", "gaussian(gain=x)", "", None, 3]
)
def test_unknown_recurrent_initialisations_are_refused(spec):
    with pytest.raises(ValueError, match="choose from orthogonal, .*glorot_uniform"):
        initialisers.parse_recurrent(spec)


def test_kernels_have_the_spread_of_glorot():
    shape = Shape.for_task(tasks.adding(5), "LSTM", "tanh", "sigmoid", 1, 50)
    weights = initial_weights(shape, "orthogonal", 1.0, 5, [0])
    kernel = np.concatenate(list(weights["layers"][0]["kernel"].values()), axis=1)
    limit = np.sqrt(6 / (2 + 200))
    assert 0.97 * limit < np.abs(kernel).max() <= limit
    assert abs(kernel.std() - limit / np.sqrt(3)) < 0.05 * limit


def test_embeddings_are_drawn_as_keras_draws_them():
    shape = Shape("SimpleRNN", "tanh", "linear", 1, 8, 0, 2, "softmax", "accuracy", vocabulary=500)
    drawn = initial_weights(shape, "orthogonal", None, 5, [0])["embedding"]
    layer = layers.Embedding(500, 8)
    layer.build(None)
    kerass = np.asarray(layer.embeddings)
    assert drawn.shape == kerass.shape and drawn.dtype == kerass.dtype
    assert np.abs(drawn).max() == pytest.approx(np.abs(kerass).max(), rel=0.01)
    assert drawn.std() == pytest.approx(kerass.std(), rel=0.05)
    assert abs(drawn.mean()) < 0.003


def test_forget_biases():
    shape = Shape.for_task(tasks.adding(100), "LSTM", "tanh", "sigmoid", 2, 200)
    bias = initial_weights(shape, "orthogonal", 3.0, 100, [0])["layers"][1]["bias"]
    assert {name: set(b.ravel()) for name, b in bias.items()} == {
        "input": {0.0}, "forget": {3.0}, "candidate": {0.0}, "output": {0.0},
    }  # fmt: skip
    chrono = initial_weights(shape, "orthogonal", "chrono", 100, [0])["layers"][0]["bias"]
    scales = np.exp(chrono["forget"])
    assert scales.min() >= 1 and scales.max() <= 99
    assert abs(scales.mean() - 50) < 8  # uniform between 1 and 99
    np.testing.assert_array_equal(chrono["input"], -chrono["forget"])
    shape = Shape.for_task(tasks.adding(9), "GRU", "tanh", "sigmoid", 1, 4)
    layer = initial_weights(shape, "orthogonal", 2.0, 9, [0])["layers"][0]
    assert set(layer["bias"]["update"].ravel()) == {2.0}
    assert set(layer["bias"]["reset"].ravel()) == {0.0}
    assert all(set(b.ravel()) == {0.0} for b in layer["recurrent_bias"].values())


def test_one_seed_shares_all_weights_but_the_one_that_is_varied():
    shape = Shape.for_task(tasks.adding(9), "LSTM", "tanh", "sigmoid", 1, 4)
    a = initial_weights(shape, "orthogonal", 1.0, 9, [4])
    b = initial_weights(shape, "gaussian", "chrono", 9, [4])
    c = initial_weights(shape, "orthogonal", 1.0, 9, [5])
    same = {name: np.array_equal(w, b["layers"][0]["kernel"][name])
            for name, w in a["layers"][0]["kernel"].items()}  # fmt: skip
    assert all(same.values())
    np.testing.assert_array_equal(a["readout"]["kernel"], b["readout"]["kernel"])
    recurrent = [w["layers"][0]["recurrent"]["input"] for w in (a, b)]
    assert not np.array_equal(*recurrent)
    assert not np.array_equal(a["readout"]["kernel"], c["readout"]["kernel"])


def test_the_weights_of_a_layer_are_drawn_independently():
    cell = cells.get("SimpleRNN")
    layer = initialisers.draw_layer(cell, 4, 4, "glorot_uniform", None, 9, [0])
    assert not np.allclose(layer["kernel"]["state"], layer["recurrent"]["state"])
    shape = Shape.for_task(tasks.recall(3), "SimpleRNN", "tanh", "linear", 3, 4)
    stack = initial_weights(shape, "orthogonal", None, 9, [0])["layers"]
    assert not np.allclose(stack[1]["kernel"]["state"], stack[2]["kernel"]["state"])


@pytest.mark.parametrize("bias", [np.nan, np.inf])
def test_a_forget_bias_that_is_no_number_is_refused(bias):
    with pytest.raises(ValueError, match=f"forget_bias={bias} is not finite"):
        initialisers.draw_forget_bias(np.random.default_rng(0), bias, 3, 9)
