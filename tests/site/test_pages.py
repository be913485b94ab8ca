"""What is done to each page as it leaves its template: formulas are set, weight is dropped, the theme is mended."""

import re
from html import escape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXTENSION, SITE = ROOT / "book" / "_ext", ROOT / "_build" / "html"
INLINE = '<span class="math notranslate nohighlight">\\({}\\)</span>'
DISPLAY = """<div class="math notranslate nohighlight" id="equation-a">
<span class="eqno">(1.1)<a class="headerlink" href="#equation-a">#</a></span>\\[{}\\]</div>"""


@pytest.fixture(autouse=True)
def extension(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSION)


@pytest.fixture
def typesetter():
    from companion.mathematics import Typesetter

    return Typesetter({"norm": [r"\lVert #1\rVert", 1]})


def test_formulas_become_glyphs_and_speak(typesetter):
    from companion.mathematics import typeset_page

    page = INLINE.format(escape(r"a < b")) + DISPLAY.format(r"\begin{split}\norm{x} &= 1 \\\\ y &= 2\end{split}")
    done = typeset_page(typesetter, page, "page")
    assert "\\(" not in done and "\\[" not in done
    assert done.count("<mjx-container") == 2 and done.count('display="true"') >= 1
    assert "<mi>a</mi><mo>&lt;</mo><mi>b</mi>" in done and done.count("‖") == 2
    assert 'id="equation-a"' in done and "(1.1)" in done
    assert typeset_page(typesetter, done, "page") == done


def test_no_line_breaks_between_a_formula_and_what_touches_it(typesetter):
    from companion.mathematics import typeset_page

    x = INLINE.format("x")
    page = typeset_page(typesetter, f"<p>({x}, the {x}-th, {x} and <em>{x}</em>.</p>", "page")
    held = re.findall(r'<span class="held">(.*?)<span class="math.*?</mjx-container></span>(.*?)</span>', page)
    assert held == [("(", ","), ("", "-th,")]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (r"\nonsense{x}", r"Undefined control sequence \nonsense"),
        (r"\frac{1}{2", "Missing close brace"),
        (r"\norm", r"Missing argument for \norm"),
    ],
)
def test_a_formula_that_cannot_be_set_is_named(typesetter, formula, said):
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        typesetter.typeset(formula, False)
    assert repr(formula) in str(error.value)


def test_rules_that_match_nothing_are_dropped():
    from companion.weight import purge

    style = """
    p { color: red }
    .used, .unused { margin: 0 }
    .unused .used, .used.unused > b { margin: 1px }
    .used:not(.unused) { margin: 2px }
    :is(.unused, .used) { margin: 3px }
    @media print { .unused { margin: 4px } .used { margin: 5px } }
    @media screen { .unused { margin: 6px } }
    @font-face { font-family: "x" }
    """
    kept = re.sub(r"\s+", "", purge(style, {"used"}))
    assert re.findall(r"margin:(\d)", kept) == ["0", "2", "3", "5"]
    assert "color:red" in kept and "@font-face" in kept and "screen" not in kept


def test_style_sheets_become_one_that_finds_its_files(tmp_path):
    from companion.weight import bundle

    (tmp_path / "styles").mkdir()
    (tmp_path / "base.css").write_text("a { background: url(base.svg) }")
    imports = '@import "../base.css"; b { background: url("../fonts/x.woff2") url(data:image/png;base64,AA) }'
    (tmp_path / "styles" / "theme.css").write_text(imports)
    style = bundle(tmp_path, ["styles/theme.css"], set())
    assert "@import" not in style
    assert re.findall(r"url\(\"?([^\")]*)", style) == ["base.svg", "fonts/x.woff2", "data:image/png;base64,AA"]


def test_a_page_has_one_style_sheet_and_waits_for_no_script():
    from companion.weight import lighten

    page = """<link href="../_static/styles/theme.css?digest=1" rel="stylesheet" />
    <link rel="stylesheet" type="text/css" href="../_static/site.css?v=2" />
    <link rel="icon" href="../_static/favicon.svg"/>
    <script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
    <script src="../_static/documentation_options.js?v=1"></script>
    <script src="../_static/doctools.js?v=1"></script><script>let a = 1;</script>
    <script async src="../_static/late.js"></script>"""
    sheets = {}
    light = lighten(page, sheets)
    assert list(sheets) == ["styles/theme.css", "site.css"]
    assert re.findall(r'<link rel="stylesheet" href="([^"]*)"', light) == ["../_static/all.css"]
    assert "fontawesome" not in light and "favicon" in light and "let a = 1" in light
    assert re.findall(r"<script ([^>]*?) ?src=", light) == ["", 'defer="defer"', 'defer="defer" async']


def test_the_theme_measures_no_box_before_it_is_laid_out():
    import pydata_sphinx_theme

    from companion.weight import THEME, measure_late

    static = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    script = (static / THEME).read_text(encoding="utf-8")
    mended = measure_late(script)
    assert "scrollWidth" in script and "scrollWidth" not in mended
    assert len(mended) == len(script)
    with pytest.raises(ValueError, match=r"pydata-sphinx-theme\.js must hold"):
        measure_late(mended)


@pytest.mark.skipif(not SITE.is_dir(), reason="there is no site: make book makes it")
def test_the_site_has_the_theme_that_measures_late():
    from companion.weight import MEASURED_AT_ONCE, THEME

    assert MEASURED_AT_ONCE not in (SITE / "_static" / THEME).read_text(encoding="utf-8")


def test_icon_fonts_keep_the_icons_that_are_named(tmp_path):
    import pydata_sphinx_theme
    from fontTools.ttLib import TTFont

    from companion.weight import cut_icons

    fonts = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts"
    whole = (fonts / "fa-solid-900.woff2").read_bytes()
    (tmp_path / "fa-solid-900.woff2").write_bytes(whole)
    cut_icons('.fa-arrow-up::before { content: "\uf062" }', tmp_path)
    assert list(TTFont(tmp_path / "fa-solid-900.woff2").getBestCmap()) == [0xF062]
    assert (tmp_path / "fa-solid-900.woff2").stat().st_size < len(whole) / 50


def test_the_theme_is_mended():
    from companion.access import repair

    page = """<div id="pst-primary-sidebar" class="a"><button class="btn search-button-field" aria-label="Search">
    Search</button>
    <a href="x.html">A chapter</a><details open><summary><span class="toctree-toggle"></span></summary></details></div>
    <div role="list" class="citation-list"><div class="citation" role="doc-biblioentry"></div></div>
    <dl>\n<dd><em class="sig-param">x</em></dd>\n</dl><dl><dt>t</dt><dd>d</dd></dl>
    <tr><th class="head"></th><th class="head">h</th></tr>
    <details class="overparam-choice overparam-no">\n<summary>As in <a class="x" href="#a">(1)</a>.</summary>
    <p>No: <a href="#b">(2)</a>.</p></details>
    <summary aria-label="Toggle hidden content"><p>Show code</p></summary>
    <p>Solution to<a href="#c"> Exercise 1</a></p>"""
    mended = repair(page)
    assert '<div id="pst-primary-sidebar" role="region" aria-label="Book" class="a">' in mended
    assert "Search</button>" in mended and 'aria-label="Search"' not in mended
    assert '<summary aria-label="Pages of A chapter">' in mended
    assert 'role="list"' not in mended and "doc-biblioentry" not in mended
    assert '<div class="sig-lines"><div><em class="sig-param">x</em></div>' in mended
    assert '<tr><td></td><th class="head">h</th></tr>' in mended
    assert "<dl><dt>t</dt><dd>d</dd></dl>" in mended
    assert "<summary><p>Show code</p>" in mended
    assert '<p>Solution to <a href="#c">Exercise 1</a></p>' in mended
    assert "<summary>As in (1).</summary>" in mended and '<a href="#b">(2)</a>' in mended


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://github.com/reader/fork", "/fork/"),
        ("https://github.com/reader/reader.github.io", "/"),
        (None, "/"),
    ],
)
def test_the_site_lies_below_the_name_of_its_repository(url, path):
    from companion.repository import site_path

    assert site_path(url) == path
