"""The data package: all verdicts and effects of the book, for others to build on.

It is made of the records that the notebooks store (`helpers.claims.stored`) and of nothing
else, in the form of a Data Package (https://datapackage.org): tables as CSV, a descriptor that
says what every column means, and the whole records as JSON. The same notebooks give the same
bytes: there is no date in it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import tomllib
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from helpers import claims
from helpers.claims import ledger, stored
from helpers.claims.check import GROUNDS

ROOT = Path(__file__).resolve().parent.parent
NAME = "rnn-activations-evidence"
ARCHIVE = f"{NAME}.zip"
DESCRIPTOR = "datapackage.json"
LICENCE = {
    "name": "CC-BY-4.0",
    "title": "Creative Commons Attribution 4.0 International",
    "path": "https://creativecommons.org/licenses/by/4.0/",
}
MIME = {"csv": "text/csv", "json": "application/json"}

#: For each table what it is, its key, and its columns: type and meaning.
TABLES: dict[str, tuple[str, list[str], dict[str, tuple[str, str]]]] = {
    "claims": (
        "A row for each claim of the two articles, with its verdict.",
        ["claim"],
        {
            "claim": ("string", "id of the claim, such as A12; A and B are the two articles"),
            "document": ("string", "the article that makes the claim"),
            "where": ("string", "where the claim stands in the article"),
            "english": ("string", "what the claim says, in English"),
            "quote": ("string", "its original wording"),
            "reading": ("string", "how the sentence is read: what is judged"),
            "chapter": ("integer", "the chapter of the book that tests it"),
            "verdict": ("string", "what was found; 'not yet tested' if no verdict counts"),
            "condition": ("string", "under which condition it holds, of a verdict 'holds if'"),
            "expected": ("string", "the verdict that was predicted; empty for checks"),
            "by": ("string", "what a verdict without a sample rests on; empty if measured"),
            "effect": ("string", "name of the deciding effect; empty for checks"),
            "baseline": ("string", "what the effects are compared with"),
            "faults": ("string", "what is wrong with the design, separated by '; '"),
            "exploratory": ("boolean", "whether the rules were written after a first look"),
            "base_seed": ("integer", "base seed of the notebook's run"),
            "draws": ("integer", "base seed of the judging draws, a digest of claim and rules"),
            "notebook": ("string", "the notebook that holds the verdict, in chapters/"),
            "cell": ("integer", "index of the cell there, from 0"),
            "problem": ("string", "why a verdict is missing or does not count"),
        },
    ),
    "effects": (
        "A row for each effect that was measured for a claim, with its interval.",
        ["claim", "effect"],
        {
            "claim": ("string", "id of the claim"),
            "effect": ("string", "name of the effect, as the claim's rules have it"),
            "value": ("number", "the estimate: as a rule a median over independent runs"),
            "low": ("number", "lower end of the interval; empty where a single run gives none"),
            "high": ("number", "upper end of the interval"),
            "n": ("integer", "number of independent runs; 0 where that is unknown"),
            "unit": ("string", "unit of the three numbers; empty for a pure number"),
            "level": ("number", "confidence level of the interval"),
            "deciding": ("boolean", "whether it is the deciding effect of the verdict"),
            "expected": ("string", "where it was predicted to lie; empty if that was left open"),
            "as_expected": ("boolean", "whether it lies there; empty if that was left open"),
        },
    ),
    "rules": (
        "A row for each rule, in the order in which they are tried; the first that is met decides.",
        ["claim", "order"],
        {
            "claim": ("string", "id of the claim"),
            "order": ("integer", "place of the rule, from 1"),
            "verdict": ("string", "the verdict that it gives"),
            "condition": ("string", "the condition that it names, of a verdict 'holds if'"),
            "when": ("string", "the comparison of intervals that has to be met"),
            "met_first": ("boolean", "whether it is the first rule that is met"),
        },
    ),
    "checks": (
        "A row for each sentence that was checked for a claim which no sample decides.",
        ["claim", "order"],
        {
            "claim": ("string", "id of the claim"),
            "order": ("integer", "place of the check, from 1"),
            "says": ("string", "what was checked"),
            "met": ("boolean", "whether it is so"),
        },
    ),
}  # fmt: skip
#: The columns that take one of some values.
CHOICES = {
    ("claims", "verdict"): list(ledger.STATES),
    ("rules", "verdict"): list(claims.VERDICTS),
    ("claims", "by"): list(GROUNDS),
}
#: The columns of `claims` that stand in the ledger as they are.
FROM_LEDGER = (
    "claim", "document", "where", "english", "quote", "chapter", "verdict", "condition",
    "expected", "by", "effect", "notebook", "problem",
)  # fmt: skip
EVIDENCE = "evidence.json"
EVIDENCE_IS = (
    "The whole records: for each verdict the notebook and the cell that hold it, and prediction, "
    "rules, effects or checks, and verdict as they are stored."
)


def tables(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table of `TABLES`.

    Parameters
    ----------
    root : Path
        The folder that holds the folder ``chapters``.
    """
    judged = {one.verdict.claim: one for one in stored.verdicts(root / "chapters")}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for row in ledger.read(root / "chapters").to_dict("records"):
        claim = row["claim"]
        more: dict[str, Any] = {"reading": claims.get(claim).reading.strip()}
        if not row["problem"]:
            one = judged[claim]
            found = one.verdict
            more |= {
                "baseline": found.baseline,
                "faults": "; ".join(found.faults),
                "base_seed": found.base_seed,
                "draws": found.draws,
                "cell": one.cell,
            }
            if isinstance(found, claims.Verdict):
                more["exploratory"] = found.plan.exploratory
            for name, new in _details(found):
                rows[name].append({"claim": claim, **new})
        rows["claims"].append({**{name: row[name] for name in FROM_LEDGER}, **more})
    return rows


def _details(found: claims.Verdict | claims.Check) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the rows of a verdict in the tables of effects, rules and checks."""
    if isinstance(found, claims.Check):
        for order, (says, met) in enumerate(found.checks.items(), start=1):
            yield "checks", {"order": order, "says": says, "met": met}
        return
    foreseen = {part.effect: where for where in found.plan.directions for part in where.parts}
    for name, estimate in found.effects.items():
        numbers = ("value", "low", "high", "n", "unit", "level")
        row: dict[str, Any] = {"effect": name, **{key: getattr(estimate, key) for key in numbers}}
        row["deciding"] = name == found.effect
        if name in foreseen:
            row["expected"] = foreseen[name].text
            row["as_expected"] = foreseen[name].test(found.effects)
        yield "effects", row
    for order, rule in enumerate(found.plan.rules, start=1):
        row = {"order": order, "verdict": rule.verdict, "condition": rule.condition}
        row |= {"when": rule.when.text, "met_first": found.decided_by == order - 1}
        yield "rules", row


def evidence(root: Path) -> list[dict[str, Any]]:
    """Return the stored records of all verdicts, with where they stand."""
    return [
        {
            "notebook": one.notebook,
            "cell": one.cell,
            "kind": "check" if isinstance(one.verdict, claims.Check) else "verdict",
            "record": one.verdict.as_record(),
        }
        for one in stored.verdicts(root / "chapters")
    ]


def to_csv(name: str, rows: list[dict[str, Any]]) -> str:
    """Return a table of `TABLES` as CSV (RFC 4180), with a row of names."""
    columns = TABLES[name][2]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        if unknown := set(row) - set(columns):
            raise ValueError(f"table {name!r} has no column {sorted(unknown)}")
        writer.writerow([_written(row.get(column)) for column in columns])
    return text.getvalue()


def _written(value: Any) -> str:
    """Return a value as Table Schema writes it: no value is empty, infinity is INF."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}INF"
    return "" if value is None else str(value)


def files(root: Path) -> dict[str, bytes]:
    """Return every file of the package by its name, the descriptor last."""
    rows = tables(root)
    made = {f"{name}.csv": to_csv(name, rows[name]).encode() for name in TABLES}
    made[EVIDENCE] = (json.dumps(evidence(root), ensure_ascii=False, indent=1) + "\n").encode()
    described = descriptor(made)
    made[DESCRIPTOR] = (json.dumps(described, ensure_ascii=False, indent=2) + "\n").encode()
    return made


def descriptor(made: dict[str, bytes]) -> dict[str, Any]:
    """Return what ``datapackage.json`` says of the files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    sources = [{"title": f"the notebooks of the book, version {project['version']}"}]
    return {
        "profile": "data-package",
        "name": NAME,
        "title": "Claims about activation functions in recurrent networks: verdicts and effects",
        "description": "Predictions, rules, measured effects with intervals, and verdicts on the "
        "claims of two articles, as the cells of the book have computed them.",
        "version": project["version"],
        "licenses": [LICENCE],
        "sources": sources,
        "resources": [_resource(name, content) for name, content in made.items()],
    }


def _resource(name: str, content: bytes) -> dict[str, Any]:
    stem, form = name.rsplit(".", 1)
    said = {
        "name": stem,
        "path": name,
        "format": form,
        "mediatype": MIME[form],
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    if form == "json":
        return {"profile": "data-resource", **said, "description": EVIDENCE_IS}
    about, key, columns = TABLES[stem]
    fields = []
    for column, (kind, meaning) in columns.items():
        field: dict[str, Any] = {"name": column, "type": kind, "description": meaning}
        constraints: dict[str, Any] = {"required": True} if column in key else {}
        if (stem, column) in CHOICES:
            constraints["enum"] = CHOICES[stem, column]
        fields.append(field | ({"constraints": constraints} if constraints else {}))
    schema: dict[str, Any] = {"fields": fields, "primaryKey": key, "missingValues": [""]}
    if stem != "claims":
        reference = {"resource": "claims", "fields": "claim"}
        schema["foreignKeys"] = [{"fields": "claim", "reference": reference}]
    return {"profile": "tabular-data-resource", **said, "description": about, "schema": schema}


def write(folder: Path, root: Path) -> None:
    """Write the files of the package into a folder, and an archive of all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = files(root)
    for name, content in made.items():
        (folder / name).write_bytes(content)
    with zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            entry = zipfile.ZipInfo(f"{NAME}/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)


def to_html(way: str) -> str:
    """Return the links to the files and the meaning of all columns, for a page of the book.

    Parameters
    ----------
    way : str
        How the page gets to the folder of the files, such as "../downloads/data".
    """
    named = [*(f"{name}.csv" for name in TABLES), EVIDENCE, DESCRIPTOR]
    links = [f'<a href="{way}/{name}" download><code>{name}</code></a>' for name in named]
    lines = [
        f'<p><a href="{way}/{ARCHIVE}" download>Download the data package</a>, or single files: '
        f"{', '.join(links)}.</p>"
    ]
    for name, (about, _, columns) in TABLES.items():
        lines += [
            '<div class="wide-table" tabindex="0" role="group" '
            f'aria-label="Columns of {name}.csv">',
            f'<table class="table data-package"><caption><code>{name}.csv</code>. '
            f"{escape(about)}</caption>",
            '<thead><tr><th scope="col">Column</th><th scope="col">Type</th>'
            '<th scope="col">Meaning</th></tr></thead><tbody>',
        ]
        for column, (kind, meaning) in columns.items():
            if choices := CHOICES.get((name, column)):
                meaning += f": one of {', '.join(choices)}"
            lines.append(
                f'<tr><th scope="row"><code>{column}</code></th><td>{kind}</td>'
                f"<td>{escape(meaning)}</td></tr>"
            )
        lines.append("</tbody></table></div>")
    return "\n".join(lines)
