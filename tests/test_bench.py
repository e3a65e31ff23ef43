"""The benchmark: same work for all, its arithmetic, and the file that the book draws from.

Nothing here compares times.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from booktools.bench import browser, keras_loop, measuring, plan, processes, report
from booktools.bench.contender import Contender
from booktools.bench.engine import Engine
from booktools.bench.keras_loop import KerasLoop
from booktools.bench.measuring import measure
from booktools.bench.problem import Problem
from booktools.bench.processes import Processes, Repetition
from booktools.bench.products import Products, multiply
from helpers.study.design import MEMBERS

pytestmark = pytest.mark.slow

FILE = Path(__file__).resolve().parent.parent / "appendix" / "benchmark.json"
SMALL = {"length": 6, "units": 4, "networks": 2}
STEPS = 30


@pytest.fixture(autouse=True)
def restored_environment(monkeypatch):
    monkeypatch.setenv("STUDY_WORKERS", "0")


def peer(name):
    """Return a contender's class, or skip where its library is not installed."""
    library, program = {
        "PyTorch": ("torch", "torch_loop.TorchLoop"),
        "JAX": ("jax", "jax_stack.JaxStack"),
    }[name]
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{name} is not installed; it is in the environment of `make bench`")
    module, kind = program.split(".")
    return getattr(importlib.import_module(f"booktools.bench.{module}"), kind)


# --- the same work


def outcome(contender):
    before = [contender.test_error(index) for index in range(2)]
    contender.train(STEPS)
    return contender.parameters(), before, [contender.test_error(index) for index in range(2)]


@pytest.fixture(scope="module", params=["SimpleRNN", "GRU", "LSTM"])
def engine(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_WORKERS", "0")
        problem = Problem(request.param, **SMALL)
        return problem, outcome(Engine(problem, 2, STEPS))


def assert_same(found, expected):
    assert found[0] == expected[0]
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5)
    np.testing.assert_allclose(found[2], expected[2], rtol=report.TOLERANCE)
    assert (np.array(found[2]) < np.array(found[1])).all()


def test_keras_trains_the_networks_of_the_engine(engine):
    problem, expected = engine
    assert_same(outcome(KerasLoop(problem, 2, STEPS)), expected)


@pytest.mark.parametrize("name", ["PyTorch", "JAX"])
def test_peers_train_the_networks_of_the_engine(name, engine):
    problem, expected = engine
    assert_same(outcome(peer(name)(problem, 2, STEPS)), expected)


def test_playground_trains_the_networks_of_the_engine(engine):
    if browser.missing():
        pytest.skip(f"{browser.missing()} is not here")
    problem, expected = engine
    # In a process of its own, as in the benchmark: no other test's browser is in the way.
    # No more steps than these: a repetition of networks so small would have 16 000.
    one = processes.Processes(Contender("playground", "browser.Playground", 0, networks=2))
    try:
        one.first_repetition(problem, 1)  # a table has several problems: the next one can begin
        repetition, facts = one.first_repetition(problem, STEPS)
    finally:
        one.close()
    assert repetition.cpu > 0
    assert_same([facts[k] for k in ("parameters", "errors_before", "errors_after")], expected)


def test_what_is_absent_is_said(monkeypatch):
    monkeypatch.setattr(browser, "tfjs", lambda: None)
    monkeypatch.setattr(browser, "missing", lambda: "")
    chosen, contenders, said = plan.in_browser()
    assert said == ["No row of TensorFlow.js: it cannot be installed from npm here."]
    assert [c.name for c in contenders] == ["model.fit", "engine", "playground"]
    assert all(names == ["model.fit", "engine", "playground"] for _, names, *_ in chosen)
    monkeypatch.setattr(browser, "missing", lambda: "Chromium")
    assert plan.in_browser() == ([], [], ["No table of the playground: Chromium is not here."])


def test_tensorflow_js_is_asked_for_the_cells_it_has(monkeypatch):
    monkeypatch.setattr(browser, "tfjs", lambda: Path("tf.min.js"))
    monkeypatch.setattr(browser, "missing", lambda: "")
    chosen, contenders, said = plan.in_browser()
    assert said == [] and contenders[-1].name == "TensorFlow.js"
    asked = [problem.cell for problem, names, *_ in chosen if "TensorFlow.js" in names]
    assert asked == ["SimpleRNN", "SimpleRNN", "LSTM"]


@pytest.mark.parametrize(("setting", "value"), [("CLIP_NORM", 1e9), ("LEARNING_RATE", 2e-3)])
def test_other_work_is_noticed(setting, value, monkeypatch):
    """No clipping or another rate moves the error by more than the tolerance."""
    problem = Problem("SimpleRNN", **SMALL)
    _, _, expected = outcome(KerasLoop(problem, 2, STEPS))
    monkeypatch.setattr(keras_loop, setting, value)
    _, _, found = outcome(KerasLoop(problem, 2, STEPS))
    assert np.abs(np.array(found) / expected - 1).max() > 2 * report.TOLERANCE


def entry(**changes) -> dict:
    """One contender's measurement: 10 networks x 100 steps in 2 s and in 3 s."""
    return {
        "contender": "model.fit",
        "cell": "GRU",
        "length": 50,
        "units": 32,
        "networks": 48,
        "processes": 1,
        "loop": True,
        "timed_networks": 10,
        "timed_steps": 100,
        "first_steps": 50,
        "first_seconds": 21.0,
        "parameters": 7,
        "errors_before": [1.0, 1.2],
        "errors_after": [0.5, 0.6],
        "repetition_seconds": [3.0, 2.0],
        "cpu_seconds": [3.6, 3.0],
    } | changes


def test_check_accepts_the_same_work():
    alone = entry(contender="JAX", errors_before=[1.0], errors_after=[0.5])
    products = entry(contender=report.PRODUCTS, parameters=None, errors_after=None)
    report.check_same_work([entry(), alone, products])


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"parameters": 8}, "8 weights, not 7"),
        ({"errors_before": [1.1, 1.2]}, "errors_before 1.1"),
        ({"errors_after": [0.5, 0.61]}, "errors_after 0.61"),
    ],
)
def test_check_refuses_other_work(changes, text):
    with pytest.raises(ValueError, match=rf"JAX \(GRU\).*{text}"):
        report.check_same_work([entry(), entry(contender="JAX", **changes)])


def test_check_refuses_a_network_that_does_not_learn():
    with pytest.raises(ValueError, match="did not learn"):
        report.check_same_work([entry(errors_after=[0.5, 1.3])])


# --- the arithmetic


def test_figures_of_a_loop():
    found = report.add_figures(entry())
    assert found["ms"] == 2.0  # the fastest repetition: 2 s for 1000 network-steps
    assert found["ms_slowest"] == 3.0
    assert found["core_ms"] == 3.0
    assert found["cores_busy"] == 1.5
    # The first repetition: 50 steps of 10 networks at 2 ms are 1 s, so 20 s for 10 starts.
    assert found["start_seconds"] == 2.0
    assert report.study_seconds(found, networks=48, steps=1000) == pytest.approx(48 * 2 + 96)


def test_figures_of_a_stack():
    found = report.add_figures(entry(loop=False))
    assert found["start_seconds"] == 20.0
    assert report.study_seconds(found, networks=48, steps=1000) == pytest.approx(20 + 96)


def test_a_start_is_never_negative():
    assert report.add_figures(entry(first_seconds=0.9))["start_seconds"] == 0.0


def test_table_compares_with_the_fastest_engine():
    rows = [
        entry(),
        entry(contender="engine", loop=False, repetition_seconds=[1.0, 0.5], first_seconds=20.25),
        entry(contender="engine, 2 workers", loop=False, repetition_seconds=[0.2, 0.4]),
    ]
    table = report.table([report.add_figures(row) for row in rows])
    assert table["x engine"].to_list() == pytest.approx([10.0, 2.5, 1.0])
    # In all 48 x 2 + 96, 20 + 24 and 20.9 + 9.6 seconds.
    seconds = [192.0, 44.0, 30.5]
    assert table["1000 steps, s"].to_list() == pytest.approx(seconds)
    assert table["x engine's"].to_list() == pytest.approx([s / 30.5 for s in seconds])


def test_steps_table_compares_processor_time_with_model_fit():
    rows = [
        entry(),
        entry(contender="playground", repetition_seconds=[0.5, 0.4], cpu_seconds=[0.5, 0.6]),
    ]
    table = report.steps_table([report.add_figures(row) for row in rows])
    assert table["steps/s"].to_list() == pytest.approx([500, 2500])
    assert table["steps/core s"].to_list() == pytest.approx([1e3 / 3, 1e3 / 0.6])
    assert table["x model.fit"].to_list() == pytest.approx([1, 0.2])


def test_products_are_those_of_the_recurrent_kernels():
    """Three products of (32, 8) by (8, 8) for each kernel and time step."""
    problem = Problem("LSTM", length=5, units=8)
    products = Products(problem, 2, 1)
    assert products.products == 3 * 5 * 4
    assert problem.operations() == products.products * 2 * 32 * 8 * 8
    found = multiply(products.states, products.kernels, np.int32(3))
    kernel = products.kernels[1].numpy()
    expected = products.states[1].numpy() @ kernel @ kernel @ kernel
    np.testing.assert_allclose(found[1], expected, rtol=1e-4, atol=1e-5)


def test_a_repetition_has_fewer_steps_where_each_is_more_work():
    contender = Contender("a", "a.A", steps=100, networks=3, processes=2)
    assert contender.repetition_steps(Problem("GRU", length=50)) == 100
    assert contender.repetition_steps(Problem("GRU", length=200)) == 25
    assert contender.repetition_steps(Problem("GRU", units=64)) == 25
    assert contender.repetition_steps(Problem("GRU", networks=480)) == 100  # it times no more
    assert contender.timed_networks(Problem("GRU")) == 6
    stack = Contender("b", "b.B", steps=100, processes=2)
    assert stack.repetition_steps(Problem("GRU", networks=480)) == 10
    assert stack.repetition_steps(Problem("GRU", networks=8)) == 100
    assert stack.timed_networks(Problem("GRU", networks=9)) == 8


def test_plan_names_contenders_that_exist():
    known = {contender.name for contender in plan.CONTENDERS}
    assert {name for _, names, *_ in plan.PLAN for name in names} <= known
    assert len(known) == len(plan.CONTENDERS)


# --- measuring, on something that takes no time


class Sleeper:
    """A contender that does nothing; its error after n steps is 1 / (n + 1)."""

    def __init__(self, problem, count, steps, start=0):
        self.made = start

    def train(self, steps):
        self.made += steps

    def parameters(self):
        return 1

    def test_error(self, index):
        return 1 / (self.made + 1)


class ProcessesHere(Processes):
    """Processes that are this one, and note what is asked of them; their clock is made up."""

    calls: list[tuple] = []
    others: list[float] = []  # what other programs will use; nothing when all are taken

    def start(self):
        self.pools = [None]
        self.calls.append((self.contender.name, "start"))

    def close(self):
        pass

    def _timed(self, function, *arguments):
        amount = arguments[:1] if function is processes._train else ()
        self.calls.append((self.contender.name, function.__name__, *amount))
        self._everywhere(function, *arguments)
        return Repetition(0.5, 0.25, self.others.pop(0) if self.others else 0.0)

    def _everywhere(self, function, *arguments):
        processes._Here.kind = Sleeper
        return [function(*arguments)]


@pytest.fixture
def calls(monkeypatch):
    monkeypatch.setattr(ProcessesHere, "calls", [])
    monkeypatch.setattr(measuring.psutil, "cpu_percent", lambda seconds: 0.0)
    return ProcessesHere.calls


def test_measure_takes_repetitions_in_turn(calls):
    running = [
        ProcessesHere(Contender("a", "", 10, networks=1)),
        ProcessesHere(Contender("b", "", 20)),
    ]
    problem, wait = Problem("GRU", networks=2), iter([])
    first, second = measure(problem, running, rounds=2, first_steps=5, seconds_to_wait=wait)
    assert calls == [
        ("a", "start"), ("b", "start"),
        ("a", "_build"), ("a", "_train", 5), ("b", "_build"), ("b", "_train", 5),
        ("a", "_train", 10), ("b", "_train", 20), ("a", "_train", 10), ("b", "_train", 20),
    ]  # fmt: skip
    assert first["loop"] and not second["loop"]
    assert first["errors_before"] == [1.0] and first["errors_after"] == [1 / 6]
    assert second["errors_after"] == [1 / 6] * 2
    assert first["first_seconds"] == 1.0 and first["repetition_seconds"] == [0.5, 0.5]
    assert first["cpu_seconds"] == [0.25, 0.25] and first["others"] == [0.0] * 3


def test_disturbed_repetitions_are_taken_again(calls, monkeypatch):
    # Building, first repetition, both again in new processes; the repetition three times.
    others = [0.0, 0.5, 0.0, 0.05, 0.3, 0.2, 0.1]
    monkeypatch.setattr(ProcessesHere, "others", others)
    running = [ProcessesHere(Contender("a", "", 10, networks=1))]
    problem, wait = Problem("GRU", networks=2), iter(range(9))
    (entry,) = measure(problem, running, rounds=1, first_steps=5, seconds_to_wait=wait)
    assert [call[1] for call in calls] == [
        "start", "_build", "_train", "start", "_build", "_train", "_train", "_train", "_train",
    ]  # fmt: skip
    assert entry["others"] == [0.05, 0.1]
    assert len(entry["repetition_seconds"]) == 1


def test_without_time_to_wait_a_disturbed_repetition_has_to_do(calls, monkeypatch):
    monkeypatch.setattr(ProcessesHere, "others", [0.0] + [0.9] * 100)
    running = [ProcessesHere(Contender("a", "", 10, networks=1))]
    problem, wait = Problem("GRU", networks=2), iter(range(3))
    (entry,) = measure(problem, running, rounds=1, first_steps=5, seconds_to_wait=wait)
    assert entry["others"] == [0.9, 0.9]
    assert [call[1] for call in calls].count("start") == 4


# --- the file


@pytest.fixture(scope="module")
def results():
    return json.loads(FILE.read_text("utf8"))


NUMBERS = ("ms", "ms_slowest", "core_ms", "cores_busy", "start_seconds")


def test_file_says_what_was_measured_and_where(results):
    # The playground's table is there from the next run on, where there is a browser.
    assert set(results) - {"in_browser"} == {"machine", "work", "run_seconds", "rows"}
    machine = results["machine"]
    assert set(machine) == {"cpu", "cores", "memory_gb", "system", "python", "packages"}
    assert {"keras", "torch", "jax", "numpy"} <= set(machine["packages"])
    assert results["work"] == {
        "task": "adding",
        "batch_size": 32,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "clip_norm": 1.0,
    }


def test_file_holds_the_whole_plan(results):
    found = [
        (row["contender"], Problem(row["cell"], row["length"], row["units"], row["networks"]))
        for row in results["rows"]
    ]
    everyone = [contender.name for contender in plan.CONTENDERS]
    expected = [(name, entry[0]) for entry in plan.PLAN for name in entry[1] or everyone]
    assert found == expected


def test_figures_in_the_file_follow_from_its_repetitions(results):
    for row in results["rows"]:
        measured = {key: value for key, value in row.items() if key not in NUMBERS}
        assert report.add_figures(measured) == row
        assert all(row[key] > 0 for key in ("ms", "core_ms", "cores_busy"))
        assert len(row["repetition_seconds"]) == len(row["cpu_seconds"]) >= 2


def test_contenders_in_the_file_did_the_same_work(results):
    for problem, *_ in plan.PLAN:
        sizes = (problem.cell, problem.length, problem.units, problem.networks)
        rows = [
            row
            for row in results["rows"]
            if (row["cell"], row["length"], row["units"], row["networks"]) == sizes
        ]
        report.check_same_work(rows)
        assert rows[0]["parameters"] == Engine(problem, 1, 1).parameters()


def test_stacks_of_the_engine_are_as_the_limit_was_measured():
    """The bare products are batched as the engine batches its own."""
    (products,) = (c for c in plan.CONTENDERS if c.name == report.PRODUCTS)
    assert products.networks == MEMBERS
