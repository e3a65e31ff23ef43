"""The guide: from what a reader has at hand to what the evidence advises.

The rules are data (`guide.yaml`), read and checked here. For each part of a
network the first rule that fits the reader's answers gives the advice. A rule
cites claims of the two articles, each with the verdicts on which the advice
rests, and so its strength is computed from the ledger and written nowhere.
`helpers.claims.guide_table` shows the guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pandas as pd
import yaml

from helpers import claims
from helpers.claims.guide_rules import Guide, Rule, strength
from helpers.claims.ledger import DECIDED


class GuideError(ValueError):
    """The guide's rules have a gap, cite what is not there, or are contradicted."""


def load(path: str | Path | None = None) -> Guide:
    """Read and check the rules.

    Parameters
    ----------
    path : str or Path, optional
        Another file than the course's own `guide.yaml`.

    Raises
    ------
    GuideError
        It lists every claim or verdict that does not exist, every rule without
        evidence or that never comes first, and every combination without advice.
    """
    file = Path(path) if path else resources.files("helpers.claims").joinpath("guide.yaml")
    data = yaml.safe_load(file.read_text("utf8"))
    rules = [
        Rule(
            part=part,
            advice=entry["advice"].strip(),
            because=entry["because"].strip(),
            when={name: tuple(v) for name, v in entry.get("when", {}).items()},
            claims={claim: tuple(v) for claim, v in entry.get("claims", {}).items()},
            sources=tuple(entry.get("sources", [])),
        )
        for part, entries in data["rules"].items()
        for entry in entries
    ]
    guide = Guide(data["questions"], data["parts"], tuple(rules))
    wrong = [said for rule in rules for said in _wrong(guide, rule)]
    _refuse(wrong or _gaps(guide))
    return guide


def check(guide: Guide, ledger: pd.DataFrame) -> None:
    """Refuse a guide that the ledger contradicts.

    Raises
    ------
    GuideError
        It lists the rules that are contradicted, with the claims and verdicts.
    """
    verdicts = ledger.set_index("claim")["verdict"]
    wrong = []
    for rule in guide.rules:
        if strength(rule, ledger) == "contradicted":
            needs = [f"{c} {verdicts[c]} (needs {' or '.join(v)})" for c, v in rule.claims.items()]
            wrong.append(f"{rule.name} is contradicted: {', '.join(needs)}")
    _refuse(wrong)


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise GuideError("\n  ".join([f"the guide has {len(wrong)} faults:", *wrong]))


def _wrong(guide: Guide, rule: Rule) -> Iterator[str]:
    if rule.part not in guide.parts:
        yield f"{rule.name}: there is no such part; there are {', '.join(guide.parts)}"
    for question, answers in rule.when.items():
        known = guide.questions.get(question, {"answers": ()})["answers"]
        if unknown := [answer for answer in answers if answer not in known] or not answers:
            yield f"{rule.name}: {question}: {unknown} is no answer of the guide"
    for claim, needed in rule.claims.items():
        if claim not in claims.load():
            yield f"{rule.name}: there is no claim {claim!r}"
        if not needed or set(needed) - set(DECIDED):
            yield f"{rule.name}: {claim} needs verdicts out of {', '.join(DECIDED)}"
    if not rule.claims and not rule.sources:
        yield f"{rule.name}: no claim and no source, so that it has no strength"


def _gaps(guide: Guide) -> list[str]:
    wrong, used = [], set()
    for answers in guide.combinations():
        advice = guide.advise(answers)
        used |= {id(rule) for rule in advice.values()}
        case = ", ".join(answers.values())
        wrong += [f"no rule on {part} for {case}" for part in guide.parts if part not in advice]
    wrong += [f"{rule.name} never comes first" for rule in guide.rules if id(rule) not in used]
    return wrong
