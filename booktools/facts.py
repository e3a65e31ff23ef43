"""What is worth knowing about the machine and the packages of a run."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

#: The packages whose version may move a result.
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "scipy", "pandas", "scikit-learn")


def machine() -> dict[str, object]:
    """Return processor, cores, memory in GB, system, Python and package versions."""
    from helpers.limits import available_cores

    return {
        "processor": processor(),
        "cores": available_cores(),
        "gigabytes": _gigabytes(),
        "system": platform.system(),
        "versions": {"python": platform.python_version(), **versions()},
    }


def versions() -> dict[str, str]:
    """Return the versions of the installed packages among `PACKAGES`."""
    installed = {}
    for name in PACKAGES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def processor(path: str | Path = "/proc/cpuinfo") -> str:
    """Return the processor's name, or its architecture where there is no name."""
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        lines = []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next((name for name in named if name), "") or platform.machine()


def _gigabytes() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (AttributeError, ValueError):  # Windows
        return None
