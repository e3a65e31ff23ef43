"""The claims of the two articles, as `claims.yaml` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True)
class Claim:
    """One claim of the two articles.

    Attributes
    ----------
    id : str
        "A01" to "A39" or "B40" to "B60".
    document, where : str
        Which article ("A" or "B"), and its section.
    quote, english : str
        The original wording, and its meaning in English.
    known : str
        What is known about it from the literature.
    chapter : int
        Where it is tested.
    sources : tuple of str
        Keys of the bibliography.
    experiment : tuple of str
        What tests it.
    reading : str
        How the sentence is read: what is judged, over which tasks, cells and budgets.
    """

    id: str
    document: str
    where: str
    # Not part of the repr: consoles with an older code page cannot print Chinese.
    quote: str = field(repr=False)
    english: str
    known: str = field(repr=False)
    chapter: int
    sources: tuple[str, ...] = ()
    experiment: tuple[str, ...] = ()
    reading: str = ""


@cache
def load() -> Mapping[str, Claim]:
    """Return all claims by id, in the order of the articles."""
    text = resources.files("helpers.claims").joinpath("claims.yaml").read_text("utf8")
    claims = {}
    for entry in yaml.safe_load(text)["claims"]:
        entry["sources"] = tuple(entry["sources"])
        entry["experiment"] = tuple(entry["experiment"])
        claims[entry["id"]] = Claim(**entry)
    return claims


def get(claim: str) -> Claim:
    """Return one claim; an unknown id is refused with the choices."""
    if claim not in load():
        raise ValueError(f"there is no claim {claim!r}; ids run A01 to A39 and B40 to B60")
    return load()[claim]
