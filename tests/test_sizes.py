"""What the installation costs: who brings what, and sums that add up."""

import json
import platform

import pytest

from booktools import sizes
from booktools.build import ROOT


def test_who_brings_what():
    needs = {"a": ["c", "gone"], "b": ["c", "d"], "c": ["e"], "d": [], "e": ["c"], "own": []}
    found = sizes.brought_by(["A", "b", "absent"], needs)
    assert found == {"a": "a", "b": "b", "c": "a", "e": "a", "d": "b"}
    assert sizes.brought_by(["a", "c"], needs)["c"] == "c", "what is asked for brings itself"


@pytest.mark.parametrize("name", ["typing_extensions", "Typing.Extensions", "typing--extensions"])
def test_names_are_spelt_one_way(name):
    assert sizes.canonical(name) == "typing-extensions"


def test_requirements_are_read_with_their_markers(tmp_path):
    text = '-c constraints.txt\n\nkeras>=3  # a word\nother; sys_platform == "never"\n-e .\n'
    (tmp_path / "requirements.txt").write_text(text)
    assert sizes.roots(("requirements.txt",), tmp_path) == ["keras"]


def test_the_sums_add_up(tmp_path):
    rows = [("big", "big", False, 50.0), ("s", "big", False, 3.5), ("t", "t", True, 2.0)]
    keys = ("package", "brought by", "tests", "MB")
    (tmp_path / "appendix").mkdir()
    kept = {"system": "x", "packages": [dict(zip(keys, row, strict=True)) for row in rows]}
    (tmp_path / sizes.PLACE).write_text(json.dumps(kept))
    shown = dict(zip(sizes.table(tmp_path)["package"], sizes.table(tmp_path)["MB"], strict=True))
    assert shown == {
        "big": "50", "1 others": "4", "all that a reader installs": "54", "the tests besides": "2"
    }  # fmt: skip


def test_every_package_of_the_requirements_was_measured():
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip("the kept sizes are those of Linux on x86_64")
    kept = json.loads((ROOT / sizes.PLACE).read_text("utf8"))
    names = {row["package"] for row in kept["packages"]}
    wanted = {sizes.canonical(name) for name in sizes.roots((*sizes.READERS, *sizes.TESTS))}
    assert wanted <= names
    measured = {row["package"]: row for row in sizes.measure()}
    assert measured["keras"]["MB"] > 5 and not measured["keras"]["tests"]
    assert measured["ruff"]["tests"]
