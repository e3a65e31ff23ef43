"""Cards: short boxed statements in a notebook or on a page, as HTML and as plain text.

Here too stands the one list of signs and colours by which a reader knows a verdict:
on cards, in the ledger, on the cheat sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from helpers.checks import one_of
from helpers.show import plots


@dataclass(frozen=True)
class Mark:
    """The sign of a kind of card, and its colour (a name of `plots.PALETTE`)."""

    sign: str
    colour: str

    @property
    def css(self) -> str:
        """The colour for a style sheet: it follows the page's theme where there is one."""
        return f"var(--figure-{self.colour}, {plots.colour(self.colour)})"


#: By kind of card: a prediction, each verdict, and a claim without a verdict.
MARKS = {
    "prediction": Mark("?", "muted"),
    "holds": Mark("✓", "green"),
    "holds if": Mark("◐", "blue"),
    "refuted": Mark("✗", "vermillion"),
    "inconclusive": Mark("~", "orange"),
    "opinion": Mark("…", "purple"),
    "not yet tested": Mark("○", "muted"),
}


@dataclass(frozen=True)
class Card:
    """What stands on a card.

    Attributes
    ----------
    kind : str
        A key of `MARKS`; gives sign and colour.
    title : str
        First line.
    facts : tuple of (str, str)
        Name and text of each line.
    items : tuple of str
        A list below the lines, with the heading `heading`.
    anchor : str
        Id of the card on a page, by which links lead to it; "" for none.

    Raises
    ------
    ValueError
        If there is no such kind.
    """

    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    heading: str
    items: tuple[str, ...]
    anchor: str = ""

    def __post_init__(self) -> None:
        one_of("kind", self.kind, MARKS)


def slug(kind: str) -> str:
    """Return a kind as one word, such as "holds-if"."""
    return kind.replace(" ", "-")


def to_html(card: Card) -> str:
    """Return the card as HTML; its style stands in it, so that it works anywhere."""
    mark = MARKS[card.kind]
    rows = [f"<div><b>{escape(name)}:</b> {escape(text)}</div>" for name, text in card.facts]
    entries = "".join(f"<li>{escape(item)}</li>" for item in card.items)
    rows.append(f"<div><b>{escape(card.heading)}:</b><ul>{entries}</ul></div>")
    style = f"border-left:0.35rem solid {mark.css};padding:0.4rem 0.9rem;margin:0.6rem 0"
    ident = f' id="{escape(card.anchor)}"' if card.anchor else ""
    head = f'<b><span aria-hidden="true">{mark.sign}</span> {escape(card.title)}</b>'
    return (
        f'<div{ident} class="course-card course-card-{slug(card.kind)}" style="{style}">'
        f'<div class="course-card-title">{head}</div>{"".join(rows)}</div>'
    )


def to_text(card: Card) -> str:
    """Return the card as plain text."""
    lines = [card.title, *(f"  {name}: {text}" for name, text in card.facts)]
    lines += [f"  {card.heading}:", *(f"    - {item}" for item in card.items)]
    return "\n".join(lines)


def state_html(state: str, shown: str = "") -> str:
    """Return the name of a verdict with its sign and in its colour.

    Parameters
    ----------
    state : str
        A key of `MARKS`.
    shown : str
        The name to show where it is not the English one.
    """
    one_of("state", state, MARKS)
    mark = MARKS[state]
    sign = f'<span aria-hidden="true">{mark.sign}</span>'
    return f'<b style="color:{mark.css}">{sign} {escape(shown or state)}</b>'
