"""Fixtures that several test modules share: the built book and a browser."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from booktools import build

# The same generated cases on every run: a check that fails now and then helps nobody.
settings.register_profile("course", derandomize=True, deadline=None)
settings.load_profile("course")

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


#: The files that take longest, with the number of parts that the processes may share.
#: They begin first: a long file that begins last would keep one core busy and the others idle.
#: The first of all needs the book, and builds it while others do what needs none.
LONGEST = {
    "test_light.py": 1,
    "test_bench.py": 6,
    "test_compare.py": 8,
    "test_workers.py": 1,  # counts the processes that it leaves behind
    "test_browser.py": 16,
    "test_playground_page.py": 4,
    "test_notebooks.py": 2,
    "test_from_notebooks.py": 1,
    "test_playground_engine.py": 1,  # measures frames on a page that its tests share
    "test_build.py": 3,
    "test_faults.py": 4,
    "test_interactive.py": 3,
    "test_lab.py": 1,
    "test_live.py": 1,  # a small book and a server, which its tests share
    "test_evidence.py": 1,
    "test_study.py": 2,
    "test_executors.py": 2,
    "test_cells.py": 2,
    "test_guide.py": 1,
    "test_outputs.py": 1,
}


def pytest_collection_modifyitems(items) -> None:
    """Mark what is slow, and put the longest files first.

    Whatever builds a book, looks at a page in a browser or runs a whole page is slow.
    """
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    for item in items:
        if {"book", "browser", "built", "ran"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.slow)
        # A wait that ends too early, where two processes and two browsers share two cores, says
        # nothing of the page. It is repeated once, and the summary names it (RERUN); what a page
        # shows wrongly is an AssertionError and fails at once.
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun="TimeoutError"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Say which tests the processes may share (pytest-xdist calls it once, in the main process).

    Its own way, groups marked in the tests, has no effect with the newest pytest: every test
    was handed out alone, and whatever a file sets up was set up in every process.
    """
    from xdist.scheduler import LoadScopeScheduling

    class InParts(LoadScopeScheduling):
        """The tests of a part run in one process, in their order."""

        def _split_scope(self, nodeid: str) -> str:
            if not hasattr(self, "parts"):
                self.parts = parts(self.collection)
            return self.parts[nodeid]

    return InParts(config, log)


def parts(nodeids: list[str]) -> dict[str, str]:
    """Cut each file into as many parts as `LONGEST` says; return the part of every test."""
    files = [Path(nodeid.partition("::")[0]).name for nodeid in nodeids]
    of_file, seen = Counter(files), Counter()
    found = {}
    for nodeid, name in zip(nodeids, files, strict=True):
        found[nodeid] = f"{name}-{seen[name] * LONGEST.get(name, 1) // of_file[name]}"
        seen[name] += 1
    return found


@pytest.fixture(scope="session")
def book(tmp_path_factory, worker_id) -> Path:
    """Build the book once; a warning or a missing page fails every test that needs it.

    The processes of pytest-xdist share one build: the first to need it builds, the others
    wait. Two builds in one folder would rewrite pages that a browser is looking at.
    """
    if worker_id == "master":  # one process alone
        whole, said = build.build()
    else:
        shared = tmp_path_factory.getbasetemp().parent
        result = shared / "book.json"
        with FileLock(shared / "book.lock"):
            if not result.exists():
                result.write_text(json.dumps(build.build()), "utf8")
            whole, said = json.loads(result.read_text("utf8"))
    assert whole, said[-4000:]
    return ROOT / "_build" / "html"


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="session")
def served(book) -> str:
    """Serve the built book on the loopback address; return its base address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Start Chromium; without one, skip at home and fail on CI."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = f"no Chromium found (looked for {', '.join(BROWSERS)}; or set CHROMIUM)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        chromium = driver.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()
