"""Grade a class: seconds a submission, and whether memory grows. `.venv/bin/python benchmarks/homework.py`.

Twenty students hand in the first assignment: some the reference, some with one or more of the wrong answers of
tests/homework/wrong, some nothing, one a loop that never ends. Then fifty hand in the reference, and the memory of the
grading process is read after each ten.
"""

import copy
import runpy
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil

from overparam.homework import notebooks
from overparam.homework.course import Course
from overparam.homework.sandbox import Limits

ROOT = Path(__file__).parents[1]
NAME = "structured_data"
MASTER = ROOT / "book" / "homework" / "source" / NAME / f"{NAME}.ipynb"
WRONG = runpy.run_path(str(ROOT / "tests" / "homework" / "wrong" / f"{NAME}.py"))["WRONG"]


def course(folder: Path, students: int) -> Course:
    (folder / "students.csv").write_text("id\n" + "".join(f"s{i:02}\n" for i in range(students)))
    made = Course.create(folder / "course", folder / "students.csv", "benchmark", "secret")
    made.release(NAME, MASTER)
    return made


def hand_in(made: Course, student: str, answers: dict[str, str]) -> None:
    """The reference with some answers exchanged."""
    notebook = notebooks.personal(copy.deepcopy(notebooks.read(MASTER)), made.variant(student, NAME).seed)
    for cell in notebook.cells:
        cell.source = answers.get(notebooks.mark(cell).get("grade_id"), cell.source)
    path = made.folder / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def a_class(folder: Path) -> None:
    rng = np.random.default_rng(0)
    made = course(folder, 20)
    for i in range(19):
        cells = rng.choice(list(WRONG), size=i // 3, replace=False)
        answers = {cell: rng.choice([code for _, code in WRONG[cell].values()]) for cell in cells}
        if i == 18:
            answers = {"gradient": "def gradient(W, A, X, y):\n    while True:\n        pass"}
        hand_in(made, f"s{i:02}", answers)
    start = time.perf_counter()
    done = made.grade(NAME, Limits(answer_s=5), jobs=2)
    seconds = time.perf_counter() - start
    print(f"{len(done)} submissions of differing quality: {seconds:.1f} s, {seconds / len(done):.2f} s each")
    start = time.perf_counter()
    pages = made.feedback(NAME)
    print(f"{len(pages)} pages of feedback: {time.perf_counter() - start:.1f} s")
    print((made.folder / "grades.csv").read_text())


def memory(folder: Path) -> None:
    made, here = course(folder, 50), psutil.Process()
    for i in range(50):
        hand_in(made, f"s{i:02}", {})
        if i % 10 == 9:
            start = time.perf_counter()
            made.grade(NAME, Limits(), jobs=2)
            used = here.memory_info().rss / 2**20
            print(
                f"after {i + 1} submissions: {used:.0f} MB, {(time.perf_counter() - start) / 10:.2f} s each", flush=True
            )


if __name__ == "__main__":
    for part in (a_class, memory):
        with tempfile.TemporaryDirectory() as folder:
            part(Path(folder))
