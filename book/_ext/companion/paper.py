"""The book on paper: what the LaTeX builder needs to be told, and what a page shows that only a browser understands.

Numbers are Sphinx's, as on the site, and never LaTeX's own count: a reader of both finds the same Theorem 1.2.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import exercise_latex_number_reference

PREAMBLE = Path(__file__).with_name("preamble.tex")
# As overparam.figures and overparam.claims write formulas and claim boxes.
FORMULA = re.compile(r'<span class="math[^>]*>\\\((.+?)\\\)</span>', re.DOTALL)
CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
ANCHOR = re.compile(r"""<(?:figure|aside) class=["'][\w -]+["'] id=["']([\w.-]+)["']""")
CLAIM = re.compile(r"<p class='overparam-claim-\w+'>(.*?)</p>", re.DOTALL)


def configure(app, config) -> None:
    """Set up the LaTeX builder; the macros of formulas are those of the site (`config-inited`)."""
    macros = {
        name: value if isinstance(value, list) else [value, 0]
        for name, value in config.mathjax3_config["tex"]["macros"].items()
    }
    lines = [rf"\newcommand{{\{name}}}[{count}]{{{body}}}" for name, (body, count) in macros.items()]
    config.latex_elements = {
        "papersize": "a4paper",
        "fontpkg": "",
        "fncychap": "",
        # The site's index lists nothing but the library, which has a chapter in alphabetical order.
        "makeindex": "",
        "printindex": "",
        # A figure stays below the cell that drew it.
        "figure_align": "H",
        "fvset": r"\fvset{fontsize=\footnotesize}",
        "sphinxsetup": "hmargin=25mm, vmargin=25mm, VerbatimColor={gray}{0.97}, VerbatimBorderColor={gray}{0.85}",
        "preamble": "\n".join([PREAMBLE.read_text(encoding="utf-8"), *lines]),
    }


def typeset(html: str) -> list[nodes.Node]:
    """Text and formulas of a caption or a claim box."""
    parts = (unescape(re.sub("<[^>]+>", "", part)) for part in FORMULA.split(html.replace("</span><br", "</span> <br")))
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
                bundle.replace_self(_target(html) + [*_box(html)])
            elif "overparam-figure" in html:
                image = forms["image/png"].next_node(nodes.image)
                image["width"] = "85%"
                caption = CAPTION.search(html)
                content = [image, nodes.caption("", "", *typeset(caption[1]))] if caption else [image]
                bundle.replace_self(_target(html) + [nodes.figure("", *content)])


def _is_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def _target(html: str) -> list[nodes.Node]:
    anchor = ANCHOR.search(html)
    return [nodes.target("", "", ids=[anchor[1]])] if anchor else []


def _box(html: str) -> Iterator[nodes.Node]:
    head, *body = CLAIM.findall(html)
    yield latex(r"\begin{claimbox}")
    yield nodes.paragraph("", "", nodes.strong("", "", *typeset(head)))
    yield from (nodes.paragraph("", "", *typeset(text)) for text in body)
    yield latex(r"\end{claimbox}")


class Layout(SphinxPostTransform):
    """Parts, tables that break across pages, and nothing that is folded away on the site for lack of room."""

    formats = ("latex",)
    default_priority = 6

    def run(self, **kwargs) -> None:
        self.parts()
        # Such code draws or prints what follows it; the page reads without it, and the notebook has it.
        for cell in list(self.document.findall(lambda node: "tag_hide-input" in _classes(node))):
            for source in [child for child in cell if "cell_input" in _classes(child)]:
                cell.remove(source)
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
            depth = 1 if toctree.get("numbered") else -1
            start = starts[toctree["entries"][0][1]]
            opening = rf"\setcounter{{secnumdepth}}{{{depth}}}\part{{{toctree['caption']}}}"
            start.parent.insert(start.parent.index(start), latex(opening))


def _classes(node: nodes.Node) -> list[str]:
    return node.get("classes", []) if isinstance(node, nodes.Element) else []


def _holds_pages(node: nodes.Node) -> bool:
    return next(iter(node.findall(addnodes.start_of_file)), None) is not None


class Numbers(SphinxPostTransform):
    """Print the numbers that Sphinx gave: to equations, and where a page refers to an exercise of another one."""

    formats = ("latex",)
    default_priority = 900

    def run(self, **kwargs) -> None:
        for block in list(self.document.findall(nodes.math_block)):
            if block.get("label"):
                numbers = self.env.toc_fignumbers.get(block["docname"], {}).get("displaymath", {})
                number = numbers[f"equation-{nodes.make_id(block['label'])}"]
                text = rf"\renewcommand{{\theequation}}{{{'.'.join(map(str, number))}}}"
                block.parent.insert(block.parent.index(block), latex(text))
        for reference in list(self.document.findall(addnodes.number_reference)):
            label = reference.get("refuri", "").partition("#")[2]
            if label in self.env.sphinx_exercise_registry:
                reference.replace_self(exercise_latex_number_reference("", *reference.children, refid=label))
