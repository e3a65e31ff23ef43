"""The longest delay learned: known ladders, budgets, paired resampling, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from helpers import study

NEVER = None


def runs(needed: dict[int, list], cell: str = "GRU", steps: int = 100) -> pd.DataFrame:
    """Make a table of runs: the steps to the target of each seed, by delay."""
    rows = [
        {"cell": cell, "delay": delay, "seed": seed, "steps": steps, "target": 0.9,
         "steps_to_target": pd.NA if taken is NEVER else taken}
        for delay, column in needed.items()
        for seed, taken in enumerate(column)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"steps_to_target": "Int64"})


LADDER = {
    5: [10, 10, 20, 20],
    10: [30, 40, 50, NEVER],
    20: [60, 80, NEVER, NEVER],
    40: [NEVER] * 4,
}


def test_a_known_ladder_at_every_budget():
    found = study.longest_delay(runs(LADDER), [9, 10, 20, 39, 40, 60, 79, 80, 100])
    # A delay counts from the budget on at which the second of four seeds has succeeded.
    assert found["longest"].tolist() == [0, 5, 5, 5, 10, 10, 10, 20, 20]
    assert set(found["n"]) == {4}
    assert not found["capped"].any()


def test_more_than_half_can_be_asked():
    found = study.longest_delay(runs(LADDER), [40, 50, 100], share=0.75)
    assert found["longest"].tolist() == [5, 10, 10]
    assert study.longest_delay(runs(LADDER), [100], share=1.0)["longest"].item() == 5


def test_a_missing_rung_ends_the_climb():
    gap = {5: [10] * 4, 10: [NEVER] * 4, 20: [10] * 4}
    assert study.longest_delay(runs(gap), [100])["longest"].item() == 5


def test_the_last_rung_is_a_lower_bound():
    found = study.longest_delay(runs({5: [10, 10], 10: [50, NEVER]}), [20, 60])
    assert found["longest"].tolist() == [5, 10]
    assert found["capped"].tolist() == [False, True]


def test_order_of_the_rows_does_not_matter():
    table = runs(LADDER)
    shuffled = table.sample(frac=1, random_state=0)
    budgets = [10, 50, 100]
    expected = study.longest_delay(table, budgets)
    pd.testing.assert_frame_equal(study.longest_delay(shuffled, budgets), expected)


def test_each_group_climbs_alone_and_may_stop_early():
    table = pd.concat(
        [
            runs(LADDER, "GRU"),
            runs(
                {
                    5: [NEVER] * 3,
                },
                "LSTM",
            ),
        ]
    )
    found = study.longest_delay(table, [100]).set_index("cell")
    assert found["longest"].to_dict() == {"GRU": 20, "LSTM": 0}
    assert found["n"].to_dict() == {"GRU": 4, "LSTM": 3}


# --- the interval


def test_where_all_seeds_agree_the_interval_is_a_point():
    found = study.longest_delay(runs({5: [10] * 6, 10: [NEVER] * 6}), [100]).iloc[0]
    assert (found["low"], found["longest"], found["high"]) == (5, 5, 5)


def test_interval_matches_the_binomial_distribution():
    # 3 of 6 seeds: a resample keeps the rung if it draws 3 or more successes, p = 0.656.
    table = runs({5: [10] * 6, 10: [10] * 3 + [NEVER] * 3, 20: [NEVER] * 6})
    wide = study.longest_delay(table, [100]).iloc[0]
    assert (wide["low"], wide["high"]) == (5, 10)
    # The chance to lose the rung is 0.344: an end at 0.36 lies above it, one at 0.33 below.
    assert study.longest_delay(table, [100], level=1 - 2 * 0.36)["low"].item() == 10
    assert study.longest_delay(table, [100], level=1 - 2 * 0.33)["low"].item() == 5


def test_seeds_stay_together_over_delays():
    # The same three seeds reach both rungs, so a resample has both or neither; with other
    # seeds at each rung, most resamples would stop at one of them.
    same = runs({5: [10] * 3 + [NEVER] * 3, 10: [10] * 3 + [NEVER] * 3})
    other = runs({5: [10] * 3 + [NEVER] * 3, 10: [NEVER] * 3 + [10] * 3})
    level = 1 - 2 * 0.4
    assert study.longest_delay(same, [100], level=level)["low"].item() == 10
    assert study.longest_delay(other, [100], level=level)["low"].item() == 5


def test_the_same_table_gives_the_same_interval():
    first, second = (study.longest_delay(runs(LADDER), [60, 100]) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert np.isin(first[["low", "high"]], [0, 5, 10, 20, 40]).all()


# --- refusals


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="delay"), "no column delay"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.assign(target=np.nan), "no target"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "GRU has two runs"),
        (lambda t: t.iloc[1:], "GRU has other seeds"),
        (lambda t: t.assign(steps=90), "budget=100 is more than the 90 steps"),
    ],
)
def test_what_cannot_be_answered_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        study.longest_delay(change(runs(LADDER)), [100])


def test_share_and_budget_are_checked():
    with pytest.raises(ValueError, match="share=0"):
        study.longest_delay(runs(LADDER), [100], share=0)
    with pytest.raises(ValueError, match="budget"):
        study.longest_delay(runs(LADDER), [0])


def test_a_ladder_left_too_early_is_refused():
    table = pd.concat([runs(LADDER, "GRU"), runs({5: [10, NEVER]}, "LSTM")])
    with pytest.raises(ValueError, match="LSTM.*stops at delay 5"):
        study.longest_delay(table, [100])
