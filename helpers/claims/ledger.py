"""The ledger: all claims with the verdicts that the chapters' notebooks hold.

Nothing is written twice. The wording of a claim comes from `helpers.claims`, its
verdict from the record of the cell that judged it (`helpers.claims.stored`). A verdict
counts only if its claim was judged once, in the chapter that the list of claims names,
under the base seed of the others, and by the code that the notebook holds now; until
then the claim is "not yet tested", with the reason beside it.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers import claims
from helpers.checks import one_of
from helpers.claims import stored
from helpers.claims.card import anchor, verdict_text
from helpers.show import cards, plots, record
from helpers.show import table as tables
from helpers.show.words import ENGLISH, Words, say
from helpers.statistics import Estimate

UNTESTED = "not yet tested"
#: Every state of a claim, in the order of the ledger.
STATES = (*claims.VERDICTS, UNTESTED)
#: Verdicts that settle a claim by what was measured.
DECIDED = ("holds", "holds if", "refuted")
#: In the place of a notebook's name: the verdict stands in the one that shows the ledger.
HERE = "this notebook"

HEADS = ("Claim", "They say", "Verdict", "Main effect [95 % interval]", "n", "Chapter")
CAPTION = "The claims of the two articles and their verdicts. A claim's number leads to its test."


class IncompleteLedger(ValueError):
    """The ledger lacks a verdict, or holds one that does not count."""


@dataclass(frozen=True)
class _Judged:
    """A verdict, where it was judged, and whether that code was edited since."""

    verdict: claims.Verdict | claims.Check
    notebook: str
    chapter: int | None
    stale: bool


def read(
    folder: str | Path | None = None,
    own: Sequence[claims.Verdict | claims.Check] = (),
    complete: bool = False,
) -> pd.DataFrame:
    """Gather the claims and their verdicts.

    Parameters
    ----------
    folder : str or Path, optional
        Where the chapters lie; by default the nearest folder of that name, see
        `helpers.claims.stored.chapters_folder`.
    own : sequence of Verdict or Check
        What the notebook that asks has judged itself. While it runs, its stored
        outputs are those of an earlier run, so the verdicts of its chapter are
        taken from here and not from the file.
    complete : bool
        Refuse a ledger with a claim that is not yet tested.

    Returns
    -------
    pandas.DataFrame
        One row per claim in the order of the articles: `claim`, `document`,
        `where`, `english`, `quote`, `chapter`, `verdict` (one of `STATES`),
        `condition`, `expected`, `effect` (name of the deciding effect), `estimate`
        (an `Estimate`; None without a verdict or of a check), `by` (what a verdict without a
        sample rests on, else ""), `notebook` (that judged the claim; `HERE`
        for the one that asks, "" without a verdict) and `problem` (why a verdict is
        missing or does not count).

    Raises
    ------
    IncompleteLedger
        If `complete` is asked for and the ledger is not; it lists the claims.
    FileNotFoundError
        If the folder holds no notebook.
    ValueError
        If `own` holds verdicts of several chapters.
    """
    found: dict[str, list[_Judged]] = {}
    folder = stored.chapters_folder() if folder is None else Path(folder)
    for judged in [*_stored(folder, own), *map(_own, own)]:
        found.setdefault(judged.verdict.claim, []).append(judged)
    seed = _usual_seed(found)
    rows = [_row(claim, found.pop(claim.id, []), seed) for claim in claims.load().values()]
    if complete:
        wrong = [f"{row['claim']}: {row['problem']}" for row in rows if row["problem"]]
        wrong += [f"{unknown}: is judged, but is no claim of the list" for unknown in found]
        if wrong:
            raise IncompleteLedger("\n  ".join([f"{len(wrong)} claims are not settled:", *wrong]))
    return pd.DataFrame(rows)


def counts(ledger: pd.DataFrame) -> dict[str, int]:
    """Return how many claims have each verdict, in the order of `STATES`.

    The state "not yet tested" is listed only while some claim has it.
    """
    number = Counter(ledger["verdict"])
    return {state: number[state] for state in STATES if number[state] or state != UNTESTED}


def _stored(folder: Path, own: Sequence[claims.Verdict | claims.Check]) -> list[_Judged]:
    """Return the verdicts in the notebooks, without those of the chapter that asks."""
    asking = {claims.get(verdict.claim).chapter for verdict in own}
    if len(asking) > 1:
        raise ValueError(f"own: verdicts of one chapter are meant, not of {sorted(asking)}")
    found = stored.verdicts(folder)
    names = {one.notebook for one in found}
    stale = {name: stored.is_stale(stored.read(folder / f"{name}.ipynb")) for name in names}
    judged = [
        _Judged(one.verdict, one.notebook, stored.chapter(one.notebook), stale[one.notebook])
        for one in found
    ]
    return [one for one in judged if one.chapter not in asking]


def _own(verdict: claims.Verdict | claims.Check) -> _Judged:
    return _Judged(verdict, HERE, claims.get(verdict.claim).chapter, stale=False)


def _usual_seed(found: Mapping[str, Sequence[_Judged]]) -> int | None:
    seeds = Counter(one.verdict.base_seed for judged in found.values() for one in judged)
    return seeds.most_common(1)[0][0] if seeds else None


def _problem(claim: claims.Claim, judged: Sequence[_Judged], seed: int | None) -> str:
    if not judged:
        return f"no verdict in chapter {claim.chapter}"
    if len(judged) > 1:
        places = ", ".join(one.notebook for one in judged)
        return f"judged {len(judged)} times, in {places}"
    (one,) = judged
    if one.chapter != claim.chapter:
        return f"judged in {one.notebook} and not in chapter {claim.chapter}"
    if one.stale:
        return f"{one.notebook} was edited since it was run"
    if one.verdict.base_seed != seed:
        return f"judged under base seed {one.verdict.base_seed}, the others under {seed}"
    return ""


def _row(claim: claims.Claim, judged: Sequence[_Judged], seed: int | None) -> dict[str, Any]:
    problem = _problem(claim, judged, seed)
    row: dict[str, Any] = {
        "claim": claim.id, "document": claim.document, "where": claim.where,
        "english": claim.english.strip(), "quote": claim.quote.strip(), "chapter": claim.chapter,
        "verdict": UNTESTED, "condition": "", "expected": "", "effect": "", "estimate": None,
        "by": "", "notebook": "", "problem": problem,
    }  # fmt: skip
    if not problem:
        (one,) = judged
        for name in ("verdict", "condition", "expected", "effect"):
            row[name] = getattr(one.verdict, name)
        row |= {
            "estimate": one.verdict.effects.get(one.verdict.effect),  # none of a check
            "by": getattr(one.verdict, "by", ""),
            "notebook": one.notebook,
        }
    return row


# ---- how it is shown ----


def show(ledger: pd.DataFrame) -> None:
    """Display the ledger, and store it as a record.

    Parameters
    ----------
    ledger : pandas.DataFrame
        From `read`.
    """
    data = to_record(ledger)
    way = stored.way_to(stored.chapters_folder())
    html = tables.to_html(table(data, ".ipynb", way=way), alone=True)
    record.show("ledger", data, html, to_text(ledger))


def show_chapter(chapter: int, folder: str | Path | None = None) -> None:
    """Display the claims of one chapter with the verdicts that its lessons hold.

    Parameters
    ----------
    chapter : int
        1 to 6.
    folder : str or Path, optional
        As of `read`.

    Raises
    ------
    ValueError
        If no claim is tested in that chapter.
    """
    ledger = read(folder)
    one_of("chapter", str(chapter), sorted({str(number) for number in ledger["chapter"]}))
    show(ledger[ledger["chapter"] == chapter].reset_index(drop=True))


def show_counts(ledger: pd.DataFrame) -> None:
    """Display how many claims have each verdict, as a figure."""
    parts = [f"{number} {state}" for state, number in counts(ledger).items()]
    alt = f"Bars: the verdicts on the {len(ledger)} claims. {', '.join(parts)}."
    plots.show(draw_counts(ledger), alt)


def draw_counts(ledger: pd.DataFrame) -> Figure:
    """Draw how many claims have each verdict; the first state is on top."""
    number = counts(ledger)
    figure, axes = plt.subplots(figsize=(6.2, 0.6 + 0.36 * len(number)))
    hues = [plots.colour(cards.MARKS[state].colour) for state in number]
    axes.barh(list(number), list(number.values()), color=hues, height=0.62)
    for height, value in enumerate(number.values()):
        axes.text(value + 0.4, height, f"{value}", va="center", color=hues[height])
    axes.invert_yaxis()
    axes.set_xlabel(f"claims, of {len(ledger)}")
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.grid(axis="y", visible=False)
    return figure


def to_record(ledger: pd.DataFrame) -> record.Record:
    """Return the ledger as plain data, a row for each claim."""
    rows = ledger.to_dict("records")
    for row in rows:
        row["estimate"] = row["estimate"] and row["estimate"].to_record()
    return {"rows": rows}


def from_record(data: Mapping[str, Any]) -> pd.DataFrame:
    """Return the ledger that `to_record` has written."""
    rows = [
        {**row, "estimate": row["estimate"] and Estimate.from_record(row["estimate"])}
        for row in data["rows"]
    ]
    return pd.DataFrame(rows)


def table(
    data: Mapping[str, Any], ending: str, words: Words = ENGLISH, way: str = ""
) -> tables.Table:
    """Return the ledger as a table.

    Parameters
    ----------
    data : mapping
        From `to_record`.
    ending : str
        Ending of the files that the claims' numbers lead to, such as ".html".
    words : mapping of str to str
        The language.
    way : str
        How the page that shows the ledger gets to the chapters' folder, such as "../".
    """
    ledger = from_record(data)
    rows = [
        tables.Row(
            cells=_cells(row, ending, words, way),
            fits={"verdict": [cards.slug(row["verdict"])], "chapter": [f"{row['chapter']}"]},
        )
        for row in ledger.to_dict("records")
    ]
    number = counts(ledger)
    verdicts = {cards.slug(s): f"{say(words, s)} ({n})" for s, n in number.items() if n}
    chapters = {f"{c}": f"{c} ({n})" for c, n in sorted(Counter(ledger["chapter"]).items())}
    every = say(words, "all ({number})", number=len(ledger))
    return tables.Table(
        ident="ledger-table",
        caption=say(words, CAPTION),
        heads=[say(words, head) for head in HEADS],
        rows=rows,
        questions=[
            tables.Question("verdict", say(words, "Verdict"), verdicts, every),
            *(
                [tables.Question("chapter", say(words, "Chapter"), chapters, every)]
                if len(chapters) > 1
                else []
            ),
        ],
        search=say(words, "Search"),
        status=say(words, "{shown} of {all} claims shown"),
    )


def link_html(claim: str, notebook: str, ending: str, way: str = "") -> str:
    """Return a claim's number, as a link to the card of its verdict if there is one.

    Parameters
    ----------
    claim : str
        Id of the claim.
    notebook : str
        Name of the notebook that judged it, or `HERE`; "" for no verdict.
    ending : str
        Ending of the files that links lead to, such as ".html".
    way : str
        How the page that links gets to the chapters' folder, such as "../".
    """
    if not notebook:
        return escape(claim)
    page = "" if notebook == HERE else f"{way}{notebook}{ending}"
    return f'<a href="{escape(page)}#{anchor(claim)}">{escape(claim)}</a>'


def to_text(ledger: pd.DataFrame) -> str:
    """Return the ledger as plain text."""
    lines = [CAPTION, ", ".join(f"{n} {state}" for state, n in counts(ledger).items())]
    for row in ledger.to_dict("records"):
        says = f"{row['claim']} (chapter {row['chapter']}): {row['english']} {row['quote']}"
        verdict = f"  {row['verdict']} {row['condition'] or row['problem']}".rstrip()
        lines += ["", *textwrap.wrap(says, 90), verdict]
        if row["effect"]:
            effect = f"{row['effect']} = {tables.text(row['estimate'])}"
            lines.append(f"  {effect}, n = {row['estimate'].n}")
        elif row.get("by"):
            lines.append(f"  by {row['by']}")
    return "\n".join(lines)


def _cells(row: Mapping[Any, Any], ending: str, words: Words, way: str) -> list[tables.TableCell]:
    verdict, condition = row["verdict"], row["condition"] or row["problem"]
    mark = cards.state_html(verdict, say(words, verdict))
    settled = say(words, "by " + row["by"]) if row.get("by") else ""
    effect, number = tables.TableCell(settled), tables.TableCell()
    if row["effect"]:
        measured = f"{say(words, row['effect'])} = {tables.text(row['estimate'], words)}"
        effect, number = tables.TableCell(measured), tables.TableCell(float(row["estimate"].n))
    english = say(words, row["english"])
    return [
        tables.TableCell(row["claim"], link_html(row["claim"], row["notebook"], ending, way)),
        tables.TableCell(english, f"{escape(english)} {_quote(row['quote'])}"),
        tables.TableCell(
            verdict_text(verdict, condition, words),
            f"{mark} {escape(say(words, condition) if condition else '')}".strip(),
        ),
        effect,
        number,
        tables.TableCell(float(row["chapter"])),
    ]


def _quote(text: str) -> str:
    """Return the original wording, marked as Chinese or as code or a formula."""
    if re.search(r"[\u4e00-\u9fff]", text):
        return f'<span class="also" lang="zh">{escape(text)}</span>'
    return f'<span class="also"><code>{escape(text)}</code></span>'
