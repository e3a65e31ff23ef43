"""From a claim to a verdict that the notebook computes.

The order is always the same, and the code enforces it:

1. `predict` states the claim, what we expect, and the rules that will decide;
2. an experiment measures, inside ``with plan.draws():``;
3. `Plan.judge` applies the rules to the measured estimates and shows the verdict.

Inside `Plan.draws` all random numbers come from the base seed, the claim and the text of
its rules. Trial runs are made outside of it. So a rule that was edited after a look at
the result is judged on draws that nobody has seen.

The cell stores both as records (`helpers.show.record`). The record of a verdict holds
the prediction, its rules, the measured effects in their order, the verdict and the rule
that decided. Cards, ledger, cheat sheet and replications are rendered from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from helpers.checks import one_of
from helpers.claims import card
from helpers.claims.claim import get
from helpers.claims.rule import VERDICTS, Condition, Rule
from helpers.seeds import base_seed, derived, using
from helpers.show.record import Record, RecordError
from helpers.statistics import Estimate


@dataclass(frozen=True)
class Plan:
    """Prediction and decision rules for one claim, stated before the experiment.

    Attributes
    ----------
    claim, says, quote : str
        The claim's id, its meaning in English, its original wording.
    expects : str
        The verdict that we predict, one of `VERDICTS`.
    because : str
        Why.
    rules : tuple of Rule
        Tried in this order; the first that is met decides.
    condition : str
        Under which condition we expect "holds if"; "" if that was left open.
    directions : tuple of Condition
        Where we expect each effect to lie: one comparison for every effect that the
        rules use, or none at all.
    reading : str
        Which reading of the claim is judged.
    exploratory : bool
        Whether the rules were written after a first look at the same draws.

    Raises
    ------
    ValueError
        For an unknown verdict, without any rule, for a condition of another verdict than
        "holds if" or of no rule, or if an effect is expected twice or not at all.
    """

    claim: str
    says: str
    quote: str
    expects: str
    because: str
    rules: tuple[Rule, ...]
    condition: str = ""
    directions: tuple[Condition, ...] = ()
    reading: str = ""
    exploratory: bool = False

    def __post_init__(self) -> None:
        one_of("expects", self.expects, VERDICTS)
        if not self.rules:
            raise ValueError("rules=[]: state at least one; if none is met it is inconclusive")
        if self.condition and self.expects != "holds if":
            raise ValueError(f"condition={self.condition!r}: only 'holds if' is expected with one")
        if self.condition:
            known = [rule.condition for rule in self.rules if rule.condition]
            one_of("condition", self.condition, known)
        foreseen = [part.effect for condition in self.directions for part in condition.parts]
        for effect in foreseen:
            one_of("effect", effect, self.needs)
        if foreseen and sorted(foreseen) != sorted(self.needs):
            raise ValueError(f"effects={foreseen} do not name each of {list(self.needs)} once")

    @property
    def needs(self) -> tuple[str, ...]:
        """The effects that the rules use, in the order of the rules."""
        return tuple(dict.fromkeys(name for rule in self.rules for name in rule.when.needs))

    def decide(self, effects: Mapping[str, Estimate]) -> int | None:
        """Return the index of the first rule that is met, None if there is none."""
        met = (index for index, rule in enumerate(self.rules) if rule.when.test(effects))
        return next(met, None)

    @property
    def text(self) -> str:
        """The claim and its rules as text, from which the judging draws derive."""
        rules = [f"{r.verdict} {r.condition}: {r.when.text}" for r in self.rules]
        return "\n".join([self.claim, *rules])

    @contextmanager
    def draws(self) -> Iterator[int]:
        """Draw from the base seed, the claim and its rules while the block runs; see `draws`."""
        with draws(self) as seed:
            yield seed

    def judge(
        self, effects: Mapping[str, Estimate], baseline: str, faults: Sequence[str] = ()
    ) -> Verdict:
        """Apply the rules in their order and show the verdict's card.

        Parameters
        ----------
        effects : mapping of str to Estimate
            The measured estimates, by exactly the names that the rules use.
        baseline : str
            What the effects are compared with, in a few words.
        faults : sequence of str
            What is wrong with the design, from `helpers.study.faults`. If there is
            anything, the verdict is "inconclusive" whatever the rules say.

        Returns
        -------
        Verdict
            The first rule that is met decides; if none is, "inconclusive".

        Raises
        ------
        ValueError
            If an effect is missing, or none of the rules uses it.
        """
        if set(self.needs) != set(effects):
            raise ValueError(
                f"effects={sorted(effects)} do not match the rules, which use {sorted(self.needs)}"
            )
        verdict = Verdict(
            self,
            MappingProxyType(dict(effects)),
            baseline,
            base_seed(),
            self.decide(effects),
            tuple(faults),
            _last_draws.get(self.text),
        )
        card.show("verdict", verdict.as_record(), card.of_verdict(verdict))
        return verdict

    def as_record(self) -> Record:
        """Return the prediction as plain data."""
        more: Record = {"reading": self.reading} if self.reading else {}
        if self.exploratory:
            more["exploratory"] = True
        return more | {
            "claim": self.claim,
            "says": self.says,
            "quote": self.quote,
            "expects": self.expects,
            "because": self.because,
            "rules": [rule.as_record() for rule in self.rules],
            "condition": self.condition,
            "directions": [condition.as_record() for condition in self.directions],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Plan:
        """Return the prediction that `as_record` has written.

        Raises
        ------
        RecordError
            If a field is missing.
        """
        try:
            return cls(
                claim=record["claim"],
                says=record["says"],
                quote=record["quote"],
                expects=record["expects"],
                because=record["because"],
                rules=tuple(map(Rule.from_record, record["rules"])),
                condition=record.get("condition", ""),
                directions=tuple(map(Condition.from_record, record.get("directions", []))),
                reading=record.get("reading", ""),
                exploratory=record.get("exploratory", False),
            )
        except (KeyError, TypeError) as error:
            raise _stale("prediction", record, error) from None


@dataclass(frozen=True)
class Verdict:
    """The evidence on one claim: prediction, measured effects, and the rule that decided.

    Attributes
    ----------
    plan : Plan
        Prediction and rules.
    effects : mapping of str to Estimate
        What was measured, in the order in which the cell gave it.
    baseline : str
        What the effects are compared with.
    base_seed : int
        Under which base seed the chapter was run.
    decided_by : int or None
        Index of the first rule in `plan.rules` that is met; None if none was met.
    faults : tuple of str
        What is wrong with the design; with any, the verdict is "inconclusive".
    draws : int or None
        The base seed of the judging draws (see `draws`); None if there was none of its own.

    Raises
    ------
    RecordError
        If the rules, applied to the effects, name another rule.
    """

    plan: Plan
    effects: Mapping[str, Estimate]
    baseline: str
    base_seed: int
    decided_by: int | None
    faults: tuple[str, ...] = ()
    draws: int | None = None

    def __post_init__(self) -> None:
        if (found := self.plan.decide(self.effects)) != self.decided_by:
            raise RecordError(
                f"claim {self.claim}: decided_by={self.decided_by!r}, "
                f"but from the effects the rules give {found!r}"
            )

    @property
    def rule(self) -> Rule | None:
        """The rule that decided; None if none was met, or the design has a fault."""
        if self.decided_by is None or self.faults:
            return None
        return self.plan.rules[self.decided_by]

    @property
    def claim(self) -> str:
        """Id of the claim."""
        return self.plan.claim

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        return self.rule.verdict if self.rule else "inconclusive"

    @property
    def condition(self) -> str:
        """Under which condition the claim holds, of a verdict "holds if"."""
        return self.rule.condition if self.rule else ""

    @property
    def expected(self) -> str:
        """The verdict that was predicted."""
        return self.plan.expects

    @property
    def scores(self) -> list[tuple[str, bool]]:
        """What was predicted, part by part, and whether it came out.

        The verdict; its condition, where one was named; where each effect would lie.
        """
        scored = [("verdict", self.verdict == self.expected)]
        if self.plan.condition:
            scored.append(("condition", self.plan.condition == self.condition))
        return scored + [(c.text, c.test(self.effects)) for c in self.plan.directions]

    @property
    def as_predicted(self) -> bool:
        """Whether all that the prediction has said came out."""
        return all(hit for _, hit in self.scores)

    @property
    def effect(self) -> str:
        """Name of the deciding effect: the deciding rule's first; without a rule the first."""
        return self.rule.when.needs[0] if self.rule else next(iter(self.effects))

    def _ipython_display_(self) -> None:
        """Show nothing: `Plan.judge` has shown the card, also where it ends a cell."""

    def as_record(self) -> Record:
        """Return the evidence as plain data: all that a page, in any language, shows of it."""
        effects = [{"name": name, **e.to_record()} for name, e in self.effects.items()]
        more: Record = {"faults": list(self.faults)} if self.faults else {}
        if self.draws is not None:
            more["draws"] = self.draws
        return more | {
            "claim": self.claim,
            "prediction": self.plan.as_record(),
            "effects": effects,
            "baseline": self.baseline,
            "base_seed": self.base_seed,
            "decided_by": self.decided_by,
            "verdict": self.verdict,
            "condition": self.condition,
            "effect": self.effect,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Verdict:
        """Return the evidence that `as_record` has written.

        Raises
        ------
        RecordError
            If a field is missing, or the stored verdict does not follow from the effects.
        """
        try:
            effects = {e["name"]: Estimate.from_record(e) for e in record["effects"]}
            verdict = cls(
                plan=Plan.from_record(record["prediction"]),
                effects=MappingProxyType(effects),
                baseline=record["baseline"],
                base_seed=record["base_seed"],
                decided_by=record["decided_by"],
                faults=tuple(record.get("faults", ())),
                draws=record.get("draws"),
            )
            stored = tuple(record[name] for name in ("claim", "verdict", "condition", "effect"))
        except (KeyError, TypeError) as error:
            raise _stale("verdict", record, error) from None
        if len(effects) < len(record["effects"]) or set(effects) != set(verdict.plan.needs):
            raise RecordError(
                f"claim {verdict.claim}: the effects are not those of the rules, each once"
            )
        outside = [name for name, e in effects.items() if e.value < e.low or e.value > e.high]
        if outside:
            raise RecordError(f"claim {verdict.claim}: {outside[0]!r} lies outside its interval")
        if verdict.decided_by is not None and type(verdict.decided_by) is not int:
            raise RecordError(f"claim {verdict.claim}: decided_by={verdict.decided_by!r}")
        if stored != (verdict.claim, verdict.verdict, verdict.condition, verdict.effect):
            raise RecordError(f"claim {verdict.claim}: {stored} does not follow from the rules")
        return verdict


def _stale(kind: str, record: Mapping[str, Any], error: Exception) -> RecordError:
    claim = record.get("claim", record.get("prediction", {}).get("claim", "an unknown claim"))
    return RecordError(
        f"the {kind} on {claim} is stored in another form ({error}); run its notebook (make run)"
    )


#: By the text of a plan: the base seed of its last draws.
_last_draws: dict[str, int] = {}


@contextmanager
def draws(*plans: Plan) -> Iterator[int]:
    """Draw from the base seed, some claims and the text of their rules while the block runs.

    `helpers.seeds.base_seed` and all that derives from it differ inside the block, so that
    every training in it has draws of its own. Editing a rule changes them.

    Parameters
    ----------
    *plans : Plan
        The predictions that the experiment in the block will judge.

    Yields
    ------
    int
        The base seed of the block, which the verdicts note.

    Raises
    ------
    ValueError
        Without any plan.
    """
    if not plans:
        raise ValueError("draws() needs the predictions that the experiment will judge")
    seed = derived(*sorted(plan.text for plan in plans))
    with using(seed):
        yield seed
    for plan in plans:
        _last_draws[plan.text] = seed


def predict(
    claim: str,
    expects: str,
    because: str,
    rules: Sequence[Rule],
    condition: str = "",
    effects: Sequence[Condition] = (),
    exploratory: bool = False,
) -> Plan:
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
    condition : str
        The condition that we expect, of a verdict "holds if"; "" leaves it open.
    effects : sequence of Condition
        Where we expect each effect to lie, such as ``above("gain", 0)``: one for every
        effect that the rules use. Each counts towards how well we predict.
    exploratory : bool
        Whether the rules were written after a first look at the same draws.

    Raises
    ------
    ValueError
        For an unknown claim or verdict, or without any rule (see `Plan`).
    """
    known = get(claim)
    plan = Plan(
        claim=known.id,
        says=known.english,
        quote=known.quote,
        expects=expects,
        because=because,
        rules=tuple(rules),
        condition=condition,
        directions=tuple(effects),
        reading=known.reading.strip(),
        exploratory=exploratory,
    )
    card.show("prediction", plan.as_record(), card.of_plan(plan))
    return plan
