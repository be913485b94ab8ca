import copy
from pathlib import Path

import nbformat
import pytest

from overparam.homework import notebooks

HOMEWORK = Path(__file__).parents[2] / "book" / "homework"
MASTERS = sorted(HOMEWORK.glob("source/*/*.ipynb"))


def by_name(notebook):
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells}


def test_the_student_version_is_the_master_less_solutions_and_hidden_checks(master):
    student = notebooks.student_version(master, 17)
    theirs, ours = by_name(student), by_name(master)
    assert list(theirs) == list(ours)
    assert theirs["gram"] == "def gram(X):\n    raise NotImplementedError"
    assert theirs["mean"] == "raise NotImplementedError"
    assert theirs["why"] == notebooks.TEXT_STUB
    assert theirs["gram-check"] == ours["gram-check"].split("\n###")[0]
    assert theirs["imports"] == ours["imports"].replace("seed=0", "seed=17")
    assert theirs["title"] == ours["title"]


@pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
def test_the_book_shows_the_student_version_of_the_master(path):
    """Each shown line is a line of the master in order, the stubs apart, and none is from a part taken out."""
    shown = notebooks.read(HOMEWORK / path.name)
    master = notebooks.read(path)
    assert [cell.id for cell in shown.cells] == [cell.id for cell in master.cells]
    for theirs, ours in zip(shown.cells, master.cells, strict=True):
        kept, inside = [], False
        for line in ours.source.split("\n"):
            if "### BEGIN" in line:
                inside = True
            elif "### END" in line:
                inside = False
            elif not inside:
                kept.append(line)
        stubs = {notebooks.CODE_STUB, *notebooks.TEXT_STUB.split("\n")}
        left = [line for line in theirs.source.split("\n") if line.strip() not in stubs]
        assert left == "\n".join(kept).rstrip().split("\n") or left == kept == []
        assert theirs.get("outputs", []) == []
    assert path.name == f"{path.parent.name}.ipynb"


def test_writing_the_student_versions(tmp_path, master, source):
    (path,) = notebooks.write_student_versions(source.parent)
    assert path == source.parent / "mini.ipynb"
    assert by_name(notebooks.read(path)) == by_name(notebooks.student_version(master))


@pytest.mark.bad_input
def test_a_sheet_without_its_line_for_the_seed(master, edit):
    with pytest.raises(ValueError, match=r"one line `variant = Variant"):
        notebooks.student_version(edit(master, imports="import numpy"))


@pytest.mark.bad_input
def test_a_check_that_does_not_say_what_it_checks(master, edit):
    with pytest.raises(ValueError, match=r"check mean-check must begin with a line '# Checks ...'; got 'assert True'"):
        notebooks.Sheet(edit(master, **{"mean-check": "assert True"}))


@pytest.mark.bad_input
@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}', "not json"])
def test_a_file_that_is_no_notebook(tmp_path, text):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"x.ipynb must be a notebook; got"):
        notebooks.read(path)


def test_what_a_sheet_knows(master):
    sheet = notebooks.Sheet(master)
    assert sheet.functions == {"gram"}
    assert sheet.variables == {"mean"}
    assert list(sheet.answered) == ["gram", "mean", "why"]
    assert [(check.id, check.points, check.says) for check in sheet.checks] == [
        ("gram-check", 3, "that gram(X) holds the inner products of the rows"),
        ("mean-check", 2, "the mean of your own data"),
    ]
    assert "gram" in sheet.checks[0].names
    assert "X" not in sheet.checks[0].names


def test_answers_are_put_back_into_the_sheet(master, edit, right):
    handed_in = edit(notebooks.student_version(master, 5), **right, **{"mean-check": "assert True", "title": "Mine"})
    handed_in.cells.insert(0, nbformat.v4.new_code_cell("1 / 0"))
    handed_in.cells.append(copy.deepcopy(handed_in.cells[3]))
    rebuilt = notebooks.Sheet(master).rebuilt(handed_in, 5)
    blank = notebooks.student_version(master, 5)
    assert by_name(rebuilt) == by_name(blank) | right
    assert [cell.metadata for cell in rebuilt.cells] == [cell.metadata for cell in blank.cells]


def test_what_was_changed_is_said(master, edit, right):
    sheet = notebooks.Sheet(master)
    handed_in = edit(notebooks.student_version(master, 5), **right)
    assert sheet.answers(handed_in, 5)[1] == []
    twice = copy.deepcopy(handed_in)
    twice.cells.append(copy.deepcopy(twice.cells[2]))
    assert sheet.answers(twice, 5)[1] == ["gram: the cell is there 2 times"]
    del handed_in.cells[4]
    assert sheet.answers(handed_in, 5)[1] == ["mean: the cell is missing"]
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    assert sheet.answers(other, 5)[1] == [
        "none of the cells to fill in is there: is it the notebook of another assignment?"
    ]
