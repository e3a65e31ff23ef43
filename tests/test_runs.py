"""From tables of runs: the definitions they replace, and tables that must be refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from helpers import statistics
from helpers.statistics import by_seed, paired_against, share_reaching

SEEDS = [11, 12, 13, 14, 15, 16]


def table(**columns) -> pd.DataFrame:
    """Runs of three functions with common seeds, in no order, typed as a study's table."""
    rng = np.random.default_rng(0)
    runs = pd.DataFrame(
        [{"activation": f, "seed": s} for f in ("tanh", "relu", "elu") for s in SEEDS]
    )
    runs["test_score"] = rng.uniform(0.2, 0.9, len(runs))
    runs["success"] = pd.array(runs["test_score"] > 0.5, dtype="boolean")
    runs["cell"] = np.where(runs["seed"] < 14, "GRU", "LSTM")
    return runs.assign(**columns).sample(frac=1, random_state=1)


def test_share_reaching_is_the_success_rate():
    runs = table()
    assert share_reaching(runs) == statistics.success_rate(runs["success"].to_numpy(bool))
    by = share_reaching(runs, "activation")
    assert list(by) == ["elu", "relu", "tanh"]
    for name, estimate in by.items():
        part = runs.loc[runs["activation"] == name, "success"].to_numpy(bool)
        assert estimate == statistics.success_rate(part) and estimate.n == len(SEEDS)
    both = share_reaching(runs, ["activation", "cell"])
    assert both["tanh", "GRU"] == share_reaching(runs.query("activation=='tanh' and cell=='GRU'"))
    assert len(both) == 6 and both["elu", "LSTM"].n == 3
    assert share_reaching(runs, ["cell"]).keys() == {"GRU", "LSTM"}
    assert share_reaching(runs, level=0.5).high < share_reaching(runs).high
    plain = runs.assign(success=runs["success"].astype(bool))
    assert share_reaching(plain) == share_reaching(runs)


def test_share_reaching_keeps_runs_whose_group_has_no_name():
    # A cell without a forget gate has no forget bias.
    runs = table(forget_bias=[np.nan] * 6 + [1.0] * 12)
    by = share_reaching(runs, "forget_bias")
    assert sum(estimate.n for estimate in by.values()) == len(runs)
    # A level that no run has is no group of its own.
    kinds = runs.assign(activation=runs["activation"].astype("category"))
    some = kinds[kinds["activation"] != "relu"]
    assert list(share_reaching(some, "activation")) == ["elu", "tanh"]


def test_share_reaching_refuses():
    runs = table()
    for bad, by, text in [
        (runs.drop(columns="success"), None, "no column success; choose from activation, seed"),
        (runs, "cel", "no column cel; choose from"),
        (runs.assign(success=pd.array([None] * len(runs), dtype="boolean")), None,
         "missing for 18 of 18 runs; did the study have a target"),
        (runs.assign(success=0.5), None, "success is float64; truth values are needed"),
        (runs[:0], None, "no rows"),
        (runs[:0], "activation", "no rows"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=text):
            share_reaching(bad, by)


def test_by_seed_is_the_pivot():
    runs = table()
    wide = by_seed(runs)
    old = runs.pivot(index="seed", columns="activation", values="test_score").astype(float)
    pd.testing.assert_frame_equal(wide, old)
    assert list(wide.columns) == ["elu", "relu", "tanh"] and list(wide.index) == SEEDS
    assert wide.index.name == "seed" and all(kind == "float64" for kind in wide.dtypes)
    # A nullable column of whole numbers (steps to the target) becomes floats, too.
    steps = table(steps_to_target=pd.array(range(18), dtype="Int64"))
    assert all(kind == "float64" for kind in by_seed(steps, "steps_to_target").dtypes)
    wide = by_seed(runs[runs["activation"] == "tanh"], by="cell")
    assert wide["GRU"].notna().sum() == wide["LSTM"].isna().sum() == 3


def test_by_seed_refuses():
    runs = table()
    twice = pd.concat([runs, runs[(runs["activation"] == "relu") & (runs["seed"] == 13)]])
    for bad, options, text in [
        (twice, {}, "2 runs have activation='relu' and seed=13; select rows first"),
        (runs, {"column": "test"}, "no column test; choose from"),
        (runs, {"by": "nope"}, "no column nope"),
        (runs.drop(columns="seed"), {}, "no column seed"),
        (runs[:0], {}, "no rows"),
        (runs.assign(test_score=[np.nan, *runs["test_score"][1:]]), {}, "NaN in 1 of 18 runs"),
        (runs.assign(activation=[None, *runs["activation"][1:]]), {}, "missing for 1 of 18"),
    ]:
        with pytest.raises(ValueError, match=text):
            by_seed(bad, **options)


def test_of_several_doubled_runs_the_first_is_named():
    pairs = [("tanh", 3), ("relu", 4), ("elu", 5)] * 2
    runs = pd.DataFrame(pairs, columns=["activation", "seed"]).assign(test_score=0.5)
    with pytest.raises(ValueError, match="2 runs have activation='tanh' and seed=3"):
        by_seed(runs)


def test_paired_against_is_the_paired_difference():
    runs = table()
    scores = runs.pivot(index="seed", columns="activation", values="test_score")
    found = paired_against(runs, "tanh")
    assert list(found) == ["elu", "relu"]
    for name, estimate in found.items():
        assert estimate == statistics.difference(scores[name], scores["tanh"], paired=True)
        assert estimate == statistics.median(scores[name] - scores["tanh"])
    assert paired_against(runs, "relu")["tanh"].value == -found["relu"].value
    means = paired_against(runs, "tanh", statistic=np.mean, level=0.9)
    for name, estimate in means.items():
        expected = statistics.mean(scores[name] - scores["tanh"], level=0.9)
        assert estimate == expected and estimate.level == 0.9
    two_cells = runs.query("activation == 'elu'").assign(
        seed=[0, 1, 2] * 2, cell=["GRU"] * 3 + ["LSTM"] * 3
    )
    rmse = paired_against(runs.assign(rmse=3 * runs["test_score"]), "tanh", "rmse")
    assert rmse["relu"].value == pytest.approx(3 * found["relu"].value)
    by_cell = paired_against(two_cells, "GRU", by="cell")
    assert list(by_cell) == ["LSTM"] and by_cell["LSTM"].n == 3


def test_paired_ratio():
    runs = table()
    scores = runs.pivot(index="seed", columns="activation", values="test_score")
    for statistic, summary in ((np.median, statistics.median), (np.mean, statistics.mean)):
        found = paired_against(runs, "tanh", ratio=True, statistic=statistic)
        assert found["relu"] == summary(scores["relu"] / scores["tanh"])
    doubled = runs.assign(
        test_score=np.where(runs["activation"] == "relu", 2.0, 1.0) * runs["seed"]
    )
    assert str(paired_against(doubled, "tanh", ratio=True)["relu"]) == "2.00 [2.00, 2.00]"


def test_only_common_seeds_count():
    runs = table()
    fewer = runs[~((runs["activation"] == "relu") & runs["seed"].isin([11, 12]))]
    found = paired_against(fewer, "tanh")
    assert found["relu"].n == 4 and found["elu"].n == 6
    none = runs.assign(seed=runs["seed"] + np.where(runs["activation"] == "relu", 100, 0))
    with pytest.raises(ValueError, match="'relu' and 'tanh' share no seed"):
        paired_against(none, "tanh")


def test_paired_against_refuses():
    runs = table()
    first = runs.index[runs["activation"] == "relu"][0]
    with pytest.raises(ValueError, match="activation='tahn' is not in the table; choose from elu"):
        paired_against(runs, "tahn")
    with pytest.raises(ValueError, match="choose numpy.median or numpy.mean"):
        paired_against(runs, "tanh", statistic=np.std)
    with pytest.raises(ValueError, match="choose numpy.median or numpy.mean"):
        paired_against(runs, "tanh", statistic=np.std, ratio=True)
    zero = runs.copy()
    zero.loc[first, "test_score"] = 0.0
    with pytest.raises(ValueError, match="'relu' or 'tanh' is not above 0"):
        paired_against(zero, "tanh", ratio=True)
    with pytest.raises(ValueError, match="'elu' or 'relu' is not above 0"):
        paired_against(zero, "relu", ratio=True)  # the reference's own 0 would give infinity
    diverged = runs.copy()
    diverged.loc[first, "test_score"] = math.inf
    assert paired_against(diverged, "tanh")["relu"].high == math.inf
    diverged["test_score"] = math.inf
    for ratio in (False, True):
        with pytest.raises(ValueError, match="infinite on both sides"):
            paired_against(diverged, "tanh", ratio=ratio)
