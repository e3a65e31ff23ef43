"""Every file under version control: small, without stray spaces or marks of a merge."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 2_000_000
#: What should stand in no line of a text.
STRAY = {
    "spaces at the end of a line": re.compile(r"[ \t]+$", re.M),
    "a carriage return": re.compile(r"\r"),
    "a mark of a merge": re.compile(r"^(<<<<<<<|>>>>>>>) ", re.M),
}


def tracked(root: Path) -> list[Path]:
    """Return the files that git knows in a folder, those added but not committed included."""
    said = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z"], capture_output=True, text=True, check=True
    )
    return [root / name for name in said.stdout.split("\0") if name and (root / name).is_file()]


def problems(path: Path) -> list[str]:
    """Return what is wrong with a file."""
    content = path.read_bytes()
    found = [f"more than {MOST_BYTES} bytes"] if len(content) > MOST_BYTES else []
    try:
        text = content.decode("utf8")
    except UnicodeDecodeError:
        return found  # an image or another binary file
    if path.suffix != ".ipynb":  # in a notebook a printed line may end in spaces
        found += [name for name, pattern in STRAY.items() if pattern.search(text)]
    if text and not text.endswith("\n"):
        found.append("no end of the last line")
    return found


def test_files_are_in_order():
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is not under version control")
    files = tracked(ROOT)
    assert ROOT / "Makefile" in files
    found = {str(path.relative_to(ROOT)): problems(path) for path in files}
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.parametrize(
    "content, told",
    [
        (b"a line\n", []),
        (b"", []),
        (b"\x89PNG \n\xff ", []),
        (b"a line \nanother\n", ["spaces at the end of a line"]),
        (b"a line\t\n", ["spaces at the end of a line"]),
        (b"a line\r\n", ["a carriage return"]),
        (b"<<<<<<< ours\n", ["a mark of a merge"]),
        (b"a line", ["no end of the last line"]),
        (b"a" * MOST_BYTES + b"\n", [f"more than {MOST_BYTES} bytes"]),
    ],
)
def test_what_is_wrong_is_named(content, told, tmp_path):
    path = tmp_path / "file.txt"
    path.write_bytes(content)
    assert problems(path) == told


def test_files_of_a_checkout_are_found(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    for name in ("known", "unknown"):
        (tmp_path / name).write_text("text")
    subprocess.run(["git", "-C", tmp_path, "add", "known"], check=True)
    assert tracked(tmp_path) == [tmp_path / "known"]
