"""From text to numbers: clean it, leave repetitions out, write words as integers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

import numpy as np

from helpers.datasets.sources import check_at_least, read_only

PADDING = 0
UNKNOWN = 1

# A tag opens with a letter or a slash right after "<", so that "<3" and "< 1 gram" stay.
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
# Letters and digits of any alphabet, with apostrophes inside a word: "don't", "café".
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def clean(text: str) -> str:
    """Remove HTML from a text and put single spaces between its words.

    Entities are written out first and tags removed afterwards, so that an
    escaped tag (``&lt;br&gt;``) goes as well. Case and punctuation stay.

    Parameters
    ----------
    text : str
        Text as it was typed into a web page.

    Returns
    -------
    str
        The same text without tags, entities, line breaks and double spaces.
    """
    text = html.unescape(text)
    while TAG.search(text):  # taking a tag out can leave another one: "<a<b>>"
        text = TAG.sub(" ", text)
    return " ".join(text.split())


def normalise(text: str) -> str:
    """Return the words of a text in lower case, separated by single spaces.

    Two texts that differ only in case, punctuation or spacing become equal.
    """
    return " ".join(WORD.findall(text.lower()))


def first_occurrences(texts: Iterable[str], exclude: Iterable[str] = ()) -> list[int]:
    """Return the positions of the texts that repeat nothing seen before.

    Texts are compared after `normalise`. Without `exclude` this finds
    duplicates inside one part of the data; with the training texts as
    `exclude` it finds test texts that leaked into training.

    Parameters
    ----------
    texts : iterable of str
        Texts to look through, in order.
    exclude : iterable of str, optional
        Texts that count as seen already.

    Returns
    -------
    list of int
        Positions of the texts to keep, in increasing order.
    """
    seen = {normalise(text) for text in exclude}
    kept = []
    for position, text in enumerate(texts):
        key = normalise(text)
        if key not in seen:
            seen.add(key)
            kept.append(position)
    return kept


def build_vocabulary(texts: Sequence[str], vocabulary_size: int) -> tuple[str, ...]:
    """Number the commonest words of some texts.

    Parameters
    ----------
    texts : sequence of str
        The training texts and no others: a word that only the test part
        contains must stay unknown.
    vocabulary_size : int
        Largest size, padding and unknown included; the `input_dim` of an
        embedding layer.

    Returns
    -------
    tuple of str
        The word of each integer: 0 is padding (an empty string), 1 stands for
        every unknown word, the others follow from frequent to rare.

    Raises
    ------
    TypeError, ValueError
        If `vocabulary_size` is not a whole number of at least 3, or if there
        are no texts.
    """
    size = check_at_least("vocabulary_size", vocabulary_size, 3)
    if not texts:
        raise ValueError("texts is empty: a vocabulary needs at least one text")
    layer = _vectorizer(max_tokens=size)
    layer.adapt([normalise(text) for text in texts])
    return tuple(str(word) for word in layer.get_vocabulary())


def encode(texts: Sequence[str], vocabulary: Sequence[str], max_length: int) -> np.ndarray:
    """Write texts as integer sequences of one length.

    A longer text keeps its first `max_length` words; a shorter one is padded
    with zeros on the right, where `Embedding(mask_zero=True)` and the fused GPU
    kernels of LSTM and GRU expect the padding.

    Parameters
    ----------
    texts : sequence of str
        Texts to encode.
    vocabulary : sequence of str
        As `build_vocabulary` returns it.
    max_length : int
        Length of every sequence, in words.

    Returns
    -------
    numpy.ndarray, shape (n, max_length), int32
        Word numbers; read-only.

    Raises
    ------
    TypeError, ValueError
        If `max_length` is not a whole number of at least 1.
    """
    length = check_at_least("max_length", max_length, 1)
    if not texts:
        return read_only(np.empty((0, length)), np.int32)
    layer = _vectorizer(output_sequence_length=length, vocabulary=list(vocabulary[2:]))
    return read_only(layer([normalise(text) for text in texts]), np.int32)


def _vectorizer(**options):
    # Imported here: loaders that handle no text should not wait for TensorFlow.
    from keras.layers import TextVectorization

    return TextVectorization(standardize=None, split="whitespace", **options)
