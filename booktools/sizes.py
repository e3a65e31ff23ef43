"""What the installation costs, package by package: ``python -m booktools.sizes``.

The sizes are those of the installed files of this environment. They are kept in
``appendix/install.json``, from which the page on reproducibility draws its table.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from packaging.requirements import Requirement

from booktools.build import ROOT

PLACE = Path("appendix") / "install.json"
#: What a reader installs, and what the tests bring besides.
READERS, TESTS = ("requirements-helpers.txt", "requirements.txt"), ("requirements-test.txt",)
#: Packages below so many MB share a row.
SMALL = 20


def roots(names: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """Return the packages that requirement files name for this system, without their bounds."""
    lines = [line.partition("#")[0].strip() for n in names for line in (root / n).open()]
    asked = [Requirement(line) for line in lines if line and not line.startswith("-")]
    return [one.name for one in asked if one.marker is None or one.marker.evaluate()]


def brought_by(roots: list[str], needs: Mapping[str, list[str]]) -> dict[str, str]:
    """Return for each package that the roots bring along which root does: itself, or the first.

    Parameters
    ----------
    roots : list of str
        Packages asked for, in the order in which they count.
    needs : mapping of str to list of str
        What each installed package needs; what is not installed is left out.
    """
    asked = [canonical(root) for root in roots if canonical(root) in needs]
    found = {root: root for root in asked}
    for root in asked:
        waiting = list(needs[root])
        while waiting:
            name = waiting.pop()
            if name in needs and name not in found:
                found[name] = root
                waiting += needs[name]
    return found


def canonical(name: str) -> str:
    """Return a package's name as indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def measure() -> list[dict]:
    """Return a row for each package of this environment that the book or its tests bring.

    Each has its name, the package of the requirements that brings it, whether only the tests
    do, and the size of its files in MB.
    """
    every = {canonical(one.metadata["Name"]): one for one in importlib.metadata.distributions()}
    needs = {name: _needs(one) for name, one in every.items()}
    readers = brought_by(roots(READERS), needs)
    tests = {n: r for n, r in brought_by(roots(TESTS), needs).items() if n not in readers}
    rows = [
        {"package": name, "brought by": root, "tests": name in tests, "MB": _size(every[name])}
        for name, root in {**readers, **tests}.items()
    ]
    return sorted(rows, key=lambda row: -row["MB"])


def _needs(one: importlib.metadata.Distribution) -> list[str]:
    asked = [Requirement(text) for text in one.requires or []]
    return [
        canonical(a.name) for a in asked if a.marker is None or a.marker.evaluate({"extra": ""})
    ]


def _size(one: importlib.metadata.Distribution) -> float:
    paths = [Path(str(one.locate_file(file))) for file in one.files or []]
    return round(sum(path.stat().st_size for path in paths if path.is_file()) / 1e6, 1)


def table(root: Path) -> pd.DataFrame:
    """Return the kept sizes: a row for each large package, one for the others, and two sums."""
    kept = json.loads((root / PLACE).read_text("utf8"))
    rows = pd.DataFrame(kept["packages"])
    readers = rows[~rows["tests"]]
    large = readers[readers["MB"] >= SMALL]
    shown = [
        {"package": row["package"], "brought by": row["brought by"], "MB": f"{row['MB']:.0f}"}
        for row in large.to_dict("records")
    ]
    others, tests = readers["MB"].sum() - large["MB"].sum(), rows["MB"][rows["tests"]].sum()
    for name, size in (
        (f"{len(readers) - len(large)} others", others),
        ("all that a reader installs", readers["MB"].sum()),
        ("the tests besides", tests),
    ):
        shown.append({"package": name, "brought by": "", "MB": f"{size:.0f}"})
    return pd.DataFrame(shown)


def main() -> int:
    """Measure this environment, keep the sizes, print the table."""
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    kept = {"system": system, "packages": measure()}
    (ROOT / PLACE).write_text(json.dumps(kept, indent=1) + "\n", "utf8")
    print(table(ROOT).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
