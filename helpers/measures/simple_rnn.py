"""A plain recurrence h_t = f(W x_t + U h_{t-1} + b) in NumPy, and how far its gradient reaches.

No Keras layer is needed: weights and inputs are arrays, for one network or for many at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from helpers import activations
from helpers.measures.jacobians import LagNorms, product_norms


@dataclass(frozen=True)
class Trajectory:
    """What `run_simple_rnn` computed; leading axes (...) are those of the stack of networks.

    Attributes
    ----------
    states : numpy.ndarray, shape (..., T + 1, H)
        h_0 ... h_T; h_0 is the initial state.
    preactivations : numpy.ndarray, shape (..., T, H)
        a_1 ... a_T, what the activation function is given.
    slopes : numpy.ndarray, shape (..., T, H)
        f'(a_1) ... f'(a_T).
    recurrent : numpy.ndarray, shape (..., 1, H, H) or (..., T, H, H)
        U, the same at all steps or one for each.
    """

    states: np.ndarray
    preactivations: np.ndarray
    slopes: np.ndarray
    recurrent: np.ndarray

    @property
    def jacobians(self) -> np.ndarray:
        """∂h_t/∂h_{t-1} = diag(f'(a_t)) U for t = 1 ... T, shape (..., T, H, H)."""
        return self.slopes[..., None] * self.recurrent

    def gradient_reach(self) -> LagNorms:
        """Norms of ∂h_T/∂h_{T-k} by lag k = 0 ... T."""
        return product_norms(self._last_jacobian_first())

    def _last_jacobian_first(self) -> Iterator[np.ndarray]:
        """Yield one Jacobian at a time: all of them need T times the memory."""
        shared = self.recurrent.shape[-3] == 1
        for t in reversed(range(self.slopes.shape[-2])):
            yield self.slopes[..., t, :, None] * self.recurrent[..., 0 if shared else t, :, :]


def run_simple_rnn(
    activation: str | activations.Activation,
    recurrent: ArrayLike,
    inputs: ArrayLike,
    bias: ArrayLike = 0.0,
    *,
    kernel: ArrayLike | None = None,
    initial: ArrayLike = 0.0,
    shared: bool = True,
) -> Trajectory:
    """Run h_t = f(W x_t + U h_{t-1} + b), step by step in float64.

    Weights multiply a column vector; Keras multiplies from the other side: give
    ``recurrent_kernel.T`` and ``kernel.T``.

    Parameters
    ----------
    activation : str or Activation
        f, elementwise (see `helpers.activations.get`).
    recurrent : array_like, shape (..., H, H); with ``shared=False`` (..., T, H, H)
        U, for one network or a stack of them.
    inputs : array_like, shape (..., T, H); with a kernel (..., T, F)
        x_1 ... x_T.
    bias : array_like, a number or shape (..., H)
        b.
    kernel : array_like, shape (..., H, F), optional
        W; by default the identity: the inputs are added to the pre-activations as they are.
    initial : array_like, a number or shape (..., H)
        h_0.
    shared : bool
        True: a recurrent network, which has one U for all steps. False: one matrix for
        each step, as the separate layers of a feedforward network have.

    Returns
    -------
    Trajectory

    Raises
    ------
    TypeError, ValueError
        For an unknown activation or one that mixes units, or shapes that do not fit.
    """
    f = activations.get(activation)
    if not f.elementwise:
        raise ValueError(f"{f.spec!r} mixes units; an elementwise function is needed")
    u, x = np.asarray(recurrent, np.float64), np.asarray(inputs, np.float64)
    if u.ndim < 2 + (not shared) or u.shape[-1] != u.shape[-2] or not u.size:
        form = "(..., H, H)" if shared else "(..., T, H, H)"
        raise ValueError(f"recurrent has shape {u.shape}; it must be {form}")
    units = u.shape[-1]
    w = None if kernel is None else np.asarray(kernel, np.float64)
    if w is not None and (w.ndim < 2 or w.shape[-2] != units):
        raise ValueError(f"kernel has shape {w.shape}; it must be (..., {units}, features)")
    width = units if w is None else w.shape[-1]
    if x.ndim < 2 or x.shape[-1] != width or not x.shape[-2]:
        raise ValueError(f"inputs have shape {x.shape}; they must be (..., T, {width})")
    steps = x.shape[-2]
    if shared:
        u = u[..., None, :, :]
    elif u.shape[-3] != steps:
        raise ValueError(f"recurrent has {u.shape[-3]} matrices for {steps} steps")
    b, h = np.asarray(bias, np.float64), np.asarray(initial, np.float64)
    for name, array in (("bias", b), ("initial", h)):
        if array.ndim and array.shape[-1] != units:
            raise ValueError(f"{name} has shape {array.shape}; it must be (..., {units})")

    stack = np.broadcast_shapes(
        u.shape[:-3], x.shape[:-2], b.shape[:-1], h.shape[:-1], () if w is None else w.shape[:-2]
    )
    states = [np.broadcast_to(h, (*stack, units))]
    preactivations = []
    for t in range(steps):
        drive = x[..., t, :] if w is None else _times(w, x[..., t, :])
        a = drive + _times(u[..., 0 if shared else t, :, :], states[-1])
        a = a + b
        preactivations.append(a)
        states.append(f(a))
    a = np.stack(preactivations, axis=-2)
    return Trajectory(np.stack(states, axis=-2), a, f.derivative(a), u)


def gradient_reach(
    activation: str | activations.Activation,
    recurrent: ArrayLike,
    inputs: ArrayLike,
    bias: ArrayLike = 0.0,
    *,
    kernel: ArrayLike | None = None,
    initial: ArrayLike = 0.0,
    shared: bool = True,
) -> LagNorms:
    """Norms of ∂h_T/∂h_{T-k} of h_t = f(W x_t + U h_{t-1} + b), by lag k = 0 ... T.

    Each is the norm of the product of the last k Jacobians diag(f'(a_t)) U (Pascanu,
    Mikolov & Bengio 2013, section 2.1). Parameters and errors are those of
    `run_simple_rnn`, whose `Trajectory` also holds the states and the Jacobians.

    Returns
    -------
    LagNorms
        Shape (..., T + 1), lag last.
    """
    run = run_simple_rnn(
        activation, recurrent, inputs, bias, kernel=kernel, initial=initial, shared=shared
    )
    return run.gradient_reach()


def _times(matrix: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Return the product of matrices (..., n, m) with vectors (..., m)."""
    return (matrix @ vector[..., None])[..., 0]
