"""One base seed for the whole course.

Every number that training produces in this book starts from the base seed. Set
the environment variable ``COURSE_SEED`` to repeat the whole course with other
random draws: a verdict worth believing survives that.

The draws that judge a claim come from a base seed of their own (`derived`), made of
the base seed, the claim and the text of its rules. Whoever edits a rule gets other
draws, so that a rule cannot be fitted to the draws that judge it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

VARIABLE = "COURSE_SEED"
_in_use: ContextVar[int | None] = ContextVar("base seed", default=None)


def base_seed() -> int:
    """Return the base seed of the course, or the one that `using` has put in its place.

    Returns
    -------
    int
        The value of ``COURSE_SEED``, or 0 where it is not set.

    Raises
    ------
    ValueError
        If ``COURSE_SEED`` is not a whole number between 0 and 2**31 - 1.
    """
    if (in_use := _in_use.get()) is not None:
        return in_use
    text = os.environ.get(VARIABLE, "0").strip()
    if not (text.isascii() and text.isdigit()) or int(text) >= 2**31:
        raise ValueError(f"{VARIABLE}={text!r} is not a whole number between 0 and {2**31 - 1}")
    return int(text)


def derived(*texts: str) -> int:
    """Derive another base seed from the base seed and some texts.

    Parameters
    ----------
    *texts : str
        What the draws are to depend on, such as a claim and its rules.

    Returns
    -------
    int
        The first 31 bits of the SHA-256 digest of base seed and texts, joined by "\\0" and
        encoded as UTF-8; the same on every machine. Of a claim the text is that of
        `helpers.claims.Plan.text`.
    """
    digest = hashlib.sha256("\0".join([str(base_seed()), *texts]).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


@contextmanager
def using(seed: int) -> Iterator[int]:
    """Put another base seed in the place of the course's while the block runs.

    Raises
    ------
    ValueError
        If `seed` is not a whole number between 0 and 2**31 - 1.
    """
    if not (isinstance(seed, int) and 0 <= seed < 2**31):
        raise ValueError(f"seed={seed!r} is not a whole number between 0 and {2**31 - 1}")
    before = _in_use.set(seed)
    try:
        yield seed
    finally:
        _in_use.reset(before)


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
