"""Compare the stored data of a figure (`helpers.show.series`) with that of a re-run.

Words are compared to the letter: description, titles, labels, categories, legend,
texts. So are each series' kind, label, colour and dash, and the order of the
series. A series with an interval has the same places, and its intervals overlap the
stored ones point by point. A series without one lies where it lay, as far as the
eye can see: within a pixel, one 500th of the axis' extent; beyond the ends of
an axis nothing is seen. On a logarithmic axis that is meant in powers of ten.

The limits of an axis and the places of texts follow the data. They are compared,
within a hundredth of the axis' extent, unless intervals have moved. In a panel of
single runs the numbers and the texts are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from itertools import zip_longest
from typing import Any

import numpy as np

from helpers.show.series import numbers

Data = Mapping[str, Any]
Numbers = Mapping[str, np.ndarray]

#: What the eye can see of an axis, and how far limits and texts may be off, as shares of it.
PIXEL, PLACE = 1 / 500, 1 / 100
#: The median distance of an interval's end from its value may change by this factor, in a
#: series with at least so many intervals.
WIDTHS, LEAST_POINTS = 4.0, 3
#: What is compared to the letter in a series.
LOOK = ("kind", "label", "colour", "dash", "marker", "open", "alpha", "along", "every", "shape",
        "colours")  # fmt: skip
NUMBERS = ("x", "y", "base", "low", "high", "values")


def name(figure: Data) -> str:
    """Return what a figure is called in a message: the beginning of its description."""
    words = figure["alt"].split()
    return f"figure '{' '.join(words[:8])}{' …' if len(words) > 8 else ''}'"


def differences(stored: Data, new: Data, where: str) -> list[str]:
    """Compare two figures.

    Parameters
    ----------
    stored, new : dict
        From `helpers.show.series.record`.
    where : str
        What the figure is called in the lines returned.

    Returns
    -------
    list of str
        A line for each difference.
    """
    lines = _same(stored, new, ("alt", "texts"), where)
    before, after = stored["panels"], new["panels"]
    if len(before) != len(after):
        return [*lines, f"{where}: stored {len(before)} panels, now {len(after)}"]
    pairs = list(zip(before, after, strict=True))
    moved = any(_moved(*pair) for pair in pairs)
    for number, (old, fresh) in enumerate(pairs, start=1):
        title = f" ('{old['title']}')" if old["title"] else ""
        lines += _panel(old, fresh, moved, f"{where}, panel {number}{title}")
    return lines


def _panel(stored: Data, new: Data, moved: bool, where: str) -> list[str]:
    lines = _same(stored, new, ("title", "axes", "legend", "single_runs"), where)
    single = "single_runs" in stored
    for axis in ("x", "y"):
        old, fresh = stored[axis], new[axis]
        lines += _same(old, fresh, ("label", "scale", "ticks"), f"{where}, {axis} axis")
        before, after = old["limits"], fresh["limits"]
        if not moved and _off(old, numbers(before), numbers(after), PLACE, seen=False).any():
            lines.append(f"{where}, {axis} axis: stored limits {before}, now {after}")
    if len(stored["series"]) != len(new["series"]):
        counts = f"stored {len(stored['series'])} series, now {len(new['series'])}"
        lines.append(f"{where}: {counts}")
    else:
        for number, pair in enumerate(zip(stored["series"], new["series"], strict=True), start=1):
            called = f"{where}, series {number} ({_called(pair[0])})"
            lines += _series(stored, *pair, single, called)
    return lines if single else lines + _texts(stored["texts"], new["texts"], moved, where)


def _series(panel: Data, stored: Data, new: Data, single: bool, where: str) -> list[str]:
    """Compare two series: how they look, then their numbers."""
    free = ("every", "colour") if single and isinstance(stored.get("colour"), list) else ("every",)
    lines = _same(stored, new, [key for key in LOOK if not single or key not in free], where)
    if lines or single:
        return lines
    old, fresh = ({key: numbers(data[key]) for key in NUMBERS if key in data}
                  for data in (stored, new))  # fmt: skip
    sizes = [{key: len(value) for key, value in data.items()} for data in (old, fresh)]
    if sizes[0] != sizes[1]:
        counts = [f"{max(size.values(), default=0)} points ({', '.join(size)})" for size in sizes]
        return [f"{where}: stored {counts[0]}, now {counts[1]}"]
    along = stored.get("along", "y")
    measured = _measured(old)
    for key in old.keys() - {"low", "high"}:
        axis = panel[key] if key in ("x", "y") else panel[along]
        if key == "values":  # an image: what the eye can see of its shades
            axis = {"scale": "linear", "limits": [np.nanmin(old[key]), np.nanmax(old[key])]}
        off = _off(axis, old[key], fresh[key], PIXEL, seen=True)
        if key == along:
            off &= ~measured
        at = np.flatnonzero(off)
        if at.size:
            said = f"{key} was {_number(old[key][at[0]])} and is {_number(fresh[key][at[0]])}"
            lines.append(f"{where}{_point(panel, stored, old, at[0])}: {said}{_more(at)}")
    if measured.any():
        apart = (_end(old, "low") > _end(fresh, "high")) | (_end(fresh, "low") > _end(old, "high"))
        at = np.flatnonzero(apart & measured | (measured != _measured(fresh)))
        if at.size:
            said = f"stored {_written(old, along, at[0])}, now {_written(fresh, along, at[0])}"
            point = _point(panel, stored, old, at[0])
            lines.append(f"{where}{point}: {said}, which do not overlap{_more(at)}")
        lines += _widths(old, fresh, along, measured & ~apart, where)
    return lines


def _widths(old: Numbers, new: Numbers, along: str, measured: np.ndarray, where: str) -> list[str]:
    """Compare how wide the intervals are on either side of their values.

    A single interval may be much wider or narrower by chance; half of a series may not. So
    intervals that begin at their values, or have lost their width, differ even where they
    overlap the stored ones. Lines from end to end have no values, and nothing to begin at.
    """
    if measured.sum() < LEAST_POINTS or along not in old:
        return []
    lines = []
    for side, sign in (("low", -1), ("high", 1)):
        before, after = (
            np.maximum(sign * (data[side] - data[along])[measured], 0.0) for data in (old, new)
        )
        widths = np.median(before), np.median(after)
        if min(widths) * WIDTHS < max(widths):
            said = f"the {side} ends are {_number(widths[1])} from their values"
            lines.append(f"{where}: {said} in the median, stored {_number(widths[0])}")
    return lines


def _off(axis: Data, stored: np.ndarray, new: np.ndarray, share: float, seen: bool) -> np.ndarray:
    """Tell which numbers lie further apart than a share of the axis' extent.

    With `seen`, numbers beyond the ends of the axis count as lying at its end.
    """

    def scaled(values: Any) -> np.ndarray:
        values = np.asarray(values, float)
        if axis["scale"] != "log":
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values > 0, np.log10(values), np.where(np.isnan(values), np.nan, -1e3))

    low, high = np.sort(scaled(axis["limits"]))
    before, after = scaled(stored), scaled(new)
    if seen:
        before, after = np.clip(before, low, high), np.clip(after, low, high)
    gone = np.isnan(before) != np.isnan(after)
    return gone | (np.abs(before - after) > max(share * (high - low), 1e-300))


def _texts(stored: list[Data], new: list[Data], moved: bool, where: str) -> list[str]:
    """Compare the texts of a panel: words and colours, and places if no data moved."""

    def words(texts: list[Data]) -> list[str]:
        said = [f"{text['text']!r} in {text['colour']}" for text in texts]
        return sorted(said) if moved else said

    before, after = words(stored), words(new)
    if before != after:
        wrong = [
            pair for pair in zip_longest(before, after, fillvalue="none") if pair[0] != pair[1]
        ]
        return [f"{where}, text: stored {wrong[0][0]}, now {wrong[0][1]}{_more(wrong)}"]
    if moved:
        return []
    return [
        f"{where}, text {old['text']!r}: {key} was {old.get(key)} and is {fresh.get(key)}"
        for old, fresh in zip(stored, new, strict=True)
        for key in ("place", "arrow", "box")
        if _elsewhere(old.get(key), fresh.get(key))
    ]


def _elsewhere(stored: Any, new: Any) -> bool:
    if isinstance(stored, list) and isinstance(new, list):
        return bool(np.any(np.abs(np.subtract(stored, new)) > PLACE))
    return stored != new


def _moved(stored: Data, new: Data) -> bool:
    """Tell whether measured numbers of a panel have changed, so that all follows them."""
    measured = [
        (
            {key: old[key] for key in NUMBERS if key in old},
            {k: fresh[k] for k in NUMBERS if k in fresh},
        )
        for old, fresh in zip(stored["series"], new["series"], strict=False)
        if "low" in old
    ]
    return "single_runs" in stored or any(old != fresh for old, fresh in measured)


def _same(stored: Data, new: Data, keys: Iterable[str], where: str) -> list[str]:
    """Compare fields to the letter; a field may be missing on both sides."""
    return [
        f"{where}: {key} was {stored.get(key)!r} and is {new.get(key)!r}"
        for key in keys
        if stored.get(key) != new.get(key)
    ]


def _measured(series: Mapping[str, np.ndarray]) -> np.ndarray:
    """Tell which points have an interval; one open end is allowed."""
    if "low" not in series:
        return np.zeros(max(map(len, series.values()), default=0), bool)
    return ~(np.isnan(series["low"]) & np.isnan(series["high"]))


def _end(series: Mapping[str, np.ndarray], end: str) -> np.ndarray:
    """Return one end of the intervals; what cannot be drawn lies at infinity."""
    return np.where(np.isnan(series[end]), -np.inf if end == "low" else np.inf, series[end])


def _called(series: Data) -> str:
    """Return what a series is called in a message: its label if it has one, colour and kind."""
    label = f"'{' '.join(series['label'].split())}', " if "label" in series else ""
    hue = series.get("colour", "")
    look = ["" if isinstance(hue, list) else hue, series.get("dash", ""), series["kind"]]
    return label + " ".join(word for word in look if word not in ("", "solid"))


def _point(panel: Data, stored: Data, old: Mapping[str, np.ndarray], at: int) -> str:
    """Return which point is meant: by the category beside it, or by its place."""
    across = "x" if stored.get("along", "y") == "y" else "y"
    if across not in old or len(old[across]) <= at:
        return f", point {at + 1}"
    place = old[across][at]
    near = [
        tick for tick in panel[across].get("ticks", []) if abs(tick[0] - place) < 0.5 and tick[1]
    ]
    beside = f" '{min(near, key=lambda tick: abs(tick[0] - place))[1]}'" if near else ""
    return f", point {at + 1}{beside} ({across} = {_number(place)})"


def _written(series: Mapping[str, np.ndarray], along: str, at: int) -> str:
    ends = f"[{_number(series['low'][at])}, {_number(series['high'][at])}]"
    return f"{_number(series[along][at])} {ends}" if along in series else ends


def _number(value: float) -> str:
    return "nothing" if np.isnan(value) else f"{value:.4g}"


def _more(found: Sized) -> str:
    return f" (and {len(found) - 1} more)" if len(found) > 1 else ""
