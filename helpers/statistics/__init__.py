"""How sure are we? Estimates with intervals over independent runs.

======================  ==========================================================
`estimate`              a measured number with its interval, and how it is written
`summaries`             median, mean and success rate of a group of runs
`comparisons`           by how much two groups of runs differ
`significance`          could the difference be chance; how many seeds it takes
`variance`              which factor of a design matters
`bootstrap`             resampling, under every interval
======================  ==========================================================

Every function takes one number a run and returns an `Estimate`. Runs that diverged
count: give a diverged run's loss as infinity, which a median can take. NaN is
refused, since leaving runs out silently is how a comparison goes wrong.
"""

from helpers.statistics.comparisons import difference, rate_difference
from helpers.statistics.estimate import PATTERN, Estimate, parse
from helpers.statistics.significance import correct, p_value, seeds_needed
from helpers.statistics.summaries import mean, median, success_rate, summarise
from helpers.statistics.variance import eta_squared

__all__ = [
    "PATTERN",
    "Estimate",
    "correct",
    "difference",
    "eta_squared",
    "mean",
    "median",
    "p_value",
    "parse",
    "rate_difference",
    "seeds_needed",
    "success_rate",
    "summarise",
]
