"""Claims that no sample decides: identities, definitions, theorems, facts about code.

They get a verdict by proof or by check, without an interval: twenty repetitions of one
`TypeError` are no evidence of twenty runs. A check is stated as a sentence and its outcome;
if one fails, the verdict is "inconclusive".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from helpers.checks import one_of
from helpers.claims import card
from helpers.claims.claim import get
from helpers.claims.rule import VERDICTS
from helpers.seeds import base_seed
from helpers.show.record import Record, RecordError
from helpers.statistics import Estimate

#: What a verdict without a sample can rest on.
GROUNDS = ("identity", "definition", "theorem", "code", "usage", "literature")


@dataclass(frozen=True)
class Check:
    """A verdict by proof or by check.

    Attributes
    ----------
    claim, says, quote, reading : str
        The claim's id, its meaning in English, its original wording, how it is read.
    stated : str
        The verdict if every check is met, one of `VERDICTS`.
    because : str
        Why, in a sentence.
    by : str
        What it rests on, one of `GROUNDS`.
    checks : mapping of str to bool
        What was checked, and whether it is so.
    base_seed : int
        Under which base seed the notebook was run.
    condition : str
        Under which condition the claim holds, of a verdict "holds if".

    Raises
    ------
    ValueError
        For an unknown verdict or ground; for a condition of another verdict than "holds if",
        or none for that; without any check, unless the verdict is "opinion".
    """

    claim: str
    says: str
    quote: str
    reading: str
    stated: str
    because: str
    by: str
    checks: Mapping[str, bool]
    base_seed: int
    condition: str = ""

    def __post_init__(self) -> None:
        one_of("verdict", self.stated, VERDICTS)
        one_of("by", self.by, GROUNDS)
        if (self.stated == "holds if") != bool(self.condition):
            raise ValueError(f"condition={self.condition!r}: 'holds if', and only it, needs one")
        if not self.checks and self.stated != "opinion":
            raise ValueError("checks={}: name at least one; only an opinion has none")

    @property
    def verdict(self) -> str:
        """What was stated if every check is met, else "inconclusive"."""
        return self.stated if all(self.checks.values()) else "inconclusive"

    # What a verdict by measurement has, and one by proof has not.
    expected = effect = baseline = ""
    rule = draws = None
    faults: tuple[str, ...] = ()

    @property
    def effects(self) -> Mapping[str, Estimate]:
        """Nothing was estimated."""
        return MappingProxyType({})

    def _ipython_display_(self) -> None:
        """Show nothing: `check` has shown the card, also where it ends a cell."""

    def as_record(self) -> Record:
        """Return the check as plain data."""
        checks = [{"says": says, "met": met} for says, met in self.checks.items()]
        names = ("claim", "says", "quote", "reading", "stated", "because", "by", "base_seed")
        return {
            **{name: getattr(self, name) for name in names},
            "condition": self.condition,
            "checks": checks,
            "verdict": self.verdict,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Check:
        """Return the check that `as_record` has written.

        Raises
        ------
        RecordError
            If a field is missing, or the stored verdict does not follow from the checks.
        """
        names = ("claim", "says", "quote", "reading", "stated", "because", "by", "base_seed")
        try:
            checks = {check["says"]: check["met"] for check in record["checks"]}
            fields = {name: record[name] for name in (*names, "condition")}
            check = cls(checks=MappingProxyType(checks), **fields)
            stored = record["verdict"]
        except (KeyError, TypeError) as error:
            raise RecordError(
                f"a check is stored in another form ({error}); run its notebook (make run)"
            ) from None
        if stored != check.verdict:
            raise RecordError(f"claim {check.claim}: {stored!r} does not follow from the checks")
        return check


def check(
    claim: str,
    verdict: str,
    by: str,
    because: str,
    checks: Mapping[str, bool],
    condition: str = "",
) -> Check:
    """Give a verdict by proof or by check, and show its card.

    Parameters
    ----------
    claim : str
        Id of the claim, such as "A13".
    verdict : str
        The verdict if every check is met, one of `VERDICTS`.
    by : str
        What it rests on, one of `GROUNDS`.
    because : str
        Why, in a sentence.
    checks : mapping of str to bool
        Sentences, and whether the cell found them so.
    condition : str
        Of a verdict "holds if".

    Raises
    ------
    ValueError
        See `Check`; and for an unknown claim.
    """
    known = get(claim)
    found = Check(
        claim=known.id,
        says=known.english,
        quote=known.quote,
        reading=known.reading.strip(),
        stated=verdict,
        because=because,
        by=by,
        checks=MappingProxyType({says: bool(met) for says, met in checks.items()}),
        base_seed=base_seed(),
        condition=condition,
    )
    card.show("check", found.as_record(), card.of_check(found))
    return found
