"""The guide: from what a reader has at hand to what the evidence advises, with code.

The rules are data (`guide.yaml`), read and checked here. Every rule that fits the reader's
answers is given, the better supported ones first; of two that set one thing to different values
the first counts, and both say so. How well a rule is supported is computed for each case: from
the verdicts of the ledger, and from whether they were measured on the like of the case::

    rules = guide.load()
    states = guide.weigh(rules, ledger.read())
    advice = rules.advise({**rules.preset, "length": "long"}, states)
    settings = guide.settings(advice)
    print(rules.program("keras", {**answers, **settings}))
"""

from __future__ import annotations

import itertools
import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers import claims
from helpers.claims import stored
from helpers.claims.ledger import DECIDED, link_html
from helpers.seeds import derived
from helpers.show import cards, record
from helpers.show.glue import PREFIX
from helpers.show.table import FOLDER
from helpers.statistics import Estimate
from helpers.statistics.estimate import MIME

#: What the strength of a rule can be in a case, the best first, and what that means.
STRENGTHS = {
    "direct": "settled here in its favour, for this task, length, precision and hardware",
    "indirect": "settled here in its favour, in another case",
    "literature": "from the works it cites; not tested here",
    "open": "what it rests on is not settled",
    "contradicted": "settled here against it",
}
#: What a piece of evidence can be to the rules that name it.
FOR, AGAINST, OPEN = "for", "against", "open"
LIBRARIES = {"keras": "Keras", "torch": "PyTorch"}
CAPTION = "The rules of the guide."

Answers = Mapping[str, Sequence[str]]


class GuideError(ValueError):
    """The guide's rules have a gap, cite what is not there, or are contradicted."""


@dataclass(frozen=True)
class Evidence:
    """A claim with the verdicts that support a rule, or a number with its bounds.

    Attributes
    ----------
    name : str
        By which rules name it.
    claim, needs
        Id of the claim, and the verdicts that count in favour.
    lesson, value, above, below
        Instead of a claim: the start of a notebook's name, the name of a glued number in it,
        and what the number's whole interval has to keep to.
    tested : mapping of str to tuple of str
        By question, the answers for which it was measured; a question left out makes no
        difference to it.
    """

    name: str
    claim: str = ""
    needs: tuple[str, ...] = ()
    lesson: str = ""
    value: str = ""
    above: float | None = None
    below: float | None = None
    tested: Mapping[str, tuple[str, ...]] | None = None

    def bears_on(self, answers: Mapping[str, str]) -> bool:
        """Say whether it was measured for these answers."""
        return _fits(self.tested or {}, answers)


@dataclass(frozen=True)
class GuideRule:
    """Advice on one part of the network, when it applies, and what it rests on."""

    part: str
    advice: str
    because: str
    when: Mapping[str, tuple[str, ...]]
    sets: Mapping[str, str]
    evidence: tuple[str, ...]
    sources: tuple[str, ...]

    def fits(self, answers: Mapping[str, str]) -> bool:
        """Say whether the rule applies to these answers."""
        return _fits(self.when, answers)

    @property
    def name(self) -> str:
        """The rule as an error message names it."""
        return f"{self.part} “{self.advice}”"


@dataclass(frozen=True)
class Advice:
    """A rule that fits a case, its strength there, and the settings in which a stronger differs."""

    rule: GuideRule
    strength: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guide:
    """Questions with their answers, the parts of a network, evidence, rules, pieces of code."""

    questions: Mapping[str, Mapping[str, Any]]
    parts: Mapping[str, str]
    evidence: Mapping[str, Evidence]
    rules: tuple[GuideRule, ...]
    code: Mapping[str, tuple[tuple[Answers, str], ...]]

    @property
    def preset(self) -> dict[str, str]:
        """The first answer to each question."""
        return {name: next(iter(question["answers"])) for name, question in self.questions.items()}

    def combinations(self) -> Iterator[dict[str, str]]:
        """Yield every combination of answers."""
        for answers in itertools.product(*(q["answers"] for q in self.questions.values())):
            yield dict(zip(self.questions, answers, strict=True))

    def advise(
        self, answers: Mapping[str, str], states: Mapping[str, str]
    ) -> dict[str, tuple[Advice, ...]]:
        """Return for each part all rules that fit the answers, the strongest first.

        Rules that set something come before mere advice. Of equally strong rules the one with
        more conditions comes first, then that which stands first in the file.

        Parameters
        ----------
        answers : mapping of str to str
            To every question.
        states : mapping of str to str
            From `weigh`.

        Raises
        ------
        ValueError
            If a question is not answered, or with an answer that it does not have.
        """
        for question, known in self.questions.items():
            if answers.get(question) not in known["answers"]:
                choices = ", ".join(known["answers"])
                raise ValueError(f"{question}={answers.get(question)!r}; choose from {choices}")
        return {part: self._advice(part, answers, states) for part in self.parts}

    def strength(
        self, rule: GuideRule, answers: Mapping[str, str], states: Mapping[str, str]
    ) -> str:
        """Return how well a rule is supported in a case, a key of `STRENGTHS`."""
        known = [(self.evidence[name], states[name]) for name in rule.evidence]
        if any(state == AGAINST for _, state in known):
            return "contradicted"
        favour = [evidence for evidence, state in known if state == FOR]
        if any(evidence.bears_on(answers) for evidence in favour):
            return "direct"
        return "indirect" if favour else "literature" if rule.sources else "open"

    def at_best(self, rule: GuideRule, states: Mapping[str, str]) -> str:
        """Return the strength that a rule has in the cases that suit it best."""
        cases = (answers for answers in self.combinations() if rule.fits(answers))
        return min((self.strength(rule, a, states) for a in cases), key=list(STRENGTHS).index)

    def program(self, library: str, choices: Mapping[str, str]) -> str:
        """Return the program for a case.

        Parameters
        ----------
        library : str
            "keras" or "torch".
        choices : mapping of str to str
            The answers and the settings (`settings`) together.
        """
        pieces = [text for when, text in self.code[library] if _fits(when, choices)]
        return re.sub(r"<(\w+)>", lambda m: choices[m[1]], "".join(pieces))

    def _advice(
        self, part: str, answers: Mapping[str, str], states: Mapping[str, str]
    ) -> tuple[Advice, ...]:
        order = list(STRENGTHS)
        fitting = [
            (self.strength(rule, answers, states), rule)
            for rule in self.rules
            if rule.part == part and rule.fits(answers)
        ]
        fitting.sort(key=lambda pair: (not pair[1].sets, order.index(pair[0]), -len(pair[1].when)))
        given: list[Advice] = []
        force: dict[str, str] = {}
        for strength, rule in fitting:
            differs = tuple(k for k, v in rule.sets.items() if force.setdefault(k, v) != v)
            given.append(Advice(rule, strength, differs))
        return tuple(given)


def _fits(when: Mapping[str, Sequence[str]], choices: Mapping[str, str]) -> bool:
    return all(choices.get(name) in allowed for name, allowed in when.items())


def settings(advice: Mapping[str, Sequence[Advice]]) -> dict[str, str]:
    """Return the settings in force: each from the strongest rule that sets it."""
    force: dict[str, str] = {}
    for given in advice.values():
        for one in given:
            force = {**one.rule.sets, **force}
    return force


def of_study(force: Mapping[str, str]) -> dict[str, Any]:
    """Return settings as the arguments of `helpers.study.run` that they stand for."""
    bias = force["forget_bias"]
    return {
        "cell": force["cell"],
        "activation": force["activation"],
        "gate_activation": force["gate_activation"],
        "recurrent_init": force["recurrent_init"],
        "forget_bias": bias if bias == "chrono" else float(bias),
        "learning_rate": [float(rate) for rate in force["learning_rate"].split(",")],
        "clip_norm": float(force["clip_norm"]),
    }


def load(path: str | Path | None = None) -> Guide:
    """Read and check the rules.

    Parameters
    ----------
    path : str or Path, optional
        Another file than the course's own `guide.yaml`.

    Raises
    ------
    GuideError
        It lists every claim, verdict, answer or evidence that does not exist, every rule
        without evidence or that never applies, and every case in which a part has no advice
        or a program lacks a setting.
    """
    file = Path(path) if path else resources.files("helpers.claims").joinpath("guide.yaml")
    data = yaml.safe_load(file.read_text("utf8"))
    guide = Guide(
        data["questions"],
        data["parts"],
        {name: _evidence(name, entry) for name, entry in data["evidence"].items()},
        tuple(_rule(part, entry) for part, rules in data["rules"].items() for entry in rules),
        {name: _pieces(data.get("code", {}).get(name, [])) for name in LIBRARIES},
    )
    wrong = [said for evidence in guide.evidence.values() for said in _wrong(guide, evidence)]
    wrong += [said for rule in guide.rules for said in _wrong_rule(guide, rule)]
    _refuse(wrong or _gaps(guide))
    return guide


def _evidence(name: str, entry: Mapping[str, Any]) -> Evidence:
    return Evidence(
        name=name,
        claim=entry.get("claim", ""),
        needs=tuple(entry.get("if", [])),
        lesson=entry.get("lesson", ""),
        value=entry.get("value", ""),
        above=entry.get("above"),
        below=entry.get("below"),
        tested=_tuples(entry.get("tested", {})),
    )


def _rule(part: str, entry: Mapping[str, Any]) -> GuideRule:
    return GuideRule(
        part=part,
        advice=entry["advice"].strip(),
        because=entry["because"].strip(),
        when=_tuples(entry.get("when", {})),
        sets=dict(entry.get("sets", {})),
        evidence=tuple(entry.get("evidence", [])),
        sources=tuple(entry.get("sources", [])),
    )


def _pieces(entries: Sequence[Mapping[str, Any]]) -> tuple[tuple[Answers, str], ...]:
    return tuple((_tuples(entry.get("when", {})), entry["text"]) for entry in entries)


def _tuples(when: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(allowed) for name, allowed in when.items()}


# ---- on what it is tried ----


@dataclass(frozen=True)
class Proof:
    """On which held-out tasks the guide is tried, against what, as `guide_proof.yaml` has it.

    Attributes
    ----------
    text : str
        The file.
    contenders : mapping of str to str
        What is compared, in words.
    cases : mapping of str to mapping
        ``name``, ``says`` (what is asked), ``answers`` (all of them) and ``score`` of each task.
    budget, seeds, units, batch_size : int
        Of every contender on every task; the budget is in training steps, all rates together.
    """

    text: str
    contenders: Mapping[str, str]
    cases: Mapping[str, Mapping[str, Any]]
    budget: int
    seeds: int
    units: int
    batch_size: int

    def base_seed(self, advised: Mapping[str, Mapping[str, str]]) -> int:
        """Return the base seed of the proof's draws: it changes with the text and the advice."""
        return derived("guide", self.text, json.dumps(advised, sort_keys=True))


def proof(guide: Guide) -> Proof:
    """Read `guide_proof.yaml`; questions that a case leaves out get the guide's first answer."""
    text = resources.files("helpers.claims").joinpath("guide_proof.yaml").read_text("utf8")
    data = yaml.safe_load(text)
    cases = {
        name: {**case, "answers": {**guide.preset, **case["answers"]}}
        for name, case in data["cases"].items()
    }
    return Proof(text, **{**data, "cases": cases})


# ---- what supports it ----


def weigh(guide: Guide, ledger: pd.DataFrame, folder: str | Path | None = None) -> dict[str, str]:
    """Return for each piece of evidence whether it is "for", "against", or "open".

    Parameters
    ----------
    guide : Guide
        From `load`.
    ledger : pandas.DataFrame
        From `helpers.claims.ledger.read`.
    folder : str or Path, optional
        Where the chapters lie whose glued numbers count, as in `ledger.read`.
    """
    verdicts = dict(zip(ledger["claim"], ledger["verdict"], strict=True))

    def weight(one: Evidence) -> str:
        if not one.claim:
            return _within(one, glued(one.lesson, one.value, folder))
        verdict = verdicts.get(one.claim)
        return OPEN if verdict not in DECIDED else FOR if verdict in one.needs else AGAINST

    return {name: weight(one) for name, one in guide.evidence.items()}


def glued(lesson: str, value: str, folder: str | Path | None = None) -> Estimate | float | None:
    """Return a number that a notebook has glued; None where there is none yet.

    Parameters
    ----------
    lesson : str
        Start of the notebook's name, such as "05_trends/4".
    value : str
        Name of the number.
    folder : str or Path, optional
        Where the chapters lie, as in `helpers.claims.found`.
    """
    folder = Path(folder) if folder else stored.chapters_folder()
    for path in stored.notebooks(folder):
        if not stored.notebook_name(path, folder).startswith(lesson):
            continue
        for cell in stored.read(path)["cells"]:
            for output in cell.get("outputs", []):
                name = output.get("metadata", {}).get("scrapbook", {}).get("name")
                if name == value:
                    return _number(output["data"])
    return None


def _number(data: Mapping[str, Any]) -> Estimate | float | None:
    if f"{PREFIX}{MIME}" in data:
        return Estimate.from_record(data[f"{PREFIX}{MIME}"])
    try:
        return float("".join(data[f"{PREFIX}text/plain"]).strip("'\" "))
    except ValueError:
        return None


def _within(evidence: Evidence, found: Estimate | float | None) -> str:
    if found is None:
        return OPEN
    low, high = (found.low, found.high) if isinstance(found, Estimate) else (found, found)
    above = -float("inf") if evidence.above is None else evidence.above
    below = float("inf") if evidence.below is None else evidence.below
    if low > above and high < below:
        return FOR
    return AGAINST if high <= above or low >= below else OPEN


def check(guide: Guide, ledger: pd.DataFrame, folder: str | Path | None = None) -> None:
    """Refuse a guide that the ledger or a stored number contradicts.

    Raises
    ------
    GuideError
        It lists the rules that are contradicted, with the evidence against them.
    """
    verdicts = dict(zip(ledger["claim"], ledger["verdict"], strict=True))
    states = weigh(guide, ledger, folder)
    wrong = []
    for rule in guide.rules:
        for name in rule.evidence:
            one = guide.evidence[name]
            if states[name] == AGAINST and one.claim:
                needs = " or ".join(one.needs)
                verdict = verdicts[one.claim]
                wrong.append(f"{rule.name} is contradicted: {one.claim} {verdict} (needs {needs})")
            elif states[name] == AGAINST:
                wrong.append(f"{rule.name} is contradicted: {one.value} of {one.lesson}")
    _refuse(wrong)


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise GuideError("\n  ".join([f"the guide has {len(wrong)} faults:", *wrong]))


def _unknown(guide: Guide, when: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for question, answers in when.items():
        known = guide.questions.get(question, {"answers": ()})["answers"]
        if unknown := [answer for answer in answers if answer not in known] or not answers:
            yield f"{question}: {unknown} is no answer of the guide"


def _wrong(guide: Guide, one: Evidence) -> Iterator[str]:
    yield from (f"evidence “{one.name}”: {said}" for said in _unknown(guide, one.tested or {}))
    if bool(one.claim) == bool(one.lesson and one.value):
        yield f"evidence “{one.name}”: give a claim, or a lesson with a value"
    if one.claim and one.claim not in claims.load():
        yield f"evidence “{one.name}”: there is no claim {one.claim!r}"
    if one.claim and (not one.needs or set(one.needs) - set(DECIDED)):
        yield f"evidence “{one.name}”: it needs verdicts out of {', '.join(DECIDED)}"
    if one.lesson and one.above is None and one.below is None:
        yield f"evidence “{one.name}”: give a bound, above or below"
    if not any(one.name in rule.evidence for rule in guide.rules):
        yield f"evidence “{one.name}”: no rule names it"


def _wrong_rule(guide: Guide, rule: GuideRule) -> Iterator[str]:
    if rule.part not in guide.parts:
        yield f"{rule.name}: there is no such part; there are {', '.join(guide.parts)}"
    yield from (f"{rule.name}: {said}" for said in _unknown(guide, rule.when))
    for name in rule.evidence:
        if name not in guide.evidence:
            yield f"{rule.name}: there is no evidence {name!r}"
    if not rule.evidence and not rule.sources:
        yield f"{rule.name}: no evidence and no source, so that it has no strength"
    for setting in rule.sets:
        others = {r.part for r in guide.rules if setting in r.sets} - {rule.part}
        if setting in guide.questions or others:
            yield f"{rule.name}: {setting} is a question, or is set in another part too"


def _gaps(guide: Guide) -> list[str]:
    """Return what is missing, case by case, with all evidence in favour and with none."""
    wrong, used = dict[str, None](), set()
    for state, answers in itertools.product((FOR, OPEN), guide.combinations()):
        advice = guide.advise(answers, dict.fromkeys(guide.evidence, state))
        used |= {id(one.rule) for given in advice.values() for one in given}
        case = ", ".join(answers.values())
        for part, given in advice.items():
            if not given:
                wrong[f"no rule on {part} for {case}"] = None
        choices = {**answers, **settings(advice)}
        for library in guide.code:
            try:
                guide.program(library, choices)
            except KeyError as missing:
                wrong[f"the {library} program for {case} lacks {missing}"] = None
    unused = [rule for rule in guide.rules if id(rule) not in used]
    return [*wrong, *(f"{rule.name} never applies" for rule in unused)]


# ---- how it is shown ----


def show(guide: Guide, ledger: pd.DataFrame, folder: str | Path | None = None) -> None:
    """Display the guide with its questions, and store it as a record.

    A rule that the evidence contradicts is shown as such, last of its part. `check` refuses it.

    Parameters
    ----------
    guide : Guide
        From `load`.
    ledger : pandas.DataFrame
        From `helpers.claims.ledger.read`.
    folder : str or Path, optional
        As in `weigh`.
    """
    data = to_record(guide, ledger, folder)
    way = stored.way_to(stored.chapters_folder())
    html = to_html(data, ".ipynb", way=way)
    record.show("guide", data, html, to_text(guide, weigh(guide, ledger, folder)))


def to_record(
    guide: Guide, ledger: pd.DataFrame, folder: str | Path | None = None
) -> record.Record:
    """Return the guide as plain data, with what became of its evidence."""
    rows = ledger.set_index("claim")
    states = weigh(guide, ledger, folder)
    evidence = [
        {
            "name": one.name,
            "claim": one.claim,
            "needs": list(one.needs),
            "lesson": one.lesson,
            "value": one.value,
            "above": one.above,
            "below": one.below,
            "tested": _pairs(one.tested or {}),
            "state": states[one.name],
            "verdict": str(rows.loc[one.claim, "verdict"]) if one.claim else "",
            "notebook": str(rows.loc[one.claim, "notebook"]) if one.claim else "",
        }
        for one in guide.evidence.values()
    ]
    rules = [
        {
            "part": rule.part,
            "advice": rule.advice,
            "because": rule.because,
            "when": _pairs(rule.when),
            "sets": [list(pair) for pair in rule.sets.items()],
            "evidence": list(rule.evidence),
            "sources": list(rule.sources),
        }
        for rule in guide.rules
    ]
    questions = [
        {"name": name, "label": q["label"], "answers": [list(a) for a in q["answers"].items()]}
        for name, q in guide.questions.items()
    ]
    code = [
        {"library": name, "pieces": [[_pairs(when), text] for when, text in pieces]}
        for name, pieces in guide.code.items()
    ]
    parts = [list(part) for part in guide.parts.items()]
    return {
        "questions": questions, "parts": parts, "evidence": evidence, "rules": rules, "code": code,
    }  # fmt: skip


def _pairs(when: Mapping[str, Sequence[str]]) -> list[list[Any]]:
    return [[name, list(allowed)] for name, allowed in when.items()]


def from_record(data: Mapping[str, Any]) -> tuple[Guide, dict[str, str]]:
    """Return the guide that `to_record` has written, and the states of its evidence."""
    same = ("name", "claim", "lesson", "value", "above", "below")
    evidence = {
        one["name"]: Evidence(
            **{name: one[name] for name in same},
            needs=tuple(one["needs"]),
            tested=_tuples(dict(one["tested"])),
        )
        for one in data["evidence"]
    }
    rules = tuple(
        GuideRule(
            part=rule["part"],
            advice=rule["advice"],
            because=rule["because"],
            when=_tuples(dict(rule["when"])),
            sets=dict(rule["sets"]),
            evidence=tuple(rule["evidence"]),
            sources=tuple(rule["sources"]),
        )
        for rule in data["rules"]
    )
    questions = {
        q["name"]: {"label": q["label"], "answers": dict(q["answers"])} for q in data["questions"]
    }
    code = {
        one["library"]: tuple((_tuples(dict(when)), text) for when, text in one["pieces"])
        for one in data["code"]
    }
    states = {one["name"]: one["state"] for one in data["evidence"]}
    return Guide(questions, dict(data["parts"]), evidence, rules, code), states


def to_html(data: Mapping[str, Any], ending: str, way: str = "") -> str:
    """Return the guide as a piece of HTML: all of it, and a script that asks the reader.

    Parameters
    ----------
    data : mapping
        From `to_record`.
    ending : str
        Ending of the files that the claims' numbers lead to, such as ".html".
    way : str
        How the page that shows the guide gets to the chapters' folder, such as "../".
    """
    guide, states = from_record(data)
    rows = {one["name"]: one for one in data["evidence"]}
    sections = []
    for part, title in guide.parts.items():
        items = [
            _item(guide, number, states, rows, ending, way)
            for number, rule in enumerate(guide.rules)
            if rule.part == part
        ]
        sections.append(
            f'<section data-part="{escape(part)}"><h3>{escape(title)}</h3>'
            f"<ul>{''.join(items)}</ul></section>"
        )
    choices = {**guide.preset, **settings(guide.advise(guide.preset, states))}
    programs = "".join(
        f'<details data-library="{name}"><summary>The program, {label}</summary>'
        f'<pre tabindex="0"><code>{escape(guide.program(name, choices))}</code></pre></details>'
        for name, label in LIBRARIES.items()
        if guide.code[name]
    )
    legend = "; ".join(f"<b>{name}</b>: {meaning}" for name, meaning in STRENGTHS.items())
    options = {**data, "strengths": list(STRENGTHS)}
    text = json.dumps(options, ensure_ascii=False, sort_keys=True)
    return (
        f'<div class="course-guide" id="guide-table" data-guide="{escape(text)}">'
        f"<style>{_file('guide.css')}</style>"
        f'<div class="guide-questions"></div><p role="status" aria-live="polite"></p>'
        f'{"".join(sections)}{programs}<p class="also">{legend}.</p></div>'
        f"<script>{_file('guide.js')}</script>"
    )


def to_text(guide: Guide, states: Mapping[str, str]) -> str:
    """Return the guide as plain text."""
    lines = [CAPTION]
    for rule in guide.rules:
        cited = ", ".join(basis(guide, rule))
        says = (
            f"{guide.parts[rule.part]}: {rule.advice}. Applies to {applies_to(guide, rule)}. "
            f"{rule.because} Evidence: {cited} (at best {guide.at_best(rule, states)})."
        )
        lines += ["", *textwrap.wrap(says, 90)]
    return "\n".join(lines)


def basis(guide: Guide, rule: GuideRule) -> list[str]:
    """Return what a rule rests on, in short: claims, lessons, works."""
    found = [guide.evidence[name] for name in rule.evidence]
    named = [one.claim or lesson_name(one.lesson) for one in found]
    return [*named, *map(author_year, rule.sources)]


def lesson_name(start: str) -> str:
    """Return the start of a lesson's name as one says it: "lesson 5/4" for "05_trends/4"."""
    chapter, number = start.split("/")
    return f"lesson {int(chapter.split('_')[0])}/{number.split('_')[0]}"


def applies_to(guide: Guide, rule: GuideRule) -> str:
    """Return in words what a rule applies to."""
    parts = []
    for name, allowed in rule.when.items():
        question = guide.questions[name]
        answers = " or ".join(question["answers"][a] for a in allowed)
        parts.append(f"{question['label'].lower()}: {answers}")
    return "; ".join(parts) or "every case"


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


@cache
def _file(name: str) -> str:
    return (FOLDER / name).read_text("utf8")


def _item(
    guide: Guide,
    number: int,
    states: Mapping[str, str],
    rows: Mapping[str, Mapping[str, Any]],
    ending: str,
    way: str,
) -> str:
    rule = guide.rules[number]
    cited = []
    for row in (rows[name] for name in rule.evidence):
        if row["claim"]:
            link = link_html(row["claim"], row["notebook"], ending, way)
            cited.append(f"{link} {cards.state_html(row['verdict'], row['verdict'])}")
        else:
            cited.append(escape(lesson_name(row["lesson"])))
    cited += [escape(author_year(key)) for key in rule.sources]
    best = guide.at_best(rule, states)
    return (
        f'<li data-rule="{number}"><p><b>{escape(rule.advice)}</b> '
        f'<span class="strength" data-strength="{best}">at best {best}</span> '
        f'<span class="differs"></span></p><p>{escape(rule.because)} '
        f'<span class="also">For {escape(applies_to(guide, rule))}. '
        f"Rests on: {'; '.join(cited)}.</span></p></li>"
    )
