"""Write the cell that opens every notebook, which installs the library where a notebook runs in Colab.

    python book/_ext/colab.py

The library comes from the repository that pyproject.toml names: a fork that is at home elsewhere changes it there and
runs this once. Nowhere else does the cell do anything, and no page shows it. After a change write the student versions
of the homework anew, as CONTRIBUTING.md says.
"""

import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
TEMPLATE = """\
import sys

if "google.colab" in sys.modules:  # elsewhere the library is installed already
    %pip install --quiet "overparam[networks,page] @ git+{repository}"
"""


def cell() -> nbformat.NotebookNode:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = TEMPLATE.format(repository=project["urls"]["Repository"]).rstrip("\n")
    return nbformat.v4.new_code_cell(source, metadata={"tags": ["remove-cell"]})


def notebooks() -> list[Path]:
    """The pages that are notebooks, and of the homework the masters, of which the student versions are made."""
    pages = [path for path in ROOT.glob("book/**/*.ipynb") if path.parent.name != "homework"]
    return sorted(path for path in pages if ".ipynb_checkpoints" not in path.parts)


def main() -> None:
    for path in notebooks():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [cell(), *(other for other in notebook.cells if "google.colab" not in other.source)]
        for number, numbered in enumerate(notebook.cells):
            numbered["id"] = str(number)
        nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
