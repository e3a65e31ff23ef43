"""Small notebooks with verdicts, and pages made of a widget's HTML alone, for the tests."""

from __future__ import annotations

import json
from contextlib import contextmanager
from unittest import mock

from helpers import claims
from helpers.claims import stored
from helpers.show import plots
from helpers.statistics import Estimate

SERIOUS = {"serious", "critical"}
#: Rules by which the effect "gain" alone decides: 1 holds, -1 is refuted, 0 neither.
RULES = [
    claims.Rule("holds", claims.above("gain", 0.5)),
    claims.Rule("refuted", claims.below("gain", -0.5)),
]


def judge(claim: str, gain: float, rules=RULES, **more):
    """Judge a claim; return the verdict and the output as Jupyter would store it."""
    with mock.patch("IPython.display.display") as display:
        plan = claims.predict(claim, expects="holds", because="we try it", rules=rules)
        effects = {"gain": Estimate(gain, gain - 0.1, gain + 0.1, 10, unit="%"), **more}
        verdict = plan.judge(effects, baseline="nothing")
    data = json.loads(json.dumps(display.call_args.args[0], sort_keys=True))
    return verdict, {"output_type": "display_data", "metadata": {}, "data": data}


def notebook(path, verdicts: dict[str, float], edited: bool = False) -> None:
    """Write a notebook that judged these claims, each in a cell of its own."""
    cells = [
        {"cell_type": "code", "source": [f"judge('{c}')"], "metadata": {}, "id": f"c{i}",
         "execution_count": i + 1, "outputs": [judge(c, gain)[1]]}
        for i, (c, gain) in enumerate(verdicts.items())
    ]  # fmt: skip
    metadata = {"language_info": {"name": "python"}}
    book = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    metadata["course"] = {"code": stored.code_digest(book)}
    if edited:
        cells[0]["source"].append("\nedited()")
    path.write_text(json.dumps(book), "utf8")


def whole_book(folder, own: tuple[str, ...] = ()) -> None:
    """Write notebooks that judge every claim but `own` in its chapter."""
    gains = [1, -1, 0]
    for chapter in range(1, 7):
        chosen = [c for c in claims.load().values() if c.chapter == chapter and c.id not in own]
        verdicts = {c.id: gains[i % 3] for i, c in enumerate(chosen)}
        notebook(folder / f"0{chapter}_x.ipynb", verdicts)


def page_of(html: str, theme: str) -> str:
    """Return a page that holds the widget and nothing else."""
    style = plots.theme_css() + (
        "html { --pst-color-background: #fff } html[data-theme=dark] "
        "{ --pst-color-background: #121212; --pst-color-text-base: #e6e8ea }"
        "body { background: var(--pst-color-background); color: var(--figure-ink) }"
        "html[data-theme=dark] a { color: #86cdf2 }"
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>t</title>'
        f"<style>{style}</style></head><body><main><h1>t</h1>{html}</main></body></html>"
    )


@contextmanager
def opened(browser, folder, html, theme="light", width=1000, scripts=True):
    """Open the widget's page from disk; fail on an error or a request for another file."""
    file = folder / "page.html"
    file.write_text(page_of(html, theme), "utf8")
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: wrong.append(r.url) if r.url != file.as_uri() else None)
    page.goto(file.as_uri())
    yield page
    context.close()
    assert wrong == []


def faults(page) -> list:
    """Return axe's serious findings, and how far the page is wider than its window."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    told = [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in SERIOUS]
    size = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    wide, window = page.evaluate(size)
    return told + ([f"{wide} px in a window of {window}"] if wide > window else [])
