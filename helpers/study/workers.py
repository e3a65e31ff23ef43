"""Local worker processes for a study, as many as cores and memory allow.

XLA's small matrix products use little more than one core, so a machine is best
filled with one process a core, one thread each. Workers start once and wait for
later studies: they keep what they have compiled.
"""

from __future__ import annotations

import atexit
import math
import multiprocessing
import os
import signal
import sys
import threading
import types
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from typing import Any

from helpers.study import trainer
from helpers.study.limits import available_cores, available_memory
from helpers.study.spec import RunBatch

VARIABLE = "STUDY_WORKERS"
MEMORY_OF_A_WORKER = 1.0e9  # bytes of its own, with as many programs as it may keep
MOST_PROGRAMS = 16  # a compiled program takes 24 MB, which only the end of its process frees
MEMORY_TO_SPARE = 0.5e9  # bytes that are left to the rest of the notebook
WORTH_A_START = 5.0  # seconds of training, earlier studies of this process included
WORTH_HANDING_OVER = 0.5  # seconds of training, to workers that run already


class Interrupted(Exception):
    """Raised in a worker whose study was interrupted."""


class Worker:
    """One worker process, and what it has compiled.

    Attributes
    ----------
    progress : multiprocessing.Value of float
        Network-steps that the worker has made so far.
    compiled : set
        The programs that it has compiled, see `helpers.study.spec.RunBatch.program`.
    """

    def __init__(self):
        context = _context()
        self.progress = context.Value("d", 0.0)
        self.compiled: set[tuple] = set()
        self._stop = context.Event()
        self._pool = ProcessPoolExecutor(1, context, _start, (self.progress, self._stop))

    @property
    def full(self) -> bool:
        """Whether the process holds as many programs as it may."""
        return len(self.compiled) >= MOST_PROGRAMS

    def start(self) -> None:
        """Start the process, without waiting until it is ready."""
        with _sheltered_start():
            self._latest: Future = self._pool.submit(int)

    def submit(self, batch: RunBatch) -> Future:
        """Train a batch of runs in the worker."""
        if self._stop.is_set():
            wait([self._latest])  # what was interrupted still has to notice
            self._stop.clear()
        self.compiled.add(batch.program)
        self._latest = self._pool.submit(_train, batch)
        return self._latest

    def interrupt(self) -> None:
        """Make the worker give up what it is training."""
        self._stop.set()

    def close(self) -> None:
        """End the worker; what it is training is given up."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)


_workers: list[Worker] = []
seconds_alone = 0.0  # that this process has trained without workers, as estimated


def workers_to_use(seconds: float, batches: int) -> int:
    """Decide how many worker processes to use; 0 stands for this process.

    Parameters
    ----------
    seconds : float
        About how long the study would take on one core.
    batches : int
        Number of batches of runs, which can be trained apart.

    Returns
    -------
    int
        ``STUDY_WORKERS`` where it is set (0 or 1 for no workers). Otherwise one
        a core, if memory allows for at least two of them and the study pays for
        their start, together with those that went before: who has trained for some
        seconds will go on.

    Raises
    ------
    ValueError
        If ``STUDY_WORKERS`` is not a whole number.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if text:
        if not (text.isascii() and text.isdigit()):
            raise ValueError(
                f"{VARIABLE}={text!r} is not a whole number; 0 and 1 stand for no workers"
            )
        count = min(int(text), batches)
    else:
        running = len(_workers)
        by_memory = running + int((available_memory() - MEMORY_TO_SPARE) / MEMORY_OF_A_WORKER)
        count = min(available_cores(), by_memory, batches)
        enough = WORTH_HANDING_OVER if running else WORTH_A_START - seconds_alone
        if seconds < enough:
            count = 0
    return count if count > 1 else 0


def workers(count: int) -> list[Worker]:
    """Return `count` workers that are running or starting; none is full of old programs."""
    for worker in [w for w in _workers if w.full]:
        _workers.remove(worker)
        worker.close()
    while len(_workers) < count:
        worker = Worker()
        _workers.append(worker)  # first: an interrupt during the start comes at its end
        worker.start()
    return _workers[:count]


def renewed(worker: Worker) -> Worker:
    """Replace an idle worker that is full by a fresh one, which goes on counting its steps."""
    fresh = Worker()
    fresh.progress.value = worker.progress.value
    _workers[_workers.index(worker)] = fresh
    worker.close()
    fresh.start()
    return fresh


def close() -> None:
    """End all workers and free their memory; the next study starts new ones."""
    while _workers:
        _workers.pop().close()


atexit.register(close)


def _context():
    """Return how processes start: on Linux as copies of a server, elsewhere afresh.

    The server imports TensorFlow once; a copy of it is a worker at once, where a fresh
    process needs seconds for the import. Copying is safe because the server computes
    nothing: TensorFlow starts its threads with the first computation.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["helpers.study.trainer"])
    return context


def get_ready() -> None:
    """Start the server from which workers are copied, if workers may be used at all.

    It imports TensorFlow while the notebook is busy with its first cells, so that
    the first study need not wait. Where nothing is to be gained, nothing happens.
    """
    try:
        useful = workers_to_use(math.inf, available_cores()) > 0
    except ValueError:  # said when a study starts
        return
    if useful and sys.platform == "linux":
        _context()
        # A process that is itself just being started may start none: then a study starts it.
        with _sheltered_start(), suppress(RuntimeError):
            forkserver.ensure_running()


@contextmanager
def _without_workers():
    """Tell a starting process, through its environment, that it needs no workers of its own."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


@contextmanager
def _sheltered_start():
    """Keep a starting process from three things that it would take from its parent.

    A spawned process imports the main module of its parent again. Workers need
    nothing from it, and a script without a guard would start its study anew. A server
    imports `helpers.study`, and would start a server of its own. And Ctrl-C, which a
    terminal sends to all processes, is for the parent to handle: the new process
    inherits a blocked SIGINT. An interrupt that comes meanwhile is kept and delivered
    at the end, since half a start could not be undone.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        with _interrupts_kept(), _without_workers():
            yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interrupts_kept():
    """Keep SIGINT from processes that start, and deliver it here at the end."""
    if threading.current_thread() is not threading.main_thread():  # it alone may set handlers
        yield
        return
    kept = []
    can_block = hasattr(signal, "pthread_sigmask")  # not on Windows
    if can_block:
        # It unblocks SIGINT when it starts, so it has to run before.
        resource_tracker.ensure_running()
    # Another thread of this process may still receive a signal that is blocked in this one.
    handler = signal.signal(signal.SIGINT, lambda *_: kept.append(True))
    if can_block:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)  # a pending one is kept now
        signal.signal(signal.SIGINT, handler)
        if kept:
            signal.raise_signal(signal.SIGINT)


# What follows runs in the worker processes.

_progress: Any = None  # see `Worker.progress`
_stop: Any = None  # set when the worker shall give up what it is training


def _start(progress: Any, stop: Any) -> None:
    """Prepare a worker process: one thread, no interrupts, and an end with its parent."""
    import tensorflow as tf

    global _progress, _stop
    _progress, _stop = progress, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs in a worker

    def follow_parent() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow_parent, daemon=True).start()


def _train(batch: RunBatch) -> list[dict]:
    def report(network_steps):
        if _stop.is_set():
            raise Interrupted
        with _progress.get_lock():
            _progress.value += network_steps

    return trainer.train(batch, report)
