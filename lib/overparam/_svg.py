"""Matplotlib's SVG files as parts of an HTML page: small, in the page's text colour, with ids that meet no other's."""

import hashlib
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_SCALE = 100  # coordinates are kept to a hundredth of a point, far below a pixel
_WORTH_SHARING = 80  # characters; a shorter element is no longer than the reference to it


@dataclass(frozen=True)
class Inline:
    """Pictures of one size as HTML.

    Attributes:
        first: an `<svg>` that holds what all pictures share and shows the first, as wide as the page allows up to its
            natural width. The picture is its last child.
        others: a `<g>` for each other picture, to take the place of the first.
    """

    first: str
    others: tuple[str, ...]


def inline(files: Sequence[str], alts: Sequence[str], *, key: str = "") -> Inline:
    """The SVG files that matplotlib wrote, all of one size, made ready for one page; `alts` describes each.

    Black becomes `currentColor`. Ids begin with a digest of `files`, `alts` and `key`, so that two different pictures
    never share one. What occurs in several files is kept once. In each `<g>` the description is in `data-alt`.
    """
    prefix = "o" + hashlib.sha256("\0".join([key, *alts, *files]).encode()).hexdigest()[:8] + "-"
    roots = [ElementTree.fromstring(file) for file in files]
    *_, width, height = map(float, roots[0].get("viewBox").split())

    names: dict[str, str] = {}
    definitions: list[str] = []

    def define(element: str) -> str:
        """The id of `element`, which is a definition from now on."""
        if element not in names:
            names[element] = f"{prefix}{len(names)}"
            definitions.append(re.sub(r"^<\w+", rf'\g<0> id="{names[element]}"', element))
        return names[element]

    pictures = [_elements(root, define) for root in roots]
    occurrences = Counter(element for picture in pictures for element in set(picture))

    def place(element: str) -> str:
        if len(element) < _WORTH_SHARING or occurrences[element] == 1:
            return element
        return f'<use href="#{define(element)}"/>'

    first, *others = (
        f'<g data-alt="{escape(alt)}">{"".join(map(place, picture))}</g>'
        for picture, alt in zip(pictures, alts, strict=True)
    )
    svg = (
        f'<svg viewBox="0 0 {_number(width)} {_number(height)}" role="img" aria-label="{escape(alts[0])}" '
        'fill="currentColor" stroke-linejoin="round" stroke-linecap="butt" '
        f'style="display:block;width:100%;max-width:{width / 72 * 96:.0f}px;height:auto;margin:auto">'
        f"<defs>{''.join(definitions)}</defs>{first}</svg>"
    )
    return Inline(svg, tuple(others))


def _elements(root: ElementTree.Element, define) -> list[str]:
    """The drawn elements below `root`, in order; what they refer to goes to `define`."""
    ids: dict[str, str] = {}
    for definition in (child for defs in root.iter(_tag("defs")) for child in defs):
        if definition.get("id"):
            ids[definition.get("id")] = define("".join(_serialize(definition, ids)))
    return [piece for child in root for piece in _serialize(child, ids)]


def _serialize(element: ElementTree.Element, ids: dict[str, str]) -> list[str]:
    tag = element.tag.removeprefix(_tag(""))
    if tag in ("metadata", "defs"):
        return []
    attributes = "".join(
        f' {name.rpartition("}")[2]}="{escape(_attribute(name, value, ids))}"'
        for name, value in element.items()
        if name != "id"
    )
    children = [piece for child in element for piece in _serialize(child, ids)]
    if tag == "g" and not (attributes and children):
        return children
    return [f"<{tag}{attributes}>{''.join(children)}</{tag}>" if children else f"<{tag}{attributes}/>"]


def _attribute(name: str, value: str, ids: dict[str, str]) -> str:
    if name == "d":
        return _relative_path(value)
    if name in ("x", "y", "width", "height"):
        return _round(value)
    if name == "transform":
        # Only translations: a scale such as 0.015625 would suffer.
        return re.sub(r"(?<=translate\()[^)]*", lambda pair: " ".join(map(_round, pair[0].split())), value)
    if name.endswith("href") and value.startswith("#"):
        return "#" + ids[value[1:]]
    value = re.sub(r"url\(#([^)]*)\)", lambda reference: f"url(#{ids[reference[1]]})", value)
    if name == "style":
        value = re.sub(r"\s*([:;])\s*", r"\1", value)
    return value if value.startswith("data:") else value.replace("#000000", "currentColor")


def _relative_path(d: str) -> str:
    """The path with coordinates relative to the point before, each rounded where it stands so that no error adds up."""
    written, here, start, before = [], (0, 0), (0, 0), ""
    for command, arguments in re.findall(r"([MLQCz])([^MLQCz]*)", d):
        if command == "z":
            written.append("z")
            here, before = start, ""
            continue
        values = [round(float(value) * _SCALE) for value in arguments.split()]
        offsets = [_number((value - here[i % 2]) / _SCALE) for i, value in enumerate(values)]
        text = re.sub(r" (?=-)", "", " ".join(offsets))
        separator = "" if text.startswith("-") else " "
        written.append(separator + text if command == before else command.lower() + text)
        here = (values[-2], values[-1])
        if command == "M":
            start = here
        before = "" if command == "M" else command
    return "".join(written)


def _round(value: str) -> str:
    return _number(round(float(value) * _SCALE) / _SCALE)


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0\.", r"\1.", text) if text != "-0" else "0"


def _tag(name: str) -> str:
    return "{http://www.w3.org/2000/svg}" + name
