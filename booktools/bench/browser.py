"""Two contenders in headless Chromium: the playground of the book, and TensorFlow.js.

Both train one network after the other on the page itself. `missing` says what is not here.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from booktools.bench.problem import BATCH_SIZE, CLIP_NORM, LEARNING_RATE, Problem
from helpers import cells
from helpers.cells import keras_layout
from helpers.playground import engine

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TFJS = "@tensorflow/tfjs@4"
TFJS_CELLS = ("SimpleRNN", "LSTM")  # its GRU has no reset_after, and so other weights


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def missing() -> str:
    """Return what the playground needs and is not here; nothing if all is."""
    needs = {"Playwright": find_spec("playwright"), "Chromium": chromium()}
    return " and ".join(name for name, found in needs.items() if not found)


def tfjs() -> Path | None:
    """Install TensorFlow.js into a temporary folder; return its script, or None."""
    if shutil.which("npm") is None:
        return None
    folder = Path(tempfile.gettempdir()) / "bench-tfjs"
    script = folder / "node_modules/@tensorflow/tfjs/dist/tf.min.js"
    if not script.exists():
        folder.mkdir(exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", TFJS]
        subprocess.run(command, capture_output=True, check=False)
    return script if script.exists() else None


class Page:
    """A page with scripts, in a browser of its own.

    Parameters
    ----------
    scripts : dict of str to str
        Their texts by name, in the order in which they are loaded.
    """

    def __init__(self, scripts: dict[str, str]):
        from playwright.sync_api import sync_playwright

        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name)
        for name, text in scripts.items():
            (place / name).write_text(text, "utf8")
        loads = "".join(f'<script src="{name}"></script>' for name in scripts)
        (place / "page.html").write_text(f'<!doctype html><meta charset="utf-8">{loads}', "utf8")
        self.driver = sync_playwright().start()
        self.browser = self.driver.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        self.page = self.browser.new_page()
        self.page.goto((place / "page.html").as_uri())
        self.evaluate = self.page.evaluate

    def close(self) -> None:
        self.browser.close()
        self.driver.stop()
        self.folder.cleanup()


#: Numbers come as text; typed arrays would be sent as objects with a name for each number.
READ = """
    const numbers = text => new Float32Array(
        Uint8Array.from(atob(text), character => character.charCodeAt(0)).buffer);
"""


def as_text(array: np.ndarray) -> str:
    """Return an array as float32 in base64."""
    return base64.b64encode(np.ascontiguousarray(array, "float32").tobytes()).decode()


BUILD = (
    """async ({cell, length, units, batch, settings, networks}) => {"""
    + READ
    + """
    const {matrices, cells, tasks, training} = Playground;
    const kernel = await matrices.create();
    const task = tasks.create({task: "adding", delay: length});
    const layout = cells.layout(cell, task.features, units, task.outputs);
    const work = training.workspace(kernel, layout, task, batch, "tanh", "sigmoid");
    const place = () => kernel.allocate(layout.size);
    const made = networks.map(({weights, x, y}) => {
        const network = {weights: place(), slots: [place(), place()], step: 0};
        Object.assign(network, {x: numbers(x), y: numbers(y)});
        kernel.memory.set(numbers(weights), network.weights);
        return network;
    });
    const size = length * batch * task.features;
    globalThis.train = steps => {
        for (const network of made) {
            for (let k = 0; k < steps; k += 1) {
                const x = network.x.subarray(k * size, (k + 1) * size);
                const y = network.y.subarray(k * batch, (k + 1) * batch);
                training.finish(training.learn(work, task, network.weights, {x, y}));
                network.step += 1;
                training.apply(work, network.weights, network.slots, settings, network.step);
            }
        }
    };
    globalThis.error = (index, batches) => training.finish(training.evaluate(work, task,
        made[index].weights, batches.map(({x, y}) => ({x: numbers(x), y: numbers(y)})))).score;
    return kernel.name;
}"""
)


class Playground:
    """The playground's engine. For parameters and methods see `keras_loop.KerasLoop`."""

    alone = True  # Playwright drives one browser in a process: the one before has to end first

    def __init__(self, problem: Problem, count: int, steps: int):
        self.problem = problem
        made = engine.generated()
        scripts = {n: made.get(n) or (engine.FOLDER / n).read_text("utf8") for n in engine.ENGINE}
        self.page = Page(scripts)
        self.weights = [self._vector(index) for index in range(count)]
        networks = []
        for index, weights in enumerate(self.weights):
            x, y = problem.batches(index, steps)
            # Time first: (steps, length, batch, 2).
            by_step = as_text(np.swapaxes(x, 1, 2))
            networks.append({"weights": as_text(weights), "x": by_step, "y": as_text(y)})
        settings = {"optimiser": "adam", "rate": LEARNING_RATE, "clip": CLIP_NORM}
        self.kernel = self.page.evaluate(BUILD, {
            "cell": problem.cell, "length": problem.length, "units": problem.units,
            "batch": BATCH_SIZE, "settings": settings, "networks": networks,
        })  # fmt: skip

    def _vector(self, index: int) -> np.ndarray:
        """Return a network's weights in the order of the playground's layout."""
        weights = self.problem.initial_weights(index)
        cell = cells.get(self.problem.cell)
        kernel, recurrent, bias = keras_layout.to_keras(cell, weights["layers"][0])
        biases = np.atleast_2d(bias)
        readout = weights["readout"]
        arrays = (kernel, biases[0], recurrent, *biases[1:], readout["kernel"], readout["bias"])
        return np.concatenate([array.ravel() for array in arrays])

    def train(self, steps: int) -> None:
        self.page.evaluate("steps => train(steps)", steps)

    def parameters(self) -> int:
        return self.weights[0].size

    def test_error(self, index: int) -> float:
        x, y = self.problem.test_data(index)
        parts = [slice(k, k + BATCH_SIZE) for k in range(0, len(x), BATCH_SIZE)]
        batches = [
            {"x": as_text(np.swapaxes(x[part], 0, 1)), "y": as_text(y[part])} for part in parts
        ]
        return float(self.page.evaluate("([k, b]) => error(k, b)", [index, batches]))

    def close(self) -> None:
        """End the browser."""
        self.page.close()


TFJS_BUILD = (
    """async ({layer, length, units, batch, rate, networks}) => {"""
    + READ
    + """
    await tf.ready();
    const made = networks.map(({x, y}) => {
        const model = tf.sequential();
        model.add(tf.layers[layer]({units, inputShape: [length, 2]}));
        model.add(tf.layers.dense({units: 1}));
        model.compile({optimizer: tf.train.adam(rate), loss: "meanSquaredError"});
        return {model, x: numbers(x), y: numbers(y)};
    });
    const size = length * batch * 2;
    globalThis.train = async steps => {
        for (const {model, x, y} of made) {
            for (let k = 0; k < steps; k += 1) {
                const inputs = tf.tensor(x.subarray(k * size, (k + 1) * size), [batch, length, 2]);
                const labels = tf.tensor(y.subarray(k * batch, (k + 1) * batch), [batch, 1]);
                await model.trainOnBatch(inputs, labels);
                tf.dispose([inputs, labels]);
            }
        }
    };
    return tf.getBackend();
}"""
)


class TensorFlowJS:
    """TensorFlow.js as its users write it: layers and ``trainOnBatch``.

    It clips no gradients and draws weights of its own, so that its errors are not compared.
    """

    alone = True  # as the playground

    def __init__(self, problem: Problem, count: int, steps: int):
        library = tfjs()
        if library is None:
            raise RuntimeError("TensorFlow.js is not here; npm has to install it first")
        self.page = Page({"tf.js": library.read_text("utf8")})
        networks = []
        for index in range(count):
            x, y = problem.batches(index, steps)
            networks.append({"x": as_text(x), "y": as_text(y)})
        layer = {"SimpleRNN": "simpleRNN", "LSTM": "lstm"}[problem.cell]
        self.backend = self.page.evaluate(TFJS_BUILD, {
            "layer": layer, "length": problem.length, "units": problem.units,
            "batch": BATCH_SIZE, "rate": LEARNING_RATE, "networks": networks,
        })  # fmt: skip

    def train(self, steps: int) -> None:
        self.page.evaluate("steps => train(steps)", steps)

    def close(self) -> None:
        """End the browser."""
        self.page.close()
