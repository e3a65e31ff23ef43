"""Hand the shards of a study out, show progress, collect what comes back.

The order of training, and who trains what, have no influence on the results.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool

from tqdm import tqdm

from helpers import cells
from helpers.show import progress
from helpers.study import trainer, workers
from helpers.study.trainer import Shard

POLL = 0.2  # seconds between two looks at what the workers have done
OPERATIONS = 25e9  # a core's floating-point operations a second, in programs of this kind

networks_trained = 0  # by all studies of this process; `make run` notes it for the book


def seconds_on_one_core(shard: Shard) -> float:
    """Estimate the time to train a shard, from its matrix products alone."""
    shape = shard.shape
    inputs = shape.features + (shape.depth - 1) * shape.units
    cell = cells.get(shape.cell)
    weights = len(cell.input_parts) * inputs + len(cell.state_parts) * shape.depth * shape.units
    sequences = shard.steps * shard.batch_size * shard.members
    # Two operations a weight and step on the way forward, and twice as many on the way back.
    return 6.0 * weights * shape.units * shard.task.steps * sequences / OPERATIONS


def run_shards(
    work: list[Shard], executor: Executor | None = None, show: bool = True
) -> list[dict]:
    """Train all shards.

    Parameters
    ----------
    work : list of Shard
    executor : concurrent.futures.Executor, optional
        Gets all shards at once. Without it, they are trained by local workers if
        that pays (`helpers.study.workers.workers_to_use`) and else in this process.
    show : bool
        Whether to show progress.

    Returns
    -------
    list of dict
        The results of `helpers.study.trainer.train`, in no fixed order. After a keyboard
        interrupt, those that are finished.

    Raises
    ------
    KeyboardInterrupt
        If nothing was finished when it came.
    RuntimeError
        If a worker died.
    """
    global networks_trained
    results: list[dict] = []
    bar = progress.bar(sum(len(shard.runs) * shard.steps for shard in work), show)
    count = 0
    # Other processes cannot import a task that was written in a notebook.
    if executor is None and all(type(shard.task).__module__ != "__main__" for shard in work):
        seconds = sum(map(seconds_on_one_core, work))
        count = workers.workers_to_use(seconds, len(work))
        workers.seconds_alone += 0.0 if count else seconds
    try:
        if executor is not None:
            _on_executor(work, executor, results, bar)
        elif count:
            _on_workers(work, workers.workers(count), results, bar)
        else:
            for shard in work:
                results += trainer.train(shard, bar.update)
    except KeyboardInterrupt:
        if not results:
            raise
        bar.close()
        runs = sum(len(shard.runs) for shard in work)
        print(f"Interrupted: {len(results)} of {runs} runs are finished.")
    finally:
        bar.close()
        networks_trained += len(results)
    return results


def _on_executor(work: list[Shard], executor: Executor, results: list, bar: tqdm) -> None:
    futures = {executor.submit(trainer.train, shard): shard for shard in work}
    try:
        while futures:
            for future in _finished(futures):
                shard = futures.pop(future)
                results += future.result()
                bar.update(len(shard.runs) * shard.steps)
    finally:
        for future in futures:
            future.cancel()


def _on_workers(work: list[Shard], all_workers: list, results: list, bar: tqdm) -> None:
    """Keep every worker busy, as far as possible with programs it has compiled before."""
    queues = defaultdict(list)
    for shard in work:
        queues[shard.program].append(shard)
    idle, running = list(all_workers), {}
    before = sum(worker.progress.value for worker in all_workers)
    try:
        while queues or running:
            while idle and queues:
                worker = idle.pop()
                program = _choose(worker, queues, all_workers)
                if worker.full and program not in worker.compiled:
                    place = all_workers.index(worker)
                    worker = all_workers[place] = workers.renewed(worker)
                running[worker.submit(queues[program].pop())] = worker
                if not queues[program]:
                    del queues[program]
            for future in _finished(running):
                idle.append(running.pop(future))
                results += future.result()
            made = sum(worker.progress.value for worker in all_workers) - before
            bar.update(made - bar.n)
    except BrokenProcessPool:
        workers.close()
        raise RuntimeError(
            "a worker process died, probably for lack of memory; "
            f"try again with the environment variable {workers.VARIABLE}=1"
        ) from None
    finally:
        for worker in running.values():
            worker.interrupt()


def _finished(futures: dict) -> list[Future]:
    """Wait a moment for one of the futures; return those that are finished."""
    wait(futures, POLL, FIRST_COMPLETED)
    return [future for future in futures if future.done()]


def _choose(worker: workers.Worker, queues: dict, all_workers: list) -> tuple:
    """Choose a program this worker has, or else none has, or else with the most to do."""
    elsewhere = set().union(*(other.compiled for other in all_workers)) - worker.compiled
    return max(
        queues,
        key=lambda program: (
            program in worker.compiled,
            program not in elsewhere,
            sum(map(seconds_on_one_core, queues[program])),
        ),
    )
