"""What it costs to leave cuDNN, on your GPU: ``python -m booktools.bench.cudnn``.

Keras runs an LSTM or a GRU on an NVIDIA GPU by one fused kernel of cuDNN, if the layer is
of the form that cuDNN has; else, without a word, by a loop over the steps. This times one
training step of both, and of masks, and writes appendix/cudnn.json, which lesson 4 of
chapter 5 shows. The course's own computers have no GPU: it needs a TensorFlow that sees one
(``pip install tensorflow[and-cuda]``).
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from booktools import facts

OUTPUT = Path(__file__).resolve().parents[2] / "appendix" / "cudnn.json"
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy")
CELLS = {"LSTM": layers.LSTM, "GRU": layers.GRU}
#: The layer as it comes, and what takes it out of cuDNN, by the condition that it breaks.
VARIANTS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "use_cudnn=False": {"use_cudnn": False},
    "activation='relu'": {"activation": "relu"},
    "recurrent_activation='hard_sigmoid'": {"recurrent_activation": "hard_sigmoid"},
    "recurrent_dropout=0.1": {"recurrent_dropout": 0.1},
    "unroll=True": {"unroll": True},
}
#: Layers as they come, with part of each sequence masked at this end.
MASKS = {"padded on the right": "right", "padded on the left": "left"}


def padded(x: np.ndarray, side: str, value: float = 0.0) -> np.ndarray:
    """Return sequences with their last or first quarter set to `value`.

    Parameters
    ----------
    x : ndarray, shape (n, T, features)
    side : {"right", "left"}

    Raises
    ------
    ValueError
        For another side.
    """
    if side not in ("right", "left"):
        raise ValueError(f"side={side!r} is not known; choose from right, left")
    x, quarter = x.copy(), x.shape[1] // 4
    x[:, -quarter:] = value if side == "right" else x[:, -quarter:]
    x[:, :quarter] = value if side == "left" else x[:, :quarter]
    return x


def model(cell: str, length: int, units: int, masked: bool, **options: Any) -> keras.Model:
    """Return a compiled model of one recurrent layer."""
    made = [keras.Input((length, units))]
    if masked:
        made.append(layers.Masking(0.0))
    made += [CELLS[cell](units, **options), layers.Dense(1)]
    network = keras.Sequential(made)
    network.compile("adam", "mse")
    return network


def milliseconds(network: keras.Model, x: np.ndarray, y: np.ndarray, steps: int) -> float:
    """Return the time of a training step: median of `steps`, after two that compile."""
    for _ in range(2):
        network.train_on_batch(x, y)
    times = []
    for _ in range(steps):
        began = time.perf_counter()
        network.train_on_batch(x, y)  # returns the loss, so the GPU is done
        times.append(time.perf_counter() - began)
    return 1000 * median(times)


def rows(
    length: int, units: int, batch: int, steps: int, say: Callable[[str], None] = print
) -> list[dict[str, Any]]:
    """Time every variant; one that raises has its message in place of a time."""
    x = np.random.default_rng(0).standard_normal((batch, length, units)).astype("float32")
    y = np.zeros((batch, 1), "float32")
    cases: list[tuple[str, dict[str, Any], str | None]]
    cases = [(name, options, None) for name, options in VARIANTS.items()]
    cases += [(name, {}, side) for name, side in MASKS.items()]
    found = []
    for cell in CELLS:
        own = [("reset_after=False", {"reset_after": False}, None)] if cell == "GRU" else []
        for name, options, side in [*cases, *own]:
            row: dict[str, Any] = {"cell": cell, "variant": name}
            data = padded(x, side) if side else x
            try:
                network = model(cell, length, units, side is not None, **options)
                row["ms"] = round(milliseconds(network, data, y, steps), 3)
            except (tf.errors.OpError, RuntimeError, ValueError) as error:
                row["error"] = str(error).strip().splitlines()[0][:200]
            say(f"{cell:5s}{name:40s}{row.get('ms', row.get('error'))}")
            found.append(row)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the table goes")
    for name, default in (("length", 200), ("units", 256), ("batch", 64), ("steps", 20)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    cards = tf.config.list_physical_devices("GPU")
    if not cards:
        print("TensorFlow sees no GPU here: nothing measured, nothing written.", file=sys.stderr)
        return 1
    size = {name: getattr(options, name) for name in ("length", "units", "batch", "steps")}
    results = {
        "date": datetime.date.today().isoformat(),
        "gpu": tf.config.experimental.get_device_details(cards[0]).get("device_name", "GPU"),
        "machine": facts.machine(PACKAGES),
        "size": size,
        "rows": rows(**size),
    }
    options.output.write_text(json.dumps(results, indent=1) + "\n", "utf8")
    print(f"Written to {options.output}; `make run` brings it into the book.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
