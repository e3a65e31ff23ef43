"""How sure are we? Estimates with intervals over independent runs.

======================  ==========================================================
`estimate`              a measured number with its interval, and how it is written
`summaries`             median, mean and success rate of a group of runs
`comparisons`           by how much two groups of runs differ
`crossed`               runs and test items that both vary
`runs`                  from a table of runs: success by group, differences seed by seed
`significance`          could the difference be chance; how many seeds it takes
`variance`              which factor of a design matters
`bootstrap`             resampling, under every interval
======================  ==========================================================

Most functions take one number a run, those of `runs` a table with one row a run, and
return an `Estimate`. Runs that diverged count: give a diverged run's loss as infinity,
which a median can take. NaN is refused, since leaving runs out silently is how a
comparison goes wrong.
"""

from helpers.statistics.comparisons import difference, rate_difference
from helpers.statistics.crossed import over_runs_and_items
from helpers.statistics.estimate import PATTERN, Estimate, parse
from helpers.statistics.runs import by_seed, paired_against, share_reaching
from helpers.statistics.significance import correct, p_value, seeds_needed
from helpers.statistics.summaries import mean, median, success_rate, summarise
from helpers.statistics.variance import eta_squared

__all__ = [
    "PATTERN",
    "Estimate",
    "by_seed",
    "correct",
    "difference",
    "eta_squared",
    "mean",
    "median",
    "over_runs_and_items",
    "p_value",
    "paired_against",
    "parse",
    "rate_difference",
    "seeds_needed",
    "share_reaching",
    "success_rate",
    "summarise",
]
