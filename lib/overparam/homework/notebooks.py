"""Masters, student versions and submissions, as notebooks of nbgrader."""

import ast
import copy
import re
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

CODE_STUB = "raise NotImplementedError"
TEXT_STUB = "*Your answer.*"
# What stands in every master in place of the student's own number
SEED = re.compile(r"(?m)^variant = Variant\(seed=\d+\)")

CONFIG = Config()
CONFIG.ClearSolutions.code_stub = {"python": CODE_STUB}
CONFIG.ClearSolutions.text_stub = TEXT_STUB


def student_version(master: NotebookNode, seed: int = 0) -> NotebookNode:
    """The master without solutions, hidden checks and marking schemes, with `seed` in its first lines."""
    notebook = copy.deepcopy(master)
    for step in (LockCells, ClearSolutions, ClearOutput, ClearHiddenTests, ClearMarkScheme):
        notebook, _ = step(config=CONFIG).preprocess(notebook, ResourcesDict())
    for cell in notebook.cells:
        cell.source = cell.source.rstrip()  # the blank lines above a hidden part
    notebook, _ = ComputeChecksums(config=CONFIG).preprocess(personal(notebook, seed), ResourcesDict())
    return notebook


def personal(notebook: NotebookNode, seed: int) -> NotebookNode:
    """The notebook with `seed` as the seed of its variant; ValueError where it has no such line."""
    notebook = copy.deepcopy(notebook)
    places = [cell for cell in notebook.cells if cell.cell_type == "code" and SEED.search(cell.source)]
    if len(places) != 1:
        raise ValueError(f"notebook must have one line `variant = Variant(seed=0)`; got {len(places)}")
    places[0].source = SEED.sub(f"variant = Variant(seed={seed})", places[0].source)
    return notebook


def write_student_versions(folder: Path) -> list[Path]:
    """From every master folder/source/NAME/NAME.ipynb make folder/NAME.ipynb, as the book shows it; the paths."""
    written = []
    for master in sorted(Path(folder).glob("source/*/*.ipynb")):
        written.append(Path(folder) / master.name)
        text = nbformat.writes(student_version(read(master)))
        written[-1].write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return written


def read(path) -> NotebookNode:
    """The notebook in a file; ValueError where it is none."""
    try:
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if not (
                isinstance(cell.source, str) and isinstance(cell.cell_type, str) and isinstance(cell.metadata, dict)
            ):
                raise TypeError("a cell without text")
    except Exception as error:  # nbformat raises what its JSON schema, its reader and its converters raise
        raise ValueError(f"{path} must be a notebook; got {type(error).__name__}: {str(error)[:200]}") from error
    return notebook


def mark(cell: NotebookNode) -> dict:
    """nbgrader's metadata of a cell, empty where it has none."""
    found = cell.get("metadata", {}).get("nbgrader", {})
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Check:
    """A cell that decides.

    Its id, its code, the sentence that says what it checks, the names that it does not set itself, and the ids of the
    answers that it is about: those between the check before it and itself.
    """

    id: str
    points: float
    code: CodeType
    says: str
    names: set[str]
    own: list[str]


class Sheet:
    """A master taken apart.

    `answered` ids of the cells that students fill in, `checks` the cells that decide, `preparation` the code that comes
    with the sheet and is shown, `functions` and `variables` what the solutions define. ValueError for a master that is
    not in order.
    """

    def __init__(self, master: NotebookNode):
        self.master = master
        self.answered: dict[str, NotebookNode] = {}
        self.checks: list[Check] = []
        self.preparation: list[str] = []
        self.functions: set[str] = set()
        self.variables: set[str] = set()
        own: list[str] = []
        for cell in master.cells:
            about = mark(cell)
            if about.get("solution") or about.get("task"):
                self.answered[about["grade_id"]] = cell
                if cell.cell_type == "code":
                    functions, variables = _defined(cell.source)
                    self.functions |= functions
                    self.variables |= variables
                    own.append(about["grade_id"])
            elif cell.cell_type != "code":
                continue
            elif about.get("grade"):
                self.checks.append(_check(cell, own))
                own = []
            elif "remove-cell" not in cell.metadata.get("tags", []):  # as is the one that installs the library in Colab
                self.preparation.append(cell.source)

    def prepared(self, seed: int) -> list[str]:
        """The preparation of the student with this seed."""
        return [SEED.sub(f"variant = Variant(seed={seed})", source) for source in self.preparation]

    def answers(self, submission: NotebookNode, seed: int) -> tuple[list[tuple[str, str]], list[str]]:
        """The code of a submission, (name, source) in order, without its checks; and remarks on what was changed.

        Cells count by their id; what a student added counts too. The sheet's own preparation comes first, as it was
        handed out, so that a lost import costs nothing.
        """
        remarks, found = [], []
        cells = [("preparation", source) for source in self.prepared(seed)]
        ours = {" ".join(source.split()) for source in self.preparation}
        checks = {check.id for check in self.checks}
        for number, cell in enumerate(submission.cells, 1):
            about = mark(cell)
            name = str(about.get("grade_id", "")) or f"cell {number}"
            if name in self.answered:
                found.append(name)
            same = " ".join(SEED.sub("variant = Variant(seed=0)", str(cell.source)).split()) in ours
            if cell.cell_type == "code" and name not in checks and not same:
                cells.append((name, str(cell.source)))
        if not found:
            return cells, ["none of the cells to fill in is there: is it the notebook of another assignment?"]
        remarks += [f"{name}: the cell is missing" for name in self.answered if name not in found]
        remarks += [
            f"{name}: the cell is there {found.count(name)} times"
            for name in dict.fromkeys(found)
            if found.count(name) > 1
        ]
        return cells, remarks

    def followed_through(self, check: Check, answers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The code of `answers` with the master's own answers in the place of those that `check` is not about."""
        given = [answer for answer in answers if answer[0] not in self.answered or answer[0] in check.own]
        cells = {name: cell for name, cell in self.answered.items() if cell.cell_type == "code"}
        return [(name, cell.source) for name, cell in cells.items() if name not in check.own] + given

    def rebuilt(self, submission: NotebookNode, seed: int) -> NotebookNode:
        """The student version with the submission's answers in it: what nbgrader gets, whatever was done to the cells.

        Of an answer that is there twice the last counts, as it does when the notebook runs.
        """
        given = {str(mark(cell).get("grade_id")): cell for cell in submission.cells}
        notebook = student_version(self.master, seed)
        for cell in notebook.cells:
            name = mark(cell).get("grade_id")
            if name in self.answered and name in given and given[name].cell_type == cell.cell_type:
                cell.source = str(given[name].source)
        return notebook


def _defined(source: str) -> tuple[set[str], set[str]]:
    functions, variables = set(), set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            functions.add(node.name)
        elif isinstance(node, ast.Assign):
            variables |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return functions, variables


def _check(cell: NotebookNode, answers: list[str]) -> Check:
    about = mark(cell)
    first = cell.source.split("\n", 1)[0]
    if not first.startswith("# Checks "):
        raise ValueError(f"check {about['grade_id']} must begin with a line '# Checks ...'; got {first!r}")
    code = compile(cell.source, f"<check {about['grade_id']}>", "exec")
    tree = list(ast.walk(ast.parse(cell.source)))
    own = {node.name for node in tree if isinstance(node, ast.FunctionDef)}
    own |= {node.arg for node in tree if isinstance(node, ast.arg)}
    own |= {node.id for node in tree if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    names = {node.id for node in tree if isinstance(node, ast.Name)} - own
    says = first.removeprefix("# Checks ").rstrip(".")
    return Check(about["grade_id"], float(about["points"]), code, says, names, answers)
