"""A measured number with its interval, and the one way the book writes it.

An estimate reads ``value [low, high]``: ``0.83 [0.79, 0.87]``, or
``3.1e-09 [2.0e-09, 5.2e-09]``. The same text stands in tables, cards and prose,
and `parse` reads it back, so that two runs of the book can be compared.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = r"[-+]?(?:\d+(?:\.\d+)?(?:e[-+]\d+)?|inf|nan)%?"

#: Regular expression of an estimate's text, with the groups value, low and high:
#: a number, a blank, and two numbers in square brackets with a comma between
#: them. A number is written plainly, in scientific notation, or with a percent
#: sign; it may be inf or nan. Nothing is anchored: `re.finditer` finds every
#: estimate in a page.
PATTERN = rf"(?<![\d.])(?P<value>{_NUMBER}) \[(?P<low>{_NUMBER}), (?P<high>{_NUMBER})\]"


@dataclass(frozen=True, repr=False)
class Estimate:
    """A measured value with its interval.

    Printed, it is ``value [low, high]``. The interval's width decides how many
    digits are worth showing: it is 5 to 50 units of the last digit wide, at
    least two and at most twelve digits are kept, and whole numbers are not
    rounded to tens. An interval without width gets three digits. Scientific
    notation is used from 1e6 on, below 1e-3, and where the ends of one sign
    differ by a factor of 1000 or more.

    Attributes
    ----------
    value, low, high : float
        The estimate and the ends of its interval. Both ends are NaN where a
        single run gives no interval; infinite ends are allowed.
    n : int
        How many independent runs stand behind it; 0 where that is unknown.
    unit : str
        Unit of all three numbers, not part of the text; "" for a pure number.
    level : float
        Confidence level of the interval.

    Raises
    ------
    ValueError
        If the ends are the wrong way round, or `n` or `level` makes no sense.
    """

    value: float
    low: float
    high: float
    n: int = 0
    unit: str = ""
    level: float = 0.95

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            object.__setattr__(self, name, float(getattr(self, name)))
        object.__setattr__(self, "n", int(self.n))
        if self.low > self.high:
            raise ValueError(f"low={self.low!r} is above high={self.high!r}")
        if self.n < 0:
            raise ValueError(f"n={self.n!r} is negative")
        if not 0 < self.level < 1:
            raise ValueError(f"level={self.level!r} does not lie between 0 and 1")

    def overlaps(self, other: Estimate) -> bool:
        """Tell whether the two intervals share a point; False if an end is NaN.

        Overlap is no proof of equality: for that, look at the interval of the
        difference (`helpers.statistics.difference`).
        """
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return self._text(_shared_format(self.value, self.low, self.high))

    # A notebook shows the repr: the rounded text, not seventeen digits.
    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        """Format the three numbers with one spec, such as ``.2f`` or ``.1%``."""
        if not spec:
            return str(self)
        text = self._text(spec)
        if not re.fullmatch(PATTERN, text):
            raise ValueError(f"format spec {spec!r} gives {text!r}; use one like .2f, .1e or .1%")
        return text

    def _text(self, spec: str) -> str:
        # "z" turns a negative zero, which rounding produces, into zero.
        spec = spec if "z" in spec or spec[-1:] not in "fFeE%" else f"z{spec}"
        value, low, high = (format(x, spec) for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


def parse(text: str) -> Estimate:
    """Read an estimate back from its text, the inverse of ``str``.

    Parameters
    ----------
    text : str
        ``value [low, high]`` as `PATTERN` describes it; percent are divided by 100.

    Returns
    -------
    Estimate
        With the rounded numbers; the text holds no `n`, so it is 0.

    Raises
    ------
    ValueError
        If the text has another form.
    """
    match = re.fullmatch(PATTERN, text.strip())
    if not match:
        raise ValueError(f"{text!r} is no estimate; it should read like '0.83 [0.79, 0.87]'")
    return Estimate(_number(match["value"]), _number(match["low"]), _number(match["high"]))


def _number(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _shared_format(*numbers: float) -> str:
    """Return the format spec that fits all numbers of one estimate."""
    finite = [x for x in numbers if math.isfinite(x)]
    sizes = sorted(abs(x) for x in finite if x)
    if not sizes:
        return ".2f"
    smallest, largest = sizes[0], sizes[-1]
    # Dividing first keeps the width of [-1e308, 1e308] finite.
    width = max(finite) / 2 - min(finite) / 2
    first_place = _power_of_ten(largest)
    last_place = _power_of_ten(width, unit=2.5) if width else first_place - 2
    digits = min(max(first_place - last_place + 1, 2), 12)
    one_sign = len(sizes) == len(finite) and (min(finite) > 0 or max(finite) < 0)
    if largest >= 1e6 or largest < 1e-3 or (one_sign and smallest <= largest / 1000):
        return f".{digits - 1}e"
    return f".{max(digits - 1 - first_place, 0)}f"


def _power_of_ten(x: float, unit: float = 1.0) -> int:
    """Return the largest k with unit * 10**k <= x, blind to the last bits of x."""
    return math.floor(round(math.log10(x) - math.log10(unit), 9))
