"""A built page loads what it uses, and says by its policy that nothing else may run."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from booktools import finish, light, links, maths_font, policy, weight
from booktools.build import pages

#: What a page may load in all, and weigh itself, in bytes.
MOST_LOADED, MOST_OWN = 1_600_000, 600_000

HEAD = """<html>
  <head>
    <meta charset="utf-8" />
    <link rel="stylesheet" href="../_static/copybutton.css?v=1" />
    <link rel="canonical" href="https://owner.github.io/name/x.html" />
    <link rel="icon" href="../_static/favicon.svg"/>
    <script defer src="../_static/scripts/fontawesome.js?digest=5"></script>
    <script>let toggleHintShow = 'Click to show';</script>
    <script src="../_static/clipboard.min.js?v=1"></script>
    <script src="../_static/design-tabs.js"></script>
    <script src="../_static/doctools.js"></script>
    <script src="../searchindex.js"></script>
  </head>
  <body>
"""
CODE = '<div class="highlight"><pre>x</pre></div>'


def test_scripts_and_styles_that_a_page_does_not_use_go():
    left = light.only_used(f"{HEAD}<p>words</p></body>")
    for gone in ("fontawesome", "clipboard", "copybutton", "design-tabs", "searchindex", "toggle"):
        assert gone not in left, gone
    for kept in ("doctools.js", "favicon.svg", "canonical"):
        assert kept in left, kept
    assert light.only_used(left) == left


@pytest.mark.parametrize(
    "body, kept",
    [
        (CODE, ["clipboard.min.js", "copybutton.css"]),
        ('<div class="sd-tab-set docutils">', ["design-tabs.js"]),
        ('<div id="search-results"></div>', ["searchindex.js"]),
        ('<div class="admonition dropdown">', ["toggleHintShow"]),
        ('<div class="tag toggle">', ["toggleHintShow"]),
    ],
)
def test_what_a_page_uses_stays(body, kept):
    left = light.only_used(f"{HEAD}{body}</body>")
    assert all(name in left for name in kept)
    assert "fontawesome" not in left


def test_a_script_is_loaded_once():
    twice = f"{HEAD}{CODE}".replace(
        "  </head>", '    <script src="../_static/doctools.js"></script>\n  </head>'
    )
    assert light.only_used(twice).count("doctools.js") == 1


def test_files_of_a_page_are_summed(tmp_path):
    static = tmp_path / "_static"
    static.mkdir()
    (tmp_path / "part").mkdir()
    (static / "a.js").write_text("x" * 1000)
    (static / "a.css").write_text("@font-face { src: url(maths.woff) }" + "y" * 2000)
    (static / "maths.woff").write_bytes(b"z" * 4000)
    page = tmp_path / "part" / "one.html"
    head = '<link rel="stylesheet" href="../_static/a.css?v=1"/>'
    head += '<script src="../_static/a.js"></script>'
    page.write_text(f"{head}<p>words</p>")
    plain = light.loaded(page, tmp_path)
    assert plain["_static/a.js"] == 1000 and "_static/maths.woff" not in plain
    assert sum(plain.values()) == 3000 + 35 + page.stat().st_size
    page.write_text(f"{head}<math></math>")
    assert light.loaded(page, tmp_path)["_static/maths.woff"] == 4000


def sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def rules(page: str) -> dict[str, set[str]]:
    """Return the rules of the policy that stands in a page."""
    metas = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert len(metas) == 1
    return {(w := rule.split())[0]: set(w[1:]) for rule in metas[0].split(";")}


def test_policy_names_each_script_within_the_page_by_its_hash():
    text = HEAD + '<script>let a = "&lt;";</script><button onclick="f(&quot;x&quot;)"></button>'
    found = rules(policy.with_policy(text))["script-src"]
    wanted = ["let toggleHintShow = 'Click to show';", 'let a = "&lt;";', 'f("x")']
    hashes = {f"'sha256-{sha256(script)}'" for script in wanted}
    assert found == {"'self'", "'unsafe-hashes'", *hashes}
    assert "'unsafe-inline'" not in found


def test_the_button_that_prints_has_no_script_in_an_attribute():
    button = '<button onclick="window.print()" class="btn">PDF</button>'
    made = policy.with_policy(HEAD + button)
    assert '<button data-does="print" class="btn">' in made
    assert "'unsafe-hashes'" not in rules(made)["script-src"]


def test_policy_is_renewed_when_a_page_changes():
    once = policy.with_policy(f"{HEAD}<script>one</script>")
    assert policy.with_policy(once) == once
    changed = policy.with_policy(once.replace("one", "two"))
    assert f"'sha256-{sha256('two')}'" in rules(changed)["script-src"]
    assert f"'sha256-{sha256('one')}'" not in rules(changed)["script-src"]


def test_compiled_code_runs_where_the_playground_stands_alone():
    plain = rules(policy.with_policy(HEAD))
    assert plain["worker-src"] == {"'self'"} and "'wasm-unsafe-eval'" not in plain["script-src"]
    script = '<script defer src="_static/playground/matrices.js"></script>'
    playing = rules(policy.with_policy(HEAD + script))
    assert playing["worker-src"] == {"'self'", "blob:"}
    assert "'wasm-unsafe-eval'" in playing["script-src"]


def test_policy_asks_for_its_place():
    with pytest.raises(ValueError, match="0 lines"):
        policy.with_policy("<html><head></head></html>")


def test_every_built_page_has_a_policy_for_its_own_scripts_before_them(book):
    for path in finish.pages(book):
        text = path.read_text("utf8")
        assert text.index("Content-Security-Policy") < text.index("<script"), path
        assert policy.with_policy(text) == text, path
        assert rules(text)["default-src"] == {"'none'"}
        everything = set().union(*rules(text).values())
        sources = {source for source in everything if not source.startswith("'sha256-")}
        if policy.LIVE.search(text):  # its cells run on Binder
            sources -= set(links.binder_sources().split())
        assert not [source for source in sources if re.search(r"\*|https?:|//", source)], path
        assert "'unsafe-hashes'" not in sources, f"{path} has a script in an attribute"


def test_every_built_page_is_light(book):
    too_heavy = {}
    for path in finish.pages(book):
        name = path.relative_to(book).as_posix()
        files = light.loaded(path, book)
        assert len(files) > 5, f"{name} names nothing that it loads"
        if name != "search.html" and sum(files.values()) > MOST_LOADED:
            too_heavy[name] = sum(files.values())
        if weight.of_page(path) > MOST_OWN:
            too_heavy[f"{name} itself"] = weight.of_page(path)
    assert too_heavy == {}


def test_finishing_twice_changes_nothing(book, tmp_path):
    """A page that Sphinx did not rewrite is finished again at the next build."""
    name = f"{pages()[0]}.html"
    (tmp_path / name).write_bytes((book / name).read_bytes())
    finish.finish(tmp_path)
    assert (tmp_path / name).read_bytes() == (book / name).read_bytes()
    assert (tmp_path / "_static" / maths_font.NAME).is_file()
