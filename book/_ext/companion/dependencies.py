"""The page `map`: which result rests on which, read from the proofs, drawn and listed.

    ```{dependencies}                       which page rests on which
    ```
    ```{dependencies} structured_data       which result of a chapter rests on which
    ```

A result rests on what its statement, or a proof that follows it, refers to: on a result, or on a numbered formula,
which stands for the result in whose statement or proof it lies, and else for itself. A definition or a formula is in
the map only where a result rests on it. Other text makes no dependency between results. A page rests on the pages
that it says one needs, and on those that its proofs refer to.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import networkx as nx
from docutils import nodes
from sphinx import addnodes
from sphinx.builders.latex.nodes import math_reference
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx_proof.nodes import proof_node

from companion import layers

LOGGER = logging.getLogger(__name__)

BOOK = "book/"
# What sphinx-proof numbers besides is no result: a remark, an example, an algorithm.
KINDS = ("definition", "lemma", "theorem", "proposition", "corollary")
# Of the map of the pages, which is deeper and has shorter titles, and of a chapter's
SIZE = {False: layers.Size(box=112, between=26), True: layers.Size()}
CLAIM = re.compile(r"""id=["']claim-([\w.-]+)["']""")


class dependency_map(nodes.General, nodes.Element):
    """The place of a map, which can be drawn only when all pages are read."""


@dataclass
class Page:
    """What one page says: its results, what they refer to, its formulas, and the pages that it needs; by labels."""

    results: dict[str, dict] = field(default_factory=dict)
    references: dict[str, list[str]] = field(default_factory=dict)
    # The heading above each formula, and the result in which it lies, if any
    formulas: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)


def collect(app, doctree) -> None:
    """Note what a page says (`doctree-read`)."""
    page = Page()
    for formula in _formulas(doctree):
        page.formulas[formula["label"]] = _section(formula)[0].astext(), None
    proved = None
    for node in doctree.findall(lambda node: isinstance(node, proof_node) or _kind(node) in KINDS):
        if isinstance(node, proof_node):
            owner = proved
        else:
            owner = node["label"]
            proved = proved if _kind(node) == "definition" else owner
            # Sphinx-proof keeps a title in brackets.
            title = node[0].astext().strip().removeprefix("(").removesuffix(")")
            page.results[owner] = {"kind": _kind(node), "title": title, "claims": _claims(_section(node))}
        if owner:
            page.references.setdefault(owner, []).extend(_references(node))
            page.formulas |= {formula["label"]: ("", owner) for formula in _formulas(node)}
    for paragraph in doctree.findall(nodes.paragraph):
        page.needs += _needs(paragraph)
    if not hasattr(app.env, "companion_pages"):
        app.env.companion_pages = {}
    app.env.companion_pages[app.env.docname] = page


def purge(app, env, docname: str) -> None:
    """Forget a page that is read anew or gone (`env-purge-doc`)."""
    getattr(env, "companion_pages", {}).pop(docname, None)


def _kind(node: nodes.Node) -> str:
    return node.get("realtype", "") if isinstance(node, nodes.Element) else ""


def _section(node: nodes.Node) -> nodes.Element:
    while not isinstance(node, nodes.section | nodes.document):
        node = node.parent
    return node


def _formulas(node: nodes.Element) -> Iterable[nodes.math_block]:
    return (formula for formula in node.findall(nodes.math_block) if formula.get("label"))


def _references(node: nodes.Element) -> list[str]:
    return [link["reftarget"] for link in node.findall(addnodes.pending_xref) if link["reftype"] in ("ref", "eq")]


def _claims(section: nodes.Element) -> list[str]:
    """The claims that are executed in a section, without those of the sections inside it."""
    outputs = (part for child in section if not isinstance(child, nodes.section) for part in child.findall(nodes.raw))
    return list(dict.fromkeys(id for output in outputs for id in CLAIM.findall(output.astext())))


def _needs(paragraph: nodes.paragraph) -> list[str]:
    """What is referred to between **You need** and the next words in bold."""
    result, asked = [], False
    for child in paragraph:
        if isinstance(child, nodes.strong):
            asked = child.astext() == "You need"
        elif asked and isinstance(child, addnodes.pending_xref):
            result.append(child["reftarget"])
    return result


def _in_order(env) -> dict[str, Page]:
    """The pages with a number, in the order of the table of contents."""
    numbers = {docname: env.toc_secnumbers.get(docname, {}).get("") for docname in env.companion_pages}
    return {name: env.companion_pages[name] for name in sorted(filter(numbers.get, numbers), key=numbers.get)}


def _number(env, docname: str, kind: str, id: str) -> str:
    return ".".join(map(str, env.toc_fignumbers.get(docname, {}).get(kind, {}).get(id, ())))


def _name(env, docname: str, label: str, kind: str) -> str:
    """Such as "Theorem 1.3"."""
    return f"{kind.title()} {_number(env, docname, env.proof_list[label]['countertype'], label)}"


def named_results(env) -> Iterable[tuple[str, str, str, str]]:
    """Label, page, kind and full name of every result, such as "Theorem 1.3 Margin", in the order of the book."""
    for docname, page in _in_order(env).items():
        for label, result in page.results.items():
            name = f"{_name(env, docname, label, result['kind'])} {result['title']}"
            yield label, docname, result["kind"], name.strip()


def results(env) -> nx.DiGraph:
    """The results of the book, with an edge from each to what rests on it."""
    graph, pages, owners = nx.DiGraph(), _in_order(env), {}
    for docname, page in pages.items():
        for label, result in page.results.items():
            name = _name(env, docname, label, result["kind"])
            graph.add_node(label, docname=docname, id=label, name=name, **result)
        for label, (heading, owner) in page.formulas.items():
            owners[label] = owner or label
            if not owner:
                id = nodes.make_id(f"equation-{label}")
                name = f"Formula ({_number(env, docname, 'displaymath', id)})"
                graph.add_node(label, docname=docname, id=id, name=name, kind="formula", title=heading, claims=[])
    for page in pages.values():
        for label, targets in page.references.items():
            found = (owners.get(target, target) for target in targets)
            graph.add_edges_from((target, label) for target in found if target in graph and target != label)
    kinds = graph.nodes(data="kind")
    graph.remove_nodes_from([n for n, kind in kinds if kind in ("definition", "formula") and not graph.succ[n]])
    return graph


def pages(env, proofs: nx.DiGraph) -> nx.DiGraph:
    """The numbered pages, with an edge from each to what rests on it, of the kind `need`, `proof` or `both`."""
    graph, ordered, labels = nx.DiGraph(), _in_order(env), env.get_domain("std").anonlabels
    for docname in ordered:
        number = ".".join(map(str, env.toc_secnumbers[docname][""]))
        claims = [record["id"] for record in env.companion_runs.claims if record["docname"] == docname]
        about = {"name": number, "title": env.titles[docname].astext(), "claims": list(dict.fromkeys(claims))}
        graph.add_node(docname, docname=docname, id="", kind=f"chapter-{number.split('.')[0]}", **about)

    def add(source: str, docname: str, kind: str) -> None:
        if source != docname and source in graph:
            before = graph.get_edge_data(source, docname, {"kind": kind})["kind"]
            graph.add_edge(source, docname, kind=kind if before == kind else "both")

    for docname, page in ordered.items():
        for label in page.needs:
            add(labels.get(label, ("",))[0], docname, "need")
        for label in (target for targets in page.references.values() for target in targets):
            add(labels.get(label, ("",))[0], docname, "proof")
    for source, target in proofs.edges:
        add(proofs.nodes[source]["docname"], proofs.nodes[target]["docname"], "proof")
    graph.remove_nodes_from([name for name in nx.isolates(graph) if not ordered[name].results])
    return graph


def update(app, env) -> list[str]:
    """Draw the maps, and name the pages that show one where they have changed (`env-get-updated`)."""
    proofs = results(env)
    maps = {"results": proofs, "pages": pages(env, proofs)}
    for graph in maps.values():
        for cycle in nx.simple_cycles(graph):
            names = " rests on ".join(graph.nodes[node]["name"] for node in reversed([*cycle, cycle[0]]))
            LOGGER.warning("a circle: %s", names, location=graph.nodes[cycle[0]]["docname"])
    before = getattr(env, "companion_maps", None)
    if before and all(nx.utils.graphs_equal(maps[name], before[name]) for name in maps):
        return []
    env.companion_maps = maps
    return [docname for docname, metadata in env.metadata.items() if "shows_map" in metadata]


class Dependencies(SphinxDirective):
    """A map: of the results of a chapter, the directive's argument, or without one of all pages."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname]["shows_map"] = True
        chapter = self.arguments[0] if self.arguments else ""
        if not Path(self.env.srcdir, BOOK, chapter).is_dir():
            raise self.error(f"there is no chapter {chapter!r}")
        return [dependency_map(chapter=chapter)]


def draw(app, doctree, docname: str) -> None:
    """Put the maps in their places (`doctree-resolved`)."""
    for place in list(doctree.findall(dependency_map)):
        place.replace_self(list(Map(app, docname, place["chapter"]).parts()))


class Map:
    """The drawing and the list of one map, on the page `docname`."""

    def __init__(self, app, docname: str, chapter: str):
        self.builder, self.docname, self.chapter = app.builder, docname, chapter
        whole = app.env.companion_maps["results" if chapter else "pages"]
        self.own = [node for node, home in whole.nodes(data="docname") if home.startswith(f"{BOOK}{chapter}")]
        near = {other for node in self.own for other in nx.all_neighbors(whole, node)}
        self.graph = layers.induced(whole, {*self.own, *near})
        self.graph.remove_edges_from([edge for edge in self.graph.edges if not {*edge} & {*self.own}])
        self.alone = list(nx.isolates(self.graph))
        self.graph.remove_nodes_from(self.alone)
        self.whole = whole

    def parts(self) -> Iterable[nodes.Node]:
        if not self.own:
            yield nodes.paragraph(text="This edition leaves the chapter out.")
            return
        if self.graph:
            what = "results" if self.chapter else "pages"
            label = f"Which {what} rest on which, from left to right; the list below says the same"
            boxes, size = {node: self.box(node) for node in self.graph}, SIZE[bool(self.chapter)]
            # A circle has been warned of, and cannot be drawn.
            drawable = nx.is_directed_acyclic_graph(self.graph)
            drawing = layers.svg(self.graph, boxes, label, size) if drawable else ""
            opening = '<details class="overparam-map-list"><summary>The same as a list</summary>'
            yield nodes.raw("", drawing + opening, format="html")
            yield nodes.bullet_list("", *(self.item(node) for node in self.graph if self.listed(node)))
            yield nodes.raw("", "</details>", format="html")
        if self.alone:
            text = "No proof of these refers to another result, and none refers to them: "
            if not self.chapter:
                text = "These need no other page, and none needs them: "
            yield nodes.paragraph("", text, *self.links(self.alone, titled=True), nodes.Text("."))

    def name(self, node: str) -> str:
        about = self.whole.nodes[node]
        return f"{about['name']} {about['title']}"

    def box(self, node: str) -> layers.Box:
        about, before = self.whole.nodes[node], self.whole.pred[node]
        count = len(about["claims"])
        note = f"\N{CHECK MARK} {count}" if count else ""
        executed = f"{count} claim{'s' * (count != 1)} executed{' in its section' * bool(self.chapter)}" * bool(count)
        rests = f"rests on {', '.join(self.whole.nodes[other]['name'] for other in before)}" if before else ""
        spoken = "; ".join(filter(None, (self.name(node), rests, executed)))
        href = self.builder.get_relative_uri(self.docname, about["docname"]) + f"#{about['id']}" * bool(about["id"])
        kind = about["kind"] + " overparam-map-guest" * (node not in self.own)
        return layers.Box(about["name"], about["title"], note, href, spoken, kind)

    def listed(self, node: str) -> bool:
        return node in self.own and self.whole.nodes[node]["kind"] != "formula"

    def links(self, names: Iterable[str], titled: bool) -> Iterable[nodes.Node]:
        for i, node in enumerate(names):
            about = self.whole.nodes[node]
            text = about["name"]
            if titled or not self.chapter:
                text += f" ({about['title']})" if self.chapter else f" {about['title']}"
            yield from [nodes.Text(", ")] * bool(i)
            if about["kind"] == "formula" and self.builder.format == "latex":  # where its label is another
                yield from (nodes.Text("Formula "), math_reference("", docname=about["docname"], target=node))
                yield nodes.Text(text.removeprefix(about["name"]))
            else:
                yield make_refnode(self.builder, self.docname, about["docname"], about["id"], nodes.Text(text))

    def item(self, node: str) -> nodes.list_item:
        about = self.whole.nodes[node]
        line = nodes.paragraph("", "", *self.links([node], titled=True), nodes.Text(" rests on "))
        line += list(self.links(self.whole.pred[node], titled=False)) or nodes.Text("no other")
        if about["claims"]:
            line += nodes.Text("; executed in its section: " if self.chapter else "; executed on it: ")
            for i, id in enumerate(about["claims"]):
                target = make_refnode(self.builder, self.docname, about["docname"], f"claim-{id}", nodes.Text(id))
                line += [*[nodes.Text(", ")] * bool(i), target]
        line += nodes.Text(".")
        return nodes.list_item("", line)
