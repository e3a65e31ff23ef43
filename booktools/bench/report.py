"""The arithmetic of the benchmark, its checks, and its table."""

from __future__ import annotations

import pandas as pd

PRODUCTS = "products alone"
TOLERANCE = 2e-3  # relative, for rounding that a few steps of training have amplified


def check_same_work(entries: list[dict]) -> None:
    """Make sure that the contenders of one problem trained the same networks.

    Parameters
    ----------
    entries : list of dict
        From `measuring.measure`.

    Raises
    ------
    ValueError
        If they differ in the number of weights or in an error, before or after
        training, or if an error did not fall.
    """
    entries = [entry for entry in entries if entry["errors_after"] is not None]
    first = entries[0]
    for entry in entries:
        name = f"{entry['contender']} ({entry['cell']})"
        if entry["parameters"] != first["parameters"]:
            raise ValueError(
                f"{name} trains {entry['parameters']} weights, not {first['parameters']}"
            )
        for key in ("errors_before", "errors_after"):
            # A loop may time one network where others time two.
            for error, expected in zip(entry[key], first[key], strict=False):
                if abs(error - expected) > TOLERANCE * expected:
                    raise ValueError(f"{name} has {key} {error:.5f}, not {expected:.5f}")
        if not all(
            a < b for a, b in zip(entry["errors_after"], entry["errors_before"], strict=True)
        ):
            raise ValueError(f"{name} did not learn: {entry['errors_after']}")


def add_figures(entry: dict) -> dict:
    """Work out what the tables and figures show.

    Parameters
    ----------
    entry : dict
        From `measuring.measure`.

    Returns
    -------
    dict
        The entry with ``ms`` (wall milliseconds of one training step of one network,
        of the fastest repetition), ``ms_slowest``, ``core_ms`` (processor milliseconds,
        summed over cores), ``cores_busy``, and ``start_seconds``: what the first
        repetition took longer than its steps alone, for tracing, compiling and starting
        processes. A loop pays it for every network (``loop``), a stack once.
    """
    network_steps = entry["timed_networks"] * entry["timed_steps"]
    repetitions = list(zip(entry["repetition_seconds"], entry["cpu_seconds"], strict=True))
    seconds, cpu = min(repetitions)
    ms = 1e3 * seconds / network_steps
    start = entry["first_seconds"] - ms / 1e3 * entry["timed_networks"] * entry["first_steps"]
    if entry["loop"]:
        start /= entry["timed_networks"]
    return entry | {
        "ms": round(ms, 4),
        "ms_slowest": round(1e3 * max(repetitions)[0] / network_steps, 4),
        "core_ms": round(1e3 * cpu / network_steps, 4),
        "cores_busy": round(cpu / seconds, 2),
        "start_seconds": round(max(start, 0.0), 3),
    }


def study_seconds(entry: dict, networks: int, steps: int) -> float:
    """Return how long a whole study takes, with everything paid once or for each network.

    Parameters
    ----------
    entry : dict
        From `add_figures`.
    networks, steps : int
        Size of the study.
    """
    starts = networks if entry["loop"] else 1
    return starts * entry["start_seconds"] + networks * steps * entry["ms"] / 1e3


def table(entries: list[dict]) -> pd.DataFrame:
    """Return the figures of one problem, with ratios to the engine's best.

    Parameters
    ----------
    entries : list of dict
        From `add_figures`.

    Returns
    -------
    pandas.DataFrame
        One row a contender: ``ms``, the ``slowest`` repetition, ``core ms``, ``cores`` busy,
        ``start s``; ``times engine``, how often the engine's best ``ms`` goes into
        this one; ``1000 steps``, the seconds of a study of 1 000 steps with
        everything paid, and how often the engine's go into that.
    """
    networks = entries[0]["networks"]
    frame = pd.DataFrame(entries).set_index("contender")
    frame["study s"] = [study_seconds(entry, networks, 1000) for entry in entries]
    best = frame[frame.index.str.startswith("engine")].min(numeric_only=True)
    columns = {
        "ms": frame["ms"],
        "slowest": frame["ms_slowest"],
        "core ms": frame["core_ms"],
        "cores": frame["cores_busy"],
        "start s": frame["start_seconds"],
        "x engine": frame["ms"] / best["ms"],
        "1000 steps, s": frame["study s"],
        "x engine's": frame["study s"] / best["study s"],
    }
    return pd.DataFrame(columns)


def steps_table(entries: list[dict]) -> pd.DataFrame:
    """Return how many training steps a second one network makes, for each contender.

    Parameters
    ----------
    entries : list of dict
        From `add_figures`.

    Returns
    -------
    pandas.DataFrame
        One row a contender: ``steps/s`` of wall time, ``steps/core s`` of processor time, and
        ``x model.fit``, the processor time as a share of that of ``model.fit``.
    """
    frame = pd.DataFrame(entries).set_index("contender")
    return pd.DataFrame({
        "steps/s": 1e3 / frame["ms"],
        "steps/core s": 1e3 / frame["core_ms"],
        "x model.fit": frame["core_ms"] / frame["core_ms"]["model.fit"],
    })  # fmt: skip
