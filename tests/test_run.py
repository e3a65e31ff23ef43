"""Running notebooks in place leaves no difference the second time."""

from __future__ import annotations

import os
import platform
import sys

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from booktools import facts, outputs, run
from helpers.study import workers


def make(path, *sources, tags=()):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[-1].metadata["tags"] = list(tags)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_second_run_gives_the_same_bytes(tmp_path):
    path = tmp_path / "n.ipynb"
    clock = "import time; print('took', time.perf_counter())"
    make(path, "print('a')\nprint('b')", "1 + 1", clock, tags=[outputs.MEASURED])
    run.execute(path)
    first = path.read_bytes()
    done = run.execute(path)
    assert path.read_bytes() == first
    assert str(done).startswith("n: 3 cells in ") and "GB" in str(done)
    assert done.differences == []
    assert done.outputs[0][0].text == "a\nb\n" and len(done.outputs) == 3
    cells = nbformat.read(path, as_version=4).cells
    assert [cell.execution_count for cell in cells] == [1, 2, 3]
    assert cells[0].outputs[0].text == "a\nb\n"


def test_a_run_says_which_outputs_changed(tmp_path, capsys, monkeypatch):
    path = tmp_path / "n.ipynb"
    clock = "import time; print(time.perf_counter_ns())"
    make(path, "print('score', 1)", "print('the same')", clock, tags=[outputs.MEASURED])
    assert run.execute(path).differences == []  # nothing was stored
    book = nbformat.read(path, as_version=4)
    book.cells[0].outputs[0].text = "score 2\n"
    nbformat.write(book, path)
    monkeypatch.setattr(run, "notebooks", lambda: [path])
    monkeypatch.setattr(sys, "argv", ["run"])
    assert run.main() == 0
    line = "cell 0: printed: stored 'score 2\\n', now 'score 1\\n'"
    assert f"\n  {line}\n" in capsys.readouterr().out
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "score 1\n"


@pytest.mark.slow
def test_a_run_notes_machine_memory_and_networks(tmp_path):
    path = tmp_path / "n.ipynb"
    study = "from helpers import study, tasks\nstudy.run(tasks.recall(3), steps=2, seeds=3).shape"
    make(path, study)
    run.execute(path)
    noted = nbformat.read(path, as_version=4).metadata["course"]["run"]
    assert noted["networks"] == 3 and noted["memory"] > 0.2 and noted["cores"] >= 1
    assert noted["packages"]["keras"] and noted["cpu"]
    assert len(nbformat.read(path, as_version=4).cells) == 1


WORKER_SETTING = "import os; print(os.environ.get('STUDY_WORKERS', 'not set'))"


@pytest.mark.parametrize(
    "place, asked, told",
    [
        ("chapters/01_x", None, "not set"),
        ("chapters/01_x/1_a", None, "0"),
        ("chapters/01_x/1_a", True, "not set"),
        ("chapters/01_x", False, "0"),
    ],
)
def test_a_lesson_runs_without_worker_processes(tmp_path, monkeypatch, place, asked, told):
    monkeypatch.delenv(workers.VARIABLE, raising=False)
    path = tmp_path / f"{place}.ipynb"
    path.parent.mkdir(parents=True)
    make(path, WORKER_SETTING)
    done = run.execute(path, with_workers=asked)
    assert done.name == place.removeprefix("chapters/")
    assert done.outputs[0][0].text == f"{told}\n"
    assert workers.VARIABLE not in os.environ


PEAKS = """
import subprocess, sys, numpy
held = numpy.ones(40_000_000)  # 0.32 GB in this process
del held
child = subprocess.Popen([sys.executable, "-c",
    "held = bytearray(600_000_000); print(len(held), flush=True); import time; time.sleep(20)"],
    stdout=subprocess.PIPE)
print(child.stdout.readline())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_peak_memory_is_noted_for_the_process_and_its_children_apart(tmp_path):
    path = tmp_path / "n.ipynb"
    make(path, PEAKS)
    run.execute(path)
    noted = nbformat.read(path, as_version=4).metadata["course"]["run"]
    assert 0.32 < noted["memory"] < 0.6, "a peak that has passed, and without the child"
    assert 0.6 < noted[run.WORKERS] < 0.9


def test_a_run_that_noted_only_the_sum_is_noted_again(tmp_path):
    path = tmp_path / "n.ipynb"
    make(path, "1")
    run.execute(path)
    book = nbformat.read(path, as_version=4)
    del book.metadata["course"]["run"][run.WORKERS]
    nbformat.write(book, path)
    run.execute(path)
    assert run.WORKERS in nbformat.read(path, as_version=4).metadata["course"]["run"]


def test_a_processor_without_a_name_has_an_architecture(tmp_path):
    assert facts.processor(tmp_path / "none") == platform.machine()
    (tmp_path / "info").write_text("model name\t: Fast One\n")
    assert facts.processor(tmp_path / "info") == "Fast One"


def test_fresh_renews_a_measured_output(tmp_path):
    path = tmp_path / "n.ipynb"
    make(path, "import time; print(time.perf_counter_ns())", tags=[outputs.MEASURED])
    run.execute(path)
    first = nbformat.read(path, as_version=4).cells[0].outputs
    run.execute(path, fresh=True)
    assert nbformat.read(path, as_version=4).cells[0].outputs != first


def test_changed_code_renews_a_measured_output(tmp_path):
    path = tmp_path / "n.ipynb"
    make(path, "import time; print(time.perf_counter_ns())", tags=[outputs.MEASURED])
    run.execute(path)
    book = nbformat.read(path, as_version=4)
    first = book.cells[0].outputs
    book.cells[0].source += "\nprint(1)"
    nbformat.write(book, path)
    run.execute(path)
    assert nbformat.read(path, as_version=4).cells[0].outputs != first


def test_failing_cell_leaves_the_file_alone(tmp_path):
    path = tmp_path / "n.ipynb"
    make(path, "1 / 0")
    before = path.read_bytes()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run.execute(path)
    assert path.read_bytes() == before


@pytest.fixture
def chapters(tmp_path):
    """Two chapters with lessons; one lesson measures times, and the last story reads all."""
    folder = tmp_path / "chapters"
    listing = "import os; os.getcwd()"
    for place, tags in {
        "01_a": (),
        "01_a/1_b": (),
        "01_a/2_clock": (outputs.MEASURED,),
        "02_c": (),
        "02_c/1_d": (),
    }.items():
        path = folder / f"{place}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path, listing, tags=tags)
    return folder


def test_what_may_run_side_by_side(chapters):
    found = run.stages(sorted(chapters.rglob("*.ipynb")))
    assert [[run.name(path) for path in group] for group in found] == [
        ["01_a/1_b"],
        ["01_a/2_clock"],
        ["01_a"],
        ["02_c/1_d"],
        ["02_c"],
    ]


@pytest.mark.slow
def test_notebooks_side_by_side_are_run_as_one_by_one(chapters):
    paths = sorted(chapters.rglob("*.ipynb"))
    done = [one.name for one in run.execute_all(paths, jobs=2)]
    assert done == ["01_a/1_b", "01_a/2_clock", "01_a", "02_c/1_d", "02_c"]
    assert all(nbformat.read(path, as_version=4).cells[0].outputs for path in paths)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_notebook_that_stops_is_named(chapters, jobs):
    make(chapters / "01_a/1_b.ipynb", "1 / 0")
    with pytest.raises(run.Stopped, match="(?s)01_a/1_b stopped.*ZeroDivisionError"):
        list(run.execute_all(sorted(chapters.rglob("1_*.ipynb")), jobs=jobs))


def test_notebooks_are_those_of_the_table_of_contents():
    names = [path.stem for path in run.notebooks()]
    assert "01_background" in names
    assert all(path.suffix == ".ipynb" for path in run.notebooks())


def test_a_page_notes_what_stood_in_the_figures_that_it_reads(tmp_path):
    page = tmp_path / "page.ipynb"
    make(page, "text = open('figures.json').read()", "print(text, 'none.json')")
    (tmp_path / "figures.json").write_text("[1]")
    run.execute(page)
    book = nbformat.read(page, as_version=4)
    noted = book.metadata["course"]["reads"]
    assert list(noted) == ["figures.json"]  # the other names no file
    assert noted == run.files_read(book, tmp_path)
    (tmp_path / "figures.json").write_text("[2]")
    assert noted != run.files_read(book, tmp_path)


def test_jupyterlab_folds_what_the_book_folds():
    cells = [
        nbformat.v4.new_code_cell("1", metadata={"tags": ["hide-input"]}),
        nbformat.v4.new_code_cell("2", metadata={"jupyter": {"source_hidden": True}}),
        nbformat.v4.new_markdown_cell("```{solution-start} ex-a\n:class: dropdown\n```"),
        nbformat.v4.new_code_cell("3"),
        nbformat.v4.new_markdown_cell("```{solution-end}\n```\n\n## What you have seen"),
        nbformat.v4.new_code_cell("4"),
    ]
    run.fold(nbformat.v4.new_notebook(cells=cells))
    folded = [cell.metadata.get("jupyter") for cell in cells if cell.cell_type == "code"]
    code, all_of_it = {"source_hidden": True}, {"source_hidden": True, "outputs_hidden": True}
    assert folded == [code, None, all_of_it, None]


def test_the_stored_notebooks_are_folded():
    for path in run.notebooks():
        stored = nbformat.read(path, as_version=4)
        before = [dict(cell.metadata) for cell in stored.cells]
        run.fold(stored)
        assert before == [dict(cell.metadata) for cell in stored.cells], path
