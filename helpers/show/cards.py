"""Cards: short boxed statements in a notebook, as HTML with a plain-text twin."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

#: Colour (a CSS variable of the palette, with a fallback) and sign of each kind.
KINDS = {
    "prediction": ("var(--figure-muted, #5d6570)", "?"),
    "holds": ("var(--figure-green, #007d5c)", "✓"),
    "holds-if": ("var(--figure-blue, #0070b0)", "◐"),
    "refuted": ("var(--figure-vermillion, #c25200)", "✗"),
    "inconclusive": ("var(--figure-orange, #9e6900)", "~"),
    "opinion": ("var(--figure-purple, #a8497f)", "…"),
}


def show_card(
    mime: str | None,
    record: dict[str, Any] | None,
    title: str,
    kind: str,
    facts: Sequence[tuple[str, str]],
    lists: Sequence[tuple[str, Sequence[str]]],
) -> None:
    """Display a card.

    Parameters
    ----------
    mime, record : str and dict, or None
        Machine-readable twin of the card that is stored with it.
    title : str
        First line.
    kind : str
        A key of `KINDS`.
    facts : sequence of (str, str)
        Name and text of each line.
    lists : sequence of (str, sequence of str)
        Name and items of each list.
    """
    from IPython.display import display

    bundle: dict[str, Any] = {
        "text/html": to_html(title, kind, facts, lists),
        "text/plain": to_text(title, facts, lists),
    }
    if mime:
        bundle[mime] = record
    display(bundle, raw=True)


def to_html(title, kind, facts, lists) -> str:
    """Return the card as HTML; its style stands in it, so that it works anywhere."""
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r}; choose from {', '.join(KINDS)}")
    hue, sign = KINDS[kind]
    rows = [f"<div><b>{escape(name)}:</b> {escape(text)}</div>" for name, text in facts]
    for name, items in lists:
        entries = "".join(f"<li>{escape(item)}</li>" for item in items)
        rows.append(f"<div><b>{escape(name)}:</b><ul>{entries}</ul></div>")
    style = f"border-left:0.35rem solid {hue};padding:0.4rem 0.9rem;margin:0.6rem 0"
    head = f'<b><span aria-hidden="true">{sign}</span> {escape(title)}</b>'
    head = f'<div class="course-card-title">{head}</div>'
    box = f'<div class="course-card course-card-{kind}" style="{style}">'
    return f"{box}{head}{''.join(rows)}</div>"


def to_text(title, facts, lists) -> str:
    """Return the card as plain text."""
    lines = [title, *(f"  {name}: {text}" for name, text in facts)]
    for name, items in lists:
        lines += [f"  {name}:", *(f"    - {item}" for item in items)]
    return "\n".join(lines)
