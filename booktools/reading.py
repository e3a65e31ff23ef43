"""How much there is to read on a notebook's page, and how long that takes.

Counted are the words that a reader sees as text: not code, not the names of directives
and roles or their options, not the addresses of links. A formula counts as one word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

#: Words a minute of a technical text, and seconds for a figure.
WORDS_PER_MINUTE, SECONDS_PER_FIGURE = 200, 20

#: What is not prose outside of blocks, and what is left of it; applied in this order.
MARKUP = (
    (re.compile(r"\$\$.*?\$\$", re.S), " formula "),
    (re.compile(r"<!--.*?-->", re.S), ""),
    (re.compile(r"^\([\w-]+\)=[ \t]*$", re.M), ""),  # a label
    (re.compile(r"!\[[^]]*\]\([^)]*\)"), ""),  # an image
    (re.compile(r"\]\([^)\s]*\)"), "]"),  # the address of a link
    (re.compile(r"\{[\w:-]+\}`([^`<]*)(?:<[^`>]*>)?`"), r"\1"),  # a role, and the address in it
    (re.compile(r"\$[^$\n]+\$"), " formula "),
    (re.compile(r"`[^`\n]+`"), " code "),
)
FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,}|:{3,})[ \t]*(?:\{([\w:-]+)\})?[ \t]*(.*)$")
OPTION = re.compile(r"^[ \t]*:[\w-]+:(?:[ \t].*)?$")
#: Directives with a title that is read, and such with a content that is no text.
TITLED = {"admonition", "dropdown", "exercise", "card", "grid-item-card", "tab-item"}
NOT_TEXT = {"math", "code", "code-block", "code-cell", "raw", "bibliography"}
#: Directives that put a picture into the page.
PICTURES = re.compile(r"^[ \t]*(?:`{3,}|:{3,})\{(?:figure|image|playground|stored-figure)\}", re.M)


def prose(notebook: Mapping[str, Any]) -> str:
    """Return the text of a notebook's markdown cells without code and markup."""
    text = _outside_of_blocks(_markdown(notebook))
    for pattern, left in MARKUP:
        text = pattern.sub(left, text)
    return text


def _outside_of_blocks(text: str) -> str:
    """Return a text without blocks of code, and without the fences and options of directives."""
    kept: list[str] = []
    open_blocks: list[tuple[str, bool]] = []  # the fence of each, and whether its content is text
    for line in text.splitlines():
        fence, inside = FENCE.match(line), open_blocks[-1] if open_blocks else ("", True)
        if fence and not (fence[2] or fence[3]) and fence[1].startswith(inside[0] or "none"):
            open_blocks.pop()
        elif not inside[1]:
            continue
        elif fence:
            open_blocks.append((fence[1], bool(fence[2]) and fence[2] not in NOT_TEXT))
            kept += [fence[3]] if fence[2] in TITLED else []
            kept += ["formula"] if fence[2] == "math" else []
        elif not (open_blocks and OPTION.match(line)):
            kept.append(line)
    return "\n".join(kept)


def words(notebook: Mapping[str, Any]) -> int:
    """Count the words of a notebook's prose."""
    return sum(any(map(str.isalpha, word)) for word in prose(notebook).split())


def figures(notebook: Mapping[str, Any]) -> int:
    """Count the figures of a notebook, still and interactive."""
    shown = sum(
        "image/svg+xml" in data or "".join(data.get("text/plain", "")).startswith("Interactive fig")
        for cell in notebook["cells"]
        for data in (output.get("data", {}) for output in cell.get("outputs", []))
    )
    return shown + len(PICTURES.findall(_markdown(notebook)))


def minutes(notebook: Mapping[str, Any]) -> int:
    """Return the minutes that a notebook takes to read, rounded up."""
    looking = figures(notebook) * SECONDS_PER_FIGURE / 60
    return math.ceil(words(notebook) / WORDS_PER_MINUTE + looking)


def title(notebook: Mapping[str, Any]) -> str:
    """Return the first heading of a notebook, or nothing if it has none."""
    heading = re.search(r"^# +(.*)", _outside_of_blocks(_markdown(notebook)), re.M)
    return heading[1].strip() if heading else ""


def _markdown(notebook: Mapping[str, Any]) -> str:
    cells = (cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return "\n\n".join("".join(cell["source"]) for cell in cells)
