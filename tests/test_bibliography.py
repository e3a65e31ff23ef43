"""The bibliography is complete and well formed, and holds every work that the book cites."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from pybtex.database import BibliographyDataError, parse_string
from pybtex.plugin import find_plugin

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "references.bib").read_text("utf8")

#: Fields that an entry of each type must have, beside author, title and year.
REQUIRED = {
    "article": {"journal"},
    "book": {"publisher"},
    "incollection": {"booktitle", "publisher"},
    "inproceedings": {"booktitle"},
    "misc": set(),
    "phdthesis": {"school"},
    "techreport": {"institution"},
    "unpublished": {"note"},
}
#: Fields by one of which a reader finds an entry of type misc.
WHEREABOUTS = {"doi", "eprint", "howpublished", "note", "url"}
#: Article A carries no date.
UNDATED = {"articleA"}
#: The year in these keys is not that of the version which the entry describes.
OTHER_YEAR = {"kuhn2020modeldata"}
#: Words that a style turns into lower case unless the title protects them with braces.
NAMES = [
    "ARNOLD",
    "BINARYCONNECT",
    "BOLTZMANN",
    "CIFAR-10",
    "CUD",
    "ELUS",
    "GAUSSIAN",
    "GELUS",
    "GRU",
    "GRUS",
    "IMAGENET",
    "INDRNN",
    "KAN",
    "KERAS",
    "KOLMOGOROV",
    "LSTM",
    "LSTMS",
    "MAMBA",
    "MATPLOTLIB",
    "MNIST",
    "NLP",
    "NUMPY",
    "PADÉ",
    "PYTHON",
    "RELU",
    "RNN",
    "RNNS",
    "RWKV",
    "SCIPY",
    "TENSORFLOW",
    "TRANSFORMER",
    "TRANSFORMERS",
]

ROLE = re.compile(r"(?:\{cite(?::\w+)?\}|:cite(?::\w+)?:)`([^`]+)`")
KEY = re.compile(r"[a-z]+(?:19|20)\d\d[a-z][a-z0-9]*")


def parse(text):
    return parse_string(text, "bibtex").entries


def keys_in_roles(text):
    """Return the keys in citation roles such as {cite:t}`one,two` or {cite:p}`{see}one{p. 2}`."""
    groups = (re.sub(r"\{[^}]*\}", "", group) for group in ROLE.findall(text))
    return {key.strip() for group in groups for key in group.split(",")}


def keys_in_strings(source):
    """Return the keys among a module's string constants, alone or in a list with commas."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
    strings = (node.value.strip() for node in nodes if isinstance(node.value, str))
    parts = (re.split(r"[,;\s]+", string) for string in strings)
    return {key for keys in parts if all(map(KEY.fullmatch, keys)) for key in keys}


def notebook_text(path):
    cells = json.loads(path.read_text("utf8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def cited_keys():
    """Return every file of the book that cites, with the keys that it cites."""
    cited = {}
    for path in [*ROOT.glob("chapters/**/*.ipynb"), *ROOT.glob("appendix/**/*.ipynb")]:
        cited[path] = keys_in_roles(notebook_text(path))
    for pattern in ("*.md", "appendix/*.md", "chapters/*.md", "helpers/**/*.py"):
        for path in ROOT.glob(pattern):
            cited[path] = keys_in_roles(path.read_text("utf8"))
    catalogue = ROOT / "helpers" / "activations" / "catalogue.py"
    cited[catalogue] |= keys_in_strings(catalogue.read_text("utf8"))
    path = ROOT / "helpers" / "claims" / "claims.yaml"
    data = yaml.safe_load(path.read_text("utf8"))
    cited[path] = {key for claim in data["claims"] for key in claim["sources"]}
    cited[path] |= {document["bib"] for document in data["documents"].values()}
    return {path.relative_to(ROOT): keys for path, keys in cited.items() if keys}


@pytest.fixture(scope="module")
def entries():
    return parse(TEXT)


def test_every_entry_is_read(entries):
    """The parser skips what stands between entries, such as one that lost its @."""
    started = re.findall(r"^\W*(?:[a-z]+)\{([^,\s]+),", TEXT, flags=re.MULTILINE)
    assert started == list(entries)
    assert len(entries) > 80


def test_a_repeated_key_is_refused():
    with pytest.raises(BibliographyDataError, match="repeated"):
        parse(TEXT + "\n@misc{articleA, title = {Again}, year = {2000}}")


def test_required_fields(entries):
    problems = []
    for key, entry in entries.items():
        if entry.type not in REQUIRED:
            problems.append(f"{key}: type {entry.type!r}; choose from {', '.join(REQUIRED)}")
            continue
        present = {name.lower() for name, value in entry.fields.items() if value.strip()}
        present |= {role for role, people in entry.persons.items() if people}
        missing = ({"author", "title", "year"} | REQUIRED[entry.type]) - present
        problems += [f"{key}: no {name}" for name in sorted(missing)]
        if entry.type == "misc" and not WHEREABOUTS & present:
            problems.append(f"{key}: none of {', '.join(sorted(WHEREABOUTS))}")
    assert not problems


def test_years(entries):
    for key, entry in entries.items():
        year = entry.fields["year"]
        if key in UNDATED:
            assert year == "n.d.", key
            continue
        assert re.fullmatch(r"(19|20)\d\d", year), f"{key}: year {year!r}"
        if KEY.fullmatch(key) and key not in OTHER_YEAR:
            assert year in key, f"{key}: year {year}"


def test_keys_begin_with_the_first_author(entries):
    assert sum(KEY.fullmatch(key) is not None for key in entries) > 80
    plain = str.maketrans("éèöüçğšč", "eeoucgsc")
    for key, entry in entries.items():
        if KEY.fullmatch(key):
            author = " ".join(entry.persons["author"][0].last_names)
            author = re.split(r"[ -]", author.lower().translate(plain))[0]
            assert re.match("[a-z]+", key)[0] == author, f"{key}: first author {author}"


def test_identifiers(entries):
    held = Counter(name for entry in entries.values() for name in entry.fields)
    assert all(held[name] >= 10 for name in ("doi", "eprint", "url", "pages")), held
    for key, entry in entries.items():
        fields = entry.fields
        if "doi" in fields:
            assert re.fullmatch(r"10\.\d{4,}/\S+", fields["doi"]), f"{key}: {fields['doi']}"
        if "eprint" in fields:
            assert re.fullmatch(r"\d{4}\.\d{4,5}", fields["eprint"]), f"{key}: {fields['eprint']}"
            assert fields["archiveprefix"] == "arXiv", key
        if "url" in fields:
            assert re.fullmatch(r"https?://\S+", fields["url"]), f"{key}: {fields['url']}"
        if "pages" in fields:
            assert re.fullmatch(r"\d+(--\d+)?", fields["pages"]), f"{key}: {fields['pages']}"
            ends = [int(page) for page in fields["pages"].split("--")]
            assert ends == sorted(ends), f"{key}: {fields['pages']}"


@pytest.mark.parametrize("field", ["doi", "eprint", "title"])
def test_no_work_stands_twice(entries, field):
    values = Counter(
        entry.fields[field].lower() for entry in entries.values() if field in entry.fields
    )
    assert [value for value, count in values.items() if count > 1] == []


def test_entries_render_with_their_capitals(entries):
    style = find_plugin("pybtex.style.formatting", "unsrt")()
    backend = find_plugin("pybtex.backends", "plaintext")()
    lost = [name.lower() for name in NAMES]
    for entry in style.format_entries(entries.values()):
        text = re.sub(r"https?://\S+", "", entry.text.render(backend))
        assert not set("{}\\") & set(text), text
        found = [word for word in lost if re.search(rf"(?<![\w-]){word}(?![\w-])", text)]
        assert not found, f"{entry.key}: {found} lost capitals in: {text}"


def test_scanners_find_keys():
    text = "{cite}`a2000b` {cite:p}`{see}c2001d{p. 2}, e2002f` :cite:t:`g2003h` `i2004j`"
    assert keys_in_roles(text) == {"a2000b", "c2001d", "e2002f", "g2003h"}
    source = 'ORIGIN = "a2000b"\nPAIR = ("c2001d, e2002f", "in a2005b, prose", "tanh", 3)'
    assert keys_in_strings(source) == {"a2000b", "c2001d", "e2002f"}


def test_every_cited_work_is_there(entries):
    cited = cited_keys()
    assert {path.suffix for path in cited} >= {".yaml", ".md", ".ipynb", ".py"}
    missing = {str(path): sorted(keys - set(entries)) for path, keys in cited.items()}
    assert {path: keys for path, keys in missing.items() if keys} == {}
