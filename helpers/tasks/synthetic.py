"""Sequence tasks: six classics of long memory, and one of tracking a state.

Each draws fresh sequences from a random generator, so that a run's data are set
by the run's seed, and states its trivial baseline. What all tasks have in common
stands in `helpers.tasks.task`. Tasks are written in lower case because they are called
like functions: ``tasks.recall(length=20)``.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from helpers.checks import one_of, positive_number, whole_number
from helpers.tasks.task import IGNORE, Task


def _one_hot(classes: np.ndarray, depth: int) -> np.ndarray:
    return np.eye(depth, dtype="float32")[classes]


@dataclass(frozen=True)
class recall(Task):
    """Say at the end which symbol came first, after `length` steps of noise.

    Step 0 shows one of `symbols` symbols as a one-hot vector; the `length`
    steps after it are Gaussian noise with standard deviation `noise` in every
    feature. Baseline: guess one symbol, right once in `symbols`.
    """

    length: int
    symbols: int = 4
    noise: float = 0.3

    def __post_init__(self):
        whole_number("length", self.length, 1)
        whole_number("symbols", self.symbols, 2)
        if self.noise != 0:
            positive_number("noise", self.noise)

    steps = property(lambda self: self.length + 1)
    features = property(lambda self: self.symbols)
    outputs = property(lambda self: self.symbols)
    baseline = property(lambda self: 1.0 / self.symbols)

    def sample(self, rng, n):
        symbol = rng.integers(self.symbols, size=n)
        x = rng.standard_normal((n, self.steps, self.symbols), dtype="float32")
        x *= np.float32(self.noise)
        x[:, 0] = _one_hot(symbol, self.symbols)
        return x, symbol.astype("int32")


@dataclass(frozen=True)
class adding(Task):
    """Add the two marked numbers of a sequence (Hochreiter & Schmidhuber 1997).

    In the form of Le, Jaitly & Hinton (2015): feature 0 holds numbers uniform
    in [0, 1), feature 1 is 1 at one step of each half and 0 elsewhere.
    Baseline: always answer 1, the mean, for a squared error of 2/12 = 1/6.
    """

    length: int
    loss = "mse"
    score = "mse"

    def __post_init__(self):
        whole_number("length", self.length, 2)

    steps = property(lambda self: self.length)
    features = property(lambda self: 2)
    outputs = property(lambda self: 1)
    baseline = property(lambda self: 1.0 / 6.0)

    def sample(self, rng, n):
        x = np.zeros((n, self.length, 2), dtype="float32")
        x[:, :, 0] = rng.random((n, self.length), dtype="float32")
        half, row = self.length // 2, np.arange(n)
        first = rng.integers(half, size=n)
        second = rng.integers(half, self.length, size=n)
        x[row, first, 1] = x[row, second, 1] = 1.0
        return x, (x[row, first, 0] + x[row, second, 0])[:, None]


@dataclass(frozen=True)
class copy_memory(Task):
    """Repeat `items` symbols after a delay (Hochreiter & Schmidhuber 1997).

    In the form of Arjovsky, Shah & Bengio (2016): the symbols, then `length`
    blanks of which the last is the signal to begin, then `items` blanks during
    which the symbols are asked in order. Only those last steps are asked; the
    blanks before, which need no memory, are not. Baseline: guess one symbol.
    """

    length: int
    items: int = 5
    symbols: int = 8
    every_step = True

    def __post_init__(self):
        whole_number("length", self.length, 1)
        whole_number("items", self.items, 1)
        whole_number("symbols", self.symbols, 2)

    steps = property(lambda self: self.length + 2 * self.items)
    features = property(lambda self: self.symbols + 2)
    outputs = property(lambda self: self.symbols)
    baseline = property(lambda self: 1.0 / self.symbols)

    def sample(self, rng, n):
        blank, signal = self.symbols, self.symbols + 1
        symbols = rng.integers(self.symbols, size=(n, self.items))
        tokens = np.full((n, self.steps), blank)
        tokens[:, : self.items] = symbols
        tokens[:, self.items + self.length - 1] = signal
        y = np.full((n, self.steps), IGNORE, dtype="int32")
        y[:, -self.items :] = symbols
        return _one_hot(tokens, self.features), y


@dataclass(frozen=True)
class parity(Task):
    """Say whether the number of ones so far is odd.

    Each step shows a random bit as -1 or 1. With ``ask="step"`` every step is
    asked, with ``ask="end"`` the last alone, which is far harder to learn.
    Baseline: always the same answer, right half of the time.
    """

    length: int
    ask: str = "step"
    loss = "sigmoid"

    def __post_init__(self):
        whole_number("length", self.length, 1)
        one_of("ask", self.ask, ("step", "end"))

    steps = property(lambda self: self.length)
    features = property(lambda self: 1)
    outputs = property(lambda self: 1)
    baseline = property(lambda self: 0.5)
    every_step = property(lambda self: self.ask == "step")

    def sample(self, rng, n):
        bits = rng.integers(2, size=(n, self.length))
        odd = (np.cumsum(bits, axis=1) % 2).astype("int32")
        x = (2.0 * bits - 1.0).astype("float32")[:, :, None]
        return x, odd if self.every_step else odd[:, -1]


@dataclass(frozen=True)
class counting(Task):
    """Predict the end of a word aⁿbⁿ (Gers & Schmidhuber 2001).

    n is uniform between `shortest` and `longest`. Asked is, at every b, whether
    another b (0) or the end (1) follows; while the a's run nothing can be known
    and nothing is asked. A word counts as right if every answer is. Baseline:
    always answer "the end", which is right for n = 1 alone.

    With `tested_to`, the test words go beyond those of training: every n from
    `shortest` to `tested_to` comes equally often, so that the test score says
    for what share of these n the network counts right.
    """

    longest: int
    shortest: int = 1
    tested_to: int | None = None
    loss = "sigmoid"
    score = "exact"
    every_step = True

    def __post_init__(self):
        whole_number("shortest", self.shortest, 1)
        whole_number("longest", self.longest, self.shortest)
        if self.tested_to is not None:
            whole_number("tested_to", self.tested_to, self.longest)

    steps = property(lambda self: 2 * self.longest)
    features = property(lambda self: 2)
    outputs = property(lambda self: 1)

    @property
    def baseline(self) -> float:
        return float(self.shortest == 1) / ((self.tested_to or self.longest) - self.shortest + 1)

    def sample(self, rng, n):
        count = rng.integers(self.shortest, self.longest + 1, size=n)
        return self._words(count, self.steps)

    def test(self, rng, n):
        if self.tested_to is None:
            return self.sample(rng, n)
        count = np.resize(np.arange(self.shortest, self.tested_to + 1), n)
        return self._words(count, 2 * self.tested_to)

    def _words(self, count, steps):
        count, step = count[:, None], np.arange(steps)[None, :]
        is_a, is_b = step < count, (step >= count) & (step < 2 * count)
        x = np.stack([is_a, is_b], axis=2).astype("float32")
        y = np.where(is_b, step == 2 * count - 1, IGNORE).astype("int32")
        return x, y


@dataclass(frozen=True)
class temporal_order(Task):
    """Say in which order two symbols came (Hochreiter & Schmidhuber 1997, task 6a).

    A sequence of four kinds of distractors holds two symbols, each X or Y, one
    between 10 and 20 % and one between 50 and 60 % of its length. Asked at the
    end: XX, XY, YX or YY. Baseline: guess one of the four.
    """

    length: int

    def __post_init__(self):
        whole_number("length", self.length, 10)

    steps = property(lambda self: self.length)
    features = property(lambda self: 6)
    outputs = property(lambda self: 4)
    baseline = property(lambda self: 0.25)

    def sample(self, rng, n):
        tokens = rng.integers(2, 6, size=(n, self.length))
        symbols = rng.integers(2, size=(n, 2))
        row = np.arange(n)
        for column, start in enumerate((0.1, 0.5)):
            low, high = int(start * self.length), int((start + 0.1) * self.length)
            tokens[row, rng.integers(low, high, size=n)] = symbols[:, column]
        return _one_hot(tokens, 6), (2 * symbols[:, 0] + symbols[:, 1]).astype("int32")


#: The six orders of three cards, first the one before any move; classes of `permutations`.
ORDERS = np.array(list(itertools.permutations(range(3))))
#: ``AFTER[order, move]`` is the order that a move makes of an order: an index each.
AFTER = np.array([[ORDERS.tolist().index(a[b].tolist()) for b in ORDERS] for a in ORDERS])
_SWAPS = [i for i, order in enumerate(ORDERS) if (order != np.arange(3)).sum() <= 2]


@dataclass(frozen=True)
class permutations(Task):
    """Say in which order three cards lie, after every move.

    It is the word problem of S₃, the group of permutations of three things, the smallest
    in which the order of two moves matters (Merrill, Petty & Sabharwal 2024,
    arXiv:2404.08819, and Grazzi et al. 2025, arXiv:2411.12537, ask it of S₅ and others).
    Each step shows a random move as a one-hot vector. With ``moves="all"`` it is one of the six
    permutations; with ``moves="swaps"`` nothing happens, or two cards change places. Asked is
    which of the six orders the cards are in: at every step with ``ask="step"``, at the last
    alone with ``ask="end"``. Baseline: one order, right once in six; of the swaps, a little
    oftener at the first step or two, where not every order can have been reached.
    """

    length: int
    moves: str = "all"
    ask: str = "step"

    def __post_init__(self):
        whole_number("length", self.length, 1)
        one_of("moves", self.moves, ("all", "swaps"))
        one_of("ask", self.ask, ("step", "end"))

    steps = property(lambda self: self.length)
    features = property(lambda self: len(self.shown))
    outputs = property(lambda self: len(ORDERS))
    every_step = property(lambda self: self.ask == "step")

    @property
    def shown(self) -> list[int]:
        """The orders that the moves make of the first one, by the input that shows the move."""
        return list(range(len(ORDERS))) if self.moves == "all" else _SWAPS

    @property
    def baseline(self) -> float:
        """Score of the best answer that knows the number of the step and no more."""
        chance, best = np.eye(len(ORDERS))[0], []
        for _ in range(self.length):
            after = np.zeros(len(ORDERS))
            for move in self.shown:
                np.add.at(after, AFTER[:, move], chance / len(self.shown))
            chance = after
            best.append(chance.max())
        return float(np.mean(best) if self.every_step else best[-1])

    def sample(self, rng, n):
        moves = rng.integers(len(self.shown), size=(n, self.length))
        orders, order = np.zeros((n, self.length), "int32"), np.zeros(n, int)
        for t in range(self.length):
            order = AFTER[order, np.array(self.shown)[moves[:, t]]]
            orders[:, t] = order
        x = _one_hot(moves, self.features)
        return x, orders if self.every_step else orders[:, -1]
