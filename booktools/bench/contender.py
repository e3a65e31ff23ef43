"""What a contender is: a program, and how much of the work it is timed on."""

from __future__ import annotations

from dataclasses import dataclass, field

from booktools.bench.problem import Problem


@dataclass(frozen=True)
class Contender:
    """One way to train the networks.

    Attributes
    ----------
    name : str
        How it is called in the tables.
    program : str
        Module of this package and class, as in ``"torch_loop.TorchLoop"``.
    steps : int
        Training steps of a repetition, for 48 networks of 32 units and 50 time steps.
    networks : int or None
        Number of networks that are timed in each process, for a loop that treats
        one after the other; None for all of them.
    processes : int
        Number of processes that share the networks. Each is bound to one core.
    environment : dict
        Environment variables that have to stand before the library is imported.
    options : dict
        Further arguments of the class.
    """

    name: str
    program: str
    steps: int
    networks: int | None = None
    processes: int = 1
    environment: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)

    def repetition_steps(self, problem: Problem) -> int:
        """Return the steps of a repetition: fewer where a step is more work, in proportion."""
        work = problem.length / 50 * (problem.units / 32) ** 2
        if self.networks is None:
            work *= max(1.0, problem.networks / 48)
        return max(5, int(self.steps / work / 5) * 5)

    def timed_networks(self, problem: Problem) -> int:
        """Return the number of networks that all processes time together."""
        if self.networks is None:
            return problem.networks // self.processes * self.processes
        return self.networks * self.processes
