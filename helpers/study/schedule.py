"""Hand out the batches of runs, show progress, collect what comes back.

The order of training, and who trains what, have no influence on the results.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool

from tqdm import tqdm

from helpers import cells
from helpers.show import progress
from helpers.study import finished, trainer, workers
from helpers.study.spec import RunBatch

POLL = 0.2  # seconds between two looks at what the workers have done
OPERATIONS = 25e9  # a core's floating-point operations a second, in programs of this kind

networks_trained = 0  # by all studies of this process; `make run` notes it for the book

Results = dict[int, list[dict]]
Queues = dict[tuple, list[tuple[int, RunBatch]]]


def seconds_on_one_core(batch: RunBatch) -> float:
    """Estimate the time to train a batch of runs, from its matrix products alone."""
    shape, study = batch.shape, batch.study
    inputs = shape.features + (shape.depth - 1) * shape.units
    cell = cells.get(shape.cell)
    weights = len(cell.input_parts) * inputs + len(cell.state_parts) * shape.depth * shape.units
    if shape.block == "residual":
        weights += 2 * shape.depth * shape.units + shape.features
    sequences = study.steps * study.batch_size * batch.members
    # Two operations a weight and step in the forward pass, twice as many in the backward pass.
    return 6.0 * weights * shape.units * study.task.steps * sequences / OPERATIONS


def run_batches(
    work: list[RunBatch], results: Results, executor: Executor | None = None, show: bool = True
) -> None:
    """Train all batches of runs. After a keyboard interrupt, some of them.

    Parameters
    ----------
    work : list of RunBatch
    results : dict
        Gets what `helpers.study.trainer.train` returns for each batch, by its place in
        `work`, as soon as it is finished: no later error takes it away.
    executor : concurrent.futures.Executor, optional
        Gets all batches at once. Without it, they are trained by local workers if
        that pays (`helpers.study.workers.workers_to_use`) and else in this process.
    show : bool
        Whether to show progress.

    Raises
    ------
    KeyboardInterrupt
        If nothing was finished when it came.
    RuntimeError
        If a worker died.
    """
    global networks_trained
    bar = progress.bar(sum(len(batch.runs) * batch.study.steps for batch in work), show)
    count = 0
    # Other processes cannot import a task that was written in a notebook.
    if executor is None and all(type(b.study.task).__module__ != "__main__" for b in work):
        seconds = sum(map(seconds_on_one_core, work))
        count = workers.workers_to_use(seconds, len(work))
        workers.seconds_alone += 0.0 if count else seconds
    try:
        if executor is not None:
            _on_executor(work, executor, results, bar)
        elif count:
            _on_workers(work, workers.workers(count), results, bar)
        else:
            for place, batch in enumerate(work):
                results[place] = trainer.train(batch, bar.update)
    except KeyboardInterrupt:
        if not results:
            raise
        bar.close()
        finished.say_interrupted(_runs(results), sum(len(batch.runs) for batch in work))
    finally:
        bar.close()
        networks_trained += _runs(results)


def _runs(results: Results) -> int:
    return sum(map(len, results.values()))


def _on_executor(work: list[RunBatch], executor: Executor, results: Results, bar: tqdm) -> None:
    futures = {executor.submit(trainer.train, work[place]): place for place in _spread(work)}
    try:
        while futures:
            for future in _finished(futures):
                place = futures.pop(future)
                results[place] = future.result()
                bar.update(len(work[place].runs) * work[place].study.steps)
    finally:
        for future in futures:
            future.cancel()


def _spread(work: list[RunBatch]) -> list[int]:
    """Return the places of all batches, one batch of every program first.

    So two threads compile two programs at the same time, and no program twice.
    """
    seen: dict[tuple, int] = defaultdict(int)
    turns = []
    for place, batch in enumerate(work):
        turns.append((seen[batch.program], place))
        seen[batch.program] += 1
    return [place for _, place in sorted(turns)]


def _on_workers(work: list[RunBatch], all_workers: list, results: Results, bar: tqdm) -> None:
    """Keep every worker busy, as far as possible with programs it has compiled before."""
    queues: Queues = defaultdict(list)
    for place, batch in enumerate(work):
        queues[batch.program].append((place, batch))
    idle = list(all_workers)
    running: dict[Future, tuple[workers.Worker, int]] = {}
    before = sum(worker.progress.value for worker in all_workers)
    try:
        while queues or running:
            while idle and queues:
                worker = idle.pop()
                program = _choose(worker, queues, all_workers)
                if worker.full and program not in worker.compiled:
                    index = all_workers.index(worker)
                    worker = all_workers[index] = workers.renewed(worker)
                place, batch = queues[program].pop()
                running[worker.submit(batch)] = worker, place
                if not queues[program]:
                    del queues[program]
            for future in _finished(running):
                worker, place = running.pop(future)
                idle.append(worker)
                results[place] = future.result()
            made = sum(worker.progress.value for worker in all_workers) - before
            bar.update(made - bar.n)
    except BrokenProcessPool:
        workers.close()
        raise RuntimeError(
            "a worker process died, probably for lack of memory; "
            f"try again with the environment variable {workers.VARIABLE}=1"
        ) from None
    finally:
        for worker, _ in running.values():
            worker.interrupt()


def _finished(futures: dict) -> list[Future]:
    """Wait a moment for one of the futures; return those that are done, failed ones last.

    So an error takes no result away that has come together with it.
    """
    wait(futures, POLL, FIRST_COMPLETED)
    done = [future for future in futures if future.done()]
    return sorted(done, key=lambda future: future.cancelled() or future.exception() is not None)


def _choose(worker: workers.Worker, queues: Queues, all_workers: list) -> tuple:
    """Choose a program this worker has, or else none has, or else with the most to do."""
    elsewhere = set().union(*(other.compiled for other in all_workers)) - worker.compiled
    return max(
        queues,
        key=lambda program: (
            program in worker.compiled,
            program not in elsewhere,
            sum(seconds_on_one_core(batch) for _, batch in queues[program]),
        ),
    )
