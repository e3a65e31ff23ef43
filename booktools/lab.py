"""Try JupyterLab as a reader does: ``python -m booktools.lab [NAME ...]``, or ``make lab-test``.

JupyterLab is started on a copy of the chapters, a browser opens a lesson, chooses *Run All
Cells* from the menu, and looks at what comes: errors, what is printed to stderr, widgets and
progress bars that stay behind, how long the first cell takes, and how much memory server and
kernel have used. A picture of the end lies in ``_build/lab``.

A name is the start of a lesson's name, as of `booktools.run`; without one the first lesson of
each chapter is tried.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from booktools import lesson_files, run
from booktools.build import ROOT
from booktools.pdf import BROWSERS
from helpers.claims import stored
from helpers.study import workers

#: Most seconds for the first cell (it imports TensorFlow), for a lesson, and for the server.
FIRST_CELL, LESSON, SERVER = 20.0, 600.0, 120.0
#: How often *Run All Cells* is chosen, and seconds of an idle kernel after which a choice
#: counts as unheard.
CHOICES, UNHEARD = 4, 20.0
#: Most GB of server and kernel together, workers left out: what a public Binder gives.
MEMORY = 1.9
#: What a progress bar leaves in a cell's text if nobody takes it away.
PROGRESS = re.compile(r"\d+%\|.*\||\bit/s\]|\r")
WIDGET = "application/vnd.jupyter.widget-view+json"
#: Asked of JupyterLab, which exposes itself to the page (``--expose-app-in-browser``). Only the
#: notebook that was asked for counts: JupyterLab restores others and may show them first.
STATE = """path => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    if (!panel || !panel.sessionContext || !panel.content || !panel.content.widgets) return null;
    if (panel.context.path !== path || !panel.sessionContext.isReady) return null;
    const kernel = panel.sessionContext.session && panel.sessionContext.session.kernel;
    const code = panel.content.widgets.filter(cell => cell.model.type === 'code');
    return {
        status: kernel ? kernel.status : 'none',
        cells: code.map(cell => ({
            count: cell.model.executionCount,
            empty: !cell.model.sharedModel.getSource().trim(),
            outputs: cell.model.outputs.toJSON(),
        })),
        text: [...panel.node.querySelectorAll('.jp-MarkdownOutput')].map(e => e.innerText),
    };
}"""
#: What is left of the text's marks where nothing has read them.
UNREAD = re.compile(
    r"\{(?:term|doc|eq|cite:[pt]|glue:text|admonition|dropdown|exercise|solution-(?:start|end))\}"
    r"|^:(?:label|class|name):.*",
    re.M,
)


@dataclass
class Tried:
    """What a browser saw of one lesson.

    Attributes
    ----------
    name : str
        The lesson.
    problems : list of str
        What a reader should not meet; empty if all is well.
    first_cell, seconds : float
        Seconds until the first cell, and until all cells had run.
    memory : float
        Peak memory in GB of server and kernel together.
    """

    name: str
    problems: list[str] = field(default_factory=list)
    first_cell: float = float("nan")
    seconds: float = float("nan")
    memory: float = float("nan")

    def __str__(self) -> str:
        text = f"{self.name}: first cell {self.first_cell:.1f} s, all {self.seconds:.0f} s, "
        text += f"server and kernel {self.memory:.2f} GB"
        return "\n".join([text, *(f"  {line}" for line in self.problems)])


def finished(state: Mapping[str, Any] | None) -> bool:
    """Say whether every cell has run, or an error has stopped them."""
    if state is None or state["status"] != "idle":
        return False
    cells = [cell for cell in state["cells"] if not cell["empty"]]
    return bool(cells) and (
        all(cell["count"] is not None for cell in cells) or bool(_errors(state))
    )


def _outputs(state: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, cell in enumerate(state["cells"]):
        for output in cell["outputs"]:
            yield number, output


def _errors(state: Mapping[str, Any]) -> list[str]:
    return [
        f"cell {number}: {output['ename']}: {output['evalue']}"
        for number, output in _outputs(state)
        if output["output_type"] == "error"
    ]


def problems(state: Mapping[str, Any]) -> list[str]:
    """Return what a reader should not meet in a notebook that has run, a line for each."""
    found = _errors(state)
    for number, output in _outputs(state):
        text = output.get("text", "")
        text = text if isinstance(text, str) else "".join(text)
        if output.get("name") == "stderr":
            found.append(f"cell {number}: on stderr: {text.strip()[:80]}")
        elif PROGRESS.search(text):
            found.append(f"cell {number}: a progress bar stayed behind: {text.strip()[:80]}")
        if WIDGET in output.get("data", {}):
            found.append(f"cell {number}: a widget stayed behind")
    missed = [
        number
        for number, cell in enumerate(state["cells"])
        if cell["count"] is None and not cell["empty"]
    ]
    if missed:
        found.append(f"cells {', '.join(map(str, missed))} did not run")
    raw = sorted({mark for text in state.get("text", []) for mark in UNREAD.findall(text)})
    if raw:
        found.append(f"the text shows its marks: {', '.join(raw)}")
    return found


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, int]]:
    """Start JupyterLab in a folder; give its address with the token, and its process id.

    Raises
    ------
    RuntimeError
        If it does not answer in time; with what it said.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--expose-app-in-browser"]
    command += [
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
    ]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class="
                "jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with tempfile.TemporaryDirectory() as own:
        environment = {
            **os.environ,
            "JUPYTERLAB_SETTINGS_DIR": f"{own}/settings",
            "JUPYTERLAB_WORKSPACES_DIR": f"{own}/workspaces",
            "JUPYTER_RUNTIME_DIR": f"{own}/runtime",
            "IPYTHONDIR": f"{own}/ipython",
            workers.VARIABLE: "0",
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])
            ),
        }
        said = Path(own) / "said.txt"
        with said.open("w") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api?token={token}", process, said)
            # `reset` forgets the notebooks of an earlier visit.
            yield f"http://127.0.0.1:{port}/lab/tree/{{path}}?reset&token={token}", process.pid
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(address: str, process: subprocess.Popen, said: Path) -> None:
    end = time.monotonic() + SERVER
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start:\n{said.read_text('utf8')[-2000:]}")


def visit(browser: Any, address: str, path: str, picture: Path | None = None) -> Tried:
    """Open a notebook in JupyterLab, run all its cells, and tell what was seen.

    Parameters
    ----------
    browser : playwright.sync_api.Browser
        A browser.
    address : str
        From `server`.
    path : str
        The notebook in the server's folder.
    picture : Path, optional
        Where to put a picture of the end.
    """
    from playwright.sync_api import Error

    tried = Tried(path.removesuffix(".ipynb"))
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("pageerror", lambda error: tried.problems.append(f"error in the page: {error}"))
    try:
        page.goto(address.format(path=path), wait_until="load", timeout=SERVER * 1000)
        _until(page, path, lambda state: state is not None and state["status"] == "idle", SERVER)
        began = _run_all(page, path)
        tried.first_cell = time.monotonic() - began
        state = _until(page, path, finished, LESSON)
        tried.seconds = time.monotonic() - began
        tried.problems += problems(state)
        if picture is not None:
            picture.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=picture)
    except (TimeoutError, Error) as error:
        tried.problems.append(str(error))
    finally:
        page.close()
    if tried.first_cell > FIRST_CELL:
        tried.problems.append(f"the first cell took {tried.first_cell:.0f} s; {FIRST_CELL:.0f} s")
    return tried


def _run_all(page: Any, path: str) -> float:
    """Choose *Run All Cells*, wait for the first cell, and return when it was chosen.

    While it still restores its windows, JupyterLab may let a choice from the menu go unheard,
    or lose what it has sent to the kernel. If the kernel stays idle the choice is made again.
    """
    for attempt in range(CHOICES):
        page.locator(".lm-MenuBar-item", has_text=re.compile(r"^\s*Run\s*$")).click()
        began = time.monotonic()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()
        try:
            _until(page, path, _begun, LESSON, UNHEARD)
            break
        except TimeoutError:
            if attempt == CHOICES - 1:
                raise
    return began


def _begun(state: Mapping[str, Any] | None) -> bool:
    """Say whether a cell has run."""
    return state is not None and any(cell["count"] is not None for cell in state["cells"])


def _until(
    page: Any, path: str, met: Any, seconds: float, idle: float = float("inf")
) -> dict[str, Any]:
    """Ask JupyterLab again and again until a condition is met.

    It raises `TimeoutError` after so many seconds, or once the kernel has not been seen at work
    for ``idle`` seconds.
    """
    began = worked = time.monotonic()
    while (now := time.monotonic()) < min(began + seconds, worked + idle):
        state = page.evaluate(STATE, path)
        if met(state):
            return state
        if state is not None and state["status"] == "busy":
            worked = now
        time.sleep(0.2)
    raise TimeoutError(f"after {now - began:.0f} s: {_short(page.evaluate(STATE, path))}")


def _short(state: Mapping[str, Any] | None) -> str:
    if state is None:
        return "no notebook is open"
    counts = [cell["count"] for cell in state["cells"]]
    return f"kernel {state['status']}, {sum(c is not None for c in counts)} of {len(counts)} cells"


def copy_of_chapters(folder: Path, name: str, root: Path = ROOT) -> None:
    """Copy the chapters, one lesson of them without outputs: what is seen there is computed there.

    The others keep theirs, as a reader has them: some lessons quote the stored verdicts of others.

    Parameters
    ----------
    folder : Path
        Where the copy goes; what an earlier visit has left there is overwritten.
    name : str
        The lesson, as "02_concepts/1_one_unit".
    root : Path
        The book.
    """
    for path in stored.notebooks(root / "chapters"):
        new = folder / path.relative_to(root)
        new.parent.mkdir(parents=True, exist_ok=True)
        book = stored.read(path)
        bare = lesson_files.without_outputs(book) if run.name(path) == name else book
        new.write_text(json.dumps(bare, ensure_ascii=False), "utf8")


def chosen(names: list[str], root: Path = ROOT) -> list[str]:
    """Return the lessons that names stand for; without names the first of each chapter.

    Raises
    ------
    ValueError
        If a name stands for none; with the choices.
    """
    chapters = root / "chapters"
    every = [stored.notebook_name(path, chapters) for path in stored.notebooks(chapters)]
    lessons = [name for name in every if stored.is_lesson(name)]
    if not names:
        first: dict[str, str] = {}
        for name in lessons:
            first.setdefault(name.split("/")[0], name)
        return list(first.values())
    found = [name for name in lessons if name.startswith(tuple(names))]
    if not found:
        raise ValueError(f"no lesson begins with {' or '.join(names)}; there are {lessons}")
    return found


def main() -> int:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="start of a lesson's name, such as 02_concepts/1")
    try:
        names = chosen(parser.parse_args().names)
    except ValueError as error:
        print(error)
        return 2
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        print(f"no Chromium found (looked for {', '.join(BROWSERS)}; or set CHROMIUM)")
        return 2
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name in names:
            copy_of_chapters(Path(scratch), name)
            # A server for each lesson, so that memory is that of one lesson.
            with server(Path(scratch)) as (address, pid):
                picture = ROOT / "_build" / "lab" / f"{name.replace('/', '-')}.png"
                tried = visit(browser, address, f"chapters/{name}.ipynb", picture)
                tried.memory = sum(run.peak_memory(pid))
            if tried.memory > MEMORY:
                tried.problems.append(f"takes {tried.memory:.2f} GB; at most {MEMORY}")
            print(tried, flush=True)
            wrong += bool(tried.problems)
        browser.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
