"""Studies: the table, bitwise repetition, independent runs, refusals, tuning, interruption."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from helpers import activations, cells, seeds, study, tasks
from helpers.study import design, program, schedule, trainer
from helpers.study.network import apply, from_vectors, initial_weights, to_vectors
from helpers.study.scoring import losses, scores
from helpers.study.spec import Run, RunBatch, Shape, Study
from helpers.study.table import at_own_best
from helpers.study.trainer import Record

TASK = tasks.recall(length=4, symbols=2)
QUICK = {"steps": 60, "batch_size": 8, "units": 4, "evaluate_every": 20, "progress": False}
QUICK |= {"validation_size": 40, "test_size": 70}
SHORT = {name: value for name, value in QUICK.items() if name != "progress"}


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch):
    monkeypatch.setenv("STUDY_WORKERS", "0")


@pytest.fixture(scope="module")
def table_and_curves():
    return study.run(
        TASK,
        cell=["SimpleRNN", "GRU"],
        activation=["tanh", "relu"],
        learning_rate=[1e-2, 3e-2],
        seeds=3,
        target=0.9,
        curves=True,
        **QUICK,
    )


@pytest.fixture(scope="module")
def table(table_and_curves):
    return table_and_curves[0]


def member(cell="SimpleRNN", **changes):
    """A batch of three runs, the second of which can be changed."""
    common = {"learning_rate": 1e-2, "clip_norm": 1.0, "recurrent_init": "orthogonal"}
    common |= {"forget_bias": cells.get(cell).default_forget_bias}
    runs = [Run(row, 10 + row, **common) for row in range(3)]
    runs[1] = Run(1, changes.pop("seed", 11), **(common | changes))
    shape = Shape.for_task(TASK, cell, "tanh", "sigmoid", 1, 4)
    return RunBatch(tuple(runs), 3, shape, "adam", Study(TASK, **SHORT))


# --- the table


def test_one_row_a_run_with_every_factor(table):
    assert len(table) == 2 * 2 * 2 * 3
    factors = ["cell", "activation", "learning_rate", "seed"]
    assert not table.duplicated(factors).any()
    first = table.iloc[0]
    expected = {
        "task": "recall(length=4, symbols=2, noise=0.3)", "cell": "SimpleRNN", "activation": "tanh",
        "recurrent_init": "orthogonal", "learning_rate": 1e-2, "clip_norm": 1.0, "depth": 1,
        "units": 4, "optimizer": "adam", "steps": 60, "batch_size": 8, "seed": 0,
        "seed_value": seeds.run_seed(0), "score": "accuracy", "baseline": 0.5, "target": 0.9,
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    simple = table["cell"] == "SimpleRNN"
    assert table.loc[simple, ["gate_activation", "forget_bias"]].isna().all(axis=None)
    assert (table.loc[~simple, "gate_activation"] == "sigmoid").all()
    assert (table.loc[~simple, "forget_bias"] == 0.0).all()  # Keras's own for a GRU


def test_scores_are_those_of_the_trained_networks(table):
    """They learn; and success and steps to the target follow from score and curve."""
    tanh = table[(table["cell"] == "SimpleRNN") & (table["activation"] == "tanh")]
    assert tanh["test_score"].median() > 0.9
    assert not table["diverged"].any() and table["diverged_at"].isna().all()
    assert (table["success"] == (table["test_score"] >= 0.9)).all()
    assert (table["best_validation_score"] >= table["validation_score"]).all()
    assert table["best_step"].between(0, 60).all()
    last = table["best_step"] == 60
    assert last.any() and not last.all()
    same = table["test_score_at_best"] == table["test_score"]
    assert same[last].all()


def test_curves_hold_every_scoring(table_and_curves):
    table, curves = table_and_curves
    assert len(curves) == len(table) * 4
    keys = ["cell", "activation", "learning_rate", "seed"]
    assert (curves.groupby(keys)["step"].agg(list).map(lambda s: s == [0, 20, 40, 60])).all()
    at_end = curves[curves["step"] == 60].set_index(keys)["validation_score"]
    pd.testing.assert_series_equal(at_end, table.set_index(keys)["validation_score"])
    best = curves.groupby(keys)["validation_score"].max()
    expected = table.set_index(keys)["best_validation_score"].sort_index()
    pd.testing.assert_series_equal(best, expected, check_names=False)
    reached = curves[curves["validation_score"] >= 0.9].groupby(keys)["step"].min()
    steps = table.set_index(keys)["steps_to_target"].dropna().sort_index()
    pd.testing.assert_series_equal(reached, steps, check_names=False, check_dtype=False)
    assert curves.loc[curves["step"] == 0, "training_loss"].isna().all()
    assert np.isfinite(curves.loc[curves["step"] > 0, "training_loss"]).all()


def test_members_start_from_their_own_weights_and_data():
    """The first score and the first training loss, worked out again from the run's seed."""
    batch = member()
    batch = replace(batch, study=replace(batch.study, steps=1, evaluate_every=1))
    for run, result in zip(batch.runs, trainer.train(batch), strict=True):
        seed = [run.seed, trainer.WEIGHTS]
        weights = initial_weights(batch.shape, "orthogonal", None, TASK.steps, seed)
        weights = from_vectors(batch.shape, to_vectors([weights]))
        x, y = TASK.validation(np.random.default_rng([run.seed, trainer.VALIDATION]), 40)
        answer = np.argmax(apply(batch.shape, weights, tf.constant(x[None]))[0], axis=1)
        assert result["curve"]["validation_score"][0] == (answer == y).mean()
        x, y = TASK.sample(np.random.default_rng([run.seed, trainer.TRAINING]), 8 * trainer.CHUNK)
        x, y = tf.constant(x[None, :8]), tf.constant(y[None, :8])
        loss = losses(batch.shape, apply(batch.shape, weights, x), y)
        assert result["curve"]["training_loss"][1] == pytest.approx(loss.numpy()[0], rel=1e-5)


def test_weights_training_validation_and_test_data_have_streams_of_their_own():
    streams = {trainer.WEIGHTS, trainer.TRAINING, trainer.VALIDATION, trainer.TEST}
    assert len(streams) == 4


def test_the_score_at_best_is_that_of_a_run_that_ended_there():
    settings = QUICK | {"evaluate_every": 1, "learning_rate": 0.3, "seeds": 3}
    table = study.run(tasks.adding(4), **settings)
    early = table[table["best_step"].between(1, table["steps"] - 1)]
    assert len(early)
    row = early.iloc[0]
    shorter = study.run(tasks.adding(4), **settings | {"steps": int(row["best_step"])})
    again = shorter.loc[shorter["seed"] == row["seed"], "test_score"].item()
    assert row["test_score_at_best"] == pytest.approx(again, rel=1e-5) != row["test_score"]


def test_the_step_of_a_divergence_is_that_of_the_first_loss_that_is_no_number():
    """The first loss is that of the initial weights; the first step then throws them out."""
    settings = QUICK | {"steps": 6, "evaluate_every": 6}
    table = study.run(tasks.adding(4), learning_rate=1e30, optimizer="sgd", seeds=2, **settings)
    assert table["diverged_at"].eq(2).all()


def test_smaller_is_better_for_errors():
    table = study.run(tasks.adding(4), seeds=2, learning_rate=1e-2, target=0.2, **QUICK)
    assert (table["best_validation_score"] <= table["validation_score"]).all()
    assert (table["success"] == (table["test_score"] <= 0.2)).all()
    assert table["success"].any()


@pytest.mark.parametrize("task", [tasks.adding(4), TASK], ids=["error", "share"])
def test_a_score_equal_to_the_target_reaches_it(task):
    first = study.run(task, seeds=1, learning_rate=1e-2, target=0.5, **QUICK).iloc[0]
    exactly = study.run(
        task, seeds=1, learning_rate=1e-2, target=first["best_validation_score"], **QUICK
    ).iloc[0]
    assert exactly["best_validation_score"] == exactly["target"]
    assert not pd.isna(exactly["steps_to_target"])


def test_data_sets_bring_their_own_validation_and_test_data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 5, 2))
    y = (x[:, :, 0].sum(axis=1) > 0).astype(int)
    splits = [(x[a:b], y[a:b]) for a, b in [(0, 60), (60, 73), (73, 90)]]
    task = tasks.from_arrays(*splits, "sigmoid", name="sums")
    table = study.run(task, seeds=2, learning_rate=1e-2, **QUICK)
    assert (table["task"] == "sums").all()
    for column, size in [("validation_score", 13), ("test_score", 17)]:
        assert np.allclose(table[column] * size, np.round(table[column] * size))
    assert table["test_score"].min() > task.baseline


def test_tokens_go_through_an_embedding():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 6, (90, 5))
    x[:, 3:] = 0
    pair = (x, (x[:, 0] > 3).astype(int))
    task = tasks.from_arrays(pair, pair, pair, "softmax", vocabulary=6, masked=True)
    table = study.run(task, cell="GRU", seeds=2, learning_rate=3e-2, **QUICK)
    assert table["test_score"].min() > 0.9


# --- bitwise repetition


def test_a_study_repeats_bitwise(table):
    again = study.run(
        TASK,
        cell=["SimpleRNN", "GRU"],
        activation=["tanh", "relu"],
        learning_rate=[1e-2, 3e-2],
        seeds=3,
        target=0.9,
        **QUICK,
    )
    pd.testing.assert_frame_equal(again, table, check_exact=True)


def test_threads_give_bitwise_identical_results(table):
    with ThreadPoolExecutor(2) as executor:
        again = study.run(
            TASK,
            cell=["SimpleRNN", "GRU"],
            activation=["tanh", "relu"],
            learning_rate=[1e-2, 3e-2],
            seeds=3,
            target=0.9,
            executor=executor,
            **QUICK,
        )
    pd.testing.assert_frame_equal(again, table, check_exact=True)


def test_an_executor_gets_one_batch_of_every_program_first():
    one, other = member(), member("GRU")
    work = [one, one, other, one, other]
    assert schedule._spread(work) == [0, 2, 1, 4, 3]


SCRIPT = """
import sys, tensorflow as tf
threads = int(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)
from helpers import study, tasks
size = {"units": 64, "batch_size": 64}  # large enough for XLA to use a second thread
task = tasks.recall(20)
table, curves = study.run(task, cell="GRU", steps=30, seeds=[3, 5], curves=True, **size)
print([loss.hex() for loss in curves["training_loss"].astype(float)])
"""


@pytest.mark.slow
def test_one_and_two_threads_give_bitwise_identical_results():
    running = [
        subprocess.Popen([sys.executable, "-c", SCRIPT, threads], stdout=subprocess.PIPE, text=True)
        for threads in "12"
    ]
    one, two = (process.communicate(timeout=300)[0] for process in running)
    assert one == two
    assert one.count("0x1") == 2


def test_the_same_run_in_another_study_agrees_to_rounding(table):
    other = study.run(TASK, cell="GRU", activation="relu", learning_rate=3e-2, seeds=[2], **QUICK)
    rows = table[(table["cell"] == "GRU") & (table["activation"] == "relu")]
    same = rows[(rows["learning_rate"] == 3e-2) & (rows["seed"] == 2)].iloc[0]
    assert other["seed_value"].item() == same["seed_value"]
    assert other["test_score"].item() == pytest.approx(same["test_score"], abs=0.02)


def test_data_do_not_depend_on_the_number_of_steps():
    """A longer run begins as a shorter one, whatever is scored in between."""
    settings = QUICK | {"evaluate_every": 10, "curves": True}
    _, long = study.run(TASK, seeds=1, **settings)
    _, short = study.run(TASK, seeds=1, **(settings | {"steps": 40, "evaluate_every": 20}))
    both = long.merge(short, on="step", suffixes=("_long", "_short"))
    assert both["step"].tolist() == [0, 20, 40]
    assert (both["validation_score_long"] == both["validation_score_short"]).all()
    halves = long["training_loss"].to_numpy()[1:5].reshape(2, 2).mean(axis=1)
    np.testing.assert_allclose(short["training_loss"][1:], halves, rtol=1e-6)


def test_seeds_differ_in_data_and_weights():
    runs = [Run(0, seeds.run_seed(i), 1e-3, 1.0, "orthogonal", None) for i in range(2)]
    for stream in (trainer.TRAINING, trainer.VALIDATION, trainer.TEST):
        draws = [TASK.sample(trainer._rng(run, stream), 5)[0] for run in runs]
        assert not np.allclose(*draws)
    streams = [TASK.sample(trainer._rng(runs[0], stream), 5)[0] for stream in range(4)]
    assert len({draw.tobytes() for draw in streams}) == 4


# --- members


@pytest.mark.parametrize(
    "changes",
    [{"learning_rate": 0.5}, {"clip_norm": None}, {"recurrent_init": "identity"}, {"seed": 99}],
    ids=str,
)
def test_changing_one_member_leaves_the_others_bitwise_identical(changes):
    before, after = trainer.train(member()), trainer.train(member(**changes))
    for row in (0, 2):
        for name, values in before[row]["curve"].items():
            np.testing.assert_array_equal(after[row]["curve"][name], values)
        assert after[row]["test_score"] == before[row]["test_score"]
    changed = [result[1]["curve"]["training_loss"][1:] for result in (before, after)]
    assert not np.array_equal(*changed)


def test_a_diverged_member_disturbs_no_other():
    before, after = (
        trainer.train(member()),
        trainer.train(member(learning_rate=1e38, clip_norm=None)),
    )
    for row in (0, 2):
        for name, values in before[row]["curve"].items():
            np.testing.assert_array_equal(after[row]["curve"][name], values)
    diverged = after[1]
    assert diverged["diverged_at"] > 0
    assert before[1]["diverged_at"] == 0
    assert np.isfinite(diverged["test_score"])
    np.testing.assert_array_equal(diverged["curve"]["step"], [0, 20, 40, 60])


def test_a_study_of_diverged_runs_says_so():
    task = tasks.adding(4)
    settings = dict(learning_rate=1e38, clip_norm=None, seeds=2, target=1e9, **QUICK)
    table, curves = study.run(task, curves=True, **settings)
    assert table["diverged"].all()
    # Their curves are as long as any: a figure of medians would else lose its last points.
    last = curves["step"].max()
    assert last == QUICK["steps"] and curves.groupby("seed")["step"].max().eq(last).all()
    assert curves[curves["step"] == last]["training_loss"].isna().all()
    assert table["diverged_at"].between(1, 60).all()
    assert not table["success"].any()  # though any finite score would reach the target
    scores = table[["validation_score", "test_score", "test_score_at_best"]]
    assert np.isfinite(scores).all(axis=None)  # those of the last weights that were finite


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_outputs_that_are_not_finite_are_never_right(loss):
    """Their largest entry would be class 0, so that a majority of 0 would be a good score."""
    shape = Shape("SimpleRNN", "relu", "linear", 1, 2, 1, 2, loss, "accuracy")
    good = [[2.0, 1.0], [1.0, 2.0]] if loss == "softmax" else [[-1.0], [1.0]]
    bad = [np.full_like(good, value) for value in (np.nan, np.inf)]
    outputs = tf.constant(np.array([good, *bad]), tf.float32)
    score, asked = scores(shape, outputs, tf.constant([[0, 1]] * 3))
    np.testing.assert_array_equal(score, [[1, 1], [0, 0], [0, 0]])
    np.testing.assert_array_equal(asked, np.ones((3, 2)))
    exact = replace(shape, score="exact")
    np.testing.assert_array_equal(scores(exact, outputs, tf.constant([[0, 1]] * 3))[0], score)


def test_a_logit_above_zero_says_one():
    """Half is the boundary of a probability, and these outputs are logits."""
    shape = Shape("SimpleRNN", "relu", "linear", 1, 2, 1, 1, "sigmoid", "accuracy")
    outputs = tf.constant([[[0.3], [-0.3], [0.7], [-0.7]]])
    assert scores(shape, outputs, tf.constant([[1, 0, 1, 0]]))[0].numpy().tolist() == [[1] * 4]


def test_forget_gates_are_biased_as_in_keras():
    assert cells.get("LSTM").default_forget_bias == 1.0  # unit_forget_bias=True
    assert cells.get("GRU").default_forget_bias == 0.0


def test_record_freezes_what_diverged():
    record = Record(tf.zeros((3, 1)), np.array([0.1, 0.2, 0.3]), np.greater)
    record.add_losses(np.array([[1.0, 1.0, 1.0], [1.0, np.nan, 1.0]]), first_step=1)
    record.add_score(2, tf.ones((3, 1)), np.array([0.5, 0.9, 0.1]), np.array([True, True, True]))
    record.add_losses(np.array([[1.0, 1.0, 1.0]]), first_step=3)
    finite = np.array([True, True, False])
    record.add_score(3, tf.fill((3, 1), 2.0), np.array([0.4, 0.9, 0.9]), finite)
    np.testing.assert_array_equal(record.diverged_at, [0, 2, 3])
    np.testing.assert_array_equal(record.score, [0.4, 0.2, 0.1])
    np.testing.assert_array_equal(record.best_score, [0.5, 0.2, 0.3])
    np.testing.assert_array_equal(record.best_step, [2, 0, 0])
    np.testing.assert_array_equal(np.ravel(record.weights), [2, 0, 1])
    np.testing.assert_array_equal(np.ravel(record.best_weights), [1, 0, 0])


def test_batches_are_cut_by_a_rule_of_their_own():
    def sizes(count):
        asked = design.check(Study(TASK, activation=["tanh", "relu"], units=4, seeds=count))
        cut = design.cut(asked, design.grid(asked))
        rows = [run.row for batch in cut for run in batch.runs]
        assert sorted(rows) == list(range(2 * count))
        assert len({batch.members for batch in cut}) == 1  # one program for each function
        half = len(cut) // 2
        assert {batch.shape.activation for batch in cut[:half]} == {"tanh"}
        return [len(batch.runs) for batch in cut[:half]], cut[0].members

    assert sizes(3) == ([3], 3)
    assert sizes(10) == ([5, 5], 5)
    assert sizes(11) == ([4, 4, 3], 4)


def test_studies_made_together_are_those_made_alone():
    first = {"task": TASK, "activation": ["tanh", "relu"], "seeds": [3, 1], **SHORT}
    second = {"task": tasks.adding(4), "cell": "GRU", "seeds": 2, "curves": True, **SHORT}
    both = study.run_all({"first": first, ("GRU", 4): second})
    assert list(both) == ["first", ("GRU", 4)]
    table, (other, curves) = both.values()
    pd.testing.assert_frame_equal(table, study.run(**first))
    alone, alone_curves = study.run(**second)
    pd.testing.assert_frame_equal(other, alone)
    pd.testing.assert_frame_equal(curves, alone_curves)
    assert study.run_all({}) == {}


def test_each_of_several_studies_keeps_its_own_weights():
    asked = {"task": TASK, "seeds": 2, "weights": True, **SHORT}
    pairs = study.run_all({"both": asked, "second": asked | {"seeds": [1]}})
    (_, both), (_, second) = pairs.values()
    assert len(both) == 2 and len(second) == 1
    kernels = [net["readout"]["kernel"] for net in (*both, *second)]
    np.testing.assert_allclose(kernels[2], kernels[1], rtol=1e-4, atol=1e-6)
    assert not np.allclose(kernels[0], kernels[1])


@pytest.mark.parametrize("loss", ["softmax", "mse"])
def test_scores_of_single_test_sequences_add_up_to_the_score_at_best(loss):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((230, 4, 2)).astype("float32")
    y = x.sum(axis=1) if loss == "mse" else (x.sum(axis=(1, 2)) > 0).astype("int32")
    parts = [(x[:60], y[:60]), (x[60:100], y[60:100]), (x[100:], y[100:])]
    task = tasks.from_arrays(*parts, loss=loss)
    given = {"seeds": [2, 0], "activation": ["tanh", "relu"], **QUICK}
    table, curves, items = study.run(task, items=True, curves=True, **given)
    assert items.shape == (4, 130)
    np.testing.assert_allclose(items.mean(axis=1), table["test_score_at_best"], rtol=1e-5)
    pd.testing.assert_frame_equal(table, study.run(task, **given))
    # In the order of the test sequences: a test set turned round turns the scores round.
    turned = tasks.from_arrays(*parts[:2], (x[:99:-1], y[:99:-1]), loss=loss)
    _, back = study.run(turned, items=True, **given)
    np.testing.assert_allclose(back, items[:, ::-1], rtol=1e-4, atol=1e-6)


# --- what is refused


def test_several_studies_refuse_what_one_does_not_know():
    with pytest.raises(ValueError, match="argument='rate' is not known; choose from task, cell"):
        study.run_all({1: {"task": TASK, "rate": 1}})
    with pytest.raises(ValueError, match="argument='progress' is not known"):
        study.run_all({1: {"task": TASK, "progress": False}})
    with pytest.raises(TypeError, match="task=None is not a task"):
        study.run_all({1: {"seeds": 1}})


def test_the_defaults_of_run_are_those_of_a_study():
    """`run` writes them out for readers; `run_all` takes them from `Study`."""
    given = inspect.signature(study.run).parameters
    own = {field.name: field for field in fields(Study)}
    assert set(given) - set(own) == {"executor", "progress"} and set(own) <= set(given)
    assert all(given[name].default == own[name].default for name in own if name != "task")


def test_every_argument_of_run_reaches_the_study(monkeypatch):
    """Each under its own name: a mix-up of two of them is noticed."""
    asked = []
    monkeypatch.setattr(design, "check", asked.append)
    marks = {field.name: object() for field in fields(Study)}
    with pytest.raises(AttributeError):  # there is nothing to train
        study.run(marks["task"], **{name: mark for name, mark in marks.items() if name != "task"})
    assert {name: getattr(asked[0], name) for name in marks} == marks


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"cell": "RNN"}, ValueError, "cell='RNN'.*SimpleRNN, GRU, LSTM"),
        ({"activation": "tanhh"}, ValueError, "tanhh.*tanh"),
        ({"activation": "tanh+"}, ValueError, "cannot read ''"),
        ({"activation": "tanh+softmax"}, ValueError, "'softmax' mixes units"),
        ({"readout": "deep"}, ValueError, "no activation 'deep'"),
        ({"activation": 3}, TypeError, "3"),
        ({"recurrent_init": "ones"}, ValueError, "recurrent_init='ones'.*identity"),
        ({"forget_bias": "big"}, ValueError, "forget_bias='big'.*chrono"),
        ({"forget_bias": [0.0, 1.0]}, ValueError, "forget_bias=.*SimpleRNN"),
        ({"gate_activation": ["sigmoid", "hard_sigmoid"]}, ValueError, "SimpleRNN.*no gates"),
        ({"cell": "minGRU", "recurrent_init": ["identity", "gaussian"]}, ValueError, "no recurr"),
        ({"learning_rate": []}, ValueError, "learning_rate has no levels"),
        ({"learning_rate": [1e-3, 1e-3]}, ValueError, "learning_rate holds one level twice: 0.001"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate=0.0"),
        ({"learning_rate": "1e-3"}, TypeError, "learning_rate='1e-3'"),
        ({"clip_norm": -1.0}, ValueError, "clip_norm=-1.0"),
        ({"depth": 0}, ValueError, "depth=0"),
        ({"activation": "tanh/relu"}, ValueError, "'tanh/relu' names one .* depth=1"),
        ({"activation": "tanh/", "depth": 2}, ValueError, "''"),
        ({"activation": "tanh/sine", "depth": 2}, ValueError, "'sine'"),
        ({"units": 2.5}, TypeError, "units=2.5"),
        ({"optimizer": "lion"}, ValueError, "optimizer='lion'.*adam, rmsprop, sgd"),
        ({"steps": 0}, ValueError, "steps=0"),
        ({"batch_size": True}, TypeError, "batch_size=True"),
        ({"seeds": 0}, ValueError, "seeds=0"),
        ({"seeds": []}, ValueError, "seeds has no levels"),
        ({"seeds": [-1]}, ValueError, "seeds=-1"),
        ({"seeds": "three"}, TypeError, "seeds='three'"),
        ({"target": "high"}, TypeError, "target='high'"),
        ({"target": np.nan}, TypeError, "target=nan"),
        ({"evaluate_every": 0}, ValueError, "evaluate_every=0"),
        ({"executor": 4}, TypeError, "executor=4"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_before_anything_trains(settings, error, text, monkeypatch):
    monkeypatch.setattr(trainer, "train", lambda *_: pytest.fail("training began"))
    with pytest.raises(error, match=text):
        study.run(TASK, **settings)


def test_the_smallest_sizes_are_accepted():
    one = Study(task=TASK, **dict.fromkeys(design.SIZES, 1))
    assert all(getattr(design.check(one), name) == 1 for name in design.SIZES)


TANH, LEAKY = activations.get("tanh"), "leaky_relu(negative_slope=0.1)"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"activation": [TANH, "tanh"]}, "activation holds one level twice: 'tanh' and 'tanh'"),
        ({"activation": ["pade", "pade"]}, "activation holds one level twice: 'pade'"),
        ({"activation": ["leaky_relu", "leaky_relu(negative_slope=0.20)"]}, "slope=0.20"),
        ({"activation": [LEAKY, LEAKY.replace("0.1", "1e-1")]}, "slope=0.1.*slope=1e-1"),
        ({"activation": ["tanh/tanh", "tanh"], "depth": 2}, "'tanh/tanh' and 'tanh'"),
        ({"activation": ["relu/tanh", "relu/ tanh"], "depth": 2}, "'relu/tanh' and"),
        ({"readout": ["relu", activations.get("relu")]}, "readout holds one level twice"),
        ({"cell": "GRU", "gate_activation": ["sigmoid", "sigmoid "]}, "gate_activation holds"),
        ({"cell": ["GRU", "GRU"]}, "cell holds one level twice: 'GRU'"),
        ({"recurrent_init": ["orthogonal", "orthogonal(gain=1)"]}, r"'orthogonal\(gain=1\)'"),
        ({"recurrent_init": ["identity(gain=.5)", "identity(gain=0.50)"]}, "recurrent_init holds"),
        ({"cell": "LSTM", "forget_bias": [1, 1.0]}, "forget_bias holds one level twice: 1.0 and"),
        ({"cell": "LSTM", "forget_bias": [None, 1]}, "None stands for 1.0 in LSTM.*None and 1.0"),
        ({"cell": ["LSTM", "GRU"], "forget_bias": [0, None]}, "None stands for 0.0 in GRU"),
        ({"learning_rate": [1, 1.0]}, "learning_rate holds one level twice"),
        ({"learning_rate": [0.01, np.float32(0.01)]}, "learning_rate holds one level twice"),
        ({"clip_norm": [None, None]}, "clip_norm holds one level twice: None and None"),
        ({"clip_norm": [1, 1.0]}, "clip_norm holds one level twice"),
        ({"units": [4, np.int64(4)]}, "units holds one level twice: 4 and 4"),
        ({"depth": [1, 1]}, "depth holds one level twice"),
        ({"optimizer": ["adam", "adam"]}, "optimizer holds one level twice"),
        ({"seeds": [2, 2]}, "seeds holds one level twice: 2 and 2"),
    ],
)
def test_two_spellings_of_one_level_are_refused(settings, text, monkeypatch):
    """They would be counted as independent runs."""
    monkeypatch.setattr(trainer, "train", lambda *_: pytest.fail("training began"))
    with pytest.raises(ValueError, match=text):
        study.run(TASK, **settings)


def test_levels_that_only_look_alike_are_kept():
    kept = [
        ("activation", ["leaky_relu", "leaky_relu(negative_slope=0.1)", "relu", "tanh+relu"]),
        ("recurrent_init", ["orthogonal", "orthogonal_per_gate", "orthogonal(gain=1.1)"]),
        ("clip_norm", [None, 1.0]),
        ("forget_bias", [None, 1.0, "chrono"]),  # None is 0 in a GRU
    ]
    for name, given in kept:
        assert list(getattr(design.check(Study(TASK, "GRU", **{name: given})), name)) == given


def test_no_task_is_refused():
    with pytest.raises(TypeError, match="task='recall'"):
        study.run("recall")


def test_a_worker_count_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("STUDY_WORKERS", "many")
    with pytest.raises(ValueError, match="STUDY_WORKERS='many'"):
        study.run(TASK, **QUICK)


# --- equal tuning


def results(rows):
    names = ["activation", "learning_rate", "seed", "validation_score", "steps_to_target"]
    table = pd.DataFrame(rows, columns=names)
    table["steps_to_target"] = table["steps_to_target"].astype("Int64")
    return table.assign(cell="GRU", clip_norm=np.nan, diverged=False, score="accuracy")


def test_best_takes_each_groups_own_best_level():
    table = results(
        [("tanh", 0.1, s, v, 9) for s, v in enumerate([0.9, 0.2, 0.8])]
        + [("tanh", 0.2, s, v, 9) for s, v in enumerate([0.7, 0.75, 1.0])]
        + [("relu", 0.1, s, v, 9) for s, v in enumerate([0.5, 0.5, 0.5])]
        + [("relu", 0.2, s, v, 9) for s, v in enumerate([0.6, 0.1, 0.2])]
    )
    chosen = study.best(table, by=["cell", "activation"], over="learning_rate")
    assert chosen.index.tolist() == [0, 1, 2, 6, 7, 8]  # by the median: 0.8 > 0.75, 0.5 > 0.2
    pd.testing.assert_frame_equal(chosen, table.loc[chosen.index])
    errors = table.assign(score="mse")
    chosen = study.best(errors, by=["activation"], over=["learning_rate"])
    assert chosen.groupby("activation")["learning_rate"].first().to_dict() == {
        "tanh": 0.2,
        "relu": 0.2,
    }


def test_larger_scores_are_better_unless_told_otherwise():
    table = results([("tanh", 0.1, 0, 0.6, 9), ("tanh", 0.2, 0, 0.9, 9)])
    assert at_own_best(table, ["activation"], ["learning_rate"]).to_list() == [False, True]
    smaller = at_own_best(table, ["activation"], ["learning_rate"], higher_is_better=False)
    assert smaller.to_list() == [True, False]


def test_best_counts_a_diverged_run_as_the_worst():
    table = results(
        [("tanh", 0.1, s, 0.6, 9) for s in range(3)] + [("tanh", 0.2, s, 0.9, 9) for s in range(3)]
    )
    table.loc[[3, 4], "diverged"] = True
    assert study.best(table, by="activation")["learning_rate"].unique().tolist() == [0.1]


def test_best_breaks_ties_by_steps_to_the_target():
    table = results(
        [("tanh", 0.1, s, 1.0, None) for s in range(3)]
        + [("tanh", 0.2, s, 1.0, steps) for s, steps in enumerate([300, 100, None])]
        + [("tanh", 0.4, s, 1.0, steps) for s, steps in enumerate([200, 200, 200])]
    )
    assert study.best(table, by="activation")["learning_rate"].unique().tolist() == [0.4]


def test_best_counts_runs_that_reached_the_target_before_medians():
    table = results(
        [("tanh", 0.1, s, 0.30, None) for s in range(3)]
        + [("tanh", 0.2, s, v, n) for s, (v, n) in enumerate([(0.2, None), (0.2, None), (1, 50)])]
    )
    assert study.best(table, by="activation")["learning_rate"].unique().tolist() == [0.2]


def test_best_tunes_several_factors_together_and_keeps_missing_levels():
    table = results(
        [("tanh", rate, 0, v, 9) for rate, v in [(0.1, 0.5), (0.2, 0.6), (0.1, 0.9), (0.2, 0.1)]]
    )
    table["clip_norm"] = [np.nan, np.nan, 1.0, 1.0]
    chosen = study.best(table, by="activation", over=["learning_rate", "clip_norm"])
    assert chosen.index.tolist() == [2]
    chosen = study.best(table, by=["activation", "clip_norm"], over="learning_rate")
    assert chosen.index.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("by", "over", "text"),
    [
        ("activaton", "learning_rate", "'activaton' is not a factor.*activation"),
        ("activation", "activation", "no factor twice"),
        ("activation", [], "must each name"),
        ("cell", "learning_rate", "activation varies"),
    ],
)
def test_best_refuses_a_comparison_that_mixes_levels(by, over, text):
    table = results([(name, 0.1, 0, 0.5, 1) for name in ("tanh", "relu")])
    with pytest.raises(ValueError, match=text):
        study.best(table, by=by, over=over)


def test_best_works_on_a_table_of_a_study(table):
    chosen = study.best(table, by=["cell", "activation"])
    assert chosen.groupby(["cell", "activation"])["learning_rate"].nunique().eq(1).all()
    assert len(chosen) == 2 * 2 * 3


def test_best_ranks_errors_and_shares_in_one_table():
    rows = [("tanh", rate, 0, value, 9) for rate, value in [(0.1, 0.2), (0.2, 0.4)]]
    both = pd.concat([results(rows).assign(task=n, score=n) for n in ("mse", "accuracy")])
    own = study.best(both.reset_index(drop=True), by=["task", "activation"])
    assert own["learning_rate"].tolist() == [0.1, 0.2]


ROWS = [("tanh", 0.1, s, v, 9) for s, v in enumerate([0.9, 0.2, 0.8])]
ROWS += [("relu", 0.1, s, v, 9) for s, v in enumerate([0.5, 0.5, 0.5])]
ROWS += [("relu", 0.2, s, v, 9) for s, v in enumerate([0.85, 0.1, 0.9])]
ROWS += [("elu", 0.1, s, v, None) for s, v in enumerate([0.85, 0.86, 0.84])]


def test_chosen_is_the_best_level_at_its_own_best_rate():
    table = results(ROWS)
    assert study.chosen(table) == "relu"  # 0.85 at 0.2; its rows at 0.1 play no part
    assert study.chosen(table, ["tanh", "elu"]) == "elu"
    assert study.chosen(study.best(table, "activation"), ["elu", "relu"]) == "elu"  # the first
    assert study.chosen(table.assign(score="mse")) == "relu"
    errors = table.assign(score="mse", validation_score=1 - table["validation_score"])
    assert study.chosen(errors, ["tanh", "relu"]) == "relu"
    table.loc[7:8, "diverged"] = True  # two of three at 0.2
    assert study.chosen(table, ["tanh", "relu"]) == "tanh"
    by_cell = table.assign(cell=table["activation"], activation="tanh")
    assert study.chosen(by_cell, by="cell") == "elu"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"candidates": ["gelu"]}, "activation='gelu' is not known; choose from tanh, relu, elu"),
        ({"candidates": []}, "no activation to choose from"),
        ({"by": "name"}, "'name' is not a factor"),
        ({"by": "cell"}, "activation varies"),
    ],
)
def test_chosen_refuses_what_it_cannot_rank(changes, text):
    with pytest.raises(ValueError, match=text):
        study.chosen(results(ROWS), **changes)


def test_chosen_refuses_scores_of_two_kinds():
    table = results(ROWS)
    table.loc[table["activation"] == "tanh", "score"] = "mse"
    with pytest.raises(ValueError, match="no common order"):
        study.chosen(table)


def test_steps_to_target_are_numbers():
    runs = results([("tanh", 0.1, s, 1.0, n) for s, n in enumerate([300, None, 50])])
    runs = runs.assign(target=0.9).set_index("seed")
    found = study.steps_to_target(runs)
    assert found.tolist() == [300.0, np.inf, 50.0] and found.index.tolist() == [0, 1, 2]
    assert study.steps_to_target(runs, never=600).tolist() == [300.0, 600.0, 50.0]
    for without in (runs.assign(target=np.nan), runs.drop(columns="target")):
        with pytest.raises(ValueError, match="no target; give study.run a target="):
            study.steps_to_target(without)


def test_compare_and_best_have_one_rule(monkeypatch):
    """Both ask `at_own_best`: what it answers is what they choose."""
    from helpers.study import keras_models, table

    assert keras_models.at_own_best is table.at_own_best
    monkeypatch.setattr(table, "at_own_best", lambda t, *_: t["learning_rate"] == 0.2)
    assert study.best(results(ROWS), by="activation")["learning_rate"].eq(0.2).all()


# --- interruption


def test_ctrl_c_returns_what_is_finished(monkeypatch, capsys):
    calls = []

    def train(batch, report):
        calls.append(batch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(batch, report)

    original = trainer.train
    monkeypatch.setattr(trainer, "train", train)
    table = study.run(TASK, activation=["tanh", "relu"], seeds=3, **QUICK)
    assert table["activation"].tolist() == ["tanh"] * 3
    assert capsys.readouterr().out == "Interrupted: 3 of 6 runs are finished.\n"


def test_ctrl_c_before_anything_is_finished_stays_an_interrupt(monkeypatch):
    def train(batch, report):
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", train)
    with pytest.raises(KeyboardInterrupt):
        study.run(TASK, **QUICK)


class Broken(type(TASK)):
    def sample(self, rng, n):
        raise ZeroDivisionError("no data")


def test_an_error_in_one_batch_is_not_lost():
    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError, match="no data") as e:
        study.run(Broken(4), executor=executor, **QUICK)
    assert not hasattr(e.value, "finished")  # nothing was


def fails_at(number, monkeypatch):
    """Let the training of a batch fail; return the list of those that were asked for."""
    calls, original = [], trainer.train

    def train(batch, report=lambda made: None):
        calls.append(batch)
        if len(calls) == number:
            raise ZeroDivisionError("no data")
        return original(batch, report)

    monkeypatch.setattr(trainer, "train", train)
    return calls


@pytest.mark.parametrize("threads", [0, 1])
def test_an_error_keeps_what_was_finished_before(threads, monkeypatch):
    asked = {"task": TASK, "activation": ["tanh", "relu"], "seeds": 3, "curves": True, **QUICK}
    whole, _ = study.run(**asked)
    fails_at(2, monkeypatch)
    executor = ThreadPoolExecutor(1) if threads else None
    with pytest.raises(ZeroDivisionError) as caught:
        study.run(executor=executor, **asked)
    table, curves = caught.value.finished
    pd.testing.assert_frame_equal(table, whole[:3], check_exact=True)
    assert curves["activation"].eq("tanh").all() and len(curves) == 3 * 4
    assert "3 of 6 runs are finished" in caught.value.__notes__[0]


def test_an_error_in_one_study_keeps_the_others():
    first = {"task": TASK, "seeds": 2, **SHORT}
    with pytest.raises(ZeroDivisionError) as caught:
        study.run_all({"first": first, "second": first | {"task": Broken(4)}}, progress=False)
    kept = caught.value.finished
    assert list(kept) == ["first", "second"]
    assert len(kept["first"]) == 2 and kept["second"].empty


def test_failed_futures_come_last():
    good, bad, cancelled = Future(), Future(), Future()
    bad.set_exception(ZeroDivisionError())
    cancelled.cancel()
    good.set_result(1)
    assert schedule._finished({bad: 0, cancelled: 1, good: 2})[0] is good


def test_estimates_grow_with_the_work():
    small = member()
    factor = schedule.seconds_on_one_core(member("LSTM")) / schedule.seconds_on_one_core(small)
    assert factor == pytest.approx(4.0)
    assert schedule.seconds_on_one_core(small) > 0
    assert os.environ["STUDY_WORKERS"] == "0"


def test_bits_are_the_cross_entropy_to_base_two_of_what_is_asked():
    shape = Shape("SimpleRNN", "tanh", "linear", 1, 4, 2, 3, "softmax", "bits", every_step=True)
    outputs = np.random.default_rng(0).normal(size=(1, 2, 5, 3)).astype("float32")
    y = np.array([[[0, 1], [2, tasks.IGNORE], [1, 1], [0, 0], [2, 1]]], "int32")
    score, asked = scores(shape, tf.constant(outputs), tf.constant(y))
    p = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
    wanted = -np.log2(p[0, 0, 1, 2])  # the second sequence: one answer, the other not asked
    assert asked.numpy()[0].tolist() == [2, 1, 2, 2, 2]
    assert score.numpy()[0, 1] == pytest.approx(wanted, rel=1e-5)
    first = -np.log2(p[0, 0, 0, 0]) - np.log2(p[0, 1, 0, 1])
    assert score.numpy()[0, 0] == pytest.approx(first, rel=1e-5)


def test_of_bits_the_smaller_is_chosen():
    rows = pd.DataFrame(
        {
            "activation": ["tanh", "relu"],
            "learning_rate": 0.1,
            "validation_score": [2.5, 2.1],
            "diverged": False,
            "score": "bits",
            "baseline": 4.0,
            "target": np.nan,
            "test_score": [4.1, 4.2],
        }
    )
    assert study.chosen(rows) == "relu"
    assert any("floor" in fault for fault in study.faults(rows, "activation", compared="score"))


def test_what_the_compiler_freed_is_given_back_once_for_each_program(monkeypatch):
    asked = []
    monkeypatch.setenv("STUDY_WORKERS", "0")
    monkeypatch.setattr(program, "_TRIM", asked.append)
    small = dict(task=tasks.recall(3), units=7, steps=2, batch_size=5, seeds=1)
    before = len(program._COMPILED)
    study.run(**small)
    assert len(asked) == len(program._COMPILED) - before > 0
    study.run(**small)
    assert len(asked) == len(program._COMPILED) - before
    monkeypatch.setattr(program, "_TRIM", None)  # another C library
    study.run(**small | {"units": 6})
