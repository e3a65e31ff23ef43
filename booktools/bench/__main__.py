"""Measure the study engine against others: ``python -m booktools.bench``.

Writes appendix/benchmark.json, from which the book draws, and prints a table. The
machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from booktools.bench.measuring import run
from booktools.bench.plan import CONTENDERS, PLAN
from booktools.bench.problem import BATCH_SIZE, CLIP_NORM, LEARNING_RATE
from helpers.limits import available_cores

OUTPUT = Path(__file__).resolve().parents[2] / "appendix" / "benchmark.json"
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "torch", "jax", "numpy")


def machine() -> dict:
    """Return what the times depend on: processor, memory, versions."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        cpu = platform.processor() or platform.machine()
    return {
        "cpu": cpu,
        "cores": available_cores(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": versions,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the results go")
    parser.add_argument(
        "--patience", type=int, default=300, help="seconds to wait for other programs, in all"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    rows = run(PLAN, CONTENDERS, options.patience)
    results = {
        "machine": machine(),
        "work": {
            "task": "adding",
            "batch_size": BATCH_SIZE,
            "optimizer": "adam",
            "learning_rate": LEARNING_RATE,
            "clip_norm": CLIP_NORM,
        },
        "run_seconds": round(time.perf_counter() - started),
        "rows": rows,
    }
    options.output.write_text(json.dumps(results, indent=1) + "\n", "utf8")
    print(f"Written to {options.output}; `make run` brings the new figures into the book.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
