"""Run lessons under a hard limit of memory: ``python -m booktools.memory [NAME ...]``.

A run measures how much memory a lesson takes (`booktools.run`); here it may not take more. The
kernel of each lesson gets a limit of the operating system on its data (RLIMIT_DATA, Linux),
so that one byte more ends the lesson as a small machine would end it. The notebooks are copied
first; nothing is written back.

A name is the start of a lesson's name, as of `booktools.run`; without one all lessons run, which
takes as long as ``make run``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbclient.exceptions import CellExecutionError, DeadKernelError

from booktools import run
from booktools.build import ROOT
from helpers.claims import stored
from helpers.claims.stored import is_lesson

#: GB of data. What a lesson may use is 1.5; the system counts pages that were reserved and
#: never touched as well, about a twentieth more.
LIMIT = 1.6


def try_all(names: list[str], limit: float = LIMIT, root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Run lessons under a limit, one after another; yield each name and what went wrong, or "".

    Parameters
    ----------
    names : list of str
        Beginnings of names; an empty list means all lessons.
    limit : float
        GB of data that a lesson's kernel may have.
    root : Path
        The book.

    Raises
    ------
    ValueError
        If a name stands for no lesson.
    OSError
        If the system has no such limit.
    """
    every = [path for path in stored.notebooks(root / "chapters") if is_lesson(run.name(path))]
    lessons = run.chosen(every, names)
    if not lessons:
        known = ", ".join(run.name(path) for path in every)
        raise ValueError(f"no lesson's name begins with {' or '.join(names)}; choose from {known}")
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        shutil.copytree(root / "chapters", copy / "chapters")
        for path in lessons:
            yield run.name(path), _tried(copy / path.relative_to(root), limit)


def _tried(path: Path, limit: float) -> str:
    """Run one notebook; return what stopped it, in a line."""
    try:
        run.execute(path, data_limit=limit)
    except DeadKernelError:
        return "the kernel died"
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}".strip()[:200]
    return ""


def main() -> int:
    """Say of each lesson whether it runs within the limit; return 1 if one does not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="such as 02 or 02_concepts/1; default all")
    parser.add_argument("--limit", type=float, default=LIMIT, help="GB of data, default 1.6")
    given = parser.parse_args()
    failed = False
    for name, fault in try_all(given.names, given.limit):
        print(f"{name}: {fault or f'runs within {given.limit:g} GB'}", flush=True)
        failed = failed or bool(fault)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
