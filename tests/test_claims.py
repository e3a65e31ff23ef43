"""Prediction, rule, verdict: the verdict follows from the numbers and nothing else."""

from __future__ import annotations

import json

import pytest

from helpers import claims
from helpers.statistics import Estimate

RULES = [
    claims.Rule("holds", claims.above("gain", 0.5)),
    claims.Rule("holds if", claims.above("gain", 0.0) & claims.below("cost", 1.0), "it is cheap"),
    claims.Rule("refuted", claims.below("gain", 0.0)),
]
CHEAP, DEAR = Estimate(0.5, 0.4, 0.6, 10), Estimate(2.0, 1.9, 2.1, 10)


def plan(rules=RULES):
    return claims.predict("A03", expects="holds", because="we try it", rules=rules)


@pytest.mark.parametrize(
    "gain, cost, verdict",
    [
        (Estimate(0.8, 0.6, 0.9, 10), DEAR, "holds"),
        (Estimate(0.5, 0.1, 0.9, 10), CHEAP, "holds if"),
        (Estimate(0.5, 0.1, 0.9, 10), DEAR, "inconclusive"),
        (Estimate(0.1, -0.2, 0.4, 10), CHEAP, "inconclusive"),
        (Estimate(-0.3, -0.5, -0.1, 10), CHEAP, "refuted"),
    ],
)
def test_first_rule_that_is_met_decides(gain, cost, verdict):
    assert plan().judge({"gain": gain, "cost": cost}, baseline="nothing").verdict == verdict


def test_an_interval_that_touches_the_threshold_does_not_pass():
    touching = Estimate(0.7, 0.5, 0.9, 10)
    assert not claims.above("gain", 0.5).test({"gain": touching})
    assert not claims.below("gain", 0.9).test({"gain": touching})
    exact = Estimate(1.0, 1.0, 1.0, 10)
    assert claims.equal("gain", 1).test({"gain": exact})
    assert not claims.equal("gain", 1, 0.1).test({"gain": touching})
    assert claims.equal("gain", 0.7, 0.25).test({"gain": touching})


def test_missing_and_unused_effects_are_refused():
    with pytest.raises(ValueError, match="do not match the rules"):
        plan().judge({"gain": CHEAP}, baseline="nothing")
    with pytest.raises(ValueError, match="luck"):
        plan().judge({"gain": CHEAP, "cost": CHEAP, "luck": CHEAP}, baseline="nothing")


def test_bad_input_names_the_choices():
    with pytest.raises(ValueError, match="A99.*A01"):
        claims.get("A99")
    with pytest.raises(ValueError, match="maybe.*inconclusive"):
        claims.predict("A03", expects="maybe", because="", rules=RULES)
    with pytest.raises(ValueError, match="rules="):
        claims.predict("A03", expects="holds", because="", rules=[])
    with pytest.raises(ValueError, match="perhaps"):
        claims.Rule("perhaps", claims.above("gain", 0))
    with pytest.raises(ValueError, match="condition"):
        claims.Rule("holds if", claims.above("gain", 0))
    with pytest.raises(ValueError, match="condition"):
        claims.Rule("holds", claims.above("gain", 0), "something")


def test_verdict_is_read_back_from_a_stored_output(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    stated = plan()
    stated.judge({"gain": Estimate(0.8, 0.6, 0.9, 10), "cost": DEAR}, baseline="nothing")
    bundle = shown[-1]
    cells = [{"outputs": []}, {"outputs": [{"data": bundle}]}, {}]
    (tmp_path / "01_x.ipynb").write_text(json.dumps({"cells": cells}), "utf8")
    table = claims.stored_verdicts(tmp_path)
    row = table.iloc[0]
    assert (row.claim, row.verdict, row.notebook, row.cell) == ("A03", "holds", "01_x", 1)
    assert row.effects["gain"]["n"] == 10
    assert str(Estimate(0.8, 0.6, 0.9, 10)) == row.effects["gain"]["estimate"]
    assert "Verdict on claim A03: holds" in bundle["text/plain"]
    with pytest.raises(FileNotFoundError, match="empty"):
        claims.stored_verdicts(tmp_path / "empty")


def test_cards_escape_what_they_show():
    from helpers.show.cards import to_html

    text = to_html("a < b", "holds", [("x", "<script>")], [("y", ["&"])])
    assert "<script>" not in text and "&lt;script&gt;" in text and "a &lt; b" in text
    with pytest.raises(ValueError, match="kind='good'"):
        to_html("t", "good", [], [])
