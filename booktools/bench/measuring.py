"""Take times: all contenders in turn, several times over.

On a machine that does other things too, the fastest of several repetitions says most
about a program, and repetitions taken in turn meet the same disturbances. A repetition
during which other programs were busy is taken again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict

import psutil

from booktools.bench import report
from booktools.bench.contender import Contender
from booktools.bench.problem import Problem
from booktools.bench.processes import Processes

QUIET = 0.1  # share of all cores that other programs may use


def run(
    plan: list[tuple], contenders: list[Contender], patience: int, table: Callable = report.table
) -> list[dict]:
    """Measure everything in a plan, and print a table of each problem.

    Parameters
    ----------
    plan : list of tuple
        Entries as in `plan.PLAN`.
    contenders : list of Contender
    patience : int
        Seconds to wait for other programs, in all. When they are spent, disturbed
        repetitions have to do.
    table : callable
        Makes the table that is printed from the rows of a problem.

    Returns
    -------
    list of dict
        One row for each problem and contender, from `report.add_figures`.

    Raises
    ------
    ValueError
        If the contenders of a problem do not do the same work.
    """
    running = {contender.name: Processes(contender) for contender in contenders}
    seconds_to_wait = iter(range(patience))
    rows = []
    try:
        for problem, names, rounds, first_steps in plan:
            chosen = [running[name] for name in names or running]
            entries = measure(problem, chosen, rounds, first_steps, seconds_to_wait)
            report.check_same_work(entries)
            entries = [report.add_figures(entry) for entry in entries]
            print(f"{problem}\n{table(entries).round(2).to_string()}\n", flush=True)
            rows += entries
    finally:
        for processes in running.values():
            processes.close()
    return rows


def measure(
    problem: Problem,
    running: list[Processes],
    rounds: int,
    first_steps: int,
    seconds_to_wait: Iterator,
) -> list[dict]:
    """Time some contenders on one problem.

    Parameters
    ----------
    problem : Problem
    running : list of Processes
    rounds : int
        Number of repetitions of each, in turn.
    first_steps : int
        Steps of the first repetition, after which the errors of all are compared.
    seconds_to_wait : iterator
        One entry for each second that is left to wait for other programs.

    Returns
    -------
    list of dict
        What was measured, one entry a contender, as `report.add_figures` needs it.
    """
    entries = []
    for processes in running:
        repetition, facts = processes.first_repetition(problem, first_steps)
        while repetition.others > QUIET and _wait_for_quiet(seconds_to_wait):
            processes.close()  # what is compiled would not be compiled again
            processes.start()
            repetition, facts = processes.first_repetition(problem, first_steps)
        contender = processes.contender
        entry = {"contender": contender.name} | asdict(problem)
        entry |= {
            "processes": contender.processes,
            "loop": contender.networks is not None,
            "timed_networks": contender.timed_networks(problem),
            "timed_steps": contender.repetition_steps(problem),
            "first_steps": first_steps,
            "first_seconds": round(repetition.seconds, 4),
            "repetition_seconds": [],
            "cpu_seconds": [],
            "others": [round(repetition.others, 2)],
        }
        entries.append(entry | facts)
    for _ in range(rounds):
        for processes, entry in zip(running, entries, strict=True):
            repetition = processes.repeat(problem)
            while repetition.others > QUIET and _wait_for_quiet(seconds_to_wait):
                repetition = processes.repeat(problem)
            entry["repetition_seconds"].append(round(repetition.seconds, 4))
            entry["cpu_seconds"].append(round(repetition.cpu, 4))
            entry["others"].append(round(repetition.others, 2))
    return entries


def _wait_for_quiet(seconds_to_wait: Iterator) -> bool:
    """Wait until other programs are quiet; return False if no time is left for that."""
    return any(psutil.cpu_percent(1.0) <= 100 * QUIET for _ in seconds_to_wait)
