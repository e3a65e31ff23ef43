"""What is asked of a network: sequences, targets, and the trivial baseline.

======================  ==========================================================
`task`                  what every task states about itself
`synthetic`             long memory and tracked states, such as ``tasks.recall(length=20)``
`arrays`                a task from any data set, ``tasks.from_arrays(...)``
======================  ==========================================================
"""

from helpers.tasks.arrays import ArrayTask, from_arrays
from helpers.tasks.synthetic import (
    adding,
    copy_memory,
    counting,
    parity,
    permutations,
    recall,
    temporal_order,
)
from helpers.tasks.task import IGNORE, Task

__all__ = [
    "IGNORE",
    "ArrayTask",
    "Task",
    "adding",
    "copy_memory",
    "counting",
    "from_arrays",
    "parity",
    "permutations",
    "recall",
    "temporal_order",
]
