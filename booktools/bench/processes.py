"""The processes in which a contender trains.

Every contender has its own, so that no library meets another's threads.
"""

from __future__ import annotations

import importlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import Any

import psutil

from booktools.bench.contender import Contender
from booktools.bench.problem import Problem

CHECKED = 2  # networks whose errors are compared


@dataclass(frozen=True)
class Repetition:
    """What one repetition took.

    Attributes
    ----------
    seconds, cpu : float
        Wall time, and processor time of all the contender's processes.
    others : float
        Share of all cores that other programs used meanwhile.
    """

    seconds: float
    cpu: float
    others: float


class Processes:
    """The running processes of a contender."""

    def __init__(self, contender: Contender):
        self.contender = contender
        self.start()

    def start(self) -> None:
        """Start the processes, and import the library in them."""
        context = get_context("spawn")
        contender = self.contender
        cores: list[int | None] = [None]
        if contender.processes > 1:
            cores = [*range(contender.processes)]
        self.pools = [
            ProcessPoolExecutor(
                1, context, _prepare, (contender.program, contender.environment, core)
            )
            for core in cores
        ]
        self.pids = self._everywhere(os.getpid)

    def close(self) -> None:
        """End the processes."""
        self._everywhere(_leave)
        for pool in self.pools:
            pool.shutdown()

    def first_repetition(self, problem: Problem, steps: int) -> tuple[Repetition, dict]:
        """Build the networks, train them for the first time, and look at what they do."""
        count = self.contender.timed_networks(problem) // len(self.pools)
        most = max(steps, self.contender.repetition_steps(problem))
        self._everywhere(_make_room)
        built = self._timed(_build, problem, count, most, self.contender.options)
        before = self._everywhere(_look)[0]
        trained = self._timed(_train, steps)
        after = self._everywhere(_look)[0]
        repetition = Repetition(
            built.seconds + trained.seconds, built.cpu + trained.cpu, trained.others
        )
        facts = {
            "parameters": before["parameters"],
            "errors_before": before["errors"],
            "errors_after": after["errors"],
        }
        return repetition, facts

    def repeat(self, problem: Problem) -> Repetition:
        """Train for one repetition."""
        return self._timed(_train, self.contender.repetition_steps(problem))

    def _everywhere(self, function: Callable, *arguments: Any) -> list:
        futures = [pool.submit(function, *arguments) for pool in self.pools]
        return [future.result() for future in futures]

    def _timed(self, function: Callable, *arguments: Any) -> Repetition:
        everyone, cpu, start = _busy_seconds(), self._cpu_seconds(), time.perf_counter()
        self._everywhere(function, *arguments)
        seconds, cpu = time.perf_counter() - start, self._cpu_seconds() - cpu
        others = max(0.0, _busy_seconds() - everyone - cpu)
        return Repetition(seconds, cpu, others / (seconds * (psutil.cpu_count() or 1)))

    def _cpu_seconds(self) -> float:
        """Return the processor time of all processes and of those that they started."""
        parents = [psutil.Process(pid) for pid in self.pids]
        family = {process for p in parents for process in (p, *p.children(recursive=True))}
        return sum(sum(process.cpu_times()[:2]) for process in family)


def _busy_seconds() -> float:
    """Return the processor time that all programs of the machine have used."""
    times = psutil.cpu_times()
    return times.user + times.system


# What follows runs in the processes of a contender.


class _Here:
    """What such a process holds: the contender's class, the contender, its number of networks."""

    kind: type
    contender: Any = None
    count: int


def _prepare(program: str, environment: dict, core: int | None) -> None:
    threading.Thread(target=_follow_parent, daemon=True).start()
    os.environ.update(environment)
    if core is not None and hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[core % len(allowed)]})
    module, name = program.split(".")
    _Here.kind = getattr(importlib.import_module(f"booktools.bench.{module}"), name)


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _build(problem: Problem, count: int, steps: int, options: dict) -> None:
    _Here.contender, _Here.count = _Here.kind(problem, count, steps, **options), count


def _make_room() -> None:
    """Drop the contender of the problem before: its memory, and its browser if it has one."""
    if getattr(_Here.contender, "alone", False):
        _leave()
    _Here.contender = None


def _train(steps: int) -> None:
    _Here.contender.train(steps)


def _look() -> dict:
    """Count the weights, and take the errors of the first networks."""
    contender = _Here.contender
    if not hasattr(contender, "test_error"):  # products have none
        return {"parameters": None, "errors": None}
    errors = [contender.test_error(index) for index in range(min(CHECKED, _Here.count))]
    return {"parameters": contender.parameters(), "errors": errors}


def _leave() -> None:
    """Let the contender end what it started: a process waits for its own children."""
    close = getattr(_Here.contender, "close", None)
    if close is not None:
        close()
