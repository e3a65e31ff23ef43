"""The playground's engine: the numbers are Keras's, and it runs wherever a page may stand.

Keras computes the values to agree with when the test runs, in float64; they are taken as exact.
WebAssembly computes in float32, as Keras does by default. Where Keras in float32 is
itself further from the exact values than the tolerance, the engine may be three times as far.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from booktools import kernel
from helpers import activations
from helpers.playground import engine
from helpers.show import javascript

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = [name for name in activations.names() if activations.get(name).elementwise]
CELLS = ("SimpleRNN", "GRU", "LSTM", "minGRU")
UNITS, FEATURES, OUTPUTS, BATCH, STEPS, BATCHES = 6, 3, 4, 8, 3, 5
OUTPUT_TOLERANCE, LOSS_TOLERANCE, ADAM_STEPS = 1e-5, 1e-4, 50
FLOAT64_TOLERANCE = 1e-9  # of the kernel in JavaScript
SMALL = 0.5  # scale of weights with functions that grow without bound, so that rounding does not


# ---- the scripts ----


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Write the engine's scripts and a page that loads them, as the book does."""
    place = tmp_path_factory.mktemp("engine")
    made = engine.generated()
    for name in (*engine.ENGINE, engine.WORKER):
        text = made.get(name) or (engine.FOLDER / name).read_text("utf8")
        (place / name).write_text(text, "utf8")
    scripts = "".join(f'<script src="{name}"></script>' for name in engine.ENGINE)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Engine</title>'
    (place / "page.html").write_text(head + scripts, "utf8")
    return place


def test_units_pass_in_node(folder):
    """All tests of tests/playground, which Node runs."""
    node = shutil.which("node")
    if node is None:
        pytest.fail("no Node found") if os.environ.get("CI") else pytest.skip("no Node found")
    scripts = " ".join(engine.ENGINE)
    done = subprocess.run(
        [node, "--test", *map(str, sorted((ROOT / "tests/playground").glob("*.test.js")))],
        env={**os.environ, "PLAYGROUND": str(folder), "PLAYGROUND_SCRIPTS": scripts},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]
    assert int(re.search(r"# pass (\d+)", done.stdout)[1]) >= 50


def test_scripts_are_small_and_add_one_global_name(folder, browser):
    """120 kB are for the whole playground; the engine, without the digits, has 90 of them."""
    sizes = {name: (folder / name).stat().st_size for name in (*engine.ENGINE, engine.WORKER)}
    assert sizes.pop("digits.js") < 30_000
    assert sum(sizes.values()) < 95_000, sizes
    (folder / "empty.html").write_text("<!doctype html>", "utf8")
    page = browser.new_page()
    page.goto((folder / "empty.html").as_uri())
    names = "Object.getOwnPropertyNames(globalThis)"
    before = set(page.evaluate(names))
    page.goto((folder / "page.html").as_uri())
    assert set(page.evaluate(names)) - before == {"Playground"}
    page.close()


def test_compiled_file_belongs_to_its_source():
    stored = (engine.FOLDER / kernel.HASHES).read_text("utf8")
    assert stored.endswith(kernel.hashes()), "run python -m booktools.kernel"
    assert len((engine.FOLDER / kernel.SOURCE).read_text("utf8").splitlines()) < 130
    assert (engine.FOLDER / engine.COMPILED).stat().st_size < 6000


def test_compiling_again_gives_the_same_file(tmp_path):
    version = kernel.compiler()
    made_with = re.search(r"clang (\S+)", (engine.FOLDER / kernel.HASHES).read_text("utf8"))[1]
    if version is None:
        pytest.skip("no clang with a linker for WebAssembly")
    if version.partition(".")[0] != made_with.partition(".")[0]:
        pytest.skip(f"clang {version} here, {made_with} there: they need not agree to the bit")
    kernel.compile_source(tmp_path / "again.wasm")
    assert (tmp_path / "again.wasm").read_bytes() == (engine.FOLDER / engine.COMPILED).read_bytes()


def test_a_source_that_does_not_compile_is_refused(tmp_path):
    if kernel.compiler() is None:
        with pytest.raises(RuntimeError, match="clang and wasm-ld are needed"):
            kernel.compile_source(tmp_path / "x.wasm")
        return
    (tmp_path / "wrong.c").write_text("int f(void) { return x; }", "utf8")
    with pytest.raises(RuntimeError, match="wrong.c does not compile"):
        kernel.compile_source(tmp_path / "x.wasm", tmp_path / "wrong.c")


def test_a_function_has_a_loop_of_its_own():
    text = javascript.loop("leaky_relu")
    assert "m[y + i] = (x > 0) ? x : (0.2 * x);" in text and "isNaN" not in text
    with pytest.raises(ValueError, match="softmax is not elementwise"):
        javascript.loop("softmax")


# ---- agreement with Keras ----


class MinGRUCell(keras.layers.Layer):
    """The minimal GRU as a Keras cell, gates in the engine's order."""

    def __init__(self, units, activation, recurrent_activation, **options):
        super().__init__(**options)
        self.units = self.state_size = self.output_size = units
        self.activation, self.gate = activation, recurrent_activation

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2 * self.units), name="kernel")
        self.bias = self.add_weight(shape=(2 * self.units,), name="bias")
        self.built = True

    def call(self, x, states):
        update, candidate = keras.ops.split(x @ self.kernel + self.bias, 2, axis=-1)
        taken = self.gate(update)
        h = (1.0 - taken) * states[0] + taken * self.activation(candidate)
        return h, [h]


class Reference:
    """A network in Keras: a recurrent layer and a Dense readout.

    Parameters
    ----------
    cell, state, gate : str
    loss : {"softmax", "sigmoid", "mse"}
    every_step : bool
    dtype : str
    """

    def __init__(self, cell, state="tanh", gate="sigmoid", loss="softmax", every_step=False,
                 dtype="float64", outputs=OUTPUTS):  # fmt: skip
        options = {"activation": activations.get(state), "dtype": dtype}
        if cell != "SimpleRNN":
            options["recurrent_activation"] = activations.get(gate)
        unrolled = {"unroll": True, "return_sequences": every_step}
        if cell == "minGRU":
            self.layer = keras.layers.RNN(MinGRUCell(UNITS, **options), **unrolled, dtype=dtype)
        else:
            self.layer = getattr(keras.layers, cell)(UNITS, **options, **unrolled)
        self.readout = keras.layers.Dense(outputs, dtype=dtype)
        self.layer.build((BATCH, STEPS, FEATURES))
        self.readout.build((BATCH, UNITS))
        self.loss_name, self.dtype = loss, dtype

    def set_weights(self, arrays):
        recurrent, (kernel, bias) = arrays[:-2], arrays[-2:]
        self.layer.set_weights(recurrent)
        self.readout.set_weights([kernel, bias])

    @property
    def variables(self):
        return [*self.layer.trainable_variables, *self.readout.trainable_variables]

    def loss(self, answers, y):
        if self.loss_name == "softmax":
            return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, tf.int32), answers)
        y = tf.cast(y, self.dtype)[..., None]
        if self.loss_name == "mse":
            return tf.square(answers - y)
        return tf.nn.sigmoid_cross_entropy_with_logits(y, answers)

    def pass_through(self, x, y):
        """Return loss, answers and the gradient of every weight."""
        with tf.GradientTape() as tape:
            answers = self.readout(self.layer(tf.cast(x, self.dtype)))
            loss = tf.reduce_mean(self.loss(answers, y))
        return loss, answers, tape.gradient(loss, self.variables)

    def train(self, batches, optimizer, steps):
        """Return the loss of each of some training steps."""
        optimizer.build(self.variables)

        @tf.function(autograph=False)
        def step(x, y):
            loss, _, gradients = self.pass_through(x, y)
            optimizer.apply_gradients(zip(gradients, self.variables, strict=True))
            return loss

        return np.array([float(step(*batches[k % len(batches)])) for k in range(steps)])


def draw_weights(cell: str, outputs: int = OUTPUTS, scale: float = 1.0) -> list[np.ndarray]:
    """Draw weights in Keras's layout; biases too, so that no path is left out."""
    rng = np.random.default_rng(CELLS.index(cell))
    parts = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4, "minGRU": 2}[cell]
    shapes = [(FEATURES, parts * UNITS)]
    if cell != "minGRU":
        shapes.append((UNITS, parts * UNITS))
    shapes.append((2, parts * UNITS) if cell == "GRU" else (parts * UNITS,))
    shapes += [(UNITS, outputs), (outputs,)]
    draws = [rng.normal(0.0, scale / np.sqrt(shape[0] + 1), shape) for shape in shapes]
    return [draw.astype("float32") for draw in draws]


def draw_batches(loss: str = "softmax", every_step: bool = False) -> list[tuple]:
    """Draw batches x (batch, steps, features) and labels (batch,) or (batch, steps)."""
    rng = np.random.default_rng(99)
    shape = (BATCH, STEPS) if every_step else (BATCH,)
    draw = {
        "softmax": lambda: rng.integers(OUTPUTS, size=shape),
        "sigmoid": lambda: rng.integers(2, size=shape),
        "mse": lambda: rng.normal(size=shape),
    }[loss]
    return [
        (rng.normal(size=(BATCH, STEPS, FEATURES)).astype("float32"), draw().astype("float32"))
        for _ in range(BATCHES)
    ]


def to_vector(cell: str, arrays: list) -> np.ndarray:
    """Return weights or gradients in the order of the engine's layout."""
    recurrent, readout = [np.asarray(a) for a in arrays[:-2]], [np.asarray(a) for a in arrays[-2:]]
    if cell == "minGRU":
        order = recurrent
    else:
        kernel_, recurrent_kernel, bias = recurrent
        biases = np.atleast_2d(bias)
        order = [kernel_, biases[0], recurrent_kernel, *biases[1:]]
    return np.concatenate([a.ravel() for a in (*order, *readout)])


RUN = """async ([wanted, cell, state, gate, loss, everyStep, outputs, weights, batches, how]) => {
    const {matrices, cells, training} = Playground;
    const {workspace, learn, setInputs, forward, apply, finish} = training;
    const kernel = await matrices.create(wanted);
    const [steps, batch, features, units] = %s;
    const score = loss === "mse" ? "error" : "accuracy";
    const task = {steps, features, outputs, loss, everyStep, score};
    const layout = cells.layout(cell, features, units, outputs);
    const work = workspace(kernel, layout, task, batch, state, gate);
    const at = kernel.allocate(layout.size);
    kernel.memory.set(weights, at);
    const read = (from, n) => Array.from(kernel.memory.subarray(from, from + n));
    setInputs(work, batches[0].x);
    finish(forward(work, at));
    const answers = read(work.logits, work.rows * batch * outputs);
    const {loss: first} = finish(learn(work, task, at, batches[0]));
    const gradient = read(work.gradient, layout.size);
    const slots = [kernel.allocate(layout.size), kernel.allocate(layout.size)];
    const losses = [];
    for (let k = 0; k < (how?.steps ?? 0); k += 1) {
        losses.push(finish(learn(work, task, at, batches[k %% batches.length])).loss);
        apply(work, at, slots, how, k + 1);
    }
    return {name: kernel.name, answers, loss: first, gradient, losses};
}""" % [STEPS, BATCH, FEATURES, UNITS]


@pytest.fixture(scope="module")
def run(folder, browser):
    """Return a function that computes the same in Chromium."""
    page = browser.new_page()
    page.goto((folder / "page.html").as_uri())

    def in_browser(wanted, cell, weights, batches, *, state="tanh", gate="sigmoid", loss="softmax",
                   every_step=False, outputs=OUTPUTS, training=None):  # fmt: skip
        sent = [
            # Time first, as the engine has it.
            {
                "x": np.swapaxes(x, 0, 1).ravel().tolist(),
                "y": np.swapaxes(y, 0, -1).ravel().tolist(),
            }
            for x, y in batches
        ]
        vector = to_vector(cell, weights).tolist()
        options = [wanted, cell, state, gate, loss, every_step, outputs, vector, sent, training]
        found = page.evaluate(RUN, options)
        assert found["name"] == wanted
        return found

    yield in_browser
    page.close()


def distance(values, exact) -> float:
    """Return the largest error as a share of the largest value."""
    values, exact = np.asarray(values, "float64").ravel(), np.asarray(exact, "float64").ravel()
    assert values.shape == exact.shape and np.isfinite(values).all()
    return float(np.max(np.abs(values - exact)) / np.max(np.abs(exact)))


def computed(cell, weights, batch, dtype, **options):
    """Return answers (time first) and gradient (engine's order) by Keras."""
    reference = Reference(cell, dtype=dtype, **options)
    reference.set_weights(weights)
    _, answers, gradients = reference.pass_through(*batch)
    answers = answers.numpy()
    if answers.ndim == 3:
        answers = np.swapaxes(answers, 0, 1)
    return reference, answers, to_vector(cell, gradients)


def check_pass(run, cell, weights, batches, training=None, **options):
    """Assert that answers and gradient agree; return what the engine in WebAssembly computed."""
    _, *exact = computed(cell, weights, batches[0], "float64", **options)
    found = run("WebAssembly", cell, weights, batches, training=training, **options)
    plain = run("JavaScript", cell, weights, batches, **options)
    for place, (name, truth) in enumerate(zip(("answers", "gradient"), exact, strict=True), 1):
        apart = distance(found[name], truth)
        if apart > OUTPUT_TOLERANCE:  # is Keras in float32 nearer?
            rounded = computed(cell, weights, batches[0], "float32", **options)[place]
            assert apart <= 3 * distance(rounded, truth), (name, cell, options)
        assert distance(plain[name], truth) <= FLOAT64_TOLERANCE, (name, cell, options)
    return found


def check_losses(found, cell, weights, batches, optimizer, **options):
    """Assert that the losses of training agree with Keras's in float32."""
    reference = Reference(cell, dtype="float32", **options)
    reference.set_weights(weights)
    losses = reference.train(batches, optimizer(), len(found["losses"]))
    apart = np.abs(found["losses"] - losses) / np.abs(losses)
    if np.max(apart) > LOSS_TOLERANCE:  # whose rounding is it?
        reference = Reference(cell, dtype="float64", **options)
        reference.set_weights(weights)
        exact = reference.train(batches, optimizer(), len(losses))
        own = np.max(np.abs(losses - exact) / np.abs(exact))
        assert np.max(np.abs(found["losses"] - exact) / np.abs(exact)) <= 3 * own
    assert np.max(np.abs(losses[-BATCHES:] - losses[:BATCHES])) > 1e-3  # something was trained


ADAM = {"optimiser": "adam", "rate": 0.01, "clip": 0, "steps": ADAM_STEPS}


@pytest.mark.parametrize("state", FUNCTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_state_functions_agree_with_keras(run, cell, state):
    """Answers, gradients and the losses of 50 steps of Adam."""
    weights = draw_weights(cell, scale=SMALL if state == "exponential" else 1.0)
    batches = draw_batches()
    found = check_pass(run, cell, weights, batches, training=ADAM, state=state)
    check_losses(found, cell, weights, batches, lambda: keras.optimizers.Adam(0.01), state=state)


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell != "SimpleRNN"])
def test_gate_functions_agree_with_keras(run, cell):
    """Answers and gradients for every function as that of the gates."""
    for gate in FUNCTIONS:
        check_pass(run, cell, draw_weights(cell, scale=SMALL), draw_batches(), gate=gate)


@pytest.mark.parametrize(
    ("loss", "every_step"),
    [("softmax", True), ("sigmoid", True), ("sigmoid", False), ("mse", False)],
)
def test_losses_and_answers_at_every_step_agree(run, loss, every_step):
    outputs = OUTPUTS if loss == "softmax" else 1
    options = {"loss": loss, "every_step": every_step, "outputs": outputs}
    for cell in ("GRU", "SimpleRNN"):
        check_pass(
            run, cell, draw_weights(cell, outputs), draw_batches(loss, every_step), **options
        )


@pytest.mark.parametrize(
    ("settings", "optimizer"),
    [
        ({"optimiser": "sgd", "rate": 0.1, "clip": 0}, lambda: keras.optimizers.SGD(0.1)),
        (
            {"optimiser": "sgd", "rate": 0.5, "clip": 0.2},
            lambda: keras.optimizers.SGD(0.5, global_clipnorm=0.2),
        ),
        (
            {"optimiser": "adam", "rate": 0.03, "clip": 0.05},
            lambda: keras.optimizers.Adam(0.03, global_clipnorm=0.05),
        ),
    ],
)
def test_optimisers_and_clipping_agree(run, settings, optimizer):
    weights, batches = draw_weights("LSTM"), draw_batches()
    training = {**settings, "steps": ADAM_STEPS}
    found = check_pass(run, "LSTM", weights, batches, training=training)
    check_losses(found, "LSTM", weights, batches, optimizer)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_rate_and_betas_are_held_in_float32(run, optimiser):
    """Keras does so even for float64 weights: then 50 losses agree far beyond float32."""
    weights, batches = draw_weights("SimpleRNN"), draw_batches()
    training = {**ADAM, "optimiser": optimiser}
    found = run("JavaScript", "SimpleRNN", weights, batches, training=training)
    reference = Reference("SimpleRNN", dtype="float64")
    reference.set_weights(weights)
    optimizer = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[optimiser](0.01)
    losses = reference.train(batches, optimizer, ADAM_STEPS)
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-8)


def test_singular_values_are_numpys(folder, browser):
    rng = np.random.default_rng(3)
    page = browser.new_page()
    page.goto((folder / "page.html").as_uri())
    for rows, columns in [(1, 1), (6, 6), (32, 32), (32, 128), (64, 64)]:
        matrix = rng.normal(size=(rows, columns))
        found = page.evaluate(
            "([a, r, c]) => Playground.measures.singularValues(Float64Array.from(a), r, c)",
            [matrix.ravel().tolist(), rows, columns],
        )
        np.testing.assert_allclose(found, np.linalg.svd(matrix)[1], rtol=1e-7, atol=1e-7)
    page.close()


# ---- where it runs ----


class Handler(SimpleHTTPRequestHandler):
    """Serves the folder with a policy."""

    def __init__(self, *args, policy, **options):
        self.policy = policy
        super().__init__(*args, **options)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()

    def log_message(self, *args) -> None:
        pass


OWN_FILES = "default-src 'self'"
POLICIES = {
    # Where it runs, and the kernel that a policy lets through.
    "default-src 'self' 'wasm-unsafe-eval'": ("worker", "WebAssembly"),
    OWN_FILES: ("worker", "JavaScript"),
    "default-src 'self'; worker-src 'none'": ("main thread", "JavaScript"),
    "default-src 'self' 'wasm-unsafe-eval'; worker-src 'none'": ("main thread", "WebAssembly"),
}

WATCH = """() => {
    globalThis.reports = [];
    globalThis.errors = [];
    globalThis.runner = Playground.createRunner({
        onReport: report => reports.push({...report, at: performance.now()}),
        onError: error => errors.push(error), ...globalThis.options,
    });
    const {settings} = Playground.settings.check({networks: 4, ...globalThis.chosen});
    runner.start(settings);
}"""


def until(page, condition: str, seconds: float = 60) -> None:
    """Wait until a condition holds. Playwright's own waiting needs eval, which policies forbid."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, f"{condition} does not come true"
        page.wait_for_timeout(20)


@pytest.fixture
def open_runner(browser, folder):
    """Return a function that opens the page and starts a runner; nothing may go wrong."""
    pages, servers = [], []

    def start(policy=None, chosen=None, options=None):
        address = (folder / "page.html").as_uri()
        if policy is not None:
            handler = partial(Handler, directory=str(folder), policy=policy)
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server)
            address = f"http://127.0.0.1:{server.server_address[1]}/page.html"
        page = browser.new_page()
        pages.append(page)
        page.goto(address)
        page.evaluate("([c, o]) => { globalThis.chosen = c; globalThis.options = o }",
                      [chosen or {}, options or {}])  # fmt: skip
        page.evaluate(WATCH)
        until(page, "reports.length > 0")
        return page

    yield start
    for page in pages:
        assert page.evaluate("errors") == []
        page.evaluate("runner.close()")
        page.close()
    for server in servers:
        server.shutdown()


@pytest.mark.parametrize("policy", [None, *POLICIES])
def test_it_runs_from_a_file_and_under_every_policy(open_runner, policy):
    """The same numbers everywhere: three steps, by whatever may compute them."""
    page = open_runner(policy, {"delay": 5, "units": 8})
    kind, wanted = POLICIES.get(policy, ("worker", "WebAssembly"))
    first = page.evaluate("reports[0]")
    assert (page.evaluate("runner.kind"), first["kernel"]) == (kind, wanted)
    assert first["step"] == 0 and not first["running"]
    assert len(first["networks"]) == 4 and first["baseline"] == 0.25
    page.evaluate("runner.step(3)")
    until(page, "reports.at(-1).step === 3")
    last = page.evaluate("reports.at(-1)")
    losses = [network["loss"] for network in last["networks"]]
    assert np.median(losses) == pytest.approx(1.39679, abs=1e-4)


def test_reports_hold_what_the_page_draws(open_runner):
    page = open_runner(None, {"cell": "LSTM", "delay": 6, "units": 8})
    report = page.evaluate(
        "(({map, lag, ...rest}) => ({...rest, lags: lag.lags, each: lag.each.map(v => [...v]),"
        " h: [...map.h], slope: [...map.slope], gradient: [...map.gradient],"
        " shape: [map.network, map.steps, map.units]}))(reports[0])"
    )
    assert report["lags"] == list(range(7)) and [len(v) for v in report["each"]] == [7] * 4
    assert report["shape"] == [0, 7, 8] and len(report["h"]) == 56
    assert len(report["singular"]) == 8 and report["singular"] == sorted(report["singular"])[::-1]
    assert len(report["saturated"]) == len(report["dead"]) == 7
    assert report["metric"] == "accuracy" and report["higherIsBetter"]
    assert report["each"][0][0] > report["each"][0][6]  # an LSTM with forget bias 1 forgets
    page.evaluate("runner.watch(2)")
    until(page, "reports.at(-1).map.network === 2")


@pytest.mark.parametrize("prefer", ["worker", "main thread"])
def test_run_pause_step_and_reset(open_runner, prefer):
    page = open_runner(None, {"delay": 10, "units": 16}, {"prefer": prefer})
    assert page.evaluate("runner.kind") == prefer
    start = page.evaluate("reports[0].networks.map(n => n.loss)")
    page.evaluate("runner.run()")
    until(page, "reports.at(-1).step > 20 && reports.at(-1).running")
    page.evaluate("globalThis.pausedAt = performance.now(); runner.pause()")
    until(page, "!reports.at(-1).running")
    assert page.evaluate("reports.at(-1).at - pausedAt") < 1000  # see the next test for 200 ms
    count, step = page.evaluate("[reports.length, reports.at(-1).step]")
    page.wait_for_timeout(300)
    assert page.evaluate("[reports.length, reports.at(-1).step]") == [count, step]
    page.evaluate("runner.step()")
    until(page, f"reports.at(-1).step === {step + 1} && !reports.at(-1).running")
    page.evaluate("runner.reset()")
    until(page, "reports.at(-1).step === 0")
    assert page.evaluate("reports.at(-1).networks.map(n => n.loss)") == start
    page.evaluate("runner.step(5); runner.step(7)")
    until(page, "!reports.at(-1).running && reports.at(-1).step >= 7")


HEAVY = {"cell": "LSTM", "delay": 60, "networks": 8, "units": 48}

FRAMES = """() => new Promise(resolve => {
    let before = performance.now(), longest = 0;
    const end = before + 2500;
    const frame = () => {
        const now = performance.now();
        longest = Math.max(longest, now - before);
        before = now;
        if (now < end) requestAnimationFrame(frame);
        else resolve(longest);
    };
    requestAnimationFrame(frame);
    runner.run();
})"""


@pytest.mark.parametrize(
    "options",
    [{}, {"prefer": "main thread"}, {"prefer": "main thread", "wanted": "JavaScript"}],
)
def test_no_frame_is_long_and_pause_acts_at_once(open_runner, options):
    """Also on the page itself, with networks whose step takes longer than a frame."""
    page = open_runner(None, HEAVY, options)
    longest = paused = np.inf
    for _ in range(4):  # other programs may be in the way
        longest = min(longest, page.evaluate(FRAMES))
        page.evaluate("globalThis.pausedAt = performance.now(); runner.pause()")
        until(page, "!reports.at(-1).running")
        paused = min(paused, page.evaluate("reports.at(-1).at - pausedAt"))
        if longest < 120 and paused < 200:
            break
    assert longest < 120 and paused < 200


@pytest.mark.parametrize("frozen", [False, True])
def test_networks_that_diverge_end_the_training(open_runner, frozen):
    """Also if the clock is too coarse to tell the last report from the one before it."""
    wild = {"task": "adding", "state": "exponential", "rate": 10, "optimiser": "sgd", "clip": 0}
    page = open_runner(None, wild, {"prefer": "main thread"} if frozen else {})
    if frozen:
        page.evaluate("const now = performance.now(); performance.now = () => now")
    page.evaluate("runner.run()")
    until(page, "reports.at(-1).step > 0 && !reports.at(-1).running")
    last = page.evaluate("reports.at(-1)")
    assert all(net["diverged"] and net["loss"] is None for net in last["networks"])
    assert last["learned"] == 0


def test_a_wrong_command_is_answered_with_an_error(open_runner):
    page = open_runner(None)
    page.evaluate("runner.start({...Playground.settings.DEFAULTS, task: 'copy'})")
    until(page, "errors.length > 0")
    assert 'no task "copy"; choose from recall' in page.evaluate("errors.splice(0)[0]")
