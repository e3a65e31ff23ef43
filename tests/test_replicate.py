"""Verdicts of two runs side by side: what is compared, what counts as changed."""

from __future__ import annotations

import json

import nbformat
import pandas as pd
import pytest

from booktools import replicate, run
from helpers import claims
from helpers.statistics import Estimate

pytestmark = pytest.mark.slow

COST = Estimate(2, 1, 3, 5, "s")


def verdicts(**given) -> pd.DataFrame:
    """Stored verdicts as `claims.stored_verdicts` returns them: claim=(verdict, condition)."""
    rows = [
        {
            "claim": claim,
            "verdict": verdict,
            "condition": condition,
            "effects": {"share": Estimate(0.5, 0.4, 0.6, 10), "cost": COST},
            "notebook": "03_math" if claim == "A07" else "01_background",
        }
        for claim, (verdict, condition) in given.items()
    ]
    return pd.DataFrame(rows)


STORED = verdicts(A01=("holds", ""), A03=("holds if", "the gap is short"), A07=("refuted", ""))


def test_the_same_verdicts_are_the_same():
    rows = replicate.compare(STORED, STORED)
    assert [row["claim"] for row in rows] == ["A01", "A03", "A07"]
    assert all(row["same"] for row in rows)
    assert "3 verdicts, 0 changed" in replicate.report(rows)
    assert "share: 0.50 [0.40, 0.60] -> 0.50 [0.40, 0.60]" in replicate.report(rows)


@pytest.mark.parametrize("changed", [("refuted", ""), ("holds if", "the gap is long")])
def test_another_verdict_or_condition_is_a_change(changed):
    new = verdicts(A01=("holds", ""), A03=changed)
    rows = replicate.compare(STORED, new)
    assert [row["same"] for row in rows] == [True, False]  # A07's chapter was not run
    text = replicate.report(rows)
    assert "A03  CHANGED" in text and "2 verdicts, 1 changed" in text


def test_effects_are_kept_with_all_digits_and_in_their_order(tmp_path):
    replicate.keep(replicate.compare(STORED, STORED), 7, tmp_path)
    (row, *_) = json.loads((tmp_path / "seed-7.json").read_text("utf8"))
    kept = replicate.effects_of(row["new"])
    assert list(kept.items()) == [("share", Estimate(0.5, 0.4, 0.6, 10)), ("cost", COST)]


def test_an_effect_that_is_measured_no_longer_is_told():
    new = verdicts(A07=("refuted", ""))
    new.at[0, "effects"] = {"cost": COST}
    assert "share: 0.50 [0.40, 0.60] -> not measured" in replicate.report(
        replicate.compare(STORED, new)
    )


def test_other_claims_are_no_replication():
    with pytest.raises(ValueError, match="judge different claims"):
        replicate.compare(STORED, verdicts(A01=("holds", "")))


def test_only_the_chapters_that_were_run_are_renewed(tmp_path):
    replicate.keep(replicate.compare(STORED, STORED), 7, tmp_path)
    new = verdicts(A07=("holds", ""))
    replicate.keep(replicate.compare(STORED, new), 7, tmp_path)
    kept = json.loads((tmp_path / "seed-7.json").read_text("utf8"))
    assert [(row["claim"], row["same"]) for row in kept] == [
        ("A01", True), ("A03", True), ("A07", False),
    ]  # fmt: skip


def test_a_claim_that_moved_to_a_lesson_is_kept_once(tmp_path):
    replicate.keep(replicate.compare(STORED, STORED), 7, tmp_path)
    moved = verdicts(A01=("holds", ""))
    moved["notebook"] = "01_background/1_x"
    replicate.keep(replicate.compare(moved, moved), 7, tmp_path)
    kept = json.loads((tmp_path / "seed-7.json").read_text("utf8"))
    assert [(row["claim"], row["notebook"]) for row in kept] == [
        ("A03", "01_background"), ("A01", "01_background/1_x"), ("A07", "03_math"),
    ]  # fmt: skip


CHAPTER = """
from helpers import claims, seeds, statistics
plan = claims.predict("A01", "holds", "it must", [claims.Rule("holds", claims.equal("seed", 0)),
                                                  claims.Rule("refuted", claims.above("seed", 5))])
plan.judge({"seed": statistics.Estimate(seeds.base_seed(), *[seeds.base_seed()] * 2, 5)}, "0")
"""


def test_a_chapter_is_run_under_the_other_seed(tmp_path, monkeypatch, capsys):
    """End to end, with a chapter whose verdict is a matter of the seed."""
    (tmp_path / "chapters").mkdir()
    path = tmp_path / "chapters" / "01_luck.ipynb"
    cells = [nbformat.v4.new_code_cell(CHAPTER)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    run.execute(path)
    before = path.read_bytes()
    monkeypatch.setenv("COURSE_SEED", "0")
    monkeypatch.setattr(replicate, "ROOT", tmp_path)
    monkeypatch.setattr(replicate, "notebooks", lambda root: [path])
    assert replicate.main(["7"]) == 1
    assert "A01  CHANGED holds -> refuted" in capsys.readouterr().out
    assert path.read_bytes() == before
    assert len(claims.stored_verdicts(tmp_path / "_build/replicate/7/chapters")) == 1


def test_the_code_that_was_replicated_is_noted():
    rows = replicate.compare(STORED, STORED, {"03_math": "abc"})
    assert [row["code"] for row in rows] == ["", "", "abc"]


def test_copies_run_earlier_under_the_seed_stay_for_chapters_that_read_them(tmp_path, monkeypatch):
    paths = [tmp_path / "chapters" / name for name in ("01_a.ipynb", "02_b.ipynb")]
    paths[0].parent.mkdir()
    for path in paths:
        cells = [nbformat.v4.new_code_cell("import os; print(sorted(os.listdir()))")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setenv("COURSE_SEED", "0")
    monkeypatch.setattr(replicate, "notebooks", lambda root: paths)
    replicate.run_copies(["01"], 7, tmp_path)
    scratch = replicate.run_copies(["02"], 7, tmp_path)
    seen = nbformat.read(scratch / "02_b.ipynb", as_version=4).cells[0].outputs[0].text
    assert seen == "['01_a.ipynb', '02_b.ipynb']\n"


def test_a_chapter_that_stops_is_told_and_leaves_no_verdict(tmp_path, monkeypatch, capsys):
    (tmp_path / "chapters").mkdir()
    path = tmp_path / "chapters" / "01_stop.ipynb"
    stop = "import os\nif os.environ.get('COURSE_SEED') == '7': raise SystemError('no')"
    cells = [nbformat.v4.new_code_cell(code) for code in (CHAPTER, stop)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setenv("COURSE_SEED", "0")
    run.execute(path)
    assert len(claims.stored_verdicts(path.parent)) == 1
    monkeypatch.setattr(replicate, "ROOT", tmp_path)
    monkeypatch.setattr(replicate, "notebooks", lambda root: [path])
    assert replicate.main(["7"]) == 1
    assert "SystemError" in capsys.readouterr().out
    assert claims.stored_verdicts(tmp_path / "_build/replicate/7/chapters").empty


def test_what_ran_before_a_stop_is_kept(tmp_path, monkeypatch, capsys):
    (tmp_path / "chapters").mkdir()
    paths = [tmp_path / "chapters" / name for name in ("01_luck.ipynb", "02_stop.ipynb")]
    stop = "import os\nif os.environ.get('COURSE_SEED') == '7': raise SystemError('no')"
    for path, code in zip(paths, (CHAPTER, stop), strict=True):
        cells = [nbformat.v4.new_code_cell(code)]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    monkeypatch.setenv("COURSE_SEED", "0")
    run.execute(paths[0])
    monkeypatch.setattr(replicate, "ROOT", tmp_path)
    monkeypatch.setattr(replicate, "notebooks", lambda root: paths)
    assert replicate.main(["7", "--jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert "SystemError" in said and "A01  CHANGED" in said
    kept = json.loads((tmp_path / "appendix/replications/seed-7.json").read_text("utf8"))
    assert [row["claim"] for row in kept] == ["A01"]


def test_bad_input_is_told(monkeypatch, capsys):
    assert replicate.main(["0"]) == 2
    assert "choose another" in capsys.readouterr().out
    assert replicate.main(["7", "99"]) == 2
    assert "no chapter begins with 99" in capsys.readouterr().out
