"""Every address in the book is well formed, without a network: DOIs, arXiv ids, issues, hosts.

`make links` follows them; a slip of the pen is found here.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
#: Files that readers or maintainers see.
PATTERNS = ("*.md", "*.bib", "*.cff", "*.yml", "appendix", "chapters", "helpers", "booktools",
            ".github")  # fmt: skip
TEXTS = {".md", ".bib", ".cff", ".yml", ".yaml", ".py", ".ipynb", ".js", ".sh", ".css"}
#: Names that stand for the reader's own, and hosts that are not to be reached.
STANDS_FOR = re.compile(r"OWNER|\bowner/name\b|\{|\$|127\.0\.0\.1|localhost|http://book/")

ADDRESS = re.compile(r"https?://[^\s<>\"'`\\|^{}\[\]）」]+")
DOI = re.compile(r"10\.\d{4,9}/[^\s]+", re.I)
#: arXiv's forms: since April 2007 year, month and number; before, archive and number.
NEW_ARXIV = re.compile(r"(\d\d)(\d\d)\.(\d{4,5})(v[1-9]\d*)?")
OLD_ARXIV = re.compile(r"[a-z-]+(\.[A-Z]{2})?/\d{7}(v[1-9]\d*)?")
OWNER, NAME = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", r"[\w.-]{1,100}"
GITHUB = re.compile(
    rf"/{OWNER}(/{NAME}(/?|/(issues|pull|discussions)(/[1-9]\d*)?"
    r"|/(blob|tree|raw)/[^/]+(/.*)?|/commit/[0-9a-f]{7,40}|/(wiki|releases|actions)(/.*)?"
    r"|/actions/workflows/[\w.-]+))?"
)
MENTIONED_DOI = re.compile(r"\bdoi:\s*(\S+?)[),.;]*(?=\s|$)", re.I)
MENTIONED_ARXIV = re.compile(r"\barXiv:\s*(\S+?)[),.;]*(?=\s|$)")


def arxiv_problem(name: str) -> str:
    """Return what is wrong with an arXiv id."""
    if OLD_ARXIV.fullmatch(name):
        return ""
    found = NEW_ARXIV.fullmatch(name)
    if not found:
        return "is no arXiv id"
    year, month, number = int(found[1]), int(found[2]), found[3]
    if not 1 <= month <= 12 or (year, month) < (7, 4):
        return "has a month that arXiv has not"
    if len(number) != (5 if year >= 15 else 4):
        return f"has {len(number)} digits in a year with {5 if year >= 15 else 4}"
    return ""


def problem(address: str) -> str:
    """Return what is wrong with an address, or nothing."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
        assert parts.port is None or parts.port
    except ValueError as error:
        return str(error)
    if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", host):
        return "has no host"
    path = parts.path
    if host in {"doi.org", "dx.doi.org"}:
        return "" if DOI.fullmatch(path[1:]) else "is no DOI"
    if host == "arxiv.org":
        found = re.fullmatch(r"/(abs|pdf|html)/(.+?)(?:\.pdf)?", path)
        return arxiv_problem(found[2]) if found else "is no address of a paper"
    if host == "github.com":
        return (
            ""
            if path in ("", "/") or GITHUB.fullmatch(path)
            else "is no address of a repository, issue or file"
        )
    return ""


def trimmed(address: str) -> str:
    """Return an address without the sentence's end: points, and a bracket that it did not open."""
    while address and (address[-1] in ".,;:!?*" or (address[-1] == ")" and "(" not in address)):
        address = address[:-1]
    return address


def text_of(path: Path) -> str:
    """Return a file's text; of a notebook the sources of its cells."""
    text = path.read_text("utf8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])


def texts() -> dict[str, str]:
    git = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    said = subprocess.run([*git, *PATTERNS], capture_output=True, text=True, check=True).stdout
    paths = [ROOT / name for name in said.split("\0") if name]
    return {
        str(path.relative_to(ROOT)): text_of(path)
        for path in paths
        if path.suffix in TEXTS and path.is_file()
    }


@pytest.fixture(scope="module")
def every_text():
    if not (ROOT / ".git").exists():
        pytest.skip("this copy is not under version control")
    return texts()


def test_every_address_is_well_formed(every_text):
    found = [
        (name, trimmed(match[0]))
        for name, text in every_text.items()
        for match in ADDRESS.finditer(text)
    ]
    real = [(name, address) for name, address in found if not STANDS_FOR.search(address)]
    assert len(real) > 40
    told = [f"{name}: {address} {problem(address)}" for name, address in real if problem(address)]
    assert told == []


def test_every_doi_and_arxiv_id_in_prose_is_well_formed(every_text):
    mentioned = [
        (name, kind, found[1])
        for name, text in every_text.items()
        for kind, pattern in (("doi", MENTIONED_DOI), ("arxiv", MENTIONED_ARXIV))
        for found in pattern.finditer(text)
    ]
    assert mentioned
    told = []
    for name, kind, ident in mentioned:
        ident = ident.strip("`*[]")
        wrong = (
            arxiv_problem(ident) if kind == "arxiv" else "" if DOI.fullmatch(ident) else "no DOI"
        )
        told += [f"{name}: {ident} {wrong}"] if wrong else []
    assert told == []


def test_the_citation_file_has_what_reference_managers_need():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
    needed = {"cff-version", "title", "message", "authors", "version", "date-released", "license"}
    assert needed <= set(said)
    for ident in said.get("identifiers", []):
        assert ident["type"] != "doi" or DOI.fullmatch(ident["value"])


WRONG = [
    ("https://doi.org/11.1234/x", "no DOI"),
    ("https://doi.org/10.12/x", "no DOI"),
    ("https://arxiv.org/abs/1504.0941", "4 digits in a year with 5"),
    ("https://arxiv.org/abs/1413.5678", "month"),
    ("https://arxiv.org/abs/0612.1234", "month"),
    ("https://arxiv.org/list/cs", "no address of a paper"),
    ("https://github.com/owner/name/issue/12", "no address of a repository"),
    ("https://github.com/owner/name/issues/twelve", "no address of a repository"),
    ("https://github.com/owner/name/pull/0", "no address of a repository"),
    ("https://github.com/-owner/name", "no address of a repository"),
    ("https://nowhere/x", "no host"),
    ("https:///x", "no host"),
]
RIGHT = [
    "https://doi.org/10.1162/neco.1997.9.8.1735",
    "https://arxiv.org/abs/1504.00941",
    "https://arxiv.org/pdf/1504.00941v2.pdf",
    "https://arxiv.org/abs/1412.3555",
    "https://arxiv.org/abs/cs.NE/0501234",
    "https://github.com/owner/name",
    "https://github.com/owner/name/issues/12",
    "https://github.com/owner/name/issues/12#issuecomment-1",
    "https://github.com/owner/name/blob/main/a/b.py",
]


@pytest.mark.parametrize(("address", "said"), WRONG)
def test_a_slip_is_found(address, said):
    assert said in problem(address)


@pytest.mark.parametrize("address", RIGHT)
def test_what_is_right_passes(address):
    assert problem(address) == ""


def test_an_address_ends_before_the_sentence_does():
    assert trimmed("https://a.org/x).") == "https://a.org/x"
    assert trimmed("https://a.org/x_(y)") == "https://a.org/x_(y)"
