"""The built pages in a real browser: offline, accessible, readable on a phone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from booktools import weight
from booktools.build import pages

PAGES = [*pages(), "search", "genindex", "404"]
#: What a page may load in all at a first visit, and what it may weigh itself, in bytes.
MOST_LOADED, MOST_OWN = 1_600_000, 600_000
#: The files that a page has loaded, with their sizes after decompression.
LOADED = """() => Object.fromEntries(
    ['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
        .map(e => [e.name, e.decodedBodySize]))"""
#: A page with figures that are wider than a phone.
CHAPTER = "chapters/03_math/5_critical_gain"
#: A page with many formulas.
FORMULAS = "chapters/03_math/1_backpropagation"
#: A page with folded solutions.
EXERCISES = "chapters/03_math/5_critical_gain"
SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 375, "height": 800}}
THEMES = ("light", "dark")

# Every page in both themes and both widths, in one visit; the pages take turns in which
# theme goes with which width, so that all four combinations are seen.
VISITS = [(name, THEMES[number % 2], THEMES[1 - number % 2]) for number, name in enumerate(PAGES)]
#: Paragraphs in which more than two measured values are bold.
MORE_THAN_TWO_BOLD = """() => [...document.querySelectorAll('main p, main li')]
    .filter(e => [...e.querySelectorAll(':scope > .pasted-text')]
        .filter(value => getComputedStyle(value).fontWeight > 400).length > 2)
    .map(e => e.innerText.slice(0, 80))"""
#: What a narrow window or another theme can break of what axe looks at.
OF_LOOKS = ["color-contrast", "scrollable-region-focusable", "target-size", "link-in-text-block"]
SERIOUS = {"serious", "critical"}
#: Waits until nothing moves any more. (`wait_for_function` evaluates a text, which the pages'
#: policy forbids.)
SETTLED = """async () => {
    while (document.getAnimations().some(a => a.playState === 'running'))
        await new Promise(resolve => setTimeout(resolve, 20));
}"""

# Most of a page's text are words of code, thousands of them in a dozen colours. Axe needs
# two thirds of its time for their contrast. One word of each look on the page is enough; the
# others become plain text, so that every block keeps its size.
ONE_OF_EACH_LOOK = """() => {
    const seen = new Set(), alike = [], look = e => {
        const s = getComputedStyle(e);
        return [s.color, s.backgroundColor, s.fontSize, s.fontWeight, s.opacity].join();
    };
    for (const block of document.querySelectorAll('pre, code, .sig')) {
        let behind = '';
        for (let e = block; e; e = e.parentElement) behind += look(e) + ';';
        for (const word of block.querySelectorAll('span')) {
            let key = behind;
            // By its class as well: two that look alike in one theme may not in the other.
            for (let e = word; e !== block; e = e.parentElement) key += e.className + look(e) + ';';
            if (!seen.has(key)) seen.add(key);
            else if (!word.childElementCount) alike.push(word);
        }
    }
    for (const word of alike) word.replaceWith(word.textContent);
}"""


class Visit:
    """One page, opened with everything recorded that should not happen.

    Unless it is the `first` visit, the reader has chosen the theme before, and the browser
    has stored that. Without the `policy` of the pages a test may do what they forbid.
    """

    def __init__(
        self,
        browser,
        base: str,
        size: str = "wide",
        theme: str = "light",
        first: bool = False,
        policy: bool = True,
    ) -> None:
        self.base = base
        self.context = browser.new_context(
            viewport=SIZES[size], color_scheme=theme, bypass_csp=not policy
        )
        if not first:
            self.context.add_init_script(
                f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
            )
        self.page = self.context.new_page()
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", self._note_request)
        self.page.on("requestfailed", lambda r: self.errors.append(f"request failed: {r.url}"))
        self.page.on("pageerror", lambda e: self.errors.append(f"page error: {e}"))
        self.page.on("response", self._note_response)
        self.page.on("console", self._note_console)

    def _note_request(self, request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def _note_response(self, response) -> None:
        if response.status >= 400:
            self.errors.append(f"{response.status}: {response.url}")

    def _note_console(self, message) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text}")

    def open(self, name: str) -> Visit:
        self.page.goto(f"{self.base}/{name}.html", wait_until="networkidle")
        return self

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *error) -> None:
        self.context.close()


@pytest.mark.slow
@pytest.mark.parametrize("name, theme, other", VISITS)
def test_page_is_clean_light_accessible_and_described(browser, served, book, name, theme, other):
    """A new reader comes on a wide screen; then the window narrows and the system's theme turns."""
    with Visit(browser, served, "wide", theme, first=True) as visit:
        page = visit.open(name).page
        if name != "search":  # it has to load the index
            loaded = page.evaluate(LOADED)
            assert sum(loaded.values()) <= MOST_LOADED, sorted(loaded.items(), key=lambda f: -f[1])
        assert weight.of_page(book / f"{name}.html") <= MOST_OWN
        _fits(page)
        wide = page.evaluate(
            """() => [...document.querySelectorAll('div.cell_input pre')]
                     .filter(e => e.scrollWidth > e.clientWidth)
                     .map(e => [e.scrollWidth - e.clientWidth, e.innerText.slice(0, 80)])"""
        )
        assert wide == [], "lines of code leave the page"
        mute = page.evaluate(
            """() => [...document.querySelectorAll('main img')]
                     .filter(e => !(e.getAttribute('alt') || '').trim()
                                  && e.getAttribute('role') !== 'presentation')
                     .map(e => e.outerHTML.slice(0, 200))"""
        )
        assert mute == []
        assert page.evaluate(MORE_THAN_TWO_BOLD) == []
        labels = page.eval_on_selector_all(
            ".course-figure svg", "list => list.map(e => e.getAttribute('aria-label') || '')"
        )
        assert labels or not name.startswith("chapters/"), "a chapter without a figure"
        assert [label for label in labels if len(label) < 40] == []
        page.evaluate(ONE_OF_EACH_LOOK)
        _is_accessible(page, theme)
        page.set_viewport_size(SIZES["phone"])
        page.emulate_media(color_scheme=other)
        _fits(page)
        _is_accessible(page, other, only=OF_LOOKS)
        assert visit.outside == [], "the page asks another machine for something"
        assert visit.errors == []


def _fits(page) -> None:
    """The page is no wider than its window."""
    width = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width[0] <= width[1], f"the page is {width[0]} px wide in a window of {width[1]} px"


def _is_accessible(page, theme: str, only: list[str] | None = None) -> None:
    """Axe finds nothing serious in this theme; by all of its rules, or by some."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect

    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    # Colours fade from one theme to the other; what is measured is where they end.
    page.evaluate(SETTLED)
    # Axe would fetch style sheets by addresses that it guesses, for a rule on orientation alone.
    options = {"preload": False} | ({"runOnly": only} if only else {})
    violations = Axe().run(page, options=options).response["violations"]
    found = [v for v in violations if v["impact"] in SERIOUS]
    told = [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
    assert not told


def test_accessibility_sees_a_pale_word_in_either_theme(browser, served):
    """Without this the visits could find nothing because they look at nothing."""
    with Visit(browser, served, "wide", "light", first=True) as visit:
        page = visit.open("index").page
        paragraph = "document.querySelector('main p')"
        for theme, colour in (("light", "#ddd"), ("dark", "#333")):
            page.emulate_media(color_scheme=theme)
            _is_accessible(page, theme, only=OF_LOOKS)
            page.evaluate(f"{paragraph}.style.setProperty('color', '{colour}', 'important')")
            with pytest.raises(AssertionError, match="color-contrast"):
                _is_accessible(page, theme, only=OF_LOOKS)
            page.evaluate(f"{paragraph}.style.removeProperty('color')")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["index", "chapters/01_background", "appendix/data", "search"])
def test_a_first_visit_is_clean(browser, served, name, theme):
    """A reader of whom nothing is stored gets the colours that the system prefers."""
    with Visit(browser, served, theme=theme, first=True) as visit:
        page = visit.open(name).page
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert page.evaluate("document.documentElement.dataset.mode") == "auto"
        assert visit.outside == []
        assert visit.errors == []


def test_a_visit_notes_what_goes_wrong(browser, served):
    """Without this the visits could find nothing because they look at nothing."""
    with Visit(browser, served, policy=False) as visit:
        page = visit.open("index").page
        assert visit.errors == [] and visit.outside == []
        page.evaluate("console.error('one')")
        page.evaluate("setTimeout(() => { throw new Error('two') })")
        page.evaluate("fetch('no-such-page.html')")
        page.evaluate("fetch('http://192.0.2.1/three', {mode: 'no-cors'}).catch(() => 0); 0")
        page.wait_for_timeout(300)
        told = "\n".join(visit.errors)
        assert "console: one" in told and "page error: two" in told
        assert "404: " in told and "no-such-page.html" in told
        assert visit.outside == ["http://192.0.2.1/three"]


@pytest.mark.parametrize(
    "forbidden, rule",
    [
        ("const s = document.createElement('script'); s.textContent = '0'; document.body.append(s)",
         "script-src-elem"),
        ("document.body.setAttribute('onclick', 'void 0'); document.body.click()",
         "script-src-attr"),
        ("const s = document.createElement('script'); s.src = 'http://192.0.2.1/s.js';"
         "document.body.append(s)", "script-src-elem"),
        ("new Image().src = 'http://192.0.2.1/i.png'", "img-src"),
        ("fetch('http://192.0.2.1/data').catch(() => 0)", "connect-src"),
        ("const f = document.createElement('iframe'); f.src = 'http://192.0.2.1/';"
         "document.body.append(f)", "frame-src"),
        ("try { new Worker('data:text/javascript,0') } catch {}", "worker-src"),
    ],
)  # fmt: skip
def test_the_policy_forbids_what_is_not_the_books_own(browser, served, forbidden, rule):
    with Visit(browser, served) as visit:
        page = visit.open("index").page
        page.evaluate(
            """() => {
                window.broken = [];
                document.addEventListener('securitypolicyviolation',
                                          e => window.broken.push(e.effectiveDirective));
            }"""
        )
        page.evaluate(f"() => {{ {forbidden} }}")
        page.wait_for_timeout(500)
        assert page.evaluate("window.broken") == [rule]


def test_the_button_prints(browser, served):
    with Visit(browser, served) as visit:
        page = visit.open(FORMULAS).page
        page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; 0")
        page.locator("[data-does=print]").dispatch_event("click")
        assert page.evaluate("window.printed") == 1


def test_icons_are_drawn_without_their_script(browser, served):
    with Visit(browser, served) as visit:
        page = visit.open(CHAPTER).page
        assert page.evaluate("document.fonts.check('900 16px \\'Font Awesome 6 Free\\'')")
        # The shape of an icon, not the empty box of a sign that the font lacks.
        icons = page.locator("i.fa-solid, i.fas").all()
        widths = [box["width"] for icon in icons if (box := icon.bounding_box())]
        assert len(widths) > 3 and min(widths) > 5
        assert not any("fontawesome.js" in name for name in page.evaluate(LOADED))


def _maths_is_set(page) -> None:
    """Formulas are drawn with the book's own font, and large signs are large."""
    assert page.locator("math").count() > 10
    box = page.locator("math").first.bounding_box()
    assert box["width"] > 5 and box["height"] > 5
    page.wait_for_timeout(300)
    fonts = page.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert any("Book Maths" in family for family in fonts)


def test_maths_is_set_offline_and_without_a_script(browser, served):
    with Visit(browser, served) as visit:
        page = visit.open(FORMULAS).page
        _maths_is_set(page)
        assert not any("mathjax" in name.lower() for name in page.evaluate(LOADED))
        fraction = page.locator("math[display=block] mfrac").first
        above, below = (
            fraction.locator(f":scope > :nth-child({n})").bounding_box() for n in (1, 2)
        )
        assert above["y"] + above["height"] <= below["y"] + 2, "a fraction stands side by side"


def test_formulas_are_spoken(browser, served):
    """A screen reader finds a formula as mathematics, with its parts, not as a picture."""
    with Visit(browser, served) as visit:
        page = visit.open(FORMULAS).page
        client = visit.context.new_cdp_session(page)
        nodes = client.send("Accessibility.getFullAXTree")["nodes"]
        roles = [node.get("role", {}).get("value", "") for node in nodes]
        assert roles.count("MathMLMath") + roles.count("math") > 10
        assert any(role.startswith("MathMLFraction") for role in roles)


def test_numbers_of_equations_lead_to_them(browser, served):
    with Visit(browser, served) as visit:
        page = visit.open("chapters/03_math/7_normalisation").page
        link = page.locator("a[href*='#equation-']:not(.headerlink)").first
        number = link.inner_text()
        link.click()
        target = page.locator(":target")
        assert number in target.locator(".eqno").inner_text()
        assert target.locator("math").count() == 1


def test_search_finds_a_word_offline(browser, served):
    with Visit(browser, served) as visit:
        visit.page.goto(f"{served}/search.html?q=vanishing", wait_until="networkidle")
        visit.page.wait_for_selector("ul.search li a", timeout=10_000)
        assert visit.page.locator("ul.search li").count() >= 1
        assert visit.outside == [] and visit.errors == []


def test_book_opens_from_disk(browser, book):
    """A reader who double-clicks index.html gets the page with its maths and no error."""
    with Visit(browser, book.as_uri()) as visit:
        page = visit.open(FORMULAS).page
        _maths_is_set(page)
        assert visit.outside == [] and visit.errors == []
        page.goto(f"{book.as_uri()}/search.html?q=vanishing", wait_until="networkidle")
        page.wait_for_selector("ul.search li a", timeout=10_000)


def test_one_search_field_is_shown(browser, served):
    with Visit(browser, served) as visit:
        page = visit.open("index").page
        fields = page.locator("input[type=search]").all()
        assert len([f for f in fields if f.is_visible()]) <= 1
        buttons = page.locator("button.search-button__button").all()
        shown = [b for b in buttons if b.is_visible()]
        assert len(shown) + len([f for f in fields if f.is_visible()]) == 1


@pytest.mark.parametrize("theme", THEMES)
def test_figures_follow_the_theme(browser, served, theme):
    """Ink and background of a figure stand apart in both themes."""
    with Visit(browser, served, theme=theme) as visit:
        page = visit.open(CHAPTER).page
        ink, background, body = page.evaluate(
            """() => {
                const svg = document.querySelector('.course-figure svg');
                const paper = svg.querySelector('path');
                const text = [...svg.querySelectorAll('text')].pop();
                const fill = e => getComputedStyle(e).fill;
                return [fill(text), fill(paper), getComputedStyle(document.body).backgroundColor];
            }"""
        )
        assert _contrast(ink, background) >= 4.5
        assert _contrast(background, body) <= 1.1, "the figure sits on a mat of another colour"


def test_keyboard_reaches_the_text_and_the_figures(browser, served):
    with Visit(browser, served, "phone", policy=False) as visit:
        page = visit.open(CHAPTER).page
        page.keyboard.press("Tab")
        page.wait_for_function("document.activeElement?.innerText")
        first = page.evaluate("document.activeElement.innerText.slice(0, 80)")
        assert "main content" in first.lower()
        figure = page.locator(".course-figure").first
        figure.focus()
        assert figure.evaluate("e => e === document.activeElement")
        inside, shown = figure.evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert inside > shown, "the figure fits a phone, so that nothing is left to scroll"
        assert figure.evaluate("e => e.scrollLeft") == 0
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        page.wait_for_function("document.querySelector('.course-figure').scrollLeft > 0")


def test_solutions_are_folded_and_open_by_keyboard(browser, served):
    with Visit(browser, served) as visit:
        page = visit.open(EXERCISES).page
        solutions = page.locator(".solution").all()
        assert len(solutions) >= 3
        for solution in solutions:
            content, button = solution.locator("section"), solution.locator(".toggle-button")
            assert content.is_hidden(), "a solution stands open"
            assert len(content.text_content().strip()) > 40, "a solution is empty"
            # By Tab from the link in the title, as a reader gets there without a mouse.
            solution.locator(".admonition-title a").focus()
            page.keyboard.press("Tab")
            assert button.evaluate("e => e === document.activeElement")
            page.keyboard.press("Enter")
            content.wait_for(state="visible", timeout=5_000)
            page.keyboard.press("Space")
            content.wait_for(state="hidden", timeout=5_000)


def _contrast(first: str, second: str) -> float:
    """Contrast ratio of two CSS rgb() colours (WCAG 2.2)."""

    def luminance(text: str) -> float:
        channels = [float(c) / 255 for c in text[text.index("(") + 1 : -1].split(",")[:3]]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)
