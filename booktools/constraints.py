"""Renew constraints.txt: ``python -m booktools.constraints``.

Installs the newest packages that requirements-test.txt allows into a fresh
environment and writes down what came. Run ``make test`` afterwards and commit
the file if all is green.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from booktools import safely

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# The exact set of packages that last passed every check (Python 3.11, Linux).
# requirements.txt uses it by default; `make constraints` renews it.
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name in ("requirements.txt", "requirements-helpers.txt", "requirements-test.txt"):
            lines = (ROOT / name).read_text("utf8").splitlines()
            kept = [line for line in lines if not line.startswith(("-c", "-e"))]
            (scratch / name).write_text("\n".join(kept), "utf8")
        venv.create(scratch / "env", with_pip=True)
        python = next((scratch / "env").glob("[bS]*/python*"))
        pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
        print("Installing the newest packages that the bounds allow ...", flush=True)
        command = [*pip, "install", "--quiet", "-r", str(scratch / "requirements-test.txt")]
        subprocess.run(command, check=True)
        frozen = subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout
    pins = [line for line in frozen.splitlines() if re.match(r"^[\w.-]+==", line)]
    # The same version under the name that other platforms install.
    twins = [line.replace("-cpu", "").replace("_cpu", "") for line in pins if "tensorflow" in line]
    pins = sorted({*pins, *twins}, key=str.lower)
    safely.write_text(ROOT / "constraints.txt", HEAD + "\n".join(pins) + "\n")
    print(f"constraints.txt: {len(pins)} packages. Now run `make test`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
