"""Text as characters: what a language model reads, one letter after another.

The text is that of the food reviews (`helpers.datasets.food_reviews`): real English,
installed with a pinned package, so that it is the same in every environment.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from helpers.datasets.food_reviews import fine_food_texts
from helpers.datasets.sources import check_at_least, read_only

END = "\n"  # after each review
RARE = "\u25a1"  # an empty square, for every character outside the alphabet


@dataclass(frozen=True, eq=False)
class CharacterPart:
    """One split of the text.

    Attributes
    ----------
    text : str
        All reviews of the split, each with `END` after it.
    codes : numpy.ndarray, shape (n,), int32
        The place of each character of `text` in the alphabet.
    """

    text: str
    codes: np.ndarray

    def windows(self, steps: int, stride: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Cut the text into sequences, and say which character comes next at each step.

        Parameters
        ----------
        steps : int
            Characters in a sequence.
        stride : int, optional
            Characters from the start of one to that of the next; by default `steps`, so
            that no character is asked twice.

        Returns
        -------
        x, y : numpy.ndarray, shape (n, steps), int32
            ``y[i, t]`` is the character after ``x[i, t]``. An end of the text that does
            not fill a sequence is left out.

        Raises
        ------
        TypeError, ValueError
            If a number is not whole or below 1, or if the text is too short.
        """
        steps = check_at_least("steps", steps, 1)
        stride = steps if stride is None else check_at_least("stride", stride, 1)
        if len(self.codes) <= steps:
            raise ValueError(f"steps={steps} is too long for a text of {len(self.codes)}")
        every = np.lib.stride_tricks.sliding_window_view(self.codes, steps + 1)[::stride]
        return every[:, :-1].copy(), every[:, 1:].copy()


@dataclass(frozen=True, eq=False)
class Characters:
    """Text in three splits.

    Attributes
    ----------
    train, validation, test : CharacterPart
        The splits; those of the reviews.
    alphabet : tuple of str
        The character of each code. Code 0 is `END`, code 1 `RARE`; the others follow
        from frequent to rare.
    """

    train: CharacterPart
    validation: CharacterPart
    test: CharacterPart
    alphabet: tuple[str, ...]

    def decode(self, codes: Iterable[int]) -> str:
        """Write codes as text again."""
        return "".join(self.alphabet[code] for code in codes)


def characters(alphabet_size: int = 48) -> Characters:
    """Load the food reviews as characters, in lower case.

    Parameters
    ----------
    alphabet_size : int
        Number of different codes, the end of a review and the sign for rare characters
        included. The alphabet is that of the training split.

    Returns
    -------
    Characters
        The splits and the alphabet.

    Raises
    ------
    TypeError, ValueError
        If `alphabet_size` is not a whole number of at least 3.
    ModuleNotFoundError, FileNotFoundError
        If the reviews are not installed.
    """
    return _load(check_at_least("alphabet_size", alphabet_size, 3))


@functools.cache
def _load(alphabet_size: int) -> Characters:
    joined = {
        split: "".join(text.lower() + END for text in texts)
        for split, texts in fine_food_texts().items()
    }
    counts = Counter(joined["train"])
    del counts[END]
    counts.pop(RARE, None)
    # Ties are broken by the character, so that the alphabet is the same everywhere.
    ranked = sorted(counts, key=lambda character: (-counts[character], character))
    alphabet = (END, RARE, *ranked[: alphabet_size - 2])
    code_of = {character: code for code, character in enumerate(alphabet)}

    def part(text: str) -> CharacterPart:
        codes = [code_of.get(character, 1) for character in text]
        return CharacterPart("".join(alphabet[code] for code in codes), read_only(codes, np.int32))

    return Characters(**{split: part(text) for split, text in joined.items()}, alphabet=alphabet)
