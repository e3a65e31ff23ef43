"""Read what Matplotlib has drawn: each artist of a panel as plain data.

`read` turns one artist into an item: a dictionary with its kind, its label, its
colour and its numbers. Two readings are provisional, and `helpers.show.series`
settles them: a *band* (``fill_between``) and *segments* (``vlines``, ``hlines``,
``errorbar``) may be the interval of a line or of points beside them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.spines import Spine
from matplotlib.text import Annotation, Text

from helpers.show.palette import DASHDOT, DASHED, DOTTED, colour_name

Item = dict[str, Any]

#: The dashes of the palette by name. Matplotlib's own three have the same names.
DASHES = {DASHED[1]: "dashed", DOTTED[1]: "dotted", DASHDOT[1]: "dashdot"}

#: An image is stored as means over blocks, with at most this many blocks each way.
BLOCKS = 16


def read(artist: Artist, axes: Axes) -> Item | None:
    """Return one artist as an item; None for what shows no data (spines, axes, titles)."""
    if isinstance(artist, Line2D):
        return _line(artist, axes)
    if isinstance(artist, PolyCollection):
        return _band(artist)
    if isinstance(artist, LineCollection):
        return _segments(artist)
    if isinstance(artist, PathCollection):
        x, y = filled(artist.get_offsets()).T
        hue = _one(artist.get_facecolor())
        return {"kind": "points", **_label(artist), "colour": hue, "x": x, "y": y}
    if isinstance(artist, Patch) and not isinstance(artist, Spine):
        return _patch(artist, axes)
    if isinstance(artist, AxesImage):
        return _image(artist)
    return None


def filled(values: Any) -> np.ndarray:
    """Return numbers as an array, with NaN for what is masked."""
    return np.ma.filled(np.ma.asarray(values, float), np.nan)


def _label(artist: Artist) -> Item:
    """Return the label, and the opacity where it says something."""
    label, alpha = str(artist.get_label() or ""), artist.get_alpha()
    item: Item = {} if label.startswith("_") or not label else {"label": label}
    return item | ({} if alpha in (None, 1) else {"alpha": float(alpha)})


def _line(line: Line2D, axes: Axes) -> Item:
    in_x, in_y = line.get_transform().contains_branch_seperately(axes.transData)
    x, y = (filled(v) for v in line.get_data(orig=False))
    item = {**_label(line), "colour": colour_name(line.get_color())}
    drawn = line.get_linestyle() not in ("None", "none", "", " ")
    if drawn:
        item["dash"] = _dash(line)
    if line.get_marker() not in ("None", "none", "", " ", None):
        item["marker"] = str(line.get_marker())
        if colour_name(line.get_markerfacecolor()) == "none":
            item["open"] = True
    if in_y and not in_x:
        return {"kind": "horizontal", **item, "y": y[:1]}
    if in_x and not in_y:
        return {"kind": "vertical", **item, "x": x[:1]}
    return {"kind": "line" if drawn else "points", **item, "x": x, "y": y}


def _dash(line: Line2D) -> str | list[float]:
    """Return the name of a dash, or its lengths.

    `Line2D.get_linestyle` says "--" of every pattern of lengths, and no public
    method returns the lengths, hence the look at an attribute.
    """
    lengths = line._unscaled_dash_pattern[1]  # type: ignore[attr-defined]
    if lengths is None:
        return "solid"
    patterns = DASHES | {
        tuple(rcParams["lines.dashed_pattern"]): "dashed",
        tuple(rcParams["lines.dotted_pattern"]): "dotted",
        tuple(rcParams["lines.dashdot_pattern"]): "dashdot",
    }
    return patterns.get(tuple(lengths), [float(v) for v in lengths])


def _band(band: PolyCollection) -> Item:
    """Read a ``fill_between``: lowest and highest point of the outline at each x."""
    ends: dict[float, list[float]] = {}
    for path in band.get_paths():
        for x, y in np.asarray(path.vertices, float):
            low, high = ends.get(x, (y, y))
            ends[x] = [min(low, y), max(high, y)]
    x = np.array(sorted(ends))
    low, high = np.array([ends[v] for v in x]).reshape(-1, 2).T
    hue = _one(band.get_facecolor())
    item = {"kind": "band", **_label(band), "colour": hue, "along": "y"}
    item.pop("alpha", None)  # a band is pale so that lines show through it
    return {**item, "x": x, "low": low, "high": high}


def _segments(collection: LineCollection) -> Item:
    """Read straight pieces; where all are upright or all level, as intervals."""
    pieces = [filled(piece) for piece in collection.get_segments()]
    item = {**_label(collection), "colour": _one(collection.get_colors())}
    if pieces and all(piece.shape == (2, 2) for piece in pieces):
        ends = np.array(pieces)  # (pieces, both ends, x and y)
        for along, across, place in ((1, 0, "x"), (0, 1, "y")):
            if np.array_equal(ends[:, 0, across], ends[:, 1, across]):
                item.pop("alpha", None)
                low, high = ends[:, :, along].min(axis=1), ends[:, :, along].max(axis=1)
                where = {"along": "xy"[along], place: ends[:, 0, across]}
                return {"kind": "interval", **item, **where, "low": low, "high": high}
    joined = np.concatenate(pieces) if pieces else np.zeros((0, 2))
    return {"kind": "segments", **item, "x": joined[:, 0], "y": joined[:, 1]}


def _patch(patch: Patch, axes: Axes) -> Item:
    """Read a span over the whole panel, or the box around another shape."""
    in_x, in_y = patch.get_data_transform().contains_branch_seperately(axes.transData)
    box = patch.get_patch_transform().transform_path(patch.get_path()).get_extents()
    face = patch.get_facecolor() if patch.get_fill() else patch.get_edgecolor()
    item = {**_label(patch), "colour": colour_name(face)}
    x, y = np.array([box.x0, box.x1]), np.array([box.y0, box.y1])
    if isinstance(patch, Rectangle) and in_x != in_y:
        return {"kind": "span", **item, **({"x": x} if in_x else {"y": y})}
    return {"kind": "shape", "shape": type(patch).__name__, **item, "x": x, "y": y}


def bars(patches: list[Rectangle], orientation: str, label: str) -> Item:
    """Read the bars of one call of ``bar`` or ``barh``: places and ends."""
    hues = [colour_name(patch.get_facecolor()) for patch in patches]
    item: Item = {"kind": "bars"} | ({} if label.startswith("_") else {"label": label})
    item["colour"] = hues[0] if len(set(hues)) == 1 else hues
    x = np.array([[p.get_x(), p.get_x() + p.get_width()] for p in patches], float).reshape(-1, 2)
    y = np.array([[p.get_y(), p.get_y() + p.get_height()] for p in patches], float).reshape(-1, 2)
    along, place = (x, y) if orientation == "horizontal" else (y, x)
    names = "xy" if orientation == "horizontal" else "yx"
    item |= {"along": names[0], names[1]: place.mean(axis=1), names[0]: along[:, 1]}
    return item | ({"base": along[:, 0]} if along[:, 0].any() else {})


def _image(image: AxesImage) -> Item:
    values = filled(image.get_array())
    grey = values.mean(axis=2) if values.ndim == 3 else values
    cuts = [np.array_split(np.arange(n), min(n, BLOCKS)) for n in grey.shape]
    means = [[float(grey[np.ix_(rows, columns)].mean()) for columns in cuts[1]] for rows in cuts[0]]
    item = {"kind": "image", **_label(image), "colours": image.get_cmap().name}
    return item | {"shape": list(values.shape), "values": np.array(means).ravel()}


def text(artist: Text, axes: Axes) -> Item:
    """Read a text: its words, its colour, and its place as shares of the panel.

    An annotation's place is the point that it speaks of; one with an arrow has
    both ends of the arrow.
    """
    to_panel = artist.get_transform() - axes.transAxes
    item: Item = {"text": artist.get_text(), "colour": colour_name(artist.get_color())}
    if isinstance(artist, Annotation):
        in_data = artist.xycoords == "data"
        to_panel = (axes.transData if in_data else artist.get_transform()) - axes.transAxes
        item["place"] = _place(to_panel, artist.xy)
        if artist.arrow_patch is not None:
            item["arrow"] = _place(to_panel, artist.xyann)
    else:
        x, y = (axis.convert_units(v) for axis, v in
                zip((axes.xaxis, axes.yaxis), artist.get_position(), strict=True))  # fmt: skip
        item["place"] = _place(to_panel, (x, y))
    box = artist.get_bbox_patch()
    return item | ({"box": colour_name(box.get_edgecolor())} if box else {})


def _place(to_panel: Any, point: Any) -> list[float]:
    return [round(float(v), 4) + 0.0 for v in to_panel.transform(point)]


def _one(colours: Any) -> str | list[str]:
    """Return the palette name of a collection's colours, or the list where they differ."""
    names = [colour_name(row) for row in colours]
    return names[0] if len(set(names)) == 1 else names
