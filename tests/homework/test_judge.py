"""The reference has full marks, the blank none, each wrong answer fails its check; and nobody gains by a trick."""

import copy
import re
import runpy
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from overparam.homework import Variant, notebooks
from overparam.homework.judge import judge
from overparam.homework.sandbox import Limits, Sandbox

MASTERS = sorted((Path(__file__).parents[2] / "book" / "homework").glob("source/*/*.ipynb"))
SHEETS = {path.stem: notebooks.read(path) for path in MASTERS}
WRONG = {name: runpy.run_path(str(Path(__file__).parent / "wrong" / f"{name}.py"))["WRONG"] for name in SHEETS}
STUDENTS = [Variant.of("course", name, "sheet", "secret") for name in ("ada", "bob", "eve")]
LIMITS = Limits(answer_s=10)


def with_answer(notebook, name, source):
    changed = copy.deepcopy(notebook)
    (cell,) = [cell for cell in changed.cells if notebooks.mark(cell).get("grade_id") == name]
    cell.source = source
    return changed


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("variant", STUDENTS, ids=lambda variant: str(variant.seed))
def test_the_reference_has_full_marks_and_the_blank_none(name, variant):
    master = SHEETS[name]
    verdict = judge(master, master, variant, LIMITS)
    assert verdict.checks == dict.fromkeys(verdict.checks, "")
    assert verdict.remarks == []
    assert len(verdict.checks) >= 4
    blank = judge(master, notebooks.student_version(master, variant.seed), variant, LIMITS)
    assert list(blank.checks) == list(verdict.checks)
    assert all(blank.checks.values())


CASES = [(name, cell, what) for name in SHEETS for cell, answers in WRONG[name].items() for what in answers]


@pytest.mark.parametrize(("name", "cell", "what"), CASES, ids=[f"{n}: {w} ({c})" for n, c, w in CASES])
def test_a_plausible_wrong_answer_fails(name, cell, what):
    check, source = WRONG[name][cell][what]
    verdict = judge(SHEETS[name], with_answer(SHEETS[name], cell, source), STUDENTS[0], LIMITS)
    assert verdict.checks[check]
    assert "Traceback" not in verdict.checks[check]
    assert [remark for remark in verdict.remarks if remark.startswith(f"{cell}: ")] == []  # it runs, and is wrong


@pytest.mark.parametrize("name", SHEETS)
def test_every_question_has_two_wrong_answers(name):
    for cell, shown in notebooks.Sheet(SHEETS[name]).answered.items():
        if shown.cell_type == "code":
            assert len(WRONG[name].get(cell, {})) >= 2, f"{cell} needs two wrong answers in tests/homework/wrong"


@pytest.mark.parametrize("name", SHEETS)
def test_points_of_a_marking_scheme_add_up(name):
    written = [c for c in SHEETS[name].cells if c.cell_type == "markdown" and notebooks.mark(c).get("grade")]
    assert len(written) >= 3
    for cell in written:
        scheme = cell.source.split("*Marking.*")[1]
        scheme = re.sub(r"\([^()]*\)", "", scheme)  # what is said of partial marks
        assert sum(map(int, re.findall(r"(\d+) for ", scheme))) == cell.metadata.nbgrader.points, cell.id


@pytest.fixture
def outcome(master, edit, right):
    """What the judge says of a submission: the right one, with some cells changed."""

    def judged(change=lambda notebook: None, **sources):
        handed_in = edit(notebooks.student_version(master, STUDENTS[0].seed), **right | sources)
        change(handed_in)
        return judge(master, handed_in, STUDENTS[0], Limits(answer_s=2))

    return judged


def test_a_mistake_costs_once():
    """The share of uncoupled units is counted with a wrong gradient, and counted rightly."""
    master = SHEETS["structured_data"]
    _, wrong = WRONG["structured_data"]["gradient"]["sum for mean"]
    verdict = judge(master, with_answer(master, "gradient", wrong), STUDENTS[0], LIMITS)
    assert [check for check, why in verdict.checks.items() if why] == ["gradient-check"]
    assert verdict.remarks == [
        f"{name}: passed with our answers in the place of the others"
        for name in ("uncoupled-share-check", "slope-check")
    ]


def test_our_answers_are_not_told(outcome):
    """Where they stand beside a submission nothing that it says is kept; and its own answer is never ours."""
    sources = "[lines[2] for name, lines in linecache.cache.items() if 'cell' in name]"
    spy = f"import linecache\ndef spy():\n    return str({sources})\n"
    verdict = outcome(gram="raise ValueError('x')", mean=f"{spy}mean = spy()\nraise ValueError(spy())")
    said = str(verdict)
    assert "X @ X.T" not in said
    assert verdict.checks["mean-check"] != ""


def test_right_answers_pass(outcome):
    assert outcome().checks == {"gram-check": "", "mean-check": ""}


def test_feedback_does_not_show_the_check(outcome):
    # the message of an assert is for the student, its code is not
    assert outcome(gram="def gram(X):\n    return X @ X.T + 1").checks["gram-check"] == "an entry is no inner product"
    assert outcome(gram="def gram(X):\n    return 'x'").checks["gram-check"] == (
        "what gram gives cannot be used (AttributeError: 'str' object has no attribute 'shape')"
    )


def test_somebody_elses_numbers_are_worth_nothing(outcome):
    other = STUDENTS[1].rng("data").standard_normal(10).mean()
    assert outcome(mean=f"mean = {other}").checks == {"gram-check": "", "mean-check": "not the mean of your data"}


TRICKS = {
    "a test is edited": lambda n: n.cells[5].update(source="assert True"),
    "a test is deleted": lambda n: n.cells.pop(5),
    "points are edited": lambda n: n.cells[5].metadata.nbgrader.update(points=100),
    "the test is made an answer": lambda n: n.cells[5].metadata.nbgrader.update(solution=True, grade=False),
    "numpy is patched": lambda n: n.cells.insert(2, new_code_cell("np.sum = lambda *a, **k: 0\nnp.ndim = lambda x: 0")),
    "assert is switched off": lambda n: n.cells.insert(
        0, new_code_cell("import builtins\nbuiltins.AssertionError = OSError")
    ),
    "abs is patched": lambda n: n.cells.insert(0, new_code_cell("import builtins\nbuiltins.abs = lambda x: 0")),
    "the variant is replaced": lambda n: n.cells.insert(
        2, new_code_cell("class V:\n    rng = None\nvariant = V()\nmean = 0")
    ),
    "the judge is patched": lambda n: n.cells.insert(
        0, new_code_cell("import overparam.homework.judge as j\nj._failure = lambda *a: ''")
    ),
    "the preparation is edited": lambda n: n.cells[1].update(source="import numpy as np"),
    "the cells are turned round": lambda n: n.cells.reverse(),
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_a_trick_gains_nothing_and_costs_no_other_question(outcome, trick):
    verdict = outcome(trick, mean="mean = 0.0")
    assert verdict.checks["mean-check"] == "not the mean of your data"
    assert verdict.checks["gram-check"] == ""


HONEST = {
    "an answer is deleted": (lambda n: n.cells.pop(4), "mean is not defined", "mean: the cell is missing"),
    "an answer is there twice": (
        lambda n: n.cells.append(copy.deepcopy(n.cells[4])),
        "",
        "mean: the cell is there 2 times",
    ),
    "a function is renamed": (
        lambda n: n.cells[4].update(source="average = 0"),
        "mean is not defined",
        None,
    ),
    "a cell raises": (lambda n: n.cells.insert(2, new_code_cell("1 / 0")), "", "cell 3: ZeroDivisionError"),
    "a cell loops": (
        lambda n: n.cells.insert(2, new_code_cell("while True:\n    pass")),
        "",
        "cell 3: it did not finish within 2 s",
    ),
    "a cell prints megabytes": (
        lambda n: n.cells.insert(2, new_code_cell("for i in range(40):\n    print('x' * 10**6)")),
        "",
        "the notebook printed 40 MB, which were thrown away",
    ),
    "a cell has no name": (lambda n: n.cells[4].update(metadata={}), "", "mean: the cell is missing"),
}


@pytest.mark.parametrize(("change", "why", "remark"), HONEST.values(), ids=HONEST)
def test_a_mistake_costs_its_own_marks_and_is_said(outcome, change, why, remark):
    verdict = outcome(change)
    assert verdict.checks == {"gram-check": "", "mean-check": why}
    assert [text[: len(remark)] for text in verdict.remarks] == [remark] if remark else verdict.remarks == []


@pytest.mark.skipif(not Sandbox.is_confined(), reason="the system has no Landlock")
def test_the_masters_cannot_be_read(outcome):
    path = MASTERS[0]
    verdict = outcome(lambda n: n.cells.insert(2, new_code_cell(f"open({str(path)!r}).read()")))
    assert verdict.remarks == [
        f"cell 3: PermissionError: [Errno 13] Permission denied: {str(path)!r}, line 1 of its cell"
    ]


def test_a_submission_of_another_kind_of_cell(outcome):
    verdict = outcome(lambda n: n.cells.insert(2, nbformat.v4.new_raw_cell("x")))
    assert verdict.checks == {"gram-check": "", "mean-check": ""}
