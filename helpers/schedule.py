"""Hand the shards of a study out, show progress, collect what comes back.

The order of training, and who trains what, has no influence on the results.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from concurrent.futures.process import BrokenProcessPool

from helpers import progress, shards, workers
from helpers.cells import get
from helpers.shards import Shard

POLL = 0.2  # seconds between two looks at what the workers have done
FLOPS = 25e9  # a core's floating-point operations a second, in programs of this kind


def seconds_on_one_core(shard: Shard) -> float:
    """Estimate the time to train a shard, from its matrix products alone."""
    shape = shard.shape
    inputs = shape.features + (shape.depth - 1) * shape.units
    products = len(get(shape.cell).parts) * shape.units * (inputs + shape.depth * shape.units)
    # Two operations a weight going forward, and twice as many going back.
    return (
        6.0 * products * shard.task.steps * shard.batch_size * shard.steps * shard.members / FLOPS
    )


def run_shards(
    work: list[Shard], executor: Executor | None = None, show: bool = True
) -> list[dict]:
    """Train all shards.

    Parameters
    ----------
    work : list of Shard
    executor : concurrent.futures.Executor, optional
        Gets all shards at once. Without it, they are trained by local workers if
        that pays (`helpers.workers.workers_to_use`) and else in this process.
    show : bool
        Whether to show progress.

    Returns
    -------
    list of dict
        The results of `helpers.shards.train` in no fixed order. After a keyboard
        interrupt, those that are finished.

    Raises
    ------
    KeyboardInterrupt
        If nothing was finished when it came.
    RuntimeError
        If a worker died.
    """
    results: list[dict] = []
    bar = progress.bar(sum(len(shard.runs) * shard.steps for shard in work), show)
    count = (
        0 if executor else workers.workers_to_use(sum(map(seconds_on_one_core, work)), len(work))
    )
    try:
        if executor is not None:
            _on_executor(work, executor, results, bar)
        elif count:
            _on_lanes(work, workers.lanes(count), results, bar)
        else:
            for shard in work:
                results += shards.train(shard, bar.update)
    except KeyboardInterrupt:
        if not results:
            raise
        runs = sum(len(shard.runs) for shard in work)
        bar.close()
        print(f"Interrupted: {len(results)} of {runs} runs are finished.")
    finally:
        bar.close()
    return results


def _on_executor(work, executor, results, bar) -> None:
    futures = {executor.submit(shards.train, shard): shard for shard in work}
    waiting = set(futures)
    try:
        while waiting:
            # Not as_completed: futures of other libraries need not know it.
            done = {future for future in waiting if future.done()} or wait(
                waiting, POLL, FIRST_COMPLETED
            ).done
            waiting -= done
            for future in done:
                results += future.result()
                bar.update(len(futures[future].runs) * futures[future].steps)
            bar.refresh()
    finally:
        for future in waiting:
            future.cancel()


def _on_lanes(work, lanes, results, bar) -> None:
    """Keep every worker busy, as far as possible with programs it has compiled before."""
    queues = defaultdict(list)
    for shard in work:
        queues[shard.program].append(shard)
    idle, running = list(lanes), {}
    before = sum(lane.progress.value for lane in lanes)
    try:
        while queues or running:
            while idle and queues:
                lane = idle.pop()
                program = _choose(lane, queues, lanes)
                running[lane.submit(queues[program].pop())] = lane
                if not queues[program]:
                    del queues[program]
            done, _ = wait(running, POLL, FIRST_COMPLETED)
            for future in done:
                idle.append(running.pop(future))
                results += future.result()
            bar.update(sum(lane.progress.value for lane in lanes) - before - bar.n)
    except BrokenProcessPool:
        workers.close()
        raise RuntimeError(
            "a worker process died, probably for lack of memory; "
            f"try again with the environment variable {workers.VARIABLE}=1"
        ) from None
    finally:
        for lane in running.values():
            lane.interrupt()


def _choose(lane, queues, lanes):
    """Choose a program the worker has, else one that no worker has, else the one with most to do."""
    compiled_by_others = set().union(*(other.compiled for other in lanes)) - lane.compiled
    return max(
        queues,
        key=lambda program: (
            program in lane.compiled,
            program not in compiled_by_others,
            len(queues[program]) * seconds_on_one_core(queues[program][0]),
        ),
    )
