"""A small sheet: two functions, a variable, a written answer."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

IMPORTS = "import numpy as np\n\nfrom overparam.homework import Variant\n\nvariant = Variant(seed=0)"
GRAM = "def gram(X):\n    ### BEGIN SOLUTION\n    return X @ X.T\n    ### END SOLUTION"
GRAM_CHECK = """# Checks that gram(X) holds the inner products of the rows.
X = np.eye(3)
assert gram(X).shape == (3, 3), "gram(X) must have shape (n, n)"
### BEGIN HIDDEN TESTS
Y = variant.hidden("gram").standard_normal((5, 2))
G = gram(Y)
for i in range(5):
    for j in range(5):
        assert abs(G[i, j] - Y[i, 0] * Y[j, 0] - Y[i, 1] * Y[j, 1]) < 1e-10, "an entry is no inner product"
### END HIDDEN TESTS"""
MEAN = "### BEGIN SOLUTION\nmean = variant.rng('data').standard_normal(10).mean()\n### END SOLUTION"
MEAN_CHECK = """# Checks the mean of your own data.
assert np.ndim(mean) == 0, "mean must be a number"
### BEGIN HIDDEN TESTS
assert abs(mean - np.sum(variant.rng("data").standard_normal(10)) / 10) < 1e-12, "not the mean of your data"
### END HIDDEN TESTS"""
WHY = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"


def cell(make, source, name, *, grade=False, solution=False, points=None):
    about = {"grade_id": name, "grade": grade, "solution": solution, "locked": not solution, "task": False}
    about |= {"schema_version": 3} | ({} if points is None else {"points": points})
    return make(source, metadata={"nbgrader": about}, id=name)


@pytest.fixture
def master(sheet):
    return copy.deepcopy(sheet)


@pytest.fixture(scope="session")
def sheet():
    return new_notebook(
        cells=[
            cell(new_markdown_cell, "# A sheet", "title"),
            cell(new_code_cell, IMPORTS, "imports"),
            cell(new_code_cell, GRAM, "gram", solution=True),
            cell(new_code_cell, GRAM_CHECK, "gram-check", grade=True, points=3.0),
            cell(new_code_cell, MEAN, "mean", solution=True),
            cell(new_code_cell, MEAN_CHECK, "mean-check", grade=True, points=2.0),
            cell(new_markdown_cell, WHY, "why", grade=True, solution=True, points=4.0),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )


@pytest.fixture
def source(tmp_path, master):
    """A folder of masters, with the sheet under the name mini."""
    path = tmp_path / "source" / "mini" / "mini.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(master, path)
    return path.parents[1]


@pytest.fixture
def edit():
    """Puts other code into the cells of a notebook: edit(notebook, gram="...", why="...")."""

    def edited(notebook, **sources):
        for each in notebook.cells:
            name = each.metadata.get("nbgrader", {}).get("grade_id")
            if name in sources:
                each.source = sources.pop(name)
        assert not sources
        return notebook

    return edited


RIGHT = {
    "gram": "def gram(X):\n    return X @ X.T",
    "mean": "mean = variant.rng('data').standard_normal(10).mean()",
    "why": "Because of it.",
}


@pytest.fixture
def right():
    return dict(RIGHT)
