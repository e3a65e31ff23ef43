"""The networks behind the interactive figure ``gradient-microscope``.

``python -m booktools.microscope`` trains them and writes their maps of state, slope and gradient
to ``helpers/show/widgets/gradient-microscope-data.js``. The task is the smallest that needs a
gradient through time: the first input is +1 or −1, all later ones are noise, and at the last step
the network says which sign the first had. Training is back-propagation through time with Adam in
NumPy, the same for all functions.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from helpers import activations, measures
from helpers.cells import initialisers
from helpers.measures import StepMaps, Trajectory

FILE = Path(__file__).parent.parent / "helpers/show/widgets/gradient-microscope-data.js"
STEPS, UNITS, NOISE, BATCH, UPDATES, RATE = 24, 16, 0.3, 32, 1000, 0.003
FUNCTIONS = ("sigmoid", "tanh", "softsign", "relu")
INITIAL = ("orthogonal", "identity")
#: A map is stored with one letter a cell, by level: states from −1 to 1, slopes from 0 to 1, and
#: log10 of the gradient's size from 8 below the largest of its run to 0.
LETTERS = "abcdefghijklmnopqrstuvwxy"
DECADES = 8.0
SHOWN = 0  # number of the sequence whose maps are stored

Weights = dict[str, np.ndarray]


def draw_sequences(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (count, STEPS, 1) and targets (count,), 0 or 1."""
    y = rng.integers(0, 2, count)
    x = NOISE * rng.standard_normal((count, STEPS, 1))
    x[:, 0, 0] = 2 * y - 1
    return x, y


def initial_weights(initial: str) -> Weights:
    """Return W, U, b, the readout's v and c, the same for all functions."""
    rng = np.random.default_rng(5)
    w = initialisers.glorot_uniform(rng, UNITS, 1)
    v = initialisers.glorot_uniform(rng, UNITS, 1)[:, 0]
    u = np.eye(UNITS) if initial == "identity" else initialisers.orthogonal(rng, UNITS, UNITS)
    return {"W": w, "U": u, "b": np.zeros(UNITS), "v": v, "c": np.zeros(1)}


def run(function: str, weights: Weights, x: np.ndarray) -> Trajectory:
    """Run the network over a batch of sequences."""
    return measures.run_simple_rnn(function, weights["U"], x, weights["b"], kernel=weights["W"])


def output(weights: Weights, trajectory: Trajectory) -> np.ndarray:
    """Return the logit of "the first input was +1" for each sequence."""
    return trajectory.states[:, -1] @ weights["v"] + weights["c"]


def follow_back(
    weights: Weights, trajectory: Trajectory, y: np.ndarray
) -> tuple[StepMaps, np.ndarray]:
    """Return the maps under the cross-entropy of each sequence, and ∂L/∂logit."""
    error = activations.get("sigmoid")(output(weights, trajectory)) - y
    return measures.step_maps(trajectory, error[:, None] * weights["v"]), error


def train(function: str, weights: Weights) -> Weights:
    """Return the weights after `UPDATES` steps of Adam, the gradient clipped to norm 1."""
    rng = np.random.default_rng(6)
    weights = {name: value.copy() for name, value in weights.items()}
    first = {name: np.zeros_like(value) for name, value in weights.items()}
    second = {name: np.zeros_like(value) for name, value in weights.items()}
    for update in range(1, UPDATES + 1):
        x, y = draw_sequences(rng, BATCH)
        trajectory = run(function, weights, x)
        maps, error = follow_back(weights, trajectory, y)
        delta = maps.slopes * maps.gradients / BATCH  # ∂L/∂a_t
        gradient = {
            "W": np.einsum("bth,btf->hf", delta, x),
            "U": np.einsum("bti,btj->ij", delta, trajectory.states[:, :-1]),
            "b": delta.sum(axis=(0, 1)),
            "v": error @ trajectory.states[:, -1] / BATCH,
            "c": np.array([error.mean()]),
        }
        norm = np.sqrt(sum(float((g**2).sum()) for g in gradient.values()))
        for name, g in gradient.items():
            g = g / max(norm, 1.0)
            first[name] = 0.9 * first[name] + 0.1 * g
            second[name] = 0.999 * second[name] + 0.001 * g**2
            mean = first[name] / (1 - 0.9**update)
            weights[name] -= RATE * mean / (np.sqrt(second[name] / (1 - 0.999**update)) + 1e-8)
    return weights


def record(function: str, weights: Weights) -> dict[str, object]:
    """Return one network as it is stored: maps of one sequence, and how often it is right."""
    x, y = draw_sequences(np.random.default_rng(7), 1000)
    trajectory = run(function, weights, x)
    # Maps and reach are shares, so ∂L/∂logit, which all have as a factor, is left out: once the
    # network is sure of its answer it rounds to 0.
    one = measures.step_maps(trajectory, np.tile(weights["v"], (len(y), 1)))[SHOWN]
    size = np.abs(one.gradients)
    with np.errstate(divide="ignore"):
        logs = np.log10(size / size.max())
        reach = np.log10(one.gradient_rms[0] / one.gradient_rms[-1])
    right = (output(weights, trajectory) > 0) == y
    return {
        "state": letters(one.states, -1.0, 1.0),
        "slope": letters(one.slopes, 0.0, 1.0),
        "gradient": letters(logs, -DECADES, 0.0),
        "reach": None if np.isinf(reach) else round(float(reach), 2),  # None: exactly 0
        "right": round(float(np.mean(right)), 3),
    }


def letters(values: np.ndarray, low: float, high: float) -> str:
    """Return an array (T, H) as one letter a cell, step after step."""
    share = np.clip((values - low) / (high - low), 0, 1)
    levels = np.rint(share * (len(LETTERS) - 1)).astype(int)
    return "".join(LETTERS[level] for level in levels.ravel())


def runs(trained: bool = True) -> dict[str, dict[str, object]]:
    """Return all networks by function, initial U and time; without training those before it."""
    found = {}
    for function in FUNCTIONS:
        for initial in INITIAL:
            weights = initial_weights(initial)
            found[f"{function} {initial} before"] = record(function, weights)
            if trained:
                found[f"{function} {initial} after"] = record(function, train(function, weights))
    return found


def text(found: dict[str, dict[str, object]]) -> str:
    """Return the script that holds the networks."""
    head = "// ---- Small networks before and after training, by booktools/microscope.py ----\n"
    settings = {"steps": STEPS, "units": UNITS, "updates": UPDATES, "decades": DECADES}
    rows = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in found.items())
    return f"{head}const SCOPE = {json.dumps(settings)};\nconst RUNS = {{\n{rows}\n}};\n"


if __name__ == "__main__":
    FILE.write_text(text(runs()), "utf8")
