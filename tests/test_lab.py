"""JupyterLab, tried as a reader does: one lesson of the book, and a notebook with faults."""

from __future__ import annotations

import time
from types import SimpleNamespace

import nbformat
import pytest

from booktools import lab
from helpers.claims import stored


def cell(count=1, *outputs, empty=False):
    return {"count": count, "empty": empty, "outputs": list(outputs)}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no"}
WIDGET = {"output_type": "display_data", "data": {lab.WIDGET: {}, "text/plain": "bar"}}


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([cell(1, stream("0.83 [0.79, 0.87], 100% of 20"))], []),
        ([cell(None, empty=True), cell(1)], []),
        ([cell(1, ERROR)], ["cell 0: ValueError: no"]),
        ([cell(1), cell(2, stream("W0000 cuda", "stderr"))], ["cell 1: on stderr: W0000 cuda"]),
        ([cell(1, WIDGET)], ["cell 0: a widget stayed behind"]),
        ([cell(1), cell(None), cell(None)], ["cells 1, 2 did not run"]),
        (
            [cell(1, stream(" 40%|####      | 4/10 [00:01<00:02, 2.9it/s]"))],
            ["cell 0: a progress bar stayed behind: 40%|####      | 4/10 [00:01<00:02, 2.9it/s]"],
        ),
    ],
)
def test_what_a_reader_should_not_meet_is_named(cells, told):
    assert lab.problems({"status": "idle", "cells": cells}) == told


def test_marks_that_nothing_has_read_are_named():
    text = ["At {term}gate it is {glue:text}share.", "```\n:class: dropdown\n```", "f{x}: {1, 2}"]
    state = {"status": "idle", "cells": [cell()], "text": text}
    assert lab.problems(state) == [
        "the text shows its marks: :class: dropdown, {glue:text}, {term}"
    ]


@pytest.mark.parametrize(
    ("state", "done"),
    [
        (None, False),
        ({"status": "busy", "cells": [cell(1)]}, False),
        ({"status": "idle", "cells": []}, False),
        ({"status": "idle", "cells": [cell(1), cell(None)]}, False),
        ({"status": "idle", "cells": [cell(1), cell(None, empty=True)]}, True),
        ({"status": "idle", "cells": [cell(1, ERROR), cell(None)]}, True),
    ],
)
def test_a_run_is_finished_when_all_cells_have_run_or_one_has_failed(state, done):
    assert lab.finished(state) is done


def test_one_lesson_of_each_chapter_is_chosen_and_an_unknown_one_refused():
    found = lab.chosen([])
    assert [name[:2] for name in found] == ["01", "02", "03", "04", "05", "06"]
    assert lab.chosen(["02_concepts/1_"]) == ["02_concepts/1_one_unit"]
    with pytest.raises(ValueError, match="no lesson begins with 09; there are .*02_concepts/1"):
        lab.chosen(["09"])


@pytest.mark.slow
def test_a_lesson_runs_in_jupyterlab_and_a_fault_is_seen(browser, tmp_path, monkeypatch):
    # Other tests take the cores meanwhile; `make lab-test` keeps the limit of a quiet machine.
    monkeypatch.setattr(lab, "FIRST_CELL", 90.0)
    name = "02_concepts/1_one_unit"
    lab.copy_of_chapters(tmp_path, name)
    faulty = [nbformat.v4.new_code_cell(text) for text in ("1", "import nothing_like_that", "2")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=faulty, metadata=kernel)
    nbformat.write(notebook, tmp_path / "faulty.ipynb")
    with lab.server(tmp_path) as (address, _):
        tried = lab.visit(browser, address, f"chapters/{name}.ipynb", tmp_path / "seen.png")
        bad = lab.visit(browser, address, "faulty.ipynb")
    assert tried.problems == [] and tried.seconds >= tried.first_cell > 0
    assert (tmp_path / "seen.png").stat().st_size > 10_000
    assert bad.problems == [
        "cell 1: ModuleNotFoundError: No module named 'nothing_like_that'",
        "cells 2 did not run",
    ]


def test_only_the_lesson_that_is_tried_has_lost_its_outputs(tmp_path):
    tried, other = "06_faq/1_how_much_it_matters", "04_code/6_case_reviews"
    for name in (other, tried):  # the second visit finds what the first has left
        lab.copy_of_chapters(tmp_path, name)

    def outputs(name):
        book = stored.read(tmp_path / "chapters" / f"{name}.ipynb")
        return sum(len(cell.get("outputs", [])) for cell in book["cells"])

    assert outputs(tried) == 0 < outputs(other)


class Overlooking:
    """A page whose JupyterLab hears a choice from its menu only when it has been made twice."""

    def __init__(self, heard):
        self.chosen, self.heard = [], heard

    def locator(self, selector, **_):
        return SimpleNamespace(click=lambda: self.chosen.append(selector))

    @property
    def runs(self):
        return sum("run-all" in one for one in self.chosen)

    def evaluate(self, _, path):
        assert path == "a.ipynb"
        return self.heard if self.runs > 1 else {"status": "idle", "cells": [cell(None)]}


def test_a_choice_that_goes_unheard_is_made_again(monkeypatch):
    page = Overlooking({"status": "busy", "cells": [cell(1), cell(None)]})
    monkeypatch.setattr(lab, "UNHEARD", 0.3)
    before = time.monotonic()
    assert lab._run_all(page, "a.ipynb") > before
    assert page.runs == 2
    monkeypatch.setattr(lab, "CHOICES", 1)
    page.chosen.clear()
    with pytest.raises(TimeoutError, match="kernel idle, 0 of 1 cells"):
        lab._run_all(page, "a.ipynb")


def test_a_kernel_at_work_is_waited_for_and_an_idle_one_is_not(monkeypatch):
    page = Overlooking(None)
    seen = iter([*[{"status": "busy", "cells": [cell(None)]}] * 4, *[None] * 99])
    monkeypatch.setattr(page, "evaluate", lambda *_: next(seen))
    before = time.monotonic()
    with pytest.raises(TimeoutError, match="no notebook is open"):
        lab._until(page, "a.ipynb", lab._begun, 60.0, 0.5)
    assert 0.9 < time.monotonic() - before < 10
