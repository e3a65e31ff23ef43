"""A stack of networks: embedding, recurrent layers, perhaps in blocks, and readout.

A stack holds independent networks of one shape, its members. A
`helpers.study.spec.Shape` says what they share; everything else (weights, learning
rate, clipping, data) differs from member to member. Every array has one more axis
than in a single network, the member axis, and it comes first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import tensorflow as tf

from helpers import activations, cells
from helpers.activations import learned
from helpers.cells.initialisers import draw_layer, glorot_uniform
from helpers.roots import inverse_root
from helpers.study.bptt import recurrent_layer
from helpers.study.products import times
from helpers.study.spec import Shape


def initial_weights(
    shape: Shape,
    recurrent_init: str | None,
    forget_bias: float | str | None,
    length: int,
    seed: list[int],
) -> dict:
    """Draw the weights of one network, with Keras's distributions.

    Parameters
    ----------
    shape : Shape
    recurrent_init, forget_bias, length
        See `helpers.cells.initialisers.draw_layer`.
    seed : list of int
        Seed of the network.

    Returns
    -------
    dict
        ``layers``: a list with a dict by layer (see `helpers.cells.keras_layout`);
        ``readout``: ``kernel`` (units, outputs) and ``bias`` (1, outputs);
        ``embedding`` (vocabulary, units) and ``hidden``, ``kernel`` (units,
        units) and ``bias`` (1, units), where there are such layers. With residual
        blocks also ``encoder``, and in each layer ``block``; see `residual_block`.
        All float32.
    """
    cell, units = cells.get(shape.cell), shape.units
    residual = shape.block == "residual"
    first = units if shape.vocabulary or residual else shape.features
    layers = [
        draw_layer(cell, features, units, recurrent_init, forget_bias, length, [*seed, number])
        for number, features in enumerate([first] + [units] * (shape.depth - 1), start=1)
    ]
    if learned.is_learned(shape.activation):
        layers = [layer | {"learned": learned.get(shape.activation).initial()} for layer in layers]
    rng = np.random.default_rng([*seed, 0])

    def dense(outputs, inputs=units, rng=rng):
        kernel = glorot_uniform(rng, inputs, outputs).astype("float32")
        return {"kernel": kernel, "bias": np.zeros((1, outputs), "float32")}

    weights = {"layers": layers, "readout": dense(shape.outputs)}
    if shape.readout != "linear":
        weights["hidden"] = dense(units)
    if residual:
        # A stream of their own, so that plain and residual networks share the other draws.
        own = np.random.default_rng([*seed, 0, 1])
        weights["layers"] = [layer | {"block": _draw_block(units, dense, own)} for layer in layers]
        if not shape.vocabulary:
            weights["encoder"] = dense(units, shape.features, own)
    if shape.vocabulary:
        embedding = rng.uniform(-0.05, 0.05, (shape.vocabulary, units))
        weights["embedding"] = embedding.astype("float32")
    return weights


def _draw_block(units: int, dense: Callable, rng: np.random.Generator) -> dict:
    """Draw what `residual_block` adds to a layer; the normalisation begins without effect."""
    scale = {"scale": np.ones((1, units), "float32"), "offset": np.zeros((1, units), "float32")}
    return {"norm": scale, "inner": dense(units, rng=rng), "outer": dense(units, rng=rng)}


@cache
def _template(shape: Shape) -> dict:
    """Return the weights of one network, for their names and shapes."""
    return initial_weights(shape, "identity", 0.0, 2, [0])


def to_vectors(networks: list[dict]) -> np.ndarray:
    """Write the weights of each network into one vector: (members, weights)."""
    return np.stack([np.concatenate([w.ravel() for w in tf.nest.flatten(n)]) for n in networks])


def from_vectors(shape: Shape, vectors: tf.Tensor) -> dict:
    """Read the weights of a stack from vectors (members, weights).

    Returns
    -------
    dict
        As from `initial_weights`, with the member axis first.
    """
    template = tf.nest.flatten(_template(shape))
    pieces = tf.split(vectors, [w.size for w in template], axis=1)
    arrays = [tf.reshape(p, (-1, *w.shape)) for p, w in zip(pieces, template, strict=True)]
    return tf.nest.pack_sequence_as(_template(shape), arrays)


def weight_limits(shape: Shape, length: int) -> np.ndarray | None:
    """Return the largest absolute value of each weight of a network: (weights,).

    None stands for no limits at all; see `helpers.cells.cell.Vector`.
    """
    limited = [(v, v.limit) for v in cells.get(shape.cell).vectors if v.limit]
    if not limited:
        return None
    limits = tf.nest.map_structure(lambda w: np.full_like(w, np.inf), _template(shape))
    for layer in limits["layers"]:
        for vector, limit in limited:
            layer["vectors"][vector.name][:] = limit(length)
    return to_vectors([limits])[0]


def linear(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """x (members, ..., features) times kernel (members, features, n), plus bias (members, 1, n).

    The bias is treated as the weight of one more input that is always 1: a sum
    over time and batch for its gradient would cost as much as the product.
    """
    members, *inner, _ = x.shape
    x = tf.concat([x, tf.ones((members, *inner, 1))], axis=-1)
    kernel = tf.concat([kernel, bias], axis=1)
    y = times(tf.reshape(x, (members, -1, x.shape[-1])), kernel)
    return tf.reshape(y, (members, *inner, kernel.shape[-1]))


NORM_EPSILON = 1e-3  # Keras's, for LayerNormalization


def layer_norm(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """Layer normalisation over the units (Ba, Kiros & Hinton 2016, arXiv:1607.06450).

    Parameters
    ----------
    x : Tensor (members, steps, batch, units)
    scale, offset : Tensor (members, 1, units)
    """
    mean = tf.reduce_mean(x, axis=-1, keepdims=True)
    variance = tf.reduce_mean(tf.square(x - mean), axis=-1, keepdims=True)
    return (x - mean) * inverse_root(variance + NORM_EPSILON) * scale[:, None] + offset[:, None]


def residual_block(block: dict, x: tf.Tensor, recurrent: Callable) -> tf.Tensor:
    """x + V₂ GELU(V₁ R(norm(x)) + b₁) + b₂, where R is a recurrent layer.

    Normalisation first, then the recurrence, then a network of one hidden layer, and a skip
    connection past all three. It is the frame that LRU, minGRU and their kin are stacked in
    (Orvieto et al. 2023, arXiv:2303.06349, figure 1; Feng et al. 2024, arXiv:2410.01201,
    appendix), in its simplest form: without gated units, convolution or dropout.

    Parameters
    ----------
    block : dict
        ``norm`` with ``scale`` and ``offset``; ``inner`` and ``outer`` with ``kernel`` and
        ``bias``.
    x : Tensor (members, steps, batch, units)
    recurrent : callable
        Takes what x is and returns the states of all steps.
    """
    states = recurrent(layer_norm(x, **block["norm"]))
    hidden = activations.get("gelu")(linear(states, **block["inner"]))
    return x + linear(hidden, **block["outer"])


def apply(shape: Shape, weights: dict, x: tf.Tensor) -> tf.Tensor:
    """Compute what every network of a stack answers.

    Parameters
    ----------
    shape : Shape
    weights : dict
        As from `from_vectors`.
    x : Tensor (members, batch, steps, features), or (members, batch, steps) of tokens

    Returns
    -------
    Tensor (members, batch, outputs), or (members, steps, batch, outputs)
        The readout, before any softmax or sigmoid, after the last or every step.
    """
    cell = cells.get(shape.cell)
    gate_function = activations.get(shape.gate_activation)
    x = tf.transpose(x, (0, 2, 1, *range(3, x.shape.rank)))
    mask = (x != 0)[..., None] if shape.masked else None
    if shape.vocabulary:
        x = tf.gather(weights["embedding"], x, batch_dims=1)
    if "encoder" in weights:
        x = linear(x, **weights["encoder"])

    def recurrent(x, layer, number, sequences):
        inputs, state_biases = _input_parts(cell, layer, x)
        return recurrent_layer(
            cell,
            learned.function(shape.activation_of(number)),
            gate_function,
            inputs,
            layer["recurrent"],
            state_biases,
            mask=mask,
            return_sequences=sequences,
            vectors=layer.get("vectors"),
            learned=layer.get("learned"),
        )

    for number, layer in enumerate(weights["layers"], start=1):
        if "block" in layer:
            run = partial(recurrent, layer=layer, number=number, sequences=True)
            x = residual_block(layer["block"], x, run)
        else:
            x = recurrent(x, layer, number, shape.every_step or number < shape.depth)
    if shape.block == "residual" and not shape.every_step:
        x = x[:, -1]
    if "hidden" in weights:
        x = activations.get(shape.readout)(linear(x, **weights["hidden"]))
    return linear(x, **weights["readout"])


def _input_parts(cell: cells.Cell, layer: dict, x: tf.Tensor) -> tuple[dict, dict]:
    """Return x W + b for all steps at once, and the biases of parts that do not read x."""
    inputs, state_biases = {}, {}
    second = layer.get("recurrent_bias", {})
    for part in cell.parts:
        if part.reads_input:
            bias = layer["bias"][part.name]
            if part.name in second:  # the two biases have the same place
                bias = bias + second[part.name]
            inputs[part.name] = linear(x, layer["kernel"][part.name], bias)
        else:
            state_biases[part.name] = second[part.name]
    return inputs, state_biases
