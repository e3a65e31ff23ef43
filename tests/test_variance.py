"""Shares of variance: a textbook table, least squares, and whether intervals cover."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from helpers.statistics import parse, variance
from helpers.statistics.variance import eta_squared

# Gravetter & Wallnau, Essentials of Statistics for the Behavioral Sciences (8th ed.),
# chapter 13, problem 25: gender x treatment, five persons a cell.
CELLS = {
    ("male", 1): [3, 1, 1, 6, 4],
    ("male", 2): [1, 4, 8, 6, 6],
    ("male", 3): [10, 10, 14, 7, 9],
    ("female", 1): [0, 2, 0, 0, 3],
    ("female", 2): [2, 7, 2, 2, 2],
    ("female", 3): [1, 1, 1, 6, 1],
}
TEXTBOOK = pd.DataFrame(
    [(g, t, x) for (g, t), xs in CELLS.items() for x in xs],
    columns=["gender", "treatment", "score"],
)


def test_textbook_example():
    # The order of the rows must not matter.
    shuffled = TEXTBOOK.sample(frac=1, random_state=1)
    out = eta_squared(shuffled, "score", ["gender", "treatment"])
    assert list(out.index) == ["gender", "treatment", "gender × treatment", "seeds"]
    np.testing.assert_allclose(out.sum_of_squares, [120, 80, 60, 120])
    assert list(out.df) == [1, 2, 2, 24]
    np.testing.assert_allclose(out.eta_squared, np.array([120, 80, 60, 120]) / 380)
    # MS of the seeds is 5, so that epsilon squared is (SS - 5 df) / 380.
    np.testing.assert_allclose(out.epsilon_squared, np.array([115, 70, 50, 145]) / 380)
    assert (out.n == 5).all()
    for _, row in out.iterrows():
        assert 0 <= row.low < row.epsilon_squared < row.high <= 1
        assert parse(row.text).value == pytest.approx(row.epsilon_squared, abs=0.01)


def test_one_factor():
    out = eta_squared(TEXTBOOK, "score", "gender")
    assert list(out.index) == ["gender", "seeds"]
    np.testing.assert_allclose(out.sum_of_squares, [120, 260])


def test_three_factors_against_least_squares():
    rng = np.random.default_rng(0)
    levels = {"a": ["x", "y", "z"], "b": [0.1, 0.2], "c": [True, False]}
    rows = [(*key, rng.normal()) for key in product(*levels.values()) for _ in range(3)]
    table = pd.DataFrame(rows, columns=["a", "b", "c", "score"]).sample(frac=1, random_state=2)
    out = eta_squared(table, "score", ["a", "b", "c"])
    dummies = {f: np.eye(len(v))[[v.index(x) for x in table[f]]] for f, v in levels.items()}
    y = table.score.to_numpy()

    def residual(terms):
        """Sum of squares that the given products of factors leave unexplained."""
        columns = [np.ones((len(y), 1))]
        for term in terms:
            block = np.ones((len(y), 1))
            for factor in term:
                block = np.einsum("ni,nj->nij", block, dummies[factor]).reshape(len(y), -1)
            columns.append(block)
        design = np.concatenate(columns, axis=1)
        return np.sum((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2)

    terms, left = [], residual([])
    for term in ("a", "b", "c", "ab", "ac", "bc", "abc"):
        terms.append(term)
        name = "higher interactions" if term == "abc" else " × ".join(term)
        assert out.sum_of_squares[name] == pytest.approx(left - residual(terms)), term
        left = residual(terms)
    assert out.sum_of_squares["seeds"] == pytest.approx(left)
    assert list(out.df) == [2, 1, 1, 2, 2, 1, 2, 24]
    assert out.eta_squared.sum() == pytest.approx(1)


def test_interval_covers_real_and_absent_effects(monkeypatch):
    monkeypatch.setattr(variance, "RESAMPLES", 199)
    rng = np.random.default_rng(3)
    key = pd.DataFrame(list(product("abc", "xyz", range(5))), columns=["f", "g", "seed"])
    effect = key.f.map({"a": -1.0, "b": 0.0, "c": 1.0})
    truth = np.array([2 / 3, 0, 0, 1]) / (2 / 3 + 1)
    hits = np.zeros(4)
    bias = np.zeros(4)
    repeats = 150
    for _ in range(repeats):
        out = eta_squared(key.assign(score=effect + rng.normal(size=len(key))), "score", ["f", "g"])
        hits += (out.low <= truth) & (truth <= out.high)
        bias += out.epsilon_squared - truth
    assert (hits / repeats > 0.85).all()
    assert (np.abs(bias / repeats) < 0.04).all()


def test_same_table_same_interval():
    first = eta_squared(TEXTBOOK, "score", ["gender", "treatment"])
    pd.testing.assert_frame_equal(first, eta_squared(TEXTBOOK, "score", ["gender", "treatment"]))
    narrow = eta_squared(TEXTBOOK, "score", ["gender", "treatment"], level=0.5)
    assert (narrow.high - narrow.low < first.high - first.low).all()


def test_scores_without_seed_noise():
    table = TEXTBOOK.assign(score=(TEXTBOOK.gender == "male") * 1.0)
    out = eta_squared(table, "score", ["gender", "treatment"])
    np.testing.assert_allclose(out.epsilon_squared, [1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(out.low, out.high, atol=1e-12)


@pytest.mark.parametrize(
    "table, factors, message",
    [
        (TEXTBOOK[1:], ["gender", "treatment"], "unbalanced: 4 to 5"),
        (TEXTBOOK[5:], ["gender", "treatment"], "unbalanced: 0 to 5"),
        (TEXTBOOK[::5], ["gender", "treatment"], "one run per cell"),
        (TEXTBOOK[:15], ["gender", "treatment"], "'gender' has 1 level"),
        (TEXTBOOK.assign(score=1.0), ["gender"], "constant"),
        (TEXTBOOK.assign(score=np.inf), ["gender"], "not finite in 30 of 30"),
        (TEXTBOOK, ["gender", "age"], "no column age; choose from gender, treatment, score"),
    ],
)
def test_refused(table, factors, message):
    with pytest.raises(ValueError, match=message):
        eta_squared(table, "score", factors)


def test_missing_level_is_a_level():
    table = TEXTBOOK.assign(treatment=TEXTBOOK.treatment.replace(3, np.nan))
    out = eta_squared(table, "score", ["gender", "treatment"])
    np.testing.assert_allclose(out.sum_of_squares, [120, 80, 60, 120])
