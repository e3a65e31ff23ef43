"""pytest plug-in: nbval re-runs every cell, `booktools.outputs` compares.

nbval executes each notebook in a kernel of its own and offers two hooks for the
comparison: regular expressions that rewrite texts before they are compared, and
tags. Missing is a hook that gets the outputs of both runs. Its comparison flattens
them by MIME type, so that a typed output and its text are compared apart, and
orders and names of outputs are lost. Hence this subclass of its cell, which
replaces the comparison and nothing else; it takes the place of each cell that nbval
has collected.

The tag ``nbval-ignore-output`` still excuses a cell that shows measured times, but
not what it writes to stderr. All cells of a notebook that has such a cell are marked
``timed``: they want the machine for themselves, all others may be shared among processes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell

from booktools.outputs import differences, is_timed
from helpers.claims.stored import read


class Cell(IPyNbCell):
    """A notebook's cell whose outputs are compared by what they are."""

    def compare_outputs(
        self, test: list[dict], ref: list[dict], skip_compare: object = None
    ) -> bool:
        """Tell nbval whether the outputs of the re-run equal the stored ones."""
        self.comparison_traceback = differences(ref, test)
        return not self.comparison_traceback

    def runtest(self) -> None:
        """Run the cell; refuse stderr where the outputs themselves are excused."""
        super().runtest()
        on_stderr = [o for o in self.test_outputs if o.get("name") == "stderr"]
        lines = differences([], on_stderr)
        if lines:
            self.raise_cell_error("Cell writes to stderr", "\n".join(lines))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put our cells in the place of nbval's; the notebooks that take longest come first.

    Where processes share the notebooks, one that began last would keep the others waiting.
    """
    items[:] = [_compared(item) if type(item) is IPyNbCell else item for item in items]
    timed: dict[Path, bool] = {}
    seconds: dict[Path, float] = {}
    for item in items:
        if isinstance(item, Cell):
            if item.path not in timed:
                notebook = read(item.path)
                timed[item.path] = is_timed(notebook)
                seconds[item.path] = notebook["metadata"].get("course", {}).get("run_seconds", 0)
            if timed[item.path]:
                item.add_marker(pytest.mark.timed)
    items.sort(key=lambda item: -seconds.get(item.path, 0))


def _compared(item: IPyNbCell) -> Cell:
    return Cell.from_parent(
        item.parent, name=item.name, cell_num=item.cell_num, cell=item.cell, options=item.options
    )
