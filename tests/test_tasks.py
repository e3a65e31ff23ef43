"""Tasks: labels worked out again by brute force, baselines measured, bad input refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import tasks
from helpers.tasks import IGNORE, synthetic

EXAMPLES = [
    tasks.recall(5),
    tasks.recall(3, symbols=2, noise=0.0),
    tasks.adding(9),
    tasks.copy_memory(4, items=3, symbols=5),
    tasks.parity(6),
    tasks.parity(6, ask="end"),
    tasks.counting(4),
    tasks.counting(5, shortest=3),
    tasks.counting(3, tested_to=6),
    tasks.temporal_order(30),
    tasks.permutations(9),
    tasks.permutations(9, ask="end"),
    tasks.permutations(8, moves="swaps", ask="end"),
]
NAMES = [repr(task) for task in EXAMPLES]


@pytest.mark.parametrize("task", EXAMPLES, ids=NAMES)
def test_shapes_and_types_are_as_stated(task):
    x, y = task.sample(np.random.default_rng(0), 7)
    assert x.shape == (7, task.steps, task.features)
    assert x.dtype == np.float32
    inner = (7, task.steps) if task.every_step else (7,)
    if task.loss == "mse":
        assert y.shape == (*inner, task.outputs) and y.dtype == np.float32
    else:
        assert y.shape == inner and y.dtype == np.int32
        assert set(np.unique(y)) <= {IGNORE, *range(max(task.outputs, 2))}
    assert task.higher_is_better == (task.score not in ("mse", "bits"))


@pytest.mark.parametrize("task", EXAMPLES, ids=NAMES)
def test_the_generator_alone_sets_the_data(task):
    a, b, c = (task.sample(np.random.default_rng(seed), 5) for seed in (1, 1, 2))
    assert all(np.array_equal(*pair) for pair in zip(a, b, strict=True))
    assert not np.array_equal(a[0], c[0])
    assert np.array_equal(task.validation(np.random.default_rng(1), 5)[0], a[0])
    if getattr(task, "tested_to", None) is None:
        assert np.array_equal(task.test(np.random.default_rng(1), 5)[0], a[0])


def best_constant_score(task, y):
    """Score of the best answer that is the same for all sequences and steps."""
    if task.loss == "mse":
        return ((y - y.mean()) ** 2).mean()
    asked = y != IGNORE
    candidates = []
    for answer in range(max(task.outputs, 2)):
        right = (y == answer) & asked
        if task.score == "exact":
            candidates.append((right.sum(axis=1) == asked.sum(axis=1)).mean())
        else:
            candidates.append(right.sum() / asked.sum())
    return max(candidates)


@pytest.mark.parametrize("task", EXAMPLES, ids=NAMES)
def test_the_baseline_is_what_the_best_constant_answer_gets(task):
    _, y = task.test(np.random.default_rng(3), 20_000)
    assert best_constant_score(task, y) == pytest.approx(task.baseline, abs=0.012)


def shown_move(task, number):
    """Which place each place of the new row is filled from, spelt out."""
    everything = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    swaps = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)]
    return (everything if task.moves == "all" else swaps)[number]


def answers_by_hand(task, x):
    """Read each input as a person would, and answer; -1 where nothing is asked."""
    if isinstance(task, tasks.recall):
        return [int(row[0].argmax()) for row in x]
    if isinstance(task, tasks.adding):
        return [[sum(value for value, mark in row if mark == 1)] for row in x]
    if isinstance(task, tasks.parity):
        running = [[sum(v > 0 for v in row[: t + 1, 0]) % 2 for t in range(len(row))] for row in x]
        return running if task.every_step else [row[-1] for row in running]
    if isinstance(task, tasks.temporal_order):
        found = [[int(v.argmax()) for v in row if v.argmax() < 2] for row in x]
        return [["XX", "XY", "YX", "YY"].index("XY"[a] + "XY"[b]) for a, b in found]
    answers = []
    for row in x:
        if isinstance(task, tasks.permutations):
            pile, seen = "ABC", []
            for v in row:
                new = shown_move(task, v.argmax())
                pile = "".join(pile[place] for place in new)
                seen.append(["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"].index(pile))
            answers.append(seen if task.every_step else seen[-1])
            continue
        if isinstance(task, tasks.counting):
            words = "".join("ab-"[v.argmax() if v.any() else 2] for v in row)
            n = words.count("a")
            assert words == "a" * n + "b" * n + "-" * (len(row) - 2 * n)
            answers.append([-1] * n + [0] * (n - 1) + [1] + [-1] * (len(row) - 2 * n))
        else:
            tokens = [int(v.argmax()) for v in row]
            shown, blank, signal = tokens[: task.items], task.symbols, task.symbols + 1
            assert (
                tokens[task.items :]
                == [blank] * (task.length - 1) + [signal] + [blank] * task.items
            )
            answers.append([-1] * (task.steps - task.items) + shown)
    return answers


@pytest.mark.parametrize("task", EXAMPLES, ids=NAMES)
def test_labels_are_what_a_person_would_answer(task):
    x, y = task.sample(np.random.default_rng(5), 300)
    np.testing.assert_allclose(y, np.array(answers_by_hand(task, x)), rtol=1e-6)


def test_recall_shows_the_symbol_once_and_noise_after():
    x, y = tasks.recall(50, symbols=3, noise=0.5).sample(np.random.default_rng(0), 4000)
    np.testing.assert_array_equal(x[:, 0], np.eye(3)[y])
    assert x[:, 1:].std() == pytest.approx(0.5, abs=0.01)
    correlation = np.corrcoef(x[:, 1:].mean(axis=1).T, np.eye(3)[y].T)[:3, 3:]
    assert np.abs(correlation).max() < 0.06  # nothing but step 0 tells the symbol


@settings(max_examples=30, deadline=None)
@given(length=st.integers(2, 40))
def test_adding_marks_one_number_in_each_half(length):
    x, _ = tasks.adding(length).sample(np.random.default_rng(length), 40)
    marks, half = x[:, :, 1], length // 2
    np.testing.assert_array_equal(marks[:, :half].sum(axis=1), 1)
    np.testing.assert_array_equal(marks[:, half:].sum(axis=1), 1)
    assert set(np.unique(marks)) <= {0, 1}


@settings(max_examples=30, deadline=None)
@given(length=st.integers(10, 120))
def test_temporal_order_places_its_symbols_where_it_says(length):
    x, _ = tasks.temporal_order(length).sample(np.random.default_rng(length), 60)
    where = np.argwhere(x[:, :, :2].any(axis=2))[:, 1].reshape(60, 2) / length
    tolerance = 1 / length
    assert (where[:, 0] >= 0.1 - tolerance).all() and (where[:, 0] <= 0.2).all()
    assert (where[:, 1] >= 0.5 - tolerance).all() and (where[:, 1] <= 0.6).all()


def test_counting_is_tested_on_longer_words_than_it_is_trained_on():
    task, rng = tasks.counting(4, shortest=2, tested_to=9), np.random.default_rng(0)
    x, y = task.test(rng, 16)
    assert x.shape == (16, 18, 2) and y.shape == (16, 18)
    np.testing.assert_array_equal(x[:, :, 0].sum(axis=1), [*range(2, 10)] * 2)
    np.testing.assert_array_equal((y == 1).argmax(axis=1), 2 * x[:, :, 0].sum(axis=1) - 1)
    for part in (task.sample, task.validation):
        assert part(rng, 50)[0].shape == (50, task.steps, 2) == (50, 8, 2)


def test_counting_draws_every_length_equally_often():
    x, _ = tasks.counting(6, shortest=3).sample(np.random.default_rng(0), 8000)
    lengths, counts = np.unique(x[:, :, 0].sum(axis=1), return_counts=True)
    np.testing.assert_array_equal(lengths, [3, 4, 5, 6])
    assert np.abs(counts / 8000 - 0.25).max() < 0.025


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: tasks.recall(0), ValueError, "length=0 is too small"),
        (lambda: tasks.recall(2.5), TypeError, "length=2.5 is not a whole number"),
        (lambda: tasks.recall(5, symbols=1), ValueError, "symbols=1 is too small"),
        (lambda: tasks.recall(5, noise=-1.0), ValueError, "noise=-1.0"),
        (lambda: tasks.recall(5, noise="loud"), TypeError, "noise='loud'"),
        (lambda: tasks.adding(1), ValueError, "length=1"),
        (lambda: tasks.copy_memory(3, items=0), ValueError, "items=0"),
        (lambda: tasks.parity(3, ask="always"), ValueError, "ask='always'.*step, end"),
        (lambda: tasks.counting(3, shortest=4), ValueError, "longest=3 is too small; choose 4"),
        (lambda: tasks.counting(3, tested_to=2), ValueError, "tested_to=2 is too small; choose 3"),
        (lambda: tasks.temporal_order(9), ValueError, "length=9"),
        (lambda: tasks.permutations(0), ValueError, "length=0"),
        (lambda: tasks.permutations(3, moves="cycles"), ValueError, "moves='cycles'.*all, swaps"),
        (lambda: tasks.permutations(3, ask="never"), ValueError, "ask='never'"),
    ],
)
def test_bad_tasks_are_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()


# --- arrays

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 4, 2))
LABELS = np.repeat([0, 1, 2], [15, 9, 6])


def split(x, y):
    return (x[:20], y[:20]), (x[20:25], y[20:25]), (x[25:], y[25:])


def test_arrays_of_classes():
    order = RNG.permutation(30)
    x, y = X[order], LABELS[order]
    task = tasks.from_arrays(*split(x, y), "softmax", name="toy")
    assert (task.steps, task.features, task.outputs) == (4, 2, 3)
    assert (repr(task), task.score, task.every_step) == ("toy", "accuracy", False)
    majority = np.bincount(y[:20]).argmax()
    assert task.baseline == pytest.approx((y[25:] == majority).mean())
    rng = np.random.default_rng(1)
    np.testing.assert_allclose(task.validation(rng, 3)[0], x[20:25], rtol=1e-6)
    np.testing.assert_array_equal(task.test(rng, 3)[1], y[25:])


def test_training_batches_are_rows_of_the_training_arrays_alone():
    x = np.arange(30.0)[:, None, None] * np.ones((1, 4, 2))
    task = tasks.from_arrays(*split(x, np.arange(30.0)[:, None]), "mse")
    drawn, y = task.sample(np.random.default_rng(0), 500)
    assert set(np.unique(drawn)) == set(range(20))
    np.testing.assert_array_equal(drawn[:, 0, 0], y[:, 0])


def test_arrays_of_numbers():
    y = RNG.normal(size=(30, 3)) + [0, 5, 9]
    task = tasks.from_arrays(*split(X, y), "mse")
    assert (task.outputs, task.score, task.higher_is_better) == (3, "mse", False)
    assert task.baseline == pytest.approx(((y[25:] - y[:20].mean(axis=0)) ** 2).mean(), rel=1e-5)
    every_step = tasks.from_arrays(*split(X, RNG.normal(size=(30, 4, 1))), "mse")
    assert every_step.every_step and every_step.outputs == 1


def test_arrays_of_tokens():
    tokens = RNG.integers(0, 9, (30, 4))
    task = tasks.from_arrays(*split(tokens, LABELS % 2), "sigmoid", vocabulary=9, masked=True)
    assert (task.vocabulary, task.masked, task.outputs) == (9, True, 1)
    assert task.sample(np.random.default_rng(0), 3)[0].dtype == np.int32


@pytest.mark.parametrize(
    ("x", "y", "options", "text"),
    [
        (X, LABELS, {"loss": "hinge"}, "loss='hinge'.*softmax, sigmoid, mse"),
        (X[:, 0], LABELS, {"loss": "softmax"}, r"\(20, 2\); \(n, steps, features\)"),
        (X * np.nan, LABELS, {"loss": "softmax"}, "not finite"),
        (X * np.inf, LABELS, {"loss": "softmax"}, "train x holds 160 values of 160 that are not"),
        (X * 1e300, LABELS, {"loss": "softmax"}, "train x holds .* not finite"),
        (X * 1j, LABELS, {"loss": "softmax"}, "train x is complex128; real numbers"),
        (X[:, :0], LABELS, {"loss": "softmax"}, r"\(20, 0, 2\)"),
        (X[:, :, :0], LABELS, {"loss": "softmax"}, r"\(20, 4, 0\)"),
        (
            X,
            np.full((30, 1), np.nan),
            {"loss": "mse"},
            "train y holds 20 values of 20 that are not",
        ),
        (X, np.full((30, 4, 1), -np.inf), {"loss": "mse"}, "train y holds 80 values of 80"),
        (X, np.full((30, 1), 1e39), {"loss": "mse"}, "train y holds .* not finite"),
        (X, np.full((30, 1), "a"), {"loss": "mse"}, "train y is <U1; real numbers"),
        (X, np.zeros((30, 0)), {"loss": "mse"}, r"\(n, outputs\)"),
        (X, np.full(30, np.nan), {"loss": "softmax"}, "train y is float64"),
        (X, np.full(30, tasks.IGNORE), {"loss": "softmax"}, "train asks nothing: every target"),
        (X, np.full((30, 4), tasks.IGNORE), {"loss": "sigmoid"}, "train asks nothing"),
        (X, LABELS[:, None, None], {"loss": "softmax"}, r"whole numbers \(n,\)"),
        (X, LABELS / 2, {"loss": "softmax"}, "float64"),
        (X, LABELS, {"loss": "sigmoid"}, "0 to 2|1 to 2"),
        (X, LABELS - 2, {"loss": "softmax"}, "run from -2"),
        (X, LABELS, {"loss": "mse"}, r"\(n, outputs\)"),
        (X, LABELS, {"loss": "softmax", "vocabulary": 9}, "tokens are whole numbers"),
        (X, LABELS, {"loss": "softmax", "masked": True}, "needs tokens"),
        (
            RNG.integers(0, 9, (30, 4)),
            LABELS,
            {"loss": "softmax", "vocabulary": 5},
            "outside 0 to 4",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(x, y, options, text):
    with pytest.raises(ValueError, match=text):
        tasks.from_arrays(*split(x, y), **options)


def test_splits_that_do_not_fit_each_other_are_refused():
    good, (x, y) = (X[:20], LABELS[:20]), (X[20:], LABELS[20:])
    with pytest.raises(ValueError, match="test arrays"):
        tasks.from_arrays(good, (x, y), (x[:, :3], y), "softmax")
    with pytest.raises(ValueError, match="10 sequences and 9 targets"):
        tasks.from_arrays(good, (x, y[:9]), (x, y), "softmax")
    (train, validation, test) = split(X, RNG.normal(size=(30, 1)))
    for place, name in ((1, "validation"), (2, "test")):
        splits = [train, validation, test]
        splits[place] = (splits[place][0], splits[place][1] * np.nan)
        with pytest.raises(ValueError, match=f"{name} y holds . values of . that are not finite"):
            tasks.from_arrays(*splits, "mse")
        splits[place] = (splits[place][0] * np.inf, np.ones((5, 1)))
        with pytest.raises(ValueError, match=f"{name} x holds"):
            tasks.from_arrays(*splits, "mse")
    with pytest.raises(ValueError, match="train has 20 sequences and no targets"):
        tasks.from_arrays((X[:20], 3.0), validation, test, "mse")


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_target_to_ignore_is_no_number_of_its_own():
    y = np.where(np.arange(4) < 3, tasks.IGNORE, LABELS[:, None])
    task = tasks.from_arrays(*split(X, y), "softmax")
    last = tasks.from_arrays(*split(X, LABELS), "softmax")
    assert task.baseline == last.baseline and task.every_step and not last.every_step


def test_the_baseline_names_the_most_frequent_class_of_the_training_targets():
    """What is most frequent among the test targets is not known to anybody who guesses."""
    x = np.zeros((5, 3, 1), "float32")
    train, test = np.array([0, 0, 0, 1, 1]), np.array([1, 1, 1, 1, 0])
    task = tasks.from_arrays((x, train), (x, train), (x, test), "softmax")
    assert task.baseline == 0.2


def test_bits_are_a_score_of_which_less_is_better():
    y = np.array([[0, 1], [1, 2], [1, IGNORE]])
    x = np.zeros((3, 2, 1))
    task = tasks.from_arrays((x, y), (x, y), (x, y), "softmax", score="bits")
    assert (task.score, task.higher_is_better, task.outputs) == ("bits", False, 3)
    # Seen 1, 3 and 1 times, and each once more: 2/8, 4/8, 2/8.
    assert task.baseline == pytest.approx((2 * 2 + 3 * 1) / 5)
    exact = tasks.from_arrays((x, y), (x, y), (x, y), "softmax", score="exact")
    assert (exact.score, exact.baseline) == ("exact", pytest.approx(1 / 3))
    with pytest.raises(ValueError, match="score='mse'.*accuracy, exact, bits"):
        tasks.from_arrays((x, y), (x, y), (x, y), "softmax", score="mse")
    with pytest.raises(ValueError, match="softmax loss alone"):
        tasks.from_arrays((x, x), (x, x), (x, x), "mse", score="bits")


def test_the_order_of_two_permutations_matters():
    """In S₃, and every move can be undone: the table is that of a group that is not abelian."""
    after = synthetic.AFTER
    assert sorted(map(sorted, after.tolist())) == [list(range(6))] * 6
    assert (after[0] == range(6)).all() and (after[:, 0] == range(6)).all()
    assert (after != after.T).any()
    for a, b, c in np.ndindex(6, 6, 6):
        assert after[after[a, b], c] == after[a, after[b, c]]


def test_the_baseline_of_swaps_is_a_quarter_at_first_and_a_sixth_in_the_end():
    short, longer, longest = (tasks.permutations(n, "swaps", "end") for n in (1, 2, 60))
    assert short.baseline == longer.baseline == pytest.approx(1 / 4)
    assert longest.baseline == pytest.approx(1 / 6)
    assert tasks.permutations(2, "swaps").baseline == pytest.approx(1 / 4)
    assert tasks.permutations(7).baseline == pytest.approx(1 / 6)
