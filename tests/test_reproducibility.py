"""The reproducibility page's tables: what is counted, and what is marked as dated."""

from __future__ import annotations

import json

import nbformat
import pytest

from booktools import replicate, reproducibility, run
from booktools.build import ROOT
from helpers import claims
from helpers.claims import stored

CHAPTER = """
from helpers import claims, statistics
plan = claims.predict("A01", "holds", "it must", [claims.Rule("holds", claims.equal("size", 1)),
                                                  claims.Rule("refuted", claims.above("size", 5))])
plan.judge({"size": statistics.Estimate(1, 1, 1, 5)}, "0")
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book of one chapter with one verdict, run and replicated."""
    root = tmp_path_factory.mktemp("book")
    path = root / "chapters" / "01_one.ipynb"
    path.parent.mkdir()
    cells = [nbformat.v4.new_markdown_cell("# One"), nbformat.v4.new_code_cell(CHAPTER)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    run.execute(path)
    found = claims.stored_verdicts(path.parent)
    rows = replicate.compare(found, found, {path.stem: stored.design_digest(stored.read(path))})
    replicate.keep(rows, 7, root / "appendix" / "replications")
    return root


def edited(book, change):
    """Change the kept rows of base seed 7, and return the table; afterwards all is as before."""
    path = book / "appendix" / "replications" / "seed-7.json"
    before = path.read_text("utf8")
    rows = json.loads(before)
    change(rows[0])
    path.write_text(json.dumps(rows), "utf8")
    try:
        return reproducibility.replications(book)
    finally:
        path.write_text(before, "utf8")


def test_a_replication_shows_the_effect_beside_the_stored_one(book):
    table = reproducibility.replications(book)
    assert list(table.columns) == ["claim", "verdict", "effect", "base seed 0", "base seed 7"]
    (row,) = table.to_dict("records")
    assert row["effect"] == "size" and row["base seed 7"] == f"same: {row['base seed 0']}"


def test_a_changed_verdict_is_shown_and_counted(book):
    def change(row):
        row["same"], row["new"]["verdict"] = False, "refuted"

    table = edited(book, change)
    assert table["base seed 7"][0].startswith("CHANGED to refuted: ")
    (counted,) = reproducibility.summary(table).to_dict("records")
    assert counted == {
        "base seed": "7", "verdicts compared": 1, "same": 0, "changed": 1, "earlier code": 0,
    }  # fmt: skip


def test_an_effect_that_was_not_measured_is_told(book):
    table = edited(book, lambda row: row["new"]["effects"][0].update(name="weight"))
    assert table["base seed 7"][0] == "same: not measured"


def test_kept_replications_are_read_as_estimates():
    """Every effect of every replication, in the form that `booktools.replicate` writes."""
    paths = list((ROOT / "appendix" / "replications").glob("seed-*.json"))
    assert len(paths) >= 5
    checked = 0
    for path in paths:
        for row in json.loads(path.read_text("utf8")):
            before, after = (replicate.effects_of(row[run]) for run in ("stored", "new"))
            assert list(before) == list(after)
            checked += not before  # a verdict by check or an opinion has no effects
    assert checked < len(paths) * 20  # of the sixty claims


def test_a_replication_of_other_code_does_not_count(book):
    table = edited(book, lambda row: row.update(code="0123"))
    assert table["base seed 7"][0] == reproducibility.DATED
    assert reproducibility.summary(table)["verdicts compared"][0] == 0


def test_a_claim_that_was_not_replicated_has_a_dash(book):
    assert edited(book, lambda row: row.update(claim="A02"))["base seed 7"][0] == "–"


def test_runs_and_machine_come_from_the_notebooks(book):
    (row,) = reproducibility.runs(book).to_dict("records")
    assert (
        row["page"] == "One"
        and row["name"] == "01_one"
        and row["seconds"] > 0
        and row["networks trained"] == 0
    )
    facts = dict(reproducibility.machine(book).itertuples(index=False))
    assert facts["cores"] and facts["keras"]
    text = reproducibility.to_html("runs", book)
    assert (
        "all chapters and lessons" in text
        and 'data-page="chapters/01_one"' in text
        and "wide-table" in text
    )


def test_a_run_that_noted_no_memory_of_workers_has_a_dash(book):
    path = book / "chapters" / "01_one.ipynb"
    before = path.read_text("utf8")
    try:
        path.write_text(before.replace('"worker_memory"', '"other"'), "utf8")
        text = reproducibility.to_html("runs", book)
    finally:
        path.write_text(before, "utf8")
    assert "<td>–</td>" in text and "None" not in text and "nan" not in text.lower()
    assert "<td>–</td>" not in reproducibility.to_html("runs", book).rsplit("<tr>", 1)[0]


def test_unknown_table_is_refused(book):
    with pytest.raises(ValueError, match="table='time' is not known; choose from runs, machine"):
        reproducibility.to_html("time", book)


def test_no_verdict_of_the_course_changes_under_another_base_seed():
    """An edited chapter makes its replications dated, which the page shows and this allows."""
    table = reproducibility.replications(ROOT)
    assert set(table["claim"]) == set(claims.load())
    counted = reproducibility.summary(table)
    assert len(counted) >= 5 and (counted["changed"] == 0).all(), counted.to_string()


def test_the_course_trains_a_thousand_networks():
    networks = reproducibility.runs(ROOT)["networks trained"]
    assert networks.sum() >= 1000
