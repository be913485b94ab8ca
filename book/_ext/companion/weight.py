"""What a page weighs: the theme's icons, style sheets and scripts, less what no page of this site uses.

The theme brings 1.5 MB of script that draws two thousand icons, of which the site shows fifteen, a dozen style sheets,
and scripts that hold up the page. Here the icons come from the theme's own icon font, cut down to those that are
shown; the style sheets become one, without the rules that match nothing; scripts wait until the page stands, and
leave what is far below unmeasured.
"""

import posixpath
import re
from collections.abc import Container, Iterable
from pathlib import Path

import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont

ICON_SCRIPT = re.compile(r'<script[^>]*src="[^"]*/fontawesome\.js[^"]*"[^>]*></script>')
LINK = re.compile(r'<link(?=[^>]*rel="stylesheet")[^>]*href="(?P<static>[^"]*_static/)(?P<sheet>[^"?]*)[^"]*"[^>]*>')
SHEET = "all.css"
IMPORT = re.compile(r"""@import\s+(?:url\()?["']([^"']+)["']\)?\s*;""")
URL = re.compile(r"""url\(\s*["']?(?!data:|#|/|\w+:)([^"')]+)["']?\s*\)""")
# An inline script of every page reads what this one sets.
AT_ONCE = "documentation_options.js"
SCRIPT = re.compile(rf'<script(?![^>]*\bdefer\b)([^>]*\ssrc="(?![^"]*{re.escape(AT_ONCE)})[^"]*"[^>]*)>')

# The theme measures every box that may scroll, and so has the browser lay out all of a long page before anyone scrolls;
# site.js measures each when it is laid out.
THEME = "scripts/pydata-sphinx-theme.js"
MEASURED_AT_ONCE = "e.tabIndex=e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"

CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)")
# Of the classes inside :not(...), :is(...) and their like an element needs none, or one of several.
BRACKETS = re.compile(r"\([^()]*\)")
# Icon fonts have their glyphs in this area, and tinycss2 writes escaped characters as themselves.
ICON = re.compile(r"[\ue000-\uf8ff]")
WORD = re.compile(r"[\w-]+")


def lighten(page: str, sheets: dict[str, bool]) -> str:
    """A page without the icon script, with one style sheet, and with scripts that run in order once the page stands.

    The style sheets that it had are added to `sheets`, in their order.
    """

    def link(found: re.Match) -> str:
        first = not link.seen
        link.seen = sheets[found["sheet"]] = True
        return f'<link rel="stylesheet" href="{found["static"]}{SHEET}" />' if first else ""

    link.seen = False
    return SCRIPT.sub(r'<script defer="defer"\1>', LINK.sub(link, ICON_SCRIPT.sub("", page)))


def used_words(site: Path) -> set[str]:
    """The classes of all elements of the site, and every word of its scripts, which may set some."""
    words = set()
    for page in site.rglob("*.html"):
        for classes in re.findall(r"""\sclass=(?:"([^"]*)"|'([^']*)')""", page.read_text(encoding="utf-8")):
            words.update("".join(classes).split())
    for script in site.rglob("*.js"):
        if script.name not in ("fontawesome.js", "searchindex.js"):
            words.update(WORD.findall(script.read_text(encoding="utf-8")))
    return words


def purge(style: str, words: Container[str]) -> str:
    """A style sheet without the rules that match no element, as they name a class that occurs nowhere."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return "\n".join(_kept(rules, words)) + "\n"


def _kept(rules: Iterable, words: Container[str]) -> Iterable[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = tinycss2.serialize(rule.prelude).strip()
            if any(_can_match(selector, words) for selector in _without_brackets(selectors).split(",")):
                yield rule.serialize()
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports") and rule.content:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "\n".join(_kept(inner, words)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"
        else:
            yield rule.serialize()


def _without_brackets(selectors: str) -> str:
    while BRACKETS.search(selectors):
        selectors = BRACKETS.sub("", selectors)
    return selectors


def _can_match(selector: str, words: Container[str]) -> bool:
    return all(name in words for name in CLASS.findall(selector))


def cut_icons(style: str, fonts: Path) -> None:
    """Leave in the icon fonts the glyphs that the style sheet names."""
    icons = {ord(icon) for icon in ICON.findall(style)}
    for file in fonts.glob("*.woff2"):
        options = subset.Options(flavor="woff2", notdef_outline=True)
        font = TTFont(file)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=icons)
        cutter.subset(font)
        subset.save_font(font, file, options)


def bundle(static: Path, sheets: Iterable[str], words: Container[str]) -> str:
    """Style sheets below `static`, purged, as one that lies there."""

    def moved(sheet: str) -> str:
        folder = posixpath.dirname(sheet)
        style = (static / sheet).read_text(encoding="utf-8")
        imported = (moved(posixpath.normpath(posixpath.join(folder, other))) for other in IMPORT.findall(style))
        own = URL.sub(lambda url: f'url("{posixpath.normpath(posixpath.join(folder, url[1]))}")', IMPORT.sub("", style))
        return "".join(imported) + own

    return "".join(purge(moved(sheet), words) for sheet in sheets)


def measure_late(script: str) -> str:
    """The theme's script with blanks for the line that measures every box that may scroll, as its map counts columns.

    Raises:
        ValueError: the script has no such line.
    """
    if MEASURED_AT_ONCE not in script:
        raise ValueError(f"{THEME} must hold {MEASURED_AT_ONCE!r}, which is taken out; see what replaces it")
    return script.replace(MEASURED_AT_ONCE, " " * len(MEASURED_AT_ONCE))


def finish(app, exception) -> None:
    """Write the one style sheet, cut the icon fonts down to what it names, mend the theme's script."""
    if exception or app.builder.format != "html" or not app.companion_sheets:
        return
    static = Path(app.outdir, "_static")
    style = bundle(static, app.companion_sheets, used_words(Path(app.outdir)))
    (static / SHEET).write_text(style, encoding="utf-8")
    cut_icons(style, static / "vendor/fontawesome/webfonts")
    if "pydata_sphinx_theme" in app.extensions:
        theme = static / THEME
        theme.write_text(measure_late(theme.read_text(encoding="utf-8")), encoding="utf-8")
