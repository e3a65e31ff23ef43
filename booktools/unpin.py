"""Let the bounds alone decide which packages are installed: ``python -m booktools.unpin``.

Takes the line of the exact set out of ``requirements.txt``. For the weekly run with the newest
packages, and for systems on which some package of the exact set, resolved on Linux, is missing.
"""

from __future__ import annotations

import sys
from pathlib import Path

from booktools import safely

ROOT = Path(__file__).resolve().parent.parent
LINE = "-c constraints.txt"


def unpinned(text: str) -> str:
    """Return requirements without the line of the exact set.

    Raises
    ------
    ValueError
        If there is no such line: whoever takes it out wants to know.
    """
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if line.strip() != LINE]
    if len(kept) == len(lines):
        raise ValueError(f"requirements.txt has no line {LINE!r}")
    return "".join(kept)


def main() -> int:
    path = ROOT / "requirements.txt"
    safely.write_text(path, unpinned(path.read_text("utf8")))
    print(f"requirements.txt: without {LINE!r}; the bounds decide.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
