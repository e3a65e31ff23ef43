"""Prediction, rule, verdict: the verdict follows from the numbers and nothing else."""

from __future__ import annotations

import json

import pytest

from helpers import claims
from helpers.show.record import RecordError
from helpers.statistics import Estimate

RULES = [
    claims.Rule("holds", claims.above("gain", 0.5)),
    claims.Rule("holds if", claims.above("gain", 0.0) & claims.below("cost", 1.0), "it is cheap"),
    claims.Rule("refuted", claims.below("gain", 0.0)),
]
HIGH = Estimate(0.81234567, 0.6, 0.9, 10)
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


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one notebook, whose second cell has judged A03."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    plan().judge({"gain": HIGH, "cost": DEAR}, baseline="nothing")
    cells = [{"outputs": []}, {"outputs": [{"data": shown[-1]}]}, {}]
    (tmp_path / "01_x.ipynb").write_text(json.dumps({"cells": cells}, sort_keys=True), "utf8")
    assert "Verdict on claim A03: holds" in shown[-1]["text/plain"]
    return tmp_path


def test_verdict_is_read_back_from_a_stored_output(folder):
    (row,) = claims.stored_verdicts(folder).to_dict("records")
    assert (row["claim"], row["verdict"]) == ("A03", "holds")
    assert (row["notebook"], row["cell"], row["base_seed"]) == ("01_x", 1, 0)
    assert (row["rule"], row["effect"], row["expected"]) == ("gain > 0.5", "gain", "holds")
    assert row["effects"] == {"gain": HIGH, "cost": DEAR}
    with pytest.raises(FileNotFoundError, match="empty"):
        claims.stored_verdicts(folder / "empty")


def test_an_effect_is_found_with_all_its_digits(folder):
    assert claims.found("A03", "gain", folder) == HIGH
    assert claims.found("A03", "gain", folder).n == 10
    with pytest.raises(ValueError, match="effect='luck' is not known; choose from gain, cost"):
        claims.found("A03", "luck", folder)
    with pytest.raises(ValueError, match="'A04' is judged 0 times"):
        claims.found("A04", "gain", folder)
    (folder / "02_y.ipynb").write_bytes((folder / "01_x.ipynb").read_bytes())
    with pytest.raises(ValueError, match="'A03' is judged 2 times in .*: 01_x, 02_y"):
        claims.found("A03", "gain", folder)


def test_a_verdict_in_another_form_is_refused_with_the_way_out(folder):
    text = (folder / "01_x.ipynb").read_text("utf8")
    (folder / "01_x.ipynb").write_text(text.replace('"baseline"', '"base"'), "utf8")
    with pytest.raises(RecordError, match="verdict on A03 .*'baseline'.*make run"):
        claims.stored_verdicts(folder)
