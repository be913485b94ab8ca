"""A reader's walk through every page of the site that `make book` made, in a real browser.

What the walk finds wrong with a page is a list of sentences. The last tests show it pages that are wrong in one way.
"""

import functools
import gzip
import random
import re
import threading
import urllib.request
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

SITE = Path(__file__).parents[2] / "_build" / "html"
# What lies in _static are templates of the theme. The page 404 has links that hold where the site is published; others
# only lead on.
FILES = [
    file
    for file in sorted(SITE.rglob("*.html"))
    if 'http-equiv="refresh"' not in file.read_text(encoding="utf-8").lower()
]
PAGES = [name for name in (f.relative_to(SITE).as_posix() for f in FILES) if not name.startswith(("_static/", "404"))]

RAW = r"""() => {
  const walker = document.createTreeWalker(document.querySelector("main") || document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const hidden = "pre, code, script, style, template, mjx-container";
    const raw = /\\[(\[]|\$\$|\{(ref|eq|numref|prf:ref|cite:[tp]|doc)\}`/;
    if (!node.parentElement.closest(hidden) && raw.test(node.data))
      found.push(node.data.trim().slice(0, 60));
  }
  return found;
}"""

# Display formulas of which a reader on a laptop sees only a part
CUT = """() => [...document.querySelectorAll("main mjx-container[display=true]")]
  .filter(box => {
    const shown = box.getBoundingClientRect(), formula = box.querySelector("mjx-math").getBoundingClientRect();
    return formula.left < shown.left - 2 || formula.right > shown.right + 2;
  })
  .map(box => box.closest("[id]").id)"""

# On paper nothing scrolls.
LOST_ON_PAPER = """() => [...document.querySelectorAll("main :is(aside, figure, svg, img, table, p, mjx-container)")]
  .filter(element => element.checkVisibility() && element.getBoundingClientRect().width > 1
    && element.getBoundingClientRect().right > window.innerWidth + 1)
  .map(element => element.textContent.trim().slice(0, 40))"""

# The first texts of each kind, and the contrast of their colour with the first ground below that is not transparent.
CONTRAST = """selectors => {
  const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const channels = colour => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = element => {
    let ground = [255, 255, 255, 255];
    for (let below = element; below; below = below.parentElement) {
      const painted = channels(getComputedStyle(below).backgroundColor);
      if (painted[3] === 255) { ground = painted; break; }
    }
    const [low, high] = [getComputedStyle(element).color, `rgb(${ground.slice(0, 3)})`]
      .map(colour => luminance(channels(colour))).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  return selectors.flatMap(selector => [...document.querySelectorAll(selector)].slice(0, 5)
    .map(element => [selector, contrast(element)]));
}"""
TEXTS = ["main p", ".overparam-figure", ".overparam-claim-statement", ".overparam-register-note"]

# What moved while the page loaded, as browsers count it; they call less than 0.1 good.
SHIFT = """() => new Promise(tell => {
  let sum = 0;
  new PerformanceObserver(seen => seen.getEntries().forEach(entry => { sum += entry.value; }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => tell(sum), 100);
})"""
LOADED = """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
  .filter(entry => entry.responseStatus == 200).map(entry => entry.name)"""
HEAVIEST = 1_000_000  # bytes of a page with all that it loads, compressed
LAID_OUT = """() => [...document.body.querySelectorAll("*")]
  .filter(element => element.checkVisibility({contentVisibilityAuto: true})).length"""
MOST_LAID_OUT = 12_000  # elements of a page that nobody has scrolled yet

# What axe looks for: everything in a wide window, then what can differ in the dark and on a phone.
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}, "narrow": {"runOnly": ["scrollable-region-focusable"]}}


@pytest.fixture(scope="module")
def serve():
    """A function that serves a folder on this machine and gives its address."""
    servers = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def window(browser):
    """One window for all pages, so that the scripts of the theme are loaded once."""
    with browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light") as context:
        yield context


def walk(window: BrowserContext, origin: str, name: str) -> list[str]:
    """Open a page, move its sliders, turn the lights off, and narrow the window to a phone; what was wrong."""
    found: list[str] = []
    page = window.new_page()
    inside = (origin, "data:", "blob:")
    page.on("request", lambda request: request.url.startswith(inside) or found.append(f"asks for {request.url}"))
    page.on("response", lambda got: got.status >= 400 and found.append(f"gets {got.status} for {got.url}"))
    page.on("console", lambda said: said.type == "error" and found.append(f"logs the error {said.text!r}"))
    page.on("pageerror", lambda error: found.append(f"raises {error}"))
    try:
        page.goto(origin + name, wait_until="load")
        weight = sum(_compressed(url) for url in page.evaluate(LOADED) if url.startswith(origin))
        found += [f"weighs {weight} bytes"] * (weight > HEAVIEST)
        shift = page.evaluate(SHIFT)
        found += [f"shifts by {shift:.2f} while it loads"] * (shift >= 0.1)
        laid_out = page.evaluate(LAID_OUT)
        found += [f"lays out {laid_out} elements at once"] * (laid_out > MOST_LAID_OUT)
        found += [f"shows {text!r} unrendered" for text in page.evaluate(RAW)]
        found += [f"cuts the formula {formula!r}" for formula in page.evaluate(CUT)]
        # Observers sleep where nothing is laid out, and axe looks at all of the page at once.
        page.add_style_tag(content="* { content-visibility: visible !important; transition: none !important; }")
        found += _sliders_that_move_nothing(page)
        # One page of source code looks like another, and axe takes long over it.
        axe = _what_axe_finds if name.count("_modules/") == 0 or name.endswith("claims.html") else lambda *_: []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += _what_cannot_be_read(page, scheme) + axe(page, scheme)
        page.set_viewport_size({"width": 320, "height": 800})
        page.wait_for_timeout(500)  # an observer hears after the next frame what has to scroll now
        found += axe(page, "narrow")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"is {wide} pixels wider than a phone"] * (wide > 0)
        page.set_viewport_size({"width": 718, "height": 1000})  # A4 within the margins that Chromium leaves
        page.emulate_media(media="print", color_scheme="light")
        found += [f"loses {text!r} on paper" for text in page.evaluate(LOST_ON_PAPER)]
    finally:
        page.close()
    return found


@functools.cache
def _compressed(url: str) -> int:
    with urllib.request.urlopen(url) as got:
        return len(gzip.compress(got.read()))


def _sliders_that_move_nothing(page: Page) -> list[str]:
    """Each slider is moved from where a reader finds it, by one step and, where that shows nothing, to its end."""
    found = []
    for index, slider in enumerate(page.locator("input[type=range]").all()):
        picture = slider.locator("xpath=ancestor::figure[1]//*[name()='svg'][1]")
        before = picture.screenshot()
        slider.focus()
        for key in ("ArrowRight", "End"):
            page.keyboard.press(key)
            if picture.screenshot() != before:
                break
        else:
            found.append(f"has a slider, number {index}, that moves nothing")
        page.keyboard.press("Home")
    return found


def _what_axe_finds(page: Page, view: str) -> list[str]:
    found = Axe().run(page, options=RULES[view] | {"resultTypes": ["violations"]}).response["violations"]
    return [f"fails {rule['id']} ({view}): {node['html'][:100]}" for rule in found for node in rule["nodes"]]


def _what_cannot_be_read(page: Page, scheme: str) -> list[str]:
    measured = page.evaluate(CONTRAST, TEXTS)
    return [f"has a {kind} with contrast {value:.1f} in {scheme} mode" for kind, value in measured if value < 4.5]


@pytest.fixture(scope="module")
def site(serve) -> str:
    return serve(SITE)


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_the_site(window, site, name):
    assert walk(window, site, name) == []


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_the_address_of_the_site_leads_to_the_front_page(window, site):
    page = window.new_page()
    page.goto(site)
    page.wait_for_url("**/book/index.html")
    page.close()


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_the_search_finds_a_page_and_a_theorem_by_its_name(window, site):
    page = window.new_page()
    page.goto(site + "search.html?q=claims")
    page.locator("#search-results li a").first.wait_for()
    page.goto(site + "search.html?q=coupling theorem")
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert re.match(r"Theorem [\d.]+ Coupling", first.inner_text())
    first.click()
    page.wait_for_url("**/structured_data/coupling.html*#thm-coupling")
    page.close()


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_a_page_that_has_moved_leads_to_its_new_address(window, site):
    page = window.new_page()
    page.goto(site + "prf-prf.html")
    page.wait_for_url("**/book/map.html")
    page.close()


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_a_solution_opens_by_keyboard_and_says_so(window, site):
    page = window.new_page()
    page.goto(site + "book/structured_data/coupling.html", wait_until="networkidle")
    solution = page.locator(".solution.dropdown").first
    inside = solution.locator("section, p").last
    button = solution.get_by_role("button", name=re.compile(r"Solution to Exercise 1\.\d"))
    assert not inside.is_visible() and button.get_attribute("aria-expanded") == "false"
    button.focus()
    page.keyboard.press("Enter")
    assert inside.is_visible() and button.get_attribute("aria-expanded") == "true"
    page.close()


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_folded_code_opens_by_keyboard_and_shows_all_of_its_ring(window, site):
    page = window.new_page()
    page.goto(site + "book/pl_condition/rates.html", wait_until="networkidle")
    summary = page.locator("details.hide > summary").first
    page.keyboard.press("Tab")  # a ring is for those who use the keyboard
    summary.focus()
    stands_out = """summary => {
      const {outlineStyle, outlineOffset, outlineWidth} = getComputedStyle(summary);
      return outlineStyle == "none" ? Infinity : parseFloat(outlineOffset) + parseFloat(outlineWidth);
    }"""
    assert summary.evaluate(stands_out) <= 0
    page.keyboard.press("Enter")
    assert summary.locator("..").get_attribute("open") is not None
    page.close()


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_no_name_of_a_claim_stands_alone_at_the_foot_of_a_sheet(window, site, text_of, tmp_path):
    page = window.new_page()
    page.goto(site + "book/claims.html", wait_until="networkidle")
    page.pdf(path=tmp_path / "claims.pdf", format="A4")
    page.close()
    sheets = text_of(tmp_path / "claims.pdf").split("\f")[:-1]
    assert len(sheets) > 20
    last = [sheet.strip().splitlines()[-1] for sheet in sheets]
    name_and_kind = re.compile(r"[A-Z]{2}-\d+(\.\w)?[a-z ]*")
    assert [line for line in last if name_and_kind.fullmatch(line)] == []


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_the_colours_of_its_reader_before_any_script_has_come(browser, site, scheme):
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        page.route("**/*.js*", lambda route: route.abort())
        page.goto(site + "book/index.html")
        assert page.locator("html").get_attribute("data-theme") == scheme


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_nothing_moves_when_a_scroll_bar_appears(browser, chromium, site):
    # Playwright hides the bars of Chromium, and with them what they push aside.
    options = {"args": ["--no-sandbox"], "ignore_default_args": ["--hide-scrollbars"]}
    shown = browser.browser_type.launch(executable_path=chromium, **options)
    page = shown.new_page()
    page.goto(site + "book/index.html")
    tall = page.locator("main").bounding_box()
    page.add_style_tag(content=":is(main, #pst-primary-sidebar) > *, footer { display: none !important }")
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    assert page.locator("main").bounding_box()["x"] == tall["x"]
    shown.close()


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_nothing_moves_for_a_reader_who_wants_no_motion(browser, site):
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(site + "book/structured_data/coupling.html")
        moving = """[...document.querySelectorAll("*")].map(element => getComputedStyle(element))
          .filter(style => style.scrollBehavior == "smooth" || parseFloat(style.transitionDuration) > 0
            || parseFloat(style.animationDuration) > 0).length"""
        assert page.evaluate(moving) == 0


@pytest.mark.skipif(not PAGES, reason="there is no site: make book makes it")
def test_the_site_works_from_the_file_system_and_below_another_path(reader, window, serve):
    for address in ((SITE / "book/index.html").as_uri(), serve(SITE.parent) + "html/book/index.html"):
        page = reader().page if address.startswith("file:") else window.new_page()
        errors = []
        page.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
        page.on("requestfailed", lambda request, errors=errors: errors.append(request.url))
        page.on("response", lambda got, errors=errors: got.status >= 400 and errors.append(got.url))
        page.goto(address, wait_until="networkidle")
        page.get_by_role("link", name="Structured data").first.click()
        page.wait_for_url("**/structured_data/index.html")
        assert page.locator("mjx-container").count() and errors == []
        page.close()


SLIDER = """<figure><svg width="50" height="50"><rect width="10" height="10"/></svg>
<input type="range" aria-label="Width" min="0" max="3" value="0" oninput="{}"></figure>"""
MOVES = "this.parentNode.querySelector('rect').setAttribute('width', 20 * this.value)"

WRONG = {
    "nothing": ("<p>A paragraph.</p>" + SLIDER.format(MOVES), None),
    "another origin": ("<script src='https://unpkg.com/thebe'></script>", "asks for https://unpkg.com/thebe"),
    "a missing file": ("<img src='missing.png' alt=''>", "gets 404"),
    "a script error": ("<script>throw new Error('mistake')</script>", "raises mistake"),
    "a logged error": ("<script>console.error('mistake')</script>", "logs the error 'mistake'"),
    "a raw formula": (r"<p>Where \(x\) is.</p>", r"shows 'Where \\(x\\) is.' unrendered"),
    "a raw role": ("<p>See {ref}`sec-setting`.</p>", "shows 'See {ref}`sec-setting`.' unrendered"),
    "a cut formula": (
        """<section id="eq-long"><mjx-container display="true" style="display: block; overflow: auto">
        <mjx-math style="display: inline-block; width: 2000px">x</mjx-math></mjx-container></section>""",
        "cuts the formula 'eq-long'",
    ),
    "a dead slider": (SLIDER.format(""), "has a slider, number 0, that moves nothing"),
    "grey on grey": ("<p style='color: #999'>Pale.</p>", "has a main p with contrast 2.8 in light mode"),
    "dark on dark": (
        "<style>@media (prefers-color-scheme: dark) { body { background: #000 } }</style><p>Lost.</p>",
        "has a main p with contrast 1.0 in dark mode",
    ),
    "a heavy script": ("<script src='heavy.js'></script>", "weighs 1"),
    "a page laid out at once": ("<p>" + "<b>x</b>" * 13_000, "lays out 13003 elements at once"),
    "a late banner": (
        """<p style="height: 300px">Below.</p><script>setTimeout(() => document.body.insertAdjacentHTML(
        "afterbegin", "<div style='height: 400px'>Late.</div>"), 50)</script>""",
        "while it loads",
    ),
    "a nameless field": ("<input>", "fails label (light): <input>"),
    "a formula out of reach": (
        "<p style='width: 200px; overflow: auto; white-space: nowrap'>A sentence that is longer than its place.</p>",
        "fails scrollable-region-focusable (narrow)",
    ),
    "a note beside the paper": (
        "<aside style='position: absolute; left: 600px; width: 200px'>Note.</aside>",
        "loses 'Note.'",
    ),
    "a wide table": ("<div style='width: 500px'>wide</div>", "pixels wider than a phone"),
}


@pytest.fixture(scope="module")
def wrong_pages(serve, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    (folder / "favicon.ico").touch()
    (folder / "heavy.js").write_text("//" + random.Random(0).randbytes(1_000_000).hex(), encoding="ascii")
    for name, (body, _) in WRONG.items():
        page = f"<!doctype html><html lang=en><title>{name}</title><main><h1>Wrong</h1>{body}</main>"
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return serve(folder)


@pytest.mark.parametrize("name", WRONG)
def test_the_walk_sees_what_is_wrong(window, wrong_pages, name):
    expected = WRONG[name][1]
    found = walk(window, wrong_pages, f"{name}.html")
    assert found == [] if expected is None else any(expected in sentence for sentence in found)
