"""Worker processes: bitwise identical results, limits, interrupts, no orphans."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace

import nbformat
import pandas as pd
import psutil
import pytest
import tensorflow as tf
from nbclient import NotebookClient
from tqdm import tqdm

from helpers import study, tasks
from helpers.show import progress
from helpers.study import design, limits, schedule, workers
from helpers.study.spec import Study

GIGABYTE = 1e9
TASK = tasks.recall(length=4, symbols=2)
QUICK = {"steps": 60, "batch_size": 8, "units": 4, "evaluate_every": 20, "progress": False}
QUICK |= {"activation": ["tanh", "relu"], "seeds": 6, "target": 0.9}


@pytest.fixture(autouse=True)
def an_interrupt_is_heard():
    """A command that a shell has put into the background ignores SIGINT, and so do its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module", autouse=True)
def end_workers():
    yield
    workers.close()


@pytest.fixture(scope="module")
def in_process():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_WORKERS", "1")
        return study.run(TASK, **QUICK)


def test_worker_processes_give_bitwise_identical_results(in_process, monkeypatch):
    monkeypatch.setenv("STUDY_WORKERS", "2")
    table = study.run(TASK, **QUICK)
    pd.testing.assert_frame_equal(table, in_process, check_exact=True)
    assert len(workers._workers) == 2
    pids = worker_pids()
    study.run(TASK, **QUICK)
    assert worker_pids() == pids  # they stay for the next study


@pytest.mark.parametrize("count", ["0", "2"])
def test_progress_adds_up_to_the_whole_study(count, monkeypatch):
    bars = []

    def bar(total, wanted):
        bars.append(tqdm(total=total, file=io.StringIO()))
        return bars[-1]

    monkeypatch.setattr(progress, "bar", bar)
    monkeypatch.setenv("STUDY_WORKERS", count)
    study.run(TASK, **QUICK)
    assert bars[0].n == bars[0].total == 12 * 60


def test_an_interrupted_study_returns_what_is_finished(in_process, monkeypatch, capsys):
    monkeypatch.setenv("STUDY_WORKERS", "2")

    def interrupt_after_the_first(futures):
        found = original(futures)
        if interrupt_after_the_first.found:
            raise KeyboardInterrupt
        interrupt_after_the_first.found += found
        return found

    original, interrupt_after_the_first.found = schedule._finished, []
    monkeypatch.setattr(schedule, "_finished", interrupt_after_the_first)
    table = study.run(TASK, **QUICK | {"steps": 2000})
    assert 0 < len(table) < 12
    assert capsys.readouterr().out.startswith(f"Interrupted: {len(table)} of 12 runs")
    monkeypatch.setattr(schedule, "_finished", original)
    again = study.run(TASK, **QUICK)  # the workers can be used again
    pd.testing.assert_frame_equal(again, in_process, check_exact=True)


def test_an_interrupted_worker_gives_up_and_a_worker_has_one_thread():
    (endless,) = batches(seeds=1, steps=10**9)
    (worker, *_) = workers.workers(1)
    future = worker.submit(endless)
    before = worker.progress.value
    while worker.progress.value == before:
        time.sleep(0.05)
    worker.interrupt()
    with pytest.raises(workers.Interrupted):
        future.result(timeout=60)
    count = worker._pool.submit(tf.config.threading.get_intra_op_parallelism_threads)
    assert count.result() == 1


def batches(**changes):
    """The batches of runs of a small study."""
    sizes = {"steps": 1, "batch_size": 8, "evaluate_every": 1000}
    sizes |= {"validation_size": 8, "test_size": 8, "units": 4}
    asked = design.check(Study(TASK, **sizes | changes))
    return design.cut(asked, design.grid(asked))


def worker_pids():
    """The process ids of the workers, as they say themselves."""
    return [worker._pool.submit(os.getpid).result() for worker in workers._workers]


def test_a_worker_full_of_old_programs_is_replaced():
    """What it has compiled is freed by the end of its process alone."""
    workers.close()
    (old,) = workers.workers(1)
    old.compiled |= set(range(workers.MOST_PROGRAMS))
    first = old._pool.submit(os.getpid).result()
    (new,) = workers.workers(1)
    assert new is not old and not new.compiled
    assert new._pool.submit(os.getpid).result() != first
    assert workers.workers(1) == [new]


def test_a_worker_that_fills_up_within_a_study_is_replaced(monkeypatch):
    monkeypatch.setattr(workers, "MOST_PROGRAMS", 1)
    workers.close()
    (worker,) = workers.workers(1)
    before = worker.progress.value
    functions = ["tanh", "relu", "softsign"]  # a program each
    results = {}
    with progress.bar(3, False) as bar:
        work = batches(activation=functions, seeds=1)
        schedule._on_workers(work, workers.workers(1), results, bar)
    (last,) = workers._workers
    assert len(results) == 3 and last is not worker
    assert len(last.compiled) == 1
    assert last.progress.value == before + 3


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers start afresh")
def test_a_worker_is_a_copy_of_a_server_that_has_imported_tensorflow():
    (worker,) = workers.workers(1)
    server = psutil.Process(worker._pool.submit(os.getppid).result())
    assert server.pid != os.getpid()
    assert any("tensorflow" in area.path for area in server.memory_maps())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers start afresh")
@pytest.mark.parametrize(
    ("cores", "setting", "starts"), [(2, None, 1), (1, None, 0), (2, "0", 0), (2, "many", 0)]
)
def test_the_server_starts_early_where_workers_may_be_used(cores, setting, starts, monkeypatch):
    started = []
    monkeypatch.setattr(workers.forkserver, "ensure_running", lambda: started.append(1))
    monkeypatch.setattr(workers, "available_cores", lambda: cores)
    monkeypatch.setattr(workers, "available_memory", lambda: 20 * GIGABYTE)
    monkeypatch.delenv("STUDY_WORKERS", raising=False)
    if setting is not None:
        monkeypatch.setenv("STUDY_WORKERS", setting)
    workers.get_ready()
    assert len(started) == starts


def test_a_process_that_begins_with_the_helpers_starts_no_server(monkeypatch):
    """To read what it is to do, it imports them, at a time at which it may start no process."""
    monkeypatch.setenv("STUDY_WORKERS", "2")
    process = get_context("spawn").Process(target=workers.available_cores)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def test_a_worker_that_dies_is_reported(monkeypatch):
    monkeypatch.setenv("STUDY_WORKERS", "2")
    workers.workers(2)
    os.kill(worker_pids()[0], signal.SIGKILL)
    with pytest.raises(RuntimeError, match="a worker process died.*STUDY_WORKERS=1"):
        study.run(TASK, **QUICK)
    assert workers._workers == []


@pytest.mark.slow
def test_any_executor_gives_bitwise_identical_results(in_process):
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        table = study.run(TASK, executor=executor, **QUICK)
    pd.testing.assert_frame_equal(table, in_process, check_exact=True)


# --- as a script and in a notebook

SCRIPT = """
import time
print("started", flush=True)
from helpers import study, tasks
from helpers.study import workers
study.run(tasks.recall(4), steps=5, seeds=6)
print(*[worker._pool.submit(__import__("os").getpid).result() for worker in workers._workers])
print("ready", flush=True)
time.sleep(100)
"""


@pytest.mark.slow
def test_a_script_needs_no_guard_and_leaves_no_orphans(tmp_path):
    """Workers do not run the script again, and die with it, however it dies."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"STUDY_WORKERS": "2", "PYTHONPATH": os.getcwd()}
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    )
    lines = [process.stdout.readline().strip() for _ in range(3)]
    assert lines[0] == "started" and lines[2] == "ready"
    pids = [int(pid) for pid in lines[1].split()]
    assert len(pids) == 2 and all(map(psutil.pid_exists, pids))
    process.kill()
    process.wait()
    gone = time.monotonic() + 10
    while any(map(alive, pids)) and time.monotonic() < gone:
        time.sleep(0.1)
    assert not any(map(alive, pids))


INTERRUPTED = """
import os
os.environ["STUDY_WORKERS"] = "{at_import}"
from helpers import study, tasks
from helpers.study import workers
os.environ["STUDY_WORKERS"] = "2"
settings = dict(steps=20, seeds=6, units=4, test_size=8, validation_size=8)
try:
    print("ready", flush=True)  # the interrupt may come as soon as this is read
    study.run(tasks.recall(4), **settings)
    print("ran to its end")
except KeyboardInterrupt:
    print("interrupted")
import psutil
print(len(study.run(tasks.recall(4), **settings)), "runs")
pids = [worker._pool.submit(os.getpid).result() for worker in workers._workers]
server = psutil.Process(pids[0]).parent()
print("strangers:", set(process.pid for process in server.children(recursive=True)) - set(pids))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers start afresh")
@pytest.mark.parametrize("at_import", ["0", "2"])
def test_ctrl_c_while_workers_start_is_not_lost(at_import):
    """A terminal's: to all processes. It stops the study, and neither server nor workers.

    The server, which imports the package, starts no server of its own.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED.format(at_import=at_import)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout.readline() == "ready\n"
    try:
        while not any("forkserver" in " ".join(c.cmdline()) for c in children(process.pid)):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        said, errors = process.communicate(timeout=180)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert said == "interrupted\n6 runs\nstrangers: set()\n"
    assert "KeyboardInterrupt" not in errors and process.returncode == 0


def children(pid):
    found = psutil.Process(pid).children()
    return [process for process in found if alive(process.pid)]


def test_an_interrupt_during_a_start_is_delivered_at_its_end():
    done = []
    with pytest.raises(KeyboardInterrupt), workers._sheltered_start():
        signal.raise_signal(signal.SIGINT)
        done.append("the start")
    assert done == ["the start"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with workers._sheltered_start():
        pass  # and no interrupt where none came


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


CELL = """
import os
os.environ["STUDY_WORKERS"] = "{count}"
from helpers import study, tasks
functions = ["tanh", "relu", "elu", "selu", "silu", "gelu"]
study.run(tasks.recall(20), activation=functions, seeds=2, steps=100, units=8).shape
"""


@pytest.mark.slow
def test_a_notebook_stores_the_table_and_nothing_else(monkeypatch):
    """Studies of several seconds leave no progress bar, no log line, no warning behind."""
    monkeypatch.setattr(os, "environ", os.environ | {"PYTHONPATH": os.getcwd()})
    cells = [nbformat.v4.new_code_cell(CELL.format(count=count)) for count in (0, 2)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for cell in notebook.cells:
        (output,) = cell.outputs
        assert output["output_type"] == "execute_result"
        assert output["data"]["text/plain"].startswith("(12, ")


def test_in_a_notebook_with_a_reader_the_bar_is_shown_and_emptied(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=lambda data, raw: shown.append(data))

    def display(data, raw, display_id):
        shown.append(data)
        return handle

    kernel = SimpleNamespace(_allow_stdin=True)
    shell = SimpleNamespace(kernel=kernel)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(progress, "DELAY", 0.0)
    bar = progress.bar(1000)
    bar.update(500)
    bar.refresh()
    assert any("50%" in data.get("text/plain", "") for data in shown)
    bar.close()
    assert shown[-1] == {}
    kernel._allow_stdin = False  # nobody there
    assert progress.bar(1000).disable


def test_no_bar_where_none_is_wanted_or_nobody_looks():
    assert progress.bar(10, wanted=False).disable
    assert progress.bar(10).disable  # pytest's output is no terminal


# --- limits


def control_group(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


V2, V1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"
MEMORY = {
    "no limit": ({f"{V2}/memory.max": "max", f"{V2}/memory.current": "5"}, 100),
    "version 2": ({f"{V2}/memory.max": "2e9", f"{V2}/memory.current": "0.5e9"}, 1.5),
    "cached files are free": (
        {
            f"{V2}/memory.max": "2e9",
            f"{V2}/memory.current": "1.5e9",
            f"{V2}/memory.stat": "anon 1\ninactive_file 1000000000\n",
        },
        1.5,
    ),
    "own group": (
        {
            "proc/self/cgroup": "0::/a/b\n",
            f"{V2}/a/memory.max": "3e9",
            f"{V2}/a/memory.current": "1e9",
            f"{V2}/a/b/memory.max": "max",
            f"{V2}/a/b/memory.current": "1e9",
        },
        2.0,
    ),
    "version 1": (
        {
            "proc/self/cgroup": "4:cpu,cpuacct:/x\n3:memory:/x\n",
            f"{V1}/x/memory.limit_in_bytes": "1000000000",
            f"{V1}/x/memory.usage_in_bytes": "300000000",
        },
        0.7,
    ),
    "over the limit": ({f"{V2}/memory.max": "1", f"{V2}/memory.current": "9"}, 0.0),
}


@pytest.mark.parametrize("case", MEMORY.values(), ids=MEMORY)
def test_memory_limits_of_containers(case, tmp_path, monkeypatch):
    files, expected = case
    control_group(tmp_path, files)
    machine = SimpleNamespace(available=100 * GIGABYTE)
    monkeypatch.setattr(limits.psutil, "virtual_memory", lambda: machine)
    assert limits.available_memory(tmp_path) == pytest.approx(expected * GIGABYTE)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({f"{V2}/cpu.max": "max 100000"}, 8),
        ({f"{V2}/cpu.max": "250000 100000"}, 2),
        ({f"{V2}/cpu.max": "50000 100000"}, 1),
        ({f"{V2}/cpu/cpu.cfs_quota_us": "400000", f"{V2}/cpu/cpu.cfs_period_us": "100000"}, 4),
        ({f"{V2}/cpu/cpu.cfs_quota_us": "-1", f"{V2}/cpu/cpu.cfs_period_us": "100000"}, 8),
    ],
)
def test_core_limits_of_containers(files, expected, tmp_path, monkeypatch):
    control_group(tmp_path, files)
    monkeypatch.setattr(limits.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert limits.available_cores(tmp_path) == expected


@pytest.mark.parametrize(
    ("cores", "memory", "seconds", "pieces", "running", "setting", "expected"),
    [
        (2, 20, 100, 9, 0, None, 2),
        (8, 20, 100, 3, 0, None, 3),  # no more than there are pieces
        (2, 20, 4, 9, 0, None, 0),  # too short to pay for the start
        (2, 20, 4, 9, 2, None, 2),  # unless they run already
        (2, 20, 0.4, 9, 2, None, 0),  # too short to hand over
        (2, 1.5, 100, 9, 0, None, 0),  # a Binder with 2 GB, of which the notebook has 0.5
        (4, 3.6, 100, 9, 0, None, 3),
        (2, 0.6, 100, 9, 2, None, 2),  # those that run have their memory
        (1, 20, 100, 9, 0, None, 0),
        (2, 20, 1, 9, 0, "4", 4),
        (2, 20, 100, 9, 0, "1", 0),
        (2, 20, 100, 9, 0, "0", 0),
        (2, 20, 100, 2, 0, "4", 2),
    ],
)
def test_number_of_workers(cores, memory, seconds, pieces, running, setting, expected, monkeypatch):
    monkeypatch.setattr(workers, "available_cores", lambda: cores)
    monkeypatch.setattr(workers, "available_memory", lambda: memory * GIGABYTE)
    monkeypatch.setattr(workers, "_workers", [None] * running)
    monkeypatch.setattr(workers, "seconds_alone", 0.0)
    monkeypatch.delenv("STUDY_WORKERS", raising=False)
    if setting is not None:
        monkeypatch.setenv("STUDY_WORKERS", setting)
    assert workers.workers_to_use(seconds, pieces) == expected


def test_short_studies_add_up_until_workers_start(monkeypatch):
    monkeypatch.setattr(workers, "available_cores", lambda: 2)
    monkeypatch.setattr(workers, "available_memory", lambda: 20 * GIGABYTE)
    monkeypatch.setattr(workers, "_workers", [])
    monkeypatch.setattr(workers, "seconds_alone", 0.0)
    monkeypatch.delenv("STUDY_WORKERS", raising=False)
    counts = []
    monkeypatch.setattr(workers, "workers", lambda count: counts.append(count) or [])
    monkeypatch.setattr(schedule, "_on_workers", lambda work, *rest: None)
    monkeypatch.setattr(schedule, "seconds_on_one_core", lambda batch: 1.0)
    work = batches(seeds=2)
    monkeypatch.setattr(schedule.trainer, "train", lambda batch, update: [])
    for _ in range(6):
        schedule.run_batches(work * 2, {})  # two seconds each
    assert counts == [2] * 4 and workers.seconds_alone == 4.0


def test_workers_take_programs_that_they_have_compiled():
    work = {name: [(0, name)] * count for name, count in [("a", 2), ("b", 5)]}

    def choose(*compiled):
        pool = [SimpleNamespace(compiled=set(names)) for names in compiled]
        return schedule._choose(pool[0], work, pool)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedule, "seconds_on_one_core", lambda batch: 1.0)
        assert choose("", "") == "b"  # the most to do
        assert choose("a", "") == "a"  # what it has
        assert choose("", "b") == "a"  # what nobody has
        assert choose("", "ab") == "b"
