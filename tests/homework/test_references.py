from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from overparam.homework import notebooks
from overparam.homework.references import spelt_out

BOOK = Path(__file__).parents[2] / "book"
MASTERS = sorted(BOOK.glob("homework/source/*/*.ipynb"))
PAGE = """(sec-one)=
# One page

```{prf:theorem} All is well
:label: thm-well
It is.
```

$$
x = 1
$$ (eq-one)
"""


def test_references_become_titles(tmp_path):
    (tmp_path / "chapter").mkdir()
    (tmp_path / "claims.yml").write_text("")
    (tmp_path / "chapter" / "page.md").write_text(PAGE, encoding="utf-8")
    roles = "{ref}`sec-one`, {prf:ref}`thm-well`, {eq}`eq-one`, {ref}`a word <sec-one>`, {ref}`sec-two`"
    text = f"(hw-one)=\n# Homework\n\n{roles}"
    found = spelt_out(new_notebook(cells=[new_markdown_cell(text)]), tmp_path).cells[0].source
    theorem, equation = "the theorem “All is well” of *One page*", "an equation of *One page*"
    assert found == f"# Homework\n\n*One page*, {theorem}, {equation}, a word, *sec-two*"


@pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
def test_what_is_handed_out_has_no_role_and_no_label(path):
    released = spelt_out(notebooks.student_version(notebooks.read(path)), BOOK)
    text = "\n".join(cell.source for cell in released.cells if cell.cell_type == "markdown")
    assert "}`" not in text
    assert ")=\n" not in text
    assert "*sec-" not in text
    assert "*thm-" not in text
