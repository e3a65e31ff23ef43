"""`make mutants`: a fault that a test notices is killed, one that none notices survives."""

from __future__ import annotations

import os
import subprocess

import pytest

from booktools import mutants
from booktools.mutants import Mutant

SOURCE = "def larger(a, b):\n    return a if a > b else b\n"
TEST = "from helpers.small import larger\n\n\ndef test_it():\n    assert larger(1, 2) == 2\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one function and one test, in a checkout."""
    root = tmp_path / "project"
    for folder in ("helpers", "tests"):
        (root / folder).mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (root / "helpers" / "__init__.py").write_text("")
    (root / "helpers" / "small.py").write_text(SOURCE)
    (root / "tests" / "test_small.py").write_text(TEST)
    subprocess.run(["git", "init", "--quiet", root], check=True)
    monkeypatch.setattr(mutants, "ROOT", root)
    monkeypatch.setattr(mutants, "SCRATCH", tmp_path / "scratch")
    return root


def fault(root, new: str, old: str = "a > b") -> Mutant:
    entry = {
        "file": "helpers/small.py", "old": old, "new": new, "tests": ["tests/test_small.py"],
    }  # fmt: skip
    return mutants.by_hand(entry, root)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork processes")
def test_faults_are_judged_in_copies(project, monkeypatch):
    monkeypatch.setattr(mutants.sys, "dont_write_bytecode", True)
    todo = [fault(project, "a < b"), fault(project, "a >= b"), fault(project, "nothing")]
    found = dict((m.after, result) for m, result in mutants.judge(todo, 1, 1))
    assert found == {
        "return a if a < b else b": "killed",
        "return a if a >= b else b": "survived",
        "return a if nothing else b": "killed",
    }
    assert (project / "helpers" / "small.py").read_text() == SOURCE
    assert list(mutants.judge(todo, 0, 1)) == [], "no time, no results"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork processes")
def test_tests_that_fail_without_a_fault_judge_nothing(project):
    (project / "tests" / "test_small.py").write_text(TEST.replace("== 2", "== 1"))
    with pytest.raises(RuntimeError, match="without any fault, tests/test_small.py end with 1"):
        list(mutants.judge([fault(project, "a < b")], 1, 1))


def test_a_fault_by_hand_must_fit_the_file_once(project):
    made = fault(project, "a < b")
    assert made.text == SOURCE.replace(">", "<")
    assert made.before == "return a if a > b else b"
    for old, new in (("a == b", "a < b"), ("a", "b"), ("a > b", "a > b")):
        with pytest.raises(ValueError, match="not once"):
            fault(project, new, old)


def test_a_result_holds_until_the_fault_or_a_test_changes(project):
    first = mutants.digest(fault(project, "a < b"), project)
    assert first == mutants.digest(fault(project, "a < b"), project)
    assert first != mutants.digest(fault(project, "a >= b"), project)
    (project / "tests" / "test_small.py").write_text(TEST + "\n")
    assert first != mutants.digest(fault(project, "a < b"), project)


def test_operators_make_each_fault_once(project):
    pytest.importorskip("cosmic_ray", reason="it comes with `make mutants`")
    (project / "helpers" / "small.py").write_text("def f(x):\n    return x + 1 if x <= 0 else x\n")
    found = list(mutants.from_operators("helpers/small.py", ["tests/test_small.py"], project))
    lines = [mutant.after for mutant in found]
    assert len(set(lines)) == len(lines)
    assert "return x - 1 if x <= 0 else x" in lines
    assert "return x + 1 if x < 0 else x" in lines
    assert "return x + 2 if x <= 0 else x" in lines
    (project / "helpers" / "small.py").write_text("def f(x):\n    return {**x, 'two': 2 + 2}\n")
    found = list(mutants.from_operators("helpers/small.py", ["tests/test_small.py"], project))
    assert found and all("{**x" in mutant.after for mutant in found), "no faults of grammar"


def test_a_sample_is_always_the_same_and_keeps_the_order(project):
    everyone = [fault(project, f"a > {number}") for number in range(20)]
    few = mutants.sample(everyone, 5)
    assert len(few) == 5 and few == mutants.sample(reversed(everyone), 5)[::-1]
    assert few == [mutant for mutant in everyone if mutant in few]
    assert few != everyone[:5], "spread over the file"
    fewer = [mutant for mutant in everyone if mutant != few[0]]
    assert set(few[1:]) < set(mutants.sample(fewer, 5)), "one less changes one"
    assert mutants.sample(everyone, None) == mutants.sample(everyone, 20) == everyone


def test_faults_by_hand_come_on_top_of_the_sample(project):
    pytest.importorskip("cosmic_ray", reason="it comes with `make mutants`")
    plan = {
        "modules": {"helpers/small.py": ["tests/test_small.py"]},
        "by_hand": [
            {
                "file": "helpers/small.py",
                "old": "a > b",
                "new": "b",
                "tests": ["tests/test_small.py"],
            }
        ],
    }
    (project / "helpers" / "small.py").write_text(SOURCE + "\n\nSIZES = 1 + 2, 3 * 4\n")
    everyone = mutants.mutants(plan, root=project)
    assert len(mutants.mutants(plan, root=project, size=2)) == 3 < len(everyone)
    assert mutants.mutants(plan, "another", project) == []


def test_the_report_counts_and_gives_the_reasons(project):
    killed, survivor, other = (fault(project, new) for new in ("a < b", "a >= b", "a != b"))
    why = {
        "file": survivor.file, "before": survivor.before, "after": survivor.after,
        "why": "of two equal numbers either will do",
    }  # fmt: skip
    found = [(killed, "killed"), (survivor, "survived"), (killed, "timeout"), (other, "survived")]
    text = mutants.report(found, {"survivors": [why]})
    assert "| `helpers/small.py` | 4 | 2 | 2 | 50 |" in text
    assert "| all | 4 | 2 | 2 | 50 |" in text
    assert "`helpers/small.py`: of two equal numbers either will do" in text
    assert text.count("no reason given yet") == 1
    assert "--all" not in text and "Not judged" not in text
    assert "not counted: 3 mutants" in mutants.report(found, {"survivors": []}, left=3)
    assert "At most 4 mutants a module were tried" in mutants.report(found, {"survivors": []}, 4)
    assert "  - return a if a > b else b\n  + return a if a >= b else b" in text


def test_the_plan_names_files_and_tests_that_exist():
    plan = mutants.load()
    entries = [{"file": file, "tests": tests} for file, tests in plan["modules"].items()]
    assert entries
    for entry in entries + plan["by_hand"]:
        paths = [entry["file"], *(name.split("::")[0] for name in entry["tests"])]
        assert all((mutants.ROOT / path).is_file() for path in paths), entry
        for path, _, test in (name.partition("::") for name in entry["tests"]):
            text = (mutants.ROOT / path).read_text("utf8")
            assert not test or f"def {test}(" in text, test
    for entry in plan["by_hand"]:
        mutants.by_hand(entry)
    assert all(entry["why"] for entry in plan["survivors"])


def test_copies_hold_new_files_and_nothing_ignored(project, tmp_path):
    (project / ".gitignore").write_text("ignored\n")
    (project / "ignored").write_text("x")
    (project / "new").write_text("x")
    mutants.copy_project(tmp_path / "copy", project)
    assert (tmp_path / "copy" / "new").exists() and not (tmp_path / "copy" / "ignored").exists()
