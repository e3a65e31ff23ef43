"""Estimates over runs and test items: what varies shows in the interval."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from helpers.statistics import over_runs_and_items


def width(estimate):
    return estimate.high - estimate.low


def test_the_value_is_the_mean_the_difference_or_what_is_asked():
    a, b = np.arange(12.0).reshape(3, 4), np.ones((3, 4))
    assert over_runs_and_items(a).value == 5.5
    assert over_runs_and_items(a, b).value == 4.5
    ratio = over_runs_and_items(a, b, combine=lambda x, y: np.sqrt(x / y), unit="GW")
    assert ratio.value == pytest.approx(np.sqrt(5.5))
    assert (ratio.n, ratio.unit) == (3, "GW")


def test_equal_scores_leave_no_doubt():
    found = over_runs_and_items(np.full((4, 30), 0.25))
    assert (found.value, found.low, found.high) == (0.25, 0.25, 0.25)


def test_where_only_runs_vary_the_interval_is_that_of_the_runs():
    rng = np.random.default_rng(3)
    runs = rng.standard_normal(20)
    found = over_runs_and_items(np.repeat(runs[:, None], 50, axis=1))
    standard_error = runs.std(ddof=1) / np.sqrt(20)
    assert width(found) == pytest.approx(2 * 1.96 * standard_error, rel=0.1)


def test_where_only_items_vary_the_interval_is_that_of_the_items():
    rng = np.random.default_rng(4)
    items = (rng.random(400) < 0.7).astype(float)
    found = over_runs_and_items(np.repeat(items[None], 5, axis=0))
    expected = 2 * 1.96 * np.sqrt(items.var() / 400)
    assert width(found) == pytest.approx(expected, rel=0.1)
    # The same answers from one network that is not trained.
    assert width(over_runs_and_items(items)) == pytest.approx(expected, rel=0.1)


def test_what_two_tables_share_drops_out_of_their_difference():
    rng = np.random.default_rng(5)
    hard = rng.random((6, 1)) + rng.random((1, 200))  # hard seeds, hard items
    found = over_runs_and_items(hard + 0.1, hard)
    assert found.value == pytest.approx(0.1)
    assert width(found) < 1e-9
    assert width(over_runs_and_items(hard)) > 0.1


def test_a_baseline_without_runs_is_paired_by_item():
    rng = np.random.default_rng(6)
    hard = rng.random(200)
    found = over_runs_and_items(np.repeat(hard[None], 4, axis=0) + 0.1, hard)
    assert found.value == pytest.approx(0.1)
    assert width(found) < 1e-9


def test_neighbours_that_say_the_same_count_once():
    rng = np.random.default_rng(7)
    days = np.repeat(rng.standard_normal(60), 6)
    single, blocked = (over_runs_and_items(days, block=block) for block in (1, 6))
    assert width(blocked) / width(single) == pytest.approx(np.sqrt(6), rel=0.1)


def test_a_last_block_that_is_short_counts_by_its_items():
    scores = np.array([1.0, 1.0, 1.0, 1.0, 5.0])
    found = over_runs_and_items(scores, block=4)
    assert found.value == pytest.approx(1.8)
    # The two blocks add -3.2 / 5 and 3.2 / 5, with one degree of freedom.
    margin = stats.t.ppf(0.975, 1) * np.sqrt(2 * (2 * 0.64**2))
    assert width(found) == pytest.approx(2 * margin)


@pytest.mark.parametrize("interaction", [0.0, 3.0])
def test_the_interval_holds_the_truth_as_often_as_it_says(interaction):
    """Runs, items and their interaction, each with a share in the variance."""
    rng, hits = np.random.default_rng(9), 0
    for _ in range(600):
        runs, items = 0.1 * rng.standard_normal((6, 1)), rng.standard_normal((1, 80))
        scores = 2 + runs + items + interaction * rng.standard_normal((6, 80))
        found = over_runs_and_items(scores)
        hits += found.low <= 2 <= found.high
    assert 0.93 < hits / 600 < 0.975


def test_a_ratio_has_the_variance_of_its_parts():
    rng = np.random.default_rng(10)
    a, b = 4 + rng.standard_normal((1, 500)), 9 + rng.standard_normal((1, 500))
    found = over_runs_and_items(a, b, combine=lambda x, y: np.sqrt(x / y))
    # Of sqrt(x / y) = 2/3: the relative error is half that of x / y.
    expected = (2 / 3) / 2 * np.sqrt((1 / 16 + 1 / 81) / 500)
    assert width(found) == pytest.approx(2 * 1.96 * expected, rel=0.1)


def test_the_interval_widens_with_its_level():
    scores = np.random.default_rng(8).standard_normal((5, 40))
    assert width(over_runs_and_items(scores, level=0.5)) < width(over_runs_and_items(scores))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: over_runs_and_items(), "0 tables need combine"),
        (lambda: over_runs_and_items(*[[0.0, 1.0]] * 3), "3 tables need combine"),
        (lambda: over_runs_and_items(np.ones((2, 3)), np.ones((2, 4))), "same runs and items"),
        (lambda: over_runs_and_items(np.ones((2, 3)), np.ones((3, 3))), "same runs and items"),
        (lambda: over_runs_and_items(np.ones((2, 3)), block=3), "block=3 leaves 1 block"),
        (lambda: over_runs_and_items(np.ones((2, 3)), block=0), "block=0 is less than 1"),
        (lambda: over_runs_and_items(np.ones((1, 2, 3))), "shape \\(1, 2, 3\\)"),
        (lambda: over_runs_and_items([]), "shape \\(0,\\)"),
        (lambda: over_runs_and_items([0.0, np.nan]), "NaN"),
        (lambda: over_runs_and_items([0.0, np.inf]), "not finite"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_block_is_a_whole_number():
    with pytest.raises(TypeError):
        over_runs_and_items(np.ones((2, 4)), block=1.5)
