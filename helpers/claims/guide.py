"""The guide: from what a reader has at hand to what the evidence advises.

The rules are data (`guide.yaml`), read and checked here. For each part of a
network the first rule that fits the reader's answers gives the advice. A rule
cites claims of the two articles, each with the verdicts on which the advice
rests, and so its strength is computed from the ledger and written nowhere.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers import claims
from helpers.claims import stored
from helpers.claims.ledger import DECIDED, link_html
from helpers.show import cards, record
from helpers.show import table as tables
from helpers.show.words import ENGLISH, Words, say

#: What the strength of a rule can be, and what that means.
STRENGTHS = {
    "strong": "every claim it cites was settled here, in its favour",
    "partial": "some of the claims it cites were settled here, in its favour",
    "thin": "none of the claims it cites is settled yet",
    "literature": "from the works it cites; not tested here",
    "contradicted": "a claim it cites was settled here, against it",
}

HEADS = ("Part", "Advice", "Applies to", "Evidence", "Strength")
CAPTION = "The rules of the guide. Of the rows on one part the first that fits counts."


class GuideError(ValueError):
    """The guide's rules have a gap, cite what is not there, or are contradicted."""


@dataclass(frozen=True)
class GuideRule:
    """Advice on one part of the network, when it applies, and what it rests on."""

    part: str
    advice: str
    because: str
    when: Mapping[str, tuple[str, ...]]
    claims: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]

    def fits(self, answers: Mapping[str, str]) -> bool:
        """Say whether the rule applies to these answers."""
        return all(answers[question] in allowed for question, allowed in self.when.items())

    @property
    def name(self) -> str:
        """The rule as an error message names it."""
        return f"{self.part} “{self.advice}”"


@dataclass(frozen=True)
class Guide:
    """Questions with their answers, the parts of a network, and the rules in order."""

    questions: Mapping[str, Mapping[str, Any]]
    parts: Mapping[str, str]
    rules: tuple[GuideRule, ...]

    def combinations(self) -> Iterator[dict[str, str]]:
        """Yield every combination of answers."""
        for answers in itertools.product(*(q["answers"] for q in self.questions.values())):
            yield dict(zip(self.questions, answers, strict=True))

    def advise(self, answers: Mapping[str, str]) -> dict[str, GuideRule]:
        """Return for each part the first rule that fits the answers.

        Raises
        ------
        ValueError
            If a question is not answered, or with an answer that it does not have.
        """
        for question, known in self.questions.items():
            if answers.get(question) not in known["answers"]:
                choices = ", ".join(known["answers"])
                raise ValueError(f"{question}={answers.get(question)!r}; choose from {choices}")
        found = {part: self._first(part, answers) for part in self.parts}
        return {part: rule for part, rule in found.items() if rule}

    def _first(self, part: str, answers: Mapping[str, str]) -> GuideRule | None:
        return next((r for r in self.rules if r.part == part and r.fits(answers)), None)


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
        GuideRule(
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


def strength(rule: GuideRule, ledger: pd.DataFrame) -> str:
    """Return how well a rule is supported, a key of `STRENGTHS`.

    Parameters
    ----------
    rule : GuideRule
        Of the guide.
    ledger : pandas.DataFrame
        From `helpers.claims.ledger.read`.
    """
    if not rule.claims:
        return "literature"
    verdicts = ledger.set_index("claim")["verdict"]
    settled = {claim: verdicts[claim] in DECIDED for claim in rule.claims}
    against = [c for c in rule.claims if settled[c] and verdicts[c] not in rule.claims[c]]
    if against:
        return "contradicted"
    if all(settled.values()):
        return "strong"
    return "partial" if any(settled.values()) else "thin"


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


def _wrong(guide: Guide, rule: GuideRule) -> Iterator[str]:
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


# ---- how it is shown ----


def show(guide: Guide, ledger: pd.DataFrame, complete: bool = False) -> None:
    """Display the guide with its selector, and store it as a record.

    Parameters
    ----------
    guide : Guide
        From `load`.
    ledger : pandas.DataFrame
        From `helpers.claims.ledger.read`.
    complete : bool
        Refuse a guide with a rule that the ledger contradicts.

    Raises
    ------
    GuideError
        If `complete` is asked for and a rule is contradicted.
    """
    if complete:
        check(guide, ledger)
    data = to_record(guide, ledger)
    way = stored.way_to(stored.chapters_folder())
    html = tables.to_html(table(data, ".ipynb", way=way), alone=True)
    record.show("guide", data, html, to_text(guide, ledger))


def to_record(guide: Guide, ledger: pd.DataFrame) -> record.Record:
    """Return the guide as plain data, with the evidence and the strength of each rule."""
    rows = ledger.set_index("claim")
    rules = [
        {
            "part": rule.part,
            "advice": rule.advice,
            "because": rule.because,
            "when": [[question, list(allowed)] for question, allowed in rule.when.items()],
            "evidence": [
                {
                    "claim": claim,
                    "needs": list(needs),
                    "verdict": rows.loc[claim, "verdict"],
                    "notebook": rows.loc[claim, "notebook"],
                }
                for claim, needs in rule.claims.items()
            ],
            "sources": list(rule.sources),
            "strength": strength(rule, ledger),
        }
        for rule in guide.rules
    ]
    questions = [
        {"name": name, "label": q["label"], "answers": [list(a) for a in q["answers"].items()]}
        for name, q in guide.questions.items()
    ]
    parts = [list(part) for part in guide.parts.items()]
    return {"questions": questions, "parts": parts, "rules": rules}


def from_record(data: Mapping[str, Any]) -> Guide:
    """Return the guide that `to_record` has written; strength and verdicts are left aside."""
    questions = {
        q["name"]: {"label": q["label"], "answers": dict(q["answers"])} for q in data["questions"]
    }
    rules = tuple(
        GuideRule(
            part=rule["part"],
            advice=rule["advice"],
            because=rule["because"],
            when={question: tuple(allowed) for question, allowed in rule["when"]},
            claims={cited["claim"]: tuple(cited["needs"]) for cited in rule["evidence"]},
            sources=tuple(rule["sources"]),
        )
        for rule in data["rules"]
    )
    return Guide(questions, dict(data["parts"]), rules)


def table(
    data: Mapping[str, Any], ending: str, words: Words = ENGLISH, way: str = ""
) -> tables.Table:
    """Return the guide as a table.

    Parameters
    ----------
    data : mapping
        From `to_record`.
    ending : str
        Ending of the files that the claims' numbers lead to, such as ".html".
    words : mapping of str to str
        The language.
    way : str
        How the page that shows the guide gets to the chapters' folder, such as "../".
    """
    guide = from_record(data)
    rows = []
    for rule, row in zip(guide.rules, data["rules"], strict=True):
        part, advice = say(words, guide.parts[rule.part]), say(words, rule.advice)
        grade = say(words, row["strength"])
        because, meaning = say(words, rule.because), say(words, STRENGTHS[row["strength"]])
        cells = [
            tables.TableCell(part, says=part),
            tables.TableCell(
                advice, f"<b>{escape(advice)}</b> {_also(because)}", f"{advice} ({grade})"
            ),
            tables.TableCell(applies_to(guide, rule, words)),
            tables.TableCell("", _evidence(row, ending, words, way)),
            tables.TableCell(grade, f"{escape(grade)} {_also(meaning)}"),
        ]
        rows.append(tables.Row(cells, rule.when, group=rule.part))
    return tables.Table(
        ident="guide-table",
        caption=say(words, CAPTION),
        heads=[say(words, head) for head in HEADS],
        rows=rows,
        questions=[
            tables.Question(
                name,
                say(words, question["label"]),
                {answer: say(words, shown) for answer, shown in question["answers"].items()},
            )
            for name, question in guide.questions.items()
        ],
        one_each=say(words, "Show every rule"),
    )


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


def applies_to(guide: Guide, rule: GuideRule, words: Words = ENGLISH) -> str:
    """Return in words what a rule applies to."""
    parts = []
    for name, allowed in rule.when.items():
        question = guide.questions[name]
        answers = f" {say(words, 'or')} ".join(say(words, question["answers"][a]) for a in allowed)
        parts.append(f"{say(words, question['label'])}: {answers}")
    if parts:
        return "; ".join(parts)
    alone = sum(other.part == rule.part for other in guide.rules) == 1
    return say(words, "every case" if alone else "every other case")


def author_year(key: str) -> str:
    """Return a key of the bibliography as author and year: "Weiss 2018".

    Raises
    ------
    ValueError
        If the key does not begin with an author and a year.
    """
    match = re.match(r"([a-z]+)(\d{4})", key)
    if not match:
        raise ValueError(f"key={key!r} does not begin with an author and a year")
    return f"{match[1].capitalize()} {match[2]}"


def _evidence(row: Mapping[str, Any], ending: str, words: Words, way: str) -> str:
    cited = [
        f"{link_html(c['claim'], c['notebook'], ending, way)} "
        f"{cards.state_html(c['verdict'], say(words, c['verdict']))}"
        for c in row["evidence"]
    ]
    return "<br>".join([*cited, *(escape(author_year(key)) for key in row["sources"])])


def _also(text: str) -> str:
    return f'<span class="also">{escape(text)}</span>'
