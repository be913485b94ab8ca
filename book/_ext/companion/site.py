"""The page `status`, and small repairs of the site: no stale pages, a description for each page."""

import platform
from collections.abc import Iterable
from html import escape
from importlib.metadata import version
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from companion.execution import SLOW

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


def remove_stale_pages(app, env, added, changed, removed) -> list[str]:
    """Delete the pages of sources that are gone, which Sphinx leaves in the output (`env-get-outdated`)."""
    if app.builder.format == "html":
        stale = map(app.builder.get_outfilename, removed) if env.all_docs else Path(app.outdir).rglob("*.html")
        for page in map(Path, stale):
            page.unlink(missing_ok=True)
    return []


def describe(app, pagename, templatename, context, doctree) -> None:
    """Give each page the description that search engines show: its first paragraph (`html-page-context`)."""
    if doctree is None or 'name="description"' in context.get("metatags", ""):
        return
    paragraphs = (node for node in doctree.findall(nodes.paragraph) if isinstance(node.parent, nodes.section))
    for paragraph in paragraphs:
        text = " ".join(paragraph.astext().split())
        short = text if len(text) <= 160 else text[:157].rpartition(" ")[0] + "..."
        context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{escape(short)}" />'
        return
