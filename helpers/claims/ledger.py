"""The ledger: all claims with the verdicts that the chapters' notebooks hold.

Nothing is written twice. The wording of a claim comes from `helpers.claims`, its
verdict from the stored output of the cell that judged it, found by
`helpers.claims.stored_verdicts`. A verdict counts only if its claim was judged
once, in the chapter that the list of claims names, under the base seed of the
others, and by the code that the notebook holds now; until then the claim is
"not yet tested", with the reason beside it. `helpers.claims.ledger_table` shows the
ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from helpers import claims
from helpers.claims import stored

UNTESTED = "not yet tested"
#: Every state of a claim, in the order of the ledger.
STATES = (*claims.VERDICTS, UNTESTED)
#: Verdicts that settle a claim by what was measured.
DECIDED = ("holds", "holds if", "refuted")


class IncompleteLedger(ValueError):
    """The ledger lacks a verdict, or holds one that does not count."""


def read(
    folder: str | Path = ".", own: Sequence[claims.Verdict] = (), complete: bool = False
) -> pd.DataFrame:
    """Gather the claims and their verdicts.

    Parameters
    ----------
    folder : str or Path
        Where the chapters' notebooks lie; by default beside the notebook that asks.
    own : sequence of Verdict
        What the notebook that asks has judged itself. While it runs, its stored
        outputs are those of an earlier run, so the verdicts of its chapter are
        taken from here and not from the file.
    complete : bool
        Refuse a ledger with a claim that is not yet tested.

    Returns
    -------
    pandas.DataFrame
        One row per claim in the order of the articles: `claim`, `document`,
        `where`, `english`, `quote`, `chapter`, `verdict` (one of `STATES`),
        `condition`, `expected`, `effect` (name of the main effect, the first that
        the deciding rule names), `estimate` (its text with the unit), `n`, `link`
        (to the verdict's card) and `problem` (why a verdict is missing or does
        not count).

    Raises
    ------
    IncompleteLedger
        If `complete` is asked for and the ledger is not; it lists the claims.
    FileNotFoundError
        If the folder holds no notebook.
    ValueError
        If `own` holds verdicts of several chapters.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for record in [*_stored(Path(folder), own), *map(_own, own)]:
        found.setdefault(record["claim"], []).append(record)
    seed = _usual_seed(found)
    rows = [_row(claim, found.pop(claim.id, []), seed) for claim in claims.load().values()]
    if complete:
        wrong = [f"{row['claim']}: {row['problem']}" for row in rows if row["problem"]]
        wrong += [f"{unknown}: is judged, but is no claim of the list" for unknown in found]
        if wrong:
            raise IncompleteLedger("\n  ".join([f"{len(wrong)} claims are not settled:", *wrong]))
    return pd.DataFrame(rows)


def counts(ledger: pd.DataFrame) -> dict[str, int]:
    """Return how many claims have each verdict, in the order of `STATES`.

    The state "not yet tested" is listed only while some claim has it.
    """
    number = Counter(ledger["verdict"])
    return {state: number[state] for state in STATES if number[state] or state != UNTESTED}


def main_effect(record: dict[str, Any]) -> str:
    """Return the effect that the deciding rule names first; without a rule, the first shown."""
    places = {name: record["rule"].find(name) for name in record["effects"]}
    named = [name for name, place in places.items() if place >= 0]
    # Of two names that begin at one place, the longer is meant.
    return min(named, key=lambda name: (places[name], -len(name))) if named else next(iter(places))


def _stored(folder: Path, own: Sequence[claims.Verdict]) -> list[dict[str, Any]]:
    """Return the records in the notebooks, without those of the chapter that asks."""
    asking = {claims.get(verdict.claim).chapter for verdict in own}
    if len(asking) > 1:
        raise ValueError(f"own: verdicts of one chapter are meant, not of {sorted(asking)}")
    table = claims.stored_verdicts(folder)
    names = table["notebook"].unique() if len(table) else []
    stale = {name: stored.is_stale(stored.read(folder / f"{name}.ipynb")) for name in names}
    records = []
    for record in table.to_dict("records"):
        name = record["notebook"]
        place = {"chapter": stored.chapter(name), "stale": stale[name]}
        link = f"{name}.ipynb#{anchor(record['claim'])}"
        if place["chapter"] not in asking:
            records.append({**record, **place, "link": link})
    return records


def _own(verdict: claims.Verdict) -> dict[str, Any]:
    chapter = claims.get(verdict.claim).chapter
    link = f"#{anchor(verdict.claim)}"
    place = {"notebook": "this notebook", "chapter": chapter, "stale": False, "link": link}
    return {**verdict.as_record(), **place}


def anchor(claim: str) -> str:
    """Return the id of a verdict's card on the page of the book."""
    return f"verdict-{claim.lower()}"


def _usual_seed(found: dict[str, list[dict[str, Any]]]) -> int | None:
    seeds = Counter(record["base_seed"] for records in found.values() for record in records)
    return seeds.most_common(1)[0][0] if seeds else None


def _problem(claim: claims.Claim, records: list[dict[str, Any]], seed: int | None) -> str:
    if not records:
        return f"no verdict in chapter {claim.chapter}"
    if len(records) > 1:
        return f"judged {len(records)} times, in {', '.join(r['notebook'] for r in records)}"
    (record,) = records
    if record["chapter"] != claim.chapter:
        return f"judged in {record['notebook']} and not in chapter {claim.chapter}"
    if record["stale"]:
        return f"{record['notebook']} was edited since it was run"
    if record["base_seed"] != seed:
        return f"judged under base seed {record['base_seed']}, the others under {seed}"
    return ""


def _row(claim: claims.Claim, records: list[dict[str, Any]], seed: int | None) -> dict[str, Any]:
    problem = _problem(claim, records, seed)
    row = {
        "claim": claim.id, "document": claim.document, "where": claim.where,
        "english": claim.english.strip(), "quote": claim.quote.strip(), "chapter": claim.chapter,
        "verdict": UNTESTED, "condition": "", "expected": "", "effect": "", "estimate": "",
        "n": 0, "link": "", "problem": problem,
    }  # fmt: skip
    if problem:
        return row
    (record,) = records
    name = main_effect(record)
    effect = record["effects"][name]
    row |= {key: record[key] for key in ("verdict", "condition", "expected", "link")}
    return row | {
        "effect": name,
        "estimate": f"{effect['estimate']} {effect['unit']}".strip(),
        "n": effect["n"],
    }
