"""Rows that are finished are never lost: what an interrupt or a late error leaves behind."""

from __future__ import annotations

from typing import Any


def say_interrupted(done: int, total: int) -> None:
    """Say how much of a study is in the table that follows a keyboard interrupt."""
    print(f"Interrupted: {done} of {total} runs are finished.")


def attach(error: Exception, finished: Any, done: int, total: int) -> None:
    """Give an error the results that were finished when it came, if there are any.

    Parameters
    ----------
    error : Exception
        Gets an attribute ``finished``, and a note that says so.
    finished : object
        What would have been returned, for the finished runs alone.
    done, total : int
        Number of runs finished, and of all.
    """
    if done:
        error.finished = finished  # type: ignore[attr-defined]
        error.add_note(
            f"{done} of {total} runs are finished. They are kept with this error, as its "
            "attribute `finished`; in a notebook: import sys; sys.last_value.finished"
        )
