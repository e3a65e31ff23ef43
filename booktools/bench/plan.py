"""Who is measured, at what work, and how often."""

from __future__ import annotations

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
