"""p-values and sample sizes against tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from helpers.statistics.significance import correct, p_value, seeds_needed


def test_p_values_against_exact_counts():
    # All five differences positive: 2 of 2**5 sign patterns are as extreme.
    assert p_value([2, 3, 4, 5, math.inf], [1, 1, 1, 1, 1], paired=True) == 2 / 32
    # Complete separation of 3 and 3: 2 of 20 arrangements.
    assert p_value([1, 2, 3], [4, 5, math.inf], paired=False) == pytest.approx(2 / 20)
    assert p_value([1, 2, 3], [1, 2, 3], paired=True) == 1.0


def test_p_value_is_small_only_for_a_real_difference():
    rng = np.random.default_rng(0)
    noise = [p_value(*rng.normal(size=(2, 12)), paired=True) for _ in range(300)]
    assert 0.02 < np.mean(np.array(noise) < 0.05) < 0.09
    a = rng.normal(size=12)
    assert p_value(a + 0.5 + rng.normal(0, 0.1, 12), a, paired=True) < 0.001
    assert p_value(a + 0.5, rng.permutation(a), paired=False) > 0.05


def test_corrections_on_a_worked_example():
    p = [0.01, 0.04, 0.03, 0.005]
    np.testing.assert_allclose(correct(p), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(correct(p, "bh"), [0.02, 0.04, 0.04, 0.02])
    np.testing.assert_allclose(correct([0.6, 0.5]), [1.0, 1.0])
    assert len(correct([])) == 0
    assert correct([1.0, 0.0]).tolist() == [1.0, 0.0]
    assert correct([1.0, 0.0], "bh").tolist() == [1.0, 0.0]


def test_correction_refuses():
    with pytest.raises(ValueError, match="choose from holm, bh"):
        correct([0.1], "bonferroni")
    for bad in ([1.2], [np.nan], 0.3):
        with pytest.raises(ValueError, match="between 0 and 1"):
            correct(bad)


@pytest.mark.parametrize(
    "effect, paired, n",
    # Cohen (1988), table 2.4.1, for two groups; G*Power 3.1 for pairs. The two smallest groups
    # were checked by simulation: one run fewer has a power of 0.79 and 0.78.
    [
        (0.2, False, 394),
        (0.5, False, 64),
        (0.8, False, 26),
        (0.5, True, 34),
        (1.0, True, 10),
        (2.0, False, 6),
        (3.0, False, 4),
    ],  # fmt: skip
)
def test_seeds_needed_against_tables(effect, paired, n):
    assert seeds_needed(2.0, 2.0 * effect, paired=paired) == n
    assert seeds_needed(2.0, -2.0 * effect, paired=paired) == n


def test_seeds_needed_give_the_power_they_promise():
    n = seeds_needed(1.0, 0.9, power=0.7, level=0.9)
    rng = np.random.default_rng(0)
    found = stats.ttest_1samp(rng.normal(0.9, 1, size=(4000, n)), 0, axis=1).pvalue < 0.1
    fewer = stats.ttest_1samp(rng.normal(0.9, 1, size=(4000, n - 1)), 0, axis=1).pvalue < 0.1
    assert found.mean() > 0.68 > fewer.mean()


def test_seeds_needed_at_the_edges():
    assert seeds_needed(1, 1e4) == 2
    with pytest.raises(ValueError, match="over 100000 seeds"):
        seeds_needed(1, 1e-4)
    for sd, d in ((0, 1), (1, 0), (math.nan, 1), (-1, 1), (1, math.inf)):
        with pytest.raises(ValueError, match="finite and not 0"):
            seeds_needed(sd, d)
    with pytest.raises(ValueError, match="power=80"):
        seeds_needed(1, 1, power=80)
    for power, level in ((0, 0.9), (1, 0.9), (0.9, 0), (0.9, 1)):
        with pytest.raises(ValueError, match="must lie between 0 and 1"):
            seeds_needed(1, 1, power=power, level=level)
    # At the largest effects 2 runs are enough, and never 1.
    assert seeds_needed(1, 1e4, paired=False) == 2
