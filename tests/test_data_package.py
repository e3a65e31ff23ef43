"""The data package: what its descriptor says of the files is so, and nothing is left out."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import zipfile
from collections import Counter

import pytest

from booktools import data_package
from booktools.build import ROOT
from helpers import claims
from helpers.claims import ledger, stored
from helpers.statistics import Estimate

READ = {
    "string": str,
    "integer": int,
    "number": lambda text: float(text.replace("INF", "inf")),
    "boolean": {"true": True, "false": False}.__getitem__,
}


@pytest.fixture(scope="module")
def made():
    return data_package.files(ROOT)


@pytest.fixture(scope="module")
def described(made):
    return json.loads(made[data_package.DESCRIPTOR])


def rows(made, name):
    return list(csv.DictReader(io.StringIO(made[f"{name}.csv"].decode())))


def test_every_file_is_described_as_it_is(made, described):
    named = {one["path"]: one for one in described["resources"]}
    assert {*named, data_package.DESCRIPTOR} == {*made}
    for path, one in named.items():
        assert one["bytes"] == len(made[path])
        assert one["hash"] == f"sha256:{hashlib.sha256(made[path]).hexdigest()}"
    assert described["licenses"][0]["name"] == "CC-BY-4.0"


def test_every_value_fits_its_column(made, described):
    tables = [one for one in described["resources"] if one["format"] == "csv"]
    assert len(tables) == len(data_package.TABLES)
    for one in tables:
        found, fields = rows(made, one["name"]), one["schema"]["fields"]
        assert found and list(found[0]) == [field["name"] for field in fields]
        assert all(field["description"] for field in fields)
        for row in found:
            for field in fields:
                text, limits = row[field["name"]], field.get("constraints", {})
                assert text or not limits.get("required"), (one["name"], row)
                if text:
                    READ[field["type"]](text)
                    assert text in limits.get("enum", [text])
        keys = Counter(tuple(row[key] for key in one["schema"]["primaryKey"]) for row in found)
        assert max(keys.values()) == 1
    assert {row["claim"] for name in data_package.TABLES for row in rows(made, name)} <= {
        row["claim"] for row in rows(made, "claims")
    }


def test_the_tables_say_what_the_notebooks_hold(made):
    table = {row["claim"]: row for row in rows(made, "claims")}
    effects = {(row["claim"], row["effect"]): row for row in rows(made, "effects")}
    read = ledger.read(ROOT / "chapters")
    assert list(table) == list(claims.load()) == list(read["claim"])
    counting = {row["claim"] for row in read.to_dict("records") if not row["problem"]}
    assert counting
    number = 0
    for one in stored.verdicts(ROOT / "chapters"):
        found = one.verdict
        if found.claim not in counting:
            continue
        row = table[found.claim]
        assert (row["verdict"], row["condition"]) == (found.verdict, found.condition)
        assert (row["notebook"], int(row["cell"])) == (one.notebook, one.cell)
        for name, estimate in found.effects.items():
            row = effects[found.claim, name]
            kept = Estimate(
                *(READ["number"](row[key] or "nan") for key in ("value", "low", "high"))
            )
            for key in ("value", "low", "high"):
                same = getattr(kept, key), getattr(estimate, key)
                assert same[0] == same[1] or all(map(math.isnan, same))
            assert int(row["n"]) == estimate.n
            number += 1
    assert number == len(effects) > 0


def test_a_verdict_that_does_not_count_is_not_given_as_one(tmp_path):
    """A notebook that was edited after its run leaves its claims untested."""
    source = ROOT / "chapters"
    one = next(s for s in stored.verdicts(source) if isinstance(s.verdict, claims.Verdict))
    notebook = stored.read(source / f"{one.notebook}.ipynb")
    notebook["metadata"]["course"]["code"] = "another"
    path = tmp_path / "chapters" / f"{one.notebook}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), "utf8")
    tables = data_package.tables(tmp_path)
    row = next(row for row in tables["claims"] if row["claim"] == one.verdict.claim)
    assert row["verdict"] == ledger.UNTESTED and "edited since" in row["problem"]
    assert tables["effects"] == []


def test_the_records_can_be_read_back(made):
    found = json.loads(made[data_package.EVIDENCE])
    assert len(found) == len(stored.verdicts(ROOT / "chapters"))
    kinds = {"verdict": claims.Verdict, "check": claims.Check}
    for one in found:
        assert kinds[one["kind"]].from_record(one["record"]).as_record() == one["record"]


def test_the_archive_holds_the_files_and_is_the_same_each_time(made, tmp_path):
    contents = []
    for name in ("one", "two"):
        data_package.write(tmp_path / name, ROOT)
        contents.append((tmp_path / name / data_package.ARCHIVE).read_bytes())
    assert contents[0] == contents[1]
    with zipfile.ZipFile(io.BytesIO(contents[0])) as archive:
        held = {name.split("/")[1]: archive.read(name) for name in archive.namelist()}
    assert held == made


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (0, "0"),
        (0.1, "0.1"),
        (math.nan, ""),
        (math.inf, "INF"),
        (-math.inf, "-INF"),
        ('a "b", c', '"a ""b"", c"'),
    ],
)
def test_values_are_written_as_the_standard_has_them(value, text):
    table = data_package.to_csv("checks", [{"claim": "A01", "order": 1, "says": value}])
    assert table.splitlines()[1] == f"A01,1,{text},"


def test_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="'checks' has no column.*colour"):
        data_package.to_csv("checks", [{"colour": "red"}])


def test_the_page_links_every_file_and_explains_every_column(made):
    page = data_package.to_html("../downloads/data")
    for name in [*made, data_package.ARCHIVE]:
        assert f'href="../downloads/data/{name}"' in page
    for _, _, columns in data_package.TABLES.values():
        assert all(f"<code>{column}</code>" in page for column in columns)
