"""The words that a rendered record is written in: English, or another language's.

What a record says is data (`helpers.claims`, `helpers.show.table`), and so is the
language it is shown in: a mapping from each English phrase to the other language's. A
phrase that the mapping lacks stays as it is. A translation therefore needs the stored
records and such a mapping, and no training.
"""

from __future__ import annotations

from collections.abc import Mapping

#: From an English phrase, or a text of a record, to the same in another language.
Words = Mapping[str, str]

ENGLISH: Words = {}


def say(words: Words, phrase: str, **slots: object) -> str:
    """Return a phrase in the language of `words`, its ``{slots}`` filled.

    Parameters
    ----------
    words : mapping of str to str
        The language; `ENGLISH` for the phrase as it is.
    phrase : str
        The English phrase. Without `slots` it is taken literally, braces included.
    **slots
        What stands in the phrase's places. Values are not looked up.

    Raises
    ------
    KeyError
        If the phrase has a place for which no value is given.
    """
    found = words.get(phrase, phrase)
    return found.format(**slots) if slots else found
