"""One look: contrast in both themes, one style a function, alt text, stable SVG."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import activations
from helpers.show import plots

ALT = "A straight line that rises from the lower left to the upper right."


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


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
    styles = [plots._style(name) for name in activations.names()]
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


def test_theme_css_defines_every_colour_twice():
    for name in plots.PALETTE:
        assert plots.theme_css().count(f"--figure-{name}:") == 2


def test_labels_are_pushed_apart():
    heights = plots._spread([0.5, 0.5, 0.51, 0.9], 0.06)
    assert np.all(np.diff(heights) >= 0.06 - 1e-6)
    assert np.isclose(np.mean(heights[:3]), 0.5033, atol=1e-3)
