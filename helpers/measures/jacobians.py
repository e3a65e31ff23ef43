"""Norms of long products of Jacobians, by lag, in plain NumPy.

How much the state h_T depends on an earlier state h_{T-k} is the product of k
Jacobians. Its norm soon leaves the range of floating-point numbers, so every
product is kept as a matrix of moderate size times a power of two. Scaling by
powers of two is exact, and the largest singular value needs no more; a QR
decomposition at each step would be needed for the smaller ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class LagNorms:
    """Norms of ∂h_T/∂h_{T-k}; the last axis is the lag k = 0 ... T.

    Norms too small for float64 read 0 and norms too large inf; their logarithms
    are exact all the same. From a lag at which the product is not finite, all
    are NaN.

    Attributes
    ----------
    spectral, frobenius : numpy.ndarray, shape (..., T + 1)
        Largest singular value (by how much a change can grow at most), and root
        of the sum of squares of all entries.
    log10_spectral, log10_frobenius : numpy.ndarray, shape (..., T + 1)
        Their logarithms to base 10; -inf for a zero matrix.
    """

    spectral: np.ndarray
    frobenius: np.ndarray
    log10_spectral: np.ndarray
    log10_frobenius: np.ndarray


def product_norms(jacobians: Iterable[np.ndarray], block: slice = slice(None)) -> LagNorms:
    """Norms of J_T, J_T J_{T-1}, J_T J_{T-1} J_{T-2}, ...

    Parameters
    ----------
    jacobians : iterable of numpy.ndarray, each of shape (..., S, S)
        J_t = ∂s_t/∂s_{t-1} with entry [i, j] = ∂s_t[i]/∂s_{t-1}[j], the last
        step first. An iterator will do: one matrix is needed at a time.
    block : slice
        Rows and columns of the product to take the norm of; by default all.

    Returns
    -------
    LagNorms
        Lag 0 is the identity matrix.

    Raises
    ------
    ValueError
        If there is no matrix, or one is not square.
    """
    product = None
    logs: list[tuple[np.ndarray, ...]] = []
    for jacobian in jacobians:
        jacobian = np.asarray(jacobian, np.float64)
        if jacobian.ndim < 2 or jacobian.shape[-1] != jacobian.shape[-2]:
            raise ValueError(f"a Jacobian has shape {jacobian.shape}; it must be square")
        if product is None:
            product = np.broadcast_to(np.eye(jacobian.shape[-1]), jacobian.shape)
            exponent = np.zeros(jacobian.shape[:-2], np.int64)
            logs.append(_norms(product[..., block, block], exponent))
        with np.errstate(invalid="ignore", over="ignore"):
            product = product @ jacobian
        size = np.abs(product).max(axis=(-2, -1))
        shift = np.where(np.isfinite(size), np.frexp(size)[1], 0)
        product = np.ldexp(product, -shift[..., None, None])
        exponent = exponent + shift
        logs.append(_norms(product[..., block, block], exponent))
    if not logs:
        raise ValueError("there is no Jacobian; a sequence needs at least one step")
    return LagNorms(*(np.stack(values, axis=-1) for values in zip(*logs, strict=True)))


def _norms(matrix: np.ndarray, exponent: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return both norms of matrix * 2**exponent, and both logarithms."""
    finite = np.isfinite(matrix).all(axis=(-2, -1), keepdims=True)
    safe = np.where(finite, matrix, 0.0)  # the SVD refuses NaN
    norms = [np.linalg.norm(safe, kind, axis=(-2, -1)) for kind in (2, "fro")]
    norms = [np.where(finite[..., 0, 0], norm, np.nan) for norm in norms]
    with np.errstate(divide="ignore", over="ignore", under="ignore"):
        scaled = [np.ldexp(norm, exponent) for norm in norms]
        logs = [np.log10(norm) + exponent * np.log10(2.0) for norm in norms]
    return *scaled, *logs


def jacobian_product_norms(
    recurrent: ArrayLike, preactivations: ArrayLike, derivative: Callable
) -> LagNorms:
    """Norms of ∂h_T/∂h_{T-k} for h_t = f(a_t), a_t = W h_{t-1} + ...

    One step has the Jacobian diag(f'(a_t)) W (Pascanu, Mikolov & Bengio 2013,
    section 2.1, whose state is our a_t).

    Parameters
    ----------
    recurrent : array_like, shape (H, H)
        W, which multiplies a column vector. Keras multiplies from the other
        side: give ``recurrent_kernel.T``.
    preactivations : array_like, shape (..., T, H)
        a_1 ... a_T, or whatever `derivative` takes: for tanh the states will do,
        with ``lambda h: 1 - h**2``.
    derivative : callable
        f', elementwise, or an object with a method ``derivative`` such as
        ``helpers.activations.get("tanh")``.

    Returns
    -------
    LagNorms
        Shape (..., T + 1).

    Raises
    ------
    ValueError
        If the shapes do not fit, or `derivative` is not elementwise.
    """
    w = _square(recurrent)
    a = np.asarray(preactivations, np.float64)
    if a.ndim < 2 or a.shape[-1] != len(w):
        raise ValueError(f"preactivations have shape {a.shape}; they must be (..., T, {len(w)})")
    slopes = np.asarray(getattr(derivative, "derivative", derivative)(a), np.float64)
    if slopes.shape != a.shape:
        raise ValueError(f"derivative returned shape {slopes.shape} for input of {a.shape}")
    steps = reversed(range(a.shape[-2]))
    return product_norms(slopes[..., t, :, None] * w for t in steps)


def pascanu_bound(
    recurrent: ArrayLike, slope_max: float, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Upper bound of ‖∂h_T/∂h_{T-k}‖: (γ σ_max)^k.

    If γ σ_max < 1 gradients must vanish; if it is larger they may explode, and
    may vanish all the same (Pascanu, Mikolov & Bengio 2013, section 2.1).

    Parameters
    ----------
    recurrent : array_like, shape (H, H)
        W; σ_max is its largest singular value.
    slope_max : float
        γ, the largest slope of the activation function: 1 for tanh and ReLU,
        1/4 for the logistic sigmoid.
    length : int
        T, the largest lag.

    Returns
    -------
    bound, log10_bound : numpy.ndarray, each of shape (length + 1,)
        By lag 0 ... T.

    Raises
    ------
    ValueError
        If W is not square, or a number is negative.
    """
    if not slope_max >= 0 or length < 0:
        raise ValueError(f"slope_max={slope_max!r} and length={length!r} must not be negative")
    factor = slope_max * np.linalg.norm(_square(recurrent), 2)
    lags = np.arange(length + 1)
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
        logs = np.where(lags == 0, 0.0, lags * np.log10(factor))
        return np.power(factor, lags, dtype=np.float64), logs


def _square(matrix: ArrayLike) -> np.ndarray:
    w = np.asarray(matrix, np.float64)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not w.size:
        raise ValueError(f"recurrent has shape {w.shape}; it must be square, (H, H)")
    return w
