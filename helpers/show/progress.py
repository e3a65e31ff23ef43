"""A progress bar that leaves nothing behind.

In a terminal it is tqdm's. In a notebook that someone is sitting at, the same
bar is shown in the cell and emptied at the end. Where a notebook is run
unattended, to store its outputs or to check them, there is none.
"""

from __future__ import annotations

import sys

from tqdm import tqdm

DELAY = 2.0  # seconds before a bar appears


class _NotebookLine:
    """A file for tqdm to write to: its last line, shown in the cell of a notebook."""

    def __init__(self):
        self._handle = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = text.strip("\r\n ")
        if self._handle is None:
            if line:
                self._handle = display({"text/plain": line}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": line} if line else {}, raw=True)

    def flush(self) -> None:
        """Do nothing: every write is shown at once."""


def _attended_notebook() -> bool:
    """Say whether this runs in a notebook whose user could be asked a question.

    Jupyter's front ends allow a cell to ask for input; programs that run
    notebooks unattended (nbclient, nbconvert, nbval) do not.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))


def bar(total: float, wanted: bool = True) -> tqdm:
    """Return a bar for `total` network-steps; update and close it as any tqdm.

    Parameters
    ----------
    total : float
        Network-steps to be made in all.
    wanted : bool
        False for no bar.
    """
    notebook = _attended_notebook()
    return tqdm(
        total=total,
        desc="training",
        unit=" network-steps",
        unit_scale=True,
        delay=DELAY,
        leave=False,
        dynamic_ncols=not notebook,
        file=_NotebookLine() if notebook else sys.stderr,
        disable=not wanted or not (notebook or sys.stderr.isatty()),
    )
