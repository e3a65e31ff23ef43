"""Cells that run in the page: a stand-in for Binder, a real Jupyter server, a real browser."""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.request import Request, urlopen

import nbformat
import pytest

from booktools import cheatsheet, light, links, live, policy, preview
from helpers.claims import stored

ROOT = Path(__file__).resolve().parent.parent
REPOSITORY = "https://github.com/owner/name"
SMALL = "chapters/01_part/1_lesson"
#: A lesson of the book that trains nothing, so that its cells take seconds.
LESSON = "chapters/02_concepts/1_one_unit"
SERIOUS = {"serious", "critical"}
#: Milliseconds for what a busy machine does slowly, and for what the page does alone.
SLOW, QUICK = 30_000, 5_000


# ---- the Python side ----


def test_the_button_knows_its_repository_and_its_notebook():
    text = live.to_html("chapters/01_a/1_x", REPOSITORY)
    assert 'data-build="https://mybinder.org/build/gh/owner/name/main"' in text
    assert 'data-notebook="chapters/01_a/1_x.ipynb"' in text
    assert live.to_html("chapters/01_a/1_x", None) == ""


HEAD = '<html><head>\n<meta charset="utf-8" />\n' + "".join(
    f'<script src="../_static/{name}"></script>\n' for name in (*live.SCRIPTS, "doctools.js")
)


def test_a_page_without_the_button_loads_nothing_of_it():
    """Every page begins with the scripts in its head, as Sphinx puts them there."""
    button = live.to_html("chapters/1", REPOSITORY)
    with_it, without = (light.only_used(f"{HEAD}</head><body>{b}</body>") for b in (button, ""))
    assert all(name in with_it for name in live.SCRIPTS)
    assert "live" not in without and "doctools.js" in without


def test_a_page_with_the_button_may_speak_to_binder_and_nobody_else():
    without = policy.of_page(f"{HEAD}<body></body>").split("; ")
    with_it = policy.of_page(HEAD + live.to_html("chapters/1", REPOSITORY)).split("; ")
    binder = "connect-src 'self' https://mybinder.org https://*.mybinder.org wss://*.mybinder.org"
    assert set(with_it) - set(without) == {binder}
    assert set(without) - set(with_it) == {"connect-src 'self'"}


def names(cell: dict, context: type) -> set[str]:
    tree = ast.parse("".join(cell["source"]))
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


@pytest.mark.parametrize("path", stored.notebooks(ROOT / "chapters"), ids=lambda path: path.stem)
def test_no_cell_on_a_page_needs_one_that_is_not(path):
    """Cells with the tag remove-cell are not in the page, so that nobody can run them there."""
    absent: set[str] = set()
    for cell in stored.read(path)["cells"]:
        if cell["cell_type"] != "code":
            continue
        tags = set(cell["metadata"].get("tags", []))
        assert tags <= {"remove-cell", "hide-input", "nbval-ignore-output"}, "is it on the page?"
        made, used = names(cell, ast.Store), names(cell, ast.Load)
        if "remove-cell" in tags:
            absent |= made
        else:
            assert not (used - made) & absent
            absent -= made


# ---- a small book, a stand-in for Binder, a Jupyter server ----


def code(source: str, *outputs, **metadata):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


@pytest.fixture(scope="module")
def small(tmp_path_factory, browser) -> Path:
    """Build a book of one lesson with the real extension."""
    from sphinx.application import Sphinx

    folder = tmp_path_factory.mktemp("small")
    lesson = folder / "book" / f"{SMALL}.ipynb"
    lesson.parent.mkdir(parents=True)
    new = nbformat.v4.new_output
    cells = [
        nbformat.v4.new_markdown_cell("# A lesson\n\nWords."),
        code("x = 1\nprint(x)", new("stream", text="1\n")),
        code("y = x + 1"),
        code("y", new("execute_result", {"text/plain": "2"}), tags=["hide-input"]),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), lesson)
    index = f"# Start\n\n```{{toctree}}\n{SMALL}\n```\n"
    (folder / "book" / "index.md").write_text(index, "utf8")
    options = {
        "extensions": ["myst_nb", "sphinx_copybutton", "sphinx_book_theme",
                       "booktools.sphinx_extension"],
        "html_theme": "sphinx_book_theme",
        "html_static_path": [str(ROOT / "_static")],
        "html_favicon": str(ROOT / "_static" / "favicon.svg"),
        "nb_execution_mode": "off",
        "language": "en",
        "html_context": {"default_mode": "auto"},
        "html_theme_options": {"path_to_docs": ""},
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(links.VARIABLE, REPOSITORY)
        patch.setattr(cheatsheet, "write", lambda *_: [])  # takes seconds, and is not looked at
        patch.setattr(preview, "write", lambda *_: None)
        places = [folder / name for name in ("book", "out", "trees/d")]
        Sphinx(places[0], None, *places[1:], "html", options, status=None).build()
    return folder / "out"


class _Quiet:
    def log_message(self, *args) -> None:
        pass


class _Hub(_Quiet, BaseHTTPRequestHandler):
    """Stands in for Binder: it says what the test has put into `says`, as Binder would."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        self.wfile.write(b"retry: 100\n\n")  # a stream that is left open comes again soon
        for said in self.server.says:
            self.wfile.write(f"data: {json.dumps(said)}\n\n:keepalive\n\n".encode())


class _Pages(_Quiet, SimpleHTTPRequestHandler):
    """Serves pages in which Binder's address is that of the stand-in."""

    def translate_path(self, path: str) -> str:
        name = Path(path.partition("?")[0]).name
        if name in (*live.SCRIPTS, live.STYLE):  # as they are now, not as they were built
            return str(ROOT / "_static" / name)
        return super().translate_path(path)

    def send_head(self):
        path = Path(self.translate_path(self.path))
        if path.suffix != ".html" or not path.is_file():
            return super().send_head()
        page = path.read_text("utf8")
        if 'class="live-panel' not in page and "take-away" in page:  # built without a repository
            page = with_button(page, path.relative_to(self.directory).with_suffix("").as_posix())
        for old, new in self.server.instead.items():
            page = page.replace(old, new)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())
        return None


def with_button(page: str, name: str) -> str:
    """Return a built page as it would be, had its repository a public address."""
    place = page.index("</p>", page.index('<p class="take-away">')) + len("</p>")
    page = page[:place] + live.to_html(name, REPOSITORY) + page[place:]
    static = "../" * name.count("/") + "_static/"
    head = f'<link rel="stylesheet" href="{static}{live.STYLE}" />\n'
    head += "".join(f'<script defer src="{static}{script}"></script>\n' for script in live.SCRIPTS)
    return policy.with_policy(page.replace("</head>", f"{head}</head>", 1))


def serve(handler, **attributes) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    vars(server).update(attributes, address=f"127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    """Start a Jupyter server as Binder does: with a token, open to pages from elsewhere."""
    folder = tmp_path_factory.mktemp("machine")
    for name in (SMALL, LESSON):
        (folder / name).parent.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}"]
    command += ["--ServerApp.allow_origin=*", f"--ServerApp.root_dir={folder}"]
    own = {"JUPYTER_RUNTIME_DIR": folder / "runtime", "IPYTHONDIR": folder / "ipython",
           "JUPYTER_CONFIG_DIR": folder / "config", "PYTHONPATH": ROOT}  # fmt: skip
    environment = {**os.environ, **{name: str(path) for name, path in own.items()}}
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    found = SimpleNamespace(url=f"http://127.0.0.1:{port}/", address=f"127.0.0.1:{port}")
    found.token = token
    found.get = lambda path: json.load(
        urlopen(Request(found.url + path, headers={"Authorization": f"token {token}"}), timeout=20)
    )
    try:
        for _ in range(200):
            try:
                found.get("api")
                break
            except OSError:
                assert process.poll() is None, (folder / "said.txt").read_text()
                time.sleep(0.2)
        yield found
    finally:
        process.terminate()  # it ends its kernels
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def hub(jupyter):
    server = serve(_Hub, asked=[], says=[])
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ready(hub, jupyter):
    """The stand-in says what Binder says of a repository that it knows."""
    hub.says = [
        {"phase": "built", "message": "Found built image, launching...\n"},
        {"phase": "launching", "message": "Launching server...\n"},
        {"phase": "ready", "message": "server running", "url": jupyter.url,
         "token": jupyter.token},
    ]  # fmt: skip
    return hub


@pytest.fixture(scope="module")
def site(hub, jupyter):
    """A function that serves a folder of built pages and returns their address."""
    servers = []

    def start(folder: Path) -> str:
        here = f"http://{hub.address} {jupyter.url} ws://{jupyter.address}"
        instead = {
            links.binder_sources(): here,
            f'data-build="{links.BINDER}/': f'data-build="http://{hub.address}/',
        }
        servers.append(serve(partial(_Pages, directory=str(folder)), instead=instead))
        return f"http://{servers[-1].address}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def base(small, site) -> str:
    return site(small)


class Reader:
    """A reader at a page: what she does, what she sees, and what should not happen."""

    def __init__(self, browser, address: str, **options) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("console", self._note)
        self.page.goto(address, wait_until="networkidle")
        self.start = self.page.locator(".live-start")
        self.stop = self.page.locator(".live-stop")
        self.cells = self.page.locator("div.cell:has(.cell_input)")

    def _note(self, message) -> None:
        if message.type == "error":
            self.wrong.append(f"{message.text} {message.location['url']}")

    def hears(self, text: str, timeout: int = SLOW) -> None:
        self.page.locator(".live-panel [role=status]", has_text=text).wait_for(timeout=timeout)

    def connects(self) -> Reader:
        self.start.click()
        self.hears("Ready.")
        return self

    def writes(self, number: int, source: str) -> None:
        """Put other code into a cell, by keyboard, as a browser does it.

        On a busy machine Chromium drops text that is sent before it has noticed that the cell can
        be changed, so look at what arrived, and send it again.
        """
        cell = self.cells.nth(number - 1)
        folded, pre = cell.locator("details:not([open]) > summary"), cell.locator(".live-code")
        if folded.count():
            folded.click()
        for _ in range(20):
            pre.focus()
            self.page.keyboard.press("Control+A")
            self.page.keyboard.insert_text(source)
            if pre.inner_text().strip() == source.strip():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"cell {number} holds {pre.inner_text()!r}, not {source!r}")

    def runs(self, number: int, source: str | None = None, says: str = "done"):
        """Run a cell, with other code if given; return the box of its outputs."""
        if source is not None:
            self.writes(number, source)
        self.button(number, "Run").click()
        self.sees(number, says)
        return self.output(number)

    def sees(self, number: int, says: str, timeout: int = SLOW) -> None:
        status = self.cells.nth(number - 1).locator(".live-bar [role=status]")
        status.and_(self.page.get_by_text(f"Cell {number}: {says}")).wait_for(timeout=timeout)

    def button(self, number: int, text: str):
        return self.cells.nth(number - 1).locator(".live-bar button", has_text=re.compile(text))

    def output(self, number: int):
        return self.cells.nth(number - 1).locator(".live-output")

    def stored(self, number: int):
        return self.cells.nth(number - 1).locator(".cell_output:not(.live-output)")

    def leaves(self) -> None:
        self.page.goto("about:blank")
        self.context.close()


@pytest.fixture
def reader(browser, base, ready):
    """A reader who has just opened the lesson, and meets no error."""
    found = Reader(browser, f"{base}/{SMALL}.html")
    yield found
    found.leaves()
    assert found.wrong == []


@pytest.fixture(scope="module")
def _at_work(browser, base, hub, jupyter):
    hub.says = [{"phase": "ready", "url": jupyter.url, "token": jupyter.token}]
    found = Reader(browser, f"{base}/{SMALL}.html").connects()
    yield found
    found.leaves()


@pytest.fixture
def at_work(_at_work):
    """A reader who has connected; several tests share her, and her kernel."""
    yield _at_work
    assert _at_work.wrong == []


# ---- what a reader does ----


def test_a_reader_runs_the_cells_by_keyboard_and_brings_the_stored_outputs_back(
    reader, hub, jupyter
):
    assert reader.page.locator(".live-bar").count() == 0
    reader.start.focus()
    reader.page.keyboard.press("Enter")
    reader.hears("Ready.")
    assert hub.asked[-1] == "/build/gh/owner/name/main"
    # A cell of which those above have not been run: they are run first.
    reader.button(3, "Run").focus()
    reader.page.keyboard.press("Enter")
    reader.sees(3, "done")
    assert reader.output(1).locator("pre").inner_text() == "1\n"
    assert reader.output(2).inner_text() == "Your run\n\nIt shows nothing."
    assert reader.output(3).locator("pre").inner_text() == "2"
    assert reader.stored(1).is_hidden() and reader.output(1).is_visible()
    reader.button(1, "As stored").click()
    assert reader.stored(1).is_visible() and reader.output(1).is_hidden()
    reader.button(1, "Your run").click()
    assert reader.stored(1).is_hidden() and reader.output(1).is_visible()
    # The kernel stands in the lesson's folder, as it does in JupyterLab.
    where = reader.runs(2, "import os\nprint(os.path.basename(os.getcwd()))")
    assert where.locator("pre").inner_text() == "01_part\n"
    assert len(jupyter.get("api/kernels")) >= 1


def test_run_all_runs_all_in_order(at_work):
    at_work.writes(1, "x = 20")
    at_work.writes(2, "y = x + 1")
    at_work.start.click()
    at_work.sees(3, "done")
    at_work.hears("Done.")
    assert at_work.output(3).locator("pre").inner_text() == "21"
    assert at_work.stop.is_hidden()


def test_changed_code_gives_its_own_output_and_neither_version_is_lost(at_work):
    pre = at_work.cells.nth(0).locator(".cell_input pre")
    at_work.writes(1, "x = 8")
    at_work.page.keyboard.type(" / 2\nprint(x)")
    assert at_work.page.evaluate("document.activeElement.isContentEditable"), "the search opened"
    at_work.page.keyboard.press("Shift+Enter")
    at_work.sees(1, "done")
    assert at_work.output(1).locator("pre").inner_text() == "4.0\n"
    at_work.button(1, "As stored").click()
    assert pre.inner_text().strip() == "x = 1\nprint(x)" and pre.locator("span.n").count() > 0
    assert at_work.stored(1).inner_text().strip() == "1"
    at_work.button(1, "Your run").click()
    assert pre.inner_text().strip() == "x = 8 / 2\nprint(x)"


def test_an_error_is_shown_and_the_cells_below_are_not_run(at_work):
    at_work.writes(1, "print('before')\n1 / 0")
    at_work.start.click()
    at_work.sees(1, "error: ZeroDivisionError")
    at_work.sees(3, "not run, since cell 1")
    shown = at_work.output(1).inner_text()
    assert "before" in shown and "ZeroDivisionError: division by zero" in shown
    assert "\x1b" not in at_work.output(1).text_content()
    at_work.writes(2, "y = 0")  # it is run first, and needs no other test's x
    at_work.runs(3, "'goes on'")  # who wants to, may


SEVERAL = """
import sys
from IPython.display import HTML, clear_output, display
print("gone"); clear_output()
print("10%\\r100%"); print("warned", file=sys.stderr)
first = display({"text/plain": "old"}, raw=True, display_id=True)
first.update({"text/plain": "new"}, raw=True)
import pandas as pd
display(pd.DataFrame({"name": ["a", "b"], "share": ["0.5 [0.4, 0.6]", "-1"]}))
display({"application/papermill.record/text/plain": "1"}, raw=True)
"""


def test_text_tables_and_updates_are_drawn_as_the_books_own(at_work):
    output = at_work.runs(1, SEVERAL)
    assert output.locator(".stream pre").all_inner_texts() == ["100%\n"]
    assert output.locator(".stderr pre").inner_text() == "warned\n"
    assert output.locator(".text_plain pre").all_inner_texts() == ["new"]
    assert "gone" not in output.inner_text()
    table = output.locator("table.dataframe")
    assert table.locator("td.number").all_inner_texts() == ["0.5 [0.4, 0.6]", "-1"]
    assert output.locator(":scope > *").count() == 5, "a number that is only stored left a box"


def test_pictures_are_drawn_with_words_and_ids_of_their_own(at_work):
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><path id="p"/><use href="#p"/></svg>'
    png = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
        "RU5ErkJggg=="
    )
    output = at_work.runs(
        1,
        f"""from IPython.display import display
for _ in range(2): display({{"image/svg+xml": '{svg}', "text/plain": "a line"}}, raw=True)
display({{"image/png": "{png}", "text/plain": "a dot"}}, raw=True)""",
    )
    drawn = output.locator(".course-figure svg")
    assert drawn.count() == 2
    ids = [drawn.nth(n).locator("path").get_attribute("id") for n in (0, 1)]
    assert ids[0] != ids[1]
    assert [drawn.nth(n).locator("use").get_attribute("href")[1:] for n in (0, 1)] == ids
    assert drawn.first.get_attribute("aria-label") == "Picture drawn by this cell. a line"
    picture = output.locator("img")
    assert picture.get_attribute("alt") == "Picture drawn by this cell. a dot"
    assert picture.evaluate("e => e.decode().then(() => e.naturalWidth)") == 1


EVIL = """
<b id="kept">kept</b><script>window.ran = 1</script>
<img src="data:," onerror="window.ran = 2"><a href=" javascript:window.ran = 3">here</a>
<iframe srcdoc="<script>parent.ran = 4</script>"></iframe>
<svg><script>window.ran = 5</script><animate onbegin="window.ran = 6" begin="0s"/></svg>
"""


@pytest.mark.parametrize("strict", [True, False], ids=["policy", "no policy"])
def test_a_script_in_an_output_does_not_run(browser, base, ready, strict):
    """Nor where the policy would not stop it."""
    reader = Reader(browser, f"{base}/{SMALL}.html", bypass_csp=not strict).connects()
    output = reader.runs(1, f"from IPython.display import HTML, display\ndisplay(HTML({EVIL!r}))")
    assert output.locator("b").inner_text() == "kept"
    assert output.locator("script, iframe, [onerror], [onbegin]").count() == 0
    output.locator("a").click()
    reader.page.wait_for_timeout(200)
    assert reader.page.evaluate("window.ran") is None
    # The browser says of each attribute with a script that it is forbidden, as it reads it.
    assert [text for text in reader.wrong if "inline event handler" not in text] == []
    reader.leaves()


def test_a_long_run_is_stopped(at_work):
    at_work.writes(1, "import time\nprint('begins')\ntime.sleep(100)")
    at_work.button(1, "Run").click()
    at_work.output(1).get_by_text("begins").wait_for(timeout=SLOW)
    at_work.stop.click()
    at_work.sees(1, "stopped")
    assert at_work.runs(2, "print(1 + 1)").locator("pre").inner_text() == "2\n"


def test_a_question_of_a_cell_is_put_to_the_reader(at_work):
    at_work.page.once("dialog", lambda dialog: dialog.accept("seven"))
    output = at_work.runs(1, "answer = input('How many? ')\nprint(answer * 2)")
    assert output.locator("pre").inner_text() == "sevenseven\n"


def test_a_kernel_that_dies_is_told_and_begins_anew(reader):
    reader.connects()
    reader.runs(1, "import os\nos._exit(1)", says="Python has ended")
    reader.hears("run the cells again")
    reader.runs(1, "x = 5")
    assert reader.runs(3).locator("pre").inner_text() == "6", "cell 2 was not run again"


def test_the_kernel_ends_when_the_reader_leaves(browser, base, ready, jupyter):
    before = {kernel["id"] for kernel in jupyter.get("api/kernels")}
    reader = Reader(browser, f"{base}/{SMALL}.html").connects()
    (new,) = {kernel["id"] for kernel in jupyter.get("api/kernels")} - before
    reader.leaves()
    for _ in range(100):
        if new not in {kernel["id"] for kernel in jupyter.get("api/kernels")}:
            return
        time.sleep(0.1)
    raise AssertionError("the kernel runs on")


# ---- what can go wrong on the way ----


def test_a_failed_build_is_told_and_the_button_can_be_pressed_again(reader, hub):
    works = hub.says
    hub.says = [
        {"phase": "building", "message": "Step 1"},
        {"phase": "failed", "message": "many lines\nno such branch\n"},
    ]
    reader.start.click()
    reader.hears("Binder could not start a machine: no such branch", QUICK)
    asked = len(hub.asked)
    hub.says = works
    reader.connects()
    reader.page.wait_for_timeout(500)
    assert len(hub.asked) == asked + 1, "the page asks again of its own accord"


def test_a_broken_stream_is_told_and_what_binder_does_is_said_in_words(browser, base, hub):
    hub.says = [{"phase": "building", "message": "Step 1 of 20: FROM buildpack"}]
    reader = Reader(browser, f"{base}/{SMALL}.html")
    reader.page.evaluate(
        """() => {
            window.said = [];
            const place = document.querySelector('.live-panel [role=status]');
            new MutationObserver(() => window.said.push(place.textContent))
                .observe(place, {childList: true, characterData: true, subtree: true});
        }"""
    )
    reader.start.click()
    reader.hears("The connection to Binder was lost", QUICK)
    said = reader.page.evaluate("window.said")
    assert "may take some minutes" in said[0] and "building the book's environment" in said[1]
    assert reader.start.inner_text() == "Run this page"
    assert reader.start.get_attribute("aria-disabled") is None
    asked = len(hub.asked)
    reader.page.wait_for_timeout(500)
    assert len(hub.asked) == asked, "the page asks again of its own accord"
    reader.leaves()


def test_a_short_break_of_the_line_is_mended_and_nothing_is_lost(browser, base, ready):
    reader, lines = breakable(browser, base)
    reader.connects()
    reader.writes(1, "import time\nprint('begins')\ntime.sleep(1)\nprint('ends')")
    reader.button(1, "Run").click()
    reader.output(1).get_by_text("begins").wait_for(timeout=SLOW)
    lines[-1].close()
    reader.sees(1, "done")
    assert reader.output(1).locator("pre").inner_text() == "begins\nends\n"
    assert len(lines) == 2 and reader.start.inner_text() == "Run all"
    reader.leaves()


def test_a_lost_line_is_told_and_the_button_connects_again(browser, base, ready):
    reader, lines = breakable(browser, base)
    reader.page.evaluate(  # the pauses between its attempts, ten times shorter
        "const later = setTimeout; window.setTimeout = (f, ms) => later(f, ms / 10); 0"
    )
    reader.connects()
    reader.writes(1, "import time\nprint('begins')\ntime.sleep(100)")
    reader.button(1, "Run").click()
    reader.output(1).get_by_text("begins").wait_for(timeout=SLOW)
    lines.append("closed")
    lines[0].close()
    reader.hears("The connection was lost; trying again.", QUICK)
    reader.sees(1, "The connection to the machine was lost")
    reader.hears("You can press the button again.")
    reader.button(2, "Run").click()
    reader.sees(2, "not connected")
    lines.clear()
    reader.connects()
    assert reader.runs(1, "print(3)").locator("pre").inner_text() == "3\n"
    reader.leaves()


def breakable(browser, base: str):
    """Return a reader, and a list of her lines to kernels. While "closed" is in it, none opens."""
    reader = Reader(browser, f"{base}/{SMALL}.html")
    lines: list = []

    def opened(line) -> None:
        if "closed" in lines:
            line.close()
            return
        lines.append(line)
        line.connect_to_server()

    reader.page.route_web_socket(re.compile("/channels"), opened)
    reader.page.reload(wait_until="networkidle")
    return reader, lines


# ---- how it looks, and the book itself ----


def test_the_page_is_accessible_before_and_after_in_both_themes_and_widths(browser, base, ready):
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect

    reader = Reader(browser, f"{base}/{SMALL}.html")

    def check(theme: str, width: int) -> None:
        reader.page.set_viewport_size({"width": width, "height": 800})
        reader.page.emulate_media(color_scheme=theme)
        reader.page.evaluate("scrollTo(0, 0)")
        # The theme sees after a while which blocks scroll, and takes its way to the top away.
        reader.page.wait_for_timeout(700)
        expect(reader.page.locator("html")).to_have_attribute("data-theme", theme)
        assert reader.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        found = Axe().run(reader.page).response["violations"]
        told = [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in SERIOUS]
        assert not told

    check("light", 375)
    check("dark", 1280)
    reader.wrong.clear()  # axe itself asks for style sheets at addresses where they are not
    reader.connects()
    reader.runs(1, f"{SEVERAL}\nprint('wide ' * 100)")
    reader.runs(2, "1 / 0", says="error")
    assert reader.wrong == []
    check("dark", 375)
    check("light", 1280)
    # By Tab alone to a cell's code, and on to its button.
    reader.start.focus()
    reached = []
    for _ in range(5):
        reader.page.keyboard.press("Tab")
        reached.append(reader.page.evaluate("document.activeElement.ariaLabel"))
    assert [name for name in reached if name in ("Code of cell 1", "Run cell 1")] == [
        "Code of cell 1",
        "Run cell 1",
    ]
    reader.leaves()


def test_a_lesson_of_the_book_runs_and_its_figure_is_drawn_as_the_stored_one(
    browser, book, site, ready
):
    reader = Reader(browser, f"{site(book)}/{LESSON}.html")
    notebook = stored.read(ROOT / f"{LESSON}.ipynb")
    sources = [
        "".join(cell["source"]).rstrip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and "remove-cell" not in cell["metadata"].get("tags", [])
    ]
    on_page = reader.page.eval_on_selector_all(
        "div.cell_input pre", "list => list.map(pre => pre.textContent.trimEnd())"
    )
    assert on_page == sources
    reader.connects()
    drawing = reader.page.locator(".cell_output .course-figure")
    number = 1 + next(n for n, c in enumerate(reader.cells.all()) if c.locator(drawing).count())
    reader.button(number, "Run").click()
    reader.sees(number, "done", 2 * SLOW)
    before, after = (box.locator("svg") for box in (reader.stored(number), reader.output(number)))
    assert after.get_attribute("aria-label") == before.get_attribute("aria-label")
    assert after.locator("xpath=..").get_attribute("class") == "course-figure"
    twice = reader.page.evaluate(
        """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
                   return ids.filter((id, n) => ids.indexOf(id) !== n); }"""
    )
    assert [name for name in twice if name.startswith("live")] == []
    assert reader.wrong == []
    reader.leaves()


def test_without_a_public_address_nothing_of_it_is_in_the_pages(book):
    if links.repository_url(ROOT) is not None:
        pytest.skip("this repository has a public address")
    for path in sorted((book / "chapters").rglob("*.html")):
        page = path.read_text("utf8")
        assert "live-panel" not in page and "live.js" not in page and "live.css" not in page
        assert "connect-src 'self';" in page
