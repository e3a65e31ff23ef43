r"""Formulas of the pages: LaTeX is set as MathML when the book is built.

Browsers draw MathML themselves and screen readers speak it, so a page needs no script for its
formulas. `latex2mathml` converts; `to_core` then changes what MathML Core, the part that
Chromium implements (https://www.w3.org/TR/mathml-core/), would draw otherwise. A formula that
cannot be converted is a warning, which fails the build.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

#: Name of the renderer for ``html_math_renderer`` in ``_config.yml``.
RENDERER = "mathml"
NAMESPACE = ' xmlns="http://www.w3.org/1998/Math/MathML"'
#: Attributes that MathML Core leaves out and that nothing here needs.
DROPPED = {"columnalign", "columnspacing", "rowspacing", "linebreak"}
#: The letters of a `mathvariant` other than normal, by how Unicode names them.
VARIANTS = {
    "bold": "MATHEMATICAL BOLD",
    "bold-italic": "MATHEMATICAL BOLD ITALIC",
    "double-struck": "MATHEMATICAL DOUBLE-STRUCK",
    "script": "MATHEMATICAL SCRIPT",
}
OPENING, CLOSING = set("([{⟨⌊⌈"), set(")]}⟩⌋⌉!′")
BARS = set("|‖∣")
SIGNS = set("+-−±")
#: Operators without room around them, as TeX sets them.
TIGHT = set("/.") | BARS
#: Between the name of a function and its neighbours, as in TeX: three eighteenths of an em.
THIN = "0.167em"
#: What the converter takes for operators and TeX does not.
LETTERS = {"∂", "∇", "∞", "…", "⋯"}
LIMITS = ("lim", "max", "min", "sup", "inf")
#: Elements with a fixed number of parts.
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
ROWS = ("mrow", "math", "mtd", "mstyle", "msqrt")
SCRIPTS = ("msub", "msup", "msubsup", "munder", "mover", "munderover")


def to_mathml(latex: str, display: bool = False) -> str:
    """Return a formula as an element ``math``.

    Parameters
    ----------
    latex : str
        The formula without dollar signs.
    display : bool
        Whether it stands in a line of its own.

    Raises
    ------
    ValueError
        If a command is not known, or if the braces or the environments do not match.
    """
    if len(re.findall(r"(?<!\\){", latex)) != len(re.findall(r"(?<!\\)}", latex)):
        raise ValueError(f"the formula {latex!r} has braces that do not match")
    try:
        text = convert(_prepared(latex), display="block" if display else "inline")
        math = ElementTree.fromstring(text.replace(NAMESPACE, ""))
    except Exception as error:  # the converter raises many kinds, and bare KeyErrors as well
        raise ValueError(f"the formula {latex!r} cannot be converted: {error!r}") from error
    for element in math.iter():
        if re.search(r"[\\&]", element.text or ""):
            raise ValueError(f"the formula {latex!r} has {element.text!r}, which is not known")
        if len(element) != PARTS.get(element.tag, len(element)):
            raise ValueError(f"the formula {latex!r} lacks a part of a {element.tag}")
    to_core(math)
    return ElementTree.tostring(math, encoding="unicode", short_empty_elements=False)


def _prepared(latex: str) -> str:
    """Say in the converter's words what it does not know."""
    latex = re.sub(r"\\([bB]igg?[lr]?)\\[lr]Vert(?![A-Za-z])", r"\\\1‖", latex)
    latex = re.sub(r"\\([bB]igg?[lr]?)\\[lr]vert(?![A-Za-z])", r"\\\1|", latex)
    latex = re.sub(r"\\mathrm\{([A-Za-z])\}", r"\\operatorname{\1}", latex)
    return re.sub(r"\\(begin|end)\{aligned\}", r"\\\1{split}", latex.strip())


def to_core(math: Element, script: bool = False, display: bool = False) -> None:
    """Change a formula in place so that MathML Core draws it as TeX would.

    Parameters
    ----------
    math : Element
        The formula or a part of it.
    script : bool
        Whether the part is an index or an exponent, where TeX leaves the room around
        operators out.
    display : bool
        Whether it stands in a line of its own, where limits go under the name.
    """
    display = (display or math.get("display") == "block") and math.tag != "mfrac"
    for place, element in enumerate(math):
        to_core(element, script or (math.tag in SCRIPTS and place > 0), display)
    if math.tag in ("mi", "mo", "mn", "mtext"):
        _write_out_variant(math)
    if math.tag == "mtd":
        math.set("class", f"at-{math.attrib.get('columnalign', 'center')}")
    for name in DROPPED & {*math.attrib}:
        del math.attrib[name]
    if _is_function_name(math):
        _make_upright(math)
    elif math.tag == "mo" and math.text in LETTERS:
        math.tag = "mi"
    elif math.tag == "mo":
        _set_room_of_operator(math, script)
    elif math.tag == "mover" and math[1].text == "~":
        math.set("accent", "true")
    elif math.tag in SCRIPTS:
        _let_stretch(math)
        _set_prime(math)
        if display and not script and math.tag == "msub" and math[0].text in LIMITS:
            math.tag = "munder"
    if math.tag in ROWS:
        _mark_signs(math)
        _set_functions_apart(math)


def _write_out_variant(element: Element) -> None:
    """Put a bold or another letter of Unicode in the place of an attribute ``mathvariant``."""
    variant = element.attrib.pop("mathvariant", "normal")
    if variant == "normal":
        return
    if variant not in VARIANTS:
        raise ValueError(f"the variant {variant!r} of {element.text!r} is none of {[*VARIANTS]}")
    element.text = "".join(_variant_of(letter, variant) for letter in element.text or "")


def _variant_of(letter: str, variant: str) -> str:
    """Return the letter of Unicode for a variant, or the letter itself if there is none."""
    name = re.sub(r"^(LATIN|GREEK) | LETTER", "", unicodedata.name(letter, ""))
    try:
        return unicodedata.lookup(f"{VARIANTS[variant]} {name}")
    except KeyError:
        return letter


def _is_function_name(element: Element) -> bool:
    """Whether an element is such as diag, tanh, or the E of an expectation."""
    name = re.fullmatch(r"[A-Za-z]+", element.text or "") is not None
    return name and (element.tag == "mo" or (element.tag == "mi" and len(element.text or "") > 1))


def _make_upright(element: Element) -> None:
    element.tag = "mi"
    element.attrib.clear()
    if len(element.text or "") == 1:
        element.set("mathvariant", "normal")


def _set_room_of_operator(element: Element, script: bool) -> None:
    """Take the room around an operator away where TeX has none."""
    text = element.text or ""
    if text in BARS and "fence" not in element.attrib:
        element.set("stretchy", "false")
    if text in TIGHT or (script and text not in {",", "…"}):
        element.set("lspace", "0")
        element.set("rspace", "0")


def _let_stretch(scripts: Element) -> None:
    """Give a large parenthesis that carries an exponent a row of its own.

    As a bare base it would keep the size of the text.
    """
    base = scripts[0]
    if base.tag == "mo" and "minsize" in base.attrib:
        row = Element("mrow")
        row.append(base)
        scripts[0] = row


def _set_prime(scripts: Element) -> None:
    """Let a prime be seen: as an exponent it would be tiny and stand too high.

    Beside a letter it stands in the line, where the font raises it. After large parentheses it
    stays an exponent, lowered here and enlarged by the style sheet.
    """
    prime = scripts[-1]
    if not prime.text or not set(prime.text) <= {"′", "″"}:
        return
    prime.tag = "mo"
    if scripts[0].tag == "mi":
        letter = scripts[0]
        prime.attrib.update(lspace="0", rspace="0")
        row = scripts if scripts.tag == "msup" else Element("mrow")
        scripts.remove(prime)
        scripts.remove(letter)
        row.extend([letter, prime])
        if row is scripts:
            scripts.tag = "mrow"
        else:
            scripts.tag = "msub"
            scripts.insert(0, row)
    else:
        prime.set("class", "prime")
        lowered = Element("mpadded", {"height": "0.1em", "voffset": "-0.35em"})
        lowered.append(prime)
        scripts[-1] = lowered


def _mark_signs(row: Element) -> None:
    """Mark a sign that belongs to the term after it: at the start, or after an operator."""
    before: Element | None = None
    for element in row:
        if element.tag == "mo" and element.text in SIGNS:
            alone = before is None or (
                before.tag == "mo" and before.text not in CLOSING and before.text not in BARS
            )
            if alone or _is_empty(before):
                element.set("form", "prefix")
        if element.tag != "mspace":
            before = element


def _is_empty(element: Element | None) -> bool:
    return element is not None and not len(element) and not (element.text or "").strip()


def _set_functions_apart(row: Element) -> None:
    """Set a function's name apart from its neighbours, but not from parentheses."""
    for place in range(len(row) - 1, 0, -1):
        left, right = row[place - 1], row[place]
        after_name = _ends_as_name(left) and right.tag not in ("mo", "mspace", "mtext")
        before_name = _ends_as_name(right) and left.tag not in ("mo", "mspace", "mtext")
        if (after_name or before_name) and not _is_empty(left):
            row.insert(place, Element("mspace", {"width": THIN}))


def _ends_as_name(element: Element) -> bool:
    """Whether an element is a function's name, with an index or without."""
    base = element[0] if element.tag in SCRIPTS else element
    upright = base.get("mathvariant") == "normal" or _is_function_name(base)
    return base.tag == "mi" and upright


def _visit_inline(self: Any, node: nodes.math) -> None:
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(f"{_converted(node, display=False)}</span>")
    raise nodes.SkipNode


def _visit_block(self: Any, node: nodes.math_block) -> None:
    """Write a formula in a line of its own, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f"{_converted(node, display=True)}</div>\n")
    raise nodes.SkipNode


def _converted(node: nodes.Element, display: bool) -> str:
    """Return the formula of a node; what cannot be converted is shown and warned of."""
    try:
        return to_mathml(node.astext(), display)
    except ValueError as error:
        logger.warning("%s", error, location=node)
        return "<math><mtext>?</mtext></math>"


def add_to(app: Sphinx) -> None:
    """Add the renderer to Sphinx; ``html_math_renderer: mathml`` chooses it."""
    app.add_html_math_renderer(RENDERER, (_visit_inline, None), (_visit_block, None))
