"""Records: what a cell stores as data, from which the pages are rendered.

An output of a notebook is a bundle of forms by MIME type. A record is the form that
counts: ordered JSON of a type ``application/vnd.rnn-activations.<kind>+json``. The
HTML and the plain text beside it are derived from the record, for JupyterLab and for
readers of the file; the book's pages are rendered from the record and ignore them.

Two rules keep a record whole. Jupyter sorts the keys of objects when it writes a file,
so that everything whose order matters is a list. JSON knows no infinity and no NaN, so
that such a number is stored as the text "inf", "-inf" or "nan".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from helpers.statistics import Estimate

Record = dict[str, Any]


class RecordError(ValueError):
    """A stored record has another form than the code expects."""


def mime(kind: str) -> str:
    """Return the MIME type of a kind of record, such as "verdict"."""
    return f"application/vnd.rnn-activations.{kind}+json"


def show(kind: str, record: Record, html: str, text: str) -> None:
    """Put a record into the notebook, with the two forms that are derived from it."""
    from IPython.display import display

    display({mime(kind): record, "text/html": html, "text/plain": text}, raw=True)


def from_number(number: float) -> float | str:
    """Return a number as JSON can hold it: as it is, or "inf", "-inf", "nan"."""
    return float(number) if math.isfinite(number) else str(float(number))


def from_estimate(estimate: Estimate) -> Record:
    """Return an estimate as plain data, with all its digits."""
    numbers = {name: from_number(getattr(estimate, name)) for name in ("value", "low", "high")}
    return {**numbers, "n": estimate.n, "unit": estimate.unit, "level": estimate.level}


def to_estimate(record: Mapping[str, Any]) -> Estimate:
    """Return the estimate that `from_estimate` has written.

    Raises
    ------
    RecordError
        If a field is missing.
    """
    try:
        value, low, high = (float(record[name]) for name in ("value", "low", "high"))
        return Estimate(value, low, high, record["n"], record["unit"], record["level"])
    except KeyError as error:
        raise RecordError(f"{dict(record)!r} is no stored estimate: no {error}") from None
