"""pytest plug-in: nbval compares measured figures by their intervals.

The book writes a trained result as ``value [low, high]`` (`helpers.statistics`),
with a 95 % interval over seeds. On another processor the last digits of a matrix
product differ, training amplifies them, and the figure comes out a little
different, as it would with other seeds. Two such figures are taken as equal if
their intervals overlap: for two independent estimates with standard error s the
difference has standard error 1.4 s, and intervals of half-width 2 s stop
overlapping at a difference of 4 s, which chance alone produces once in 200.
Everything outside such a figure, verdicts included, is compared to the letter.
"""

from __future__ import annotations

import json
import re

from helpers import statistics

_FIGURE = re.compile(statistics.PATTERN)


class MeasuredText(str):
    """Text that equals another where only figures differ, and their intervals overlap."""

    def __eq__(self, other: object) -> bool:
        if str.__eq__(self, other):
            return True
        if not isinstance(other, str):
            return False
        mine, theirs = (list(_FIGURE.finditer(text)) for text in (self, other))
        if not mine or _skeleton(self) != _skeleton(other):
            return False
        pairs = zip(mine, theirs, strict=True)
        return all(
            statistics.parse(a.group()).overlaps(statistics.parse(b.group())) for a, b in pairs
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _skeleton(text: str) -> str:
    """Return the text with its figures blanked and runs of spaces folded."""
    return re.sub(r"\s+", " ", _FIGURE.sub("value [low, high]", text))


def pytest_configure(config) -> None:
    """Wrap what nbval is about to compare."""
    from nbval.plugin import IPyNbCell

    original = IPyNbCell.sanitize
    if getattr(original, "by_intervals", False):
        return

    def sanitize(self, output):
        if not isinstance(output, str):
            output = json.dumps(output, sort_keys=True, ensure_ascii=False)
        return MeasuredText(original(self, output))

    sanitize.by_intervals = True
    IPyNbCell.sanitize = sanitize
