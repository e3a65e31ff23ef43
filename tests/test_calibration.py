"""Predictions scored part by part, and designs that cannot decide anything."""

from __future__ import annotations

import json
from unittest import mock

import numpy as np
import pandas as pd
import pytest

from helpers import claims, study
from helpers.claims import ledger, stored
from helpers.statistics import Estimate
from helpers.study.faults import PERFECT


def outputs(*made) -> list[dict]:
    return [
        {"output_type": "display_data", "metadata": {}, "data": json.loads(json.dumps(data))}
        for data in made
    ]


def notebook(path, shown: list[dict]) -> None:
    cells = [
        {"cell_type": "code", "source": ["x"], "metadata": {}, "outputs": [output]}
        for output in shown
    ]
    book = {"cells": cells, "metadata": {}}
    book["metadata"] = {"course": {"code": stored.code_digest(book)}}
    path.write_text(json.dumps(book), "utf8")


@pytest.fixture
def folder(tmp_path):
    """One chapter with a full hit, one with a miss in each part and a check."""
    rules = [claims.Rule("holds if", claims.above("gain", 0.5), "it is short")]
    rules += [claims.Rule("holds if", claims.above("gain", -9), "it is long")]
    for name, claim, gain in (("01_a", "A03", 1.0), ("02_b", "B42", -1.0)):
        with mock.patch("IPython.display.display") as display:
            plan = claims.predict(
                claim, "holds if", "", rules, "it is short", [claims.below("gain", 0)],
                exploratory=claim == "B42",
            )  # fmt: skip
            with plan.draws():
                pass
            plan.judge({"gain": Estimate(gain, gain - 0.1, gain + 0.1, 9)}, "nothing")
            claims.check("A08", "refuted", "identity", "why", {"so": True})
        shown = [call.args[0] for call in display.call_args_list]
        prediction, card, check = shown
        wanted = (prediction, card) if name == "01_a" else (check, prediction, card)
        notebook(tmp_path / f"{name}.ipynb", outputs(*wanted))
    return tmp_path


def test_predictions_are_scored_part_by_part(folder):
    table = claims.calibration(folder).set_index("chapter")
    assert table.loc["1"].to_list() == [1, 1, 1, 1, 1, 0, 0, 1, 0]
    assert table.loc["2"].to_list() == [1, 1, 1, 0, 1, 1, 1, 1, 1]
    assert table.loc["all"].to_list() == [2, 2, 2, 1, 2, 1, 1, 2, 1]
    missed = claims.misses(folder)
    assert missed["foreseen"].to_list() == ["gain < 0", "condition"]
    assert missed["claim"].to_list() == ["A03", "B42"]
    assert missed["verdict"].to_list() == ["holds if it is short", "holds if it is long"]


def test_the_ledger_takes_checks_and_shows_one_chapter(folder):
    rows = ledger.read(folder).set_index("claim")
    assert rows.loc["A08", "by"] == "identity" and rows.loc["A08", "estimate"] is None
    assert rows.loc["A03", "by"] == ""
    with mock.patch("helpers.show.record.show") as show:
        ledger.show_chapter(2, folder)
    kind, data, html, text = show.call_args.args
    assert kind == "ledger" and {row["chapter"] for row in data["rows"]} == {2}
    assert "by identity" in html and "by identity" in text and "Chapter:" not in html
    with pytest.raises(ValueError, match="chapter='9' is not known; choose from 1"):
        ledger.show_chapter(9, folder)


def runs(reached: dict[tuple[str, float], list[float]], steps=100, target=0.9) -> pd.DataFrame:
    """Rows of a study: for each cell and rate, the step at which each run reached the target."""
    rows = [
        {
            "cell": cell, "learning_rate": rate, "seed": seed, "steps": steps, "target": target,
            "score": "accuracy", "baseline": 0.25, "diverged": False,
            "validation_score": 0.3 if np.isnan(step) else 0.95,
            "test_score": 0.3 if np.isnan(step) else 0.95, "steps_to_target": step,
        }
        for (cell, rate), found in reached.items()
        for seed, step in enumerate(found)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    return table.astype({"steps_to_target": "Float64"}).astype({"steps_to_target": "Int64"})


NO = float("nan")
RATES = (0.001, 0.01, 0.1)


def grid(**cells: list[list[float]]) -> pd.DataFrame:
    return runs(
        {(c, r): f for c, three in cells.items() for r, f in zip(RATES, three, strict=True)}
    )


def test_a_sound_design_has_no_fault():
    sound = grid(a=[[NO, NO], [20, 30], [NO, NO]], b=[[NO, NO], [20, NO], [NO, NO]])
    assert study.faults(sound, "cell") == []
    never = grid(a=[[NO, NO], [20, 30], [NO, NO]], b=[[NO, NO], [NO, NO], [NO, NO]])
    assert study.faults(never, "cell") == []


@pytest.mark.parametrize(
    "cells, compared, said",
    [
        ({"a": [[NO, NO], [NO, NO], [20, NO]], "b": [[NO, NO], [9, 9], [NO, NO]]}, "share",
         ["edge: a is best at learning_rate 0.1, an end of the grid"]),
        ({"a": [[20, NO], [NO, NO], [NO, NO]], "b": [[NO, NO], [9, 9], [NO, NO]]}, "share",
         ["edge: a is best at learning_rate 0.001, an end of the grid"]),
        ({"a": [[9, 9], [20, 30], [9, 9]], "b": [[9, 9], [9, 9], [NO, NO]]}, "share",
         ["ceiling: all groups are the same there"]),
        ({"a": [[9, 9], [20, 30], [9, 9]], "b": [[9, 9], [9, 9], [NO, NO]]}, "steps", []),
        ({"a": [[NO], [NO], [NO]], "b": [[NO], [NO], [NO]]}, "share",
         ["floor: all groups are the same there"]),
        ({"a": [[NO, NO], [20, 30], [NO, NO]], "b": [[NO, NO], [80, NO], [NO, NO]]}, "share",
         ["budget: b was still learning when training stopped"]),
        ({"a": [[NO, NO], [20, 30], [NO, NO]], "b": [[NO, NO], [75, NO], [NO, NO]]}, "share", []),
        ({"a": [[NO, NO], [20, NO], [NO, NO]], "b": [[NO, NO], [80, 90], [NO, NO]]}, "share", []),
        ({"b": [[NO, NO], [NO, NO], [20, NO]], "a": [[20, NO], [NO, NO], [NO, NO]]}, "share",
         ["edge: b is best at learning_rate 0.1, an end of the grid",
          "edge: a is best at learning_rate 0.001, an end of the grid"]),
    ],
)  # fmt: skip
def test_faults_are_found(cells, compared, said):
    assert study.faults(grid(**cells), "cell", compared=compared) == said


@pytest.mark.parametrize("late, said", [(2, False), (3, True)])
def test_one_late_run_in_twenty_is_no_fault(late, said):
    """Of forty runs some reach the target in the last quarter, and five never do."""
    steps = [80.0] * late + [30.0] * (35 - late) + [NO] * 5
    found = study.faults(grid(a=[[NO] * 40, steps, [NO] * 40], b=[[NO], [20], [NO]]), "cell")
    assert (found == ["budget: a was still learning when training stopped"]) == said
    assert bool(found) == said


def test_scores_have_floors_and_ceilings_of_their_own():
    table = grid(a=[[NO], [20], [NO]], b=[[NO], [30], [NO]])
    assert study.faults(table, "cell", compared="score") == []
    assert study.faults(table.assign(test_score=0.25), "cell", compared="score") == [
        "floor: all groups are the same there"
    ]
    guesses = table.assign(test_score=0.26)  # guesses scatter about the baseline
    assert study.faults(guesses, "cell", compared="score") == [
        "floor: all groups are the same there"
    ]
    for perfect in (1.0, PERFECT):
        assert study.faults(table.assign(test_score=perfect), "cell", compared="score") == [
            "ceiling: all groups are the same there"
        ]


def test_where_a_group_only_guesses_no_rate_is_its_best():
    """The highest of several guesses may lie at an end of the grid, by chance alone."""
    table = grid(a=[[NO], [NO], [NO]], b=[[NO], [20], [NO]])
    at_end = table.assign(
        validation_score=table["validation_score"].mask(
            (table["cell"] == "a") & (table["learning_rate"] == 0.001), 0.31
        )
    )
    a = at_end["cell"] == "a"
    guesses = at_end.assign(test_score=at_end["test_score"].mask(a, 0.255))
    assert study.faults(guesses, "cell", compared="score") == []
    learned = at_end.assign(test_score=at_end["test_score"].mask(a, 0.3))
    assert study.faults(learned, "cell", compared="score") == [
        "edge: a is best at learning_rate 0.001, an end of the grid"
    ]


@pytest.mark.parametrize(
    "error, said",
    [(0.1, ""), (0.24, ""), (0.249, "floor"), (0.25, "floor"), (0.3, "floor"), (0, "ceiling")],
)
def test_a_small_error_is_a_good_score(error, said):
    table = grid(a=[[NO], [20], [NO]], b=[[NO], [30], [NO]]).assign(score="mse", test_score=error)
    found = study.faults(table.assign(validation_score=error), "cell", compared="score")
    assert [fault.split(":")[0] for fault in found if "edge" not in fault] == [said][: bool(said)]


def test_what_cannot_be_asked_is_refused():
    table = grid(a=[[NO], [20], [NO]])
    with pytest.raises(ValueError, match="compared='luck' is not known"):
        study.faults(table, "cell", compared="luck")
    with pytest.raises(ValueError, match="had no target"):
        study.faults(table.assign(target=NO), "cell")


def test_a_check_decides_by_all_of_its_parts_and_stays_as_it_is():
    with mock.patch("IPython.display.display"):
        failed = claims.check("A08", "refuted", "identity", "why", {"so": True, "and so": False})
        met = claims.check("A08", "refuted", "identity", "why", {"so": True, "and so": True})
    assert (failed.verdict, met.verdict) == ("inconclusive", "refuted")
    with pytest.raises(AttributeError):
        failed.checks = {}


def test_a_record_says_which_draws_it_was_judged_on():
    records = []
    for own, threshold in ((True, 0.5), (False, 0.6)):
        rules = [claims.Rule("holds", claims.above("gain", threshold))]
        with mock.patch("IPython.display.display"):
            plan = claims.predict("A03", "holds", "", rules)
            if own:
                with plan.draws():
                    pass
            records.append(plan.judge({"gain": Estimate(1, 0.9, 1.1, 9)}, "nothing").as_record())
    assert isinstance(records[0]["draws"], (int, str)) and "draws" not in records[1]
