"""A figure's data are what was plotted, read back from the artists of Matplotlib."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest

from helpers.show import plots, series

ALT = "Lines and points whose numbers are known to the test that draws them."
BLUE, GREEN, INK = plots.colour("blue"), plots.colour("green"), plots.colour("ink")


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def read(axes) -> dict:
    return series.record(axes.figure, ALT)["panels"][0]


def values(item, key) -> list:
    return series.numbers(item[key]).tolist()


def test_a_line_has_its_label_look_and_numbers(axes):
    axes.plot([1, 2, 4], [3, np.nan, np.inf], "o--", color=BLUE, mfc="none", label="tanh")
    axes.plot([0.123456789], [-1e-12], "s", color="#123456", alpha=0.5)
    first, second = read(axes)["series"]
    assert first == {
        "kind": "line", "label": "tanh", "colour": "blue", "dash": "dashed", "marker": "o",
        "open": True, "x": [1, 2, 4], "y": [3, None, None],
    }  # fmt: skip
    assert second == {
        "kind": "points", "colour": "#123456", "marker": "s", "alpha": 0.5,
        "x": [0.123457], "y": [-1e-12],
    }  # fmt: skip


@pytest.mark.parametrize(
    "dash, name",
    [
        (plots.SOLID, "solid"), (plots.DASHED, "dashed"), (plots.DOTTED, "dotted"),
        (plots.DASHDOT, "dashdot"), ("--", "dashed"), (":", "dotted"), ("-.", "dashdot"),
        ((0, (3, 3)), [3, 3]),
    ],
)  # fmt: skip
def test_dashes_have_names(axes, dash, name):
    axes.plot([0, 1], ls=dash, lw=3)
    assert read(axes)["series"][0]["dash"] == name


def test_the_panel_says_what_its_axes_mean(axes):
    axes.set(title="reach", xlabel="k", ylabel="norm", yscale="log", ylim=(1e-3, 10), xlim=(9, 0))
    axes.set_xticks([0, 2], ["ReLU", "tanh"])
    axes.text(9, 0.1, "at the left", color=BLUE)
    axes.text(0.5, 0.25, "in shares", transform=axes.transAxes)
    axes.annotate("kept", (0, 10), (5, 5), textcoords="offset points")
    axes.annotate("", (0, 10), (9, 1e-3), arrowprops={"arrowstyle": "-"})
    axes.plot([], [], "o", color=INK, label="only in the legend")
    axes.legend()
    panel = read(axes)
    assert panel["title"] == "reach"
    ticks = [[0, "ReLU"], [2, "tanh"]]
    assert panel["x"] == {"label": "k", "scale": "linear", "limits": [9, 0], "ticks": ticks}
    assert panel["y"] == {"label": "norm", "scale": "log", "limits": [0.001, 10]}
    assert panel["legend"] == ["only in the legend"]
    assert panel["series"][0]["label"] == "only in the legend" and panel["series"][0]["x"] == []
    assert panel["texts"] == [
        {"text": "at the left", "colour": "blue", "place": [0, 0.5]},
        {"text": "in shares", "colour": "ink", "place": [0.5, 0.25]},
        {"text": "kept", "colour": "ink", "place": [1, 1]},
        {"text": "", "colour": "ink", "place": [1, 1], "arrow": [0, 0]},
    ]


def test_words_of_the_whole_figure_are_kept():
    figure, panels = plt.subplots(1, 2)
    figure.suptitle("above"), figure.supxlabel("below"), figure.text(0, 0, "corner")
    panels[1].axis("off")
    data = series.record(figure, ALT, [panels[0]])
    plt.close(figure)
    assert data["texts"] == ["above", "below", "corner"] and data["alt"] == ALT
    assert data["panels"][0]["single_runs"] is True and "single_runs" not in data["panels"][1]
    assert data["panels"][1]["axes"] == "off" and "axes" not in data["panels"][0]


def test_a_band_goes_with_the_line_of_its_colour(axes):
    x = np.arange(5)
    middle = {"blue": np.array([3.0, 1, 4, 1, 5]), "green": np.array([9.0, 2, 6, 5, 3])}
    for name, y in middle.items():  # band first, line then, as the chapters draw
        axes.fill_between(x, y - 1, y + 2, color=plots.colour(name), alpha=0.2, lw=0)
        axes.plot(x, y, color=plots.colour(name), label=name)
    lines = read(axes)["series"]
    assert [line["label"] for line in lines] == ["blue", "green"]
    for line in lines:
        y = middle[line["label"]]
        assert (line["kind"], line["along"]) == ("line", "y")
        assert values(line, "y") == y.tolist()
        assert values(line, "low") == (y - 1).tolist()
        assert values(line, "high") == (y + 2).tolist()


def test_bands_of_one_colour_go_with_the_lines_inside_them(axes):
    x = np.arange(3)
    for level, dash in ((1.0, "-"), (5.0, "--"), (9.0, ":")):
        axes.fill_between(x, level - 1, level + 1, color=BLUE)
        axes.plot(x, [level] * 3, color=BLUE, ls=dash)
    lines = read(axes)["series"]
    assert [values(line, "low")[0] for line in lines] == [0, 4, 8]
    assert [values(line, "high")[0] for line in lines] == [2, 6, 10]


def test_a_band_may_have_gaps_and_may_stand_alone(axes):
    low = np.array([0.0, 1, -np.inf, 3, 4])
    axes.fill_between(range(5), low, low + 2, color=BLUE, where=np.isfinite(low))
    axes.plot(np.maximum(low + 1, -9), color=BLUE)
    axes.fill_between([0, 1], [0, 0], [2, 3], color=GREEN)
    line, band = read(axes)["series"]
    assert line["low"] == [0, 1, None, 3, 4] and line["high"] == [2, 3, None, 5, 6]
    assert band == {
        "kind": "band", "colour": "green", "along": "y", "x": [0, 1], "low": [0, 0], "high": [2, 3],
    }  # fmt: skip


def test_upright_bars_go_with_the_points_before_them(axes):
    x, sets = [1, 10, 100], [np.array([0.2, 0.5, 0.9]), np.array([0.25, 0.45, 0.85])]
    for y, dash in zip(sets, ["-", ":"], strict=True):
        axes.plot(x, y, "o", ls=dash, color=BLUE)
        axes.vlines(x, y - 0.1, y + 0.1, color=BLUE, alpha=0.5)
    axes.vlines([5], [0], [1], color=GREEN)
    first, second, alone = read(axes)["series"]
    for line, y in zip((first, second), sets, strict=True):
        assert values(line, "low") == pytest.approx(y - 0.1)
        assert values(line, "high") == pytest.approx(y + 0.1)
        assert line["along"] == "y"
    assert alone == {
        "kind": "interval", "colour": "green", "along": "y", "x": [5], "low": [0], "high": [1],
    }  # fmt: skip


def test_a_line_from_low_to_high_goes_with_its_marker(axes):
    axes.plot([0.3, 0.8], [2, 2], color=BLUE)
    axes.plot(0.5, 2, "o", color=BLUE, mfc="none")
    axes.plot([1, 1], [0.1, 0.4], color=BLUE)
    axes.plot(1, 0.2, "s", color=BLUE)
    level, upright = read(axes)["series"]
    assert (level["along"], level["low"], level["high"]) == ("x", [0.3], [0.8])
    assert (upright["along"], upright["low"], upright["high"]) == ("y", [0.1], [0.4])


def test_other_lines_of_two_points_stay_lines(axes):
    axes.plot([0, 1], [0, 0], color=BLUE)  # another height than the dot
    axes.plot([0, 1], [2, 2], color=GREEN)  # another colour
    axes.plot([6, 7], [2, 2], color=BLUE)  # beside the dot
    axes.plot(0.5, 2, "o", color=BLUE)
    assert [item["kind"] for item in read(axes)["series"]] == ["line"] * 3 + ["points"]


def test_error_bars(axes):
    axes.errorbar([1, 2], [5, 6], yerr=[[1, 2], [3, 4]], fmt="o", color=GREEN)
    (points,) = read(axes)["series"]
    assert points["low"] == [4, 4] and points["high"] == [8, 10] and points["along"] == "y"


def test_bars_and_their_ranges(axes):
    axes.barh([0, 1], [3, 5], color=[BLUE, GREEN], height=0.5)
    axes.hlines([0, 1], [3, 5], [4, 9], color=INK)
    axes.bar([7], [2], bottom=[1], color=BLUE, label="stacked")
    level, ranges, upright = read(axes)["series"]
    assert level == {
        "kind": "bars", "colour": ["blue", "green"], "along": "x", "y": [0, 1], "x": [3, 5],
    }  # fmt: skip
    assert ranges["kind"] == "interval" and ranges["along"] == "x" and ranges["high"] == [4, 9]
    assert upright == {
        "kind": "bars", "label": "stacked", "colour": "blue", "along": "y", "x": [7], "y": [3],
        "base": [1],
    }  # fmt: skip


def test_lines_and_spans_across_the_panel(axes):
    axes.axhline(0.25, color=BLUE, ls=":")
    axes.axvline(3, color=GREEN)
    axes.axvspan(-1, 2, color=INK)
    axes.axhspan(5, 9, color=INK)
    level, upright, across, along = read(axes)["series"]
    assert level == {"kind": "horizontal", "colour": "blue", "dash": "dotted", "y": [0.25]}
    assert upright == {"kind": "vertical", "colour": "green", "dash": "solid", "x": [3]}
    assert (across["kind"], across["x"]) == ("span", [-1, 2]) and "y" not in across
    assert (along["kind"], along["y"]) == ("span", [5, 9]) and "x" not in along


def test_scattered_points_images_and_shapes(axes):
    axes.scatter([1, 2], [3, 4], color=GREEN, label="runs")
    picture = np.arange(32 * 32.0).reshape(32, 32)
    axes.imshow(picture, cmap="gray_r")
    axes.add_patch(plt.Rectangle((0, 1), 2, 3, fill=False, ec=BLUE))
    points, image, shape = read(axes)["series"]
    assert points == {"kind": "points", "label": "runs", "colour": "green", "x": [1, 2],
                      "y": [3, 4]}  # fmt: skip
    assert image["shape"] == [32, 32] and image["colours"] == "gray_r"
    assert len(values(image, "values")) == 16 * 16
    assert values(image, "values")[0] == np.mean([0, 1, 32, 33])
    assert (shape["kind"], shape["colour"], shape["x"], shape["y"]) == (
        "shape", "blue", [0, 2], [1, 4])  # fmt: skip


def test_evenly_spaced_numbers_are_written_in_short(axes):
    axes.plot(np.linspace(-4, 4, 801), np.linspace(0, 1, 801) ** 2)
    axes.plot(np.linspace(0, 2 / 3, 50), np.zeros(50))
    line, rounded = read(axes)["series"]
    assert rounded["x"] == {"first": 0, "last": 0.666667, "count": 50}
    assert line["x"] == {"first": -4, "last": 4, "count": 801}
    assert isinstance(line["y"], list)
    assert values(line, "x") == pytest.approx(np.linspace(-4, 4, 801))


def test_long_series_are_thinned_by_the_stated_rule():
    figure, panels = plt.subplots(1, 2)
    x, rng = np.arange(2000) ** 1.5, np.random.default_rng(0)
    for axes in panels:
        for _ in range(10):
            axes.plot(x, rng.standard_normal(2000))
        axes.plot(range(series.LONG), rng.standard_normal(series.LONG))
    data = series.record(figure, ALT)
    plt.close(figure)
    line = data["panels"][0]["series"][0]
    kept = sorted({*range(0, 2000, line["every"]), 1999})
    assert line["every"] > 1 and values(line, "x") == pytest.approx(x[kept], rel=1e-5)
    short = data["panels"][0]["series"][-1]
    assert "every" not in short and len(short["y"]) == series.LONG
    output = nbformat.v4.new_output("display_data", data={series.MIME: data})
    cell = nbformat.v4.new_code_cell(outputs=[output])
    assert len(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))) < 60_000
    json.dumps(data, allow_nan=False)


def test_the_names_of_a_shared_axis_are_those_of_both_panels():
    figure, (left, right) = plt.subplots(1, 2, sharey=True)
    left.plot([1, 2], [0, 1], "o")
    right.plot([3, 4], [0, 1], "o")
    left.set_yticks([0, 1], ["tanh", "ReLU"])
    found = [
        panel["y"]["ticks"]
        for panel in series.record(figure, "Two panels that share an axis.")["panels"]
    ]
    assert found == [[[0, "tanh"], [1, "ReLU"]]] * 2
    plt.close(figure)
