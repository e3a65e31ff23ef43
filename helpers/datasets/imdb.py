"""The full IMDB film reviews, for readers who have fetched them once.

The course itself runs without them. 25 000 training and 25 000 test reviews:
Maas et al., "Learning word vectors for sentiment analysis" (ACL 2011), in the
form in which Keras distributes them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

FILES = ("imdb.npz", "imdb_word_index.json")
FETCH = 'python -c "from keras.datasets import imdb; imdb.load_data(); imdb.get_word_index()"'


def cache_folder() -> Path:
    """Return the folder in which Keras keeps downloaded data sets."""
    home = Path.home() if os.access(Path.home(), os.W_OK) else Path(tempfile.gettempdir())
    return Path(os.environ.get("KERAS_HOME", home / ".keras")).expanduser() / "datasets"


def read() -> tuple[list[str], np.ndarray, list[str], np.ndarray]:
    """Read the reviews from the cache of Keras.

    Keras stores each review as word ranks; they are written out as words again,
    so that film and food reviews go through the same cleaning and numbering.

    Returns
    -------
    train_texts, train_labels, test_texts, test_labels : list of str, array of int
        Texts in lower case without punctuation; label 1 is positive.

    Raises
    ------
    FileNotFoundError
        If a file is not in the cache: nothing is fetched without being asked for.
    RuntimeError
        If a file is damaged (its checksum is wrong) and Keras, which then tries
        to fetch it again, does not succeed.
    """
    folder = cache_folder()
    missing = [name for name in FILES if not (folder / name).is_file()]
    advice = f"with: {FETCH}; or stay offline with reviews(source='fine_food')"
    if missing:
        raise FileNotFoundError(f"{' and '.join(missing)} not in {folder}; fetch once {advice}")
    from keras.datasets import imdb

    try:
        words = {rank: word for word, rank in imdb.get_word_index().items()}
        # Without a start sign and an offset the integers are the ranks of the word index.
        # Asked for no limit, Keras drops the rarest word; this limit keeps every word.
        options = {"start_char": None, "oov_char": None, "index_from": 0}
        splits = imdb.load_data(num_words=max(words) + 1, **options)
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise RuntimeError(
            f"cannot read IMDB in {folder} ({error}); fetch again {advice}"
        ) from error
    (train, train_labels), (test, test_labels) = splits
    train_texts, test_texts = ([_text(review, words) for review in part] for part in (train, test))
    return train_texts, np.asarray(train_labels), test_texts, np.asarray(test_labels)


def _text(review: list[int], words: dict[int, str]) -> str:
    # Keras counted the HTML line break <br /> as the word "br".
    return " ".join(word for rank in review if (word := words.get(rank)) not in (None, "br"))
