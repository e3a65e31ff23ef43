"""The claims of the two articles, as data: complete, well formed, and referring to real things."""

import re
from pathlib import Path

import pytest
import yaml
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "helpers" / "claims" / "claims.yaml").read_text("utf8")

IDS = [f"A{number:02}" for number in range(1, 40)] + [f"B{number}" for number in range(40, 61)]
SENTENCES = ("english", "known")
TEXTS = ("id", "document", "where", "quote", *SENTENCES)
LISTS = ("sources", "experiment")
FIELDS = {*TEXTS, *LISTS, "chapter"}
DESIGNS = {f"E{number}" for number in range(1, 17)} | {"E9b"}

DATA = yaml.safe_load(TEXT)
CLAIMS = DATA["claims"]
EVERY = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.get("id")))


@pytest.fixture(scope="module")
def works():
    return set(parse_file(str(ROOT / "references.bib"), "bibtex").entries)


def has_chinese(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def test_the_ids_are_all_there_once_and_in_order():
    assert [claim["id"] for claim in CLAIMS] == IDS
    assert len(set(IDS)) == 60


def test_no_field_is_written_twice_in_a_claim():
    """YAML would silently keep the second of two equal fields."""
    assert TEXT.count("\n- id:") == len(IDS)
    for field in FIELDS - {"id"}:
        assert len(re.findall(rf"^  {field}:", TEXT, flags=re.MULTILINE)) == len(IDS), field


def test_the_two_documents(works):
    assert list(DATA) == ["documents", "claims"]
    assert list(DATA["documents"]) == ["A", "B"]
    for document in DATA["documents"].values():
        assert (
            {"title", "language", "bib"}
            <= set(document)
            <= {
                "title",
                "language",
                "published",
                "bib",
            }
        )
        assert all(isinstance(value, str) and value.strip() for value in document.values())
        assert document["bib"] in works
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", document.get("published", "2024-04-09"))


@EVERY
def test_fields_and_types(claim):
    assert set(claim) - {"reading"} == FIELDS
    assert claim.get("reading", "x").strip(), "a reading says something, or is left out"
    for field in TEXTS:
        value = claim[field]
        assert isinstance(value, str) and value and value == value.strip(), field
        assert "\n" not in value, field
    for field in LISTS:
        assert isinstance(claim[field], list), field
        assert all(isinstance(item, str) and item.strip() for item in claim[field]), field
        assert len(set(claim[field])) == len(claim[field]), field
    assert claim["experiment"], "a claim needs at least one experiment or check"
    assert type(claim["chapter"]) is int
    assert claim["chapter"] in range(1, 7)


@EVERY
def test_the_place_in_the_document(claim):
    assert claim["document"] == claim["id"][0]
    for place in claim["where"].split(", "):
        assert re.fullmatch(r"(\d(\.\d)?|Q\d)(\(\d\))?", place), place


@EVERY
def test_the_quote_is_the_original_and_the_rest_is_english(claim):
    quote = claim["quote"]
    assert has_chinese(quote) or re.search(r"[=&]|\.add\(|\.compile\(|\.fit\(", quote), quote
    for field in SENTENCES:
        assert not has_chinese(claim[field]), field
        assert re.match(r"[A-Z]", claim[field]), field
        assert claim[field].endswith("."), field


def test_the_wordings_differ():
    for field in ("quote", "english"):
        assert len({claim[field] for claim in CLAIMS}) == len(CLAIMS), field


@EVERY
def test_sources_are_in_the_bibliography(claim, works):
    assert [key for key in claim["sources"] if key not in works] == []


@EVERY
def test_references_to_designs_and_claims_exist(claim):
    text = " ".join([claim["known"], *claim["experiment"]])
    assert set(re.findall(r"\bE\d+\w*", text)) <= DESIGNS
    assert set(re.findall(r"\b[AB]\d+\b", text)) <= set(IDS) - {claim["id"]}


def test_every_chapter_tests_a_claim():
    assert {claim["chapter"] for claim in CLAIMS} == set(range(1, 7))
