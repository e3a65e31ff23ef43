"""Show the guide: five questions, and for each part of the network what to choose."""

from __future__ import annotations

import re
import textwrap
from html import escape

import pandas as pd

from helpers.claims.guide import check
from helpers.claims.guide_rules import STRENGTHS, Guide, Rule, strength
from helpers.claims.ledger_table import link_html, verdict_html
from helpers.show import filtered

HEADS = ("Part", "Advice", "Applies to", "Evidence", "Strength")
CAPTION = "The rules of the guide. Of the rows on one part the first that fits counts."


def show(guide: Guide, ledger: pd.DataFrame, complete: bool = False) -> None:
    """Display the guide with its selector.

    Parameters
    ----------
    guide : Guide
        From `helpers.claims.guide.load`.
    ledger : pandas.DataFrame
        From `helpers.claims.ledger.read`.
    complete : bool
        Refuse a guide with a rule that the ledger contradicts.

    Raises
    ------
    helpers.claims.guide.GuideError
        If `complete` is asked for and a rule is contradicted.
    """
    from IPython.display import display

    if complete:
        check(guide, ledger)
    data = {"text/html": to_html(guide, ledger), "text/plain": to_text(guide, ledger)}
    display(data, raw=True)


def to_html(guide: Guide, ledger: pd.DataFrame) -> str:
    """Return the guide as HTML."""
    rows = []
    for rule in guide.rules:
        grade = strength(rule, ledger)
        part = guide.parts[rule.part]
        cells = [
            filtered.TableCell(escape(part), says=part),
            filtered.TableCell(
                f'<b>{escape(rule.advice)}</b> <span class="also">{escape(rule.because)}</span>',
                says=f"{rule.advice} ({grade})",
            ),
            filtered.TableCell(escape(applies_to(guide, rule))),
            filtered.TableCell(_evidence(rule, ledger)),
            filtered.TableCell(f'{grade} <span class="also">{escape(STRENGTHS[grade])}</span>'),
        ]
        rows.append(filtered.Row(cells, rule.when, group=rule.part))
    questions = [
        filtered.Question(name, question["label"], question["answers"])
        for name, question in guide.questions.items()
    ]
    controls = filtered.Controls(questions, noun="rules", one_each="Show every rule")
    return filtered.to_html("guide-table", CAPTION, HEADS, rows, controls)


def to_text(guide: Guide, ledger: pd.DataFrame) -> str:
    """Return the guide as plain text."""
    lines = [CAPTION]
    for rule in guide.rules:
        cited = ", ".join([*rule.claims, *map(author_year, rule.sources)])
        says = (
            f"{guide.parts[rule.part]}: {rule.advice}. Applies to {applies_to(guide, rule)}. "
            f"{rule.because} Evidence: {cited} ({strength(rule, ledger)})."
        )
        lines += ["", *textwrap.wrap(says, 90)]
    return "\n".join(lines)


def applies_to(guide: Guide, rule: Rule) -> str:
    """Return in words what a rule applies to."""
    parts = []
    for name, allowed in rule.when.items():
        question = guide.questions[name]
        parts.append(f"{question['label']}: {' or '.join(question['answers'][a] for a in allowed)}")
    if parts:
        return "; ".join(parts)
    alone = sum(other.part == rule.part for other in guide.rules) == 1
    return "every case" if alone else "every other case"


def author_year(key: str) -> str:
    """Return a key of the bibliography as author and year: "Weiss 2018"."""
    author, year = re.match(r"([a-z]+)(\d{4})", key).groups()
    return f"{author.capitalize()} {year}"


def _evidence(rule: Rule, ledger: pd.DataFrame) -> str:
    rows = ledger.set_index("claim")
    cited = []
    for claim in rule.claims:
        row = rows.loc[claim]
        cited.append(f"{link_html(claim, row.link)} {verdict_html(row.verdict)}")
    return "<br>".join([*cited, *(escape(author_year(key)) for key in rule.sources)])
