"""The table of the catalogue: plain without scripts, sorted and filtered with them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from helpers.show import sortable

CAPTION = "Four <functions>"


@pytest.fixture
def frame() -> pd.DataFrame:
    values = {
        "family": ["S-shaped", "S-shaped", "rectifier", "vector"],
        "slope": [1.0, 0.25, np.inf, np.nan],
        "smooth": [True, np.True_, False, True],
        "used in": ["states", "gates & more", "x" * 50, ""],
    }
    index = pd.Index(["tanh", "sigmoid", "squared", "softmax"], name="function")
    return pd.DataFrame(values, index=index)


def test_html_holds_every_value_and_escapes_it(frame):
    html = sortable.to_html(frame, CAPTION)
    assert "Four &lt;functions&gt;" in html and "gates &amp; more" in html
    assert html.count("<tr>") == 5 and html.count('scope="col"') == 5
    assert 'data-number="Infinity">∞<' in html and 'data-number="nan"><' in html
    assert "<td>yes</td>" in html and "<td>no</td>" in html
    assert 'class="long"' in html and 'tabindex="0"' in html


def test_it_needs_no_network_and_its_script_is_short(frame):
    html = sortable.to_html(frame, CAPTION)
    assert not re.search(r"https?:|src=|@import|url\(", html)
    assert len(sortable.SCRIPT.strip().splitlines()) <= 60


def test_numbers_are_short():
    assert sortable._as_text(1.2345678) == "1.235"
    assert sortable._as_text(-np.inf) == "−∞"
    assert sortable._as_text(np.float32(0.5)) == "0.5"


@pytest.mark.parametrize("wrong", ["empty", "nameless", "mute"])
def test_what_makes_no_table_is_refused(frame, wrong):
    given = {"empty": frame.iloc[:0], "nameless": frame.rename_axis(None), "mute": frame}[wrong]
    with pytest.raises(ValueError, match="caption"):
        sortable.to_html(given, "?!" if wrong == "mute" else CAPTION)


def test_show_stores_html_and_text(frame, capsys):
    sortable.show(frame, CAPTION)
    assert "Table" not in capsys.readouterr().err


def page_of(frame: pd.DataFrame) -> str:
    return f'<!doctype html><html lang="en"><title>t</title>{sortable.to_html(frame, CAPTION)}'


def names(page) -> list[str]:
    return [row for row in page.locator("tbody tr:visible th").all_inner_texts()]


def test_reader_sorts_and_filters_with_the_keyboard(browser, frame):
    page = browser.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(page_of(frame))
    button = page.get_by_role("button", name="slope")
    head = page.locator("thead th").nth(2)
    assert head.get_attribute("aria-sort") is None

    button.focus()
    page.keyboard.press("Enter")
    assert names(page) == ["sigmoid", "tanh", "squared", "softmax"]
    assert head.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert names(page) == ["squared", "tanh", "sigmoid", "softmax"], "what is missing stays last"
    assert head.get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="function").click()
    assert names(page) == ["sigmoid", "softmax", "squared", "tanh"]
    assert page.locator("[aria-sort]").count() == 1

    page.get_by_label("Show rows with").fill("s-SHAPED gates")
    assert names(page) == ["sigmoid"]
    assert page.get_by_role("status").inner_text() == "1 of 4 rows shown"
    page.get_by_label("Show rows with").fill("")
    assert len(names(page)) == 4
    assert asked == []
    page.close()


def test_table_is_whole_without_scripts(browser, frame):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(page_of(frame))
    assert names(page) == ["tanh", "sigmoid", "squared", "softmax"]
    assert page.locator("button, input").count() == 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_table_is_accessible_and_scrolls_in_its_box(browser, frame, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme)
    page.set_content(page_of(frame))
    found = Axe().run(page).response["violations"]
    assert not [v["id"] for v in found if v["impact"] in {"serious", "critical"}]
    wide = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert len(set(page.evaluate(wide))) == 1
    page.close()
