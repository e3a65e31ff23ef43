"""The guide: rules without a gap, whose strength follows from the ledger."""

from __future__ import annotations

import json
import re

import paper
import pytest
import yaml

from booktools.build import ROOT
from helpers.claims import guide, ledger
from helpers.show import table as tables

SMALL = """
questions:
  task: {label: Task, answers: {text: text & more, series: a series}}
  length: {label: Steps, answers: {short: few, long: many}}
parts: {cell: Cell, clip: Clipping}
rules:
  cell:
    - {advice: LSTM, when: {length: [long]}, because: w <, claims: {A01: [holds, holds if]}}
    - {advice: GRU, because: w, claims: {A01: [refuted], A02: [refuted]}, sources: [cho2014]}
  clip:
    - {advice: norm of 1, because: w, sources: [pascanu2013difficulty]}
"""


@pytest.fixture
def small(tmp_path):
    """Write the small guide with one piece replaced, and load it."""

    def load(old: str = "", new: str = "") -> guide.Guide:
        assert old in SMALL
        (tmp_path / "guide.yaml").write_text(SMALL.replace(old, new, 1), "utf8")
        return guide.load(tmp_path / "guide.yaml")

    return load


def judged(folder, **gains):
    """Return the ledger of a book that judged these claims of chapter 1."""
    paper.notebook(folder / "01_x.ipynb", gains)
    return ledger.read(folder)


def html_of(rules, table, ending=".ipynb") -> str:
    """Return the guide's HTML as it stands alone, with links to files of this ending."""
    return tables.to_html(guide.table(guide.to_record(rules, table), ending), alone=True)


@pytest.fixture(scope="module")
def course():
    return guide.load()


# ---- the rules ----


def test_first_rule_that_fits_counts(small):
    rules = small()
    advice = rules.advise({"task": "text", "length": "long"})
    assert [rule.advice for rule in advice.values()] == ["LSTM", "norm of 1"]
    advice = rules.advise({"task": "text", "length": "short"})
    assert advice["cell"].advice == "GRU"


@pytest.mark.parametrize("answers", [{"task": "text"}, {"task": "text", "length": "endless"}])
def test_missing_and_unknown_answers_name_the_choices(small, answers):
    with pytest.raises(ValueError, match="length=.*short, long"):
        small().advise(answers)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("A01: [holds, holds if]", "A99: [holds]", "cell “LSTM”: there is no claim 'A99'"),
        ("A01: [holds, holds if]", "A01: [opinion]", "A01 needs verdicts out of holds, holds if"),
        ("A01: [holds, holds if]", "A01: []", "A01 needs verdicts out of"),
        ("when: {length: [long]}", "when: {length: [huge]}", r"length: \['huge'\] is no answer"),
        ("when: {length: [long]}", "when: {width: [long]}", r"width: \['long'\] is no answer"),
        (", sources: [pascanu2013difficulty]", "", "norm of 1”: no claim and no source"),
        ("GRU, be", "GRU, when: {task: [text]}, be", "no rule on cell for series, short"),
        ("LSTM, when: {length: [long]}", "LSTM", "cell “GRU” never comes first"),
        ("clip: Clipping", "cut: Clipping", "clip “norm of 1”: there is no such part"),
    ],
)
def test_a_fault_in_the_rules_is_named(small, old, new, said):
    with pytest.raises(guide.GuideError, match=said):
        small(old, new)


def test_all_faults_are_told_at_once(small):
    with pytest.raises(guide.GuideError, match="2 faults(.|\n)*A99(.|\n)*A98"):
        small("{A01: [holds, holds if]}", "{A99: [holds], A98: [holds]}")


@pytest.mark.parametrize(
    "gains, strength",
    [
        ({"A01": -1, "A02": -1}, "strong"),
        ({"A01": -1}, "partial"),
        ({"A01": -1, "A02": 0}, "partial"),
        ({"A01": 0}, "thin"),
        ({"A03": 1}, "thin"),
        ({"A01": 1, "A02": -1}, "contradicted"),
    ],
)
def test_strength_follows_from_the_verdicts(small, tmp_path, gains, strength):
    rules, table = small(), judged(tmp_path, **gains)
    by_advice = {rule.advice: guide.strength(rule, table) for rule in rules.rules}
    assert by_advice["GRU"] == strength and by_advice["norm of 1"] == "literature"
    assert set(by_advice.values()) <= set(guide.STRENGTHS)


def test_an_opinion_is_no_evidence(small, tmp_path):
    table = judged(tmp_path, A01=-1, A02=-1)
    table.loc[table["claim"] == "A02", "verdict"] = "opinion"
    assert guide.strength(small().rules[1], table) == "partial"


def test_a_contradicted_guide_is_refused_if_it_should_be_complete(small, tmp_path, monkeypatch):
    monkeypatch.setattr("IPython.display.display", lambda data, raw: None)
    rules, table = small(), judged(tmp_path, A01=1, A02=-1)
    guide.show(rules, table)
    with pytest.raises(guide.GuideError, match="“GRU” is contradicted: A01 holds .needs refuted"):
        guide.show(rules, table, complete=True)
    with pytest.raises(guide.GuideError, match="“LSTM” is contradicted"):
        guide.check(rules, judged(tmp_path, A01=-1))
    guide.check(rules, judged(tmp_path, A02=-1))


def test_the_courses_guide_answers_every_case_and_cites_what_exists(course):
    combinations = list(course.combinations())
    assert len(combinations) == 3**5
    assert all(len(course.advise(answers)) == 6 for answers in combinations)
    known = re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text("utf8"), re.M)
    for rule in course.rules:
        assert set(rule.sources) <= set(known), rule.name
        assert rule.because.endswith("."), rule.name


# ---- how it is shown ----


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chapters")
    paper.whole_book(folder)
    return ledger.read(folder, complete=True)


def test_it_shows_html_and_text(course, table, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    guide.show(course, table)
    html, text = shown[0]["text/html"], shown[0]["text/plain"]
    assert sum(len(rule.claims) for rule in course.rules) > 20, "rules rest on claims"
    for rule in course.rules:
        assert rule.advice.split(",")[0] in html
        for claim in rule.claims:
            assert f'#verdict-{claim.lower()}">{claim}</a>' in html and claim in text
    assert "Weiss 2018" in html and "Weiss 2018" in text
    assert not re.search(r"https?:|src=|@import|url\(", html)
    assert html == html_of(guide.load(), table), "the same bytes each time"


def test_html_is_escaped(small, tmp_path):
    html = html_of(small(), judged(tmp_path, A01=1))
    assert "w &lt;" in html and "<td" in html
    assert "Task" in html and "every other case" in html and "every case" in html


def test_a_record_gives_the_guide_back_and_carries_its_evidence(course, table):
    data = json.loads(json.dumps(guide.to_record(course, table), sort_keys=True))
    assert guide.from_record(data) == course
    for rule, row in zip(course.rules, data["rules"], strict=True):
        assert row["strength"] == guide.strength(rule, table)
        verdicts = table.set_index("claim").loc[list(rule.claims), "verdict"].tolist()
        assert [cited["verdict"] for cited in row["evidence"]] == verdicts
    assert html_of(course, table, ".html").count(".html#verdict-") == sum(
        len(rule.claims) for rule in course.rules
    )


def advice(page) -> list[str]:
    return page.locator("tbody tr:visible td:nth-child(2) b").all_inner_texts()


def test_reader_gets_the_advice_that_the_rules_give(browser, tmp_path, course, table):
    """The script and `Guide.advise` agree on every kind of case."""
    with paper.opened(browser, tmp_path, html_of(course, table)) as page:
        told = page.evaluate(
            """cases => cases.map(answers => {
                for (const label of document.querySelectorAll('#guide-table label')) {
                    const name = label.firstChild.textContent;
                    if (!(name in answers)) continue;
                    label.control.value = answers[name];
                    label.control.dispatchEvent(new Event('input', {bubbles: true}));
                }
                return [...document.querySelectorAll('#guide-table tbody tr:not([hidden])')]
                    .map(row => row.cells[1].querySelector('b').textContent);
            })""",
            [
                {course.questions[q]["label"]: answer for q, answer in answers.items()}
                for answers in course.combinations()
            ],
        )
    for answers, advised in zip(course.combinations(), told, strict=True):
        assert advised == [rule.advice for rule in course.advise(answers).values()], answers


def test_reader_answers_with_the_keyboard_and_hears_the_advice(browser, tmp_path, course, table):
    with paper.opened(browser, tmp_path, html_of(course, table)) as page:
        assert len(advice(page)) == 6
        page.keyboard.press("Tab")
        page.keyboard.type("counting")
        assert advice(page)[0] == "LSTM"
        said = page.get_by_role("status")
        assert said.get_attribute("aria-live") == "polite"
        assert said.inner_text().startswith("Cell: LSTM (") and "; Clipping: " in said.inner_text()
        page.get_by_label("Show every rule").check()
        assert len(advice(page)) == len(course.rules)
        assert page.locator("tr.chosen").count() == 6
        page.get_by_label("Show every rule").uncheck()
        assert len(advice(page)) == 6


def test_it_is_whole_without_scripts(browser, tmp_path, course, table):
    with paper.opened(browser, tmp_path, html_of(course, table), scripts=False) as page:
        assert advice(page) == [rule.advice for rule in course.rules]
        assert page.locator("select, input").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 375])
def test_it_is_accessible_wide_and_on_a_phone(browser, tmp_path, course, table, theme, width):
    with paper.opened(browser, tmp_path, html_of(course, table), theme, width) as page:
        assert paper.faults(page) == []
        page.get_by_label("Show every rule").check()
        assert paper.faults(page) == []


def test_the_yaml_holds_no_strength(course):
    data = yaml.safe_load((ROOT / "helpers" / "claims" / "guide.yaml").read_text("utf8"))
    keys = {key for entries in data["rules"].values() for entry in entries for key in entry}
    assert keys == {"advice", "when", "because", "claims", "sources"}
