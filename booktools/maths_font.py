"""The font of the formulas: just the signs that the book's formulas have.

Without a font for mathematics a browser draws small roots and parentheses. STIX Two Math
(https://www.stixfonts.org, SIL Open Font License 1.1) has 1.5 MB; the part that a book needs,
with all sizes of its signs, has less than a tenth of that. The package `ziamath` brings the
whole font.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path

#: Name of the file among the static files of a built book.
NAME = "maths.woff"
MATH = re.compile(r"<math\b.*?</math>", re.S)
#: Digits and the letters of the alphabet are there in any case.
ALWAYS = frozenset(map(chr, range(0x20, 0x7F)))
#: The mathematical italic letters: a browser takes them for a single letter of a formula.
ITALIC = [*map(chr, range(0x1D434, 0x1D468)), "\u210e", *map(chr, range(0x1D6E2, 0x1D71C))]


def source() -> Path:
    """Return the file of the whole font. The package is found and not imported."""
    found = find_spec("ziamath")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("ziamath brings the font of the formulas: pip install ziamath")
    return Path(found.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"


def characters(page: str) -> set[str]:
    """Return the characters in the formulas of a page (HTML)."""
    formulas = (re.sub(r"<[^>]*>", "", found) for found in MATH.findall(page))
    return set(unescape("".join(formulas)))


@cache
def _italics() -> dict[str, str]:
    """Map a letter to the italic one that is drawn for it."""
    return {unicodedata.normalize("NFKC", letter): letter for letter in ITALIC}


def write(file: Path, wanted: set[str]) -> None:
    """Write the part of the font with the wanted characters, unless it lies there already.

    Parameters
    ----------
    file : Path
        The font to write (WOFF). Beside it, a file ``.sha256`` tells what it was made of.
    wanted : set of str
        The characters of all formulas.

    Raises
    ------
    ValueError
        If the font lacks one of them.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    letters = wanted | ALWAYS
    letters |= {_italics()[letter] for letter in letters & {*_italics()}}
    letters -= {*"\n\t"}
    made_of = (
        "".join(sorted(letters)).encode() + source().read_bytes() + Path(__file__).read_bytes()
    )
    digest = hashlib.sha256(made_of).hexdigest()
    mark = file.with_suffix(".sha256")
    if file.exists() and mark.exists() and mark.read_text() == digest:
        return
    font = TTFont(source())
    lacking = sorted(letter for letter in letters if ord(letter) not in font.getBestCmap())
    if lacking:
        told = ", ".join(f"{letter!r} (U+{ord(letter):04X})" for letter in lacking)
        raise ValueError(f"the font of the formulas lacks {told}; write it in another way")
    options = Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = [0, 1, 2, 13, 14]  # with the copyright and the licence
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=map(ord, letters))
    subsetter.subset(font)
    font.flavor = "woff"
    file.parent.mkdir(parents=True, exist_ok=True)
    font.save(file)
    mark.write_text(digest)
