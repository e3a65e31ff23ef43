"""One table that sorts and filters: typed cells, plain without scripts, alive with them."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import paper
import pytest

from helpers.show import table
from helpers.show.record import RecordError, mime
from helpers.statistics import Estimate

CAPTION = "Four <functions>"
SPEEDS = [Estimate(10, 9, 11, 5, "s"), Estimate(9.5, 9, 10, 5, "s"), Estimate(2, 1, np.inf), None]


@pytest.fixture
def frame() -> pd.DataFrame:
    values = {
        "family": ["S-shaped", "S-shaped", "rectifier", "vector"],
        "slope": [1.0, 0.25, np.inf, np.nan],
        "smooth": [True, np.True_, False, True],
        "speed": SPEEDS,
        "used in": ["states", "gates & more", "x" * 50, ""],
    }
    index = pd.Index(["tanh", "sigmoid", "squared", "softmax"], name="function")
    return pd.DataFrame(values, index=index)


def stored(frame: pd.DataFrame) -> dict:
    """Return the record as it comes back from a file."""
    return json.loads(json.dumps(table.to_record(frame, CAPTION, "Rows with"), sort_keys=True))


def html_of(frame: pd.DataFrame) -> str:
    return table.to_html(table.from_record(stored(frame)), alone=True)


def bare(rows, **more) -> table.Table:
    """A table of one column, with these texts, or rows."""
    rows = [r if isinstance(r, table.Row) else table.Row([table.TableCell(r)]) for r in rows]
    return table.Table("t", "Some rows", ["name"], rows, **more)


# ---- what a record holds ----


def test_cells_keep_their_types_through_a_file(frame):
    back = table.from_record(stored(frame))
    assert list(back.heads) == ["function", "family", "slope", "smooth", "speed", "used in"]
    values = [[cell.value for cell in row.cells] for row in back.rows]
    assert values[0] == ["tanh", "S-shaped", 1.0, True, SPEEDS[0], "states"]
    assert values[2] == ["squared", "rectifier", np.inf, False, SPEEDS[2], "x" * 50]
    assert values[3] == ["softmax", "vector", None, True, None, ""]
    assert json.dumps(stored(frame), allow_nan=False), "JSON that every program reads"


def test_whole_numbers_are_numbers_and_other_objects_their_text():
    frame = pd.DataFrame({"n": [1, 20], "d": [pd.Timestamp("2024-05-01"), pd.NaT]})
    rows = table.from_record(stored(frame.rename_axis("row"))).rows
    assert [[cell.value for cell in row.cells[1:]] for row in rows] == [
        [1.0, "2024-05-01 00:00:00"], [20.0, None],
    ]  # fmt: skip


@pytest.mark.parametrize("cell", [["x"], {"value": 1}])
def test_a_cell_of_no_known_type_is_refused(frame, cell):
    data = stored(frame)
    data["rows"][0][1] = cell
    with pytest.raises((ValueError, RecordError), match="known|is no estimate"):
        table.from_record(data)


def test_show_stores_a_record_html_and_text(frame, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append((data, raw)))
    table.show(frame, CAPTION, "Rows with")
    ((bundle, raw),) = shown
    assert raw and list(bundle) == [mime("table"), "text/html", "text/plain"]
    assert bundle[mime("table")] == table.to_record(frame, CAPTION, "Rows with")
    assert bundle["text/html"] == html_of(frame)
    lines = bundle["text/plain"].splitlines()
    assert lines[0] == CAPTION and len(lines) == 6
    assert " ".join(lines[2].split()) == "tanh S-shaped 1 yes 10.0 [9.0, 11.0] s states"


@pytest.mark.parametrize("wrong", ["empty", "nameless", "mute"])
def test_what_makes_no_table_is_refused(frame, wrong):
    given = {"empty": frame.iloc[:0], "nameless": frame.rename_axis(None), "mute": frame}[wrong]
    with pytest.raises(ValueError, match="caption"):
        table.show(given, "?!" if wrong == "mute" else CAPTION)
    with pytest.raises(ValueError, match="caption"):
        bare([])
    with pytest.raises(ValueError, match="every row needs 1 cells"):
        bare([table.Row([])])


# ---- as HTML ----


def test_html_holds_every_value_and_escapes_it(frame):
    html = html_of(frame)
    assert "Four &lt;functions&gt;" in html and "gates &amp; more" in html
    assert html.count('<tr role="row">') == 5 and html.count('scope="col"') == 6
    assert 'data-number="Infinity">∞<' in html and 'data-number="10.0">10.0 [9.0, 11.0] s<' in html
    assert ">yes</td>" in html and ">no</td>" in html
    assert 'class="long"' in html and 'tabindex="0"' in html


def test_numbers_are_short():
    texts = [table.text(x) for x in (1.2345678, -np.inf, float(np.float32(0.5)), np.nan, None)]
    assert texts == ["1.235", "−∞", "0.5", "", ""]


def test_a_page_gets_neither_script_nor_style_nor_handlers(frame):
    html = table.to_html(table.from_record(stored(frame)))
    assert not re.search(r"<script|<style|\son\w+=|javascript:|style=", html)
    alone = html_of(frame)
    assert alone.count("<script>") == 1 and alone.count("<style>") == 1
    assert not re.search(r"https?:|src=|@import|url\(|\son\w+=", alone)
    assert not re.search(r"#[0-9a-f]{6}", table.file(table.STYLE).replace("#767676", ""))


def test_another_language_needs_only_words(frame):
    words = {"yes": "jes", "no": "ne", "Rows with": "Vicoj kun", "family": "familio",
             "S-shaped": "S-forma", CAPTION: "Kvar funkcioj",
             "{shown} of {all} rows shown": "{shown} el {all} vicoj"}  # fmt: skip
    html = table.to_html(table.from_record(stored(frame), words), words=words)
    for english, other in words.items():
        assert other in html, english
    assert ">yes<" not in html and "S-shaped" not in html


# ---- in a browser ----


def names(page) -> list[str]:
    return page.locator("tbody tr:visible th").all_inner_texts()


def test_reader_sorts_and_filters_with_the_keyboard(browser, tmp_path, frame):
    with paper.opened(browser, tmp_path, html_of(frame)) as page:
        button = page.get_by_role("button", name="slope")
        head = page.locator("thead th").nth(2)
        assert head.get_attribute("aria-sort") is None
        button.focus()
        page.keyboard.press("Enter")
        assert names(page) == ["sigmoid", "tanh", "squared", "softmax"]
        assert head.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Space")
        assert names(page) == ["squared", "tanh", "sigmoid", "softmax"], "what is missing is last"
        assert head.get_attribute("aria-sort") == "descending"
        page.get_by_role("button", name="speed").click()
        assert names(page) == ["squared", "sigmoid", "tanh", "softmax"], "by value, not by text"
        page.get_by_role("button", name="function").click()
        assert names(page) == ["sigmoid", "softmax", "squared", "tanh"]
        assert page.locator("[aria-sort]").count() == 1

        page.get_by_label("Rows with").fill("s-SHAPED gates")
        assert names(page) == ["sigmoid"]
        assert page.get_by_role("status").inner_text() == "1 of 4 rows shown"
        page.get_by_role("button", name="slope").click()
        assert names(page) == ["sigmoid"], "a hidden row stays hidden when sorted"
        page.get_by_label("Rows with").fill("")
        assert len(names(page)) == 4


def test_cell_with_markup_is_sorted_by_its_value(browser, tmp_path):
    cells = [table.TableCell("b", "<i>1</i>"), table.TableCell("a", "<i>2</i>")]
    html = table.to_html(bare([table.Row([cell]) for cell in cells]), alone=True)
    with paper.opened(browser, tmp_path, html) as page:
        page.get_by_role("button", name="name").click()
        assert names(page) == ["2", "1"]


def test_several_tables_of_a_page_share_one_script(browser, tmp_path):
    """As on a page of the book: the script comes once, after the tables."""
    two = [table.to_html(bare(["a", "b"], search=label)) for label in ("Left", "Right")]
    html = f"{''.join(two)}<script>{table.file(table.SCRIPT)}</script>" * 2  # and runs twice
    with paper.opened(browser, tmp_path, html) as page:
        page.get_by_label("Right").first.fill("b")
        assert names(page) == ["a", "b", "b", "a", "b", "a", "b"]
        assert page.get_by_role("searchbox").count() == 4, "no control is made twice"


def test_table_is_whole_without_scripts(browser, tmp_path, frame):
    with paper.opened(browser, tmp_path, html_of(frame), scripts=False) as page:
        assert names(page) == ["tanh", "sigmoid", "squared", "softmax"]
        assert page.locator("button, input").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 375])
def test_table_is_accessible_wide_and_on_a_phone(browser, tmp_path, frame, theme, width):
    with paper.opened(browser, tmp_path, html_of(frame), theme, width) as page:
        assert paper.faults(page) == []
        assert page.get_by_role("row").count() == 5, "stacked rows are still rows"
        button = page.get_by_role("button", name="slope")
        button.focus()
        box = button.bounding_box()
        assert box["width"] > 20 and box["height"] > 10, "what has the focus is visible"
        page.keyboard.press("Enter")
        assert names(page)[0] == "sigmoid"


def test_rows_are_stacked_on_a_phone(browser, tmp_path, frame):
    with paper.opened(browser, tmp_path, html_of(frame), width=375) as page:
        place = page.locator("tbody tr").first.locator("td")
        tops = [place.nth(i).bounding_box()["y"] for i in range(4)]
        assert tops == sorted(set(tops)), "each cell has a line of its own"
        label = "getComputedStyle(document.querySelector('td'), '::before').content"
        assert "family" in page.evaluate(label)
