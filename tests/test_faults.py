"""What goes wrong outside of the code: a clear message, nothing lost, and the next call works.

| fault | test |
|---|---|
| disk full | here: a notebook, a build |
| folder that may not be written to | here: a file, a build |
| killed worker process of a study | tests/test_workers.py |
| interrupted study | tests/test_workers.py |
| killed build, or one broken off by Ctrl-C | here |
| two builds at once | here |
| unreadable cache | here: of builds, mutants, replications; tests/test_datasets.py: of Keras |
| exchanged pickle | tests/test_datasets.py |
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import pytest

from booktools import build, mutants, replicate, run, safely

ROOT = build.ROOT
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs limits or owners of POSIX")
#: Run a program that may write files of some size at most, as on a full disk.
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
"""


def python(
    program: str, *arguments: str, interpreter: str = sys.executable, **options
) -> subprocess.CompletedProcess[str]:
    command = [interpreter, "-c", program, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, env=environment, **options
    )


# --- a file is written as a whole or not at all


def test_a_file_is_written_with_its_rights_kept(tmp_path):
    path = tmp_path / "a.txt"
    safely.write_text(path, "eins\nzwö\n")
    assert path.read_bytes() == "eins\nzwö\n".encode()
    path.chmod(0o755)
    safely.write_text(path, "two\n")
    assert path.read_text() == "two\n"
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert list(tmp_path.iterdir()) == [path]


@POSIX
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("before")
    program = LIMITED + (
        "from pathlib import Path\nfrom booktools import safely\n"
        "try: safely.write_text(Path(sys.argv[2]), 'x' * 100_000)\n"
        "except safely.NotWritten as error: print(error)\n"
    )
    done = python(program, "20000", str(path))
    assert "a.txt could not be written (File too large); it is as it was" in done.stdout
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    assert python(program, "200000", str(path)).stdout == ""  # the next call works
    assert path.stat().st_size == 100_000


def nobody() -> dict[str, int]:
    """Return what makes a process run without the rights of root, where the tests have them."""
    return {"user": 65534, "group": 65534} if os.geteuid() == 0 else {}


@pytest.fixture
def shut():
    """A folder outside of root's own that may be read and not be written to."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.txt").write_text("before")
        (folder / "a.txt").chmod(0o444)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


@POSIX
def test_a_read_only_folder_is_named(shut):
    program = (
        "import sys\nfrom pathlib import Path\nfrom booktools import safely\n"
        "try: safely.write_text(Path(sys.argv[1]), 'after')\n"
        "except safely.NotWritten as error: print(error)\n"
    )
    # The Python of root's own home is not everybody's; any other is good enough here.
    system = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
    interpreter = system if nobody() else sys.executable
    try:
        done = python(program, str(shut / "a.txt"), interpreter=interpreter, **nobody(), cwd="/")
    except PermissionError:
        pytest.skip("another user cannot start Python")
    if done.returncode:
        pytest.skip(f"another user cannot read this checkout: {done.stderr[-200:]}")
    assert "a.txt could not be written (Permission denied); it is as it was" in done.stdout
    assert (shut / "a.txt").read_text() == "before"


def test_a_call_that_is_broken_off_leaves_nothing_behind(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("before")

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        safely.write_text(path, "after")
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_a_notebook_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "n.ipynb"
    cell = nbformat.v4.new_code_cell("1 + 1")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(safely.os, "fsync", full)
        with pytest.raises(run.Stopped, match="n ran, but .*No space left on device.*Make room"):
            list(run.execute_all([path]))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    assert len(list(run.execute_all([path]))) == 1
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].data["text/plain"] == "2"


# --- what earlier calls left behind cannot be read


def test_half_a_line_of_a_killed_call_is_dropped(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text('{"digest": "a", "result": "killed"}\n{"digest": "b", "res')
    assert mutants.stored(path) == {"a": "killed"}
    with path.open("a") as file:  # as the next call goes on
        file.write('{"digest": "b", "result": "survived"}\n')
    assert mutants.stored(path) == {"a": "killed", "b": "survived"}


def test_an_unreadable_comparison_is_put_aside_and_the_new_one_kept(tmp_path, capsys):
    row = {"claim": "A01", "notebook": "01_x", "same": True}
    (tmp_path / "seed-7.json").write_text('[{"claim": "A0')
    replicate.keep([row], 7, tmp_path)
    assert json.loads((tmp_path / "seed-7.json").read_text()) == [row]
    assert (tmp_path / "seed-7.unreadable").read_text() == '[{"claim": "A0'
    assert "seed-7.json cannot be read" in capsys.readouterr().out


# --- builds, with a stand-in for Jupyter Book that writes what a test wants

STAND_IN = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[2]) / "_build"
log = (folder / "log").open("a")
print("begin", file=log, flush=True)
{does}
(folder / "html").mkdir(exist_ok=True)
(folder / "html" / "index.html").write_text("whole")
print("end", file=log, flush=True)
"""


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A book of one page, whose build is a stand-in; returns how to say what that does."""
    (tmp_path / "_config.yml").write_text("title: t\n", "utf8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n", "utf8")
    (tmp_path / "index.md").write_text("# Start\n", "utf8")

    def does(text: str = "") -> Path:
        monkeypatch.setattr(build, "PROGRAM", STAND_IN.format(does=text))
        return tmp_path

    return does


def test_of_two_builds_at_once_one_waits(bare, capfd):
    root = bare("time.sleep(0.6)")
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(build.build(root)[0])) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert results == [True, True]
    assert (root / "_build" / "log").read_text().split() == ["begin", "end"] * 2
    assert "Another build is at work" in capfd.readouterr().out


KILLED = """
import sys
from pathlib import Path
from booktools import build
build.PROGRAM = sys.argv[2]
build.build(Path(sys.argv[1]))
"""


@POSIX
def test_a_killed_build_is_noticed_and_made_good(bare, capfd):
    half = (
        '(folder / "html").mkdir(exist_ok=True)\n'
        '(folder / "html" / "index.html").write_text("hal")\n'
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nsys.exit(1)"
    )
    root = bare()
    done = python(KILLED, str(root), STAND_IN.format(does=half))
    assert done.returncode == -9
    read = root / "_build" / ".doctrees" / "environment.pickle"
    read.parent.mkdir()
    read.write_text("what the killed build had read")
    assert build.build(root)[0]
    assert "An earlier build was broken off" in capfd.readouterr().out
    assert not read.exists() and (root / "_build" / "html" / "index.html").read_text() == "whole"
    assert build.build(root)[0]
    assert "broken off" not in capfd.readouterr().out


def test_a_build_that_is_interrupted_is_noticed(bare, capfd, monkeypatch):
    root = bare()

    def stop(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build, "_build", stop)
        with pytest.raises(KeyboardInterrupt):
            build.build(root)
    assert build.build(root)[0]
    assert "An earlier build was broken off" in capfd.readouterr().out


def test_a_build_without_room_says_so(bare, capfd):
    text = "print(\"OSError: [Errno 28] No space left on device: 'x'\"); sys.exit(2)"
    root = bare(text)
    whole, _ = build.build(root)
    said = capfd.readouterr().out
    assert not whole and "_build could not be written: OSError: [Errno 28] No space" in said
    assert "Make room" in said and "see the messages above" not in said
    bare()
    assert build.build(root)[0]


def test_a_build_where_nothing_may_be_written_says_so(bare, capfd):
    root = bare()
    (root / "_build").write_text("a file in the place of the folder")
    whole, _ = build.build(root)
    assert not whole and "The book was not built: " in capfd.readouterr().out
    (root / "_build").unlink()
    assert build.build(root)[0]


def test_an_unreadable_note_on_the_frame_makes_every_page_anew(bare):
    root = bare()
    assert build.build(root)[0]
    (root / "_build" / "frame.sha256").write_bytes(b"\xff\xfe\x00")
    (root / "_build" / ".doctrees").mkdir(exist_ok=True)
    (root / "_build" / ".doctrees" / "environment.pickle").write_text("old")
    assert build.build(root)[0]
    assert not (root / "_build" / ".doctrees").exists()


# --- the same with Sphinx itself


@pytest.fixture
def small(tmp_path):
    (tmp_path / "_config.yml").write_text(
        "title: t\nauthor: a\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: 'off'\n"
    )
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: one\n")
    (tmp_path / "index.md").write_text("# Start\n\nWords.\n")
    (tmp_path / "one.md").write_text("# One\n\nMany words.\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("cache", ["environment.pickle", "one.doctree"])
def test_a_build_with_an_unreadable_cache_is_whole_by_the_second_call(small, cache):
    assert build.build(small)[0]
    for path in (small / "_build" / ".doctrees").rglob(cache):
        path.write_bytes(b"no pickle")
    (small / "index.md").write_text("# Start\n\nOther words.\n")
    (small / "one.md").write_text("# One\n\nMany words more.\n")
    assert build.build(small)[0] or build.build(small)[0]
    assert "words more" in (small / "_build" / "html" / "one.html").read_text("utf8")


@pytest.mark.slow
def test_half_a_page_of_a_broken_build_is_written_anew(small):
    assert build.build(small)[0]
    page = small / "_build" / "html" / "one.html"
    page.write_text(page.read_text("utf8")[:400], "utf8")
    (small / "_build" / build.UNFINISHED).write_text("as a killed build leaves it")
    assert build.build(small)[0]
    assert "Many words" in page.read_text("utf8")


@POSIX
@pytest.mark.slow
def test_a_build_on_a_full_disk_says_so_and_the_next_one_works(small):
    program = LIMITED + (
        "from pathlib import Path\nfrom booktools import build\n"
        "print(build.build(Path(sys.argv[2]))[0])\n"
    )
    done = python(program, "4000", str(small))
    assert done.stdout.strip().endswith("False"), done.stdout[-2000:]
    assert "could not be written" in done.stdout and "Make room" in done.stdout
    assert build.build(small)[0]
