"""From a claim of the articles to a verdict that the notebook computes.

======================  ==========================================================
`claim`                 the claims of the two articles
`rule`                  conditions on measured intervals, and what they decide
`verdict`               prediction, measured effects, verdict: one record
`check`                 verdicts by proof or by check, without an interval
`card`                  how a prediction and a verdict look
`stored`                what lies in the stored notebooks
`ledger`                all claims with the verdicts that the notebooks hold
`calibration`           how well the predictions came out
`guide`                 what the evidence advises
`questions`             the questions of the last chapter, to search
======================  ==========================================================
"""

from helpers.claims.calibration import calibration, misses
from helpers.claims.check import Check, check
from helpers.claims.claim import Claim, get, load
from helpers.claims.rule import VERDICTS, Comparison, Condition, Rule, above, below, equal
from helpers.claims.stored import found, stored_verdicts
from helpers.claims.verdict import Plan, Verdict, draws, predict

__all__ = [
    "VERDICTS",
    "Check",
    "Claim",
    "Comparison",
    "Condition",
    "Plan",
    "Rule",
    "Verdict",
    "above",
    "below",
    "calibration",
    "check",
    "draws",
    "equal",
    "found",
    "get",
    "load",
    "misses",
    "predict",
    "stored_verdicts",
]
