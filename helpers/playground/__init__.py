"""The playground: recurrent networks that learn while the reader watches.

A page of the book mounts it with `to_html`, which names plain scripts: the engine, then
the page, one idea a file. `write` puts them where the page looks for them. `address` says
where the playground shows a claim, for links such as "try it".
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from helpers import claims
from helpers.claims import ledger
from helpers.playground import engine
from helpers.show import interactive

FOLDER = Path(__file__).parent

#: The scripts of the page, in the order in which they are loaded, after those of the engine.
PAGE = (
    "drawing.js", "history.js", "words.js", "announce.js", "plots.js", "form.js",
    "prepared.js", "experiments.js", "side.js", "view.js", "page.js",
)  # fmt: skip
SCRIPTS = (*engine.ENGINE, *PAGE)
STYLE = "playground.css"

#: The name of the page in the book.
NAME = "playground"


@cache
def experiments() -> Mapping[str, Mapping]:
    """Return the prepared experiments by name, as ``experiments.yaml`` has them."""
    return yaml.safe_load((FOLDER / "experiments.yaml").read_text("utf8"))


def generated() -> dict[str, str]:
    """Return the scripts that are made when the book is built, by name."""
    data = json.dumps(experiments(), ensure_ascii=False, indent=1)
    head = "// ---- The prepared experiments, made from experiments.yaml ----"
    made = f"{head}\nPlayground.prepared = {data};\n"
    return {**engine.generated(), "prepared.js": made}


def write(folder: Path) -> None:
    """Write the scripts and the style sheet into a folder; what is right there stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = generated()
    for name in (*SCRIPTS, engine.WORKER, STYLE):
        text = texts.get(name) or interactive._with_colours((FOLDER / name).read_text("utf8"))
        file = folder / name
        if not file.exists() or file.read_text("utf8") != text:
            file.write_text(text, "utf8")


def to_html(
    static: str,
    *,
    experiment: str = "",
    settings: str = "",
    address: bool = False,
    verdicts: Mapping[str, Mapping[str, str]] | None = None,
    scripts: bool = True,
) -> str:
    """Return the HTML that mounts a playground.

    Parameters
    ----------
    static : str
        Address of the folder with the scripts, seen from the page.
    experiment : str
        Name of the prepared experiment that is opened; by default free play.
    settings : str
        Settings to begin with, as they stand in an address.
    address : bool
        Whether the page's address holds the settings. Only one playground of a page may.
    verdicts : mapping, optional
        See `verdicts`.
    scripts : bool
        Whether to load the scripts here; a page loads them once.

    Raises
    ------
    ValueError
        If both an experiment and settings are given, or there is no such experiment.
    """
    if experiment and experiment not in experiments():
        choices = ", ".join(experiments())
        raise ValueError(f"there is no experiment {experiment!r}; choose from {choices}")
    if experiment and settings:
        raise ValueError(f"experiment={experiment!r} and settings={settings!r}: give one of them")
    data = {"experiment": experiment, "settings": settings}
    attributes = "".join(f' data-{k}="{html.escape(v)}"' for k, v in data.items() if v)
    if address:
        attributes += ' data-address=""'
    if verdicts:
        attributes += f' data-verdicts="{html.escape(json.dumps(verdicts, ensure_ascii=False))}"'
    lines = [
        f'<link rel="stylesheet" href="{static}/{STYLE}">' if scripts else "",
        f'<div class="playground"{attributes}>',
        "<p>Here networks learn while you watch, as soon as the page's scripts have loaded. "
        "A browser without JavaScript shows this sentence.</p>",
        "</div>",
    ]
    if scripts:
        lines += [f'<script defer src="{static}/{name}"></script>' for name in SCRIPTS]
    return "\n".join(filter(None, lines))


@cache
def shown_claims() -> Mapping[str, str]:
    """Return for each claim that the playground can show the end of its address."""
    found = yaml.safe_load((FOLDER / "try_it.yaml").read_text("utf8"))
    for claim in found:
        claims.get(claim)
    # An experiment names its claims at its end: a verdict before would answer its question.
    return {
        claim: end if end.startswith("experiment=") else f"{end}&claim={claim}"
        for claim, end in found.items()
    }


def address(claim: str, root: str = "") -> str:
    """Return where the playground shows a claim.

    Parameters
    ----------
    claim : str
        Id of the claim, such as "A12".
    root : str
        How the page that links gets to the book's root, such as "../".

    Raises
    ------
    ValueError
        If there is no such claim, or the playground cannot show it.
    """
    claims.get(claim)
    if claim not in shown_claims():
        raise ValueError(
            f"claim {claim!r} cannot be shown; choose from {', '.join(shown_claims())}"
        )
    return f"{root}{NAME}.html#{shown_claims()[claim]}"


def verdicts(chapters: Path, root: str = "") -> dict[str, dict[str, str]]:
    """Return what the claims that the playground shows say, their verdicts and addresses.

    Parameters
    ----------
    chapters : Path
        Folder of the notebooks whose stored verdicts are read.
    root : str
        How the page that links gets to the book's root.
    """
    table = claims.stored_verdicts(chapters)
    found = {}
    for row in table.to_dict("records"):
        if row["claim"] in shown_claims():
            place = f"{root}chapters/{row['notebook']}.html#{ledger.anchor(row['claim'])}"
            verdict = f"{row['verdict']} {row['condition']}".strip()
            says = claims.get(row["claim"]).english.removesuffix(".")
            found[row["claim"]] = {"says": says, "verdict": verdict, "address": place}
    return found
