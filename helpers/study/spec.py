"""What a study is made of, by name: the study itself, a shape, a run, a batch of runs.

`Study` is what `helpers.study.run` was given. `helpers.study.design` checks it, makes
one row for each run, and cuts these into batches: each `RunBatch` is a stack of a few
networks of one `Shape` that one compiled program trains together, and a `Run` is what
sets one of them apart. The modules below hand on these four and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from helpers.tasks.task import Task

#: A recurrent layer alone, or with normalisation, a small network and a skip connection.
BLOCKS = ("plain", "residual")


@dataclass(frozen=True)
class Study:
    """What a study was given. `helpers.study.run` says what each attribute means.

    A factor is one level or several of them; after `helpers.study.design.check` it is a
    tuple of levels, and `seeds` a tuple of indices.
    """

    task: Task
    cell: Any = "SimpleRNN"
    activation: Any = "tanh"
    gate_activation: Any = "sigmoid"
    recurrent_init: Any = "orthogonal"
    forget_bias: Any = None
    learning_rate: Any = 1e-3
    clip_norm: Any = 1.0
    depth: Any = 1
    units: Any = 32
    readout: Any = "linear"
    block: Any = "plain"
    optimizer: Any = "adam"
    steps: int = 600
    batch_size: int = 32
    seeds: Any = 10
    target: float | None = None
    evaluate_every: int = 50
    validation_size: int = 256
    test_size: int = 1024
    curves: bool = False
    weights: bool = False
    items: bool = False


@dataclass(frozen=True)
class Shape:
    """What all networks of a stack have in common.

    Attributes
    ----------
    cell, activation, gate_activation : str
        Names; see `helpers.cells` and `helpers.activations`. The activation may be
        learned (`helpers.activations.learned`), or one for each layer: ``"tanh/relu"``.
    depth, units : int
        Number of recurrent layers and of units in each.
    features, outputs : int
        Size of the input and of the readout.
    loss, score : str
        See `helpers.tasks.task`.
    every_step, masked : bool
        See `helpers.tasks.task`.
    vocabulary : int or None
        Number of tokens of the embedding, if there is one; its vectors are as
        long as the state.
    readout : str
        Function of a hidden layer, as wide as the state, between the state and
        the outputs; ``"linear"`` for no such layer.
    block : str
        What stands around each recurrent layer, one of `BLOCKS`; see
        `helpers.study.network.residual_block`.
    """

    cell: str
    activation: str
    gate_activation: str
    depth: int
    units: int
    features: int
    outputs: int
    loss: str
    score: str
    every_step: bool = False
    masked: bool = False
    vocabulary: int | None = None
    readout: str = "linear"
    block: str = "plain"

    @classmethod
    def for_task(
        cls,
        task: Task,
        cell: str,
        activation: str,
        gate_activation: str,
        depth: int,
        units: int,
        readout: str = "linear",
        block: str = "plain",
    ) -> Shape:
        """Describe the networks that a task needs."""
        return cls(
            cell=cell,
            activation=activation,
            gate_activation=gate_activation,
            depth=depth,
            units=units,
            features=task.features,
            outputs=task.outputs,
            loss=task.loss,
            score=task.score,
            every_step=task.every_step,
            masked=task.masked,
            vocabulary=task.vocabulary,
            readout=readout,
            block=block,
        )

    def activation_of(self, number: int) -> str:
        """Return the name of a layer's activation; the layers are counted from 1."""
        names = self.activation.split("/")
        return names[number - 1] if len(names) > 1 else names[0]


@dataclass(frozen=True)
class Run:
    """What sets one run apart from the others of its batch.

    Attributes
    ----------
    row : int
        Its place in the table of the study.
    seed : int
        Seed of its weights and data, from `helpers.seeds.run_seed`.
    learning_rate, clip_norm, recurrent_init, forget_bias
        Levels of these factors; see `helpers.study.run`.
    """

    row: int
    seed: int
    learning_rate: float
    clip_norm: float | None
    recurrent_init: str | None
    forget_bias: float | str | None


@dataclass(frozen=True)
class RunBatch:
    """A batch of runs, which are trained as one stack, and all that they share.

    Attributes
    ----------
    runs : tuple of Run
    members : int
        Size of the stack, at least the number of runs.
    shape : Shape
    optimizer : str
    study : Study
        For the task and the numbers of steps and sequences.
    """

    runs: tuple[Run, ...]
    members: int
    shape: Shape
    optimizer: str
    study: Study

    @property
    def program(self) -> tuple:
        """What has to be compiled: batches that agree in it share the program."""
        sizes = self.study.task.steps, self.study.batch_size
        return self.shape, self.optimizer, self.members, *sizes
