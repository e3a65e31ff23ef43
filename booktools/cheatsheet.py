"""The cheat sheet: the guide and the ledger's verdicts on one page of A4.

The build draws it from the data that the last chapter shows (`helpers.claims.guide`,
`helpers.claims.ledger`) and from nothing else, as a PDF and an image to download and as
a figure of the page. The same data give the same bytes: no date, no version.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from helpers.claims import guide, ledger
from helpers.show import plots
from helpers.show.cards import MARKS

A4 = (8.27, 11.69)
TITLE = "Activation functions in recurrent networks: the cheat sheet"
NAMES = ("cheatsheet.pdf", "cheatsheet.png")
#: Left edge and width of the columns, and the smallest margin, in inches.
COLUMNS = {"Applies to": (0.55, 2.4), "Choose": (3.0, 2.7), "Evidence": (5.75, 2.0)}
MARGIN = 0.44
#: Sizes of the text in points. The first that fits is taken: while few claims are judged,
#: the evidence column names works instead, and needs more lines.
SIZES = (8.0, 7.6, 7.2)
INTRO = (
    "Of rows of a part that fit your case, the better supported counts. Direct: settled here for "
    "such a case; indirect: for another; literature: not tested here; open: not settled; "
    "contradicted: settled against it."
)


@dataclass(frozen=True)
class Data:
    """What the sheet shows: the guide, what became of its evidence, and the ledger."""

    rules: guide.Guide
    states: Mapping[str, str]
    verdicts: pd.DataFrame


def data(root: Path) -> Data:
    """Return the guide, and the ledger of the chapters in `root`."""
    rules, verdicts = guide.load(), ledger.read(root / "chapters")
    return Data(rules, guide.weigh(rules, verdicts, root / "chapters"), verdicts)


def alt_text(rules: guide.Guide) -> str:
    """Say in words what the sheet shows."""
    parts = ", ".join(name.lower() for name in rules.parts.values())
    return (
        f"Cheat sheet on one page with three columns: what a rule applies to, what to choose, "
        f"and the evidence with its strength. It has a block for each part: {parts}. "
        f"Below stand the claims by verdict. The table of the guide holds the same as text."
    )


def draw(shown: Data) -> Figure:
    """Draw the sheet.

    A rule that changes a setting has a row. What the rules advise besides stands below their
    part, in a line. The largest of `SIZES` that fits is taken.

    Raises
    ------
    ValueError
        If the rules do not fit on the page.
    """
    for size in SIZES:
        figure = plt.figure(figsize=A4, layout="none")
        missing = MARGIN - _fill(_Sheet(figure, size), shown)
        if missing <= 0:
            return figure
        plt.close(figure)
    raise ValueError(f"the sheet is {missing:.1f} inches too long for one page")


def _fill(sheet: _Sheet, shown: Data) -> float:
    """Write everything; return what is left of the page, in inches."""
    sheet.write(0.55, TITLE, size=13, weight="bold", down=0.27)
    rules, verdicts = shown.rules, shown.verdicts
    sheet.paragraph(0.55, 7.15, INTRO, colour="muted")
    sheet.row(dict(zip(COLUMNS, COLUMNS, strict=True)), colour="muted")
    for part, name in rules.parts.items():
        sheet.heading(name)
        for rule in (r for r in rules.rules if r.part == part and r.sets):
            strength = rules.at_best(rule, shown.states)
            settled = strength in ("direct", "indirect")  # then its works are left out
            works = [] if settled else [*map(guide.author_year, rule.sources)]
            named = zip(rule.evidence, guide.basis(rules, rule), strict=False)
            kept = [text for name, text in named if shown.states[name] == guide.FOR or not settled]
            cited = ", ".join([*kept, *works])
            sheet.row(
                {
                    "Applies to": guide.applies_to(rules, rule),
                    "Choose": rule.advice,
                    "Evidence": f"{strength}: {cited}",
                }
            )
        also: dict[str, list[str]] = {}
        for rule in (r for r in rules.rules if r.part == part and not r.sets):
            also.setdefault(guide.applies_to(rules, rule), []).append(rule.advice)
        if also:
            texts = [f"{case}: {', '.join(advice)}" for case, advice in also.items()]
            sheet.paragraph(0.55, 7.15, f"Also, for {'; for '.join(texts)}.", colour="muted")
    sheet.heading("The claims by verdict")
    for state, number in ledger.counts(verdicts).items():
        mark = MARKS[state]
        claims = verdicts.loc[verdicts["verdict"] == state, "claim"]
        text = f"{mark.sign} {state} ({number}): {' '.join(claims)}"
        sheet.paragraph(0.55, 7.15, text, colour=mark.colour)
    return sheet.top


def write(folder: Path, root: Path) -> list[Path]:
    """Write the PDF and the image, where they changed; return their paths."""
    figure = draw(data(root))
    paths = [folder / name for name in NAMES]
    for path, content in zip(paths, (to_pdf(figure), to_png(figure)), strict=True):
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    plt.close(figure)
    return paths


def to_pdf(figure: Figure) -> bytes:
    """Return the sheet as a PDF with real text."""
    none = dict.fromkeys(("Creator", "Producer", "CreationDate"))
    return _saved(figure, "pdf", metadata={"Title": TITLE, **none})


def to_png(figure: Figure) -> bytes:
    """Return the sheet as an image of 150 dots an inch."""
    return _saved(figure, "png", dpi=150, metadata={"Software": None})


def _saved(figure: Figure, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, **options)
    return buffer.getvalue()


class _Sheet:
    """Writes from the top of the page down; `top` is what is left, in inches."""

    def __init__(self, figure: Figure, size: float) -> None:
        self.figure = figure
        self.size = size
        self.top = A4[1] - 0.58

    def write(
        self,
        left: float,
        text: str,
        size: float | None = None,
        weight: str = "normal",
        colour: str = "ink",
        down: float | None = None,
    ) -> None:
        place = left / A4[0], self.top / A4[1]
        hue = plots.colour(colour)
        size = size or self.size
        self.figure.text(*place, text, size=size, weight=weight, color=hue, parse_math=False)
        self.top -= down or size * 1.22 / 72

    def paragraph(self, left: float, width: float, text: str, colour: str = "ink") -> None:
        for line in wrap(text, width, self.size):
            self.write(left, line, colour=colour)
        self.top -= 0.04

    def heading(self, text: str) -> None:
        self.top -= 0.03
        left, right, y = 0.55 / A4[0], 7.75 / A4[0], (self.top + 0.155) / A4[1]
        rule = mpl.lines.Line2D([left, right], [y, y], color=plots.colour("muted"), lw=0.7)
        self.figure.add_artist(rule)
        self.write(0.55, text, size=9.5, weight="bold", down=0.165)

    def row(self, texts: Mapping[str, str], colour: str = "ink") -> None:
        start, ends = self.top, []
        for column, text in texts.items():
            self.top = start
            left, width = COLUMNS[column]
            weight = "bold" if column == "Choose" else "normal"
            for line in wrap(text, width, self.size, weight):
                self.write(left, line, weight=weight, colour=colour)
            ends.append(self.top)
        self.top = min(ends) - 0.035


def wrap(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break a text of `size` points into lines of at most `width` inches."""
    font = FontProperties(family=["DejaVu Sans"], size=size, weight=weight)
    measure = mpl.textpath.TextToPath().get_text_width_height_descent
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and measure(longer, font, ismath=False)[0] / 72 > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
