"""A recurrent layer as small processors run it: one step, in whole numbers.

TensorFlow Lite, which is part of TensorFlow, turns a Keras model into a list of operators
and, with samples of its inputs, into one whose weights and activations are whole numbers
(Jacob et al. 2018, arXiv:1712.05877). A step of the recurrence is converted, and called
once a step; its states go in and out like any other input. So the file does not grow with
the length, and every operator that an activation function needs can be listed.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import one_of

#: How numbers are stored: as trained; weights and activations in 8 bits; activations in 16.
KINDS = ("float32", "int8", "int16x8")
#: Cells that `one_step` takes, with the number of their states.
STATES = {"SimpleRNN": 1, "GRU": 1, "LSTM": 2}


def one_step(
    cell: str,
    weights: Sequence[np.ndarray],
    readout: Sequence[np.ndarray],
    activation: Any = "tanh",
    recurrent_activation: Any = "sigmoid",
) -> keras.Model:
    """Return one step of a trained recurrent layer, with its readout, as a Keras model.

    Parameters
    ----------
    cell : {"SimpleRNN", "GRU", "LSTM"}
    weights : list of ndarray
        As from ``layer.get_weights()``, see `helpers.cells.keras_layout.to_keras`.
    readout : (ndarray (units, outputs), ndarray (outputs,))
        Kernel and bias.
    activation, recurrent_activation : callable or str
        As for the Keras layer; a SimpleRNN has no gates.

    Returns
    -------
    keras.Model
        From ``x`` (1, features) and the states (1, units) to the answer and the new states.

    Raises
    ------
    ValueError
        For another cell.
    """
    one_of("cell", cell, STATES)
    units = weights[1].shape[0]
    gates = {} if cell == "SimpleRNN" else {"recurrent_activation": recurrent_activation}
    layer = getattr(keras.layers, f"{cell}Cell")(units, activation=activation, **gates)
    last = keras.layers.Dense(readout[0].shape[1])
    x = keras.Input((weights[0].shape[0],), batch_size=1, name="x")
    states = [keras.Input((units,), batch_size=1, name=f"s{i}") for i in range(STATES[cell])]
    h, new = layer(x, states)
    answer = last(h)
    layer.set_weights(list(weights))
    last.set_weights(list(readout))
    return keras.Model([x, *states], [answer, *new])


def answers(model: Any, sequences: np.ndarray) -> np.ndarray:
    """Run a step model over sequences, from states of 0, and return the last answer.

    Parameters
    ----------
    model : keras.Model or bytes
        From `one_step`, or converted from it.
    sequences : ndarray, shape (n, T, features)

    Returns
    -------
    ndarray, shape (n, outputs)
    """
    return _run(model, sequences)[0]


def convert(model: keras.Model, sequences: np.ndarray, kind: str) -> bytes:
    """Convert a step model for TensorFlow Lite.

    Parameters
    ----------
    model : keras.Model
        From `one_step`.
    sequences : ndarray, shape (n, T, features)
        Training sequences that show the converter how large inputs and states become.
    kind : {"float32", "int8", "int16x8"}

    Raises
    ------
    ValueError
        For another kind.
    """
    one_of("kind", kind, KINDS)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if kind != "float32":
        names = [tensor.name for tensor in model.inputs]
        seen = [dict(zip(names, each, strict=True)) for each in _run(model, sequences)[1]]
        only = tf.lite.OpsSet
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: seen
        converter.target_spec.supported_ops = [
            only.TFLITE_BUILTINS_INT8
            if kind == "int8"
            else only.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        ]
    with _silence():
        return converter.convert()


def operators(converted: bytes) -> Counter[str]:
    """Count the operators of a converted model by name."""
    # Its own list: public in every version that we know, if under this name only.
    details = _interpreter(converted)._get_ops_details()
    return Counter(each["op_name"] for each in details if each["op_name"] != "DELEGATE")


def seconds_per_step(converted: bytes, steps: int = 400) -> float:
    """Return the time of a step of a converted model on this computer, without the copying."""
    interpreter = _interpreter(converted)
    interpreter.invoke()
    began = time.perf_counter()
    for _ in range(steps):
        interpreter.invoke()
    return (time.perf_counter() - began) / steps


def _run(model: Any, sequences: np.ndarray) -> tuple[np.ndarray, list[list[np.ndarray]]]:
    """Return the last answers, and all inputs of single steps."""
    sequences = np.asarray(sequences, "float32")
    if isinstance(model, bytes):
        runner = _interpreter(model).get_signature_runner()
        # One sequence at a time: the converter has settled that a batch holds one.
        return np.concatenate([_run_one(runner, each[None]) for each in sequences]), []
    states, seen = [np.zeros((len(sequences), s.shape[1]), "float32") for s in model.inputs[1:]], []
    for t in range(sequences.shape[1]):
        inputs = [sequences[:, t], *states]
        seen += [[part[i : i + 1] for part in inputs] for i in range(len(sequences))]
        answer, *states = (np.asarray(value) for value in model(inputs))
    return answer, seen


def _run_one(runner: Any, sequence: np.ndarray) -> np.ndarray:
    """Return the last answer (1, outputs) to one sequence (1, T, features)."""
    *names, _ = sorted(runner.get_input_details())  # "s0", "s1", "x"
    states = [np.zeros(runner.get_input_details()[name]["shape"], "float32") for name in names]
    for t in range(sequence.shape[1]):
        found = runner(x=sequence[:, t], **dict(zip(names, states, strict=True)))
        answer, *states = (found[name] for name in sorted(found))  # "output_0", ...
    return answer


def _interpreter(converted: bytes) -> Any:
    with _silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is to move to a package of its own
        interpreter = tf.lite.Interpreter(model_content=converted)
        interpreter.allocate_tensors()
    return interpreter


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep what the converter prints, also from C++, off the page."""
    sys.stderr.flush()
    logger = tf.get_logger()
    level, kept, nowhere = logger.level, os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        logger.setLevel("ERROR")
        os.dup2(nowhere, 2)
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
