"""Recurrent cells of recent years, each after the paper that introduced it.

They are reduced to the recurrence itself. What the papers combine it with (batch or
layer normalisation, skip connections, convolutions, several heads) is left out here,
so that cells can be compared in the same simple network; a study puts them into blocks
with a normalisation and a skip connection with ``block="residual"``
(`helpers.study.network`). Kernels and biases are initialised as Keras does it, whatever
the paper uses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from keras import ops

from helpers.cells.cell import Cell, Part, Vector
from helpers.roots import root

TINY = 1e-7  # keeps a quotient of gates finite where both are exactly 0


def ind_rnn_step(parts, states, activation, gate_activation, u):
    """h_t = f(x_t W + u ⊙ h_{t-1} + b): every unit sees its own past alone.

    The independently recurrent network of Li et al. (2018, arXiv:1803.04831), with
    ReLU for f there. The vector u is kept within ``|u| ≤ 2^(1/T)``, so that over T
    steps no unit's gradient grows more than twofold; it is initialised
    uniformly in [0, 2^(1/T)]. For T the length of the sequences is taken.
    """
    (pre_activation,) = parts
    (state,) = states
    return [activation(pre_activation + u * state)]


def light_gru_step(parts, states, activation, gate_activation):
    """GRU without a reset gate (Ravanelli et al. 2018, arXiv:1803.10225).

    ::

        z_t = σ(x_t W_z + h_{t-1} U_z + b_z)
        c_t = f(x_t W_c + h_{t-1} U_c + b_c)
        h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ c_t

    In the paper f is ReLU, which batch normalisation of x_t W_z and x_t W_c keeps
    stable. That normalisation is left out here; the biases stand in its place.
    """
    update_gate, candidate = parts
    (state,) = states
    kept = gate_activation(update_gate)
    return [kept * state + (1.0 - kept) * activation(candidate)]


def min_lstm_step(parts, states, activation, gate_activation):
    """Minimal LSTM, whose gates do not see the state (Feng et al. 2024, arXiv:2410.01201).

    ::

        h_t = (f_t ⊙ h_{t-1} + i_t ⊙ c_t) / (f_t + i_t),   f_t, i_t = σ(x_t W + b)

    This is the paper's length-independent form (its section 3.2); its candidate
    c_t = x_t W_c + b_c is linear, which ``activation="linear"`` gives. Where both
    gates are exactly 0, so is the state.
    """
    input_gate, forget_gate, candidate = parts
    (state,) = states
    taken, kept = gate_activation(input_gate), gate_activation(forget_gate)
    return [(kept * state + taken * activation(candidate)) / (kept + taken + TINY)]


def slstm_step(parts, states, activation, gate_activation):
    """LSTM with exponential gates and a normaliser (Beck et al. 2024, arXiv:2405.04517).

    ::

        c_t = exp(f_t) c_{t-1} + exp(i_t) f(z_t)        memory
        n_t = exp(f_t) n_{t-1} + exp(i_t)               normaliser
        h_t = σ(o_t) c_t / n_t

    where i_t, f_t, z_t and o_t are linear in x_t and h_{t-1} (equations 8 to 14).
    The exponentials would overflow, so c_t and n_t are stored divided by exp(m_t),
    m_t = max(f_t + m_{t-1}, i_t) (equations 15 to 17): h_t stays what it was. As
    it does not depend on m_t, no gradient has to go through m_t.

    Of the two forget gates that the paper allows, exp and σ, this is the first;
    the authors' programs use σ. There is one head: U is a full matrix.
    """
    input_gate, forget_gate, candidate, output_gate = parts
    _, memory, normaliser, scale = states
    # Initially n = 0: there is nothing to keep, and the input gate alone sets the scale.
    old_scale = ops.where(normaliser > 0, forget_gate + scale, input_gate)
    new_scale = ops.stop_gradient(ops.maximum(old_scale, input_gate))
    kept = ops.exp(old_scale - new_scale)
    taken = ops.exp(input_gate - new_scale)
    memory = kept * memory + taken * activation(candidate)
    normaliser = kept * normaliser + taken
    return [gate_activation(output_gate) * memory / normaliser, memory, normaliser, new_scale]


def lru_step(parts, states, activation, gate_activation, nu, theta):
    """Linear recurrent unit: a complex number that turns and decays in every unit.

    ::

        s_t = λ ⊙ s_{t-1} + γ ⊙ (x_t W + b),   h_t = f(Re s_t)
        λ = exp(−exp(ν) + iθ),   γ = sqrt(1 − |λ|²)

    with complex W and b, so that the size of λ stays below 1 whatever the vectors ν and θ
    become (Orvieto et al. 2023, arXiv:2303.06349, section 3.3). λ is initialised uniformly
    over the slice of a ring: its size between the two numbers of `RING`, θ between 0 and
    `LARGEST_PHASE`.

    In the paper log θ is trained rather than θ; γ is initialised with this value and
    then trained too; the input has no bias. There the next layer sees Re(C s_t + D x_t)
    with a complex matrix C, and the nonlinearity is a gated layer with a skip connection
    and normalisation; here it sees f of the real part alone. With
    ``activation="linear"`` the layer is linear in its inputs, but for the bias.
    """
    real_input, imaginary_input = parts
    _, real, imaginary = states
    decay = -ops.exp(nu)
    size = ops.exp(decay)
    cosine, sine = size * ops.cos(theta), size * ops.sin(theta)
    gamma = root(-ops.expm1(2.0 * decay))
    new_real = cosine * real - sine * imaginary + gamma * real_input
    new_imaginary = sine * real + cosine * imaginary + gamma * imaginary_input
    return [activation(new_real), new_real, new_imaginary]


def signed_min_gru_step(parts, states, activation, gate_activation):
    """minGRU with a gate that reaches 2, so that the old state may change its sign.

    ::

        h_t = (1 − β_t) ⊙ h_{t-1} + β_t ⊙ c_t,   β_t = 2 σ(x_t W + b)

    The factor 1 − β_t lies in (−1, 1), where a minGRU's lies in (0, 1): the change that
    Grazzi et al. (2025, arXiv:2411.12537, section 4) make to DeltaNet, here with a number
    for each unit in place of a matrix. With β = 2 and c = 1/2 a unit goes from h to 1 − h.
    A forget bias of b leaves the factor at tanh(b / 2): at 0 nothing is kept.
    """
    update_gate, candidate = parts
    (state,) = states
    taken = 2.0 * gate_activation(update_gate)
    return [(1.0 - taken) * state + taken * activation(candidate)]


def delta_step(parts, states, activation, gate_activation):
    """Linear recurrence whose matrix is a generalised reflection, set by the input.

    ::

        h_t = h_{t-1} − k_t (k_t · h_{t-1}) + f(a_t),   k_t = √2 q_t / sqrt(1 + ‖q_t‖²)

    with q_t and a_t linear in x_t. It is one row of the delta rule (Schlag, Irie &
    Schmidhuber 2021, arXiv:2102.11174) with β_t = ‖k_t‖² in (0, 2), so that the eigenvalue
    1 − β_t along k_t lies in (−1, 1) (Grazzi et al. 2025, arXiv:2411.12537); where ‖q_t‖ is
    large the step mirrors h at the plane across k_t, and two coordinates can change places.
    In the papers β_t is a gate of its own and a_t is a multiple of k_t; there the state has
    many such rows, and a head of its own for each group of units.
    """
    direction, addition = parts
    (state,) = states
    size = ops.sum(ops.square(direction), axis=-1, keepdims=True)
    along = ops.sum(direction * state, axis=-1, keepdims=True)
    return [state - 2.0 * direction * along / (1.0 + size) + activation(addition)]


RING = (0.9, 0.999)  # |λ| of an LRU, initially
LARGEST_PHASE = np.pi / 10


def largest_self_weight(length: int) -> float:
    """Return the bound 2^(1/T) on an IndRNN's recurrent weights."""
    return 2.0 ** (1.0 / length)


def draw_self_weights(rng: np.random.Generator, units: int, length: int) -> np.ndarray:
    """Draw an IndRNN's recurrent weights: (units,)."""
    return rng.uniform(0.0, largest_self_weight(length), units)


def draw_decay(rng: np.random.Generator, units: int, length: int) -> np.ndarray:
    """Draw an LRU's ν so that λ is uniform over the ring (Orvieto et al. 2023, lemma 3.2)."""
    inner, outer = np.square(RING)
    return np.log(-0.5 * np.log(rng.uniform(inner, outer, units)))


def draw_phase(rng: np.random.Generator, units: int, length: int) -> np.ndarray:
    """Draw an LRU's θ: (units,)."""
    return rng.uniform(0.0, LARGEST_PHASE, units)


def _from_input(*names: str) -> tuple[Part, ...]:
    return tuple(Part(name, reads_state=False) for name in names)


def _with_forget_gate(name: str, parts: tuple[Part, ...], states: tuple, step: Callable) -> Cell:
    """Return a cell with the parts "input" and "forget", as an LSTM has them."""
    return Cell(
        name,
        parts,
        states,
        step,
        gated=True,
        forget_part="forget",
        input_part="input",
        default_forget_bias=0.0,
    )


#: In the order of their years.
RECENT = (
    Cell(
        "IndRNN",
        _from_input("state"),
        ("h",),
        ind_rnn_step,
        vectors=(Vector("u", draw_self_weights, largest_self_weight),),
    ),
    Cell(
        "LiGRU",
        (Part("update"), Part("candidate")),
        ("h",),
        light_gru_step,
        gated=True,
        forget_part="update",
        default_forget_bias=0.0,
    ),
    Cell(
        "LRU",
        _from_input("real", "imaginary"),
        ("h", "real", "imaginary"),
        lru_step,
        vectors=(Vector("nu", draw_decay), Vector("theta", draw_phase)),
    ),
    _with_forget_gate(
        "sLSTM",
        (Part("input"), Part("forget"), Part("candidate"), Part("output")),
        ("h", "c", "n", "m"),
        slstm_step,
    ),
    _with_forget_gate(
        "minLSTM", _from_input("input", "forget", "candidate"), ("h",), min_lstm_step
    ),
    Cell(
        "SignedMinGRU",
        _from_input("update", "candidate"),
        ("h",),
        signed_min_gru_step,
        gated=True,
        forget_part="update",
        forget_sign=-1.0,
        default_forget_bias=0.0,
    ),
    Cell("DeltaNet", _from_input("direction", "addition"), ("h",), delta_step),
)
