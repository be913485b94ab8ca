"""Formulas are typeset while the book is built, by MathJax in V8, so that a page needs no script to show them.

What MathJax would do in the reader's browser, at every visit, is done here once. Nothing moves while the page loads,
and next to the glyphs each formula carries itself as MathML, which screen readers speak.
"""

import re
import shutil
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path

from py_mini_racer import JSEvalException, MiniRacer
from sphinx.ext import mathjax
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

# The package is named with hyphens and cannot be imported; it carries the files of MathJax 3.
MATHJAX = Path(find_spec("sphinx-mathjax-offline").submodule_search_locations[0], "static", "mathjax")
COMPONENTS = (
    "loader.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-full.js",
    "output/chtml.js",
    "output/chtml/fonts/tex.js",
    "a11y/assistive-mml.js",
)

# Without the package `noundefined`, an unknown command is an error and not red text on the page.
PROGRAM = r"""
const adaptor = MathJax._.adaptors.liteAdaptor.liteAdaptor();
MathJax._.a11y["assistive-mml"].AssistiveMmlHandler(MathJax._.handlers.html_ts.RegisterHTMLHandler(adaptor));
let output, page;
function start(macros) {
  const input = new MathJax._.input.tex_ts.TeX({
    packages: ["base", "ams", "newcommand", "configmacros"],
    macros,
    formatError: (_, error) => { throw Error(error.message); },
  });
  const font = new MathJax._.output.chtml.fonts.tex_ts.TeXFont({fontURL: "mathjax-fonts"});
  output = new MathJax._.output.chtml_ts.CHTML({font, adaptiveCSS: false});
  page = MathJax._.mathjax.mathjax.document("", {InputJax: input, OutputJax: output});
  return true;
}
function typeset(formula, display) {
  return adaptor.outerHTML(page.convert(formula, {display}));
}
function style() {
  return adaptor.textContent(output.styleSheet(page));
}
"""

FORMULA = re.compile(
    r'(?s)(<(?:span|div) class="math notranslate nohighlight"[^>]*>(?:\s*<span class="eqno">.*?</span>)?)\s*'
    r"(?:\\\((?P<inline>.*?)\\\)|\\\[(?P<display>.*?)\\\])(?=</(?:span|div)>)"
)

# A formula in a sentence and what touches it: browsers may break a line beside any box, even before a full stop.
TOUCHED = re.compile(
    r'(?s)([^\s<>&;]{0,6})(<span class="math notranslate nohighlight">\\\(.*?\\\)</span>)([^\s<>&]{0,12})'
)


class Typesetter:
    """MathJax with the macros of the book. What it has set once it remembers."""

    def __init__(self, macros: dict):
        self.v8 = MiniRacer()
        self.v8.eval("var document; var MathJax = {startup: {typeset: false}, loader: {load: []}};")
        for name in COMPONENTS:
            self.v8.eval((MATHJAX / name).read_text(encoding="utf-8"))
        self.v8.eval(PROGRAM)
        self.v8.call("start", macros)
        self.typeset = cache(self.typeset)

    def typeset(self, formula: str, display: bool) -> str:
        """The formula as HTML; raises ValueError with what MathJax says of it."""
        try:
            return self.v8.call("typeset", formula, display)
        except JSEvalException as error:
            said = re.search(r"Error: (.*)", str(error))
            raise ValueError(f"{said[1] if said else error}, in the formula {formula!r}") from None

    def style(self) -> str:
        return self.v8.call("style")


def typeset_page(typesetter: Typesetter, page: str, pagename: str) -> str:
    """A page with its formulas in the place of their LaTeX; one that cannot be set is a warning."""

    def replace(found: re.Match) -> str:
        display = found["display"] is not None
        try:
            return found[1] + typesetter.typeset(unescape(found["display" if display else "inline"]).strip(), display)
        except ValueError as error:
            LOGGER.warning("%s", error, location=pagename)
            return found[0]

    def hold(found: re.Match) -> str:
        return f'<span class="held">{found[0]}</span>' if found[1] or found[3] else found[0]

    return FORMULA.sub(replace, TOUCHED.sub(hold, page))


def set_up(app) -> None:
    """Let Sphinx write formulas as it does for MathJax (`setup`)."""
    visitors = (mathjax.html_visit_math, None), (mathjax.html_visit_displaymath, None)
    app.add_html_math_renderer("typeset", *visitors)


def write_style(app, exception) -> None:
    """Write `mathjax.css` and its fonts (`build-finished`)."""
    if exception or app.builder.format != "html" or not app.companion_sheets:
        return
    static = Path(app.outdir, "_static")
    (static / "mathjax.css").write_text(app.companion_typesetter.style(), encoding="utf-8")
    shutil.copytree(MATHJAX / "output/chtml/fonts/woff-v2", static / "mathjax-fonts", dirs_exist_ok=True)
