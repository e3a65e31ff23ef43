"""The cells of Keras, and minGRU: each a few linear parts and one elementwise step."""

from __future__ import annotations

from helpers.cells.cell import Cell, Part


def simple_rnn_step(parts, states, activation, gate_activation):
    """h_t = f(x_t W + h_{t-1} U + b) (Elman 1990)."""
    (pre_activation,) = parts
    return [activation(pre_activation)]


def lstm_step(parts, states, activation, gate_activation):
    """Long short-term memory with a forget gate (Gers, Schmidhuber & Cummins 2000).

    As in Keras, the activation acts twice: on the candidate, and on the memory
    where it is shown to the outside.
    """
    input_gate, forget_gate, candidate, output_gate = parts
    _, memory = states
    kept = gate_activation(forget_gate) * memory
    memory = kept + gate_activation(input_gate) * activation(candidate)
    return [gate_activation(output_gate) * activation(memory), memory]


def gru_step(parts, states, activation, gate_activation):
    """Gated recurrent unit (Cho et al. 2014), as Keras's with ``reset_after=True``.

    The reset gate acts on h_{t-1} U rather than on h_{t-1}, so the candidate has
    one part for the input and one for the state. The update gate is the share of
    the old state that is *kept*.
    """
    update_gate, reset_gate, candidate_input, candidate_state = parts
    (state,) = states
    kept = gate_activation(update_gate)
    candidate = activation(candidate_input + gate_activation(reset_gate) * candidate_state)
    return [kept * state + (1.0 - kept) * candidate]


def min_gru_step(parts, states, activation, gate_activation):
    """Minimal GRU, whose gate and candidate do not see the state (Feng et al. 2024).

    Given the inputs, the state is then a linear recurrence. The candidate of the
    paper's minGRU is linear too; ``activation="linear"`` gives it.
    """
    update_gate, candidate = parts
    (state,) = states
    taken = gate_activation(update_gate)
    return [(1.0 - taken) * state + taken * activation(candidate)]


_SIMPLE_RNN = Cell("SimpleRNN", (Part("state"),), ("h",), simple_rnn_step)
_GRU = Cell(
    "GRU",
    (
        Part("update"),
        Part("reset"),
        Part("candidate_input", reads_state=False),
        Part("candidate_state", reads_input=False),
    ),
    ("h",),
    gru_step,
    gated=True,
    forget_part="update",
    default_forget_bias=0.0,
    recurrent_bias=True,
)
_LSTM = Cell(
    "LSTM",
    (Part("input"), Part("forget"), Part("candidate"), Part("output")),
    ("h", "c"),
    lstm_step,
    gated=True,
    forget_part="forget",
    input_part="input",
    default_forget_bias=1.0,
)
_MIN_GRU = Cell(
    "minGRU",
    (Part("update", reads_state=False), Part("candidate", reads_state=False)),
    ("h",),
    min_gru_step,
    gated=True,
    forget_part="update",
    forget_sign=-1.0,  # the gate is the share that is taken
    default_forget_bias=0.0,
)

#: Keras's own cells in the order of Keras's documentation, then minGRU.
CLASSIC = (_SIMPLE_RNN, _GRU, _LSTM, _MIN_GRU)
