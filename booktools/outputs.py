"""Compare the outputs of a cell with those of another run: what differs, in words.

`differences` is the one rule by which a re-run of the book counts as equal
(`make test`, `make run`). It looks at what an output is:

* An estimate (an object with ``value``, ``low`` and ``high``, wherever it stands)
  equals another if their intervals overlap. On another processor the last digits
  of a matrix product differ, training amplifies them, and the value comes out a
  little different, as it would with other seeds. For two independent estimates
  with standard error s the difference has standard error 1.4 s, and intervals of
  half-width 2 s stop overlapping at a difference of 4 s, which chance alone
  produces once in 200.
* A record (verdict, prediction, ledger, ...) equals another in everything else.
* A figure is compared series by series (`booktools.figure_data`).
* Text (printed, a table, an error) is compared to the letter, but for estimates
  written ``value [low, high]``, which overlap. Where a text has such estimates,
  the width of its blanks is free, since columns follow their widest number. The
  sign of a rounded zero is free, since it depends on the processor.

A picture and the HTML and text beside a typed output are derived from it and not
compared. A table is compared as text: its rows are lines, and what it shows of a
number is what must stay. Nothing may be written to stderr.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from booktools import figure_data
from helpers import statistics
from helpers.statistics import Estimate

Output = Mapping[str, Any]

#: ``application/vnd.rnn-activations.KIND+json``, after myst-nb's mark of a glued value or not.
TYPED = re.compile(
    r"(?:application/papermill\.record/)?application/vnd\.rnn-activations\.(.+)\+json"
)
ESTIMATE = re.compile(statistics.PATTERN)
MINUS_ZERO = re.compile(r"-(0\.0+)(?![\d.])")
#: At most so many lines of a text are reported.
SHOWN = 5
#: The tag of a cell that shows measured times; its outputs differ at every run.
MEASURED = "nbval-ignore-output"


def is_timed(notebook: Mapping[str, Any]) -> bool:
    """Tell whether a notebook shows measured times, which a second program would spoil."""
    return any(MEASURED in cell["metadata"].get("tags", []) for cell in notebook["cells"])


def differences(stored: Sequence[Output], new: Sequence[Output]) -> list[str]:
    """Compare the outputs of one cell.

    Parameters
    ----------
    stored, new : sequence of dict
        Outputs in the notebook format 4: as they are stored, and as a run gave them.

    Returns
    -------
    list of str
        A line for each difference; empty if the outputs are equal.
    """
    lines = [
        f"{when} on stderr: {text.strip().splitlines()[-1]!r}"
        for when, outputs in (("stored", stored), ("now", new))
        if (text := _stream(outputs, "stderr")).strip()
    ]
    lines += _texts("printed", _stream(stored, "stdout"), _stream(new, "stdout"))
    before, after = ([o for o in all_ if o["output_type"] != "stream"] for all_ in (stored, new))
    if len(before) != len(after):
        names = [", ".join(map(_name, outputs)) or "none" for outputs in (before, after)]
        return [*lines, f"stored {len(before)} outputs ({names[0]}), now {len(after)} ({names[1]})"]
    for old, fresh in zip(before, after, strict=True):
        lines += _output(old, fresh)
    return lines


def texts_equal(stored: str, new: str) -> bool:
    """Tell whether two texts are equal but for estimates that overlap (see above)."""
    stored, new = (MINUS_ZERO.sub(r"\1", text) for text in (stored, new))
    if stored == new:
        return True
    (words, before), (others, after) = _split(stored), _split(new)
    if not before or words != others:
        return False
    return all(a.overlaps(b) for a, b in zip(before, after, strict=True))


def records(stored: Any, new: Any, where: str) -> list[str]:
    """Compare two pieces of JSON; estimates in them overlap, all else is equal.

    Parameters
    ----------
    stored, new : JSON data
        Dictionaries, lists, texts, numbers, null.
    where : str
        What they are, for the lines returned.
    """
    if is_estimate(stored) and is_estimate(new):
        return _estimates(stored, new, where)
    if isinstance(stored, Mapping) and isinstance(new, Mapping):
        lines = [
            f"{where}: {key!r} is {'gone' if key in stored else 'new'}"
            for key in sorted(stored.keys() ^ new.keys())
        ]
        for key in stored:
            if key in new:
                lines += records(stored[key], new[key], f"{where}, {key}")
        return lines
    if isinstance(stored, list) and isinstance(new, list):
        if len(stored) != len(new):
            return [f"{where}: stored {len(stored)} entries, now {len(new)}"]
        pairs = enumerate(zip(stored, new, strict=True), start=1)
        return [line for i, (a, b) in pairs for line in records(a, b, f"{where}, {_entry(a, i)}")]
    if isinstance(stored, str) and isinstance(new, str):
        return _texts(where, stored, new)
    return [] if stored == new else [f"{where}: stored {stored!r}, now {new!r}"]


def is_estimate(data: Any) -> bool:
    """Tell whether JSON data is an estimate, as `Estimate.to_record` writes it."""
    return isinstance(data, Mapping) and {"value", "low", "high"} <= data.keys()


def _estimates(stored: Mapping[str, Any], new: Mapping[str, Any], where: str) -> list[str]:
    ends = ("value", "low", "high")
    rest = [{k: v for k, v in data.items() if k not in ends} for data in (stored, new)]
    lines = records(rest[0], rest[1], where)
    if all(stored[k] == new[k] for k in ends):
        return lines
    before, after = Estimate.from_record(stored), Estimate.from_record(new)
    if not before.overlaps(after):
        lines.append(f"{where}: stored {before}, now {after}, which do not overlap")
    return lines


def _output(stored: Output, new: Output) -> list[str]:
    """Compare two outputs that are no printed text."""
    if "data" not in stored or "data" not in new:  # an error
        fields = ("output_type", "ename", "evalue")
        a, b = ({key: output.get(key, "") for key in fields} for output in (stored, new))
        return records(a, b, "error")
    typed, fresh = _typed(stored), _typed(new)
    if (typed[0], _glued(stored)) != (fresh[0], _glued(new)):
        return [f"stored {_name(stored)}, now {_name(new)}"]
    name = _name(stored)
    if typed[0]:
        compare = figure_data.differences if typed[0] == "figure" else records
        return compare(typed[1], fresh[1], name)
    a, b = (_comparable(output["data"]) for output in (stored, new))
    lines = records(a, b, name)
    # HTML and text of one table say the same: the text is easier to read.
    plain = [line for line in lines if ", text/plain" in line]
    return plain or lines


def _typed(output: Output) -> tuple[str, Any]:
    """Return the kind and the data of a typed output; of another, no kind and None."""
    for mime, data in sorted(output["data"].items()):
        found = TYPED.fullmatch(mime)
        if found:
            return found[1], data
    return "", None


def _comparable(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an untyped output's texts as whole texts; of a picture, its description."""
    texts = {}
    for mime, value in data.items():
        text = "".join(value) if isinstance(value, list) else value
        if mime == "image/svg+xml":
            text = "".join(re.findall(r'aria-label="([^"]*)"', text))
        texts[mime] = text
    return texts


def _name(output: Output) -> str:
    """Return what an output is called in a message."""
    if "data" not in output:
        return output["output_type"]
    kind, data = _typed(output)
    if _glued(output) is not None:
        return f"glued {kind or 'text'} {_glued(output)!r}"
    if kind == "figure":
        return figure_data.name(data)
    if kind:
        claim = data.get("claim") if isinstance(data, Mapping) else None
        return f"{kind} {claim}" if isinstance(claim, str) else kind
    return "picture without data" if "image/svg+xml" in output["data"] else "output"


def _glued(output: Output) -> str | None:
    """Return the name under which an output was stored for the prose."""
    return output.get("metadata", {}).get("scrapbook", {}).get("name")


def _stream(outputs: Sequence[Output], name: str) -> str:
    """Return all that was written to one stream, however it was cut into pieces."""
    pieces = (o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == name)
    return "".join("".join(piece) for piece in pieces)


def _texts(where: str, stored: str, new: str) -> list[str]:
    if texts_equal(stored, new):
        return []
    before, after = stored.splitlines(), new.splitlines()
    if len(before) != len(after):
        return [f"{where}: stored {len(before)} lines, now {len(after)}: {_first(before, after)}"]
    if len(before) == 1:
        return [f"{where}: stored {stored!r}, now {new!r}"]
    narrow = _folded if _split(stored)[1] else str
    lines = [
        f"{where}, line {i}: stored {a!r}, now {b!r}"
        for i, (a, b) in enumerate(zip(before, after, strict=True), start=1)
        if not texts_equal(narrow(a), narrow(b))
    ]
    more = [f"{where}: and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more] or [f"{where}: the lines are broken in other places"]


def _first(before: list[str], after: list[str]) -> str:
    """Return the first line of two lists that differs."""
    for number in range(max(len(before), len(after))):
        a, b = ("".join(lines[number : number + 1]) for lines in (before, after))
        if not texts_equal(a, b):
            return f"line {number + 1} was {a!r} and is {b!r}"
    return "they differ in empty lines"


def _split(text: str) -> tuple[str, list[Estimate]]:
    """Return a text's words, with blanks of one width, and the estimates among them."""
    found = []

    def take(match: re.Match[str]) -> str:
        try:
            found.append(statistics.parse(match.group()))
        except ValueError:  # a list of numbers that looks like one
            return match.group()
        return "value [low, high]"

    words = ESTIMATE.sub(take, text)
    return _folded(words), found


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _entry(data: Any, number: int) -> str:
    """Return the name of a list's entry where it has one, else its number."""
    if isinstance(data, Mapping):
        for key in ("name", "claim", "id", "label"):
            if isinstance(data.get(key), str):
                return data[key]
    return f"entry {number}"
