"""Tables of pandas: numbers stand to the right, words to the left, and nothing else changes."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from booktools.dataframes import align, is_number


@pytest.mark.parametrize(
    "text", ["1", "-4.62 [-4.72, -4.41]", "[1.00, 1.00]", "0.9980", "12 000", "−3", "1e-05", "45 %",
             "∞", "–", "(0.1, 0.2)", "", "2.1×"]
)  # fmt: skip
def test_numbers_are_known(text):
    assert is_number(text)


@pytest.mark.parametrize(
    "text", ["tanh", "1 of 3", "A07", "yes", "3 layers", "[a, b]", "10 ms or so"]
)
def test_words_are_no_numbers(text):
    assert not is_number(text)


def test_columns_of_numbers_are_marked_with_their_heads():
    frame = pd.DataFrame({"what": ["a", "b"], "share": ["0.1 [0.0, 0.2]", ""], "n": [1, 20]})
    made = align(frame.to_html(index=False))
    assert re.findall(r'class="number">([^<]*)<', made) == [
        "share", "n", "0.1 [0.0, 0.2]", "1", "", "20"
    ]  # fmt: skip
    assert re.sub(' class="number"', "", made) == frame.to_html(index=False)
    assert align(made) == made, "a second time changes something"


def test_a_column_with_one_word_is_one_of_words():
    frame = pd.DataFrame({"x": [1, "none", 3]})
    assert "number" not in re.sub(r"<th>\d</th>", "", align(frame.to_html(index=False)))


def test_an_index_of_words_and_its_empty_corner_stay():
    made = align(pd.DataFrame({"x": [1.5]}, index=["tanh"]).rename_axis("f").to_html())
    assert "<th>tanh</th>" in made and '<td class="number">1.5</td>' in made
    assert '<th class="number">x</th>' in made


def test_tables_with_joined_cells_and_other_tables_stay():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], ["b", "c"]]))
    assert align(frame.to_html()) == frame.to_html()
    other = "<table><tbody><tr><td>1</td></tr></tbody></table>"
    assert align(other) == other
