"""The cards of a prediction and of a verdict: from the record to what the reader sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from helpers.show import cards, record
from helpers.show.words import ENGLISH, Words, say
from helpers.statistics import Estimate

if TYPE_CHECKING:
    from helpers.claims.check import Check
    from helpers.claims.verdict import Plan, Verdict

#: Every phrase of the cards; the rest of their text comes from the records.
PHRASES = (
    "Prediction for claim {claim}",
    "They say",
    "We expect",
    "“{verdict}”, because {because}",
    "We expect of the effects",
    "Read as",
    "Exploratory",
    "the rules were written after a first look at these draws",
    "The design does not allow a verdict",
    "Measured, with {level} intervals, base seed {seed}, draws {draws}",
    "Rules (met if the whole interval meets it; the first that is met decides)",
    "{verdict} otherwise",
    "Verdict on claim {claim}: {verdict}",
    "Decided by",
    "none of the rules was met",
    "{rule} (as predicted: {expected})",
    "{rule} (not as predicted: {expected})",
    "{rule} (as predicted, but for: {missed})",
    "Compared with",
    "Measured, with {level} intervals, base seed {seed}",
    "and",
    "Settled by",
    "identity",
    "definition",
    "theorem",
    "code",
    "usage",
    "literature",
    "Checked",
    "{check}: yes",
    "{check}: no",
    "nothing could be measured",
)


def anchor(claim: str, kind: str = "verdict") -> str:
    """Return the id of a claim's card on a page, such as "verdict-a07"."""
    return f"{kind}-{claim.lower()}"


def of_plan(plan: Plan, words: Words = ENGLISH) -> cards.Card:
    """Return the card of a prediction."""
    expects = verdict_text(plan.expects, plan.condition, words)
    because = say(words, plan.because)
    facts = [
        (say(words, "They say"), say(words, plan.says)),
        *([(say(words, "Read as"), say(words, plan.reading))] if plan.reading else []),
        (
            say(words, "We expect"),
            say(words, "“{verdict}”, because {because}", verdict=expects, because=because),
        ),
    ]
    if plan.directions:
        places = [condition.say(words) for condition in plan.directions]
        facts.append((say(words, "We expect of the effects"), "; ".join(places)))
    if plan.exploratory:
        why = say(words, "the rules were written after a first look at these draws")
        facts.append((say(words, "Exploratory"), why))
    rules = [
        f"{verdict_text(rule.verdict, rule.condition, words)}: {rule.when.say(words)}"
        for rule in plan.rules
    ]
    otherwise = say(words, "{verdict} otherwise", verdict=say(words, "inconclusive"))
    return cards.Card(
        kind="prediction",
        title=say(words, "Prediction for claim {claim}", claim=plan.claim),
        facts=tuple(facts),
        heading=say(
            words, "Rules (met if the whole interval meets it; the first that is met decides)"
        ),
        items=(*rules, otherwise),
        anchor=anchor(plan.claim, "prediction"),
    )


def of_verdict(verdict: Verdict, words: Words = ENGLISH) -> cards.Card:
    """Return the card of a verdict."""
    says = verdict_text(verdict.verdict, verdict.condition, words)
    rule = verdict.rule.when.say(words) if verdict.rule else say(words, "none of the rules was met")
    expected = verdict_text(verdict.expected, verdict.plan.condition, words)
    missed = [c.say(words) for c in verdict.plan.directions if not c.test(verdict.effects)]
    if verdict.as_predicted:
        decided = say(words, "{rule} (as predicted: {expected})", rule=rule, expected=expected)
    elif expected == says:  # what was foreseen of an effect did not come out
        missing = f" {say(words, 'and')} ".join(missed)
        decided = say(words, "{rule} (as predicted, but for: {missed})", rule=rule, missed=missing)
    else:
        decided = say(words, "{rule} (not as predicted: {expected})", rule=rule, expected=expected)
    levels = " / ".join(dict.fromkeys(f"{100 * e.level:.4g} %" for e in verdict.effects.values()))
    faults = "; ".join(say(words, fault) for fault in verdict.faults)
    measured = "Measured, with {level} intervals, base seed {seed}"
    if verdict.draws is not None:
        measured += ", draws {draws}"
    return cards.Card(
        kind=verdict.verdict,
        title=say(words, "Verdict on claim {claim}: {verdict}", claim=verdict.claim, verdict=says),
        facts=(
            (say(words, "They say"), say(words, verdict.plan.says)),
            (say(words, "Decided by"), decided),
            *([(say(words, "The design does not allow a verdict"), faults)] if faults else []),
            (say(words, "Compared with"), say(words, verdict.baseline)),
        ),
        heading=say(
            words,
            measured,
            level=levels,
            seed=verdict.base_seed,
            draws=verdict.draws,
        ),
        items=tuple(effect_text(name, e, words) for name, e in verdict.effects.items()),
        anchor=anchor(verdict.claim),
    )


def of_check(check: Check, words: Words = ENGLISH) -> cards.Card:
    """Return the card of a verdict by proof or by check."""
    says = verdict_text(check.verdict, check.condition * (check.verdict == check.stated), words)
    facts = [
        (say(words, "They say"), say(words, check.says)),
        *([(say(words, "Read as"), say(words, check.reading))] if check.reading else []),
        (say(words, "Settled by"), f"{say(words, check.by)}: {say(words, check.because)}"),
    ]
    items = [
        say(words, "{check}: yes" if met else "{check}: no", check=say(words, text))
        for text, met in check.checks.items()
    ]
    return cards.Card(
        kind=check.verdict,
        title=say(words, "Verdict on claim {claim}: {verdict}", claim=check.claim, verdict=says),
        facts=tuple(facts),
        heading=say(words, "Checked"),
        items=tuple(items) or (say(words, "nothing could be measured"),),
        anchor=anchor(check.claim),
    )


def verdict_text(verdict: str, condition: str = "", words: Words = ENGLISH) -> str:
    """Return a verdict as text, such as "holds if the delay is short"."""
    return f"{say(words, verdict)} {say(words, condition) if condition else ''}".strip()


def effect_text(name: str, estimate: Estimate, words: Words = ENGLISH) -> str:
    """Return an effect as text: name, estimate with its interval, unit, number of runs."""
    unit = say(words, estimate.unit) if estimate.unit else ""
    return f"{say(words, name)} = {estimate} {unit}".strip() + f", n = {estimate.n}"


def show(kind: str, data: record.Record, shown: cards.Card) -> None:
    """Store a record in the notebook, together with its card as HTML and as text."""
    record.show(kind, data, cards.to_html(shown), cards.to_text(shown))


def texts(stated: Plan | Verdict | Check) -> tuple[str, ...]:
    """Return what a translator has to translate of a prediction or verdict, besides `PHRASES`."""
    if hasattr(stated, "checks"):
        check = cast("Check", stated)
        says = [check.says, check.reading, check.because, check.verdict, check.condition]
        return tuple(dict.fromkeys(text for text in [*says, *check.checks] if text))
    plan = cast("Plan", getattr(stated, "plan", None) or stated)
    found = [plan.says, plan.reading, plan.because, plan.expects, plan.condition, "inconclusive"]
    for rule in plan.rules:
        found += [rule.verdict, rule.condition, *rule.when.needs]
    if stated is not plan:
        verdict = cast("Verdict", stated)
        found += [verdict.verdict, verdict.baseline, *(e.unit for e in verdict.effects.values())]
        found += verdict.faults
    return tuple(dict.fromkeys(text for text in found if text))
