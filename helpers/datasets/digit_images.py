"""Handwritten digits of 8 x 8 pixels, read as sequences.

The test part of "Optical recognition of handwritten digits" (Alpaydin and
Kaynak 1998, UCI Machine Learning Repository, doi:10.24432/C50P49), as
scikit-learn carries it. Reading an image pixel by pixel is the classic test of
long memory in RNNs (Le, Jaitly and Hinton 2015, arXiv:1504.00941, on MNIST).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from helpers.datasets.sources import SPLITS, check_choice, majority_accuracy, read_only

FEATURES = {"row": tuple(f"column {i}" for i in range(8)), "pixel": ("pixel",)}
LARGEST_PIXEL = 16.0
# Fixed, and not taken from COURSE_SEED: the split is part of the data. If it moved
# with the seed, a spread over seeds would mix luck in training with luck in the split.
SPLIT_SEED = 0


@dataclass(frozen=True, eq=False)
class DigitPart:
    """One split of the digits.

    Attributes
    ----------
    inputs : numpy.ndarray, shape (n, 8, 8) by row or (n, 64, 1) by pixel, float32
        Sequences (time, features) of ink between 0 and 1.
    images : numpy.ndarray, shape (n, 8, 8), float32
        The same values as images (row, column).
    labels : numpy.ndarray, shape (n,), int32
        The digit, 0 to 9.
    index : numpy.ndarray, shape (n,), int32
        Row of the digit in `sklearn.datasets.load_digits`.
    """

    inputs: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class Digits:
    """Digits in three splits.

    Attributes
    ----------
    order : str
        What one time step holds: a row or a pixel.
    train, validation, test : DigitPart
        The splits.
    feature_names : tuple of str
        Names of the inputs of one time step.
    scale : float
        Divisor that took the stored integers to the range from 0 to 1.
    """

    order: str
    train: DigitPart
    validation: DigitPart
    test: DigitPart
    feature_names: tuple[str, ...]
    scale: float

    def majority_accuracy(self, split: str = "test") -> float:
        """Accuracy of always giving the commonest label of the training split."""
        check_choice("split", split, SPLITS)
        return majority_accuracy(self.train.labels, getattr(self, split).labels)


def digits(order: str = "row") -> Digits:
    """Load handwritten digits as sequences.

    Three fifths are for training, one for validation, one for test, each with
    the same shares of the ten classes. All writers occur in all splits: test
    accuracy says nothing about a writer the network has not seen.

    Parameters
    ----------
    order : {"row", "pixel"}
        ``"row"``: 8 time steps of 8 pixels, from top to bottom. ``"pixel"``: 64
        time steps of 1 pixel, in reading order.

    Returns
    -------
    Digits
        The splits. The scale is that of the file format, 0 to 16, and is not
        estimated from any split.

    Raises
    ------
    ValueError
        If `order` is unknown.
    """
    check_choice("order", order, FEATURES)
    return _load(order)


@functools.cache
def _load(order: str) -> Digits:
    data = load_digits()
    shape = (-1, 64 // len(FEATURES[order]), len(FEATURES[order]))

    def part(index: np.ndarray) -> DigitPart:
        images = data.images[index] / LARGEST_PIXEL
        return DigitPart(
            inputs=read_only(images.reshape(shape), np.float32),
            images=read_only(images, np.float32),
            labels=read_only(data.target[index], np.int32),
            index=read_only(index, np.int32),
        )

    def halve(index: np.ndarray, test_size: float) -> list[np.ndarray]:
        return train_test_split(
            index, test_size=test_size, stratify=data.target[index], random_state=SPLIT_SEED
        )

    rest, test = halve(np.arange(len(data.target)), 0.2)
    train, validation = halve(rest, 0.25)
    return Digits(
        order=order,
        train=part(train),
        validation=part(validation),
        test=part(test),
        feature_names=FEATURES[order],
        scale=LARGEST_PIXEL,
    )
