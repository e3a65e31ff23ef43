"""The guide: rules without a gap that are gathered, graded by case, and give programs that run."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from importlib.util import find_spec

import paper
import pytest
import yaml

from booktools.build import ROOT
from helpers.claims import guide, ledger
from helpers.show.glue import PREFIX

SMALL = """
questions:
  task: {label: Task, answers: {text: text & more, series: a series}}
  length: {label: Steps, answers: {short: few, long: many}}
parts: {cell: Cell, clip: Clipping}
evidence:
  first: {claim: A01, if: [holds, holds if], tested: {task: [text], length: [long]}}
  second: {claim: A02, if: [refuted], tested: {task: [series]}}
  measured: {lesson: 01_x/2, value: gap, above: 0.2, tested: {}}
rules:
  cell:
    - {advice: GRU, because: w, sets: {cell: GRU}, evidence: [second], sources: [cho2014]}
    - {advice: LSTM, when: {length: [long]}, because: w <, sets: {cell: LSTM}, evidence: [first]}
  clip:
    - {advice: norm of 1, because: w, sets: {norm: "1"}, sources: [pascanu2013difficulty]}
    - {advice: watch it, because: w, when: {task: [series]}, evidence: [measured]}
code:
  keras:
    - text: |2
        start <cell>
    - when: {cell: [LSTM], task: [text]}
      text: |2
            clip <norm>
"""
TEXT_LONG = {"task": "text", "length": "long"}
FOR_ALL = {"first": "for", "second": "for", "measured": "for"}


@pytest.fixture
def small(tmp_path):
    """Write the small guide with one piece replaced, and load it."""

    def load(old: str = "", new: str = "") -> guide.Guide:
        assert old in SMALL
        (tmp_path / "guide.yaml").write_text(SMALL.replace(old, new, 1), "utf8")
        return guide.load(tmp_path / "guide.yaml")

    return load


def judged(folder, **gains):
    """Return the ledger of a book that judged these claims of chapter 1."""
    paper.notebook(folder / "01_x.ipynb", gains)
    return ledger.read(folder)


def glue_into(folder, value) -> None:
    """Write a lesson in which a value is glued, as `helpers.show.glue` does."""
    output = {
        "output_type": "display_data",
        "data": {f"{PREFIX}text/plain": repr(value)},
        "metadata": {"scrapbook": {"name": "gap", "mime_prefix": PREFIX}},
    }
    (folder / "01_x").mkdir()
    path = folder / "01_x" / "2_y.ipynb"
    paper.notebook(path, {"A03": 1})
    book = json.loads(path.read_text("utf8"))
    book["cells"][0]["outputs"] = [output]
    path.write_text(json.dumps(book), "utf8")


@pytest.fixture(scope="module")
def course():
    return guide.load()


def given(rules, answers, states=FOR_ALL):
    advice = rules.advise(answers, states)
    return {
        part: [(a.rule.advice, a.strength, a.differs) for a in all_]
        for part, all_ in advice.items()
    }


# ---- the rules ----


def test_all_rules_that_fit_are_given_the_better_supported_first(small):
    rules = small()
    assert given(rules, TEXT_LONG) == {
        "cell": [("LSTM", "direct", ()), ("GRU", "indirect", ("cell",))],
        "clip": [("norm of 1", "literature", ())],
    }
    assert given(rules, {"task": "series", "length": "long"}) == {
        "cell": [("GRU", "direct", ()), ("LSTM", "indirect", ("cell",))],
        "clip": [("norm of 1", "literature", ()), ("watch it", "direct", ())],
    }
    assert given(rules, {"task": "text", "length": "short"})["cell"] == [("GRU", "indirect", ())]


def test_of_equal_strength_the_rule_with_more_conditions_comes_first(small):
    rules = small("tested: {task: [series]}", "tested: {}")
    assert [a for a, *_ in given(rules, TEXT_LONG)["cell"]] == ["LSTM", "GRU"]


def test_settings_are_those_of_the_stronger_rules(small):
    rules = small()
    for task, cell in (("text", "LSTM"), ("series", "GRU")):
        advice = rules.advise({"task": task, "length": "long"}, FOR_ALL)
        assert guide.settings(advice) == {"cell": cell, "norm": "1"}


def test_a_program_is_made_of_the_pieces_that_fit(small):
    rules = small()
    choices = {**TEXT_LONG, "cell": "LSTM", "norm": "1"}
    assert rules.program("keras", choices) == "start LSTM\n    clip 1\n"
    assert rules.program("keras", {**choices, "cell": "GRU"}) == "start GRU\n"


@pytest.mark.parametrize("answers", [{"task": "text"}, {"task": "text", "length": "endless"}])
def test_missing_and_unknown_answers_name_the_choices(small, answers):
    with pytest.raises(ValueError, match="length=.*short, long"):
        small().advise(answers, FOR_ALL)


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("claim: A01", "claim: A99", "evidence “first”: there is no claim 'A99'"),
        ("[holds, holds if]", "[opinion]", "“first”: it needs verdicts out of holds, holds if"),
        ("[holds, holds if]", "[]", "“first”: it needs verdicts out of"),
        ("lesson: 01_x/2, ", "", "“measured”: give a claim, or a lesson with a value"),
        ("above: 0.2, ", "", "“measured”: give a bound"),
        ("evidence: [measured]", "sources: [cho2014]", "“measured”: no rule names it"),
        ("tested: {task: [series]}", "tested: {task: [song]}", r"task: \['song'\] is no answer"),
        ("evidence: [first]", "evidence: [third]", "LSTM”: there is no evidence 'third'"),
        ("when: {length: [long]}", "when: {length: [huge]}", r"length: \['huge'\] is no answer"),
        ("when: {length: [long]}", "when: {width: [long]}", r"width: \['long'\] is no answer"),
        (", sources: [pascanu2013difficulty]", "", "norm of 1”: no evidence and no source"),
        ("GRU, be", "GRU, when: {task: [text]}, be", "no rule on cell for series, short"),
        ("clip: Clipping", "cut: Clipping", "clip “norm of 1”: there is no such part"),
        ('sets: {norm: "1"}', 'sets: {cell: "1"}', "cell is a question, or is set in another part"),
        ('sets: {norm: "1"}', 'sets: {task: "1"}', "task is a question, or is set in another part"),
        ('sets: {norm: "1"}, ', "", "the keras program for text, long lacks 'norm'"),
    ],
)
def test_a_fault_in_the_rules_is_named(small, old, new, said):
    with pytest.raises(guide.GuideError, match=said):
        small(old, new)


def test_all_faults_are_told_at_once(small):
    with pytest.raises(guide.GuideError, match="2 faults(.|\n)*A99(.|\n)*third"):
        small("claim: A01, if: [holds, holds if], tested: {task: [text], length: [long]}}",
              "claim: A99, if: [holds]}\n  third: {claim: A03, if: [holds]}")  # fmt: skip


# ---- how well they are supported ----


@pytest.mark.parametrize(
    "gains, state",
    [({"A02": -1}, "for"), ({"A02": 1}, "against"), ({"A02": 0}, "open"), ({"A03": 1}, "open")],
)
def test_what_a_claim_is_to_a_rule_follows_from_its_verdict(small, tmp_path, gains, state):
    table = judged(tmp_path, **gains)
    assert guide.weigh(small(), table, tmp_path)["second"] == state


def test_an_opinion_is_no_evidence(small, tmp_path):
    table = judged(tmp_path, A02=-1)
    table.loc[table["claim"] == "A02", "verdict"] = "opinion"
    assert guide.weigh(small(), table, tmp_path)["second"] == "open"


@pytest.mark.parametrize(
    "value, state", [("0.3", "for"), ("0.1", "against"), ("none", "open"), (None, "open")]
)
def test_a_number_of_a_lesson_is_held_against_its_bounds(small, tmp_path, value, state):
    table = judged(tmp_path, A01=1)
    if value is not None:
        glue_into(tmp_path, value)
    assert guide.weigh(small(), table, tmp_path)["measured"] == state


def test_an_interval_across_the_bound_leaves_it_open(small):
    from helpers.statistics import Estimate

    one = small().evidence["measured"]
    for low, high, state in ((0.3, 0.5, "for"), (0.1, 0.5, "open"), (0.0, 0.1, "against")):
        assert guide._within(one, Estimate((low + high) / 2, low, high, 5)) == state


@pytest.mark.parametrize(
    "states, strength",
    [
        ({"second": "for"}, "indirect"),
        ({"second": "open"}, "literature"),
        ({"second": "against"}, "contradicted"),
    ],
)
def test_strength_is_that_of_the_case(small, states, strength):
    rules = small()
    (gru,) = (rule for rule in rules.rules if rule.advice == "GRU")
    assert rules.strength(gru, TEXT_LONG, FOR_ALL | states) == strength
    series = {"task": "series", "length": "short"}
    assert rules.strength(gru, series, FOR_ALL) == "direct" == rules.at_best(gru, FOR_ALL)


def test_without_evidence_in_favour_and_without_source_it_is_open(small):
    rules = small()
    (watch,) = (rule for rule in rules.rules if rule.advice == "watch it")
    series = {"task": "series", "length": "short"}
    assert rules.strength(watch, series, FOR_ALL | {"measured": "open"}) == "open"


def test_a_contradicted_rule_comes_last_and_is_refused_by_the_check(small, tmp_path):
    rules, table = small(), judged(tmp_path, A01=-1, A02=-1)
    states = guide.weigh(rules, table, tmp_path)
    assert [s for _, s, _ in given(rules, TEXT_LONG, states)["cell"]] == [
        "indirect",
        "contradicted",
    ]
    with pytest.raises(
        guide.GuideError, match="“LSTM” is contradicted: A01 refuted .needs holds or"
    ):
        guide.check(rules, table, tmp_path)
    guide.check(rules, judged(tmp_path, A01=1, A02=-1), tmp_path)
    glue_into(tmp_path, "0.1")
    with pytest.raises(guide.GuideError, match="“watch it” is contradicted: gap of 01_x/2"):
        guide.check(rules, table.assign(verdict="open"), tmp_path)


def test_the_courses_guide_answers_every_case_and_cites_what_exists(course):
    combinations = list(course.combinations())
    assert len(combinations) == 4 * 3 * 3 * 3 * 4 * 3
    known = re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text("utf8"), re.M)
    for rule in course.rules:
        assert set(rule.sources) <= set(known), rule.name
        assert rule.because.endswith("."), rule.name


def test_every_case_gives_the_arguments_of_a_study(course):
    from helpers.study import design
    from helpers.study.spec import Study
    from helpers.tasks import recall

    none, seen = dict.fromkeys(course.evidence, "open"), set()
    for answers in course.combinations():
        arguments = guide.of_study(guide.settings(course.advise(answers, none)))
        if str(arguments) not in seen:
            seen.add(str(arguments))
            design.check(Study(task=recall(5), **arguments))
    assert len(seen) > 5


def test_strength_differs_between_cases(course, table):
    """Not everything is strong: what was measured on a CPU is not said of a microcontroller."""
    states = dict.fromkeys(course.evidence, "for")
    found = {
        one.strength
        for answers in course.combinations()
        for all_ in course.advise(answers, states).values()
        for one in all_
    }
    assert found == {"direct", "indirect", "literature"}
    preset = course.advise(course.preset, states)
    other = course.advise({**course.preset, "hardware": "micro"}, states)
    assert preset["cell"][0].strength == "direct" and other["cell"][0].strength == "indirect"


def test_a_forecast_on_a_microcontroller_keeps_the_scaling(course):
    answers = {**course.preset, "task": "forecast", "precision": "int8", "hardware": "micro"}
    advice = course.advise(answers, dict.fromkeys(course.evidence, "for"))
    assert any("standardise" in one.rule.advice for one in advice["data"])
    assert any(one.rule.sets.get("activation") == "hard_tanh" for one in advice["activation"])
    assert any("activation" in one.differs for one in advice["activation"])


# ---- the programs run ----


def programs(course, library) -> dict[str, dict[str, str]]:
    """Return every different program with a case that gives it."""
    states = dict.fromkeys(course.evidence, "for")
    found: dict[str, dict[str, str]] = {}
    for answers in course.combinations():
        choices = {**answers, **guide.settings(course.advise(answers, states))}
        found.setdefault(course.program(library, choices), choices)
    return found


CHECKS = {
    "keras": """
layer, bound = recurrent[-1], UNITS * (1 if CELL == "GRU" else 2)
bias = layer.get_weights()[2]
row = bias[0] if CELL == "GRU" else bias
assert np.allclose(row[bound - UNITS : bound], gate_bias), "the gate's block"
assert not row[bound:].any(), "no other block behind it"
if CELL == "LSTM":
    assert np.allclose(row[:UNITS], -gate_bias if CHRONO else 0), "chrono closes the input gate"
x = np.random.default_rng(1).standard_normal((8, 12, FEATURES)).astype("float32")
whole = keras.ops.convert_to_numpy(model(x))
assert whole.shape == (8, OUTPUTS) and whole.dtype == "float32"
targets = {"mse": whole + 1, "sparse": np.arange(8) % OUTPUTS, "binary": whole > 0}
y = targets.get(KIND, whole + 1).astype("float32")
if KIND == "own":
    model.compile(optimizer, "mse")
before = [w.copy() for w in model.get_weights()]
model.fit(x, y, epochs=1, verbose=0)
assert any((a != b).any() for a, b in zip(before, model.get_weights())), "it learns"
assert all(np.isfinite(w).all() for w in model.get_weights())
if "step" in globals() and MASKED is False:
    states = [layer.cell.get_initial_state(batch_size=8) for layer in recurrent]
    for t in range(12):
        answer, states = step(x[:, t], states)
    assert np.allclose(answer, model(x), atol=0.05 if POLICY != "float32" else 1e-5), "the same"
if MASKED:
    longer = np.concatenate([x, np.zeros((8, 5, FEATURES), "float32")], 1)
    assert np.allclose(model(longer), model(x), atol=0.05 if POLICY != "float32" else 1e-5)
keras.mixed_precision.set_global_policy("float32")
""",
    "torch": """
rows = model.rnn.bias_ih_l0.detach()
assert torch.equal(rows[UNITS : 2 * UNITS], gate_bias), "the gate's block"
assert not rows[2 * UNITS :].any() and not model.rnn.bias_hh_l0.any()
closed = -gate_bias if CHRONO and CELL == "LSTM" else torch.zeros(UNITS)
assert torch.equal(rows[:UNITS], closed), "chrono closes the input gate"
U = model.rnn.weight_hh_l0.detach()
assert torch.allclose(U.T @ U, torch.eye(UNITS), atol=1e-5), "orthonormal columns"
x = torch.randn(8, 12, FEATURES)
answer = model(x, torch.full((8,), 12))[0] if MASKED else model(x)[0]
y = {"mse": torch.zeros(8, OUTPUTS), "sparse": torch.arange(8) % OUTPUTS,
     "binary": torch.ones(8, OUTPUTS)}.get(KIND, torch.zeros(8, OUTPUTS))
loss = nn.MSELoss() if KIND == "own" else loss
(loss(answer, y) * 1e6).backward()
nn.utils.clip_grad_norm_(model.parameters(), 1.0)
optimizer.step()
assert torch.isfinite(model(x, torch.full((8,), 12))[0] if MASKED else model(x)[0]).all()
if MASKED:
    longer = torch.cat([x, torch.ones(8, 5, FEATURES)], 1)
    assert torch.allclose(model(longer, torch.full((8,), 12))[0], model(x, torch.full((8,), 12))[0])
else:
    state = None
    for t in range(12):
        one, state = model(x[:, t : t + 1], state)
    assert torch.allclose(one, model(x)[0], atol=1e-5), "a step at a time is the same"
""",
}
KINDS = {"forecast": "mse", "label": "sparse", "policy": "own", "counting": "binary"}


def few(course, library) -> dict[str, dict[str, str]]:
    """Return as few programs as hold all pairs of pieces that any program holds (greedily)."""

    def pairs(choices):
        taken = [
            n for n, (when, _) in enumerate(course.code[library]) if guide._fits(when, choices)
        ]
        return set(itertools.combinations(taken, 2))

    left = {text: pairs(choices) for text, choices in programs(course, library).items()}
    chosen, every = {}, programs(course, library)
    while any(left.values()):
        text = max(left, key=lambda name: len(left[name]))
        chosen[text], new = every[text], left[text]
        left = {name: rest - new for name, rest in left.items()}
    return chosen


def together(course, library) -> str:
    """Return one script that runs the programs of `few` and checks what they made."""
    parts = []
    for text, choices in few(course, library).items():
        facts = {
            "CELL": choices["cell"],
            "KIND": KINDS[choices["task"]],
            "CHRONO": choices["forget_bias"] == "chrono",
            "MASKED": choices["feeding"] == "padded",
            "POLICY": choices["policy"],
        }
        code = text + CHECKS[library]
        parts.append(f"exec({code!r}, {facts!r})\n")
    return "".join(parts)


def test_each_program_differs_where_the_case_does(course):
    for library in guide.LIBRARIES:
        found = programs(course, library)
        assert 50 < len(found) < 500
        assert all("<" not in re.sub(r"\d <|< \d|<=", "", text) for text in found), "placeholders"
        assert all(compile(text, "program", "exec") for text in found)


@pytest.mark.slow
@pytest.mark.parametrize("library", list(guide.LIBRARIES))
def test_the_programs_run_and_do_what_they_say(course, library, tmp_path):
    if not find_spec(library):
        pytest.skip(f"{library} is not installed")
    script = tmp_path / "programs.py"
    script.write_text(together(course, library), "utf8")
    done = subprocess.run([sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


# ---- how it is shown ----


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chapters")
    paper.whole_book(folder)
    return folder


@pytest.fixture(scope="module")
def table(folder):
    return ledger.read(folder, complete=True)


def html_of(rules, table, folder, ending=".ipynb") -> str:
    return guide.to_html(guide.to_record(rules, table, folder), ending)


def test_it_shows_html_and_text(course, table, folder, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    guide.show(course, table, folder)
    html, text = shown[0]["text/html"], shown[0]["text/plain"]
    assert sum(len(rule.evidence) for rule in course.rules) > 15, "rules rest on evidence"
    for rule in course.rules:
        assert guide.escape(rule.advice) in html
        for claim in filter(None, (course.evidence[name].claim for name in rule.evidence)):
            assert f'#verdict-{claim.lower()}">{claim}</a>' in html and claim in text
    assert "Weiss 2018" in html and "Weiss 2018" in text
    assert not re.search(r"https?:|src=|@import|url\(", html)
    assert html == html_of(guide.load(), table, folder), "the same bytes each time"


def test_html_is_escaped(small, tmp_path):
    html = html_of(small(), judged(tmp_path, A01=1), tmp_path)
    assert "w &lt;" in html and "text &amp; more" in html
    assert "For every case" in html


def test_a_record_gives_the_guide_back_and_carries_its_evidence(course, table, folder):
    data = json.loads(json.dumps(guide.to_record(course, table, folder), sort_keys=True))
    rules, states = guide.from_record(data)
    assert rules == course and states == guide.weigh(course, table, folder)
    verdicts = table.set_index("claim")["verdict"]
    for one in data["evidence"]:
        assert one["verdict"] == (verdicts[one["claim"]] if one["claim"] else "")
    assert html_of(course, table, folder, ".html").count(".html#verdict-") == sum(
        bool(course.evidence[name].claim) for rule in course.rules for name in rule.evidence
    )


ASK = """cases => cases.map(answers => {
    for (const label of document.querySelectorAll('#guide-table label')) {
        const name = label.firstChild.textContent;
        if (!(name in answers)) continue;
        label.control.value = answers[name];
    }
    document.querySelector('#guide-table select').dispatchEvent(new Event('input'));
    const items = [...document.querySelectorAll('#guide-table li:not([hidden])')];
    return [items.map(item => [item.querySelector('b').textContent,
                               item.querySelector('.strength').textContent,
                               item.querySelector('.differs').textContent !== '']),
            ...[...document.querySelectorAll('#guide-table code')].map(code => code.textContent)];
})"""


def test_reader_gets_what_the_rules_give(browser, tmp_path, course, table, folder):
    """The script and `Guide.advise` agree on every combination: order, strength, program."""
    states, cases = guide.weigh(course, table, folder), list(course.combinations())
    labels = {name: question["label"] for name, question in course.questions.items()}
    with paper.opened(browser, tmp_path, html_of(course, table, folder)) as page:
        asked = [{labels[name]: answer for name, answer in case.items()} for case in cases]
        told = page.evaluate(ASK, asked)
    assert {state for state in states.values()} == {"for", "against", "open"}, "all kinds are tried"
    for answers, (items, *texts) in zip(cases, told, strict=True):
        advice = course.advise(answers, states)
        assert items == [
            [one.rule.advice, one.strength, bool(one.differs)]
            for all_ in advice.values()
            for one in all_
        ], answers
        choices = {**answers, **guide.settings(advice)}
        assert texts == [course.program(name, choices) for name in guide.LIBRARIES], answers


def test_reader_answers_with_the_keyboard_and_hears_the_advice(
    browser, tmp_path, course, table, folder
):
    with paper.opened(browser, tmp_path, html_of(course, table, folder)) as page:
        page.keyboard.press("Tab")
        page.keyboard.type("counting")
        assert page.locator("[data-part=cell] li:visible b").first.inner_text() == "LSTM"
        said = page.get_by_role("status")
        assert said.get_attribute("aria-live") == "polite"
        assert said.inner_text().startswith("Cell: LSTM (") and "; Clipping: " in said.inner_text()
        page.get_by_text("The program, Keras").click()
        assert "keras.layers.LSTM(UNITS" in page.locator("[data-library=keras] code").inner_text()


def test_it_is_whole_without_scripts(browser, tmp_path, course, table, folder):
    html = html_of(course, table, folder)
    with paper.opened(browser, tmp_path, html, scripts=False) as page:
        assert page.locator("li:visible > p:first-child > b").all_inner_texts() == [
            rule.advice for part in course.parts for rule in course.rules if rule.part == part
        ]
        assert page.locator("select, input").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 375])
def test_it_is_accessible_wide_and_on_a_phone(
    browser, tmp_path, course, table, folder, theme, width
):
    with paper.opened(browser, tmp_path, html_of(course, table, folder), theme, width) as page:
        assert paper.faults(page) == []
        page.get_by_text("The program, PyTorch").click()
        assert paper.faults(page) == []


def test_the_yaml_holds_no_strength_and_names_claims_in_one_place(course):
    text = (ROOT / "helpers" / "claims" / "guide.yaml").read_text("utf8")
    data = yaml.safe_load(text)
    keys = {key for entries in data["rules"].values() for entry in entries for key in entry}
    assert keys == {"advice", "sets", "when", "because", "evidence", "sources"}
    rules = text[text.index("\nrules:") :]
    assert not re.search(r"\b[AB]\d\d\b", rules), "claims are named under evidence alone"
