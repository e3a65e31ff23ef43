"""Who is measured, at what work, and how often."""

from __future__ import annotations

from booktools.bench import browser
from booktools.bench.contender import Contender
from booktools.bench.problem import Problem
from booktools.bench.report import PRODUCTS

ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # PyTorch: here faster than its default of one a core
CONTENDERS = [
    Contender("model.fit", "keras_loop.KerasLoop", 300, networks=1),
    Contender(
        "model.fit, jit_compile",
        "keras_loop.KerasLoop",
        300,
        networks=1,
        options={"jit_compile": True},
    ),
    Contender("PyTorch", "torch_loop.TorchLoop", 300, networks=2, environment=ONE_THREAD),
    Contender(
        "PyTorch, 2 processes",
        "torch_loop.TorchLoop",
        300,
        networks=1,
        processes=2,
        environment=ONE_THREAD,
    ),
    Contender("JAX", "jax_stack.JaxStack", 25),
    Contender("JAX, 2 processes", "jax_stack.JaxStack", 25, processes=2),
    Contender("engine", "engine.Engine", 100),
    Contender("engine, 2 workers", "engine.Engine", 100, options={"processes": 2}),
    Contender(PRODUCTS, "products.Products", 300, networks=5, processes=2),
]
#: In headless Chromium; each is measured only where it can be had.
IN_BROWSER = [
    Contender("playground", "browser.Playground", 100, networks=2),
    Contender("TensorFlow.js", "browser.TensorFlowJS", 5, networks=1),
]
FEW = ["model.fit", "PyTorch", "JAX", "engine, 2 workers"]
STACKS = ["JAX", "engine", "engine, 2 workers"]
#: Problem, the contenders that it is put to (all of them if empty), rounds, and the steps of
#: the first repetition.
PLAN = [
    (Problem("SimpleRNN"), [], 3, 25),
    (Problem("GRU"), [], 3, 25),
    (Problem("LSTM"), [], 3, 25),
    (Problem("LSTM", length=200), FEW, 2, 10),
    (Problem("LSTM", units=64), [*FEW, PRODUCTS], 2, 10),
    (Problem("SimpleRNN", networks=1), STACKS[:2], 3, 25),
    (Problem("SimpleRNN", networks=8), STACKS, 3, 25),
    (Problem("SimpleRNN", networks=200), STACKS, 2, 10),
    (Problem("LSTM", networks=1), STACKS[:2], 3, 25),
    (Problem("LSTM", networks=8), STACKS, 2, 25),
]

#: The playground's own table: the size in which it opens, and that of the other tables.
BROWSER_PLAN = [
    (Problem("SimpleRNN", length=20, networks=8), ["model.fit", "engine"], 2, 25),
    *(
        (Problem(cell, networks=8), ["model.fit", "engine"], 2, 25)
        for cell in ("SimpleRNN", "GRU", "LSTM")
    ),
]


def in_browser() -> tuple[list[tuple], list[Contender], list[str]]:
    """Return plan and contenders of the playground's table, and sentences on what is absent."""
    absent = browser.missing()
    if absent:
        return [], [], [f"No table of the playground: {absent} is not here."]
    playground, tensorflow_js = IN_BROWSER
    contenders, said = [playground], []
    if browser.tfjs():
        contenders.append(tensorflow_js)
    else:
        said = ["No row of TensorFlow.js: it cannot be installed from npm here."]
    plan = [
        (problem, [*names, *(c.name for c in contenders if can_train(c, problem))], rounds, first)
        for problem, names, rounds, first in BROWSER_PLAN
    ]
    others = [c for c in CONTENDERS if c.name in BROWSER_PLAN[0][1]]
    return plan, [*others, *contenders], said


def can_train(contender: Contender, problem: Problem) -> bool:
    """Return whether a contender has the cell of a problem."""
    return contender is not IN_BROWSER[1] or problem.cell in browser.TFJS_CELLS
