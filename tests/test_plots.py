"""One look: contrast in both themes, one style a function, alt text, stable SVG.

What the helpers draw is compared with the data that they were given. The checks take
the module that they test, so that the last test here can hand them one with a
fault in it: each fault must make its check fail.
"""

from __future__ import annotations

import inspect
import itertools
import types

import IPython.display
import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import activations
from helpers.show import palette, plots, series
from helpers.statistics import Estimate

ALT = "A straight line that rises from the lower left to the upper right."


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


#: The hue of each family, its members in the order solid, dashed, dotted, dash-dotted.
FAMILIES = {
    "blue": "tanh scaled_tanh penalized_tanh lecun_tanh",
    "vermillion": "sigmoid hard_sigmoid hard_sigmoid_keras2 log_sigmoid",
    "green": "relu leaky_relu prelu relu6",
    "purple": "hard_tanh softsign arctan sin",
    "orange": "elu selu celu softplus",
    "sky": "gelu silu mish gelu_tanh",
    "olive": "modrelu squared_relu hard_silu exponential",
    "black": "linear softmax soft_shrink tanh_shrink",
    "muted": "elliott",
}


def drawn():
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], color=plots.colour("tanh"), label="tanh")
    plots.label_lines(axes)
    return figure


@pytest.mark.parametrize("name", [n for n in plots.PALETTE if n not in ("background", "grid")])
@pytest.mark.parametrize("theme", [0, 1])
def test_colours_can_be_read_on_both_pages(name, theme):
    background = plots.PALETTE["background"][theme]
    assert contrast(plots.PALETTE[name][theme], background) >= 4.5


def test_every_function_has_a_style_of_its_own():
    styles = [palette.style(name) for name in activations.names()]
    for first, second in itertools.combinations(styles, 2):
        assert first != second
    assert plots.colour("scaled_tanh(a=0.5)") == plots.colour("scaled_tanh")


def test_unknown_name_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="'tahn'.*tanh"):
        plots.colour("tahn")


def test_svg_is_stable_described_and_themed():
    first, second = plots.to_svg(drawn(), ALT), plots.to_svg(drawn(), ALT)
    assert first == second
    assert f'role="img" aria-label="{ALT}"' in first
    assert "var(--figure-blue, #" in first and "var(--figure-background, #" in first
    plt.close("all")


def test_alt_text_is_escaped_and_may_not_be_missing():
    svg = plots.to_svg(drawn(), ALT + ' It is "a < b".')
    assert "&quot;a &lt; b&quot;" in svg
    with pytest.raises(ValueError, match="alt="):
        plots.to_svg(drawn(), "line")
    plt.close("all")


def panel(figure) -> dict:
    """Return the only panel of a figure as data, and close it."""
    data = series.record(figure, ALT)
    plt.close(figure)
    return data["panels"][0]


def check_labels(module):
    """Each label stands beside the last point of its line, in its line's colour."""
    ends = {"low": 0.1, "high": 0.9, "middle": 0.5, "outside": 2.0}
    hues = dict(zip(ends, ["blue", "green", "purple", "orange"], strict=True))
    figure, axes = plt.subplots()
    for name, end in ends.items():
        y = [0.3, end, np.nan]
        axes.plot([0, 1, 2], y, color=module.colour(hues[name]), label=name)
    axes.plot([0, 1], [0, 0], color=module.colour("ink"))  # no label, no text
    axes.set(xlim=(0, 2), ylim=(0, 1))
    module.label_lines(axes)
    texts = {t["text"]: (t["colour"], t["place"]) for t in panel(figure)["texts"]}
    assert texts.keys() == ends.keys()
    for name, (hue, (across, height)) in texts.items():
        assert hue == hues[name]
        assert across > 1 and height == pytest.approx(min(ends[name], 1.0), abs=0.05), name


def check_crowded_labels(module):
    """Labels that would overlap move apart, and keep the order of their lines."""
    figure, axes = plt.subplots()
    lines = {}
    for name, end in {"third": 0.52, "first": 0.5, "second": 0.51, "far": 0.9}.items():
        (lines[f"the {name}"],) = axes.plot([0, 1], [0, end])
    axes.set_ylim(0, 1)
    module.label_lines(axes, lines, gap=0.1)
    places = {text["text"]: text["place"][1] for text in panel(figure)["texts"]}
    order = ["the first", "the second", "the third", "the far"]
    heights = [places[name] for name in order]
    assert np.all(np.diff(heights) >= 0.1 - 1e-3)
    assert heights[1] == pytest.approx(0.51, abs=1e-3) and heights[3] == pytest.approx(0.9)


def check_intervals(module):
    """The first row is on top; dot, interval, name and colour of a row belong together."""
    rows = [
        ("tanh, U = I", Estimate(0.8, 0.7, 0.95)),
        ("ReLU", Estimate(0.2, 0.05, 0.3)),
        ("not run", Estimate(np.nan, np.nan, np.nan)),
        ("GRU", Estimate(0.5, 0.4, 0.55)),
    ]
    figure, axes = plt.subplots()
    module.draw_intervals(axes, rows, {"tanh, U = I": "tanh", "ReLU": "relu"})
    data = panel(figure)
    low, high = data["y"]["limits"]
    assert low < 0 and high > 3
    names = {place: name for place, name in data["y"]["ticks"]}
    assert [names[place] for place in sorted(names, reverse=True)] == [name for name, _ in rows]
    found = {}
    for item in data["series"]:
        ends = [item[key][0] for key in ("x", "low", "high")]
        found[names[item["y"][0]]] = (item["kind"], item["marker"], item["colour"], ends)
    assert found == {
        "tanh, U = I": ("points", "o", "blue", [0.8, 0.7, 0.95]),
        "ReLU": ("points", "o", "green", [0.2, 0.05, 0.3]),
        "not run": ("points", "o", "ink", [None, None, None]),
        "GRU": ("points", "o", "ink", [0.5, 0.4, 0.55]),
    }


def check_styles(module):
    """Every function is drawn in the hue of its family and with its own dash."""
    for hue, names in FAMILIES.items():
        for name, dash in zip(
            names.split(), ["solid", "dashed", "dotted", "dashdot"], strict=False
        ):
            figure, axes = plt.subplots()
            axes.plot([0, 1], color=module.colour(name), ls=module.linestyle(name))
            (line,) = panel(figure)["series"]
            assert (line["colour"], line["dash"]) == (hue, dash), name


def check_theme(module):
    """The light page has the light colours, the dark page the dark ones."""
    light, dark = module.theme_css().split('html[data-theme="dark"]')
    for name, (first, second) in module.PALETTE.items():
        assert f"--figure-{name}: {first};" in light
        assert f"--figure-{name}: {second};" in dark


def check_svg(module):
    """Each colour of a figure becomes the variable of its own name."""
    figure, axes = plt.subplots()
    for name in module.PALETTE:
        axes.plot([0, 1], color=module.colour(name))
    svg = module.to_svg(figure, ALT)
    plt.close(figure)
    for name, (light, _) in module.PALETTE.items():
        assert f"stroke: var(--figure-{name}, {light})" in svg, name


def check_show(module):
    """A figure is displayed with its picture, its words and its data, then closed."""
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
        figure, (left, right) = plt.subplots(1, 2)
        left.plot([0, 1], [2, 5])
        module.show(figure, f"  {ALT} ", single_runs=[right])
    assert not plt.fignum_exists(figure.number)
    (bundle,) = shown
    assert bundle["text/plain"] == f"Figure: {ALT}" and "<svg " in bundle["image/svg+xml"]
    data = bundle[series.MIME]
    assert data["alt"] == ALT
    assert data["panels"][0]["series"][0]["y"] == [2, 5]
    assert ["single_runs" in part for part in data["panels"]] == [False, True]


CHECKS = [
    check_labels, check_crowded_labels, check_intervals, check_styles, check_theme, check_svg,
    check_show,
]  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_drawn_is_what_was_given(check):
    check(plots)


#: Faults: in which module, which code, what stands there instead, which check sees it.
FAULTS = {
    "labels swapped": (
        plots, "zip(heights, ends, strict", "zip(heights, ends[::-1], strict", check_labels),
    "labels at the first point": (plots, "np.isfinite(y))[-1]", "np.isfinite(y))[0]", check_labels),
    "labels in ink": (plots, "color=hue, trans", 'color=colour("ink"), trans', check_labels),
    "labels outside the panel": (
        plots, "min(max(height, 0.0), 1.0)", "height", check_labels),
    "labels overlap": (plots, "lack > 1e-9", "lack > 1e9", check_crowded_labels),
    "labels unsorted": (plots, "ends.sort(key=lambda end: end[:2])", "pass", check_crowded_labels),
    "labels pushed one way": (plots, "moved[i] -= lack / 2", "pass", check_crowded_labels),
    "rows upside down": (plots, "enumerate(reversed(rows))", "enumerate(rows)", check_intervals),
    "names upside down": (
        plots, "name for name, _ in reversed(rows)", "name for name, _ in rows", check_intervals),
    "interval begins at the value": (
        plots, "[estimate.low, estimate.high]", "[estimate.value, estimate.high]", check_intervals),
    "dot at the low end": (plots, "[estimate.value], [height]", "[estimate.low], [height]",
                           check_intervals),
    "hues forgotten": (plots, '(hues or {}).get(name, "ink")', '"ink"', check_intervals),
    "a row cut off": (plots, "len(rows) - 0.4", "len(rows) - 1.4", check_intervals),
    "wrong colour of a function": (
        palette, '"elu": ("orange", SOLID)', '"elu": ("green", SOLID)', check_styles),
    "wrong dash of a function": (
        palette, '"mish": ("sky", DOTTED)', '"mish": ("sky", DASHED)', check_styles),
    "one dash for all": (palette, "return style(name)[1]", "return SOLID", check_styles),
    "themes swapped": (palette, '(":root", 0)', '(":root", 1)', check_theme),
    "colours do not follow the theme": (plots, "if value in NAMES", "if False", check_svg),
    "wrong variable": (
        plots, "--figure-{NAMES[value]}", "--figure-ink", check_svg),
    "no data stored": (
        plots, "series.record(figure, alt, single)", '{"alt": alt, "panels": []}', check_show),
    "single runs forgotten": (plots, "record(figure, alt, single)", "record(figure, alt)",
                              check_show),
    "figure left open": (plots, "plt.close(figure)", "pass", check_show),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_seen(fault):
    original, code, instead, check = FAULTS[fault]
    source = inspect.getsource(original)
    assert source.count(code) == 1, "the fault has lost its place; update FAULTS"
    faulty = types.ModuleType(original.__name__)
    exec(compile(source.replace(code, instead), "faulty", "exec"), vars(faulty))
    with pytest.raises((AssertionError, IndexError)):
        check(faulty)
    plt.close("all")


def test_every_cell_has_a_look_of_its_own():
    figure, axes = plt.subplots()
    for name, style in plots.CELL_STYLES.items():
        axes.plot([0, 1], label=name, **style)
    lines = panel(figure)["series"]
    assert [line["label"] for line in lines] == list(plots.CELL_STYLES)
    assert {line["colour"] for line in lines} == {"ink", "muted"}
    assert len({line["marker"] for line in lines}) == len(lines)
    assert len({(line["colour"], str(line["dash"])) for line in lines}) == len(lines)


def test_an_unknown_colour_keeps_its_number():
    assert palette.colour_name("#123456") == "#123456"
    assert palette.colour_name(plots.colour("relu")) == "green"
    assert palette.colour_name("none") == "none"
