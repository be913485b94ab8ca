"""The pages `status` and `performance`, and small repairs: no stale pages, a description for each page."""

import json
import platform
import re
from collections.abc import Iterable
from html import escape
from importlib.metadata import version
from pathlib import Path

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from companion import access, mathematics, weight
from companion.execution import SLOW
from overparam import results

# "**Time:** 50 minutes." on top of a page
TIME = re.compile(r"<strong>Time:</strong>[^<.]*\.")
PACKAGES = ("overparam", "numpy", "scipy", "torch", "matplotlib", "jupyter-book", "Sphinx")


class SmallTable(SphinxDirective):
    """A table of what the build knows, one line of MyST a cell."""

    header: tuple[str, str]

    def rows(self) -> Iterable[tuple[str, str]]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        lines = "\n".join(f"| {left} | {right} |" for left, right in self.rows())
        text = f"| {self.header[0]} | {self.header[1]} |\n|:--|--:|\n{lines}"
        return self.parse_text_to_nodes(text)


class Times(SmallTable):
    """How long each notebook of this site took."""

    header = ("Notebook", "Seconds")

    def rows(self) -> Iterable[tuple[str, str]]:
        self.env.metadata[self.env.docname]["shows_runs"] = True
        for docname, seconds in self.env.companion_runs.seconds.items():
            yield (f"{{doc}}`/{docname}`", f"{seconds:.1f}" + " (slow)" * (seconds > SLOW))


class Versions(SmallTable):
    """The Python, the packages and the machine that made the numbers of this site."""

    header = ("Package", "Version")

    def rows(self) -> Iterable[tuple[str, str]]:
        yield "Python", platform.python_version()
        for name in PACKAGES:
            yield name, version(name)
        yield "Machine", f"{platform.system()}, {platform.machine()}"


class BenchmarkTable(SphinxDirective):
    """The committed result of a benchmark, and how it was made."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        result = results.load(self.arguments[0])
        made = json.loads(str(result["provenance"]))
        lines = ["| | Peer | Ours, ms | Peer, ms | Ratio (smallest, largest) | Wanted |", "|:--|:--|--:|--:|--:|--:|"]
        columns = (result[name] for name in ("case", "peer", "ours", "theirs", "wanted"))
        for case, peer, ours, theirs, wanted in zip(*columns, strict=True):
            ratio = theirs / ours
            middle, low, high = (f"{value(ratio):.2f}" for value in (np.median, np.min, np.max))
            times = f"{1e3 * np.median(ours):.1f} | {1e3 * np.median(theirs):.1f}"
            wish = "" if np.isnan(wanted) else f"{wanted:g}"
            lines.append(f"| {case} | {peer} | {times} | {middle} ({low}, {high}) | {wish} |")
        facts = "; ".join(
            f"{name.replace('_', ' ')} {made[name]:.3g}" for name in made if isinstance(made[name], float)
        )
        ours, theirs = (", ".join(f"{name} {made[of][name]}" for name in made[of]) for of in ("versions", "peers"))
        story = (
            f"`{made['command']}` on {made['date']}; {made['machine']}, {made['threads']} threads. Ours: {ours}."
            f"{f' The peers: {theirs}.' if theirs else ''} Measured beside it: {facts.replace('gflops', 'GFLOP/s')}."
        )
        return self.parse_text_to_nodes("\n".join(lines) + "\n\n" + story)


def finish_pages(app) -> None:
    """Have each page finished as it leaves its template (`builder-inited`)."""
    app.companion_sheets = {}
    if app.builder.format != "html":
        return
    macros = (app.config.mathjax3_config or {}).get("tex", {}).get("macros", {})
    app.companion_typesetter = mathematics.Typesetter(macros)
    render = app.builder.templates.render

    def finished(template: str, context: dict) -> str:
        page = access.repair(render(template, context))
        page = mathematics.typeset_page(app.companion_typesetter, page, context["pagename"])
        return weight.lighten(page, app.companion_sheets)

    app.builder.templates.render = finished


def remove_stale_pages(app, env, added, changed, removed) -> list[str]:
    """Delete the pages of sources that are gone, which Sphinx leaves in the output (`env-get-outdated`)."""
    if app.builder.format == "html":
        stale = map(app.builder.get_outfilename, removed) if env.all_docs else Path(app.outdir).rglob("*.html")
        for page in map(Path, stale):
            page.unlink(missing_ok=True)
    return []


def say_when_it_ran(app, pagename, templatename, context, doctree) -> None:
    """Add to the line on top of a notebook's page when it ran and how long that took (`html-page-context`)."""
    runs = app.env.companion_runs
    if pagename in runs.dates:
        status = app.builder.get_relative_uri(pagename, "book/status")
        date, seconds = f"{runs.dates[pagename]:%-d %B %Y}", f"{runs.seconds[pagename]:.0f}"
        told = f' <a href="{status}">Ran clean</a> on {date}, in {seconds} seconds.'
        context["body"] = TIME.sub(lambda found: found[0] + told, context["body"], count=1)


def describe(app, pagename, templatename, context, doctree) -> None:
    """Give each page what search engines show of it: its first paragraph, or its title (`html-page-context`)."""
    if 'name="description"' in context.get("metatags", ""):
        return
    found = doctree.findall(nodes.paragraph) if doctree is not None else ()
    first = next((paragraph for paragraph in found if isinstance(paragraph.parent, nodes.section)), None)
    title = ". ".join(filter(None, [context.get("title"), app.config.html_title]))
    text = " ".join(first.astext().split()) if first is not None else title
    short = text if len(text) <= 160 else text[:157].rpartition(" ")[0] + "..."
    context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{escape(short)}" />'
