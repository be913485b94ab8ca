"""The PDF that `make pdf` made: the numbers, figures and claims of the site, links, bookmarks, and nothing cut off."""

import itertools
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "_build"
NAME = "overparameterized"
# A millimetre or two past the margin is seen by TeX alone.
WIDEST = 20


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The files beside the PDF, by their suffix."""
    pdf = BUILD / "pdf" / f"{NAME}.pdf"
    if not pdf.is_file():
        pytest.skip("no PDF was made; make pdf makes it")
    return {
        suffix: pdf.with_suffix(suffix).read_text("utf-8", "replace") for suffix in (".tex", ".aux", ".log", ".out")
    }


@pytest.fixture(scope="module")
def site(made) -> dict[str, str]:
    """The pages of the site, which must not be younger than the PDF."""
    pages = sorted((BUILD / "html" / "book").rglob("*.html"))
    if not pages:
        pytest.skip("no site was made; make book makes it")
    if max(page.stat().st_mtime for page in pages) > (BUILD / "pdf" / f"{NAME}.pdf").stat().st_mtime:
        pytest.skip("the site is younger than the PDF; make pdf makes it anew")
    return {page.relative_to(BUILD / "html").with_suffix("").as_posix(): page.read_text("utf-8") for page in pages}


@pytest.fixture(scope="module")
def text(made, text_of) -> str:
    return text_of(BUILD / "pdf" / f"{NAME}.pdf")


def numbers_of_pages(pages: dict[str, str]) -> dict[str, str]:
    """The number of each theorem, definition, exercise and equation of the site, by its label."""
    named = r'id="([\w-]+)">\s*<p class="admonition-title"><span class="caption-number">(\w+ [\d.]+) '
    equation = r'id="equation-([\w-]+)">\s*<span class="eqno">\(([\d.]+)\)'
    found = [re.findall(pattern, page) for pattern in (named, equation) for page in pages.values()]
    return dict(itertools.chain.from_iterable(found))


def numbers_of_latex(tex: str, aux: str) -> dict[str, str]:
    """The same of the PDF: the words that its titles print, and the equations' numbers that LaTeX noted."""
    named = re.findall(r"\\label\{[\w/]+:([\w-]+)\}\s*\\begin\{sphinxadmonition\}\{note\}\{(\w+ [\d.]+)", tex)
    equations = re.findall(r"\\newlabel\{equation:[\w/]+:([\w-]+)\}\{\{([\d.]+)\}", aux)
    # The anchors of the site are in lower case.
    return {label.lower(): number for label, number in named + equations}


def titles(out: str) -> set[str]:
    """The bookmarks, which hyperref writes in UTF-16 with octal numbers."""

    def decoded(string: str) -> str:
        octal = re.sub(rb"\\(\d{3})", lambda code: bytes([int(code[1], 8)]), string.encode("latin-1", "replace"))
        return re.sub(rb"\\(.)", rb"\1", octal).decode("utf-16", "replace")

    return {decoded(string) for string in re.findall(r"\\BOOKMARK \[-?\d\]\[-\]\{[^}]*\}\{(.*)\}\{[^}]*\}%", out)}


def test_everything_has_the_number_that_it_has_on_the_site(made, site):
    expected = numbers_of_pages(site)
    assert len(expected) > 20
    assert numbers_of_latex(made[".tex"], made[".aux"]) == expected


def test_every_figure_and_claim_of_the_site_is_there(made, site):
    html = "".join(site.values())
    figures, claims = html.count('<figure class="overparam-figure'), html.count("<aside class='overparam-claim'")
    assert figures > 20 and claims > 20
    assert made[".tex"].count(r"\noindent\sphinxincludegraphics") == figures
    assert made[".tex"].count(r"\begin{claimbox}") == claims


def test_every_page_of_the_site_has_a_bookmark(made, site):
    heading = re.compile(r'<h1>(?:<span class="section-number">[\d. ]*</span>)?(.*?)<a class="headerlink"')
    found = [heading.search(page) for name, page in site.items() if not name.endswith("claims.json")]
    pages = {unescape(re.sub("<[^>]+>", "", match[1])) for match in found if match}
    assert len(pages) > 20
    assert pages <= titles(made[".out"])


def test_links_lead_to_a_theorem_and_not_to_what_precedes_it(made):
    anchors = re.findall(
        r"\\newlabel\{book/[\w/]+:(?:thm|lem|prop|def|cor)-[\w-]+\}\{.*\{([\w*]+)[\d.]*\}\{\}\}", made[".aux"]
    )
    assert len(anchors) > 20
    assert {anchor.rstrip(".") for anchor in anchors} == {"section*"}


def test_tex_found_every_reference_and_every_letter(made):
    # TeX breaks the lines of its log after 79 characters.
    log = made[".log"].replace("\n", "")
    assert re.findall(r"(?:[Rr]eference|Citation) `[^']*' on page \d+ undefined", log) == []
    assert re.findall(r"There is no \S+ \(U\+\w+\) in font [\w\[-]+", log) == []


def test_nothing_runs_out_of_the_margin(made):
    boxes = re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\).*", made[".log"])
    assert [width for width in boxes if float(width) > WIDEST] == []


@pytest.mark.parametrize("trace", ["??", "<Figure size", "<IPython", "<inline", "$$"])
def test_the_text_shows_no_trace_of_its_making(text, trace):
    place = text.find(trace)
    assert place == -1, text[place - 100 : place + 100]


def test_where_tex_is_missing_its_packages_are_named_before_any_work(tmp_path):
    command = [sys.executable, str(ROOT / "book/_ext/build.py"), "--pdf", "--out", str(tmp_path)]
    result = subprocess.run(command, env=os.environ | {"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert result.returncode == 1
    assert "apt-get install" in result.stderr and "texlive-xetex" in result.stderr
    assert list(tmp_path.iterdir()) == []
