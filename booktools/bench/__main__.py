"""Measure the study engine against others: ``python -m booktools.bench``.

Writes appendix/benchmark.json, from which the book draws, and prints a table. The
machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from booktools import facts
from booktools.bench import report
from booktools.bench.measuring import run
from booktools.bench.plan import CONTENDERS, PLAN, in_browser
from booktools.bench.problem import BATCH_SIZE, CLIP_NORM, LEARNING_RATE

OUTPUT = Path(__file__).resolve().parents[2] / "appendix" / "benchmark.json"
PACKAGES = ("tensorflow", "tensorflow-cpu", "keras", "torch", "jax", "numpy")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the results go")
    parser.add_argument(
        "--patience", type=int, default=300, help="seconds to wait for other programs, in all"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    rows = run(PLAN, CONTENDERS, options.patience)
    plan, contenders, absent = in_browser()
    print("\n".join(["Steps a second of one network, in headless Chromium and beside it", *absent]))
    browser_rows = run(plan, contenders, options.patience, report.steps_table)
    results = {
        "machine": facts.machine(PACKAGES),
        "work": {
            "task": "adding",
            "batch_size": BATCH_SIZE,
            "optimizer": "adam",
            "learning_rate": LEARNING_RATE,
            "clip_norm": CLIP_NORM,
        },
        "run_seconds": round(time.perf_counter() - started),
        "rows": rows,
        "in_browser": browser_rows,
    }
    options.output.write_text(json.dumps(results, indent=1) + "\n", "utf8")
    print(f"Written to {options.output}; `make run NAME='engine cluster'` brings it into the book.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
