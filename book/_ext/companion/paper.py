"""The book on paper: what the LaTeX builder needs to be told, and what a page shows that only a browser understands.

Numbers are Sphinx's, as on the site, and never LaTeX's own count: a reader of both finds the same Theorem 1.2.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import thebibliography
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import texescape
from sphinx_exercise.nodes import exercise_latex_number_reference
from sphinx_proof.nodes import proof_node

BIBLIOGRAPHY = "book/bibliography"
PREAMBLE = Path(__file__).with_name("preamble.tex")
# As overparam.figures and overparam.claims write formulas and claim boxes.
FORMULA = re.compile(r'<span class="math[^>]*>\\\((.+?)\\\)</span>', re.DOTALL)
CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
ANCHOR = re.compile(r"""<(?:figure|aside) class=["'][\w -]+["'] id=["']([\w.-]+)["']""")
NOTE = re.compile(r'<p class="overparam-note">(The picture is at .*?)</p>', re.DOTALL)
CLAIM = re.compile(r"<p class='overparam-claim-\w+'>(.*?)</p>", re.DOTALL)
# Greek letters, superscripts, arrows and signs, which docstrings use in plain text
SYMBOLS = re.compile("([\u0370-\u03ff\u1d00-\u1dbf\u2070-\u209f\u2100-\u22ff]+)")
VERBATIM = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.FixedTextElement)


def configure(app, config) -> None:
    """Set up the LaTeX builder; the macros of formulas are those of the site (`config-inited`)."""
    macros = (config.mathjax3_config or {}).get("tex", {}).get("macros", {})
    pairs = {name: value if isinstance(value, list) else [value, 0] for name, value in macros.items()}
    lines = [rf"\newcommand{{\{name}}}[{count}]{{{body}}}" for name, (body, count) in pairs.items()]
    config.latex_elements = {
        "papersize": "a4paper",
        "extraclassoptions": "openany,oneside",
        "fontpkg": "",
        "fncychap": "",
        # The site's index lists nothing but the library, which has a chapter in alphabetical order.
        "makeindex": "",
        "printindex": "",
        # A figure stays below the cell that drew it.
        "figure_align": "H",
        # Sphinx would take the caption of the first part for the title of the contents.
        "tableofcontents": r"\renewcommand{\contentsname}{Contents}\sphinxtableofcontents",
        "sphinxsetup": "hmargin=25mm, vmargin=25mm, VerbatimColor={gray}{0.97}, VerbatimBorderColor={gray}{0.85}",
        "preamble": "\n".join([PREAMBLE.read_text(encoding="utf-8"), *lines]),
    }
    config.latex_domain_indices = False


def typeset(html: str) -> list[nodes.Node]:
    """Text and formulas of a caption or a claim box."""
    parts = (unescape(re.sub("<[^>]+>", "", part)) for part in FORMULA.split(html))
    return [nodes.math(part, part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part]


def latex(text: str) -> nodes.raw:
    return nodes.raw("", text, format="latex")


class Outputs(SphinxPostTransform):
    """Figures and explorers as pictures with their captions; claim boxes as paragraphs in a frame.

    The captions and boxes stand in the HTML of an output alone, so this runs before MyST-NB picks one form of it.
    """

    formats = ("latex",)
    default_priority = 3

    def run(self, **kwargs) -> None:
        for bundle in list(self.document.findall(_is_bundle)):
            forms = {form["mime_type"]: form for form in bundle}
            html = forms["text/html"].astext() if "text/html" in forms else ""
            if "overparam-claim" in html:
                bundle.replace_self([*_box(html)])
            elif "overparam-figure" in html:
                image = forms["image/png"].next_node(nodes.image)
                # Letters of a figure are as large as those of its caption.
                image["scale"] = 70
                # The first frame of an explorer says at which point it was drawn.
                words = " ".join(found[1] for found in (CAPTION.search(html), NOTE.search(html)) if found)
                content = [image, nodes.caption("", "", *typeset(words))] if words else [image]
                bundle.replace_self(nodes.figure("", *content, ids=_anchors(html)))


def _is_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def _anchors(html: str) -> list[str]:
    anchor = ANCHOR.search(html)
    return [anchor[1]] if anchor else []


def _box(html: str) -> Iterator[nodes.Node]:
    head, *body = CLAIM.findall(html)
    yield latex(r"\begin{claimbox}")
    yield nodes.paragraph("", "", nodes.target("", "", ids=_anchors(html)), nodes.strong("", "", *typeset(head)))
    yield from (nodes.paragraph("", "", *typeset(text)) for text in body)
    yield latex(r"\end{claimbox}")


class Layout(SphinxPostTransform):
    """Parts, tables that break across pages, and nothing that is folded away on the site for lack of room."""

    formats = ("latex",)
    default_priority = 6

    def run(self, **kwargs) -> None:
        self.parts()
        for start in self.document.findall(addnodes.start_of_file):
            # By this name sphinx-proof knows the page of a theorem; docutils drops it where a heading has it too.
            start.next_node(nodes.section)["names"].append(self.env.titles[start["docname"]].astext().lower())
        for proof in list(self.document.findall(proof_node)):
            proof.replace_self(_proof(proof))
        # Such code draws or prints what follows it; the page reads without it, and the notebook has it.
        for cell in list(self.document.findall(lambda node: "tag_hide-input" in _classes(node))):
            for source in [child for child in cell if "cell_input" in _classes(child)]:
                cell.remove(source)
        for block in list(self.document.findall(nodes.Admonition)):
            if not isinstance(block, addnodes.desc):
                block.parent.insert(block.parent.index(block), latex(r"\opening"))
        for title in [sidebar[0] for sidebar in self.document.findall(nodes.sidebar) if not sidebar[0].astext()]:
            title.parent.remove(title)
        for table in list(self.document.findall(nodes.table)):
            if "overparam-register" in table["classes"]:
                table["classes"].append("longtable")
                column = addnodes.tabular_col_spec(spec=r"p{0.18\linewidth}p{0.76\linewidth}")
                table.parent.insert(table.parent.index(table), column)

    def parts(self) -> None:
        """The root page becomes the introduction, and the captions of the table of contents become parts."""
        root = self.config.root_doc
        book = self.document.next_node(nodes.section)
        introduction = [node for node in book if not _holds_pages(node)]
        pages = [node for node in book if _holds_pages(node)]
        book.children = []
        title = introduction[0].deepcopy()
        book += [introduction[0], latex(r"\setcounter{secnumdepth}{-2}")]
        book += nodes.section("", title, *introduction[1:], docname=root, ids=["introduction"])
        book += pages
        starts = {node["docname"]: node for node in book.findall(addnodes.start_of_file)}
        for toctree in self.env.tocs[root].findall(addnodes.toctree):
            start = starts[toctree["entries"][0][1]]
            # Sphinx counts levels from 1 and LaTeX from 0, and Sphinx's 0 is no number at all.
            opening = rf"\setcounter{{secnumdepth}}{{{toctree['numbered'] - 1}}}"
            if toctree["caption"]:
                opening += rf"\part{{{texescape.escape(toctree['caption'], self.config.latex_engine)}}}"
            start.parent.insert(start.parent.index(start), latex(opening))


def _proof(proof: proof_node) -> list[nodes.Node]:
    """A proof without a frame, from its first word to the sign of its end."""
    first, *others = proof.next_node(nodes.admonition).children
    start = first.next_node(nodes.Text)
    word, _, rest = start.partition(". ")
    start.parent.replace(start, [nodes.strong("", f"{word}. "), nodes.Text(rest)])
    end = latex(r"\qed")
    if others and not isinstance(others[-1], nodes.paragraph):
        return [first, *others, end]
    (others[-1] if others else first).append(end)
    return [first, *others]


def _classes(node: nodes.Node) -> list[str]:
    return node.get("classes", []) if isinstance(node, nodes.Element) else []


def _holds_pages(node: nodes.Node) -> bool:
    return next(iter(node.findall(addnodes.start_of_file)), None) is not None


class Last(SphinxPostTransform):
    """Numbers of equations and exercises as Sphinx gave them, the bibliography on its page, signs of another font."""

    formats = ("latex",)
    default_priority = 900

    def run(self, **kwargs) -> None:
        for block in list(self.document.findall(nodes.math_block)):
            if block.get("label"):
                numbers = self.env.toc_fignumbers.get(block["docname"], {}).get("displaymath", {})
                number = numbers[f"equation-{nodes.make_id(block['label'])}"]
                command = latex(rf"\renewcommand{{\theequation}}{{{'.'.join(map(str, number))}}}")
                place = block.parent.index(block)
                before = [node for node in block.parent[:place] if not isinstance(node, nodes.target)]
                if before and isinstance(before[-1], nodes.paragraph):
                    # On a line of its own it would end the sentence that the equation belongs to.
                    before[-1].append(command)
                else:
                    block.parent.insert(place, command)
        exercises = getattr(self.env, "sphinx_exercise_registry", {})
        for reference in list(self.document.findall(addnodes.number_reference)):
            label = reference.get("refuri", "").partition("#")[2]
            if label in exercises:
                reference.replace_self(exercise_latex_number_reference("", "", *reference.children, refid=label))
        for bibliography in list(self.document.findall(thebibliography)):
            page = next(
                page for page in self.document.findall(addnodes.start_of_file) if page["docname"] == BIBLIOGRAPHY
            )
            bibliography.parent.remove(bibliography)
            page.next_node(nodes.section).append(bibliography)
        for text in list(self.document.findall(nodes.Text)):
            if SYMBOLS.search(text) and not isinstance(text.parent, VERBATIM):
                pieces = enumerate(SYMBOLS.split(text))
                signs = [nodes.inline("", p, classes=["symbol"]) if i % 2 else nodes.Text(p) for i, p in pieces if p]
                text.parent.replace(text, signs)
