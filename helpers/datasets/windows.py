"""Windows over a time series: the past as input, what follows as target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from helpers.datasets.demand import WEEK, Demand
from helpers.datasets.sources import check_at_least, check_choice


@dataclass(frozen=True, eq=False)
class Windows:
    """Stretches of a series with the values that follow them.

    Attributes
    ----------
    inputs, inputs_raw : numpy.ndarray, shape (n, length, features), float32
        The past, standardised and in raw units.
    targets, targets_raw : numpy.ndarray, shape (n, steps), float32
        What is to be forecast, standardised and in GW.
    times : numpy.ndarray, shape (n, steps), int64
        Position of each target in the series.
    series : Demand
        The series the windows were cut from.
    horizon : int
        Steps from the last input to the first target.
    """

    inputs: np.ndarray
    inputs_raw: np.ndarray
    targets: np.ndarray
    targets_raw: np.ndarray
    times: np.ndarray
    series: Demand
    horizon: int

    def to_raw(self, forecast: np.ndarray) -> np.ndarray:
        """Take a forecast of `targets` back to GW."""
        return np.asarray(forecast) * self.series.scale[0] + self.series.center[0]

    def mae(self, forecast_raw: np.ndarray) -> float:
        """Return the mean absolute error in GW of a forecast in GW, shape (n, steps).

        Raises
        ------
        ValueError
            If the forecast has another shape than the targets. (NumPy would
            stretch shape (n,) against (n, 1) into n x n differences.)
        """
        forecast_raw = np.asarray(forecast_raw, dtype=np.float64)
        if forecast_raw.shape != self.targets_raw.shape:
            shapes = f"shape {forecast_raw.shape}, the targets {self.targets_raw.shape}"
            raise ValueError(f"the forecast has {shapes}")
        return float(np.abs(forecast_raw - self.targets_raw).mean())

    def persistence(self) -> np.ndarray:
        """Forecast that nothing changes: the last demand, in GW, shape (n, steps)."""
        return np.repeat(self.inputs_raw[:, -1:, 0], self.targets_raw.shape[1], axis=1)

    def seasonal_naive(self, season: int = WEEK) -> np.ndarray:
        """Forecast the demand of `season` half-hours earlier, in GW, shape (n, steps).

        Raises
        ------
        ValueError
            If that demand lies before the series, or after the last input.
        """
        season = check_at_least("season", season, self.horizon + self.times.shape[1] - 1)
        if self.times.min() < season:
            raise ValueError(f"season={season} reaches back before the start of the series")
        return self.series.raw[self.times - season, 0]


def cut_windows(
    series: Demand, split: str, length: int, horizon: int = 1, steps: int = 1, stride: int = 1
) -> Windows:
    """Cut one split into windows of the past and the values to forecast.

    A window lies inside its split with inputs and targets, so that no value is
    an input of one split and a target of another. ``horizon=1, steps=48`` asks
    for the whole next day; with ``stride=48`` and a `length` of whole days as
    well, every forecast starts at midnight. The first targets of a split depend
    on `length`: compare forecasts on the same windows.

    Parameters
    ----------
    series : Demand
        The series.
    split : {"train", "validation", "test"}
        The split to cut.
    length : int
        Half-hours of input.
    horizon : int
        Half-hours from the last input to the first target.
    steps : int
        Number of targets, one a half-hour.
    stride : int
        Half-hours from one window to the next.

    Returns
    -------
    Windows
        Read-only views of the series: long windows cost no memory.

    Raises
    ------
    TypeError, ValueError
        If an option is unknown or out of range, or no window fits the split.
    """
    check_choice("split", split, series.bounds)
    named = {"length": length, "horizon": horizon, "steps": steps, "stride": stride}
    length, horizon, steps, stride = (
        check_at_least(name, value, 1) for name, value in named.items()
    )
    start, stop = series.bounds[split]
    first = start + length + horizon - 1  # position of the first target
    if first + steps > stop:
        asked = f"length={length}, horizon={horizon}, steps={steps} need"
        raise ValueError(f"{asked} {first + steps - start} points; {split!r} has {stop - start}")

    def past(values: np.ndarray) -> np.ndarray:
        windows = sliding_window_view(values[start : stop - horizon - steps + 1], length, axis=0)
        return windows[::stride].swapaxes(1, 2)  # (n, features, length) to (n, length, features)

    def future(values: np.ndarray) -> np.ndarray:
        return sliding_window_view(values[first:stop], steps)[::stride]

    return Windows(
        inputs=past(series.standardised),
        inputs_raw=past(series.raw),
        targets=future(series.standardised[:, 0]),
        targets_raw=future(series.raw[:, 0]),
        times=future(np.arange(len(series.raw))),
        series=series,
        horizon=horizon,
    )
