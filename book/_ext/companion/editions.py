"""Editions: a fork that leaves chapters or pages out of `_toc.yml` builds as strictly as the whole book.

A reference to what is left out becomes plain text: the title of the page where it has one, else a remark. A reference
to what exists nowhere is an error as ever.
"""

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

from overparam import claims
from overparam.homework.references import prose

REMARK = "(left out of this edition)"
HEADING = re.compile(r"(?m)^(?:\(([\w-]+)\)=\n)?# (.+)$")
LABEL = re.compile(r"(?m)^\s*:label: ([\w-]+)$|^\(([\w-]+)\)=$|^\$\$ \(([\w-]+)\)$")


def find(app, env, docnames: list[str]) -> None:
    """Read the titles and labels of the pages that are not in the table of contents (`env-before-read-docs`)."""
    root, targets = Path(app.srcdir), {}
    for path in sorted([*root.glob("book/**/*.md"), *root.glob("book/**/*.ipynb")]):
        docname = path.relative_to(root).with_suffix("").as_posix()
        if docname not in env.found_docs and "source" not in path.parts:
            text = prose(path)
            heading = HEADING.search(text)
            title = heading[2] if heading else REMARK
            targets |= {("doc", docname): title}
            targets |= {label: REMARK for match in LABEL.finditer(text) for label in match.groups() if label}
            targets |= {heading[1]: title} if heading and heading[1] else {}
    missing = {f"claim-{id}": id for id, entry in claims.register().items() if is_left_out(env, entry)}
    env.companion_left_out = targets | missing


def is_left_out(env, entry: dict) -> bool:
    """Whether the page of a claim exists and is not in the table of contents."""
    docname = f"book/{entry['page']}"
    return docname not in env.found_docs and Path(env.srcdir, f"{docname}.ipynb").exists()


def replace(app, doctree) -> None:
    """Put text in the place of references to what is left out (`doctree-read`)."""
    targets = app.env.companion_left_out
    for node in list(doctree.findall(addnodes.pending_xref)):
        title = _title(targets, node, app.env.docname)
        if title is not None:
            node.replace_self(nodes.inline("", node.astext() if node.get("refexplicit") else title))


def _title(targets: Mapping, node: addnodes.pending_xref, docname: str) -> str | None:
    target = node.get("reftarget", "")
    if node.get("reftype") == "doc":
        return targets.get(("doc", posixpath.normpath(posixpath.join("/", posixpath.dirname(docname), target))[1:]))
    return targets.get(target)
