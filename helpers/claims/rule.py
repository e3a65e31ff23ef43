"""Decision rules as data: conditions on measured intervals, and the verdict they give.

A condition is a list of comparisons that must all be met. Its wording and its test are
both derived from the same numbers, so that they cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpers.checks import one_of
from helpers.show.record import Record
from helpers.show.words import ENGLISH, Words, say
from helpers.statistics import Estimate

#: Verdicts in the order of the ledger.
VERDICTS = ("holds", "holds if", "refuted", "inconclusive", "opinion")
#: What a comparison can ask of an interval, with the sign that says so.
KINDS = {"above": ">", "below": "<", "equal": "="}


@dataclass(frozen=True)
class Comparison:
    """One effect's whole interval compared with a threshold.

    Attributes
    ----------
    kind : {"above", "below", "equal"}
        Where the interval must lie.
    effect : str
        Name of the measured effect.
    threshold : float
        In the effect's unit.
    tolerance : float
        For "equal": how far from the threshold the interval may reach.

    Raises
    ------
    ValueError
        For an unknown kind, a number that is not finite, or a tolerance that makes no sense.
    """

    kind: str
    effect: str
    threshold: float
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        one_of("kind", self.kind, KINDS)
        for name in ("threshold", "tolerance"):
            object.__setattr__(self, name, float(getattr(self, name)))
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name}={getattr(self, name)!r} is not finite")
        if self.tolerance < 0 or (self.tolerance and self.kind != "equal"):
            raise ValueError(f"tolerance={self.tolerance!r}: only 'equal' has one, 0 or more")

    def test(self, effects: Mapping[str, Estimate]) -> bool:
        """Say whether the whole interval meets the comparison; one with NaN ends never does."""
        low, high = effects[self.effect].low, effects[self.effect].high
        if self.kind == "above":
            return low > self.threshold
        if self.kind == "below":
            return high < self.threshold
        return self.threshold - self.tolerance <= low and high <= self.threshold + self.tolerance

    def say(self, words: Words = ENGLISH) -> str:
        """Return the comparison as text, such as "gain > 0.5"."""
        text = f"{say(words, self.effect)} {KINDS[self.kind]} {_short(self.threshold)}"
        return text + (f" ± {_short(self.tolerance)}" if self.tolerance else "")


@dataclass(frozen=True)
class Condition:
    """Comparisons that must all be met. Join conditions with ``&``."""

    parts: tuple[Comparison, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("a condition needs at least one comparison")

    def __and__(self, other: Condition) -> Condition:
        return Condition(self.parts + other.parts)

    @property
    def needs(self) -> tuple[str, ...]:
        """The effects that are compared, in the order of the condition."""
        return tuple(dict.fromkeys(part.effect for part in self.parts))

    def test(self, effects: Mapping[str, Estimate]) -> bool:
        """Say whether measured effects meet every comparison."""
        return all(part.test(effects) for part in self.parts)

    def say(self, words: Words = ENGLISH) -> str:
        """Return the condition as text."""
        return f" {say(words, 'and')} ".join(part.say(words) for part in self.parts)

    @property
    def text(self) -> str:
        """The condition in English."""
        return self.say()

    def as_record(self) -> list[Record]:
        """Return the comparisons as plain data."""
        return [{**part.__dict__} for part in self.parts]

    @classmethod
    def from_record(cls, record: Sequence[Mapping[str, Any]]) -> Condition:
        """Return the condition that `as_record` has written."""
        return cls(tuple(Comparison(**part) for part in record))


def above(name: str, threshold: float) -> Condition:
    """The whole interval of `name` lies above the threshold."""
    return Condition((Comparison("above", name, threshold),))


def below(name: str, threshold: float) -> Condition:
    """The whole interval of `name` lies below the threshold."""
    return Condition((Comparison("below", name, threshold),))


def equal(name: str, target: float, tolerance: float = 0.0) -> Condition:
    """The whole interval of `name` lies within `tolerance` of the target."""
    return Condition((Comparison("equal", name, target, tolerance),))


@dataclass(frozen=True)
class Rule:
    """If `when` is met, the verdict is `verdict`; "holds if" names its `condition`."""

    verdict: str
    when: Condition
    condition: str = ""

    def __post_init__(self) -> None:
        one_of("verdict", self.verdict, VERDICTS)
        if (self.verdict == "holds if") != bool(self.condition):
            raise ValueError(f"condition={self.condition!r}: 'holds if', and only it, needs one")

    def as_record(self) -> Record:
        """Return the rule as plain data."""
        return {"verdict": self.verdict, "condition": self.condition, "when": self.when.as_record()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Rule:
        """Return the rule that `as_record` has written."""
        when = Condition.from_record(record["when"])
        return cls(record["verdict"], when, record["condition"])


def _short(number: float) -> str:
    """Return the shortest text that reads back as the same number."""
    text = f"{number:g}"
    return text if float(text) == number else repr(number)
