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


#: The files that take longest, with the number of parts into which processes may share each.
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
    """Mark what is slow, put the longest files first and say who may share them.

    Whatever builds a book, looks at a page in a browser or runs a whole page is slow. The
    tests of a group (`--dist loadgroup`) run in one process, in their order.
    """
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.name, len(order)))
    of_file = Counter(item.path for item in items)
    seen: Counter[Path] = Counter()
    for item in items:
        if {"book", "browser", "built", "ran"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.slow)
        part = seen[item.path] * LONGEST.get(item.path.name, 1) // of_file[item.path]
        seen[item.path] += 1
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{part}"))


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
