"""The limits of lessons and stories: what keeps them passes, and each fault is named."""

from __future__ import annotations

import copy

import pytest

from booktools import limits
from helpers.show.record import mime


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(lines=3, *tags, **data):
    outputs = [{"output_type": "display_data", "data": data}] if data else []
    source = "\n".join(["x = 1"] * lines)
    return {
        "cell_type": "code",
        "metadata": {"tags": [*tags]},
        "source": source,
        "outputs": outputs,
    }


VERDICT = {mime("verdict"): {"claim": "A01"}}
BULLETS = "- one\n- two\n- three"


def lesson():
    """Return a lesson that keeps every limit, some of them just so."""
    quiz = ":::{dropdown} What?\nThis.\n:::\n\n:::{dropdown} Why?\nSo.\n:::"
    exercise = "```{exercise} Try it ★★\n:label: ex-x\nDo.\n```"
    cells = [
        markdown(f"# A lesson\n\n**You will see**\n\n{BULLETS}"),
        *[code(20) for _ in range(20)],
        code(40, "hide-input", **{"image/svg+xml": "<svg/>"}),
        *[code(3, "hide-input", **VERDICT) for _ in range(3)],
        markdown("word " * 1000),
        markdown(quiz),
        markdown(exercise),
        *[code(1, "remove-cell") for _ in range(16)],
        markdown(f"## What was seen\n\n{BULLETS}"),
    ]
    run = {"memory": 1.49, "worker_memory": 0, "networks": 3}
    return {"cells": cells, "metadata": {"course": {"run_seconds": 90, "run": run}}}


def test_a_lesson_that_keeps_every_limit():
    assert len(lesson()["cells"]) == limits.CELLS
    assert limits.of_lesson(lesson()) == []


def replaced(index, cell):
    return lambda book: book["cells"].__setitem__(index, cell)


def noted(**change):
    return lambda book: book["metadata"]["course"].update(change)


FAULTS = {
    "46 cells": lambda book: book["cells"].insert(30, code(1, "remove-cell")),
    "1801 words of prose": lambda book: book["cells"].append(
        markdown("word " * (1801 - 3 - limits.reading.words(book)) + f"\n\n{BULLETS}")
    ),
    "words of prose; from 800": replaced(25, markdown("word " * 700)),
    "21 visible code cells": lambda book: book["cells"][22]["metadata"].update(tags=[]),
    "4 verdicts": replaced(30, code(3, "hide-input", **VERDICT)),
    "runs 91 s": noted(run_seconds=91),
    "1.5 GB": noted(run={"memory": 1.5, "worker_memory": 0}),
    "with worker processes": noted(run={"memory": 1, "worker_memory": 0.4}),
    "not noted": noted(run={"memory": 1}),
    "does not begin": replaced(0, markdown("# A lesson\n\n- one\n- two")),
    "does not end with": lambda book: book["cells"].append(code()),
    "no quiz": replaced(26, markdown(":::{dropdown} What?\nThis.\n:::")),
    "exercise": replaced(27, markdown("```{exercise} Try it\nDo.\n```")),
    "no figure": replaced(21, code(40, "hide-input")),
    "code cell 0 has 21 lines": replaced(1, code(21)),
    "code cell 20 has 41 lines": replaced(
        21, code(41, "hide-input", **{"image/svg+xml": "<svg/>"})
    ),
}


@pytest.mark.parametrize("told", FAULTS)
def test_each_fault_of_a_lesson_is_named(told):
    book = copy.deepcopy(lesson())
    FAULTS[told](book)
    found = limits.of_lesson(book)
    assert any(told in line for line in found), found


def test_a_story_is_short_and_judges_nothing():
    story = {"cells": [markdown("# A story\n\n" + "word " * 1198), code()], "metadata": {}}
    assert limits.of_story(story) == []
    story["cells"] += [code(1, **{mime("check"): {"claim": "A13"}}), *[code(21)] * 23]
    story["cells"][0]["source"] += " one two"
    told = "\n".join(limits.of_story(story))
    assert "26 cells" in told and "1202 words" in told
    assert "judges claims" in told and "code cell 2 has 21 lines" in told
