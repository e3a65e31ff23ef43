"""Cores and memory that this process may use, container limits respected."""

from __future__ import annotations

import os
from pathlib import Path

import psutil


def _number(path: Path) -> float | None:
    """Return the first number in a file, or None if there is no file or no number."""
    try:
        return float(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _control_groups(root: Path) -> list[Path]:
    """Return the directories of this process's control groups, version 2 and 1, up to the top."""
    found = [root / "sys/fs/cgroup", root / "sys/fs/cgroup/memory", root / "sys/fs/cgroup/cpu"]
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in ("", "memory", "cpu"):
                base = root / "sys/fs/cgroup" / controller
                inside = Path(path.strip("/"))
                found += [base / part for part in (inside, *inside.parents)]
    return list(dict.fromkeys(found))


def available_memory(root: Path = Path("/")) -> float:
    """Return the memory that can still be used, in bytes.

    The smallest of what the machine has available and what each control group
    (version 1 or 2) that this process is in leaves; memory that holds cached
    files counts as free.

    Parameters
    ----------
    root : Path
        Where ``sys/fs/cgroup`` and ``proc/self/cgroup`` are looked for.
    """
    free = [float(psutil.virtual_memory().available)]
    for group in _control_groups(root):
        for limit_file, use_file in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            limit, used = _number(group / limit_file), _number(group / use_file)
            if limit is not None and used is not None:
                free.append(limit - used + _inactive_files(group / "memory.stat"))
    return max(min(free), 0.0)


def _inactive_files(path: Path) -> float:
    try:
        lines = dict(line.split() for line in path.read_text().splitlines())
    except (OSError, ValueError):
        return 0.0
    return float(lines.get("inactive_file", lines.get("total_inactive_file", 0)))


def available_cores(root: Path = Path("/")) -> int:
    """Return the number of cores that can be used, at least 1.

    The smallest of the cores this process may run on and the quota of each
    control group, rounded down.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = [float(len(os.sched_getaffinity(0)))]
    else:
        cores = [float(os.cpu_count() or 1)]
    for group in _control_groups(root):
        quota: float | None
        period: float | None
        try:
            quota, period = map(float, (group / "cpu.max").read_text().split())
        except (OSError, ValueError):  # no such file, or "max" for no quota
            quota, period = (
                _number(group / "cpu.cfs_quota_us"),
                _number(group / "cpu.cfs_period_us"),
            )
        if quota and period and quota > 0:
            cores.append(quota / period)
    return max(int(min(cores)), 1)
