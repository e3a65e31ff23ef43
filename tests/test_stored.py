"""Chapters with lessons: order, names, and links from a page in any folder."""

from __future__ import annotations

import paper
import pytest
from test_evidence import handled

from booktools import replicate, run
from helpers import claims, playground
from helpers.claims import guide, ledger, stored
from helpers.show.record import mime

NAMES = [
    "01_one", "01_one/1_a", "01_one/2_b", "01_one/10_c", "02_two", "02_two/1_a", "06_six",
]  # fmt: skip


@pytest.fixture
def chapters(tmp_path):
    """Chapters of which the first two have lessons; each notebook judges at most one claim."""
    folder = tmp_path / "chapters"
    for name in reversed(NAMES):
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        paper.notebook(path, {})
    paper.notebook(folder / "01_one" / "1_a.ipynb", {"A01": 1})
    paper.notebook(folder / "01_one" / "10_c.ipynb", {"A12": 1}, edited=True)
    paper.notebook(folder / "02_two" / "1_a.ipynb", {"A06": -1})
    (folder / ".ipynb_checkpoints").mkdir()
    paper.notebook(folder / ".ipynb_checkpoints" / "01_one-checkpoint.ipynb", {"A01": 1})
    return folder


def test_reading_order_is_a_story_then_its_lessons(chapters):
    paths = stored.notebooks(chapters)
    assert [stored.notebook_name(path, chapters) for path in paths] == NAMES
    assert [run.name(path) for path in paths] == NAMES
    assert [name for name in NAMES if stored.is_lesson(name)] == [n for n in NAMES if "/" in n]


def test_a_lesson_belongs_to_the_chapter_of_its_story():
    assert stored.chapter("01_background/2_x") == 1
    assert stored.chapter("04a_code") == 4
    assert stored.chapter("engine") is None


def test_verdicts_are_read_from_lessons_and_named_after_them(chapters):
    table = claims.stored_verdicts(chapters)
    assert list(zip(table["claim"], table["notebook"], strict=True)) == [
        ("A01", "01_one/1_a"), ("A12", "01_one/10_c"), ("A06", "02_two/1_a"),
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["", "01_one", "02_two"])
def test_a_story_and_a_lesson_find_the_same_effects(chapters, monkeypatch, place):
    monkeypatch.chdir(chapters / place)
    assert claims.found("A06", "gain").value == -1
    assert len(claims.stored_verdicts()) == 3
    assert stored.chapters_folder() == chapters
    with pytest.raises(ValueError, match="judged 0 times in .*chapters"):
        claims.found("A07", "gain")


def test_without_a_chapters_folder_the_present_one_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paper.notebook(tmp_path / "01_x.ipynb", {"A01": 1})
    assert claims.found("A01", "gain").value == 1


def test_the_ledger_knows_lessons_and_stale_ones(chapters, monkeypatch):
    monkeypatch.chdir(chapters / "01_one")
    rows = ledger.read().set_index("claim")
    assert rows.loc["A01", "notebook"] == "01_one/1_a" and rows.loc["A06", "verdict"] == "refuted"
    assert rows.loc["A12", "problem"] == "01_one/10_c was edited since it was run"


def test_a_story_that_asks_replaces_the_verdicts_of_its_lessons(chapters):
    own = [paper.judge("A01", -1)[0]]
    rows = ledger.read(chapters, own=own).set_index("claim")
    assert rows.loc["A01", ["verdict", "notebook"]].tolist() == ["refuted", ledger.HERE]


@pytest.mark.parametrize(
    "page, address",
    [
        ("chapters/06_six", "01_one/1_a.html#verdict-a01"),
        ("chapters/02_two/1_a", "../01_one/1_a.html#verdict-a01"),
        ("appendix/x", "../chapters/01_one/1_a.html#verdict-a01"),
        ("index", "chapters/01_one/1_a.html#verdict-a01"),
    ],
)
def test_links_to_verdicts_are_right_from_any_page(chapters, page, address):
    rows = ledger.read(chapters)
    (node,) = handled(mime("ledger"), ledger.to_record(rows), page=page)
    assert f'href="{address}"' in node.astext()
    (node,) = handled(mime("guide"), guide.to_record(guide.load(), rows), page=page)
    place = address.replace("01_one/1_a.html#verdict-a01", "")
    assert f'href="{place}02_two/1_a.html#verdict-a06"' in node.astext()


def test_links_in_a_lessons_own_output_lead_up(chapters, monkeypatch):
    monkeypatch.chdir(chapters / "01_one")
    rows, seen = ledger.read(), []
    monkeypatch.setattr("helpers.show.record.show", lambda *given: seen.append(given[2]))
    ledger.show(rows)
    guide.show(guide.load(), rows)
    assert 'href="../01_one/1_a.ipynb#verdict-a01"' in seen[0]
    assert 'href="../02_two/1_a.ipynb#verdict-a06"' in seen[1]


def test_the_playground_leads_to_lessons_from_any_page(chapters):
    paper.notebook(chapters / "01_one" / "2_b.ipynb", {"A03": 1})
    for root in ("", "../", "../../"):
        found = playground.verdicts(chapters, root)
        assert found
        for claim, row in found.items():
            notebook = next(
                one.notebook for one in stored.verdicts(chapters) if one.verdict.claim == claim
            )
            assert row["address"] == f"{root}chapters/{notebook}.html#verdict-{claim.lower()}"


# ---- which are run, and in which order ----


@pytest.mark.parametrize(
    "names, chosen",
    [
        ([], [*NAMES[1:4], "01_one", "02_two/1_a", "02_two", "06_six"]),
        (["01"], ["01_one/1_a", "01_one/2_b", "01_one/10_c", "01_one"]),
        (["01_one/2"], ["01_one/2_b"]),
        (["01_one/1_a", "06"], ["01_one/1_a", "06_six"]),
        (["chapters/02_two.ipynb"], ["02_two/1_a", "02_two"]),
        (["1_a"], []),
    ],
)  # fmt: skip
def test_lessons_run_before_their_story(chapters, names, chosen):
    paths = run.in_running_order(run.chosen(stored.notebooks(chapters), names))
    assert [run.name(path) for path in paths] == chosen


def test_the_books_notebooks_are_found_before_they_are_listed(chapters):
    root = chapters.parent
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n"
        "  - file: chapters/01_one\n  - file: appendix/engine\n  - file: appendix/none\n"
    )
    (root / "appendix").mkdir()
    paper.notebook(root / "appendix" / "engine.ipynb", {})
    assert [run.name(path) for path in run.notebooks(root)] == [*NAMES, "engine"]


def test_a_copy_for_another_seed_keeps_its_folder(chapters, tmp_path, monkeypatch):
    lesson, scratch = chapters / "01_one" / "1_a.ipynb", tmp_path / "scratch" / "chapters"
    copy = replicate._copy_without_outputs(lesson, scratch)
    assert copy == scratch / "01_one" / "1_a.ipynb"
    monkeypatch.chdir(copy.parent)
    assert stored.chapters_folder() == scratch and claims.stored_verdicts().empty
    monkeypatch.setattr(replicate, "notebooks", lambda root: stored.notebooks(chapters))
    chosen = replicate.chosen(["01_one/1"], tmp_path)
    assert [run.name(path) for path in chosen] == ["01_one/1_a", "01_one/10_c"]
    with pytest.raises(ValueError, match="no chapter begins with 03; there are 01_one, 01_one/1_a"):
        replicate.chosen(["03"], tmp_path)
