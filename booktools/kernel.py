"""Compile the loops of the playground for WebAssembly: ``python -m booktools.kernel``.

Needs clang and lld. The compiled file is part of the repository, so that whoever builds the
book needs neither; a test compiles it anew where they are installed, and compares.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from helpers.playground.engine import COMPILED, FOLDER

SOURCE, HASHES = "matrices.c", "matrices.sha256"
FLAGS = (
    "--target=wasm32", "-O3", "-msimd128", "-ffp-contract=off", "-nostdlib", "-fno-builtin",
    "-Wall", "-Wextra", "-Werror", "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,--strip-all",
)  # fmt: skip


def compiler() -> str | None:
    """Return the version of clang if it and its linker for WebAssembly are here, or None."""
    if not (shutil.which("clang") and shutil.which("wasm-ld")):
        return None
    said = subprocess.run(["clang", "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+\.\d+\.\d+)", said.stdout)
    return found[1] if found else None


def compile_source(output: Path, source: Path = FOLDER / SOURCE) -> None:
    """Compile the C source into a file.

    Raises
    ------
    RuntimeError
        If clang or its linker is missing, or the source does not compile.
    """
    if compiler() is None:
        raise RuntimeError(
            "clang and wasm-ld are needed; on Debian or Ubuntu apt install clang lld"
        )
    command = ["clang", *FLAGS, "-o", str(output), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{source.name} does not compile: {done.stderr}")


def hashes() -> str:
    """Return the hashes of source and compiled file, as ``sha256sum --check`` reads them."""
    return "".join(
        f"{hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()}  {name}\n"
        for name in (SOURCE, COMPILED)
    )


def main() -> int:
    compile_source(FOLDER / COMPILED)
    made = f"# clang {compiler()} {' '.join(FLAGS)}\n{hashes()}"
    (FOLDER / HASHES).write_text(made, "utf8")
    print(f"Written: {COMPILED} and {HASHES} in {FOLDER}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
