"""How nbval compares outputs: measured figures by interval, the rest to the letter."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from booktools.nbval_intervals import MeasuredText

STORED = MeasuredText("RNN reaches 0.83 [0.79, 0.87], n = 10: holds")


@pytest.mark.parametrize(
    "text",
    [
        "RNN reaches 0.83 [0.79, 0.87], n = 10: holds",
        "RNN reaches 0.85 [0.82, 0.90], n = 10: holds",
        "RNN reaches  0.8 [0.75, 0.80], n = 10: holds",
    ],
)
def test_overlapping_intervals_are_equal(text):
    assert MeasuredText(text) == STORED


@pytest.mark.parametrize(
    "text",
    [
        "RNN reaches 0.93 [0.88, 0.97], n = 10: holds",
        "RNN reaches 0.83 [0.79, 0.87], n = 10: refuted",
        "RNN reaches 0.83 [0.79, 0.87], n = 11: holds",
        "RNN reaches 0.83, n = 10: holds",
        "RNN reaches 0.83 [0.79, 0.87] and 0.83 [0.79, 0.87], n = 10: holds",
    ],
)
def test_anything_else_differs(text):
    assert MeasuredText(text) != STORED


def test_numbers_without_interval_are_compared_exactly():
    assert MeasuredText("slope 0.2500") != MeasuredText("slope 0.2501")


def test_a_figure_is_compared_by_its_description():
    from nbval.plugin import get_sanitize_patterns

    text = (Path(__file__).parent / "nbval_sanitize.cfg").read_text("utf8")
    patterns = dict(get_sanitize_patterns(text))

    def sanitised(svg):
        for pattern, replacement in patterns.items():
            svg = re.sub(pattern, replacement, svg)
        return svg

    drawing = '<svg role="img" aria-label="{}" width="9"><path d="M {} 0"/></svg>'
    assert sanitised(drawing.format("a line", 1.25)) == sanitised(drawing.format("a line", 1.5))
    assert sanitised(drawing.format("a line", 1.25)) != sanitised(drawing.format("a dot", 1.25))
    assert sanitised("slope -0.00 at -0.5") == "slope 0.00 at -0.5"


def notebook(path, printed: str, code: str) -> None:
    cell = nbformat.v4.new_code_cell(
        code, outputs=[nbformat.v4.new_output("stream", text=printed)], execution_count=1
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


@pytest.mark.parametrize(
    "printed, passes",
    [("score 0.80 [0.70, 0.90]\n", True), ("score 0.20 [0.10, 0.30]\n", False)],
)
def test_nbval_itself_uses_the_comparison(pytester_run, tmp_path, printed, passes):
    notebook(tmp_path / "n.ipynb", printed, "print('score 0.82 [0.75, 0.93]')")
    assert pytester_run(tmp_path / "n.ipynb") is passes


@pytest.fixture
def pytester_run():
    import subprocess
    import sys

    def run(path) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env"]
        command += ["-p", "no:cacheprovider", "-p", "booktools.nbval_intervals", "-c", "/dev/null"]
        done = subprocess.run(
            [*command, "--rootdir", str(path.parent), str(path)], capture_output=True, text=True
        )
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0

    return run
