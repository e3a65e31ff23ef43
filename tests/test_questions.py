"""The table of questions: gathered from the lessons, each leading to its answer."""

from __future__ import annotations

import json

import paper
import pytest

from booktools.figures import RECORDS
from helpers.claims import questions

TEXT = """# Lesson

## It stops

(q-nan)=
### Is NaN a `bug`?

Words. **No, it is
*divergence*.** More **bold**.

## It is slow

(q-slow)=
### How slow?

**Three times.**

### Exercises
"""


def book(folder, text=TEXT):
    (folder / "06_faq").mkdir(exist_ok=True)
    for name in ("06_faq", "06_faq/1_a"):
        cells = [{"cell_type": "markdown", "source": [text], "metadata": {}, "id": "a"}]
        metadata = {"language_info": {"name": "python"}}
        data = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{name}.ipynb").write_text(json.dumps(data), "utf8")
    return folder


def test_questions_are_the_headings_with_their_bold_sentence(tmp_path):
    found = questions.read("06_faq", book(tmp_path))
    assert found == [
        questions.Question(
            "It stops", "Is NaN a bug?", "No, it is divergence.", "06_faq/1_a", "q-nan"
        ),
        questions.Question("It is slow", "How slow?", "Three times.", "06_faq/1_a", "q-slow"),
    ]


@pytest.mark.parametrize("old, new", [("(q-nan)=\n", ""), ("**Three times.**", "Three times.")])
def test_a_question_without_label_or_answer_is_refused(tmp_path, old, new):
    with pytest.raises(ValueError, match="needs a label and a sentence in bold"):
        questions.read("06_faq", book(tmp_path, TEXT.replace(old, new)))


def test_it_leads_to_the_answers_and_can_be_searched(tmp_path, browser):
    data = questions.to_record(questions.read("06_faq", book(tmp_path)))
    assert 'href="../06_faq/1_a.html#q-nan"' in RECORDS["questions"](data, "../")
    with paper.opened(browser, tmp_path, questions.to_html(data, ".html", alone=True)) as page:
        page.get_by_label("Search").fill("divergence")
        assert page.locator("tbody tr:visible th").all_inner_texts() == ["It stops"]
        page.get_by_label("Search").fill("")
        page.get_by_label("You see").select_option("It is slow")
        assert page.locator("tbody tr:visible a").all_inner_texts() == ["How slow?"]
        assert paper.faults(page) == []
    assert "How slow? Three times." in questions.to_text(data)
