"""Interactive figures: the numbers are the library's, and every reader gets a picture."""

from __future__ import annotations

import json
import os
import re

import numpy as np
import pytest
from scipy.optimize import brentq

from booktools import microscope
from booktools.build import ROOT
from helpers import activations, measures
from helpers.measures import jacobians
from helpers.show import interactive, javascript, plots
from helpers.show.interactive import FIGURES, FOLDER

SERIOUS = {"serious", "critical"}
FUNCTIONS = [n for n in activations.names() if activations.get(n).elementwise]
SPECS = [
    *FUNCTIONS, "scaled_tanh(a=2)", "penalized_tanh(a=1)", "leaky_relu(negative_slope=3)",
    "elu(alpha=0.5)", "celu(alpha=0.5)", "modrelu(b=-1)", "modrelu(b=0.5)",
    "soft_shrink(threshold=2)",
]  # fmt: skip
KINKS = sorted({k for spec in SPECS for k in activations.get(spec).kinks})
GRID = [
    *np.linspace(-8, 8, 161), *KINKS, 0.0, -0.0, 1e-8, -1e-8, 30.0, -30.0, 100.0, -100.0,
    801.0, -801.0, 1e18, -1e18, np.inf, -np.inf, np.nan,
]  # fmt: skip


def page_with(*names: str, theme: str = "light") -> str:
    style = plots.theme_css() + (ROOT / "_static" / "course.css").read_text("utf8")
    # The two colours of the book's theme that the style sheet refers to.
    colours = (
        "html { --pst-color-background: #fff }"
        "html[data-theme=dark] { --pst-color-background: #121212 }"
        "body { background: var(--pst-color-background); color: var(--figure-ink) }"
    )
    figures = "\n".join(map(interactive.to_html, names))
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Figures</title>'
        f"<style>{style}\n{colours}</style></head>"
        f"<body><main><h1>Figures</h1>{figures}</main></body></html>"
    )


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens figures from disk; afterwards, nothing may have gone wrong."""
    contexts, wrong = [], []

    def open_page(*names, theme="light", width=760, scripts=True, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, java_script_enabled=scripts, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
        file = tmp_path / "page.html"
        file.write_text(page_with(*names, theme=theme), "utf8")
        page.on("request", lambda r: wrong.append(r.url) if not allowed(r.url, file) else None)
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == [], "an error, or a request for another file"


def allowed(url: str, file) -> bool:
    return url == file.as_uri() or url.startswith("data:")


def curve(page) -> str:
    """Return the text of the picture's marks."""
    return page.locator(".rw-figure > svg").first.inner_html()


# ---- what the notebook stores ----


@pytest.mark.parametrize("name", FIGURES)
def test_show_displays_html_with_a_line_of_text(name, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    interactive.show(name)
    (data,) = shown
    assert set(data) == {"text/html", "text/plain"}
    assert data["text/plain"].startswith("Interactive figure: ") and "\n" not in data["text/plain"]
    text = data["text/html"]
    assert len(text.encode()) < 65_000
    interactive._read.cache_clear()
    assert text == interactive.to_html(name)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert not re.search(r"\bid=|Math\.random|Date\b", text)
    assert text.count("</script>") == 1


def test_unknown_name_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="'cobweb'.*gradient-reach, iterated-map, catalogue"):
        interactive.show("cobweb")
    with pytest.raises(ValueError, match="'cobweb'"):
        interactive.bundle("cobweb")


@pytest.mark.parametrize("name", FIGURES)
def test_static_picture_is_the_first_state(opened, name):
    """After a change to the scripts write the pictures anew: UPDATE_PICTURES=1 pytest -k static."""
    page = opened(name, width=608)
    drawn = page.evaluate("document.querySelector('.rw-figure > svg').outerHTML") + "\n"
    if os.environ.get("UPDATE_PICTURES"):
        (FOLDER / f"{name}.svg").write_text(drawn, "utf8")
        interactive._read.cache_clear()
    assert (FOLDER / f"{name}.svg").read_text("utf8") == drawn


# ---- the formulas ----


@pytest.fixture(scope="module")
def evaluated(browser):
    """Return f and f' of every function on the grid, as the browser computes them."""
    page = browser.new_page()
    maths = (FOLDER / "maths.js").read_text("utf8")
    table = javascript.table(SPECS)
    values = page.evaluate(
        f"""xs => {{
            {maths}
            return Object.fromEntries(Object.entries({table}).map(
                ([spec, unit]) => [spec, [xs.map(unit.f), xs.map(unit.slope)]]));
        }}""",
        [float(x) for x in GRID],
    )
    page.close()
    return values


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("spec", SPECS)
def test_javascript_computes_what_the_library_computes(evaluated, spec):
    activation = activations.get(spec)
    # An addend as small as 1e-16 may be lost where a result is built from numbers near 1.
    close = dict(rtol=2e-14, atol=4e-16, equal_nan=True)
    for ours, function in zip(evaluated[spec], (activation, activation.derivative), strict=True):
        theirs = function(np.array(GRID))
        scale = np.maximum(1, np.abs(np.nan_to_num(GRID, posinf=1, neginf=1)))
        scale = np.where(scale > 50, 1, scale)
        ours = np.array([np.nan if v is None else v for v in ours])
        np.testing.assert_allclose(ours / scale, theirs / scale, **close, err_msg=spec)


def test_formulas_are_written_as_a_reader_would():
    assert javascript.arrow("tanh") == "x => Math.tanh(x)"
    assert javascript.arrow("modrelu(b=-0.5)") == "x => Math.sign(x) * relu(Math.abs(x) - 0.5)"
    assert javascript.number(np.inf) == "Infinity" and javascript.number(-2.0) == "-2"


def test_what_cannot_be_written_is_refused():
    with pytest.raises(ValueError, match="softmax is not elementwise"):
        javascript.arrow("softmax")
    with pytest.raises(TypeError, match="xp.where"):
        bool(javascript.Expression("x") > 0)


# ---- gradient-reach ----

CASES = [
    ("tanh", "orthogonal", 1.0, 0.5), ("tanh", "gaussian", 1.2, 1.0),
    ("sigmoid", "orthogonal", 4.0, 0.0), ("sigmoid", "identity", 1.0, 3.0),
    ("relu", "identity", 1.0, 0.5), ("relu", "orthogonal", 1.4, 0.5),
    ("linear", "gaussian", 1.0, 0.5), ("gelu", "orthogonal", 2.0, 1.0),
    ("hard_tanh", "identity", 1.0, 0.1), ("sin", "orthogonal", 1.0, 1.0),
    ("selu", "orthogonal", 1.0, 0.3), ("elu", "gaussian", 2.0, 0.5),
]  # fmt: skip


@pytest.fixture(scope="module")
def reach_page(browser):
    page = browser.new_page()
    page.set_content(page_with("gradient-reach"))
    yield page
    page.close()


@pytest.mark.parametrize("name, start, gain, scale", CASES)
@pytest.mark.parametrize("seed", [1, 2])
def test_gradient_norms_are_those_of_the_library(reach_page, name, start, gain, scale, seed):
    settings = dict(name=name, start=start, gain=gain, scale=scale, seed=seed)
    network, told = reach_page.evaluate(
        """s => {
            const widget = document.querySelector('.rnn-widget').widget;
            return [widget.drawNetwork(s.start, s.gain, s.seed), widget.reach(s)];
        }""",
        settings,
    )
    recurrent, inputs = np.array(network["U"]), np.array(network["inputs"])
    activation = activations.get(name)
    state, before = np.zeros(len(recurrent)), []
    for x in inputs:
        before.append(recurrent @ state + scale * x)
        state = activation(before[-1])
    norms = jacobians.jacobian_product_norms(recurrent, before, activation)
    np.testing.assert_allclose(told["logs"], norms.log10_spectral, atol=2e-3)
    _, bound = jacobians.pascanu_bound(recurrent, activation.slope_max, len(inputs))
    np.testing.assert_allclose(told["bound"], bound, atol=2e-3)
    assert np.all(np.array(told["logs"]) <= bound + 2e-3), "no norm exceeds Pascanu's bound"
    assert told["lost"] is None


@pytest.mark.parametrize("seed", [1, 5])
def test_starts_are_what_their_names_say(reach_page, seed):
    drawn = reach_page.evaluate(
        """seed => Object.fromEntries(['orthogonal', 'identity', 'gaussian'].map(start => [
            start, document.querySelector('.rnn-widget').widget.drawNetwork(start, 1.5, seed)]))""",
        seed,
    )
    matrix = {start: np.array(d["U"]) for start, d in drawn.items()}
    units, square = len(matrix["identity"]), matrix["orthogonal"] @ matrix["orthogonal"].T
    np.testing.assert_allclose(square, 2.25 * np.eye(units), atol=1e-12)
    np.testing.assert_allclose(matrix["identity"], 1.5 * np.eye(units))
    assert np.isclose(matrix["gaussian"].std(), 1.5 / np.sqrt(units), rtol=0.1)
    inputs = np.array(drawn["gaussian"]["inputs"])
    assert abs(inputs.mean()) < 0.1 and np.isclose(inputs.std(), 1, rtol=0.05)
    assert drawn["identity"]["inputs"] == drawn["orthogonal"]["inputs"]


def test_an_overflow_and_a_dead_gradient_are_told(opened):
    page = opened("gradient-reach")
    page.get_by_label("Function f").select_option("exponential")
    assert "overflows at step" in page.locator(".rw-readout").inner_text()
    page.get_by_label("Function f").select_option("modrelu")
    page.get_by_label("Input scale").fill("0")
    assert "exactly 0 from lag 1 on" in page.locator(".rw-readout").inner_text()


def test_gain_is_changed_by_keyboard(opened):
    page = opened("gradient-reach")
    before, told = curve(page), page.locator(".rw-readout").inner_text()
    page.get_by_label("Gain of U").focus()
    page.keyboard.press("ArrowRight")
    assert curve(page) != before
    after = page.locator(".rw-readout").inner_text()
    assert "gain 1.00" in told and "gain 1.05" in after
    assert page.locator(".rw-readout").get_attribute("aria-live") == "polite"


def test_curves_are_kept_and_removed_by_keyboard(opened):
    page = opened("gradient-reach")
    items = page.locator(".rw-kept li")
    assert items.count() == 2
    page.get_by_role("button", name="Keep this curve").focus()
    page.keyboard.press("Enter")
    assert "tanh, orthogonal, gain 1.00" in items.nth(2).inner_text()
    page.keyboard.press("Enter")
    assert items.count() == 3, "the oldest makes room"
    page.get_by_role("button", name="Remove curve 1").focus()
    page.keyboard.press("Enter")
    assert items.count() == 2
    assert page.evaluate("document.activeElement.textContent") == "remove"
    before = curve(page)
    page.get_by_role("button", name="Draw U and inputs anew").press("Enter")
    assert curve(page) != before and "earlier draw" in items.first.inner_text()


# ---- iterated-map ----


@pytest.fixture(scope="module")
def map_page(browser):
    page = browser.new_page()
    page.set_content(page_with("iterated-map"))
    yield page
    page.close()


def fixed_points(page, name, w, b):
    return page.evaluate(
        """([name, w, b]) => {
            const widget = document.querySelector('.rnn-widget').widget;
            const {functions, fixedPoints, stability} = widget;
            const kind = h => Array.isArray(h) ? null : stability(functions[name], w, b, h);
            return fixedPoints(functions[name].f, w, b).map(h => [h, kind(h)]);
        }""",
        [name, w, b],
    )


#: Where the curve of these functions never meets the diagonal.
NOWHERE = [
    ("gelu", 2.0, 0.4), ("elu", 2.0, 0.4), ("hard_silu", 2.0, 0.4),
    ("softplus", 1.7, 0.0), ("softplus", 2.0, 0.4), ("softplus", 3.95, -1.9),
]  # fmt: skip


@pytest.mark.parametrize("w, b", [(1.7, 0.0), (2.0, 0.4), (0.5, 0.7), (-3.0, 0.1), (3.95, -1.9)])
@pytest.mark.parametrize(
    "name", ["tanh", "sigmoid", "gelu", "softsign", "elu", "sin", "hard_silu", "softplus"]
)
def test_fixed_points_are_those_of_scipy(map_page, name, w, b):
    activation = activations.get(name)

    def excess(h):
        return activation(w * h + b) - h

    grid = np.linspace(-20.0013, 20.0037, 30001)
    signs = np.sign(excess(grid))
    roots = [brentq(excess, grid[i], grid[i + 1]) for i in np.flatnonzero(signs[1:] != signs[:-1])]
    found = fixed_points(map_page, name, w, b)
    assert bool(found) == ((name, w, b) not in NOWHERE)
    np.testing.assert_allclose([h for h, _ in found], roots, atol=1e-9)
    for h, told in found:
        slope = w * activation.derivative(h * w + b)
        assert np.isclose(told["left"], slope, atol=1e-6) and told["left"] == told["right"]
        assert told["kind"] == ("stable" if abs(slope) < 1 else "unstable")


def test_fixed_points_in_a_row_at_a_kink_and_nowhere(map_page):
    assert fixed_points(map_page, "relu", 1, 0) == [[[0, 20], None]]
    assert fixed_points(map_page, "hard_tanh", 1, 0)[0][0] == pytest.approx([-1, 1], abs=0.005)
    assert fixed_points(map_page, "relu", 1, 1) == []
    ((h, told),) = fixed_points(map_page, "relu", 2, 0)
    assert h == 0 and told["slopes"] == "0.00 | 2.00" and told["kind"] == "half-stable"
    ((h, told),) = fixed_points(map_page, "leaky_relu", -1.5, 0)
    assert h == 0 and told["kind"] == "stable", "1.5 on one side, 0.3 on the other, in turn"
    ((h, told),) = fixed_points(map_page, "tanh", 1, 0)
    assert h == 0 and told["kind"] == "neutral"


@pytest.mark.parametrize("name, w, b, h, ending", [
    ("tanh", 2.0, 0.0, 0.05, "settles at h = 0.958"),
    ("tanh", -2.0, 0.0, 0.3, "goes round 2 values"),
    ("relu", 2.0, 0.1, 0.5, "grows without bound"), ("sin", 3.0, 0.0, 0.5, "is still moving"),
])  # fmt: skip
def test_orbits_are_those_of_the_library(map_page, name, w, b, h, ending):
    told, words = map_page.evaluate(
        """([name, w, b, h]) => {
            const {functions, orbit, destiny} = document.querySelector('.rnn-widget').widget;
            return [orbit(functions[name], w, b, h, 20), destiny(functions[name], w, b, h)];
        }""",
        [name, w, b, h],
    )
    activation, log = activations.get(name), 0.0
    assert len(told["states"]) == 21  # the first, and 20 steps
    for state in told["states"]:
        assert np.isclose(state, h, rtol=1e-6)
        last = log
        log += np.log10(abs(w * activation.derivative(w * h + b)))
        h = activation(w * h + b)
    assert np.isclose(told["log"], last, atol=1e-6)
    assert words.startswith(ending)


def test_slope_is_changed_by_keyboard_and_start_by_a_click(opened):
    page = opened("iterated-map")
    before = curve(page)
    page.get_by_label("Slope w").press("Home")
    assert curve(page) != before
    assert "goes round 2 values" in page.locator(".rw-readout").inner_text()
    page.locator(".rw-figure").click(position={"x": 100, "y": 150})
    assert float(page.get_by_label("Start h₀").input_value()) < -0.5


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_orbit_runs_and_stops(opened, motion):
    page = opened("iterated-map", reduced_motion=motion)
    page.get_by_role("button", name="Run the orbit").press("Enter")
    steps = page.get_by_label("Steps shown")
    first = int(steps.input_value())  # a slow machine may have made a step or two by now
    assert first <= 3 if motion == "no-preference" else first == 0
    assert page.locator(".rw-readout").get_attribute("aria-live") == "off"
    page.wait_for_timeout(500)
    # With motion: about four steps in half a second. Without: none in the first second.
    assert (int(steps.input_value()) > 0) == (motion == "no-preference")
    page.get_by_role("button", name="Stop").press("Enter")
    at = steps.input_value()
    page.wait_for_timeout(300)
    assert steps.input_value() == at


# ---- catalogue ----


def test_table_shows_the_library_and_follows_the_keyboard(opened):
    page = opened("catalogue")
    page.get_by_label("GELU", exact=True).press("Space")
    assert "GELU added; 4 shown" in page.locator(".rw-readout").inner_text()
    page.get_by_label("Read at x").press("ArrowLeft")
    rows = [r.split("\t") for r in page.locator(".rw-table tbody").inner_text().splitlines()]
    chosen = [activations.get(n) for n in ("tanh", "sigmoid", "relu", "gelu")]
    assert [row[0] for row in rows] == [a.label for a in chosen]
    for row, activation in zip(rows, chosen, strict=True):
        assert row[1] == activation.range_label
        told = [float(text.replace("−", "-")) for text in row[2:]]
        slopes = [activation.slope_at_zero, activation.slope_max]
        values = [activation(1.95), activation.derivative(1.95)]
        np.testing.assert_allclose(told[:2], slopes, atol=0.0051)
        np.testing.assert_allclose(told[2:], values, atol=0.00051)


def test_saturation_is_a_tenth_of_the_largest_slope(opened):
    page = opened("catalogue")
    xs = np.linspace(-6, 6, 121)
    told = page.evaluate(
        """xs => {
            const {functions, saturated} = document.querySelector('.rnn-widget').widget;
            return Object.fromEntries(Object.entries(functions).map(
                ([name, unit]) => [name, xs.map(x => saturated(unit, x))]));
        }""",
        list(xs),
    )
    for name in FUNCTIONS:
        activation = activations.get(name)
        flat = np.abs(activation.derivative(xs)) < 0.1 * activation.slope_max
        assert told[name] == list(flat & np.isfinite(activation.slope_max)), name


def test_every_function_and_none_can_be_ticked(opened):
    page = opened("catalogue")
    for box in page.locator(".rw-family input").all():
        box.check()
    assert page.locator(".rw-table tbody tr").count() == len(FUNCTIONS)
    for box in page.locator(".rw-family input").all():
        box.uncheck()
    assert page.locator(".rw-table tbody tr").count() == 0


# ---- critical-gain ----


@pytest.fixture(scope="module")
def gain_page(browser):
    page = browser.new_page()
    page.set_content(page_with("critical-gain"))
    yield page
    page.close()


#: Function, input variance, bias, gains at which the variance settles or does not.
FIELDS = [
    ("tanh", 0.0, 0.0), ("tanh", 0.25, 0.0), ("tanh", 1.0, 1.5), ("sigmoid", 0.25, 0.0),
    ("sigmoid", 0.5, -2.0), ("relu", 0.25, 0.0), ("relu", 0.0, 0.0), ("relu", 0.3, -1.0),
    ("softsign", 0.0, 0.0), ("softsign", 0.5, 0.3), ("elu", 0.25, 0.0), ("selu", 1.0, 0.5),
    ("hard_tanh", 0.25, 0.0), ("relu6", 0.25, 1.0), ("gelu", 0.25, 0.0), ("silu", 0.25, 0.0),
    ("squared_relu", 0.25, 0.0), ("sin", 0.5, 0.2), ("linear", 0.0, 0.0), ("mish", 0.4, -0.5),
    ("tanh", 0.0, 3.0), ("hard_silu", 0.25, 0.0), ("softplus", 0.5, 0.0), ("arctan", 2.0, -1.0),
]  # fmt: skip
FIELD_GAINS = [0.3, 0.9, 1.2, 1.7, 3.0, 9.0]


@pytest.mark.parametrize("name, variance, bias", FIELDS)
def test_critical_gains_are_those_of_the_library(gain_page, name, variance, bias):
    told = gain_page.evaluate(
        """([name, variance, bias, gains]) => {
            const {functions, meanField} = document.querySelector('.rnn-widget').widget;
            const theory = meanField(functions[name], variance, bias);
            const [q, chi] = [gains.map(theory.stationary), gains.map(theory.slope)];
            return {...theory.critical(), q, chi};
        }""",
        [name, variance, bias, FIELD_GAINS],
    )
    found = measures.critical_gain(name, variance, bias)
    assert told["kind"] == found.kind
    np.testing.assert_allclose(told["gain"], found.gain, rtol=1e-6)
    np.testing.assert_allclose(told["variance"], found.variance, rtol=1e-5)
    q = measures.stationary_variance(name, FIELD_GAINS, variance, bias)
    np.testing.assert_allclose(told["q"], q, rtol=1e-6, atol=1e-12)
    chi = measures.correlation_slope(name, FIELD_GAINS, variance, bias)
    np.testing.assert_allclose(told["chi"], chi, rtol=1e-6, atol=1e-12)


def test_the_sentence_tells_what_the_library_computes(opened):
    page = opened("critical-gain")
    told = page.locator(".rw-readout")
    assert "critical gain is s* = 1.55; there q* = 1.32" in told.inner_text()
    factor = float(np.exp(measures.gradient_growth("tanh", 1.0, 0.25)))
    assert f"multiplies the gradient by {factor:.3f}" in told.inner_text()
    page.get_by_label("Function f").select_option("relu")
    assert "s* = 1.41; there the variance" in told.inner_text()
    page.get_by_label("Gain s of U").fill("2")
    assert "At gain 2.00 the variance grows without bound and χ = 2.00" in told.inner_text()
    page.get_by_label("Function f").select_option("squared_relu")
    assert "the gradient grows ever faster" in told.inner_text()
    page.get_by_label("Function f").select_option("silu")
    assert "beyond it χ jumps above 1" in told.inner_text()


def test_the_curve_follows_the_keyboard(opened):
    page = opened("critical-gain")
    for label, key in (("Input variance σ²", "End"), ("Bias b", "Home"), ("Gain s of U", "Home")):
        before = curve(page)
        page.get_by_label(label).press(key)
        assert curve(page) != before
    assert "input variance 4.00, bias −3.0" in page.locator(".rw-readout").inner_text()


# ---- gradient-microscope ----


def test_stored_networks_are_those_that_the_script_makes():
    """Before training, letter by letter; training is left out, it takes half a minute."""
    text = microscope.FILE.read_text("utf8")
    stored = json.loads(text[text.index("const RUNS = ") + len("const RUNS = ") :].rstrip(";\n"))
    made = microscope.runs(trained=False)
    for key, run in made.items():
        # One cell may lie where rounding decides between two letters.
        for name in ("state", "slope", "gradient"):
            levels = [[ord(letter) for letter in r[name]] for r in (stored[key], run)]
            np.testing.assert_allclose(*levels, atol=1, err_msg=f"{key} {name}")
        assert stored[key]["reach"] == pytest.approx(run["reach"], abs=0.011)
    settings = [(f, i) for f in microscope.FUNCTIONS for i in microscope.INITIAL]
    assert set(stored) == {f"{f} {i} {when}" for f, i in settings for when in ("before", "after")}
    cells = microscope.STEPS * microscope.UNITS
    assert all(len(r[n]) == cells for r in stored.values() for n in ("state", "slope", "gradient"))
    assert stored["tanh orthogonal after"]["right"] > 0.95, "training reduces the error"


def test_the_figure_knows_the_functions_that_are_stored():
    assert interactive.FUNCTIONS["gradient-microscope"] == microscope.FUNCTIONS


def test_letters_are_levels_of_the_range():
    assert microscope.letters(np.array([[-1.0, 0.0], [1.0, 7.0]]), -1.0, 1.0) == "amyy"


def test_the_microscope_shows_the_network_that_is_chosen(opened):
    page = opened("gradient-microscope")
    readout, before = page.locator(".rw-readout"), curve(page)
    page.get_by_label("When").select_option("after")
    assert curve(page) != before and "right on 100 %" in readout.inner_text()
    page.get_by_label("Function f").select_option("relu")
    page.get_by_label("Initial U").select_option("identity")
    page.get_by_label("When").select_option("before")
    assert readout.inner_text().startswith("ReLU, identity U, before training")
    marks = page.locator(".rw-figure svg svg")
    run = page.evaluate("document.querySelector('.rnn-widget').widget.runs['relu identity before']")
    # Each cell that is not blank is one stroke.
    for place, (key, blank) in enumerate([("state", "m"), ("slope", "a"), ("gradient", "a")]):
        strokes = marks.nth(place).inner_html().count("h1")
        assert strokes == sum(letter != blank for letter in run[key]), key


# ---- every reader ----


@pytest.mark.parametrize("name", FIGURES)
def test_without_scripts_there_is_a_described_picture(opened, name):
    page = opened(name, scripts=False, width=375)
    picture = page.locator(".rw-static img")
    assert picture.is_visible() and len(picture.get_attribute("alt")) >= 40
    assert picture.bounding_box()["width"] > 300
    assert not page.locator(".rw-live").is_visible()


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", FIGURES)
def test_figure_is_accessible_and_fits(opened, name, theme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = opened(name, theme=theme, width=width)
    assert page.locator(".rw-live").is_visible() and not page.locator(".rw-static").is_visible()
    if name == "catalogue":
        page.locator("details").evaluate("e => { e.open = true }")
        for label in ("1.7159·tanh(2x/3)", "hard sigmoid (Keras 2)", "exponential"):
            page.get_by_label(label).check()
    assert len(page.locator(".rw-figure > svg").get_attribute("aria-label")) >= 40
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window
    found = [v for v in Axe().run(page).response["violations"] if v["impact"] in SERIOUS]
    assert not [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]


def test_figures_follow_the_theme(opened):
    page = opened("iterated-map", theme="dark")
    tick = page.locator(".rw-figure text").first
    light, dark = plots.PALETTE["muted"]
    assert tick.evaluate("e => getComputedStyle(e).fill") == rgb(dark)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert tick.evaluate("e => getComputedStyle(e).fill") == rgb(light)


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_several_figures_live_on_one_page(opened):
    page = opened("catalogue", "iterated-map", "catalogue")
    assert page.locator(".rw-live:visible").count() == 3
    assert page.locator(".rw-figure > svg").count() == 3


def test_jupyterlab_starts_a_figure_that_it_inserts_later(opened):
    """JupyterLab sets innerHTML and then puts every script element in anew."""
    page = opened()
    page.evaluate(
        """text => {
            const host = document.createElement('div');
            host.innerHTML = text;
            document.querySelector('main').append(host);
            for (const old of host.querySelectorAll('script')) {
                const script = document.createElement('script');
                script.textContent = old.textContent;
                old.replaceWith(script);
            }
        }""",
        interactive.to_html("iterated-map"),
    )
    assert page.locator(".rw-live").is_visible()
    # Their keys are not taken for JupyterLab's shortcuts, which looks at the control itself.
    controls, free = ":is(input, select, button)", ":not([data-lm-suppress-shortcuts])"
    assert page.locator(f".rw-live {controls}").count() >= 3
    assert page.locator(f".rw-live {controls}{free}").count() == 0


def test_a_failing_script_leaves_the_static_picture(browser):
    page = browser.new_page()
    page.set_content(page_with("catalogue").replace("const FAR = 6", "const FAR = nothing"))
    assert page.locator(".rw-static").is_visible() and not page.locator(".rw-live").is_visible()
    page.close()
