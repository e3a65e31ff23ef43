"""Show the ledger: a table that the reader can filter, and the counts as a figure."""

from __future__ import annotations

import re
import textwrap
from html import escape

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from helpers.claims.ledger import UNTESTED, counts
from helpers.show import filtered, plots
from helpers.show.cards import KINDS

HEADS = ("Claim", "They say", "Verdict", "Main effect [95 % interval]", "n", "Chapter")
CAPTION = "The claims of the two articles and their verdicts. A claim's number leads to its test."


def show(ledger: pd.DataFrame) -> None:
    """Display the ledger.

    Parameters
    ----------
    ledger : pandas.DataFrame
        From `helpers.claims.ledger.read`.
    """
    from IPython.display import display

    display({"text/html": to_html(ledger), "text/plain": to_text(ledger)}, raw=True)


def show_counts(ledger: pd.DataFrame) -> None:
    """Display how many claims have each verdict, as a figure."""
    parts = [f"{number} {state}" for state, number in counts(ledger).items()]
    alt = f"Bars: the verdicts on the {len(ledger)} claims. {', '.join(parts)}."
    plots.show(draw_counts(ledger), alt)


def draw_counts(ledger: pd.DataFrame) -> Figure:
    """Draw how many claims have each verdict; the first state is on top."""
    number = counts(ledger)
    figure, axes = plt.subplots(figsize=(6.2, 0.6 + 0.36 * len(number)))
    hues = [plots.colour(mark(state)[2]) for state in number]
    axes.barh(list(number), list(number.values()), color=hues, height=0.62)
    for height, value in enumerate(number.values()):
        axes.text(value + 0.4, height, f"{value}", va="center", color=hues[height])
    axes.invert_yaxis()
    axes.set_xlabel(f"claims, of {len(ledger)}")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", visible=False)
    return figure


def mark(state: str) -> tuple[str, str, str]:
    """Return the CSS colour, the sign and the palette's name of a state's colour."""
    hue, sign = ("var(--figure-muted, #5d6570)", "○") if state == UNTESTED else KINDS[slug(state)]
    return hue, sign, re.search(r"--figure-(\w+)", hue)[1]


def slug(state: str) -> str:
    """Return a state as one word, such as "holds-if"."""
    return state.replace(" ", "-")


def verdict_html(state: str, condition: str = "") -> str:
    """Return a verdict with its sign and in its colour."""
    hue, sign, _ = mark(state)
    name = f'<b style="color:{hue}"><span aria-hidden="true">{sign}</span> {state}</b>'
    return f"{name} {escape(condition)}".strip()


def link_html(claim: str, link: str) -> str:
    """Return a claim's number, as a link to the card of its verdict if there is one."""
    return f'<a href="{escape(link)}">{claim}</a>' if link else claim


def to_html(ledger: pd.DataFrame) -> str:
    """Return the ledger as HTML."""
    rows = []
    for row in ledger.itertuples():
        effect = f"{escape(row.effect)} = {escape(row.estimate)}" if row.effect else ""
        cells = [
            link_html(row.claim, row.link),
            f"{escape(row.english)} {_quote(row.quote)}",
            verdict_html(row.verdict, row.condition or row.problem),
            effect,
            f"{row.n}" if row.effect else "",
            f"{row.chapter}",
        ]
        fits = {"verdict": [slug(row.verdict)], "chapter": [f"{row.chapter}"]}
        rows.append(filtered.Row([filtered.TableCell(cell) for cell in cells], fits))
    number = counts(ledger)
    verdicts = {slug(state): f"{state} ({n})" for state, n in number.items() if n}
    chapters = {f"{c}": f"{c} ({n})" for c, n in sorted(ledger["chapter"].value_counts().items())}
    questions = [
        filtered.Question("verdict", "Verdict", verdicts, f"all ({len(ledger)})"),
        filtered.Question("chapter", "Chapter", chapters, f"all ({len(ledger)})"),
    ]
    controls = filtered.Controls(questions, noun="claims", search="Search")
    return filtered.to_html("ledger-table", CAPTION, HEADS, rows, controls)


def to_text(ledger: pd.DataFrame) -> str:
    """Return the ledger as plain text."""
    lines = [CAPTION, ", ".join(f"{n} {state}" for state, n in counts(ledger).items())]
    for row in ledger.itertuples():
        says = f"{row.claim} (chapter {row.chapter}): {row.english} {row.quote}"
        verdict = f"  {row.verdict} {row.condition or row.problem}".rstrip()
        lines += ["", *textwrap.wrap(says, 90), verdict]
        if row.effect:
            lines.append(f"  {row.effect} = {row.estimate}, n = {row.n}")
    return "\n".join(lines)


def _quote(text: str) -> str:
    """Return the original wording, marked as Chinese or as code or a formula."""
    if re.search(r"[\u4e00-\u9fff]", text):
        return f'<span class="also" lang="zh">{escape(text)}</span>'
    return f'<span class="also"><code>{escape(text)}</code></span>'
