"""What lies in the stored notebooks: their code, and the outputs that belong to it.

A notebook is read as plain JSON. Running it (`make run`) leaves a digest of its
code in its metadata; where the digest no longer fits, the code was edited after
the outputs were made.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def read(path: str | Path) -> dict[str, Any]:
    """Return a notebook as plain data."""
    return json.loads(Path(path).read_text("utf8"))


def code_digest(notebook: Mapping[str, Any]) -> str:
    """Return a short digest of all code, by which stale outputs are found."""
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code = ["".join(cell["source"]) for cell in cells]  # a text, or a list of its lines
    return hashlib.sha256("\0".join(code).encode()).hexdigest()[:16]


def is_stale(notebook: Mapping[str, Any]) -> bool:
    """Say whether the code was edited since the outputs were made."""
    return notebook["metadata"].get("course", {}).get("code") != code_digest(notebook)


def chapter(name: str) -> int | None:
    """Return the chapter that a notebook belongs to: 4 for ``04a_code``, None for others."""
    found = re.match(r"(\d+)[a-z]?_", name)
    return int(found[1]) if found else None
