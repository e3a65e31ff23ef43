"""What a recurrent cell is made of: linear parts, vectors, and one elementwise step.

`helpers.cells` and `helpers.cells.recent` hold the cells themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Part:
    """One linear part of a cell: x_t W + b, h_{t-1} U, or their sum.

    Attributes
    ----------
    name : str
        Name of the gate or candidate, as in the literature.
    reads_input, reads_state : bool
        Whether it contains x_t W + b, and whether it contains h_{t-1} U.
    """

    name: str
    reads_input: bool = True
    reads_state: bool = True


@dataclass(frozen=True)
class Vector:
    """A weight for each unit that no linear part contains, such as a rate of decay.

    Attributes
    ----------
    name : str
        Its name, as in the literature.
    draw : callable
        ``draw(rng, units, length)`` returns the initial values (units,), where
        `length` is the number of steps of the sequences.
    limit : callable, optional
        ``limit(length)`` is the largest absolute value; after every training step
        the values are brought back to it.
    """

    name: str
    draw: Callable[[np.random.Generator, int, int], np.ndarray]
    limit: Callable[[int], float] | None = None


@dataclass(frozen=True)
class Cell:
    """A recurrent cell.

    Attributes
    ----------
    name : str
        Name of the Keras layer, or of the cell in the literature.
    parts : tuple of Part
        The linear parts, in the order in which Keras puts their kernels together.
    states : tuple of str
        Names of the states; the first one, h, is what the cell shows.
    step : callable
        ``step(parts, states, activation, gate_activation, *vectors)`` returns the
        new states. Parts and states are sequences of arrays (..., batch, units),
        each of the vectors an array (..., 1, units), and everything is elementwise,
        softmax apart, which mixes the units of a state.
    gated : bool
        Whether the gate activation is used.
    forget_part : str or None
        The part whose bias decides how much of the old state is kept.
    forget_sign : float
        1.0 where a larger bias of `forget_part` keeps more, -1.0 where it keeps less: a
        minGRU's gate says how much is *taken*. The forget bias b of a study is put in as
        b times this sign, so that one b opens every cell alike.
    input_part : str or None
        The part that chrono initialisation closes as much as it opens
        `forget_part`.
    default_forget_bias : float or None
        Keras's own initial bias of `forget_part`.
    recurrent_bias : bool
        Whether h_{t-1} U has a bias of its own, as in Keras's GRU with
        ``reset_after=True``.
    vectors : tuple of Vector
        Further weights, one for each unit.
    """

    name: str
    parts: tuple[Part, ...]
    states: tuple[str, ...]
    step: Callable
    gated: bool = False
    forget_part: str | None = None
    forget_sign: float = 1.0
    input_part: str | None = None
    default_forget_bias: float | None = None
    recurrent_bias: bool = False
    vectors: tuple[Vector, ...] = ()

    @property
    def input_parts(self) -> list[str]:
        """Names of the parts with an input kernel W."""
        return [part.name for part in self.parts if part.reads_input]

    @property
    def state_parts(self) -> list[str]:
        """Names of the parts with a recurrent kernel U."""
        return [part.name for part in self.parts if part.reads_state]
