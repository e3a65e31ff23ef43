"""The data of a figure: what was plotted, stored beside the picture.

`record` reads a finished Matplotlib figure and returns plain data for the
notebook, of the kind `MIME`. Notebooks plot with Matplotlib as everybody does;
nothing has to be said twice. A figure's record holds its description (``alt``) and
its ``panels``, and each panel

* ``title``; ``x`` and ``y`` with ``label``, ``scale``, ``limits`` and, where
  they name categories, ``ticks`` as pairs of place and name;
* ``series`` in the order of the plotting calls (below);
* ``texts`` with words, colour and place, and ``legend``, the entries of a legend.

A series has a ``kind`` (line, points, bars, band, interval, horizontal, vertical,
span, segments, shape, image), its ``label``, its ``colour`` by palette name,
``dash`` and ``marker``, and its numbers ``x`` and ``y``. Where an interval is drawn
with a value, the series has ``low`` and ``high`` too, and ``along`` names the axis
on which they lie: a band (``fill_between``) goes with the line of its colour and
places, upright or level bars (``vlines``, ``hlines``, ``errorbar``, a line from low
to high) with the line or the points of their colour and places. Bands and bars
without such a partner stay series of their own.

Numbers have six significant digits; what cannot be drawn is null. Evenly spaced
numbers are written as ``{"first": 0, "last": 50, "count": 51}`` (`numbers` reads
both forms). If a figure has more than `MOST` numbers, every series of more
than `LONG` points keeps every second, third, ... point and its last one, so
that it fits; ``every`` says which.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogFormatter, NullFormatter, ScalarFormatter

from helpers.show import artists
from helpers.show.artists import Item

#: The kind of a figure's data among a notebook's outputs.
MIME = "application/vnd.rnn-activations.figure+json"

#: A figure stores about this many numbers at most (a notebook gives each a line: 60 kB).
MOST = 2400
#: Series up to this many points are never thinned.
LONG = 24

NUMBERS = ("x", "y", "low", "high", "base", "values")


def record(figure: Figure, alt: str, single_runs: Iterable[Axes] = ()) -> dict[str, Any]:
    """Return the data of a figure as plain JSON.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The finished figure.
    alt : str
        What it shows, in words.
    single_runs : iterable of matplotlib.axes.Axes
        Panels that draw single trained networks without an interval; marked
        ``single_runs``, since their numbers differ on another processor.
    """
    single = list(single_runs)
    panels = [_panel(axes) | ({"single_runs": True} if axes in single else {})
              for axes in figure.axes]  # fmt: skip
    every = _thinning([item for panel in panels for item in panel["series"]])
    for panel in panels:
        panel["series"] = [_plain(item, every) for item in panel["series"]]
    own = [figure.get_suptitle(), figure.get_supxlabel(), figure.get_supylabel()]
    words = [text for text in [*own, *(t.get_text() for t in figure.texts)] if text]
    return {"alt": alt, "panels": panels} | ({"texts": list(dict.fromkeys(words))} if words else {})


def numbers(stored: Any) -> np.ndarray:
    """Return a series' stored ``x``, ``y``, ``low`` or ``high``; null becomes NaN."""
    if isinstance(stored, dict):
        return np.linspace(stored["first"], stored["last"], stored["count"])
    return np.array([math.nan if v is None else v for v in stored], float)


def _panel(axes: Axes) -> dict[str, Any]:
    x, y = _axis(axes.xaxis, axes.get_xlim()), _axis(axes.yaxis, axes.get_ylim())
    titles = [axes.get_title(loc=side) for side in ("left", "center", "right")]
    panel: dict[str, Any] = {
        "title": next(filter(None, titles), ""),
        "x": x,
        "y": y,
        "series": pair(_items(axes)),
        "texts": [artists.text(text, axes) for text in axes.texts],
    }
    legend = axes.get_legend()
    if legend is not None:
        panel["legend"] = [text.get_text() for text in legend.get_texts()]
    return panel if axes.axison else panel | {"axes": "off"}


def _axis(axis: Axis, limits: tuple[float, float]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "label": axis.get_label_text(),
        "scale": axis.get_scale(),
        "limits": [_rounded(v) for v in limits],
    }
    numeric = isinstance(axis.get_major_formatter(), (ScalarFormatter, LogFormatter, NullFormatter))
    if not numeric and isinstance(axis.get_major_locator(), FixedLocator):
        # From the formatter: labels that a shared axis hides name their places all the same.
        locations = [float(place) for place in axis.get_majorticklocs()]
        names = axis.get_major_formatter().format_ticks(locations)
        places = [_rounded(v) for v in locations]
        found["ticks"] = [list(pair) for pair in zip(places, names, strict=True)]
    return found


def _items(axes: Axes) -> list[Item]:
    """Read the artists of a panel in the order in which they were added."""
    groups = [c for c in axes.containers if isinstance(c, BarContainer)]
    in_group = {id(patch): group for group in groups for patch in group.patches}
    items: list[Item] = []
    for artist in axes.get_children():
        if artist is axes.patch:
            continue
        group = in_group.get(id(artist))
        if group is None:
            item = artists.read(artist, axes)
            items += [item] if item else []
        elif artist is group.patches[0]:
            items.append(
                artists.bars(group.patches, group.orientation or "", str(group.get_label()))
            )
    return items


def pair(items: list[Item]) -> list[Item]:
    """Give each line and each set of points the interval that is drawn for it.

    Parameters
    ----------
    items : list of dict
        From `helpers.show.artists.read`, in drawing order; some get ``along``,
        ``low`` and ``high``.

    Returns
    -------
    list of dict
        The items without those bands and bars that have become an interval.
    """
    left = []
    for number, item in enumerate(items):
        piece = _as_interval(item)
        partners = _partners(items, number, piece) if piece else []
        if piece is None or not partners:
            left.append(item)
            continue
        partner, at = partners[0]
        along = partner["along"] = piece["along"]
        for end in ("low", "high"):
            partner.setdefault(end, np.full(len(partner[along]), np.nan))[at] = piece[end]
        partner.setdefault("taken", set()).update(at)
    for item in left:
        item.pop("taken", None)
    return left


def _partners(items: list[Item], number: int, piece: Item) -> list[tuple[Item, list[int]]]:
    """Return the series to which an interval may belong, the likeliest first.

    The likeliest has its values within the interval, and was drawn next to it,
    rather before than after it. Each comes with the points that the interval is for.
    """
    along, across = piece["along"], "y" if piece["along"] == "x" else "x"
    is_line = items[number]["kind"] == "line"
    found = []
    for other, item in enumerate(items):
        if other == number or item["kind"] not in ("line", "points", "bars"):
            continue
        if item["colour"] != items[number]["colour"] or item.get("along", along) != along:
            continue
        at = _places(item, piece, across)
        if at is None:
            continue
        value = item[along][at]
        outside = bool(np.any((value < piece["low"]) | (value > piece["high"])))
        # Lines of two points are drawn for many reasons: here the interval of a marker.
        if is_line and (outside or "marker" not in item):
            continue
        found.append(((outside, abs(other - number), other), item, at))
    return [(item, at) for _, item, at in sorted(found, key=lambda each: each[0])]


def _as_interval(item: Item) -> Item | None:
    """Return what may be the interval of another item; a line of two points may, too."""
    if item["kind"] in ("band", "interval"):
        return item
    plain = item["kind"] == "line" and "marker" not in item and "label" not in item
    if plain and len(item["x"]) == 2:
        for along, across in ("xy", "yx"):
            if item[across][0] == item[across][1]:
                low, high = np.sort(item[along])[:, None]
                return {"along": along, across: item[across][:1], "low": low, "high": high}
    return None


def _places(value: Item, piece: Item, across: str) -> list[int] | None:
    """Return which points of `value` stand where the intervals stand; None if one has none."""
    taken, at = value.get("taken", ()), []
    for place in piece[across]:
        near = np.flatnonzero(np.isclose(value[across], place, rtol=1e-9, atol=1e-12))
        free = [int(i) for i in near if i not in taken]
        if not free:
            return None
        at.append(free[0])
    return at


def _thinning(items: list[Item]) -> int:
    """Return the smallest step through long series with which the figure fits in `MOST` numbers."""
    long = (item[key] for item in items for key in NUMBERS if key in item)
    lengths = [len(values) for values in long if isinstance(_short(values), list)]
    for every in range(1, 1 + max(lengths, default=1)):
        if sum(n if n <= LONG else n // every + 1 for n in lengths) <= MOST:
            return every
    return max(lengths)


def _plain(item: Item, every: int) -> Item:
    """Return an item as JSON: rounded, thinned, evenly spaced numbers in short."""
    count = max((len(item[key]) for key in NUMBERS if key in item), default=0)
    thin = every > 1 and count > LONG and item["kind"] != "image"
    chosen = sorted({*range(0, count, every), count - 1}) if thin else slice(None)
    plain = {key: _short(value[chosen]) if key in NUMBERS else value for key, value in item.items()}
    return plain | ({"every": every} if thin else {})


def _short(values: np.ndarray) -> list[float | None] | dict[str, float]:
    rounded = [_rounded(v) for v in values]
    first, last = rounded[:1], rounded[-1:]
    if len(rounded) > 4 and first[0] is not None and last[0] is not None and first != last:
        even = np.linspace(first[0], last[0], len(rounded))
        if np.allclose(
            even, np.asarray(values, float), rtol=0, atol=1e-6 * abs(last[0] - first[0])
        ):
            return {"first": first[0], "last": last[0], "count": len(rounded)}
    return rounded


def _rounded(value: float) -> float | None:
    """Return a number with six significant digits, without a minus before zero."""
    value = float(value)
    return float(f"{value:.6g}") + 0.0 if math.isfinite(value) else None
