"""Could the difference be chance? p-values, several of them, and how many seeds it takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from helpers.statistics.bootstrap import as_sample, paired_differences


def p_value(a: ArrayLike, b: ArrayLike, paired: bool) -> float:
    """Two-sided p-value of "`a` and `b` do not differ", by ranks.

    Wilcoxon's signed-rank test for pairs, Mann and Whitney's for independent
    runs. Ranks need no normal distribution and no finite loss. Parameters are
    those of `difference`.
    """
    if paired:
        d = paired_differences(a, b)
        return float(stats.wilcoxon(d).pvalue) if d.any() else 1.0
    return float(stats.mannwhitneyu(as_sample(a, "a"), as_sample(b, "b")).pvalue)


def correct(p_values: ArrayLike, method: str = "holm") -> np.ndarray:
    """Adjust p-values for having tested several hypotheses.

    Parameters
    ----------
    p_values : array_like, shape (m,)
        One p-value per test.
    method : {"holm", "bh"}
        "holm" bounds the chance of any false alarm (Holm 1979); "bh" the share
        of false alarms among the alarms :cite:p:`benjamini1995controlling`.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Adjusted p-values in the given order.

    Raises
    ------
    ValueError
        For another method, or a number outside 0 to 1.
    """
    p = np.asarray(p_values, float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values={p_values!r} is no list of numbers between 0 and 1")
    if method == "bh":
        return stats.false_discovery_control(p, method="bh")
    if method != "holm":
        raise ValueError(f"method={method!r}; choose from holm, bh")
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    # The smallest p-value is multiplied by m, the next by m - 1, and so on.
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(adjusted, 1.0)


def seeds_needed(
    sd: float, difference: float, power: float = 0.8, level: float = 0.95, paired: bool = True
) -> int:
    """How many seeds it takes to see a difference of a given size.

    The smallest n at which a two-sided t-test finds the difference with
    probability `power` :cite:p:`cohen1988statistical`, from the noncentral t distribution.

    Parameters
    ----------
    sd : float
        Standard deviation over seeds: of the paired differences, or within each
        group if `paired` is False. Same unit as `difference`.
    difference : float
        The difference worth seeing; not 0.
    power : float
        Wanted probability of seeing it.
    level : float
        1 minus the test's significance level.
    paired : bool
        Whether both arms of the comparison share their seeds.

    Returns
    -------
    int
        Number of seeds (of pairs, or of runs in each group).

    Raises
    ------
    ValueError
        For values that make no sense, or if more than 100 000 were needed.
    """
    if not (sd > 0 and difference and np.isfinite([sd, difference]).all()):
        raise ValueError(f"sd={sd!r} and difference={difference!r} must be finite and not 0")
    if not (0 < power < 1 and 0 < level < 1):
        raise ValueError(f"power={power!r} and level={level!r} must lie between 0 and 1")
    effect = abs(difference) / sd
    low, high = 1, 100_000
    if _power(high, effect, level, paired) < power:
        raise ValueError(f"difference={difference!r} needs over {high} seeds at sd={sd!r}")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if _power(middle, effect, level, paired) >= power else (middle, high)
        )
    return high


def _power(n: int, effect: float, level: float, paired: bool) -> float:
    """Return the power of a two-sided t-test with n pairs, or n runs in each group."""
    freedom = n - 1 if paired else 2 * (n - 1)
    if freedom < 1:
        return 0.0
    shift = effect * np.sqrt(n if paired else n / 2)
    critical = stats.t.ppf((1 + level) / 2, freedom)
    found = stats.nct.sf(critical, freedom, shift)
    # The difference may also be "found" with the wrong sign. Where the chance of
    # that is nil, SciPy gives NaN.
    return float(found + np.nan_to_num(stats.nct.cdf(-critical, freedom, shift)))
