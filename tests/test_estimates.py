"""The text form of an estimate: digits, special numbers, and the way back."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.statistics.estimate import MIME, PATTERN, Estimate, parse


@pytest.mark.parametrize(
    "numbers, text",
    [
        ((0.83, 0.79, 0.87), "0.83 [0.79, 0.87]"),
        ((3.1e-9, 2.0e-9, 5.2e-9), "3.1e-09 [2.0e-09, 5.2e-09]"),
        ((0.8312, 0.8102, 0.8501), "0.831 [0.810, 0.850]"),
        ((0.5, 0.45, 0.5), "0.50 [0.45, 0.50]"),
        ((344, 320, 400), "344 [320, 400]"),
        ((123456.7, 103456, 143456), "123457 [103456, 143456]"),
        ((2.5e7, 2e7, 3e7), "2.5e+07 [2.0e+07, 3.0e+07]"),
        ((-12.34, -13.1, -11.2), "-12.3 [-13.1, -11.2]"),
        ((-0.0001, -0.2, 0.3), "0.00 [-0.20, 0.30]"),
        ((1e-9, 1e-12, 1e-3), "1.0e-09 [1.0e-12, 1.0e-03]"),
        ((0.0, 0.0, 0.0), "0.00 [0.00, 0.00]"),
        ((1.0, 1.0, 1.0), "1.00 [1.00, 1.00]"),
        ((0.0, 0.0, 0.16), "0.00 [0.00, 0.16]"),
        ((1e-5, 1e-5, 1e-5), "1.00e-05 [1.00e-05, 1.00e-05]"),
        ((math.inf, 3.0, math.inf), "inf [3.00, inf]"),
        ((-math.inf, -math.inf, 2.0), "-inf [-inf, 2.00]"),
        ((0.5, math.nan, math.nan), "0.500 [nan, nan]"),
        ((math.nan, math.nan, math.nan), "nan [nan, nan]"),
        ((1 / 3, 1 / 3 - 1e-16, 1 / 3), "0.333333333333 [0.333333333333, 0.333333333333]"),
        ((0.0, -1.7e308, 1.7e308), "0.0e+00 [-1.7e+308, 1.7e+308]"),
        ((5e-324, 0.0, 5e-324), "4.94e-324 [0.00e+00, 4.94e-324]"),
        # The limits of plain notation: 1e6 above, 1e-3 below, a factor of 1000 between the ends.
        ((9e5, 8e5, 999999), "900000 [800000, 999999]"),
        ((1e6, 9e5, 1e6), "1.00e+06 [9.00e+05, 1.00e+06]"),
        ((0.0008, 0.0007, 0.001), "0.00080 [0.00070, 0.00100]"),
        ((0.0008, 0.0007, 0.00099), "8.0e-04 [7.0e-04, 9.9e-04]"),
        ((0.5, 0.001, 1.0), "5.0e-01 [1.0e-03, 1.0e+00]"),
        ((0.5, 0.0010005, 1.0), "0.5 [0.0, 1.0]"),
        ((-0.5, -1.0, -0.001), "-5.0e-01 [-1.0e+00, -1.0e-03]"),
        ((0.5, -0.001, 1.0), "0.5 [0.0, 1.0]"),
        ((0.0, 0.0, 1000.0), "0 [0, 1000]"),
        # The number of digits changes where the interval is 5 units of the last one wide.
        ((0.5, 0.45, 0.55), "0.50 [0.45, 0.55]"),
        ((0.5, 0.475, 0.525), "0.50 [0.47, 0.53]"),
        ((0.5, 0.476, 0.524), "0.500 [0.476, 0.524]"),
        ((3.0, 3.0, 3.0), "3.00 [3.00, 3.00]"),
        ((30.0, 30.0, 30.0), "30.0 [30.0, 30.0]"),
        ((-0.0, -0.0, 0.0), "0.00 [0.00, 0.00]"),
    ],
)
def test_text(numbers, text):
    assert str(Estimate(*numbers)) == text
    assert repr(Estimate(*numbers)) == text


def test_digits_do_not_depend_on_the_last_bits():
    # 0.87 - 0.82 is a little more than 0.05, where the number of digits changes.
    texts = {str(Estimate(0.85, 0.82, 0.87 + k * 2**-53)) for k in range(-3, 4)}
    assert texts == {"0.85 [0.82, 0.87]"}


FLOATS = st.floats(allow_nan=False, width=64)


@settings(deadline=None)
@given(FLOATS, FLOATS, FLOATS)
def test_text_can_be_read_back(a, b, c):
    low, value, high = sorted((a, b, c))
    estimate = Estimate(value, low, high)
    text = str(estimate)
    assert re.fullmatch(PATTERN, text)
    assert "-0." not in text or parse(text).low < 0
    back = parse(text)
    assert back.low <= back.value <= back.high
    finite = [x for x in (value, low, high) if math.isfinite(x)]
    half_width = max(finite) / 2 - min(finite) / 2 if finite else 0.0
    for before, after in ((value, back.value), (low, back.low), (high, back.high)):
        if math.isinf(before) or math.isinf(after):
            # Rounding 1.797e308 up leaves the range of floats.
            assert before == after or abs(before) > 1.7e308
        elif half_width:
            # Half a unit of the last digit is at most a tenth of the width, or what
            # twelve digits leave over.
            assert abs(before - after) <= max(0.2 * half_width, 1e-11 * abs(before)) + 5e-324
        else:
            assert math.isclose(before, after, rel_tol=0.0051, abs_tol=5e-324)


@settings(deadline=None)
@given(FLOATS)
def test_one_number_survives_to_three_digits(x):
    back = parse(str(Estimate(x, x, x))).value
    assert back == x or math.isclose(back, x, rel_tol=0.0051) or abs(x) > 1.7e308


def test_parse_gives_the_numbers():
    estimate = parse(" 3.1e-09 [-inf, nan] ")
    assert estimate.value == 3.1e-9
    assert estimate.low == -math.inf and math.isnan(estimate.high)
    assert estimate.n == 0
    assert parse("83.5% [79.0%, 87.0%]") == Estimate(0.835, 0.79, 0.87)


@pytest.mark.parametrize(
    "text",
    ["", "0.83", "0.83 (0.79, 0.87)", "0.83 [0.79 0.87]", "0.83 [0.79,0.87]", "x [1, 2]",
     "1 [2, 3, 4]", "0.83 [0.79, 0.87] s", "1,000 [1, 2]", "1. [1, 2]"],
)  # fmt: skip
def test_parse_refuses(text):
    with pytest.raises(ValueError, match="no estimate"):
        parse(text)


def test_pattern_finds_every_estimate_in_a_page():
    page = "tanh: 0.83 [0.79, 0.87], n = 10\\n3.1e-09 [2.0e-09, 5.2e-09]; -inf [-inf, 2.00]."
    assert [m.group() for m in re.finditer(PATTERN, page)] == [
        "0.83 [0.79, 0.87]",
        "3.1e-09 [2.0e-09, 5.2e-09]",
        "-inf [-inf, 2.00]",
    ]
    assert not re.search(PATTERN, "version 1.2.3 [4, 5]")


def test_format_spec():
    estimate = Estimate(0.8312, -0.0001, 0.8501)
    assert f"{estimate:.2f}" == "0.83 [0.00, 0.85]"
    assert f"{estimate:.1%}" == "83.1% [0.0%, 85.0%]"
    assert f"{estimate:.1e}" == "8.3e-01 [-1.0e-04, 8.5e-01]"
    assert f"{estimate}" == str(estimate)
    assert parse(f"{estimate:.1%}").value == pytest.approx(0.831)
    with pytest.raises(ValueError, match="format spec"):
        f"{Estimate(1e4, 1e4, 2e4):,.0f}"


def test_overlap():
    a = Estimate(1, 0, 2)
    assert a.overlaps(Estimate(3, 2, 4)) and Estimate(3, 2, 4).overlaps(a)
    assert a.overlaps(Estimate(1, 0.5, 1.5))
    assert a.overlaps(Estimate(9, 1.9, math.inf))
    assert not a.overlaps(Estimate(3, 2.1, 4)) and not Estimate(3, 2.1, 4).overlaps(a)
    assert not a.overlaps(Estimate(1, math.nan, math.nan))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"low": 2, "high": 1}, "above"),
        ({"low": 0, "high": 1, "n": -1}, "n=-1"),
        ({"low": 0, "high": 1, "level": 95}, "level=95"),
        ({"low": 0, "high": 1, "level": 1}, "level=1 "),
        ({"low": 0, "high": 1, "level": 0}, "level=0 "),
    ],
)
def test_impossible_estimates_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Estimate(1, **arguments)


def test_what_is_just_possible_is_accepted():
    narrow = Estimate(1, 1, 1, n=0, level=0.999)
    assert (narrow.low, narrow.high, narrow.n, narrow.unit) == (1.0, 1.0, 0, "")
    assert Estimate(1, 0, 2).level == 0.95 and Estimate(1, 0, 2).n == 0
    assert all(type(x) is float for x in (narrow.value, narrow.low, narrow.high))
    assert type(Estimate(1, 0, 2, n=3.0).n) is int
    assert Estimate(1, 0, 2) == Estimate(1, 0, 2) != Estimate(1, 0, 2, n=1)


def test_a_negative_zero_is_written_as_zero_in_any_format():
    tiny = Estimate(-1e-9, -1e-9, 1e-9)
    for spec, text in (
        (".1f", "0.0 [0.0, 0.0]"),
        (".1F", "0.0 [0.0, 0.0]"),
        (".0%", "0% [0%, 0%]"),
        ("z.1f", "0.0 [0.0, 0.0]"),
        (".1e", "-1.0e-09 [-1.0e-09, 1.0e-09]"),
    ):
        assert f"{tiny:{spec}}" == text


def test_a_notebook_stores_the_numbers_beside_the_text():
    estimate = Estimate(0.5, -math.inf, math.nan, n=3, unit="s", level=0.9)
    record = {"value": 0.5, "low": "-inf", "high": None, "n": 3, "unit": "s", "level": 0.9}
    assert estimate._repr_mimebundle_() == {"text/plain": "0.500 [-inf, nan]", MIME: record}
    back = Estimate.from_record(record)
    assert (back.value, back.low, back.n, back.unit, back.level) == (0.5, -math.inf, 3, "s", 0.9)
    assert math.isnan(back.high)
    assert Estimate.from_record({"value": 1, "low": 0, "high": 2}) == Estimate(1, 0, 2)


def test_estimate_is_frozen():
    with pytest.raises(AttributeError):
        Estimate(1, 0, 2).value = 3
