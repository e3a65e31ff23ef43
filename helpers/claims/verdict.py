"""From a claim to a verdict that the notebook computes.

The order is always the same, and the code enforces it:

1. `predict` states the claim, what we expect, and the rules that will decide;
2. an experiment measures;
3. `Plan.judge` applies the rules to the measured estimates and prints a verdict.

A rule is made of conditions on intervals, so that its wording and its test are
the same thing. The record of a verdict lies in the notebook's stored output and
nowhere else; `stored_verdicts` reads it back for later chapters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers.seeds import base_seed
from helpers.show.cards import show_card
from helpers.statistics import Estimate

#: Verdicts in the order of the ledger.
VERDICTS = ("holds", "holds if", "refuted", "inconclusive", "opinion")
MIME = "application/vnd.rnn-activations.verdict+json"


@dataclass(frozen=True)
class Claim:
    """One claim of the two articles, as `claims.yaml` has it."""

    id: str
    document: str
    where: str
    quote: str
    english: str
    known: str
    chapter: int
    sources: tuple[str, ...] = ()
    experiment: tuple[str, ...] = ()


@cache
def load() -> Mapping[str, Claim]:
    """Return all claims by id, in the order of the articles."""
    text = resources.files("helpers.claims").joinpath("claims.yaml").read_text("utf8")
    claims = {}
    for entry in yaml.safe_load(text)["claims"]:
        entry["sources"] = tuple(entry["sources"])
        entry["experiment"] = tuple(entry["experiment"])
        claims[entry["id"]] = Claim(**entry)
    return claims


def get(claim: str) -> Claim:
    """Return one claim; an unknown id is refused with the choices."""
    if claim not in load():
        raise ValueError(f"there is no claim {claim!r}; ids run A01 to A39 and B40 to B60")
    return load()[claim]


@dataclass(frozen=True)
class Condition:
    """A statement on measured estimates: its wording, and its test."""

    text: str
    needs: frozenset[str]
    test: Callable[[Mapping[str, Estimate]], bool] = field(compare=False)

    def __and__(self, other: Condition) -> Condition:
        return Condition(
            f"{self.text} and {other.text}",
            self.needs | other.needs,
            lambda effects: self.test(effects) and other.test(effects),
        )


def above(name: str, threshold: float) -> Condition:
    """The whole interval of `name` lies above the threshold."""
    text = f"{name} > {threshold:g}"
    return Condition(text, frozenset([name]), lambda effects: effects[name].low > threshold)


def below(name: str, threshold: float) -> Condition:
    """The whole interval of `name` lies below the threshold."""
    text = f"{name} < {threshold:g}"
    return Condition(text, frozenset([name]), lambda effects: effects[name].high < threshold)


def equal(name: str, target: float, tolerance: float = 0.0) -> Condition:
    """The whole interval of `name` lies within `tolerance` of the target."""
    text = f"{name} = {target:g}" + (f" ± {tolerance:g}" if tolerance else "")

    def test(effects: Mapping[str, Estimate]) -> bool:
        low, high = effects[name].low, effects[name].high
        return target - tolerance <= low and high <= target + tolerance

    return Condition(text, frozenset([name]), test)


@dataclass(frozen=True)
class Rule:
    """If `when` is met, the verdict is `verdict`; "holds if" names its `condition`."""

    verdict: str
    when: Condition
    condition: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict={self.verdict!r}; choose from {', '.join(VERDICTS)}")
        if (self.verdict == "holds if") != bool(self.condition):
            raise ValueError(f"condition={self.condition!r}: 'holds if', and only it, needs one")


@dataclass(frozen=True)
class Verdict:
    """A computed verdict, as it is stored in the notebook's output."""

    claim: str
    verdict: str
    condition: str
    expected: str
    rule: str
    effects: Mapping[str, Estimate]
    baseline: str
    base_seed: int

    def as_record(self) -> dict[str, Any]:
        """Return plain data for JSON; an estimate becomes 'value [low, high]' and n."""
        record = {**self.__dict__}
        record["effects"] = {
            name: {"estimate": str(e), "n": e.n, "unit": e.unit} for name, e in self.effects.items()
        }
        return record


@dataclass(frozen=True)
class Plan:
    """Prediction and decision rules for one claim, stated before the experiment."""

    claim: Claim
    expects: str
    because: str
    rules: tuple[Rule, ...]

    def judge(self, effects: Mapping[str, Estimate], baseline: str) -> Verdict:
        """Apply the rules in their order and show the verdict's card.

        Parameters
        ----------
        effects : mapping of str to Estimate
            The measured estimates, by exactly the names that the rules use.
        baseline : str
            What the effects are compared with, in a few words.

        Returns
        -------
        Verdict
            The first rule that is met decides; if none is, "inconclusive".

        Raises
        ------
        ValueError
            If an effect is missing, or none of the rules uses it.
        """
        needed = frozenset().union(*(rule.when.needs for rule in self.rules))
        if needed != set(effects):
            raise ValueError(
                f"effects={sorted(effects)} do not match the rules, which use {sorted(needed)}"
            )
        met = next((rule for rule in self.rules if rule.when.test(effects)), None)
        verdict = Verdict(
            claim=self.claim.id,
            verdict=met.verdict if met else "inconclusive",
            condition=met.condition if met else "",
            expected=self.expects,
            rule=met.when.text if met else "none of the rules was met",
            effects=dict(effects),
            baseline=baseline,
            base_seed=base_seed(),
        )
        show_card(MIME, verdict.as_record(), *_verdict_lines(self.claim, verdict))
        return verdict


def predict(claim: str, expects: str, because: str, rules: Sequence[Rule]) -> Plan:
    """State a prediction and its decision rules, and show them as a card.

    Parameters
    ----------
    claim : str
        Id of the claim, such as "A03".
    expects : str
        The verdict that we predict, one of `VERDICTS`.
    because : str
        Why we expect it, in a sentence.
    rules : sequence of Rule
        Tried in this order once the measurement is there; the first that is met
        decides. If none is met the verdict is "inconclusive".

    Raises
    ------
    ValueError
        For an unknown claim or verdict, or without any rule.
    """
    if expects not in VERDICTS:
        raise ValueError(f"expects={expects!r}; choose from {', '.join(VERDICTS)}")
    if not rules:
        raise ValueError("rules=[]: state at least one rule; without a match it is inconclusive")
    plan = Plan(get(claim), expects, because, tuple(rules))
    lines = [f"{_name(rule)}: {rule.when.text}" for rule in rules]
    show_card(
        None,
        None,
        f"Prediction for claim {claim}",
        "prediction",
        [("They say", plan.claim.english), ("We expect", f"“{expects}”, because {because}")],
        [
            (
                "Rules (met if the whole interval meets it; the first that is met decides)",
                [*lines, "inconclusive otherwise"],
            )
        ],
    )
    return plan


def stored_verdicts(folder: str | Path) -> pd.DataFrame:
    """Read the verdicts out of the notebooks' stored outputs.

    Parameters
    ----------
    folder : str or Path
        Where the notebooks lie.

    Returns
    -------
    pandas.DataFrame
        One row per verdict in reading order: the record's fields (the effects in
        the order of `Plan.judge`, as the card lists them), and `notebook` and
        `cell` (index of the cell in the notebook) that it was read from.

    Raises
    ------
    FileNotFoundError
        If the folder holds no notebook.
    """
    paths = sorted(Path(folder).glob("*.ipynb"))
    if not paths:
        raise FileNotFoundError(f"there is no notebook in {folder}")
    rows = []
    for path in paths:
        for index, cell in enumerate(json.loads(path.read_text("utf8"))["cells"]):
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if record := data.get(MIME):
                    effects = _as_judged(record["effects"], "".join(data.get("text/plain", "")))
                    place = {"notebook": path.stem, "cell": index}
                    rows.append({**record, "effects": effects, **place})
    return pd.DataFrame(rows)


def _as_judged(effects: Mapping[str, Any], card: str) -> dict[str, Any]:
    """Return the effects in the card's order: Jupyter stores a record sorted by name."""
    return dict(sorted(effects.items(), key=lambda item: card.find(f"- {item[0]} = ")))


def _name(rule: Rule) -> str:
    return f"{rule.verdict} {rule.condition}" if rule.condition else rule.verdict


def _verdict_lines(claim: Claim, verdict: Verdict) -> tuple:
    effects = [
        f"{name} = {e} {e.unit}".strip() + f", n = {e.n}" for name, e in verdict.effects.items()
    ]
    foreseen = "as predicted" if verdict.verdict == verdict.expected else "not as predicted"
    title = f"Verdict on claim {claim.id}: {verdict.verdict} {verdict.condition}".strip()
    facts = [
        ("They say", claim.english),
        ("Decided by", f"{verdict.rule} ({foreseen}: {verdict.expected})"),
        ("Compared with", verdict.baseline),
    ]
    return title, verdict.verdict.replace(" ", "-"), facts, [("Measured", effects)]
