"""Which package may import which: a new arrow between packages fails here.

The packages stand in order: each may use what stands in its row and nothing else, so
that whoever reads one of them knows which others have to be known before.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: For each package (or module at the top of `helpers`) those that it may import.
MAY_IMPORT = {
    "helpers": {"helpers.arithmetic"},  # must act before NumPy is imported
    "helpers.arithmetic": set(),
    "helpers.checks": set(),
    "helpers.roots": set(),
    "helpers.seeds": set(),
    "helpers.activations": {"helpers.checks", "helpers.seeds"},
    "helpers.datasets": {"helpers.checks", "helpers.seeds"},
    "helpers.statistics": set(),
    "helpers.cells": {
        "helpers.activations",
        "helpers.checks",
        "helpers.roots",
        "helpers.seeds",
    },
    "helpers.tasks": {
        "helpers.activations",
        "helpers.cells",  # its initialisers alone: see ONLY
        "helpers.checks",
        "helpers.seeds",
    },
    "helpers.show": {"helpers.activations", "helpers.checks", "helpers.statistics"},
    "helpers.measures": {"helpers.activations", "helpers.checks", "helpers.statistics"},
    "helpers.study": {
        "helpers.activations",
        "helpers.cells",
        "helpers.checks",
        "helpers.roots",
        "helpers.seeds",
        "helpers.show",  # its progress bar alone: see ONLY
        "helpers.statistics",
        "helpers.tasks",
    },
    "helpers.claims": {"helpers.checks", "helpers.seeds", "helpers.show", "helpers.statistics"},
    "helpers.playground": {
        "helpers.activations",
        "helpers.claims",
        "helpers.datasets",
        "helpers.show",
    },
    # What builds and checks the book uses all of the helpers; none of them uses it.
    "booktools": {
        "helpers",
        "helpers.activations",
        "helpers.cells",
        "helpers.checks",
        "helpers.claims",
        "helpers.datasets",
        "helpers.measures",
        "helpers.playground",
        "helpers.seeds",
        "helpers.show",
        "helpers.statistics",
        "helpers.study",
        "helpers.tasks",
    },
}
#: Where a package may use one module of another, and no more of it.
ONLY = {
    ("helpers.study", "helpers.show"): {"helpers.show.progress"},
    ("helpers.tasks", "helpers.cells"): {"helpers.cells.initialisers"},
}


def modules(root: Path) -> dict[str, Path]:
    """Return the files of `helpers` and `booktools` by the names under which they are imported."""
    paths = [path for top in ("helpers", "booktools") for path in (root / top).rglob("*.py")]
    names = {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


def imports(root: Path) -> dict[str, set[str]]:
    """Return for each module those of this project that it imports, inside functions too."""
    known = modules(root)
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        found[name] = set()
        tree = ast.parse(path.read_text("utf8"))
        tree.body = [node for node in tree.body if not _for_types_alone(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                origin = node.module or ""
                if node.level:  # from . import x
                    inside = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
                    above = inside[: len(inside) - node.level + 1]
                    origin = ".".join([*above, *filter(None, [node.module])])
                children = [f"{origin}.{alias.name}" for alias in node.names]
                targets = [child if child in known else origin for child in children]
            else:
                continue
            found[name] |= {target for target in targets if package(target) is not None} - {name}
    return found


def _for_types_alone(node: ast.stmt) -> bool:
    """Say whether a statement is ``if TYPE_CHECKING:``, which never runs."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def package(module: str) -> str | None:
    """Return the row of the table to which a module belongs, None for other people's modules."""
    parts = module.split(".")
    if parts[0] == "booktools":
        return "booktools"
    return ".".join(parts[:2]) if parts[0] == "helpers" else None


def new_arrows(root: Path) -> list[str]:
    """Return the imports that the table does not allow, as ``importer -> imported``."""
    arrows = []
    for module, targets in imports(root).items():
        source = package(module)
        for target in sorted(targets):
            goal = package(target)
            if goal == source:
                continue
            few = ONLY.get((source, goal))
            if goal not in MAY_IMPORT.get(source, set()) or (few is not None and target not in few):
                arrows.append(f"{module} -> {target}")
    return arrows


def circles(graph: dict[str, set[str]]) -> list[str]:
    """Return the modules that lead back to themselves along imports."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            fresh = graph.get(todo.pop(), set()) - seen
            seen |= fresh
            todo += fresh
        return seen

    return sorted(module for module in graph if module in reached(module))


def test_no_new_arrow_between_packages():
    assert new_arrows(ROOT) == [], "an arrow that is meant belongs in MAY_IMPORT, with its reason"


def test_every_package_has_its_row():
    assert {package(module) for module in modules(ROOT)} == set(MAY_IMPORT)


def test_no_circle_between_modules():
    assert circles(imports(ROOT)) == []


def test_the_table_itself_only_leads_upwards():
    assert circles(MAY_IMPORT) == []
    assert all("booktools" not in allowed for allowed in MAY_IMPORT.values())
    assert all(goal in MAY_IMPORT[source] for source, goal in ONLY)


@pytest.fixture
def write(tmp_path):
    """A function that writes a file of a small project, in which nothing is wrong at first."""

    def write(name: str, text: str = "") -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf8")

    for folder in ("helpers", "helpers/show", "helpers/study", "helpers/statistics", "booktools"):
        write(f"{folder}/__init__.py")
    write("helpers/statistics/estimate.py", "import math\nimport helperson\n")
    write("helpers/show/plots.py", "from helpers.statistics import estimate\n")
    write("helpers/show/progress.py")
    write("helpers/study/runner.py", "from helpers.show import progress\n")
    write("booktools/build.py", "import helpers.show.plots\n")
    return write


def test_the_small_project_is_sound(write, tmp_path):
    assert new_arrows(tmp_path) == []
    assert circles(imports(tmp_path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import helpers.show.plots",
        "from helpers.show import plots",
        "from helpers.show.plots import colour",
        "from ..show import plots",
        "from ..show.plots import colour",
        "def f():\n    from helpers.show import plots",
        "if True:\n    import math, helpers.show.plots as p",
    ],
)
def test_a_new_arrow_is_found_however_it_is_written(text, write, tmp_path):
    write("helpers/statistics/estimate.py", text)
    assert new_arrows(tmp_path) == ["helpers.statistics.estimate -> helpers.show.plots"]


def test_a_helper_that_uses_booktools_is_found(write, tmp_path):
    write("helpers/study/runner.py", "def f():\n    import booktools.build")
    assert new_arrows(tmp_path) == ["helpers.study.runner -> booktools.build"]


def test_more_of_a_package_than_its_one_module_is_found(write, tmp_path):
    write("helpers/study/runner.py", "from helpers.show import plots, progress")
    assert new_arrows(tmp_path) == ["helpers.study.runner -> helpers.show.plots"]


def test_a_package_without_a_row_may_import_nothing(write, tmp_path):
    write("helpers/other/__init__.py", "from helpers import show")
    assert new_arrows(tmp_path) == ["helpers.other -> helpers.show"]


def test_a_circle_inside_a_package_is_found(write, tmp_path):
    write("helpers/show/progress.py", "def f():\n    from helpers.show import plots")
    write("helpers/show/plots.py", "from helpers.show.progress import bar")
    assert circles(imports(tmp_path)) == ["helpers.show.plots", "helpers.show.progress"]


#: What a reader may import without waiting for TensorFlow.
LIGHT = (
    "helpers.activations",
    "helpers.datasets",
    "helpers.show.interactive",
    "helpers.show.plots",
    "helpers.statistics",
)


def heavy_after(statement: str) -> list[str]:
    """Run a statement in a fresh Python; return which heavy packages it loaded."""
    program = f"{statement}\nimport sys\nprint(*{{'keras', 'tensorflow'}} & set(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return sorted(run.stdout.split())


def test_what_needs_no_tensorflow_loads_none():
    assert heavy_after("import " + ", ".join(LIGHT)) == []


def test_a_load_of_tensorflow_would_be_seen():
    """Empty stand-ins suffice to see that the check looks at the right names."""
    stand_ins = "import sys, types\nsys.modules.update(tensorflow=types, keras=types)"
    assert heavy_after(stand_ins) == ["keras", "tensorflow"]
