"""What newer Pythons and major versions would break: ``python -m booktools.upgrades``.

Nothing is installed; pip is asked what it would install. Three questions are put to it:

* for each Python, whether every package has a wheel within the bounds of ``requirements.txt``;
* for each upper bound, whether a release beyond it exists;
* for each such release, whether the other packages go with it if that one bound is lifted.

``--try NAME`` goes on where that ends: it lifts the bound of one package, installs everything
in a scratch environment (some gigabytes, some minutes) and runs the quick tests there.
The report is printed and written to ``_build/upgrade-report.md``. Needs a network.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Callable, Iterable
from pathlib import Path

from booktools import safely

ROOT = Path(__file__).resolve().parent.parent
#: Those that the book supports or may support next.
PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")
FILES = ("requirements.txt", "requirements-helpers.txt")
LINE = re.compile(r"^(?P<name>[A-Za-z][\w.-]*)(?P<bounds>[^;#]*?)\s*(?P<marker>;.*)?$")
UPPER = re.compile(r",?<(?P<bound>[\w.]+)")
#: What pip says of a package that it does not find, or that does not go with another.
REASON = re.compile(r"^ERROR: (.+)$", re.M)

#: What asks pip: takes requirements and options, gives names with versions, or the reason.
Ask = Callable[[list[str], list[str]], "dict[str, str] | str"]


def requirements(root: Path = ROOT) -> list[str]:
    """Return what the course needs, a line for each, without options of pip and this project."""
    lines = [
        line.strip() for name in FILES for line in (root / name).read_text("utf8").splitlines()
    ]
    return [line for line in lines if line and line[0] not in "#-"]


def name_of(line: str) -> str:
    """Return the package of a requirement.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = LINE.match(line)
    if not found:
        raise ValueError(f"{line!r} is no requirement")
    return found["name"]


def upper_bound(line: str) -> str | None:
    """Return the version below which a package has to stay; None without such a bound."""
    name_of(line)
    found = UPPER.search(line.partition(";")[0])
    return found["bound"] if found else None


def lifted(lines: Iterable[str], name: str) -> list[str]:
    """Return requirements in which one package has to be beyond its upper bound."""

    def lift(line: str) -> str:
        bound = upper_bound(line)
        if name_of(line) != name or bound is None:
            return line
        marker = line.partition(";")[2]
        return f"{name}>={bound}" + (f";{marker}" if marker else "")

    return [lift(line) for line in lines]


def ask_pip(lines: list[str], options: list[str]) -> dict[str, str] | str:
    """Return what pip would install, or why it would not."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
        command += ["--quiet", "--disable-pip-version-check", "--report", str(report)]
        command += ["--only-binary=:all:", "--target", folder, *options, *lines]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            reasons = REASON.findall(done.stderr) or [done.stderr.strip()[-200:] or "no reason"]
            return reasons[-1][:200]
        found = json.loads(report.read_text("utf8"))["install"]
    return {one["metadata"]["name"]: one["metadata"]["version"] for one in found}


def pythons(lines: list[str], ask: Ask = ask_pip) -> dict[str, str]:
    """Return for each Python what keeps the course from it: nothing, or packages and reasons.

    Packages are asked for one by one and without what they need in turn: a set that cannot be
    resolved would name the first only.
    """
    found = {}
    for python in PYTHONS:
        options = ["--no-deps", "--python-version", python]
        told = {name_of(line): ask([line], options) for line in lines}
        missing = [name for name, answer in told.items() if isinstance(answer, str)]
        found[python] = f"no wheel: {', '.join(missing)}" if missing else ""
    return found


def beyond(lines: list[str], ask: Ask = ask_pip) -> dict[str, str]:
    """Return the packages that have a release beyond their upper bound, with its version."""
    found = {}
    for line in lines:
        name, bound = name_of(line), upper_bound(line)
        answer = ask([f"{name}>={bound}"], ["--no-deps"]) if bound else ""
        if isinstance(answer, dict):
            found[name] = next(iter(answer.values()), "")
    return found


def report(lines: list[str], ask: Ask = ask_pip, root: Path = ROOT) -> str:
    """Return the whole report as Markdown."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf8"))["project"]
    text = [
        "# What an upgrade would break",
        "",
        f"`requires-python` is `{project['requires-python']}`.",
        "",
        "| Python | every package has a wheel within its bounds |",
        "|---|---|",
    ]
    text += [f"| {python} | {why or 'yes'} |" for python, why in pythons(lines, ask).items()]
    text += ["", "| package | bound | newest | the other packages, with this bound lifted |"]
    text += ["|---|---|---|---|"]
    newer = beyond(lines, ask)
    for line in lines:
        name = name_of(line)
        if name in newer:
            answer = ask(lifted(lines, name), [])
            goes = "go with it" if isinstance(answer, dict) else f"do not: {answer}"
            text.append(f"| {name} | <{upper_bound(line)} | {newer[name]} | {goes} |")
    held = [name_of(line) for line in lines if upper_bound(line) and name_of(line) not in newer]
    text += ["", f"No release beyond the bound: {', '.join(held) or 'none'}.", ""]
    text += ["That packages go together says nothing of what they do: `--try NAME` runs the tests."]
    return "\n".join(text) + "\n"


def attempt(name: str, root: Path = ROOT) -> int:
    """Install everything with one bound lifted in a scratch environment; run the quick tests.

    Raises
    ------
    ValueError
        If the package has no upper bound to lift; with those that have one.
    """
    lines = requirements(root)
    bounded = [name_of(line) for line in lines if upper_bound(line)]
    if name not in bounded:
        raise ValueError(f"{name!r} has no upper bound; choose from {', '.join(bounded)}")
    tests = [
        line
        for line in (root / "requirements-test.txt").read_text("utf8").splitlines()
        if line and line[0] not in "#-"
    ]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(next(Path(folder).glob("[bS]*/python*")))
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        installed = subprocess.run([*pip, *lifted(lines, name), *tests], cwd=root)
        if installed.returncode:
            return installed.returncode
        subprocess.run([*pip, "--no-deps", "-e", str(root)], check=True)
        command = [python, "-m", "pytest", "-q", "tests", "-m", "not slow"]
        return subprocess.run(command, cwd=root).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--try", dest="name", help="a package: lift its bound and run the tests")
    options = parser.parse_args()
    if options.name:
        try:
            return attempt(options.name)
        except ValueError as error:
            print(error)
            return 2
    text = report(requirements())
    print(text)
    (ROOT / "_build").mkdir(exist_ok=True)
    safely.write_text(ROOT / "_build" / "upgrade-report.md", text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
