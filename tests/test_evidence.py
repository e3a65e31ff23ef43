"""One record of evidence: prediction, rules, effects and verdict, and what is made of it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace
from unittest import mock

import nbformat
import numpy as np
import paper
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booktools import build, figures, outputs, run
from helpers import claims, seeds
from helpers.claims import card
from helpers.claims.check import GROUNDS, Check
from helpers.show import cards
from helpers.show.plots import PALETTE
from helpers.show.record import RecordError, mime
from helpers.statistics import Estimate

NUMBERS = st.floats(-1e6, 1e6) | st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.sampled_from(["gain", "gain at 50", "loss, ReLU", "Ω"])


@st.composite
def estimates(draw) -> Estimate:
    low, value, high = sorted(draw(st.tuples(*[st.floats(allow_nan=False)] * 3)))
    unit = draw(st.sampled_from(["", "%", "s"]))
    return Estimate(value, low, high, draw(st.integers(0, 99)), unit, draw(st.floats(0.5, 0.99)))


@st.composite
def conditions(draw) -> claims.Condition:
    def one() -> claims.Condition:
        kind, name, number = draw(st.sampled_from("abe")), draw(NAMES), draw(NUMBERS)
        if kind == "e":
            return claims.equal(name, number, draw(st.just(0.0) | st.floats(0, 1e3)))
        return (claims.above if kind == "a" else claims.below)(name, number)

    condition = one()
    for _ in range(draw(st.integers(0, 3))):
        condition &= one()
    return condition


@st.composite
def rules(draw) -> claims.Rule:
    verdict = draw(st.sampled_from(claims.VERDICTS))
    return claims.Rule(verdict, draw(conditions()), "it is <short>" * (verdict == "holds if"))


@st.composite
def verdicts(draw) -> claims.Verdict:
    given_rules = tuple(draw(st.lists(rules(), min_size=1, max_size=3)))
    expects = draw(st.sampled_from(claims.VERDICTS))
    plan = claims.Plan("A07", "They <say> it.", "原文", expects, "of {us} & them", given_rules)
    if draw(st.booleans()):
        plan = replace(plan, directions=tuple(claims.below(name, 0.5) for name in plan.needs))
    if expects == "holds if" and draw(st.booleans()):
        conditions = [rule.condition for rule in given_rules if rule.condition]
        plan = replace(plan, condition=conditions[0] if conditions else "")
    order = draw(st.permutations(plan.needs))
    effects = {name: draw(estimates()) for name in order}
    return claims.Verdict(plan, effects, "no <network>", draw(st.integers(0, 99)),
                          plan.decide(effects))  # fmt: skip


def through_a_file(data):
    """Return data as Jupyter stores it: JSON with sorted keys."""
    return json.loads(json.dumps(data, sort_keys=True, allow_nan=False))


# ---- a rule's wording is its test ----


def test_of(text: str, effects) -> bool:
    """Decide by the text of a condition alone."""
    for part in re.split(r" and (?=gain|loss|Ω)", text):
        name, sign, number, tolerance = re.fullmatch(
            r"(.*) ([<>=]) (\S+)(?: ± (\S+))?", part
        ).groups()
        low, high, x = effects[name].low, effects[name].high, float(number)
        around = float(tolerance or 0)
        met = {">": low > x, "<": high < x, "=": x - around <= low and high <= x + around}
        if not met[sign]:
            return False
    return True


test_of.__test__ = False


@given(conditions(), st.data())
def test_the_text_of_a_condition_decides_as_its_test_does(condition, data):
    near = st.sampled_from([part.threshold for part in condition.parts])
    ends = st.lists(near | NUMBERS, min_size=3, max_size=3).map(sorted)
    effects = {}
    for name in condition.needs:
        low, value, high = data.draw(ends)
        effects[name] = Estimate(value, low, high)
    assert condition.test(effects) == test_of(condition.text, effects)


@pytest.mark.parametrize("make", [claims.above, claims.below, claims.equal])
def test_another_threshold_changes_wording_and_test(make):
    close = 0.123456789, 0.123456788
    one, other = (make("gain", x) for x in close)
    assert one.text != other.text
    exact = {"gain": Estimate(*[0.1234567885] * 3)} if make is not claims.equal else {
        "gain": Estimate(*[close[0]] * 3)
    }  # fmt: skip
    assert one.test(exact) != other.test(exact)


@pytest.mark.parametrize(
    "wrong, said",
    [
        (("over", "gain", 0.5), "kind='over' is not known; choose from above, below, equal"),
        (("above", "gain", float("nan")), "threshold=nan is not finite"),
        (("equal", "gain", 0.5, -1), "tolerance=-1.0"),
        (("above", "gain", 0.5, 0.1), "tolerance=0.1"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        claims.Comparison(*wrong)


# ---- the record ----


@given(verdicts())
def test_a_verdict_comes_back_whole_from_a_file(verdict):
    data = through_a_file(verdict.as_record())
    back = claims.Verdict.from_record(data)
    assert back == verdict
    assert list(back.effects) == list(verdict.effects), "in the order in which it was judged"
    assert back.plan.rules == verdict.plan.rules
    assert claims.Plan.from_record(through_a_file(verdict.plan.as_record())) == verdict.plan


def second_decides() -> claims.Verdict:
    """The second rule decides, by an effect whose name is a part of another effect's name."""
    stated = [
        claims.Rule("holds", claims.above("speed of it", 5)),
        claims.Rule("refuted", claims.above("speed", 0.5) & claims.above("gain", 0.5)),
    ]
    wide = Estimate(2.0, 1.0, 3.0, 20)
    return paper.judge("A01", 1, stated, **{"speed of it": wide, "speed": wide})[0]


def test_the_deciding_effect_is_the_deciding_rules_first():
    verdict = second_decides()
    data = verdict.as_record()
    assert (data["decided_by"], data["verdict"], data["effect"]) == (1, "refuted", "speed")
    assert [effect["name"] for effect in data["effects"]] == ["gain", "speed of it", "speed"]
    longer = paper.judge(
        "A01", 1, [claims.Rule("holds", claims.above("speed of it", 0.5)),
                   claims.Rule("refuted", claims.above("speed", 9) & claims.above("gain", 9))],
        **{"speed": Estimate(2, 1, 3), "speed of it": Estimate(2, 1, 3)},
    )[0]  # fmt: skip
    assert longer.effect == "speed of it"


def test_without_a_rule_that_is_met_the_first_effect_stands_for_all():
    verdict = paper.judge("A01", 0, more=Estimate(1, 1, 1), rules=[
        claims.Rule("holds", claims.above("more", 5) & claims.above("gain", 5))])[0]  # fmt: skip
    data = verdict.as_record()
    assert (data["decided_by"], data["verdict"], data["effect"]) == (None, "inconclusive", "gain")
    assert verdict.rule is None and "none of the rules" in cards.to_text(card.of_verdict(verdict))


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "holds"},
        {"condition": "it is short"},
        {"effect": "gain"},
        {"decided_by": 0},
        {"decided_by": None},
        {"claim": "A02"},
        {"effects": []},
        {"baseline": ...},
        {"prediction": ...},
    ],
)
def test_a_record_that_contradicts_itself_or_lacks_a_field_is_refused(change):
    data = through_a_file(second_decides().as_record()) | change
    data = {name: value for name, value in data.items() if value is not ...}
    with pytest.raises(RecordError, match="A01|unknown"):
        claims.Verdict.from_record(data)


def test_edited_numbers_are_refused_where_the_verdict_no_longer_follows():
    """Whatever is stored as verdict: the rules are applied again to the stored effects."""
    data = through_a_file(second_decides().as_record())
    data["effects"][0] |= {"value": 0.4, "low": 0.3, "high": 0.5}
    with pytest.raises(RecordError, match="claim A01: decided_by=1, but .* the rules give None"):
        claims.Verdict.from_record(data)


def test_expected_condition_and_effects_are_checked_and_carried():
    needs = claims.above("gain", 0) & claims.below("cost", 3)
    stated = [claims.Rule("holds if", needs, "it is short")]

    def plan(**more):
        return claims.predict("A03", **{"expects": "holds if", **more}, because="", rules=stated)

    foreseen = [claims.above("gain", 1), claims.below("cost", 2)]
    full = plan(condition="it is short", effects=foreseen, exploratory=True)
    assert claims.Plan.from_record(through_a_file(full.as_record())) == full
    text = cards.to_text(card.of_plan(full))
    assert "“holds if it is short”" in text and "gain > 1; cost < 2" in text
    assert "after a first look" in text and "after a first look" not in cards.to_text(
        card.of_plan(plan())
    )
    with pytest.raises(ValueError, match="only 'holds if'"):
        plan(expects="holds", condition="it is short")
    with pytest.raises(ValueError, match="condition='it is long'.*it is short"):
        plan(condition="it is long")
    with pytest.raises(ValueError, match="effect='price'.*gain, cost"):
        plan(effects=[claims.above("price", 0)])
    for some in (foreseen[:1], [*foreseen, claims.above("gain", 0)]):
        with pytest.raises(ValueError, match="each of .'gain', 'cost'. once"):
            plan(effects=some)


def test_the_verdict_counts_as_predicted_by_its_class():
    assert second_decides().as_predicted is False
    hit = paper.judge("A01", 1)[0]
    assert hit.as_predicted and "(as predicted: holds)" in cards.to_text(card.of_verdict(hit))
    assert "(not as predicted: holds)" in cards.to_text(card.of_verdict(second_decides()))


# ---- from the record to what is seen ----


def shown(verdict: claims.Verdict, words=card.ENGLISH) -> str:
    both = card.of_plan(verdict.plan, words), card.of_verdict(verdict, words)
    return "\n".join(map(cards.to_text, both))


@given(verdicts())
def test_the_two_cards_lose_nothing_of_the_record(verdict):
    text = shown(verdict)
    for said in card.texts(verdict):
        assert said in text, said
    for rule in verdict.plan.rules:
        name = f"{rule.verdict} {rule.condition}".strip()
        assert f"- {name}: {rule.when.text}" in text
    for name, effect in verdict.effects.items():
        assert f"- {name} = {effect} {effect.unit}".rstrip() + f", n = {effect.n}" in text
        assert f"{100 * effect.level:.4g} %" in text
    order = [text.index(f"- {name} = ") for name in verdict.effects]
    assert order == sorted(order)
    assert f"base seed {verdict.base_seed}" in text and "A07" in text
    for condition in verdict.plan.directions:
        assert condition.text in text


@given(verdicts())
def test_html_holds_the_text_and_escapes_it(verdict):
    for made in (card.of_plan(verdict.plan), card.of_verdict(verdict)):
        html = cards.to_html(made)
        assert "<say>" not in html and "<network>" not in html and "<short>" not in html
        words = re.sub(r"<[^>]*>", "", html)
        for line in [made.title, made.heading, *made.items, *(t for f in made.facts for t in f)]:
            assert cards.escape(line) in words


@pytest.mark.parametrize("kind", cards.MARKS)
def test_every_kind_has_a_card_in_a_colour_of_the_palette(kind):
    html = cards.to_html(cards.Card(kind, "t", (), "h", ("i",), anchor="here"))
    name = cards.MARKS[kind].colour
    assert f"solid var(--figure-{name}, {PALETTE[name][0]})" in html
    assert f"course-card-{kind.replace(' ', '-')}" in html and '<div id="here"' in html
    assert cards.MARKS[kind].sign in html


def test_every_verdict_has_its_own_mark_and_an_unknown_kind_is_refused():
    assert set(claims.VERDICTS) < set(cards.MARKS)
    for names in ("sign", "colour"):
        marks = [getattr(cards.MARKS[verdict], names) for verdict in claims.VERDICTS]
        assert len(set(marks)) == len(claims.VERDICTS)
    with pytest.raises(ValueError, match="kind='good' is not known; choose from prediction"):
        cards.Card("good", "t", (), "", ())
    with pytest.raises(ValueError, match="state='good'"):
        cards.state_html("good")


@given(verdicts())
def test_a_language_is_a_map_of_strings(verdict):
    """The stored record is shown in a made-up language; nothing English is left over."""

    def made_up(text: str) -> str:
        return re.sub(r"[^\W\d_]", "ж", text)

    def with_places(phrase: str) -> str:
        pieces = re.split(r"(\{\w+\})", phrase)
        return "".join(p if p.startswith("{") else made_up(p) for p in pieces)

    stored = claims.Verdict.from_record(through_a_file(verdict.as_record()))
    words = {text: made_up(text) for text in card.texts(stored)}
    words |= {phrase: with_places(phrase) for phrase in card.PHRASES}
    text = re.sub(r"\d(\.\d+)?e[+-]\d|\binf\b|A07|\bn =", "", shown(stored, words))
    assert "ж" in text and not re.search(r"[^\W\d_ж]", text), text
    assert shown(stored, {}) == shown(verdict)


def test_the_phrases_are_the_ones_that_the_cards_use():
    """A phrase that nothing looks up would be translated for nothing."""
    used: set[str] = set()

    class Spy(dict):
        def get(self, key, default=None):
            used.add(key)
            return super().get(key, default)

    for one in (second_decides(), paper.judge("A01", 1)[0], paper.judge("A01", 0)[0]):
        shown(one, Spy())
        foreseen = tuple(claims.above(name, 0) for name in one.plan.needs)
        more = {"directions": foreseen, "reading": "so", "exploratory": True}
        shown(replace(one, plan=replace(one.plan, **more), faults=("edge",), draws=3), Spy())
    hit = paper.judge("A07", 1)[0]  # as expected, but for an effect
    missed = {"expects": hit.verdict, "directions": (claims.below("gain", 0),)}
    shown(replace(hit, plan=replace(hit.plan, **missed)), Spy())
    for by in GROUNDS:
        for met in (True, False):
            card.of_check(one_check(by=by, checks={"it is so": met}), Spy())
    card.of_check(one_check(stated="opinion", checks={}), Spy())
    assert set(card.PHRASES) <= used


# ---- on a page ----


def handled(mime_type, content, inline=False, page="chapters/03_x"):
    data = SimpleNamespace(mime_type=mime_type, content=content, string=content)
    environment = SimpleNamespace(docname=page)
    document = SimpleNamespace(settings=SimpleNamespace(env=environment))
    renderer = SimpleNamespace(renderer=SimpleNamespace(document=document))
    return figures.FigureRenderer.handle_mime(renderer, data, inline)


def test_a_page_renders_a_verdict_from_its_record_alone(tmp_path):
    paper.notebook(tmp_path / "03_x.ipynb", {"A07": 1})
    output = json.loads((tmp_path / "03_x.ipynb").read_text("utf8"))["cells"][0]["outputs"][0]
    data = output["data"]
    (node,) = handled(mime("verdict"), data[mime("verdict")])
    card, link = node.astext().split('<p class="try-it">')
    assert card == data["text/html"], "JupyterLab and the page show the same card"
    assert 'href="../playground.html#' in link
    assert node["format"] == "html" and '<div id="verdict-a07" class=' in node.astext()
    assert handled("text/html", data["text/html"]) is None
    assert handled(mime("verdict"), data[mime("verdict")], inline=True) is None
    stated = paper.judge("A07", 1)[0].plan
    (node,) = handled(mime("prediction"), through_a_file(stated.as_record()))
    assert 'id="prediction-a07"' in node.astext() and "gain &gt; 0.5" in node.astext()


def test_records_come_first_among_the_forms_of_an_output():
    from myst_nb.core.render import get_mime_priority

    first = get_mime_priority("html", [])
    for kind in ("prediction", "verdict", "ledger", "guide", "table"):
        for other in ("text/html", "text/plain", "image/svg+xml"):
            assert first.index(mime(kind)) < first.index(other), kind


def test_a_record_that_is_damaged_stops_the_page():
    data = through_a_file(second_decides().as_record()) | {"verdict": "holds"}
    with pytest.raises(RecordError, match="A01"):
        handled(mime("verdict"), data)


def test_a_rerun_is_compared_by_the_record():
    """The rule of `booktools.outputs`: effects overlap, everything else is equal."""

    def output(gain: float, expects: str = "holds"):
        verdict, stored = paper.judge("A07", gain)
        changed = replace(verdict, plan=replace(verdict.plan, expects=expects))
        stored["data"][mime("verdict")] = through_a_file(changed.as_record())
        return [stored]

    assert outputs.differences(output(1), output(1.1)) == []
    (line,) = outputs.differences(output(1), output(1.3))
    assert line.startswith("verdict A07, effects, gain: stored 1.00 [0.90, 1.10], now 1.30")
    (line,) = outputs.differences(output(1), output(1, "refuted"))
    assert line == "verdict A07, prediction, expects: stored 'holds', now 'refuted'"
    assert any("verdict: stored" in line for line in outputs.differences(output(1), output(-1)))


# ---- end to end: cells are run, their records stored, the page built ----

CELLS = {
    "03_x": """
from helpers import claims, statistics
plan = claims.predict("A38", "holds", "it <must>",
                      [claims.Rule("refuted", claims.below("gain, late", 0)),
                       claims.Rule("holds if", claims.above("gain", 0), "it is short")])
verdict = plan.judge({"gain, late": statistics.Estimate(float("inf"), -1, float("inf"), 5),
                      "gain": statistics.Estimate(1, 0.5, 2, 5)}, "nothing")
""",
    "06_x": """
import pandas as pd
from helpers import claims
from helpers.claims import guide, ledger
from helpers.show import table
book = ledger.read()
ledger.show(book)
guide.show(guide.load(), book)
gain = claims.found("A38", "gain")
rows = {"gain": [gain, None], "fine": [True, False]}
table.show(pd.DataFrame(rows, index=pd.Index(["a", "b"], name="name")), "What was found")
""",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A book of two notebooks that were run here; the folder of its pages."""
    root = tmp_path_factory.mktemp("book")
    for name in ("_config.yml", "references.bib"):
        shutil.copy(build.ROOT / name, root / name)
    shutil.copytree(build.ROOT / "_static", root / "_static")
    toc = "".join(f"  - file: chapters/{name}\n" for name in CELLS)
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: index\nchapters:\n{toc}", "utf8")
    (root / "index.md").write_text("# Home\n\nWords.\n", "utf8")
    (root / "chapters").mkdir()
    for name, code in CELLS.items():
        cells = [nbformat.v4.new_markdown_cell(f"# Page {name}"), nbformat.v4.new_code_cell(code)]
        path = root / "chapters" / f"{name}.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        run.execute(path)
    whole, said = build.build(root)
    assert whole, said[-3000:]
    return root / "_build" / "html"


def page(built, name: str) -> str:
    return (built / "chapters" / f"{name}.html").read_text("utf8")


def test_a_run_notebook_holds_the_record_and_its_page_the_card(built):
    (stored,) = claims.stored_verdicts(built.parent.parent / "chapters").to_dict("records")
    assert (stored["verdict"], stored["effect"]) == ("holds if", "gain")
    assert list(stored["effects"]) == ["gain, late", "gain"]
    assert str(stored["effects"]["gain, late"]) == "inf [-1.00, inf]"
    html = page(built, "03_x")
    assert html.count('id="verdict-a38"') == 1 == html.count('id="prediction-a38"')
    assert "it &lt;must&gt;" in html and "Verdict on claim A38: holds if it is short" in html


def test_the_last_page_links_into_the_other_and_loads_script_and_style_once(built):
    html = page(built, "06_x")
    assert html.count('href="03_x.html#verdict-a38"') > 1, "from the ledger and from the guide"
    assert ".ipynb#" not in html
    assert len(re.findall(r'<script[^>]*src="../_static/table.js', html)) == 1
    assert len(re.findall(r'<link[^>]*href="../_static/table.css', html)) == 1
    for found in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", html, re.S):
        assert "course-table" not in found, "nothing inline"
    for name in ("table.js", "table.css"):
        assert (built / "_static" / name).is_file()
    assert "1.0 [0.5, 2.0]" in html and 'id="table-what-was-found"' in html


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 375])
def test_the_built_pages_work_and_are_accessible(built, browser, theme, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    view, wrong = context.new_page(), []
    view.on("pageerror", lambda error: wrong.append(str(error)))
    for name in CELLS:
        view.goto((built / "chapters" / f"{name}.html").as_uri())
        view.wait_for_timeout(400)  # colours of the theme fade in
        assert paper.faults(view) == []
    ledger_table, guide_table = view.locator("#ledger-table"), view.locator("#guide-table")
    ledger_table.get_by_label("Verdict").select_option("holds-if")
    assert ledger_table.locator("tbody tr:visible").count() == 1
    assert guide_table.locator("li.first:visible").count() == 9
    found = view.locator("#table-what-was-found")
    assert found.get_by_role("status").inner_text() == "2 of 2 rows shown"
    assert wrong == []
    context.close()


@pytest.mark.parametrize(
    "edit",
    [
        lambda r: r["effects"].append(dict(r["effects"][0])),
        lambda r: r["effects"].append({**r["effects"][0], "name": "another"}),
        lambda r: r["effects"][0].update(value=-50.0),
        lambda r: r.update(decided_by=False),
        lambda r: r["prediction"]["rules"][0].update(when=[]),
    ],
    ids=["an effect twice", "one too many", "outside its interval", "no index", "no comparison"],
)
def test_a_record_that_cannot_have_been_written_is_refused(edit):
    record = through_a_file(paper.judge("A07", 1)[0].as_record())
    edit(record)
    with pytest.raises((RecordError, ValueError)):
        claims.Verdict.from_record(record)


def test_measured_effects_cannot_be_changed_after_the_verdict():
    verdict = paper.judge("A07", 1)[0]
    with pytest.raises(TypeError):
        verdict.effects[verdict.effect] = Estimate(-1, -2, -0.5)


@pytest.mark.parametrize(
    "foreseen, met", [(claims.above("gain", 0), True), (claims.below("gain", 0), False)]
)
def test_a_foreseen_effect_counts(foreseen, met):
    verdict = paper.judge("A07", 1)[0]
    plan = replace(verdict.plan, expects=verdict.verdict, directions=(foreseen,))
    assert replace(verdict, plan=plan).as_predicted == met
    assert replace(verdict, plan=plan).scores == [("verdict", True), (foreseen.text, met)]
    text = cards.to_text(card.of_verdict(replace(verdict, plan=plan)))
    assert ("(as predicted, but for: gain < 0)" in text) is not met
    assert "not as predicted" not in text


# ---- draws, faults, checks ----


def test_draws_derive_from_the_claim_and_its_rules():
    def inside(claim="A07", threshold=0.5, joint=()):
        rules = [claims.Rule("holds", claims.above("gain", threshold))]
        plan = claims.predict(claim, expects="holds", because="", rules=rules)
        with claims.draws(plan, *joint):
            drawn = seeds.base_seed(), seeds.run_seed(3)
        verdict = plan.judge({"gain": Estimate(1, 0.9, 1.1, 9)}, "nothing")
        assert verdict.draws == drawn[0] != verdict.base_seed == seeds.base_seed()
        assert claims.Verdict.from_record(through_a_file(verdict.as_record())) == verdict
        assert f"draws {verdict.draws}" in cards.to_text(card.of_verdict(verdict))
        return drawn

    usual = inside()
    other = paper.judge("A03", 1)[0].plan
    all_ = [usual, inside("A08"), inside(threshold=0.6), inside(joint=[other])]
    assert inside() == usual and len({seed for pair in all_ for seed in pair}) == 8
    assert paper.judge("A07", 1)[0].draws is None
    with pytest.raises(ValueError, match="needs the predictions"), claims.draws():
        pass


def test_draws_follow_the_base_seed(monkeypatch):
    plan = paper.judge("A07", 1)[0].plan
    drawn = []
    for text in ("0", "7"):
        monkeypatch.setenv(seeds.VARIABLE, text)
        with plan.draws() as seed:
            drawn.append(seed)
    assert drawn[0] != drawn[1]


def test_a_fault_of_the_design_leaves_nothing_decided():
    plan = paper.judge("A07", 1)[0].plan
    verdict = plan.judge({"gain": Estimate(1, 0.9, 1.1, 9)}, "nothing", faults=["edge: tanh"])
    assert verdict.verdict == "inconclusive" and verdict.rule is None and verdict.decided_by == 0
    text = cards.to_text(card.of_verdict(verdict))
    assert "does not allow a verdict: edge: tanh" in text and "inconclusive" in text
    assert claims.Verdict.from_record(through_a_file(verdict.as_record())) == verdict


def one_check(**more):
    known = {"stated": "holds", "by": "identity", "checks": {"it is so": True}}
    return Check("A13", "They say it.", "原文", "", **{**known, **more}, because="why", base_seed=0)


def test_a_check_has_a_verdict_without_an_interval():
    with mock.patch("IPython.display.display") as display:
        met = claims.check("A13", "holds", "identity", "why", {"so": True, "and so": np.True_})
    assert "application/vnd.rnn-activations.check+json" in display.call_args.args[0]
    assert met.verdict == "holds" and not met.effects
    assert Check.from_record(through_a_file(met.as_record())) == met
    failed = claims.check("A13", "holds if", "code", "why", {"so": True, "or so": False}, "short")
    assert failed.verdict == "inconclusive"
    text = cards.to_text(card.of_check(failed))
    assert "Verdict on claim A13: inconclusive\n" in text and "or so: no" in text
    assert one_check(stated="opinion", checks={}, by="literature").verdict == "opinion"


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"checks": {}}, "only an opinion has none"),
        ({"by": "luck"}, "by='luck'.*identity, definition"),
        ({"stated": "true"}, "verdict='true'"),
        ({"stated": "holds if"}, "needs one"),
        ({"condition": "it rains"}, "needs one"),
    ],
)
def test_a_check_that_makes_no_sense_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        one_check(**wrong)


def test_an_edited_check_is_refused():
    record = through_a_file(one_check().as_record())
    record["checks"][0]["met"] = False
    with pytest.raises(RecordError, match="claim A13: 'holds' does not follow"):
        Check.from_record(record)
    del record["checks"]
    with pytest.raises(RecordError, match="stored in another form"):
        Check.from_record(record)
