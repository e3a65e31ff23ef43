"""Break the code on purpose and see whether the tests notice: ``python -m booktools.mutants``.

A mutant is a copy of the project with one small fault, such as ``<=`` for ``<``. If a
test fails, the mutant is killed; if all pass, it survives, and either a test is missing
or the fault makes no difference. The faults come from Cosmic Ray's operators, and from a
list by hand for what they cannot think of. ``booktools/mutants.yaml`` says which module is
judged by which tests, and gives the reason for each survivor that may stay.

Results are kept in ``_build/mutants``; a second call goes on where the first one stopped,
and asks again whatever rests on a file that was changed since. The table is written to
``tests/mutants.md``. Of a module with many mutants a sample is tried (``sample`` in the
plan), always the same one; ``--all`` tries every one of them. It runs in forked processes,
hence on Linux and macOS.
"""

from __future__ import annotations

import argparse
import ast
import gc
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from booktools import safely

ROOT = Path(__file__).resolve().parent.parent
PLAN = ROOT / "booktools" / "mutants.yaml"
SCRATCH = ROOT / "_build" / "mutants"
TABLE = ROOT / "tests" / "mutants.md"

#: The operators of Cosmic Ray that are used: of the many that exchange one operator for
#: another, those whose result is nearest, since that is the hardest to notice.
OPERATORS = (
    *(
        f"core/ReplaceBinaryOperator_{pair}"
        for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul", "Mod_FloorDiv")
    ),
    *(
        f"core/ReplaceComparisonOperator_{pair}"
        for pair in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot")
    ),
    "core/ReplaceComparisonOperator_IsNot_Is",
    "core/ReplaceUnaryOperator_Delete_Not",
    "core/ReplaceUnaryOperator_Delete_USub",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceBreakWithContinue",
    "core/ReplaceContinueWithBreak",
    "core/AddNot",
    "core/NumberReplacer",
    "core/RemoveDecorator",
    "core/ZeroIterationForLoop",
)
#: Loaded once, before the processes fork; `helpers` for its settings of TensorFlow, and
#: each process then loads it anew from its own copy.
PRELOADED = (
    "helpers",
    "tensorflow",
    "keras",
    "hypothesis",
    "matplotlib.pyplot",
    "pandas",
    "pytest",
    "scipy.stats",
    "yaml",
)
#: pytest's options for a mutant: the first failure settles it, and no plug-in is needed.
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:nbval", "-o", "addopts=--strict-markers"]


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes
    ----------
    file : str
        The faulty file, from the project's root.
    before, after : str
        The changed lines without and with the fault, as they are shown.
    text : str
        The whole file with the fault.
    tests : tuple of str
        The tests that should notice it.
    """

    file: str
    before: str
    after: str
    text: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what tells this fault from all others."""
        return f"{self.file}: {self.before} -> {self.after}"


def from_operators(file: str, tests: Iterable[str], root: Path = ROOT) -> Iterator[Mutant]:
    """Return the mutants of a module that Cosmic Ray's operators make, without repetitions."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (root / file).read_text("utf8")
    tree = get_ast(source)
    seen = {source}
    for name in OPERATORS:
        operator = get_operator(name)()
        places = [place for node in ast_nodes(tree) for place in operator.mutation_positions(node)]
        for occurrence in range(len(places)):
            text = mutate_code(source, operator, occurrence)
            if text is not None and text not in seen and _is_python(text):
                seen.add(text)
                yield Mutant(file, *changed_lines(source, text), text, tuple(tests))


def _is_python(text: str) -> bool:
    """Tell whether a file can be read: ``**`` exchanged for ``*`` is not always a product."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def by_hand(entry: dict, root: Path = ROOT) -> Mutant:
    """Return the mutant of an entry with ``file``, ``old``, ``new`` and ``tests``.

    Raises
    ------
    ValueError
        If the old text does not stand in the file exactly once, or equals the new one.
    """
    source = (root / entry["file"]).read_text("utf8")
    found = source.count(entry["old"])
    if found != 1 or entry["old"] == entry["new"]:
        raise ValueError(f"{entry['file']} holds {entry['old']!r} {found} times, not once")
    text = source.replace(entry["old"], entry["new"])
    return Mutant(entry["file"], *changed_lines(source, text), text, tuple(entry["tests"]))


def changed_lines(source: str, text: str) -> tuple[str, str]:
    """Return the lines in which two texts differ, without the space around them."""
    old, new = source.splitlines(), text.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " / ".join(map(str.strip, old)), " / ".join(map(str.strip, new))


def load(path: Path = PLAN) -> dict:
    """Return the plan: which modules, which tests, faults by hand, reasons for survivors."""
    return yaml.safe_load(path.read_text("utf8"))


def sample(found: Iterable[Mutant], size: int | None) -> list[Mutant]:
    """Return at most `size` mutants (all for None), in their order.

    Those whose names have the smallest hashes are taken: the same ones each time, spread
    over the whole file, and a change of one line changes the choice in few places.
    """
    everyone = list(found)

    def mark(mutant: Mutant) -> bytes:
        return hashlib.sha256(mutant.name.encode()).digest()

    chosen = {mutant.name for mutant in sorted(everyone, key=mark)[:size]}
    return [mutant for mutant in everyone if mutant.name in chosen]


def mutants(plan: dict, only: str = "", root: Path = ROOT, size: int | None = None) -> list[Mutant]:
    """Return the mutants of all modules whose path contains `only`, at most `size` of each.

    The faults by hand come on top.
    """
    found: dict[str, Mutant] = {}
    for file, tests in plan["modules"].items():
        if only in file:
            made = sample(from_operators(file, tests, root), size)
            found |= {mutant.name: mutant for mutant in made}
    for entry in plan["by_hand"]:
        if only in entry["file"]:
            mutant = by_hand(entry, root)
            found[mutant.name] = mutant
    return list(found.values())


def digest(mutant: Mutant, root: Path = ROOT) -> str:
    """Return a mark that changes with the mutant or with the tests that judge it."""
    parts = [mutant.text.encode()]
    parts += [name.encode() + (root / name.split("::")[0]).read_bytes() for name in mutant.tests]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def copy_project(folder: Path, root: Path = ROOT) -> None:
    """Copy what git knows of the project, as it stands in the folder now."""
    shutil.rmtree(folder, ignore_errors=True)
    git = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(git, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)


def start(folder: Path, tests: Iterable[str]) -> int:
    """Run tests in a copy of the project, in a forked process; return its number."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()  # so that it can be ended together with what it starts itself
    log = os.open(folder.parent / f"{folder.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    gc.freeze()  # collecting what other threads left here would crash: they were not forked
    try:
        os.chdir(folder)
        for name in [n for n in sys.modules if n.split(".")[0] in ("helpers", "booktools")]:
            del sys.modules[name]
        sys.path.insert(0, str(folder))
        pytest = importlib.import_module("pytest")
        code = int(pytest.main([*OPTIONS, *tests]))
    except BaseException:  # whatever a fault does to pytest itself, it was noticed
        code = 1
    os._exit(code)


def end(pid: int) -> None:
    """End a process and all that it started."""
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def seconds_sound(folder: Path, tests: tuple[str, ...]) -> float:
    """Run tests on the code without a fault; return how long they took.

    Raises
    ------
    RuntimeError
        If they fail, in which case they cannot judge anything.
    """
    began = time.monotonic()
    code = os.waitstatus_to_exitcode(os.waitpid(start(folder, tests), 0)[1])
    if code:
        said = (folder.parent / f"{folder.name}.log").read_text("utf8", errors="replace")
        raise RuntimeError(f"without any fault, {' '.join(tests)} end with {code}:\n{said[-3000:]}")
    return time.monotonic() - began


def judge(todo: list[Mutant], minutes: float, processes: int) -> Iterator[tuple[Mutant, str]]:
    """Run the tests of each mutant; return it with "killed", "timeout" or "survived".

    Parameters
    ----------
    todo : list of Mutant
    minutes : float
        When to stop. What is running then is ended without a result.
    processes : int
        How many run side by side, each in a copy of the project of its own.
    """
    until = time.monotonic() + 60 * minutes
    free = [SCRATCH / f"copy-{i}" for i in range(processes)]
    for folder in free:
        copy_project(folder, ROOT)
    limits: dict[tuple[str, ...], float] = {}
    running: dict[int, tuple[Mutant, Path, float]] = {}
    todo = todo[::-1]

    def settle(pid: int) -> tuple[Mutant, Path]:
        mutant, folder, _ = running.pop(pid)
        shutil.copy(ROOT / mutant.file, folder / mutant.file)
        free.append(folder)
        return mutant, folder

    try:
        while (todo or running) and time.monotonic() < until:
            if todo and free:
                tests = todo[-1].tests
                if tests not in limits:  # alone at first, thus slower beside others
                    limits[tests] = 15 + 5 * seconds_sound(free[-1], tests)
                mutant, folder = todo.pop(), free.pop()
                (folder / mutant.file).write_text(mutant.text, "utf8")
                running[start(folder, tests)] = mutant, folder, time.monotonic() + limits[tests]
                continue
            time.sleep(0.02)
            for pid, (_, _, limit) in list(running.items()):
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    mutant, folder = settle(pid)
                    code = os.waitstatus_to_exitcode(status)
                    yield mutant, "killed" if code else "survived"
                elif time.monotonic() > limit:
                    end(pid)
                    yield settle(pid)[0], "timeout"
    finally:
        for pid in running:
            end(pid)


def stored(path: Path) -> dict[str, str]:
    """Return what earlier calls found, by the digest of the mutant.

    A call that was killed may have left half a line; it is taken out of the file.
    """
    if not path.exists():
        return {}
    found, whole = {}, []
    text = path.read_text("utf8", errors="replace")
    for line in text.splitlines(keepends=True):
        try:
            known = json.loads(line)
            found[known["digest"]] = known["result"]
        except (ValueError, KeyError, TypeError):
            continue
        whole.append(line)
    if "".join(whole) != text or not text.endswith("\n"):
        safely.write_text(path, "".join(line.rstrip("\n") + "\n" for line in whole))
    return found


def report(
    found: list[tuple[Mutant, str]], plan: dict, size: int | None = None, left: int = 0
) -> str:
    """Return the table and the list of survivors with their reasons, as Markdown.

    Parameters
    ----------
    found : list of (Mutant, str)
    plan : dict
        From `load`.
    size : int, optional
        How many mutants a module were tried at most; None for all.
    left : int
        How many mutants have no result yet.
    """
    sampled = [
        f"At most {size} mutants a module were tried, chosen by a hash of the changed lines, and",
        "all that were made by hand; `python -m booktools.mutants --all` tries every one.",
        "",
    ]
    lines = [
        "# Mutants",
        "",
        "Written by `make mutants` (see `booktools/mutants.py`): small faults, put into the code",
        "one at a time, and whether the tests of the module notice. A fault that makes the tests",
        "run without end counts as noticed.",
        "",
        *(sampled if size else []),
        *([f"Not judged yet, and not counted: {left} mutants.", ""] if left else []),
        "| module | mutants | killed | survived | killed, % |",
        "|---|---|---|---|---|",
    ]
    files = sorted({mutant.file for mutant, _ in found})
    for label, members in [*((f"`{file}`", {file}) for file in files), ("all", set(files))]:
        results = [result for mutant, result in found if mutant.file in members]
        survived = results.count("survived")
        killed = len(results) - survived
        share = f"{100 * killed / len(results):.0f}" if results else "–"
        lines.append(f"| {label} | {len(results)} | {killed} | {survived} | {share} |")
    lines += ["", "## Survivors", ""]
    reasons = {(r["file"], r["before"], r["after"]): r["why"] for r in plan["survivors"]}
    for mutant in (mutant for mutant, result in found if result == "survived"):
        why = reasons.get((mutant.file, mutant.before, mutant.after), "**no reason given yet**")
        lines += [f"- `{mutant.file}`: {why}", "", "  ```diff"]
        lines += [f"  - {mutant.before}", f"  + {mutant.after}", "  ```", ""]
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="stop after this time")
    parser.add_argument("--only", default="", help="a part of the modules' paths")
    parser.add_argument("--all", action="store_true", help="every mutant instead of a sample")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    if not hasattr(os, "fork"):
        print("This system cannot fork processes; use Linux or macOS.")
        return 2
    plan = load()
    size = None if options.all else plan.get("sample")
    everyone = mutants(plan, options.only, size=size)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    results = stored(SCRATCH / "results.jsonl")
    marks = {mutant.name: digest(mutant) for mutant in everyone}
    todo = [mutant for mutant in everyone if marks[mutant.name] not in results]
    print(f"{len(everyone)} mutants, {len(everyone) - len(todo)} of them known already", flush=True)
    sys.dont_write_bytecode = True  # two versions of a file within a second have one time stamp
    # One thread for each process: they fill the cores, and threads do not survive a fork.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"}
    for name in PRELOADED:
        importlib.import_module(name)
    with (SCRATCH / "results.jsonl").open("a", encoding="utf8") as file:
        for mutant, result in judge(todo, options.minutes, options.processes):
            results[marks[mutant.name]] = result
            line = {"digest": marks[mutant.name], "result": result, "mutant": mutant.name}
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
            print(f"{result:9} {mutant.name}", flush=True)
    found = [(m, results[marks[m.name]]) for m in everyone if marks[m.name] in results]
    text = report(found, plan, size, len(everyone) - len(found))
    if not options.only:
        TABLE.write_text(text, "utf8")
    print(text)
    if len(found) < len(everyone):
        print(f"{len(everyone) - len(found)} mutants are left; call again to go on")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
