"""Square roots that are rounded alike on every processor.

XLA compiles one over a square root to the processor's own estimate and corrects it.
Makers' estimates differ, and so does the last digit of the corrected one. Powers of e
are computed by the same steps everywhere.
"""

from __future__ import annotations

from typing import Any

from keras import ops


def root(x: Any) -> Any:
    """√x for x > 0, as exp(½ log x); its derivative divides by x, not by a root."""
    return ops.exp(0.5 * ops.log(x))


def inverse_root(x: Any) -> Any:
    """1/√x for x > 0, as exp(−½ log x)."""
    return ops.exp(-0.5 * ops.log(x))
