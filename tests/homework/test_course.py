"""The whole way: create, release, hand in, grade, mark by hand, feedback, grades."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook

from overparam.homework import notebooks
from overparam.homework.__main__ import main
from overparam.homework.course import Course
from overparam.homework.sandbox import Limits

STUDENTS = "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\nbob,Bob,,\neve,=1+1,,\n"
# nbgrader's gradebook is a program of its own, whose warnings are its own
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::DeprecationWarning:nbconvert")
LOOP = "def gram(X):\n    while True:\n        pass"


@pytest.fixture(scope="module")
def released(tmp_path_factory, sheet):
    """A course in which the sheet was released, made once, as nbgrader takes seconds for it."""
    folder = tmp_path_factory.mktemp("released")
    (folder / "students.csv").write_text(STUDENTS)
    nbformat.write(sheet, folder / "mini.ipynb")
    made = Course.create(folder / "course", folder / "students.csv", "toy", "secret")
    made.release("mini", folder / "mini.ipynb")
    return made.folder


@pytest.fixture
def course(tmp_path, released):
    shutil.copyfile(released / "students.csv", tmp_path / "students.csv")
    shutil.copytree(released, tmp_path / "course")
    return Course(tmp_path / "course")


@pytest.fixture
def hand_in(course, edit, right):
    def handed_in(student, **sources):
        notebook = notebooks.read(course.folder / "release" / student / "mini" / "mini.ipynb")
        path = course.folder / "submitted" / student / "mini" / "mini.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(edit(notebook, **right | sources), path)
        return path

    return handed_in


def grades(course):
    with open(course.folder / "grades.csv", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_every_student_gets_his_own_numbers(course):
    released = sorted(course.folder.glob("release/*/mini/mini.ipynb"))
    assert [path.parts[-3] for path in released] == ["ada", "bob", "eve"]
    seeds = [notebooks.SEED.search(notebooks.read(path).cells[1].source).group() for path in released]
    assert len(set(seeds)) == 3
    assert all("SOLUTION" not in path.read_text() and "HIDDEN" not in path.read_text() for path in released)
    assert course.folder.joinpath("course.toml").stat().st_mode & 0o077 == 0


def test_the_whole_way(course, hand_in):
    hand_in("ada")
    hand_in("bob", gram=LOOP)
    assert course.grade("mini", Limits(answer_s=1)) == ["ada", "bob"]
    found = grades(course)
    assert [found[name]["score"] for name in found] == ["5.0", "2.0", "0"]
    assert {row["max_score"] for row in found.values()} == {"9.0"}
    assert [found[name]["to_mark_by_hand"] for name in found] == ["1", "1", "0"]
    assert found["ada"]["remarks"] == ""
    assert found["bob"]["remarks"] == "gram-check: gram did not finish within 1 s"
    assert found["eve"]["remarks"] == "no mini.ipynb was handed in"
    assert found["eve"]["first_name"] == "'=1+1"  # no formula for a spreadsheet
    assert (found["ada"]["mini/gram-check"], found["bob"]["mini/mean-check"]) == ("3.0", "2.0")

    # Marks given by hand, as the formgrader of nbgrader gives them, stay when all is graded again.
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}", "toy") as gradebook:
        grade = gradebook.find_grade("why", "mini", "mini", "ada")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        gradebook.db.commit()
    course.export()
    assert grades(course)["ada"]["score"] == "8.5"
    hand_in("ada", mean="mean = 0.0")
    assert course.grade("mini", Limits(answer_s=1)) == ["ada"]
    assert grades(course)["ada"]["score"] == "6.5"

    assert course.waiting("mini") == 2
    ada, bob = course.feedback("mini")
    seed = course.variant("ada", "mini").seed
    assert f'seed</span><span class="o">=</span><span class="mi">{seed}</span>' in ada.read_text()
    assert "mean = 0.0" in ada.read_text()
    assert "not the mean of your data" in ada.read_text()
    assert "gram did not finish within 1 s" in bob.read_text()
    for page in (ada, bob):
        assert "variant.hidden" not in page.read_text()
        assert "HIDDEN TESTS" not in page.read_text()


def test_work_under_another_name_is_said(course, hand_in):
    path = hand_in("ada")
    path.rename(path.with_name("mini (1).ipynb"))
    assert course.grade("mini", Limits()) == []
    assert grades(course)["ada"]["remarks"] == "no mini.ipynb was handed in, but mini (1).ipynb"


def test_nothing_is_graded_twice(course, hand_in):
    hand_in("ada")
    assert course.grade("mini", Limits()) == ["ada"]
    judged = course.folder / "judged" / "ada" / "mini.json"
    first = judged.stat().st_mtime_ns
    assert course.grade("mini", Limits()) == []
    assert judged.stat().st_mtime_ns == first
    hand_in("bob")
    assert course.grade("mini", Limits()) == ["bob"]
    assert judged.stat().st_mtime_ns == first
    assert course.grade("mini", Limits(answer_s=5)) == ["ada", "bob"]  # other limits, other outcomes


def test_a_run_that_was_killed_goes_on_where_it_was(course, hand_in):
    hand_in("ada")
    hand_in("bob", gram="import time\ntime.sleep(60)")
    command = [sys.executable, "-m", "overparam.homework", "grade", str(course.folder), "mini", "--jobs", "1"]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    judged = course.folder / "judged" / "ada" / "mini.json"
    until = time.monotonic() + 60
    while not judged.exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    first = judged.stat().st_mtime_ns
    hand_in("bob")
    # the limits are the defaults of both, so that the first outcome counts
    assert course.grade("mini", Limits()) == ["ada", "bob"]
    assert judged.stat().st_mtime_ns == first
    assert [grades(course)[name]["score"] for name in ("ada", "bob")] == ["5.0", "5.0"]


def test_files_that_are_no_submission_stop_no_other(course, hand_in, tmp_path):
    hand_in("ada").write_text("not json")
    path = hand_in("bob")
    path.unlink()
    path.symlink_to(course.folder / "source" / "mini" / "mini.ipynb")
    hand_in("eve")
    course.grade("mini", Limits())
    found = grades(course)
    assert [found[name]["score"] for name in found] == ["0.0", "0.0", "5.0"]
    assert found["ada"]["remarks"].startswith("the file must be a notebook; got NotJSONError")
    assert found["bob"]["remarks"].startswith("the file must be a file of its own")


def test_what_a_submission_leaves_running_is_ended(course, hand_in, tmp_path):
    leave = "    os.setsid()\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\n"
    hand_in("ada", mean=f"import os, time\nif os.fork() == 0:\n{leave}mean = 0.0")
    course.grade("mini", Limits(total_s=77))
    # The worker's own command, with its limit of processor time, tells it from those of other tests.
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    left = [command for command in commands if "overparam.homework.worker" in command and " 82 2048" in command]
    assert left == []
    assert grades(course)["ada"]["score"] == "3.0"


def test_a_check_without_an_outcome_is_no_full_mark(course, hand_in):
    hand_in("ada")
    course.grade("mini", Limits())
    path = course.folder / "judged" / "ada" / "mini.json"
    outcome = json.loads(path.read_text())
    del outcome["checks"]["gram-check"]
    path.write_text(json.dumps(outcome))
    (course.folder / "prepared" / "ada" / "mini" / "mini.entered").unlink()
    course.grade("mini", Limits())
    assert grades(course)["ada"]["score"] == "2.0"


def test_the_courses_own_copy_of_a_master_stays(course, source, master, edit):
    (source / "mini" / "mini.ipynb").write_text("broken")
    course.release("mini", source / "mini" / "mini.ipynb")
    assert "broken" not in course.master("mini").read_text()


def test_the_commands(tmp_path, source, capsys):
    (tmp_path / "students.csv").write_text(STUDENTS)
    folder = str(tmp_path / "course")
    assert main(["create", folder, "--students", str(tmp_path / "students.csv"), "--name", "toy"]) == 0
    assert main(["release", folder, "mini", "--source", str(source)]) == 0
    assert main(["grade", folder, "mini"]) == 0
    assert "What a student hands in belongs to" in capsys.readouterr().out
    released = tmp_path / "course" / "release" / "bob"
    shutil.copytree(released, tmp_path / "course" / "submitted" / "bob")
    assert main(["grade", folder, "mini", "--jobs", "1"]) == 0
    assert main(["feedback", folder, "mini"]) == 0
    assert main(["export", folder]) == 0
    said = capsys.readouterr().out
    assert "1 of 1 submissions are new in the gradebook" in said
    assert "written answers are not marked yet" not in said  # a blank answer is nothing to mark
    assert main(["create", folder, "--students", str(tmp_path / "students.csv"), "--name", "toy"]) == 1
    assert "must not be a course already" in capsys.readouterr().err
    assert main(["release", folder, "other", "--source", str(source)]) == 1
    assert "assignment must be one of mini; got 'other'" in capsys.readouterr().err
    assert main(["grade", folder, "other"]) == 1
    assert "assignment 'other' must have been released" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert "Hand out, grade and hand back homework." in capsys.readouterr().out


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at least one student"),
        ("name\nada\n", "a column id"),
        ("id\n", "at least one student"),
        ("id\n../evil\n", "ids of letters, digits and . _ - @; got '../evil'"),
        ("id\nada\nada\n", "name every student once; got 'ada' twice"),
        ("id\nada\nADA\n", "name every student once"),
        ("id\n\xff", "must be a CSV of students"),
    ],
    ids=repr,
)
def test_a_list_of_students_that_is_not_in_order(tmp_path, text, says):
    (tmp_path / "s.csv").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=says):
        Course.create(tmp_path / "course", tmp_path / "s.csv", "toy")
    assert not (tmp_path / "course").exists()


@pytest.mark.bad_input
def test_what_is_no_course(tmp_path, course):
    with pytest.raises(ValueError, match=r"must be a course, with a course.toml"):
        Course(tmp_path)
    with pytest.raises(ValueError, match=r"name must be made of"):
        Course.create(tmp_path / "new", tmp_path / "students.csv", "a b")
    with pytest.raises(ValueError, match=r"assignment must be made of"):
        course.release("../x", tmp_path)
    (course.folder / "submitted" / "mallory" / "mini").mkdir(parents=True)
    (course.folder / "submitted" / "mallory" / "mini" / "mini.ipynb").write_text("{}")
    with pytest.raises(ValueError, match=r"folders of students in students.csv; got mallory"):
        course.grade("mini", Limits())
