"""Records: what a cell stores as data, from which the pages are rendered.

An output of a notebook is a bundle of forms by MIME type. A record is the form that
counts: ordered JSON of a type ``application/vnd.rnn-activations.<kind>+json``. The
HTML and the plain text beside it are derived from the record, for JupyterLab and for
readers of the file; the book's pages are rendered from the record and ignore them.

Two rules keep a record whole. Jupyter sorts the keys of objects when it writes a file,
so that everything whose order matters is a list. JSON knows no infinity and no NaN, so
that such numbers are written otherwise (`helpers.statistics.Estimate.to_record`).
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
#: What the MIME types of all typed outputs of the course begin with.
PREFIX = "application/vnd.rnn-activations."


class RecordError(ValueError):
    """A stored record has another form than the code expects."""


def mime(kind: str) -> str:
    """Return the MIME type of a kind of record, such as "verdict"."""
    return f"{PREFIX}{kind}+json"


def show(kind: str, record: Record, html: str, text: str) -> None:
    """Put a record into the notebook, with the two forms that are derived from it."""
    from IPython.display import display

    display({mime(kind): record, "text/html": html, "text/plain": text}, raw=True)
