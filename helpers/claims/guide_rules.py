"""What a rule of the guide is, which one comes first, and how well it is supported."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.claims.ledger import DECIDED

#: What the strength of a rule can be, and what that means.
STRENGTHS = {
    "strong": "every claim it cites was settled here, in its favour",
    "partial": "some of the claims it cites were settled here, in its favour",
    "thin": "none of the claims it cites is settled yet",
    "literature": "from the works it cites; not tested here",
    "contradicted": "a claim it cites was settled here, against it",
}


@dataclass(frozen=True)
class Rule:
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
    rules: tuple[Rule, ...]

    def combinations(self) -> Iterator[dict[str, str]]:
        """Yield every combination of answers."""
        for answers in itertools.product(*(q["answers"] for q in self.questions.values())):
            yield dict(zip(self.questions, answers, strict=True))

    def advise(self, answers: Mapping[str, str]) -> dict[str, Rule]:
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

    def _first(self, part: str, answers: Mapping[str, str]) -> Rule | None:
        return next((r for r in self.rules if r.part == part and r.fits(answers)), None)


def strength(rule: Rule, ledger: pd.DataFrame) -> str:
    """Return how well a rule is supported, a key of `STRENGTHS`.

    Parameters
    ----------
    rule : Rule
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
