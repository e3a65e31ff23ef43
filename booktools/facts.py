"""What a measurement depends on: the machine and the versions of the packages."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from helpers.study.limits import available_cores

#: The packages whose version may move a result of the chapters.
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "scipy", "pandas", "scikit-learn")


def machine(packages: tuple[str, ...] = PACKAGES) -> dict[str, object]:
    """Return processor, cores, memory in GB, system, Python, and versions of `packages`."""
    return {
        "cpu": processor(),
        "cores": available_cores(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions(packages),
    }


def versions(packages: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of those packages that are installed."""
    installed = {}
    for name in packages:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
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
