"""Named values of a notebook: stored for the prose, estimates with their numbers."""

from __future__ import annotations

import IPython.display
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from myst_nb.core.variables import format_plain_text
from myst_nb.ext.glue import extract_glue_data_cell
from nbformat.v4 import new_code_cell, new_output

from helpers.show.glue import glue
from helpers.statistics import Estimate
from helpers.statistics.estimate import MIME


@pytest.fixture
def stored(monkeypatch):
    """Return a function that glues a value and reads it back as myst-nb does."""

    def read(*given):
        shown = []
        monkeypatch.setattr(
            IPython.display, "display", lambda data, **more: shown.append((data, more))
        )
        glue(*given)
        ((data, more),) = shown
        assert more["raw"] is True
        output = new_output("display_data", data=data, metadata=more["metadata"])
        cell = new_code_cell(outputs=[output])
        ((name, found),) = extract_glue_data_cell(cell)
        assert cell.outputs == []  # the page does not show it
        return name, found["data"]

    return read


@pytest.mark.parametrize(
    "value, spec, text",
    [
        (Estimate(0.83, 0.79, 0.87), "", "0.83 [0.79, 0.87]"),
        (Estimate(0.83, 0.79, 0.87), ".1%", "83.0% [79.0%, 87.0%]"),
        (0.12345, ".2f", "0.12"),
        (np.float64(0.5), "", "0.5"),
        (np.int64(7), "", "7"),
        (7, "", "7"),
        ("hard tanh", "", "hard tanh"),
        ("2.50", "", "2.50"),
    ],
)
def test_the_prose_shows_what_the_notebook_named(stored, value, spec, text):
    name, data = stored("share", value, spec)
    assert name == "share"
    assert format_plain_text(data["text/plain"], "s") == text
    assert (MIME in data) is isinstance(value, Estimate)
    if isinstance(value, Estimate):
        assert Estimate.from_record(data[MIME]) == value


def test_jupyterlab_is_told_which_value_a_name_has(monkeypatch):
    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, **more: shown.append(data))
    glue("share", 0.123, ".2f")
    assert shown[0]["text/plain"] == "In the text: share = 0.12"


@pytest.mark.parametrize("name", ["", "a:b", "a`b"])
def test_a_name_that_the_role_cannot_read_is_refused(name):
    with pytest.raises(ValueError, match="colons"):
        glue(name, 1)


@pytest.mark.parametrize("value", [np.zeros(3), None, True, {"a": 1}])
def test_other_values_are_refused(value):
    with pytest.raises(TypeError, match="Estimate"):
        glue("share", value)


def test_a_displayed_estimate_is_typed():
    estimate = Estimate(0.83, 0.79, 0.87, n=10, unit="GW", level=0.9)
    data, _ = InteractiveShell.instance().display_formatter.format(estimate)
    assert data["text/plain"] == "0.83 [0.79, 0.87]"
    assert data[MIME] == {
        "value": 0.83, "low": 0.79, "high": 0.87, "n": 10, "unit": "GW", "level": 0.9,
    }  # fmt: skip
    assert Estimate.from_record(data[MIME]) == estimate


def test_an_estimate_without_ends_or_with_infinite_ones_is_json():
    nothing = Estimate(0.5, np.nan, np.nan).to_record()
    assert nothing["low"] is None and np.isnan(Estimate.from_record(nothing).low)
    endless = Estimate(0.5, -np.inf, np.inf).to_record()
    assert (endless["low"], endless["high"]) == ("-inf", "inf")
    assert Estimate.from_record(endless) == Estimate(0.5, -np.inf, np.inf)
    assert Estimate.from_record({"value": 1, "low": 0, "high": 2}) == Estimate(1, 0, 2)
