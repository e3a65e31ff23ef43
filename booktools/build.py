"""Build the book and prove that it is whole: ``python -m booktools.build``.

Fails on any warning of Sphinx or Jupyter Book and on any page of the table of
contents that is missing from the result. Of two builds in one folder the second waits for the
first. A build that was broken off, killed for example, may have left half a page behind that
looks new; the next one then writes every page anew.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from filelock import FileLock, Timeout

from booktools import links
from helpers.claims import stored

ROOT = Path(__file__).resolve().parent.parent
#: Jupyter Book prints some warnings itself, past Sphinx's count.
WARNING = re.compile(r"\bWARNING\b|\[Warning\]|Warning:")
#: What the system says where nothing can be written.
NO_ROOM = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|Read-only file system"
    r"|PermissionError|Permission denied"
)
#: Stands in the folder of the build while one is at work, and stays if it is broken off.
UNFINISHED = "unfinished"
#: The command `jupyter-book`, for this interpreter.
PROGRAM = "from jupyter_book.cli.main import main; main()"


def pages(root: Path = ROOT) -> list[str]:
    """Return every page of the table of contents, as paths without an ending."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf8"))
    found = [toc["root"]]

    def walk(node: object) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key == "file")
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(toc)
    return found


def missing_pages(root: Path = ROOT) -> list[str]:
    """Return the pages of the table of contents that the build lacks."""
    html = root / "_build" / "html"
    return [page for page in pages(root) if not (html / f"{page}.html").is_file()]


def title(page: str, root: Path = ROOT) -> str:
    """Return the first heading of a page, or nothing if there is no page or no heading."""
    text = ""
    if (root / f"{page}.md").is_file():
        text = (root / f"{page}.md").read_text("utf8")
    elif (root / f"{page}.ipynb").is_file():
        cells = stored.read(root / f"{page}.ipynb")["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    heading = re.search(r"^# .*", text, re.M)
    return heading[0] if heading else ""


def start_over_if_frame_changed(root: Path) -> None:
    """Make Sphinx read every page anew if what all pages share has changed.

    Sphinx itself rewrites only the pages whose own text changed, and leaves the
    others with the old table of contents, or an old title, in their sidebar.
    """
    frame = [root / "_toc.yml", root / "_config.yml", *sorted((root / "booktools").glob("*.py"))]
    text = b"\0".join(path.read_bytes() for path in frame)
    text += str(links.repository_url(root)).encode()
    text += "\0".join(title(page, root) for page in pages(root)).encode()
    digest = hashlib.sha256(text).hexdigest()
    mark = root / "_build" / "frame.sha256"
    if not mark.exists() or mark.read_bytes() != digest.encode():
        start_over(root)
        mark.write_bytes(digest.encode())


def start_over(root: Path) -> None:
    """Make Sphinx forget what it has read, so that it writes every page anew."""
    shutil.rmtree(root / "_build" / ".doctrees", ignore_errors=True)


def build(root: Path = ROOT) -> tuple[bool, str]:
    """Build the book in `root`; return whether it is whole, and what was said."""
    folder = root / "_build"
    try:
        folder.mkdir(exist_ok=True)
        with _alone(folder):
            if (folder / UNFINISHED).exists():
                print("An earlier build was broken off: every page is made anew.", flush=True)
                start_over(root)
            (folder / UNFINISHED).write_text("A build is at work, or was broken off.\n")
            start_over_if_frame_changed(root)
            built = _build(root)
            (folder / UNFINISHED).unlink()
            return built
    except OSError as error:
        said = f"The book was not built: {error}. Nothing but {folder} was touched."
        print(said)
        return False, said


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other build is at work in a folder. The lock of a killed one is free."""
    lock = FileLock(folder / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"Another build is at work in {folder}; waiting for it ...", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _build(root: Path) -> tuple[bool, str]:
    """Build the book, alone in its folder."""
    command = [sys.executable, "-c", PROGRAM, "build", str(root), "-W", "--keep-going"]
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf8"
    ) as process:
        assert process.stdout is not None  # a pipe was asked for
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    text = "".join(lines)
    warnings = [line for line in lines if WARNING.search(line)]
    absent = missing_pages(root) if process.returncode == 0 else []
    if process.returncode == 0 and not warnings and not absent:
        return True, text
    # Sphinx remembers a page that warned as read and would pass next time.
    start_over(root)
    print("\nThe book was not built as it should be:")
    room = [line for line in lines if process.returncode and NO_ROOM.search(line)]
    if room:
        print(f"   {root / '_build'} could not be written: {room[-1].strip()}")
        print("   Make room, or build where you may write; the next build makes every page anew.")
    for line in warnings:
        print("  ", line.strip())
    for page in absent:
        print(f"   the page {page} is in _toc.yml and was not built")
    if not (warnings or absent or room):
        print("   see the messages above")
    return False, text


def main() -> int:
    whole, _ = build()
    if whole:
        print(f"\n{len(pages())} pages. Open {ROOT / '_build' / 'html' / 'index.html'}")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
