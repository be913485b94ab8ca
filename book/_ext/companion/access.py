"""Repairs of the theme, Sphinx and docutils for readers who use the keyboard or a screen reader.

The browser test asks axe whether more are needed.
"""

import re

REPAIRS = (
    # The logo lies in no landmark.
    (r'<div id="pst-primary-sidebar" ', r'\g<0>role="region" aria-label="Book" '),
    # The name of a button must begin with what it shows, "Search Ctrl + K".
    (r'(<button class="[^"]*search-button-field[^>]*?)\s*aria-label="Search"', r"\1"),
    # Before the theme's script has run, a page is dark for those who want it so; else it flashes white.
    (
        r'localStorage.getItem\("theme"\) \|\| "auto"',
        'localStorage.getItem("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
    ),
    # The buttons that unfold a chapter show a mark and nothing else.
    (r"(>([^<]*)</a><details[^>]*><summary)(?=><span class=\"toctree-toggle)", r'\1 aria-label="Pages of \2"'),
    # What folds code away is named by what it shows, "Show code cell source".
    (r'<summary aria-label="Toggle hidden content">', "<summary>"),
    # Deprecated, on an element that may not have it, in a list that has links for children
    (r' role="doc-biblioentry"|(?<=<div) role="list"(?= class="citation-list")', ""),
    # The corner of a table heads nothing.
    (r'<th class="head[^>]*>\s*(?:<p>\s*</p>)?\s*</th>', "<td></td>"),
    # What opens a choice of a question is itself a control, and cannot hold links.
    (
        r'(?s)<details class="overparam-choice.*?</summary>',
        lambda found: re.sub(r"</?a\b[^>]*>", "", found[0]),
    ),
    # Between the words "Solution to" and the link stands no space, but one in the link.
    (r"(Solution to)(<a [^>]*>) ", r"\1 \2"),
    # A list of definitions without terms: the parameters of a signature, one a line
    (
        r'(?s)<dl>\s*((?:<dd><em class="sig-param">.*?</dd>\s*)+)</dl>',
        lambda found: f'<div class="sig-lines">{found[1].replace("dd>", "div>")}</div>',
    ),
)


def repair(page: str) -> str:
    for pattern, replacement in REPAIRS:
        page = re.sub(pattern, replacement, page)
    return page
