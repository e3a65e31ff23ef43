"""Train a grid of small recurrent networks, get one tidy table.

    table = study.run(tasks.recall(length=20), cell=["GRU", "LSTM"], activation=["tanh", "relu"])

======================  ==========================================================
`runner`                `run` and `run_all`: the studies of the book
`table`                 each function at its own best learning rate
`keras_models`          `compare`: the same for a Keras model of your own
======================  ==========================================================

Below them, from the grid of a study to the compiled program: `design`, `schedule`,
`workers`, `trainer`, `program`, `network`, `bptt`.
"""

from helpers.study.keras_models import compare
from helpers.study.runner import run, run_all
from helpers.study.table import best

__all__ = ["best", "compare", "run", "run_all"]
