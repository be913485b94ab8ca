"""References of the book, as words: a notebook that is handed out is read in Jupyter, which knows no MyST."""

import copy
import json
import re
from pathlib import Path

from nbformat import NotebookNode

_ROLE = re.compile(r"\{(?:ref|doc|eq|numref|term|prf:ref|cite:[tp])\}`(?:([^<`]+?) <)?([^<>`]+)>?`")
_LABEL = re.compile(r"(?m)^\([\w-]+\)=\n")
_HEADING = re.compile(r"(?m)^\(([\w-]+)\)=\n#+ (.+)$")
_STATEMENT = re.compile(r"(?m)^`{3,}\{prf:(\w+)\} ?(.*)\n:label: ([\w-]+)$")
_EQUATION = re.compile(r"(?m)^\$\$ \(([\w-]+)\)$")


def prose(path: Path) -> str:
    """The Markdown of a page: of a notebook that of its cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def titles(book: Path) -> dict[str, str]:
    """What the labels of the book's pages stand for; empty where there is no book."""
    found: dict[str, str] = {}
    if not (book / "claims.yml").is_file():
        return found
    for path in sorted([*book.glob("*/*.md"), *book.glob("*/*.ipynb")]):
        text = prose(path)
        headings = _HEADING.findall(text)
        page = headings[0][1] if headings else path.stem
        found |= {label: f"*{title}*" for label, title in headings}
        found |= {
            label: f"the {kind} “{title or label}” of *{page}*" for kind, title, label in _STATEMENT.findall(text)
        }
        found |= {label: f"an equation of *{page}*" for label in _EQUATION.findall(text)}
    return found


def spelt_out(notebook: NotebookNode, book: Path) -> NotebookNode:
    """The notebook without labels, with the title of what it refers to in the place of every reference."""
    known, notebook = titles(book), copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = _LABEL.sub("", cell.source)
            cell.source = _ROLE.sub(lambda role: role[1] or known.get(role[2], f"*{role[2]}*"), text)
    return notebook
