"""A directed graph without cycles, drawn as SVG in layers from left to right (after Sugiyama, Tagawa and Toda)."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from html import escape
from itertools import combinations, pairwise
from textwrap import wrap

import networkx as nx
import numpy as np
from scipy.optimize import isotonic_regression

# In pixels: the room between two rows, beside a text, the height of a line, the width of a letter
ROW, PAD, LINE, LETTER = 16, 10, 16, 7.3
# Columns that stand side by side where no chain is longer
COLUMNS = 4


@dataclass(frozen=True)
class Box:
    """What stands in a node and where it leads. `kind` is a class for the style sheet, `spoken` the accessible name."""

    name: str
    title: str
    note: str
    href: str
    spoken: str
    kind: str


@dataclass(frozen=True)
class Size:
    """The width of a box and of the room between two columns."""

    box: int = 150
    between: int = 24

    def lines(self, title: str) -> list[str]:
        return wrap(title, int((self.box - 2 * PAD) / LETTER))

    def height(self, box: Box) -> int:
        return LINE * (len(self.lines(box.title)) + 1) + PAD


def induced(graph: nx.DiGraph, keep: Container) -> nx.DiGraph:
    """The graph of some nodes, in the order of the whole, so that a drawing is the same in every build."""
    part = nx.DiGraph()
    part.add_nodes_from(node for node in graph if node in keep)
    part.add_edges_from((a, b, about) for a, b, about in graph.edges(data=True) if a in part and b in part)
    return part


def _columns(graph: nx.DiGraph) -> tuple[list[list], nx.DiGraph]:
    """The nodes layer by layer, and the graph with a bend in every layer that an edge crosses."""
    layer = {node: i for i, nodes in enumerate(nx.topological_generations(graph)) for node in nodes}
    for node in graph:
        if not graph.pred[node] and graph.succ[node]:
            layer[node] = min(layer[after] for after in graph.succ[node]) - 1
    bent = nx.DiGraph()
    bent.add_nodes_from(graph)
    columns = [[node for node in graph if layer[node] == i] for i in range(max(layer.values()) + 1)]
    for edge in graph.edges:
        bends = [(*edge, i) for i in range(layer[edge[0]] + 1, layer[edge[1]])]
        for bend in bends:
            columns[bend[-1]].append(bend)
        nx.add_path(bent, [edge[0], *bends, edge[1]], edge=edge)
    return columns, bent


def _crossings(columns: list[list], bent: nx.DiGraph) -> int:
    place = {node: i for column in columns for i, node in enumerate(column)}
    ends = [[(place[a], place[b]) for a in column for b in bent.succ[a]] for column in columns]
    return sum((a - c) * (b - d) < 0 for edges in ends for (a, b), (c, d) in combinations(edges, 2))


def _order(columns: list[list], bent: nx.DiGraph) -> list[list]:
    """Sort each column by the mean place of the neighbours before it, then after it, and keep the fewest crossings."""
    place = {node: i for column in columns for i, node in enumerate(column)}
    orders = [[list(column) for column in columns]]
    for sweep in range(12):
        side = bent.succ if sweep % 2 else bent.pred
        for column in reversed(columns) if sweep % 2 else columns:
            column.sort(key=lambda node: np.mean([place[other] for other in side[node]] or [place[node]]))
            place.update({node: i for i, node in enumerate(column)})
        orders.append([list(column) for column in columns])
    return min(orders, key=lambda order: _crossings(order, bent))


def _heights(columns: list[list], bent: nx.DiGraph, heights: Mapping) -> dict:
    """The middle of each node: as near to the mean of its neighbours as its column leaves room for."""
    middle = dict.fromkeys((node for column in columns for node in column), 0.0)
    for _ in range(30):
        for column in columns:
            wanted = [np.mean([middle[n] for n in nx.all_neighbors(bent, node)] or [0]) for node in column]
            rooms = [(heights.get(a, 0) + heights.get(b, 0)) / 2 + ROW for a, b in pairwise(column)]
            offset = np.concatenate([[0], np.cumsum(rooms)])
            middle.update(zip(column, isotonic_regression(np.array(wanted) - offset).x + offset, strict=True))
    top = min(middle[node] - heights.get(node, 0) / 2 for node in middle)
    return {node: value - top for node, value in middle.items()}


def layout(graph: nx.DiGraph, heights: Mapping, size: Size) -> tuple[dict, dict, tuple[float, float]]:
    """Left end and middle of each node, the steps of each edge, width and height of all.

    Parts that no edge connects stand one below the other, or side by side where there is room.
    """
    placed = []
    for nodes in nx.weakly_connected_components(graph):
        columns, bent = _columns(induced(graph, nodes))
        columns = _order(columns, bent)
        placed.append((columns, bent, _heights(columns, bent, heights)))
    skyline = [0.0] * max(COLUMNS, *(len(columns) for columns, *_ in placed))
    ends, steps = {}, {}
    for columns, bent, middle in placed:
        first = min(range(len(skyline) - len(columns) + 1), key=lambda i: max(skyline[i : i + len(columns)]))
        under = slice(first, first + len(columns))
        top = max(skyline[under])
        for i, column in enumerate(columns, start=first):
            ends |= {node: (i * (size.box + size.between), top + middle[node]) for node in column}
        bottom = max(middle[node] + heights.get(node, 0) / 2 for node in middle)
        skyline[under] = [top + bottom + 2 * ROW] * len(columns)
        for a, b, edge in bent.edges(data="edge"):
            steps.setdefault(edge, []).append((ends[a], ends[b]))
    width = max(x for x, _ in ends.values()) + size.box
    return {node: ends[node] for node in graph}, steps, (width, max(skyline) - 2 * ROW)


def _edge(steps: list, kind: str, size: Size) -> str:
    """A curve that is level wherever it meets a column, and the head of an arrow."""
    path = ""
    for (x, y), (x2, y2) in steps:
        start, middle = x + size.box, x + size.box + size.between / 2
        path += f"{'H' if path else f'M{start:.0f} {y:.1f}H'}{start:.0f}"
        path += f"C{middle:.0f} {y:.1f} {middle:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
    head = f"M{x2 - 7:.0f} {y2 - 3.5:.1f}l7 3.5l-7 3.5z"
    return f'<path class="overparam-map-edge overparam-map-{kind}" d="{path}"/><path d="{head}"/>'


def _node(box: Box, x: float, y: float, size: Size) -> str:
    height = size.height(box)
    left, top, base = x + PAD, y - height / 2, y - height / 2 + LINE + 1
    title = "".join(f'<tspan x="{left:.0f}" dy="{LINE}">{escape(line)}</tspan>' for line in size.lines(box.title))
    return (
        f'<a class="overparam-map-node overparam-map-{box.kind}" href="{escape(box.href)}"'
        f' aria-label="{escape(box.spoken)}"><title>{escape(box.spoken)}</title>'
        f'<rect x="{x:.0f}" y="{top:.1f}" width="{size.box}" height="{height}"/>'
        f'<text x="{left:.0f}" y="{base:.1f}"><tspan class="overparam-map-name">{escape(box.name)}</tspan>'
        f"{title}</text>"
        f'<text class="overparam-map-note" x="{x + size.box - PAD:.0f}" y="{base:.1f}">{escape(box.note)}</text></a>'
    )


def svg(graph: nx.DiGraph, boxes: Mapping[str, Box], label: str, size: Size) -> str:
    """The drawing, with a link at each node; the attribute `kind` of an edge is a class for the style sheet.

    It lies in a box that scrolls where the page is narrow, and that the keyboard can reach for this.
    """
    heights = {node: size.height(box) for node, box in boxes.items()}
    places, edges, (width, height) = layout(graph, heights, size)
    lines = "".join(_edge(steps, graph.edges[edge].get("kind", "proof"), size) for edge, steps in edges.items())
    nodes = "".join(_node(boxes[node], *places[node], size) for node in graph)
    # Room for the ring that shows the focus
    room = 5
    width, height = width + 2 * room, height + 2 * room
    return (
        f'<div class="overparam-map" role="group" tabindex="0" aria-label="{escape(label)}">'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-room} {-room} {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}" style="min-width: {0.8 * width:.0f}px">'
        f'<g aria-hidden="true">{lines}</g>{nodes}</svg></div>'
    )
