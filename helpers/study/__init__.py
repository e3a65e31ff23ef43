"""Train a grid of small recurrent networks, get one tidy table.

    table = study.run(tasks.recall(length=20), cell=["GRU", "LSTM"], activation=["tanh", "relu"])

======================  ==========================================================
`runner`                `run` and `run_all`: the studies of the book
`table`                 what they return; each function at its own best rate
`faults`                what keeps a study from deciding anything
`longest`               the longest delay learned, by training budget
`keras_models`          `compare`: the same for a Keras model of your own
`keras_runs`            one Keras model, trained afresh many times
======================  ==========================================================

Below them, from what a study is given to the compiled program:

======================  ==========================================================
`spec`                  the nouns: study, shape, run, batch of runs
`factors`               which levels a factor may have, and which are the same
`design`                a study checked, crossed with seeds, cut into batches
`schedule`              who trains which batch, and what comes back
`finished`              what an interrupt or a late error leaves behind
`workers`, `limits`     local processes, as many as cores and memory allow
`trainer`               one batch of runs: data, training, scores, divergence
`program`               many training steps as one compiled program; optimizers
`network`, `scoring`    a stack's weights, answers, losses and scores
`bptt`                  back-propagation through time, for all cells
`products`              products of stacks, their sums cut alike on every processor
======================  ==========================================================
"""

from helpers.study.faults import faults
from helpers.study.keras_models import compare
from helpers.study.longest import longest_delay
from helpers.study.runner import run, run_all
from helpers.study.table import best, chosen, steps_to_target

__all__ = [
    "best",
    "chosen",
    "compare",
    "faults",
    "longest_delay",
    "run",
    "run_all",
    "steps_to_target",
]
