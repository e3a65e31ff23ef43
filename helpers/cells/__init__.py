"""Recurrent cells as data: linear parts, and one elementwise step.

Every cell of this book does the same two things at each time step. It forms
linear *parts* from the input x_t, the state h_{t-1} or both, and it combines the
parts elementwise into the new state, which is where the activation functions
act. Only the second half differs in kind between cells, so a cell is described
by the names of its parts and by its `step`. Initialisation, training and
gradients are written once for all of them, and a new cell is one more entry in
`CELLS`.

======================  ==========================================================
`cell`                  what a cell is made of
`classic`               SimpleRNN, GRU, LSTM, minGRU
`recent`                IndRNN, LiGRU, LRU, sLSTM, minLSTM, SignedMinGRU, DeltaNet
`initialisers`          how kernels and biases are drawn
`keras_layout`          from the weights of a Keras layer to one array a part
======================  ==========================================================
"""

from helpers.cells.cell import Cell, Part, Vector
from helpers.cells.classic import CLASSIC
from helpers.cells.recent import RECENT
from helpers.checks import one_of

__all__ = ["CELLS", "Cell", "Part", "Vector", "get"]

CELLS = {cell.name: cell for cell in (*CLASSIC, *RECENT)}


def get(name: str) -> Cell:
    """Look a cell up by its name.

    Raises
    ------
    ValueError
        If there is no such cell.
    """
    one_of("cell", name, CELLS)
    return CELLS[name]
