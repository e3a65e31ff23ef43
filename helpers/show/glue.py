"""Name a value in a notebook, for the prose to quote.

`glue` stores a value under a name, without showing it. The prose quotes the name
with myst-nb's role ``glue:text``, and the text takes its place while the book is
built. The stored form is that of `myst_nb.glue`, so that its roles work; here an
estimate keeps its numbers beside its text, and a value says how it is written.

JupyterLab shows the text as it is before the book is built: the names stand where the values
will. So the cell says there which value each name has; myst-nb leaves that line out.
"""

from __future__ import annotations

from numbers import Real
from typing import Any

from helpers.statistics import Estimate
from helpers.statistics.estimate import MIME

#: What myst-nb takes as the mark of a stored value that is not shown.
PREFIX = "application/papermill.record/"


def glue(name: str, value: Estimate | float | str, spec: str = "") -> None:
    """Store a value for the prose under a name.

    Parameters
    ----------
    name : str
        What the prose calls it; a name is given once in a notebook.
    value : Estimate, float, int or str
        The value. An estimate's numbers are stored too.
    spec : str
        How it is written, as in an f-string: ``.2f``, ``.1%``; by default as `str` does.

    Raises
    ------
    TypeError
        If the value is of another type, such as an array.
    ValueError
        If the name is empty or holds a colon or a grave accent, which the role uses.
    """
    from IPython.display import display

    if not name or any(mark in name for mark in ":`"):
        raise ValueError(f"name={name!r}; give one without colons and grave accents")
    if isinstance(value, bool) or not isinstance(value, (Estimate, Real, str)):
        raise TypeError(
            f"value is {type(value).__name__}; give an Estimate, a float, an int or a str"
        )
    text = format(value, spec)
    bundle: dict[str, Any] = {
        f"{PREFIX}text/plain": repr(text),
        "text/plain": f"In the text: {name} = {text}",
    }
    if isinstance(value, Estimate):
        bundle[f"{PREFIX}{MIME}"] = value.to_record()
    metadata = {"scrapbook": {"name": name, "mime_prefix": PREFIX}}
    display(bundle, metadata=metadata, raw=True)
