"""The gates before a commit and before the tests: each one stops the fault that it is for."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text("utf8")


def recipe(target: str) -> list[str]:
    """Return the commands of a target of the Makefile as the shell gets them, ``$(RUN)`` set in."""
    lines = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)[1]
    commands = [line.strip().removeprefix("@") for line in lines.splitlines()]
    return [command.replace("$(RUN)", ".venv/bin/python -m") for command in commands]


STYLE, FORM, TYPES = recipe("lint")


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the Makefile in a folder, with this Python."""
    words = shlex.split(command)
    assert words[0] == ".venv/bin/python"
    return subprocess.run(
        [sys.executable, *words[1:]], cwd=folder, capture_output=True, text=True, timeout=300
    )


def code_cell(source: str) -> dict:
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "execution_count": 1,
        "outputs": [],
        "source": source,
    }


def as_notebook(source: str) -> str:
    notebook = {"cells": [code_cell(source)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1) + "\n"


@pytest.fixture
def scratch(tmp_path):
    """A small project under the same rules, in which nothing is wrong."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("helpers", "booktools", "tests", "chapters"):
        (tmp_path / folder).mkdir()
    for package in ("helpers", "booktools"):
        (tmp_path / package / "__init__.py").write_text('"""A package."""\n')
    shutil.copy(ROOT / "helpers" / "checks.py", tmp_path / "helpers")
    (tmp_path / "chapters" / "one.ipynb").write_text(as_notebook("x = 1\nx"))
    return tmp_path


@pytest.mark.parametrize("command", [STYLE, FORM, TYPES])
def test_the_project_passes(command):
    told = run(command, ROOT)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-1000:]


@pytest.mark.parametrize("command", [STYLE, FORM, TYPES])
def test_a_project_without_fault_passes(command, scratch):
    told = run(command, scratch)
    assert told.returncode == 0, told.stdout + told.stderr


FAULTS = [
    (STYLE, "helpers/new.py", "import os\n", "F401"),
    (STYLE, "booktools/new.py", "from os import path\n\nx = nothing\nprint(path)\n", "F821"),
    (STYLE, "tests/test_new.py", "def f(x=[]):\n    return x\n", "B006"),
    (STYLE, "chapters/two.ipynb", as_notebook("x = nothing"), "F821"),
    (STYLE, "chapters/two.ipynb", as_notebook("def f():\n    x = 1"), "F841"),
    (FORM, "helpers/new.py", "x = [1,2]\n", "new.py"),
    (FORM, "booktools/new.py", "x = 'one'\n", "new.py"),
    (FORM, "tests/test_new.py", f"x = [{', '.join(map(str, range(40)))}]\n", "test_new.py"),
    (TYPES, "helpers/new.py", 'def f(x: int) -> int:\n    return x\n\n\nf("a")\n', "arg-type"),
    (TYPES, "helpers/new.py", 'def f() -> int:\n    return "a"\n', "return-value"),
    (TYPES, "booktools/new.py", 'def f():\n    return 1 + "a"\n', "operator"),
    (TYPES, "booktools/new.py", "def f(x: int = None) -> None: ...\n", "assignment"),
    (TYPES, "helpers/new.py", "def f(x, y: int) -> int:\n    return y\n", "no-untyped-def"),
    (TYPES, "helpers/new.py", "x = 1  # type: ignore\n", "unused-ignore"),
    (TYPES, "helpers/new.py", "import a_package_that_is_not_there\n", "import-not-found"),
]


@pytest.mark.parametrize("command, name, text, told", FAULTS)
def test_a_fault_is_stopped_and_named(command, name, text, told, scratch):
    (scratch / name).write_text(text)
    said = run(command, scratch)
    assert said.returncode != 0
    assert told in said.stdout
    assert Path(name).name in said.stdout


@pytest.mark.parametrize("target", ["test", "check"])
def test_style_and_types_come_before_the_tests(target):
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    said = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert " lint || failed=1;" in said.split("pytest tests")[0]
    assert said.strip().endswith("exit $failed")
    assert ('-m "not slow"' in said) == (target == "check")


def hooks() -> list[dict]:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf8"))["repos"]
    assert repository["repo"] == "local", "a hook from elsewhere would need a network"
    return repository["hooks"]


def test_hooks_run_the_commands_of_the_makefile():
    *same, files = [hook["entry"] for hook in hooks()]
    assert same == recipe("lint")
    command, *names = files.split(" tests/")
    assert command == ".venv/bin/python -m pytest -q"
    assert len(names) == 3 and all((ROOT / "tests" / name).is_file() for name in names)


def test_hooks_look_at_the_whole_and_at_notebooks():
    for hook in hooks():
        assert hook["language"] == "system" and hook["pass_filenames"] is False
    assert "jupyter" in hooks()[0]["types_or"]
    assert hooks()[-1]["always_run"] is True


def test_a_commit_with_a_fault_is_refused(scratch, monkeypatch):
    """The hooks themselves, in a checkout of the small project."""
    config = (ROOT / ".pre-commit-config.yaml").read_text("utf8")
    config = config.replace(".venv/bin/python", shlex.quote(sys.executable))
    (scratch / ".pre-commit-config.yaml").write_text(config)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(scratch.parent / "pre-commit"))
    pre_commit = [sys.executable, "-m", "pre_commit", "run"]

    def attempt() -> subprocess.CompletedProcess[str]:
        git = ["git", "-C", str(scratch)]
        subprocess.run([*git, "add", "."], check=True)
        command = [*pre_commit, "style"]
        return subprocess.run(command, cwd=scratch, capture_output=True, text=True)

    subprocess.run(["git", "init", "--quiet", scratch], check=True)
    sound = attempt()
    assert sound.returncode == 0 and "Passed" in sound.stdout, sound.stdout + sound.stderr
    (scratch / "chapters" / "two.ipynb").write_text(as_notebook("x = nothing"))
    refused = attempt()
    assert refused.returncode != 0 and "F821" in refused.stdout
