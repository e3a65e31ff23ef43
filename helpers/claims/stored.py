"""What lies in the stored notebooks: their code, and the outputs that belong to it.

A notebook is read as plain JSON. Running it (`make run`) leaves a digest of its
code in its metadata; where the digest no longer fits, the code was edited after
the outputs were made.
"""

from __future__ import annotations

import ast
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
    """Return a short digest of all code, by which stale outputs are found.

    It is taken of the syntax trees: line breaks and comments change no output.
    """
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code = ["".join(cell["source"]) for cell in cells]  # a text, or a list of its lines
    return hashlib.sha256("\0".join(map(_meaning, code)).encode()).hexdigest()[:16]


def _meaning(code: str) -> str:
    """Return the syntax tree of a cell as text, written out alike by every Python."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a line for IPython alone, or a mistake: the text itself
        return code
    return _written(tree)


def _written(node: object) -> str:
    if isinstance(node, ast.AST):
        # Empty fields are left out: later versions of Python add some.
        fields = [(name, getattr(node, name, None)) for name in node._fields]
        inner = (f"{name}={_written(value)}" for name, value in fields if value not in (None, []))
        return f"{type(node).__name__}({','.join(inner)})"
    return f"[{','.join(map(_written, node))}]" if isinstance(node, list) else repr(node)


def is_stale(notebook: Mapping[str, Any]) -> bool:
    """Say whether the code was edited since the outputs were made."""
    return notebook["metadata"].get("course", {}).get("code") != code_digest(notebook)


def chapter(name: str) -> int | None:
    """Return the chapter that a notebook belongs to: 4 for ``04a_code``, None for others."""
    found = re.match(r"(\d+)[a-z]?_", name)
    return int(found[1]) if found else None
