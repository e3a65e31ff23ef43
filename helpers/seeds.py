"""One base seed for the whole course.

Every number that training produces in this book starts from the base seed. Set
the environment variable ``COURSE_SEED`` to repeat the whole course with other
random draws: a verdict worth believing survives that.
"""

from __future__ import annotations

import os

import numpy as np

VARIABLE = "COURSE_SEED"


def base_seed() -> int:
    """Return the base seed of the course.

    Returns
    -------
    int
        The value of ``COURSE_SEED``, or 0 where it is not set.

    Raises
    ------
    ValueError
        If ``COURSE_SEED`` is not a whole number between 0 and 2**31 - 1.
    """
    text = os.environ.get(VARIABLE, "0").strip()
    if not (text.isascii() and text.isdigit()) or int(text) >= 2**31:
        raise ValueError(f"{VARIABLE}={text!r} is not a whole number between 0 and {2**31 - 1}")
    return int(text)


def run_seed(index: int) -> int:
    """Derive the seed of run number `index` from the base seed.

    The base seed and the index are hashed together by NumPy's `SeedSequence`,
    so that neighbouring base seeds share no run.

    Parameters
    ----------
    index : int
        Number of the run, 0 or more.

    Returns
    -------
    int
        A seed between 0 and 2**31 - 1, the same on every machine.

    Raises
    ------
    ValueError
        If `index` is negative.
    """
    if index < 0:
        raise ValueError(f"index={index!r} is negative; runs are numbered from 0")
    return int(np.random.SeedSequence([base_seed(), index]).generate_state(1)[0] >> 1)
