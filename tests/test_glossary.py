"""The glossary and the notation: each word explained once, and used."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from booktools.build import ROOT, pages
from helpers.claims import stored

NAMES = {path: stored.notebook_name(path, ROOT / "chapters")
         for path in stored.notebooks(ROOT / "chapters")}  # fmt: skip
LESSONS = [path for path, name in NAMES.items() if stored.is_lesson(name)]
ROLE = re.compile(r"\{term\}`([^`]+)`")


def terms(text: str) -> dict[str, str]:
    """Return the terms of a glossary with what is said of them."""
    body = text.split("```{glossary}")[1].split("\n```")[0]
    found = re.findall(r"^(\S.*)\n((?:  +\S.*\n?)+)", body, re.M)
    return {term.strip(): said for term, said in found if not term.startswith(":")}


def linked(text: str) -> list[str]:
    """Return the terms to which a text leads, in its order: of "text <target>" the target."""
    return [re.sub(r".*<([^>]+)>", r"\1", role, flags=re.S) for role in ROLE.findall(text)]


def source(path: Path) -> str:
    if path.suffix == ".md":
        return path.read_text("utf8")
    cells = stored.read(path)["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


GLOSSARY = terms(source(ROOT / "appendix" / "glossary.md"))


def test_terms_and_links_are_found():
    text = (
        "```{glossary}\n:sorted:\n\none\n  First {term}`two words`.\n\ntwo words\n  A.\n  B.\n```\n"
    )
    assert terms(text) == {"one": "  First {term}`two words`.\n", "two words": "  A.\n  B."}
    assert linked("{term}`ones <one>` and {term}`two words`") == ["one", "two words"]


def test_each_term_is_explained_once_in_two_to_four_sentences():
    lines = re.findall(r"^(\S.*)\n  +\S", source(ROOT / "appendix" / "glossary.md"), re.M)
    assert len(GLOSSARY) >= 40 and max(Counter(lines).values()) == 1
    for term, said in GLOSSARY.items():
        assert term == term.lower() or term.split()[0] in ("Jacobian", "Lyapunov"), term
        sentences = len(re.findall(r"[.:](?=\s|$)", said))
        assert 1 <= sentences <= 4 and len(said.split()) >= 15, term


def test_every_link_leads_to_a_term():
    for page in pages():
        for path in (ROOT / f"{page}.md", ROOT / f"{page}.ipynb"):
            if path.exists():
                assert set(linked(source(path))) <= set(GLOSSARY), page


def test_glossary_and_notation_lead_to_each_other():
    assert "(notation.md)" in source(ROOT / "appendix" / "glossary.md")
    assert {"appendix/notation", "appendix/glossary"} <= set(pages())


def test_each_symbol_has_one_meaning():
    rows = re.findall(r"^\| (\$.*?\$) \| ", source(ROOT / "appendix" / "notation.md"), re.M)
    symbols = [symbol for row in rows for symbol in re.split(r",\\ ", row.strip("$"))]
    assert len(symbols) > 30
    assert [symbol for symbol, number in Counter(symbols).items() if number > 1] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=NAMES.get)
def test_a_lesson_explains_its_words(lesson):
    assert linked(source(lesson)), "no {term} of the glossary"


def test_every_term_is_used():
    chapters = {stored.chapter(NAMES[lesson]) for lesson in LESSONS}
    if not {1, 2, 3} <= chapters:
        pytest.skip("chapters 1 to 3 do not have their lessons yet")
    used = {term for page in NAMES for term in linked(source(page))}
    assert set(GLOSSARY) - used == set()
