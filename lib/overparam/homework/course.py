"""A course: a folder with its students, its secret, what was handed out and in, and nbgrader's gradebook.

course.toml     name and secret of the course            students.csv   id, first_name, last_name, email
source/         the masters, copied here once            release/       a folder a student: what to hand out
submitted/      a folder a student: what came back       judged/        outcomes of the checks, one file a submission
prepared/ blank/ autograded/   nbgrader's own            feedback/      a folder a student: what to hand back
gradebook.db    nbgrader's                               grades.csv     all grades, one line a student and assignment
"""

import contextlib
import csv
import ctypes
import dataclasses
import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import nbformat
import psutil
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat.v4 import new_output
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    AssignLatePenalties,
    ClearHiddenTests,
    GetGrades,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from tqdm import tqdm
from traitlets.config import Config

from overparam.homework import notebooks
from overparam.homework.judge import Verdict, judge
from overparam.homework.references import spelt_out
from overparam.homework.sandbox import Limits
from overparam.homework.variant import Variant

NAME = re.compile(r"[A-Za-z0-9][\w.@-]*")  # what nbgrader and every file system take as a name
BIGGEST = 20 << 20  # bytes of a submission


class Course:
    """The course in `folder`. `Course.create` makes one.

    Raises ValueError, naming the file, for a folder that is no course and for a list of students that is not in order.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder).resolve()
        try:
            settings = tomllib.loads((self.folder / "course.toml").read_text(encoding="utf-8"))
            self.name, self._secret = settings["name"], settings["secret"]
        except (OSError, KeyError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ValueError(
                f"{self.folder} must be a course, with a course.toml that has name and secret; got {error!r}"
            ) from error
        self.students = _students(self.folder / "students.csv")

    @classmethod
    def create(cls, folder: Path, students: Path, name: str, secret: str = "") -> "Course":
        """A new course. `students`: a CSV with the column id, and first_name, last_name, email where there are such."""
        folder = Path(folder)
        if (folder / "course.toml").exists():
            raise ValueError(f"{folder} must not be a course already")
        if not NAME.fullmatch(name):
            raise ValueError(f"name must be made of letters, digits and . _ - @; got {name!r}")
        _students(Path(students))
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(students, folder / "students.csv")
        _write(
            folder / "course.toml",
            f"name = {json.dumps(name)}\nsecret = {json.dumps(secret or secrets.token_hex(16))}\n",
        )
        os.chmod(folder / "course.toml", 0o600)
        return cls(folder)

    def variant(self, student: str, assignment: str) -> Variant:
        return Variant.of(self.name, student, assignment, self._secret)

    def master(self, assignment: str) -> Path:
        """The course's own copy of the master; ValueError where it has none."""
        path = self._notebook("source", assignment)
        if not path.exists():
            raise ValueError(f"assignment {assignment!r} must have been released; there is no {path}")
        return path

    def release(self, assignment: str, master: Path) -> list[Path]:
        """Take the master into the course, enter it in the gradebook, and write every student's own notebook.

        A copy of the master that the course has already is kept, with its edits. Returns the notebooks.
        """
        if not NAME.fullmatch(assignment):
            raise ValueError(f"assignment must be made of letters, digits and . _ - @; got {assignment!r}")
        ours = self._notebook("source", assignment)
        if not ours.exists():
            if not Path(master).is_file():
                names = sorted(path.parent.name for path in Path(master).parents[1].glob("*/*.ipynb"))
                raise ValueError(f"assignment must be one of {', '.join(names) or 'none'}; got {assignment!r}")
            sheet = notebooks.Sheet(notebooks.read(master)).master
            # The book's master lies in book/homework/source/<name>/; another one has no pages to refer to.
            _write(ours, nbformat.writes(spelt_out(sheet, Path(master).resolve().parent.parent.parent.parent)))
        notebook = notebooks.read(ours)
        _run(self._nbgrader().generate_assignment(assignment, force=True))
        written = []
        for student in self.students:
            path = self._notebook("release", student["id"], assignment)
            seed = self.variant(student["id"], assignment).seed
            _write(path, nbformat.writes(notebooks.student_version(notebook, seed)))
            written.append(path)
        return written

    def submissions(self, assignment: str) -> dict[str, Path]:
        """What came back: student → notebook. ValueError for a folder that is no student's."""
        known = {student["id"] for student in self.students}
        found = {path.parts[-3]: path for path in self.folder.glob(f"submitted/*/{assignment}/{assignment}.ipynb")}
        if unknown := sorted(set(found) - known):
            raise ValueError(f"submitted must hold folders of students in students.csv; got {', '.join(unknown)}")
        return dict(sorted(found.items()))

    def grade(self, assignment: str, limits: Limits, jobs: int = 1, *, progress: bool = False) -> list[str]:
        """Judge what is new, enter it in the gradebook, and write grades.csv; the students whose work was judged.

        An outcome is kept in judged/ as soon as it is there, so that a run that was stopped goes on where it was.
        `jobs` submissions are judged at a time; `progress` shows how far it is.
        """
        master = self.master(assignment)
        waiting = []
        for student, path in self.submissions(assignment).items():
            key = self._key(master, path, student, assignment, limits)
            if _outcome(self._judged(student, assignment)).get("key") != key:
                waiting.append((student, path, key))
        with ProcessPoolExecutor(jobs, max_tasks_per_child=1) as pool:
            tasks = {
                pool.submit(_judged, master, path, self.variant(student, assignment), limits): (student, key)
                for student, path, key in waiting
            }
            for task in tqdm(as_completed(tasks), assignment, len(tasks), unit="submission", disable=not progress):
                student, key = tasks[task]
                seed = self.variant(student, assignment).seed
                outcome = {"key": key, "seed": seed, **dataclasses.asdict(task.result())}
                _write(self._judged(student, assignment), json.dumps(outcome, indent=1))
        done = list(self._enter(assignment))
        self.export()
        return done

    def feedback(self, assignment: str) -> list[Path]:
        """Write what each student gets back, a page of HTML without the hidden checks; the pages."""
        pages = []
        api = self._nbgrader()
        for student in self.submissions(assignment):
            _run(api.generate_feedback(assignment, student, force=True))
            pages.append(self.folder / "feedback" / student / assignment / f"{assignment}.html")
        return pages

    def waiting(self, assignment: str) -> int:
        """How many answers nobody has marked yet."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}", self.name) as gradebook:
            submissions = gradebook.find_assignment(assignment).submissions
            grades = [grade for each in submissions for notebook in each.notebooks for grade in notebook.grades]
            return sum(grade.needs_manual_grade for grade in grades)

    def export(self) -> Path:
        """Write grades.csv from the gradebook, marks given by hand included."""
        rows, checks = [], []
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}", self.name) as gradebook:
            for assignment in gradebook.assignments:
                for student in self.students:
                    rows.append(self._row(gradebook, assignment, student))
                    checks += [name for name in rows[-1] if name not in checks]
        path = self.folder / "grades.csv"
        text = _CSV(checks).of(rows)
        _write(path, text)
        return path

    def _row(self, gradebook: Gradebook, assignment, student: dict[str, str]) -> dict[str, object]:
        row = {"assignment": assignment.name, **student, "score": 0, "max_score": assignment.max_score}
        named = sorted(path.name for path in self.folder.glob(f"submitted/{student['id']}/{assignment.name}/*.ipynb"))
        instead = f", but {', '.join(named)}" if named else ""
        row |= {"to_mark_by_hand": 0, "remarks": f"no {assignment.name}.ipynb was handed in{instead}"}
        try:
            submission = gradebook.find_submission(assignment.name, student["id"])
        except MissingEntry:
            return row
        outcome = _outcome(self._judged(student["id"], assignment.name))
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        row |= {"score": submission.score, "to_mark_by_hand": sum(grade.needs_manual_grade for grade in grades)}
        whys: dict[str, list[str]] = {}
        for check, why in outcome["checks"].items():
            whys.setdefault(why, []).append(check)
        failed = [f"{', '.join(checks)}: {why}" for why, checks in whys.items() if why]
        row["remarks"] = "; ".join([*outcome["remarks"], *failed])
        return row | {f"{assignment.name}/{grade.name}": grade.score for grade in grades}

    def _notebook(self, *folders: str) -> Path:
        """The notebook in a folder of its own name, the last of `folders`, as nbgrader has them."""
        return self.folder.joinpath(*folders, f"{folders[-1]}.ipynb")

    def _judged(self, student: str, assignment: str) -> Path:
        return self.folder / "judged" / student / f"{assignment}.json"

    def _key(self, master: Path, path: Path, student: str, assignment: str, limits: Limits) -> str:
        about = [*map(float, dataclasses.astuple(limits)), self.variant(student, assignment).seed]
        digest = hashlib.sha256(repr(about).encode())
        for file in (master, path):
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()

    def _enter(self, assignment: str) -> Iterator[str]:
        """Give nbgrader what it has not had yet; the students concerned."""
        master = notebooks.read(self.master(assignment))
        sheet = notebooks.Sheet(master)
        api = self._nbgrader()
        for student, path in self.submissions(assignment).items():
            prepared = self._notebook("prepared", student, assignment)
            entered = prepared.with_suffix(".entered")
            key = _outcome(self._judged(student, assignment))["key"]
            if entered.exists() and entered.read_text() == key:
                continue
            try:
                submission = _submission(path)
            except ValueError:
                submission = nbformat.v4.new_notebook()
            _write(prepared, nbformat.writes(sheet.rebuilt(submission, self.variant(student, assignment).seed)))
            _run(api.autograde(assignment, student, force=True))
            _write(entered, key)
            yield student

    def _nbgrader(self) -> NbGraderAPI:
        # nbgrader starts alembic by its name, also where the environment was never activated.
        here = str(Path(sys.executable).parent)
        if here not in os.environ.get("PATH", "").split(os.pathsep):
            os.environ["PATH"] = os.pathsep.join([here, os.environ.get("PATH", os.defpath)])
        config = Config()
        config.CourseDirectory.root = str(self.folder)
        config.CourseDirectory.course_id = self.name
        config.CourseDirectory.db_url = f"sqlite:///{self.folder / 'gradebook.db'}"
        config.CourseDirectory.release_directory = "blank"
        config.CourseDirectory.submitted_directory = "prepared"
        config.CourseDirectory.ignore = ["*.entered", ".ipynb_checkpoints", "*.pyc", "__pycache__", ".*"]
        config.Autograde.autograde_preprocessors = [FromTheJudge, SaveAutoGrades, AssignLatePenalties]
        config.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
        config.merge(notebooks.CONFIG)
        with_students = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
        with with_students.gradebook as gradebook:
            for student in self.students:
                about = {key: student[key] for key in ("first_name", "last_name", "email") if student.get(key)}
                gradebook.update_or_create_student(student["id"], **about)
        return with_students


class FromTheJudge(NbGraderPreprocessor):
    """In the place of nbgrader's Execute: no cell runs; each check gets the judge's outcome as its output.

    nbgrader gives full marks to a cell without an error, so a check without an outcome gets an error here.
    """

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        folder = Path(about["db_url"].removeprefix("sqlite:///")).parent
        outcome = _outcome(folder / "judged" / about["student"] / f"{about['assignment']}.json")
        for cell in nb.cells:
            if cell.cell_type == "code" and notebooks.mark(cell).get("grade"):
                why = outcome["checks"].get(notebooks.mark(cell)["grade_id"], "it was not judged")
                passed = new_output("stream", name="stdout", text="passed\n")
                failed = new_output("error", ename="Not passed", evalue=why, traceback=[f"Not passed: {why}"])
                values = outcome["values"].get(notebooks.mark(cell)["grade_id"], "")
                seen = [new_output("stream", name="stdout", text=f"{values}\n")] if values else []
                cell.outputs = [*seen, failed if why else passed]
            elif cell.cell_type == "code":  # nbgrader has put the sheet's own line for the seed there
                cell.source = notebooks.SEED.sub(f"variant = Variant(seed={outcome['seed']})", cell.source)
        if outcome["remarks"]:
            nb.cells.insert(
                0, nbformat.v4.new_markdown_cell("**Remarks.** " + "; ".join(map(_plain, outcome["remarks"])))
            )
        return nb, resources


class _CSV:
    """Rows with the given columns, as text. What a spreadsheet would take for a formula is made text."""

    def __init__(self, columns: list[str]):
        self.columns = columns
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)

    def of(self, rows: list[dict[str, object]]) -> str:
        writer = csv.DictWriter(self, self.columns, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {key: "'" + v if isinstance(v, str) and v[:1] in "=+-@\t" and v else v for key, v in row.items()}
            )
        return "".join(self.lines)


def _judged(master: Path, path: Path, variant: Variant, limits: Limits) -> Verdict:
    """Judge one submission, in a process of its own, so that memory is given back and nothing that it started stays."""
    if sys.platform == "linux":  # what a submission leaves behind becomes a child of this process, and is found below
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    try:
        return _verdict(master, path, variant, limits)
    finally:
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()


def _verdict(master: Path, path: Path, variant: Variant, limits: Limits) -> Verdict:
    notebook = notebooks.read(master)
    try:
        submission = _submission(path)
    except ValueError as error:
        why = str(error).removeprefix(f"{path} ")
        checks = {check.id: "no notebook was handed in" for check in notebooks.Sheet(notebook).checks}
        return Verdict(checks, remarks=[f"the file {why}"])
    return judge(notebook, submission, variant, limits)


def _submission(path: Path) -> nbformat.NotebookNode:
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path} must be a file of its own")
    if path.stat().st_size > BIGGEST:
        raise ValueError(f"{path} must have at most {BIGGEST >> 20} MB; got {path.stat().st_size / 2**20:.0f}")
    return notebooks.read(path)


def _outcome(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"key": "", "seed": 0, "checks": {}, "values": {}, "remarks": []}


def _students(path: Path) -> list[dict[str, str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} must be a CSV of students; got {error!r}") from error
    if not rows or "id" not in rows[0]:
        raise ValueError(
            f"{path} must have a column id and at least one student; got columns {list(rows[0]) if rows else []}"
        )
    ids = [(row["id"] or "").strip() for row in rows]
    if wrong := [name for name in ids if not NAME.fullmatch(name)]:
        raise ValueError(f"{path} must have ids of letters, digits and . _ - @; got {wrong[0]!r}")
    lower = [name.lower() for name in ids]  # some file systems do not tell Ada from ada
    if twice := [name for name in ids if lower.count(name.lower()) > 1]:
        raise ValueError(f"{path} must name every student once; got {twice[-1]!r} twice")
    columns = ("first_name", "last_name", "email")
    return [
        {"id": name, **{key: (row.get(key) or "").strip() for key in columns}}
        for name, row in zip(ids, rows, strict=True)
    ]


def _write(path: Path, text: str) -> None:
    """The whole file or nothing, also when the power goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def _run(result: dict) -> None:
    if not result["success"]:
        raise RuntimeError(f"nbgrader: {result.get('error') or result.get('log')}")


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>()#+!|$~])", r"\\\1", text)
