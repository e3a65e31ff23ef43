"""Bitwise identical results from this process, from a process pool and from a cluster."""

from __future__ import annotations

import json
import logging
import os
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pandas as pd
import pytest

from booktools.build import ROOT
from helpers import study, tasks
from helpers.study import design
from helpers.study import program as training
from helpers.study.spec import Study

pytestmark = pytest.mark.slow

STUDY = {
    "learning_rate": [1e-3, 1e-2],
    "seeds": 6,  # with two rates three stacks, so that both workers get work
    "steps": 50,
    "units": 6,
    "batch_size": 8,
    "evaluate_every": 25,
    "validation_size": 40,
    "test_size": 70,
    "curves": True,
    "progress": False,
}


def train(executor=None) -> tuple[pd.DataFrame, pd.DataFrame]:
    return study.run(tasks.recall(length=5, symbols=2), executor=executor, **STUDY)


def programs() -> int:
    """Count the programs that the process in which this runs has compiled."""
    return len(training._COMPILED)


@pytest.fixture(scope="module")
def in_this_process():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_WORKERS", "0")
        return train()


def assert_bitwise_identical(found, expected) -> None:
    for frame, other in zip(found, expected, strict=True):
        assert len(frame) > 0
        pd.testing.assert_frame_equal(frame, other, check_exact=True)


def test_the_study_has_something_to_compare(in_this_process):
    table, curves = in_this_process
    assert len(table) == 12
    assert table["test_score"].nunique() > 3
    assert curves["training_loss"].dropna().nunique() == 24


def test_process_pool(in_this_process):
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        found = train(executor)
        assert executor.submit(programs).result() > 0  # it was trained there
    assert_bitwise_identical(found, in_this_process)


@pytest.fixture(scope="module")
def client():
    """Two worker processes with one thread each, reachable from this machine alone."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        message = "Dask is not installed: pip install -r requirements-test.txt"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.ERROR,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
def test_dask_cluster(client, in_this_process):
    assert client.cluster.scheduler_address.startswith("tcp://127.0.0.1:")
    found = train(client.get_executor())
    compiled = client.run(programs)
    assert len(compiled) == 2 and min(compiled.values()) > 0  # both have trained
    assert_bitwise_identical(found, in_this_process)


def test_an_error_on_the_cluster_reaches_the_caller(client):
    class Broken(tasks.recall):
        def sample(self, rng, n):
            raise RuntimeError("no data here")

    with pytest.raises(RuntimeError, match="no data here"):
        study.run(Broken(length=5, symbols=2), executor=client.get_executor(), **STUDY)


@pytest.mark.slow
def test_the_lines_of_the_cluster_page_run(client, monkeypatch, tmp_path):
    """Its grid is accepted as printed; a small part of it is trained on the cluster."""
    page = json.loads((ROOT / "appendix" / "study" / "cluster.ipynb").read_text("utf8"))
    prose = "\n".join("".join(c["source"]) for c in page["cells"] if c["cell_type"] == "markdown")
    (lines,) = re.findall(r"```python\n(.*?)```", prose, re.S)
    lines = re.sub(r"Client\(.*?\)", "client", lines)
    run, sizes, given = study.run, [], {}

    def run_a_part(task, **settings):
        given.update(settings)
        asked = {name: value for name, value in settings.items() if name != "executor"}
        sizes.append(len(design.grid(design.check(Study(task, **asked)))))
        few = {name: settings[name][:2] for name in ("cell", "activation", "learning_rate")}
        few |= {"cell": "SimpleRNN", "seeds": 2, "units": 4}
        return run(tasks.adding(6), **(STUDY | settings | few | {"steps": 5, "curves": False}))

    monkeypatch.setattr(study, "run", run_a_part)
    monkeypatch.chdir(tmp_path)
    exec(lines.replace("from dask.distributed import Client\n", ""), {"client": client})
    assert len(pd.read_csv(tmp_path / "study.csv")) == 8
    assert type(given["executor"]) is type(client.get_executor())
    assert sizes[0] > 20_000
