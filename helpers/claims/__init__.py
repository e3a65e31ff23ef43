"""From a claim of the articles to a verdict that the notebook computes.

======================  ==========================================================
`verdict`               claim, prediction, rules, verdict
`ledger`                all claims with the verdicts that the notebooks hold
`guide`                 what the evidence advises
`stored`                what lies in the stored notebooks
======================  ==========================================================
"""

from helpers.claims.verdict import (
    VERDICTS,
    Claim,
    Condition,
    Plan,
    Rule,
    Verdict,
    above,
    below,
    equal,
    get,
    load,
    predict,
    stored_verdicts,
)

__all__ = [
    "VERDICTS",
    "Claim",
    "Condition",
    "Plan",
    "Rule",
    "Verdict",
    "above",
    "below",
    "equal",
    "get",
    "load",
    "predict",
    "stored_verdicts",
]
