"""The ledger: every claim once, each verdict from the cell that judged it."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import paper
import pytest

from booktools import build
from helpers import claims
from helpers.claims import guide, ledger, stored
from helpers.claims.card import anchor
from helpers.show import table as tables
from helpers.statistics import Estimate

OWN = ("A34", "A35", "A36", "B57")
WIDE = Estimate(2.0, 1.0, 3.0, 20)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chapters")
    paper.whole_book(folder)
    return folder


@pytest.fixture(scope="module")
def table(whole):
    return ledger.read(whole, complete=True)


def page_of(table, ending=".ipynb") -> str:
    """Return the ledger's HTML as it stands alone, with links to files of this ending."""
    return tables.to_html(ledger.table(ledger.to_record(table), ending), alone=True)


# ---- what it holds ----


def test_every_claim_stands_in_it_once_with_its_verdict(table):
    assert list(table["claim"]) == list(claims.load())
    assert not (table["verdict"] == ledger.UNTESTED).any() and not table["problem"].any()
    row = table.set_index("claim").loc["A07"]
    assert row.english == claims.get("A07").english and row.quote == claims.get("A07").quote
    assert (row.effect, row.expected, row.notebook) == ("gain", "holds", "03_x")
    assert row.estimate == Estimate(1, 0.9, 1.1, 10, "%")
    assert sum(ledger.counts(table).values()) == 60
    assert list(ledger.counts(table)) == list(claims.VERDICTS)


def test_chapters_that_are_missing_count_as_not_yet_tested(tmp_path):
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1, "A03": -1})
    table = ledger.read(tmp_path).set_index("claim")
    assert table.loc[["A01", "A03"], "verdict"].tolist() == ["holds", "refuted"]
    assert (table["verdict"] == ledger.UNTESTED).sum() == 58
    assert table.loc["A07", "problem"] == "no verdict in chapter 3"
    with pytest.raises(ledger.IncompleteLedger, match="58 claims are not settled") as error:
        ledger.read(tmp_path, complete=True)
    assert "A07: no verdict in chapter 3" in str(error.value)
    assert "A01" not in str(error.value)


def test_a_notebook_without_verdicts_and_a_folder_without_notebooks(tmp_path):
    with pytest.raises(FileNotFoundError):
        ledger.read(tmp_path)
    paper.notebook(tmp_path / "01_x.ipynb", {})
    assert set(ledger.read(tmp_path)["verdict"]) == {ledger.UNTESTED}


@pytest.mark.parametrize(
    "files, problem",
    [
        ({"01_x": ["A01"], "01_y": ["A01"]}, "judged 2 times, in 01_x, 01_y"),
        ({"02_x": ["A01"]}, "judged in 02_x and not in chapter 1"),
        ({"appendix": ["A01"]}, "judged in appendix and not in chapter 1"),
    ],
)
def test_a_verdict_in_the_wrong_place_does_not_count(tmp_path, files, problem):
    for name, judged in files.items():
        paper.notebook(tmp_path / f"{name}.ipynb", dict.fromkeys(judged, 1))
    row = ledger.read(tmp_path).set_index("claim").loc["A01"]
    assert (row.verdict, row.problem, row.notebook) == (ledger.UNTESTED, problem, "")
    with pytest.raises(ledger.IncompleteLedger, match=f"A01: {problem}"):
        ledger.read(tmp_path, complete=True)


def test_a_stale_notebook_does_not_count(tmp_path):
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1}, edited=True)
    row = ledger.read(tmp_path).set_index("claim").loc["A01"]
    assert row.verdict == ledger.UNTESTED and "01_x was edited since it was run" in row.problem


def test_verdicts_of_several_base_seeds_do_not_mix(tmp_path, monkeypatch):
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1, "A02": 1})
    monkeypatch.setenv("COURSE_SEED", "7")
    paper.notebook(tmp_path / "02_x.ipynb", {"A05": 1})
    row = ledger.read(tmp_path).set_index("claim").loc["A05"]
    assert row.problem == "judged under base seed 7, the others under 0"


def test_a_verdict_on_no_claim_of_the_list_is_refused(whole, tmp_path):
    for path in whole.iterdir():
        text = path.read_text("utf8")
        (tmp_path / path.name).write_text(text.replace('"claim": "A01"', '"claim": "A99"'), "utf8")
    with pytest.raises(ledger.IncompleteLedger, match="A99: is judged, but is no claim"):
        ledger.read(tmp_path, complete=True)


def test_the_notebook_that_asks_brings_its_own_verdicts(whole, tmp_path):
    paper.whole_book(tmp_path, own=OWN)
    own = [paper.judge(claim, 1)[0] for claim in OWN]
    table = ledger.read(tmp_path, own=own, complete=True).set_index("claim")
    assert table.loc["A34", "verdict"] == "holds" and table.loc["A34", "notebook"] == ledger.HERE
    again = [paper.judge(claim, -1)[0] for claim in OWN]
    table = ledger.read(whole, own=again, complete=True).set_index("claim")
    assert set(table.loc[list(OWN), "verdict"]) == {"refuted"}, "the file's are of an earlier run"
    with pytest.raises(ledger.IncompleteLedger, match="B57: no verdict in chapter 6"):
        ledger.read(whole, own=again[:3], complete=True)
    with pytest.raises(ValueError, match=r"own: .*\[1, 6\]"):
        ledger.read(whole, own=[*own, paper.judge("A01", 1)[0]])


def test_main_effect_is_the_deciding_one_though_names_contain_each_other(tmp_path):
    rules = [
        claims.Rule("holds", claims.above("speed of it", 5)),
        claims.Rule("refuted", claims.above("speed", 0.5) & claims.above("gain", 0.5)),
    ]
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1})
    book = stored.read(tmp_path / "01_x.ipynb")
    output = paper.judge("A01", 1, rules, **{"speed of it": WIDE, "speed": WIDE})[1]
    book["cells"][0]["outputs"] = [output]
    (tmp_path / "01_x.ipynb").write_text(paper.json.dumps(book), "utf8")
    assert list(claims.stored_verdicts(tmp_path).effects[0]) == ["gain", "speed of it", "speed"]
    assert ledger.read(tmp_path).loc[0, ["verdict", "effect"]].tolist() == ["refuted", "speed"]


def test_digest_is_the_same_for_text_and_lines(tmp_path):
    lines = {"cells": [{"cell_type": "code", "source": ["a\n", "b"]}], "metadata": {}}
    text = {"cells": [{"cell_type": "code", "source": "a\nb"}, {"cell_type": "markdown"}]}
    assert stored.code_digest(lines) == stored.code_digest(text)
    assert stored.is_stale(lines)
    assert [stored.chapter(n) for n in ("04a_code", "06_faq", "engine")] == [4, 6, None]


def test_digest_sees_what_code_does_and_not_how_it_is_laid_out():
    def digest(code):
        return stored.code_digest({"cells": [{"cell_type": "code", "source": code}]})

    assert digest("f(a,\n  b=1)  # why") == digest("f(a, b=1)")
    different = ["f(a, b=1)", "f(a, b=2)", "f(b, a=1)", "g(a, b=1)", "f(a, b=1.0)", "f(a, b='1')"]
    different += ["x = [1]", "x = []", "x = None", "x += 1", "x -= 1", "%time x", "%time y"]
    assert len(set(map(digest, different))) == len(different)


def test_the_digest_of_a_design_leaves_out_what_is_said_of_a_picture():
    def digest(code, of=stored.design_digest):
        return of({"cells": [{"cell_type": "code", "source": code}]})

    said, otherwise = "plots.show(figure, 'red', table=t)", "plots.show(figure, f'{b}', table=t)"
    assert digest(said) == digest(otherwise)
    assert digest(said, stored.code_digest) != digest(otherwise, stored.code_digest)
    others = ["plots.show(other, 'red', table=t)", "plots.show(figure, 'red', table=u)"]
    others += ["plots.show(figure, words, table=t)", "show(figure, 'red', table=t)", "study('red')"]
    assert len({digest(said), *map(digest, others), digest("study('blue')")}) == 7


# ---- how it is shown ----


def test_it_shows_html_and_text(table, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    ledger.show(table)
    ledger.show_counts(table)
    html, text = shown[0]["text/html"], shown[0]["text/plain"]
    for claim in claims.load().values():
        assert f'#verdict-{claim.id.lower()}">{claim.id}</a>' in html and claim.id in text
    assert "&lt;" in html and "<= 0" not in html, "the quotes are escaped"
    assert not re.search(r"https?:|src=|@import|url\(", html)
    assert html.count("<tr") == 61
    number = ledger.counts(table)
    assert f"{number['refuted']} refuted" in shown[1]["text/plain"]
    assert html == page_of(table, ".ipynb"), "the same bytes each time"
    assert 'href="03_x.ipynb#verdict-a07"' in html


def test_counts_are_drawn_as_they_are(table):
    figure = ledger.draw_counts(table)
    bars = [bar.get_width() for bar in figure.axes[0].patches]
    assert bars == list(ledger.counts(table).values())
    plt.close(figure)


def test_a_record_gives_the_ledger_back(table, tmp_path):
    """Also with claims that are not yet tested, through a JSON file with sorted keys."""
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1})
    for whole in (table, ledger.read(tmp_path)):
        data = paper.json.loads(paper.json.dumps(ledger.to_record(whole), sort_keys=True))
        back = ledger.from_record(data)
        assert back.to_dict("records") == whole.to_dict("records")


def test_links_lead_to_pages_and_from_the_asking_notebook_into_itself(whole):
    own = [paper.judge(claim, 1)[0] for claim in OWN]
    html = page_of(ledger.read(whole, own=own, complete=True), ".html")
    assert '<a href="03_x.html#verdict-a07">A07</a>' in html
    assert '<a href="#verdict-a34">A34</a>' in html and ".ipynb" not in html


def test_every_verdict_of_the_book_can_be_linked_to(book):
    """On the built page each stored verdict has its id, once."""
    verdicts = claims.stored_verdicts(book.parent.parent / "chapters")
    assert len(verdicts) == len(claims.load())
    for row in verdicts.itertuples():
        page = (book / "chapters" / f"{row.notebook}.html").read_text("utf8")
        assert page.count(f'id="{anchor(row.claim)}"') == 1, row.claim


# ---- in a browser ----


def shown(page) -> list[str]:
    return page.locator("tbody tr:visible th").all_inner_texts()


def test_reader_filters_with_the_keyboard(browser, tmp_path, table):
    refuted = list(table.loc[table["verdict"] == "refuted", "claim"])
    in_three = set(table.loc[table["chapter"] == 3, "claim"])
    with paper.opened(browser, tmp_path, page_of(table)) as page:
        said = page.get_by_role("status")
        assert said.get_attribute("aria-live") == "polite"
        assert said.inner_text() == "60 of 60 claims shown" and len(shown(page)) == 60
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.labels[0].textContent").startswith("Verdict")
        page.keyboard.type("refuted")
        assert shown(page) == refuted
        page.keyboard.press("Tab")
        page.keyboard.type("3")
        both = [claim for claim in refuted if claim in in_three]
        assert shown(page) == both
        assert said.inner_text() == f"{len(both)} of 60 claims shown"
        page.get_by_label("Verdict").select_option(label="all (60)")
        assert set(shown(page)) == in_three
        page.get_by_label("Chapter").select_option(label="all (60)")
        page.get_by_label("Search").fill("OVERFITTING choice")
        assert shown(page) == ["A32"]
        page.get_by_label("Search").fill("激活函数的选择")
        assert "A32" in shown(page)
        page.get_by_label("Search").fill("")
        assert len(shown(page)) == 60


def test_it_is_whole_without_scripts(browser, tmp_path, table):
    with paper.opened(browser, tmp_path, page_of(table), scripts=False) as page:
        assert shown(page) == list(claims.load())
        assert page.locator("select, input").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 375])
def test_it_is_accessible_wide_and_on_a_phone(browser, tmp_path, table, theme, width):
    with paper.opened(browser, tmp_path, page_of(table), theme, width) as page:
        assert paper.faults(page) == []
        assert page.get_by_role("row").count() == 61, "stacked rows are still rows"
        page.get_by_label("Chapter").select_option("5")
        assert len(shown(page)) == 5, "a hidden row stays hidden where rows are stacked"


def test_half_a_ledger_is_accessible_too(browser, tmp_path):
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1})
    html = page_of(ledger.read(tmp_path))
    with paper.opened(browser, tmp_path, html, "dark", 375) as page:
        assert paper.faults(page) == []
        page.get_by_label("Verdict").select_option("not-yet-tested")
        assert len(shown(page)) == 59


# ---- the book's own ----


def test_every_claim_is_settled_in_the_book_and_the_guide_is_not_contradicted():
    """A missing verdict, or one of code that was edited since, fails here."""
    settled = ledger.read(build.ROOT / "chapters", complete=True)
    assert len(settled) == 60
    guide.check(guide.load(), settled)


def test_the_books_ledger_and_guide_lead_to_verdicts_that_exist(book):
    page = (book / "chapters" / "06_faq.html").read_text("utf8")
    leads = re.findall(r'href="([\w/-]*)(?:\.html)?#(verdict-[ab]\d\d)"', page)
    assert {ident for _, ident in leads} == {anchor(claim) for claim in claims.load()}
    texts = {"": page}
    for name, ident in leads:
        if name not in texts:
            texts[name] = (book / "chapters" / f"{name}.html").read_text("utf8")
        assert f'id="{ident}"' in texts[name], (name, ident)
