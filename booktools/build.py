"""Build the book and prove that it is whole: ``python -m booktools.build``.

Fails on any warning of Sphinx or Jupyter Book and on any page of the table of
contents that is missing from the result.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from booktools import links
from helpers.claims import stored

ROOT = Path(__file__).resolve().parent.parent
#: Jupyter Book prints some warnings itself, past Sphinx's count.
WARNING = re.compile(r"\bWARNING\b|\[Warning\]|Warning:")


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
    if not mark.exists() or mark.read_text() != digest:
        shutil.rmtree(root / "_build" / ".doctrees", ignore_errors=True)
        mark.parent.mkdir(exist_ok=True)
        mark.write_text(digest)


def build(root: Path = ROOT) -> tuple[bool, str]:
    """Build the book in `root`; return whether it is whole, and what was said."""
    start_over_if_frame_changed(root)
    # The command `jupyter-book build`, with this interpreter.
    program = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", program, "build", str(root), "-W", "--keep-going"]
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
    shutil.rmtree(root / "_build" / ".doctrees", ignore_errors=True)
    print("\nThe book was not built as it should be:")
    for line in warnings:
        print("  ", line.strip())
    for page in absent:
        print(f"   the page {page} is in _toc.yml and was not built")
    if not warnings and not absent:
        print("   see the messages above")
    return False, text


def main() -> int:
    whole, _ = build()
    if whole:
        print(f"\n{len(pages())} pages. Open {ROOT / '_build' / 'html' / 'index.html'}")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
