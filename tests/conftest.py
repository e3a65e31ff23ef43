"""Fixtures that several test modules share: the built book and a browser."""

from __future__ import annotations

import json
import os
import shutil
import threading
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


def pytest_collection_modifyitems(items) -> None:
    """Whatever builds a book, looks at a page in a browser or runs a whole page is slow."""
    for item in items:
        if {"book", "browser", "built", "ran"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.slow)


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
