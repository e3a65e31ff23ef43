"""Formulas: MathML that says what the LaTeX said, and a font that has every sign."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont

from booktools import formulas, maths_font
from booktools.build import ROOT, pages
from booktools.finish import pages as built_pages
from helpers.claims import stored

DOLLARS = re.compile(r"\$\$(.+?)\$\$|(?<![\\$`])\$([^$`\n]+(?:\n[^$`\n]+)?)\$(?!`)", re.S)
BLOCK = re.compile(r"^```\{math\}\n((?::\w+:.*\n)*)(.*?)^```", re.S | re.M)


def parts(latex: str, display: bool = False) -> list[tuple[str, str]]:
    """Return the elements of a formula with a text, as (tag, text)."""
    math = ElementTree.fromstring(formulas.to_mathml(latex, display))
    return [(e.tag, e.text) for e in math.iter() if e.text]


def of_the_book() -> set[str]:
    """Return the formulas in the sources of all pages."""
    texts = []
    for page in pages():
        if (ROOT / f"{page}.md").exists():
            texts.append((ROOT / f"{page}.md").read_text("utf8"))
        else:
            cells = stored.read(ROOT / f"{page}.ipynb")["cells"]
            texts += ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    found = set()
    for text in texts:
        found |= {match[2].strip() for match in BLOCK.finditer(text)}
        rest = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
        found |= {(m[1] or m[2]).strip() for m in DOLLARS.finditer(rest)}
    found.discard("")
    return found


def test_every_formula_of_the_book_is_converted():
    found = of_the_book()
    assert len(found) > 300
    for latex in found:
        for display in (False, True):
            text = formulas.to_mathml(latex, display)
            math = ElementTree.fromstring(text)
            assert math.tag == "math" and "\\" not in text
            left = {e.get("mathvariant") for e in math.iter()} - {None, "normal"}
            assert not left, f"{latex}: MathML Core draws no mathvariant {left}"


@pytest.mark.parametrize("latex", [r"\nosuchcommand{x}", r"\frac{1}", "a & b", r"{x"])
def test_what_cannot_be_converted_is_named(latex):
    with pytest.raises(ValueError, match=re.escape(repr(latex))):
        formulas.to_mathml(latex)


def test_letters_of_a_variant_are_letters_of_unicode():
    assert parts(r"\mathbf{1}") == [("mn", "𝟏")]
    assert parts(r"\mathbf{W}") == [("mi", "𝐖")]
    assert parts(r"\boldsymbol{\phi}") == [("mi", "𝝓")]


def test_names_of_functions_are_upright_and_apart_from_what_follows():
    assert parts(r"\operatorname{diag}(x)")[0] == ("mi", "diag")
    text = formulas.to_mathml(r"\mathrm{E} x")
    assert '<mi mathvariant="normal">E</mi><mspace width="0.167em">' in text
    assert "mspace" not in formulas.to_mathml(r"\tanh(x)")
    assert formulas.to_mathml(r"a \tanh x").count("mspace width") == 2
    assert formulas.to_mathml(r"\log_2 p").count("mspace width") == 1


def test_signs_belong_to_their_term():
    assert formulas.to_mathml("a - b").count("prefix") == 0
    assert formulas.to_mathml("(a) - b").count("prefix") == 0
    assert formulas.to_mathml("f(x, -1)").count("prefix") == 1
    assert formulas.to_mathml("-x").count("prefix") == 1


def test_operators_are_tight_in_an_index_only():
    assert 'lspace="0"' in formulas.to_mathml("h_{t-1}")
    assert "lspace" not in formulas.to_mathml("t-1")


def test_limits_stand_under_their_name_in_a_line_of_its_own():
    assert "<munder>" in formulas.to_mathml(r"\lim_{k} x", display=True)
    assert "<munder>" not in formulas.to_mathml(r"\lim_{k} x")


def test_equations_in_lines_are_aligned():
    text = formulas.to_mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", display=True)
    rows = ElementTree.fromstring(text).findall(".//mtr")
    assert len(rows) == 2
    for row in rows:
        assert [cell.get("class") for cell in row] == ["at-right", "at-left"]


def test_large_parentheses_keep_their_size_under_an_exponent():
    text = formulas.to_mathml(r"\Bigl(x\Bigr)^2")
    assert re.search(r'<msup><mrow><mo[^>]*minsize="1.623em"[^>]*>\)</mo></mrow>', text)


def test_primes_stand_in_the_line_beside_a_letter():
    assert '<mrow><mi>f</mi><mo lspace="0" rspace="0">′</mo></mrow>' in formulas.to_mathml("f'(x)")
    text = formulas.to_mathml("c'_t")
    assert '<msub><mrow><mi>c</mi><mo lspace="0" rspace="0">′</mo></mrow><mi>t</mi></msub>' in text
    assert 'class="prime"' in formulas.to_mathml(r"\left(x\right)'")


def test_font_has_what_was_asked_for_and_is_small(tmp_path):
    file = tmp_path / "maths.woff"
    maths_font.write(file, {"∑", "α", "⊙"})
    font = TTFont(file)
    assert "MATH" in font, "without this table nothing stretches"
    has = font.getBestCmap()
    for letter in "∑α⊙aZ0𝛼𝑎ℎ":  # the letters of a formula are drawn in italics
        assert ord(letter) in has, letter
    assert ord("β") not in has
    assert file.stat().st_size < 60_000


def test_font_is_made_anew_only_when_it_has_to_be(tmp_path):
    file = tmp_path / "maths.woff"
    maths_font.write(file, {"∑"})
    file.write_bytes(b"kept")
    maths_font.write(file, {"∑"})
    assert file.read_bytes() == b"kept"
    maths_font.write(file, {"∑", "∏"})
    assert ord("∏") in TTFont(file).getBestCmap()


def test_a_sign_that_the_font_lacks_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"U\+732B"):
        maths_font.write(tmp_path / "maths.woff", {"猫"})


def test_built_font_has_the_signs_of_the_built_formulas(book):
    has = TTFont(book / "_static" / maths_font.NAME).getBestCmap()
    texts = [path.read_text("utf8") for path in built_pages(book)]
    signs = set().union(*map(maths_font.characters, texts)) - {"\n"}
    assert len(signs) > 60
    assert [sign for sign in signs if ord(sign) not in has] == []


def test_built_formulas_are_numbered_and_their_numbers_lead_to_them(book):
    """Every reference to an equation shows a number, and the formula at its end has the same."""
    seen = 0
    for path in built_pages(book):
        text = path.read_text("utf8")
        for link in re.finditer(r'href="([^"#]*)#(equation-[\w-]+)">\((\d+)\)', text):
            target = path if not link[1] else (path.parent / link[1])
            there = target.read_text("utf8")
            assert re.search(rf'id="{link[2]}">\s*<span class="eqno">\({link[3]}\)', there), link[0]
            seen += 1
    assert seen >= 5


def test_outputs_have_no_formula_that_nothing_sets():
    """A page has no script any more that would look for LaTeX in the outputs of cells."""
    found = []
    for page in pages():
        if not (ROOT / f"{page}.ipynb").exists():
            continue
        for cell in stored.read(ROOT / f"{page}.ipynb")["cells"]:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                text = "".join(data.get("text/html", ""))
                if re.search(
                    r"\\\(|\\\[|\$\$|\$\\", re.sub(r"<script.*?</script>", "", text, flags=re.S)
                ):
                    found.append((page, json.dumps(text)[:80]))
    assert found == []
