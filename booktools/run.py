"""Run the notebooks in place, top to bottom: ``python -m booktools.run [NAME ...]``.

A name is the start of a notebook's name: ``01`` stands for chapter 1 with its lessons,
``01_background/2`` for one lesson. Lessons run before the story of their chapter, which
shows their stored verdicts, and chapter 6, which reads those of all others, runs last of
the chapters.

The stored form is normalised, so that a second run leaves no difference:
volatile metadata is dropped, and a cell that shows measured times (tag
``nbval-ignore-output``) keeps its stored output as long as no code of the
notebook changed. ``--fresh`` renews those too. After each notebook the command
says which outputs differ from the stored ones, by the rule of `booktools.outputs`;
that is no error, since the stored ones may be out of date.

``--jobs 2`` runs two lessons side by side, which is good for trying and wrong for
the times that the book prints; a notebook that shows measured times runs alone.

`execute` serves everything that runs a notebook here: this command and
`booktools.replicate`. The test of the notebooks does not use it: there nbval
executes each cell as a test of its own, in a kernel that it starts
(`booktools.nbval_adapter`); both compare by the same function.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

from booktools import facts, outputs, safely
from booktools.build import ROOT, pages
from helpers.claims import stored as stored_notebooks
from helpers.claims.stored import code_digest, is_lesson
from helpers.claims.stored import read as read_stored
from helpers.study import workers

#: A running time is rewritten only if it moved by more than this share, and by more
#: seconds than a kernel's start may take more or less.
TIME_TOLERANCE, SECONDS = 0.4, 5
#: Under this key a run notes the peak memory of its worker processes, in GB.
WORKERS = "worker_memory"
#: The tag of a cell whose code the book folds; JupyterLab has a mark of its own for that.
FOLDED = "hide-input"
#: How many networks the studies of a kernel have trained; 0 where it made none.
COUNT = (
    "import sys; print(getattr(sys.modules.get('helpers.study.schedule'), 'networks_trained', 0))"
)


def notebooks(root: Path = ROOT) -> list[Path]:
    """Return the chapters and their lessons, and other notebooks of the table of contents.

    They come in reading order.
    """
    chapters = stored_notebooks.notebooks(root / "chapters")
    listed = [root / f"{page}.ipynb" for page in pages(root)]
    return chapters + [path for path in listed if path.is_file() and path not in chapters]


def name(path: Path) -> str:
    """Return a notebook's name: "01_background/1_x" in the chapters, elsewhere its file's."""
    return stored_notebooks.notebook_name(
        path.resolve(), stored_notebooks.chapters_folder(path.parent)
    )


def chosen(paths: list[Path], names: list[str]) -> list[Path]:
    """Return those notebooks whose name begins with one of `names`; all without names.

    A name may also be a path as the shell completes it, such as ``chapters/01_x.ipynb``.
    """
    starts = tuple(text.removeprefix("chapters/").removesuffix(".ipynb") for text in names)
    return [path for path in paths if not names or name(path).startswith(starts)]


def in_running_order(paths: list[Path]) -> list[Path]:
    """Put the lessons of each chapter before its story; all else keeps its order."""
    chapters: dict[str, list[Path]] = {}
    for path in paths:
        chapters.setdefault(name(path).split("/")[0], []).append(path)
    return [
        path
        for together in chapters.values()
        for path in sorted(together, key=lambda path: not is_lesson(name(path)))
    ]


def stages(paths: list[Path]) -> list[list[Path]]:
    """Return the notebooks in groups: those of one group may run side by side.

    Lessons come before the stories, which show their verdicts, and the last chapter, which
    reads the verdicts of all others, comes last. A notebook that shows measured times is a
    group of its own.
    """
    chapters = [path for path in paths if stored_notebooks.chapters_folder(path).name == "chapters"]
    last = max((name(path).split("/")[0] for path in chapters), default="")
    groups: dict[tuple[bool, bool, str], list[Path]] = {}
    for path in in_running_order(paths):
        own = name(path) if outputs.is_timed(read_stored(path)) else ""
        ends = name(path).split("/")[0] == last
        groups.setdefault((ends, not is_lesson(name(path)), own), []).append(path)
    return [groups[key] for key in sorted(groups)]


def execute_all(paths: list[Path], fresh: bool = False, jobs: int = 1) -> Iterator[Run]:
    """Run notebooks, several side by side, and give what each run gave.

    Parameters
    ----------
    paths : list of Path
        The notebooks.
    fresh : bool
        Renew measured times too.
    jobs : int
        How many may run at one time. If more than one, studies start no workers of their
        own: the cores have enough to do.

    Raises
    ------
    Stopped
        If a cell fails. Its notebook is left as it was; what has run until then is kept.
    """
    if jobs == 1:
        for path in in_running_order(paths):
            yield _or_stop(path, partial(execute, path, fresh))
        return
    # Threads are enough: each waits for a kernel, and the kernels are processes.
    with ThreadPoolExecutor(jobs) as pool:
        for together in stages(paths):
            begun = {path: pool.submit(execute, path, fresh, False) for path in together}
            try:
                yield from (_or_stop(path, future.result) for path, future in begun.items())
            finally:
                for future in begun.values():
                    future.cancel()


class Stopped(RuntimeError):
    """A cell of a notebook failed, or the notebook could not be written."""


def _or_stop(path: Path, result: Callable[[], Run]) -> Run:
    """Return a run, or say of which notebook a cell failed or the file could not be written."""
    try:
        return result()
    except CellExecutionError as error:
        raise Stopped(f"{name(path)} stopped, and its file was left as it was:\n{error}") from None
    except safely.NotWritten as error:
        raise Stopped(f"{name(path)} ran, but {error}. Make room and run it again.") from error


@dataclass(frozen=True)
class Run:
    """What one execution of a notebook gave; as text, a line for the reader.

    Attributes
    ----------
    name : str
        The notebook's name.
    outputs : list of list
        The outputs of each code cell, as the kernel gave them.
    differences : list of str
        Where they differ from those that were stored; empty for a first run.
    seconds : float
        How long it took, the kernel's start included.
    memory, workers : float
        Peak memory of the notebook's own process and, together, of its worker processes, in
        GB, as the operating system has noted it.
    """

    name: str
    outputs: list[list[Any]]
    differences: list[str]
    seconds: float
    memory: float
    workers: float

    def __str__(self) -> str:
        text = f"{self.name}: {len(self.outputs)} cells in {self.seconds:.0f} s, "
        text += f"peak memory {self.memory:.2f} GB"
        return text + (f" and {self.workers:.2f} GB in workers" if self.workers else "")


def execute(
    path: Path,
    fresh: bool = False,
    with_workers: bool | None = None,
    data_limit: float | None = None,
) -> Run:
    """Start a kernel, run one notebook in it and write it back.

    Parameters
    ----------
    path : Path
        The notebook; it runs in its own folder.
    fresh : bool
        Renew measured times too.
    with_workers : bool, optional
        Whether its studies may use worker processes (``STUDY_WORKERS``). By default a lesson
        may not, since a reader's machine may have no memory for them and its limits of time
        and memory are meant without; for all others the environment decides.
    data_limit : float, optional
        GB of data that the kernel may have, see `booktools.memory`.

    Raises
    ------
    OSError
        If a limit is asked for and the system has none (only Linux has).
    nbclient.exceptions.CellExecutionError
        If a cell fails; the file is then left as it was.
    booktools.safely.NotWritten
        If the disk is full or the folder may not be written to; the file is as it was.
    """
    stored = nbformat.read(path, as_version=4)
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if with_workers is None:
        with_workers = not is_lesson(name(path))
    environment = dict(os.environ) if with_workers else {**os.environ, workers.VARIABLE: "0"}
    bar = tqdm(total=len(code), desc=name(path), unit="cell", leave=False)
    client = NotebookClient(
        notebook,
        timeout=1800,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda cell, cell_index, execute_reply: bar.update(),
    )
    started = time.perf_counter()
    with bar, client.setup_kernel(env=environment):
        if data_limit is not None:
            _limit_data(_process(client), data_limit)
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        own, children = peak_memory(_process(client))
        seconds = time.perf_counter() - started
        networks = _networks_trained(client)
    memory = {"memory": round(own, 2), WORKERS: round(children, 2)}
    run = {"networks": networks, **memory, **facts.machine()}
    given = [cell.outputs for cell in code]
    changed = differences(stored, notebook)
    normalise(notebook, None if fresh else stored, seconds, run)
    if read := files_read(notebook, path.parent):
        notebook.metadata["course"]["reads"] = read
    safely.write_text(path, nbformat.writes(notebook).rstrip("\n") + "\n")
    return Run(name(path), given, changed, seconds, own, children)


def differences(stored: nbformat.NotebookNode, new: nbformat.NotebookNode) -> list[str]:
    """Compare the outputs of two runs of one notebook, cell by cell.

    Cells that show measured times are left out, and so is a notebook that has no
    outputs yet. Code cells are counted from 0, as nbval counts them.

    Parameters
    ----------
    stored, new : NotebookNode
        The notebook as it was and as it is, with the same cells.

    Returns
    -------
    list of str
        A line for each difference.
    """
    cells = [[c for c in book.cells if c.cell_type == "code"] for book in (stored, new)]
    if not any(cell.outputs for cell in cells[0]):
        return []
    return [
        f"cell {number}: {line}"
        for number, (old, fresh) in enumerate(zip(*cells, strict=True))
        if outputs.MEASURED not in old.metadata.get("tags", [])
        for line in outputs.differences(old.outputs, fresh.outputs)
    ]


def files_read(notebook: NotebookNode, folder: Path) -> dict[str, str]:
    """Return the stored figures (JSON) that a notebook's code names, and what stood in them.

    A page that was run before they were measured anew shows the old ones; a quick test
    compares.

    Parameters
    ----------
    notebook : NotebookNode
    folder : Path
        Where it lies; the names in its code are relative to it.

    Returns
    -------
    dict of str to str
        The file's name as the code has it, and the start of its SHA-256.
    """
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    named = sorted(set(re.findall(r"""["']([\w./-]+\.json)["']""", code)))
    return {
        file: hashlib.sha256((folder / file).read_bytes()).hexdigest()[:16]
        for file in named
        if (folder / file).is_file()
    }


def _process(client: NotebookClient) -> int:
    """Return the process id of a client's kernel."""
    if client.km is None or client.km.provisioner is None:
        raise RuntimeError("the notebook's kernel has not started")
    return client.km.provisioner.pid  # type: ignore[attr-defined]  # a local kernel has one


def _limit_data(pid: int, gigabytes: float) -> None:
    """Let the system refuse a process more than so much data."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_DATA, (int(gigabytes * 1e9),) * 2)
    except (ImportError, AttributeError):
        raise OSError(f"{sys.platform} has no limit on the data of a process; Linux has") from None


def _networks_trained(client: NotebookClient) -> int:
    """Ask a kernel that has run its notebook how many networks its studies have trained."""
    question = nbformat.v4.new_code_cell(COUNT)
    client.nb.cells.append(question)  # the client runs cells of its notebook only
    client.execute_cell(question, len(client.nb.cells) - 1)
    client.nb.cells.pop()
    return int(question.outputs[0].text)


def normalise(
    notebook: NotebookNode,
    stored: NotebookNode | None = None,
    seconds: float | None = None,
    run: dict | None = None,
) -> None:
    """Drop what differs from run to run, in place.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook that was just run.
    stored : NotebookNode, optional
        Its earlier form. Measured outputs and the running time are kept from it
        while the notebook's code is unchanged.
    seconds : float, optional
        How long the run took.
    run : dict, optional
        What else is noted of the run: networks trained, memory, machine, versions.
    """
    code = code_digest(notebook)
    course: dict[str, Any] = dict(stored.metadata.get("course", {})) if stored is not None else {}
    same_code = course.get("code") == code
    earlier = (
        {cell.get("id"): cell for cell in stored.cells} if stored is not None and same_code else {}
    )
    for number, cell in enumerate(notebook.cells):
        cell["id"] = cell.get("id") or f"cell-{number}"
        if cell.cell_type != "code":
            continue
        for key in ("execution", "scrolled", "collapsed"):
            cell.metadata.pop(key, None)
        _merge_streams(cell)
        for output in cell.outputs:
            output.pop("transient", None)
        if outputs.MEASURED in cell.metadata.get("tags", []) and earlier.get(cell["id"], {}).get(
            "outputs"
        ):
            cell.outputs = earlier[cell["id"]].outputs
    fold(notebook)
    course["code"] = code
    before = course.get("run_seconds")
    if seconds is not None:
        noted = same_code and WORKERS in course.get("run", {})
        if not (noted and before is not None and _near(seconds, before)):
            course["run_seconds"] = round(seconds)
            course["run"] = run or {}
    notebook.metadata = nbformat.from_dict(
        {
            "course": course,
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )


def fold(notebook: NotebookNode) -> None:
    """Fold in JupyterLab what the book folds, in place: machinery, and solutions of exercises.

    The book goes by a cell's tag and by the directives around a solution; JupyterLab has marks
    of its own.
    """
    in_solution = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for edge in re.findall(r"\{solution-(start|end)\}", cell.source):
                in_solution = edge == "start"
        elif cell.cell_type == "code":
            cell.metadata.pop("jupyter", None)
            if in_solution:
                cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
            elif FOLDED in cell.metadata.get("tags", []):
                cell.metadata["jupyter"] = {"source_hidden": True}


def _near(seconds: float, before: float) -> bool:
    return abs(seconds - before) <= max(TIME_TOLERANCE * before, SECONDS)


def peak_memory(pid: int) -> tuple[float, float]:
    """Return the peak memory in GB of a process, and of its children (0 where unknown)."""
    import psutil

    children = psutil.Process(pid).children(recursive=True)
    return _peak(pid), sum(_peak(child.pid) for child in children)


def _peak(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # the process has ended, or the system is not Linux
        return 0.0
    return sum(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) * 1024 / 1e9


def _merge_streams(cell: NotebookNode) -> None:
    """Join neighbouring pieces of one stream: how they are cut depends on timing."""
    merged: list[Any] = []
    for output in cell.outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == "stream" == last.output_type and last.name == output.name:
            last.text += output.text
        else:
            merged.append(output)
    cell.outputs = merged


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="start of a name, such as 01 or 01_background/2")
    parser.add_argument("--fresh", action="store_true", help="renew measured times too")
    parser.add_argument("--jobs", type=int, default=1, help="how many run side by side")
    options = parser.parse_args()
    paths = chosen(notebooks(), options.names)
    if not paths:
        known = ", ".join(map(name, notebooks()))
        print(f"no notebook begins with {' or '.join(options.names)}; there are {known}")
        return 2
    try:
        for done in execute_all(paths, options.fresh, options.jobs):
            print(done, *(f"  {line}" for line in done.differences), sep="\n", flush=True)
    except Stopped as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
