"""The engine's scripts: in which order they load, and those that are made from something else.

Three are made when the book is built: ``functions.js`` from the catalogue, ``digits.js``
from scikit-learn's handwritten digits, ``compiled.js`` from ``matrices.wasm``, the compiled
``matrices.c`` (see `booktools.kernel`).
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import numpy as np

from helpers import activations
from helpers.datasets.digit_images import DigitPart, digits
from helpers.show import interactive, javascript

FOLDER = Path(__file__).parent

#: The scripts in the order in which they are loaded. ``worker.js`` is loaded by none of them.
ENGINE = (
    "modules.js", "functions.js", "compiled.js", "digits.js", "random.js", "matrices.js",
    "initialisers.js", "tasks.js", "cells.js", "optimisers.js", "training.js", "measures.js",
    "settings.js", "trainer.js", "session.js", "runner.js",
)  # fmt: skip
WORKER = "worker.js"

COMPILED = "matrices.wasm"
#: Digits that are shipped: for training, and never trained on.
TRAINING_DIGITS, UNSEEN_DIGITS = 480, 128


def generated() -> dict[str, str]:
    """Return the scripts that are made when the book is built, by name."""
    return {
        "functions.js": functions_script(),
        "compiled.js": compiled_script(),
        "digits.js": digits_script(),
    }


def functions_script() -> str:
    """Return the catalogue's elementwise functions as a script.

    Besides what the other figures have, each function has ``fill(m, a, y, s, n)``: a loop of
    its own that sets n values y and slopes s from n numbers a, all of them places in `m`.
    """
    names = [name for name in activations.names() if activations.get(name).elementwise]
    table = interactive._with_colours(javascript.table(names))
    loops = "\n".join(f'table["{name}"].fill = {javascript.loop(name)};' for name in names)
    return (
        "// ---- The catalogue's elementwise functions, made by helpers/show/javascript.py ----\n"
        'Playground.add("functions", () => {\n'
        f"{(interactive.FOLDER / 'maths.js').read_text('utf8')}"
        f"const table = {table};\n{loops}\nreturn table;\n}});\n"
    )


def compiled_script() -> str:
    """Return the compiled loops as a script."""
    code = (FOLDER / COMPILED).read_bytes()
    return (
        f"// ---- {COMPILED}, from matrices.c; sha256 {hashlib.sha256(code).hexdigest()} ----\n"
        'Playground.add("compiled", () => ({\n'
        f'  code: "{base64.b64encode(code).decode()}",\n}}));\n'
    )


def digits_script() -> str:
    """Return handwritten digits as a script: four bits a pixel, so that 16 becomes 15."""
    data = digits("row")
    parts = {
        "train": _packed(data.train, TRAINING_DIGITS),
        "test": _packed(data.test, UNSEEN_DIGITS),
    }
    text = ",\n".join(
        f'    {name}: {{labels: "{labels}", pixels: "{pixels}"}}'
        for name, (labels, pixels) in parts.items()
    )
    return (
        "// ---- Handwritten digits of 8 x 8 pixels (Alpaydin and Kaynak 1998, UCI, CC BY 4.0),\n"
        "// as scikit-learn carries them: two pixels a byte, from 0 to 15, in base64 ----\n"
        f'Playground.add("digits", () => {{\n  const STORED = {{\n{text},\n  }};\n'
        "  /** Labels, and pixels from 0 to 1, image after image and row by row. */\n"
        "  function part({labels, pixels}) {\n"
        "    const bytes = Uint8Array.from(atob(pixels), character => character.charCodeAt(0));\n"
        "    return {\n"
        "      labels: Array.from(labels, Number),\n"
        "      pixels: Float32Array.from({length: 2 * bytes.length},\n"
        "        (_, i) => (i % 2 ? bytes[i >> 1] & 15 : bytes[i >> 1] >> 4) / 15),\n"
        "    };\n  }\n"
        "  let made = null;\n"
        "  return () => made ??= {train: part(STORED.train), test: part(STORED.test)};\n});\n"
    )


def _packed(part: DigitPart, count: int) -> tuple[str, str]:
    """Return the first labels as a text of digits, and their images in base64."""
    pixels = np.minimum(np.rint(16 * part.images[:count]), 15).astype(np.uint8).reshape(-1, 2)
    packed = (pixels[:, 0] << 4 | pixels[:, 1]).tobytes()
    return "".join(map(str, part.labels[:count])), base64.b64encode(packed).decode()
