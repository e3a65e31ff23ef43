"""What the calendar says of the hours ahead: known when the forecast is made.

Whether tomorrow is a work day, which weekday it is and at what hour it begins, nobody has
to forecast. A model that is not told them has to guess them from the past.
"""

from __future__ import annotations

import numpy as np

from helpers.datasets.demand import DAY, Demand
from helpers.datasets.sources import read_only

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIRST_WEEKDAY = WEEKDAYS.index("Wednesday")  # 1 January 2014
CALENDAR = ("work day (0/1)", "hour, sine", "hour, cosine", *(f"{day} (0/1)" for day in WEEKDAYS))


def calendar(series: Demand, times: np.ndarray) -> np.ndarray:
    """Return what is known in advance of some half-hours of the demand series.

    Parameters
    ----------
    series : Demand
        From `helpers.datasets.electricity_demand`.
    times : array_like of int, any shape
        Positions in the series, as in `helpers.datasets.Windows.times`.

    Returns
    -------
    numpy.ndarray, shape (*times.shape, 10), float32
        The columns of `CALENDAR`: the flag of a work day; the time of day as a point on
        the unit circle, so that 23:30 is near 0:00; and the weekday, a flag for each.

    Raises
    ------
    ValueError
        If a time is not a position in the series, or the series has no work days.
    """
    times = np.asarray(times)
    size = len(series.raw)
    if times.dtype.kind not in "iu" or (times.size and not 0 <= times.min() <= times.max() < size):
        raise ValueError(
            f"times must be positions in the series, whole numbers from 0 to {size - 1}"
        )
    if CALENDAR[0] not in series.feature_names:
        names = ", ".join(map(repr, series.feature_names))
        raise ValueError(f"{CALENDAR[0]!r} is not among the features {names}")
    work_day = series.raw[times, series.feature_names.index(CALENDAR[0])]
    angle = 2 * np.pi * (times % DAY) / DAY
    weekday = (times // DAY + FIRST_WEEKDAY) % len(WEEKDAYS)
    clock = np.stack([work_day, np.sin(angle), np.cos(angle)], axis=-1)
    return read_only(np.concatenate([clock, np.eye(len(WEEKDAYS))[weekday]], axis=-1), np.float32)
